//! VAULT-11: a backup knows no pair, and who is restored begins anew.

use tidings_client::{Account, Error, Renewal, Verification};

use crate::{
    people::{office_and_family, passphrase, surroundings, text, with_drawing},
    relay::MemoryRelay,
};

#[tokio::test]
async fn a_restored_family_makes_a_new_first_contact() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    let to = family.only_contact().number;
    let written = family
        .account
        .write(to, with_drawing("before", 150))
        .unwrap();
    family.send().await;
    office.sync().await;
    family.sync().await;
    let (backup, home) = (
        family.folder.path().join("backup"),
        family.folder.path().join("new"),
    );
    let other: tidings_client::SecretString = "інша".to_owned().into();
    family.account.export_backup(&backup, &other).unwrap();
    let around = || surroundings(&relay, &family.clock);
    assert!(matches!(
        Account::restore_in(&home, &backup, &passphrase(), around()),
        Err(Error::WrongPassphrase)
    ));
    let restored = Account::restore_in(&home, &backup, &other, around()).unwrap();
    assert_eq!(
        restored.enclosure(written.number, 0).unwrap(),
        family.account.enclosure(written.number, 0).unwrap()
    );
    let contact = restored.contact(to).unwrap();
    assert!(contact.must_begin);
    assert!(matches!(
        restored.write(to, text("no pair")),
        Err(Error::MustBegin)
    ));
    assert_eq!(restored.renew_contact(to).unwrap(), Renewal::Begun);
    restored.write(to, text("after")).unwrap();
    let report = restored.send(false, &tidings_client::Silent).await.unwrap();
    assert_eq!(report.waiting, 0, "{:?}", report.failures);
    office.sync().await;
    assert_eq!(office.texts(), ["before", "after"]);
    assert_eq!(
        office.account.contacts().unwrap().len(),
        2,
        "a person has to verify it anew"
    );
}

#[tokio::test]
async fn a_restored_office_is_written_to_and_sends_nothing_before() {
    let relay = MemoryRelay::new();
    let (office, family) = office_and_family(&relay).await;
    let to = family.only_contact().number;
    family.account.write(to, text("before")).unwrap();
    family.send().await;
    office.sync().await;
    let there = office.only_contact().number;
    office
        .account
        .verify_contact(there, &Verification::Person)
        .unwrap();
    let (backup, home) = (
        office.folder.path().join("backup"),
        office.folder.path().join("new"),
    );
    office
        .account
        .export_backup(&backup, &passphrase())
        .unwrap();
    let around = surroundings(&relay, &office.clock);
    let restored = Account::restore_in(&home, &backup, &passphrase(), around).unwrap();
    assert!(matches!(
        restored.write(there, text("no")),
        Err(Error::FamilyMustBegin)
    ));
    assert_eq!(
        restored.office().unwrap().unwrap().link,
        office.account.office().unwrap().unwrap().link,
        "the card on the wall still works"
    );
    restored.send(false, &tidings_client::Silent).await.unwrap();
    family.account.freeze_contact(to).unwrap();
    family.account.renew_contact(to).unwrap();
    family.account.write(to, text("anew")).unwrap();
    family.send().await;
    let report = restored.collect(&tidings_client::Silent).await.unwrap();
    assert_eq!(report.letters.len(), 1);
    assert_eq!(
        restored.letter(report.letters[0]).unwrap().text.as_deref(),
        Some("anew")
    );
}
