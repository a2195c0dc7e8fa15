//! The office's desk: letters become paper and paper becomes letters.
//!
//! [`Desk`] is the door to everything that an office keeps besides its account: operators and what they did, letters on their
//! way, parcels, replies, the register of people. It knows no page and no network. What it needs of the account is the
//! trait [`Post`], which [`tidings_client::Account`] implements.
//!
//! # Driving contract
//!
//! Every function is synchronous and may be called from several threads. The time comes as an argument, as does who
//! acts: an [`Actor`], which only a session gives ([`Desk::actor`]). What somebody may do is decided in one table,
//! [`may`], and every function asks it by itself; what somebody did stands in the log of the same transaction. A
//! function that returns `Ok` has stored what it did so that power loss does not undo it; after an `Err`, or a kill, it has
//! done nothing.
//!
//! | room | what it does |
//! |---|---|
//! | `store` | one encrypted database, one writer, the versions of its tables |
//! | `settings` | what the office decided about itself |
//! | `operators` | accounts, roles, passwords, second factors, sessions |
//! | `audit` | who did what to which letter, so that changing it shows |
//! | `letters` | taking in, states, lists, search, opening |
//! | `review` | passing, cutting, holding, refusing; routes, clocks |
//! | `lists` | lists from other offices: parcels of a campaign, people of the register |
//! | `mailbags` | post that people carry: bags taken in, bags made, and which letters were in them |
//! | `messages` | what families write to the office, and what a person answers |
//! | `compartment` | what is sealed apart: originals of cut letters, units and ranks |
//! | `printing` | jobs of the printer, sheet numbers |
//! | `parcels` | campaigns, lists, packing, seals, counts, manifests |
//! | `replies` | scanned pages, the queue of unread ones, replies to families |
//! | `register` | people, tracing requests, matches, those who came home |
//! | `figures` | counts, and a report that names nobody |
//! | `retention`, `backup` | erasing in time, backing up, restoring |
//! | `notes` | telling families, with the grade of evidence |
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        reason = "a test stops at the first surprise"
    ),
    allow(
        clippy::single_range_in_vec_init,
        clippy::reversed_empty_ranges,
        reason = "a cut is a range, also one that is none"
    )
)]

mod audit;
mod backup;
mod compartment;
mod desk;
mod error;
mod figures;
mod folding;
#[cfg(test)]
mod killed;
mod letters;
mod lists;
mod mailbags;
mod messages;
mod notes;
mod operators;
mod parcels;
mod post;
mod printing;
mod register;
mod replies;
mod retention;
mod review;
mod settings;
mod store;
#[cfg(test)]
mod testing;
pub mod web;

pub use self::{
    audit::{AuditFault, AuditFilter, AuditHead, AuditReport, Entry, Subject},
    backup::{back_up_office, back_up_office_alone, restore_office},
    compartment::Compartment,
    desk::{Desk, FirstRun},
    error::Error,
    figures::{Figures, ReportLine, SMALL_COUNT},
    letters::{
        Cursor, EnclosureInfo, Evidence, ImportReport, LetterCounts, LetterFilter, LetterPage,
        LetterRow, OpenedLetter, Opening, Order, Picture, Returned, State, Step, Tracked,
    },
    lists::{ListRow, Reading, RowError, RowFault, parcel_list, people_list},
    mailbags::{BagLetter, Made, MailbagMade, MailbagTaken, Taken as BagTaken},
    messages::Message,
    notes::{NoteRow, NotesReport, Template},
    operators::{
        Action, Actor, NewOperator, Operator, OperatorId, RecoveryCodes, Role, Roles, SecondFactor,
        SignIn, Token, may,
    },
    parcels::{
        Campaign, Count, Manifest, ManifestCheck, ManifestRow, ManifestWords, PackScan, Parcel,
        ParcelLetter, Sealing, Stage, check_manifest, verify_manifest,
    },
    post::Post,
    printing::{
        Document, JobState, PRINT_JOB_MAX, PaperSize, Press, PressError, PrintJob, PrintLetter,
        PrintListed,
    },
    register::{
        AnswersReport, Holds, ListedPerson, PersonCandidate, PersonForm, PersonPast, PersonRow,
        Request, RequestForm, RouteLoss, ServiceDetails, StateEntry, Tick,
    },
    replies::{
        Aside, BoxTick, PageFound, PageImage, PageRead, PageState, QueuedPage, ReadError, Reader,
        RepliesReport, Reply, ReplyPage, ReplyState, SCAN_FILE_MAX, Scan, ScanFolder, ScanPage,
        ScanPageState, ScanReport, ScannedFile, SheetOwner, Taken,
    },
    retention::{Due, ErasureReport, Kept},
    review::{
        Clock, ClockKind, ClockLevel, Cuts, HoldReason, QUOTA_FLOOR, Quota, RefusalReason, Route,
        RuleBreak,
    },
    settings::{KEEP_DAYS_MAX, Settings},
    store::PageFault,
};
