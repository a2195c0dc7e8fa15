//! `cargo xtask demo --offline`: a letter with twenty photos, and the scanned reply, between a family and an office that have no
//! network at all. A folder stands for the stick that is carried between them; what lies on it shows nothing of what was written.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, ensure};
use serde_json::Value;
use tidings_tests::{
    cli::{Cli, PASSPHRASE},
    process::bytes_below,
    scan::Scan,
};

use crate::{
    OFFICE,
    place::{files_below, list, opened, page, photo, relative, text, words},
};

/// The relay of both. No machine of this name exists: whoever tried it would be told at once.
const RELAY: &str =
    "tidings://relay.invalid:4433/#aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const FAMILY: &str = "Олена";
const CAPTIVE: &str = "Коваленко Тарас Миколайович";
const LETTER: &str = "Тарасику, рідний! Світла немає, мережі немає, а ми є: усі живі й здорові. \
                      Шлемо двадцять світлин нашого саду, від першого цвіту до останнього яблука. Чекаємо. Мама.";
const ANSWER: &str = "Тарас роздивився кожну світлину й відповів вам від руки.";
const PHOTOS: usize = 20;
/// What small messengers take.
const PART_SIZE: &str = "2MB";

/// Runs it.
///
/// # Errors
/// If anything does not arrive, or something readable lies on the stick.
pub(crate) fn run() -> anyhow::Result<()> {
    let begun = Instant::now();
    let place = tempfile::Builder::new()
        .prefix("tidings-offline-")
        .tempdir()?
        .keep();
    let stick = place.join("stick");
    fs::create_dir(&stick)?;
    println!(
        "A family and an office without any network. All of it lies in {}",
        place.display()
    );
    let office = Cli::new(&place, "office").language("uk");
    let family = Cli::new(&place, "olena").language("uk");

    office.json(&["init", "--name", OFFICE, "--relay", RELAY])?;
    let card_file = stick.join("office.tidings-card");
    let card = office.json(&line(&["card", "--office", "--file"], &[&card_file]))?;
    ensure!(
        card["published"] == false,
        "the office reached a relay: {card}"
    );
    println!(
        "\n1. The office writes a card file onto the stick; it holds the keys for first letters."
    );
    println!(
        "   Its check words, for the telephone: {}",
        words(&card["words"]["uk"])
    );

    family.json(&["init", "--name", FAMILY, "--relay", RELAY])?;
    family.json(&line(&["contact", "add"], &[&card_file]))?;
    let contact = family.json(&["contact", "list"])?[0]["number"].to_string();
    family.json(&["contact", "verify", &contact, "--yes"])?;
    println!("\n2. The family writes to {CAPTIVE}, with {PHOTOS} photos.");
    let letter = place.join("letter.txt");
    fs::write(&letter, LETTER)?;
    let mut write = line(
        &["write", "--to", &contact, "--for", CAPTIVE, "--text"],
        &[&letter],
    );
    let photos = photos(&place)?;
    for photo in &photos {
        write.extend([PathBuf::from("--photo"), photo.clone()]);
    }
    let written = family.json(&write)?;
    fs::remove_file(letter)?;
    println!("   It is {}.", text(&written["letter"], "state")?);

    let bag = stick.join("letters.mailbag");
    let packed = pack(&family, &bag, &["--part-size", PART_SIZE])?;
    describe("   Packed for a courier", &packed)?;
    let parts = files(&packed)?;
    for part in &parts {
        println!(
            "     {}: {} KiB",
            relative(part, &place),
            fs::metadata(part)?.len() / 1_024
        );
    }
    let stranger = Cli::new(&place, "courier").language("uk");
    let seen = stranger.json(&line(
        &["mailbag", "inspect"],
        &parts.iter().collect::<Vec<_>>(),
    ))?;
    let seen = &seen["bags"][0]["contents"];
    println!(
        "   What a courier sees: relay {}, {} envelope, {} sealed pieces of four sizes. No name, no mailbox on a screen.",
        seen["relays"][0]
            .as_str()
            .context("no relay")?
            .split('/')
            .nth(2)
            .unwrap_or_default(),
        seen["envelopes"],
        seen["chunks"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_u64)
            .sum::<u64>(),
    );

    println!("\n3. The stick comes to the office. One part was left at home first:");
    let missing = office.run(&take(&parts[1..]))?.failure()?;
    println!("   \u{201e}{}\u{201c}", missing.stderr.trim());
    let mut shuffled = parts.clone();
    shuffled.reverse();
    let begun_reading = Instant::now();
    let brought = office.json(&take(&shuffled))?;
    let [came] = list(&brought, "letters")?.as_slice() else {
        anyhow::bail!("one letter expected: {brought}");
    };
    ensure!(
        came["text"] == LETTER && came["addressee"] == CAPTIVE,
        "another letter: {came}"
    );
    let saved = opened(&place).join("office");
    let pictures = save(&office, came, &saved)?;
    ensure!(pictures == PHOTOS, "{pictures} of {PHOTOS} photos came");
    println!(
        "   With all of them, in any order: the letter and {pictures} photos are open (in {:.1?}). Imported again, it changes nothing:",
        begun_reading.elapsed()
    );
    let again = office.json(&take(&parts))?;
    ensure!(
        list(&again, "letters")?.is_empty(),
        "it came twice: {again}"
    );
    println!("   no new letter.");

    println!("\n4. The office answers with a scanned page; the stick goes back.");
    office.json(&["contact", "verify", &came["contact"].to_string(), "--yes"])?;
    let answer = place.join("answer.txt");
    fs::write(&answer, ANSWER)?;
    let number = came["number"].to_string();
    let mut reply = line(&["reply", &number, "--text"], &[&answer]);
    reply.extend([PathBuf::from("--scan"), page()]);
    office.json(&reply)?;
    fs::remove_file(answer)?;
    let packed = pack(&office, &stick.join("answers.mailbag"), &[])?;
    describe("   Packed", &packed)?;
    let brought = family.json(&take(&files(&packed)?))?;
    let letters = list(&brought, "letters")?;
    let notice = letters
        .iter()
        .find(|letter| letter["notice"]["verified"] == true);
    let reply = letters.iter().find(|letter| letter["text"] == ANSWER);
    ensure!(notice.is_some(), "no notice: {brought}");
    let reply = reply.with_context(|| format!("no answer: {brought}"))?;
    let saved = opened(&place).join(FAMILY);
    ensure!(
        save(&family, reply, &saved)? == 1,
        "the scanned page did not come"
    );
    println!("\n5. The family reads:");
    println!("   a signed notice: the office has taken the letter in, and saw it itself");
    println!("   the answer: {ANSWER}");
    println!("   the scanned page: {}", relative(&saved, &place));

    prove(&place, &stick, &photos)?;
    println!("\nDone in {:.0?}, without one packet.", begun.elapsed());
    Ok(())
}

/// Photos that differ in every pixel: what a family has on its telephone, smaller.
fn photos(place: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let folder = place.join("photos");
    fs::create_dir(&folder)?;
    let garden = image::open(photo())?.thumbnail_exact(960, 720).to_rgb8();
    (0..PHOTOS)
        .map(|number| {
            let path = folder.join(format!("garden-{:02}.jpg", number + 1));
            let turn = u8::try_from(number * 12).unwrap_or_default();
            let mut photo = garden.clone();
            for pixel in photo.pixels_mut() {
                pixel.0[number % 3] = pixel.0[number % 3].wrapping_add(turn);
            }
            photo.save(&path)?;
            Ok(path)
        })
        .collect()
}

fn line(words: &[&str], paths: &[&PathBuf]) -> Vec<PathBuf> {
    let words = words.iter().map(PathBuf::from);
    words
        .chain(paths.iter().map(|path| (*path).clone()))
        .collect()
}

fn take(files: &[PathBuf]) -> Vec<PathBuf> {
    line(&["mailbag", "import"], &files.iter().collect::<Vec<_>>())
}

fn pack(from: &Cli, path: &PathBuf, more: &[&str]) -> anyhow::Result<Value> {
    let mut words = line(&["mailbag", "export"], &[path]);
    words.extend(more.iter().map(PathBuf::from));
    from.json(&words)
}

fn files(packed: &Value) -> anyhow::Result<Vec<PathBuf>> {
    let files = list(packed, "files")?.iter();
    Ok(files.filter_map(Value::as_str).map(PathBuf::from).collect())
}

fn describe(what: &str, packed: &Value) -> anyhow::Result<()> {
    println!(
        "{what}: mailbag {}, letters: {}, notices: {}, {} KiB, files: {}.",
        text(packed, "bag")?,
        list(packed, "letters")?.len(),
        packed["notices"],
        packed["bytes"].as_u64().unwrap_or_default() / 1_024,
        list(packed, "files")?.len(),
    );
    Ok(())
}

/// Saves a letter's pictures, and looks at each.
fn save(cli: &Cli, letter: &Value, folder: &PathBuf) -> anyhow::Result<usize> {
    let number = letter["number"].to_string();
    cli.json(&line(&["read", &number, "--save"], &[folder]))?;
    let mut count = 0;
    for path in files_below(folder)? {
        if path.extension().is_some_and(|end| end != "txt") {
            image::open(&path).with_context(|| format!("{} does not open", path.display()))?;
            count += 1;
        }
    }
    Ok(count)
}

/// Whoever takes the stick reads nothing on it. The same search must find what lies open elsewhere.
fn prove(place: &Path, stick: &Path, photos: &[PathBuf]) -> anyhow::Result<()> {
    let mut scan = Scan::new()
        .words("letter", LETTER)
        .words("answer", ANSWER)
        .words("captive", CAPTIVE)
        .words("family", FAMILY)
        .text("passphrase", PASSPHRASE)
        .contents("scanned page", &fs::read(page())?);
    for photo in photos {
        scan = scan.contents("photo", &fs::read(photo)?);
    }
    for file in files_below(&opened(place))? {
        scan = scan.contents("opened picture", &fs::read(file)?);
    }
    let control = scan.below(&opened(place))?;
    ensure!(
        !control.found.is_empty(),
        "the search finds nothing where everything lies open"
    );
    let found = scan.below(stick)?;
    for finding in &found.found {
        println!(
            "   FOUND {} in {} at byte {}",
            finding.what,
            finding.file.display(),
            finding.offset
        );
    }
    ensure!(
        found.found.is_empty(),
        "{} traces of plaintext lie on the stick",
        found.found.len()
    );
    println!("\n6. Nothing readable lay on the stick.");
    println!(
        "   A search for every text, name and picture finds {} of them where they were opened, as it must,",
        control.found.len()
    );
    println!(
        "   and none in the {} files ({} MiB) that were carried.",
        found.files,
        bytes_below(stick)? / 1_048_576
    );
    Ok(())
}
