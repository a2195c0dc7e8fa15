//! Writing a bag: first all that is to go into it, then its parts, one after the other and never back.

use std::{
    collections::BTreeMap,
    io::{self, Write},
};

use sha2::{Digest, Sha256};

use super::{
    BagSet, CarriedChunk, CarriedEnvelope, Contents, Entry, Layout, MailbagError, PartHead,
    entry::{absorb_entry, begin_set},
};
use crate::{
    limits::{CARD_RELAYS_MAX, MAILBAG_RELAYS_MAX, MAILBAG_SIZE_BITS, MAILBAG_UNIT},
    relay_identity::RelayAddress,
};

/// Rounds a length up to that of a class (BAG-6): a whole number of units of which only the highest bits may be set.
#[must_use]
pub fn padded_len(len: u64) -> u64 {
    let units = len.div_ceil(MAILBAG_UNIT).max(1);
    let low_bits = (u64::BITS - units.leading_zeros()).saturating_sub(MAILBAG_SIZE_BITS);
    (units.div_ceil(1 << low_bits) << low_bits).saturating_mul(MAILBAG_UNIT)
}

/// Collects what is to go into a bag.
#[derive(Debug, Default)]
pub struct PackingBuilder {
    relays: BTreeMap<RelayAddress, u16>,
    entries: BTreeMap<(u8, [u8; 32], [u8; 32]), Entry>,
}

/// What goes into a bag, in its order, with everything about it but the bytes.
#[derive(Debug)]
pub struct Packing {
    set: BagSet,
    contents: Contents,
    contents_bytes: Vec<u8>,
    entries: Vec<Entry>,
    payload: u64,
}

/// Where the parts of a bag are written: files, as a rule.
pub trait Parts {
    /// One part that is being written.
    type Part: Write;
    /// What can go wrong.
    type Error: From<MailbagError> + From<io::Error>;

    /// Begins part `number` of `count`, which will have `len` bytes.
    ///
    /// # Errors
    /// Its own.
    fn begin(&mut self, number: u32, count: u32, len: u64) -> Result<Self::Part, Self::Error>;

    /// Makes a part last that has been written.
    ///
    /// # Errors
    /// Its own.
    fn end(&mut self, number: u32, part: Self::Part) -> Result<(), Self::Error>;

    /// The bytes of an entry.
    ///
    /// # Errors
    /// Its own.
    fn body(&mut self, entry: &Entry) -> Result<Vec<u8>, Self::Error>;
}

impl PackingBuilder {
    /// Packs an envelope; one that is packed for the same mailbox already is not packed twice. At most
    /// [`CARD_RELAYS_MAX`] relays count.
    ///
    /// # Errors
    /// [`MailbagError::Malformed`] without a relay, [`MailbagError::TooManyRelays`].
    pub fn envelope(
        &mut self,
        relays: &[RelayAddress],
        envelope: CarriedEnvelope,
    ) -> Result<(), MailbagError> {
        self.add(relays, Entry::Envelope(envelope))
    }

    /// Packs a chunk; as [`Self::envelope`].
    ///
    /// # Errors
    /// As [`Self::envelope`].
    pub fn chunk(
        &mut self,
        relays: &[RelayAddress],
        chunk: CarriedChunk,
    ) -> Result<(), MailbagError> {
        self.add(relays, Entry::Chunk(chunk))
    }

    fn add(&mut self, relays: &[RelayAddress], mut entry: Entry) -> Result<(), MailbagError> {
        let mut places = Vec::with_capacity(relays.len());
        for relay in relays.iter().take(CARD_RELAYS_MAX) {
            let next = u16::try_from(self.relays.len()).unwrap_or(u16::MAX);
            let place = *self.relays.entry(relay.clone()).or_insert(next);
            if !places.contains(&place) {
                places.push(place);
            }
        }
        if self.relays.len() > MAILBAG_RELAYS_MAX {
            let got = self.relays.len();
            return Err(MailbagError::TooManyRelays { got });
        }
        if places.is_empty() {
            return Err(MailbagError::Malformed {
                what: "an entry names no relay",
            });
        }
        *entry.relays_mut() = places;
        self.entries.entry(entry.order()).or_insert(entry);
        Ok(())
    }

    /// Whether nothing was packed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Everything in its order, with the name and the length of the bag.
    ///
    /// # Errors
    /// [`MailbagError::Malformed`] if nothing was packed.
    pub fn finish(self) -> Result<Packing, MailbagError> {
        if self.is_empty() {
            return Err(MailbagError::Malformed {
                what: "nothing is in it",
            });
        }
        // Places were given in the order of packing; on the wire they are those of the sorted list (BAG-7).
        let mut places = vec![0; self.relays.len()];
        for (sorted, given) in (0..).zip(self.relays.values()) {
            places[usize::from(*given)] = sorted;
        }
        let mut contents = Contents::new(self.relays.into_keys().collect());
        let mut entries: Vec<Entry> = self.entries.into_values().collect();
        for entry in &mut entries {
            contents.count(entry);
            for place in entry.relays_mut() {
                *place = places[usize::from(*place)];
            }
        }
        let contents_bytes = contents.encode()?;
        let mut set = begin_set(&contents_bytes);
        let mut len = 4 + contents_bytes.len() as u64;
        for entry in &entries {
            let head = entry.encode()?;
            absorb_entry(&mut set, &head);
            len += (2 + head.len() + entry.body_len()) as u64;
        }
        Ok(Packing {
            set: BagSet(set.finalize().into()),
            contents,
            contents_bytes,
            entries,
            // Two bytes of an entry that is none end them.
            payload: padded_len(len + 2),
        })
    }
}

impl Packing {
    /// The name of the bag.
    #[must_use]
    pub fn set(&self) -> &BagSet {
        &self.set
    }

    /// What is in it.
    #[must_use]
    pub fn contents(&self) -> &Contents {
        &self.contents
    }

    /// How it is cut into files of at most `part_size` bytes.
    ///
    /// # Errors
    /// Those of [`Layout::new`].
    pub fn layout(&self, part_size: u64) -> Result<Layout, MailbagError> {
        Layout::new(self.payload, part_size)
    }

    /// Writes all parts, from the first to the last. `progress` hears how many bytes of the payload are written.
    ///
    /// # Errors
    /// Those of `parts`; [`MailbagError::Malformed`] if a body is not the one that was packed.
    pub fn write<P: Parts>(
        &self,
        layout: Layout,
        parts: &mut P,
        mut progress: impl FnMut(u64),
    ) -> Result<(), P::Error> {
        let mut out = Slices::new(self.set, layout, parts);
        out.write(&length::<4>(self.contents_bytes.len()))?;
        out.write(&self.contents_bytes)?;
        for entry in &self.entries {
            let head = entry.encode()?;
            let body = out.parts.body(entry)?;
            if body.len() != entry.body_len() || !entry.is_body(&body) {
                return Err(MailbagError::Malformed {
                    what: "an entry is not the one that was packed",
                }
                .into());
            }
            out.write(&length::<2>(head.len()))?;
            out.write(&head)?;
            out.write(&body)?;
            progress(out.done);
        }
        let zeros = [0; 8_192];
        while out.done < layout.payload() {
            let left = usize::try_from(layout.payload() - out.done).unwrap_or(usize::MAX);
            out.write(&zeros[..left.min(zeros.len())])?;
        }
        progress(out.done);
        Ok(())
    }
}

#[cfg(test)]
impl Packing {
    pub(super) fn entries_for_tests(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn payload_for_tests(&self) -> u64 {
        self.payload
    }
}

fn length<const N: usize>(len: usize) -> [u8; N] {
    // Heads and contents are far below.
    let bytes = (len as u64).to_le_bytes();
    core::array::from_fn(|place| bytes.get(place).copied().unwrap_or_default())
}

/// The payload on its way into parts.
struct Slices<'p, P: Parts> {
    set: BagSet,
    layout: Layout,
    parts: &'p mut P,
    /// The part that is being written, and the hash of its bytes so far.
    open: Option<(u32, P::Part, Sha256)>,
    done: u64,
}

impl<'p, P: Parts> Slices<'p, P> {
    fn new(set: BagSet, layout: Layout, parts: &'p mut P) -> Self {
        Self {
            set,
            layout,
            parts,
            open: None,
            done: 0,
        }
    }

    fn write(&mut self, mut bytes: &[u8]) -> Result<(), P::Error> {
        while !bytes.is_empty() {
            let (number, _) = self.layout.place(self.done);
            let end = self.layout.range(number).end;
            let (number, mut part, mut hash) = match self.open.take() {
                Some(open) => open,
                None => self.begin(number)?,
            };
            let room = usize::try_from(end - self.done).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            part.write_all(now)?;
            hash.update(now);
            self.done += now.len() as u64;
            bytes = later;
            if self.done == end {
                part.write_all(&hash.finalize())?;
                self.parts.end(number, part)?;
            } else {
                self.open = Some((number, part, hash));
            }
        }
        Ok(())
    }

    fn begin(&mut self, number: u32) -> Result<(u32, P::Part, Sha256), P::Error> {
        let head = PartHead {
            set: self.set,
            layout: self.layout,
            number,
        }
        .encode();
        let len = self.layout.file_len(number);
        let mut part = self.parts.begin(number, self.layout.count(), len)?;
        part.write_all(&head)?;
        let mut hash = Sha256::new();
        hash.update(head);
        Ok((number, part, hash))
    }
}
