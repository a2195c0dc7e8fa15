use super::*;
use crate::{
    ListRow, Role, State,
    printing::print_for_test,
    testing::{List, Office, START, manifest_words},
};
use tidings_protocol::{
    letter::Evidence,
    secret::{Secret, SigningSecret},
};

struct Packing {
    office: Office,
    packer: Actor,
    second: Actor,
    campaign: u64,
    /// Two parcels.
    parcels: [u64; 2],
    /// Sheet numbers of the letters 1 to 3.
    sheets: Vec<u32>,
}

const LETTERS: [LetterNumber; 3] = [LetterNumber(1), LetterNumber(2), LetterNumber(3)];

impl Packing {
    fn new() -> Self {
        let office = Office::new();
        let list = List::default();
        for name in ["Петренко Сергій", "Петренко Сергей", "Шевченко Олесь"]
        {
            list.receive(1, name, "Чекаємо", &[]);
        }
        let (desk, head) = (&office.desk, &office.head);
        desk.import(&list, START).unwrap();
        desk.begin_review(head, &LETTERS, START).unwrap();
        desk.pass(head, &LETTERS, START).unwrap();
        print_for_test(desk, head, &LETTERS);
        let campaign = desk.make_campaign(head, "Весна", None, START).unwrap();
        let rows = ["Петренко Сергій Іванович", "Шевченко Олесь"].map(|name| ListRow {
            code: format!("П-{}", name.len()),
            name: name.into(),
            born: None,
            place: None,
            number: None,
            remark: None,
        });
        assert_eq!(desk.import_list(head, campaign, &rows, START).unwrap(), 2);
        assert_eq!(
            desk.import_list(head, campaign, &rows, START).unwrap(),
            0,
            "again"
        );
        let parcels = desk.parcels(head, campaign, None, 0, 9).unwrap();
        let parcels = [parcels[0].id, parcels[1].id];
        desk.bind_letters(head, parcels[0], &LETTERS[..2], START)
            .unwrap();
        desk.bind_letters(head, parcels[1], &LETTERS[2..], START)
            .unwrap();
        let sheet = |number| desk.letter_row(head, number).unwrap().sheet.unwrap();
        let sheets = LETTERS.map(sheet).to_vec();
        let packer = office.actor(Role::Printer);
        Self {
            second: office.head.clone(),
            packer,
            campaign,
            parcels,
            sheets,
            office,
        }
    }

    fn pack(&self, parcel: usize, letter: usize) -> PackScan {
        let desk = &self.office.desk;
        desk.pack_letter(
            &self.packer,
            self.parcels[parcel],
            self.sheets[letter],
            START,
        )
        .unwrap()
    }

    fn seal(&self, parcel: usize, seal: &str) -> Result<(), Error> {
        let sealing = Sealing {
            seal: seal.into(),
            grams: 4_200,
            contents: "шкарпетки 2\nмило 1".into(),
        };
        let desk = &self.office.desk;
        desk.seal_parcel(
            &self.packer,
            &self.second,
            self.parcels[parcel],
            &sealing,
            START,
        )
    }

    fn state(&self, letter: usize) -> State {
        self.office
            .desk
            .letter_row(&self.packer, LETTERS[letter])
            .unwrap()
            .state
    }

    fn sealed() -> Self {
        let packing = Self::new();
        for (parcel, letter) in [(0, 0), (0, 1), (1, 2)] {
            assert_eq!(packing.pack(parcel, letter), PackScan::Packed);
        }
        packing.seal(0, "A1").unwrap();
        packing.seal(1, "A2").unwrap();
        packing
    }
}

#[test]
fn a_missing_letter_stops_the_seal() {
    let packing = Packing::new();
    assert_eq!(packing.pack(0, 0), PackScan::Packed);
    assert_eq!(packing.pack(0, 0), PackScan::AlreadyIn);
    assert!(matches!(
        packing.seal(0, "A1"),
        Err(Error::LettersMissing { missing: 1 })
    ));
    assert_eq!(packing.state(0), State::Printed, "nothing half sealed");
    assert_eq!(packing.pack(0, 1), PackScan::Packed);
    packing.seal(0, "A1").unwrap();
    assert_eq!(
        (packing.state(0), packing.state(1)),
        (State::Packed, State::Packed)
    );
    let row = packing
        .office
        .desk
        .letter_row(&packing.packer, LETTERS[0])
        .unwrap();
    assert!(
        row.reason.unwrap().starts_with("П-"),
        "the family is told the parcel's code"
    );
}

#[test]
fn a_misplaced_letter_stops_the_seal_until_it_is_taken_out() {
    let packing = Packing::new();
    packing.pack(1, 2);
    let other = packing.parcels[0];
    assert_eq!(packing.pack(1, 0), PackScan::BelongsTo { parcel: other });
    assert!(matches!(
        packing.seal(1, "A1"),
        Err(Error::LettersMisplaced { misplaced: 1 })
    ));
    let desk = &packing.office.desk;
    desk.take_out(
        &packing.packer,
        packing.parcels[1],
        packing.sheets[0],
        START,
    )
    .unwrap();
    packing.seal(1, "A1").unwrap();
}

#[test]
fn a_letter_of_no_parcel_and_a_number_of_no_letter_are_told() {
    let packing = Packing::new();
    let desk = &packing.office.desk;
    desk.unbind_letter(&packing.packer, LETTERS[2], START)
        .unwrap();
    assert_eq!(packing.pack(0, 2), PackScan::Unbound { letter: LETTERS[2] });
    let unknown = (1..).find(|sheet| !packing.sheets.contains(sheet)).unwrap();
    let refused = desk.pack_letter(&packing.packer, packing.parcels[0], unknown, START);
    assert!(matches!(refused, Err(Error::NoSheet)));
    let elsewhere = desk.bind_letters(&packing.packer, packing.parcels[1], &LETTERS[..1], START);
    assert!(
        matches!(elsewhere, Err(Error::BoundElsewhere { parcel }) if parcel == packing.parcels[0])
    );
}

#[test]
fn two_people_seal_and_a_seal_is_used_once() {
    let mut packing = Packing::new();
    packing.pack(1, 2);
    packing.second = packing.packer.clone();
    assert!(matches!(packing.seal(1, "A1"), Err(Error::SamePerson)));
    packing.second = packing.office.actor(Role::Scanner);
    assert!(matches!(
        packing.seal(1, "A1"),
        Err(Error::Forbidden { .. })
    ));
    packing.second = packing.office.head.clone();
    assert!(matches!(packing.seal(1, " "), Err(Error::Text { .. })));
    packing.seal(1, "A1").unwrap();
    packing.pack(0, 0);
    packing.pack(0, 1);
    assert!(matches!(packing.seal(0, "A1"), Err(Error::SealTaken)));
    assert!(
        matches!(packing.seal(1, "A3"), Err(Error::ParcelClosed { .. })),
        "sealed already"
    );
}

#[test]
fn a_seal_that_is_broken_again_wants_every_letter_scanned_anew() {
    let packing = Packing::sealed();
    let desk = &packing.office.desk;
    desk.unseal_parcel(&packing.packer, packing.parcels[0], START)
        .unwrap();
    assert_eq!(packing.state(0), State::Printed);
    assert!(matches!(
        packing.seal(0, "A3"),
        Err(Error::LettersMissing { missing: 2 })
    ));
    packing.pack(0, 0);
    packing.pack(0, 1);
    packing.seal(0, "A3").unwrap();
}

#[test]
fn handovers_move_parcels_and_letters_with_their_evidence() {
    let packing = Packing::sealed();
    let desk = &packing.office.desk;
    let by = &packing.packer;
    let early = desk.hand_over(by, &packing.parcels, Stage::Received, START);
    assert!(matches!(early, Err(Error::ParcelTransition { .. })));
    for (stage, state) in [
        (Stage::Counted, State::Packed),
        (Stage::Crossed, State::WithCarrier),
        (Stage::Received, State::AtReceivingSide),
        (Stage::HandedOver, State::HandoverReported),
    ] {
        desk.hand_over(by, &packing.parcels, stage, START).unwrap();
        assert_eq!((packing.state(0), packing.state(2)), (state, state));
    }
    let notes = desk.letter_notes(by, LETTERS[0]).unwrap();
    let last = notes.last().unwrap();
    assert_eq!(
        (last.state, last.evidence),
        (State::HandoverReported, Evidence::DetainingSideSays)
    );
    let campaign = &desk.campaigns(by).unwrap()[0];
    assert_eq!(campaign.parcels, [(ParcelState::HandedOver, 2)]);
}

#[test]
fn counts_are_written_down_as_they_are_on_both_sides() {
    let packing = Packing::sealed();
    let desk = &packing.office.desk;
    let by = &packing.packer;
    let count = |theirs, counted| {
        desk.note_count(
            by,
            packing.campaign,
            (Stage::Counted, theirs),
            counted,
            "",
            START,
        )
        .unwrap()
    };
    assert!(count(false, 2).agrees());
    assert!(!count(true, 1).agrees(), "theirs differs and is kept");
    desk.hand_over(by, &packing.parcels, Stage::Counted, START)
        .unwrap();
    desk.note_exception(
        by,
        packing.parcels[1],
        ParcelState::Confiscated,
        "на кордоні",
        START,
    )
    .unwrap();
    assert_eq!(packing.state(2), State::Lost);
    assert_eq!(count(false, 1).expected, 1, "what is gone is not expected");
    let counts = desk.counts(by, packing.campaign).unwrap();
    let sides: Vec<(bool, u32, u32)> = counts
        .iter()
        .map(|count| (count.theirs, count.counted, count.expected))
        .collect();
    assert_eq!(sides, [(false, 2, 2), (true, 1, 2), (false, 1, 1)]);
    let refused = desk.note_exception(by, packing.parcels[0], ParcelState::Crossed, "", START);
    assert!(matches!(refused, Err(Error::ParcelTransition { .. })));
}

#[test]
fn a_manifest_names_nobody_inside_and_its_signature_holds_every_byte() {
    let packing = Packing::sealed();
    let desk = &packing.office.desk;
    let draw = |now| {
        desk.manifest(&packing.packer, packing.campaign, manifest_words, now)
            .unwrap()
    };
    let manifest = draw(START);
    assert_eq!(manifest.rows.len(), 2);
    let csv = manifest.csv();
    for name in ["Петренко", "Шевченко"] {
        assert!(!csv.contains(name));
    }
    for sheet in &packing.sheets {
        let printed = tidings_paper::number::SheetNumber::new(*sheet).unwrap();
        assert!(csv.contains(&printed.to_string()), "{printed} in {csv}");
    }
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(
        lines[1],
        "\"Код\",\"Пломба\",\"Грами\",\"Вміст\",\"Листи\",\"Пакував\",\"Перевірив\""
    );
    let names = format!("\"{}\",\"", Role::Printer.word());
    assert!(csv.contains(&names), "{csv}");
    assert!(
        lines[0].ends_with(&format!("\"day {}\"", START.0 / 86_400)),
        "{}",
        lines[0]
    );
    assert!(verify_manifest(&csv, &manifest.signature, &manifest.key));
    let changed = csv.replacen("4200", "4201", 1);
    assert_ne!(changed, csv);
    assert!(!verify_manifest(
        &changed,
        &manifest.signature,
        &manifest.key
    ));
    // As a file that travels: what a mail program does to ends of lines is no change, everything else is.
    let file = manifest.signed_csv();
    let whole = ManifestCheck::Whole {
        key: desk.manifest_key(),
        fingerprint: manifest.fingerprint(),
    };
    assert_eq!(check_manifest(&file), whole);
    let mailed = format!("\u{feff}{}", file.replace("\r\n", "\n"));
    assert_eq!(check_manifest(&mailed), whole);
    let codes = file.lines().nth(2).unwrap();
    for changed in [
        file.replacen("4200", "4201", 1),
        file.replacen(codes, "", 1),
        file.replacen("# key ", "# key 0", 1)
            .replacen("0\r\n", "\r\n", 1),
        format!("{file}\"П-9\",\"\",1\r\n"),
    ] {
        let told = check_manifest(&changed);
        assert!(!matches!(told, ManifestCheck::Whole { .. }), "{changed}");
    }
    for unsigned in ["", "# Ed25519 12\r\n# key 34\r\n", &csv] {
        assert_eq!(check_manifest(unsigned), ManifestCheck::Unsigned);
    }
    // Signed anew by somebody else it is whole, under his key.
    let thief = SigningSecret::from_seed(&Secret::new([7; 32]));
    let mut stolen = manifest.clone();
    stolen.rows[0].grams += 1;
    stolen.key = thief.public();
    stolen.signature = thief.sign(b"tidings desk manifest v1", &[stolen.csv().as_bytes()]);
    let told = check_manifest(&stolen.signed_csv());
    assert!(
        matches!(told, ManifestCheck::Whole { key, .. } if key == thief.public() && key != desk.manifest_key()),
        "{told:?}"
    );
    // On paper and as a list, today and tomorrow: the same bytes under the same signature, as long as nothing is moved.
    let again = draw(START.plus(86_400));
    assert_eq!((again.csv(), again.signature), (csv, manifest.signature));
    assert_eq!(again.fingerprint(), manifest.fingerprint());
}

#[test]
fn letters_are_offered_by_name_in_either_spelling() {
    let packing = Packing::new();
    let desk = &packing.office.desk;
    for letter in LETTERS {
        desk.unbind_letter(&packing.packer, letter, START).unwrap();
    }
    let offered = desk
        .offered_letters(&packing.packer, packing.parcels[0])
        .unwrap();
    let mut numbers: Vec<u64> = offered.iter().map(|row| row.number.0).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2]);
}

/// Scanners type what the label says, people what the list says; a list that calls a parcel like another one's label misleads nobody.
#[test]
fn a_parcel_is_found_by_its_label_and_by_its_code_in_any_script() {
    let packing = Packing::new();
    let desk = &packing.office.desk;
    let by = &packing.packer;
    let find = |code: &str| desk.find_parcel(by, packing.campaign, code).unwrap().id;
    for id in &packing.parcels {
        let parcel = desk.parcel(by, *id).unwrap().0;
        assert!(parcel.label_code().is_ascii());
        assert_eq!(find(&parcel.label_code()), *id);
        assert_eq!(find(&format!(" {} ", parcel.code)), *id);
    }
    let [one, other] = packing.parcels;
    let own = desk.parcel(by, one).unwrap().0.label_code();
    desk.store
        .write("testing", |sql| {
            let change = "UPDATE parcels SET code = ?1 WHERE parcel = ?2";
            Ok(sql.execute(change, params![own, int(other)])?)
        })
        .unwrap();
    assert_eq!(find(&own), one);
    assert!(matches!(
        desk.find_parcel(by, packing.campaign + 1, &own),
        Err(Error::NoParcel)
    ));
}

#[test]
fn a_letter_that_is_bound_after_it_was_scanned_is_not_misplaced() {
    let packing = Packing::new();
    let desk = &packing.office.desk;
    let by = &packing.packer;
    let [parcel, other] = packing.parcels;
    desk.unbind_letter(by, LETTERS[2], START).unwrap();
    for at in [parcel, other] {
        let told = desk.pack_letter(by, at, packing.sheets[2], START).unwrap();
        assert_eq!(told, PackScan::Unbound { letter: LETTERS[2] });
    }
    desk.bind_letters(by, parcel, &LETTERS[2..], START).unwrap();
    assert!(desk.misplaced(by, parcel).unwrap().is_empty());
    assert_eq!(
        desk.misplaced(by, other).unwrap(),
        [packing.sheets[2]],
        "it may lie in the other one still"
    );
}
