//! Text in the encodings in which people have it. Nothing is guessed: a text that is not UTF-8 and does not say itself what it
//! is (a byte-order mark) is refused, and the person is shown how it would read in each encoding that is in use.

use encoding_rs::{
    Encoding, IBM866, KOI8_U, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1251, WINDOWS_1252,
};

use crate::failure::{CANDIDATES, Failure};

/// Encodings in which Ukrainian and Russian letters were written before UTF-8 (Windows, Unix, DOS), and the western one that
/// is usual where neither is.
const OFFERED: [&Encoding; 4] = [WINDOWS_1251, KOI8_U, IBM866, WINDOWS_1252];
/// Encodings of texts that are full of bytes below the blank.
const OFFERED_WIDE: [&Encoding; 2] = [UTF_16LE, UTF_16BE];
/// How much of the beginning is shown, in characters: enough to see whether it is a greeting or rubbish.
const SHOWN: usize = 40;

/// The encoding of a label, as `--text-encoding` takes it.
pub(crate) fn parse(label: &str) -> Result<&'static Encoding, &'static str> {
    Encoding::for_label_no_replacement(label.trim().as_bytes()).ok_or("no such encoding")
}

/// The encodings that people have, as `--text-encoding` takes them.
pub(crate) fn names() -> Vec<String> {
    [UTF_8]
        .iter()
        .chain(&OFFERED)
        .chain(&OFFERED_WIDE)
        .map(|encoding| encoding.name().to_ascii_lowercase())
        .collect()
}

/// The text of a file called `path`: in the encoding that was asked for, else as its byte-order mark says, else in UTF-8.
pub(crate) fn decode(
    bytes: &[u8],
    asked: Option<&'static Encoding>,
    path: &str,
) -> Result<String, Failure> {
    let marked = Encoding::for_bom(bytes);
    let (encoding, rest) = match (asked, marked) {
        (None, None) => (UTF_8, bytes),
        (None, Some((marked, length))) => (marked, bytes.get(length..).unwrap_or_default()),
        (Some(asked), Some((marked, length))) if asked == marked => {
            (asked, bytes.get(length..).unwrap_or_default())
        }
        // A mark of another encoding cannot be the beginning of a letter.
        (Some(asked), Some(_)) => return Err(not_in(asked, path)),
        (Some(asked), None) => (asked, bytes),
    };
    // The end of a file, as DOS wrote it.
    let rest = rest.strip_suffix(b"\x1a").unwrap_or(rest);
    let decoded = encoding.decode_without_bom_handling_and_without_replacement(rest);
    let is_sure = asked.is_some() || marked.is_some();
    if let Some(text) = decoded {
        if is_markup(&text) {
            return Err(Failure::usage("text-markup").with("path", path.to_owned()));
        }
        match text.find(is_noise) {
            None => return Ok(text.into_owned()),
            // That it is UTF-8 is no doubt where it says so or no wide text looks like that.
            Some(at)
                if encoding == UTF_8 && (is_sure || !(is_wide(bytes) || is_no_text(bytes))) =>
            {
                return Err(control(&text, at, path));
            }
            Some(_) => {}
        }
    }
    if is_sure {
        return Err(not_in(encoding, path));
    }
    if is_markup(&String::from_utf8_lossy(bytes.get(..64).unwrap_or(bytes))) {
        return Err(Failure::usage("text-markup").with("path", path.to_owned()));
    }
    let candidates = candidates(bytes);
    Err(if candidates.is_empty() || is_no_text(bytes) {
        Failure::usage("text-none").with("path", path.to_owned())
    } else {
        Failure::usage("text-not-utf8")
            .with("path", path.to_owned())
            .with(CANDIDATES, candidates)
    })
}

/// Whether a text is written for a program: its codes would be printed among the words.
fn is_markup(text: &str) -> bool {
    let begins = |mark: &str| {
        text.trim_start()
            .as_bytes()
            .get(..mark.len())
            .is_some_and(|beginning| beginning.eq_ignore_ascii_case(mark.as_bytes()))
    };
    ["{\\rtf", "<!doctype", "<html", "<?xml"]
        .into_iter()
        .any(begins)
}

/// The first character of a text that no letter holds, with its line.
fn control(text: &str, at: usize, path: &str) -> Failure {
    let (before, rest) = text.split_at(at);
    let code = rest.chars().next().map_or(0, u32::from);
    Failure::usage("text-control")
        .with("path", path.to_owned())
        .with("line", (before.matches('\n').count() + 1).to_string())
        .with("character", format!("U+{code:04X}"))
}

/// Whether bytes look like the text of an alphabet in UTF-16: every other one, or nearly, is that alphabet's number.
fn is_wide(bytes: &[u8]) -> bool {
    let low = |odd: usize| {
        let numbers = bytes.iter().skip(odd).step_by(2);
        2 * numbers.filter(|byte| **byte < 0x09).count() >= bytes.len() / 2
    };
    bytes.len().is_multiple_of(2) && !bytes.is_empty() && (low(0) || low(1))
}

/// Whether a file begins as pictures, recordings and printed pages do: somebody took the wrong option or the wrong file.
pub(crate) fn is_no_text(bytes: &[u8]) -> bool {
    let marks: [&[u8]; 8] = [
        b"\xff\xd8\xff",
        b"\x89PNG",
        b"GIF8",
        b"RIFF",
        b"OggS",
        b"ID3",
        b"PK\x03\x04",
        b"%PDF",
    ];
    marks.iter().any(|mark| bytes.starts_with(mark)) || bytes.get(4..8) == Some(b"ftyp")
}

/// What no text holds: a sign that bytes were read in another encoding than they were written in.
fn is_noise(c: char) -> bool {
    c.is_control() && !c.is_whitespace()
}

fn not_in(encoding: &'static Encoding, path: &str) -> Failure {
    Failure::usage("text-not-in-encoding")
        .with("path", path.to_owned())
        .with("encoding", encoding.name().to_ascii_lowercase())
}

/// The options that would read the text, each with the beginning that it would give, a line each.
fn candidates(bytes: &[u8]) -> String {
    let is_wide = bytes
        .iter()
        .any(|byte| is_noise(char::from(*byte)) && byte.is_ascii());
    let offered: &[&'static Encoding] = if is_wide { &OFFERED_WIDE } else { &OFFERED };
    let lines = offered.iter().filter_map(|encoding| {
        let text = encoding.decode_without_bom_handling_and_without_replacement(bytes)?;
        let beginning: String = text
            .trim_start()
            .chars()
            .map(|c| if c.is_control() { ' ' } else { c })
            .take(SHOWN)
            .collect();
        let name = encoding.name().to_ascii_lowercase();
        Some(format!(
            "  --text-encoding {name:<12}  {}",
            beginning.trim_end()
        ))
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;
    use crate::translations::Texts;

    const TEXT: &str = "Тарасику, у нас усе гаразд.";

    fn utf_16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn what_says_itself_what_it_is_is_read() {
        let marked = format!("\u{feff}{TEXT}");
        for bytes in [
            TEXT.as_bytes().to_vec(),
            marked.as_bytes().to_vec(),
            utf_16(&marked, u16::to_le_bytes),
            utf_16(&marked, u16::to_be_bytes),
        ] {
            assert_eq!(decode(&bytes, None, "letter").unwrap(), TEXT);
        }
        let mut cut = utf_16(&marked, u16::to_le_bytes);
        cut.pop();
        let refused = decode(&cut, None, "letter").unwrap_err();
        assert_eq!(refused.code(), "text-not-in-encoding");
    }

    #[test]
    fn what_does_not_is_refused_and_shown_in_every_likely_way() {
        for encoding in [WINDOWS_1251, KOI8_U, IBM866] {
            // IBM866 has no Ukrainian і.
            let text = TEXT.replace('і', "i");
            let (bytes, _, lost) = encoding.encode(&text);
            assert!(!lost, "{}", encoding.name());
            let refused = decode(&bytes, None, "letter").unwrap_err();
            assert_eq!(refused.code(), "text-not-utf8");
            let said = refused.sentence(&Texts::choose(Some("en")));
            let name = encoding.name().to_ascii_lowercase();
            let right = said.lines().find(|line| line.ends_with(&text));
            assert!(right.unwrap().contains(&name), "{said}");
            let asked = parse(&name).unwrap();
            assert_eq!(decode(&bytes, Some(asked), "letter").unwrap(), text);
        }
        let wide = utf_16(TEXT, u16::to_le_bytes);
        // Every byte of it is ASCII, so that it would pass for UTF-8.
        let refused = decode(&wide, None, "letter").unwrap_err();
        let said = refused.sentence(&Texts::choose(Some("en")));
        assert!(said.contains(&format!("utf-16le      {TEXT}")), "{said}");
        let asked = Some(parse("utf-16le").unwrap());
        assert_eq!(decode(&wide, asked, "letter").unwrap(), TEXT);
        assert_eq!(
            decode(b"Hello\r\n\x1a", None, "letter").unwrap(),
            "Hello\r\n"
        );
    }

    #[test]
    fn what_is_no_text_in_any_encoding_is_not_offered_one() {
        let every_byte: Vec<u8> = (0..=255).chain([0xdc, 0xdc]).collect();
        for bytes in [
            &b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01"[..],
            b"RIFF\xf8\xff\0\0WAVEfmt ",
            &every_byte,
        ] {
            let refused = decode(bytes, None, "picture.jpg").unwrap_err();
            assert_eq!(refused.code(), "text-none");
            let said = refused.sentence(&Texts::choose(Some("en")));
            assert!(said.contains("--photo"), "{said}");
        }
    }

    #[test]
    fn a_control_character_in_good_utf_8_is_named() {
        let text = "Привіт!\n\u{1b}[31mчервоний\u{1b}]0;title\u{7}";
        for (bytes, asked) in [
            (text.to_owned(), None),
            (format!("{text}."), None),
            ("all of it \u{1b}[1mASCII".to_owned(), None),
            (format!("\u{feff}{text}"), None),
            (text.to_owned(), Some(UTF_8)),
        ] {
            let refused = decode(bytes.as_bytes(), asked, "letter").unwrap_err();
            assert_eq!(refused.code(), "text-control");
            let said = refused.sentence(&Texts::choose(Some("en")));
            assert!(said.contains("U+001B"), "{said}");
            assert_eq!(said.contains("line 2"), bytes.contains('\n'), "{said}");
        }
    }

    #[test]
    fn codes_of_programs_are_no_letter() {
        let pages = [
            "{\\rtf1\\ansi\\ansicpg1251 Hello}",
            "<!DOCTYPE html><html><body>Hello</body></html>",
            "\u{feff}\r\n <HTML><body>Hello</body></HTML>",
            "<?xml version=\"1.0\"?><office:document/>",
        ];
        for page in pages {
            for asked in [None, Some(UTF_8)] {
                let refused = decode(page.as_bytes(), asked, "letter").unwrap_err();
                assert_eq!(refused.code(), "text-markup", "{page}");
            }
        }
        let (bytes, ..) = WINDOWS_1251.encode("<html>Тарасику");
        let refused = decode(&bytes, Some(WINDOWS_1251), "letter").unwrap_err();
        assert_eq!(refused.code(), "text-markup");
        let letter = "I <html you, {\\rtf and all";
        assert_eq!(decode(letter.as_bytes(), None, "letter").unwrap(), letter);
    }

    #[test]
    fn a_wrong_encoding_is_not_patched_up() {
        let code = |bytes: &[u8], label| {
            let refused = decode(bytes, Some(parse(label).unwrap()), "letter");
            refused.unwrap_err().code().to_owned()
        };
        assert_eq!(code(b"\xff", "utf-8"), "text-not-in-encoding");
        assert_eq!(code(b"odd", "utf-16le"), "text-not-in-encoding");
        let marked = utf_16(&format!("\u{feff}{TEXT}"), u16::to_le_bytes);
        assert_eq!(code(&marked, "windows-1251"), "text-not-in-encoding");
        assert!(parse("klingon").is_err());
        assert!(parse("KOI8-U").is_ok() && parse("cp1251").is_ok());
    }
}
