//! From what people typed to what can be printed: composed, without invisible signs, every picture sign that the fonts do
//! not have told in words, and long words given places where they may break (PRINT-3, PRINT-4).

use serde::Serialize;
use tidings_protocol::language::Language;
use unicode_normalization::UnicodeNormalization as _;

use crate::fonts::covers;
use crate::signs;

/// Letters in a row after which a word gets places to break: longer than any ordinary word of the three languages, short
/// enough for the narrowest column in which text of people stands.
const WORD_MAX: usize = 18;
/// Invisible; a line may end here.
const BREAK: char = '\u{200b}';

/// A sign for which there is no glyph, and the words that stand in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Described {
    /// The sign.
    pub sign: char,
    /// What is printed.
    pub words: String,
}

/// Text of people, ready for a form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Printable {
    pub(crate) text: String,
    pub(crate) described: Vec<Described>,
}

/// Prepares text; line feeds stay.
pub(crate) fn printable(text: &str, language: Language) -> Printable {
    let mut out = Printable::default();
    let mut characters = text.nfc().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\n' | '\u{2028}' | '\u{2029}' => out.text.push('\n'),
            '\t' => out.text.push_str("    "),
            // A flag is two letters from another alphabet.
            '\u{1f1e6}'..='\u{1f1ff}' => {
                characters.next_if(|next| matches!(next, '\u{1f1e6}'..='\u{1f1ff}'));
                out.describe(signs::FLAG, signs::flag(language));
            }
            // Signs joined to one picture are told by their first, other people in it make it a family.
            _ if !is_invisible(character) => {
                let family = joined(character, &mut characters);
                if family {
                    out.describe(character, signs::family(language));
                } else if covers(character) {
                    out.text.push(character);
                } else {
                    let words = signs::name(character, language);
                    out.describe(character, &words);
                }
            }
            _ => {}
        }
    }
    out.text = breakable(&counted(&out.text));
    out
}

/// Passes over what belongs to the sign before; whether another person was joined to it.
fn joined(first: char, characters: &mut std::iter::Peekable<impl Iterator<Item = char>>) -> bool {
    let mut family = false;
    while let Some(next) = characters.peek().copied() {
        match next {
            '\u{200d}' if is_picture(first) => {
                characters.next();
                if let Some(other) = characters.next_if(|other| is_picture(*other)) {
                    family |= signs::is_person(first) && signs::is_person(other);
                }
            }
            // Skin tones, and how a sign is to be drawn.
            '\u{1f3fb}'..='\u{1f3ff}' if is_picture(first) => {
                characters.next();
            }
            '\u{fe00}'..='\u{fe0f}' | '\u{20e3}' | '\u{e0020}'..='\u{e007f}' => {
                characters.next();
            }
            _ => break,
        }
    }
    family
}

fn is_picture(character: char) -> bool {
    matches!(character, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// Nothing that is seen: controls, marks of writing direction, joiners, tags. Soft hyphens and places to break are kept
/// from no one, they only do harm when they come in thousands.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{1f3fb}'..='\u{1f3ff}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

impl Printable {
    fn describe(&mut self, sign: char, words: &str) {
        self.text.push(OPEN);
        self.text.push_str(words);
        self.text.push(CLOSE);
        if !self.described.iter().any(|one| one.sign == sign) {
            self.described.push(Described {
                sign,
                words: words.to_owned(),
            });
        }
    }
}

/// Round a description, so that those of one sign in a row can be counted.
const OPEN: char = '\u{e000}';
/// See [`OPEN`].
const CLOSE: char = '\u{e001}';

/// Turns `(heart)(heart)(heart)` into `[heart ×3]`.
fn counted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(OPEN) {
        out.push_str(&rest[..start]);
        let from = &rest[start..];
        let Some(end) = from.find(CLOSE) else {
            break;
        };
        let (one, after) = from.split_at(end + CLOSE.len_utf8());
        let words = one.trim_start_matches(OPEN).trim_end_matches(CLOSE);
        rest = after;
        let mut times = 1;
        while let Some(after) = rest.strip_prefix(one) {
            rest = after;
            times += 1;
        }
        if out.chars().next_back().is_some_and(|c| !c.is_whitespace()) {
            out.push(' ');
        }
        match times {
            1 => out.push_str(&format!("[{words}]")),
            _ => out.push_str(&format!("[{words} ×{times}]")),
        }
        if rest.chars().next().is_some_and(char::is_alphanumeric) {
            out.push(' ');
        }
    }
    out.push_str(rest);
    out
}

/// Gives words longer than [`WORD_MAX`] places to break, so that nothing runs over an edge.
fn breakable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_inclusive(char::is_whitespace) {
        if word.chars().count() <= WORD_MAX {
            out.push_str(word);
            continue;
        }
        let mut since = 0;
        let mut characters = word.chars().peekable();
        while let Some(character) = characters.next() {
            out.push(character);
            since += 1;
            let next = characters.peek().copied();
            // Accents stay with their letter; a few letters stay together at both ends.
            if since >= 4
                && next.is_some_and(|next| !next.is_whitespace() && !is_accent(next))
                && characters.clone().take(3).count() == 3
            {
                out.push(BREAK);
            }
        }
    }
    out
}

fn is_accent(character: char) -> bool {
    matches!(character, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn uk(text: &str) -> String {
        printable(text, Language::Ukrainian).text
    }

    // PRINT-3
    #[test]
    fn signs_without_a_glyph_are_told_in_words() {
        assert_eq!(uk("Цілую 🌷🌷🌷!"), "Цілую [тюльпан ×3]!");
        assert_eq!(uk("мама🎂тато"), "мама [святковий торт] тато");
        assert_eq!(uk("👨‍👩‍👧"), "[родина]");
        assert_eq!(uk("👍🏽 так"), "[великий палець угору] так");
        assert_eq!(uk("🇺🇦 🇷🇺"), "[прапор] [прапор]");
        assert_eq!(uk("\u{1faf6}"), "[знак U+1FAF6]");
        let english = printable("so \u{1f499}\u{fe0f}", Language::English);
        assert_eq!(english.text, "so [blue heart]");
        assert_eq!(english.described.len(), 1);
    }

    #[test]
    fn signs_with_a_glyph_stay() {
        for kept in ["№ «ґ» ’", "❤", "☀", "😀", "а\u{301}"] {
            assert_eq!(uk(kept), kept);
        }
        assert_eq!(uk("❤\u{fe0f}"), "❤");
    }

    #[test]
    fn letters_are_composed_and_tricks_of_direction_vanish() {
        assert_eq!(uk("и\u{306}і\u{308}е\u{308}"), "йїё");
        assert_eq!(uk("a\u{202e}b\u{200f}\u{feff}\u{7}"), "ab");
        assert_eq!(uk("a\tb\r\nc"), "a    b\nc");
    }

    // PRINT-4
    #[test]
    fn long_words_may_break_and_short_ones_may_not() {
        assert!(!uk("відповідальність").contains(BREAK));
        let long = uk(&"щ".repeat(60));
        assert!(long.contains(BREAK));
        assert_eq!(long.replace(BREAK, "").chars().count(), 60);
        assert!(!uk(&"а\u{301}".repeat(30)).contains("\u{200b}\u{301}"));
    }

    proptest! {
        #[test]
        fn whatever_is_typed_has_glyphs(text in "\\PC{0,60}") {
            for language in Language::ALL {
                let out = printable(&text, language).text;
                for character in out.chars().filter(|c| !matches!(c, '\n' | '\u{200b}')) {
                    prop_assert!(covers(character), "{:?}", character);
                }
            }
        }
    }
}
