//! Offices: added by their card, each written to from a mailbox of its own.

use serde::{Deserialize, Serialize};
use tidings_protocol::{
    card::{CardFile, SignedCard, VerifiedCard},
    ids::{MailboxAddress, SigningPublic},
    language::Language,
    limits::REPLY_TO_MAX,
    pair::{Pair, ReplyTo},
    prekey::PrekeyRecord,
    relay_identity::RelayAddress,
    wire::{self, WireError},
    words::CheckWords,
};

use super::{Contact, ContactNumber, Role, contact_name, free_name, unused_name};
use crate::{
    Account, Error,
    account::{account, office},
    numbers::{next_contact, next_pair, take_mailbox},
    pairs,
    records::{ContactRecord, MailboxRecord, MailboxUse, PairNumber},
    surroundings::random,
    vault::Tables,
};

impl Account {
    /// Adds an office by its card's link, which may stand in the middle of a pasted message. An office that is there
    /// already takes the newer card and keeps the name that it has here, whatever `name` says:
    /// [`Account::rename_contact`] is for that.
    ///
    /// # Errors
    /// [`Error::Card`], [`Error::NameTaken`], [`Error::Name`], [`Error::NameLooks`], [`Error::NameDigits`].
    pub fn add_contact(&self, card: &str, name: Option<&str>) -> Result<Contact, Error> {
        self.add_office(&SignedCard::from_text(card)?.verify()?, None, name)
    }

    /// Adds an office by the contents of its card file, with whose prekeys a first letter can be written offline.
    ///
    /// # Errors
    /// [`Error::CardFile`], [`Error::NameTaken`], [`Error::Name`], [`Error::NameLooks`], [`Error::NameDigits`].
    pub fn add_contact_file(&self, file: &[u8], name: Option<&str>) -> Result<Contact, Error> {
        let file = CardFile::decode(file)?;
        let verified = file.verify()?;
        self.add_office(&verified.card, Some(file.prekeys), name)
    }

    fn add_office(
        &self,
        card: &VerifiedCard,
        shelf: Option<PrekeyRecord>,
        name: Option<&str>,
    ) -> Result<Contact, Error> {
        let name = name.map(contact_name).transpose()?;
        let identity = card.card().identity;
        // Slow on purpose: outside the transaction.
        let words = CheckWords::of(identity.as_bytes());
        let number = self.safe.transact(|tables| {
            if office(tables)?.is_some_and(|office| office.identity().public() == identity) {
                return Err(Error::OwnCard);
            }
            if let Some(shelf) = shelf {
                self.remember_prekeys(tables, &identity, shelf)?;
            }
            let contacts = tables.all::<ContactRecord>()?;
            if let Some((number, contact)) = known_office(&contacts, &identity)? {
                return refresh_office(tables, number, contact, card);
            }
            let name = match name {
                Some(name) => free_name(&contacts, name.as_str(), None).map(|()| name.into())?,
                None => unused_name(&contacts, card.card().name.as_str()),
            };
            let number = next_contact(tables)?;
            let mut contact = ContactRecord {
                name,
                role: Role::Office,
                card: Some(card.signed().clone()),
                words: Some(words.words(Language::English).join(" ")),
                verified: None,
                frozen: false,
                answered: false,
                last_plain: 0,
                pair: None,
            };
            contact.pair = Some(self.begin_pair(tables, number, identity)?);
            tables.put(&number, &contact)?;
            Ok(number)
        })?;
        self.contact(number)
    }

    /// A new pair with an office, with a mailbox of its own (SEAL-5).
    pub(super) fn begin_pair(
        &self,
        tables: &mut Tables<'_>,
        contact: ContactNumber,
        identity: SigningPublic,
    ) -> Result<PairNumber, Error> {
        let number = next_pair(tables)?;
        let mailbox = take_mailbox(tables, MailboxUse::Pair(number), self.now())?;
        let record = tables.need::<MailboxRecord>(&mailbox)?;
        let reply_to = ReplyAddress {
            relay: record.relay.clone(),
            mailbox: record.address(),
        };
        let hedge = account(tables)?.hedge;
        let (pair, tags) =
            Pair::first_contact(identity, reply_to.encode()?, None, &hedge, &mut random())?;
        pairs::save_new(tables, number, contact, Some(mailbox), &pair, &tags)?;
        Ok(number)
    }
}

/// Where an office answers, as it stands in a first letter (DELIVERY-1).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReplyAddress {
    pub(crate) relay: RelayAddress,
    pub(crate) mailbox: MailboxAddress,
}

impl ReplyAddress {
    pub(crate) fn encode(&self) -> Result<ReplyTo, Error> {
        let bytes = wire::encode("reply address", self)?;
        let got = bytes.len();
        ReplyTo::new(bytes).ok_or(Error::Wire(WireError::TooLong {
            what: "reply address",
            got,
            limit: REPLY_TO_MAX,
        }))
    }

    pub(crate) fn decode(reply_to: &ReplyTo) -> Result<Self, Error> {
        let bytes = reply_to.as_bytes();
        Ok(wire::decode::<_, { 2 * REPLY_TO_MAX }>(
            "reply address",
            bytes,
        )?)
    }
}

fn known_office(
    contacts: &[(ContactNumber, ContactRecord)],
    identity: &SigningPublic,
) -> Result<Option<(ContactNumber, ContactRecord)>, Error> {
    for (number, contact) in contacts {
        if contact.role == Role::Office && contact.card()?.card().identity == *identity {
            return Ok(Some((*number, contact.clone())));
        }
    }
    Ok(None)
}

/// CARD-11: a newer card takes the place of the older one.
fn refresh_office(
    tables: &mut Tables<'_>,
    number: ContactNumber,
    mut contact: ContactRecord,
    card: &VerifiedCard,
) -> Result<ContactNumber, Error> {
    if card.replaces(&contact.card()?) {
        contact.card = Some(card.signed().clone());
    }
    tables.put(&number, &contact)?;
    Ok(number)
}
