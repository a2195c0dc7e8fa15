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
    println!("Everything lies in {}\n", place.display());

    let relay = Relay::start(&place)?;
    println!(
        "relay     ready in {:.0?} at {}",
        relay.ready_after(),
        relay.address()
    );

    let office = Cli::new(&place, "office").language("uk");
    let address = relay.address().to_string();
    office.json(&["init", "--name", OFFICE, "--relay", &address])?;
    let card = office.json(&["card", "--office"])?;
    let link = text(&card, "card")?.to_owned();
    println!(
        "office    {OFFICE}: card of {} characters, check words: {}",
        link.len(),
        words(&card["words"]["uk"])
    );

    let families = families(&place);
    for family in &families {
        family.write(&address, &link, &relay)?;
    }

    let collected = timed("office    collects", || office.json(&["collect"]))?;
    let letters = list(&collected, "letters")?;
    ensure!(
        letters.len() == families.len(),
        "{} letters came: {collected}",
        letters.len()
    );
    for letter in letters {
        answer(&office, letter, &families, &place)?;
    }

    for family in &families {
        family.read_answer(&place)?;
    }

    relay.stop()?;
    prove(&place, &link, &office, &families)?;
    println!("\nDone in {:.0?}.", begun.elapsed());
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
        ensure!(
            written["waiting"] == 0,
            "{} has unsent items: {written}",
            self.name
        );
        println!(
            "family    {}: a {} letter of {} characters, a photo ({} KiB with EXIF and GPS), a drawing ({} KiB): sent in {:.0?}",
            self.name,
            self.language,
            self.text.chars().count(),
            fs::metadata(photo())?.len() / 1_024,
            fs::metadata(drawing())?.len() / 1_024,
            begun.elapsed(),
        );
        println!(
            "relay     saw one envelope of 8,192 bytes and padded chunks; its folder grew by {} KiB",
            bytes_below(relay.settings().data())?.saturating_sub(before) / 1_024
        );
        Ok(())
    }

    fn read_answer(&self, place: &Path) -> anyhow::Result<()> {
        let collected = timed(&format!("family    {} collects", self.name), || {
            self.cli.json(&["collect"])
        })?;
        let [notice, letter] = list(&collected, "letters")?.as_slice() else {
            anyhow::bail!("{} expected a notice and an answer: {collected}", self.name);
        };
        ensure!(
            notice["notice"]["verified"] == true && notice["notice"]["state"] == "taken_by_desk",
            "another notice: {notice}"
        );
        println!("          has a verified notice: taken_by_desk, desk_saw");
        ensure!(letter["text"] == self.answer, "another answer: {letter}");
        let saved = opened(place).join(self.name);
        let files = save(&self.cli, letter, &saved)?;
        ensure!(
            files.len() == 1,
            "one scanned page expected, {files:?} saved"
        );
        println!(
            "          reads: {}\n          the scanned page lies in {}",
            self.answer,
            saved.display()
        );
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
    for file in &files {
        let picture =
            image::open(file).with_context(|| format!("{} does not open", file.display()))?;
        println!(
            "office    opened {} ({} x {})",
            file.display(),
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
    ensure!(
        replied["waiting"] == 0,
        "the office has unsent items: {replied}"
    );
    println!("office    answered {} with a scanned page", family.name);
    Ok(())
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
    println!(
        "\nproof     the search finds {} things in {}, as it must",
        control.found.len(),
        opened(place).display()
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
            "FOUND     {} in {} at byte {}",
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
        "proof     nothing of it in {} files ({} MiB): relay's folder and log, clients' vaults and logs",
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

fn timed<T>(what: &str, work: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    let begun = Instant::now();
    let result = work()?;
    println!("{what} in {:.0?}", begun.elapsed());
    Ok(result)
}
