//! A draft as a frame: how large it may become, and its changes at the place where it will be written.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::{
    super::{
        StoreError,
        index::Changes,
        log::{Change, EnvelopeLine, FrameContents, Place},
        records::{Counters, LetterRecord, Record, SegmentRecord, counters_key, segment_key},
    },
    Draft,
};

/// What bincode may add to a key and a value, as an upper bound.
const CHANGE_FRAMING: usize = 16;

/// A draft at the place where it will be written.
pub(in crate::store) struct Placed {
    pub contents: FrameContents,
    pub envelopes: Vec<Bytes>,
    pub counters: Counters,
    /// Letters waiting in the segments touched.
    pub segments: BTreeMap<u64, u32>,
    /// Bytes that died.
    pub holes: u64,
}

impl Draft<'_> {
    /// Whether there is anything to write.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Bytes of all new envelopes.
    pub(in crate::store) fn envelope_bytes(&self) -> u64 {
        self.letter_bytes
    }

    /// An upper bound of the encoded contents.
    pub(in crate::store) fn contents_bound(&self) -> usize {
        let changes: usize = self
            .changes
            .iter()
            .map(|(key, value)| key.len() + value.as_ref().map_or(0, Vec::len) + CHANGE_FRAMING)
            .sum();
        // A letter: its line (up to 5 + 33), its key and record (41 + up to 60). Per segment a count; counters; two lengths.
        changes
            + self.letters.len() * (38 + 41 + 60 + CHANGE_FRAMING)
            + (self.removed.len() + 1) * (9 + 5 + CHANGE_FRAMING)
            + 1
            + 8 * 9
            + CHANGE_FRAMING
            + 2 * 9
    }

    /// The frame to write at `place`. `waiting` tells how many letters wait in a segment.
    pub(in crate::store) fn at(
        self,
        place: Place,
        waiting: impl Fn(u64) -> u32,
    ) -> Result<Placed, StoreError> {
        let mut changes: Vec<Change> = self
            .changes
            .into_iter()
            .map(|(key, value)| Change { key, value })
            .collect();
        let mut envelopes = Vec::with_capacity(self.letters.len());
        let mut lines = Vec::with_capacity(self.letters.len());
        let mut offset = place.offset;
        for letter in self.letters.into_iter().flatten() {
            let length = u32::try_from(letter.envelope.len()).unwrap_or(u32::MAX);
            let record = LetterRecord {
                segment: place.segment,
                offset,
                length,
                hash: letter.hash,
                expires: letter.expires,
            };
            changes.push(Change {
                key: letter.key,
                value: Some(record.to_bytes()?),
            });
            lines.push(EnvelopeLine {
                length,
                hash: letter.hash,
            });
            envelopes.push(letter.envelope);
            offset = offset.saturating_add(length);
        }
        let mut segments: BTreeMap<u64, u32> = BTreeMap::new();
        for (segment, removed) in self.removed {
            segments.insert(segment, waiting(segment).saturating_sub(removed));
        }
        if !lines.is_empty() {
            let new = u32::try_from(lines.len()).unwrap_or(u32::MAX);
            let letters = segments
                .entry(place.segment)
                .or_insert_with(|| waiting(place.segment));
            *letters = letters.saturating_add(new);
        }
        for (segment, letters) in &segments {
            changes.push(Change {
                key: segment_key(*segment),
                value: Some(SegmentRecord { letters: *letters }.to_bytes()?),
            });
        }
        changes.push(Change {
            key: counters_key(),
            value: Some(self.counters.to_bytes()?),
        });
        Ok(Placed {
            contents: FrameContents {
                envelopes: lines,
                changes,
            },
            envelopes,
            counters: self.counters,
            segments,
            holes: self.holes,
        })
    }
}

impl Placed {
    /// The changes for the index.
    pub(in crate::store) fn into_changes(self) -> Changes {
        into_changes(self.contents)
    }
}

/// The changes of a frame for the index.
pub(in crate::store) fn into_changes(contents: FrameContents) -> Changes {
    contents
        .changes
        .into_iter()
        .map(|change| (change.key, change.value))
        .collect()
}
