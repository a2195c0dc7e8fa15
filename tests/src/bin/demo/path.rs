//! The letter path at the command line: families write, an office answers, families read.

use std::{
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context, ensure};
use serde_json::Value;
use tidings_tests::{cli::Cli, process::bytes_below, relay::Relay, scan::Scan};

use crate::place::{drawing, list, opened, page, photo, relative};

/// A family of the demo.
pub(crate) struct Family {
    pub(crate) cli: Cli,
    pub(crate) name: &'static str,
    captive: &'static str,
    language: &'static str,
    text: &'static str,
    answer: &'static str,
}

/// How often an outbox is emptied before the demo gives up.
const ATTEMPTS: u32 = 10;

pub(crate) fn families(place: &Path) -> [Family; 2] {
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
    /// Makes an account, adds the office and writes.
    pub(crate) fn write(&self, address: &str, link: &str, relay: &Relay) -> anyhow::Result<()> {
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

    /// What must be found nowhere but at the two ends.
    pub(crate) fn needles(&self, scan: Scan) -> Scan {
        scan.words("letter", self.text)
            .words("answer", self.answer)
            .words("name", self.name)
            .words("captive", self.captive)
    }

    /// Collects the office's answer and saves its page.
    pub(crate) fn read_answer(&self, place: &Path) -> anyhow::Result<()> {
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
pub(crate) fn answer(
    office: &Cli,
    letter: &Value,
    families: &[Family],
    place: &Path,
) -> anyhow::Result<()> {
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
pub(crate) fn deliver(cli: &Cli, who: &str, written: &Value) -> anyhow::Result<()> {
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
