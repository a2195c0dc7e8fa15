//! Mailbags: sealed post as files that people carry, where no network does (normative text: `docs/spec/mailbag.md`).
//!
//! [`Account::export_mailbag`] packs what waits in the outbox: the same sealed bytes that go over the network.
//! [`Account::import_mailbag`] takes what is for this account, the same way as what a relay gives out. Neither touches the
//! network. [`Account::deliver_mailbag`] leaves a bag at its relays, for a courier who has a line. [`inspect`] needs no account: it tells what anybody may know who carries the files.
//!
//! ```no_run
//! use tidings_client::{Account, ExportOrder, Silent};
//!
//! # async fn carry(account: &Account) -> Result<(), Box<dyn std::error::Error>> {
//! let order = ExportOrder { part_size: Some(8_000_000), ..ExportOrder::to_file("/media/stick/post.mailbag") };
//! let report = account.export_mailbag(&order, &Silent).await?;
//! println!("{} letters in {} files", report.letters.len(), report.files.len());
//! let brought = account.import_mailbag(&["/media/stick/answers.mailbag"], &Silent).await?;
//! println!("{} letters came", brought.collected.letters.len());
//! # Ok(()) }
//! ```

mod deliver;
mod export;
mod files;
mod import;
mod inspect;

pub(crate) use self::import::BagIndex;
pub use self::{
    deliver::DeliverReport,
    export::{ExportOrder, ExportReport},
    import::ImportReport,
    inspect::{BagView, inspect},
};
pub use crate::outbox::LeftOut;
