//! How long pages of a hundred thousand letters take.

use std::time::Instant;

use rusqlite::params;
use tidings_client::LetterNumber;

use super::{Cursor, LetterFilter, State, search};
use crate::{
    Desk,
    store::int,
    testing::{Office, START},
};
use tidings_protocol::language::Language;

fn searching(text: &str) -> LetterFilter {
    LetterFilter {
        search: text.into(),
        ..Default::default()
    }
}

/// Run with `cargo test -p tidings-desk --release --lib -- --ignored --nocapture hundred`.
#[test]
#[ignore = "a measurement: fills 100,000 letters"]
fn a_hundred_thousand_letters_stay_quick() {
    let office = Office::new();
    fill(&office.desk, 100_000);
    let mut slowest = 0;
    let mut time = |what: &str, work: &dyn Fn() -> usize| {
        let times: Vec<u128> = (0..5)
            .map(|_| {
                let begun = Instant::now();
                std::hint::black_box(work());
                begun.elapsed().as_millis()
            })
            .collect();
        eprintln!("{what:32} {:>6} rows, ms: {times:?}", work());
        slowest = slowest.max(times[1..].iter().copied().max().unwrap_or(0));
    };
    let page = |filter: &LetterFilter, after: Option<Cursor>| {
        office
            .desk
            .letters(&office.head, filter, after, 50)
            .unwrap()
    };
    let any = LetterFilter::default();
    time("first page", &|| page(&any, None).rows.len());
    let deep = Cursor::from_parts(START.plus(70_000 * 60), LetterNumber(70_000));
    time("a page in the middle", &|| {
        page(&any, Some(deep)).rows.len()
    });
    let held = LetterFilter {
        states: vec![State::Held, State::InReview],
        ..any.clone()
    };
    time("two states", &|| page(&held, None).rows.len());
    let narrow = LetterFilter {
        language: Some(Language::English),
        pictures: Some(true),
        ..any.clone()
    };
    time("a filter that fits few", &|| page(&narrow, None).rows.len());
    for name in [
        "Петренко",
        "Petrenko Serhii",
        "Петернко",
        "енко",
        "Неіснуючий Никто",
        "Ковалчук Володимр",
    ] {
        time(name, &|| page(&searching(name), None).rows.len());
    }
    time("counts", &|| {
        office.desk.letter_counts(&office.head).unwrap().total() as usize
    });
    time("opening", &|| {
        office
            .desk
            .open_letter(&office.head, LetterNumber(50_000), START)
            .unwrap()
            .text
            .len()
    });
    assert!(slowest < 150, "a page took {slowest} ms");
}

/// Fills letters in one transaction, past the import, with names as they are spread among people.
fn fill(desk: &Desk, count: u64) {
    const FAMILY: [&str; 12] = [
        "Петренко",
        "Шевченко",
        "Ковальчук",
        "Мельник",
        "Бондар",
        "Ткаченко",
        "Кравець",
        "Олійник",
        "Іванова",
        "Смирнов",
        "Кузнєцов",
        "Савчук",
    ];
    const GIVEN: [&str; 10] = [
        "Сергій",
        "Олександр",
        "Володимир",
        "Андрій",
        "Іван",
        "Юрій",
        "Микола",
        "Дмитрий",
        "Павел",
        "Тарас",
    ];
    const FATHER: [&str; 7] = [
        "Іванович",
        "Петрович",
        "Сергійович",
        "Миколайович",
        "Андреевич",
        "Васильович",
        "Олегович",
    ];
    desk.store
        .write("filling", |sql| {
            for n in 1..=count {
                let pick = |list: &'static [&'static str], by: u64| list[(n / by % list.len() as u64) as usize];
                let addressee = format!(
                    "{}{} {} {}",
                    pick(&FAMILY, 1),
                    ["", "", "ко", "ський"][(n / 5 % 4) as usize],
                    pick(&GIVEN, 7),
                    pick(&FATHER, 3)
                );
                let writer = format!("Олена {}", pick(&FAMILY, 11));
                let state = State::ALL[(n * n % 15) as usize];
                let language = ["uk", "ru", "uk", "en"][usize::from(n % 97 == 0) * 3 + (n % 3) as usize * usize::from(n % 97 != 0)];
                sql.prepare_cached(
                    "INSERT INTO letters (letter, contact, writer, addressee, language, received, state, since, pictures, lines)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6, ?8, 12)",
                )?
                .execute(params![
                    int(n), int(n % 40_000), writer, addressee, language, int(START.0 + n * 60), state, int(n % 3)
                ])?;
                sql.prepare_cached("INSERT INTO letter_texts (letter, text) VALUES (?1, ?2)")?
                    .execute(params![int(n), "Любий! Чекаємо на тебе вдома. ".repeat(40)])?;
                let names = format!(
                    "{} {}",
                    crate::folding::folded(&addressee),
                    crate::folding::folded(&writer)
                );
                sql.prepare_cached("INSERT INTO letter_names (rowid, names) VALUES (?1, ?2)")?
                    .execute(params![int(n), names])?;
                let keys = search::keys_of(Some(&addressee), &writer);
                sql.prepare_cached("INSERT INTO letter_keys (rowid, keys) VALUES (?1, ?2)")?
                    .execute(params![int(n), keys])?;
            }
            Ok(())
        })
        .unwrap();
}
