//! Reading bags from their files: parts in any order, each checked, the whole checked before anything of it counts.

use std::{
    collections::BTreeMap,
    io::{self, Read, Seek, SeekFrom},
};

use sha2::{Digest, Sha256};

use super::{BagSet, Contents, Event, Layout, MailbagError, PartHead, Unpacker};
use crate::limits::{MAILBAG_HEAD_LEN, MAILBAG_TRAILER_LEN};

/// A file that can be read from its beginning as often as needed. Only one part of a bag is open at a time.
pub trait Source {
    /// Its bytes.
    type Reader: Read + Seek;

    /// Opens it at its beginning.
    ///
    /// # Errors
    /// Those of the system.
    fn open(&self) -> io::Result<Self::Reader>;
}

/// A file whose head says that it is a part of a bag.
#[derive(Debug, Clone)]
pub struct Part<S> {
    /// What its head says.
    pub head: PartHead,
    source: S,
}

/// Parts of one bag.
#[derive(Debug)]
pub struct Bag<S> {
    set: BagSet,
    layout: Layout,
    parts: BTreeMap<u32, S>,
}

/// A bag of which every byte was compared with its checksums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// What is in it.
    pub contents: Contents,
}

/// Bytes read at once.
const READ_LEN: usize = 65_536;

impl<S: Source> Part<S> {
    /// Reads the head of a file, and compares its length with what the head says (BAG-3 to BAG-5).
    ///
    /// # Errors
    /// [`MailbagError`].
    pub fn open(source: S) -> Result<Self, MailbagError> {
        let mut reader = source.open()?;
        let mut bytes = [0; MAILBAG_HEAD_LEN];
        let mut read = 0;
        while read < bytes.len() {
            match reader.read(&mut bytes[read..]) {
                Ok(0) => break,
                Ok(some) => read += some,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        let got = reader.seek(SeekFrom::End(0))?;
        // A file that was cut within its head still begins as a mailbag.
        let head = PartHead::decode(&bytes).map_err(|error| match error {
            MailbagError::Head if read < bytes.len() => MailbagError::Truncated {
                expected: bytes.len() as u64,
                got,
            },
            error => error,
        })?;
        let expected = head.layout.file_len(head.number);
        if got < expected {
            return Err(MailbagError::Truncated { expected, got });
        }
        if got > expected {
            return Err(MailbagError::Trailing {
                extra: got - expected,
            });
        }
        Ok(Self { head, source })
    }
}

impl<S: Source> Bag<S> {
    /// Sorts parts, given in any order, by the bag to which they belong. The same part may be given twice.
    #[must_use]
    pub fn gather(parts: impl IntoIterator<Item = Part<S>>) -> Vec<Self> {
        let mut bags: BTreeMap<(BagSet, Layout), BTreeMap<u32, S>> = BTreeMap::new();
        for Part { head, source } in parts {
            bags.entry((head.set, head.layout))
                .or_default()
                .entry(head.number)
                .or_insert(source);
        }
        bags.into_iter()
            .map(|((set, layout), parts)| Self { set, layout, parts })
            .collect()
    }

    /// Its name.
    #[must_use]
    pub fn set(&self) -> &BagSet {
        &self.set
    }

    /// How it is cut.
    #[must_use]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The file of a part, if it is there.
    #[must_use]
    pub fn source(&self, number: u32) -> Option<&S> {
        self.parts.get(&number)
    }

    /// Numbers of the parts that are not there, rising.
    #[must_use]
    pub fn missing(&self) -> Vec<u32> {
        (1..=self.layout.count())
            .filter(|number| !self.parts.contains_key(number))
            .collect()
    }

    /// What the first part says of the whole, unchecked; nothing if it is not there or does not hold all of that.
    ///
    /// # Errors
    /// [`MailbagError`] if it cannot be read.
    pub fn peek(&self) -> Result<Option<Contents>, MailbagError> {
        let mut unpacker = Unpacker::new(self.set, self.layout.payload());
        let Some(source) = self.parts.get(&1) else {
            return Ok(None);
        };
        let mut reader = self.slice(1, source)?;
        let mut buffer = [0; 4_096];
        loop {
            let read = reader.read(&mut buffer)?;
            if read == 0 {
                return Ok(None);
            }
            unpacker.push(&buffer[..read], &mut |_| Ok::<_, MailbagError>(()))?;
            if let Some(contents) = unpacker.contents() {
                return Ok(Some(contents.clone()));
            }
        }
    }

    /// Compares every byte with its checksums (BAG-10). Nothing of a bag may be used before. `progress` hears how many bytes of
    /// the payload were read.
    ///
    /// # Errors
    /// [`MailbagError::Missing`] names the parts that are not there, [`MailbagError::Damaged`] the one that is not as it was
    /// written.
    pub fn check(&self, mut progress: impl FnMut(u64)) -> Result<Checked, MailbagError> {
        let missing = self.missing();
        if !missing.is_empty() {
            return Err(MailbagError::Missing {
                missing,
                count: self.layout.count(),
            });
        }
        let mut unpacker = Unpacker::new(self.set, self.layout.payload());
        let mut done = 0;
        for (&number, source) in &self.parts {
            let mut unpacked: Result<(), MailbagError> = Ok(());
            let whole = self.check_part(number, source, |bytes| {
                if unpacked.is_ok() {
                    unpacked = unpacker.push(bytes, &mut |_| Ok(()));
                }
                done += bytes.len() as u64;
                progress(done);
            })?;
            if !whole {
                return Err(MailbagError::Damaged { number });
            }
            unpacked?;
        }
        let contents = unpacker.finish()?;
        Ok(Checked { contents })
    }

    /// Reads one part; whether it is as it was written (BAG-5).
    fn check_part(
        &self,
        number: u32,
        source: &S,
        mut on: impl FnMut(&[u8]),
    ) -> Result<bool, MailbagError> {
        let mut reader = source.open()?;
        let mut hash = Sha256::new();
        let mut head = [0; MAILBAG_HEAD_LEN];
        reader.read_exact(&mut head)?;
        hash.update(head);
        let range = self.layout.range(number);
        let mut left = range.end - range.start;
        let mut buffer = vec![0; READ_LEN];
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(READ_LEN).min(READ_LEN);
            reader.read_exact(&mut buffer[..wanted])?;
            hash.update(&buffer[..wanted]);
            on(&buffer[..wanted]);
            left -= wanted as u64;
        }
        let mut trailer = [0; MAILBAG_TRAILER_LEN];
        reader.read_exact(&mut trailer)?;
        let digest: [u8; MAILBAG_TRAILER_LEN] = hash.finalize().into();
        Ok(digest == trailer)
    }

    /// Gives every entry in its order, envelopes first; each is compared with its hash once more, since the file may have been
    /// changed after [`Self::check`].
    ///
    /// # Errors
    /// [`MailbagError`], and whatever `on` fails with.
    pub fn entries<E: From<MailbagError>>(
        &self,
        mut on: impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut unpacker = Unpacker::new(self.set, self.layout.payload());
        let mut buffer = vec![0; READ_LEN];
        for (&number, source) in &self.parts {
            let mut reader = self.slice(number, source)?;
            loop {
                let read = reader.read(&mut buffer).map_err(MailbagError::from)?;
                if read == 0 {
                    break;
                }
                unpacker.push(&buffer[..read], &mut on)?;
            }
        }
        unpacker.finish()?;
        Ok(())
    }

    /// Reads `len` bytes of the payload from `at` on: the body of an entry whose place is known. It may begin in one part and end
    /// in the next.
    ///
    /// # Errors
    /// [`MailbagError::Missing`], [`MailbagError::Io`].
    pub fn read_body(&self, at: u64, len: usize) -> Result<Vec<u8>, MailbagError> {
        let mut body = Vec::with_capacity(len);
        while body.len() < len {
            let (number, offset) = self.layout.place(at + body.len() as u64);
            let source = self.parts.get(&number).ok_or(MailbagError::Missing {
                missing: vec![number],
                count: self.layout.count(),
            })?;
            let mut reader = source.open()?;
            reader.seek(SeekFrom::Start(offset))?;
            let range = self.layout.range(number);
            let there = range.end - (at + body.len() as u64);
            let wanted = there.min((len - body.len()) as u64);
            let before = body.len();
            reader.take(wanted).read_to_end(&mut body)?;
            if (body.len() - before) as u64 != wanted {
                return Err(MailbagError::Damaged { number });
            }
        }
        Ok(body)
    }

    /// The slice of a part, without head and checksum.
    fn slice(&self, number: u32, source: &S) -> Result<io::Take<S::Reader>, MailbagError> {
        let mut reader = source.open()?;
        reader.seek(SeekFrom::Start(MAILBAG_HEAD_LEN as u64))?;
        let range = self.layout.range(number);
        Ok(reader.take(range.end - range.start))
    }
}
