//! The relay's binary when the machine under it misbehaves: its data put back to an older state, its disk full or read-only
//! when it starts, its clock wrong and then set right, bits flipped while it was stopped.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first surprise"
)]

use std::{
    fs,
    path::Path,
    process::{Command, Output},
    time::{Duration, Instant},
};

use tidings_protocol::{
    exchange::{Answer, Receipt, Refusal, Request},
    ids::MailboxAddress,
    relay_identity::VerifiedCertificate,
};
use tidings_tests::{
    binary,
    disk::SmallDisk,
    ledger::{Ledger, envelope},
    line::{self, Line},
    relay::{Relay, RelaySettings},
};

async fn connect(relay: &Relay) -> (Line, VerifiedCertificate) {
    let endpoint = line::endpoint(line::ALPN).unwrap();
    let line = Line::open(&endpoint, relay.socket()).await.unwrap();
    let certificate = line.hello(relay.address()).await.unwrap();
    (line, certificate)
}

/// EXCH-26: an operator puts a copy of the data folder back. Whoever deposited behind it learns that his letter has to be
/// offered again, and the same bytes are taken.
#[tokio::test]
async fn data_put_back_to_an_older_state_are_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::start(folder.path()).unwrap();
    let (line, certificate) = connect(&relay).await;
    let mut ledger = Ledger::open(&line, &certificate).await.unwrap();
    let address = ledger.address();
    let [first, second] = [envelope(), envelope()];
    let hash = ledger.sends(&first);
    let before = deposit(&line, address, &first).await;
    ledger.acknowledged(hash);

    let settings = relay.stop().unwrap();
    let kept = folder.path().join("kept");
    copy_folder(settings.data(), &kept);
    let relay = settings.start().unwrap();
    let (line, _) = connect(&relay).await;
    let hash = ledger.sends(&second);
    let behind = deposit(&line, address, &second).await;
    assert!(holds(&line, address, before).await && holds(&line, address, behind).await);

    let settings = relay.stop().unwrap();
    fs::remove_dir_all(settings.data()).unwrap();
    copy_folder(&kept, settings.data());
    let relay = settings.start().unwrap();
    let (line, certificate) = connect(&relay).await;
    assert!(holds(&line, address, before).await);
    assert!(!holds(&line, address, behind).await, "a loss is hidden");
    let again = deposit(&line, address, &second).await;
    ledger.acknowledged(hash);
    assert!(holds(&line, address, again).await);
    assert!(!holds(&line, address, behind).await, "a loss is forgotten");
    assert_eq!(ledger.audit(&line, &certificate).await.unwrap().len(), 2);
    relay.stop().unwrap();
}

async fn deposit(line: &Line, address: MailboxAddress, envelope: &[u8]) -> Receipt {
    match line.ask(&Request::Deposit { address }, envelope).await {
        Ok((Answer::Deposited { receipt }, _)) => receipt,
        other => panic!("{other:?}"),
    }
}

async fn holds(line: &Line, address: MailboxAddress, receipt: Receipt) -> bool {
    let request = Request::CheckReceipt { address, receipt };
    match line.ask(&request, &[]).await {
        Ok((Answer::ReceiptChecked { holds }, _)) => holds,
        other => panic!("{other:?}"),
    }
}

fn copy_folder(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").args([from, to]).status();
    assert!(copied.unwrap().success(), "cp -a");
}

/// STORE-20: a relay that was killed starts on a disk without a free byte, lets owners collect and delete, refuses what is new,
/// and takes letters again by itself.
#[tokio::test]
async fn a_relay_starts_on_a_disk_without_a_free_byte() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(folder.path(), 160).unwrap() else {
        println!("SKIPPED: no small file system can be mounted here (root only)");
        return;
    };
    let mut relay = RelaySettings::in_folder(folder.path())
        .data_in(&disk.path().join("relay"))
        .arguments(&["--reserve-mib", "16", "--mailbox-letters", "100000"])
        .start()
        .unwrap();
    let (line, certificate) = connect(&relay).await;
    let mut ledger = Ledger::open(&line, &certificate).await.unwrap();
    for _ in 0..300 {
        let letter = envelope();
        let hash = ledger.sends(&letter);
        deposit(&line, ledger.address(), &letter).await;
        ledger.acknowledged(hash);
    }
    // The second time somebody has taken what the ballast was, too: letters still go out.
    for has_ballast in [true, false] {
        disk.fill().unwrap();
        relay = relay.kill_and_restart().unwrap();
        let (line, certificate) = connect(&relay).await;
        let waiting = ledger.audit(&line, &certificate).await.unwrap();
        let refused = line.deposit(ledger.address(), &envelope()).await.unwrap();
        assert_eq!(refused, Err(Refusal::RelayFull));
        if has_ballast {
            ledger
                .delete(&line, &certificate, &waiting[..200])
                .await
                .unwrap();
            ledger.audit(&line, &certificate).await.unwrap();
        }
    }
    let (line, certificate) = connect(&relay).await;
    disk.free().unwrap();
    let letter = envelope();
    let hash = ledger.sends(&letter);
    deposit(&line, ledger.address(), &letter).await;
    ledger.acknowledged(hash);
    let waiting = ledger.audit(&line, &certificate).await.unwrap();
    assert_eq!(waiting.len(), 101);
    let settings = relay.stop().unwrap();
    let checked = command(&["check"], settings.data());
    assert_eq!(checked.status.code(), Some(0), "{checked:?}");
}

/// A disk that became read-only: the relay says so in one line and loses nothing.
#[tokio::test]
async fn a_read_only_disk_is_named_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(folder.path(), 96).unwrap() else {
        println!("SKIPPED: no small file system can be mounted here (root only)");
        return;
    };
    let relay = RelaySettings::in_folder(folder.path())
        .data_in(&disk.path().join("relay"))
        .arguments(&["--reserve-mib", "1"])
        .start()
        .unwrap();
    let (line, certificate) = connect(&relay).await;
    let mut ledger = Ledger::open(&line, &certificate).await.unwrap();
    let letter = envelope();
    let hash = ledger.sends(&letter);
    let receipt = deposit(&line, ledger.address(), &letter).await;
    ledger.acknowledged(hash);
    let settings = relay.stop().unwrap();
    disk.set_read_only(true).unwrap();
    for arguments in [
        &["run", "--listen", "127.0.0.1:0"][..],
        &["check"],
        &["stats"],
    ] {
        let refused = command(arguments, settings.data());
        let said = String::from_utf8_lossy(&refused.stderr);
        let said: Vec<_> = said
            .lines()
            .filter(|line| line.starts_with("tidings-relay: "))
            .collect();
        assert_eq!(refused.status.code(), Some(4), "{arguments:?}: {said:?}");
        assert!(
            said.len() == 1 && said[0].contains("Read-only") && said[0].contains("relay"),
            "{arguments:?}: {said:?}"
        );
    }
    disk.set_read_only(false).unwrap();
    let relay = settings.start().unwrap();
    let (line, certificate) = connect(&relay).await;
    assert_eq!(ledger.audit(&line, &certificate).await.unwrap().len(), 1);
    assert!(holds(&line, ledger.address(), receipt).await);
    relay.stop().unwrap();
}

/// STORE-21: letters taken or kept by a clock that is wrong by a year are there when it is right again.
#[tokio::test]
async fn a_clock_that_is_set_right_makes_no_letter_expire() {
    for (wrong, first) in [("-366d", "-366d"), ("+366d", "+0d")] {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = RelaySettings::in_folder(folder.path());
        let mut ledger = None;
        for (round, offset) in [first, wrong, "+0d", wrong, "+1d"].into_iter().enumerate() {
            let relay = settings.faketime(offset).start().unwrap();
            let (line, certificate) = connect(&relay).await;
            until_expired(&relay, round + 1).await;
            let ledger = match &mut ledger {
                Some(ledger) => ledger,
                none => none.insert(Ledger::open(&line, &certificate).await.unwrap()),
            };
            let letter = envelope();
            let hash = ledger.sends(&letter);
            deposit(&line, ledger.address(), &letter).await;
            ledger.acknowledged(hash);
            let waiting = ledger.audit(&line, &certificate).await.unwrap();
            assert_eq!(waiting.len(), round + 1, "clock {offset} of {wrong}");
            settings = relay.stop().unwrap();
        }
    }
}

/// Waits until the relay has looked for what expired, in all its lives so many `times`.
async fn until_expired(relay: &Relay, times: usize) {
    let log = relay.settings().logs().join("relay.stderr");
    let begun = Instant::now();
    while fs::read_to_string(&log)
        .unwrap()
        .matches("removed what expired")
        .count()
        < times
    {
        assert!(begun.elapsed() < Duration::from_secs(30), "no housekeeping");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A bit flipped in a key file, in the index, in the log of a stopped relay: status 7 and a sentence; and while it runs, 5.
#[tokio::test]
async fn check_tells_what_is_damaged_and_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let relay = Relay::start(folder.path()).unwrap();
    let (line, certificate) = connect(&relay).await;
    let mut ledger = Ledger::open(&line, &certificate).await.unwrap();
    for _ in 0..3 {
        let letter = envelope();
        let hash = ledger.sends(&letter);
        deposit(&line, ledger.address(), &letter).await;
        ledger.acknowledged(hash);
    }
    let waiting = ledger.audit(&line, &certificate).await.unwrap();
    ledger
        .delete(&line, &certificate, &waiting[..1])
        .await
        .unwrap();
    let running = command(&["check"], relay.settings().data());
    assert_eq!(running.status.code(), Some(5), "{running:?}");
    let settings = relay.stop().unwrap();
    let data = settings.data();
    let sound = command(&["check"], data);
    assert_eq!(sound.status.code(), Some(0), "{sound:?}");

    let (mut keys, mut files) = (Vec::new(), Vec::new());
    every_file(data, &mut files);
    // A certificate that proves nothing, made anew if it does not fit, and the operator's own pages.
    files.retain(|path| !path.ends_with("web.pem") && !path.starts_with(data.join("site")));
    files.retain(|path| {
        path.parent() != Some(data) || {
            keys.push(path.clone());
            false
        }
    });
    assert!(keys.len() == 4 && files.len() > 10, "{keys:?} {files:?}");
    for path in &files {
        let whole = fs::read(path).unwrap();
        for at in [0, whole.len() / 2, whole.len() - 1] {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(path, &damaged).unwrap();
            let found = command(&["check"], data);
            let said = String::from_utf8_lossy(&found.stdout);
            assert_eq!(
                found.status.code(),
                Some(7),
                "byte {at} of {}: {found:?}",
                path.display()
            );
            assert!(said.contains("what to do: "), "{said}");
        }
        fs::write(path, &whole).unwrap();
    }
    for path in &keys {
        let whole = fs::read(path).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1 << (at % 8);
            if at % 16 > 0 && at + 2 < whole.len() {
                continue;
            }
            fs::write(path, &damaged).unwrap();
            let found = command(&["check"], data);
            assert_eq!(
                found.status.code(),
                Some(7),
                "byte {at} of {}: {found:?}",
                path.display()
            );
        }
        fs::write(path, &whole).unwrap();
    }
    let sound = command(&["check"], data);
    assert_eq!(sound.status.code(), Some(0), "{sound:?}");
}

fn every_file(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    use std::os::unix::fs::PermissionsExt;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let file = fs::metadata(&path).unwrap();
        let mode = file.permissions().mode() & 0o777;
        assert_eq!(mode & 0o077, 0, "{} is open to others", path.display());
        if file.is_dir() {
            every_file(&path, found);
        } else if file.len() > 0 {
            found.push(path);
        }
    }
}

fn command(arguments: &[&str], data: &Path) -> Output {
    Command::new(binary::find("tidings-relay").unwrap())
        .args(arguments)
        .arg("--data")
        .arg(data)
        .output()
        .unwrap()
}
