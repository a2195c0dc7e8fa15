//! One word of a name, ready to be compared.

use std::fmt;

use crate::{
    letters::{fold, is_cyrillic, is_latin},
    sounds::{Sounds, sounds},
    surname,
};

/// The script in which a word is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Script {
    /// Cyrillic letters.
    Cyrillic,
    /// Latin letters.
    Latin,
    /// Neither, or no letters at all.
    Other,
}

/// One word of a name: as it was written, and as it is compared. Its `Debug` shows no letters: names are not logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Word {
    written: String,
    pub(crate) letters: Vec<char>,
    pub(crate) script: Script,
    pub(crate) sounds: Sounds,
    /// The French reading of a Latin word, where it differs.
    pub(crate) french: Option<Sounds>,
    /// The masculine form, where the word looks feminine; only in surnames.
    pub(crate) masculine: Option<Box<(Vec<char>, Sounds)>>,
}

impl Word {
    /// A given name or patronymic.
    pub(crate) fn new(written: &str) -> Self {
        let letters = fold(written);
        let script = if letters.iter().any(|letter| is_cyrillic(*letter)) {
            Script::Cyrillic
        } else if letters.iter().any(|letter| is_latin(*letter)) {
            Script::Latin
        } else {
            Script::Other
        };
        let (sounds, french) = sounds(&letters);
        Self {
            written: written.to_owned(),
            letters,
            script,
            sounds,
            french,
            masculine: None,
        }
    }

    /// A surname, with its masculine form.
    pub(crate) fn surname(written: &str) -> Self {
        let mut word = Self::new(written);
        word.masculine = surname::masculine(&word.letters).map(|letters| {
            let (sounds, _) = sounds(&letters);
            Box::new((letters, sounds))
        });
        word
    }

    /// The word as it was written.
    #[must_use]
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The script of the word.
    #[must_use]
    pub const fn script(&self) -> Script {
        self.script
    }

    /// Whether only the first letter is known: «С.», "Yu.", «Дж.».
    pub(crate) fn is_initial(&self) -> bool {
        match self.letters.len() {
            0 => false,
            1 => true,
            2 | 3 => self.written.ends_with('.'),
            _ => false,
        }
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Word({} letters)", self.letters.len())
    }
}
