//! The smaller forms: cover sheets, labels, manifests, the office's poster, the cover of a campaign,
//! reports.

mod campaign;
mod cover;
mod labels;
mod manifest;
mod poster;
mod report;

pub use campaign::CampaignForm;
pub use cover::{CoverEntry, CoverForm};
pub use labels::{EnvelopeLabel, Label, LabelSheet, LabelsForm, PARCEL_NUMBER_MAX, ParcelLabel};
pub use manifest::{BLANK_HANDOVERS_MAX, Contents, Handover, ManifestForm, ManifestParcel, Signed};
pub use poster::PosterForm;
pub use report::ReportForm;
