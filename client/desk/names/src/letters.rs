//! Letters as they are compared: one case, one apostrophe, one hyphen, one script a word (NAMES-1, NAMES-2).

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Everything that people and keyboards put where an apostrophe belongs.
pub(crate) const fn is_apostrophe(letter: char) -> bool {
    matches!(
        letter,
        '\'' | '`'
            | '"'
            | '*'
            | '\u{00B4}'
            | '\u{02B9}'
            | '\u{02BA}'
            | '\u{02BB}'
            | '\u{02BC}'
            | '\u{02BD}'
            | '\u{02C8}'
            | '\u{02CA}'
            | '\u{02CB}'
            | '\u{0384}'
            | '\u{055A}'
            | '\u{05F3}'
            | '\u{07F4}'
            | '\u{1FBD}'
            | '\u{1FBF}'
            | '\u{1FEF}'
            | '\u{1FFD}'
            | '\u{2018}'
            | '\u{2019}'
            | '\u{201A}'
            | '\u{201B}'
            | '\u{201C}'
            | '\u{201D}'
            | '\u{2032}'
            | '\u{2035}'
            | '\u{275B}'
            | '\u{275C}'
            | '\u{A78B}'
            | '\u{A78C}'
            | '\u{FF07}'
            | '\u{FF40}'
    )
}

/// Hyphens, dashes and minus signs.
pub(crate) const fn is_hyphen(letter: char) -> bool {
    matches!(
        letter,
        '-' | '\u{00AD}' | '\u{058A}' | '\u{2010}'
            ..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{FE58}' | '\u{FE63}' | '\u{FF0D}'
    )
}

pub(crate) const fn is_cyrillic(letter: char) -> bool {
    matches!(letter, '\u{0400}'..='\u{052F}' | '\u{1C80}'..='\u{1C88}')
}

pub(crate) fn is_latin(letter: char) -> bool {
    letter.is_ascii_alphabetic()
        || (matches!(letter, '\u{00C0}'..='\u{024F}') && letter.is_alphabetic())
}

/// A word in the form in which it is compared: lower case, composed, apostrophes as `'`, hyphens as `-`, Latin without
/// marks, everything else dropped; letters of the other script that only look alike are mended.
pub(crate) fn fold(word: &str) -> Vec<char> {
    let mut letters: Vec<char> = word
        .nfc()
        .flat_map(char::to_lowercase)
        .nfc()
        .filter_map(|letter| {
            if is_apostrophe(letter) {
                Some('\'')
            } else if is_hyphen(letter) {
                Some('-')
            } else {
                letter.is_alphabetic().then_some(letter)
            }
        })
        .collect();
    mend_lookalikes(&mut letters);
    letters.into_iter().flat_map(plain).collect()
}

/// Latin letters with marks that stand for a sound of their own become what a passport would print; all others lose
/// the mark.
fn plain(letter: char) -> Vec<char> {
    match letter {
        'ž' | 'ż' | 'ź' => vec!['z', 'h'],
        'š' | 'ś' => vec!['s', 'h'],
        'č' | 'ć' => vec!['c', 'h'],
        'ł' => vec!['l'],
        'ß' => vec!['s', 's'],
        'đ' => vec!['d'],
        'ø' => vec!['o'],
        'æ' => vec!['a', 'e'],
        'ı' => vec!['i'],
        letter if is_latin(letter) && !letter.is_ascii() => std::iter::once(letter)
            .nfd()
            .filter(|part| !is_combining_mark(*part))
            .collect(),
        // A stress mark on a Cyrillic vowel that has no composed form.
        letter if is_combining_mark(letter) => Vec::new(),
        letter => vec![letter],
    }
}

/// «Iванов» with a Latin I, «Koваль» with Latin K and o: the script with more letters that only it has wins.
fn mend_lookalikes(letters: &mut [char]) {
    let cyrillic = letters
        .iter()
        .filter(|letter| is_cyrillic(**letter))
        .count();
    let latin = letters.iter().filter(|letter| is_latin(**letter)).count();
    if cyrillic == 0 || latin == 0 {
        return;
    }
    let own = |letters: &[char], side: fn(char) -> bool, twin: fn(char) -> Option<char>| {
        letters
            .iter()
            .filter(|letter| side(**letter) && twin(**letter).is_none())
            .count()
    };
    let to_cyrillic =
        match own(letters, is_cyrillic, latin_twin).cmp(&own(letters, is_latin, cyrillic_twin)) {
            std::cmp::Ordering::Greater => true,
            std::cmp::Ordering::Less => false,
            std::cmp::Ordering::Equal => cyrillic >= latin,
        };
    let twin = if to_cyrillic {
        cyrillic_twin
    } else {
        latin_twin
    };
    for letter in letters {
        if let Some(mended) = twin(*letter) {
            *letter = mended;
        }
    }
}

const TWINS: [(char, char); 14] = [
    ('a', 'а'),
    ('b', 'в'),
    ('c', 'с'),
    ('e', 'е'),
    ('h', 'н'),
    ('i', 'і'),
    ('k', 'к'),
    ('m', 'м'),
    ('o', 'о'),
    ('p', 'р'),
    ('t', 'т'),
    ('x', 'х'),
    ('y', 'у'),
    ('ï', 'ї'),
];

fn cyrillic_twin(latin: char) -> Option<char> {
    TWINS
        .iter()
        .find_map(|(from, to)| (*from == latin).then_some(*to))
}

fn latin_twin(cyrillic: char) -> Option<char> {
    TWINS
        .iter()
        .find_map(|(from, to)| (*to == cyrillic).then_some(*from))
}
