//! What stands before every page: whose name the browser thinks it speaks to, where a form comes from, what the browser may
//! do with an answer.

use std::net::{IpAddr, SocketAddr};

use axum::{
    body::{Body, to_bytes},
    extract::{Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, ORIGIN, REFERRER_POLICY,
            STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use subtle::ConstantTimeEq;

use super::{
    Site,
    fields::Fields,
    once::{self, ONCE_FIELD},
    refusal::Refusal,
    visit::Visit,
};

/// A form without files is a letter at most; more is not read.
const FORM_MAX: usize = 1_048_576;
/// Where scripts put the token when they send something that is no form.
pub(crate) const TOKEN_HEADER: &str = "x-desk-token";
/// Name of the token among the fields of a form.
pub(crate) const TOKEN_FIELD: &str = "token";

/// Everything from here, nothing from elsewhere, no script or style within a page, no frames.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 8] = [
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        "same-origin",
    ),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    // Letters do not stay in the cache of an office's laptop.
    (CACHE_CONTROL, "no-store"),
];

/// Under which names the desk answers.
#[derive(Debug, Clone)]
pub(crate) struct Names {
    /// Where it listens.
    pub(crate) listen: SocketAddr,
    /// Names of the office's own network that were allowed on the command line, in lower case.
    pub(crate) allowed: Vec<String>,
    /// Whether it speaks TLS.
    pub(crate) is_https: bool,
}

impl Names {
    /// Whether a `Host` header names this desk. A page elsewhere can point a name of its own at our address (DNS rebinding)
    /// but not an address: literal addresses are ours, names only if they were allowed.
    #[must_use]
    pub(crate) fn is_ours(&self, host: &str) -> bool {
        let (name, port) = split_port(host);
        let usual = if self.is_https { 443 } else { 80 };
        let Some(port) = port.map_or(Some(usual), |port| port.parse().ok()) else {
            return false;
        };
        if port != self.listen.port() {
            return false;
        }
        let bare = name.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            Ok(address) => address.is_loopback() || !self.listen.ip().is_loopback(),
            Err(_) => {
                let name = name.to_ascii_lowercase();
                name == "localhost" || self.allowed.contains(&name)
            }
        }
    }

    /// Whether an `Origin` header names this desk.
    fn is_our_origin(&self, origin: &str) -> bool {
        let scheme = if self.is_https { "https://" } else { "http://" };
        origin
            .strip_prefix(scheme)
            .is_some_and(|host| self.is_ours(host))
    }
}

fn split_port(host: &str) -> (&str, Option<&str>) {
    match host.rsplit_once(':') {
        // The last colon of a bare IPv6 address is no port; one in brackets ends with the bracket.
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    }
}

/// Refuses requests that were meant for somebody else, and forms that another page sent.
pub(crate) async fn check_origin(
    State(site): State<Site>,
    request: Request,
    next: Next,
) -> Response {
    let names = site.names();
    let host = request
        .uri()
        .authority()
        .map(|authority| authority.as_str().to_owned())
        .or_else(|| header(request.headers(), &HOST).map(str::to_owned));
    let mut response = if !host.is_some_and(|host| names.is_ours(&host)) {
        (
            StatusCode::MISDIRECTED_REQUEST,
            "This desk does not answer under this name.\n",
        )
            .into_response()
    } else if is_from_elsewhere(names, &request) {
        (
            StatusCode::FORBIDDEN,
            "The form was sent by another page.\n",
        )
            .into_response()
    } else {
        next.run(request).await
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if names.is_https {
        headers.insert(
            STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000"),
        );
    }
    response
}

fn is_from_elsewhere(names: &Names, request: &Request) -> bool {
    if request.method() == Method::GET || request.method() == Method::HEAD {
        return false;
    }
    let site = header(
        request.headers(),
        &HeaderName::from_static("sec-fetch-site"),
    );
    if site.is_some_and(|site| site != "same-origin") {
        return true;
    }
    header(request.headers(), &ORIGIN).is_some_and(|origin| !names.is_our_origin(origin))
}

/// Refuses a form without the token that its page was given (CSRF).
pub(crate) async fn check_token(request: Request, next: Next) -> Response {
    let Some(visit) = request.extensions().get::<Visit>().cloned() else {
        return Refusal::Broken.into_response();
    };
    let (parts, body) = request.into_parts();
    let is_form = header(&parts.headers, &CONTENT_TYPE)
        .is_none_or(|kind| kind.starts_with("application/x-www-form-urlencoded"));
    if !is_form {
        return Refusal::Malformed.into_response();
    }
    let Ok(body) = to_bytes(body, FORM_MAX).await else {
        return Refusal::TooLarge.into_response();
    };
    let fields = Fields::read(&body);
    let sent = header(&parts.headers, &HeaderName::from_static(TOKEN_HEADER))
        .unwrap_or_else(|| fields.get(TOKEN_FIELD));
    if !is_right_token(&visit, sent) {
        return Refusal::Stale.into_response();
    }
    let once = fields
        .some(ONCE_FIELD)
        .map(|_| once::key(&visit.token, parts.uri.path(), &body));
    let mut request = Request::from_parts(parts, Body::from(body));
    request.extensions_mut().insert(fields);
    match once {
        Some(key) => visit.site.once().run(key, next.run(request)).await,
        None => next.run(request).await,
    }
}

/// Whether `sent` is the token of this visit, without telling by the time taken how much of it was right.
pub(crate) fn is_right_token(visit: &Visit, sent: &str) -> bool {
    visit.token.as_bytes().ct_eq(sent.as_bytes()).into()
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    fn names(listen: &str, is_https: bool) -> Names {
        Names {
            listen: listen.parse().unwrap(),
            allowed: vec!["desk.office.lan".to_owned()],
            is_https,
        }
    }

    #[test]
    fn a_desk_on_loopback_answers_to_loopback_only() {
        let names = names("127.0.0.1:8000", false);
        for ours in [
            "127.0.0.1:8000",
            "localhost:8000",
            "[::1]:8000",
            "LOCALHOST:8000",
            "desk.office.lan:8000",
        ] {
            assert!(names.is_ours(ours), "{ours}");
        }
        for other in [
            "127.0.0.1",
            "127.0.0.1:8001",
            "192.168.1.5:8000",
            "evil.example:8000",
            "127.0.0.1.evil.example:8000",
            "localhost.evil.example:8000",
            "127.0.0.1:8000:8000",
            "::1:8000",
            "",
            ":8000",
            "localhost:",
            "localhost:x",
        ] {
            assert!(!names.is_ours(other), "{other}");
        }
    }

    #[test]
    fn a_desk_on_the_network_answers_to_addresses_and_allowed_names() {
        let names = names("0.0.0.0:443", true);
        for ours in [
            "192.168.1.5",
            "192.168.1.5:443",
            "desk.office.lan",
            "[fe80::1]:443",
        ] {
            assert!(names.is_ours(ours), "{ours}");
        }
        for other in ["evil.example", "office.lan", "192.168.1.5:80"] {
            assert!(!names.is_ours(other), "{other}");
        }
        assert!(names.is_our_origin("https://192.168.1.5"));
        assert!(!names.is_our_origin("http://192.168.1.5"));
        assert!(!names.is_our_origin("https://evil.example"));
    }
}
