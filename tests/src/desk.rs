//! A `tidings-desk` on a free loopback port, and people who sit at it.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, ensure};
use totp_rs::{Builder, Secret};

use crate::{
    cli::PASSPHRASE,
    http::{Answer, Request},
    process::Process,
    relay::command,
};

/// How long a desk may take until pages can be asked for.
const READY_LIMIT: Duration = Duration::from_secs(120);
/// How long a desk may take to stop after SIGTERM.
const STOP_LIMIT: Duration = Duration::from_secs(60);
/// Seconds for which a telephone shows a code (RFC 6238).
const STEP_SECONDS: u64 = 30;
/// The password of every operator made here.
pub const PASSWORD: &str = "синя хвиртка біля млина";

/// A running desk.
pub struct Desk {
    home: PathBuf,
    logs: PathBuf,
    process: Process,
    address: String,
}

impl Desk {
    /// Starts a desk with its home in `folder/desk` and its logs in `folder/logs`.
    ///
    /// # Errors
    /// If the binary is not built, or pages cannot be asked for in time.
    pub fn start(folder: &Path) -> anyhow::Result<Self> {
        Self::start_at(&folder.join("desk"), &folder.join("logs"), "127.0.0.1:0")
    }

    /// Starts a desk that listens on every address of this machine.
    ///
    /// # Errors
    /// As [`Desk::start`].
    pub fn start_on_network(folder: &Path) -> anyhow::Result<Self> {
        Self::start_at(&folder.join("desk"), &folder.join("logs"), "0.0.0.0:0")
    }

    fn start_at(home: &Path, logs: &Path, listen: &str) -> anyhow::Result<Self> {
        let mut command = command("tidings-desk", None)?;
        command
            .arg("run")
            .arg("--home")
            .arg(home)
            .args(["--listen", listen])
            .env("TIDINGS_PASSPHRASE", PASSPHRASE)
            .env("TZ", "Europe/Kyiv");
        let mut process = Process::start(command, "desk", logs)?;
        let address = process.wait_for_line("ready ", READY_LIMIT)?;
        Ok(Self {
            home: home.to_owned(),
            logs: logs.to_owned(),
            process,
            address,
        })
    }

    /// What it told to open in a browser: of a new desk, with the code of its first run.
    #[must_use]
    pub fn first_address(&self) -> &str {
        &self.address
    }

    /// Its address, ending with a slash.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://{}/", self.socket())
    }

    /// Where it listens.
    #[must_use]
    pub fn socket(&self) -> SocketAddr {
        let bare = self.address.split_once("://").map_or("", |(_, rest)| rest);
        let end = bare.find('/').unwrap_or(bare.len());
        let port = bare[..end]
            .rsplit(':')
            .next()
            .and_then(|port| port.parse().ok());
        ([127, 0, 0, 1], port.unwrap_or(0)).into()
    }

    /// Its folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The process.
    #[must_use]
    pub fn process(&mut self) -> &mut Process {
        &mut self.process
    }

    /// Kills it with SIGKILL and starts it again on the same port and home.
    ///
    /// # Errors
    /// Those of [`Desk::start`].
    pub fn kill_and_restart(mut self) -> anyhow::Result<Self> {
        let port = self.socket().port();
        self.process.kill()?;
        Self::start_at(&self.home, &self.logs, &format!("127.0.0.1:{port}"))
    }

    /// Stops it with SIGTERM.
    ///
    /// # Errors
    /// If it does not stop in time or reports a failure.
    pub fn stop(mut self) -> anyhow::Result<()> {
        self.process.terminate()?;
        let status = self.process.wait(STOP_LIMIT)?;
        ensure!(
            status.success(),
            "the desk stopped with {status}\n{}",
            self.process.output()
        );
        Ok(())
    }
}

/// Somebody who asks for pages without a browser: cookies are kept, tokens are read from pages.
#[derive(Debug, Clone)]
pub struct Visitor {
    desk: SocketAddr,
    cookies: Vec<(String, String)>,
}

impl Visitor {
    /// A visitor without any cookie.
    #[must_use]
    pub fn new(desk: &Desk) -> Self {
        Self {
            desk: desk.socket(),
            cookies: Vec::new(),
        }
    }

    /// Makes the office of a desk that was never run, with a head who has no second factor. `first` is the address that the
    /// desk printed, with its code.
    ///
    /// # Errors
    /// If the desk refuses.
    pub fn found(first: &str, relay: &str) -> anyhow::Result<Self> {
        let bare = first.strip_prefix("http://").context("an address")?;
        let (desk, path) = bare.split_once('/').context("a path")?;
        let path = format!("/{path}");
        let (_, code) = path.split_once("code=").context("a code")?;
        let mut visitor = Self {
            desk: desk.parse()?,
            cookies: Vec::new(),
        };
        let fields = [
            ("code", code),
            ("office", "Офіс"),
            ("relay", relay),
            ("languages", "uk"),
            ("languages", "ru"),
            ("languages", "en"),
            ("name", "Олена Коваль"),
            ("login", "head"),
            ("password", PASSWORD),
            ("again", PASSWORD),
        ];
        let told = visitor.post(&path, "/begin", &fields)?;
        ensure!(told.status == 303, "no office: {}", told.text());
        Ok(visitor)
    }

    /// Sends a request with the visitor's cookies and keeps those that come back.
    ///
    /// # Errors
    /// Those of [`Request::send`].
    pub fn send(&mut self, request: &Request) -> anyhow::Result<Answer> {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = request.clone().header("Accept-Language", "uk");
        if !cookies.is_empty() {
            request = request.header("Cookie", &cookies.join("; "));
        }
        let answer = request.send(self.desk)?;
        for (name, value) in &answer.headers {
            if name != "set-cookie" {
                continue;
            }
            let pair = value.split(';').next().unwrap_or_default();
            let (name, value) = pair.split_once('=').context("a cookie without a value")?;
            self.cookies.retain(|(key, _)| key != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        Ok(answer)
    }

    /// Asks for a page.
    ///
    /// # Errors
    /// Those of [`Request::send`].
    pub fn get(&mut self, path: &str) -> anyhow::Result<Answer> {
        self.send(&Request::new("GET", path))
    }

    /// Sends a form with the token of the page at `from`.
    ///
    /// # Errors
    /// If that page has no token, or those of [`Request::send`].
    pub fn post(
        &mut self,
        from: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> anyhow::Result<Answer> {
        let page = self.get(from)?;
        let token = token_of(&page.text()).with_context(|| format!("{from}: {}", page.text()))?;
        let mut all = vec![("token", token.as_str())];
        all.extend_from_slice(fields);
        self.send(&Request::new("POST", path).form(&all))
    }

    /// Sends files in the field `field` with the token of the page at `path`, to the same path.
    ///
    /// # Errors
    /// If that page has no token, or those of [`Request::send`].
    pub fn upload(
        &mut self,
        path: &str,
        field: &str,
        files: &[(String, Vec<u8>)],
    ) -> anyhow::Result<Answer> {
        let page = self.get(path)?;
        let token = token_of(&page.text()).with_context(|| format!("{path}: {}", page.text()))?;
        let files: Vec<(&str, &str, &[u8])> = files
            .iter()
            .map(|(name, bytes)| (field, name.as_str(), bytes.as_slice()))
            .collect();
        self.send(&Request::new("POST", path).files(&[("token", &token)], &files))
    }

    /// Signs in an operator who has no second factor.
    ///
    /// # Errors
    /// If the desk refuses.
    pub fn sign_in(&mut self, login: &str, password: &str) -> anyhow::Result<()> {
        let answer = self.post(
            "/sign-in",
            "/sign-in",
            &[("login", login), ("password", password)],
        )?;
        ensure!(
            answer.status == 303,
            "{login} was not let in: {}",
            answer.text()
        );
        Ok(())
    }
}

/// The token that a page gives to its forms.
#[must_use]
pub fn token_of(page: &str) -> Option<String> {
    let (_, rest) = page.split_once("name=\"token\" value=\"")?;
    rest.split('"').next().map(str::to_owned)
}

/// A telephone that makes codes. The desk takes each code once, and one of the next half minute already.
pub struct Telephone {
    key: String,
    /// The half minute of the last code that was read from it.
    last: u64,
}

impl Telephone {
    /// One that was shown this key in Base32.
    #[must_use]
    pub fn new(base32: &str) -> Self {
        Self {
            key: base32.split_whitespace().collect(),
            last: 0,
        }
    }

    /// A code that has not been read before and is good now; waits for it where it must.
    ///
    /// # Errors
    /// If the key does not read.
    pub fn code(&mut self) -> anyhow::Result<String> {
        let secret =
            Secret::try_from_base32(&self.key).map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let totp = Builder::new()
            .with_secret(secret)
            .build()
            .map_err(|error| anyhow::anyhow!("{error:?}"))?;
        let now = || -> anyhow::Result<u64> {
            Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
        };
        let step = (now()? / STEP_SECONDS).max(self.last + 1);
        // At most as long as the codes before it were good.
        while now()? / STEP_SECONDS + 1 < step {
            std::thread::sleep(Duration::from_millis(200));
        }
        self.last = step;
        Ok(totp.generate(step * STEP_SECONDS).to_string())
    }
}
