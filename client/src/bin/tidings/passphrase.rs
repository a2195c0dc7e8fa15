//! Where the passphrase comes from: the environment, or a prompt that does not echo.

use std::io::IsTerminal;

use secrecy::{ExposeSecret, SecretString};

use crate::{failure::Failure, translations::Texts};

const VARIABLE: &str = "TIDINGS_PASSPHRASE";

/// The passphrase of an existing account.
pub(crate) fn existing(texts: &Texts) -> Result<SecretString, Failure> {
    match from_environment() {
        Some(passphrase) => Ok(passphrase),
        None => prompt(&texts.text("passphrase-prompt")),
    }
}

/// A passphrase for a new account, asked for twice.
pub(crate) fn new(texts: &Texts) -> Result<SecretString, Failure> {
    if let Some(passphrase) = from_environment() {
        return Ok(passphrase);
    }
    let first = prompt(&texts.text("passphrase-new"))?;
    let second = prompt(&texts.text("passphrase-again"))?;
    if first.expose_secret().trim().is_empty() {
        Err(Failure::usage("passphrase-empty"))
    } else if first.expose_secret() == second.expose_secret() {
        Ok(first)
    } else {
        Err(Failure::usage("passphrase-differs"))
    }
}

fn from_environment() -> Option<SecretString> {
    std::env::var(VARIABLE)
        .ok()
        .filter(|value| !value.is_empty())
        .map(SecretString::from)
}

fn prompt(question: &str) -> Result<SecretString, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage("passphrase-no-terminal"));
    }
    rpassword::prompt_password(question)
        .map(SecretString::from)
        .map_err(|_| Failure::usage("passphrase-no-terminal"))
}
