//! `init`, `relay`, `card`, `status`, `passphrase`, `copied`, `wipe`.

use std::{io::Write as _, path::Path};

use qrcode::{QrCode, render::unicode::Dense1x2};
use secrecy::ExposeSecret as _;
use serde_json::json;
use tidings_client::{
    Account, CopyVerdict, NewAccount, OfficeCard, Silent,
    files::{self, Exposed},
};
use tidings_protocol::{
    language::Language,
    name,
    relay_identity::{AddressError, RelayAddress},
    words::CheckWords,
};

use super::{disk, network::ForNow, open_and_keep, wait, warn_of_rights};
use crate::{
    arguments::{Card, Copied, Init, Passphrase, Relay, Wipe},
    failure::Failure,
    interrupt::{self, Stage},
    passphrase::{self, Wording},
    show::{Show, timestamp},
};

pub(crate) fn init(
    home: &Path,
    init: &Init,
    source: &passphrase::Source,
    for_now: &ForNow,
    show: &Show,
) -> Result<(), Failure> {
    let relay: RelayAddress = init
        .relay
        .parse()
        .map_err(|error| relay_address_failure(&error))?;
    if Account::exists(home) {
        return Err(tidings_client::Error::VaultExists {
            home: home.to_owned(),
        }
        .into());
    }
    let place = home.display().to_string();
    // VAULT-13: what others could have put there is not built upon.
    let exposed = files::exposed(home);
    if exposed == Some(Exposed::Itself) {
        return Err(Failure::failed("home-open").with("path", place));
    }
    // Before the passphrase is asked for.
    let name = name::chosen(&init.name).map_err(tidings_client::Error::from)?;
    let passphrase = passphrase::new(source, Wording::FIRST, show.texts())?;
    let new = NewAccount {
        name: name.clone(),
        relay,
        languages: Vec::new(),
    };
    interrupt::at(Stage::Founding);
    let account = Account::create(home, &passphrase, new)?;
    interrupt::at(Stage::Founded);
    for_now.apply(&account)?;
    if let Some(exposed) = exposed {
        warn_of_rights(home, exposed, show);
    }
    show.line(
        "init-done",
        &[
            ("name", name.clone().into()),
            ("home", place.clone().into()),
        ],
    );
    let first = meet_relay(&account, show)?;
    show.line("init-next-family", &[]);
    show.json(&json!({
        "name": name,
        "home": place,
        "waiting": first.waiting,
        "failure": first.failure,
    }));
    Ok(())
}

/// What came of meeting a relay for the first time.
struct FirstMeeting {
    waiting: u64,
    /// Code of what failed.
    failure: Option<String>,
}

/// Making the mailboxes ahead lets the first letter go out by itself; offline this waits. As long as none is made a wrong
/// address can still be put right.
fn meet_relay(account: &Account, show: &Show) -> Result<FirstMeeting, Failure> {
    let report = wait(account.send(true, &Silent))?;
    show.warnings(&report.warnings);
    let failures: Vec<Failure> = report.failures.into_iter().map(Failure::from).collect();
    for failure in &failures {
        // That a relay is away is no trouble; that something else answers in its place is.
        if matches!(failure.code(), "relay-unreached" | "relay-name") {
            show.line("init-waits", &[]);
        } else {
            show.note(failure);
        }
    }
    if !failures.is_empty() {
        show.line("init-relay-wrong", &[]);
    }
    Ok(FirstMeeting {
        waiting: report.waiting,
        failure: failures.first().map(|failure| failure.code().to_owned()),
    })
}

/// Another relay for an account that was made with a wrong address.
pub(crate) fn relay(account: &Account, asked: &Relay, show: &Show) -> Result<(), Failure> {
    let relay: RelayAddress = asked
        .address
        .parse()
        .map_err(|error| relay_address_failure(&error))?;
    wait(account.correct_relay(relay.clone()))?;
    interrupt::at(Stage::Sending);
    show.line("relay-corrected", &[("relay", relay.to_string().into())]);
    let first = meet_relay(account, show)?;
    if account.office()?.is_some() {
        show.line("relay-card", &[]);
    }
    show.json(&json!({
        "relay": relay.to_string(),
        "waiting": first.waiting,
        "failure": first.failure,
    }));
    Ok(())
}

fn relay_address_failure(error: &AddressError) -> Failure {
    Failure::usage(match error {
        AddressError::Scheme => "address-scheme",
        AddressError::NoFingerprint => "address-no-fingerprint",
        AddressError::Fingerprint => "address-fingerprint",
        AddressError::Port => "address-port",
        AddressError::Host(_) => "address-host",
        AddressError::Card => "address-card",
    })
}

pub(crate) fn card(account: &Account, asked: &Card, show: &Show) -> Result<(), Failure> {
    let was_office = account.office()?.is_some();
    // An account stays an office for good, and a family that makes itself one waits for letters that never come.
    if !was_office {
        if !asked.office && (show.is_json() || !show.ask("card-ask", &[])) {
            return Err(Failure::usage("card-not-office"));
        }
        // Offices have no contacts before they have a card.
        let is_family = !account.contacts()?.is_empty() || !account.letters()?.is_empty();
        if asked.office
            && is_family
            && !asked.yes
            && (show.is_json() || !show.ask("card-ask-family", &[]))
        {
            return Err(Failure::usage("card-family"));
        }
    }
    account.card()?;
    interrupt::at(Stage::Sending);
    if let Some(tell) = asked.tell_taken {
        account.set_tells_taken(tell)?;
        show.line(
            if tell {
                "card-tells-taken"
            } else {
                "card-tells-nothing"
            },
            &[],
        );
    }
    let report = wait(account.send(true, &Silent))?;
    show.warnings(&report.warnings);
    let card = account.card()?;
    if !was_office {
        show.line("card-office", &[]);
    }
    show.line("card-link", &[]);
    show.plain(&card.link);
    if asked.qr {
        show.plain(&qr(&card)?);
    }
    if asked.words {
        show.line("card-words", &[]);
        // Whoever calls may read them in another language than this office.
        for language in Language::ALL {
            show.plain(&format!("{language}:"));
            words_in(&card.words, language, show);
        }
        show.line("card-words-vouch", &[]);
    }
    if let Some(path) = &asked.file {
        // Never over anything that is there: the name may be that of a vault, or of a link to one.
        std::fs::File::create_new(path)
            .and_then(|mut file| file.write_all(&card.file))
            .map_err(|source| disk(path, "writing", source))?;
        show.line("card-file", &[("path", path.display().to_string().into())]);
    }
    if !card.published {
        show.line("card-waits", &[]);
    }
    let mut answer = card_json(&card);
    answer["tells_taken"] = json!(account.tells_taken()?);
    show.json(&answer);
    Ok(())
}

fn card_json(card: &OfficeCard) -> serde_json::Value {
    json!({
        "card": card.link,
        "name": card.name,
        "words": words_json(&card.words),
        "valid_until": timestamp(card.not_after.start()),
        "published": card.published,
    })
}

/// Check words in all languages, for programs.
pub(crate) fn words_json(words: &CheckWords) -> serde_json::Value {
    json!({
        "uk": words.words(Language::Ukrainian),
        "ru": words.words(Language::Russian),
        "en": words.words(Language::English),
    })
}

/// Check words as they are read out: numbered, four on a line.
pub(crate) fn words(words: &CheckWords, show: &Show) {
    words_in(words, show.texts().language(), show);
}

fn words_in(words: &CheckWords, language: Language, show: &Show) {
    for (row, four) in words.words(language).chunks(4).enumerate() {
        let line: Vec<String> = four
            .iter()
            .enumerate()
            .map(|(place, word)| format!("{}. {word:<10}", row * 4 + place + 1))
            .collect();
        show.plain(&format!("  {}", line.join(" ").trim_end()));
    }
}

fn qr(card: &OfficeCard) -> Result<String, Failure> {
    let code = QrCode::new(&card.qr_text).map_err(|_| Failure::failed("qr"))?;
    Ok(code.render::<Dense1x2>().quiet_zone(true).build())
}

pub(crate) fn status(account: &Account, show: &Show) -> Result<(), Failure> {
    interrupt::at(Stage::Sending);
    let report = wait(account.send(false, &Silent))?;
    show.warnings(&report.warnings);
    let status = account.status()?;
    let trouble = report.failures.into_iter().next().map(Failure::from);
    show.line("status-account", &[("name", status.name.clone().into())]);
    show.line(
        "status-home",
        &[("home", status.home.display().to_string().into())],
    );
    show.line(
        "status-relay",
        &[("relay", status.relay.to_string().into())],
    );
    if let Some(trouble) = &trouble {
        show.line(
            "status-trouble",
            &[("reason", trouble.clause(show.texts()).into())],
        );
    }
    match status.reached {
        Some(moment) => show.line("status-reached", &[("time", show.moment(moment).into())]),
        None => show.line("status-never-reached", &[]),
    }
    match &status.office {
        Some(card) => show.line(
            "status-office",
            &[("date", show.date(card.not_after.start()).into())],
        ),
        None => show.line("status-family", &[]),
    }
    show.line(
        "status-contacts",
        &[("count", status.contacts.to_string().into())],
    );
    show.line(
        "status-letters",
        &[
            ("received", status.received.to_string().into()),
            ("sent", status.sent.to_string().into()),
            ("waiting", status.waiting.to_string().into()),
        ],
    );
    if status.parked > 0 {
        show.line(
            "status-parked",
            &[("count", status.parked.to_string().into())],
        );
    }
    if status.restored {
        show.line("warning-restored", &[]);
    }
    if status.copied.is_some() {
        show.line("warning-copied", &[]);
    }
    show.json(&json!({
        "name": status.name,
        "home": status.home.display().to_string(),
        "relay": status.relay.to_string(),
        "reached": status.reached.and_then(timestamp),
        "failure": trouble.as_ref().map(Failure::code),
        "office": status.office.as_ref().map(card_json),
        "contacts": status.contacts,
        "received": status.received,
        "sent": status.sent,
        "waiting": status.waiting,
        "parked": status.parked,
        "restored": status.restored,
        "copied": status.copied.and_then(timestamp),
    }));
    Ok(())
}

/// Changes the passphrase. The old one has opened the account before the new one is asked for.
pub(crate) fn passphrase(
    home: &Path,
    source: &passphrase::Source,
    change: &Passphrase,
    show: &Show,
) -> Result<(), Failure> {
    let (account, old) = open_and_keep(home, source, show)?;
    if account.is_read_only() {
        return Err(tidings_client::Error::ReadOnly {
            home: home.to_owned(),
        }
        .into());
    }
    let anew = passphrase::Source::asked_anew(change);
    let new = passphrase::new(&anew, Wording::CHANGE, show.texts())?;
    if new.expose_secret() == old.expose_secret() {
        return Err(Failure::usage("passphrase-same"));
    }
    // A second or two of key stretching. VAULT-4: killed at any moment, one of the two opens; waited for, it is known which.
    interrupt::at(Stage::OwnEnd);
    account.change_passphrase(&old, &new)?;
    show.line("passphrase-changed", &[]);
    show.json(&json!({ "passphrase": "changed" }));
    Ok(())
}

/// What a person decides after another copy of the account was noticed.
pub(crate) fn copied(account: &Account, copied: &Copied, show: &Show) -> Result<(), Failure> {
    let (verdict, id, word) = if copied.freeze {
        (CopyVerdict::Copied, "copied-frozen", "frozen")
    } else {
        (CopyVerdict::NoCopy, "copied-dismissed", "dismissed")
    };
    account.settle_copy(verdict)?;
    show.line(id, &[]);
    show.json(&json!({ "copied": word }));
    Ok(())
}

pub(crate) fn wipe(home: &Path, wipe: &Wipe, show: &Show) -> Result<(), Failure> {
    let place = home.display().to_string();
    if !Account::exists(home) {
        return Err(tidings_client::Error::NoVault {
            home: home.to_owned(),
        }
        .into());
    }
    if !wipe.yes && !show.ask("wipe-ask", &[("home", place.clone().into())]) {
        return Err(Failure::failed("not-confirmed"));
    }
    // Half an account is of no use to anybody.
    interrupt::at(Stage::OwnEnd);
    Account::wipe(home)?;
    show.line("wipe-done", &[]);
    show.json(&json!({ "wiped": place }));
    Ok(())
}
