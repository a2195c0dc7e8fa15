//! Pages that come back: read, set upright, cleaned, joined.

mod clean;
mod error;
mod flatten;
mod ink;
mod join;
pub mod limits;
mod marks;
mod mend;
mod page;
mod picture;
mod pile;
mod place;
mod plane;
mod raster;
mod read;
mod source;
mod symbol;

pub use error::{FileError, PageError, PictureError};
pub use ink::TickHint;
pub use join::{Bundle, Double, Joined, QueueReason, Queued, Route, Slip, join};
pub use page::{Finding, ScannedPage, Unread, scan_page};
pub use picture::{Picture, PictureFormat};
pub use pile::scan_source;
pub use raster::{Channels, Raster};
pub use source::Source;
