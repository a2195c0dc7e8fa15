//! Reading a payload as it comes, in pieces of any length: bytes in, envelopes and chunks out.

use sha2::{Digest, Sha256};

use super::{
    BagSet, Contents, Entry, MailbagError,
    entry::{absorb_entry, begin_set},
};
use crate::limits::{MAILBAG_CONTENTS_MAX, MAILBAG_ENTRY_HEAD_MAX};

/// What was read.
#[derive(Debug)]
pub enum Event<'a> {
    /// What the bag says it holds; comes first.
    Contents(&'a Contents),
    /// One entry whose bytes are the ones that it names.
    Entry {
        /// What the bag says it holds.
        contents: &'a Contents,
        /// The entry.
        entry: &'a Entry,
        /// Its bytes.
        body: &'a [u8],
        /// Where they begin in the payload.
        at: u64,
    },
}

/// Reads one payload. Refuses what is not exactly the one form of a bag (BAG-7 to BAG-9).
#[derive(Debug)]
pub struct Unpacker {
    state: State,
    buffer: Vec<u8>,
    wanted: usize,
    read: u64,
    payload: u64,
    set: BagSet,
    hash: Sha256,
    contents: Contents,
    seen: Contents,
    last: Option<(u8, [u8; 32], [u8; 32])>,
}

#[derive(Debug)]
enum State {
    ContentsLength,
    Contents,
    HeadLength,
    Head,
    Body(Box<Entry>),
    Padding,
}

impl Unpacker {
    /// For the payload of the bag `set`, of `payload` bytes.
    #[must_use]
    pub fn new(set: BagSet, payload: u64) -> Self {
        Self {
            state: State::ContentsLength,
            buffer: Vec::new(),
            wanted: 4,
            read: 0,
            payload,
            set,
            hash: Sha256::new(),
            contents: Contents::new(Vec::new()),
            seen: Contents::new(Vec::new()),
            last: None,
        }
    }

    /// Takes the next bytes of the payload.
    ///
    /// # Errors
    /// [`MailbagError`], and whatever `on` fails with. After an error it is of no use any more.
    pub fn push<E: From<MailbagError>>(
        &mut self,
        mut bytes: &[u8],
        on: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        while !bytes.is_empty() {
            if let State::Padding = self.state {
                return Ok(self.pad(bytes)?);
            }
            let lacks = self.wanted - self.buffer.len();
            let (now, later) = bytes.split_at(lacks.min(bytes.len()));
            self.buffer.extend_from_slice(now);
            self.read += now.len() as u64;
            bytes = later;
            if self.read > self.payload {
                return Err(malformed("it goes on behind its end").into());
            }
            if self.buffer.len() == self.wanted {
                self.step(on)?;
                self.buffer.clear();
            }
        }
        Ok(())
    }

    /// Whether all of it was read.
    ///
    /// # Errors
    /// [`MailbagError::Malformed`] if it ends too early.
    pub fn finish(self) -> Result<Contents, MailbagError> {
        match self.state {
            State::Padding if self.read == self.payload => Ok(self.contents),
            _ => Err(malformed("it ends too early")),
        }
    }

    /// What the bag says it holds, once that was read.
    #[must_use]
    pub fn contents(&self) -> Option<&Contents> {
        match self.state {
            State::ContentsLength | State::Contents => None,
            _ => Some(&self.contents),
        }
    }

    fn pad(&mut self, bytes: &[u8]) -> Result<(), MailbagError> {
        self.read += bytes.len() as u64;
        if self.read > self.payload || bytes.iter().any(|byte| *byte != 0) {
            return Err(malformed("something stands behind its last entry"));
        }
        Ok(())
    }

    fn step<E: From<MailbagError>>(
        &mut self,
        on: &mut impl FnMut(Event<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let (state, wanted) = match &self.state {
            State::ContentsLength => {
                let length = self.length();
                if length == 0 || length > MAILBAG_CONTENTS_MAX {
                    return Err(malformed("its list of contents has an impossible length").into());
                }
                (State::Contents, length)
            }
            State::Contents => {
                self.contents = Contents::decode(&self.buffer)?;
                self.hash = begin_set(&self.buffer);
                on(Event::Contents(&self.contents))?;
                (State::HeadLength, 2)
            }
            State::HeadLength => match self.length() {
                0 => {
                    self.end()?;
                    (State::Padding, 0)
                }
                length if length > MAILBAG_ENTRY_HEAD_MAX => {
                    return Err(malformed("an entry has an impossible length").into());
                }
                length => (State::Head, length),
            },
            State::Head => {
                let entry = Entry::decode(&self.buffer, &self.contents)?;
                absorb_entry(&mut self.hash, &self.buffer);
                let order = entry.order();
                if self.last.is_some_and(|last| last >= order) {
                    return Err(malformed("its entries are not in their order").into());
                }
                self.last = Some(order);
                let length = entry.body_len();
                (State::Body(Box::new(entry)), length)
            }
            State::Body(entry) => {
                if !entry.is_body(&self.buffer) {
                    return Err(malformed("an entry is not what it says").into());
                }
                self.seen.count(entry);
                on(Event::Entry {
                    contents: &self.contents,
                    entry,
                    body: &self.buffer,
                    at: self.read - self.buffer.len() as u64,
                })?;
                (State::HeadLength, 2)
            }
            State::Padding => return Ok(()),
        };
        self.state = state;
        self.wanted = wanted;
        Ok(())
    }

    /// The number in the buffer, little-endian.
    fn length(&self) -> usize {
        self.buffer
            .iter()
            .rev()
            .fold(0, |length, byte| length << 8 | usize::from(*byte))
    }

    /// BAG-8, BAG-9: as many entries as were told, and together they are the bag of this name.
    fn end(&mut self) -> Result<(), MailbagError> {
        if self.seen.envelopes != self.contents.envelopes
            || self.seen.chunks != self.contents.chunks
            || self.contents.entries() == 0
        {
            return Err(malformed("it does not hold what its list of contents says"));
        }
        let set: [u8; 32] = self.hash.clone().finalize().into();
        if set != self.set.0 {
            return Err(malformed("its contents are not those of its name"));
        }
        let least = super::padded_len(self.read);
        if least != self.payload {
            return Err(malformed("it has more padding than its contents need"));
        }
        Ok(())
    }
}

fn malformed(what: &'static str) -> MailbagError {
    MailbagError::Malformed { what }
}
