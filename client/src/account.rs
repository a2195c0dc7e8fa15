//! One person's or one office's account: a folder with a vault, and everything that can be done with it.

use std::path::{Path, PathBuf};

use secrecy::SecretString;
use tidings_protocol::{
    language::Language,
    relay_identity::RelayAddress,
    time::{Day, UnixTime},
    words::CheckWords,
};

use crate::{
    CollectReport, Contact, ContactNumber, Draft, Error, Letter, LetterNumber, Progress, Renewal,
    SendReport, Verification, Waiting,
};

/// What a new account is made from.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// What this person or office calls itself; stands on the card of an office. At most 80 bytes, one line.
    pub name: String,
    /// Where its mailboxes are made.
    pub relay: RelayAddress,
    /// Languages in which it can be written to; stands on the card. Empty means all.
    pub languages: Vec<Language>,
}

/// An open account. One process at a time; methods may be called from several threads.
#[derive(Debug)]
pub struct Account {
    home: PathBuf,
}

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

/// What is known about an account.
#[derive(Debug, Clone)]
pub struct AccountStatus {
    /// Name of the account.
    pub name: String,
    /// Its folder.
    pub home: PathBuf,
    /// Its relay.
    pub relay: RelayAddress,
    /// Whether it has issued a card.
    pub office: Option<OfficeCard>,
    /// Number of contacts.
    pub contacts: u64,
    /// Letters received.
    pub received: u64,
    /// Letters written.
    pub sent: u64,
    /// Items that wait to be sent.
    pub waiting: u64,
    /// Envelopes that cannot be opened yet and are kept.
    pub parked: u64,
    /// When the relay was last reached.
    pub reached: Option<UnixTime>,
    /// Whether it was restored from a backup: contacts begin anew.
    pub restored: bool,
}

// The signatures stand before what is behind them, so that the command line can be written against them; each body
// replaces its refusal as the rooms of the core land.
#[allow(clippy::unused_async, reason = "signatures first")]
impl Account {
    /// Makes an account in `home`, which is created if it is not there and must not hold an account yet. Nothing is
    /// sent; what the relay must know waits in the outbox.
    ///
    /// # Errors
    /// [`Error::VaultExists`], [`Error::Name`], [`Error::Disk`].
    pub fn create(
        home: &Path,
        _passphrase: &SecretString,
        _new: NewAccount,
    ) -> Result<Self, Error> {
        Err(Error::VaultExists {
            home: home.to_owned(),
        })
    }

    /// Opens the account in `home`.
    ///
    /// # Errors
    /// [`Error::NoVault`], [`Error::WrongPassphrase`], [`Error::VaultBusy`] if another process has it open,
    /// [`Error::VaultDamaged`], [`Error::VaultVersion`].
    pub fn open(home: &Path, _passphrase: &SecretString) -> Result<Self, Error> {
        Err(Error::NoVault {
            home: home.to_owned(),
        })
    }

    /// Whether there is an account in `home`.
    #[must_use]
    pub fn exists(_home: &Path) -> bool {
        false
    }

    /// Destroys the account in `home`: first the key of the vault, without which the rest is noise, then the files.
    /// Needs no passphrase.
    ///
    /// # Errors
    /// [`Error::NoVault`], [`Error::VaultBusy`], [`Error::Disk`].
    pub fn wipe(home: &Path) -> Result<(), Error> {
        Err(Error::NoVault {
            home: home.to_owned(),
        })
    }

    /// Changes the passphrase. The vault itself is not rewritten: only its key is wrapped anew.
    ///
    /// # Errors
    /// [`Error::WrongPassphrase`], [`Error::Disk`].
    pub fn change_passphrase(&self, _old: &SecretString, _new: &SecretString) -> Result<(), Error> {
        Err(self.none())
    }

    /// Writes a backup to `path`, which must not exist: name, identity, contacts and letters, sealed under `passphrase`.
    /// What pairs remember is left out: two devices that go on from one state would endanger every later letter.
    ///
    /// # Errors
    /// [`Error::Disk`].
    pub fn export_backup(&self, _path: &Path, _passphrase: &SecretString) -> Result<(), Error> {
        Err(self.none())
    }

    /// Makes an account in `home` from a backup. Every contact begins anew with its next letter; an office sends nothing
    /// to a family before that family has written again.
    ///
    /// # Errors
    /// [`Error::VaultExists`], [`Error::WrongPassphrase`], [`Error::VaultDamaged`], [`Error::Disk`].
    pub fn restore(home: &Path, _backup: &Path, _passphrase: &SecretString) -> Result<Self, Error> {
        Err(Error::VaultExists {
            home: home.to_owned(),
        })
    }

    /// The folder.
    #[must_use]
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// What is known about the account.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn status(&self) -> Result<AccountStatus, Error> {
        Err(self.none())
    }

    /// The card of this office. The first call makes the account an office: identity, subkey, a mailbox for first
    /// letters and prekeys are made; [`Account::send`] tells the relay.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn card(&self) -> Result<OfficeCard, Error> {
        Err(self.none())
    }

    /// The card, if the account is an office.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn office(&self) -> Result<Option<OfficeCard>, Error> {
        Err(self.none())
    }

    /// Adds an office by its card's link, which may stand in the middle of a pasted message. Adding it again gives the contact that is there, with the newer card.
    ///
    /// # Errors
    /// [`Error::Card`], [`Error::NameTaken`].
    pub fn add_contact(&self, _card: &str, _name: Option<&str>) -> Result<Contact, Error> {
        Err(self.none())
    }

    /// Adds an office by the contents of its card file, with whose prekeys a first letter can be written offline.
    ///
    /// # Errors
    /// [`Error::CardFile`], [`Error::NameTaken`].
    pub fn add_contact_file(&self, _file: &[u8], _name: Option<&str>) -> Result<Contact, Error> {
        Err(self.none())
    }

    /// All contacts, oldest first.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn contacts(&self) -> Result<Vec<Contact>, Error> {
        Err(self.none())
    }

    /// The contact of this number or name.
    ///
    /// # Errors
    /// [`Error::NoContact`].
    pub fn find_contact(&self, name_or_number: &str) -> Result<Contact, Error> {
        Err(Error::NoContact {
            asked: name_or_number.to_owned(),
        })
    }

    /// Records that a person has verified the contact.
    ///
    /// # Errors
    /// [`Error::WordsDiffer`]; [`Error::NotAnOffice`] if words are compared with a family, which has none;
    /// [`Error::Frozen`].
    pub fn verify_contact(
        &self,
        _contact: ContactNumber,
        _verification: &Verification,
    ) -> Result<Contact, Error> {
        Err(self.none())
    }

    /// Gives the contact another name, on this device only.
    ///
    /// # Errors
    /// [`Error::Name`], [`Error::NameTaken`], [`Error::NoContact`].
    pub fn rename_contact(&self, _contact: ContactNumber, _name: &str) -> Result<Contact, Error> {
        Err(self.none())
    }

    /// Stops sending to the contact, for good: its device was taken, or somebody writes in its name.
    ///
    /// # Errors
    /// [`Error::NoContact`].
    pub fn freeze_contact(&self, _contact: ContactNumber) -> Result<Contact, Error> {
        Err(self.none())
    }

    /// Asks for new keys; or, after a freeze or a restored backup, begins anew with a new first contact and mailbox.
    ///
    /// # Errors
    /// [`Error::NoContact`]; [`Error::FamilyMustBegin`] if this office waits for a family to begin anew.
    pub fn renew_contact(&self, _contact: ContactNumber) -> Result<Renewal, Error> {
        Err(self.none())
    }

    /// Deletes the contact with its keys and letters here, and its mailbox at the relay.
    ///
    /// # Errors
    /// [`Error::NoContact`].
    pub fn forget_contact(&self, _contact: ContactNumber) -> Result<(), Error> {
        Err(self.none())
    }

    /// Writes a letter: prepares pictures, encrypts enclosures, and puts it into the outbox. Survives a kill at any
    /// moment, whole or not at all.
    ///
    /// # Errors
    /// [`Error::NoContact`], [`Error::Picture`], [`Error::Voice`], [`Error::Frozen`], [`Error::Letter`].
    pub fn write(&self, _to: ContactNumber, _draft: Draft) -> Result<Letter, Error> {
        Err(self.none())
    }

    /// Answers a letter that was received.
    ///
    /// # Errors
    /// Those of [`Account::write`], [`Error::NoLetter`], and [`Error::OwnLetter`].
    pub fn reply(&self, _to: LetterNumber, _draft: Draft) -> Result<Letter, Error> {
        Err(self.none())
    }

    /// All letters, in and out, by number.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn letters(&self) -> Result<Vec<Letter>, Error> {
        Err(self.none())
    }

    /// One letter.
    ///
    /// # Errors
    /// [`Error::NoLetter`].
    pub fn letter(&self, number: LetterNumber) -> Result<Letter, Error> {
        Err(Error::NoLetter { number })
    }

    /// The opened bytes of an enclosure, by its place in [`Letter::enclosures`].
    ///
    /// # Errors
    /// [`Error::NoLetter`], [`Error::NoEnclosure`], [`Error::NotFetched`].
    pub fn enclosure(&self, number: LetterNumber, _place: usize) -> Result<Vec<u8>, Error> {
        Err(Error::NoLetter { number })
    }

    /// Deletes a letter from this device: text, keys of its enclosures, their files. What is already at the relay still
    /// reaches the other side.
    ///
    /// # Errors
    /// [`Error::NoLetter`].
    pub fn forget_letter(&self, number: LetterNumber) -> Result<(), Error> {
        Err(Error::NoLetter { number })
    }

    /// What waits to be sent.
    ///
    /// # Errors
    /// Those of the vault.
    pub fn outbox(&self) -> Result<Vec<Waiting>, Error> {
        Err(self.none())
    }

    /// Sends what waits and is due; `hurry` tries also what is in a pause after a failure. Failures of single items are in the report,
    /// and later calls try again.
    ///
    /// # Errors
    /// Those of the vault only.
    pub async fn send(&self, _hurry: bool, _progress: &dyn Progress) -> Result<SendReport, Error> {
        Err(self.none())
    }

    /// Fetches new letters from all mailboxes, and their enclosures. What the relay refuses or garbles is in the
    /// report.
    ///
    /// # Errors
    /// Those of the vault only.
    pub async fn collect(&self, _progress: &dyn Progress) -> Result<CollectReport, Error> {
        Err(self.none())
    }

    /// Waits until a letter waits in a mailbox (true), or some minutes have passed (false). Then collect; the relay
    /// may lie.
    ///
    /// # Errors
    /// [`Error::Relay`] if it cannot be reached.
    pub async fn wait_for_letters(&self) -> Result<bool, Error> {
        Err(self.none())
    }

    fn none(&self) -> Error {
        Error::NoVault {
            home: self.home.clone(),
        }
    }
}
