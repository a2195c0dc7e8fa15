//! One page: from pixels to what was read and the picture that is kept.

use super::{
    clean,
    error::PageError,
    flatten, ink,
    ink::TickHint,
    limits::READING_LONG_SIDE,
    picture::{self, Picture},
    place::{self, Place},
    plane,
    raster::Raster,
    read::{self, Reading},
    symbol,
};
use crate::{
    code::{CodeError, CodeKey, PageCode, PageKind},
    geometry::Paper,
};

/// What came of one page.
#[derive(Clone, Debug)]
pub struct ScannedPage {
    /// Where it belongs.
    pub finding: Finding,
    /// The page: upright and cropped to the sheet if its place was found, otherwise as it was scanned; cleaned either way.
    pub picture: Picture,
    /// Hints about the tick line; empty unless this is the first page of a reply sheet and lies square.
    pub ticks: Vec<TickHint>,
    /// Certainly nothing on it besides codes and marks. A ruled reply page is never blank in this sense.
    pub blank: bool,
    /// Tells the better of two scans of one page: larger is better. Means nothing by itself.
    pub quality: f64,
}

/// Where a page belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Finding {
    /// Every code on the page says the same, and it is proven.
    Proven(PageCode),
    /// A person has to say.
    Unread(Unread),
}

/// Why a page was not routed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// No code was found.
    NoCode,
    /// Codes were found and none is proven.
    Refused(Vec<CodeError>),
    /// Proven codes differ, or stand beside refused ones: two sheets in one picture, or something pasted over.
    Differ {
        /// What was proven.
        proven: Vec<PageCode>,
        /// What was refused.
        refused: Vec<CodeError>,
    },
}

/// Reads and cleans one page.
///
/// # Errors
/// [`PageError`] if the picture cannot be encoded; a page without a code is no error.
pub fn scan_page(raster: &Raster, keys: &[CodeKey]) -> Result<ScannedPage, PageError> {
    let grey = raster.grey().at_most(READING_LONG_SIDE);
    let mut reading = read::read_plainly(&grey, keys);
    if reading.is_empty() {
        // Half of a pile may be empty backs: what is certainly nothing has no code either, and needs no further looking.
        let bare = Bare::of(raster);
        if bare.blank {
            return bare.finished(Finding::Unread(Unread::NoCode));
        }
    }
    if reading.proven.is_empty() {
        place::seek_by_marks(&grey, keys, &mut reading);
    }
    if reading.proven.is_empty() {
        read::read_harder(&grey, keys, &mut reading);
    }
    if reading.proven.is_empty() {
        read_under_ink(raster, keys, &mut reading);
    }
    let paper = reading.proven.first().map(|proven| proven.code.paper());
    let place = paper.and_then(|paper| place::place(&grey, paper, &mut reading, keys));
    if let Some(paper) = paper {
        look_beside(&grey, paper, place.as_ref(), keys, &mut reading);
    }
    match (reading.agreed(), place) {
        (Some(code), Some(place)) => {
            let x = f64::from(raster.width()) / f64::from(grey.width());
            let y = f64::from(raster.height()) / f64::from(grey.height());
            let page = place.page.scaled(x, y);
            let clarity = reading
                .proven
                .iter()
                .map(|proven| symbol::clarity(&grey, proven.corners))
                .fold(0.0, f64::max);
            match flatten::flatten(raster, &page, code.paper()) {
                Some(flat) => {
                    let cleaned = cleaned(raster, &flat.raster, flat.density);
                    finished(code, &flat, &cleaned, place.anchors, clarity)
                }
                None => Bare::of(raster).finished(Finding::Proven(code)),
            }
        }
        (Some(code), None) => Bare::of(raster).finished(Finding::Proven(code)),
        (None, _) => Bare::of(raster).finished(Finding::Unread(reason(&reading))),
    }
}

/// Codes that somebody has written or spilt over, without what is lighter or more colourful than toner. What is refused on the way
/// is forgotten: it was seen through a stain.
fn read_under_ink(raster: &Raster, keys: &[CodeKey], reading: &mut Reading) {
    for white in [140, 90] {
        if !reading.proven.is_empty() {
            return;
        }
        let toner = raster.at_most(READING_LONG_SIDE).toner(white);
        let found = read::read_quickly(&toner, keys);
        reading.proven.extend(found.proven);
        if reading.proven.is_empty() {
            place::seek_by_marks(&toner, keys, reading);
        }
    }
}

/// How much of the picture the found sheet leaves where it may lie with another one: two sheets of A5 on the glass of A4 leave half.
/// Less than this has no room for a second one that could be read.
const BESIDE: f64 = 0.15;

/// PAPER-13: looks for sheets beside the one that was found. A page that nobody mentions would be a letter that vanishes.
fn look_beside(
    grey: &Raster,
    paper: Paper,
    place: Option<&Place>,
    keys: &[CodeKey],
    reading: &mut Reading,
) {
    let rest = match place {
        Some(place) => {
            let (across, down) = paper.size();
            let corners = [(0.0, 0.0), (across, 0.0), (across, down), (0.0, down)];
            let sheet = corners.map(|at| place.page.map(at));
            let all = f64::from(grey.width()) * f64::from(grey.height());
            if plane::area(sheet) > (1.0 - BESIDE) * all {
                return;
            }
            grey.without(sheet)
        }
        None => grey.clone(),
    };
    let beside = read::read_quickly(&rest, keys);
    reading.add(beside);
}

fn reason(reading: &Reading) -> Unread {
    let refused = reading.refused.clone();
    let mut proven: Vec<PageCode> = reading.proven.iter().map(|proven| proven.code).collect();
    proven.dedup();
    match (proven.is_empty(), refused.is_empty()) {
        (true, true) => Unread::NoCode,
        (true, false) => Unread::Refused(refused),
        (false, _) => Unread::Differ { proven, refused },
    }
}

/// A page whose place is known.
fn finished(
    code: PageCode,
    flat: &flatten::Flat,
    cleaned: &Raster,
    anchors: usize,
    clarity: f64,
) -> Result<ScannedPage, PageError> {
    let first_of_reply = code.kind() == PageKind::Reply && code.page() == 1;
    let ticks = if first_of_reply && anchors >= 2 {
        ink::ticks(cleaned, flat.density, code.paper())
    } else {
        Vec::new()
    };
    let bare = ink::without_print(cleaned, flat.density, code.paper());
    Ok(ScannedPage {
        finding: Finding::Proven(code),
        picture: picture::encode(cleaned)?,
        ticks,
        blank: ink::is_blank(&bare, flat.density),
        quality: flat.density.min(8.0) * flat.covered.powi(4) * clarity * (4 + anchors) as f64,
    })
}

/// A page whose place is not known: the picture as it is, with white paper.
struct Bare {
    cleaned: Raster,
    blank: bool,
}

impl Bare {
    fn of(raster: &Raster) -> Self {
        let small = raster.at_most(super::limits::PICTURE_LONG_SIDE);
        // As if it were A4 from edge to edge, which is right for scanners and near enough for photos.
        let density = f64::from(small.long_side()) / 297.0;
        let cleaned = cleaned(raster, &small, density);
        Self {
            blank: ink::is_blank(&cleaned, density),
            cleaned,
        }
    }

    fn finished(&self, finding: Finding) -> Result<ScannedPage, PageError> {
        Ok(ScannedPage {
            finding,
            blank: self.blank,
            picture: picture::encode(&self.cleaned)?,
            ticks: Vec::new(),
            quality: 0.0,
        })
    }
}

/// White paper; what came in black and white stays so, there is nothing to clean without harm.
fn cleaned(scanned: &Raster, page: &Raster, density: f64) -> Raster {
    if scanned.is_two_toned() {
        page.grey()
    } else {
        clean::clean(page, density)
    }
}
