//! SOCKS5 proxies: a real one, and one that writes down what it is asked for.

use std::{
    io::{self, Read as _, Write as _},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::Command,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};

use crate::process::Process;

/// How long a proxy may take until it listens.
const READY_LIMIT: Duration = Duration::from_secs(10);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// A running `microsocks`.
pub struct Microsocks {
    _process: Process,
    port: u16,
    login: Option<(String, String)>,
}

impl Microsocks {
    /// Starts one on a free loopback port; with a login, it asks for that.
    ///
    /// # Errors
    /// If it is not installed (`cargo xtask doctor` tells how) or does not listen in time.
    pub fn start(logs: &Path, login: Option<(&str, &str)>) -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut command = Command::new("microsocks");
        command.args(["-i", "127.0.0.1", "-p", &port.to_string()]);
        if let Some((name, password)) = login {
            command.args(["-u", name, "-P", password]);
        }
        let process = Process::start(command, "microsocks", logs)
            .context("microsocks is not installed: `cargo xtask doctor` tells how")?;
        wait_for_port(port)?;
        Ok(Self {
            _process: process,
            port,
            login: login.map(|(name, password)| (name.to_owned(), password.to_owned())),
        })
    }

    /// Its address, as `tidings network --proxy` takes it.
    #[must_use]
    pub fn address(&self) -> String {
        match &self.login {
            Some((name, password)) => format!("socks5://{name}:{password}@127.0.0.1:{}", self.port),
            None => format!("socks5://127.0.0.1:{}", self.port),
        }
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }
}

/// A proxy that leads every name to one relay, and writes down the names and the logins. Ends with the test's process.
pub struct NamingProxy {
    port: u16,
    asked: Arc<Mutex<Vec<Asked>>>,
}

/// What one connection asked a [`NamingProxy`] for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// Host and port.
    pub target: String,
    /// Name and password that were offered.
    pub login: Option<(String, String)>,
}

impl NamingProxy {
    /// Starts one that leads to `relay`.
    ///
    /// # Errors
    /// If there is no port.
    pub fn start(relay: SocketAddr) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = listener.local_addr()?.port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let book = Arc::clone(&asked);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let book = Arc::clone(&book);
                // A client that breaks off is the client's to notice.
                thread::spawn(move || serve(client, relay, &book));
            }
        });
        Ok(Self { port, asked })
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> String {
        format!("socks5://127.0.0.1:{}", self.port)
    }

    /// What it was asked for so far.
    #[must_use]
    pub fn asked(&self) -> Vec<Asked> {
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// RFC 1928 and RFC 1929, as far as an honest client goes.
fn serve(mut client: TcpStream, relay: SocketAddr, book: &Mutex<Vec<Asked>>) -> io::Result<()> {
    let wrong = || io::Error::from(io::ErrorKind::InvalidData);
    let [5, methods] = read::<2>(&mut client)? else {
        return Err(wrong());
    };
    let methods = read_many(&mut client, methods)?;
    let login = if methods.contains(&2) {
        client.write_all(&[5, 2])?;
        let [1, length] = read::<2>(&mut client)? else {
            return Err(wrong());
        };
        let name = read_many(&mut client, length)?;
        let [length] = read::<1>(&mut client)?;
        let password = read_many(&mut client, length)?;
        client.write_all(&[1, 0])?;
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Some((text(name), text(password)))
    } else {
        client.write_all(&[5, 0])?;
        None
    };
    let [5, 1, 0, kind] = read::<4>(&mut client)? else {
        return Err(wrong());
    };
    let host = match kind {
        1 => Ipv4Addr::from(read::<4>(&mut client)?).to_string(),
        3 => {
            let [length] = read::<1>(&mut client)?;
            String::from_utf8_lossy(&read_many(&mut client, length)?).into_owned()
        }
        _ => return Err(wrong()),
    };
    let port = u16::from_be_bytes(read::<2>(&mut client)?);
    book.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(Asked {
            target: format!("{host}:{port}"),
            login,
        });
    let beyond = TcpStream::connect(relay)?;
    client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0])?;
    let (mut from_client, mut to_beyond) = (client.try_clone()?, beyond.try_clone()?);
    let up = thread::spawn(move || {
        let _ = io::copy(&mut from_client, &mut to_beyond);
        let _ = to_beyond.shutdown(Shutdown::Write);
    });
    let mut beyond = beyond;
    let _ = io::copy(&mut beyond, &mut client);
    let _ = client.shutdown(Shutdown::Both);
    let _ = up.join();
    Ok(())
}

fn read<const LENGTH: usize>(from: &mut TcpStream) -> io::Result<[u8; LENGTH]> {
    let mut bytes = [0; LENGTH];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn read_many(from: &mut TcpStream, length: u8) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::from(length)];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A TCP port that was free a moment ago.
///
/// # Errors
/// If there is none.
pub fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

/// Waits until somebody listens.
pub(crate) fn wait_for_port(port: u16) -> anyhow::Result<()> {
    let begun = Instant::now();
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        if begun.elapsed() > READY_LIMIT {
            bail!("nobody listens on port {port} within {READY_LIMIT:?}");
        }
        thread::sleep(LOOK_AGAIN);
    }
    Ok(())
}
