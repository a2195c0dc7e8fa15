//! A real Chromium, driven through chromedriver (W3C WebDriver): pages as a person meets them.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use data_encoding::BASE64;
use serde_json::{Value, json};

use crate::{http::Request, process::Process};

/// How long chromedriver may take to start.
const START_LIMIT: Duration = Duration::from_secs(60);
/// How long something may take to appear on a page, on a loaded machine.
pub const APPEAR_LIMIT: Duration = Duration::from_secs(60);
/// How often a wait looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(50);
/// The key of an element in WebDriver's answers.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Chromium speaks to nobody but the pages under test.
const FLAGS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-default-apps",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
];

/// A running chromedriver. It ends the browsers that it started.
pub struct Driver {
    address: SocketAddr,
    folder: PathBuf,
    _process: Process,
}

/// One browser with a profile of its own: one person at a laptop.
pub struct Browser {
    driver: SocketAddr,
    session: String,
}

/// Something on a page.
pub struct Element<'a> {
    browser: &'a Browser,
    id: String,
}

impl Driver {
    /// Starts chromedriver on a free port, with its files below `folder`.
    ///
    /// # Errors
    /// If it is not installed or does not start.
    pub fn start(folder: &Path) -> anyhow::Result<Self> {
        let mut command = Command::new("/usr/bin/chromedriver");
        command.arg("--port=0").env("TMPDIR", folder);
        let mut process = Process::start(command, "chromedriver", &folder.join("logs"))?;
        let port = process.wait_for_line(
            "ChromeDriver was started successfully on port ",
            START_LIMIT,
        )?;
        let port: u16 = port
            .trim_end_matches('.')
            .parse()
            .context("chromedriver's port")?;
        Ok(Self {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            folder: folder.to_owned(),
            _process: process,
        })
    }

    /// Opens a browser that asks for pages in `language`, in a window of 1366 by 768.
    ///
    /// # Errors
    /// If Chromium does not start.
    pub fn browser(&self, language: &str) -> anyhow::Result<Browser> {
        self.browser_with(language, false)
    }

    /// As [`Driver::browser`], for a person who has looked at the fingerprint and told the browser to go on.
    ///
    /// # Errors
    /// If Chromium does not start.
    pub fn browser_that_trusts_everybody(&self, language: &str) -> anyhow::Result<Browser> {
        self.browser_with(language, true)
    }

    fn browser_with(&self, language: &str, trusts: bool) -> anyhow::Result<Browser> {
        let profile = tempfile::Builder::new()
            .prefix("profile")
            .tempdir_in(&self.folder)?
            .keep();
        let mut flags: Vec<String> = FLAGS.iter().map(|&flag| flag.to_owned()).collect();
        flags.push(format!("--user-data-dir={}", profile.display()));
        flags.push(format!("--accept-lang={language}"));
        flags.push("--window-size=1366,768".to_owned());
        let wish = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "acceptInsecureCerts": trusts,
            "goog:chromeOptions": {
                "binary": "/usr/bin/chromium",
                "args": flags,
                "prefs": { "intl.accept_languages": language },
            },
        } } });
        let answer = ask(self.address, "POST", "/session", &wish)?;
        let session = answer["sessionId"]
            .as_str()
            .context("no session")?
            .to_owned();
        let browser = Browser {
            driver: self.address,
            session,
        };
        browser.size(1366, 768)?;
        // A person's window is in front; which of several headless ones is, the browsers settle among themselves.
        let focused = json!({ "enabled": true });
        browser.devtools("Emulation.setFocusEmulationEnabled", &focused)?;
        Ok(browser)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver ends what is left when it is ended itself.
        let _ = ask(
            self.driver,
            "DELETE",
            &format!("/session/{}", self.session),
            &json!({}),
        );
    }
}

impl Browser {
    fn ask(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        ask(
            self.driver,
            method,
            &format!("/session/{}{path}", self.session),
            body,
        )
    }

    /// A command of the Chrome DevTools Protocol.
    ///
    /// # Errors
    /// If it is refused.
    pub fn devtools(&self, command: &str, parameters: &Value) -> anyhow::Result<Value> {
        self.ask(
            "POST",
            "/goog/cdp/execute",
            &json!({ "cmd": command, "params": parameters }),
        )
    }

    /// The visible part of pages, in CSS pixels.
    ///
    /// # Errors
    /// If Chromium refuses.
    pub fn size(&self, width: u32, height: u32) -> anyhow::Result<()> {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600 });
        self.devtools("Emulation.setDeviceMetricsOverride", &metrics)
            .map(drop)
    }

    /// Prefers dark or light pages.
    ///
    /// # Errors
    /// If Chromium refuses.
    pub fn prefer_dark(&self, dark: bool) -> anyhow::Result<()> {
        let value = if dark { "dark" } else { "light" };
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": value }] });
        self.devtools("Emulation.setEmulatedMedia", &features)
            .map(drop)
    }

    /// Opens an address.
    ///
    /// # Errors
    /// If it cannot be loaded.
    pub fn open(&self, address: &str) -> anyhow::Result<()> {
        self.ask("POST", "/url", &json!({ "url": address }))
            .map(drop)
    }

    /// The address of the page.
    ///
    /// # Errors
    /// If there is no page.
    pub fn address(&self) -> anyhow::Result<String> {
        let address = self.ask("GET", "/url", &Value::Null)?;
        Ok(address.as_str().unwrap_or_default().to_owned())
    }

    /// The element that this selector finds now, if there is one.
    ///
    /// # Errors
    /// If the selector is wrong.
    pub fn look(&self, selector: &str) -> anyhow::Result<Option<Element<'_>>> {
        let found = self.ask(
            "POST",
            "/elements",
            &json!({ "using": "css selector", "value": selector }),
        )?;
        let first = found.as_array().and_then(|all| all.first());
        Ok(first
            .and_then(|element| element[ELEMENT].as_str())
            .map(|id| Element {
                browser: self,
                id: id.to_owned(),
            }))
    }

    /// The element that this selector finds, as soon as it is there.
    ///
    /// # Errors
    /// If it does not appear in time; the error shows the page.
    pub fn find(&self, selector: &str) -> anyhow::Result<Element<'_>> {
        let begun = Instant::now();
        loop {
            if let Some(element) = self.look(selector)? {
                return Ok(element);
            }
            if begun.elapsed() > APPEAR_LIMIT {
                bail!(
                    "{selector} did not appear on {}\n{}",
                    self.address()?,
                    self.text()?
                );
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// Waits until the page is another than it was when `act` began, and loaded.
    ///
    /// # Errors
    /// If it stays.
    pub fn leave(&self, act: impl FnOnce(&Self) -> anyhow::Result<()>) -> anyhow::Result<()> {
        self.run("document.documentElement.dataset.left = 'no'", &[])?;
        act(self)?;
        let begun = Instant::now();
        loop {
            let is_new = self.run(
                "return document.readyState === 'complete' && document.documentElement.dataset.left !== 'no'",
                &[],
            );
            // Between two pages there is none that a script could run on.
            if matches!(is_new, Ok(Value::Bool(true))) {
                return Ok(());
            }
            if begun.elapsed() > APPEAR_LIMIT {
                bail!("the page stayed {}\n{}", self.address()?, self.text()?);
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// Waits until the page shows `text`.
    ///
    /// # Errors
    /// If it does not in time; the error shows what it shows instead.
    pub fn wait_for(&self, text: &str) -> anyhow::Result<()> {
        let begun = Instant::now();
        loop {
            let shown = self.text().unwrap_or_default();
            if shown.contains(text) {
                return Ok(());
            }
            if begun.elapsed() > APPEAR_LIMIT {
                bail!("{text:?} did not appear on {}\n{shown}", self.address()?);
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// What a person can read on the page.
    ///
    /// # Errors
    /// If there is no page.
    pub fn text(&self) -> anyhow::Result<String> {
        let text = self.run("return document.body.innerText", &[])?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// Runs a script in the page: the body of a function.
    ///
    /// # Errors
    /// If it throws.
    pub fn run(&self, script: &str, arguments: &[Value]) -> anyhow::Result<Value> {
        self.ask(
            "POST",
            "/execute/sync",
            &json!({ "script": script, "args": arguments }),
        )
    }

    /// Runs a script that calls its last argument when it is done.
    ///
    /// # Errors
    /// If it throws or takes too long.
    pub fn run_to_end(&self, script: &str, arguments: &[Value]) -> anyhow::Result<Value> {
        self.ask(
            "POST",
            "/execute/async",
            &json!({ "script": script, "args": arguments }),
        )
    }

    /// Types keys at whatever has the focus, as a keyboard does.
    ///
    /// # Errors
    /// If Chromium refuses.
    pub fn keys(&self, keys: &str) -> anyhow::Result<()> {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                let key = key.to_string();
                [
                    json!({ "type": "keyDown", "value": key }),
                    json!({ "type": "keyUp", "value": key }),
                ]
            })
            .collect();
        let actions =
            json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] });
        self.ask("POST", "/actions", &actions).map(drop)
    }

    /// Presses a key while a modifier is held.
    ///
    /// # Errors
    /// If Chromium refuses.
    pub fn chord(&self, modifier: &str, key: &str) -> anyhow::Result<()> {
        let stroke = |kind: &str, value: &str| json!({ "type": kind, "value": value });
        let strokes = [
            stroke("keyDown", modifier),
            stroke("keyDown", key),
            stroke("keyUp", key),
            stroke("keyUp", modifier),
        ];
        let actions =
            json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": strokes }] });
        self.ask("POST", "/actions", &actions).map(drop)
    }

    /// The bytes of a document that a link of the page leads to, fetched as the page's own visitor.
    ///
    /// # Errors
    /// If it is not given.
    pub fn fetch(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        self.ask_for(path, &json!({ "method": "GET" }))
    }

    /// As [`Browser::fetch`], of a form without fields.
    ///
    /// # Errors
    /// If it is not given.
    pub fn post(&self, path: &str) -> anyhow::Result<Vec<u8>> {
        self.ask_for(path, &json!({ "method": "POST" }))
    }

    fn ask_for(&self, path: &str, wish: &Value) -> anyhow::Result<Vec<u8>> {
        let told = self.run_to_end(
            "const [path, wish, done] = arguments;
             (async () => {
               const token = document.querySelector('input[name=token]')?.value || '';
               const answer = await fetch(path, { ...wish, headers: { 'x-desk-token': token } });
               if (!answer.ok) return [answer.status, ''];
               const bytes = new Uint8Array(await answer.arrayBuffer());
               let text = '';
               for (let at = 0; at < bytes.length; at += 32768) {
                 text += String.fromCharCode(...bytes.subarray(at, at + 32768));
               }
               return [answer.status, btoa(text)];
             })().then(done, (error) => done([0, String(error)]));",
            &[path.into(), wish.clone()],
        )?;
        let text = told[1].as_str().unwrap_or_default();
        if told[0] != 200 {
            bail!("{path}: {} {text}", told[0]);
        }
        Ok(BASE64.decode(text.as_bytes())?)
    }

    /// A picture of the whole page as PNG, however long it is.
    ///
    /// # Errors
    /// If Chromium refuses.
    pub fn screenshot(&self) -> anyhow::Result<Vec<u8>> {
        let wish = json!({ "format": "png", "captureBeyondViewport": true });
        let shot = self.devtools("Page.captureScreenshot", &wish)?;
        let text = shot["data"].as_str().context("no picture")?;
        Ok(BASE64.decode(text.as_bytes())?)
    }

    /// Checks the page with axe (WCAG 2.2 A and AA); one line for everything that is wrong.
    ///
    /// # Errors
    /// If axe cannot be run.
    pub fn faults(&self) -> anyhow::Result<Vec<String>> {
        let axe = std::fs::read_to_string(crate::root().join("tests/vendor/axe-core/axe.min.js"))?;
        self.run(&axe, &[])?;
        let found = self.run_to_end(
            "const done = arguments[arguments.length - 1];
             const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
             axe.run(document, { runOnly: { type: 'tag', values: tags } }).then(
               (result) => done(result.violations.map((it) => `${it.id}: ${it.help}: `
                 + it.nodes.map((node) => node.target.join(' ') + ' ' + (node.any[0]?.message || '')).join(' | '))),
               (error) => done([String(error)]));",
            &[],
        )?;
        let lines = found.as_array().context("axe told nothing")?;
        Ok(lines
            .iter()
            .map(|line| line.as_str().unwrap_or_default().to_owned())
            .collect())
    }
}

impl Element<'_> {
    fn ask(&self, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.browser
            .ask(method, &format!("/element/{}{path}", self.id), body)
    }

    /// Clicks it.
    ///
    /// # Errors
    /// If it cannot be clicked: covered, hidden, gone.
    pub fn click(&self) -> anyhow::Result<()> {
        self.ask("POST", "/click", &json!({})).map(drop)
    }

    /// Types into it; of a file field: the path of a file.
    ///
    /// # Errors
    /// If it takes no text.
    pub fn send(&self, text: &str) -> anyhow::Result<()> {
        self.ask("POST", "/value", &json!({ "text": text }))
            .map(drop)
    }

    /// Empties it and types into it.
    ///
    /// # Errors
    /// If it takes no text.
    pub fn fill(&self, text: &str) -> anyhow::Result<()> {
        self.ask("POST", "/clear", &json!({}))?;
        self.send(text)
    }

    /// What it shows.
    ///
    /// # Errors
    /// If it is gone.
    pub fn text(&self) -> anyhow::Result<String> {
        let text = self.ask("GET", "/text", &Value::Null)?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }

    /// A property of it, such as `value`.
    ///
    /// # Errors
    /// If it is gone.
    pub fn property(&self, name: &str) -> anyhow::Result<String> {
        let value = self.ask("GET", &format!("/property/{name}"), &Value::Null)?;
        Ok(value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned))
    }
}

fn ask(driver: SocketAddr, method: &str, path: &str, body: &Value) -> anyhow::Result<Value> {
    let mut request = Request::new(method, path);
    if method == "POST" {
        request = request.body("application/json; charset=utf-8", body.to_string());
    }
    let answer = request.send(driver)?;
    let told: Value = serde_json::from_slice(&answer.body)
        .with_context(|| format!("{method} {path}: {}", answer.text()))?;
    if answer.status != 200 {
        bail!(
            "{method} {path}: {} {}",
            told["value"]["error"],
            told["value"]["message"]
        );
    }
    Ok(told["value"].clone())
}
