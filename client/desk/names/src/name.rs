//! A whole name, read from a line in any usual order (NAMES-15 to NAMES-18).

use std::fmt;

use crate::{
    birth::BirthDate,
    given::{Known, Sex, known},
    letters::{is_apostrophe, is_hyphen},
    patronymic::{self, Father, father},
    surname::looks_like_surname,
    word::Word,
};

/// Letters of a line that is read as a name. The longest real one seen in registers has about 90.
pub const NAME_LETTERS_MAX: usize = 200;

/// Words of a line that is read as a name.
const WORDS_MAX: usize = 12;

/// Why a line is not a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is no letter in it.
    #[error("reading a name: expected at least one letter, got none")]
    NoLetters,
    /// It is too long.
    #[error("reading a name: expected at most {NAME_LETTERS_MAX} characters, got {got}")]
    TooLong {
        /// Characters of the line.
        got: usize,
    },
    /// It has too many words.
    #[error("reading a name: expected at most {WORDS_MAX} words, got {got}")]
    TooManyWords {
        /// Words of the line.
        got: usize,
    },
}

/// A name, in parts, each of which may be missing. `Debug` shows no letters.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct FullName {
    /// Parts of the surname in their order: one, or the two of a double surname.
    pub(crate) surname: Vec<Word>,
    /// Surnames borne before or beside it, from brackets: «Іваненко (Петренко)».
    pub(crate) former: Vec<Word>,
    pub(crate) given: Option<Word>,
    pub(crate) given_known: Known,
    pub(crate) patronymic: Option<Word>,
    pub(crate) father: Father,
}

/// A name and, where known, a date of birth: what two records are compared by.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Person {
    /// The name.
    pub name: FullName,
    /// The date of birth with its precision.
    pub birth: Option<BirthDate>,
}

impl Person {
    /// A person by name and date of birth.
    #[must_use]
    pub const fn new(name: FullName, birth: Option<BirthDate>) -> Self {
        Self { name, birth }
    }
}

impl FullName {
    /// Reads a line: «Шевченко Тарас Григорович», "Taras Shevchenko", «Шевченко, Т. Г.», «Петренко-Іваненко (Коваль) Олена»,
    /// «Алієв Мамед Гасан огли», in any usual order of the parts.
    ///
    /// # Errors
    /// When there is no letter, or the line is longer than [`NAME_LETTERS_MAX`] characters or twelve words.
    pub fn parse(line: &str) -> Result<Self, NameError> {
        let tokens = tokens(line)?;
        let mut name = Self::default();
        let (brackets, words): (Vec<_>, Vec<_>) =
            tokens.into_iter().partition(|token| token.in_brackets);
        name.former = brackets
            .iter()
            .flat_map(|token| surname_parts(&token.text))
            .collect();
        name.assign(words);
        Ok(name)
    }

    /// A name whose parts are known, as from the columns of a list. Empty parts are missing.
    ///
    /// # Errors
    /// As [`FullName::parse`], for the parts together.
    pub fn from_parts(surname: &str, given: &str, patronymic: &str) -> Result<Self, NameError> {
        tokens(&[surname, given, patronymic].join(" "))?;
        let mut name = Self::default();
        for token in tokens(surname).unwrap_or_default() {
            let parts = surname_parts(&token.text);
            if token.in_brackets {
                name.former.extend(parts)
            } else {
                name.surname.extend(parts)
            }
        }
        let whole = |text: &str| {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            text.chars().any(char::is_alphabetic).then_some(text)
        };
        name.set_given(whole(given).as_deref());
        name.set_patronymic(whole(patronymic).as_deref());
        Ok(name)
    }

    /// The surname as it was written, both parts of a double one.
    #[must_use]
    pub fn surname(&self) -> String {
        join(&self.surname, "-")
    }

    /// Surnames in brackets, as they were written.
    #[must_use]
    pub fn former(&self) -> String {
        join(&self.former, "-")
    }

    /// The given name or its initial, as it was written.
    #[must_use]
    pub fn given(&self) -> &str {
        self.given.as_ref().map_or("", Word::written)
    }

    /// Whether the given name is one of the table: what tells a column of names from one of towns.
    #[must_use]
    pub fn knows_given(&self) -> bool {
        self.given_known.is_known() && !self.given_known.mended
    }

    /// The patronymic or its initial, as it was written.
    #[must_use]
    pub fn patronymic(&self) -> &str {
        self.patronymic.as_ref().map_or("", Word::written)
    }

    /// The sex that given name or patronymic tell, when they do and agree.
    #[must_use]
    pub fn sex(&self) -> Option<Sex> {
        let by_given = self.given_known.sex().filter(|_| !self.given_known.mended);
        match (by_given, self.father.child) {
            (Some(one), Some(other)) if one != other => None,
            (one, other) => one.or(other),
        }
    }

    /// Whether only one word is known: what a person types first into a search box.
    pub(crate) fn is_one_word(&self) -> bool {
        self.surname.len() == 1 && self.given.is_none() && self.patronymic.is_none()
    }

    fn set_given(&mut self, text: Option<&str>) {
        let Some(word) = text.map(Word::new) else {
            return;
        };
        // An initial is no name: «С.» stands for every name with that letter.
        if !word.is_initial() {
            self.given_known = known(&word.sounds, word.french.as_ref());
        }
        self.given = Some(word);
    }

    fn set_patronymic(&mut self, text: Option<&str>) {
        let Some(word) = text.map(Word::new) else {
            return;
        };
        if !word.is_initial() {
            self.father = self::father_of(&word);
        }
        self.patronymic = Some(word);
    }

    /// Decides which word is what (NAMES-16 to NAMES-18).
    fn assign(&mut self, tokens: Vec<Token>) {
        let initials: Vec<usize> = positions(&tokens, |token| token.initial);
        let mut rest: Vec<usize> = positions(&tokens, |token| !token.initial);
        let patronymic = join_child_words(&tokens, &mut rest).or_else(|| {
            patronymic_at(&tokens, &rest).map(|place| {
                let at = rest.remove(place);
                tokens[at].text.clone()
            })
        });
        if let Some(&first) = initials.first() {
            // «Коваленко С. О.», "S. O. Kovalenko", «Коваленко Сергій О.»: initials stand for what is not written out.
            let given_written = (patronymic.is_none() && rest.len() >= 2 && initials.len() == 1)
                .then(|| given_at(&tokens, &rest));
            if let Some(place) = given_written {
                let at = rest.remove(place);
                self.set_given(Some(&tokens[at].text));
                self.set_patronymic(Some(&tokens[first].text));
            } else {
                self.set_given(Some(&tokens[first].text));
                self.set_patronymic(
                    patronymic
                        .as_deref()
                        .or(initials.get(1).map(|second| tokens[*second].text.as_str())),
                );
            }
        } else {
            if rest.len() >= 2 || is_lone_given(&tokens, &rest, patronymic.is_some()) {
                let place = given_at(&tokens, &rest);
                let at = rest.remove(place);
                self.set_given(Some(&tokens[at].text));
            }
            self.set_patronymic(patronymic.as_deref());
        }
        self.surname = rest
            .iter()
            .flat_map(|at| surname_parts(&tokens[*at].text))
            .collect();
    }
}

impl fmt::Debug for FullName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "FullName(surname {}, given {}, patronymic {})",
            self.surname.len(),
            u8::from(self.given.is_some()),
            u8::from(self.patronymic.is_some())
        )
    }
}

fn join(words: &[Word], between: &str) -> String {
    words
        .iter()
        .map(Word::written)
        .collect::<Vec<_>>()
        .join(between)
}

fn father_of(word: &Word) -> Father {
    father(&word.letters, &word.sounds, word.french.as_ref())
}

/// A word of a line.
struct Token {
    text: String,
    initial: bool,
    in_brackets: bool,
    /// Whether a comma stands behind it: what is before a comma is the surname.
    comma: bool,
    /// Whether all its letters are capitals while others of the line are not.
    shouted: bool,
    word: Word,
    known: Known,
}

fn positions(tokens: &[Token], wanted: impl Fn(&Token) -> bool) -> Vec<usize> {
    (0..tokens.len())
        .filter(|at| wanted(&tokens[*at]))
        .collect()
}

/// NAMES-15.
fn tokens(line: &str) -> Result<Vec<Token>, NameError> {
    let got = line.chars().count();
    if got > NAME_LETTERS_MAX {
        return Err(NameError::TooLong { got });
    }
    let mut tokens: Vec<Token> = Vec::new();
    let (mut text, mut in_brackets) = (String::new(), false);
    let end = |text: &mut String, in_brackets: bool, dot: bool, tokens: &mut Vec<Token>| {
        let mut word = std::mem::take(text);
        let trimmed = word.trim_matches(|letter| is_hyphen(letter) || is_apostrophe(letter));
        word = trimmed.to_owned();
        let letters = word.chars().filter(|letter| letter.is_alphabetic()).count();
        if letters == 0 {
            return;
        }
        let initial = letters == 1 || dot && letters <= 2;
        if dot && initial {
            word.push('.');
        }
        let shouted = letters > 1 && !word.chars().any(char::is_lowercase);
        let prepared = Word::new(&word);
        let known = if initial {
            Known::default()
        } else {
            known(&prepared.sounds, prepared.french.as_ref())
        };
        tokens.push(Token {
            text: word,
            initial,
            in_brackets,
            comma: false,
            shouted,
            word: prepared,
            known,
        });
    };
    for letter in line.chars() {
        match letter {
            '(' | '[' => {
                end(&mut text, in_brackets, false, &mut tokens);
                in_brackets = true;
            }
            ')' | ']' => {
                end(&mut text, in_brackets, false, &mut tokens);
                in_brackets = false;
            }
            '.' => end(&mut text, in_brackets, true, &mut tokens),
            ',' | ';' => {
                end(&mut text, in_brackets, false, &mut tokens);
                if let Some(last) = tokens.last_mut() {
                    last.comma = true;
                }
            }
            letter if letter.is_alphabetic() || is_apostrophe(letter) || is_hyphen(letter) => {
                text.push(letter)
            }
            // Stress marks and the like belong to the letter before them.
            letter if unicode_normalization::char::is_combining_mark(letter) => text.push(letter),
            // Invisible formatting characters out of documents.
            '\u{200B}'..='\u{200F}' | '\u{FEFF}' | '\u{2060}' => {}
            _ => end(&mut text, in_brackets, false, &mut tokens),
        }
    }
    end(&mut text, in_brackets, false, &mut tokens);
    if tokens.iter().all(|token| token.in_brackets) {
        // Brackets round everything mean nothing.
        for token in &mut tokens {
            token.in_brackets = false;
        }
    }
    match tokens.len() {
        0 => Err(NameError::NoLetters),
        got if got > WORDS_MAX => Err(NameError::TooManyWords { got }),
        _ => {
            if tokens.iter().all(|token| token.shouted || token.initial) {
                for token in &mut tokens {
                    token.shouted = false;
                }
            }
            Ok(tokens)
        }
    }
}

/// A double surname in its parts.
fn surname_parts(text: &str) -> Vec<Word> {
    text.split(is_hyphen)
        .filter(|part| part.chars().any(char::is_alphabetic))
        .map(Word::surname)
        .collect()
}

/// «Гасан огли», "Hasan kyzy": taken out of the words that are left.
fn join_child_words(tokens: &[Token], rest: &mut Vec<usize>) -> Option<String> {
    let place = rest
        .iter()
        .position(|at| patronymic::child_word(&tokens[*at].word.letters).is_some())?;
    let child = rest.remove(place);
    let father = place.checked_sub(1).map(|before| rest.remove(before));
    Some(match father {
        Some(father) => format!("{} {}", tokens[father].text, tokens[child].text),
        None => tokens[child].text.clone(),
    })
}

/// Which of the words that are left is the patronymic.
fn patronymic_at(tokens: &[Token], rest: &[usize]) -> Option<usize> {
    let is_patronymic = |place: usize| {
        let word = &tokens[rest[place]].word;
        patronymic::ending(&word.letters).is_some() || {
            let father = father_of(word);
            father.names.is_known() && !father.names.mended && !tokens[rest[place]].known.is_known()
        }
    };
    let candidates: Vec<usize> = (0..rest.len())
        .filter(|place| is_patronymic(*place))
        .collect();
    // It follows the given name: «Янукович Віктор Федорович» has two words that look alike.
    let after_given = candidates.iter().rev().copied().find(|place| {
        place
            .checked_sub(1)
            .is_some_and(|before| tokens[rest[before]].known.is_known())
    });
    match after_given.or(candidates.last().copied()) {
        // «Антонович Іван»: the only such word, before the given name, is the surname.
        Some(0) if rest.len() > 1 && tokens[rest[1]].known.is_known() && rest.len() == 2 => None,
        Some(place) if tokens[rest[place]].comma && place == 0 => None,
        found => found,
    }
}

/// Which of the words that are left is the given name; at least one is left.
fn given_at(tokens: &[Token], rest: &[usize]) -> usize {
    let token = |place: usize| &tokens[rest[place]];
    if rest.len() == 1 {
        return 0;
    }
    // What stands before a comma is the surname, and so is what alone is shouted.
    if let Some(comma) = (0..rest.len() - 1).find(|place| token(*place).comma) {
        return comma + 1;
    }
    let shouted: Vec<usize> = (0..rest.len())
        .filter(|place| token(*place).shouted)
        .collect();
    if let Some(quiet) = (0..rest.len()).find(|place| !shouted.contains(place))
        && !shouted.is_empty()
    {
        return quiet;
    }
    // The table knows given names; full forms before short ones, exact before mended.
    let rank = |place: usize| {
        let known = &token(place).known;
        (
            known.is_known() && !known.mended,
            known.full && !known.mended,
            known.is_known(),
        )
    };
    let best = (0..rest.len()).map(rank).max().unwrap_or_default();
    let likely: Vec<usize> = (0..rest.len())
        .filter(|place| rank(*place) == best)
        .collect();
    if best.2 && likely.len() == 1 {
        let place = likely[0];
        let other = usize::from(place == 0);
        // «Роман Мартын»-like pairs are decided by place; an ending that only surnames have overrules a mended name.
        if !(token(place).known.mended
            && looks_like_surname(&token(place).word.letters)
            && !looks_like_surname(&token(other).word.letters))
        {
            return place;
        }
        return other;
    }
    let surnames: Vec<usize> = (0..rest.len())
        .filter(|place| looks_like_surname(&token(*place).word.letters))
        .collect();
    if let [only] = surnames.as_slice() {
        return usize::from(*only == 0);
    }
    // Lists write the surname first; people who write Latin letters write it last.
    usize::from(token(0).word.script == crate::word::Script::Cyrillic)
}

/// Whether a single word is rather a given name than a surname.
fn is_lone_given(tokens: &[Token], rest: &[usize], with_patronymic: bool) -> bool {
    let [only] = rest else { return false };
    let known = &tokens[*only].known;
    known.is_known() && !known.mended
        || with_patronymic && !looks_like_surname(&tokens[*only].word.letters)
}
