//! All pages of a file, on several threads.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Condvar, Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
        mpsc::sync_channel,
    },
    thread,
};

use super::{
    error::PageError,
    page::{ScannedPage, scan_page},
    source::Source,
};
use crate::code::CodeKey;

/// Stack of a worker: broken PDFs nest deeply.
const STACK: usize = 16 << 20;

/// Pages that may be done before the one whose turn it is, for each thread: one slow page does not hold up the others, and
/// memory stays bounded.
const AHEAD: usize = 4;

/// Scans the pages of a file from index `from` on (counted from 0) on `threads` threads and hands each over with its index, in
/// order, as soon as it and all before it are done. Memory holds a few pages for each thread, whatever the length of the file.
///
/// A page that fails is handed over with its error, and the others go on. [`ControlFlow::Break`] stops; pages that are being
/// worked on are then finished and thrown away.
pub fn scan_source(
    source: &Source,
    keys: &[CodeKey],
    from: usize,
    threads: NonZeroUsize,
    mut each: impl FnMut(usize, Result<ScannedPage, PageError>) -> ControlFlow<()>,
) {
    let turn = Turn::at(from);
    let next = AtomicUsize::new(from);
    let (sender, receiver) = sync_channel(threads.get());
    thread::scope(|scope| {
        for _ in 0..threads.get().min(source.pages().saturating_sub(from)) {
            let sender = sender.clone();
            let (turn, next) = (&turn, &next);
            let work = move || {
                // The worker owns its end of the channel, which closes when the last one is done.
                let sender = sender;
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= source.pages() || !turn.may_begin(index, AHEAD * threads.get()) {
                        break;
                    }
                    if sender.send((index, scan_one(source, index, keys))).is_err() {
                        break;
                    }
                }
            };
            let spawned = thread::Builder::new()
                .name("scan".to_owned())
                .stack_size(STACK)
                .spawn_scoped(scope, work);
            if spawned.is_err() {
                // Fewer threads are slower, none is told below.
                break;
            }
        }
        drop(sender);
        let mut early = BTreeMap::new();
        let mut handed = from;
        while let Ok((index, page)) = receiver.recv() {
            early.insert(index, page);
            while let Some(page) = early.remove(&handed) {
                let flow = each(handed, page);
                handed += 1;
                if flow.is_break() {
                    turn.end();
                    // Workers that wait to hand something over find nobody.
                    drop(receiver);
                    return;
                }
                turn.is_at(handed);
            }
        }
        // No thread could be started: this one does the work.
        while handed < source.pages() {
            if each(handed, scan_one(source, handed, keys)).is_break() {
                return;
            }
            handed += 1;
        }
    });
}

/// Whose turn it is to be handed over; workers that are too far ahead wait for it.
struct Turn {
    /// The index, or none once nothing more is wanted.
    at: Mutex<Option<usize>>,
    moved: Condvar,
}

impl Turn {
    fn at(index: usize) -> Self {
        Self {
            at: Mutex::new(Some(index)),
            moved: Condvar::new(),
        }
    }

    fn is_at(&self, index: usize) {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner) = Some(index);
        self.moved.notify_all();
    }

    fn end(&self) {
        *self.at.lock().unwrap_or_else(PoisonError::into_inner) = None;
        self.moved.notify_all();
    }

    /// Waits until `index` is at most `ahead` pages away; `false` once nothing more is wanted. Indices are taken in order, so
    /// that the page whose turn it is never waits.
    fn may_begin(&self, index: usize, ahead: usize) -> bool {
        let at = self.at.lock().unwrap_or_else(PoisonError::into_inner);
        self.moved
            .wait_while(at, |at| at.is_some_and(|at| index > at + ahead))
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
    }
}

/// One page, whatever happens in it.
fn scan_one(source: &Source, index: usize, keys: &[CodeKey]) -> Result<ScannedPage, PageError> {
    let raster = source.page(index)?;
    catch_unwind(AssertUnwindSafe(|| scan_page(&raster, keys)))
        .unwrap_or(Err(PageError::Contradiction))
}
