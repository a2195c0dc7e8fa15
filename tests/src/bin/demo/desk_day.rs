//! A day at the desk: letters are read, printed and packed; answered sheets are scanned back and reach the families.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use image::{GrayImage, imageops};
use tidings_tests::{
    cli::Cli,
    desk::{Desk, PASSWORD, Visitor},
    relay::Relay,
    scan::Scan,
};

use crate::{
    parcels,
    path::{Family, deliver},
    place::{drawing, list, opened, page, photo, relative},
};

/// How long the desk may take for anything that happens behind its pages.
const LIMIT: Duration = Duration::from_secs(180);
/// The name of the office of the desk.
const OFFICE: &str = "Пункт листування «Світанок»";
/// What stands in the letter that names a unit: hints are marked in the page, so that the words of the cut do not stand together.
const WITH_UNIT: &str = "Телефонувала твоя вчителька";
/// What the reviewer cuts out of it.
const TO_CUT: &str = "чи ти й досі у 24-й бригаді";
/// What stands in the letter that is left to whoever looks at the demo.
const LEFT: &str = "дописываю вдогонку";
/// The resolution of the office's scanner, in dots per inch.
const DPI: u32 = 150;

/// A letter of the day.
struct DayLetter {
    captive: &'static str,
    text: &'static str,
    pictures: &'static [&'static str],
}

const FROM_OLENA: [DayLetter; 3] = [
    DayLetter {
        captive: "Коваленко Тарас Миколайович",
        text: "Тарасику, сьогодні випав перший сніг, і Марійка зліпила сніговика просто під вікном. Дідусь лагодить санчата. \
               Твоя кімната чекає на тебе, книжки стоять так, як ти їх залишив. Обіймаємо міцно, мама.",
        pictures: &["--photo"],
    },
    DayLetter {
        captive: "Мельник Роман Ігорович",
        text: "Романе, це тітка Олена. Твої вдома здорові, Софійка пішла до першого класу й уже читає вголос. \
               Намалювала тобі подвір'я. Бережи себе.",
        pictures: &["--drawing"],
    },
    DayLetter {
        captive: "Коваленко Тарас Миколайович",
        text: "Тарасику, дядько Петро питає, чи ти й досі у 24-й бригаді, і передає вітання. Телефонувала твоя вчителька, \
               згадувала тебе добрим словом. Цілую, мама.",
        pictures: &[],
    },
];

const FROM_VERA: [DayLetter; 2] = [
    DayLetter {
        captive: "Соколов Андрей Петрович",
        text: "Андрюша, у нас первый мороз, река встала. Отец достал с чердака твои коньки и наточил их: говорит, пригодятся. \
               Барсик здоров и толст. Ждём тебя каждый день. Мама.",
        pictures: &["--photo", "--drawing"],
    },
    DayLetter {
        captive: "Соколов Андрей Петрович",
        text: "Сынок, дописываю вдогонку: получили твоё имя в списке живых, весь дом плакал от радости. Пиши, если дадут бумагу. Мама.",
        pictures: &[],
    },
];

/// The open desk and what a person needs to sit at it.
pub(crate) struct Office {
    desk: Desk,
}

/// Opens a desk, and lives one day there.
///
/// # Errors
/// If anything does not happen as it should.
pub(crate) fn live(place: &Path, relay: &Relay, families: &[Family]) -> anyhow::Result<Office> {
    println!("\n6. A day at a desk: letters become paper, paper becomes letters.");
    let (desk, mut head) = open(place, relay)?;
    let card = card(&mut head)?;
    let mut letters = 0;
    for (family, of_day) in families.iter().zip([&FROM_OLENA[..], &FROM_VERA[..]]) {
        letters += write(&family.cli, &card, of_day)?;
    }
    let numbers = inbox(&mut head, letters)?;
    println!("   {} letters came in by themselves.", numbers.len());

    let mut passed = Vec::new();
    for number in &numbers {
        let text = head.get(&format!("/letters/{number}"))?.text();
        if text.contains(WITH_UNIT) {
            decide(&mut head, number, &[("decision", "cut"), ("cuts", TO_CUT)])?;
        } else if text.contains(LEFT) {
            continue;
        } else {
            decide(&mut head, number, &[("decision", "pass")])?;
        }
        // Somebody rang the family: only then an answer may go to it.
        let told = head.post("/account", &format!("/letters/{number}/verify"), &[])?;
        ensure!(told.status == 303 || told.status == 422, "{}", told.text());
        passed.push(number.as_str());
    }
    println!(
        "   {} were reviewed, one of them passed with a cut where it names a unit. One waits for you.",
        passed.len()
    );

    let document = print(&mut head, &passed)?;
    let pdf = opened(place).join("desk").join("letters.pdf");
    fs::create_dir_all(opened(place).join("desk"))?;
    fs::write(&pdf, document)?;
    println!("   They were printed: {}", relative(&pdf, place));

    parcels::pack(&mut head)?;

    let scan = answered(place, &pdf)?;
    let answered = scan.len();
    let told = head.upload("/replies", "files", &scan)?;
    ensure!(
        told.status == 303,
        "the scans were refused: {}",
        told.text()
    );
    println!(
        "   {answered} answered sheets were scanned at {DPI} dpi, a little askew, and sent by their numbers."
    );
    for family in families {
        receive(&family.cli, family.name, place)?;
    }
    Ok(Office { desk })
}

/// What must be found nowhere but at the two ends.
pub(crate) fn needles(mut scan: Scan) -> Scan {
    for letter in FROM_OLENA.iter().chain(&FROM_VERA) {
        scan = scan
            .words("letter", letter.text)
            .words("captive", letter.captive);
    }
    scan.words("office's name", OFFICE)
        .text("password", PASSWORD)
}

impl Office {
    /// Says how to sit down at the desk.
    pub(crate) fn invite(&self) {
        println!("   Desk:      {}", self.desk.address());
        println!("   Sign in:   head");
        println!("   Password:  {PASSWORD}");
    }

    /// Its folder, in which nothing is readable.
    pub(crate) fn home(&self) -> PathBuf {
        self.desk.home().to_owned()
    }

    /// Ends it.
    pub(crate) fn close(self) -> anyhow::Result<()> {
        self.desk.stop()
    }
}

/// The first run: name of the office, its relay, its head.
fn open(place: &Path, relay: &Relay) -> anyhow::Result<(Desk, Visitor)> {
    let begun = Instant::now();
    let desk = Desk::start(place)?;
    let (_, code) = desk
        .first_address()
        .split_once("code=")
        .context("a new desk tells the code of its first run")?;
    let mut head = Visitor::new(&desk);
    let told = head.post(
        &format!("/begin?code={code}"),
        "/begin",
        &[
            ("code", code),
            ("office", OFFICE),
            ("relay", &relay.address().to_string()),
            ("languages", "uk"),
            ("languages", "ru"),
            ("languages", "en"),
            ("name", "Оксана Дяченко"),
            ("login", "head"),
            ("password", PASSWORD),
            ("again", PASSWORD),
        ],
    )?;
    ensure!(told.status == 303, "the first run: {}", told.text());
    println!("   {OFFICE} opens its desk (in {:.1?}).", begun.elapsed());
    Ok((desk, head))
}

fn card(head: &mut Visitor) -> anyhow::Result<String> {
    let page = head.get("/card")?.text();
    let (_, rest) = page
        .split_once("tidings:card/")
        .context("the page with the card")?;
    let end = rest
        .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-' && letter != '_')
        .unwrap_or(rest.len());
    Ok(format!("tidings:card/{}", &rest[..end]))
}

/// Adds the desk's card and writes; how many letters.
fn write(family: &Cli, card: &str, letters: &[DayLetter]) -> anyhow::Result<u32> {
    family.json(&["contact", "add", card, "--name", "desk"])?;
    family.json(&["contact", "verify", "desk", "--yes"])?;
    let text = family.home().with_extension("letter.txt");
    for letter in letters {
        fs::write(&text, letter.text)?;
        let mut words = ["write", "--to", "desk", "--for", letter.captive, "--text"]
            .map(PathBuf::from)
            .to_vec();
        words.push(text.clone());
        for flag in letter.pictures {
            words.push(flag.into());
            words.push(if *flag == "--photo" {
                photo()
            } else {
                drawing()
            });
        }
        let written = family.json(&words)?;
        fs::remove_file(&text)?;
        deliver(family, "a family", &written)?;
    }
    Ok(u32::try_from(letters.len())?)
}

/// Asks for a page until it shows `what`.
fn wait_for(visitor: &mut Visitor, path: &str, what: &str) -> anyhow::Result<()> {
    let begun = Instant::now();
    loop {
        let answer = visitor.get(path)?;
        if answer.text().contains(what) {
            return Ok(());
        }
        ensure!(
            begun.elapsed() < LIMIT,
            "{path} does not show {what} after {LIMIT:?}"
        );
        thread::sleep(Duration::from_millis(200));
    }
}

/// Waits until so many letters are there; their numbers.
fn inbox(reader: &mut Visitor, letters: u32) -> anyhow::Result<Vec<String>> {
    let begun = Instant::now();
    loop {
        let page = reader.get("/letters?drawer=all")?.text();
        let mut numbers: Vec<String> = page
            .split("href=\"/letters/")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .filter(|number| number.parse::<u64>().is_ok())
            .map(str::to_owned)
            .collect();
        numbers.sort();
        numbers.dedup();
        if numbers.len() == letters as usize {
            return Ok(numbers);
        }
        ensure!(
            begun.elapsed() < LIMIT,
            "{} of {letters} letters came in {LIMIT:?}",
            numbers.len()
        );
        thread::sleep(Duration::from_millis(200));
    }
}

/// Reads a letter and decides.
fn decide(reviewer: &mut Visitor, letter: &str, fields: &[(&str, &str)]) -> anyhow::Result<()> {
    let read = format!("/letters/{letter}");
    let told = reviewer.post(&read, &format!("{read}/review"), fields)?;
    ensure!(told.status == 303, "letter {letter}: {}", told.text());
    Ok(())
}

/// Prints letters with a sheet for the answer each; the PDF.
fn print(printer: &mut Visitor, letters: &[&str]) -> anyhow::Result<Vec<u8>> {
    let mut fields = vec![("paper", "a4"), ("reply", "1")];
    fields.extend(letters.iter().map(|number| ("letter", *number)));
    let told = printer.post("/print", "/print", &fields)?;
    let job = told
        .headers
        .iter()
        .find(|(name, _)| name == "location")
        .map(|(_, value)| value.clone())
        .with_context(|| format!("printing: {}", told.text()))?;
    let document = format!("{job}/document");
    wait_for(printer, &job, &document)?;
    let answer = printer.get(&document)?;
    ensure!(answer.status == 200, "the document: {}", answer.text());
    Ok(answer.body)
}

/// What comes back from a captive: the printed sheets, written on, as an office's scanner sees them. Name and bytes of each.
fn answered(place: &Path, pdf: &Path) -> anyhow::Result<Vec<(String, Vec<u8>)>> {
    let folder = opened(place).join("desk");
    let prefix = folder.join("page");
    let told = Command::new("pdftoppm")
        .args(["-gray", "-r", &DPI.to_string(), "-png"])
        .arg(pdf)
        .arg(&prefix)
        .status()
        .context("pdftoppm (Debian: poppler-utils)")?;
    ensure!(told.success(), "pdftoppm: {told}");
    let mut pages: Vec<PathBuf> = fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    pages.retain(|path| path.extension().is_some_and(|end| end == "png"));
    pages.sort();
    let writing = image::open(page())?.into_luma8();
    let mut scans = Vec::new();
    for (index, path) in pages.iter().enumerate() {
        let words = Command::new("pdftotext")
            .args([
                "-f",
                &(index + 1).to_string(),
                "-l",
                &(index + 1).to_string(),
            ])
            .arg(pdf)
            .arg("-")
            .output()
            .context("pdftotext (Debian: poppler-utils)")?;
        let words = String::from_utf8_lossy(&words.stdout).to_lowercase();
        if words.contains("відповідь") || words.contains("ответ на") {
            let sheet = by_hand(image::open(path)?.into_luma8(), &writing);
            let name = format!("answer-{}.png", scans.len() + 1);
            let file = folder.join(&name);
            sheet.save(&file)?;
            scans.push((name, fs::read(file)?));
        }
        fs::remove_file(path)?;
    }
    ensure!(
        !scans.is_empty(),
        "no sheet for an answer in {}",
        pdf.display()
    );
    Ok(scans)
}

/// A page of handwriting lies over the ruled lines, and the sheet lies askew by a degree on the scanner's glass.
fn by_hand(mut sheet: GrayImage, writing: &GrayImage) -> GrayImage {
    let (width, height) = sheet.dimensions();
    let (left, top) = (width / 9, height / 4);
    let writing = imageops::resize(
        writing,
        width - 2 * left,
        height * 2 / 5,
        imageops::FilterType::Triangle,
    );
    for (x, y, ink) in writing.enumerate_pixels() {
        let below = sheet.get_pixel_mut(left + x, top + y);
        below.0[0] = below.0[0].min(ink.0[0].saturating_add(20));
    }
    let mut askew = GrayImage::from_pixel(width, height, image::Luma([235]));
    let (sine, cosine) = 1.0_f32.to_radians().sin_cos();
    let (middle_x, middle_y) = (width as f32 / 2.0, height as f32 / 2.0);
    for (x, y, to) in askew.enumerate_pixels_mut() {
        let (dx, dy) = (x as f32 - middle_x, y as f32 - middle_y);
        let from = (
            middle_x + dx * cosine + dy * sine,
            middle_y - dx * sine + dy * cosine,
        );
        if let Some(seen) = imageops::interpolate_bilinear(&sheet, from.0, from.1) {
            *to = seen;
        }
    }
    askew
}

/// Collects until a scanned answer is there, and saves it.
fn receive(family: &Cli, name: &str, place: &Path) -> anyhow::Result<()> {
    let begun = Instant::now();
    loop {
        let collected = family.json(&["collect"])?;
        for letter in list(&collected, "letters")? {
            if letter["notice"].is_null() {
                let folder = opened(place).join(name).join("from the desk");
                family.json(&[
                    PathBuf::from("read"),
                    letter["number"].to_string().into(),
                    "--save".into(),
                    folder.clone(),
                ])?;
                println!(
                    "   {name} has the scanned answer: {}",
                    relative(&folder, place)
                );
                return Ok(());
            }
        }
        ensure!(
            begun.elapsed() < LIMIT,
            "{name} has no answer after {LIMIT:?}"
        );
        thread::sleep(Duration::from_millis(300));
    }
}
