//! Post that people carry (`docs/spec/mailbag.md`), with the real programs: no network at either end, parts in any order, files
//! that were changed on the way, doubles over the network, relays whose operators carry for them, and kills anywhere.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first surprise"
)]

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    thread,
    time::Duration,
};

use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::Value;
use tempfile::TempDir;
use tidings_client::{Account, Attachment, Draft, EnclosureKind};
use tidings_protocol::{
    blob::ChunkHash,
    exchange::ChunkClass,
    ids::{BlobId, Capability, CapabilityHash, EnvelopeHash, MailboxAddress},
    limits::MAILBAG_PART_USUAL,
    mailbag::{
        Bag, CarriedChunk, CarriedEnvelope, Entry, Event, MailbagError, PackingBuilder, Part,
        Parts, Source, WriteRight,
    },
};
use tidings_tests::{
    binary,
    cli::{Cli, Finished, PASSPHRASE},
    post::{Post, letters, picture},
    process::Process,
    relay::RelaySettings,
    scan::Scan,
};

/// A relay that no machine finds: whoever tries is told at once, as on a machine without a network.
const NOWHERE: &str =
    "tidings://relay.invalid:4433/#aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const TEXT: &str = "Любий Іване! Яблуня знову зацвіла, а Марійка вже ходить до школи.";
const ANSWER: &str = "Іван передає вам вітання; його відповідь на сторінці.";
const CAPTIVE: &str = "Петренко Іван Сергійович";

/// An office and a family that have never seen a network, and the stick that goes between them.
struct Offline {
    office: Cli,
    family: Cli,
    folder: TempDir,
}

impl Offline {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("stick")).unwrap();
        let office = account(folder.path(), "office", NOWHERE);
        let family = account(folder.path(), "family", NOWHERE);
        let card = folder.path().join("stick/office.tidings-card");
        office
            .json(&words(["card", "--office", "--file"], [&card]))
            .unwrap();
        family.json(&words(["contact", "add"], [&card])).unwrap();
        let number = family.json(&["contact", "list"]).unwrap()[0]["number"].to_string();
        family
            .json(&["contact", "rename", &number, "office"])
            .unwrap();
        Self {
            office,
            family,
            folder,
        }
    }

    fn stick(&self, name: &str) -> PathBuf {
        self.folder.path().join("stick").join(name)
    }

    /// A letter with so many photos, which waits at the family.
    fn write(&self, text: &str, photos: usize) -> Value {
        write(&self.family, self.folder.path(), text, photos)
    }
}

fn account(folder: &Path, who: &str, relay: &str) -> Cli {
    let cli = Cli::new(folder, who);
    cli.json(&["init", "--name", who, "--relay", relay])
        .unwrap();
    cli
}

fn write(family: &Cli, folder: &Path, text: &str, photos: usize) -> Value {
    let path = folder.join("letter.txt");
    fs::write(&path, text).unwrap();
    let mut line = words(
        ["write", "--to", "office", "--for", CAPTIVE, "--text"],
        [&path],
    );
    for number in 0..photos {
        line.push("--photo".into());
        line.push(picture(&format!("orientation-{}.jpg", number % 8 + 1)).into());
    }
    let written = family.json(&line).unwrap();
    fs::remove_file(path).unwrap();
    written
}

/// Writes a letter as the program does, and sends nothing: a relay that is not there would be waited for.
fn draft(family: &Cli, text: &str, attachments: Vec<Attachment>) {
    let passphrase = PASSPHRASE.to_owned().into();
    let account = Account::open(family.home(), &passphrase).unwrap();
    let office = account.find_contact("office").unwrap();
    let draft = Draft {
        addressee: Some(CAPTIVE.to_owned()),
        text: text.to_owned(),
        attachments,
    };
    account.write(office.number, draft).unwrap();
}

/// Gives the family the office's keys for a first letter, by a card file.
fn bring_keys(post: &Post) {
    let card = post.folder.path().join("office.tidings-card");
    let line = words(["card", "--file"], [&card]);
    post.office.json(&line).unwrap();
    post.family
        .json(&words(["contact", "add"], [&card]))
        .unwrap();
}

fn photos(count: usize) -> Vec<Attachment> {
    let photo = |number| {
        let name = format!("orientation-{}.jpg", number % 8 + 1);
        let bytes = fs::read(picture(&name)).unwrap();
        Attachment {
            kind: EnclosureKind::Photo,
            name,
            bytes,
        }
    };
    (0..count).map(photo).collect()
}

fn words<const N: usize, const M: usize>(
    words: [&str; N],
    paths: [&dyn AsRef<Path>; M],
) -> Vec<OsString> {
    let words = words.iter().map(OsString::from);
    let paths = paths
        .iter()
        .map(|path| path.as_ref().as_os_str().to_owned());
    words.chain(paths).collect()
}

fn export(from: &Cli, path: &Path, more: &[&str]) -> Value {
    let mut line = words(["mailbag", "export"], [&path]);
    line.extend(more.iter().map(OsString::from));
    from.json(&line).unwrap()
}

fn import(to: &Cli, files: &[PathBuf]) -> Value {
    to.json(&import_line(files)).unwrap()
}

fn import_line(files: &[PathBuf]) -> Vec<OsString> {
    let mut line = words(["mailbag", "import"], []);
    line.extend(files.iter().map(OsString::from));
    line
}

/// Runs a command with `--json` that must fail in good order; gives the code of its failure.
fn refused(cli: &Cli, line: &[OsString]) -> String {
    let mut with = vec![OsString::from("--json")];
    with.extend_from_slice(line);
    let finished: Finished = cli.run(&with).unwrap().failure().unwrap();
    let told: Value = serde_json::from_str(&finished.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}{}", finished.stdout, finished.stderr));
    told["error"]["code"].as_str().unwrap().to_owned()
}

fn files(report: &Value) -> Vec<PathBuf> {
    let files = report["files"].as_array().unwrap().iter();
    files.map(|file| file.as_str().unwrap().into()).collect()
}

/// Number of chunks in what was packed.
fn chunks(packed: &Value) -> u64 {
    let counts = packed["contents"]["chunks"].as_array().unwrap().iter();
    counts.map(|count| count.as_u64().unwrap()).sum()
}

/// The only letter of this direction, notices left out.
fn only(of: &Cli, direction: &str) -> Value {
    let mut all = letters(of).unwrap();
    all.retain(|letter| letter["direction"] == direction);
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// The pictures of a letter, opened and saved.
fn saved(of: &Cli, letter: &Value, folder: &Path) -> usize {
    let number = letter["number"].to_string();
    of.json(&words(["read", &number, "--save"], [&folder]))
        .unwrap();
    let pictures = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    pictures
        .filter(|path| path.extension().is_some_and(|end| end != "txt"))
        .inspect(|path| drop(image::open(path).unwrap()))
        .count()
}

/// The whole journey of issue 4: card file, first letter with twenty photos, answer with a scanned page, a further letter.
#[test]
fn letters_and_answers_cross_without_any_network() {
    let post = Offline::new();
    let written = post.write(TEXT, 20);
    assert_eq!(written["letter"]["state"], "sealed", "{written}");
    let packed = export(
        &post.family,
        &post.stick("post.mailbag"),
        &["--to", "office"],
    );
    assert_eq!(packed["letters"].as_array().unwrap().len(), 1, "{packed}");
    assert_eq!(packed["contents"]["envelopes"], 1, "{packed}");
    assert_eq!(only(&post.family, "out")["state"], "with_courier");

    let brought = import(&post.office, &files(&packed));
    assert_eq!(brought["letters"][0]["text"], TEXT, "{brought}");
    assert_eq!(brought["letters"][0]["addressee"], CAPTIVE, "{brought}");
    assert_eq!(brought["mailbag"]["others"], 0, "{brought}");
    let letter = only(&post.office, "in");
    let opened = post.folder.path().join("opened");
    assert_eq!(saved(&post.office, &letter, &opened), 20);

    // The answer: a notice by the program, and a scanned page.
    post.office
        .json(&["contact", "verify", "1", "--yes"])
        .unwrap();
    let text = post.folder.path().join("answer.txt");
    fs::write(&text, ANSWER).unwrap();
    let number = letter["number"].to_string();
    let page = picture("reply-page.jpg");
    post.office
        .json(&words(
            ["reply", &number, "--text"],
            [&text, &"--scan", &page],
        ))
        .unwrap();
    fs::remove_file(text).unwrap();
    let packed = export(&post.office, &post.stick("answers.mailbag"), &[]);
    assert_eq!(packed["notices"], 1, "{packed}");
    let brought = import(&post.family, &files(&packed));
    let came = brought["letters"].as_array().unwrap();
    assert!(
        came.iter()
            .any(|letter| letter["notice"]["verified"] == true),
        "{brought}"
    );
    let reply = only(&post.family, "in");
    assert_eq!(reply["text"], ANSWER);
    assert_eq!(saved(&post.family, &reply, &opened.join("family")), 1);
    // The office has it, and says so itself.
    assert_eq!(only(&post.family, "out")["state"], "taken_by_desk");
    let waiting = post.family.json(&["outbox"]).unwrap();
    let waiting = waiting["waiting"].as_array().unwrap();
    assert!(
        waiting.iter().all(|item| item["kind"] != "letter"),
        "{waiting:?}"
    );

    // Without a prekey now, and under keys that only these two have.
    post.write("Другий лист.", 1);
    let packed = export(&post.family, &post.stick("second.mailbag"), &[]);
    let brought = import(&post.office, &files(&packed));
    assert_eq!(brought["letters"][0]["text"], "Другий лист.", "{brought}");

    let stick = post.folder.path().join("stick");
    let scan = Scan::new()
        .words("letter", TEXT)
        .words("answer", ANSWER)
        .words("captive", CAPTIVE)
        .text("passphrase", PASSPHRASE)
        .contents("photo", &fs::read(picture("orientation-1.jpg")).unwrap())
        .contents("page", &fs::read(&page).unwrap());
    let mut scan = scan;
    for file in fs::read_dir(&opened).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() && path.extension().is_some_and(|end| end != "txt") {
            scan = scan.contents("opened picture", &fs::read(path).unwrap());
        }
    }
    assert!(!scan.below(&opened).unwrap().found.is_empty());
    let found = scan.below(&stick).unwrap();
    assert!(
        found.files >= 4 && found.found.is_empty(),
        "{:?}",
        found.found
    );
}

/// BAG-2, BAG-10: any order; what is missing is named, and nothing of the rest is taken; twice is once.
#[test]
fn parts_come_in_any_order_and_a_missing_one_is_named() {
    let post = Offline::new();
    post.write(TEXT, 4);
    let packed = export(
        &post.family,
        &post.stick("post.mailbag"),
        &["--part-size", "70KB"],
    );
    let mut parts = files(&packed);
    assert!(parts.len() >= 3, "{parts:?}");
    for part in &parts {
        assert!(fs::metadata(part).unwrap().len() <= 70_000);
    }
    parts.reverse();
    let second = parts.remove(parts.len() - 2);
    let missing = import_line(&parts);
    let finished = post.office.run(&missing).unwrap().failure().unwrap();
    assert!(finished.stderr.contains("Part 2 of"), "{}", finished.stderr);
    assert_eq!(refused(&post.office, &missing), "mailbag-part-missing");
    assert!(letters(&post.office).unwrap().is_empty());
    let inspected = post
        .office
        .run(&words(["--json", "mailbag", "inspect"], [&parts[0]]));
    let told: Value = serde_json::from_str(&inspected.unwrap().failure().unwrap().stdout).unwrap();
    assert_eq!(
        told["bags"][0]["missing"].as_array().unwrap().len(),
        parts.len(),
        "{told}"
    );

    parts.insert(0, second.clone());
    parts.push(second);
    let brought = import(&post.office, &parts);
    assert_eq!(brought["letters"][0]["text"], TEXT, "{brought}");
    assert!(
        brought["mailbag"]["enclosures"].as_u64() >= Some(4),
        "{brought}"
    );
    let again = import(&post.office, &parts);
    assert!(again["letters"].as_array().unwrap().is_empty(), "{again}");
    assert_eq!(again["failures"].as_array().unwrap().len(), 0, "{again}");
    assert_eq!(only(&post.office, "in")["text"], TEXT);
    // A further bag holds the letter too, until the office has answered; not if it is to hold only new ones.
    let once_more = export(&post.family, &post.stick("again.mailbag"), &[]);
    assert_eq!(
        once_more["bag"], packed["bag"],
        "the same post makes the same bag"
    );
    let line = words(
        ["mailbag", "export"],
        [&post.stick("new.mailbag"), &"--new"],
    );
    assert_eq!(refused(&post.family, &line), "mailbag-nothing");
    // Nothing is written over.
    let line = words(["mailbag", "export"], [&post.stick("again.mailbag")]);
    assert_eq!(refused(&post.family, &line), "disk");
    assert!(!post.stick("new.mailbag").exists());
}

/// BAG-5, BAG-9: a bit that flipped anywhere, a cut, an addition, another file: refused with its own sentence, and the vault
/// stays as it was.
#[test]
fn a_changed_bag_is_refused_and_nothing_is_taken() {
    let post = Offline::new();
    post.write(TEXT, 1);
    let packed = export(&post.family, &post.stick("post.mailbag"), &[]);
    let whole = fs::read(&files(&packed)[0]).unwrap();
    let bad = post.stick("bad.mailbag");
    let look = words(["mailbag", "inspect"], [&bad]);
    let told = |bytes: &[u8]| {
        fs::write(&bad, bytes).unwrap();
        let mut line = vec![OsString::from("--json")];
        line.extend_from_slice(&look);
        let finished = post.office.run(&line).unwrap().failure().unwrap();
        let told: Value = serde_json::from_str(&finished.stdout).unwrap();
        let code = told["error"]["code"].as_str();
        code.or(told["bags"][0]["failure"].as_str())
            .unwrap()
            .to_owned()
    };
    let mut rng = StdRng::seed_from_u64(4);
    for _ in 0..40 {
        let mut flipped = whole.clone();
        let at = rng.random_range(0..flipped.len());
        flipped[at] ^= 1 << rng.random_range(0..8);
        let code = told(&flipped);
        let expected = match at {
            0..15 => "mailbag-none",
            15 => "mailbag-version",
            16..88 => "mailbag-head",
            _ => "mailbag-damaged",
        };
        assert_eq!(code, expected, "byte {at}");
    }
    for (at, expected) in [
        (3, "mailbag-none"),
        (15, "mailbag-version"),
        (40, "mailbag-head"),
        (80, "mailbag-head"),
    ] {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        assert_eq!(told(&flipped), expected, "byte {at}");
    }
    for cut in [20, 88, 1_000, whole.len() - 1] {
        assert_eq!(told(&whole[..cut]), "mailbag-truncated", "{cut} bytes");
    }
    assert_eq!(told(b""), "mailbag-none");
    assert_eq!(told(&[&whole[..], b"\r\n"].concat()), "mailbag-trailing");
    assert_eq!(
        told(&fs::read(picture("reply-page.jpg")).unwrap()),
        "mailbag-none"
    );

    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    fs::write(&bad, flipped).unwrap();
    let line = import_line(std::slice::from_ref(&bad));
    assert_eq!(refused(&post.office, &line), "mailbag-damaged");
    // Beside a whole one, too: nothing is taken by halves.
    post.write("another", 0);
    let another = export(&post.family, &post.stick("another.mailbag"), &["--new"]);
    let mut flipped = fs::read(&files(&another)[0]).unwrap();
    flipped[middle] ^= 1;
    fs::write(&bad, flipped).unwrap();
    let both = import_line(&[files(&packed)[0].clone(), bad]);
    assert_eq!(refused(&post.office, &both), "mailbag-damaged");
    assert!(letters(&post.office).unwrap().is_empty());
    let brought = import(&post.office, &files(&packed));
    assert_eq!(brought["letters"].as_array().unwrap().len(), 1, "{brought}");
}

/// What is for others is left alone; a courier sees relays and counts, and no mailbox.
#[test]
fn somebody_elses_bag_opens_nothing() {
    let post = Offline::new();
    post.write(TEXT, 1);
    let packed = export(&post.family, &post.stick("post.mailbag"), &[]);
    let courier = account(post.folder.path(), "courier", NOWHERE);
    let line = import_line(&files(&packed));
    assert_eq!(refused(&courier, &line), "mailbag-for-others");
    // The writer's own bag is for others, too.
    assert_eq!(refused(&post.family, &line), "mailbag-for-others");
    assert_eq!(
        fs::read_dir(courier.home().join("files")).unwrap().count(),
        0
    );

    let stranger = Cli::new(post.folder.path(), "nobody").environment("TIDINGS_PASSPHRASE", "");
    let seen = stranger
        .json(&words(["mailbag", "inspect"], [&files(&packed)[0]]))
        .unwrap();
    let bag = &seen["bags"][0];
    assert_eq!(bag["contents"], packed["contents"], "{seen}");
    assert_eq!(bag["contents"]["relays"][0], NOWHERE, "{seen}");
    assert_eq!(bag["failure"], Value::Null, "{seen}");
    assert!(!stranger.home().exists());
}

/// The network and the courier, in either order: one letter, and nothing left at the relay.
#[test]
fn what_the_network_brought_as_well_comes_once() {
    let post = Post::new().unwrap();
    let folder = post.folder.path();
    // First the network, then the bag.
    let written = write(&post.family, folder, "network first", 1);
    assert_eq!(written["letter"]["state"], "at_relay", "{written}");
    let bag = folder.join("first.mailbag");
    let line = words(["mailbag", "export"], [&bag]);
    assert_eq!(refused(&post.family, &line), "mailbag-nothing");
    let packed = export(&post.family, &bag, &["--at-relay"]);
    assert_eq!(only(&post.family, "out")["state"], "at_relay");
    post.office.json(&["collect"]).unwrap();
    let brought = import(&post.office, &files(&packed));
    assert!(
        brought["letters"].as_array().unwrap().is_empty(),
        "{brought}"
    );
    assert_eq!(letters(&post.office).unwrap().len(), 1);

    // First the bag, then the network: the relay was away when the letter was written.
    let settings = post.relay.stop().unwrap();
    draft(&post.family, "bag first", photos(1));
    let packed = export(&post.family, &folder.join("second.mailbag"), &["--new"]);
    let relay = settings.start().unwrap();
    let brought = import(&post.office, &files(&packed));
    assert_eq!(brought["letters"][0]["text"], "bag first", "{brought}");
    let sent = post.family.json(&["outbox", "--send"]).unwrap();
    assert_eq!(sent["letters"], 1, "{sent}");
    let collected = post.office.json(&["collect"]).unwrap();
    assert!(
        collected["letters"].as_array().unwrap().is_empty(),
        "{collected}"
    );
    assert_eq!(letters(&post.office).unwrap().len(), 2);
    // It was acknowledged like any other.
    let settings = relay.stop().unwrap();
    let stats = relay_json(&settings, &["stats"]);
    let waiting = stats["letters"].as_u64().unwrap();
    // Only the office's notices to the family wait.
    assert!(waiting <= 2, "{stats}");
    let address = address_of_card(&post.office);
    let line = ["mailbag", "export", "none.mailbag", "--for", &address];
    let exported = relay_command(&settings, &line, &[]);
    assert_eq!(exported.status.code(), Some(1), "{exported:?}");
}

/// BAG-15, BAG-16: an operator takes a bag into a relay, and carries what waits there to another relay and to an office.
#[test]
fn operators_carry_between_relays_that_have_no_line() {
    let post = Post::new().unwrap();
    bring_keys(&post);
    let folder = post.folder.path().to_owned();
    let card = address_of_card(&post.office);
    let settings = post.relay.stop().unwrap();
    draft(&post.family, TEXT, photos(3));
    let packed = export(
        &post.family,
        &folder.join("post.mailbag"),
        &["--part-size", "70KB"],
    );
    let parts = files(&packed);
    assert!(parts.len() > 1);

    let taken = relay_import(&settings, &parts);
    assert_eq!(taken["letters"], 1, "{taken}");
    assert_eq!(taken["complete"], true, "{taken}");
    let again = relay_import(&settings, &parts);
    assert_eq!(again["letters"], 0, "{again}");
    assert_eq!(again["known"], 1, "{again}");
    let chunks = chunks(&packed);
    assert_eq!(relay_json(&settings, &["stats"])["blobs"], chunks);
    let part_missing = relay_command(&settings, &["mailbag", "import"], &parts[1..]);
    assert_eq!(part_missing.status.code(), Some(10), "{part_missing:?}");

    // Out again, for an office that has no line to this relay.
    let out = folder.join("out.mailbag");
    let line = ["mailbag", "export", "--json", "--for", &card];
    let exported = relay_command(&settings, &line, std::slice::from_ref(&out));
    assert!(exported.status.success(), "{exported:?}");
    let exported: Value = serde_json::from_slice(&exported.stdout).unwrap();
    assert_eq!(exported["letters"], 1, "{exported}");
    assert_eq!(exported["chunks"], chunks, "{exported}");
    // Nothing left this relay with it.
    assert_eq!(relay_json(&settings, &["stats"])["letters"], 1);

    // Into another relay, which has no such mailbox: said, and the chunks are there all the same.
    let other = RelaySettings::in_folder(&folder.join("other"))
        .start()
        .unwrap();
    let busy = relay_command(
        other.settings(),
        &["mailbag", "import"],
        std::slice::from_ref(&out),
    );
    assert_eq!(busy.status.code(), Some(5), "{busy:?}");
    let other = other.stop().unwrap();
    let elsewhere = relay_import_any(&other, std::slice::from_ref(&out));
    assert_eq!(elsewhere["others"], 1 + chunks, "{elsewhere}");

    let brought = import(&post.office, &[out]);
    assert_eq!(brought["letters"][0]["text"], TEXT, "{brought}");
    let letter = only(&post.office, "in");
    assert_eq!(saved(&post.office, &letter, &folder.join("opened")), 3);
    // With a line again the letter is acknowledged, and does not come twice.
    let relay = settings.start().unwrap();
    let collected = post.office.json(&["collect"]).unwrap();
    assert!(
        collected["letters"].as_array().unwrap().is_empty(),
        "{collected}"
    );
    let settings = relay.stop().unwrap();
    let nothing = relay_command(
        &settings,
        &["mailbag", "export", "--for", &card],
        &[folder.join("x")],
    );
    assert_eq!(nothing.status.code(), Some(1), "{nothing:?}");
}

/// BAG-17: a courier who has a line leaves the bag at its relay, as often as he likes, and takes nothing of it.
#[test]
fn a_courier_with_a_line_leaves_the_bag_at_its_relay() {
    let post = Post::new().unwrap();
    bring_keys(&post);
    let folder = post.folder.path();
    draft(&post.family, TEXT, photos(2));
    let packed = export(&post.family, &folder.join("post.mailbag"), &[]);
    let courier = account(folder, "courier", NOWHERE);
    let mut line = words(["mailbag", "deliver"], []);
    line.extend(files(&packed).iter().map(OsString::from));
    for _ in 0..2 {
        let left = courier.json(&line).unwrap();
        assert_eq!(left["letters"], 1, "{left}");
        assert_eq!(left["left"], 0, "{left}");
        assert_eq!(left["chunks"], chunks(&packed), "{left}");
    }
    let collected = post.office.json(&["collect"]).unwrap();
    assert_eq!(collected["letters"][0]["text"], TEXT, "{collected}");
    let letter = only(&post.office, "in");
    assert_eq!(saved(&post.office, &letter, &folder.join("opened")), 2);
    // The writer hears of it by the office's answer, without ever having reached the relay with the letter.
    assert_eq!(only(&post.family, "out")["state"], "with_courier");
    post.family.json(&["collect"]).unwrap();
    assert_eq!(only(&post.family, "out")["state"], "taken_by_desk");
    assert!(letters(&courier).unwrap().is_empty());
}

/// BAG-14: pieces that came before their letter could be opened wait for it.
#[test]
fn pieces_that_came_first_wait_for_their_letter() {
    let post = Offline::new();
    post.write(TEXT, 2);
    let packed = export(&post.family, &post.stick("post.mailbag"), &[]);
    // An envelope that nothing opens, with the pieces of another one; and that one alone.
    let (pieces, alone) = (post.stick("pieces.mailbag"), post.stick("alone.mailbag"));
    repack(&files(&packed)[0], &pieces, |entry, body| {
        if let Entry::Envelope(envelope) = entry {
            body[2..].fill(0x5a);
            envelope.hash = EnvelopeHash::of(body);
        }
        true
    });
    repack(&files(&packed)[0], &alone, |entry, _| {
        matches!(entry, Entry::Envelope(_))
    });
    let brought = import(&post.office, &[pieces]);
    assert_eq!(brought["parked"], 1, "{brought}");
    assert_eq!(brought["mailbag"]["enclosures"], 0, "{brought}");
    let held = || {
        fs::read_dir(post.office.home().join("files"))
            .unwrap()
            .count() as u64
    };
    assert_eq!(held(), chunks(&packed));
    let brought = import(&post.office, &[alone]);
    assert_eq!(brought["letters"][0]["text"], TEXT, "{brought}");
    assert!(
        brought["mailbag"]["enclosures"].as_u64() >= Some(2),
        "{brought}"
    );
    let letter = only(&post.office, "in");
    assert_eq!(
        saved(&post.office, &letter, &post.folder.path().join("opened")),
        2
    );
    assert_eq!(held(), brought["mailbag"]["enclosures"].as_u64().unwrap());
}

/// BAG-11: a courier who puts something else in place of a piece, under checksums that fit, costs that piece and nothing more.
#[test]
fn a_forged_piece_is_noticed_and_a_true_one_still_taken() {
    let post = Offline::new();
    post.write(TEXT, 2);
    let packed = export(&post.family, &post.stick("post.mailbag"), &[]);
    let forged = post.stick("forged.mailbag");
    let mut first = true;
    repack(&files(&packed)[0], &forged, |entry, body| {
        if let Entry::Chunk(chunk) = entry
            && std::mem::take(&mut first)
        {
            body[100] ^= 1;
            chunk.hash = ChunkHash::of(body);
        }
        true
    });
    let brought = import(&post.office, &[forged]);
    assert_eq!(brought["letters"][0]["text"], TEXT, "{brought}");
    assert_eq!(brought["failures"][0], "enclosure-damaged", "{brought}");
    let brought = import(&post.office, &files(&packed));
    assert_eq!(brought["mailbag"]["enclosures"], 1, "{brought}");
    let letter = only(&post.office, "in");
    assert_eq!(
        saved(&post.office, &letter, &post.folder.path().join("opened")),
        2
    );
    // An envelope that was changed opens nothing, and takes nothing from the true one.
    post.write("the second", 0);
    let packed = export(&post.family, &post.stick("second.mailbag"), &["--new"]);
    let forged = post.stick("second-forged.mailbag");
    repack(&files(&packed)[0], &forged, |entry, body| {
        if let Entry::Envelope(envelope) = entry {
            body[5_000] ^= 1;
            envelope.hash = EnvelopeHash::of(body);
        }
        true
    });
    let brought = import(&post.office, &[forged]);
    assert!(
        brought["letters"].as_array().unwrap().is_empty(),
        "{brought}"
    );
    let brought = import(&post.office, &files(&packed));
    assert_eq!(brought["letters"][0]["text"], "the second", "{brought}");
}

/// A bag of 96 MiB is read in a tenth of that.
#[test]
fn a_large_bag_needs_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.mailbag");
    let piece = vec![7; ChunkClass::Huge.size()];
    let hash = ChunkHash::of(&piece);
    let mut builder = PackingBuilder::default();
    for number in 0..96 {
        let chunk = CarriedChunk {
            relays: Vec::new(),
            id: BlobId([number; 32]),
            class: ChunkClass::Huge,
            write: WriteRight::Capability(Capability([1; 32])),
            read: CapabilityHash([2; 32]),
            delete: CapabilityHash([3; 32]),
            hash,
        };
        builder.chunk(&[NOWHERE.parse().unwrap()], chunk).unwrap();
    }
    let packing = builder.finish().unwrap();
    let layout = packing.layout(MAILBAG_PART_USUAL).unwrap();
    let mut parts = Repacked {
        path: path.clone(),
        bodies: vec![(Entry::Envelope(nobodys_envelope()), piece)],
    };
    packing.write(layout, &mut parts, |_| {}).unwrap();
    assert!(fs::metadata(&path).unwrap().len() >= 96 << 20);
    let reader = Cli::new(folder.path(), "reader");
    let mut process = reader
        .spawn(&words(["mailbag", "inspect"], [&path]))
        .unwrap();
    let mut peak = 0;
    while process.is_running().unwrap() {
        // Gone between the two questions: then the last answer counts.
        peak = process
            .usage()
            .map_or(peak, |usage| usage.resident_peak.max(peak));
        thread::sleep(Duration::from_millis(2));
    }
    assert!(process.wait(Duration::from_secs(1)).unwrap().success());
    assert!(peak > 1 << 20 && peak < 48 << 20, "{peak} bytes");
}

fn nobodys_envelope() -> CarriedEnvelope {
    CarriedEnvelope {
        relays: Vec::new(),
        address: MailboxAddress([0; 32]),
        hash: EnvelopeHash([0; 32]),
    }
}

/// A file to read a bag from, and one to write it to.
struct BagFile(PathBuf);

impl Source for BagFile {
    type Reader = fs::File;

    fn open(&self) -> std::io::Result<fs::File> {
        fs::File::open(&self.0)
    }
}

/// What is packed anew.
struct Repacked {
    path: PathBuf,
    bodies: Vec<(Entry, Vec<u8>)>,
}

impl Parts for Repacked {
    type Part = fs::File;
    type Error = MailbagError;

    fn begin(&mut self, _: u32, _: u32, _: u64) -> Result<fs::File, MailbagError> {
        Ok(fs::File::create_new(&self.path)?)
    }

    fn end(&mut self, _: u32, _: fs::File) -> Result<(), MailbagError> {
        Ok(())
    }

    fn body(&mut self, entry: &Entry) -> Result<Vec<u8>, MailbagError> {
        // Where many have one body, it is looked at once.
        if let [(_, body)] = &self.bodies[..] {
            return Ok(body.clone());
        }
        let is_it = |body: &&(Entry, Vec<u8>)| entry.is_body(&body.1);
        Ok(self.bodies.iter().find(is_it).unwrap().1.clone())
    }
}

/// Packs a bag anew, as anybody can who has it: entries changed, or left out.
fn repack(from: &Path, to: &Path, mut change: impl FnMut(&mut Entry, &mut [u8]) -> bool) {
    let part = Part::open(BagFile(from.to_owned())).unwrap();
    let bag = Bag::gather([part]).remove(0);
    let mut builder = PackingBuilder::default();
    let mut bodies = Vec::new();
    bag.entries(|event| {
        if let Event::Entry {
            contents,
            entry,
            body,
            ..
        } = event
        {
            let (mut entry, mut body) = (entry.clone(), body.to_vec());
            if change(&mut entry, &mut body) {
                let relays: Vec<_> = contents.relays_of(&entry).cloned().collect();
                match entry.clone() {
                    Entry::Envelope(envelope) => builder.envelope(&relays, envelope)?,
                    Entry::Chunk(chunk) => builder.chunk(&relays, chunk)?,
                }
                bodies.push((entry, body));
            }
        }
        Ok::<_, MailbagError>(())
    })
    .unwrap();
    let packing = builder.finish().unwrap();
    let layout = packing.layout(MAILBAG_PART_USUAL).unwrap();
    let path = to.to_owned();
    packing
        .write(layout, &mut Repacked { path, bodies }, |_| {})
        .unwrap();
}

/// A relay without room takes no letter whose chunks it could not take, says so, and takes all of it once there is room.
#[test]
fn a_full_relay_takes_the_bag_when_there_is_room() {
    let post = Post::new().unwrap();
    bring_keys(&post);
    let folder = post.folder.path().to_owned();
    let settings = post.relay.stop().unwrap();
    let voice = Attachment {
        kind: EnclosureKind::Voice,
        name: "voice.wav".to_owned(),
        bytes: wav(3 * 1_048_576),
    };
    draft(&post.family, "with a voice", vec![voice]);
    let packed = export(&post.family, &folder.join("post.mailbag"), &[]);
    let tight = settings.clone().arguments(&["--storage-mib", "1"]);
    let full = relay_import_any(&tight, &files(&packed));
    assert_eq!(full["complete"], false, "{full}");
    assert!(full["full"].as_u64().unwrap() > 0, "{full}");
    assert_eq!(full["letters"], 0, "{full}");
    let taken = relay_import(&settings, &files(&packed));
    assert_eq!(taken["letters"], 1, "{taken}");
    let _relay = settings.start().unwrap();
    let collected = post.office.json(&["collect"]).unwrap();
    assert_eq!(
        collected["letters"][0]["text"], "with a voice",
        "{collected}"
    );
    assert_eq!(
        collected["failures"].as_array().unwrap().len(),
        0,
        "{collected}"
    );
}

/// A kill anywhere loses nothing: what has its name is whole, and what was taken is there.
#[test]
fn kills_in_the_middle_lose_nothing() {
    let post = Offline::new();
    post.write(TEXT, 12);
    let mut rng = StdRng::seed_from_u64(9);
    let bag = post.stick("post.mailbag");
    let mut killed = 0;
    for _ in 0..6 {
        let line = words(["mailbag", "export"], [&bag]);
        killed += u32::from(kill_after(
            post.family.spawn(&line).unwrap(),
            rng.random_range(150..900),
        ));
        if bag.exists() {
            let seen = post
                .family
                .json(&words(["mailbag", "inspect"], [&bag]))
                .unwrap();
            assert_eq!(seen["bags"][0]["failure"], Value::Null, "{seen}");
            fs::remove_file(&bag).unwrap();
        }
    }
    let packed = export(&post.family, &bag, &[]);
    assert_eq!(packed["letters"].as_array().unwrap().len(), 1, "{packed}");
    let left = fs::read_dir(post.folder.path().join("stick"))
        .unwrap()
        .count();
    assert_eq!(left, 2, "card file and mailbag, and nothing half written");

    for _ in 0..6 {
        let line = import_line(std::slice::from_ref(&bag));
        killed += u32::from(kill_after(
            post.office.spawn(&line).unwrap(),
            rng.random_range(150..900),
        ));
    }
    assert!(killed > 0, "every command was quicker than its killer");
    import(&post.office, &[bag]);
    let letter = only(&post.office, "in");
    assert_eq!(letter["text"], TEXT);
    let opened = post.folder.path().join("opened");
    assert_eq!(saved(&post.office, &letter, &opened), 12);
}

/// Whether it was still running when it was killed.
fn kill_after(mut process: Process, milliseconds: u64) -> bool {
    thread::sleep(Duration::from_millis(milliseconds));
    let was_running = process.is_running().unwrap();
    process.kill().unwrap();
    was_running
}

/// A sound file of some bytes, all of them different enough.
fn wav(length: u32) -> Vec<u8> {
    let mut bytes = b"RIFF".to_vec();
    bytes.extend_from_slice(&(36 + length).to_le_bytes());
    bytes.extend_from_slice(b"WAVEfmt ");
    bytes.extend_from_slice(&16_u32.to_le_bytes());
    for field in [1_u16, 1] {
        bytes.extend_from_slice(&field.to_le_bytes());
    }
    for field in [16_000_u32, 32_000] {
        bytes.extend_from_slice(&field.to_le_bytes());
    }
    for field in [2_u16, 16] {
        bytes.extend_from_slice(&field.to_le_bytes());
    }
    bytes.extend_from_slice(b"data");
    bytes.extend_from_slice(&length.to_le_bytes());
    let mut rng = StdRng::seed_from_u64(3);
    bytes.extend((0..length).map(|_| rng.random::<u8>()));
    bytes
}

/// The link of the office's card, by which an operator names its mailbox.
fn address_of_card(office: &Cli) -> String {
    office.json(&["card"]).unwrap()["card"]
        .as_str()
        .unwrap()
        .to_owned()
}

fn relay_command(settings: &RelaySettings, line: &[&str], paths: &[PathBuf]) -> Output {
    Command::new(binary::find("tidings-relay").unwrap())
        .arg("--data")
        .arg(settings.data())
        .args(settings.further())
        .args(line)
        .args(paths)
        .output()
        .unwrap()
}

fn relay_json(settings: &RelaySettings, line: &[&str]) -> Value {
    let mut line = line.to_vec();
    line.push("--json");
    let output = relay_command(settings, &line, &[]);
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Imports a bag, whatever of it is left.
fn relay_import_any(settings: &RelaySettings, files: &[PathBuf]) -> Value {
    let output = relay_command(settings, &["mailbag", "import", "--json"], files);
    let left = output.status.code() == Some(9);
    assert!(left || output.status.success(), "{output:?}");
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["complete"] == false, left, "{told}");
    told
}

fn relay_import(settings: &RelaySettings, files: &[PathBuf]) -> Value {
    let told = relay_import_any(settings, files);
    assert_eq!(told["complete"], true, "{told}");
    told
}
