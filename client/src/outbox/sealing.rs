//! Sealing a letter that is to be sent: at once if that is possible, else when the office's prekeys have come (SEAL-15).

use tidings_protocol::pair::{Purpose, RecipientPrekey, SealContext};

use super::upload::keep;
use crate::{
    Account, ContactNumber, Error, LetterState, Warning,
    account::account,
    pairs,
    records::{
        Delivery, JobNumber, LetterIdRecord, LetterKey, LetterRecord, PrekeysRecord, SealedRecord,
    },
    surroundings::random,
    vault::Tables,
};

impl Account {
    /// Seals a letter that could not be sealed when it was written, for want of a prekey.
    pub(super) async fn seal(
        &self,
        number: JobNumber,
        delivery: &mut Delivery,
        contact: ContactNumber,
    ) -> Result<(), Error> {
        let sealed = self.safe.transact(|tables| {
            let sealed = self.try_seal(tables, delivery)?;
            if sealed {
                keep(tables, number, delivery)?;
            }
            Ok(sealed)
        })?;
        if sealed {
            return Ok(());
        }
        self.fetch_prekeys(contact).await?;
        self.safe.transact(|tables| {
            if self.try_seal(tables, delivery)? {
                keep(tables, number, delivery)
            } else {
                Err(Error::NoPrekey)
            }
        })
    }

    /// Seals a letter within the transaction that stores it; false if a prekey is missing or has expired.
    pub(crate) fn try_seal(
        &self,
        tables: &mut Tables<'_>,
        delivery: &mut Delivery,
    ) -> Result<bool, Error> {
        let (record, pair) = pairs::load(tables, delivery.pair)?;
        let clocks = self.clocks(tables)?;
        let hedge = account(tables)?.hedge;
        let shelf = if pair.needs_prekey() {
            match tables.get::<PrekeysRecord>(pair.desk())? {
                Some(shelf) => Some(shelf),
                None => return Ok(false),
            }
        } else {
            None
        };
        let prekeys = shelf
            .as_ref()
            .map(|shelf| shelf.shelf.verify(pair.desk()))
            .transpose()?;
        let highest = shelf.as_ref().and_then(|shelf| shelf.highest);
        let chosen = prekeys
            .as_ref()
            .map(|prekeys| {
                prekeys.choose(clocks, highest.map(tidings_protocol::prekey::PrekeyEpoch))
            })
            .transpose();
        let Ok(chosen) = chosen else {
            return Ok(false);
        };
        // The clock by which the prekey was chosen: the core compares its end once more.
        let now = match &chosen {
            Some(chosen) if chosen.clock_doubt => clocks
                .day()
                .start()
                .max(chosen.prekey.epoch().first_day().start())
                .min(chosen.prekey.epoch().end()),
            _ => self.now(),
        };
        if chosen.as_ref().is_some_and(|chosen| chosen.clock_doubt) {
            self.connections.warn(Warning::ClocksDiffer);
        }
        let context = SealContext {
            prekey: chosen.as_ref().map(|chosen| RecipientPrekey {
                epoch: chosen.prekey.epoch().0,
                key: chosen.prekey.key(),
                not_after: chosen.prekey.epoch().end(),
            }),
            vault_secret: &hedge,
            purpose: if delivery.digest {
                Purpose::Digest
            } else {
                Purpose::Letter
            },
            id: None,
            now,
        };
        let content = self.content_for(tables, delivery, &pair)?;
        let (next, sealed) = pair.seal(&content, context, &mut random())?;
        let contact = record.contact;
        pairs::save(tables, delivery.pair, record, &next)?;
        pairs::index(tables, delivery.pair, &sealed.tags)?;
        if let (Some(shelf), Some(chosen)) = (shelf, &chosen) {
            let highest = Some(chosen.prekey.epoch().0);
            tables.put(next.desk(), &PrekeysRecord { highest, ..shelf })?;
        }
        let mut letter = tables.need::<LetterRecord>(&delivery.letter)?;
        letter.id = Some(sealed.id);
        letter.state = LetterState::SEALED.word().to_owned();
        tables.put(&delivery.letter, &letter)?;
        tables.put(
            &LetterKey(contact, sealed.id),
            &LetterIdRecord(delivery.letter),
        )?;
        delivery.sealed = Some(SealedRecord {
            envelope: sealed.envelope.as_bytes().to_vec(),
            position: sealed.position,
        });
        Ok(true)
    }
}
