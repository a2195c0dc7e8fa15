//! All pages of a file, on several threads.

use std::{
    num::NonZeroUsize,
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
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

/// Scans all pages of a file on `threads` threads and hands each over, with its index from 0, as soon as it is done: nearly in
/// order, not quite. Memory holds one page for each thread and a few finished ones, whatever the length of the file.
///
/// A page that fails is handed over with its error, and the others go on. [`ControlFlow::Break`] stops; pages that are being
/// worked on are then finished and thrown away.
pub fn scan_source(
    source: &Source,
    keys: &[CodeKey],
    threads: NonZeroUsize,
    mut each: impl FnMut(usize, Result<ScannedPage, PageError>) -> ControlFlow<()>,
) {
    let next = AtomicUsize::new(0);
    let stopped = AtomicBool::new(false);
    let (sender, receiver) = sync_channel(threads.get());
    thread::scope(|scope| {
        for _ in 0..threads.get().min(source.pages()) {
            let sender = sender.clone();
            let work = || {
                // The worker owns its end of the channel, which closes when the last one is done.
                let sender = sender;
                while !stopped.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= source.pages() {
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
        let mut handed = 0;
        while let Ok((index, page)) = receiver.recv() {
            handed += 1;
            if each(index, page).is_break() {
                stopped.store(true, Ordering::Relaxed);
                // Workers that wait to hand something over find nobody.
                drop(receiver);
                return;
            }
        }
        // No thread could be started: this one does the work.
        while handed == 0 && next.load(Ordering::Relaxed) < source.pages() {
            let index = next.fetch_add(1, Ordering::Relaxed);
            if each(index, scan_one(source, index, keys)).is_break() {
                return;
            }
        }
    });
}

/// One page, whatever happens in it.
fn scan_one(source: &Source, index: usize, keys: &[CodeKey]) -> Result<ScannedPage, PageError> {
    let raster = source.page(index)?;
    catch_unwind(AssertUnwindSafe(|| scan_page(&raster, keys)))
        .unwrap_or(Err(PageError::Contradiction))
}
