//! Letters on paper, and what becomes of it: printed, written on by hand, spoilt.

use std::{
    fs,
    io::Cursor,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use image::{GrayImage, ImageFormat, Luma};
use tidings_tests::desk::Visitor;

/// How long anything in the background may take on a loaded machine.
const LIMIT: Duration = Duration::from_secs(240);

/// Waits until `look` sees it.
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(seen) = look() {
            return seen;
        }
        assert!(begun.elapsed() < LIMIT, "{what} did not come");
        thread::sleep(Duration::from_millis(250));
    }
}

/// The numbers of the letters that have come, once there are so many: what the office tells families is numbered between them.
pub fn letter_numbers(head: &mut Visitor, count: usize) -> Vec<String> {
    wait_for("the letters", || {
        let list = head.get("/letters?drawer=all").ok()?.text();
        let mut numbers: Vec<u64> = list
            .split("\"/letters/")
            .skip(1)
            .filter_map(|rest| rest.split('"').next()?.parse().ok())
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        (numbers.len() == count).then(|| numbers.iter().map(u64::to_string).collect())
    })
}

/// Letters are read, passed and printed; the document as the browser gets it.
pub fn print(head: &mut Visitor, letters: usize, reply_pages: &str) -> Vec<u8> {
    let numbers = letter_numbers(head, letters);
    for number in &numbers {
        assert_eq!(head.get(&format!("/letters/{number}")).unwrap().status, 200);
        let review = format!("/letters/{number}/review");
        let told = head
            .post("/account", &review, &[("decision", "pass")])
            .unwrap();
        assert_eq!(told.status, 303, "{}", told.text());
    }
    let mut fields = vec![("paper", "a4"), ("reply", reply_pages)];
    fields.extend(numbers.iter().map(|number| ("letter", number.as_str())));
    let told = head.post("/account", "/print", &fields).unwrap();
    assert_eq!(told.status, 303, "{}", told.text());
    assert_eq!(told.header("location"), Some("/print/1"));
    document(head)
}

pub fn document(head: &mut Visitor) -> Vec<u8> {
    wait_for("the document", || {
        let answer = head.get("/print/1/document").ok()?;
        (answer.status == 200).then_some(answer.body)
    })
}

/// What comes out of the printer, at 150 dpi.
pub fn paper(folder: &Path, pdf: &[u8]) -> Vec<GrayImage> {
    let file = folder.join("document.pdf");
    fs::write(&file, pdf).unwrap();
    let done = Command::new("pdftoppm")
        .args(["-r", "150", "-gray", "-png"])
        .args([file.as_os_str(), folder.join("sheet").as_os_str()])
        .status()
        .expect("pdftoppm (poppler-utils) is needed");
    assert!(done.success());
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "png"))
        .collect();
    names.sort();
    names
        .iter()
        .map(|name| image::open(name).unwrap().into_luma8())
        .collect()
}

/// A captive writes: thick strokes, others for each number.
pub fn write(page: &mut GrayImage, number: u32) {
    let (width, height) = (f64::from(page.width()), f64::from(page.height()));
    for step in 0..6_000 {
        let along = f64::from(step) / 6_000.0;
        let turn = along * 40.0 * f64::from(number);
        let x = width * (0.15 + 0.7 * along) + 30.0 * turn.cos();
        let y = height * (0.35 + 0.1 * (number as f64 * along * 9.0).sin()) + 30.0 * turn.sin();
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1), (2, 1), (1, 2)] {
            page.put_pixel(x as u32 + dx, y as u32 + dy, Luma([40]));
        }
    }
}

/// Blacks out both codes: coffee, or a felt pen.
pub fn spoil_codes(page: &mut GrayImage) {
    let (width, height) = page.dimensions();
    for y in 0..160 {
        for x in 0..160 {
            page.put_pixel(width - 1 - x, y, Luma([30]));
            page.put_pixel(x, height - 1 - y, Luma([30]));
        }
    }
}

/// The numbers on the sheets, in the order of the letters of the job.
pub fn sheet_numbers(head: &mut Visitor) -> Vec<String> {
    let page = head.get("/print/1").unwrap().text();
    let is_number = |word: &str| {
        word.len() == 12
            && word.bytes().enumerate().all(|(place, byte)| match place {
                4 | 9 => byte == b'-',
                _ => byte.is_ascii_digit(),
            })
    };
    page.split(|sign: char| !sign.is_ascii_digit() && sign != '-')
        .filter(|word| is_number(word))
        .map(str::to_owned)
        .collect()
}

pub fn png(page: &GrayImage) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    page.write_to(&mut file, ImageFormat::Png).unwrap();
    file.into_inner()
}
