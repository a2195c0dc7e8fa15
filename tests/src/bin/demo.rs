//! The main job on real input: a relay, an office and two families; letters with photographs and drawings cross, the office
//! answers with a scanned page, and at the end nothing readable is left at the relay or in any log. `cargo xtask demo`.
#![expect(clippy::print_stdout, reason = "its output is for a person")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use anyhow::{Context, ensure};
use serde_json::Value;
use tidings_tests::{
    cli::{Cli, PASSPHRASE},
    fixture,
    process::bytes_below,
    relay::Relay,
    scan::{Findings, Scan},
};

/// A family of the demo.
struct Family {
    cli: Cli,
    name: &'static str,
    captive: &'static str,
    language: &'static str,
    text: &'static str,
    answer: &'static str,
}

/// How often an outbox is emptied before the demo gives up.
const ATTEMPTS: u32 = 10;

const OFFICE: &str = "Бюро листування «Місток»";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let begun = Instant::now();
    // Left for the reader to look at; the system clears its temporary folder.
    let place = tempfile::Builder::new()
        .prefix("tidings-demo-")
        .tempdir()?
        .keep();
    println!(
        "Letters cross on this machine. All of it lies in {}",
        place.display()
    );

    let relay = Relay::start(&place)?;
    println!(
        "\n1. A relay starts (ready in {:.0?}).",
        relay.ready_after()
    );
    println!("   Its address: {}", relay.address());

    let office = Cli::new(&place, "office").language("uk");
    let address = relay.address().to_string();
    office.json(&["init", "--name", OFFICE, "--relay", &address])?;
    let card = office.json(&["card", "--office"])?;
    let link = text(&card, "card")?.to_owned();
    println!("\n2. An office makes its card: {OFFICE}.");
    println!(
        "   Families add it by a link of {} characters and compare eight check words by telephone:",
        link.len()
    );
    println!("   {}", words(&card["words"]["uk"]));

    println!("\n3. Two families write.");
    let families = families(&place);
    for family in &families {
        family.write(&address, &link, &relay)?;
    }

    let begun_collecting = Instant::now();
    let collected = office.json(&["collect"])?;
    let letters = list(&collected, "letters")?;
    println!(
        "\n4. The office collects {} letters (in {:.1?}), opens and answers them.",
        letters.len(),
        begun_collecting.elapsed()
    );
    ensure!(
        letters.len() == families.len(),
        "{} letters came: {collected}",
        letters.len()
    );
    for letter in letters {
        answer(&office, letter, &families, &place)?;
    }

    println!("\n5. The families collect and read.");
    for family in &families {
        family.read_answer(&place)?;
    }

    relay.stop()?;
    prove(&place, &link, &office, &families)?;
    println!(
        "\nDone in {:.0?}. The pictures to look at: {}",
        begun.elapsed(),
        opened(&place).display()
    );
    Ok(())
}

fn families(place: &Path) -> [Family; 2] {
    [
        Family {
            cli: Cli::new(place, "olena").language("uk"),
            name: "Олена",
            captive: "Коваленко Тарас Миколайович",
            language: "Ukrainian",
            text: "Тарасику, рідний наш! Ми всі живі й здорові. Бабуся спекла твій улюблений пиріг із вишнями, а Марійка \
                   намалювала наше подвір'я: стара яблуня знову зацвіла. Чекаємо на тебе щодня. Цілуємо, мама й Марійка.",
            answer: "Тарас передає вам вітання; його відповідь на сторінці.",
        },
        Family {
            cli: Cli::new(place, "vera").language("ru"),
            name: "Вера Степановна",
            captive: "Соколов Андрей Петрович",
            language: "Russian",
            text: "Андрюша, сынок, здравствуй! У нас всё по-старому: отец чинит крыльцо, Барсик спит на твоём кресле. \
                   Посылаю фотографию сада и рисунок твоей племянницы. Пиши хоть две строчки, мы очень ждём. Твоя мама.",
            answer: "Андрей ответил вам от руки, страница приложена.",
        },
    ]
}

impl Family {
    fn write(&self, address: &str, link: &str, relay: &Relay) -> anyhow::Result<()> {
        self.cli
            .json(&["init", "--name", self.name, "--relay", address])?;
        self.cli
            .json(&["contact", "add", link, "--name", "office"])?;
        self.cli.json(&["contact", "verify", "office", "--yes"])?;
        let text = self.cli.home().with_extension("letter.txt");
        fs::write(&text, self.text)?;
        let before = bytes_below(relay.settings().data())?;
        let words = ["--to", "office", "--for", self.captive, "--text"].map(PathBuf::from);
        let mut words = [
            vec![PathBuf::from("write")],
            words.to_vec(),
            vec![text.clone()],
        ]
        .concat();
        for (flag, picture) in [("--photo", photo()), ("--drawing", drawing())] {
            words.extend([PathBuf::from(flag), picture]);
        }
        let begun = Instant::now();
        let written = self.cli.json(&words)?;
        // What was typed is gone from the disk; what follows is only what the program keeps.
        fs::remove_file(text)?;
        deliver(&self.cli, self.name, &written)?;
        println!(
            "   {} writes in {} to {}:",
            self.name, self.language, self.captive
        );
        println!(
            "     a letter of {} characters, a photo ({} KiB, with EXIF and GPS), a drawing ({} KiB); sent in {:.1?}",
            self.text.chars().count(),
            fs::metadata(photo())?.len() / 1_024,
            fs::metadata(drawing())?.len() / 1_024,
            begun.elapsed(),
        );
        println!(
            "     the relay saw one envelope of 8,192 bytes and padded chunks; its folder grew by {} KiB",
            bytes_below(relay.settings().data())?.saturating_sub(before) / 1_024
        );
        Ok(())
    }

    fn read_answer(&self, place: &Path) -> anyhow::Result<()> {
        let begun = Instant::now();
        let collected = self.cli.json(&["collect"])?;
        let [notice, letter] = list(&collected, "letters")?.as_slice() else {
            anyhow::bail!("{} expected a notice and an answer: {collected}", self.name);
        };
        ensure!(
            notice["notice"]["verified"] == true && notice["notice"]["state"] == "taken_by_desk",
            "another notice: {notice}"
        );
        ensure!(letter["text"] == self.answer, "another answer: {letter}");
        let saved = opened(place).join(self.name);
        let files = save(&self.cli, letter, &saved)?;
        ensure!(
            files.len() == 1,
            "one scanned page expected, {files:?} saved"
        );
        println!("   {} (in {:.1?}):", self.name, begun.elapsed());
        println!("     a signed notice: the office has taken the letter in, and saw it itself");
        println!("     the answer: {}", self.answer);
        println!("     the scanned page: {}", relative(&files[0], place));
        Ok(())
    }
}

/// Opens and saves a letter at the office, checks it against what was written, and answers it with a scanned page.
fn answer(office: &Cli, letter: &Value, families: &[Family], place: &Path) -> anyhow::Result<()> {
    let family = families
        .iter()
        .find(|family| letter["text"] == family.text)
        .with_context(|| format!("a letter that nobody wrote: {letter}"))?;
    ensure!(
        letter["addressee"] == family.captive,
        "another addressee: {letter}"
    );
    let saved = opened(place).join("office").join(family.name);
    let files = save(office, letter, &saved)?;
    ensure!(
        files.len() == 2,
        "photo and drawing expected, {files:?} saved"
    );
    println!("   {} for {}:", family.name, family.captive);
    for file in &files {
        let picture =
            image::open(file).with_context(|| format!("{} does not open", file.display()))?;
        println!(
            "     {} ({} x {} pixels, no metadata left)",
            relative(file, place),
            picture.width(),
            picture.height()
        );
        let bytes = fs::read(file)?;
        for trace in [&b"Exif\0\0"[..], b"GPSLatitude", b"http://ns.adobe.com/xap"] {
            ensure!(
                memchr::memmem::find(&bytes, trace).is_none(),
                "{} still holds metadata",
                file.display()
            );
        }
    }
    let number = letter["number"].to_string();
    office.json(&["contact", "verify", &letter["contact"].to_string(), "--yes"])?;
    let text = office.home().with_extension("answer.txt");
    fs::write(&text, family.answer)?;
    let words = [
        PathBuf::from("reply"),
        number.into(),
        "--text".into(),
        text.clone(),
        "--scan".into(),
        page(),
    ];
    let replied = office.json(&words)?;
    fs::remove_file(text)?;
    deliver(office, "the office", &replied)?;
    println!("     answered with a scanned page");
    Ok(())
}

/// Waits until what was written is at the relay: on a machine that is busy with other things the first attempt may be given
/// up, and the letter waits on its device.
fn deliver(cli: &Cli, who: &str, written: &Value) -> anyhow::Result<()> {
    let mut waiting = written["waiting"].as_u64();
    for _ in 0..ATTEMPTS {
        if waiting == Some(0) {
            return Ok(());
        }
        println!("     (the relay did not answer in time; {who} tries again)");
        let outbox = cli.json(&["outbox", "--send"])?;
        waiting = Some(list(&outbox, "waiting")?.len() as u64);
    }
    anyhow::bail!("what {who} wrote is still not at the relay after {ATTEMPTS} attempts")
}

/// A path below `place` as it is read more easily.
fn relative(path: &Path, place: &Path) -> String {
    path.strip_prefix(place)
        .unwrap_or(path)
        .display()
        .to_string()
}

/// Saves a letter's enclosures as pictures; the letter's text beside them does not count.
fn save(cli: &Cli, letter: &Value, folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let words = [
        PathBuf::from("read"),
        letter["number"].to_string().into(),
        "--save".into(),
        folder.to_owned(),
    ];
    cli.json(&words)?;
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path
            .extension()
            .is_some_and(|end| end == "jpg" || end == "jpeg" || end == "png" || end == "webp")
        {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Searches the relay's folder, every log and every vault for anything that was written, shown or secret (STORE-17). The same
/// search must find it where it was opened: else it would prove nothing.
fn prove(place: &Path, link: &str, office: &Cli, families: &[Family]) -> anyhow::Result<()> {
    let mut scan = Scan::new()
        .words("office's name", OFFICE)
        .text("passphrase", PASSPHRASE)
        .text("card", link)
        .contents("photo", &fs::read(photo())?)
        .contents("drawing", &fs::read(drawing())?)
        .contents("scanned page", &fs::read(page())?);
    for family in families {
        scan = scan
            .words("letter", family.text)
            .words("answer", family.answer)
            .words("name", family.name)
            .words("captive", family.captive);
    }
    // What was saved is encoded anew: other bytes than the originals, looked for as well.
    for file in files_below(&opened(place))? {
        scan = scan.contents("opened picture", &fs::read(file)?);
    }
    let control = scan.below(&opened(place))?;
    ensure!(
        !control.found.is_empty(),
        "the search does not even find what lies open in {}",
        opened(place).display()
    );
    println!("\n6. Nothing readable was left behind.");
    println!(
        "   A search for every text, name, picture, card and passphrase finds {} of them in {}, as it must;",
        control.found.len(),
        relative(&opened(place), place)
    );

    let mut left = Findings::default();
    let mut places = vec![place.join("relay"), office.home().to_owned()];
    places.extend(families.iter().map(|family| family.cli.home().to_owned()));
    // Relay logs whole; of the clients what they wrote to their logs, not what they showed to their users.
    places.extend(
        files_below(&place.join("logs"))?
            .into_iter()
            .filter(|file| {
                let is_relay = file.file_stem().is_some_and(|name| name == "relay");
                is_relay || file.extension().is_some_and(|end| end == "stderr")
            }),
    );
    for place in &places {
        let findings = scan.below(place)?;
        left.files += findings.files;
        left.bytes += findings.bytes;
        left.found.extend(findings.found);
    }
    for finding in &left.found {
        println!(
            "   FOUND {} in {} at byte {}",
            finding.what,
            finding.file.display(),
            finding.offset
        );
    }
    ensure!(
        left.found.is_empty(),
        "{} traces of plaintext were left behind",
        left.found.len()
    );
    println!(
        "   and nothing in {} files ({} MiB): the relay's folder and log, all vaults and their logs.",
        left.files,
        left.bytes / 1_048_576
    );
    Ok(())
}

fn files_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

fn opened(place: &Path) -> PathBuf {
    place.join("opened")
}

fn photo() -> PathBuf {
    fixture("pictures/garden-phone.jpg")
}

fn drawing() -> PathBuf {
    fixture("pictures/drawing-scan.png")
}

fn page() -> PathBuf {
    fixture("pictures/reply-page.jpg")
}

fn text<'v>(value: &'v Value, key: &str) -> anyhow::Result<&'v str> {
    value[key]
        .as_str()
        .with_context(|| format!("no {key} in {value}"))
}

fn list<'v>(value: &'v Value, key: &str) -> anyhow::Result<&'v Vec<Value>> {
    value[key]
        .as_array()
        .with_context(|| format!("no {key} in {value}"))
}

fn words(value: &Value) -> String {
    let words = value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    words.collect::<Vec<_>>().join(" ")
}
