//! Prekeys of offices that have not answered yet.

use tidings_protocol::{
    exchange::{Answer, Request},
    ids::SigningPublic,
    prekey::PrekeyRecord,
};

use crate::{
    Account, ContactNumber, Error,
    account::contact_of,
    connections::Purpose,
    pairs,
    records::{ContactRecord, PrekeysRecord},
    vault::Tables,
};

/// Prekeys are fetched again after this time, in seconds: well before a letter, not just before it.
const PREKEYS_AGE: u64 = 20 * 3_600;

impl Account {
    /// Fetches the prekeys of offices that have not answered yet, now and then: not just before a letter, so that the two
    /// are not linked by time.
    pub(crate) async fn refresh_prekeys(&self) -> Vec<Error> {
        let now = self.now();
        let stale = self.safe.read(|tables| {
            let mut stale = Vec::new();
            for (number, contact) in tables.all::<ContactRecord>()? {
                let Some(pair) = contact.pair else { continue };
                if !pairs::load(tables, pair)?.1.needs_prekey() || contact.frozen {
                    continue;
                }
                let identity = contact.card()?.card().identity;
                let known = tables.get::<PrekeysRecord>(&identity)?;
                if known.is_none_or(|known| known.fetched.plus(PREKEYS_AGE) < now) {
                    stale.push(number);
                }
            }
            Ok(stale)
        });
        match stale {
            Ok(stale) => {
                let mut failures = Vec::new();
                for contact in stale {
                    failures.extend(self.fetch_prekeys(contact).await.err());
                }
                failures
            }
            Err(error) => vec![error],
        }
    }

    pub(super) async fn fetch_prekeys(&self, number: ContactNumber) -> Result<(), Error> {
        let contact = self.safe.read(|tables| contact_of(tables, number))?;
        let card = contact.card()?;
        let (address, identity) = (card.card().address, card.card().identity);
        let mut failure = Error::NoPrekey;
        for relay in &card.card().relays {
            let asked = self
                .connections
                .ask(
                    relay,
                    Purpose::Prekeys(address),
                    &Request::FetchPrekeys { address },
                    b"",
                )
                .await;
            let shelf = match asked {
                Ok((Answer::Prekeys { record, .. }, _)) => PrekeyRecord::decode(&record)
                    .and_then(|shelf| shelf.verify(&identity).map(|_| shelf))
                    .map_err(Error::from),
                Ok(_) => Err(Error::RelayAnswer {
                    expected: "prekeys",
                }),
                Err(error) => Err(error),
            };
            match shelf {
                Ok(shelf) => {
                    return self
                        .safe
                        .transact(|tables| self.remember_prekeys(tables, &identity, shelf));
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// Keeps prekeys that were verified, unless newer ones are known: a relay that shows an old shelf changes nothing.
    pub(crate) fn remember_prekeys(
        &self,
        tables: &mut Tables<'_>,
        identity: &SigningPublic,
        shelf: PrekeyRecord,
    ) -> Result<(), Error> {
        let newest = |shelf: &PrekeyRecord| -> Result<_, Error> {
            let verified = shelf.verify(identity)?;
            Ok(verified.prekeys().last().map(|prekey| prekey.epoch()))
        };
        let known = tables.get::<PrekeysRecord>(identity)?;
        let highest = known.as_ref().and_then(|known| known.highest);
        let shelf = match known {
            Some(known) if newest(&known.shelf)? > newest(&shelf)? => known.shelf,
            _ => shelf,
        };
        let fetched = self.now();
        tables.put(
            identity,
            &PrekeysRecord {
                shelf,
                fetched,
                highest,
            },
        )
    }
}
