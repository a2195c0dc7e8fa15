//! Numbers of new rows, and the rows that are made in several places.

use tidings_protocol::{secret::Secret, time::UnixTime};

use crate::{
    ContactNumber, Error, LetterNumber,
    account::account,
    records::{
        AccountRecord, FileNumber, Job, JobNumber, JobRecord, MailboxNumber, MailboxRecord,
        MailboxUse, PairNumber,
    },
    surroundings::random,
    vault::Tables,
};

fn next(
    tables: &mut Tables<'_>,
    last: impl FnOnce(&mut AccountRecord) -> &mut u64,
) -> Result<u64, Error> {
    let mut record = account(tables)?;
    let last = last(&mut record);
    *last += 1;
    let number = *last;
    tables.put(&(), &record)?;
    Ok(number)
}

pub(crate) fn next_contact(tables: &mut Tables<'_>) -> Result<ContactNumber, Error> {
    next(tables, |account| &mut account.last_contact).map(ContactNumber)
}

pub(crate) fn next_letter(tables: &mut Tables<'_>) -> Result<LetterNumber, Error> {
    next(tables, |account| &mut account.last_letter).map(LetterNumber)
}

pub(crate) fn next_pair(tables: &mut Tables<'_>) -> Result<PairNumber, Error> {
    next(tables, |account| &mut account.last_number).map(PairNumber)
}

pub(crate) fn next_file(tables: &mut Tables<'_>) -> Result<FileNumber, Error> {
    next(tables, |account| &mut account.last_number).map(FileNumber)
}

/// Puts an item at the end of the outbox.
pub(crate) fn enqueue(
    tables: &mut Tables<'_>,
    job: Job,
    contact: Option<ContactNumber>,
    now: UnixTime,
) -> Result<JobNumber, Error> {
    let number = next(tables, |account| &mut account.last_number).map(JobNumber)?;
    let record = JobRecord {
        job,
        contact,
        attempts: 0,
        next: now,
        failed: None,
        given_up: false,
    };
    tables.put(&number, &record)?;
    Ok(number)
}

/// Makes a mailbox for `purpose`; the relay hears of it with the next send.
pub(crate) fn next_mailbox(
    tables: &mut Tables<'_>,
    purpose: MailboxUse,
    now: UnixTime,
) -> Result<MailboxNumber, Error> {
    let number = next(tables, |account| &mut account.last_number).map(MailboxNumber)?;
    let mailbox = MailboxRecord {
        relay: account(tables)?.relay,
        owner: Secret::random(&mut random()),
        purpose,
        created: false,
    };
    tables.put(&number, &mailbox)?;
    enqueue(tables, Job::CreateMailbox(number), None, now)?;
    Ok(number)
}

/// Forgets mailboxes that were made ahead. They stay at the relay: another copy of this vault may have taken them into use.
pub(crate) fn forget_spares(tables: &mut Tables<'_>) -> Result<(), Error> {
    for (number, mailbox) in tables.all::<MailboxRecord>()? {
        if mailbox.purpose != MailboxUse::Spare {
            continue;
        }
        tables.remove::<MailboxRecord>(&number)?;
        for (job, record) in tables.all::<JobRecord>()? {
            if matches!(record.job, Job::CreateMailbox(made) if made == number) {
                tables.remove::<JobRecord>(&job)?;
            }
        }
    }
    Ok(())
}

/// Takes a spare mailbox into use, and makes another spare one in its place.
pub(crate) fn take_mailbox(
    tables: &mut Tables<'_>,
    purpose: MailboxUse,
    now: UnixTime,
) -> Result<MailboxNumber, Error> {
    let spare = tables
        .all::<MailboxRecord>()?
        .into_iter()
        .find(|(_, mailbox)| mailbox.purpose == MailboxUse::Spare);
    let taken = match spare {
        Some((number, mailbox)) => {
            tables.put(&number, &MailboxRecord { purpose, ..mailbox })?;
            number
        }
        None => next_mailbox(tables, purpose, now)?,
    };
    next_mailbox(tables, MailboxUse::Spare, now)?;
    Ok(taken)
}
