//! Contacts: offices that were added by their card, families that wrote a first letter.

mod forget;
mod offices;

use std::fmt;

use serde::{Deserialize, Serialize};
use tidings_protocol::{
    language::Language,
    limits::{CARD_NAME_MAX, KEY_LIFE_DAYS, VERIFIED_BY_MAX, WINDOW_RESERVE},
    line::Line,
    name,
    pair::{ConfirmError, FreezeReason, Status, VerifiedBy},
    time::UnixTime,
    words::CheckWords,
};

pub use self::forget::Parting;
pub(crate) use self::offices::ReplyAddress;
use crate::{
    Account, Error,
    account::{account, checked_name, contact_of},
    outbox::withdraw_all,
    pairs,
    records::ContactRecord,
    vault::Tables,
};

/// Names a contact in this account, from 1; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContactNumber(pub u64);

impl fmt::Display for ContactNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What the other side is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// An office, added by its card.
    Office,
    /// A family, known from its first letter.
    Family,
}

/// How far a contact is to be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Nobody has compared check words, or made sure who writes.
    Unverified,
    /// A person has.
    Verified {
        /// When, by this device's clock.
        on: UnixTime,
    },
    /// Nothing is sent any more.
    Frozen,
}

/// A contact.
#[derive(Debug, Clone)]
pub struct Contact {
    /// Its number.
    pub number: ContactNumber,
    /// What it is called here.
    pub name: String,
    /// What it is.
    pub role: Role,
    /// How far it is to be trusted.
    pub trust: Trust,
    /// An office's check words.
    pub words: Option<CheckWords>,
    /// Whether a letter of the other side was ever opened.
    pub answered: bool,
    /// Whether new keys were asked for and have not come.
    pub renewing: bool,
    /// Letters that may still be written before the other side must have collected and answered.
    pub letters_left: u32,
    /// Whether nothing can be written before somebody begins anew: an office after a freeze or restore waits for the
    /// family; a family calls [`Account::renew_contact`].
    pub must_begin: bool,
}

/// How a contact was verified.
#[derive(Debug, Clone)]
pub enum Verification {
    /// The words that somebody heard by telephone; compared here.
    Words(CheckWords),
    /// A person compared the words himself, or made sure in another way who writes.
    Person,
}

/// What renewing a contact does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// New keys are asked for with the next letter.
    Asked,
    /// A new first contact with a new mailbox; the office has to verify it again.
    Begun,
}

impl Account {
    /// All contacts, by number.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn contacts(&self) -> Result<Vec<Contact>, Error> {
        self.safe.read(|tables| {
            tables
                .all::<ContactRecord>()?
                .into_iter()
                .map(|(number, contact)| shown(tables, number, contact))
                .collect()
        })
    }

    /// The contact of this number.
    ///
    /// # Errors
    /// [`Error::NoContact`].
    pub fn contact(&self, number: ContactNumber) -> Result<Contact, Error> {
        self.safe
            .read(|tables| shown(tables, number, contact_of(tables, number)?))
    }

    /// The contact of this name or number. Digits are always a number, whatever others call themselves. A name is found in any
    /// case, and by its beginning if that is unambiguous.
    ///
    /// # Errors
    /// [`Error::NoContact`].
    pub fn find_contact(&self, name_or_number: &str) -> Result<Contact, Error> {
        // Typed on a keyboard that spells й as two characters, it is the same name.
        let normal = name::chosen(name_or_number).unwrap_or_else(|_| name_or_number.to_owned());
        let asked = normal.trim();
        let none = || Error::NoContact {
            asked: asked.to_owned(),
        };
        let contacts = self.contacts()?;
        let wanted = asked.to_lowercase();
        if !asked.is_empty() && asked.bytes().all(|byte| byte.is_ascii_digit()) {
            let number: Option<u64> = asked.parse().ok();
            let numbered = |contact: &Contact| Some(contact.number.0) == number;
            return contacts.into_iter().find(numbered).ok_or_else(none);
        }
        let exact = |contact: &&Contact| contact.name.to_lowercase() == wanted;
        if let Some(contact) = contacts.iter().find(exact) {
            return Ok(contact.clone());
        }
        let mut beginning = contacts.into_iter().filter(|contact| {
            !wanted.is_empty() && contact.name.to_lowercase().starts_with(&wanted)
        });
        match (beginning.next(), beginning.next()) {
            (Some(contact), None) => Ok(contact),
            _ => Err(none()),
        }
    }

    /// Records that a person has verified the contact: an office by its check words, a family by making sure who writes.
    ///
    /// # Errors
    /// [`Error::WordsDiffer`]; [`Error::NotAnOffice`] if words are compared with a family, which has none;
    /// [`Error::Frozen`]; [`Error::FamilyMustBegin`] for a family that has not written since a restore.
    pub fn verify_contact(
        &self,
        number: ContactNumber,
        verification: &Verification,
    ) -> Result<Contact, Error> {
        self.safe.transact(|tables| {
            let mut contact = contact_of(tables, number)?;
            match (contact.role, verification) {
                (Role::Office, Verification::Words(heard)) => {
                    let own = CheckWords::of(contact.card()?.card().identity.as_bytes());
                    if own != *heard {
                        return Err(Error::WordsDiffer);
                    }
                }
                (Role::Office, Verification::Person) => {}
                (Role::Family, Verification::Words(_)) => return Err(Error::NotAnOffice),
                (Role::Family, Verification::Person) => {
                    let pair_number = contact.pair.ok_or(Error::FamilyMustBegin)?;
                    let (record, pair) = pairs::load(tables, pair_number)?;
                    let by = VerifiedBy::Person(short(&account(tables)?.name));
                    let pair = pair.confirm(by).map_err(|error| match error {
                        ConfirmError::Frozen(_) => Error::Frozen,
                        ConfirmError::NameTooLong { got } => Error::Name {
                            got,
                            limit: VERIFIED_BY_MAX,
                        },
                    })?;
                    pairs::save(tables, pair_number, record, &pair)?;
                }
            }
            contact.verified = Some(self.now());
            tables.put(&number, &contact)
        })?;
        self.contact(number)
    }

    /// Gives the contact another name, on this device only.
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::NameLooks`], [`Error::NameDigits`], [`Error::NameTaken`], [`Error::NoContact`].
    pub fn rename_contact(&self, number: ContactNumber, name: &str) -> Result<Contact, Error> {
        let name: String = contact_name(name)?.into();
        self.safe.transact(|tables| {
            let mut contact = contact_of(tables, number)?;
            free_name(&tables.all::<ContactRecord>()?, &name, Some(number))?;
            contact.name = name;
            tables.put(&number, &contact)
        })?;
        self.contact(number)
    }

    /// Stops sending to the contact, for good: its device was taken, or somebody writes in its name. Letters that still
    /// wait here are withdrawn. What comes is still opened, so that a person can judge it.
    ///
    /// # Errors
    /// [`Error::NoContact`].
    pub fn freeze_contact(&self, number: ContactNumber) -> Result<Contact, Error> {
        self.safe.transact(|tables| {
            let mut contact = contact_of(tables, number)?;
            if let Some(pair_number) = contact.pair {
                let (record, pair) = pairs::load(tables, pair_number)?;
                pairs::save(
                    tables,
                    pair_number,
                    record,
                    &pair.freeze(FreezeReason::Reported),
                )?;
            }
            contact.frozen = true;
            tables.put(&number, &contact)?;
            withdraw_all(tables, number)
        })?;
        self.contact(number)
    }

    /// Asks for new keys; or, after a freeze or a restored backup, begins anew with a new first contact and mailbox, which
    /// the office has to verify again.
    ///
    /// # Errors
    /// [`Error::NoContact`]; [`Error::FamilyMustBegin`] if this office waits for a family to begin anew.
    pub fn renew_contact(&self, number: ContactNumber) -> Result<Renewal, Error> {
        self.safe.transact(|tables| {
            let mut contact = contact_of(tables, number)?;
            if let Some(pair_number) = contact.pair {
                let (record, pair) = pairs::load(tables, pair_number)?;
                if !matches!(pair.status(), Status::Frozen(_)) {
                    let pair = pair.request_repairing()?;
                    pairs::save(tables, pair_number, record, &pair)?;
                    return Ok(Renewal::Asked);
                }
            }
            if contact.role == Role::Family {
                return Err(Error::FamilyMustBegin);
            }
            if let Some(old) = contact.pair {
                let until = self.clocks(tables)?.day().plus(KEY_LIFE_DAYS);
                pairs::retire(tables, old, until)?;
            }
            let identity = contact.card()?.card().identity;
            contact.pair = Some(self.begin_pair(tables, number, identity)?);
            contact.frozen = false;
            contact.answered = false;
            tables.put(&number, &contact)?;
            Ok(Renewal::Begun)
        })
    }
}

/// A name that somebody here gives a contact: not one that would be taken for a number.
fn contact_name(name: &str) -> Result<Line<CARD_NAME_MAX>, Error> {
    let name = checked_name(name)?;
    if is_number(name.as_str()) {
        return Err(Error::NameDigits);
    }
    Ok(name)
}

/// Whether a name holds nothing but digits: commands take such a word for the number of a contact. Others may call
/// themselves so; they are found by their number.
#[must_use]
pub fn is_number(name: &str) -> bool {
    name.chars().all(|c| c.is_numeric() || c.is_whitespace())
}

/// Whether no other contact has this name.
fn free_name(
    contacts: &[(ContactNumber, ContactRecord)],
    name: &str,
    own: Option<ContactNumber>,
) -> Result<(), Error> {
    let wanted = name.to_lowercase();
    match contacts
        .iter()
        .find(|(number, contact)| Some(*number) != own && contact.name.to_lowercase() == wanted)
    {
        Some((by, _)) => Err(Error::NameTaken { by: *by }),
        None => Ok(()),
    }
}

/// The name, or the name with the first number that makes it unused.
pub(crate) fn unused_name(contacts: &[(ContactNumber, ContactRecord)], name: &str) -> String {
    std::iter::once(name.to_owned())
        .chain((2..).map(|number: u32| format!("{name} {number}")))
        .find(|name| free_name(contacts, name, None).is_ok())
        .unwrap_or_default()
}

fn short(name: &str) -> String {
    name.chars()
        .scan(0, |length, c| {
            *length += c.len_utf8();
            (*length <= VERIFIED_BY_MAX).then_some(c)
        })
        .collect()
}

fn shown(
    tables: &Tables<'_>,
    number: ContactNumber,
    contact: ContactRecord,
) -> Result<Contact, Error> {
    let pair = match contact.pair {
        Some(pair) => Some(pairs::load(tables, pair)?.1),
        None => None,
    };
    let frozen = contact.frozen
        || pair
            .as_ref()
            .is_some_and(|pair| matches!(pair.status(), Status::Frozen(_)));
    let words = contact
        .words
        .as_deref()
        .and_then(|words| CheckWords::parse(words, Language::English).ok());
    Ok(Contact {
        number,
        role: contact.role,
        trust: match contact.verified {
            _ if frozen => Trust::Frozen,
            Some(on) => Trust::Verified { on },
            None => Trust::Unverified,
        },
        words,
        answered: contact.answered,
        renewing: pair
            .as_ref()
            .is_some_and(|pair| pair.is_repairing() && contact.answered),
        letters_left: pair
            .as_ref()
            .filter(|_| !frozen)
            .map_or(0, |pair| pair.window_left().saturating_sub(WINDOW_RESERVE)),
        must_begin: contact.pair.is_none(),
        name: contact.name,
    })
}
