//! `tidings`, the command line of families and offices: asks, calls the library, shows.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "printing is what a command line is for"
)]

mod arguments;
mod commands;
mod encoding;
mod failure;
mod interrupt;
mod passphrase;
mod progress;
mod show;
mod translations;
mod usage;

use std::process::ExitCode;

use translations::Texts;

fn main() -> ExitCode {
    let texts = Texts::choose(usage::asked_language().as_deref());
    let arguments = match usage::parse(&texts) {
        Ok(arguments) => arguments,
        Err(exit) => return exit,
    };
    let show = show::Show::new(texts, arguments.common.json, arguments.common.verbose);
    interrupt::listen(show.clone());
    match commands::run(arguments, &show) {
        Ok(()) if show::is_output_lost() => {
            ExitCode::from(failure::Failure::failed("output").show(&show))
        }
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => ExitCode::from(failure.show(&show)),
    }
}
