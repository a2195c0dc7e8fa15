//! Envelopes that nothing opens yet (DELIVERY-4, SEAL-17).

use tidings_protocol::{
    envelope::{Envelope, Tag},
    ids::EnvelopeHash,
    time::Day,
};

use crate::{
    Error,
    records::{MailboxNumber, ParkedKey, ParkedRecord},
    vault::Tables,
};

/// Envelopes that are kept unopened, in all: 128 MiB. A relay, or anybody who knows an office's address, can invent
/// envelopes; beyond this the oldest go (DELIVERY-4).
const PARKED_MAX: u64 = 16_384;

/// Keeps an envelope until a tag becomes known, for a time.
pub(super) fn park(
    tables: &mut Tables<'_>,
    tag: Tag,
    hash: EnvelopeHash,
    mailbox: MailboxNumber,
    envelope: &[u8],
    since: Day,
) -> Result<(), Error> {
    let key = ParkedKey(tag, hash);
    if tables.get::<ParkedRecord>(&key)?.is_some() {
        return Ok(());
    }
    if tables.count::<ParkedRecord>()? >= PARKED_MAX {
        drop_oldest(tables)?;
    }
    tables.put(
        &key,
        &ParkedRecord {
            envelope: envelope.to_vec(),
            mailbox,
            since,
        },
    )
}

/// Drops the parked envelopes of the oldest day.
fn drop_oldest(tables: &mut Tables<'_>) -> Result<(), Error> {
    let parked = tables.all::<ParkedRecord>()?;
    let oldest = parked.iter().map(|(_, record)| record.since).min();
    for (key, record) in parked {
        if Some(record.since) == oldest {
            tables.remove::<ParkedRecord>(&key)?;
        }
    }
    Ok(())
}

/// Takes back the parked envelopes whose tags have become known.
pub(super) fn unpark(
    tables: &mut Tables<'_>,
    added: &[Tag],
) -> Result<Vec<(MailboxNumber, Envelope)>, Error> {
    if added.is_empty() || tables.count::<ParkedRecord>()? == 0 {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for tag in added {
        for (key, record) in tables.beginning_with::<ParkedRecord>(tag.as_bytes())? {
            tables.remove::<ParkedRecord>(&key)?;
            if let Ok(envelope) = Envelope::from_slice(&record.envelope) {
                found.push((record.mailbox, envelope));
            }
        }
    }
    Ok(found)
}
