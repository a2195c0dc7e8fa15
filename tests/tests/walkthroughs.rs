//! Walks through the documents as a reader would: every line of every shell block is run, in order, with the real programs and
//! a real relay, in a scratch folder. What a reader has to put in (`ADDRESS`, `CARD`) is taken from what earlier lines showed.
//!
//! Lines that a test must not run are excused one by one, each with its reason; a line that is neither run nor excused fails,
//! and so does an excuse that nobody needs.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::{
    collections::BTreeMap,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use tempfile::TempDir;
use tidings_protocol::time::UnixTime;
use tidings_tests::{
    binary,
    cli::PASSPHRASE,
    desk::Visitor,
    process::Process,
    root,
    terminal::{CTRL_D, Terminal},
};

const LIMIT: Duration = Duration::from_secs(120);
const BACKUP_PASSPHRASE: &str = "слово, яке має лише копія";

/// Lines that are not run, and why.
const EXCUSED: [(&str, &str); 11] = [
    (
        "cargo build --bins",
        "the test itself was built by cargo, and so were the programs",
    ),
    (
        "cargo build -p tidings-desk",
        "the test itself was built by cargo, and so were the programs",
    ),
    (
        "export PATH=\"$PWD/target/debug:$PATH\"",
        "the programs may be built in another folder, which is on the path here already",
    ),
    (
        "cargo install --path relay",
        "installs for the user who runs the test; `programs_install_from_their_folders` checks the package",
    ),
    (
        "tidings-relay run --data /var/lib/tidings --site /var/www/organisation --public relay.example.org:443",
        "the relay runs already; its own tests give it pages",
    ),
    (
        "tidings-relay run --data /var/lib/tidings --certificate /etc/letsencrypt/live/relay.example.org/fullchain.pem --certificate-key /etc/letsencrypt/live/relay.example.org/privkey.pem",
        "no public authority signs for a test; the relay's own tests give it certificates",
    ),
    (
        "systemctl daemon-reload",
        "there is no systemd to ask in a test",
    ),
    (
        "systemctl enable --now tidings-relay",
        "there is no systemd to ask in a test; the relay runs already",
    ),
    (
        "cargo install --path client/desk",
        "installs for the user who runs the test; `programs_install_from_their_folders` checks the package",
    ),
    (
        "systemd-creds encrypt --name=tidings-passphrase - /etc/credstore.encrypted/tidings-passphrase",
        "there is no systemd to ask in a test; the desk's own tests give it a credential",
    ),
    (
        "systemctl enable --now tidings-desk",
        "there is no systemd to ask in a test; the desk runs already",
    ),
];

/// Lines of the shell blocks of a document, joined at backslashes, without comments.
fn shell_lines(document: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(document)).unwrap();
    let (mut lines, mut joined, mut inside) = (Vec::new(), String::new(), false);
    for line in text.lines() {
        if let Some(kind) = line.trim_start().strip_prefix("```") {
            inside = !inside && matches!(kind.trim(), "sh" | "bash" | "console");
            continue;
        }
        if !inside {
            // The next blocks are typed where the text says, in the environment that is there.
            if let Some((_, after)) = line.split_once("**Terminal ") {
                let number = after.split([',', '.', '*']).next().unwrap_or_default();
                lines.push(format!("terminal {number}"));
            }
            continue;
        }
        let line = line.trim().trim_start_matches("$ ");
        let line = line.split(" # ").next().unwrap_or_default().trim();
        if let Some(part) = line.strip_suffix('\\') {
            joined.push_str(part);
            continue;
        }
        let whole = std::mem::take(&mut joined) + line;
        if !whole.is_empty() && !whole.starts_with('#') {
            lines.push(whole);
        }
    }
    assert!(joined.is_empty(), "{document} ends in the middle of a line");
    lines
}

/// A reader with a terminal.
struct Reader {
    document: &'static str,
    scratch: TempDir,
    /// Variables that were exported, in each terminal.
    environments: BTreeMap<String, BTreeMap<String, String>>,
    terminal: String,
    /// What stands in the documents for something that an earlier line showed.
    known: BTreeMap<&'static str, String>,
    relay: Option<Process>,
    relay_line: Option<String>,
    desk: Option<Process>,
    desk_line: Option<String>,
    run: u32,
}

impl Reader {
    fn new(document: &'static str) -> Self {
        let scratch = tempfile::tempdir().unwrap();
        // A reader has these places: a stick that is put in, a folder for services.
        for folder in ["media/safe", "var/lib", "tmp"] {
            fs::create_dir_all(scratch.path().join(folder)).unwrap();
        }
        Self {
            document,
            scratch,
            environments: BTreeMap::new(),
            terminal: String::new(),
            known: BTreeMap::new(),
            relay: None,
            relay_line: None,
            desk: None,
            desk_line: None,
            run: 0,
        }
    }

    /// Walks through the whole document; gives the lines that were excused.
    fn walk(&mut self) -> Vec<&'static str> {
        let mut excused = Vec::new();
        for line in shell_lines(self.document) {
            if let Some((line, _)) = EXCUSED.iter().find(|(known, _)| *known == line) {
                excused.push(*line);
            } else {
                self.follow(&line);
            }
        }
        excused
    }

    fn follow(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["export", assignment] => {
                let (name, value) = assignment.split_once('=').unwrap();
                let value = self.in_scratch(value);
                let terminal = self.environments.entry(self.terminal.clone()).or_default();
                terminal.insert(name.to_owned(), value);
            }
            ["terminal", number] => self.terminal = (*number).to_owned(),
            ["cargo", "xtask", rest @ ..] => {
                xtask_takes(rest).unwrap_or_else(|why| panic!("{}: `{line}`: {why}", self.document))
            }
            ["tidings-relay", "run", ..] => self.start_relay(line),
            ["systemctl", "stop", "tidings-relay"] => self.stop_relay(),
            ["systemctl", "start", "tidings-relay"] => {
                let line = self.relay_line.clone().expect("a relay was started before");
                self.start_relay(&line);
            }
            ["tidings", "write", ..] => self.write_a_letter(line),
            ["tidings-desk", "run", ..] => self.start_desk(line),
            ["systemctl", "stop", "tidings-desk"] => self.stop_desk(),
            ["systemctl", "start", "tidings-desk"] => {
                let line = self.desk_line.clone().expect("a desk was started before");
                self.start_desk(&line);
            }
            ["tidings" | "tidings-relay" | "tidings-desk" | "mv", ..] => self.type_in(line),
            _ => panic!(
                "{}: `{line}` is neither run here nor excused with a reason",
                self.document
            ),
        }
    }

    /// A line whose folders lie in the scratch folder and whose stand-ins are filled in.
    fn in_scratch(&self, line: &str) -> String {
        let scratch = self.scratch.path().display();
        let mut line = line.to_owned();
        for folder in ["/tmp/", "/var/lib/", "/media/safe"] {
            line = line.replace(folder, &format!("{scratch}{folder}"));
        }
        for (stand_in, value) in &self.known {
            line = line.replace(&format!("\"{stand_in}\""), &format!("'{value}'"));
        }
        for stand_in in ["\"ADDRESS\"", "\"CARD\"", "…"] {
            assert!(
                !line.contains(stand_in),
                "{}: `{line}`: nothing before shows what {stand_in} is",
                self.document
            );
        }
        line
    }

    /// A line with what it reads, in the environment of its terminal.
    fn command(&self, line: &str) -> Command {
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("exec {line}")])
            .current_dir(root())
            .env("PATH", path())
            .env("LC_ALL", "C.UTF-8")
            .env("TIDINGS_PASSPHRASE", PASSPHRASE)
            .env("TIDINGS_BACKUP_PASSPHRASE", BACKUP_PASSPHRASE)
            .env_remove("TIDINGS_HOME")
            .envs(self.environments.get(&self.terminal).into_iter().flatten());
        command
    }

    /// Types a line that asks for a name and a letter, and answers.
    fn write_a_letter(&mut self, line: &str) {
        self.run += 1;
        let command = self.command(&self.in_scratch(line));
        let mut terminal = Terminal::start(command).unwrap();
        terminal.wait_for("Full name of the captive").unwrap();
        terminal.type_line("Taras Kovalenko").unwrap();
        terminal.wait_for("Write your letter").unwrap();
        terminal.type_line("The apple tree is in bloom.").unwrap();
        terminal.press(CTRL_D).unwrap();
        let status = terminal.wait().unwrap();
        let shown = terminal.shown();
        assert!(status.success(), "{}: `{line}`\n{shown}", self.document);
        assert!(shown.contains("is at the relay"), "{shown}");
    }

    fn start(&mut self, line: &str, name: &str) -> Process {
        let stdin = self.scratch.path().join("typed");
        // What a reader answers to the questions of the programs.
        fs::write(&stdin, "yes\n").unwrap();
        let command = self.command(&format!("{line} < '{}'", stdin.display()));
        Process::start(command, name, &self.scratch.path().join("logs")).unwrap()
    }

    /// Types a line, waits for its end, and looks at what it showed.
    fn type_in(&mut self, line: &str) {
        self.run += 1;
        let filled = self.in_scratch(line);
        let name = format!("line-{:02}", self.run);
        let mut process = self.start(&filled, &name);
        let status = process.wait(LIMIT).unwrap();
        assert!(
            status.success(),
            "{}: `{line}` ended with {status}\n{}",
            self.document,
            process.output()
        );
        let shown = fs::read_to_string(process.stdout()).unwrap();
        if let Some(card) = shown.lines().find(|line| line.starts_with("tidings:card/")) {
            self.known.insert("CARD", card.to_owned());
        }
    }

    /// Starts a relay on a free port instead of the one that the document names.
    fn start_relay(&mut self, line: &str) {
        assert!(self.relay.is_none(), "{line}: a relay runs already");
        let listen = line.split("--listen ").nth(1).expect("--listen");
        let listen = listen.split(' ').next().unwrap().trim_matches('\'');
        let host = listen.rsplit_once(':').unwrap().0;
        let filled = self.in_scratch(line).replace(listen, &format!("{host}:0"));
        let mut process = self.start(&filled, "relay");
        let address = process.wait_for_line("ready ", LIMIT).unwrap();
        self.known.insert("ADDRESS", address);
        self.relay = Some(process);
        self.relay_line = Some(line.to_owned());
    }

    fn stop_relay(&mut self) {
        let mut relay = self.relay.take().expect("a relay runs");
        relay.terminate().unwrap();
        assert!(relay.wait(LIMIT).unwrap().success(), "{}", relay.output());
    }

    /// Starts a desk on a free port, of the loopback or of every address, and makes the office if there is none yet: what the
    /// text says to do in a browser. Another one that runs is stopped before, as with Ctrl-C.
    fn start_desk(&mut self, line: &str) {
        self.stop_desk();
        let home = line.split("--home ").nth(1).expect("--home");
        let home = self.in_scratch(home.split(' ').next().unwrap());
        let is_new = !Path::new(&home).join("desk.json").exists();
        let filled = match line.split_once("--listen ") {
            Some((before, after)) => {
                let rest = after.split_once(' ').map_or("", |(_, rest)| rest);
                let is_loopback = after.starts_with("127.");
                let listen = if is_loopback {
                    "127.0.0.1:0"
                } else {
                    "0.0.0.0:0"
                };
                format!("{before}--listen {listen} {rest}")
            }
            None => line.to_owned(),
        };
        let filled = self.in_scratch(&filled);
        let mut process = self.start(&filled, "desk");
        let address = process.wait_for_line("ready ", LIMIT).unwrap();
        if is_new {
            let relay = self.known.get("ADDRESS").expect("a relay runs");
            Visitor::found(&address, relay).unwrap();
        }
        self.run += 1;
        self.desk = Some(process);
        self.desk_line = Some(line.to_owned());
    }

    fn stop_desk(&mut self) {
        if let Some(mut desk) = self.desk.take() {
            desk.terminate().unwrap();
            assert!(desk.wait(LIMIT).unwrap().success(), "{}", desk.output());
        }
    }

    fn saved(&self, folder: &str) -> Vec<PathBuf> {
        let folder = self.scratch.path().join(folder);
        fs::read_dir(&folder)
            .unwrap_or_else(|why| panic!("{}: {why}", folder.display()))
            .map(|entry| entry.unwrap().path())
            .collect()
    }
}

/// The path with our programs at its head.
fn path() -> OsString {
    let own = binary::find("tidings").unwrap();
    let others = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(own.parent().unwrap().to_owned())
        .chain(std::env::split_paths(&others).collect::<Vec<_>>());
    std::env::join_paths(folders).unwrap()
}

/// Whether `cargo xtask WORDS` is one of its verbs with words that its help has for it.
fn xtask_takes(words: &[&str]) -> Result<(), String> {
    let output = Command::new(binary::find("xtask").unwrap())
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    let [verb, rest @ ..] = words else {
        return Ok(());
    };
    // The entry of a verb goes on in indented lines.
    let mut entry = String::new();
    for line in help.lines() {
        let is_entry = line.starts_with(&format!("  {verb} "));
        if is_entry || (!entry.is_empty() && line.starts_with("     ")) {
            entry.push_str(line);
        } else if !entry.is_empty() {
            break;
        }
    }
    if entry.is_empty() {
        return Err(format!("xtask has no verb {verb}"));
    }
    let known: Vec<&str> = entry
        .split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '_'))
        .collect();
    match rest.iter().find(|word| !known.contains(word)) {
        Some(word) => Err(format!("its help does not name {word}: {entry}")),
        None => Ok(()),
    }
}

/// The README's first letter: what it promises lies in the folders that it names.
#[test]
fn the_readme_sends_a_photo_and_brings_a_reply() {
    let mut reader = Reader::new("README.md");
    reader.walk();
    let has = |folder: &str, part: &str| {
        let saved = reader.saved(folder);
        let found = saved
            .iter()
            .any(|path| path.display().to_string().contains(part));
        assert!(found, "no {part} in {saved:?}");
    };
    has("tmp/letters", "photo.jpg");
    has("tmp/replies", "scan");
    reader.stop_relay();
}

/// What an operator types, from the first start to a check, leaves a relay that is sound and whose root lies elsewhere.
#[test]
fn the_operators_guide_is_followed() {
    let mut reader = Reader::new("docs/OPERATING.md");
    reader.walk();
    let scratch = reader.scratch.path();
    assert!(scratch.join("media/safe/root.key").is_file());
    assert!(!scratch.join("var/lib/tidings/root.key").exists());
    // The desk moved to another folder, and opens there under the backup's passphrase alone.
    let moved = scratch.join("var/lib/tidings-desk-new");
    let open = |passphrase: &str| {
        let passphrase = passphrase.to_owned().into();
        tidings_desk::Desk::open(&moved, &passphrase, UnixTime(1_800_000_000))
    };
    assert!(matches!(
        open(PASSPHRASE),
        Err(tidings_desk::Error::WrongPassphrase)
    ));
    assert!(open(BACKUP_PASSPHRASE).is_ok());
    assert!(reader.run >= 10, "only {} lines were run", reader.run);
}

#[test]
fn what_contributors_and_testers_type_is_there() {
    for document in ["CONTRIBUTING.md", "docs/BENCHMARKS.md"] {
        Reader::new(document).walk();
    }
}

/// No document has shell lines that the tests above do not walk through.
#[test]
fn no_document_is_left_out() {
    let walked = [
        "README.md",
        "docs/OPERATING.md",
        "CONTRIBUTING.md",
        "docs/BENCHMARKS.md",
    ];
    let list = Command::new("git")
        .args(["ls-files", "*.md"])
        .current_dir(root())
        .output()
        .unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let documents: Vec<&str> = list.lines().collect();
    assert!(documents.contains(&"README.md"), "{documents:?}");
    for document in documents {
        let is_walked = walked.contains(&document);
        assert!(
            is_walked || !Path::new(document).exists() || shell_lines(document).is_empty(),
            "{document} has shell lines that nobody runs"
        );
    }
}

#[test]
fn no_excuse_is_left_over() {
    let lines: Vec<String> = [
        "README.md",
        "docs/OPERATING.md",
        "CONTRIBUTING.md",
        "docs/BENCHMARKS.md",
    ]
    .into_iter()
    .flat_map(shell_lines)
    .collect();
    for (line, reason) in EXCUSED {
        assert!(
            lines.iter().any(|other| other == line),
            "`{line}` stands in no document: {reason}"
        );
    }
}

#[test]
fn programs_install_from_their_folders() {
    for (folder, name) in [("relay", "tidings-relay"), ("client/desk", "tidings-desk")] {
        let package = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        assert!(package.contains(&format!("name = \"{name}\"")));
        assert!(root().join(folder).join("src/main.rs").is_file());
    }
}

#[test]
fn the_reader_reads() {
    assert!(xtask_takes(&["bench", "deposits"]).is_ok());
    assert!(xtask_takes(&["bench", "everything"]).is_err());
    assert!(xtask_takes(&["dance"]).is_err());
    let lines = shell_lines("README.md");
    assert!(lines.contains(&"cargo xtask demo".to_owned()), "{lines:?}");
}
