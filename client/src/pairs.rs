//! Pairs in the vault, with the index from tags to them.

use tidings_protocol::{
    pair::{FreezeReason, Pair, TagChanges},
    time::{Day, UnixTime},
};

use crate::{
    ContactNumber, Error,
    numbers::enqueue,
    outbox::forget_deposits,
    records::{
        DestinationRecord, Job, JobRecord, MailboxNumber, MailboxRecord, PairNameRecord,
        PairNumber, PairRecord, SecretBytes, TagRecord,
    },
    vault::Tables,
};

pub(crate) fn load(tables: &Tables<'_>, number: PairNumber) -> Result<(PairRecord, Pair), Error> {
    let record = tables.need::<PairRecord>(&number)?;
    let pair = Pair::from_bytes(record.state.expose())?;
    Ok((record, pair))
}

/// Stores the next state of a pair.
pub(crate) fn save(
    tables: &mut Tables<'_>,
    number: PairNumber,
    record: PairRecord,
    pair: &Pair,
) -> Result<(), Error> {
    let state = SecretBytes::new(&pair.to_bytes()?);
    tables.put(&number, &PairRecord { state, ..record })
}

/// Stores a new pair, its name and its tags.
pub(crate) fn save_new(
    tables: &mut Tables<'_>,
    number: PairNumber,
    contact: ContactNumber,
    mailbox: Option<MailboxNumber>,
    pair: &Pair,
    tags: &TagChanges,
) -> Result<(), Error> {
    let record = PairRecord {
        contact,
        mailbox,
        state: SecretBytes::new(&pair.to_bytes()?),
        until: None,
    };
    tables.put(&number, &record)?;
    tables.put(&pair.contact_id(), &PairNameRecord(number))?;
    index(tables, number, tags)
}

/// Brings the index of tags up to a step of the pair.
pub(crate) fn index(
    tables: &mut Tables<'_>,
    number: PairNumber,
    tags: &TagChanges,
) -> Result<(), Error> {
    for tag in &tags.removed {
        tables.remove::<TagRecord>(tag)?;
    }
    for tag in &tags.added {
        tables.put(tag, &TagRecord(number))?;
    }
    Ok(())
}

/// Freezes a pair whose state another copy of this vault has as well (SEAL-11).
pub(crate) fn freeze(tables: &mut Tables<'_>, number: PairNumber) -> Result<(), Error> {
    let (record, pair) = load(tables, number)?;
    save(tables, number, record, &pair.freeze(FreezeReason::Restored))
}

/// A pair that another one has replaced: letters under way are opened until `until`, then it is deleted.
pub(crate) fn retire(tables: &mut Tables<'_>, number: PairNumber, until: Day) -> Result<(), Error> {
    let mut record = tables.need::<PairRecord>(&number)?;
    record.until = Some(until);
    tables.put(&number, &record)
}

/// Forgets by what a pair is found: the tags that it expects, and its name.
pub(crate) fn remove_names(tables: &mut Tables<'_>, pair: &Pair) -> Result<(), Error> {
    for (tag, _) in pair.expected_tags() {
        tables.remove::<TagRecord>(&tag)?;
    }
    tables.remove::<PairNameRecord>(&pair.contact_id())
}

/// Deletes a pair with its tags, and has its mailbox deleted at the relay.
pub(crate) fn delete(
    tables: &mut Tables<'_>,
    number: PairNumber,
    now: UnixTime,
) -> Result<(), Error> {
    let (record, pair) = load(tables, number)?;
    remove_names(tables, &pair)?;
    forget_deposits(tables, number)?;
    tables.remove::<DestinationRecord>(&number)?;
    tables.remove::<PairRecord>(&number)?;
    if let Some(mailbox) = record.mailbox {
        delete_mailbox(tables, mailbox, now)?;
    }
    Ok(())
}

/// Forgets a mailbox, and has it deleted at the relay if it was ever made there.
fn delete_mailbox(
    tables: &mut Tables<'_>,
    number: MailboxNumber,
    now: UnixTime,
) -> Result<(), Error> {
    let mailbox = tables.need::<MailboxRecord>(&number)?;
    tables.remove::<MailboxRecord>(&number)?;
    for (job, record) in tables.all::<JobRecord>()? {
        if matches!(record.job, Job::CreateMailbox(made) if made == number) {
            tables.remove::<JobRecord>(&job)?;
        }
    }
    // Also one that seems not to be there: the answer to its making may have been lost.
    let job = Job::DeleteMailbox {
        relay: mailbox.relay.clone(),
        owner: mailbox.owner.clone(),
    };
    enqueue(tables, job, None, now).map(drop)
}
