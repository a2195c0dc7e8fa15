//! Given names in both languages, with their short forms (NAMES-11, NAMES-12). The table is `given.txt`.

use std::{collections::BTreeMap, sync::LazyLock};

use crate::{
    costs::{LETTER, between_sounds},
    letters::fold,
    sounds::{Sounds, sounds},
    translit::{Table, to_latin},
};

/// Sex, as far as a name tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sex {
    /// A man.
    Male,
    /// A woman.
    Female,
}

/// One name of the table: all its forms mean the same person.
pub(crate) struct Name {
    pub(crate) sex: Sex,
    /// The stable word that stands for the name in search keys: the first Ukrainian form in Latin letters.
    pub(crate) key: String,
    pub(crate) ukrainian: Vec<&'static str>,
    pub(crate) russian: Vec<&'static str>,
    /// First sounds of all full forms: what an initial may stand for.
    pub(crate) initials: Vec<u8>,
}

/// How a form stands to its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    Full,
    Short,
}

/// What the table knows about a word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Known {
    /// The names it may stand for, rising: «Саша» stands for two, «Слава» for many.
    pub(crate) names: Vec<u16>,
    /// Whether it is a full form of at least one of them.
    pub(crate) full: bool,
    /// Whether the word is in the table only after one letter was mended.
    pub(crate) mended: bool,
}

impl Known {
    pub(crate) fn is_known(&self) -> bool {
        !self.names.is_empty()
    }

    pub(crate) fn shares(&self, other: &Self) -> bool {
        self.names.iter().any(|name| other.names.contains(name))
    }

    /// The sex that all names agree on.
    pub(crate) fn sex(&self) -> Option<Sex> {
        let mut sexes = self
            .names
            .iter()
            .map(|name| TABLE.names[usize::from(*name)].sex);
        let first = sexes.next()?;
        sexes.all(|sex| sex == first).then_some(first)
    }

    /// The stable words of the names.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.names
            .iter()
            .map(|name| TABLE.names[usize::from(*name)].key.as_str())
    }

    /// Whether an initial with this first sound can stand for one of the names.
    pub(crate) fn may_begin_with(&self, sound: u8) -> bool {
        self.names
            .iter()
            .any(|name| TABLE.names[usize::from(*name)].initials.contains(&sound))
    }
}

pub(crate) struct Names {
    pub(crate) names: Vec<Name>,
    forms: BTreeMap<String, Vec<(u16, Form)>>,
    /// Full forms by their key with one letter left out, for words that are in no table.
    near: BTreeMap<String, Vec<(u16, Sounds)>>,
}

pub(crate) static TABLE: LazyLock<Names> = LazyLock::new(|| read(include_str!("given.txt")));

/// What the table knows about a word, and when it knows nothing, about words one slip away (NAMES-12).
pub(crate) fn known(word: &Sounds, french: Option<&Sounds>) -> Known {
    let exact = exact(word);
    if exact.is_known() {
        return exact;
    }
    let french = french.map(crate::given::exact).unwrap_or_default();
    if french.is_known() {
        french
    } else {
        near(word)
    }
}

fn exact(word: &Sounds) -> Known {
    let Some(forms) = TABLE.forms.get(&word.key()) else {
        return Known::default();
    };
    Known {
        names: forms.iter().map(|(name, _)| *name).collect(),
        full: forms.iter().any(|(_, form)| *form == Form::Full),
        mended: false,
    }
}

fn near(word: &Sounds) -> Known {
    let key = word.key();
    if key.len() < 4 {
        return Known::default();
    }
    let mut names: Vec<u16> = with_one_left_out(&key)
        .filter_map(|shortened| TABLE.near.get(&shortened))
        .flatten()
        .filter(|(_, form)| between_sounds(word.as_slice(), form.as_slice(), LETTER).is_some())
        .map(|(name, _)| *name)
        .collect();
    names.sort_unstable();
    names.dedup();
    Known {
        full: !names.is_empty(),
        mended: !names.is_empty(),
        names,
    }
}

/// The key itself and the key with each letter left out.
pub(crate) fn with_one_left_out(key: &str) -> impl Iterator<Item = String> + '_ {
    std::iter::once(key.to_owned()).chain(
        key.char_indices()
            .map(|(at, letter)| format!("{}{}", &key[..at], &key[at + letter.len_utf8()..])),
    )
}

fn read(table: &'static str) -> Names {
    let mut names = Vec::new();
    let mut forms: BTreeMap<String, Vec<(u16, Form)>> = BTreeMap::new();
    let mut near: BTreeMap<String, Vec<(u16, Sounds)>> = BTreeMap::new();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.split('|').map(str::trim);
        let mut column = || columns.next().unwrap_or_default();
        let sex = if column() == "f" {
            Sex::Female
        } else {
            Sex::Male
        };
        let ukrainian: Vec<_> = column().split_whitespace().collect();
        let russian: Vec<_> = column().split_whitespace().collect();
        let short = column();
        let latin = column();
        let id = u16::try_from(names.len()).unwrap_or(u16::MAX);
        let mut initials = Vec::new();
        let full = ukrainian
            .iter()
            .chain(&russian)
            .copied()
            .chain(latin.split_whitespace());
        for (form, kind) in full
            .map(|form| (form, Form::Full))
            .chain(short.split_whitespace().map(|form| (form, Form::Short)))
        {
            let (row, _) = sounds(&fold(form));
            let key = row.key();
            let known = forms.entry(key.clone()).or_default();
            match known.iter_mut().find(|(name, _)| *name == id) {
                Some((_, known)) => *known = (*known).min(kind),
                None => known.push((id, kind)),
            }
            if kind == Form::Full {
                initials.extend(row.as_slice().first());
                for shortened in with_one_left_out(&key) {
                    near.entry(shortened).or_default().push((id, row));
                }
            }
        }
        let key = ukrainian
            .first()
            .map(|first| to_latin(&first.to_lowercase(), Table::Ukrainian))
            .unwrap_or_default();
        names.push(Name {
            sex,
            key,
            ukrainian,
            russian,
            initials,
        });
    }
    Names { names, forms, near }
}
