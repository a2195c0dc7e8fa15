//! Patronymics in both languages, and whose son or daughter they name (NAMES-13).

use std::{collections::BTreeMap, sync::LazyLock};

use crate::{
    given::{Known, Sex, TABLE, with_one_left_out},
    letters::fold,
    sounds::{Sounds, sounds},
};

/// Fathers' names that make patronymics of their own: father, sons', daughters'.
const IRREGULAR: [(&str, &[&str], &[&str]); 28] = [
    (
        "Микола",
        &["Миколайович", "Миколович"],
        &["Миколаївна", "Миколівна"],
    ),
    ("Ілля", &["Ілліч", "Іллєвич"], &["Іллівна"]),
    ("Лука", &["Лукич", "Лукович"], &["Луківна", "Лукинична"]),
    (
        "Кузьма",
        &["Кузьмич", "Кузьмович"],
        &["Кузьмівна", "Кузьминична"],
    ),
    ("Хома", &["Хомич", "Хомович"], &["Хомівна"]),
    ("Фома", &["Фомич", "Фомович"], &["Фомівна", "Фоминична"]),
    ("Яків", &["Якович"], &["Яківна"]),
    (
        "Лев",
        &["Львович", "Левович"],
        &["Львівна", "Левівна", "Львовна"],
    ),
    ("Сава", &["Савович", "Савич"], &["Савівна"]),
    ("Григорій", &["Григорович", "Григорійович"], &["Григорівна"]),
    ("Федір", &["Федорович"], &["Федорівна"]),
    ("Сидір", &["Сидорович"], &["Сидорівна"]),
    ("Тихін", &["Тихонович"], &["Тихонівна"]),
    ("Микита", &["Микитович", "Микитич"], &["Микитівна"]),
    ("Єремія", &["Єремійович"], &["Єреміївна"]),
    ("Ярема", &["Яремович"], &["Яремівна"]),
    ("Пётр", &["Петрович"], &["Петровна"]),
    ("Петр", &["Петрович"], &["Петровна"]),
    ("Павел", &["Павлович"], &["Павловна"]),
    (
        "Михаил",
        &["Михайлович", "Михаилович"],
        &["Михайловна", "Михаиловна"],
    ),
    ("Яков", &["Яковлевич", "Якович"], &["Яковлевна"]),
    ("Илья", &["Ильич"], &["Ильинична", "Ильинишна"]),
    (
        "Никита",
        &["Никитич", "Никитович"],
        &["Никитична", "Никитовна"],
    ),
    ("Савва", &["Саввич", "Саввович"], &["Саввична"]),
    ("Козьма", &["Козьмич"], &["Козьминична"]),
    ("Иеремия", &["Иеремиевич"], &["Иеремиевна"]),
    ("Осип", &["Осипович"], &["Осипівна", "Осиповна"]),
    ("Георгий", &["Георгиевич", "Георгьевич"], &["Георгиевна"]),
];

/// Endings that no other word of a name has, or seldom: they tell which word is the patronymic.
const ENDINGS: [(&str, Sex); 26] = [
    ("ович", Sex::Male),
    ("евич", Sex::Male),
    ("євич", Sex::Male),
    ("ьич", Sex::Male),
    ("івна", Sex::Female),
    ("ївна", Sex::Female),
    ("овна", Sex::Female),
    ("евна", Sex::Female),
    ("євна", Sex::Female),
    ("ична", Sex::Female),
    ("ovych", Sex::Male),
    ("evych", Sex::Male),
    ("ovich", Sex::Male),
    ("evich", Sex::Male),
    ("ovitch", Sex::Male),
    ("evitch", Sex::Male),
    ("ievitch", Sex::Male),
    ("ovič", Sex::Male),
    ("ivna", Sex::Female),
    ("ovna", Sex::Female),
    ("evna", Sex::Female),
    ("ychna", Sex::Female),
    ("ichna", Sex::Female),
    ("itchna", Sex::Female),
    ("yvna", Sex::Female),
    ("ovitsh", Sex::Male),
];

/// Turkic and Caucasian patronymics stand in two words, the second of which means son or daughter.
pub(crate) fn child_word(letters: &[char]) -> Option<Sex> {
    const WORDS: [(&str, Sex); 14] = [
        ("оглы", Sex::Male),
        ("огли", Sex::Male),
        ("огли", Sex::Male),
        ("оглу", Sex::Male),
        ("ogly", Sex::Male),
        ("oglu", Sex::Male),
        ("uulu", Sex::Male),
        ("улы", Sex::Male),
        ("кызы", Sex::Female),
        ("кизи", Sex::Female),
        ("гызы", Sex::Female),
        ("kyzy", Sex::Female),
        ("qizi", Sex::Female),
        ("gizi", Sex::Female),
    ];
    WORDS
        .iter()
        .find_map(|(word, sex)| letters.iter().copied().eq(word.chars()).then_some(*sex))
}

/// The sex of the child when a word ends as patronymics do.
pub(crate) fn ending(letters: &[char]) -> Option<Sex> {
    ENDINGS.iter().find_map(|(ending, sex)| {
        let length = ending.chars().count();
        // "-ович" itself, with nothing before it, is no name.
        let stem = letters
            .len()
            .checked_sub(length)
            .filter(|stem| *stem >= 2)?;
        letters[stem..]
            .iter()
            .copied()
            .eq(ending.chars())
            .then_some(*sex)
    })
}

/// Whose child a patronymic names, and the child's sex.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Father {
    pub(crate) names: Known,
    pub(crate) child: Option<Sex>,
}

struct Fathers {
    whole: BTreeMap<String, Vec<(u16, Sex)>>,
    near: BTreeMap<String, Vec<(u16, Sex)>>,
}

static FATHERS: LazyLock<Fathers> = LazyLock::new(|| {
    let mut fathers = Fathers {
        whole: BTreeMap::new(),
        near: BTreeMap::new(),
    };
    for (id, name) in TABLE
        .names
        .iter()
        .enumerate()
        .filter(|(_, name)| name.sex == Sex::Male)
    {
        let id = u16::try_from(id).unwrap_or(u16::MAX);
        let ukrainian = name.ukrainian.iter().flat_map(|father| ukrainian(father));
        let russian = name.russian.iter().flat_map(|father| russian(father));
        for (patronymic, sex) in ukrainian.chain(russian) {
            let key = key(&sounds(&fold(&patronymic)).0);
            for shortened in with_one_left_out(&key) {
                put(&mut fathers.near, shortened, (id, sex));
            }
            put(&mut fathers.whole, key, (id, sex));
        }
    }
    fathers
});

/// Ukrainian -івна and Russian -овна are one ending, as -ович and -евич are; vowels before it fall together in speech.
fn key(row: &Sounds) -> String {
    let whole = row.key();
    for (endings, stands_for) in [
        (&["eviq", "oviq", "aviq", "eviw", "oviw"][..], "viq"),
        (&["ivna", "evna", "ovna"][..], "vna"),
        (&["iqna", "inna"][..], "qna"),
    ] {
        for ending in endings {
            if let Some(stem) = whole.strip_suffix(ending) {
                return format!("{stem}{stands_for}");
            }
        }
    }
    whole
}

fn put(map: &mut BTreeMap<String, Vec<(u16, Sex)>>, key: String, father: (u16, Sex)) {
    let fathers = map.entry(key).or_default();
    if !fathers.contains(&father) {
        fathers.push(father);
    }
}

/// Whose child a word names when it is a patronymic of the table; when only a slip away from one, that is said.
pub(crate) fn father(letters: &[char], row: &Sounds, french: Option<&Sounds>) -> Father {
    let key_of = key;
    let whole = FATHERS
        .whole
        .get(&key_of(row))
        .or_else(|| FATHERS.whole.get(&key_of(french?)));
    if let Some(fathers) = whole {
        return found(fathers, false, letters);
    }
    let key = key_of(row);
    if key.len() >= 6 {
        let mut near: Vec<(u16, Sex)> = with_one_left_out(&key)
            .filter_map(|shortened| FATHERS.near.get(&shortened))
            .flatten()
            .copied()
            .collect();
        near.sort_unstable();
        near.dedup();
        // Two fathers equally near say nothing.
        if !near.is_empty() && near.len() <= 2 {
            return found(&near, true, letters);
        }
    }
    Father {
        names: Known::default(),
        child: ending(letters),
    }
}

fn found(fathers: &[(u16, Sex)], mended: bool, letters: &[char]) -> Father {
    let mut names: Vec<u16> = fathers.iter().map(|(name, _)| *name).collect();
    names.sort_unstable();
    names.dedup();
    let first = fathers.first().map(|(_, sex)| *sex);
    let same = fathers.iter().all(|(_, sex)| Some(*sex) == first);
    Father {
        names: Known {
            names,
            full: true,
            mended,
        },
        child: ending(letters).or(first.filter(|_| same)),
    }
}

fn irregular(father: &str) -> Option<Vec<(String, Sex)>> {
    let (_, sons, daughters) = IRREGULAR.iter().find(|(name, ..)| *name == father)?;
    let sons = sons.iter().map(|son| ((*son).to_owned(), Sex::Male));
    let daughters = daughters
        .iter()
        .map(|daughter| ((*daughter).to_owned(), Sex::Female));
    Some(sons.chain(daughters).collect())
}

fn ukrainian(father: &str) -> Vec<(String, Sex)> {
    if let Some(irregular) = irregular(father) {
        return irregular;
    }
    let (son, daughter) = if let Some(stem) = father.strip_suffix('й') {
        (format!("{father}ович"), format!("{stem}ївна"))
    } else if let Some(stem) = father.strip_suffix('ь') {
        (format!("{father}ович"), format!("{stem}івна"))
    } else {
        let stem = father.trim_end_matches(['о', 'а', 'я', 'і']);
        (format!("{stem}ович"), format!("{stem}івна"))
    };
    vec![(son, Sex::Male), (daughter, Sex::Female)]
}

fn russian(father: &str) -> Vec<(String, Sex)> {
    if let Some(irregular) = irregular(father) {
        return irregular;
    }
    let stems: Vec<String> = if let Some(stem) = father.strip_suffix("ий") {
        vec![format!("{stem}ьев"), format!("{stem}иев")]
    } else if let Some(stem) = father.strip_suffix(['й', 'ь']) {
        vec![format!("{stem}ев")]
    } else {
        vec![format!(
            "{}ов",
            father.trim_end_matches(['о', 'а', 'я', 'и'])
        )]
    };
    stems
        .into_iter()
        .flat_map(|stem| {
            [
                (format!("{stem}ич"), Sex::Male),
                (format!("{stem}на"), Sex::Female),
            ]
        })
        .collect()
}
