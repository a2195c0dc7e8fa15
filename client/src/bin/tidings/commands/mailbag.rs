//! `mailbag …`: post as files that people carry.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tidings_client::{
    Account, Error, ExportOrder, ExportReport, WaitingKind,
    mailbag::{BagView, inspect as look},
};
use tidings_protocol::mailbag::Contents;

use super::{post::Tally, wait, write::Listener};
use crate::{
    failure::Failure,
    interrupt::{self, Stage},
    show::Show,
};

/// What the command line asks to be packed.
pub(crate) struct Export<'a> {
    pub(crate) file: &'a Path,
    pub(crate) to: &'a [String],
    pub(crate) part_size: Option<u64>,
    pub(crate) new: bool,
    pub(crate) at_relay: bool,
}

pub(crate) fn export(account: &Account, asked: &Export<'_>, show: &Show) -> Result<(), Failure> {
    let to = asked.to.iter().map(|name| account.find_contact(name));
    let to = to.collect::<Result<Vec<_>, Error>>()?;
    let order = ExportOrder {
        path: asked.file.to_owned(),
        to: to.iter().map(|contact| contact.number).collect(),
        part_size: asked.part_size,
        only_new: asked.new,
        also_at_relay: asked.at_relay,
    };
    let listener = Listener::new(show);
    interrupt::at(Stage::Packing);
    let report = wait(account.export_mailbag(&order, &listener));
    interrupt::at(Stage::OwnEnd);
    listener.finish();
    let report = report.map_err(without_key)?;
    tell_written(&report, show);
    let left_out: Vec<(u64, Failure)> = report
        .left_out
        .into_iter()
        .map(|left_out| (left_out.letter.0, without_key(left_out.reason.into())))
        .collect();
    for (number, reason) in &left_out {
        let reason = reason.clause(show.texts());
        show.aside(
            "mailbag-left-out",
            &[
                ("number", number.to_string().into()),
                ("reason", reason.into()),
            ],
        );
    }
    show.json(&json!({
        "files": paths(&report.files),
        "bag": report.bag,
        "letters": report.letters.iter().map(|letter| letter.0).collect::<Vec<_>>(),
        "notices": report.notices,
        "bytes": report.bytes,
        "contents": contents_json(&report.contents),
        "left_out": left_out
            .iter()
            .map(|(letter, reason)| json!({ "letter": letter, "failure": reason.code() }))
            .collect::<Value>(),
    }));
    Ok(())
}

/// Without a network, keys come by card file.
fn without_key(failure: Failure) -> Failure {
    if failure.code() == "prekeys-expired" {
        return failure.renamed("mailbag-no-key");
    }
    failure
}

fn tell_written(report: &ExportReport, show: &Show) {
    let texts = show.texts();
    let letters = texts.with("mailbag-letters", &[("count", report.letters.len().into())]);
    show.line(
        "mailbag-written",
        &[
            ("letters", letters.into()),
            ("size", texts.size(report.bytes).into()),
            ("bag", report.bag.clone().into()),
        ],
    );
    if report.notices > 0 {
        show.line("mailbag-notices", &[("count", report.notices.into())]);
    }
    for file in &report.files {
        show.plain(&format!("  {}", file.display()));
    }
    show.line("mailbag-give", &[("count", report.files.len().into())]);
}

pub(crate) fn import(account: &Account, files: &[PathBuf], show: &Show) -> Result<(), Failure> {
    let listener = Listener::new(show);
    interrupt::at(Stage::Unpacking);
    let report = wait(account.import_mailbag(files, &listener));
    interrupt::at(Stage::OwnEnd);
    listener.finish();
    let report = report?;
    let mut tally = Tally::begin();
    let brought = json!({
        "envelopes": report.envelopes,
        "enclosures": report.enclosures,
        "others": report.others,
    });
    let failures = tally.tell_with(
        account,
        report.collected,
        true,
        Some(("mailbag", brought)),
        show,
    )?;
    if report.others > 0 {
        show.line("mailbag-others", &[("count", report.others.into())]);
    }
    let answers = account
        .outbox()?
        .iter()
        .any(|item| matches!(item.kind, WaitingKind::Letter(_)) && !item.with_courier);
    if answers {
        show.line("mailbag-answers", &[]);
    }
    match failures.into_iter().next() {
        Some(failure) if tally.is_empty() => Err(failure.told()),
        _ => Ok(()),
    }
}

/// Leaves a bag at its relays.
pub(crate) fn deliver(account: &Account, files: &[PathBuf], show: &Show) -> Result<(), Failure> {
    let listener = Listener::new(show);
    interrupt::at(Stage::Delivering);
    let report = wait(account.deliver_mailbag(files, &listener));
    interrupt::at(Stage::OwnEnd);
    listener.finish();
    let report = report?;
    let failures: Vec<Failure> = report.failures.into_iter().map(Failure::from).collect();
    for failure in &failures {
        show.note(failure);
    }
    show.line("mailbag-delivered", &[("count", report.letters.into())]);
    if report.left > 0 {
        show.line("mailbag-not-delivered", &[("count", report.left.into())]);
    }
    show.json(&json!({
        "letters": report.letters,
        "chunks": report.chunks,
        "left": report.left,
        "failures": failures.iter().map(Failure::code).collect::<Vec<_>>(),
    }));
    match failures.into_iter().next() {
        Some(failure) if report.left > 0 => Err(failure.told()),
        _ => Ok(()),
    }
}

/// What a courier may know. Ends with a failure if a bag is not whole.
pub(crate) fn inspect(files: &[PathBuf], show: &Show) -> Result<(), Failure> {
    let listener = Listener::new(show);
    let looked = look(files, &listener);
    listener.finish();
    let mut values = Vec::new();
    let mut wrong = None;
    for bag in looked? {
        tell_bag(&bag, show);
        let mut value = bag_json(&bag);
        if let Some(problem) = bag.problem {
            let problem = Failure::from(problem);
            show.note(&problem);
            value["failure"] = problem.code().into();
            wrong.get_or_insert(problem.told());
        } else {
            show.line("mailbag-whole", &[]);
        }
        values.push(value);
    }
    show.json(&json!({ "bags": values }));
    wrong.map_or(Ok(()), Err)
}

fn tell_bag(bag: &BagView, show: &Show) {
    let texts = show.texts();
    show.line(
        "mailbag-bag",
        &[
            ("bag", bag.bag.clone().into()),
            ("there", bag.there.len().to_string().into()),
            ("parts", bag.parts.to_string().into()),
            ("size", texts.size(bag.bytes).into()),
        ],
    );
    let Some(contents) = &bag.contents else {
        show.line("mailbag-contents-unknown", &[]);
        return;
    };
    show.line("mailbag-envelopes", &[("count", contents.envelopes.into())]);
    show.line(
        "mailbag-chunks",
        &[
            ("count", contents.chunks().into()),
            ("size", texts.size(chunk_bytes(contents)).into()),
        ],
    );
    for relay in &contents.relays {
        show.line("mailbag-relay", &[("relay", relay.to_string().into())]);
    }
}

fn bag_json(bag: &BagView) -> Value {
    json!({
        "bag": bag.bag,
        "parts": bag.parts,
        "files": bag
            .there
            .iter()
            .map(|(number, path)| json!({ "part": number, "path": path.display().to_string() }))
            .collect::<Value>(),
        "missing": bag.missing,
        "bytes": bag.bytes,
        "contents": bag.contents.as_ref().map(contents_json),
        "failure": null,
    })
}

fn contents_json(contents: &Contents) -> Value {
    json!({
        "relays": contents.relays.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "envelopes": contents.envelopes,
        "chunks": contents.chunks,
        "chunk_bytes": chunk_bytes(contents),
    })
}

fn chunk_bytes(contents: &Contents) -> u64 {
    let sizes = tidings_protocol::limits::CHUNK_CLASSES;
    let sums = contents.chunks.iter().zip(sizes);
    sums.fold(0, |sum, (count, size)| {
        sum.saturating_add(count.saturating_mul(size as u64))
    })
}

fn paths(files: &[PathBuf]) -> Vec<String> {
    files
        .iter()
        .map(|path| path.display().to_string())
        .collect()
}

/// A number of bytes as people write it: `8MB`, `700 KiB`, `8 МБ`. Units of a thousand, unless they say otherwise: what just fits
/// by the larger unit may not fit by the smaller.
pub(crate) fn parse_size(text: &str) -> Result<u64, &'static str> {
    let refused = "not a size";
    let text = text.trim().to_lowercase();
    let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    let unit = text[digits.len()..].trim();
    let factor = match unit {
        "" | "b" | "б" => 1,
        "k" | "kb" | "к" | "кб" => 1_000,
        "m" | "mb" | "м" | "мб" => 1_000_000,
        "g" | "gb" | "г" | "гб" => 1_000_000_000,
        "kib" | "кіб" | "киб" => 1_024,
        "mib" | "міб" | "миб" => 1_048_576,
        "gib" | "гіб" | "гиб" => 1_073_741_824,
        _ => return Err(refused),
    };
    let number: u64 = digits.trim().parse().map_err(|_| refused)?;
    number.checked_mul(factor).ok_or(refused)
}

#[cfg(test)]
mod tests {
    use super::parse_size;

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(parse_size("8MB"), Ok(8_000_000));
        assert_eq!(parse_size(" 8 МБ "), Ok(8_000_000));
        assert_eq!(parse_size("700 KiB"), Ok(716_800));
        assert_eq!(parse_size("65536"), Ok(65_536));
        for wrong in ["", "MB", "8 bananas", "-1", "1.5MB", "99999999999GB"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
