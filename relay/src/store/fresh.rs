//! Changes of the index that are not in its tables yet: in memory, in order, over what the tables say.
//!
//! The log holds them too, so they cost no journal and no sync: they reach the tables in one sorted run at a flush, and a
//! start reads them back from the log (STORE-3).

use std::{cmp::Ordering, collections::BTreeMap, iter, ops::Bound, sync::Arc};

use super::index::Changes;

/// A key and its new value, or that it is gone.
pub(super) type Changed<'a> = (&'a [u8], Option<&'a [u8]>);

/// A range of keys.
pub(super) type Keys = (Bound<Vec<u8>>, Bound<Vec<u8>>);

/// What was changed up to some moment: the last change of each key.
#[derive(Debug, Default)]
pub(super) struct Layer {
    changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    /// Bytes of keys and values ever put in: at least what it holds.
    bytes: usize,
}

impl Layer {
    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    fn get(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        self.changes.get(key).map(Option::as_deref)
    }

    fn range(&self, keys: &Keys) -> impl Iterator<Item = Changed<'_>> + use<'_> {
        self.changes
            .range::<Vec<u8>, _>((keys.0.as_ref(), keys.1.as_ref()))
            .map(|(key, value)| (key.as_slice(), value.as_deref()))
    }

    /// All changes, in the order of their keys.
    pub(super) fn iter(&self) -> impl Iterator<Item = Changed<'_>> {
        self.changes
            .iter()
            .map(|(key, value)| (key.as_slice(), value.as_deref()))
    }
}

/// At most two layers: the one that takes changes, and an older one on its way into the tables.
#[derive(Debug, Default)]
pub(super) struct Fresh {
    active: Layer,
    sealed: Option<Arc<Layer>>,
}

impl Fresh {
    /// Bytes of keys and values put into the layer that takes changes.
    pub(super) fn bytes(&self) -> usize {
        self.active.bytes
    }

    pub(super) fn apply(&mut self, changes: Changes) {
        for (key, value) in changes {
            self.active.bytes += key.len() + value.as_ref().map_or(0, Vec::len);
            self.active.changes.insert(key, value);
        }
    }

    /// What is known of `key` here: nothing, its value, or that it is gone.
    pub(super) fn get(&self, key: &[u8]) -> Option<Option<&[u8]>> {
        self.active
            .get(key)
            .or_else(|| self.sealed.as_ref()?.get(key))
    }

    /// The last change of every key in a range, in order.
    pub(super) fn range(&self, keys: &Keys) -> impl Iterator<Item = Changed<'_>> + use<'_> {
        let mut newer = self.active.range(keys).peekable();
        let older = self.sealed.as_ref().map(|layer| layer.range(keys));
        let mut older = older.into_iter().flatten().peekable();
        iter::from_fn(move || {
            let order = match (newer.peek(), older.peek()) {
                (Some((newer, _)), Some((older, _))) => newer.cmp(older),
                (None, Some(_)) => Ordering::Greater,
                (_, None) => Ordering::Less,
            };
            if order == Ordering::Equal {
                older.next();
            }
            if order == Ordering::Greater {
                older.next()
            } else {
                newer.next()
            }
        })
    }

    /// The layer to write into the tables, and whether it is all there is: one that an earlier flush left comes first.
    pub(super) fn seal(&mut self) -> (Arc<Layer>, bool) {
        if let Some(left) = &self.sealed {
            return (Arc::clone(left), false);
        }
        let sealed = Arc::new(std::mem::take(&mut self.active));
        self.sealed = Some(Arc::clone(&sealed));
        (sealed, true)
    }

    /// Forgets the sealed layer, which the tables hold now.
    pub(super) fn forget_sealed(&mut self) {
        self.sealed = None;
    }
}
