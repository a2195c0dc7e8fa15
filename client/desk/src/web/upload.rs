//! Forms with files. The token has to come before the first file. Files stay in memory until the domain has sealed them:
//! a scanned letter that touched the disk in the clear could be read from it later.

use super::{
    guard::{TOKEN_FIELD, is_right_token},
    refusal::Refusal,
    visit::Visit,
};
use axum::{
    extract::{FromRequest, Multipart, Request},
    http::StatusCode,
};
/// Bytes of one field that is no file.
const FIELD_MAX: usize = 65_536;
/// Files of one form.
const FILES_MAX: usize = 200;

/// One file of a form.
pub(crate) struct Upload {
    /// What it was called, without a path.
    pub(crate) name: String,
    /// All of it.
    pub(crate) bytes: Vec<u8>,
}

/// A form with files, its token checked.
pub(crate) struct Uploads {
    /// Files, in their order; fields in which nothing was chosen are not among them.
    pub(crate) files: Vec<Upload>,
}

impl<S: Send + Sync> FromRequest<S> for Uploads {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refusal> {
        let visit = request
            .extensions()
            .get::<Visit>()
            .cloned()
            .ok_or(Refusal::Broken)?;
        let mut form = Multipart::from_request(request, state)
            .await
            .map_err(|_| Refusal::Malformed)?;
        let mut is_trusted = false;
        let mut files = Vec::new();
        while let Some(field) = form.next_field().await.map_err(|error| refused(&error))? {
            let name = field.name().unwrap_or_default().to_owned();
            let file_name = field.file_name().map(bare_name);
            let Some(file_name) = file_name else {
                let bytes = field.bytes().await.map_err(|error| refused(&error))?;
                if bytes.len() > FIELD_MAX {
                    return Err(Refusal::TooLarge);
                }
                let text = String::from_utf8(bytes.into()).map_err(|_| Refusal::Malformed)?;
                if name == TOKEN_FIELD {
                    is_trusted = is_right_token(&visit, &text);
                }
                continue;
            };
            if !is_trusted {
                return Err(Refusal::Stale);
            }
            let bytes = field
                .bytes()
                .await
                .map_err(|error| refused(&error))?
                .to_vec();
            if bytes.is_empty() && file_name.is_empty() {
                continue;
            }
            if files.len() == FILES_MAX {
                return Err(Refusal::TooLarge);
            }
            files.push(Upload {
                name: file_name,
                bytes,
            });
        }
        if !is_trusted {
            return Err(Refusal::Stale);
        }
        Ok(Self { files })
    }
}

/// Why the rest of a form could not be read.
pub(crate) fn refused(error: &axum::extract::multipart::MultipartError) -> Refusal {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        Refusal::TooLarge
    } else {
        Refusal::Malformed
    }
}

/// The last part of a name as any system writes paths.
pub(crate) fn bare_name(name: &str) -> String {
    name.rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_their_paths() {
        assert_eq!(bare_name("C:\\scans\\a.pdf"), "a.pdf");
        assert_eq!(bare_name("../../etc/passwd"), "passwd");
        assert_eq!(bare_name("лист.jpg"), "лист.jpg");
        assert_eq!(bare_name(""), "");
    }
}
