//! A door for the fuzz targets to the decoders of what the store keeps: reads bytes as one kind of record and gives what was
//! accepted as it would be written again.

use super::{
    calendar::Calendar,
    checkpoint::{checkpoint_bytes, parse_checkpoint},
    lives::LifeRecord,
    log::{FRAME_HEADER_LEN, FrameContents, FrameHeader, SEGMENT_HEADER_LEN, SegmentHeader},
    records::{
        BlobRecord, Counters, LetterRecord, MailboxRecord, PrekeyRecord, Record, SegmentRecord,
        expiry_key, parse_expiry_key, parse_letter_key, parse_segment,
    },
};

/// Kinds of records.
pub const KINDS: u8 = 13;

/// Reads `bytes` as a record of `kind`, from 0 to [`KINDS`] exclusive. `None` if they are none.
#[must_use]
pub fn rewritten(kind: u8, bytes: &[u8]) -> Option<Vec<u8>> {
    fn record<R: Record>(bytes: &[u8]) -> Option<Vec<u8>> {
        R::from_bytes(bytes).ok()?.to_bytes().ok()
    }
    match kind {
        0 => record::<MailboxRecord>(bytes),
        1 => record::<LetterRecord>(bytes),
        2 => record::<PrekeyRecord>(bytes),
        3 => record::<BlobRecord>(bytes),
        4 => record::<SegmentRecord>(bytes),
        5 => record::<Counters>(bytes),
        6 => {
            let header: &[u8; SEGMENT_HEADER_LEN] = bytes.try_into().ok()?;
            Some(SegmentHeader::from_bytes(header)?.to_bytes().to_vec())
        }
        7 => {
            let header: &[u8; FRAME_HEADER_LEN] = bytes.try_into().ok()?;
            let header = FrameHeader::from_bytes(header)?;
            // Whatever a torn header promises, its sum must not overflow.
            let _ = header.frame_len();
            Some(header.to_bytes().to_vec())
        }
        8 => FrameContents::from_bytes(bytes).ok()?.to_bytes().ok(),
        9 => checkpoint_bytes(parse_checkpoint(bytes).ok()?).ok(),
        10 => {
            let _ = (parse_letter_key(bytes), parse_segment(bytes));
            let (day, what) = parse_expiry_key(bytes)?;
            let (&part, _) = bytes.split_first()?;
            let mut key = expiry_key(day, &what);
            // The part is the caller's to look at: it chose the range of keys.
            *key.first_mut()? = part;
            Some(key)
        }
        11 => record::<LifeRecord>(bytes),
        12 => record::<Calendar>(bytes),
        _ => None,
    }
}
