//! The embedded fonts: what is printed never depends on what is installed.
//!
//! Libertinus Serif for letters, Noto Sans for the small print of forms and for numbers, DejaVu Sans for signs that neither
//! has. All are under free licences (SIL Open Font License; Bitstream Vera and Arev terms) and come inside crates.

use std::sync::LazyLock;

use typst::foundations::Bytes;
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;

/// The fonts and their index.
pub(crate) struct Fonts {
    pub(crate) book: LazyHash<FontBook>,
    pub(crate) fonts: Vec<Font>,
}

/// Families of `typst-assets` that forms name; the rest of its fonts (mathematics, typewriter) stays out of the book.
const FAMILIES: [&str; 3] = ["Libertinus Serif", "Noto Sans", "DejaVu Sans"];

static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let files = typst_assets::fonts().chain([
        notosans::REGULAR_TTF,
        notosans::BOLD_TTF,
        notosans::ITALIC_TTF,
        dejavu::sans::regular(),
        dejavu::sans::bold(),
    ]);
    let fonts: Vec<Font> = files
        .flat_map(|file| Font::iter(Bytes::new(file)))
        .filter(|font| FAMILIES.contains(&font.info().family.as_str()))
        // A face without Ukrainian letters (the bold italic has none) would take them from another family.
        .filter(|font| font.info().coverage.contains(u32::from('ґ')))
        .collect();
    Fonts {
        book: LazyHash::new(FontBook::from_fonts(&fonts)),
        fonts,
    }
});

/// Loaded once for the whole program.
pub(crate) fn fonts() -> &'static Fonts {
    &FONTS
}

/// Whether one of the fonts can draw this character. The families stand in the same order in every form.
pub(crate) fn covers(character: char) -> bool {
    let point = u32::from(character);
    FONTS
        .fonts
        .iter()
        .any(|font| font.info().coverage.contains(point))
}

#[cfg(test)]
mod tests {
    use super::*;

    // Each weight is asked on its own: a bold letter from another family would look torn out.
    #[test]
    fn every_text_font_has_both_alphabets() {
        let alphabet = "АБВГҐДЕЄЖЗИІЇЙКЛМНОПРСТУФХЦЧШЩЬЮЯ\
            абвгґдеєжзиіїйклмнопрстуфхцчшщьюяЁЪЫЭёъыэ\
            ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789\
            ’№«»„“”—–…!?,.;:()'\"/-+%\u{301}";
        for font in &fonts().fonts {
            let info = font.info();
            let missing: String = alphabet
                .chars()
                .filter(|c| !info.coverage.contains(u32::from(*c)))
                .collect();
            assert_eq!(missing, "", "{} {:?}", info.family, info.variant);
        }
        for family in FAMILIES {
            assert!(
                fonts().book.contains_family(&family.to_lowercase()),
                "{family}"
            );
        }
    }
}
