//! `tidings-relay`: the command line of the relay. `docs/OPERATING.md` tells an operator how to use it.

mod commands;
mod failure;

use std::process::ExitCode;

use clap::Parser;
use tidings_relay::settings::Flags;

use self::commands::Command;

/// Sealed letters are many short-lived buffers of a few sizes on several threads, which this allocator keeps apart better
/// than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Stores and forwards sealed letters; never sees contents.
#[derive(Debug, Parser)]
#[command(name = "tidings-relay", version)]
struct Line {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

fn main() -> ExitCode {
    // Whatever is written, by us or by the engine of the index, is for our own eyes.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let line = match Line::try_parse() {
        Ok(line) => line,
        Err(error) => return failure::refuse(&error),
    };
    let as_json = line.command.is_json();
    match commands::execute(&line.flags, line.command) {
        Ok(code) => code,
        Err(failure) => failure.report(as_json),
    }
}
