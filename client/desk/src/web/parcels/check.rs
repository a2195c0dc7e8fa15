//! Checking a manifest that somebody sends: whether it is what was signed, and by whom.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use data_encoding::HEXLOWER;
use maud::{Markup, html};

use super::SEE;
use crate::{
    ManifestCheck, check_manifest,
    web::{
        refusal::Refusal,
        routes::Routes,
        shell::Room,
        texts::{Texts, args},
        upload::Uploads,
        visit::Visit,
    },
};

/// Bytes of an upload: thousands of parcels.
const FILE_MAX: usize = 4_194_304;

/// Their routes.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/parcels/check", SEE, show)
        .upload("/parcels/check", SEE, FILE_MAX, check)
}

/// `GET /parcels/check`
async fn show(visit: Visit) -> Result<Response, Refusal> {
    page(&visit, None).await
}

/// `POST /parcels/check`
async fn check(visit: Visit, uploads: Uploads) -> Result<Response, Refusal> {
    let Some(file) = uploads.files.first() else {
        return page(&visit, Some(&ManifestCheck::Unsigned)).await;
    };
    // What is no text was signed by nobody.
    let check = std::str::from_utf8(&file.bytes).map_or(ManifestCheck::Unsigned, check_manifest);
    page(&visit, Some(&check)).await
}

async fn page(visit: &Visit, checked: Option<&ManifestCheck>) -> Result<Response, Refusal> {
    let ours = visit.site.ask(|desk| Ok(desk.manifest_key())).await?;
    let ours = HEXLOWER.encode(ours.as_bytes());
    let t = &visit.texts;
    let title = t.say("check-title");
    let page = visit.page(
        Room::Parcels,
        &title,
        html! {
            p { a href="/parcels" { "← " (t.say("room-parcels")) } }
            div.head { h1 { (title) } }
            p.sub { (t.say("check-lead")) }
            @if let Some(checked) = checked { (told(t, checked, &ours)) }
            form.box method="post" action="/parcels/check" enctype="multipart/form-data" {
                (visit.token_field())
                div.row {
                    div.field {
                        label for="field-manifest" { (t.say("check-file")) }
                        input #field-manifest type="file" name="manifest" required accept=".csv,text/csv" aria-describedby="manifest-hint";
                        p.hint #manifest-hint { (t.say("check-file-hint")) }
                    }
                    button.main type="submit" { (t.say("check-submit")) }
                }
            }
            section.box {
                h2 { (t.say("check-ours")) }
                p { code { (ours) } }
                p.sub.small { (t.say("check-ours-hint")) }
            }
        },
    );
    let status = match checked {
        Some(ManifestCheck::Changed | ManifestCheck::Unsigned) => StatusCode::UNPROCESSABLE_ENTITY,
        _ => StatusCode::OK,
    };
    Ok((status, page).into_response())
}

fn told(t: &Texts, checked: &ManifestCheck, ours: &str) -> Markup {
    match checked {
        ManifestCheck::Whole { key, fingerprint } => {
            let key = HEXLOWER.encode(key.as_bytes());
            let fingerprint =
                html! { p { (t.with("check-fingerprint", args![digits = fingerprint.clone()])) } };
            if key == ours {
                html! { div.notice.good role="status" { p { (t.say("check-whole")) } (fingerprint) } }
            } else {
                html! {
                    div.notice.warn role="status" {
                        p { (t.say("check-whole-other")) }
                        p { code { (key) } }
                        (fingerprint)
                    }
                }
            }
        }
        ManifestCheck::Changed => {
            html! { div.notice.bad role="alert" { p { (t.say("check-changed")) } } }
        }
        ManifestCheck::Unsigned => {
            html! { div.notice.bad role="alert" { p { (t.say("check-unsigned")) } } }
        }
    }
}
