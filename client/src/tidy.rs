//! What happens by itself: the daily work, and what a person should know about the clocks.

use tidings_protocol::{
    limits::{DAY_SECONDS, KEY_LIFE_DAYS},
    time::Day,
};

use crate::{
    Account, Error, Warning,
    account::account,
    pairs,
    records::{AccountRecord, HeldRecord, PairRecord, ParkedRecord, RelayRecord, SeenRecord},
    vault::Tables,
};

impl Account {
    /// Begins a work of sending or collecting: the relay is asked for its day once a day, so that what happens by the
    /// calendar does not lean on a clock that may be a year off; then the daily work. Gives why the relay was not reached.
    ///
    /// # Errors
    /// Those of the vault only.
    pub(crate) async fn begin_work(&self) -> Result<Option<Error>, Error> {
        let (relay, fresh) = self.safe.read(|tables| {
            let relay = account(tables)?.relay;
            let record = tables.get::<RelayRecord>(&relay.root)?;
            Ok((
                relay,
                record.is_some_and(|record| record.is_fresh(self.now())),
            ))
        })?;
        let mut failure = None;
        if !fresh && let Err(error) = self.connections.reach(&relay).await {
            if error.is_of_the_vault() {
                return Err(error);
            }
            failure = Some(error);
        }
        self.tidy()?;
        Ok(failure)
    }

    /// Rotates keys, wipes what is past its time. Once a day, by the clock to act upon;
    /// what deletes waits for a day on which both clocks agree, so that a telephone that jumped by a year loses nothing
    /// (DELIVERY-9).
    pub(crate) fn tidy(&self) -> Result<(), Error> {
        self.safe.transact(|tables| {
            let clocks = self.clocks(tables)?;
            let today = clocks.day();
            let record = account(tables)?;
            if record.tidied == today {
                return Ok(());
            }
            self.rotate(tables, clocks)?;
            let sure = clocks.relay.is_some() && !clocks.disagree();
            if sure {
                self.expire(tables, today)?;
            }
            if sure {
                let record = account(tables)?;
                let tidied = today;
                tables.put(&(), &AccountRecord { tidied, ..record })?;
            }
            Ok(())
        })
    }

    fn expire(&self, tables: &mut Tables<'_>, today: Day) -> Result<(), Error> {
        let past = |since: Day| since.plus(KEY_LIFE_DAYS) < today;
        for (number, record) in tables.all::<PairRecord>()? {
            if record.until.is_some_and(|until| until < today) {
                pairs::delete(tables, number, self.now())?;
                continue;
            }
            let (record, pair) = pairs::load(tables, number)?;
            let (next, tags) = pair.expire(self.now());
            pairs::save(tables, number, record, &next)?;
            pairs::index(tables, number, &tags)?;
        }
        for (key, record) in tables.all::<ParkedRecord>()? {
            if past(record.since) {
                tables.remove::<ParkedRecord>(&key)?;
            }
        }
        for (id, record) in tables.all::<HeldRecord>()? {
            if past(record.since) {
                // Its file is an orphan now, and goes when the account is opened the next time.
                tables.remove::<HeldRecord>(&id)?;
            }
        }
        for (hash, record) in tables.all::<SeenRecord>()? {
            // Those of first letters go with their prekeys.
            if record.prekey_epoch.is_none() && past(record.since) {
                tables.remove::<SeenRecord>(&hash)?;
            }
        }
        Ok(())
    }

    /// What a person should know.
    pub(crate) fn warnings(&self) -> Result<Vec<Warning>, Error> {
        let mut warnings = self.connections.take_warnings();
        let (restored_lately, copied) = self.safe.read(|tables| {
            let account = account(tables)?;
            let lately = self.now() < account.created.plus(30 * DAY_SECONDS);
            Ok((account.restored && lately, account.copied.is_some()))
        })?;
        if copied {
            warnings.push(Warning::Copied);
        }
        if restored_lately {
            warnings.push(Warning::Restored);
        }
        Ok(warnings)
    }
}
