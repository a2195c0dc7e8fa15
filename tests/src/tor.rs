//! A Tor network of our own on loopback: directory authorities, relays, an onion service in front of a Tidings relay, and a
//! client with a SOCKS port. Nothing of it touches the real network: it knows only its own authorities.
//!
//! As `chutney`, Tor's own tool for this, sets such networks up; the options are those of `tor(1)`, "TESTING NETWORK OPTIONS".

use std::{
    fmt::Write as _,
    fs,
    io::{Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpStream},
    os::unix::fs::DirBuilderExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail, ensure};
use tidings_protocol::relay_identity::RelayAddress;

use crate::{process::Process, socks::free_port};

/// Who signs the consensus. Three, as a majority of fewer is all of them.
const AUTHORITIES: usize = 3;
/// Relays besides them. A circuit to an onion service has hops that must all differ.
const RELAYS: usize = 4;
/// Until the first consensus, circuits and the descriptor of the service: half a minute on an idle machine.
const READY_LIMIT: Duration = Duration::from_secs(150);
/// How long one attempt to reach the service may take.
const REACH_LIMIT: Duration = Duration::from_secs(30);
const LOOK_AGAIN: Duration = Duration::from_millis(200);

/// A running network. All of its processes end when it is dropped.
pub struct TorNetwork {
    folder: PathBuf,
    processes: Vec<Process>,
    socks: u16,
    onion: String,
    ready_after: Duration,
}

/// Whether Debian's package, or another's, is there.
#[must_use]
pub fn is_installed() -> bool {
    let runs = |program: &str| {
        Command::new(program)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok()
    };
    runs("tor") && runs("tor-gencert")
}

struct Authority {
    name: String,
    or_port: u16,
    directory_port: u16,
    identity: String,
    fingerprint: String,
}

impl TorNetwork {
    /// Starts a network with an onion service whose port is that of the relay, and waits until both ends are ready.
    ///
    /// # Errors
    /// If Tor is not installed (`cargo xtask doctor` tells how), or the network is not ready in time.
    pub fn start(folder: &Path, relay: &RelayAddress) -> anyhow::Result<Self> {
        ensure!(
            is_installed(),
            "tor is not installed: `cargo xtask doctor` tells how"
        );
        let begun = Instant::now();
        let folder = folder.join("tor");
        private_folder(&folder)?;
        let authorities = (1..=AUTHORITIES)
            .map(|number| Authority::make(&folder, &format!("authority{number}")))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let common = common(&authorities);
        let mut network = Self {
            socks: free_port()?,
            onion: String::new(),
            processes: Vec::new(),
            ready_after: Duration::ZERO,
            folder,
        };
        for authority in &authorities {
            network.run(&authority.name, &(common.clone() + &authority.options()))?;
        }
        for number in 1..=RELAYS {
            let own = format!(
                "ORPort 127.0.0.1:{}\nSocksPort 0\nExitPolicy reject *:*\n",
                free_port()?
            );
            network.run(&format!("relay{number}"), &(common.clone() + VOTES + &own))?;
        }
        let service = network.folder.join("service");
        let own = format!(
            "SocksPort 0\nHiddenServiceDir {}\nHiddenServicePort {port} 127.0.0.1:{port}\nLog [rend]info file {}\n",
            service.join("onion").display(),
            service.join("rend").display(),
            port = relay.port,
        );
        network.run("service", &(common.clone() + &own))?;
        let own = format!("SocksPort 127.0.0.1:{}\n", network.socks);
        network.run("client", &(common + &own))?;
        network.wait("its client has circuits", begun, |network| {
            Ok(network.log("client", "log").contains("Bootstrapped 100%"))
        })?;
        network.wait("the service is announced", begun, |network| {
            // What a directory of services answers when it has taken a descriptor.
            Ok(network.log("service", "rend").contains("status 200"))
        })?;
        network.onion = fs::read_to_string(service.join("onion/hostname"))?
            .trim()
            .to_owned();
        network.wait("the service is reached", begun, |network| {
            network.reaches(relay.port)
        })?;
        network.ready_after = begun.elapsed();
        Ok(network)
    }

    /// The SOCKS port of its client.
    #[must_use]
    pub fn socks(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.socks).into()
    }

    /// The same as `tidings network --proxy` takes it.
    #[must_use]
    pub fn proxy(&self) -> String {
        format!("socks5://{}", self.socks())
    }

    /// The relay's address by its onion name, which leads nowhere but through this network.
    ///
    /// # Errors
    /// If Tor has made a name that is none.
    pub fn address(&self, relay: &RelayAddress) -> anyhow::Result<RelayAddress> {
        Ok(RelayAddress {
            host: self.onion.parse()?,
            ..relay.clone()
        })
    }

    /// Time until it was ready.
    #[must_use]
    pub fn ready_after(&self) -> Duration {
        self.ready_after
    }

    fn run(&mut self, name: &str, options: &str) -> anyhow::Result<()> {
        let folder = self.folder.join(name);
        private_folder(&folder)?;
        let torrc = folder.join("torrc");
        let data = folder.display();
        let text =
            format!("DataDirectory {data}\nNickname {name}\nLog notice file {data}/log\n{options}");
        fs::write(&torrc, text)?;
        let mut command = Command::new("tor");
        command.arg("-f").arg(&torrc).args([
            "--defaults-torrc",
            "/nowhere",
            "--ignore-missing-torrc",
            "--quiet",
        ]);
        self.processes
            .push(Process::start(command, name, &self.folder.join("logs"))?);
        Ok(())
    }

    /// Looks again and again whether it is so, as long as all processes run.
    fn wait(
        &mut self,
        what: &str,
        begun: Instant,
        is_so: impl Fn(&Self) -> anyhow::Result<bool>,
    ) -> anyhow::Result<()> {
        while !is_so(self)? {
            for process in &mut self.processes {
                ensure!(process.is_running()?, "a tor ended: {}", process.output());
            }
            if begun.elapsed() > READY_LIMIT {
                bail!(
                    "the Tor network was not ready within {READY_LIMIT:?}: {what}; its client wrote\n{}its service wrote\n{}",
                    self.log("client", "log"),
                    self.log("service", "log"),
                );
            }
            thread::sleep(LOOK_AGAIN);
        }
        Ok(())
    }

    fn log(&self, name: &str, file: &str) -> String {
        fs::read_to_string(self.folder.join(name).join(file)).unwrap_or_default()
    }

    /// Whether somebody reaches the service: RFC 1928, without a login.
    fn reaches(&self, port: u16) -> anyhow::Result<bool> {
        let mut client = TcpStream::connect(self.socks())?;
        client.set_read_timeout(Some(REACH_LIMIT))?;
        client.write_all(&[5, 1, 0])?;
        client.read_exact(&mut [0; 2])?;
        let length = u8::try_from(self.onion.len())?;
        let mut asked = vec![5, 1, 0, 3, length];
        asked.extend(self.onion.as_bytes());
        asked.extend(port.to_be_bytes());
        client.write_all(&asked)?;
        let mut answer = [0; 10];
        Ok(client.read_exact(&mut answer).is_ok() && answer[1] == 0)
    }
}

impl Authority {
    /// Makes its keys: an identity that signs for a year, and those of its relay.
    fn make(folder: &Path, name: &str) -> anyhow::Result<Self> {
        let data = folder.join(name);
        let keys = data.join("keys");
        private_folder(&data)?;
        private_folder(&keys)?;
        let (or_port, directory_port) = (free_port()?, free_port()?);
        let certificate = keys.join("authority_certificate");
        let mut command = Command::new("tor-gencert");
        command
            .args(["--create-identity-key", "--passphrase-fd", "0", "-m", "12"])
            .args(["-a", &format!("127.0.0.1:{directory_port}")])
            .arg("-i")
            .arg(keys.join("authority_identity_key"))
            .arg("-s")
            .arg(keys.join("authority_signing_key"))
            .arg("-c")
            .arg(&certificate);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        if let Some(mut passphrase) = child.stdin.take() {
            passphrase.write_all(b"a network of an hour\n")?;
        }
        ensure!(child.wait()?.success(), "tor-gencert did not succeed");
        let certificate = fs::read_to_string(certificate)?;
        let identity = certificate
            .lines()
            .find_map(|line| line.strip_prefix("fingerprint "))
            .context("no fingerprint in an authority's certificate")?
            .to_owned();
        let listed = Command::new("tor")
            .args([
                "--defaults-torrc",
                "/nowhere",
                "-f",
                "/nowhere",
                "--ignore-missing-torrc",
            ])
            .arg("--DataDirectory")
            .arg(&data)
            .args(["--ORPort", &or_port.to_string(), "--Nickname", name])
            .args(["--DirAuthority", NOBODY, "--hush", "--list-fingerprint"])
            .stderr(Stdio::null())
            .output()?;
        let listed = String::from_utf8_lossy(&listed.stdout);
        let fingerprint = listed
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .with_context(|| format!("no fingerprint of {name}: {listed}"))?
            .replace(' ', "");
        Ok(Self {
            name: name.to_owned(),
            or_port,
            directory_port,
            identity,
            fingerprint,
        })
    }

    fn options(&self) -> String {
        format!(
            "{VOTES}AuthoritativeDirectory 1\nV3AuthoritativeDirectory 1\nContactInfo {0}@example\nORPort 127.0.0.1:{1}\nDirPort 127.0.0.1:{2}\n\
             SocksPort 0\nExitPolicy reject *:*\n",
            self.name, self.or_port, self.directory_port
        )
    }
}

/// So that a relay's keys can be made before the authorities are known.
const NOBODY: &str = "nobody orport=1 v3ident=0000000000000000000000000000000000000001 127.0.0.1:1 \
                      0000000000000000000000000000000000000001";
/// A vote every ten seconds instead of every hour.
const VOTES: &str = "TestingV3AuthInitialVotingInterval 5\nTestingV3AuthInitialVoteDelay 2\n\
                     TestingV3AuthInitialDistDelay 2\nV3AuthVotingInterval 10\nV3AuthVoteDelay 2\nV3AuthDistDelay 2\n";

/// What all of them are told.
fn common(authorities: &[Authority]) -> String {
    let mut options = String::from(
        "TestingTorNetwork 1\nAddress 127.0.0.1\nShutdownWaitLength 0\nAssumeReachable 1\nV3AuthNIntervalsValid 2\n\
         PathsNeededToBuildCircuits 0.25\nTestingDirAuthVoteExit *\nTestingDirAuthVoteHSDir *\nTestingDirAuthVoteGuard *\n",
    );
    for authority in authorities {
        // Writing to a string does not fail.
        let _ = writeln!(
            options,
            "DirAuthority {} orport={} no-v2 v3ident={} 127.0.0.1:{} {}",
            authority.name,
            authority.or_port,
            authority.identity,
            authority.directory_port,
            authority.fingerprint
        );
    }
    options
}

/// Tor refuses folders that others may read.
fn private_folder(path: &Path) -> anyhow::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
        .with_context(|| format!("cannot make {}", path.display()))
}
