//! An account that issues a card is an office: identity, subkey, a mailbox for first letters, weekly prekeys.

use tidings_protocol::{
    card::{Card, CardFile, Languages},
    clocks::Clocks,
    limits::{CARD_VALIDITY_MAX_DAYS, PREKEY_EPOCH_DAYS, PREKEYS_ON_SHELF, SUBKEY_MAX_DAYS},
    line::Line,
    office::{OfficeSubkey, Roles},
    prekey::{OfficeKeys, PrekeyEpoch, Rotation},
    secret::{Secret, SigningSecret},
    time::Day,
    words::CheckWords,
};

use crate::{
    Account, Error, Warning,
    account::{account, office},
    numbers::{enqueue, take_mailbox},
    records::{Job, JobRecord, MailboxRecord, MailboxUse, OfficeRecord, SeenRecord},
    surroundings::random,
    vault::Tables,
};

/// An office's card, as the office itself sees it.
#[derive(Debug, Clone)]
pub struct OfficeCard {
    /// `tidings:card/…`
    pub link: String,
    /// The text to put into a QR code: the same link in the letters that QR codes pack best.
    pub qr_text: String,
    /// To be read out by telephone.
    pub words: CheckWords,
    /// What stands on it as the office's name.
    pub name: String,
    /// Last day of its validity.
    pub not_after: Day,
    /// Whether mailbox and prekeys are at the relay: before that, the card does not work yet.
    pub published: bool,
    /// The card with prekeys, with which a first letter can be written offline: contents of a card file.
    pub file: Vec<u8>,
}

/// Days before its end at which a subkey is replaced: longer than the shelf reaches, so that no week is ever left out.
const SUBKEY_RENEWAL_DAYS: u32 = PREKEY_EPOCH_DAYS * (PREKEYS_ON_SHELF as u32 + 1);
/// Days before its end at which a card is replaced.
const CARD_RENEWAL_DAYS: u32 = 365;

impl Account {
    /// The card of this office. The first call makes the account an office: identity, subkey, a mailbox for first
    /// letters and prekeys are made; [`Account::send`] tells the relay.
    ///
    /// # Errors
    /// Those of the vault; [`Error::Card`] if the name and the relay's host are too long for a card together.
    pub fn card(&self) -> Result<OfficeCard, Error> {
        let record = self.safe.transact(|tables| match office(tables)? {
            Some(record) => Ok(record),
            None => self.become_office(tables),
        })?;
        self.shown(&record)
    }

    /// The card, if the account is an office.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn office(&self) -> Result<Option<OfficeCard>, Error> {
        let record = self.safe.read(office)?;
        record.map(|record| self.shown(&record)).transpose()
    }

    fn shown(&self, record: &OfficeRecord) -> Result<OfficeCard, Error> {
        let verified = record.card.verify()?;
        let card = verified.card();
        let created = self
            .safe
            .read(|tables| tables.need::<MailboxRecord>(&record.mailbox))?
            .created;
        Ok(OfficeCard {
            link: record.card.to_link(),
            qr_text: record.card.to_qr_text(),
            words: CheckWords::of(card.identity.as_bytes()),
            name: card.name.as_str().to_owned(),
            not_after: card.not_after,
            published: created && record.published == record.sequence,
            file: CardFile {
                card: record.card.clone(),
                prekeys: record.shelf.clone(),
            }
            .encode(),
        })
    }

    fn become_office(&self, tables: &mut Tables<'_>) -> Result<OfficeRecord, Error> {
        let now = self.now();
        let clocks = self.clocks(tables)?;
        let seed = Secret::random(&mut random());
        let identity = SigningSecret::from_seed(&seed);
        let mailbox = take_mailbox(tables, MailboxUse::Card, now)?;
        let address = tables.need::<MailboxRecord>(&mailbox)?.address();
        let (subkey, subkey_until) = new_subkey(&identity, clocks.day(), 1)?;
        let keys = OfficeKeys::new(identity.public(), subkey);
        let Rotation { keys, record, .. } = keys.rotate(clocks, &mut random())?;
        let account = account(tables)?;
        let card = Card {
            identity: identity.public(),
            address,
            relays: vec![account.relay],
            name: Line::new(account.name)?,
            languages: Languages::of(&account.languages),
            not_before: card_first_day(clocks),
            not_after: card_first_day(clocks).plus(CARD_VALIDITY_MAX_DAYS),
            sequence: 1,
        };
        let office = OfficeRecord {
            identity: seed,
            keys,
            subkey_sequence: 1,
            subkey_until,
            card: card.sign(&identity)?,
            mailbox,
            shelf: record,
            sequence: 1,
            published: 0,
        };
        tables.put(&(), &office)?;
        enqueue(tables, Job::Publish, None, now)?;
        Ok(office)
    }

    /// The office's daily work: subkey, prekeys, card. Publishes when the shelf has changed.
    pub(crate) fn rotate(&self, tables: &mut Tables<'_>, clocks: Clocks) -> Result<(), Error> {
        let Some(mut office) = office(tables)? else {
            return Ok(());
        };
        let today = clocks.day();
        let subkey_from =
            PrekeyEpoch::of(office.subkey_until.minus(SUBKEY_MAX_DAYS - 1)).first_day();
        // Also one that was made by a clock that was ahead.
        let is_early = PrekeyEpoch::of(today).first_day() < subkey_from;
        if is_early || today.plus(SUBKEY_RENEWAL_DAYS) > office.subkey_until {
            office.subkey_sequence += 1;
            let (subkey, until) = new_subkey(&office.identity(), today, office.subkey_sequence)?;
            office.keys = office.keys.with_subkey(subkey);
            office.subkey_until = until;
        }
        let rotation = office.keys.rotate(clocks, &mut random())?;
        let gone: Vec<u32> = rotation.deleted.iter().map(|epoch| epoch.0).collect();
        if !gone.is_empty() {
            for (hash, seen) in tables.all::<SeenRecord>()? {
                if seen.prekey_epoch.is_some_and(|epoch| gone.contains(&epoch)) {
                    tables.remove::<SeenRecord>(&hash)?;
                }
            }
        }
        office.keys = rotation.keys;
        if rotation.record != office.shelf {
            office.shelf = rotation.record;
            office.sequence += 1;
            republish(tables, self.now())?;
        }
        let card = office.card.verify()?.card().clone();
        if !clocks.disagree() && today.plus(CARD_RENEWAL_DAYS) > card.not_after {
            let renewed = Card {
                not_before: card_first_day(clocks),
                not_after: card_first_day(clocks).plus(CARD_VALIDITY_MAX_DAYS),
                sequence: card.sequence + 1,
                ..card
            };
            office.card = renewed.sign(&office.identity())?;
        }
        if rotation.clock_doubt {
            self.connections.warn(Warning::ClocksDiffer);
        }
        tables.put(&(), &office)
    }
}

/// Puts publishing into the outbox, once.
pub(crate) fn republish(
    tables: &mut Tables<'_>,
    now: tidings_protocol::time::UnixTime,
) -> Result<(), Error> {
    let waiting = tables
        .all::<JobRecord>()?
        .into_iter()
        .find(|(_, record)| matches!(record.job, Job::Publish));
    match waiting {
        // Also one that the relay had refused for good: what is published now is something else.
        Some((number, record)) => {
            let given_up = false;
            tables.put(&number, &JobRecord { given_up, ..record })
        }
        None => enqueue(tables, Job::Publish, None, now).map(drop),
    }
}

/// From the first day of the week before this one: a clock that is a little behind makes no gap.
fn new_subkey(
    identity: &SigningSecret,
    today: Day,
    sequence: u32,
) -> Result<(OfficeSubkey, Day), Error> {
    let first = PrekeyEpoch::of(today).first_day().minus(PREKEY_EPOCH_DAYS);
    let subkey = OfficeSubkey::issue(
        identity,
        Roles::ALL,
        first,
        SUBKEY_MAX_DAYS,
        sequence,
        &mut random(),
    )?;
    Ok((subkey, first.plus(SUBKEY_MAX_DAYS - 1)))
}

/// The day before: clocks differ.
fn card_first_day(clocks: Clocks) -> Day {
    clocks.day().minus(1)
}
