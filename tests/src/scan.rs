//! Searching files for what must not be there: texts, names, keys, addresses, and pieces of pictures.
//!
//! A scan that finds nothing proves nothing by itself. Whoever uses this also points it at a place that does hold the
//! contents and checks that it finds them there ([`Scan::below`] tells what it found, and where).

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
};

use memchr::memmem;

/// Length of the pieces in which a picture is looked for.
const PIECE_LEN: usize = 16;
/// Pieces with fewer different bytes than this also occur by chance (white paper, runs of zeros).
const PIECE_VARIETY: usize = 8;

/// Everything that is looked for.
#[derive(Default)]
pub struct Scan {
    needles: Vec<Needle>,
    pieces: HashMap<[u8; PIECE_LEN], usize>,
    contents: Vec<String>,
}

struct Needle {
    label: String,
    finder: memmem::Finder<'static>,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// In which file.
    pub file: PathBuf,
    /// At which byte.
    pub offset: usize,
    /// What it is.
    pub what: String,
}

/// What a scan saw.
#[derive(Debug, Default)]
pub struct Findings {
    /// Found; one for each kind and file.
    pub found: Vec<Finding>,
    /// Files read.
    pub files: usize,
    /// Bytes read.
    pub bytes: u64,
}

impl Scan {
    /// Looks for nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Every word of four letters or more in a text, as UTF-8 and as UTF-16 in both byte orders.
    #[must_use]
    pub fn words(self, label: &str, text: &str) -> Self {
        text.split(|letter: char| !letter.is_alphanumeric())
            .filter(|word| word.chars().count() >= 4)
            .fold(self, |scan, word| scan.text(label, word))
    }

    /// A text as it stands, as UTF-8 and as UTF-16 in both byte orders.
    #[must_use]
    pub fn text(mut self, label: &str, text: &str) -> Self {
        let utf16 =
            |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        let label = format!("{label}: {text}");
        self.needle(&label, text.as_bytes());
        // The first letter's zero byte may be cut off by an alignment; the rest of the word is still found.
        self.needle(&format!("{label} (UTF-16LE)"), &utf16(u16::to_le_bytes));
        self.needle(&format!("{label} (UTF-16BE)"), &utf16(u16::to_be_bytes));
        self
    }

    /// A key, address or other short secret: its bytes, and as people write bytes down: hexadecimal and base 32 in
    /// either case, base 64.
    #[must_use]
    pub fn bytes(mut self, label: &str, bytes: &[u8]) -> Self {
        self.needle(&format!("{label} (bytes)"), bytes);
        for (form, text) in [
            ("hexadecimal", data_encoding::HEXLOWER.encode(bytes)),
            ("hexadecimal", data_encoding::HEXUPPER.encode(bytes)),
            ("base 32", data_encoding::BASE32_NOPAD.encode(bytes)),
            (
                "base 32",
                data_encoding::BASE32_NOPAD.encode(bytes).to_lowercase(),
            ),
            ("base 64", data_encoding::BASE64_NOPAD.encode(bytes)),
            ("base 64", data_encoding::BASE64URL_NOPAD.encode(bytes)),
        ] {
            self.needle(&format!("{label} ({form})"), text.as_bytes());
        }
        self
    }

    /// A picture or other file: any piece of it of 31 bytes or more, wherever it may stand, is found. Pieces that
    /// occur by chance (runs of one byte) are left out.
    #[must_use]
    pub fn contents(mut self, label: &str, bytes: &[u8]) -> Self {
        let index = self.contents.len();
        self.contents.push(label.to_owned());
        for piece in bytes.as_chunks::<PIECE_LEN>().0 {
            let mut seen = [false; 256];
            piece
                .iter()
                .for_each(|&byte| seen[usize::from(byte)] = true);
            if seen.iter().filter(|&&seen| seen).count() >= PIECE_VARIETY {
                self.pieces.insert(*piece, index);
            }
        }
        self
    }

    /// Searches every file below a folder, names included, or one file.
    ///
    /// # Errors
    /// If something cannot be read.
    pub fn below(&self, place: &Path) -> io::Result<Findings> {
        let mut findings = Findings::default();
        self.visit(place, &mut findings)?;
        findings.found.sort();
        Ok(findings)
    }

    fn needle(&mut self, label: &str, bytes: &[u8]) {
        self.needles.push(Needle {
            label: label.to_owned(),
            finder: memmem::Finder::new(bytes).into_owned(),
        });
    }

    fn visit(&self, place: &Path, findings: &mut Findings) -> io::Result<()> {
        if place.is_dir() {
            for entry in fs::read_dir(place)? {
                self.visit(&entry?.path(), findings)?;
            }
            return Ok(());
        }
        let bytes = fs::read(place)?;
        findings.files += 1;
        findings.bytes += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let name = place
            .file_name()
            .map_or(&[][..], |name| name.as_encoded_bytes());
        for (haystack, part) in [(bytes.as_slice(), ""), (name, " (file name)")] {
            for (offset, what) in self.search(haystack) {
                findings.found.push(Finding {
                    file: place.to_owned(),
                    offset,
                    what: format!("{what}{part}"),
                });
            }
        }
        Ok(())
    }

    /// The first place of everything that occurs.
    fn search(&self, haystack: &[u8]) -> Vec<(usize, String)> {
        let mut found: Vec<(usize, String)> = self
            .needles
            .iter()
            .filter_map(|needle| Some((needle.finder.find(haystack)?, needle.label.clone())))
            .collect();
        if self.pieces.is_empty() {
            return found;
        }
        let mut seen = vec![false; self.contents.len()];
        for (offset, window) in haystack.windows(PIECE_LEN).enumerate() {
            let Some(&index) = self.pieces.get(window) else {
                continue;
            };
            if !std::mem::replace(&mut seen[index], true) {
                found.push((offset, format!("piece of {}", self.contents[index])));
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    fn found(scan: &Scan, contents: &[u8]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("deep")).unwrap();
        fs::write(folder.path().join("deep/file"), contents).unwrap();
        let findings = scan.below(folder.path()).unwrap();
        assert_eq!((findings.files, findings.bytes), (1, contents.len() as u64));
        findings
            .found
            .into_iter()
            .map(|finding| finding.what)
            .collect()
    }

    #[test]
    fn a_word_is_found_in_each_encoding() {
        let scan = Scan::new().words("letter", "Дорога мамо, це я");
        assert!(found(&scan, "xxмамоyy".as_bytes())[0].contains("мамо"));
        let utf16: Vec<u8> = "Дорога".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(found(&scan, &utf16)[0].contains("UTF-16LE"));
        let utf16: Vec<u8> = "Дорога".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert!(found(&scan, &utf16)[0].contains("UTF-16BE"));
        // "це" is too short to mean anything.
        assert!(found(&scan, "це дорога".as_bytes()).is_empty());
    }

    #[test]
    fn a_key_is_found_as_people_write_it() {
        let key: Vec<u8> = (100..132).collect();
        let scan = Scan::new().bytes("key", &key);
        assert_eq!(found(&scan, &key), ["key (bytes)"]);
        let text = format!("log: {}", data_encoding::HEXLOWER.encode(&key));
        assert_eq!(found(&scan, text.as_bytes()), ["key (hexadecimal)"]);
        let text = format!("mailbox={}", data_encoding::BASE64_NOPAD.encode(&key));
        assert!(found(&scan, text.as_bytes())[0].contains("base 64"));
    }

    #[test]
    fn a_piece_of_a_picture_is_found_wherever_it_stands() {
        let picture: Vec<u8> = (0..4_000_u32)
            .flat_map(|n| n.wrapping_mul(n).wrapping_mul(2_654_435_761).to_le_bytes())
            .collect();
        let scan = Scan::new().contents("photo", &picture);
        let leak = [&[0; 7][..], &picture[1_003..1_034], &[0; 100]].concat();
        assert_eq!(found(&scan, &leak), ["piece of photo"]);
        assert!(found(&scan, &[255; 5_000]).is_empty());
    }

    #[test]
    fn file_names_are_searched() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("лист-Оксана.bin"), b"").unwrap();
        let findings = Scan::new()
            .text("name", "Оксана")
            .below(folder.path())
            .unwrap();
        assert_eq!(findings.found[0].what, "name: Оксана (file name)");
    }
}
