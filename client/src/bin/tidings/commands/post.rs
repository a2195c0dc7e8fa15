//! `outbox` and `collect`.

use serde_json::{Value, json};
use tidings_client::{Account, CollectReport, NextTry, Waiting, WaitingKind};

use super::{letters::letter_json, wait, write::Listener};
use crate::{
    arguments::{Collect, Outbox},
    failure::Failure,
    show::{Show, timestamp},
};

pub(crate) fn outbox(account: &Account, outbox: &Outbox, show: &Show) -> Result<(), Failure> {
    let listener = Listener::new(show);
    let report = wait(account.send(outbox.send, &listener))?;
    listener.finish();
    show.warnings(&report.warnings);
    let failures: Vec<Failure> = report.failures.into_iter().map(Failure::from).collect();
    for failure in &failures {
        show.note(failure);
    }
    if report.sent > 0 {
        show.line("outbox-sent", &[("count", report.sent.into())]);
    }
    let waiting = account.outbox()?;
    if waiting.is_empty() {
        show.line("outbox-empty", &[]);
    }
    for item in &waiting {
        line(account, item, show)?;
    }
    show.json(&json!({
        "sent": report.sent,
        "failures": failures.iter().map(Failure::code).collect::<Vec<_>>(),
        "waiting": waiting.iter().map(waiting_json).collect::<Value>(),
    }));
    Ok(())
}

fn line(account: &Account, item: &Waiting, show: &Show) -> Result<(), Failure> {
    let texts = show.texts();
    let what = match item.kind {
        WaitingKind::Letter(number) => {
            texts.with("outbox-letter", &[("number", number.to_string().into())])
        }
        WaitingKind::Mailbox => texts.text("outbox-mailbox"),
        WaitingKind::Prekeys => texts.text("outbox-prekeys"),
        WaitingKind::Deletion => texts.text("outbox-deletion"),
    };
    let to = match item.to {
        Some(number) => {
            let contact = account.find_contact(&number.to_string())?;
            texts.with("outbox-to", &[("name", contact.name.into())])
        }
        None => String::new(),
    };
    let reason = item
        .failed
        .as_deref()
        .map_or_else(String::new, |code| Failure::failed(code).sentence(texts));
    let next = match item.next {
        NextTry::Now => texts.text("outbox-next-now"),
        NextTry::At(moment) => {
            texts.with("outbox-next-at", &[("time", show.moment(moment).into())])
        }
        NextTry::Never => texts.with("outbox-refused", &[("reason", reason.into())]),
    };
    show.line(
        "outbox-line",
        &[
            ("what", what.into()),
            ("to", to.into()),
            ("done", show.size(item.done).into()),
            ("total", show.size(item.total).into()),
            ("next", next.into()),
        ],
    );
    Ok(())
}

fn waiting_json(item: &Waiting) -> Value {
    let (kind, letter) = match item.kind {
        WaitingKind::Letter(number) => ("letter", Some(number.0)),
        WaitingKind::Mailbox => ("mailbox", None),
        WaitingKind::Prekeys => ("prekeys", None),
        WaitingKind::Deletion => ("deletion", None),
    };
    let next = match item.next {
        NextTry::Now => json!("now"),
        NextTry::At(moment) => json!(timestamp(moment)),
        NextTry::Never => json!("never"),
    };
    json!({
        "kind": kind,
        "letter": letter,
        "to": item.to.map(|to| to.0),
        "done": item.done,
        "total": item.total,
        "next": next,
        "failed": item.failed,
    })
}

pub(crate) fn collect(account: &Account, collect: &Collect, show: &Show) -> Result<(), Failure> {
    let mut first = true;
    loop {
        let listener = Listener::new(show);
        let report = wait(account.collect(&listener))?;
        listener.finish();
        let brought = !report.letters.is_empty();
        if first || brought {
            tell(account, report, show)?;
        }
        // Answers that the office makes by itself, and mailboxes made ahead, go out at once.
        let sent = wait(account.send(false, &listener))?;
        listener.finish();
        show.warnings(&sent.warnings);
        if !collect.watch {
            return Ok(());
        }
        if first {
            show.line("collect-watching", &[]);
        }
        first = false;
        watch(account, show)?;
    }
}

/// Waits for letters; while the relay cannot be reached, in pauses that grow.
fn watch(account: &Account, show: &Show) -> Result<(), Failure> {
    wait(async {
        let mut pause = std::time::Duration::from_secs(2);
        loop {
            match account.wait_for_letters().await {
                Ok(true) => return Ok(()),
                Ok(false) => pause = std::time::Duration::from_secs(2),
                Err(error) => {
                    show.note(&Failure::from(error));
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(std::time::Duration::from_secs(120));
                }
            }
        }
    })
}

fn tell(account: &Account, report: CollectReport, show: &Show) -> Result<(), Failure> {
    show.warnings(&report.warnings);
    let failures: Vec<Failure> = report.failures.into_iter().map(Failure::from).collect();
    for failure in &failures {
        show.note(failure);
    }
    let letters = report
        .letters
        .iter()
        .map(|number| account.letter(*number))
        .collect::<Result<Vec<_>, _>>()?;
    if letters.is_empty() && failures.is_empty() {
        show.line("collect-none", &[]);
    } else if !letters.is_empty() {
        show.line("collect-new", &[("count", letters.len().into())]);
    }
    for letter in &letters {
        show.letter_line(letter);
    }
    for number in &report.contacts {
        let contact = account.find_contact(&number.to_string())?;
        show.line(
            "collect-contact",
            &[
                ("name", contact.name.into()),
                ("number", number.to_string().into()),
            ],
        );
    }
    if report.parked > 0 {
        show.line("collect-parked", &[("count", report.parked.into())]);
    }
    show.json(&json!({
        "letters": letters.iter().map(letter_json).collect::<Value>(),
        "contacts": report.contacts.iter().map(|number| number.0).collect::<Vec<_>>(),
        "parked": report.parked,
        "failures": failures.iter().map(Failure::code).collect::<Vec<_>>(),
        "warnings": report.warnings.iter().map(|warning| warning.code()).collect::<Vec<_>>(),
    }));
    // Nothing came and something failed: a script has to see that.
    match failures.into_iter().next() {
        Some(failure) if letters.is_empty() => Err(failure.told()),
        _ => Ok(()),
    }
}
