//! Prints how many codes are read, and how fast, over kinds of damage and resolutions.
//!
//! ```text
//! cargo bench -p tidings-paper --bench scan_matrix            25 sheets for each kind and resolution
//! SHEETS=100 cargo bench -p tidings-paper --bench scan_matrix
//! DPI=150 KIND=fax KEEP=/tmp/pages cargo bench ...            one kind, pages kept to be looked at
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program that prints a table"
)]

#[path = "../tests/paper/mod.rs"]
mod paper;

use std::{
    env, fs,
    num::NonZeroUsize,
    ops::ControlFlow,
    path::Path,
    time::{Duration, Instant},
};

use paper::{
    cases::{Outcome, Written, office, scan},
    files::{PdfImage, PdfPage, pdf},
    sheet::{Drawer, has_poppler},
    spoil::Spoil,
};
use tidings_paper::scan::{Finding, PictureFormat, Source, scan_source};

fn main() {
    // `cargo test --all-targets` runs this too; only `cargo bench` says so.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    let number =
        |name: &str, usual: u64| env::var(name).map_or(usual, |value| value.parse().unwrap());
    let sheets = number("SHEETS", 25);
    let dpis: Vec<f64> = env::var("DPI")
        .unwrap_or_else(|_| "100,150,200,300".into())
        .split(',')
        .map(|dpi| dpi.parse().unwrap())
        .collect();
    let kind = env::var("KIND").unwrap_or_default();
    let keep = env::var("KEEP").ok();

    println!(
        "{:22} {:>4} {:>11} {:>9} {:>6} {:>6} {:>8} {:>8} {:>8}",
        "damage", "dpi", "read", "misrouted", "square", "ticks", "cpu ms", "ms", "slowest"
    );
    // Half of the sheets are drawn by a program that shares nothing with what reads them.
    let poppler = has_poppler();
    let drawer = |seed: u64| match seed % 2 {
        1 if poppler => Drawer::Poppler,
        _ => Drawer::Hayro,
    };
    let written: Vec<Written> = (0..sheets)
        .map(|seed| Written::by(drawer(seed), seed))
        .collect();
    let mut sums: Vec<(f64, Sum)> = dpis.iter().map(|dpi| (*dpi, Sum::default())).collect();
    for spoil in Spoil::ALL {
        if !spoil.name().contains(&kind) {
            continue;
        }
        for (dpi, total) in &mut sums {
            let mut sum = Sum::default();
            for (seed, written) in written.iter().enumerate() {
                let spoilt = written.spoilt(spoil, *dpi, seed as u64);
                let outcome = scan(written, &spoilt);
                if let Some(folder) = &keep {
                    let name = format!("{}-{dpi}-{seed}", spoil.name().replace([' ', '/'], "_"));
                    keep_page(Path::new(folder), &name, &spoilt, &outcome);
                }
                sum.add(&outcome);
                total.add(&outcome);
            }
            sum.print(spoil.name(), *dpi);
        }
    }
    println!();
    for (dpi, sum) in &sums {
        sum.print("all", *dpi);
    }
    if kind.is_empty() {
        pile(&written, number("PAGES", 60) as usize);
    }
}

#[derive(Default)]
struct Sum {
    pages: usize,
    read: usize,
    misrouted: usize,
    square: usize,
    ticks: usize,
    worked: Duration,
    took: Duration,
    slowest: Duration,
}

impl Sum {
    fn add(&mut self, outcome: &Outcome) {
        self.pages += 1;
        self.read += usize::from(outcome.read);
        self.misrouted += usize::from(outcome.misrouted);
        self.square += usize::from(outcome.page.quality > 0.0);
        self.ticks += usize::from(outcome.ticks_right);
        self.worked += outcome.worked;
        self.took += outcome.took;
        self.slowest = self.slowest.max(outcome.took);
    }

    fn print(&self, name: &str, dpi: f64) {
        println!(
            "{name:22} {dpi:>4} {:>4} {:5.1} % {:>9} {:>6} {:>6} {:>8.0} {:>8.0} {:>8.0}",
            self.read,
            100.0 * self.read as f64 / self.pages.max(1) as f64,
            self.misrouted,
            self.square,
            self.ticks,
            self.worked.as_secs_f64() * 1e3 / self.pages.max(1) as f64,
            self.took.as_secs_f64() * 1e3 / self.pages.max(1) as f64,
            self.slowest.as_secs_f64() * 1e3,
        );
    }
}

fn keep_page(folder: &Path, name: &str, spoilt: &paper::canvas::Canvas, outcome: &Outcome) {
    fs::create_dir_all(folder).unwrap();
    spoilt
        .image()
        .save(folder.join(format!("{name}-in.png")))
        .unwrap();
    let ending = match outcome.page.picture.format {
        PictureFormat::Jpeg => "jpg",
        PictureFormat::Png => "png",
    };
    let verdict = if outcome.read { "read" } else { "unread" };
    let file = folder.join(format!("{name}-{verdict}.{ending}"));
    fs::write(file, &outcome.page.picture.bytes).unwrap();
}

/// A pile as an office scanner writes it, a PDF of JPEG pages at 200 dpi, on two threads.
fn pile(written: &[Written], pages: usize) {
    let dpi = 200.0;
    let scans: Vec<PdfPage> = (0..pages)
        .map(|index| {
            let written = &written[index % written.len()];
            let spoil = [Spoil::Straight, Spoil::Askew, Spoil::UpsideDown][index % 3];
            let canvas = written.spoilt(spoil, dpi, index as u64);
            let points = |pixels: usize| pixels as f64 * 72.0 / dpi;
            PdfPage::of(
                PdfImage::jpeg(&canvas, 80),
                points(canvas.width),
                points(canvas.height),
            )
        })
        .collect();
    let source = Source::open(pdf(&scans)).unwrap();
    let threads = NonZeroUsize::new(2).unwrap();
    let start = Instant::now();
    let mut read = 0;
    let mut bytes = 0;
    scan_source(&source, &[office()], 0, threads, |_, page| {
        let page = page.unwrap();
        read += usize::from(matches!(page.finding, Finding::Proven(_)));
        bytes += page.picture.bytes.len();
        ControlFlow::Continue(())
    });
    let took = start.elapsed().as_secs_f64();
    println!();
    println!(
        "pile: {pages} colour pages of 200 dpi in a PDF, 2 threads: {read} read, {:.0} ms a page, \
         3,000 pages in {:.1} minutes, {:.0} KiB a picture",
        took * 1e3 / pages as f64,
        took / pages as f64 * 3_000.0 / 60.0,
        bytes as f64 / 1_024.0 / pages as f64,
    );
}
