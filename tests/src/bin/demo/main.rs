//! The main job on real input: a relay, an office and two families; letters with photographs and drawings cross, the office
//! answers with a scanned page; a desk prints, and scans what comes back; nothing readable is left at the relay, in any vault
//! or in any log. `cargo xtask demo`. With `--offline` the same without any network ([`offline`]); with `--hostile` a letter crosses
//! hostile networks ([`hostile`]).
#![expect(clippy::print_stdout, reason = "its output is for a person")]

mod desk_day;
mod hostile;
mod offline;
mod parcels;
mod path;
mod place;
mod proof;

use std::{
    fs,
    io::{IsTerminal, Read},
    process::ExitCode,
    time::Instant,
};

use anyhow::{bail, ensure};
use tidings_tests::{
    cli::{Cli, PASSPHRASE},
    relay::Relay,
    scan::Scan,
};

use place::{drawing, list, opened, page, photo, text, words};

const OFFICE: &str = "Бюро листування «Місток»";

fn main() -> ExitCode {
    let is_asked = |wanted: &str| std::env::args().any(|word| word == wanted);
    let done = if is_asked("--offline") {
        offline::run()
    } else if is_asked("--hostile") {
        hostile::run()
    } else {
        run()
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let stays = stays()?;
    let begun = Instant::now();
    // Left for the reader to look at; the system clears its temporary folder.
    let place = tempfile::Builder::new()
        .prefix("tidings-demo-")
        .tempdir()?
        .keep();
    println!(
        "Letters cross on this machine. All of it lies in {}",
        place.display()
    );

    let relay = Relay::start(&place)?;
    println!(
        "\n1. A relay starts (ready in {:.0?}).",
        relay.ready_after()
    );
    println!("   Its address: {}", relay.address());

    let office = Cli::new(&place, "office").language("uk");
    let address = relay.address().to_string();
    office.json(&["init", "--name", OFFICE, "--relay", &address])?;
    let card = office.json(&["card", "--office"])?;
    let link = text(&card, "card")?.to_owned();
    println!("\n2. An office makes its card: {OFFICE}.");
    println!(
        "   Families add it by a link of {} characters and compare eight check words by telephone:",
        link.len()
    );
    println!("   {}", words(&card["words"]["uk"]));

    println!("\n3. Two families write.");
    let families = path::families(&place);
    for family in &families {
        family.write(&address, &link, &relay)?;
    }

    let begun_collecting = Instant::now();
    let collected = office.json(&["collect"])?;
    let letters = list(&collected, "letters")?;
    println!(
        "\n4. The office collects {} letters (in {:.1?}), opens and answers them.",
        letters.len(),
        begun_collecting.elapsed()
    );
    ensure!(
        letters.len() == families.len(),
        "{} letters came: {collected}",
        letters.len()
    );
    for letter in letters {
        path::answer(&office, letter, &families, &place)?;
    }

    println!("\n5. The families collect and read.");
    for family in &families {
        family.read_answer(&place)?;
    }

    let desk = desk_day::live(&place, &relay, &families)?;

    let mut scan = Scan::new()
        .words("office's name", OFFICE)
        .text("passphrase", PASSPHRASE)
        .text("card", &link)
        .contents("photo", &fs::read(photo())?)
        .contents("drawing", &fs::read(drawing())?)
        .contents("scanned page", &fs::read(page())?);
    let mut homes = vec![office.home().to_owned(), desk.home()];
    for family in &families {
        scan = family.needles(scan);
        homes.push(family.cli.home().to_owned());
    }
    proof::prove(&place, desk_day::needles(scan), &homes)?;
    println!(
        "\nDone in {:.0?}. What was opened and saved: {}",
        begun.elapsed(),
        opened(&place).display()
    );
    if stays {
        println!("\nThe desk is open, with one letter that waits for you. Enter ends it.\n");
        desk.invite();
        // An end of the input is an Enter too.
        let _ = std::io::stdin().read(&mut [0_u8; 1])?;
    }
    desk.close()?;
    relay.stop().map(drop)
}

/// Whether the desk stays open at the end: if somebody is there to look at it.
fn stays() -> anyhow::Result<bool> {
    let mut stays = std::io::stdin().is_terminal() && std::io::stdout().is_terminal();
    for argument in std::env::args().skip(1) {
        match argument.as_str() {
            "--stay" => stays = true,
            "--leave" => stays = false,
            other => bail!("demo takes --stay or --leave, got {other:?}"),
        }
    }
    Ok(stays)
}
