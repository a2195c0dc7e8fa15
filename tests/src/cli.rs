//! The command line `tidings` in a home of its own.

use std::{
    cell::Cell,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use serde_json::Value;

use crate::{process::Process, relay::command, terminal::Terminal};

/// How long one command may take, on a loaded machine, with the key stretching of the vault.
const LIMIT: Duration = Duration::from_secs(120);
/// The passphrase of every home made here.
pub const PASSPHRASE: &str = "зимовий ранок над річкою";

/// One person's command line.
pub struct Cli {
    home: PathBuf,
    logs: PathBuf,
    who: String,
    language: &'static str,
    environment: Vec<(String, String)>,
    faketime: Option<String>,
    working_folder: Option<PathBuf>,
    number: Cell<u32>,
}

/// What a finished command left.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
    /// How long it took.
    pub took: Duration,
    line: String,
}

impl Cli {
    /// A person called `who` here, with the home `folder/who` and logs in `folder/logs`. Nothing is run yet.
    #[must_use]
    pub fn new(folder: &Path, who: &str) -> Self {
        Self {
            home: folder.join(who),
            logs: folder.join("logs"),
            who: who.to_owned(),
            language: "en",
            environment: vec![
                ("TIDINGS_PASSPHRASE".to_owned(), PASSPHRASE.to_owned()),
                // The most talkative log: the scan has to hold for it too.
                ("TIDINGS_LOG".to_owned(), "trace".to_owned()),
            ],
            faketime: None,
            working_folder: None,
            number: Cell::new(0),
        }
    }

    /// Output in this language: `uk`, `ru` or `en`.
    #[must_use]
    pub fn language(mut self, language: &'static str) -> Self {
        self.language = language;
        self
    }

    /// With another environment variable; the last one of a name counts.
    #[must_use]
    pub fn environment(mut self, key: &str, value: &str) -> Self {
        self.environment.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Run where names without a folder mean files of `folder`.
    #[must_use]
    pub fn working_in(mut self, folder: &Path) -> Self {
        self.working_folder = Some(folder.to_owned());
        self
    }

    /// With a clock that is wrong by `offset`, such as `+366d`.
    #[must_use]
    pub fn faketime(mut self, offset: &str) -> Self {
        self.faketime = Some(offset.to_owned());
        self
    }

    /// With the clock set right again.
    #[must_use]
    pub fn right_clock(mut self) -> Self {
        self.faketime = None;
        self
    }

    /// The home folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// Starts `tidings --home HOME ARGUMENTS` without waiting; its output goes to numbered files in the logs folder.
    ///
    /// # Errors
    /// If the binary is not built or cannot be started.
    pub fn spawn<S: AsRef<OsStr>>(&self, arguments: &[S]) -> anyhow::Result<Process> {
        let number = self.number.get() + 1;
        self.number.set(number);
        let command = self.command(arguments)?;
        Process::start(command, &format!("{}-{number:03}", self.who), &self.logs)
    }

    /// Starts it on a terminal, where it asks for what it lacks: also for the passphrase, which it does not find in its
    /// environment then.
    ///
    /// # Errors
    /// If the binary is not built, or there is no terminal.
    pub fn on_terminal<S: AsRef<OsStr>>(&self, arguments: &[S]) -> anyhow::Result<Terminal> {
        let mut command = self.command(arguments)?;
        command.env_remove("TIDINGS_PASSPHRASE");
        Terminal::start(command)
    }

    fn command<S: AsRef<OsStr>>(&self, arguments: &[S]) -> anyhow::Result<Command> {
        let mut command = command("tidings", self.faketime.as_deref())?;
        command
            .arg("--home")
            .arg(&self.home)
            .args(["--lang", self.language])
            .args(arguments)
            .envs(self.environment.iter().map(|(key, value)| (key, value)));
        if let Some(folder) = &self.working_folder {
            command.current_dir(folder);
        }
        Ok(command)
    }

    /// Runs a command to its end, however it ends.
    ///
    /// # Errors
    /// If it cannot be started or takes too long.
    pub fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> anyhow::Result<Finished> {
        let begun = Instant::now();
        let mut process = self.spawn(arguments)?;
        let status = process.wait(LIMIT)?;
        let words = arguments.iter().map(|word| word.as_ref().to_string_lossy());
        let [stdout, stderr] = process.written();
        Ok(Finished {
            status,
            stdout: String::from_utf8(stdout).context("standard output")?,
            stderr: String::from_utf8(stderr).context("standard error")?,
            took: begun.elapsed(),
            line: format!("tidings {}", words.collect::<Vec<_>>().join(" ")),
        })
    }

    /// Runs a command with `--json` that has to succeed, and gives what it printed.
    ///
    /// # Errors
    /// If it fails or prints anything but one JSON value.
    pub fn json<S: AsRef<OsStr>>(&self, arguments: &[S]) -> anyhow::Result<Value> {
        let mut words = vec![OsStr::new("--json")];
        words.extend(arguments.iter().map(AsRef::as_ref));
        let finished = self.run(&words)?.success()?;
        serde_json::from_str(&finished.stdout)
            .with_context(|| format!("`{}` printed {:?}", finished.line, finished.stdout))
    }
}

impl Finished {
    /// Itself, if the command succeeded.
    ///
    /// # Errors
    /// If it did not; the error shows what it wrote.
    pub fn success(self) -> anyhow::Result<Self> {
        if self.status.success() {
            return Ok(self);
        }
        bail!(
            "`{}` ended with {}\n--- stdout\n{}--- stderr\n{}",
            self.line,
            self.status,
            self.stdout,
            self.stderr
        )
    }

    /// Itself, if the command failed as it should: with a status of its own choosing, not by a signal or panic.
    ///
    /// # Errors
    /// If it succeeded, was killed, or panicked.
    pub fn failure(self) -> anyhow::Result<Self> {
        match self.status.code() {
            Some(code) if code != 0 && code != 101 => Ok(self),
            _ => bail!(
                "`{}` should have failed in good order but ended with {}\n--- stdout\n{}--- stderr\n{}",
                self.line,
                self.status,
                self.stdout,
                self.stderr
            ),
        }
    }
}
