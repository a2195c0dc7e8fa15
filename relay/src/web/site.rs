//! What strangers get: pages from a folder, and for everything else what a plain web server says (CHAN-10). The answers are worded
//! as the most common server words them, so that there is nothing to notice.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, Version,
    header::{
        ACCEPT_RANGES, ALLOW, CONNECTION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, HOST,
        IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION, RANGE, SERVER as SERVER_NAME,
        VARY,
    },
    uri::PathAndQuery,
};
use http_body_util::{BodyExt, Empty, Full, combinators::UnsyncBoxBody};
use hyper::ext::ReasonPhrase;
use tower_http::services::ServeDir;

use super::keeps_alive;
use crate::limits::SITE_LINE_MAX;

/// What answers are made of.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// The name in `Server`.
pub(super) const SERVER: &str = "nginx";

/// Why there are no pages.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// The folder is not there, or is none.
    #[error("cannot read the site {folder}: {source}")]
    Folder {
        /// Which.
        folder: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder holds what strangers must not see, or is a part of it.
    #[error(
        "the site {folder} is in the relay's data folder, or holds it: strangers would be shown its keys; put the pages in a folder of their own"
    )]
    Private {
        /// Which.
        folder: PathBuf,
    },
    /// The relay's own page cannot be written.
    #[error("cannot write the page {page}: {source}")]
    Page {
        /// Which.
        page: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The pages.
#[derive(Debug, Clone)]
pub(super) struct Site {
    files: ServeDir,
    /// The port that redirections name.
    port: u16,
}

/// The relay's own page, for an operator who has none.
const OWN_FOLDER: &str = "site";
const OWN_PAGE: &str = "<!DOCTYPE html>\n<html>\n<head>\n<title>Welcome</title>\n</head>\n<body>\n<h1>It works.</h1>\n<p>This server has no pages yet.</p>\n</body>\n</html>\n";

/// Whether strangers who see `folder` see the data folder: links are followed. Its own place for pages is theirs.
fn is_private(folder: &Path, data: &Path, own: &Path) -> bool {
    let real = |path: &Path| fs::canonicalize(path).ok();
    let (Some(folder), Some(data)) = (real(folder), real(data)) else {
        return false;
    };
    let is_own = real(own).is_some_and(|own| folder.starts_with(own));
    data.starts_with(&folder) || (folder.starts_with(&data) && !is_own)
}

impl Site {
    /// The pages in `folder`, or the relay's own in its data folder.
    ///
    /// # Errors
    /// [`SiteError`].
    pub(super) fn open(folder: Option<&Path>, data: &Path, port: u16) -> Result<Self, SiteError> {
        let own = data.join(OWN_FOLDER);
        let folder = match folder {
            Some(folder) => folder.to_owned(),
            None => own_page(&own)?,
        };
        if let Err(source) = fs::read_dir(&folder) {
            return Err(SiteError::Folder { folder, source });
        }
        if is_private(&folder, data, &own) {
            return Err(SiteError::Private { folder });
        }
        Ok(Self {
            files: ServeDir::new(folder),
            port,
        })
    }

    /// Answers a stranger.
    pub(super) async fn answer<B>(&self, request: Request<B>) -> Response<Body> {
        let keeps_alive = keeps_alive(&request);
        let mut response = self.find(&request).await;
        let headers = response.headers_mut();
        headers.insert(SERVER_NAME, HeaderValue::from_static(SERVER));
        if !headers.contains_key(CONNECTION) {
            let value = if keeps_alive { "keep-alive" } else { "close" };
            headers.insert(CONNECTION, HeaderValue::from_static(value));
        }
        response
    }

    async fn find<B>(&self, request: &Request<B>) -> Response<Body> {
        if let Some(refused) = too_large(request) {
            return closing(refused);
        }
        let hosts = request.headers().get_all(HOST).iter().count();
        if hosts > 1
            || (hosts == 0 && request.version() == Version::HTTP_11)
            || request.method() == Method::CONNECT
        {
            return closing(page(StatusCode::BAD_REQUEST, BAD_REQUEST));
        }
        let Some(path) = normal(request.uri().path()) else {
            return closing(page(StatusCode::BAD_REQUEST, BAD_REQUEST));
        };
        if request.method() == Method::TRACE {
            return closing(page(StatusCode::METHOD_NOT_ALLOWED, NOT_ALLOWED));
        }
        let is_read = [Method::GET, Method::HEAD].contains(request.method());
        if !is_read && request.method() != Method::POST {
            return page(StatusCode::METHOD_NOT_ALLOWED, NOT_ALLOWED);
        }
        // What is not there comes as an error or as a status, depending on what is missing.
        let found = self.file(request, &path).await;
        let found = found.filter(|found| found.status() != StatusCode::NOT_FOUND);
        let Some(found) = found else {
            return match self.is_folder(request, &path).await {
                true => page(StatusCode::FORBIDDEN, FORBIDDEN),
                false => page(StatusCode::NOT_FOUND, NOT_FOUND),
            };
        };
        match found.status() {
            status if status.is_redirection() => self.moved(request, &path),
            _ if !is_read => page(StatusCode::METHOD_NOT_ALLOWED, NOT_ALLOWED),
            StatusCode::RANGE_NOT_SATISFIABLE => {
                let mut response = page(StatusCode::RANGE_NOT_SATISFIABLE, NOT_SATISFIABLE);
                if let Some(range) = found.headers().get(CONTENT_RANGE) {
                    response.headers_mut().insert(CONTENT_RANGE, range.clone());
                }
                response
            }
            StatusCode::PARTIAL_CONTENT => {
                let mut found = tagged(found);
                found.headers_mut().remove(ACCEPT_RANGES);
                found
            }
            StatusCode::OK => unless_known(request.headers(), tagged(found)),
            _ => found,
        }
    }

    /// What is in the folder under `path`; `None` if it cannot be read.
    async fn file<B>(&self, request: &Request<B>, path: &str) -> Option<Response<Body>> {
        let mut wanted = Request::new(Empty::<Bytes>::new());
        // A body is not taken: what counts is whether there is such a page.
        *wanted.method_mut() = match *request.method() {
            Method::GET => Method::GET,
            _ => Method::HEAD,
        };
        let mut parts = http::uri::Parts::default();
        parts.path_and_query = Some(PathAndQuery::try_from(path).ok()?);
        *wanted.uri_mut() = Uri::from_parts(parts).ok()?;
        // Conditions are looked at here, as the common server does: see `unless_known`.
        if let Some(range) = request.headers().get(RANGE) {
            wanted.headers_mut().insert(RANGE, range.clone());
        }
        let found = self.files.clone().try_call(wanted).await.ok()?;
        let mut found = found.map(|body| body.map_err(io::Error::other).boxed_unsync());
        for unwanted in [ALLOW, VARY] {
            found.headers_mut().remove(unwanted);
        }
        Some(found)
    }

    /// Whether a path that ends with a slash is a folder: one without an index, if there is nothing to show.
    async fn is_folder<B>(&self, request: &Request<B>, path: &str) -> bool {
        match path.strip_suffix('/') {
            None => false,
            Some("") => true,
            // Without its slash a folder is moved.
            Some(path) => {
                let found = self.file(request, path).await;
                found.is_some_and(|found| found.status().is_redirection())
            }
        }
    }

    /// A folder without its slash.
    fn moved<B>(&self, request: &Request<B>, path: &str) -> Response<Body> {
        let mut response = page(StatusCode::MOVED_PERMANENTLY, MOVED);
        let host = request.headers().get(HOST).map(HeaderValue::to_str);
        let location = match host {
            Some(Ok(host)) => {
                let name = match host.rsplit_once(':') {
                    Some((name, port)) if port.parse::<u16>().is_ok() => name,
                    _ => host,
                };
                let port = match self.port {
                    443 => String::new(),
                    port => format!(":{port}"),
                };
                format!("https://{name}{port}{path}/")
            }
            _ => format!("{path}/"),
        };
        if let Ok(location) = HeaderValue::from_str(&location) {
            response.headers_mut().insert(LOCATION, location);
        }
        response
    }
}

/// The tag of a page in the form that the common server gives it: when it was changed, and its length.
fn tagged(mut found: Response<Body>) -> Response<Body> {
    let headers = found.headers();
    let text = |name: &HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    let whole = match text(&CONTENT_RANGE).and_then(|range| range.rsplit_once('/')) {
        Some((_, whole)) => whole.parse::<u64>().ok(),
        None => text(&CONTENT_LENGTH).and_then(|length| length.parse().ok()),
    };
    let changed = text(&LAST_MODIFIED)
        .and_then(|date| httpdate::parse_http_date(date).ok())
        .and_then(|date| date.duration_since(std::time::UNIX_EPOCH).ok());
    let tag = match (changed, whole) {
        (Some(changed), Some(whole)) => {
            HeaderValue::from_str(&format!("\"{:x}-{whole:x}\"", changed.as_secs())).ok()
        }
        _ => None,
    };
    found.headers_mut().remove(ETAG);
    if let Some(tag) = tag {
        found.headers_mut().insert(ETAG, tag);
    }
    found
}

/// 304 if the request's conditions say that this very page is known. A date counts only if it is exactly the page's, which is the
/// common server's way.
fn unless_known(conditions: &HeaderMap, mut found: Response<Body>) -> Response<Body> {
    let (since, tags) = (
        conditions.get(IF_MODIFIED_SINCE),
        conditions.get(IF_NONE_MATCH),
    );
    if since.is_none() && tags.is_none() {
        return found;
    }
    let is_same_date = since.is_none_or(|since| found.headers().get(LAST_MODIFIED) == Some(since));
    let is_same_tag = tags.is_none_or(|tags| {
        let tag = found.headers().get(ETAG).and_then(|tag| tag.to_str().ok());
        tags.to_str().is_ok_and(|tags| {
            tags.split(',')
                .map(|one| one.trim().trim_start_matches("W/"))
                .any(|one| one == "*" || Some(one) == tag)
        })
    });
    if is_same_date && is_same_tag {
        *found.status_mut() = StatusCode::NOT_MODIFIED;
        *found.body_mut() = empty();
        for unwanted in [CONTENT_LENGTH, CONTENT_TYPE, ACCEPT_RANGES] {
            found.headers_mut().remove(unwanted);
        }
    }
    found
}

/// Writes the relay's own page, if it is not there yet.
fn own_page(folder: &Path) -> Result<PathBuf, SiteError> {
    let page = folder.join("index.html");
    if page.exists() {
        return Ok(folder.to_owned());
    }
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(&page, OWN_PAGE))
        .map_err(|source| SiteError::Page { page, source })?;
    Ok(folder.to_owned())
}

/// A path without `.`, `..` and doubled slashes; `None` if it leads out of the folder or holds a zero byte.
fn normal(path: &str) -> Option<String> {
    let path = path
        .replace("%2e", ".")
        .replace("%2E", ".")
        .replace("%2f", "/")
        .replace("%2F", "/");
    if path.contains("%00") || !path.starts_with('/') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    let mut normal = format!("/{}", parts.join("/"));
    let is_folder = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    if is_folder && !normal.ends_with('/') {
        normal.push('/');
    }
    Some(normal)
}

const BAD_REQUEST: &str = "400 Bad Request";
const FORBIDDEN: &str = "403 Forbidden";
const NOT_FOUND: &str = "404 Not Found";
const NOT_ALLOWED: &str = "405 Not Allowed";
const NOT_SATISFIABLE: &str = "416 Requested Range Not Satisfiable";
const URI_TOO_LARGE: &str = "414 Request-URI Too Large";
const MOVED: &str = "301 Moved Permanently";

/// A page that says no more than a status, in these words.
fn page(status: StatusCode, title: &'static str) -> Response<Body> {
    let mut response = of_text(status, text_of(title, title, None));
    // "404 Not Found" without its number.
    let reason = title.split_once(' ').map_or(title, |(_, reason)| reason);
    let reason = ReasonPhrase::from_static(reason.as_bytes());
    response.extensions_mut().insert(reason);
    response
}

fn text_of(title: &str, heading: &str, sentence: Option<&str>) -> String {
    let sentence = sentence.map_or_else(String::new, |sentence| {
        format!("<center>{sentence}</center>\r\n")
    });
    format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{heading}</h1></center>\r\n{sentence}<hr><center>{SERVER}</center>\r\n</body>\r\n</html>\r\n"
    )
}

/// The answer to a request of which one line is over-long.
fn too_large<B>(request: &Request<B>) -> Option<Response<Body>> {
    let target = request
        .uri()
        .path_and_query()
        .map_or(0, |path| path.as_str().len());
    if request.method().as_str().len() + target + " HTTP/1.1  ".len() > SITE_LINE_MAX {
        return Some(page(StatusCode::URI_TOO_LONG, URI_TOO_LARGE));
    }
    let mut headers = request.headers().iter();
    let is_long = |(name, value): (&HeaderName, &HeaderValue)| {
        name.as_str().len() + value.len() + ": ".len() > SITE_LINE_MAX
    };
    let text = text_of(&format!("400 {TOO_LARGE}"), BAD_REQUEST, Some(TOO_LARGE));
    headers
        .any(is_long)
        .then(|| of_text(StatusCode::BAD_REQUEST, text))
}

const TOO_LARGE: &str = "Request Header Or Cookie Too Large";

/// The whole answer to a request that cannot be understood, for a status that hyper gives it; `None` for a status that is none of
/// these.
pub(super) fn own_words(status: u16) -> Option<Vec<u8>> {
    let (line, text) = match status {
        400 => (BAD_REQUEST, text_of(BAD_REQUEST, BAD_REQUEST, None)),
        414 => (URI_TOO_LARGE, text_of(URI_TOO_LARGE, URI_TOO_LARGE, None)),
        431 => (
            BAD_REQUEST,
            text_of(&format!("400 {TOO_LARGE}"), BAD_REQUEST, Some(TOO_LARGE)),
        ),
        _ => return None,
    };
    let date = httpdate::fmt_http_date(std::time::SystemTime::now());
    let head = format!(
        "HTTP/1.1 {line}\r\nServer: {SERVER}\r\nDate: {date}\r\nContent-Type: text/html\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        text.len()
    );
    Some([head, text].concat().into_bytes())
}

fn of_text(status: StatusCode, text: String) -> Response<Body> {
    let body = Full::new(Bytes::from(text)).map_err(|never| match never {});
    let mut response = Response::new(body.boxed_unsync());
    *response.status_mut() = status;
    let html = HeaderValue::from_static("text/html");
    response.headers_mut().insert(CONTENT_TYPE, html);
    response
}

fn closing(mut response: Response<Body>) -> Response<Body> {
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    response
}

/// The answer to HTTP where TLS was expected.
pub(super) fn expects_tls() -> Response<Body> {
    const SENTENCE: &str = "The plain HTTP request was sent to HTTPS port";
    let text = text_of(&format!("400 {SENTENCE}"), BAD_REQUEST, Some(SENTENCE));
    let mut response = of_text(StatusCode::BAD_REQUEST, text);
    let server = HeaderValue::from_static(SERVER);
    response.headers_mut().insert(SERVER_NAME, server);
    closing(response)
}

/// No body.
pub(super) fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_stay_in_the_folder() {
        for (path, normal_path) in [
            ("/", Some("/")),
            ("/a//b/./c", Some("/a/b/c")),
            ("/a/../b/", Some("/b/")),
            ("/a/%2e%2e/", Some("/")),
            ("/a/..", Some("/")),
            ("/..", None),
            ("/a/../../etc/passwd", None),
            ("/%2E%2e/etc/passwd", None),
            ("/..%2fetc", None),
            ("/a%00", None),
            ("*", None),
        ] {
            assert_eq!(normal(path).as_deref(), normal_path, "{path}");
        }
    }

    #[test]
    fn the_relays_own_page_is_made_once() {
        let data = tempfile::tempdir().unwrap();
        Site::open(None, data.path(), 443).unwrap();
        let page = data.path().join("site/index.html");
        assert_eq!(fs::read_to_string(&page).unwrap(), OWN_PAGE);
        fs::write(&page, "mine").unwrap();
        Site::open(None, data.path(), 443).unwrap();
        assert_eq!(fs::read_to_string(&page).unwrap(), "mine");
        let nowhere = data.path().join("nowhere");
        assert!(matches!(
            Site::open(Some(&nowhere), data.path(), 443),
            Err(SiteError::Folder { .. })
        ));
    }
}
