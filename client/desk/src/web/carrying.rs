//! Errands with mailbags: what a person waits for at a page, and what only the thread that makes the post's rounds can do, since
//! it alone works with the account's outbox.

use std::path::{Path, PathBuf};

use tidings_client::{Account, ContactNumber, ExportOrder, Progress};
use tokio::sync::oneshot;

use super::show;
use crate::{
    Actor, BagLetter, Desk, Error, MailbagMade, MailbagTaken,
    desk::{create_folder, random_bytes},
};

/// What is to be done, and where the outcome goes.
#[derive(Debug)]
pub(crate) enum Errand {
    /// Takes in a bag all of whose parts are there.
    Take {
        /// Who brought it.
        by: Actor,
        /// First digits of its name.
        name: String,
        /// Its files.
        parts: Vec<PathBuf>,
        /// Where the outcome goes.
        done: oneshot::Sender<Result<MailbagTaken, Error>>,
    },
    /// Packs one.
    Pack {
        /// Who asks for it.
        by: Actor,
        /// What goes into it.
        wish: Wish,
        /// Where its number goes.
        done: oneshot::Sender<Result<u64, Error>>,
    },
}

/// What goes into a bag.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    /// To whom; to everybody if empty.
    pub(crate) to: Vec<ContactNumber>,
    /// Bytes of a part, at most.
    pub(crate) part_size: u64,
    /// Leave out what was carried before.
    pub(crate) only_new: bool,
    /// Also what a relay has and nobody has confirmed.
    pub(crate) also_at_relay: bool,
}

impl Errand {
    /// Whether it packs what waits.
    pub(crate) fn packs(&self) -> bool {
        matches!(self, Self::Pack { .. })
    }

    /// Does it to the end, also when nobody waits for the outcome any more.
    pub(crate) async fn run(self, desk: &Desk, account: &Account, progress: &dyn Progress) {
        // Whoever asked has left the page: the next look at it shows what was done.
        match self {
            Self::Take {
                by,
                name,
                parts,
                done,
            } => {
                let taken = take((desk, account), &by, name, &parts, progress).await;
                let _ = done.send(taken);
            }
            Self::Pack { by, wish, done } => {
                let packed = pack((desk, account), &by, &wish, progress).await;
                let _ = done.send(packed);
            }
        }
    }
}

async fn take(
    (desk, account): (&Desk, &Account),
    by: &Actor,
    name: String,
    parts: &[PathBuf],
    progress: &dyn Progress,
) -> Result<MailbagTaken, Error> {
    desk.begin_carrying(by, show::now())?;
    let sizes = parts.iter().filter_map(|part| part.metadata().ok());
    let bytes = sizes.map(|metadata| metadata.len()).sum();
    let report = account.import_mailbag(parts, progress).await?;
    let came = desk.import(account, show::now())?;
    // Pictures of letters lie at the desk, those of messages in the account alone.
    let mut pictures = came.enclosures;
    for message in &came.messages {
        let enclosures = account.letter(*message)?.enclosures;
        pictures += enclosures.iter().filter(|it| it.fetched).count() as u64;
    }
    let letters = (came.letters.len() + came.messages.len()) as u64;
    let taken = MailbagTaken {
        name,
        parts: u32::try_from(parts.len()).unwrap_or(u32::MAX),
        bytes,
        letters,
        pictures,
        parked: report.collected.parked,
        others: report.others,
    };
    desk.mailbag_taken(by, &taken, show::now())?;
    Ok(taken)
}

async fn pack(
    (desk, account): (&Desk, &Account),
    by: &Actor,
    wish: &Wish,
    progress: &dyn Progress,
) -> Result<u64, Error> {
    desk.begin_carrying(by, show::now())?;
    let folder = data_encoding::HEXLOWER.encode(&random_bytes::<6>()?);
    let place = desk.made_mailbags().join(&folder);
    create_folder(&place)?;
    let packed = pack_into((desk, account), by, wish, (&place, folder), progress).await;
    if packed.is_err() {
        // Nothing in it counts; what cannot be removed goes with the next day.
        let _ = std::fs::remove_dir_all(&place);
    }
    packed
}

async fn pack_into(
    (desk, account): (&Desk, &Account),
    by: &Actor,
    wish: &Wish,
    (place, folder): (&Path, String),
    progress: &dyn Progress,
) -> Result<u64, Error> {
    let file = place.join(format!("post-{}.mailbag", show::today()));
    let order = ExportOrder {
        to: wish.to.clone(),
        part_size: Some(wish.part_size),
        only_new: wish.only_new,
        also_at_relay: wish.also_at_relay,
        ..ExportOrder::to_file(file)
    };
    let report = account.export_mailbag(&order, progress).await?;
    let packed = report.letters.into_iter().map(|letter| BagLetter {
        letter,
        left_out: None,
    });
    let left_out = report.left_out.into_iter().map(|it| BagLetter {
        letter: it.letter,
        left_out: Some(it.reason.code().to_owned()),
    });
    let made = MailbagMade {
        name: report.bag,
        parts: u32::try_from(report.files.len()).unwrap_or(u32::MAX),
        bytes: report.bytes,
        letters: packed.chain(left_out).collect(),
        notices: report.notices,
        folder,
    };
    desk.mailbag_made(by, &made, show::now())
}
