//! A program on a terminal of its own: what a person sees there, types and presses.

use std::{
    io::{Read as _, Write as _},
    process::{Child, Command, ExitStatus},
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use pty_process::blocking::{self, Pty};
use rustix::{
    process::{Pid, Signal, kill_process},
    termios::{LocalModes, tcgetattr},
};

/// How often a wait looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// How long anything may take on a loaded machine, with the key stretching of the vault.
const LIMIT: Duration = Duration::from_secs(120);

/// Ctrl-C, as a keyboard sends it.
pub const CTRL_C: u8 = 0x03;
/// Ctrl-D.
pub const CTRL_D: u8 = 0x04;

/// A terminal with one program on it. Dropping it kills the program.
pub struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    shown: Arc<Mutex<Vec<u8>>>,
    /// How far what is shown was looked at.
    seen: usize,
}

impl Terminal {
    /// Starts `command` with a new terminal for its input, output and errors.
    ///
    /// # Errors
    /// If there are no terminals to be had, or the program cannot be started.
    pub fn start(command: Command) -> anyhow::Result<Self> {
        let (pty, pts) = blocking::open()?;
        // Wide enough for a sentence: nothing is looked for across a break.
        pty.resize(pty_process::Size::new(60, 500))?;
        let child = blocking::Command::from(command).spawn(pts)?;
        let pty = Arc::new(pty);
        let shown = Arc::new(Mutex::new(Vec::new()));
        let (from, to) = (Arc::clone(&pty), Arc::clone(&shown));
        thread::spawn(move || {
            let mut buffer = [0; 4_096];
            // An error is how the end of the last program on it is told.
            while let Ok(length @ 1..) = (&*from).read(&mut buffer) {
                let mut shown = to.lock().unwrap_or_else(PoisonError::into_inner);
                shown.extend_from_slice(&buffer[..length]);
            }
        });
        Ok(Self {
            pty,
            child,
            shown,
            seen: 0,
        })
    }

    /// Everything that was shown so far, with line ends as a program writes them.
    #[must_use]
    pub fn shown(&self) -> String {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&shown).replace("\r\n", "\n")
    }

    /// Waits until `text` is shown, behind whatever was waited for before.
    ///
    /// # Errors
    /// If it does not come in time, or the program ends without it.
    pub fn wait_for(&mut self, text: &str) -> anyhow::Result<()> {
        let begun = Instant::now();
        loop {
            // Looked at before what is shown: its last words may still be on their way.
            let ended = self.child.try_wait()?;
            let shown = self.shown();
            if let Some(at) = shown.get(self.seen..).and_then(|rest| rest.find(text)) {
                self.seen += at + text.len();
                return Ok(());
            }
            if begun.elapsed() > LIMIT || ended.is_some_and(|_| begun.elapsed() > LINGER) {
                bail!("{text:?} was not shown ({ended:?}), but\n{shown}");
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// Waits until the terminal shows nothing of what is typed.
    ///
    /// # Errors
    /// If it does not happen in time.
    pub fn wait_until_silent(&self) -> anyhow::Result<()> {
        let begun = Instant::now();
        while self.echoes()? {
            if begun.elapsed() > LIMIT {
                bail!("what is typed is shown\n{}", self.shown());
            }
            thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }

    /// Whether what is typed is shown.
    ///
    /// # Errors
    /// If the terminal does not tell.
    pub fn echoes(&self) -> anyhow::Result<bool> {
        let modes = tcgetattr(&*self.pty).context("the terminal's modes")?;
        Ok(modes.local_modes.contains(LocalModes::ECHO))
    }

    /// Types a line and presses Enter.
    ///
    /// # Errors
    /// If nothing takes it.
    pub fn type_line(&self, line: &str) -> anyhow::Result<()> {
        (&*self.pty)
            .write_all(format!("{line}\r").as_bytes())
            .with_context(|| format!("typing {line:?}"))
    }

    /// Presses one key.
    ///
    /// # Errors
    /// If nothing takes it.
    pub fn press(&self, key: u8) -> anyhow::Result<()> {
        (&*self.pty)
            .write_all(&[key])
            .with_context(|| format!("pressing {key:#04x}"))
    }

    /// Sends the program a signal that no key sends.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        kill_process(Pid::from_child(&self.child), signal).context("a signal")
    }

    /// The program's own command line, as everybody on the machine can read it.
    ///
    /// # Errors
    /// If it has ended.
    pub fn command_line(&self) -> anyhow::Result<String> {
        let bytes = std::fs::read(format!("/proc/{}/cmdline", self.child.id()))?;
        Ok(String::from_utf8_lossy(&bytes).replace('\0', " "))
    }

    /// Waits for the end of the program, and gives how it ended.
    ///
    /// # Errors
    /// If it does not end in time.
    pub fn wait(&mut self) -> anyhow::Result<ExitStatus> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                // Its last words.
                thread::sleep(LINGER);
                return Ok(status);
            }
            if begun.elapsed() > LIMIT {
                bail!("the program goes on\n{}", self.shown());
            }
            thread::sleep(LOOK_AGAIN);
        }
    }
}

/// How long words of a program that has ended may take through the terminal.
const LINGER: Duration = Duration::from_millis(200);

impl Drop for Terminal {
    fn drop(&mut self) {
        // Nobody is left to hear of a failure here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
