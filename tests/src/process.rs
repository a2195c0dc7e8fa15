//! One child process: its output in files, every wait bounded, ended by its own process id and nothing else.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use rustix::process::{Pid, Signal, kill_process};

/// How often a wait looks again: short beside anything that is waited for.
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// How long a child may take to end after SIGTERM before it is killed on drop.
const GRACE: Duration = Duration::from_secs(5);

/// A running child. Dropping it ends it: first politely, then not.
pub struct Process {
    child: Child,
    name: String,
    stdout: PathBuf,
    stderr: PathBuf,
    /// Where its own part of each file begins: an earlier process of the same name wrote what is before.
    begins: [u64; 2],
    begun: Instant,
}

/// CPU time and memory of a process, as the kernel counts them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Usage {
    /// User and system time together.
    pub cpu: Duration,
    /// Resident memory now, in bytes.
    pub resident: u64,
    /// The most that was ever resident, in bytes.
    pub resident_peak: u64,
}

impl Process {
    /// Starts `command`, its output going to `NAME.stdout` and `NAME.stderr` in `logs`; appended if they are there.
    ///
    /// # Errors
    /// If the files cannot be made or the program cannot be started.
    pub fn start(mut command: Command, name: &str, logs: &Path) -> anyhow::Result<Self> {
        fs::create_dir_all(logs).with_context(|| format!("cannot make {}", logs.display()))?;
        let path = |end: &str| logs.join(format!("{name}.{end}"));
        let open = |path: &Path| {
            File::options()
                .create(true)
                .append(true)
                .open(path)
                .with_context(|| format!("cannot write {}", path.display()))
        };
        let (stdout, stderr) = (path("stdout"), path("stderr"));
        let begins = [&stdout, &stderr].map(|path| fs::metadata(path).map_or(0, |file| file.len()));
        let child = command
            .stdin(Stdio::null())
            .stdout(open(&stdout)?)
            .stderr(open(&stderr)?)
            .spawn()
            .with_context(|| format!("cannot start {}", command.get_program().display()))?;
        Ok(Self {
            child,
            name: name.to_owned(),
            stdout,
            stderr,
            begins,
            begun: Instant::now(),
        })
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The file that holds what it wrote to standard output.
    #[must_use]
    pub fn stdout(&self) -> &Path {
        &self.stdout
    }

    /// The file that holds what it wrote to standard error.
    #[must_use]
    pub fn stderr(&self) -> &Path {
        &self.stderr
    }

    /// What it wrote itself to standard output and to standard error so far, whatever stood in the files before.
    #[must_use]
    pub fn written(&self) -> [Vec<u8>; 2] {
        [
            own_part(&self.stdout, self.begins[0]),
            own_part(&self.stderr, self.begins[1]),
        ]
    }

    /// When it was started.
    #[must_use]
    pub fn begun(&self) -> Instant {
        self.begun
    }

    /// Waits for a line on standard output that begins with `start`, and gives the rest of it.
    ///
    /// # Errors
    /// If the child ends first or `limit` passes; the error shows what it wrote instead.
    pub fn wait_for_line(&mut self, start: &str, limit: Duration) -> anyhow::Result<String> {
        let begun = Instant::now();
        loop {
            let text = read_from(&self.stdout, self.begins[0]);
            // Only whole lines count: the rest of one may still be on its way.
            let whole = text.rfind('\n').map_or("", |end| &text[..end]);
            if let Some(rest) = whole.lines().find_map(|line| line.strip_prefix(start)) {
                return Ok(rest.trim().to_owned());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!(
                    "{} ended with {status} before it wrote {start:?}\n{}",
                    self.name,
                    self.output()
                );
            }
            if begun.elapsed() > limit {
                bail!(
                    "{} did not write {start:?} within {limit:?}\n{}",
                    self.name,
                    self.output()
                );
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// Waits for its end.
    ///
    /// # Errors
    /// If `limit` passes; the child is killed then.
    pub fn wait(&mut self, limit: Duration) -> anyhow::Result<ExitStatus> {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Ok(status);
            }
            if begun.elapsed() > limit {
                self.kill()?;
                bail!(
                    "{} did not end within {limit:?} and was killed\n{}",
                    self.name,
                    self.output()
                );
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// Whether it is still running.
    ///
    /// # Errors
    /// If the kernel does not tell.
    pub fn is_running(&mut self) -> anyhow::Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// SIGKILL, and waits for the end: what a power cut does to a process.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn kill(&mut self) -> anyhow::Result<ExitStatus> {
        self.child.kill()?;
        Ok(self.child.wait()?)
    }

    /// SIGTERM, without waiting.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn terminate(&self) -> anyhow::Result<()> {
        self.signal(Signal::TERM)
    }

    /// Any signal, without waiting.
    ///
    /// # Errors
    /// If the kernel refuses.
    pub fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        kill_process(Pid::from_child(&self.child), signal)
            .with_context(|| format!("signal {signal:?} to {}", self.name))
    }

    /// CPU time and memory so far.
    ///
    /// # Errors
    /// If the process is gone.
    pub fn usage(&self) -> anyhow::Result<Usage> {
        usage_of(self.id()).with_context(|| format!("usage of {}", self.name))
    }

    /// What it wrote, for an error message.
    #[must_use]
    pub fn output(&self) -> String {
        format!(
            "--- stdout\n{}--- stderr\n{}",
            read_from(&self.stdout, self.begins[0]),
            read_from(&self.stderr, self.begins[1])
        )
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !matches!(self.child.try_wait(), Ok(None)) || self.terminate().is_err() {
            return;
        }
        let begun = Instant::now();
        while begun.elapsed() < GRACE {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(LOOK_AGAIN);
        }
        // Nobody is left to hear of a failure here.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_from(path: &Path, offset: u64) -> String {
    String::from_utf8_lossy(&own_part(path, offset)).into_owned()
}

fn own_part(path: &Path, offset: u64) -> Vec<u8> {
    let mut bytes = fs::read(path).unwrap_or_default();
    let before = usize::try_from(offset).unwrap_or(usize::MAX);
    bytes.drain(..before.min(bytes.len()));
    bytes
}

/// CPU time and memory of any process of this user.
///
/// # Errors
/// If there is none under this id, or the kernel's tables are not as `proc(5)` describes them.
pub fn usage_of(id: u32) -> anyhow::Result<Usage> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The second field is the program's name in brackets and may hold blanks; the fields after it do not.
    let (_, fields) = stat.rsplit_once(')').context("no name in stat")?;
    let mut fields = fields.split_ascii_whitespace().skip(11);
    let mut ticks =
        || -> anyhow::Result<u64> { Ok(fields.next().context("stat is short")?.parse()?) };
    let ticks = ticks()? + ticks()?;
    let status = fs::read_to_string(format!("/proc/{id}/status"))?;
    let kibibytes = |name: &str| -> anyhow::Result<u64> {
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .with_context(|| format!("no {name} in status"))?;
        let number = line.trim_start_matches(':').trim().trim_end_matches(" kB");
        Ok(number.parse()?)
    };
    Ok(Usage {
        cpu: Duration::from_secs(ticks) / u32::try_from(rustix::param::clock_ticks_per_second())?,
        resident: kibibytes("VmRSS")? * 1_024,
        resident_peak: kibibytes("VmHWM")? * 1_024,
    })
}

/// Bytes of all files below a folder, as their lengths say.
///
/// # Errors
/// If a folder cannot be read; a file that vanishes meanwhile is no error.
pub fn bytes_below(folder: &Path) -> io::Result<u64> {
    let mut sum = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        match entry.metadata() {
            Ok(kind) if kind.is_dir() => sum += bytes_below(&entry.path())?,
            Ok(kind) => sum += kind.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(sum)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    fn shell(script: &str, logs: &Path) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::start(command, "shell", logs).unwrap()
    }

    #[test]
    fn a_line_is_waited_for_and_a_signal_ends_it() {
        let logs = tempfile::tempdir().unwrap();
        let mut process = shell("echo warming; echo ready here; exec sleep 60", logs.path());
        let rest = process
            .wait_for_line("ready", Duration::from_secs(5))
            .unwrap();
        assert_eq!(rest, "here");
        assert!(process.usage().unwrap().resident > 0);
        process.terminate().unwrap();
        assert!(!process.wait(Duration::from_secs(5)).unwrap().success());
    }

    #[test]
    fn an_early_end_is_told_with_its_output() {
        let logs = tempfile::tempdir().unwrap();
        let mut process = shell("echo why >&2; exit 3", logs.path());
        let error = process
            .wait_for_line("ready", Duration::from_secs(5))
            .unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains("exit status: 3") && text.contains("why"),
            "{text}"
        );
    }

    #[test]
    fn an_earlier_process_of_the_same_name_is_not_believed() {
        let logs = tempfile::tempdir().unwrap();
        shell("echo ready", logs.path())
            .wait(Duration::from_secs(5))
            .unwrap();
        let mut second = shell("echo no >&2; exit 3", logs.path());
        assert!(
            second
                .wait_for_line("ready", Duration::from_secs(5))
                .is_err()
        );
    }

    #[test]
    fn a_wait_has_a_limit() {
        let logs = tempfile::tempdir().unwrap();
        let mut process = shell("exec sleep 60", logs.path());
        assert!(process.wait(Duration::from_millis(50)).is_err());
        assert!(!process.is_running().unwrap());
    }

    #[test]
    fn cpu_time_is_counted() {
        let logs = tempfile::tempdir().unwrap();
        let process = shell("while :; do :; done", logs.path());
        let begun = Instant::now();
        while process.usage().unwrap().cpu < Duration::from_millis(20) {
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "no CPU time counted"
            );
            thread::sleep(LOOK_AGAIN);
        }
    }
}
