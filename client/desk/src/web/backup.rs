//! Backups: the whole desk with its account as one file, and what a first run can be made from.

use std::{
    fs,
    io::{self, Read, Seek, Write},
    path::{Path, PathBuf},
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
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

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
use crate::{Action, Error, back_up_office, restore_office};

const NEED: Need = Need::May(&[Action::BackUp]);

/// The parts of a backup, as folders of the file.
const PARTS: [&str; 2] = ["account", "desk"];
/// Largest file that a first run is made from.
const FILE_MAX: usize = 64 * 1_073_741_824;
/// Files in a backup, at most: an account keeps one for each enclosure.
const ENTRIES_MAX: usize = 4_000_000;
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
            let parts = folder.0.join("parts");
            back_up_office(desk, account, &actor, &parts, &passphrase, show::now())?;
            let path = folder.0.join("backup.zip");
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
fn pieces(file: fs::File) -> impl Stream<Item = io::Result<Vec<u8>>> {
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

/// A folder beside the desk's data that is gone when this is dropped. Everything in it is sealed.
struct Scratch(PathBuf);

impl Scratch {
    fn make(home: &Path) -> Result<Self, Error> {
        let name: String = super::visit::random_text()
            .map_err(|_| Error::NoRandomness)?
            .chars()
            .take(12)
            .collect();
        let folder = home.join(format!("backup-{name}"));
        fs::create_dir_all(&folder).map_err(failed("making", &folder))?;
        Ok(Self(folder))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is removed at the next start.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Removes what a kill left behind.
pub(crate) fn tidy(home: &Path) {
    let Ok(entries) = fs::read_dir(home) else {
        return;
    };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with("backup-") {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Error {
    crate::error::disk(doing, path)
}

/// Puts a folder into one file. Sealed bytes do not get smaller: nothing is compressed.
fn pack(folder: &Path, to: &Path) -> io::Result<()> {
    let mut archive = ZipWriter::new(fs::File::create(to)?);
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .large_file(true);
    let mut open = vec![folder.to_owned()];
    while let Some(at) = open.pop() {
        let mut entries: Vec<PathBuf> = fs::read_dir(&at)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
        entries.sort();
        for entry in entries {
            if entry.is_dir() {
                open.push(entry);
                continue;
            }
            let name = entry.strip_prefix(folder).map_err(io::Error::other)?;
            archive
                .start_file(name.to_string_lossy(), options)
                .map_err(io::Error::other)?;
            io::copy(&mut fs::File::open(&entry)?, &mut archive)?;
        }
    }
    archive.finish().map_err(io::Error::other)?.sync_all()
}

/// Takes a backup apart into a folder. Nothing is written outside of it, whatever names the file holds, and no more than
/// the file itself has: only stored entries are taken.
fn unpack(file: &Path, to: &Path) -> Result<(), Error> {
    let damaged = || Error::Damaged {
        what: "the backup file",
    };
    let read = fs::File::open(file).map_err(failed("reading", file))?;
    let mut archive = ZipArchive::new(read).map_err(|_| damaged())?;
    if archive.len() > ENTRIES_MAX {
        return Err(damaged());
    }
    for place in 0..archive.len() {
        let entry = archive.by_index(place).map_err(|_| damaged())?;
        let name = entry.enclosed_name().ok_or_else(damaged)?;
        let is_ours = PARTS.iter().any(|part| name.starts_with(part));
        if !is_ours || entry.compression() != CompressionMethod::Stored {
            return Err(damaged());
        }
        let path = to.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(failed("making", parent))?;
        }
        let mut out = fs::File::create_new(&path).map_err(failed("writing", &path))?;
        let size = entry.size();
        let copied = io::copy(&mut entry.take(size), &mut out).map_err(failed("writing", &path))?;
        if copied != size {
            return Err(damaged());
        }
        out.flush().map_err(failed("writing", &path))?;
    }
    Ok(())
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
        let path = scratch.0.join("upload.zip");
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
            .blocking(move || Ok(found(&restoring, &scratch, &path)?))
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
fn found(site: &Site, scratch: &Scratch, file: &Path) -> Result<(), Error> {
    let parts = scratch.0.join("parts");
    unpack(file, &parts)?;
    let (desk, account) = restore_office(site.home(), &parts, site.passphrase(), show::now())?;
    site.begin_work(desk, account)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::*;

    #[test]
    fn a_folder_comes_back_as_it_was_and_nothing_lands_outside() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("from");
        fs::create_dir_all(from.join("account/files")).unwrap();
        fs::create_dir_all(from.join("desk")).unwrap();
        fs::write(from.join("account/files/a"), b"one").unwrap();
        fs::write(from.join("desk/desk.db"), vec![7; 70_000]).unwrap();
        let file = folder.path().join("backup.zip");
        pack(&from, &file).unwrap();
        let to = folder.path().join("to");
        unpack(&file, &to).unwrap();
        assert_eq!(fs::read(to.join("account/files/a")).unwrap(), b"one");
        assert_eq!(fs::read(to.join("desk/desk.db")).unwrap().len(), 70_000);
        // Cut off, or something else altogether.
        let whole = fs::read(&file).unwrap();
        for bytes in [
            &whole[..whole.len() - 30],
            &whole[..40],
            b"%PDF-1.7".as_slice(),
        ] {
            fs::write(&file, bytes).unwrap();
            let refused = unpack(&file, &folder.path().join("none"));
            assert!(matches!(refused, Err(Error::Damaged { .. })), "{refused:?}");
        }
        // Names that lead elsewhere, and entries that would grow.
        for (name, method) in [
            ("../evil", CompressionMethod::Stored),
            ("elsewhere/a", CompressionMethod::Stored),
            ("desk/a", CompressionMethod::Deflated),
        ] {
            let mut archive = ZipWriter::new(fs::File::create(&file).unwrap());
            let options = SimpleFileOptions::default().compression_method(method);
            archive.start_file(name, options).unwrap();
            archive.write_all(b"x").unwrap();
            archive.finish().unwrap();
            let refused = unpack(&file, &folder.path().join("none"));
            assert!(matches!(refused, Err(Error::Damaged { .. })), "{name}");
            assert!(!folder.path().join("evil").exists());
        }
    }
}
