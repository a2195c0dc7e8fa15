//! A `tidings-relay` on a free loopback port.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use anyhow::Context;
use tidings_protocol::relay_identity::RelayAddress;

use crate::{
    binary,
    process::{Process, Usage},
};

/// How long a relay may take until it is ready, on a loaded machine.
const READY_LIMIT: Duration = Duration::from_secs(60);
/// How long a relay may take to stop after SIGTERM.
const STOP_LIMIT: Duration = Duration::from_secs(30);

/// How a relay is to be started.
#[derive(Debug, Clone)]
pub struct RelaySettings {
    data: PathBuf,
    logs: PathBuf,
    ip: IpAddr,
    port: u16,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    faketime: Option<String>,
}

/// A running relay.
pub struct Relay {
    settings: RelaySettings,
    process: Process,
    address: RelayAddress,
    ready_after: Duration,
}

impl RelaySettings {
    /// A relay that keeps its data in `folder/relay` and its logs in `folder/logs`, on any free port.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            data: folder.join("relay"),
            logs: folder.join("logs"),
            ip: Ipv4Addr::LOCALHOST.into(),
            port: 0,
            arguments: Vec::new(),
            environment: Vec::new(),
            faketime: None,
        }
    }

    /// On another address than 127.0.0.1.
    #[must_use]
    pub fn ip(mut self, ip: impl Into<IpAddr>) -> Self {
        self.ip = ip.into();
        self
    }

    /// On this port; 0 for any free one.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The port that was set; 0 if any free one is taken.
    #[must_use]
    pub fn listen_port(&self) -> u16 {
        self.port
    }

    /// With its data in another folder.
    #[must_use]
    pub fn data_in(mut self, data: &Path) -> Self {
        data.clone_into(&mut self.data);
        self
    }

    /// With more arguments.
    #[must_use]
    pub fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|&word| word.to_owned()));
        self
    }

    /// With another environment variable.
    #[must_use]
    pub fn environment(mut self, key: &str, value: &str) -> Self {
        self.environment.push((key.to_owned(), value.to_owned()));
        self
    }

    /// With a clock that is wrong by `offset`, such as `+366d`. Only the calendar is moved, timers are not.
    #[must_use]
    pub fn faketime(mut self, offset: &str) -> Self {
        self.faketime = Some(offset.to_owned());
        self
    }

    /// Where it keeps its data.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The arguments that were added.
    #[must_use]
    pub fn further(&self) -> &[String] {
        &self.arguments
    }

    /// Where its output goes.
    #[must_use]
    pub fn logs(&self) -> &Path {
        &self.logs
    }

    /// Starts it and waits until it is ready.
    ///
    /// # Errors
    /// If the binary is not built, the relay ends, or it is not ready in time; its output is in the error.
    pub fn start(self) -> anyhow::Result<Relay> {
        let mut process = self.spawn()?;
        let line = process.wait_for_line("ready ", READY_LIMIT)?;
        let ready_after = process.begun().elapsed();
        let address = line
            .parse()
            .with_context(|| format!("the ready line of the relay: {line:?}"))?;
        Ok(Relay {
            settings: self,
            process,
            address,
            ready_after,
        })
    }

    /// Starts it without waiting: for a relay that is expected to refuse.
    ///
    /// # Errors
    /// If the binary is not built or cannot be started.
    pub fn spawn(&self) -> anyhow::Result<Process> {
        let mut command = command("tidings-relay", self.faketime.as_deref())?;
        command
            .arg("run")
            .arg("--data")
            .arg(&self.data)
            .args(["--listen", &SocketAddr::new(self.ip, self.port).to_string()])
            .args(&self.arguments)
            .envs(self.environment.iter().map(|(key, value)| (key, value)));
        Process::start(command, "relay", &self.logs)
    }
}

impl Relay {
    /// Starts a relay with its data and logs below `folder`.
    ///
    /// # Errors
    /// Those of [`RelaySettings::start`].
    pub fn start(folder: &Path) -> anyhow::Result<Self> {
        RelaySettings::in_folder(folder).start()
    }

    /// Its address, as it prints it.
    #[must_use]
    pub fn address(&self) -> &RelayAddress {
        &self.address
    }

    /// Where it listens.
    #[must_use]
    pub fn socket(&self) -> SocketAddr {
        (self.settings.ip, self.address.port).into()
    }

    /// How it was started.
    #[must_use]
    pub fn settings(&self) -> &RelaySettings {
        &self.settings
    }

    /// Time from its start to its ready line.
    #[must_use]
    pub fn ready_after(&self) -> Duration {
        self.ready_after
    }

    /// The process.
    #[must_use]
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// CPU time and memory so far.
    ///
    /// # Errors
    /// If it is no longer running.
    pub fn usage(&self) -> anyhow::Result<Usage> {
        self.process.usage()
    }

    /// Kills it with SIGKILL and starts it again on the same port and data.
    ///
    /// # Errors
    /// Those of [`RelaySettings::start`].
    pub fn kill_and_restart(mut self) -> anyhow::Result<Self> {
        self.process.kill()?;
        let port = self.address.port;
        self.settings.clone().port(port).start()
    }

    /// Stops it with SIGTERM and tells how it ended.
    ///
    /// # Errors
    /// If it does not stop in time or reports a failure.
    pub fn stop(mut self) -> anyhow::Result<RelaySettings> {
        self.process.terminate()?;
        let status = self.process.wait(STOP_LIMIT)?;
        anyhow::ensure!(
            status.success(),
            "the relay stopped with {status}\n{}",
            self.process.output()
        );
        Ok(self.settings.port(self.address.port))
    }
}

/// A command that runs one of our binaries, under a false calendar if asked.
///
/// # Errors
/// If the binary is not built, or the calendar cannot be made false.
pub fn command(name: &str, faketime: Option<&str>) -> anyhow::Result<Command> {
    let mut command = Command::new(binary::find(name)?);
    if let Some(offset) = faketime {
        // Not the `faketime` program: it would stand between us and the process that we have to stop.
        command
            .env("LD_PRELOAD", libfaketime()?)
            .env("FAKETIME", offset)
            // Timers must go on: QUIC would take a jump of a year for a lost connection.
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
    }
    Ok(command)
}

/// Where Debian and others put libfaketime for programs with threads.
fn libfaketime() -> anyhow::Result<PathBuf> {
    let multiarch = format!("/usr/lib/{}-linux-gnu/faketime", std::env::consts::ARCH);
    [
        &multiarch,
        "/usr/lib/faketime",
        "/usr/lib64/faketime",
        "/usr/local/lib/faketime",
    ]
    .map(|folder| Path::new(folder).join("libfaketimeMT.so.1"))
    .into_iter()
    .find(|path| path.is_file())
    .context("libfaketime is not installed: `cargo xtask doctor` tells how")
}
