//! What anybody may know who carries a bag.

use std::path::{Path, PathBuf};

use tidings_protocol::mailbag::Contents;

use super::files::{open_bags, told};
use crate::{Error, MailbagStep, MailbagWork, Progress};

/// A bag, as its files show it.
#[derive(Debug)]
pub struct BagView {
    /// First digits of its name: the same in every part.
    pub bag: String,
    /// How many parts it has.
    pub parts: u32,
    /// The parts that were given: number and file.
    pub there: Vec<(u32, PathBuf)>,
    /// Numbers of those that were not.
    pub missing: Vec<u32>,
    /// Bytes of all its files, missing ones included.
    pub bytes: u64,
    /// What is in it: relays, number of envelopes, number of chunks of each size. Not known without the first part.
    pub contents: Option<Contents>,
    /// Why it cannot be imported as it is: a part is missing or damaged.
    pub problem: Option<Error>,
}

/// Looks at the files of bags, in any order; every byte of a bag that is whole is compared with its checksums. Needs no account
/// and opens nothing.
///
/// # Errors
/// [`Error::Mailbag`] if a file is no mailbag, or is cut off; [`Error::Disk`].
pub fn inspect<P: AsRef<Path>>(
    paths: &[P],
    progress: &dyn Progress,
) -> Result<Vec<BagView>, Error> {
    let bags = open_bags(paths)?;
    let total: u64 = bags.iter().map(|bag| bag.layout().payload()).sum();
    let mut before = 0;
    let mut views = Vec::with_capacity(bags.len());
    for bag in &bags {
        let checked = bag.check(|done| {
            progress.mailbag(MailbagStep {
                work: MailbagWork::Check,
                done: before + done,
                total,
            });
        });
        before += bag.layout().payload();
        let count = bag.layout().count();
        let (contents, problem) = match checked {
            Ok(checked) => (Some(checked.contents), None),
            // What a damaged first part says is nothing to go by, but it is shown beside the damage.
            Err(error) => (bag.peek().unwrap_or(None), Some(told(bag, error))),
        };
        views.push(BagView {
            bag: bag.set().short(),
            parts: count,
            there: (1..=count)
                .filter_map(|number| Some((number, bag.source(number)?.0.clone())))
                .collect(),
            missing: bag.missing(),
            bytes: bag.layout().files_len(),
            contents,
            problem,
        });
    }
    Ok(views)
}
