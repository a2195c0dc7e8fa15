//! Two copies of one vault notice each other, and nothing else is taken for a copy (DELIVERY-10).

use tidings_client::{Account, CopyVerdict, Error, Silent, Trust, Warning};

use crate::{
    people::{Person, office_and_family, passphrase, surroundings, text},
    relay::MemoryRelay,
};

/// Another process on a copy of a person's folder.
fn copy_of(person: &Person, relay: &MemoryRelay, folder: &std::path::Path) -> Account {
    std::fs::create_dir(folder).unwrap();
    std::fs::create_dir(folder.join("files")).unwrap();
    for name in ["vault.json", "vault.db"] {
        std::fs::copy(person.account.home().join(name), folder.join(name)).unwrap();
    }
    Account::open_in(folder, &passphrase(), surroundings(relay, &person.clock)).unwrap()
}

async fn is_told(account: &Account) -> bool {
    let report = account.collect(&Silent).await.unwrap();
    report.warnings.contains(&Warning::Copied)
}

#[tokio::test]
async fn both_copies_are_told_whoever_comes_first() {
    let relay = MemoryRelay::new();
    let (_, family) = office_and_family(&relay).await;
    let copy = copy_of(&family, &relay, &family.folder.path().join("copy"));
    assert!(!is_told(&copy).await, "nobody else has been there");
    assert!(is_told(&family.account).await);
    family.pass(100);
    assert!(is_told(&copy).await);
    let to = family.only_contact().number;
    assert!(matches!(
        family.account.write(to, text("no")),
        Err(Error::Copied)
    ));
}

/// A vault that was never online is copied: the guard was made with it.
#[tokio::test]
async fn copies_of_a_fresh_vault_notice_each_other() {
    let relay = MemoryRelay::new();
    let family = Person::new("Оля", &relay);
    let copy = copy_of(&family, &relay, &family.folder.path().join("copy"));
    assert!(!is_told(&family.account).await);
    assert!(is_told(&copy).await);
}

/// Answers that are lost, networks that fail, processes that end: a vault that is alone is never told.
#[tokio::test]
async fn a_vault_that_is_alone_is_never_told() {
    let relay = MemoryRelay::new();
    let (_, mut family) = office_and_family(&relay).await;
    for round in 0..40_u32 {
        relay.lose_answers(round % 3 == 1);
        relay.fail_after((round % 3 == 2).then_some(round % 5));
        let report = family.collect().await;
        assert!(!report.warnings.contains(&Warning::Copied), "round {round}");
        if round % 4 == 0 {
            family = family.reopened();
        } else {
            family.pass(3_600);
        }
    }
}

/// The answer to a turn was lost, and then the vault was copied: what lies at the relay is known to both, and still the
/// second one is told.
#[tokio::test]
async fn a_copy_made_in_the_middle_of_a_turn_is_noticed() {
    let relay = MemoryRelay::new();
    let (_, family) = office_and_family(&relay).await;
    relay.lose_answers(true);
    family.collect().await;
    let copy = copy_of(&family, &relay, &family.folder.path().join("copy"));
    relay.lose_answers(false);
    assert!(!is_told(&family.account).await, "it was its own mark");
    assert!(is_told(&copy).await);
    family.pass(100);
    assert!(is_told(&family.account).await);
}

/// SEAL-11: whoever says that there was a copy begins anew; whoever says that there was none goes on.
#[tokio::test]
async fn a_person_decides() {
    let relay = MemoryRelay::new();
    let (_, family) = office_and_family(&relay).await;
    let copy = copy_of(&family, &relay, &family.folder.path().join("copy"));
    let to = family.only_contact().number;
    is_told(&copy).await;
    for verdict in [CopyVerdict::NoCopy, CopyVerdict::Copied] {
        family.pass(100);
        is_told(&copy).await;
        assert!(is_told(&family.account).await);
        family.account.settle_copy(verdict).unwrap();
        family.pass(3_600);
        assert!(!is_told(&family.account).await);
    }
    assert_eq!(family.only_contact().trust, Trust::Frozen);
    family.account.renew_contact(to).unwrap();
    family.account.write(to, text("anew")).unwrap();
    assert!(family.send().await.failures.is_empty());
}

/// A restored backup is no copy.
#[tokio::test]
async fn a_restored_backup_is_no_copy() {
    let relay = MemoryRelay::new();
    let (_, family) = office_and_family(&relay).await;
    let backup = family.folder.path().join("backup");
    family
        .account
        .export_backup(&backup, &passphrase())
        .unwrap();
    assert!(!is_told(&family.account).await);
    let home = family.folder.path().join("restored");
    let around = surroundings(&relay, &family.clock);
    let restored = Account::restore_in(&home, &backup, &passphrase(), around).unwrap();
    assert!(!is_told(&restored).await);
    assert!(!is_told(&family.account).await);
}
