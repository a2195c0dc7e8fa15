//! What pages load besides themselves: one style sheet, two scripts, one picture. All of it is in the program.

use axum::{
    extract::Path,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};

const STYLE: &str = include_str!("../../assets/desk.css");
const SCRIPT: &str = include_str!("../../assets/desk.js");
/// htmx 2.0.11 from the npm package `htmx.org`, unchanged; its licence (0BSD) lies beside it.
const HTMX: &str = include_str!("../../assets/htmx.min.js");
const ICON: &str = include_str!("../../assets/icon.svg");

/// One of the files.
pub(crate) async fn asset(Path(name): Path<String>) -> Response {
    let (kind, text) = match name.as_str() {
        "desk.css" => ("text/css; charset=utf-8", STYLE),
        "desk.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "htmx.min.js" => ("text/javascript; charset=utf-8", HTMX),
        "icon.svg" => ("image/svg+xml", ICON),
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    // Named by the program's version in the address: a new program is asked anew.
    (
        [
            (CONTENT_TYPE, kind),
            (CACHE_CONTROL, "private, max-age=86400"),
        ],
        text,
    )
        .into_response()
}

/// The address of a file in this version of the program.
pub(crate) fn address(name: &str) -> String {
    format!("/assets/{name}?{}", env!("CARGO_PKG_VERSION"))
}

#[cfg(test)]
mod tests {
    use sha2::{Digest, Sha256};

    use super::*;

    /// What is vendored is what was published: `npm pack htmx.org@2.0.11`, `dist/htmx.min.js`.
    #[test]
    fn htmx_is_the_published_file() {
        let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(HTMX));
        assert_eq!(
            hash,
            "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717"
        );
    }

    /// Nothing that a page loads points elsewhere; namespaces of drawings are names, not addresses.
    #[test]
    fn nothing_of_ours_calls_elsewhere() {
        for text in [STYLE, SCRIPT, ICON] {
            let text = text.replace("http://www.w3.org/", "");
            assert!(!text.contains("http:") && !text.contains("https:") && !text.contains("url("));
        }
    }
}
