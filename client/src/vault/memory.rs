//! A vault in memory, for tests and as the model of what a snapshot in a browser holds.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::{Row, Table, Transaction, Vault};
use crate::Error;

type Rows = BTreeMap<(Table, Vec<u8>), Zeroizing<Vec<u8>>>;

/// Tables in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryVault {
    rows: Rows,
}

struct MemoryTransaction<'a> {
    vault: &'a mut MemoryVault,
    rows: Rows,
}

impl Vault for MemoryVault {
    fn begin(&mut self) -> Result<Box<dyn Transaction + '_>, Error> {
        let rows = self.rows.clone();
        Ok(Box::new(MemoryTransaction { vault: self, rows }))
    }
}

impl Transaction for MemoryTransaction<'_> {
    fn get(&self, table: Table, key: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        Ok(self.rows.get(&(table, key.to_vec())).cloned())
    }

    fn put(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Error> {
        self.rows
            .insert((table, key.to_vec()), Zeroizing::new(value.to_vec()));
        Ok(())
    }

    fn remove(&mut self, table: Table, key: &[u8]) -> Result<(), Error> {
        self.rows.remove(&(table, key.to_vec()));
        Ok(())
    }

    fn scan(&self, table: Table, from: &[u8], limit: usize) -> Result<Vec<Row>, Error> {
        Ok(self
            .rows
            .range((table, from.to_vec())..)
            .take_while(|((of, _), _)| *of == table)
            .take(limit)
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect())
    }

    fn count(&self, table: Table) -> Result<u64, Error> {
        Ok(self.rows.keys().filter(|(of, _)| *of == table).count() as u64)
    }

    fn commit(self: Box<Self>) -> Result<(), Error> {
        let Self { vault, rows } = *self;
        vault.rows = rows;
        Ok(())
    }
}
