//! One envelope: found by its tag, opened by its pair, or a first letter to this office, or parked.

use tidings_protocol::{
    envelope::{Envelope, Tag},
    ids::EnvelopeHash,
    letter::{self, Content, Evidence},
    limits::{CARD_NAME_MAX, WINDOW_RESERVE},
    line::Prose,
    notice::{NoticePlace, StatusNote},
    pair::{
        FreezeReason, OpenError, OpenedLetter, Pair,
        first_contact::{self, FirstLetter, FirstLetterKeys},
    },
    prekey::OfficeKeys,
    relay_identity::RelayAddress,
};

use super::{
    content::fill,
    parked::{park, unpark},
};
use crate::{
    Account, CollectReport, ContactNumber, Direction, Error, LetterKind, LetterState, Role,
    account::{account, contact_of, office},
    contacts::unused_name,
    numbers::{next_contact, next_letter, next_pair},
    outbox::give_up_deposits,
    pairs,
    records::{
        ContactRecord, Job, JobRecord, LetterIdRecord, LetterKey, LetterRecord, MailboxNumber,
        MailboxRecord, NewsRecord, PairNameRecord, PairNumber, PairRecord, SecretBytes, SeenRecord,
        TagRecord,
    },
    vault::Tables,
};

impl Account {
    /// Opens an envelope, and the parked ones that it makes openable, in one transaction: a kill in between loses nothing.
    pub(super) fn open_envelope(
        &self,
        mailbox: MailboxNumber,
        envelope: &Envelope,
        report: &mut CollectReport,
    ) -> Result<(), Error> {
        self.safe.transact(|tables| {
            let mut waiting = vec![(mailbox, envelope.clone())];
            while let Some((mailbox, envelope)) = waiting.pop() {
                let mut step = Step {
                    account: self,
                    mailbox,
                    report,
                    added: Vec::new(),
                };
                step.open(tables, &envelope)?;
                waiting.extend(unpark(tables, &step.added)?);
            }
            Ok(())
        })
    }

    /// Keeps bytes that are no envelope to this program.
    pub(super) fn park_unknown(
        &self,
        mailbox: MailboxNumber,
        bytes: &[u8],
        hash: EnvelopeHash,
    ) -> Result<(), Error> {
        let today = self.now().day();
        self.safe.transact(|tables| {
            if tables.get::<SeenRecord>(&hash)?.is_some() {
                return Ok(());
            }
            park(tables, Tag([0; Tag::LEN]), hash, mailbox, bytes, today)
        })
    }
}

/// One transaction's work on one envelope.
struct Step<'a> {
    account: &'a Account,
    mailbox: MailboxNumber,
    report: &'a mut CollectReport,
    /// Tags that became known: parked envelopes under them are tried again (SEAL-17).
    added: Vec<Tag>,
}

impl Step<'_> {
    fn open(&mut self, tables: &mut Tables<'_>, envelope: &Envelope) -> Result<(), Error> {
        let (tag, hash) = (envelope.tag(), envelope.hash());
        let now = self.account.now();
        if tables.get::<SeenRecord>(&hash)?.is_some() {
            return Ok(());
        }
        let opened = match tables.get::<TagRecord>(&tag)? {
            Some(TagRecord(number)) => self.open_later(tables, number, envelope)?,
            None => self.open_first(tables, envelope)?,
        };
        let prekey_epoch = match opened {
            Ok(prekey_epoch) => prekey_epoch,
            Err(error) if error.park() => {
                return park(
                    tables,
                    tag,
                    hash,
                    self.mailbox,
                    envelope.as_bytes(),
                    now.day(),
                );
            }
            // A double, or what will never be a letter.
            Err(_) => None,
        };
        let seen = SeenRecord {
            since: now.day(),
            prekey_epoch,
        };
        tables.put(&hash, &seen)
    }

    fn open_later(
        &mut self,
        tables: &mut Tables<'_>,
        number: PairNumber,
        envelope: &Envelope,
    ) -> Result<Result<Option<u32>, OpenError>, Error> {
        let (record, pair) = pairs::load(tables, number)?;
        let (next, opened) = match pair.open(envelope, self.account.now()) {
            Ok(opened) => opened,
            Err(error) => return Ok(Err(error)),
        };
        let contact = record.contact;
        pairs::save(tables, number, record, &next)?;
        self.opened(tables, number, contact, &next, opened)?;
        Ok(Ok(None))
    }

    fn open_first(
        &mut self,
        tables: &mut Tables<'_>,
        envelope: &Envelope,
    ) -> Result<Result<Option<u32>, OpenError>, Error> {
        let office = office(tables)?.filter(|office| office.mailbox == self.mailbox);
        let Some(office) = office else {
            return Ok(Err(OpenError::UnknownTag));
        };
        let letter = match first_letter(&office.keys, envelope) {
            Ok(letter) => letter,
            Err(error) => return Ok(Err(error)),
        };
        let prekey_epoch = letter.prekey_epoch();
        let known = tables.get::<PairNameRecord>(&letter.contact_id())?;
        if let Some(PairNameRecord(number)) = known
            && tables.get::<PairRecord>(&number)?.is_none()
        {
            // NOTICE-11: the family is told that what it wrote under this pair is not delivered, and so it must be.
            return Ok(Ok(Some(prekey_epoch)));
        }
        let done = match known {
            Some(PairNameRecord(number)) => self.further_first(tables, number, letter)?,
            None => self.new_family(tables, letter)?,
        };
        Ok(done.map(|()| Some(prekey_epoch)))
    }

    /// A further first letter of a family that is known.
    fn further_first(
        &mut self,
        tables: &mut Tables<'_>,
        number: PairNumber,
        letter: FirstLetter,
    ) -> Result<Result<(), OpenError>, Error> {
        let (record, pair) = pairs::load(tables, number)?;
        let (next, opened) = match pair.open_first(letter) {
            Ok(opened) => opened,
            Err(error) => return Ok(Err(error)),
        };
        let contact = record.contact;
        pairs::save(tables, number, record, &next)?;
        self.opened(tables, number, contact, &next, opened)?;
        Ok(Ok(()))
    }

    fn new_family(
        &mut self,
        tables: &mut Tables<'_>,
        letter: FirstLetter,
    ) -> Result<Result<(), OpenError>, Error> {
        let (pair, opened) = match letter.begin() {
            Ok(begun) => begun,
            Err(error) => return Ok(Err(error)),
        };
        // An answer must be able to reach it.
        if crate::contacts::ReplyAddress::decode(pair.reply_to()).is_err() {
            return Ok(Err(OpenError::Contradiction));
        }
        let contact = next_contact(tables)?;
        let number = next_pair(tables)?;
        let name = unused_name(&tables.all::<ContactRecord>()?, &writer_of(&opened.content));
        let verified = matches!(pair.status(), tidings_protocol::pair::Status::Confirmed);
        tables.put(
            &contact,
            &ContactRecord {
                name,
                role: Role::Family,
                card: None,
                words: None,
                verified: verified.then(|| self.account.now()),
                frozen: false,
                answered: true,
                last_plain: 0,
                pair: Some(number),
            },
        )?;
        pairs::save_new(tables, number, contact, None, &pair, &opened.tags)?;
        self.report.contacts.push(contact);
        self.opened(tables, number, contact, &pair, opened)?;
        Ok(Ok(()))
    }

    /// What an opened letter changes besides its pair.
    fn opened(
        &mut self,
        tables: &mut Tables<'_>,
        pair_number: PairNumber,
        contact: ContactNumber,
        pair: &Pair,
        opened: OpenedLetter,
    ) -> Result<(), Error> {
        pairs::index(tables, pair_number, &opened.tags)?;
        self.added.extend_from_slice(&opened.tags.added);
        self.account
            .settle_deposits(tables, pair_number, &opened.received)?;
        let mut record = contact_of(tables, contact)?;
        record.answered = true;
        if matches!(pair.status(), tidings_protocol::pair::Status::Frozen(_)) {
            record.frozen = true;
        }
        tables.put(&contact, &record)?;
        if opened.repeated {
            return Ok(());
        }
        let relay = tables.need::<MailboxRecord>(&self.mailbox)?.relay;
        let mut letter = self.blank(contact, &opened, relay);
        let content = Content::decode(&opened.content);
        let place = NoticePlace {
            contact: pair.contact_id(),
            position: opened.position,
        };
        fill(
            tables,
            &mut letter,
            content.as_ref().ok(),
            Some(&place),
            &record,
        )?;
        if content.is_err() {
            letter.newer = Some(SecretBytes::new(&opened.content));
        }
        if letter
            .notice
            .as_ref()
            .is_some_and(|notice| notice.verified && notice.state == LetterState::CLOSED.word())
        {
            close(tables, pair_number)?;
        }
        let number = next_letter(tables)?;
        tables.put(&LetterKey(contact, opened.id), &LetterIdRecord(number))?;
        tables.put(&number, &letter)?;
        tables.put(&number, &NewsRecord { told: false })?;
        self.report.letters.push(number);
        let is_answer_due =
            record.role == Role::Family && !record.frozen && account(tables)?.tells_taken;
        if is_answer_due && (letter.plain.is_some() || opened.position.epoch == 0) {
            self.tell_taken(tables, pair_number, contact, pair, letter.plain)?;
        }
        Ok(())
    }

    fn blank(
        &self,
        contact: ContactNumber,
        opened: &OpenedLetter,
        relay: RelayAddress,
    ) -> LetterRecord {
        LetterRecord {
            direction: Direction::In,
            contact,
            date: self.account.now(),
            kind: LetterKind::Unknown,
            state: LetterState::OPENED.word().to_owned(),
            plain: None,
            addressee: None,
            text: None,
            id: Some(opened.id),
            answers: None,
            enclosures: Vec::new(),
            notice: None,
            moved: None,
            relay: Some(relay),
            newer: None,
        }
    }

    /// An office's answer by itself (DELIVERY-7): it has the letter. Signed, and in the first answer it moves the pair to a new epoch, so
    /// that a prekey stolen later opens nothing more (SEAL-7). Where one waits to be sent already, and numbers are scarce,
    /// no further one is made: the waiting one brings the news as well.
    fn tell_taken(
        &mut self,
        tables: &mut Tables<'_>,
        pair_number: PairNumber,
        contact: ContactNumber,
        pair: &Pair,
        plain: Option<u32>,
    ) -> Result<(), Error> {
        let scarce = pair.window_left() <= 2 * WINDOW_RESERVE;
        if pair.window_left() == 0 || (scarce && waits_for(tables, contact)?) {
            return Ok(());
        }
        let note = StatusNote {
            letter: plain.unwrap_or(0),
            state: letter::LetterState::TakenByDesk,
            evidence: Evidence::DeskSaw,
            remark: Prose::default(),
        };
        self.account
            .post_note(tables, contact, pair_number, note, scarce)
            .map(drop)
    }
}

/// The office has deleted its half of the pair (NOTICE-11): nothing more is written under it, and what the office had not opened
/// before it said so never will be.
fn close(tables: &mut Tables<'_>, number: PairNumber) -> Result<(), Error> {
    give_up_deposits(tables, number)?;
    let (record, pair) = pairs::load(tables, number)?;
    pairs::save(tables, number, record, &pair.freeze(FreezeReason::Closed))
}

fn waits_for(tables: &Tables<'_>, contact: ContactNumber) -> Result<bool, Error> {
    Ok(tables.all::<JobRecord>()?.iter().any(|(_, record)| {
        record.contact == Some(contact) && matches!(record.job, Job::Deliver(_))
    }))
}

fn first_letter(keys: &OfficeKeys, envelope: &Envelope) -> Result<FirstLetter, OpenError> {
    first_contact::open(
        envelope,
        &FirstLetterKeys {
            desk: keys.identity(),
            prekeys: keys.secrets(),
            invitations: &|_| None,
            // Looked up by hash before.
            seen: &|_| false,
        },
    )
}

/// The name under which somebody writes for the first time: a claim, to be verified by a person.
fn writer_of(content: &[u8]) -> String {
    let name = match Content::decode(content) {
        Ok(Content::Letter(letter)) => letter.writer.name.as_str().to_owned(),
        _ => String::new(),
    };
    let cut: String = name
        .char_indices()
        .take_while(|(at, c)| at + c.len_utf8() <= CARD_NAME_MAX - 8)
        .map(|(_, c)| c)
        .collect();
    if cut.trim().is_empty() {
        "?".to_owned()
    } else {
        cut.trim().to_owned()
    }
}
