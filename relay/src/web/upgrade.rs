//! The one request that is no stranger's: a whole WebSocket upgrade (RFC 6455, section 4.2.1) under the relay's own path
//! (CHAN-1, CHAN-10).

use data_encoding::BASE64;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Version,
    header::{
        CONNECTION, HOST, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, SEC_WEBSOCKET_VERSION, UPGRADE,
    },
};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::site::{Body, SERVER, empty};

/// What `Sec-WebSocket-Accept` says to a whole upgrade request under `path`; `None` to everything else, which is the site's.
pub(super) fn accepted<B>(request: &Request<B>, path: &str) -> Option<String> {
    let is_ours = request.uri().path() == path && request.uri().query().is_none();
    let is_upgrade = request.method() == Method::GET
        && request.version() == Version::HTTP_11
        && request.headers().contains_key(HOST)
        && names(request.headers(), &CONNECTION, "upgrade")
        && names(request.headers(), &UPGRADE, "websocket")
        && only(request.headers(), &SEC_WEBSOCKET_VERSION)? == "13";
    if !is_ours || !is_upgrade {
        return None;
    }
    let key = only(request.headers(), &SEC_WEBSOCKET_KEY)?.as_bytes();
    let is_key = BASE64.decode(key).is_ok_and(|key| key.len() == 16);
    is_key.then(|| derive_accept_key(key))
}

/// 101, and from there on the connection is a WebSocket.
pub(super) fn switching(accept: &str) -> Response<Body> {
    let mut response = Response::new(empty());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(http::header::SERVER, HeaderValue::from_static(SERVER));
    headers.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    if let Ok(accept) = HeaderValue::from_str(accept) {
        headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

/// Whether a list of words, in whatever case, has this one.
fn names(headers: &HeaderMap, name: &HeaderName, word: &str) -> bool {
    headers
        .get_all(name)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|part| part.trim().eq_ignore_ascii_case(word))
}

/// The value of a header that stands once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "/abcdefghijklmnopqrstuvwxyz234567";

    /// The request of RFC 6455, section 1.3, under our path.
    fn request() -> http::request::Builder {
        Request::get(PATH)
            .header("Host", "server.example.com")
            .header("Upgrade", "WebSocket")
            .header("Connection", "keep-alive, Upgrade")
            .header("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
            .header("Sec-WebSocket-Version", "13")
    }

    #[test]
    fn a_whole_upgrade_is_accepted() {
        let request = request().body(()).unwrap();
        assert_eq!(
            accepted(&request, PATH).as_deref(),
            Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        );
    }

    /// CHAN-10: whatever lacks anything is a stranger's.
    #[test]
    fn everything_else_is_the_sites() {
        let without = |name: &str| {
            let mut request = request().body(()).unwrap();
            request.headers_mut().remove(name).unwrap();
            request
        };
        let with = |name: &str, value: &str| {
            let mut request = without(name);
            let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
            request.headers_mut().insert(name, value.parse().unwrap());
            request
        };
        let mut flawed = vec![
            ("other path", request().uri("/other").body(()).unwrap()),
            (
                "a query",
                request().uri(format!("{PATH}?a")).body(()).unwrap(),
            ),
            ("POST", request().method("POST").body(()).unwrap()),
            (
                "HTTP/1.0",
                request().version(Version::HTTP_10).body(()).unwrap(),
            ),
            ("another protocol", with("Upgrade", "h2c")),
            ("no wish", with("Connection", "keep-alive")),
            ("an old version", with("Sec-WebSocket-Version", "8")),
            (
                "a short key",
                with("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25j"),
            ),
            ("no key at all", with("Sec-WebSocket-Key", "!")),
        ];
        for name in [
            "Host",
            "Upgrade",
            "Connection",
            "Sec-WebSocket-Key",
            "Sec-WebSocket-Version",
        ] {
            flawed.push((name, without(name)));
        }
        let twice = request().header("Sec-WebSocket-Version", "13");
        flawed.push(("a header twice", twice.body(()).unwrap()));
        for (what, request) in flawed {
            assert_eq!(accepted(&request, PATH), None, "{what}");
        }
    }
}
