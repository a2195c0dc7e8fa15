//! Joins documents that this crate has written into one, part by part, straight to the output (PRINT-8).
//!
//! Hundreds of letters set as one document would hold every page and picture at once. Instead a few at a time become a PDF
//! of their own, whose objects are copied under new numbers as they come; only where each object begins is remembered,
//! eight bytes for each. What is read here was written by `typst-pdf` a moment before: a plain cross-reference table, no
//! object streams, no encryption. Anything else is refused, not guessed at.

use std::io::{self, Write};
use std::ops::Range;

use sha2::{Digest as _, Sha256};

use crate::error::PaperError;
use crate::pages::{DocumentId, pdf_date};

/// A document in the making.
pub(crate) struct Join<W> {
    out: Counted<W>,
    /// Where object 1, 2, … begins; nothing for numbers that stay free.
    offsets: Vec<Option<u64>>,
    /// The page tree of each part.
    trees: Vec<usize>,
    pages: usize,
}

/// The number of the page tree above those of the parts.
const TREE: usize = 1;
/// The numbers of catalogue and information.
const CATALOGUE: usize = 2;
const INFORMATION: usize = 3;

impl<W: Write> Join<W> {
    pub(crate) fn new(out: W) -> Result<Self, PaperError> {
        let mut out = Counted { out, written: 0 };
        out.write_all(b"%PDF-1.7\n%\xaa\xbb\xcc\xdd\n\n")?;
        Ok(Self {
            out,
            offsets: vec![None; INFORMATION],
            trees: Vec::new(),
            pages: 0,
        })
    }

    /// Puts a part after what is there.
    pub(crate) fn add(&mut self, bytes: &[u8]) -> Result<(), PaperError> {
        let part = Part::read(bytes)?;
        let base = self.offsets.len();
        self.offsets.resize(base + part.objects.len(), None);
        for (number, range) in (1..).zip(&part.objects) {
            let Some(range) = range else { continue };
            if part.left_out.contains(&number) {
                continue;
            }
            if let Some(offset) = self.offsets.get_mut(base + number - 1) {
                *offset = Some(self.out.written);
            }
            writeln!(self.out, "{} 0 obj", base + number)?;
            let body = part.slice(range.clone())?;
            if number == part.tree {
                let inner = body.strip_prefix(b"<<").ok_or(PaperError::Join {
                    what: "a page tree",
                    offset: range.start,
                })?;
                write!(self.out, "<</Parent {TREE} 0 R")?;
                renumbered(inner, base, &mut self.out)?;
            } else {
                renumbered(body, base, &mut self.out)?;
            }
        }
        self.trees.push(base + part.tree);
        self.pages += part.pages;
        Ok(())
    }

    /// Writes what stands above the parts, and the table of objects.
    pub(crate) fn finish(mut self, id: &DocumentId) -> Result<W, PaperError> {
        let kids: Vec<String> = self
            .trees
            .iter()
            .map(|tree| format!("{tree} 0 R"))
            .collect();
        let date = pdf_date(id.printed);
        let objects = [
            format!(
                "<</Type/Pages/Count {}/Kids[{}]>>",
                self.pages,
                kids.join(" ")
            ),
            format!("<</Type/Catalog/Pages {TREE} 0 R>>"),
            format!("<</Creator(Tidings)/CreationDate({date})/ModDate({date})>>"),
        ];
        for (number, object) in (1..).zip(objects) {
            if let Some(offset) = self.offsets.get_mut(number - 1) {
                *offset = Some(self.out.written);
            }
            write!(self.out, "{number} 0 obj\n{object}\nendobj\n\n")?;
        }
        let table = self.out.written;
        write!(self.out, "xref\n0 {}\n", self.offsets.len() + 1)?;
        self.out.write_all(b"0000000000 65535 f\r\n")?;
        for offset in &self.offsets {
            match offset {
                Some(offset) => write!(self.out, "{offset:010} 00000 n\r\n")?,
                None => self.out.write_all(b"0000000000 65535 f\r\n")?,
            }
        }
        let hash = Sha256::digest(id.id.as_bytes());
        let hash: String = hash
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        write!(
            self.out,
            "trailer\n<</Size {}/Root {CATALOGUE} 0 R/Info {INFORMATION} 0 R/ID[<{hash}><{hash}>]>>\nstartxref\n{table}\n%%EOF\n",
            self.offsets.len() + 1
        )?;
        self.out.flush()?;
        Ok(self.out.out)
    }
}

/// A document as `typst-pdf` writes it.
struct Part<'a> {
    bytes: &'a [u8],
    /// Where the body of object 1, 2, … lies, from behind `obj` to behind `endobj`.
    objects: Vec<Option<Range<usize>>>,
    /// The page tree's number, and how many pages hang in it.
    tree: usize,
    pages: usize,
    /// Numbers of objects that describe the part as a document of its own.
    left_out: Vec<usize>,
}

impl<'a> Part<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, PaperError> {
        let mut part = Self {
            bytes,
            objects: Vec::new(),
            tree: 0,
            pages: 0,
            left_out: Vec::new(),
        };
        let table = part.table_offset()?;
        let trailer = part.read_table(table)?;
        let root = part.reference(&trailer, b"/Root")?;
        let catalogue = part.object(root)?;
        part.tree = part.reference(&catalogue, b"/Pages")?;
        let tree = part.object(part.tree)?;
        part.pages = part.integer(&tree, b"/Count")?;
        part.left_out.push(root);
        for (range, key) in [(&trailer, &b"/Info"[..]), (&catalogue, &b"/Metadata"[..])] {
            if let Ok(number) = part.reference(range, key) {
                part.left_out.push(number);
            }
        }
        Ok(part)
    }

    fn slice(&self, range: Range<usize>) -> Result<&'a [u8], PaperError> {
        let offset = range.start;
        self.bytes.get(range).ok_or(PaperError::Join {
            what: "an object",
            offset,
        })
    }

    fn table_offset(&self) -> Result<usize, PaperError> {
        let tail = self.bytes.len().saturating_sub(64);
        let found = find(self.bytes, tail, b"startxref").ok_or(PaperError::Join {
            what: "the end of a part",
            offset: tail,
        })?;
        number_at(self.bytes, found + b"startxref".len()).map(|(number, _)| number)
    }

    /// Reads the table of objects; gives the range of the trailer.
    fn read_table(&mut self, table: usize) -> Result<Range<usize>, PaperError> {
        let missing = PaperError::Join {
            what: "a table of objects",
            offset: table,
        };
        if !self
            .bytes
            .get(table..)
            .is_some_and(|rest| rest.starts_with(b"xref"))
        {
            return Err(missing);
        }
        let (first, after) = number_at(self.bytes, table + 4)?;
        let (count, after) = number_at(self.bytes, after)?;
        if first != 0 || count > self.bytes.len() / 20 {
            return Err(missing);
        }
        // Every entry has twenty bytes.
        let mut start = after;
        while self.bytes.get(start).is_some_and(u8::is_ascii_whitespace) {
            start += 1;
        }
        let mut starts = Vec::with_capacity(count);
        for number in 1..count {
            let entry = start + 20 * number;
            let (offset, _) = number_at(self.bytes, entry)?;
            if self.bytes.get(entry + 17) == Some(&b'n') {
                starts.push((offset, number));
            }
        }
        starts.sort_unstable();
        self.objects = vec![None; count.saturating_sub(1)];
        let ends = starts
            .iter()
            .skip(1)
            .map(|(offset, _)| *offset)
            .chain([table]);
        for ((offset, number), end) in starts.iter().zip(ends) {
            let body = find(self.bytes, *offset, b"obj")
                .map(|found| found + b"obj".len())
                .filter(|body| *body < end)
                .ok_or(PaperError::Join {
                    what: "an object",
                    offset: *offset,
                })?;
            let skipped = self.bytes[body..end]
                .iter()
                .take_while(|byte| byte.is_ascii_whitespace())
                .count();
            if let Some(place) = self.objects.get_mut(number - 1) {
                *place = Some(body + skipped..end);
            }
        }
        Ok(start + 20 * count..self.bytes.len())
    }

    fn object(&self, number: usize) -> Result<Range<usize>, PaperError> {
        self.objects
            .get(number.wrapping_sub(1))
            .cloned()
            .flatten()
            .ok_or(PaperError::Join {
                what: "an object that is referred to",
                offset: 0,
            })
    }

    fn after_key(&self, within: &Range<usize>, key: &[u8]) -> Result<usize, PaperError> {
        find(self.bytes, within.start, key)
            .filter(|found| *found < within.end)
            .map(|found| found + key.len())
            .ok_or(PaperError::Join {
                what: "an entry of a dictionary",
                offset: within.start,
            })
    }

    fn reference(&self, within: &Range<usize>, key: &[u8]) -> Result<usize, PaperError> {
        self.integer(within, key)
    }

    fn integer(&self, within: &Range<usize>, key: &[u8]) -> Result<usize, PaperError> {
        let after = self.after_key(within, key)?;
        number_at(self.bytes, after).map(|(number, _)| number)
    }
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> Option<usize> {
    bytes
        .get(from..)?
        .windows(what.len())
        .position(|window| window == what)
        .map(|found| from + found)
}

/// The number at a place, white space before it passed over, and where it ends.
fn number_at(bytes: &[u8], mut at: usize) -> Result<(usize, usize), PaperError> {
    while bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
        at += 1;
    }
    let digits = bytes
        .get(at..)
        .unwrap_or_default()
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    std::str::from_utf8(&bytes[at.min(bytes.len())..(at + digits).min(bytes.len())])
        .ok()
        .and_then(|text| text.parse().ok())
        .map(|number| (number, at + digits))
        .ok_or(PaperError::Join {
            what: "a number",
            offset: at,
        })
}

/// Copies the body of an object with every reference moved up by `base`. What follows `stream` is copied as it is.
fn renumbered(body: &[u8], base: usize, out: &mut impl Write) -> Result<(), PaperError> {
    let mut at = 0;
    let mut copied = 0;
    // Whether a number may begin here.
    let mut fresh = true;
    while let Some(byte) = body.get(at) {
        match byte {
            b'(' => at = string_end(body, at),
            b's' if fresh && body[at..].starts_with(b"stream") => break,
            b'0'..=b'9' if fresh => {
                let digits = body[at..].iter().take_while(|b| b.is_ascii_digit()).count();
                let after = at + digits;
                let follows = body
                    .get(after + 4)
                    .is_none_or(|b| !b.is_ascii_alphanumeric());
                if body[after..].starts_with(b" 0 R") && follows {
                    let (number, _) = number_at(body, at)?;
                    out.write_all(&body[copied..at])?;
                    write!(out, "{}", number + base)?;
                    copied = after;
                    at = after + 4;
                } else {
                    at = after;
                }
                fresh = false;
                continue;
            }
            // A string in hexadecimal, not a dictionary.
            b'<' if body.get(at + 1) != Some(&b'<') => {
                at = find(body, at, b">").map_or(body.len(), |end| end + 1);
                fresh = true;
                continue;
            }
            b'<' => at += 1,
            _ => {}
        }
        fresh = body
            .get(at)
            .is_some_and(|b| b.is_ascii_whitespace() || b"[]<>()".contains(b));
        at += 1;
    }
    out.write_all(&body[copied..])?;
    Ok(())
}

/// The place of the bracket that closes a string in brackets.
fn string_end(body: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(byte) = body.get(at) {
        match byte {
            b'\\' => at += 1,
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
        at += 1;
    }
    body.len()
}

/// Counts what passes.
struct Counted<W> {
    out: W,
    written: u64,
}

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    fn moved(body: &str) -> String {
        let mut out = Vec::new();
        renumbered(body.as_bytes(), 100, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn references_move_and_nothing_else() {
        let cases = [
            (
                "<</A 1 0 R/B[2 0 R 3 0 R]>>",
                "<</A 101 0 R/B[102 0 R 103 0 R]>>",
            ),
            (
                "<</L 4 0 R/N 5 0 /W[6 0 7]>>",
                "<</L 104 0 R/N 5 0 /W[6 0 7]>>",
            ),
            (
                "<</S(1 0 R \\) 2 0 R (3 0 R))/T 4 0 R>>",
                "<</S(1 0 R \\) 2 0 R (3 0 R))/T 104 0 R>>",
            ),
            (
                "<</H<31203020522031>/T 4 0 R>>",
                "<</H<31203020522031>/T 104 0 R>>",
            ),
            ("<</F1 0 R>>", "<</F1 0 R>>"),
            ("<</X 1.5/Y 1 0 RG>>", "<</X 1.5/Y 1 0 RG>>"),
            (
                "<</Length 5>>\nstream\n1 0 R\nendstream\nendobj",
                "<</Length 5>>\nstream\n1 0 R\nendstream\nendobj",
            ),
            ("7 0 R\nendobj", "107 0 R\nendobj"),
        ];
        for (body, expected) in cases {
            assert_eq!(moved(body), expected);
        }
    }

    #[test]
    fn foreign_documents_are_refused() {
        let foreign: [&[u8]; 5] = [
            b"",
            b"%PDF-1.7\n",
            b"startxref\n5\n%%EOF",
            b"xref\n0 2\n0000000000 65535 f\r\n0000009999 00000 n\r\ntrailer\n<</Root 1 0 R>>\nstartxref\n0\n%%EOF",
            b"xref\n0 999999999999\nstartxref\n0\n%%EOF",
        ];
        for bytes in foreign {
            let mut join = Join::new(Vec::new()).unwrap();
            assert!(join.add(bytes).is_err(), "{bytes:?}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Join::new(Vec::new()).unwrap().add(&bytes);
            let mut out = Vec::new();
            renumbered(&bytes, 3, &mut out).unwrap();
        }
    }
}
