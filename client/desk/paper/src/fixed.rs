//! The fixed points of coded pages, as the forms take them.

use serde_json::{Value, json};

use crate::code::{CodeKey, PageCode};
use crate::error::PaperError;
use crate::geometry::{
    Area, Corner, MARK_DOT, MARK_HOLE, MARK_RADIUS, Mark, Paper, code_area, mark_centre,
};
use crate::layout::folds;
use crate::symbol::Symbol;

/// Codes, marks and folds of a page of this size (PAPER-9, PAPER-10, SHEET-6).
pub(crate) fn points(paper: Paper) -> Value {
    let (width, height) = paper.size();
    json!({
        "width": width,
        "height": height,
        "codes": Corner::ALL.map(|corner| area(&code_area(paper, corner))),
        "marks": Mark::ALL.map(|mark| {
            let (x, y) = mark_centre(paper, mark);
            json!({ "x": x, "y": y })
        }),
        "radius": MARK_RADIUS,
        "hole": MARK_HOLE,
        "dot": MARK_DOT,
        "folds": folds(paper),
    })
}

/// The symbols of a page, in the order of [`Corner::ALL`].
pub(crate) fn page_codes(code: &PageCode, key: &CodeKey) -> Result<Value, PaperError> {
    let [upper, lower] = Corner::ALL.map(|corner| Symbol::data_matrix(&code.seal(corner, key)));
    Ok(json!([upper?, lower?]))
}

pub(crate) fn area(area: &Area) -> Value {
    json!({ "x": area.x, "y": area.y, "width": area.width, "height": area.height })
}
