use super::*;
use crate::testing::{Office, START, open};

/// Entries that every test begins with: more than the head, so that what is in the middle has neighbours.
fn office() -> Office {
    let office = Office::new();
    for _ in 0..3 {
        office.desk.lock_office(&office.head, START).unwrap();
    }
    let report = office.desk.verify_audit(&office.head, None).unwrap();
    assert!(report.is_whole() && report.entries >= 8, "{report:?}");
    office
}

/// Changes the log past every rule, as somebody with the passphrase and a database tool could.
fn tamper(office: &Office, change: &str) {
    office
        .desk
        .store
        .write("tampering", |sql| Ok(sql.execute_batch(change)?))
        .unwrap();
}

fn faults(office: &Office) -> Vec<AuditFault> {
    office.desk.verify_audit(&office.head, None).unwrap().faults
}

#[test]
fn each_changed_column_is_found() {
    for change in [
        "action = 'nothing'",
        "at = at + 1",
        "operator = 99",
        "subject = 'letter:7'",
        "detail = 'x'",
        "hash = zeroblob(32)",
        "signature = zeroblob(64)",
    ] {
        let office = office();
        tamper(&office, &format!("UPDATE audit SET {change} WHERE seq = 4"));
        let faults = faults(&office);
        let is_named = faults.iter().any(|fault| {
            matches!(
                fault,
                AuditFault::Changed { at: 4 | 5 } | AuditFault::Unsigned { at: 4 }
            )
        });
        assert!(is_named, "{change}: {faults:?}");
    }
}

#[test]
fn a_removed_entry_is_found() {
    let office = office();
    tamper(&office, "DELETE FROM audit WHERE seq = 4");
    assert!(faults(&office).contains(&AuditFault::Gap { at: 5 }));
}

#[test]
fn a_removed_entry_with_the_gap_closed_is_found() {
    let office = office();
    tamper(
        &office,
        "DELETE FROM audit WHERE seq = 4; UPDATE audit SET seq = seq - 1 WHERE seq > 4",
    );
    assert!(faults(&office).contains(&AuditFault::Changed { at: 4 }));
}

#[test]
fn exchanged_entries_are_found() {
    let office = office();
    tamper(
        &office,
        "UPDATE audit SET seq = -1 WHERE seq = 4; UPDATE audit SET seq = 4 WHERE seq = 5;
         UPDATE audit SET seq = 5 WHERE seq = -1",
    );
    let faults = faults(&office);
    assert!(
        faults.contains(&AuditFault::Changed { at: 4 }),
        "{faults:?}"
    );
}

#[test]
fn an_entry_that_was_put_in_is_found() {
    let office = office();
    tamper(
        &office,
        "INSERT INTO audit SELECT max(seq) + 1, at, operator, action, subject, detail, hash, signature
         FROM audit",
    );
    assert!(!faults(&office).is_empty());
}

#[test]
fn a_cut_end_is_found_at_once_and_said_by_the_log_for_ever() {
    let office = office();
    let before = office.desk.audit_head().unwrap();
    tamper(&office, "DELETE FROM audit WHERE seq > 5");
    let cut = AuditFault::Cut {
        reached: before.seq,
        got: 5,
    };
    assert_eq!(faults(&office), [cut]);

    let Office { desk, head, folder } = office;
    drop(desk);
    let office = Office {
        desk: open(folder.path()),
        head,
        folder,
    };
    assert_eq!(faults(&office), [AuditFault::CutBefore { at: 6 }]);
    for _ in 0..10 {
        office.desk.lock_office(&office.head, START).unwrap();
    }
    let office = office.reopened();
    assert_eq!(
        faults(&office),
        [AuditFault::CutBefore { at: 6 }],
        "said once"
    );
}

/// Both files of an earlier day put back: only a head that was noted elsewhere shows it.
#[test]
fn a_head_noted_elsewhere_shows_what_the_desk_itself_cannot() {
    let office = office();
    let home = office.folder.path().to_owned();
    office.desk.store.settle().unwrap();
    let old: Vec<(&str, Vec<u8>)> = ["desk.db", HEAD_FILE]
        .into_iter()
        .map(|name| (name, std::fs::read(home.join(name)).unwrap()))
        .collect();
    office.desk.lock_office(&office.head, START).unwrap();
    let noted = office.desk.audit_head().unwrap();
    let Office { desk, head, folder } = office;
    drop(desk);
    for (name, bytes) in old {
        std::fs::write(home.join(name), bytes).unwrap();
    }
    let desk = open(&home);
    assert!(desk.verify_audit(&head, None).unwrap().is_whole());
    let report = desk.verify_audit(&head, Some(&noted)).unwrap();
    assert!(
        matches!(report.faults[..], [AuditFault::Cut { .. }]),
        "{report:?}"
    );
    drop(folder);
}

#[test]
fn an_older_database_beside_a_newer_head_is_found() {
    let office = office();
    let home = office.folder.path().to_owned();
    office.desk.store.settle().unwrap();
    let old = std::fs::read(home.join("desk.db")).unwrap();
    office.desk.lock_office(&office.head, START).unwrap();
    let Office { desk, head, folder } = office;
    drop(desk);
    std::fs::write(home.join("desk.db"), old).unwrap();
    let desk = open(&home);
    let report = desk.verify_audit(&head, None).unwrap();
    assert!(
        matches!(report.faults[..], [AuditFault::CutBefore { .. }]),
        "{report:?}"
    );
    drop(folder);
}

#[test]
fn a_lost_or_torn_head_is_told_and_a_torn_slot_is_not() {
    let office = office();
    let path = office.folder.path().join(HEAD_FILE);
    let whole = std::fs::read(&path).unwrap();
    // The newer slot torn in a power loss: the older one is enough.
    let newer = (office.desk.audit_head().unwrap().seq % 2) as usize;
    let mut torn = whole.clone();
    torn[newer * whole.len() / 2 + 10] ^= 1;
    std::fs::write(&path, &torn).unwrap();
    let office = office.reopened();
    assert!(faults(&office).is_empty());
    std::fs::write(&path, b"").unwrap();
    assert_eq!(faults(&office), [AuditFault::HeadMissing]);
}

#[test]
fn entries_are_listed_newest_first_and_by_what_they_are_about() {
    let office = office();
    let id = office.head.id().unwrap();
    let filter = AuditFilter {
        subject: Some(Subject::Operator(id)),
        count: 50,
        ..Default::default()
    };
    let entries = office.desk.audit_entries(&office.head, &filter).unwrap();
    assert!(
        entries
            .iter()
            .all(|entry| entry.subject == format!("operator:{}", id.0))
    );
    assert!(entries.windows(2).all(|two| two[0].seq > two[1].seq));
    let older = AuditFilter {
        before: Some(3),
        count: 50,
        ..Default::default()
    };
    assert_eq!(
        office
            .desk
            .audit_entries(&office.head, &older)
            .unwrap()
            .len(),
        2
    );
}

/// DESK-11 to DESK-13: bytes that another implementation computed, frozen: an old log must stay one that can be checked.
#[test]
fn a_frozen_log_is_what_this_program_writes() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../tests/vectors/desk/log_two_entries.txt"
    );
    let text = std::fs::read_to_string(path).unwrap();
    let field = |name: &str| {
        let found = text
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        found.unwrap_or_else(|| panic!("no {name}"))
    };
    let bytes = |name: &str| HEXLOWER.decode(field(name).as_bytes()).unwrap();
    let array = |name: &str| -> [u8; 32] { bytes(name).try_into().unwrap() };
    let signer = SigningSecret::from_seed(&tidings_protocol::secret::Secret::new(array("seed")));
    assert_eq!(signer.public().as_bytes()[..], bytes("key"));
    let mut before = [0; 32];
    for number in ["1", "2"] {
        let of = |name: &str| field(&format!("{name}-{number}")).to_owned();
        let operator: u64 = of("operator").parse().unwrap();
        let entry = Entry {
            seq: of("number").parse().unwrap(),
            at: UnixTime(of("time").parse().unwrap()),
            operator: (operator > 0).then_some(OperatorId(operator)),
            action: of("action"),
            subject: of("subject"),
            detail: of("particulars"),
        };
        assert_eq!(array(&format!("before-{number}")), before);
        before = entry.hash(&before);
        assert_eq!(array(&format!("hash-{number}")), before);
        let signature = signer.sign(ENTRY_LABEL, &[&before]);
        assert_eq!(
            signature.as_bytes()[..],
            bytes(&format!("signature-{number}"))
        );
    }
    let folder = tempfile::tempdir().unwrap();
    let mut head = HeadFile::create(folder.path()).unwrap();
    let reached = AuditHead {
        seq: 2,
        hash: before,
    };
    head.advance(&reached, &signer).unwrap();
    let written = std::fs::read(folder.path().join(HEAD_FILE)).unwrap();
    assert_eq!(written, bytes("slot"));
    assert_eq!(head.read(&signer).unwrap(), Some(reached));
}
