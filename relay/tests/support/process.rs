//! The binary in a process of its own.

use std::{
    io::{BufRead, BufReader, Read},
    path::Path,
    process::{Child, Command, Output, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use tidings_protocol::relay_identity::RelayAddress;

use super::client::Client;

pub fn relay(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidings-relay"));
    command.args(arguments).env_clear();
    command
}

/// What a command that ends by itself says. One that goes on, as a relay does that should have refused to start, is ended and named.
pub fn output(arguments: &[&str]) -> Output {
    let child = relay(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = Pid::from_child(&child);
    let (ended, wait) = mpsc::channel();
    let waiter = std::thread::spawn(move || {
        let output = child.wait_with_output();
        let _ = ended.send(());
        output
    });
    let in_time = wait.recv_timeout(Duration::from_secs(60)).is_ok();
    if !in_time {
        kill_process(pid, Signal::KILL).unwrap();
    }
    let output = waiter.join().unwrap().unwrap();
    assert!(in_time, "{arguments:?} did not end: {output:?}");
    output
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A running relay; killed when the test ends.
pub struct Process {
    pub child: Child,
    pub address: RelayAddress,
}

impl Process {
    pub fn start(data: &Path, more: &[&str]) -> Self {
        Self::start_at(data, "127.0.0.1:0", more)
    }

    pub fn start_at(data: &Path, listen: &str, more: &[&str]) -> Self {
        let data = data.to_str().unwrap();
        let mut arguments = vec!["run", "--data", data, "--listen", listen];
        arguments.extend(more);
        let mut child = relay(&arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let Some(address) = line.strip_prefix("ready ") else {
            let _ = child.kill();
            panic!(
                "no ready line but {line:?}: {}",
                text(&child.wait_with_output().unwrap().stderr)
            );
        };
        Self {
            address: address.trim_end().parse().unwrap(),
            child,
        }
    }

    pub fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end: exit code and what it wrote to stderr.
    pub fn end(mut self) -> (Option<i32>, String) {
        let begun = Instant::now();
        while self.child.try_wait().unwrap().is_none() {
            assert!(
                begun.elapsed() < Duration::from_secs(30),
                "the relay does not end"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
        let mut log = String::new();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .unwrap();
        (self.child.wait().unwrap().code(), log)
    }

    pub fn end_now(self) {
        self.signal(Signal::TERM);
        assert_eq!(self.end().0, Some(0));
    }

    pub async fn client(&self) -> Client {
        let place = (std::net::Ipv4Addr::LOCALHOST, self.address.port);
        Client::connect(place.into(), self.address.root).await
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
