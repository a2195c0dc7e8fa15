//! Where the passphrase comes from: a file, an open descriptor, the environment, or a prompt that does not echo.

use std::{
    fs::File,
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
};

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::{
    arguments::{Common, Passphrase},
    commands::disk,
    failure::Failure,
    translations::Texts,
};

const VARIABLE: &str = "TIDINGS_PASSPHRASE";

/// VAULT-14: fewest characters of a new passphrase. Eight is what NIST SP 800-63B asks of a secret that a person chooses. Here
/// nobody counts attempts, since whoever has the folder guesses offline; what slows him down is Argon2id (VAULT-2).
const CHARACTERS_MIN: usize = 8;

/// More than anybody types, in bytes.
const LINE_MAX: usize = 4_096;

/// Whence the command line says that the passphrase comes.
#[derive(Debug, Clone)]
pub(crate) enum Source {
    File(PathBuf),
    Descriptor(u32),
    /// Nothing is said: the environment, else a person.
    Unsaid,
    /// Only a person: what the environment holds is another passphrase.
    Person,
}

impl Source {
    pub(crate) fn asked(common: &Common) -> Self {
        match (&common.passphrase_file, common.passphrase_fd) {
            (Some(file), _) => Self::File(file.clone()),
            (None, Some(number)) => Self::Descriptor(number),
            (None, None) => Self::Unsaid,
        }
    }

    /// Whence the one comes that shall hold from now on.
    pub(crate) fn asked_anew(change: &Passphrase) -> Self {
        match (&change.new_passphrase_file, change.new_passphrase_fd) {
            (Some(file), _) => Self::File(file.clone()),
            (None, Some(number)) => Self::Descriptor(number),
            (None, None) => Self::Person,
        }
    }

    /// The passphrase, unless a person has to be asked.
    fn read(&self) -> Result<Option<SecretString>, Failure> {
        match self {
            Self::File(path) => {
                let file = File::open(path).map_err(|source| disk(path, "reading", source))?;
                expect_own(&file, path)?;
                first_line(file, path).map(Some)
            }
            Self::Descriptor(number) => {
                let path = PathBuf::from(format!("/dev/fd/{number}"));
                let file = File::open(&path).map_err(|_| {
                    Failure::usage("passphrase-fd").with("number", number.to_string())
                })?;
                first_line(file, &path).map(Some)
            }
            Self::Unsaid => std::env::var_os(VARIABLE)
                .filter(|value| !value.is_empty())
                .map(|value| match value.into_string() {
                    Ok(passphrase) => Ok(SecretString::from(passphrase)),
                    // Who set it means to be asked nothing.
                    Err(_) => Err(Failure::usage("passphrase-variable-text")),
                })
                .transpose(),
            Self::Person => Ok(None),
        }
    }
}

/// What is said on the way to a new passphrase.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wording {
    question: &'static str,
    differs: &'static str,
    no_terminal: &'static str,
}

impl Wording {
    /// For a new account.
    pub(crate) const FIRST: Self = Self {
        question: "passphrase-new",
        differs: "passphrase-differs",
        no_terminal: NO_TERMINAL,
    };
    /// In place of the one that an account has.
    pub(crate) const CHANGE: Self = Self {
        question: "passphrase-change",
        differs: "passphrase-change-differs",
        no_terminal: "passphrase-change-no-terminal",
    };
}

const NO_TERMINAL: &str = "passphrase-no-terminal";

/// The passphrase of an existing account.
pub(crate) fn existing(source: &Source, texts: &Texts) -> Result<SecretString, Failure> {
    match source.read()? {
        Some(passphrase) => Ok(passphrase),
        None => prompt(&texts.text("passphrase-prompt"), NO_TERMINAL),
    }
}

/// A passphrase that shall hold from now on; a person is asked for it twice.
pub(crate) fn new(
    source: &Source,
    wording: Wording,
    texts: &Texts,
) -> Result<SecretString, Failure> {
    if let Some(passphrase) = source.read()? {
        return long_enough(passphrase);
    }
    let asked = |id| prompt(&texts.text(id), wording.no_terminal);
    let first = long_enough(asked(wording.question)?)?;
    let second = asked("passphrase-again")?;
    if first.expose_secret() == second.expose_secret() {
        Ok(first)
    } else {
        Err(Failure::usage(wording.differs))
    }
}

fn long_enough(passphrase: SecretString) -> Result<SecretString, Failure> {
    match passphrase.expose_secret().trim().chars().count() {
        0 => Err(Failure::usage("passphrase-empty")),
        1..CHARACTERS_MIN => {
            Err(Failure::usage("passphrase-short").with("least", CHARACTERS_MIN.to_string()))
        }
        _ => Ok(passphrase),
    }
}

/// Like ssh with a private key: a file that others may read, or that belongs to another user, is no secret. Pipes and what a
/// service manager hands over are nobody else's by their nature.
#[cfg(unix)]
fn expect_own(file: &File, path: &Path) -> Result<(), Failure> {
    use std::os::unix::fs::MetadataExt as _;
    const ROOT: u32 = 0;
    let metadata = file
        .metadata()
        .map_err(|source| disk(path, "reading", source))?;
    if metadata.is_dir() {
        let source = io::ErrorKind::IsADirectory.into();
        return Err(disk(path, "reading", source));
    }
    if !metadata.is_file() {
        return Ok(());
    }
    let name = || path.display().to_string();
    if metadata.mode() & 0o077 != 0 {
        return Err(Failure::usage("passphrase-file-open").with("path", name()));
    }
    let own = rustix::process::geteuid().as_raw();
    if ![own, ROOT].contains(&metadata.uid()) {
        return Err(Failure::usage("passphrase-file-owner").with("path", name()));
    }
    Ok(())
}

#[cfg(not(unix))]
fn expect_own(_file: &File, _path: &Path) -> Result<(), Failure> {
    Ok(())
}

/// The first line, and not a byte more: what follows in a pipe may be the letter.
#[expect(
    clippy::unbuffered_bytes,
    reason = "a buffer would take what belongs to the next reader"
)]
fn first_line(from: impl Read, path: &Path) -> Result<SecretString, Failure> {
    let name = || path.display().to_string();
    let mut line = Zeroizing::new(Vec::with_capacity(LINE_MAX));
    for byte in from.bytes() {
        match byte.map_err(|source| disk(path, "reading", source))? {
            b'\n' => break,
            _ if line.len() == LINE_MAX => {
                return Err(Failure::usage("passphrase-file-text").with("path", name()));
            }
            byte => line.push(byte),
        }
    }
    let text = std::str::from_utf8(&line)
        .map_err(|_| Failure::usage("passphrase-file-text").with("path", name()))?;
    // What editors of other systems add is not the person's.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err(Failure::usage("passphrase-file-empty").with("path", name()));
    }
    Ok(SecretString::from(text.to_owned()))
}

fn prompt(question: &str, no_terminal: &str) -> Result<SecretString, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage(no_terminal));
    }
    match rpassword::prompt_password(question) {
        Ok(typed) => Ok(SecretString::from(typed)),
        // The signal is on its way to the thread that ends the process, and says why.
        Err(error) if error.kind() == io::ErrorKind::Interrupted => loop {
            std::thread::park();
        },
        // Ctrl-D on an empty line: nothing was typed.
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            eprintln!();
            Ok(SecretString::from(String::new()))
        }
        Err(_) => Err(Failure::usage(no_terminal)),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    fn code(read: Result<SecretString, Failure>) -> String {
        read.unwrap_err().code().to_owned()
    }

    #[test]
    fn only_the_first_line_is_read() {
        let path = Path::new("pass");
        let line =
            |bytes: &[u8]| first_line(bytes, path).map(|line| line.expose_secret().to_owned());
        assert_eq!(
            line("зимовий ранок\nand more".as_bytes()).unwrap(),
            "зимовий ранок"
        );
        assert_eq!(line(b"\xef\xbb\xbfby Notepad\r\n").unwrap(), "by Notepad");
        assert_eq!(line(b" blanks are kept ").unwrap(), " blanks are kept ");
        let mut pipe = &b"passphrase\nletter"[..];
        first_line(&mut pipe, path).unwrap();
        assert_eq!(pipe, b"letter");
        assert_eq!(
            code(first_line(&b"\nsecond"[..], path)),
            "passphrase-file-empty"
        );
        assert_eq!(
            code(first_line(&b"\xff\xfe"[..], path)),
            "passphrase-file-text"
        );
        let long = vec![b'a'; LINE_MAX + 1];
        assert_eq!(code(first_line(&long[..], path)), "passphrase-file-text");
        assert!(first_line(&long[1..], path).is_ok());
    }

    /// VAULT-14: characters are counted, not bytes.
    #[test]
    fn a_short_passphrase_is_refused() {
        let refused = |text: &str| long_enough(SecretString::from(text.to_owned()));
        assert_eq!(code(refused("  ")), "passphrase-empty");
        assert_eq!(code(refused("a")), "passphrase-short");
        assert_eq!(code(refused("сімлітр")), "passphrase-short");
        assert_eq!(code(refused(" 1234567 ")), "passphrase-short");
        assert!(refused("вісім літ").is_ok());
    }
}
