//! Names that people choose, read and compare: of an office, a family, a contact, a captive.
//!
//! What a decoder lets through is a [`Line`](crate::line::Line) (LETTER-4). Who *writes* a name holds to more (LETTER-19), so
//! that no two names look alike while they differ; who *shows* one that somebody else wrote makes visible what hides
//! (LETTER-20).

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_properties::{GeneralCategory as Category, UnicodeGeneralCategory};
use unicode_script::{Script, UnicodeScript};
use unicode_security::skeleton;

use crate::limits::NAME_MARKS_MAX;

/// Why a name must not be chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// A character that cannot be seen: control, format, private, unassigned, or blank without being a space.
    #[error("the name holds an invisible character (U+{code:04X})")]
    Hidden {
        /// Its code point.
        code: u32,
    },
    /// More marks above and below one letter than any language of the project writes.
    #[error("more than {NAME_MARKS_MAX} marks are stacked on one letter of the name")]
    Marks,
    /// One word holds letters of several scripts that look alike.
    #[error("one word of the name mixes letters of two scripts")]
    Mixed {
        /// The word.
        word: String,
    },
}

/// A name in the form in which it is written: normalised (NFC), with single plain spaces and none at its ends (LETTER-19).
/// May be empty; how long it may be is for the [`Line`](crate::line::Line) that takes it.
///
/// # Errors
/// [`NameError`].
pub fn chosen(text: &str) -> Result<String, NameError> {
    // Spaces of other widths come from telephones' keyboards; a line break or a tab is no space of a name.
    let spaced: String = text
        .trim()
        .nfc()
        .map(|c| match c.general_category() {
            Category::SpaceSeparator => ' ',
            _ => c,
        })
        .collect();
    let name = spaced.split(' ').filter(|word| !word.is_empty());
    let name = name.collect::<Vec<_>>().join(" ");
    if let Some(hidden) = name.chars().find(|&c| is_hidden(c)) {
        return Err(NameError::Hidden {
            code: hidden.into(),
        });
    }
    if marks_in_a_row(&name) > NAME_MARKS_MAX {
        return Err(NameError::Marks);
    }
    match name.split(|c| !belongs_to_word(c)).find(|word| mixes(word)) {
        Some(word) => Err(NameError::Mixed {
            word: word.to_owned(),
        }),
        None => Ok(name),
    }
}

/// A name that somebody else wrote, as it is shown: characters that hide as `<U+200B>`, marks beyond the limit left out
/// (LETTER-20).
#[must_use]
pub fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut marks = 0;
    for c in text.chars() {
        marks = if is_combining_mark(c) { marks + 1 } else { 0 };
        if is_hidden(c) {
            shown.push_str(&format!("<U+{:04X}>", u32::from(c)));
        } else if marks <= NAME_MARKS_MAX {
            shown.push(c);
        }
    }
    shown
}

/// Whether one name would be taken for the other (LETTER-21): as they are, or in one case, they have the same skeleton (UTS
/// #39, section 4). Cyrillic `Оса` and Latin `Oca` have; so have every name and itself.
#[must_use]
pub fn look_alike(one: &str, other: &str) -> bool {
    let cases: [fn(&str) -> String; 3] = [str::to_owned, str::to_lowercase, str::to_uppercase];
    cases
        .iter()
        .any(|case| skeleton(&case(one)).eq(skeleton(&case(other))))
}

/// Controls and formats, line and paragraph separators, private and unassigned characters; and those that Unicode calls
/// ignorable by default, or that are blank, although their category says otherwise.
fn is_hidden(c: char) -> bool {
    matches!(
        c.general_category(),
        Category::Control
            | Category::Format
            | Category::LineSeparator
            | Category::ParagraphSeparator
            | Category::PrivateUse
            | Category::Unassigned
            | Category::Surrogate
    ) || matches!(c,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}' | '\u{2800}'
        | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}' | '\u{e0100}'..='\u{e01ef}')
}

fn marks_in_a_row(name: &str) -> usize {
    let (mut most, mut row) = (0, 0);
    for c in name.chars() {
        row = if is_combining_mark(c) { row + 1 } else { 0 };
        most = most.max(row);
    }
    most
}

fn belongs_to_word(c: char) -> bool {
    c.is_alphabetic() || is_combining_mark(c)
}

/// Whether letters of several of the scripts stand in one word that share their shapes.
fn mixes(word: &str) -> bool {
    let mut first = None;
    word.chars()
        .map(|c| c.script())
        .filter(|script| {
            matches!(
                script,
                Script::Latin
                    | Script::Cyrillic
                    | Script::Greek
                    | Script::Armenian
                    | Script::Coptic
            )
        })
        .any(|script| *first.get_or_insert(script) != script)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_19_names_of_people_are_taken_as_they_are() {
        for name in [
            "Олена",
            "Вера Степановна",
            "Коваленко-Ґудзь Тарас Миколайович",
            "О’Ніл Дар'я",
            "Letters Office №2",
            "Бюро листування «Місток» (UA/RU)",
            "Đặng Thị Ánh",
            "日本のみなさん",
            "ІТ-відділ і QR-пошта",
        ] {
            assert_eq!(chosen(name).as_deref(), Ok(name));
        }
    }

    #[test]
    fn letter_19_a_name_is_normalised() {
        // й typed as a letter and a mark, a no-break space, two spaces.
        let typed = "  Андріи\u{306}\u{a0} Їжак ";
        assert_eq!(chosen(typed).as_deref(), Ok("Андрій Їжак"));
        assert_eq!(chosen(" \u{2003} ").as_deref(), Ok(""));
    }

    #[test]
    fn letter_19_what_hides_is_refused() {
        for hidden in [
            '\u{7}',
            '\t',
            '\n',
            '\u{ad}',
            '\u{200b}',
            '\u{200e}',
            '\u{202e}',
            '\u{2066}',
            '\u{feff}',
            '\u{61c}',
            '\u{fe0f}',
            '\u{3164}',
            '\u{e000}',
            '\u{e0041}',
            '\u{2028}',
            '\u{378}',
        ] {
            let code = hidden.into();
            assert_eq!(
                chosen(&format!("Ол{hidden}я")),
                Err(NameError::Hidden { code }),
                "{code:x}"
            );
        }
    }

    #[test]
    fn letter_19_towers_of_marks_are_refused() {
        assert_eq!(
            chosen(&format!("Оля{}", "\u{336}".repeat(5))),
            Err(NameError::Marks)
        );
        assert!(chosen("שָׁלוֹם").is_ok());
    }

    #[test]
    fn letter_19_a_word_of_two_alphabets_is_refused() {
        // The first letter is Latin; in the second the i is.
        for name in ["Oлена Коваленко", "Тарас Мiсто"] {
            assert!(
                matches!(chosen(name), Err(NameError::Mixed { .. })),
                "{name}"
            );
        }
        let Err(NameError::Mixed { word }) = chosen("Тарас Мiсто") else {
            unreachable!("refused above");
        };
        assert_eq!(word, "Мiсто");
    }

    #[test]
    fn letter_20_what_hides_in_a_foreign_name_is_shown() {
        assert_eq!(shown("Олена Ко\u{200b}валенко"), "Олена Ко<U+200B>валенко");
        assert_eq!(shown("a\u{1b}[31m\u{202e}b"), "a<U+001B>[31m<U+202E>b");
        assert_eq!(
            shown(&format!("я{}", "\u{301}".repeat(50))),
            format!("я{}", "\u{301}".repeat(4))
        );
        assert_eq!(shown("Оля"), "Оля");
    }

    #[test]
    fn letter_21_names_in_letters_of_another_alphabet_look_alike() {
        // Cyrillic and Latin, Greek and Cyrillic; two apostrophes; a letter and a digit.
        for (one, other) in [
            ("Оса", "Oca"),
            ("ОСА", "Oca"),
            ("Рух", "Pyx"),
            ("Том", "Tom"),
            ("ΑΝΝΑ", "ANNA"),
            ("О’Ніл", "О'Ніл"),
            ("Бюро 10", "Бюро 1O"),
        ] {
            assert!(look_alike(one, other), "{one} {other}");
            assert!(look_alike(other, one), "{other} {one}");
        }
    }

    #[test]
    fn letter_21_names_that_differ_to_the_eye_do_not_look_alike() {
        for (one, other) in [
            ("Ганна", "Ґанна"),
            ("Іван", "Їван"),
            ("Андрій", "Андріи"),
            ("Лев", "Лёв"),
            ("Олена", "Олена 2"),
            ("Олена Коваль", "Олена Ковалик"),
            ("Марія", "Maria"),
            ("Євген", "Евген"),
            ("Саша", "Маша"),
        ] {
            assert!(!look_alike(one, other), "{one} {other}");
        }
    }

    proptest::proptest! {
        #[test]
        fn letter_21_marks_that_hide_do_not_tell_names_apart(name in "[а-яіїєґ’ A-Za-z]{1,20}", at in 0_usize..20) {
            let mut letters: Vec<char> = name.chars().collect();
            letters.insert(at.min(letters.len()), '\u{200b}');
            let hidden: String = letters.into_iter().collect();
            proptest::prop_assert!(look_alike(&name, &hidden));
        }

        #[test]
        fn letter_19_choosing_again_changes_nothing(text in "\\PC{0,40}|[ а-яії\u{300}-\u{306}\u{a0}]{0,20}") {
            if let Ok(name) = chosen(&text) {
                proptest::prop_assert_eq!(shown(&name), name.as_str());
                proptest::prop_assert_eq!(chosen(&name), Ok(name));
            }
        }
    }
}
