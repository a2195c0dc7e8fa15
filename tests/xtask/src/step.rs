//! One step of a verb: a command with a headline, its time, and an error that names it.

use std::{
    ffi::OsStr,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, bail};

/// A command that is about to run in the project's root.
pub(crate) struct Step {
    name: String,
    command: Command,
    line: String,
}

impl Step {
    /// `program` with `arguments`, under the headline `name`.
    pub(crate) fn new(name: &str, program: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(crate::root())
            .stdin(Stdio::null());
        Self {
            name: name.to_owned(),
            command,
            line: [&[program], arguments].concat().join(" "),
        }
    }

    /// A cargo command. Always through the path, so that `rustup` can put another toolchain in its place.
    pub(crate) fn cargo(name: &str, arguments: &[&str]) -> Self {
        Self::new(name, "cargo", arguments)
    }

    /// More arguments.
    pub(crate) fn args(mut self, arguments: &[String]) -> Self {
        for argument in arguments {
            self.command.arg(argument);
            self.line.push(' ');
            self.line.push_str(argument);
        }
        self
    }

    /// One more environment variable.
    pub(crate) fn env(mut self, key: &str, value: impl AsRef<OsStr>) -> Self {
        self.line = format!("{key}={} {}", value.as_ref().display(), self.line);
        self.command.env(key, value);
        self
    }

    /// Lets it hear what is typed: everything else gets no input.
    pub(crate) fn hears(mut self) -> Self {
        self.command.stdin(Stdio::inherit());
        self
    }

    /// Runs it with its output visible; an error if it cannot be started or does not succeed.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        let failure = format!("{}: `{}` did not succeed", self.name, self.line);
        if !self.succeeds()? {
            bail!(failure);
        }
        Ok(())
    }

    /// Runs it with its output visible; an error only if it cannot be started.
    pub(crate) fn succeeds(mut self) -> anyhow::Result<bool> {
        println!("\n==> {}\n    {}", self.name, self.line);
        let begun = Instant::now();
        let status = self
            .command
            .status()
            .with_context(|| format!("{}: cannot start `{}`", self.name, self.line))?;
        println!("    {}: {status}, {:.0?}", self.name, begun.elapsed());
        Ok(status.success())
    }
}

/// What a command prints, if it can be started and succeeds.
pub(crate) fn output(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(crate::root())
        .stdin(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
