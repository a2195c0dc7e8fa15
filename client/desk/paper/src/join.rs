//! Joins documents that this crate has written into one, part by part, straight to the output (PRINT-8).
//!
//! Hundreds of letters set as one document would hold every page and picture at once. Instead a few at a time become a PDF
//! of their own, whose objects are copied under new numbers as they come; only where each object begins is remembered,
//! eight bytes for each. What is read here was written by `typst-pdf` a moment before: a plain cross-reference table, no
//! object streams, no encryption. Anything else is refused, not guessed at.
//!
//! Pictures enter the document here. While pages are set, sixteen grey pixels stand for each ([`crate::pictures::StandIn`]); their
//! object is left out, and the picture's takes its number.

mod part;
mod renumber;

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

use self::part::Part;
use self::renumber::renumbered;
use crate::error::PaperError;
use crate::pages::{DocumentId, pdf_date};
use crate::pictures::PrintedPicture;

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

    /// Puts a part after what is there, with these pictures where their stand-ins are.
    pub(crate) fn add(
        &mut self,
        bytes: &[u8],
        pictures: &[PrintedPicture],
    ) -> Result<(), PaperError> {
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
            if let Some(stand_in) = part::stand_in(body) {
                let picture = pictures
                    .iter()
                    .find(|picture| *picture.stand_in() == stand_in)
                    .ok_or(PaperError::Join {
                        what: "a picture that nobody gave",
                        offset: range.start,
                    })?;
                picture.write_object(&mut self.out)?;
            } else if number == part.tree {
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
    use std::io::Write as _;

    use flate2::{Compression, write::ZlibEncoder};
    use proptest::prelude::*;

    use super::*;

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
            assert!(join.add(bytes, &[]).is_err(), "{bytes:?}");
        }
    }

    /// An object as `typst-pdf` writes pictures.
    fn picture(width: usize, height: usize, pixels: &[u8]) -> Vec<u8> {
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
        packed.write_all(pixels).unwrap();
        let packed = packed.finish().unwrap();
        let mut body = format!(
            "<</Length {}/Type/XObject/Subtype/Image/Filter/FlateDecode/Width {width}/Height {height}/ColorSpace 4 0 R>>\nstream\n",
            packed.len()
        )
        .into_bytes();
        body.extend(packed);
        body.extend(b"\nendstream\nendobj\n\n");
        body
    }

    #[test]
    fn only_stand_ins_are_taken_for_such() {
        let pixels: Vec<u8> = (0..16).collect();
        let stand_in = part::stand_in(&picture(16, 1, &pixels)).unwrap();
        assert_eq!(stand_in.as_slice(), pixels);
        for other in [
            picture(160, 1, &[7; 160]),
            picture(16, 10, &[7; 160]),
            picture(4, 4, &pixels),
            // Sixteen pixels of colour, and too few.
            picture(16, 1, &[7; 48]),
            picture(16, 1, &[7; 15]),
            b"<</Subtype/Image/Width 16/Height 1>>\nstream\nno zlib\nendstream".to_vec(),
            b"<</Subtype/Form/Width 16/Height 1>>\nstream\n".to_vec(),
            b"<</Subtype/Image/Width 16/Height 1>>".to_vec(),
        ] {
            assert_eq!(part::stand_in(&other), None);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = Join::new(Vec::new()).unwrap().add(&bytes, &[]);
            let _ = part::stand_in(&bytes);
        }
    }
}
