//! `write` and `reply`.

use std::{
    io::{BufRead, IsTerminal, Read},
    path::{Path, PathBuf},
    sync::Mutex,
};

use serde_json::json;
use tidings_client::{
    Account, Attachment, Contact, Draft, EnclosureKind, Letter, LetterNumber, LetterState,
    MailbagStep, MailbagWork, Progress, Role, Transfer, Trust,
};
use tidings_protocol::name;

use super::{
    contact::called,
    disk,
    letters::{Trusts, letter_json},
    wait,
};
use crate::{
    arguments::{Contents, Reply, Write},
    encoding,
    failure::Failure,
    interrupt::{self, Stage},
    progress::Bar,
    show::{self, Show},
};

/// Longest text that is read from a file or the terminal, in bytes: far above any letter, far below what would hurt.
const TEXT_MAX: u64 = 1 << 20;

/// Bytes that a terminal gives of one line, without its line feed.
const TERMINAL_LINE_MAX: usize = 4_095;

pub(crate) fn write(
    open: impl Fn() -> Result<Account, Failure>,
    write: Write,
    show: &Show,
) -> Result<(), Failure> {
    let account = open()?;
    let contact = account.find_contact(&write.to)?;
    // Before the letter is typed: what is refused afterwards is lost.
    account
        .may_write(contact.number)
        .map_err(|error| refused(error, &contact))?;
    let addressee = addressee(&write, &contact, show)?;
    let mut draft = draft(&write.contents, show)?;
    draft.addressee = addressee;
    interrupt::at(Stage::Composing);
    let letter = account
        .write(contact.number, draft)
        .map_err(|error| refused(error, &contact))?;
    if contact.role == Role::Office && contact.trust == Trust::Unverified {
        show.aside("write-unverified", &[("name", called(&contact).into())]);
    }
    post(&account, &letter, show)
}

/// For whom the letter is. An office cannot hand over a letter to nobody, so it goes without a name only if somebody says so.
/// Whatever is wrong with the name is said before the text is typed in.
fn addressee(write: &Write, contact: &Contact, show: &Show) -> Result<Option<String>, Failure> {
    let is_typed = write.addressee.as_deref() == Some("-");
    let given = match (&write.addressee, &write.addressee_file) {
        (Some(name), _) if !is_typed => Some(name.clone()),
        (_, Some(path)) => {
            let file = std::fs::File::open(path).map_err(|source| disk(path, "reading", source))?;
            Some(first_line(std::io::BufReader::new(file), path)?)
        }
        _ if is_typed && !std::io::stdin().is_terminal() => {
            Some(first_line(std::io::stdin().lock(), Path::new("-"))?)
        }
        _ => None,
    };
    let checked = |name: &str| name::chosen(name).map_err(tidings_client::Error::from);
    if let Some(given) = given {
        return Ok(Some(checked(&given)?));
    }
    if !is_typed && (contact.role == Role::Family || write.yes) {
        return Ok(None);
    }
    if !std::io::stdin().is_terminal() || (show.is_json() && !is_typed) {
        return Err(Failure::usage("for-missing"));
    }
    loop {
        match show.ask_for("write-for-ask", &[("name", called(contact).into())]) {
            Some(answer) if answer.is_empty() => return Ok(None),
            Some(answer) => match checked(&answer) {
                Ok(name) => return Ok(Some(name)),
                // Whoever sits there types it once more.
                Err(error) => show.note(&error.into()),
            },
            // Ctrl-D: no answer is not the empty one.
            None => return Err(Failure::failed("not-confirmed")),
        }
    }
}

/// The first line of a file, or of what comes through a pipe; the letter may follow behind it.
fn first_line(mut from: impl BufRead, path: &Path) -> Result<String, Failure> {
    let mut line = String::new();
    from.by_ref()
        .take(FIRST_LINE_MAX)
        .read_line(&mut line)
        .map_err(|source| match source.kind() {
            std::io::ErrorKind::InvalidData => Failure::usage("text-not-in-encoding")
                .with("path", path.display().to_string())
                .with("encoding", "utf-8"),
            _ => disk(path, "reading", source),
        })?;
    let line = line.strip_prefix('\u{feff}').unwrap_or(&line);
    Ok(line.trim().to_owned())
}

/// More than any name has, in bytes: a longer line is refused by its length.
const FIRST_LINE_MAX: u64 = 1_024;

/// Why nothing can be written to a contact: after a freeze each side has another next step.
pub(crate) fn refused(error: tidings_client::Error, contact: &Contact) -> Failure {
    match (&error, contact.role) {
        (tidings_client::Error::Frozen, Role::Family) => {
            Failure::from(error).renamed("contact-frozen-family")
        }
        _ => error.into(),
    }
}

pub(crate) fn reply(
    open: impl Fn() -> Result<Account, Failure>,
    reply: Reply,
    show: &Show,
) -> Result<(), Failure> {
    let account = open()?;
    let number = LetterNumber(reply.number);
    // Asked before the text is typed in.
    let contact = account.contact(account.letter(number)?.contact)?;
    account
        .may_write(contact.number)
        .map_err(|error| refused(error, &contact))?;
    let with_pages = !reply.scan.is_empty();
    let mut draft = if with_pages && reply.contents.text.is_none() {
        Draft {
            attachments: attachments(&reply.contents)?,
            ..Draft::default()
        }
    } else {
        draft(&reply.contents, show)?
    };
    let pages = read_all(&reply.scan, EnclosureKind::Scan)?;
    draft.attachments.splice(0..0, pages);
    interrupt::at(Stage::Composing);
    let letter = account
        .reply(number, draft)
        .map_err(|error| refused(error, &contact))?;
    post(&account, &letter, show)
}

fn draft(contents: &Contents, show: &Show) -> Result<Draft, Failure> {
    let attachments = attachments(contents)?;
    let text = match &contents.text {
        Some(path) if path.as_os_str() == "-" => read_typed(contents)?,
        Some(path) => {
            let file = std::fs::File::open(path).map_err(|source| disk(path, "reading", source))?;
            read_text(file, path, contents)?
        }
        None if !attachments.is_empty() && !std::io::stdin().is_terminal() => String::new(),
        None => {
            if std::io::stdin().is_terminal() {
                // Refused before the text is typed in.
                for attachment in &attachments {
                    attachment.check()?;
                }
                eprintln!("{}", show.texts().text("write-text-prompt"));
            }
            read_typed(contents)?
        }
    };
    Ok(Draft {
        text,
        attachments,
        ..Draft::default()
    })
}

/// What was typed, or came through a pipe.
fn read_typed(contents: &Contents) -> Result<String, Failure> {
    let path = Path::new("-");
    let bytes = read_bytes(std::io::stdin().lock(), path).map_err(Failure::of_typed)?;
    // Before it is decoded: the cut may have gone through a letter.
    if std::io::stdin().is_terminal() && is_cut(&bytes) {
        return Err(Failure::usage("text-line-cut"));
    }
    decoded(&bytes, path, contents).map_err(Failure::of_typed)
}

/// Whether a line is as long as a terminal lets one be: what was typed or pasted behind that never came (termios(3),
/// canonical mode: 4,096 bytes with the line feed).
fn is_cut(typed: &[u8]) -> bool {
    typed
        .split(|byte| *byte == b'\n')
        .any(|line| line.len() >= TERMINAL_LINE_MAX)
}

fn read_text(from: impl Read, path: &Path, contents: &Contents) -> Result<String, Failure> {
    decoded(&read_bytes(from, path)?, path, contents)
}

fn read_bytes(from: impl Read, path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    from.take(TEXT_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| disk(path, "reading", source))?;
    if bytes.len() as u64 > TEXT_MAX {
        let path = path.display().to_string();
        return Err(Failure::usage("text-too-long").with("path", path));
    }
    Ok(bytes)
}

fn decoded(bytes: &[u8], path: &Path, contents: &Contents) -> Result<String, Failure> {
    let path = path.display().to_string();
    let text = encoding::decode(bytes, contents.text_encoding, &path)?;
    Ok(text.trim_end().to_owned())
}

fn attachments(contents: &Contents) -> Result<Vec<Attachment>, Failure> {
    let mut all = read_all(&contents.photo, EnclosureKind::Photo)?;
    all.extend(read_all(&contents.drawing, EnclosureKind::Drawing)?);
    all.extend(read_all(contents.voice.as_slice(), EnclosureKind::Voice)?);
    Ok(all)
}

fn read_all(paths: &[PathBuf], kind: EnclosureKind) -> Result<Vec<Attachment>, Failure> {
    paths
        .iter()
        .map(|path| {
            let bytes = read_file(path)?;
            let name = path
                .file_name()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            Ok(Attachment { kind, name, bytes })
        })
        .collect()
}

/// Reads a file to enclose, but never more than any enclosure may have.
fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    let disk = |source| disk(path, "reading", source);
    let limit = tidings_client::pictures::limits::INPUT_BYTES as u64;
    let kind = std::fs::metadata(path).map_err(disk)?.file_type();
    // A pipe would be waited for, for ever; that a folder is none is said by whoever opens it.
    if !kind.is_file() && !kind.is_dir() {
        let path = path.display().to_string();
        return Err(Failure::usage("file-special").with("path", path));
    }
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .map_err(disk)?
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(disk)?;
    Ok(bytes)
}

/// Sends what waits, and says what became of this letter.
fn post(account: &Account, letter: &Letter, show: &Show) -> Result<(), Failure> {
    interrupt::at(Stage::Letter(letter.number));
    let listener = Listener::new(show);
    let sent = wait(account.send(false, &listener));
    listener.finish();
    // The letter is stored, whatever failed now: somebody who was told of a failure alone would write it a second time.
    let (failures, warnings) = match sent {
        Ok(report) => {
            let failures: Vec<Failure> = report.failures.into_iter().map(Failure::from).collect();
            (failures, report.warnings)
        }
        Err(failure) => (vec![failure], Vec::new()),
    };
    show.warnings(&warnings);
    let letter = account.letter(letter.number)?;
    let arguments = || {
        [
            ("number", letter.number.to_string().into()),
            ("name", name::shown(&letter.contact_name).into()),
        ]
    };
    let is_refused = letter.state == LetterState::UNDELIVERABLE;
    if is_refused || matches!(letter.state.word(), "draft" | "sealed") {
        let reason = failures
            .first()
            .map_or_else(String::new, |failure| failure.sentence(show.texts()));
        let [number, name] = arguments();
        let is_copied = failures
            .iter()
            .any(|failure| failure.code() == "account-copied");
        let what = match (is_refused, is_copied) {
            (true, _) => "write-refused",
            (false, true) => "write-waits-copied",
            (false, false) => "write-waits",
        };
        show.line(what, &[number, name, ("reason", reason.into())]);
    } else {
        show.line("write-sent", &arguments());
    }
    let trust = Trusts::of(account)?.in_writer(&letter);
    show.json(&json!({
        "letter": letter_json(&letter, trust),
        "waiting": account.outbox()?.len(),
        "failure": failures.first().map(Failure::code),
    }));
    if show::is_output_lost() {
        // Whoever learns no more than that something failed writes the letter a second time.
        let code = match letter.state.word() {
            "draft" | "sealed" | "undeliverable" => "output-letter-waits",
            _ => "output-letter-sent",
        };
        return Err(Failure::failed(code).with("number", letter.number.to_string()));
    }
    Ok(())
}

/// Shows transfers on the terminal.
pub(crate) struct Listener<'a> {
    show: &'a Show,
    bar: Mutex<Bar>,
}

impl<'a> Listener<'a> {
    pub(crate) fn new(show: &'a Show) -> Self {
        Self {
            show,
            bar: Mutex::new(Bar::new(show.is_json())),
        }
    }

    pub(crate) fn finish(&self) {
        if let Ok(mut bar) = self.bar.lock() {
            bar.finish();
        }
    }
}

impl Progress for Listener<'_> {
    fn transfer(&self, transfer: &Transfer) {
        let id = if transfer.upload {
            "progress-upload"
        } else {
            "progress-download"
        };
        let label = self
            .show
            .texts()
            .with(id, &[("name", transfer.name.clone().into())]);
        if let Ok(mut bar) = self.bar.lock() {
            bar.advance(&label, transfer.done, transfer.total);
        }
    }

    fn mailbag(&self, step: MailbagStep) {
        let label = self.show.texts().text(match step.work {
            MailbagWork::Write => "progress-mailbag-write",
            MailbagWork::Check => "progress-mailbag-check",
            MailbagWork::Take => "progress-mailbag-take",
            // Counted, not measured: there is no bar for that.
            MailbagWork::Deliver => return,
        });
        if let Ok(mut bar) = self.bar.lock() {
            bar.advance(&label, step.done, step.total);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_a_terminal_cut_is_noticed() {
        let long = format!("Привіт\n{}\nще", "я".repeat(2_048));
        assert!(is_cut(long.as_bytes()));
        // As the terminal gives it: the last letter is cut in half.
        let mut half = "я".repeat(2_048).into_bytes();
        half.truncate(TERMINAL_LINE_MAX);
        half.push(b'\n');
        assert!(is_cut(&half) && String::from_utf8(half).is_err());
        let fits = format!("{0}\n{0}", "a".repeat(TERMINAL_LINE_MAX - 1));
        assert!(!is_cut(fits.as_bytes()));
    }
}
