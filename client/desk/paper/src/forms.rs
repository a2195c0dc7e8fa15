//! The smaller forms: cover sheets, labels, manifests, the office's poster, the cover of a campaign.

mod campaign;
mod cover;
mod labels;
mod manifest;
mod poster;

pub use campaign::CampaignForm;
pub use cover::{CoverEntry, CoverForm};
pub use labels::{EnvelopeLabel, Label, LabelSheet, LabelsForm, ParcelLabel};
pub use manifest::{Contents, Handover, ManifestForm, ManifestParcel};
pub use poster::PosterForm;
