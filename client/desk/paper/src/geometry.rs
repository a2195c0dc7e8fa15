//! Where things stand on a page: what the printer draws and what the scanner looks for (PAPER-9, PAPER-10, PAPER-11).
//!
//! Millimetres from the upper left corner of the paper, x to the right, y down.
//!
//! ```text
//!   ◎ mark                      code ▚     two codes in opposite corners: coffee, a torn corner
//!                                          or a fold spoils one of them;
//!                                          two marks in the others: four points square a page
//!   ▚ code   ☐  ☐  ☐  ☐  ticks  mark ◎
//! ```

/// Side of a machine code without its quiet zone: a module of 0.83 mm is 4.9 pixels at 150 dpi, and still 3.2 at the
/// 98 lines an inch of a fax.
pub const CODE_SIDE: f64 = 15.0;
/// White that is kept around a code: two modules and a little.
pub const CODE_QUIET: f64 = 2.0;
/// From the edges of the paper to the nearest sides of a code: office printers leave 4 to 5 mm blank.
pub const CODE_INSET: f64 = 8.0;
/// From the edges of the paper to the centre of a mark.
pub const MARK_INSET: f64 = 12.0;
/// Radius of a mark: a black ring from [`MARK_HOLE`] to here.
pub const MARK_RADIUS: f64 = 3.0;
/// Radius of the white in the ring.
pub const MARK_HOLE: f64 = 2.0;
/// Radius of the black dot in the middle.
pub const MARK_DOT: f64 = 1.0;
/// White that is kept around a mark.
pub const MARK_QUIET: f64 = 1.5;
/// Side of a tick box, outer edge of its line.
pub const TICK_SIDE: f64 = 5.0;
/// Width of the line around a tick box.
pub const TICK_LINE: f64 = 0.35;

/// Size of the paper. Portrait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Paper {
    /// 210 × 297 mm.
    A4,
    /// 148 × 210 mm.
    A5,
}

impl Paper {
    /// Width and height.
    #[must_use]
    pub const fn size(self) -> (f64, f64) {
        match self {
            Self::A4 => (210.0, 297.0),
            Self::A5 => (148.0, 210.0),
        }
    }
}

/// The corners that carry a code. Each code says in which it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Corner {
    /// Above, right.
    TopRight,
    /// Below, left.
    BottomLeft,
}

impl Corner {
    /// Both.
    pub const ALL: [Self; 2] = [Self::TopRight, Self::BottomLeft];
}

/// The corners that carry a registration mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mark {
    /// Above, left.
    TopLeft,
    /// Below, right.
    BottomRight,
}

impl Mark {
    /// Both.
    pub const ALL: [Self; 2] = [Self::TopLeft, Self::BottomRight];
}

/// What the captive ticks as received, on the first page of a reply sheet, in this order from the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tick {
    /// The letter.
    Letter,
    /// A photo.
    Photo,
    /// A drawing.
    Drawing,
    /// A parcel.
    Parcel,
}

impl Tick {
    /// All, in the order on the page.
    pub const ALL: [Self; 4] = [Self::Letter, Self::Photo, Self::Drawing, Self::Parcel];
}

/// An upright rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    /// Left side.
    pub x: f64,
    /// Upper side.
    pub y: f64,
    /// Across.
    pub width: f64,
    /// Down.
    pub height: f64,
}

/// Where the code of a corner stands, without its quiet zone (PAPER-9). Upright: the solid sides of the symbol are left and below.
#[must_use]
pub const fn code_area(paper: Paper, corner: Corner) -> Area {
    let (width, height) = paper.size();
    let (x, y) = match corner {
        Corner::TopRight => (width - CODE_INSET - CODE_SIDE, CODE_INSET),
        Corner::BottomLeft => (CODE_INSET, height - CODE_INSET - CODE_SIDE),
    };
    Area {
        x,
        y,
        width: CODE_SIDE,
        height: CODE_SIDE,
    }
}

/// Centre of a mark (PAPER-10).
#[must_use]
pub const fn mark_centre(paper: Paper, mark: Mark) -> (f64, f64) {
    let (width, height) = paper.size();
    match mark {
        Mark::TopLeft => (MARK_INSET, MARK_INSET),
        Mark::BottomRight => (width - MARK_INSET, height - MARK_INSET),
    }
}

/// Where a tick box stands, outer edges of its line (PAPER-11): level with the middle of the lower code, between it and the
/// lower mark, each followed by room for its words.
#[must_use]
pub const fn tick_area(paper: Paper, tick: Tick) -> Area {
    let (width, height) = paper.size();
    let first = CODE_INSET + CODE_SIDE + CODE_QUIET + 3.0;
    let end = width - MARK_INSET - MARK_RADIUS - MARK_QUIET - 2.0;
    let place = match tick {
        Tick::Letter => 0.0,
        Tick::Photo => 1.0,
        Tick::Drawing => 2.0,
        Tick::Parcel => 3.0,
    };
    Area {
        x: first + place * (end - first) / 4.0,
        y: height - CODE_INSET - CODE_SIDE / 2.0 - TICK_SIDE / 2.0,
        width: TICK_SIDE,
        height: TICK_SIDE,
    }
}
