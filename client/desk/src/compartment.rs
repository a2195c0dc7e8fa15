//! The compartment: what is sealed apart from the rest, so that opening the desk does not open it (DESK-36). Unit and rank of people,
//! and letters as they were before something was cut.
//!
//! Everybody can put something in, as it is sealed to a public key (suite 1, base mode); the private key is under a passphrase of
//! its own, `compartment.json`. Until a head has set that passphrase, the key lies with the desk's own, and the table of
//! permissions alone keeps people out.

use std::path::PathBuf;

use tidings_client::{SecretString, vault::WrappedKey};
use tidings_protocol::{
    secret::Secret,
    suite::{Encapsulation, KemPublic, KemSecret, decapsulate, encapsulate},
    time::UnixTime,
};
use zeroize::Zeroizing;

use rusqlite::Transaction;

use crate::{Action, Actor, Desk, Error, Subject, desk::random, settings};

const LABEL: &[u8] = b"tidings desk compartment v1";
/// The name of the setting that holds the public key.
const PUBLIC: &str = "compartment_public";
/// The name of the setting that holds the private key, until it has a passphrase.
const SEED: &str = "compartment_seed";

/// The open compartment: kept in memory for as long as somebody works with it.
pub struct Compartment(KemSecret);

impl std::fmt::Debug for Compartment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Compartment(…)")
    }
}

impl Desk {
    /// Whether the compartment has a passphrase of its own.
    #[must_use]
    pub fn compartment_has_passphrase(&self) -> bool {
        self.compartment_file().exists()
    }

    /// Gives the compartment a passphrase, or another one.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::ChangeSettings`], [`Error::WrongPassphrase`] if `old` is not the one it has.
    pub fn set_compartment_passphrase(
        &self,
        by: &Actor,
        old: Option<&SecretString>,
        new: &SecretString,
        now: UnixTime,
    ) -> Result<(), Error> {
        by.need(Action::ChangeSettings)?;
        let seed = self.compartment_seed(old)?;
        let wrapped = WrappedKey::wrap(&seed, new, self.cost)?;
        // The file first: a kill between leaves the key in both places, and the next passphrase clears it up.
        wrapped.save(&self.compartment_file())?;
        self.act(
            "setting a passphrase",
            by,
            Action::ChangeSettings,
            now,
            |sql, log| {
                sql.execute("DELETE FROM settings WHERE name = ?1", [SEED])?;
                log.add("compartment_passphrase_set", Subject::Office, "");
                Ok(())
            },
        )?;
        self.store.settle()
    }

    /// Opens the compartment.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::OpenCompartment`], [`Error::WrongPassphrase`], also if one is needed and none
    /// given.
    pub fn open_compartment(
        &self,
        by: &Actor,
        passphrase: Option<&SecretString>,
        now: UnixTime,
    ) -> Result<Compartment, Error> {
        by.need(Action::OpenCompartment)?;
        let seed = self.compartment_seed(passphrase)?;
        self.act(
            "opening the compartment",
            by,
            Action::OpenCompartment,
            now,
            |_, log| {
                log.add("compartment_opened", Subject::Office, "");
                Ok(())
            },
        )?;
        Ok(Compartment(KemSecret::from_seed(seed)))
    }

    fn compartment_seed(&self, passphrase: Option<&SecretString>) -> Result<Secret, Error> {
        if let Some(wrapped) = WrappedKey::load(&self.compartment_file())? {
            let passphrase = passphrase.ok_or(Error::WrongPassphrase)?;
            return wrapped.unwrap(passphrase).map_err(|error| match error {
                tidings_client::Error::WrongPassphrase => Error::WrongPassphrase,
                other => Error::Account(other),
            });
        }
        let seed: Option<[u8; 32]> = self.store.read("reading the compartment's key", |sql| {
            settings::get(sql, SEED)
        })?;
        seed.map(Secret::new).ok_or(Error::Damaged {
            what: "the compartment's key is missing",
        })
    }

    fn compartment_file(&self) -> PathBuf {
        self.home.join("compartment.json")
    }
}

/// Makes the key of a new desk's compartment.
pub(crate) fn found(sql: &Transaction<'_>) -> Result<(), Error> {
    let secret = KemSecret::random(&mut random());
    let public = secret.public().map_err(|_| broken())?;
    settings::put(sql, PUBLIC, &public.as_bytes().to_vec())?;
    settings::put(sql, SEED, secret.seed().expose())
}

/// Seals something into the compartment. `about` binds it to what it belongs to.
pub(crate) fn seal(sql: &Transaction<'_>, plain: &[u8], about: Subject) -> Result<Vec<u8>, Error> {
    let public: Vec<u8> = settings::get(sql, PUBLIC)?.ok_or_else(broken)?;
    let public = KemPublic::from_slice(&public).ok_or_else(broken)?;
    let (encapsulation, mut sealer) =
        encapsulate(&public, None, LABEL, &mut random()).map_err(|_| broken())?;
    let sealed = sealer
        .seal(plain, about.word().as_bytes())
        .map_err(|_| broken())?;
    Ok([&encapsulation.as_bytes()[..], &sealed].concat())
}

impl Compartment {
    /// Opens what [`seal`] made.
    pub(crate) fn open(&self, sealed: &[u8], about: Subject) -> Result<Zeroizing<Vec<u8>>, Error> {
        let (encapsulation, sealed) = sealed
            .split_at_checked(Encapsulation::LEN)
            .ok_or_else(broken)?;
        let encapsulation = Encapsulation::from_slice(encapsulation).ok_or_else(broken)?;
        let plain = decapsulate(&self.0, &encapsulation, None, LABEL)
            .and_then(|mut opener| opener.open(sealed, about.word().as_bytes()))
            .map_err(|_| broken())?;
        Ok(Zeroizing::new(plain))
    }
}

fn broken() -> Error {
    Error::Damaged {
        what: "what is in the compartment does not open",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Role,
        testing::{Office, START},
    };

    fn sealed(office: &Office, about: Subject) -> Vec<u8> {
        office
            .desk
            .store
            .read("testing", |sql| seal(sql, b"4th brigade", about))
            .unwrap()
    }

    #[test]
    fn what_is_sealed_opens_with_the_passphrase_only_and_where_it_belongs() {
        let office = Office::new();
        let desk = &office.desk;
        let about = Subject::Person(7);
        let before = sealed(&office, about);
        let pass: SecretString = "окреме слово".to_owned().into();
        let other: SecretString = "ще інше слово".to_owned().into();
        assert!(!desk.compartment_has_passphrase());
        desk.set_compartment_passphrase(&office.head, None, &pass, START)
            .unwrap();
        let open = |passphrase| desk.open_compartment(&office.head, passphrase, START);
        for wrong in [None, Some(&other)] {
            assert!(matches!(open(wrong), Err(Error::WrongPassphrase)));
        }
        let changed = desk.set_compartment_passphrase(&office.head, Some(&other), &pass, START);
        assert!(matches!(changed, Err(Error::WrongPassphrase)));
        let compartment = open(Some(&pass)).unwrap();
        for sealed in [before, sealed(&office, about)] {
            assert_eq!(&*compartment.open(&sealed, about).unwrap(), b"4th brigade");
            assert!(compartment.open(&sealed, Subject::Person(8)).is_err());
        }
        let reader = office.actor(Role::Reader);
        assert!(matches!(
            desk.open_compartment(&reader, Some(&pass), START),
            Err(Error::Forbidden { .. })
        ));
    }

    #[test]
    fn after_a_passphrase_the_desk_itself_holds_no_key() {
        let office = Office::new();
        let pass: SecretString = "окреме слово".to_owned().into();
        office
            .desk
            .set_compartment_passphrase(&office.head, None, &pass, START)
            .unwrap();
        let kept: Option<[u8; 32]> = office
            .desk
            .store
            .read("testing", |sql| settings::get(sql, SEED))
            .unwrap();
        assert!(kept.is_none());
    }
}
