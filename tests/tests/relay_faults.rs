//! The relay's binary when the machine under it misbehaves: its data put back to an older state.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first surprise"
)]

use std::{fs, path::Path, process::Command};

use tidings_protocol::{
    exchange::{Answer, Receipt, Request},
    ids::MailboxAddress,
    relay_identity::VerifiedCertificate,
};
use tidings_tests::{
    ledger::{Ledger, envelope},
    line::{self, Line},
    relay::Relay,
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
