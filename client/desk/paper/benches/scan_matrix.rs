//! Prints how many codes are read, and how fast, over kinds of damage and resolutions; then how long a pile of a day takes.
//!
//! ```text
//! cargo xtask bench scan                            25 sheets for each kind of damage at 150 dpi, 3,000 pages in files
//! cargo xtask bench scan --sheets 100 --dpi 100,150,200,300
//! cargo xtask bench scan --kind fax --keep FOLDER   one kind and no pile; pages are kept to be looked at
//! ```
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a program that prints a table"
)]

#[path = "../tests/paper/mod.rs"]
mod paper;

use std::{
    env, fs,
    num::NonZeroUsize,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use paper::{
    cases::{Outcome, Written, office, scan},
    files::{PdfImage, PdfPage, pdf},
    processor::of_process,
    sheet::{Drawer, has_poppler},
    spoil::Spoil,
};
use tidings_paper::scan::{Finding, PictureFormat, Source, scan_source};

/// What an office asks of its scanner.
const GOAL_READ: f64 = 99.5;
const GOAL_MINUTES: f64 = 15.0;
const GOAL_PAGES: usize = 3_000;

/// What is measured.
struct Plan {
    sheets: u64,
    dpis: Vec<f64>,
    kind: String,
    keep: Option<PathBuf>,
    pages: usize,
    threads: NonZeroUsize,
}

impl Plan {
    fn read() -> Self {
        let mut plan = Self {
            sheets: 25,
            dpis: vec![150.0],
            kind: String::new(),
            keep: None,
            pages: GOAL_PAGES,
            threads: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        };
        let mut words = env::args().skip(1).filter(|word| word != "--bench");
        while let Some(word) = words.next() {
            let value = words.next().unwrap_or_default();
            match word.as_str() {
                "--sheets" => plan.sheets = value.parse().unwrap(),
                "--dpi" => plan.dpis = value.split(',').map(|dpi| dpi.parse().unwrap()).collect(),
                "--kind" => plan.kind = value,
                "--keep" => plan.keep = Some(value.into()),
                "--pages" => plan.pages = value.parse().unwrap(),
                other => panic!("{other} is not known; see the head of scan_matrix.rs"),
            }
        }
        plan
    }
}

fn main() {
    // `cargo test --all-targets` runs this too; only `cargo bench` says so.
    if !env::args().any(|argument| argument == "--bench") {
        return;
    }
    let plan = Plan::read();
    // Half of the sheets are drawn by a program that shares nothing with what reads them.
    let poppler = has_poppler();
    let drawer = |seed: u64| match seed % 2 {
        1 if poppler => Drawer::Poppler,
        _ => Drawer::Hayro,
    };
    let written: Vec<Written> = shared(&plan, plan.sheets as usize, |seed| {
        Written::by(drawer(seed as u64), seed as u64)
    });
    matrix(&plan, &written);
    if plan.kind.is_empty() && plan.pages > 0 {
        pile(&plan, &written);
    }
}

/// What `work` makes of each index, by all threads, in the order of the indices.
fn shared<T: Send>(plan: &Plan, count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(count));
    thread::scope(|scope| {
        for _ in 0..plan.threads.get() {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        break;
                    }
                    let made = work(index);
                    done.lock().unwrap().push((index, made));
                }
            });
        }
    });
    let mut done = done.into_inner().unwrap();
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, made)| made).collect()
}

fn matrix(plan: &Plan, written: &[Written]) {
    println!(
        "{:22} {:>4} {:>13} {:>9} {:>6} {:>6} {:>8} {:>8}",
        "damage", "dpi", "read", "misrouted", "square", "ticks", "cpu ms", "slowest"
    );
    let mut sums: Vec<(f64, Sum)> = plan.dpis.iter().map(|dpi| (*dpi, Sum::default())).collect();
    let kinds = Spoil::ALL
        .into_iter()
        .filter(|spoil| spoil.name().contains(&plan.kind));
    for spoil in kinds {
        for (dpi, total) in &mut sums {
            let outcomes = shared(plan, written.len(), |seed| {
                let spoilt = written[seed].spoilt(spoil, *dpi, seed as u64);
                let outcome = scan(&written[seed], &spoilt);
                if let Some(folder) = &plan.keep {
                    let name = format!("{}-{dpi}-{seed}", spoil.name().replace([' ', '/'], "_"));
                    keep_page(folder, &name, &spoilt, &outcome);
                }
                outcome
            });
            let mut sum = Sum::default();
            for outcome in &outcomes {
                sum.add(outcome);
                total.add(outcome);
            }
            sum.print(spoil.name(), *dpi);
        }
    }
    println!();
    for (dpi, sum) in &sums {
        sum.print("all", *dpi);
    }
    println!("goal at 150 dpi: {GOAL_READ} % read, 0 misrouted");
}

#[derive(Default)]
struct Sum {
    pages: usize,
    read: usize,
    misrouted: usize,
    square: usize,
    ticks: usize,
    worked: Duration,
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
        self.slowest = self.slowest.max(outcome.worked);
    }

    fn print(&self, name: &str, dpi: f64) {
        println!(
            "{name:22} {dpi:>4} {:>5} {:5.1} % {:>9} {:>6} {:>6} {:>8.0} {:>8.0}",
            self.read,
            100.0 * self.read as f64 / self.pages.max(1) as f64,
            self.misrouted,
            self.square,
            self.ticks,
            self.worked.as_secs_f64() * 1e3 / self.pages.max(1) as f64,
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

/// Pages in one file of the pile.
const FILE_PAGES: usize = 60;

/// A day's pile as an office scanner writes it: PDF files of colour JPEG pages at 200 dpi. Four of five pages went through the feeder
/// straight, askew or upside down; each fifth has one of all kinds of damage. Files are made from [`FILE_PAGES`] scans, which
/// are read anew in each of them.
fn pile(plan: &Plan, written: &[Written]) {
    let dpi = 200.0;
    let feeder = [
        Spoil::Straight,
        Spoil::Askew,
        Spoil::UpsideDown,
        Spoil::Straight,
    ];
    let of_page = |index: usize| {
        let spoil = match feeder.get(index % 5) {
            Some(spoil) => *spoil,
            None => Spoil::ALL[index / 5 % Spoil::ALL.len()],
        };
        (spoil, &written[index % written.len()])
    };
    let scans: Vec<PdfPage> = shared(plan, FILE_PAGES, |index| {
        let (spoil, written) = of_page(index);
        let canvas = written.spoilt(spoil, dpi, index as u64);
        let points = |pixels: usize| pixels as f64 * 72.0 / dpi;
        PdfPage::of(
            PdfImage::jpeg(&canvas, 80),
            points(canvas.width),
            points(canvas.height),
        )
    });
    let file = pdf(&scans);
    drop(scans);
    let (mut pages, mut read, mut misrouted, mut bytes) = (0, 0, 0, 0);
    let (start, before) = (Instant::now(), of_process());
    while pages < plan.pages {
        let source = Source::open(file.clone()).unwrap();
        let mut left = plan.pages - pages;
        scan_source(&source, &[office()], 0, plan.threads, |index, page| {
            let page = page.unwrap();
            match page.finding {
                Finding::Proven(code) if code == of_page(index).1.code => read += 1,
                Finding::Proven(_) => misrouted += 1,
                Finding::Unread(_) => {}
            }
            bytes += page.picture.bytes.len();
            pages += 1;
            left -= 1;
            match left {
                0 => ControlFlow::Break(()),
                _ => ControlFlow::Continue(()),
            }
        });
    }
    let minutes = start.elapsed().as_secs_f64() / 60.0;
    let worked = of_process().saturating_sub(before);
    println!();
    println!(
        "pile: {pages} colour pages of 200 dpi in PDF files, {} threads: {read} read ({:.2} %), {misrouted} misrouted, {minutes:.1} minutes, \
         {:.0} ms a page, processor {:.0} ms, {:.0} KiB a picture",
        plan.threads,
        100.0 * read as f64 / pages.max(1) as f64,
        minutes * 6e4 / pages.max(1) as f64,
        worked.as_secs_f64() * 1e3 / pages.max(1) as f64,
        bytes as f64 / 1_024.0 / pages.max(1) as f64,
    );
    println!("goal: {GOAL_PAGES} pages in {GOAL_MINUTES} minutes, 0 misrouted");
}
