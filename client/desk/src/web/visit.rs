//! Who asks: language, session, and the token that ties a form to them.

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE},
        request::Parts,
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use tidings_protocol::language::Language;

use super::{Site, refusal::Refusal, routes::Need, shell, texts::Texts};
use crate::{Action, Actor, Error, Token};

/// Cookie of a signed-in session; over TLS under a name that no neighbour can set.
const SESSION: &str = "tidings-session";
/// Cookie of a visitor, signed in or not: forms are tied to it.
const VISITOR: &str = "tidings-visitor";
/// Cookie of the language that was chosen before signing in.
const LANGUAGE: &str = "tidings-language";
/// A year.
const LANGUAGE_SECONDS: u64 = 31_536_000;

/// The address at which pages ask how the post goes.
pub(crate) const PULSE: &str = "/pulse";

/// Where a session stands.
#[derive(Debug, Clone)]
pub(crate) enum Standing {
    /// Nobody is signed in.
    Outside,
    /// Somebody was here and is away: the password unlocks.
    Locked(Token),
    /// Somebody is at work.
    Inside(Box<Inside>),
}

/// An operator at work.
#[derive(Debug, Clone)]
pub(crate) struct Inside {
    /// What the browser holds.
    pub(crate) token: Token,
    /// In whose name the domain acts.
    pub(crate) actor: Actor,
}

/// One request, as far as every page needs to know it.
#[derive(Debug, Clone)]
pub(crate) struct Visit {
    /// The texts of the reader's language.
    pub(crate) texts: Texts,
    /// Ties a form to this visitor and session.
    pub(crate) token: String,
    /// Who it is.
    pub(crate) standing: Standing,
    /// Path and query.
    pub(crate) address: String,
    /// Whether a script asks, for a piece of a page.
    pub(crate) is_script: bool,
    /// The rest of the desk.
    pub(crate) site: Site,
}

impl Visit {
    /// Whether this visitor may use a route with this need.
    pub(crate) fn may_use(&self, need: Need) -> Result<(), Refusal> {
        match (need, &self.standing) {
            (Need::Nothing, _) | (Need::Entered, Standing::Inside(_)) => Ok(()),
            (_, Standing::Inside(inside)) if inside.actor.second_factor_missing() => {
                Err(Refusal::SecondFactor)
            }
            (Need::Signed, Standing::Inside(_)) => Ok(()),
            (Need::May(actions), Standing::Inside(inside)) => {
                if actions.iter().any(|action| inside.actor.may(*action)) {
                    Ok(())
                } else {
                    Err(Refusal::Forbidden)
                }
            }
            (_, Standing::Locked(_)) => Err(Refusal::Locked),
            (_, Standing::Outside) => Err(Refusal::SignIn),
        }
    }

    /// Whether the operator may do this: what they may not is not shown.
    pub(crate) fn may(&self, action: Action) -> bool {
        matches!(&self.standing, Standing::Inside(inside) if inside.actor.may(action))
    }

    /// The operator at work.
    pub(crate) fn inside(&self) -> Result<&Inside, Refusal> {
        match &self.standing {
            Standing::Inside(inside) => Ok(inside),
            Standing::Locked(_) => Err(Refusal::Locked),
            Standing::Outside => Err(Refusal::SignIn),
        }
    }

    /// In whose name the domain acts.
    pub(crate) fn actor(&self) -> Result<Actor, Refusal> {
        self.inside().map(|inside| inside.actor.clone())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or(Refusal::Broken)
    }
}

/// Finds out who asks, lets the page be made, and turns refusals into pages.
pub(crate) async fn recognise(
    State(site): State<Site>,
    mut request: Request,
    next: Next,
) -> Response {
    let headers = request.headers();
    let known = cookie(headers, VISITOR).filter(|visitor| visitor.len() == 43);
    let visitor = match known {
        Some(visitor) => visitor.to_owned(),
        None => match random_text() {
            Ok(visitor) => visitor,
            Err(refusal) => return refusal.status().into_response(),
        },
    };
    let is_new = known.is_none();
    let session = cookie(headers, &session_name(&site)).map(str::to_owned);
    let is_script = headers.contains_key("hx-request");
    let standing = match &session {
        Some(session) => match standing(&site, session, request.uri().path() == PULSE).await {
            Ok(standing) => standing,
            Err(refusal) => return refusal.status().into_response(),
        },
        None => Standing::Outside,
    };
    let chosen: Option<Language> = match &standing {
        Standing::Inside(inside) => Some(inside.actor.language()),
        _ => cookie(headers, LANGUAGE).and_then(|code| code.parse().ok()),
    };
    let texts = match chosen.or(site.language()) {
        Some(language) => Texts::of(language),
        None => {
            let header = headers.get(ACCEPT_LANGUAGE);
            Texts::asked_for(header.and_then(|value| value.to_str().ok()).unwrap_or(""))
        }
    };
    let address = request
        .uri()
        .path_and_query()
        .map_or_else(|| "/".to_owned(), ToString::to_string);
    let visit = Visit {
        texts,
        token: token_of(&visitor, session.as_deref().unwrap_or("")),
        standing,
        address,
        is_script,
        site: site.clone(),
    };
    request.extensions_mut().insert(visit.clone());
    let response = next.run(request).await;
    let refusal = match response.extensions().get::<Refusal>() {
        Some(refusal) => Some(refusal.clone()),
        // The address does not read (`/letters/-1`): what the router says to that is for programmers.
        None if is_bare_refusal(&response) => Some(Refusal::NotFound),
        None => None,
    };
    let mut response = match refusal {
        Some(refusal) => refused(&visit, &refusal),
        None => response,
    };
    if is_new {
        set_cookie(&site, &mut response, VISITOR, &visitor, None);
    }
    response
}

/// Whether this is no page of ours but a word of the router's.
fn is_bare_refusal(response: &Response) -> bool {
    let kind = response.headers().get(CONTENT_TYPE);
    response.status() == StatusCode::BAD_REQUEST
        && kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/plain"))
}

/// Asks the domain whose session this is. What a page asks by itself, to show how the post goes, keeps no session awake:
/// it is answered from what the last real request has found.
async fn standing(site: &Site, session: &str, is_pulse: bool) -> Result<Standing, Refusal> {
    let Some(desk) = site.desk() else {
        return Ok(Standing::Outside);
    };
    let token = Token::new(session);
    if is_pulse {
        return Ok(match site.recent(session) {
            Some(actor) => Standing::Inside(Box::new(Inside { token, actor })),
            None => Standing::Locked(token),
        });
    }
    let asked = token.clone();
    let found = site
        .blocking(move || Ok(desk.actor(&asked, super::show::now())?))
        .await;
    match found {
        Ok(actor) => {
            site.remember(session, &actor);
            Ok(Standing::Inside(Box::new(Inside { token, actor })))
        }
        Err(Refusal::Locked) => Ok(Standing::Locked(token)),
        Err(Refusal::SignIn) => Ok(Standing::Outside),
        Err(other) => Err(other),
    }
}

/// The page for a refusal; for a lacking session the way to it.
fn refused(visit: &Visit, refusal: &Refusal) -> Response {
    let way = match refusal {
        Refusal::SignIn => Some("/sign-in"),
        Refusal::Locked => Some("/unlock"),
        Refusal::SecondFactor => Some("/account/second-factor"),
        _ => None,
    };
    let Some(way) = way else {
        return (refusal.status(), shell::refusal(visit, refusal)).into_response();
    };
    let mut query = form_urlencoded::Serializer::new(String::new());
    let comes_back = !matches!(refusal, Refusal::SecondFactor);
    if visit.address != "/" && !visit.is_script && comes_back {
        query.append_pair("then", &visit.address);
    }
    let query = query.finish();
    let target = if query.is_empty() {
        way.to_owned()
    } else {
        format!("{way}?{query}")
    };
    if visit.is_script {
        let mut response = StatusCode::OK.into_response();
        if let Ok(value) = HeaderValue::from_str(&target) {
            response.headers_mut().insert("hx-redirect", value);
        }
        response
    } else {
        see(&target)
    }
}

/// 303: look there.
pub(crate) fn see(target: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(value) = HeaderValue::from_str(target) {
        response.headers_mut().insert(LOCATION, value);
    }
    response
}

/// Where to go on after signing in: a page of this desk, or the first one.
pub(crate) fn safe_target(then: &str) -> &str {
    let is_ours = then.starts_with('/')
        && !then.starts_with("//")
        && !then.contains('\\')
        && then.is_ascii()
        && !then.bytes().any(|byte| byte.is_ascii_control());
    if is_ours { then } else { "/" }
}

/// Gives the browser its session.
pub(crate) fn begin_session(site: &Site, response: &mut Response, token: &Token) {
    set_cookie(site, response, &session_name(site), token.expose(), None);
}

/// Takes the session from the browser.
pub(crate) fn end_session(site: &Site, response: &mut Response) {
    set_cookie(site, response, &session_name(site), "", Some(0));
}

/// Remembers the language on this browser.
pub(crate) fn keep_language(site: &Site, response: &mut Response, language: Language) {
    set_cookie(
        site,
        response,
        LANGUAGE,
        language.code(),
        Some(LANGUAGE_SECONDS),
    );
}

fn session_name(site: &Site) -> String {
    if site.names().is_https {
        format!("__Host-{SESSION}")
    } else {
        // Cookies do not know ports: two desks on one machine must not overwrite each other's.
        format!("{SESSION}-{}", site.names().listen.port())
    }
}

fn set_cookie(site: &Site, response: &mut Response, name: &str, value: &str, age: Option<u64>) {
    let secure = if site.names().is_https {
        "; Secure"
    } else {
        ""
    };
    let age = age.map_or_else(String::new, |age| format!("; Max-Age={age}"));
    let line = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}");
    if let Ok(line) = HeaderValue::from_str(&line) {
        response.headers_mut().append(SET_COOKIE, line);
    }
}

fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .into_iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value)
}

/// 32 random bytes as text.
pub(crate) fn random_text() -> Result<String, Refusal> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|_| Refusal::from(Error::NoRandomness))?;
    Ok(BASE64URL_NOPAD.encode(&bytes))
}

/// The token of a visitor and session. Both are secrets of 256 bits that scripts cannot read, so that their hash can stand
/// in a page; and since no key of this process goes into it, a form outlives a restart of the desk.
fn token_of(visitor: &str, session: &str) -> String {
    let mut hash = Sha256::new();
    for part in ["tidings desk form", visitor, session] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    BASE64URL_NOPAD.encode(&hash.finalize())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn the_way_on_stays_at_this_desk() {
        for ours in ["/letters", "/letters?page=2", "/"] {
            assert_eq!(safe_target(ours), ours);
        }
        for other in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "",
            "/a\r\nb",
        ] {
            assert_eq!(safe_target(other), "/", "{other:?}");
        }
    }

    #[test]
    fn a_token_is_of_one_visitor_and_one_session() {
        let token = token_of("visitor", "session");
        assert_eq!(token.len(), 43);
        for (visitor, session) in [
            ("visitor", ""),
            ("other", "session"),
            ("visitors", "ession"),
        ] {
            assert_ne!(token_of(visitor, session), token);
        }
    }

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("xa=1; a=2; b="));
        assert_eq!(cookie(&headers, "a"), Some("2"));
        assert_eq!(cookie(&headers, "b"), None);
        assert_eq!(cookie(&headers, "x"), None);
    }
}
