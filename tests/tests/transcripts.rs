//! What the command line says, word for word, in three languages: `tests/transcripts/LANGUAGE/*.trycmd`, run with the real
//! `tidings` and a real relay.
//!
//! A transcript runs in a folder of its own, in which an office has been set up: its account `office`, its card file
//! `office.tidings-card`. Stand-ins for what is new in every run: `[ADDRESS]` of the relay, `[AWAY]` of one that cannot be reached,
//! `[CARD]` of the office, `[TODAY]`, `[FOUR]` and `[LAST]` for the two rows of its check words, `[FIXTURES]` for the folder of
//! pictures. `TRYCMD=overwrite` writes the transcripts anew, for somebody to read what changed.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::{
    fs,
    net::UdpSocket,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use encoding_rs::{KOI8_U, WINDOWS_1251, WINDOWS_1252};
use serde_json::Value;
use tidings_tests::{
    binary,
    cli::{Cli, PASSPHRASE},
    fixture,
    relay::Relay,
    root,
};

/// How long one command may take on a loaded machine, with the key stretching of the vault.
const LIMIT: Duration = Duration::from_secs(120);

#[test]
fn ukrainian() {
    run("uk", "uk_UA.UTF-8", &transcripts("uk"), Away::Refuses);
}

#[test]
fn russian() {
    run("ru", "ru_RU.UTF-8", &transcripts("ru"), Away::Refuses);
}

#[test]
fn english() {
    run("en", "en_GB.UTF-8", &transcripts("en"), Away::Refuses);
}

/// Every command waits as long as it does for a relay that says nothing, 10 seconds: three round trips with large keys on a mobile
/// network that loses packets. One language shows that this says the same as a relay that refuses.
#[test]
fn english_out_of_reach() {
    let mut paths = transcripts("en");
    paths.retain(|path| path.ends_with("unreached.trycmd"));
    assert_eq!(paths.len(), 1);
    run("en", "en_GB.UTF-8", &paths, Away::IsSilent);
}

/// The same commands are shown in every language: a text that one of them lacks would not be missed otherwise.
#[test]
fn every_language_has_the_same_transcripts() {
    let shape = |language: &str| -> Vec<(String, Vec<String>)> {
        transcripts(language)
            .into_iter()
            .map(|path| {
                let text = fs::read_to_string(&path).unwrap();
                // Names and texts stand in quotation marks and differ; options and commands do not.
                let commands = commands(&text)
                    .map(|line| line.split('"').step_by(2).collect::<Vec<_>>().join("\"\""));
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                (name, commands.collect())
            })
            .collect()
    };
    let english = shape("en");
    assert!(english.len() >= 6, "{english:?}");
    assert_eq!(shape("uk"), english);
    assert_eq!(shape("ru"), english);
}

/// A watch ends by being told to, says what came, and has not failed.
#[test]
fn a_watch_says_what_came_when_it_is_stopped() {
    let place = tempfile::tempdir().unwrap();
    let relay = Relay::start(place.path()).unwrap();
    let address = relay.address().to_string();
    let room = Room::prepare(place.path(), "watch", "en", &address, Away::IsSilent);
    let inside = place.path().join("watch.in");
    let office = Cli::new(&inside, "office");
    let family = Cli::new(&inside, "family").language("uk");
    family
        .json(&["init", "--name", "Олена", "--relay", &address])
        .unwrap();
    family
        .json(&["contact", "add", room.value("[CARD]"), "--name", "office"])
        .unwrap();

    let mut watch = office.spawn(&["collect", "--watch"]).unwrap();
    watch.wait_for_line("Waiting for letters", LIMIT).unwrap();
    let text = inside.join("letter.txt");
    let words = ["write", "--to", "office", "--yes", "--text"];
    family
        .json(&[&words[..], &[text.to_str().unwrap()]].concat())
        .unwrap();
    watch.wait_for_line("One new letter:", LIMIT).unwrap();
    watch
        .wait_for_line("Олена writes for the first time", LIMIT)
        .unwrap();
    watch.terminate().unwrap();
    let status = watch.wait(LIMIT).unwrap();
    assert_eq!(status.code(), Some(0), "{}", watch.output());
    let shown = fs::read_to_string(watch.stdout()).unwrap();
    let last = shown.lines().last().unwrap();
    assert_eq!(
        last,
        "Stopped after 0 h 00 min. One letter and no notices came."
    );

    let mut watch = family.spawn(&["--json", "collect", "--watch"]).unwrap();
    watch.wait_for_line("{\"contacts\"", LIMIT).unwrap();
    watch.signal(rustix::process::Signal::INT).unwrap();
    let status = watch.wait(LIMIT).unwrap();
    assert_eq!(status.code(), Some(0), "{}", watch.output());
    let shown = fs::read_to_string(watch.stdout()).unwrap();
    let last: Value = serde_json::from_str(shown.lines().last().unwrap()).unwrap();
    assert_eq!(last["stopped"], true, "{shown}");
    relay.stop().unwrap();
}

fn run(language: &'static str, locale: &str, paths: &[PathBuf], away: Away) {
    keep_clear_of_midnight();
    let place = tempfile::tempdir().unwrap();
    let relay = Relay::start(place.path()).unwrap();
    let address = relay.address().to_string();
    let mut originals = Vec::new();
    for path in paths {
        // One room per transcript: they run at the same time.
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let room = Room::prepare(&place.path().join(&name), &name, language, &address, away);
        let text = fs::read_to_string(path).unwrap();
        let programs = commands(&text).map(|line| {
            let mut words = line.split_whitespace().skip(1);
            // Assignments stand before the program.
            words.find(|word| !word.contains('=')).unwrap()
        });
        // A program that is not registered would be passed over in silence.
        for program in programs {
            assert_eq!(program, "tidings", "{}", path.display());
        }
        fs::write(&room.transcript, room.filled_in(&text)).unwrap();
        let cases = trycmd::TestCases::new();
        cases
            .register_bin("tidings", binary::find("tidings").unwrap())
            .timeout(LIMIT)
            .env("LC_ALL", locale)
            .env("COLUMNS", "100")
            .case(&room.transcript);
        for (stand_in, value) in &room.stand_ins {
            cases.insert_var(stand_in, value.clone()).unwrap();
        }
        originals.push((path, room, cases));
    }
    for (path, room, cases) in originals {
        cases.run();
        if std::env::var_os("TRYCMD").is_some_and(|mode| mode == "overwrite") {
            let written = fs::read_to_string(&room.transcript).unwrap();
            fs::write(path, room.taken_out(&written)).unwrap();
        }
    }
    relay.stop().unwrap();
}

fn transcripts(language: &str) -> Vec<PathBuf> {
    let folder = root().join("tests/transcripts").join(language);
    let mut paths: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "trycmd"))
        .collect();
    paths.sort();
    paths
}

/// The lines of a transcript that are typed.
fn commands(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| line.starts_with("$ "))
}

/// Why nobody can be reached at `[AWAY]`.
#[derive(Clone, Copy)]
enum Away {
    /// Nobody answers.
    IsSilent,
    /// Whoever answers speaks no version of QUIC that we speak: a client knows it at once.
    Refuses,
}

/// Answers every first packet of a client by naming a version that nobody speaks (RFC 9000, sections 6.1 and 15), until none has come
/// for long.
fn refuse(socket: UdpSocket) {
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    thread::spawn(move || {
        let mut packet = [0; 2_048];
        while let Ok((length, client)) = socket.recv_from(&mut packet) {
            if let Some(answer) = version_negotiation(&packet[..length]) {
                socket.send_to(&answer, client).unwrap();
            }
        }
    });
}

/// The answer to a packet with a long header (RFC 9000, section 17.2): its two connection ids the other way round.
fn version_negotiation(packet: &[u8]) -> Option<Vec<u8>> {
    const NOBODYS_VERSION: [u8; 4] = [0x1a, 0x2a, 0x3a, 0x4a];
    let (&length, ids) = packet.get(5..)?.split_first()?;
    let (to, ids) = ids.split_at_checked(length.into())?;
    let (&length, ids) = ids.split_first()?;
    let from = ids.get(..length.into())?;
    let mut answer = vec![0xc0, 0, 0, 0, 0];
    for id in [from, to] {
        answer.push(u8::try_from(id.len()).ok()?);
        answer.extend(id);
    }
    answer.extend(NOBODYS_VERSION);
    Some(answer)
}

/// Where one transcript runs.
struct Room {
    transcript: PathBuf,
    stand_ins: Vec<(&'static str, String)>,
    _away: UdpSocket,
}

impl Room {
    /// A folder with an office in it and the files that the transcripts name.
    fn prepare(
        folder: &Path,
        name: &str,
        language: &'static str,
        address: &str,
        away: Away,
    ) -> Self {
        let inside = folder.join(format!("{name}.in"));
        fs::create_dir_all(&inside).unwrap();
        let office = Cli::new(&inside, "office").language(language);
        let office_name = match language {
            "uk" => "Бюро «Місток»",
            "ru" => "Бюро «Мостик»",
            _ => "Letters Office",
        };
        office
            .json(&["init", "--name", office_name, "--relay", address])
            .unwrap();
        let file = inside.join("office.tidings-card");
        let card = office
            .json(&["card", "--office", "--file", file.to_str().unwrap()])
            .unwrap();
        fs::write(inside.join("empty.tidings-card"), "").unwrap();
        fs::write(inside.join("noise.tidings-card"), "no card at all").unwrap();
        fs::write(inside.join("letter.txt"), letter(language)).unwrap();
        fs::write(inside.join("latin-1.txt"), b"\xe9t\xe9").unwrap();
        write_old_files(&inside, language);
        fs::create_dir(inside.join("folder")).unwrap();
        fs::create_dir(inside.join("open")).unwrap();
        for (name, mode) in [
            ("passphrase", 0o600),
            ("letter.txt", 0o644),
            ("open", 0o777),
        ] {
            let mode = fs::Permissions::from_mode(mode);
            fs::set_permissions(inside.join(name), mode).unwrap();
        }
        // Nobody else can be put there as long as this is held.
        let nobody = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = nobody.local_addr().unwrap().port();
        if matches!(away, Away::Refuses) {
            refuse(nobody.try_clone().unwrap());
        }
        let (host, fingerprint) = address.rsplit_once("/#").unwrap();
        let host = host.rsplit_once(':').unwrap().0;
        let rows = rows(&card["words"][language]);
        Self {
            transcript: folder.join(format!("{name}.trycmd")),
            stand_ins: vec![
                ("[ADDRESS]", address.to_owned()),
                ("[AWAY]", format!("{host}:{port}/#{fingerprint}")),
                ("[CARD]", card["card"].as_str().unwrap().to_owned()),
                ("[FOUR]", rows[0].clone()),
                ("[LAST]", rows[1].clone()),
                ("[TODAY]", today(language)),
                ("[FIXTURES]", fixture("pictures").display().to_string()),
            ],
            _away: nobody,
        }
    }

    fn value(&self, stand_in: &str) -> &str {
        let found = self.stand_ins.iter().find(|(name, _)| *name == stand_in);
        &found.unwrap().1
    }

    /// A transcript whose typed lines hold what the stand-ins stand for.
    fn filled_in(&self, text: &str) -> String {
        text.split_inclusive('\n')
            .map(|line| {
                let Some(typed) = line.strip_prefix("$ ") else {
                    return line.to_owned();
                };
                // A transcript may bring its own; what trycmd is given for all cases would win over it.
                let prefix = if typed.starts_with("TIDINGS_PASSPHRASE=") {
                    String::new()
                } else {
                    passphrase()
                };
                let start = format!("$ {prefix}{typed}");
                self.stand_ins
                    .iter()
                    .fold(start, |line, (stand_in, value)| {
                        line.replace(stand_in, value)
                    })
            })
            .collect()
    }

    fn taken_out(&self, text: &str) -> String {
        self.stand_ins.iter().fold(
            text.replace(&passphrase(), ""),
            |text, (stand_in, value)| text.replace(value.as_str(), stand_in),
        )
    }
}

/// The passphrase, as it stands before a command.
fn passphrase() -> String {
    format!("'TIDINGS_PASSPHRASE={PASSPHRASE}' ")
}

/// Files as old programs wrote them, and small secrets.
fn write_old_files(inside: &Path, language: &str) {
    let (old, captive) = match language {
        "uk" => (
            WINDOWS_1251.encode("Тарасику, у нас усе гаразд.\r\nЯблуня зацвіла.\r\n"),
            "Тарас Коваленко",
        ),
        "ru" => (
            KOI8_U.encode("Андрюша, у нас всё хорошо.\nЯблоня зацвела.\n"),
            "Андрей Ковалёв",
        ),
        _ => (
            WINDOWS_1252.encode("Dear Tom, we’re all well.\r\nThe apple tree’s in bloom.\r\n"),
            "Thomas Walker",
        ),
    };
    let (bytes, _, is_lost) = old;
    assert!(!is_lost, "{language}");
    fs::write(inside.join("old.txt"), bytes).unwrap();
    let wide = format!("\u{feff}{}", letter(language));
    let wide: Vec<u8> = wide.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(inside.join("utf-16.txt"), wide).unwrap();
    fs::write(inside.join("captive.txt"), format!("{captive}\n")).unwrap();
    fs::write(inside.join("passphrase"), PASSPHRASE).unwrap();
    let empty = inside.join("empty-passphrase");
    fs::write(&empty, "\nin the second line\n").unwrap();
    let new = inside.join("new-passphrase");
    fs::write(&new, "five words drawn by lot\n").unwrap();
    let short = inside.join("short-passphrase");
    fs::write(&short, "сімлітр\n").unwrap();
    for secret in [empty, new, short] {
        fs::set_permissions(secret, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

fn letter(language: &str) -> &'static str {
    match language {
        "uk" => "Тарасику, у нас усе добре. Яблуня зацвіла.",
        "ru" => "Андрюша, у нас всё хорошо. Яблоня зацвела.",
        _ => "Dear Tom, we are all well. The apple tree is in bloom.",
    }
}

/// Check words as the command line writes them: numbered, four in a row.
fn rows(words: &Value) -> Vec<String> {
    let words: Vec<&str> = words
        .as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect();
    assert_eq!(words.len(), 8);
    words
        .chunks(4)
        .enumerate()
        .map(|(row, four)| {
            let numbered = four.iter().enumerate();
            let numbered = numbered.map(|(at, word)| format!("{}. {word:<10}", row * 4 + at + 1));
            let line = numbered.collect::<Vec<_>>().join(" ");
            line.trim_end().to_owned()
        })
        .collect()
}

/// Today in UTC, as the language writes a date.
fn today(language: &str) -> String {
    let format = if language == "en" { "+%F" } else { "+%d.%m.%Y" };
    let output = Command::new("date").args(["-u", format]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A transcript that runs over midnight would see two dates.
fn keep_clear_of_midnight() {
    const DAY: u64 = 86_400;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let left = DAY - now.as_secs() % DAY;
    if left < 300 {
        thread::sleep(Duration::from_secs(left));
    }
}
