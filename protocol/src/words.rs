//! Check words: eight everyday words that stand for an office's identity key, to be compared over the telephone.
//!
//! ```text
//! identity key (32 bytes) ─ Argon2id ─▶ 32 bytes ─ first 88 bits ─▶ 8 indices of 11 bits ─▶ 8 words, uk | ru | en
//! ```
//!
//! The words vouch for the key, not for the name beside it. The same lists serve suggested passphrases
//! ([`random_words`]). Rules: `docs/spec/words.md`.

use std::sync::LazyLock;

use argon2::{Algorithm, Argon2, Params, Version};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::language::Language;
use crate::limits::{
    CHECK_WORDS, CHECK_WORDS_HASH_LEN, CHECK_WORDS_LANES, CHECK_WORDS_MEMORY_KIB,
    CHECK_WORDS_PASSES, CHECK_WORDS_TEXT_MAX, WORD_BITS, WORD_LIST_LEN,
};

#[cfg(test)]
mod tests;

/// Salt of the stretching: separates check words from every other use of Argon2id (WORDS-3).
const SALT: &[u8] = b"tidings check words v1";

/// Longest word of a list in bytes: eight Cyrillic letters.
const WORD_BYTES_MAX: usize = 16;

/// The check words of one identity key, as eight indices below 2,048; which word an index names depends on the
/// language. Two are equal exactly when the words are equal in every language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CheckWords([u16; CHECK_WORDS]);

/// Why a text is not check words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// The text is longer than any check words.
    #[error("reading check words: at most {CHECK_WORDS_TEXT_MAX} bytes are read, got {got}")]
    TooLong {
        /// Bytes of the text.
        got: usize,
    },
    /// One word is not in the list of the language.
    #[error(
        "reading check words: word {position}, \"{word}\", is not in the list{}",
        did_you_mean(*.nearest)
    )]
    Unknown {
        /// Which word of the text, counted from 1.
        position: usize,
        /// The word as it was understood: lower case, without marks.
        word: String,
        /// The word of the list that resembles it most, if one does.
        nearest: Option<&'static str>,
    },
    /// Every word is in the list, but there are more or fewer than eight.
    #[error("reading check words: expected {CHECK_WORDS} words, got {got}")]
    Count {
        /// Words in the text.
        got: usize,
    },
}

impl CheckWords {
    /// The check words of an Ed25519 identity key (WORDS-3, WORDS-4).
    ///
    /// Slow on purpose: Argon2id over 19 MiB, tens of milliseconds. Compute once a key and keep the result.
    #[must_use]
    pub fn of(identity: &[u8; 32]) -> Self {
        Self::from_hash(&stretch(identity))
    }

    /// The words in one language, in the order in which they are read aloud.
    #[must_use]
    pub fn words(&self, language: Language) -> [&'static str; CHECK_WORDS] {
        let list = list(language);
        self.0.map(|index| list[usize::from(index)])
    }

    /// The indices into the lists, each below 2,048.
    #[must_use]
    pub fn indices(&self) -> [u16; CHECK_WORDS] {
        self.0
    }

    /// Reads words that a person typed or pasted (WORDS-6, WORDS-7): any case, any punctuation, numbering and line
    /// breaks between them; stress marks and apostrophes are ignored, `ё` counts as `е`, `ґ` as `г`, Latin letters
    /// that look Cyrillic as Cyrillic.
    ///
    /// # Errors
    ///
    /// [`WordsError::TooLong`] before anything is read; then [`WordsError::Unknown`] for the first word that is not
    /// in the list; then [`WordsError::Count`].
    pub fn parse(text: &str, language: Language) -> Result<Self, WordsError> {
        if text.len() > CHECK_WORDS_TEXT_MAX {
            return Err(WordsError::TooLong { got: text.len() });
        }
        let indices = spoken_words(text, language)
            .into_iter()
            .zip(1..)
            .map(|(word, position)| {
                index_of(&word, language).ok_or_else(|| WordsError::Unknown {
                    position,
                    nearest: nearest(&word, language),
                    word,
                })
            })
            .collect::<Result<Vec<u16>, _>>()?;
        indices
            .as_slice()
            .try_into()
            .map(Self)
            .map_err(|_| WordsError::Count { got: indices.len() })
    }

    /// The first 88 bits, most significant first, as eight numbers of eleven bits (WORDS-4).
    fn from_hash(hash: &[u8; CHECK_WORDS_HASH_LEN]) -> Self {
        let mut bits = hash
            .iter()
            .flat_map(|byte| (0..8).rev().map(move |shift| u16::from(byte >> shift & 1)));
        Self(core::array::from_fn(|_| {
            bits.by_ref()
                .take(WORD_BITS as usize)
                .fold(0, |index, bit| index << 1 | bit)
        }))
    }
}

/// Random words joined by single spaces, for a suggested passphrase: each independent and uniform, eleven bits
/// (WORDS-9). Seven words are 77 bits. The text is wiped on drop and never reallocated while it grows.
#[must_use]
pub fn random_words(rng: &mut impl CryptoRng, language: Language, count: u8) -> Zeroizing<String> {
    let list = list(language);
    let mut text = Zeroizing::new(String::with_capacity(
        usize::from(count) * (WORD_BYTES_MAX + 1),
    ));
    let mut draw = Zeroizing::new([0; 2]);
    for position in 0..count {
        if position > 0 {
            text.push(' ');
        }
        rng.fill_bytes(draw.as_mut());
        // 2,048 divides 65,536: the remainder is uniform.
        text.push_str(list[usize::from(u16::from_le_bytes(*draw)) % WORD_LIST_LEN]);
    }
    text
}

/// Argon2id, version 1.3, over the identity key (WORDS-3).
fn stretch(identity: &[u8; 32]) -> [u8; CHECK_WORDS_HASH_LEN] {
    let mut hash = [0; CHECK_WORDS_HASH_LEN];
    #[expect(
        clippy::expect_used,
        reason = "Argon2 refuses only lengths and parameters, which are constants here and covered by frozen vectors"
    )]
    Params::new(
        CHECK_WORDS_MEMORY_KIB,
        CHECK_WORDS_PASSES,
        CHECK_WORDS_LANES,
        Some(CHECK_WORDS_HASH_LEN),
    )
    .and_then(|params| {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(identity, SALT, &mut hash)
    })
    .expect("the frozen parameters are valid");
    hash
}

/// The list of a language: 2,048 words in the order of its alphabet; the three share their indices (WORDS-1, WORDS-5).
fn list(language: Language) -> &'static [&'static str] {
    static LISTS: LazyLock<[Vec<&'static str>; 3]> =
        LazyLock::new(|| Language::ALL.map(|language| list_text(language).lines().collect()));
    &LISTS[usize::from(language.number())]
}

/// The list file of a language: one word a line, each line ended by a line feed.
const fn list_text(language: Language) -> &'static str {
    match language {
        Language::Ukrainian => include_str!("words/uk.txt"),
        Language::Russian => include_str!("words/ru.txt"),
        Language::English => include_str!("words/en.txt"),
    }
}

/// Splits a text into words: runs of letters, lower case, without apostrophes and marks (WORDS-6).
fn spoken_words(text: &str, language: Language) -> Vec<String> {
    let letters: String = text
        .chars()
        .flat_map(char::to_lowercase)
        .filter(|letter| !is_ignored(*letter))
        .map(|letter| match language {
            Language::English => letter,
            Language::Ukrainian | Language::Russian => cyrillic(letter),
        })
        .collect();
    // Some keyboards and file systems write й and ї as a letter and a mark.
    let letters = letters
        .replace("и\u{306}", "й")
        .replace("і\u{308}", "ї")
        .replace("е\u{308}", "е");
    letters
        .split(|letter: char| !letter.is_alphabetic())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// Apostrophes and stress marks: no word of a list has one, but people write them.
fn is_ignored(letter: char) -> bool {
    matches!(
        letter,
        '\'' | '`' | '´' | '‘' | '’' | 'ʼ' | '\u{300}' | '\u{301}' | '\u{ad}'
    )
}

/// The Cyrillic letter that a Latin letter looks like; `ё` as `е`.
fn cyrillic(letter: char) -> char {
    match letter {
        'a' => 'а',
        'c' => 'с',
        'e' | 'ё' => 'е',
        'i' => 'і',
        'o' => 'о',
        'p' => 'р',
        'x' => 'х',
        'y' => 'у',
        other => other,
    }
}

/// The index of a word in the list, `ґ` taken as `г` on both sides.
fn index_of(word: &str, language: Language) -> Option<u16> {
    (0..)
        .zip(list(language))
        .find(|(_, listed)| listed.chars().map(plain_g).eq(word.chars().map(plain_g)))
        .map(|(index, _)| index)
}

/// Many people have no `ґ` on their keyboard.
fn plain_g(letter: char) -> char {
    if letter == 'ґ' { 'г' } else { letter }
}

/// The listed word with the fewest letters inserted, left out or replaced, the earliest of equals; none if more than
/// a third of the word would have to change (WORDS-7).
fn nearest(word: &str, language: Language) -> Option<&'static str> {
    let length = word.chars().count();
    list(language)
        .iter()
        .map(|listed| (distance(word, listed), *listed))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, _)| distance * 3 <= length.max(3))
        .map(|(_, listed)| listed)
}

/// Levenshtein distance, in letters.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (position, letter) in left.chars().enumerate() {
        let mut diagonal = position;
        row[0] = position + 1;
        for (column, other) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

/// The end of an error message: a suggestion, or nothing.
fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |word| format!("; did you mean \"{word}\"?"))
}
