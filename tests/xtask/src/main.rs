//! The project's verbs. Continuous integration calls only these, so what it does anyone can do.
#![expect(
    clippy::print_stdout,
    reason = "a command line tells people what it does"
)]

mod doctor;
mod fuzz;
mod step;
mod verbs;

use std::{path::PathBuf, process::ExitCode, time::Instant};

const HELP: &str = "\
The project's commands.

Usage: cargo xtask VERB [ARGUMENTS]

  demo                        a relay, an office and two families: letters, photos and drawings cross, end to end;
                              proves that no plaintext was left behind; --offline: the same as files on a stick,
                              with twenty photos and no network;
                              --hostile: a letter with a photo crosses networks that block, freeze, lose and pose,
                              a SOCKS server, Tor, and goes by mailbag
  test [--long] [FILTER]      formatting, lints, WebAssembly check, all tests; --long adds the slow rounds
  check                       formatting, lints, and those supply-chain and spelling checks that are installed
  fuzz [TARGET] [--minutes N] fuzzes one decoder or all of them, N minutes each (default 10); --list names them
  bench [NAME…]               deposits, photo, collect, seal, restart; each beside its yardstick, optimised build;
                              scan: sheets through damage, 3,000 pages; print: 2,000 letters with pictures
  vectors                     writes the frozen vectors anew and shows what changed
  doctor                      looks for what the others need, installs or names what is missing

Every verb begins with its part of `doctor`. CARGO_TARGET_DIR is honoured.
";

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let verb = if arguments.is_empty() {
        String::new()
    } else {
        arguments.remove(0)
    };
    if arguments
        .iter()
        .any(|word| word == "--help" || word == "-h")
    {
        print!("{HELP}");
        return ExitCode::SUCCESS;
    }
    let begun = Instant::now();
    let outcome = match verb.as_str() {
        "demo" => verbs::demo(&arguments),
        "test" => verbs::test(&arguments),
        "check" => verbs::check(&arguments),
        "fuzz" => fuzz::fuzz(&arguments),
        "bench" => verbs::bench(&arguments),
        "vectors" => verbs::vectors(&arguments),
        "doctor" => doctor::examine(&doctor::ALL),
        "--help" | "-h" | "help" => {
            print!("{HELP}");
            return ExitCode::SUCCESS;
        }
        "" => {
            print!("{HELP}");
            return ExitCode::from(2);
        }
        unknown => Err(anyhow::anyhow!(
            "unknown verb {unknown:?}; `cargo xtask --help` lists them"
        )),
    };
    match outcome {
        Ok(()) => {
            println!("\ncargo xtask {verb}: done in {:.0?}", begun.elapsed());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("\ncargo xtask {verb}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// The root of the project: two folders above this package.
fn root() -> PathBuf {
    let package = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    package
        .ancestors()
        .nth(2)
        .map_or(package.clone(), PathBuf::from)
}

/// Where cargo puts what it builds.
fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| root().join("target"), |dir| root().join(dir))
}
