//! Measures the matching on a register made up from a seed: precision, recall of the index, and time.
//!
//! ```sh
//! cargo run --release -p tidings-names --example measure_names
//! cargo run --release -p tidings-names --example measure_names -- 200000
//! ```
//!
//! The register holds families (brothers, fathers and sons, namesakes), in Ukrainian, Russian and Latin letters. Queries are
//! records of it, written once more in another language or script and with one to three distortions, and as many queries
//! for people who are not in it. Nothing here is a real person.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a bench prints and stops at the first surprise"
)]

use std::{collections::BTreeMap, fs};

use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use tidings_names::{
    BirthDate, FullName, Person, Strength, Table, query_keys, rank, search_keys, to_latin,
};

/// Given name and patronymic stem of men in both languages.
const MEN: [(&str, &str, &str, &str, &str); 24] = [
    (
        "Олександр",
        "Александр",
        "Олександрович",
        "Александрович",
        "Саша",
    ),
    ("Сергій", "Сергей", "Сергійович", "Сергеевич", "Серёжа"),
    (
        "Володимир",
        "Владимир",
        "Володимирович",
        "Владимирович",
        "Вова",
    ),
    ("Андрій", "Андрей", "Андрійович", "Андреевич", "Андрюша"),
    ("Микола", "Николай", "Миколайович", "Николаевич", "Коля"),
    ("Олексій", "Алексей", "Олексійович", "Алексеевич", "Льоша"),
    ("Дмитро", "Дмитрий", "Дмитрович", "Дмитриевич", "Діма"),
    ("Іван", "Иван", "Іванович", "Иванович", "Ваня"),
    ("Юрій", "Юрий", "Юрійович", "Юрьевич", "Юра"),
    ("Віктор", "Виктор", "Вікторович", "Викторович", "Вітя"),
    ("Василь", "Василий", "Васильович", "Васильевич", "Вася"),
    ("Михайло", "Михаил", "Михайлович", "Михайлович", "Міша"),
    ("Євген", "Евгений", "Євгенович", "Евгеньевич", "Женя"),
    ("Ігор", "Игорь", "Ігорович", "Игоревич", "Ігорко"),
    ("Роман", "Роман", "Романович", "Романович", "Рома"),
    ("Віталій", "Виталий", "Віталійович", "Витальевич", "Віталік"),
    ("Максим", "Максим", "Максимович", "Максимович", "Макс"),
    ("Петро", "Пётр", "Петрович", "Петрович", "Петя"),
    ("Павло", "Павел", "Павлович", "Павлович", "Паша"),
    ("Артем", "Артём", "Артемович", "Артёмович", "Тьома"),
    ("Ілля", "Илья", "Ілліч", "Ильич", "Ілюша"),
    ("Григорій", "Григорий", "Григорович", "Григорьевич", "Гриша"),
    ("Богдан", "Богдан", "Богданович", "Богданович", "Бодя"),
    ("Тарас", "Тарас", "Тарасович", "Тарасович", "Тарасик"),
];

const ROOTS: [&str; 60] = [
    "Ковал",
    "Шевч",
    "Бонд",
    "Ткач",
    "Кравч",
    "Мельн",
    "Гонч",
    "Сав",
    "Петр",
    "Марч",
    "Лис",
    "Рудн",
    "Кост",
    "Клим",
    "Пол",
    "Захар",
    "Павл",
    "Вас",
    "Гриц",
    "Тим",
    "Яр",
    "Дан",
    "Мир",
    "Кир",
    "Сем",
    "Фед",
    "Матв",
    "Нест",
    "Хом",
    "Лук",
    "Гав",
    "Заб",
    "Кол",
    "Мор",
    "Нов",
    "Остап",
    "Прих",
    "Руд",
    "Стец",
    "Тер",
    "Ущап",
    "Филип",
    "Хар",
    "Цимб",
    "Чорн",
    "Шап",
    "Щерб",
    "Юрч",
    "Яким",
    "Бурл",
    "Вел",
    "Гал",
    "Дем",
    "Жур",
    "Зін",
    "Іщ",
    "Кум",
    "Ляш",
    "Медв",
    "Онищ",
];

const ENDINGS: [&str; 16] = [
    "енко",
    "аренко",
    "чук",
    "ук",
    "ов",
    "ев",
    "ський",
    "івський",
    "ик",
    "ко",
    "ак",
    "юк",
    "ець",
    "ун",
    "айло",
    "ій",
];

struct Record {
    person: Person,
    surname: String,
    given: usize,
    father: usize,
    date: (u32, u32, u32),
}

fn main() {
    let size: usize = std::env::args()
        .nth(1)
        .map_or(20_000, |size| size.parse().unwrap());
    let mut random = StdRng::seed_from_u64(0x7157);
    let register = register(size, &mut random);

    let started = cpu_ms();
    let mut index: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut keys = 0;
    for (number, record) in register.iter().enumerate() {
        for key in search_keys(&record.person) {
            keys += 1;
            index.entry(key).or_default().push(number);
        }
    }
    println!(
        "register of {size}: {:.1} keys a record, made in {:.2} s of processor time",
        f64::from(keys) / size as f64,
        (cpu_ms() - started) / 1_000.0
    );

    let asked = 2_000;
    let mut tally = Tally::default();
    for turn in 0..asked * 2 {
        let wanted = (turn % 2 == 0).then(|| random.random_range(0..size));
        let query = match wanted {
            Some(wanted) => distorted(&register[wanted], &mut random),
            None => stranger(&mut random),
        };
        let started = cpu_ms();
        let mut found: Vec<usize> = query_keys(&query)
            .iter()
            .filter_map(|key| index.get(key))
            .flatten()
            .copied()
            .collect();
        found.sort_unstable();
        found.dedup();
        let ranked = rank(
            &query,
            found
                .iter()
                .map(|number| (*number, &register[*number].person)),
        );
        tally.took(cpu_ms() - started, found.len());
        match wanted {
            Some(wanted) => {
                tally.asked += 1;
                tally.in_index += usize::from(found.binary_search(&wanted).is_ok());
                let place = ranked.iter().position(|candidate| candidate.item == wanted);
                tally.first += usize::from(place == Some(0));
                tally.in_ten += usize::from(place.is_some_and(|place| place < 10));
                for candidate in &ranked {
                    let right = candidate.item == wanted;
                    tally.shown(candidate.found.strength(), right);
                }
            }
            None => {
                tally.strangers += 1;
                let best = ranked.first().map(|candidate| candidate.found.strength());
                tally.strangers_likely += usize::from(best >= Some(Strength::Likely));
            }
        }
    }
    tally.print();
}

/// Milliseconds that a processor has worked for this process: the clock on the wall measures the neighbours as well.
fn cpu_ms() -> f64 {
    let schedule = fs::read_to_string("/proc/self/schedstat").unwrap();
    let nanoseconds: f64 = schedule.split(' ').next().unwrap().parse().unwrap();
    nanoseconds / 1e6
}

#[derive(Default)]
struct Tally {
    asked: usize,
    in_index: usize,
    first: usize,
    in_ten: usize,
    strangers: usize,
    strangers_likely: usize,
    shown: BTreeMap<Strength, (usize, usize)>,
    times: Vec<f64>,
    fetched: Vec<usize>,
}

impl Tally {
    fn took(&mut self, milliseconds: f64, fetched: usize) {
        self.times.push(milliseconds);
        self.fetched.push(fetched);
    }

    fn shown(&mut self, strength: Strength, right: bool) {
        let (rights, all) = self.shown.entry(strength).or_default();
        *rights += usize::from(right);
        *all += 1;
    }

    fn print(mut self) {
        let percent = |part: usize, whole: usize| part as f64 * 100.0 / whole as f64;
        println!(
            "{} queries for people of the register, each with 1 to 3 distortions",
            self.asked
        );
        println!(
            "  the record shares a key     {:6.2} %",
            percent(self.in_index, self.asked)
        );
        println!(
            "  the record is first         {:6.2} %",
            percent(self.first, self.asked)
        );
        println!(
            "  the record is in the top 10 {:6.2} %",
            percent(self.in_ten, self.asked)
        );
        for least in [Strength::Possible, Strength::Likely, Strength::Strong] {
            let (rights, all) = self
                .shown
                .range(least..)
                .fold((0, 0), |(rights, all), (_, (right, one))| {
                    (rights + right, all + one)
                });
            println!(
                "  at least {least:?}: recall {:.2} %, precision {:.2} %",
                percent(rights, self.asked),
                percent(rights, all.max(1))
            );
        }
        println!(
            "{} queries for others: {:.2} % show somebody as likely",
            self.strangers,
            percent(self.strangers_likely, self.strangers)
        );
        let mean = self.times.iter().sum::<f64>() / self.times.len() as f64;
        self.times.sort_by(f64::total_cmp);
        self.fetched.sort_unstable();
        let at = |part: usize| self.times.len() * part / 100;
        println!(
            "processor time of keys, look-up and ranking: mean {:.2} ms, 99 of 100 under {:.2} ms, worst {:.2} ms; records fetched: median {}, 99th {}",
            mean,
            self.times[at(99)],
            self.times.last().unwrap(),
            self.fetched[at(50)],
            self.fetched[at(99)],
        );
    }
}

fn register(size: usize, random: &mut StdRng) -> Vec<Record> {
    let mut register: Vec<Record> = Vec::with_capacity(size);
    while register.len() < size {
        // One in five has a relative in the register already: a brother or a son.
        let relative = (!register.is_empty() && random.random_bool(0.2))
            .then(|| random.random_range(0..register.len()))
            .map(|at| {
                (
                    register[at].surname.clone(),
                    register[at].given,
                    register[at].father,
                    random.random_bool(0.5),
                )
            });
        let (surname, father) = match relative {
            Some((surname, _, father, true)) => (surname, father),
            Some((surname, given, _, false)) => (surname, given),
            None => (surname(random), common(random)),
        };
        let given = common(random);
        let date = (
            random.random_range(1965..2006),
            random.random_range(1..13),
            random.random_range(1..29),
        );
        let record = Record {
            person: Person::default(),
            surname,
            given,
            father,
            date,
        };
        let language = random.random_range(0..10);
        let (surname, given, patronymic) = written(&record, language);
        let name = FullName::from_parts(&surname, &given, &patronymic).unwrap();
        let birth = match random.random_range(0..10) {
            0 => None,
            1 => Some(BirthDate::Year {
                year: u16::try_from(date.0).unwrap(),
            }),
            _ => Some(BirthDate::day(date.0, date.1, date.2).unwrap()),
        };
        register.push(Record {
            person: Person::new(name, birth),
            ..record
        });
    }
    register
}

fn surname(random: &mut StdRng) -> String {
    let root = ROOTS[common_of(ROOTS.len(), random)];
    let ending = ENDINGS[common_of(ENDINGS.len(), random)];
    format!("{root}{ending}")
}

fn common(random: &mut StdRng) -> usize {
    common_of(MEN.len(), random)
}

/// The first ones are far more common than the last ones, as with names.
fn common_of(count: usize, random: &mut impl Rng) -> usize {
    let even: f64 = random.random_range(0.0..1.0);
    ((even * even) * count as f64) as usize
}

/// 0 to 4 Ukrainian, 5 to 7 Russian, 8 Ukrainian passport, 9 Russian passport.
fn written(record: &Record, language: u32) -> (String, String, String) {
    let man = MEN[record.given];
    let father = MEN[record.father];
    let russian = record
        .surname
        .replace("ський", "ский")
        .replace(['і', 'ї'], "и")
        .replace('є', "е");
    match language {
        0..=4 => (
            record.surname.clone(),
            man.0.to_owned(),
            father.2.to_owned(),
        ),
        5..=7 => (russian, man.1.to_owned(), father.3.to_owned()),
        8 => (
            to_latin(&record.surname, Table::Ukrainian),
            to_latin(man.0, Table::Ukrainian),
            String::new(),
        ),
        _ => (
            to_latin(&russian, Table::RussianIcao),
            to_latin(man.1, Table::RussianIcao),
            String::new(),
        ),
    }
}

/// The record as somebody else writes it.
fn distorted(record: &Record, random: &mut StdRng) -> Person {
    let (mut surname, mut given, mut patronymic) = written(record, random.random_range(0..10));
    let mut date = record.date;
    let mut birth_known = 2;
    for _ in 0..random.random_range(1..4) {
        match random.random_range(0..10) {
            0 | 1 => surname = slip(&surname, random),
            2 => given = slip(&given, random),
            3 => given = MEN[record.given].4.to_owned(),
            4 => patronymic = String::new(),
            5 if date.1 != date.2 && date.2 <= 12 => date = (date.0, date.2, date.1),
            5 | 6 => date.0 += 1,
            7 => birth_known = 0,
            8 => birth_known = birth_known.min(1),
            _ => patronymic = slip(&patronymic, random),
        }
    }
    let line = match random.random_range(0..2) {
        0 => format!("{surname} {given} {patronymic}"),
        _ => format!("{given} {patronymic} {surname}"),
    };
    let birth = match birth_known {
        0 => None,
        1 => Some(BirthDate::Year {
            year: u16::try_from(date.0).unwrap(),
        }),
        _ => BirthDate::day(date.0, date.1, date.2).ok(),
    };
    Person::new(FullName::parse(&line).unwrap(), birth)
}

/// Somebody who is not in the register, though the parts of the name are.
fn stranger(random: &mut StdRng) -> Person {
    let record = Record {
        person: Person::default(),
        surname: surname(random),
        given: common(random),
        father: common(random),
        date: (
            random.random_range(1965..2006),
            random.random_range(1..13),
            random.random_range(1..29),
        ),
    };
    let (surname, given, patronymic) = written(&record, random.random_range(0..10));
    let name = FullName::from_parts(&surname, &given, &patronymic).unwrap();
    Person::new(
        name,
        BirthDate::day(record.date.0, record.date.1, record.date.2).ok(),
    )
}

/// One letter left out, doubled, exchanged with its neighbour, or replaced.
fn slip(word: &str, random: &mut StdRng) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 4 {
        return word.to_owned();
    }
    let at = random.random_range(1..letters.len() - 1);
    match random.random_range(0..4) {
        0 => {
            letters.remove(at);
        }
        1 => letters.insert(at, letters[at]),
        2 => letters.swap(at, at + 1),
        _ => letters[at] = if letters[at].is_ascii() { 'a' } else { 'о' },
    }
    letters.into_iter().collect()
}
