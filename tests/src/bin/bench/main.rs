//! Measures, always beside a yardstick in the same run. `cargo xtask bench [NAME…]` builds and runs it; never part of the tests.
#![expect(clippy::print_stdout, reason = "its output is the result")]

mod deposits;
mod load;
mod photo;
mod probe;
mod report;
mod restart;
mod yardstick;

use std::process::ExitCode;

use anyhow::bail;

/// The same allocator as the relay's, so that the yardstick has no disadvantage.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const HELP: &str = "\
Usage: cargo xtask bench [NAME…] [--rounds N] [--seconds N] [--letters N]

  deposits   durable deposits over QUIC and WebSocket, 64 connections and 1, beside quinn + append-only log + group commit
  collect    1,000 waiting letters, beside raw quinn bulk transfer of the same bytes
  photo      2 MiB up and down, durable, beside raw quinn with the same bytes
  restart    start with a million letters: time to ready, memory
  seal       a letter sealed and opened, beside the bare primitives

Without a name: all but restart, which writes 8 GiB.
";

/// What was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wishes {
    /// Rounds that count, each with every system once.
    pub(crate) rounds: usize,
    /// Seconds of load in a round, per system.
    pub(crate) seconds: u64,
    /// Letters of `restart`.
    pub(crate) letters: u64,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let mut names = Vec::new();
    let mut wishes = Wishes {
        rounds: 5,
        seconds: 4,
        letters: 1_000_000,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number =
            || -> anyhow::Result<u64> { Ok(words.next().unwrap_or_default().parse()?) };
        match word.as_str() {
            "--rounds" => wishes.rounds = usize::try_from(number()?)?,
            "--seconds" => wishes.seconds = number()?,
            "--letters" => wishes.letters = number()?,
            "--help" | "-h" => {
                print!("{HELP}");
                return Ok(());
            }
            // Not for people: the yardstick's server, in a process of its own.
            "yardstick" => {
                return yardstick::serve(std::path::Path::new(&words.next().unwrap_or_default()));
            }
            _ => names.push(word),
        }
    }
    if names.is_empty() {
        names = ["deposits", "collect", "photo"].map(str::to_owned).to_vec();
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    for name in &names {
        match name.as_str() {
            "deposits" => runtime.block_on(deposits::run(wishes))?,
            "photo" => runtime.block_on(photo::photo(wishes))?,
            "collect" => runtime.block_on(photo::collect(wishes))?,
            "restart" => runtime.block_on(restart::run(wishes))?,
            other => bail!("no bench {other:?}\n{HELP}"),
        }
    }
    Ok(())
}
