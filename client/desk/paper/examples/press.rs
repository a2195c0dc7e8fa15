//! Prints thousands of letters with pictures and tells time and memory: `cargo xtask bench print`, with `--letters N` (2,000) and
//! `--out FILE` (nowhere).
#![allow(clippy::print_stdout, reason = "it tells what it measured")]

#[allow(dead_code, unreachable_pub, reason = "each example uses a part of it")]
mod sample;

#[allow(
    dead_code,
    unreachable_pub,
    reason = "shared with the scanner's tests and bench"
)]
#[path = "../tests/paper/processor.rs"]
mod processor;

use std::error::Error;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::time::{Duration, Instant};

use processor::of_process;
use tidings_paper::batch::{self, BatchItem, BatchPlan};
use tidings_paper::geometry::Paper;
use tidings_paper::{DocumentId, Printing};
use tidings_protocol::time::UnixTime;

fn main() -> Result<(), Box<dyn Error>> {
    let mut count: u32 = 2_000;
    let mut out = "/dev/null".to_owned();
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let value = words.next().ok_or("a value is missing")?;
        match word.as_str() {
            "--letters" => count = value.parse()?,
            "--out" => out = value,
            other => return Err(format!("{other} is not known").into()),
        }
    }
    let (office, key) = (sample::office(), sample::key());
    let printing = Printing {
        office: &office,
        key: &key,
        paper: Paper::A4,
    };
    // Made before the clock starts: offices have pictures as files.
    let photos: Vec<_> = (0..8).map(sample::photo).collect();
    let drawing = sample::drawing();

    let mut alone = Vec::new();
    let mut worked = Duration::ZERO;
    for n in 0..20 {
        let pictures = vec![photos[n as usize % 8].clone(), drawing.clone()];
        let (started, before) = (Instant::now(), of_process());
        let mut pages = sample::letter(n, pictures)?.set(&printing)?;
        pages.append(sample::reply(n, 2)?.set(&printing)?);
        let pdf = pages.to_pdf(&DocumentId {
            id: "one".to_owned(),
            printed: UnixTime(1_795_000_000),
        })?;
        alone.push(started.elapsed());
        worked += of_process().saturating_sub(before);
        drop(pdf);
        // Nothing is remembered between single letters, as when one is printed now and then.
        batch::forget();
    }
    alone.sort_unstable();
    println!(
        "one letter, photo, drawing, reply sheet of 2 pages, as PDF: median {:.0?}, slowest {:.0?} of {}; processor {:.0?} each",
        alone[alone.len() / 2],
        alone[alone.len() - 1],
        alone.len(),
        worked / 20
    );
    println!("goal: 150 ms");

    let plan = BatchPlan {
        printing,
        id: DocumentId {
            id: "press".to_owned(),
            printed: UnixTime(1_795_000_000),
        },
        both_sides: true,
        two_on_a_sheet: false,
        threads: None,
    };
    let items = (0..count).map(|n| -> Result<BatchItem, Box<dyn Error>> {
        let pictures = vec![photos[n as usize % 8].clone(), drawing.clone()];
        Ok(BatchItem::Letter(
            Box::new(sample::letter(n, pictures)?),
            Some(sample::reply(n, 2)?),
        ))
    });
    let (started, before) = (Instant::now(), of_process());
    let mut document = Counted {
        to: BufWriter::new(File::create(&out)?),
        bytes: 0,
    };
    let report = batch::print(&plan, items, &mut document)?;
    let took = started.elapsed();
    let worked = of_process().saturating_sub(before);
    println!(
        "{} letters, {} pages, {} failed: {:.1} s, {:.1} ms a letter, processor {:.1} ms a letter, {} MiB resident at most, \
         document of {} MiB",
        report.letters.len(),
        report.pages,
        report.failed.len(),
        took.as_secs_f64(),
        took.as_secs_f64() * 1_000.0 / f64::from(count.max(1)),
        worked.as_secs_f64() * 1_000.0 / f64::from(count.max(1)),
        resident_most(),
        document.bytes >> 20,
    );
    println!("goal: 2000 letters in 300 s, 1024 MiB");
    Ok(())
}

/// Counts what is written, also into a device that has no length.
struct Counted<W> {
    to: W,
    bytes: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.to.write(bytes)?;
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// The most memory that this process has held, in MiB, as Linux tells it.
fn resident_most() -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        })
        .map_or(0, |kib| kib / 1_024)
}
