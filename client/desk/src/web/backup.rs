//! Backups: the whole desk with its account as one file, and what a first run can be made from.

use std::{
    fs,
    io::{self, Seek},
    path::Path,
};

use axum::{
    body::Body,
    extract::{FromRequest, Multipart, Request},
    http::{
        HeaderValue,
        header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use futures_util::Stream;
use maud::html;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{
    guard::{TOKEN_FIELD, is_right_token},
    refusal::Refusal,
    routes::{Need, Routes},
    settings::drawers,
    shell::Room,
    show,
    site::Site,
    visit::{Visit, see},
};
use crate::{
    Action, Error, back_up_office,
    backup::archive::{Scratch, pack},
    restore_office,
};

const NEED: Need = Need::May(&[Action::BackUp]);

/// Largest file that a first run is made from.
const FILE_MAX: usize = 64 * 1_073_741_824;
/// Bytes that are sent at once.
const PIECE: usize = 262_144;

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/settings/backup", NEED, show)
        .post("/settings/backup", NEED, take)
        .upload("/begin/restore", Need::Nothing, FILE_MAX, restore)
}

/// `GET /settings/backup`
async fn show(visit: Visit) -> Result<Response, Refusal> {
    let t = &visit.texts;
    let title = t.say("backup-title");
    Ok(visit
        .page(
            Room::Settings,
            &title,
            html! {
                div.head { h1 { (t.say("room-settings")) } }
                (drawers(&visit, "/settings/backup"))
                section.box {
                    h2 { (title) }
                    p { (t.say("backup-lead")) }
                    form method="post" action="/settings/backup" {
                        (visit.token_field())
                        button.main type="submit" { (t.say("backup-make")) }
                    }
                }
                section.box {
                    h2 { (t.say("backup-restore-title")) }
                    p { (t.say("backup-restore-lead")) }
                }
            },
        )
        .into_response())
}

/// `POST /settings/backup`: made on disk under the desk's passphrase, sent, and gone from the disk as soon as the browser has
/// it or has left.
async fn take(visit: Visit) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let (home, passphrase) = (
        visit.site.home().to_owned(),
        visit.site.passphrase().clone(),
    );
    let (file, length) = visit
        .site
        .ask_both(move |desk, account| {
            let folder = Scratch::make(&home)?;
            let parts = folder.path().join("parts");
            back_up_office(desk, account, &actor, &parts, &passphrase, show::now())?;
            let path = folder.path().join("backup.zip");
            pack(&parts, &path).map_err(failed("writing", &path))?;
            let mut file = fs::File::open(&path).map_err(failed("reading", &path))?;
            let length = file
                .seek(io::SeekFrom::End(0))
                .and_then(|length| file.rewind().map(|()| length))
                .map_err(failed("reading", &path))?;
            // The folder goes with `folder`; the open file lives until it has been read.
            Ok((file, length))
        })
        .await?;
    let mut response = Body::from_stream(pieces(file)).into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    let name = format!("attachment; filename=\"tidings-{}.zip\"", show::today());
    if let Ok(value) = HeaderValue::from_str(&name) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

/// A file, piece by piece.
pub(crate) fn pieces(file: fs::File) -> impl Stream<Item = io::Result<Vec<u8>>> {
    futures_util::stream::unfold(Some(tokio::fs::File::from_std(file)), |file| async {
        let mut file = file?;
        let mut piece = vec![0; PIECE];
        match file.read(&mut piece).await {
            Ok(0) => None,
            Ok(read) => {
                piece.truncate(read);
                Some((Ok(piece), Some(file)))
            }
            Err(error) => Some((Err(error), None)),
        }
    })
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    crate::error::disk(doing, path)
}

/// `POST /begin/restore`: the code of the first run, then the file, which goes to the disk as it comes: it is sealed.
async fn restore(visit: Visit, request: Request) -> Result<Response, Refusal> {
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| Refusal::Malformed)?;
    let mut is_trusted = false;
    let mut is_founder = false;
    let site = visit.site.clone();
    let home = site.home().to_owned();
    while let Some(mut field) = form.next_field().await.map_err(|_| Refusal::Malformed)? {
        let name = field.name().unwrap_or_default().to_owned();
        if field.file_name().is_none() {
            let text = field.text().await.map_err(|_| Refusal::Malformed)?;
            match name.as_str() {
                TOKEN_FIELD => is_trusted = is_right_token(&visit, &text),
                "code" => is_founder = site.is_founder(&text),
                _ => {}
            }
            continue;
        }
        if !is_trusted {
            return Err(Refusal::Stale);
        }
        if !is_founder {
            return Err(Refusal::NotBegun);
        }
        let _one_at_a_time = site.founding().await;
        if site.desk().is_some() {
            return Ok(see("/"));
        }
        let scratch = Scratch::make(&home)?;
        let path = scratch.path().join("upload.zip");
        let mut file = tokio::fs::File::create(&path)
            .await
            .map_err(|error| Refusal::from(failed("writing", &path)(error)))?;
        while let Some(piece) = field.chunk().await.map_err(|_| Refusal::TooLarge)? {
            file.write_all(&piece)
                .await
                .map_err(|error| Refusal::from(failed("writing", &path)(error)))?;
        }
        file.sync_all()
            .await
            .map_err(|error| Refusal::from(failed("writing", &path)(error)))?;
        let restoring = site.clone();
        let restored = site
            .blocking(move || {
                let found = found(&restoring, &path);
                drop(scratch);
                Ok(found?)
            })
            .await;
        return match restored {
            Ok(()) => Ok(see("/sign-in")),
            Err(refused @ Refusal::Failed(_)) => {
                super::doors::restore_refused(&visit, &refused).await
            }
            Err(other) => Err(other),
        };
    }
    Err(Refusal::Malformed)
}

/// Desk and account come out of the file together, or neither does.
fn found(site: &Site, file: &Path) -> Result<(), Error> {
    let (desk, account) = restore_office(site.home(), file, site.passphrase(), show::now())?;
    site.begin_work(desk, account)
}
