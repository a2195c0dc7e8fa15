//! Machine codes as outlines: crisp at every resolution, small in the document.

use datamatrix::placement::PathSegment;
use datamatrix::{DataMatrix, EncodationType, SymbolSize};
use serde::Serialize;

use crate::error::PaperError;

/// Modules along a side of the code on pages: 16 bytes fill this Data Matrix (PAPER-8).
const CODE_MODULES: u32 = crate::code::MODULES as u32;

/// The outline of a symbol in modules, to be filled by the even-odd rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Symbol {
    /// Modules along a side.
    pub(crate) modules: u32,
    /// Closed loops of corners.
    pub(crate) loops: Vec<Vec<[i32; 2]>>,
}

impl Symbol {
    /// A Data Matrix of 18 × 18 modules (PAPER-8): always the same size, whatever the bytes.
    pub(crate) fn data_matrix(bytes: &[u8]) -> Result<Self, PaperError> {
        let matrix = DataMatrix::encode(bytes, SymbolSize::Square18)
            .map_err(|_| PaperError::Code { got: bytes.len() })?;
        Ok(Self::traced(CODE_MODULES, &matrix))
    }

    /// A Data Matrix of digits for the desk's own labels, of the size that they need.
    pub(crate) fn data_matrix_of_text(text: &str) -> Result<Self, PaperError> {
        let sizes = datamatrix::SymbolList::default().enforce_square();
        let matrix = datamatrix::DataMatrixBuilder::new()
            .with_symbol_list(sizes)
            .with_encodation_types(EncodationType::Ascii)
            .encode(text.as_bytes())
            .map_err(|_| PaperError::Code { got: text.len() })?;
        let modules = u32::try_from(matrix.bitmap().width()).unwrap_or(CODE_MODULES);
        Ok(Self::traced(modules, &matrix))
    }

    fn traced(modules: u32, matrix: &DataMatrix) -> Self {
        let (mut x, mut y) = (0, 0);
        let mut loops = vec![vec![[x, y]]];
        for segment in matrix.bitmap().path() {
            match segment {
                PathSegment::Move(dx, dy) => {
                    x += i32::from(dx);
                    y += i32::from(dy);
                    loops.push(vec![[x, y]]);
                    continue;
                }
                PathSegment::Horizontal(dx) => x += i32::from(dx),
                PathSegment::Vertical(dy) => y += i32::from(dy),
                PathSegment::Close => {
                    // As in SVG, the pen is back where the loop began.
                    if let Some([start_x, start_y]) =
                        loops.last().and_then(|corners| corners.first())
                    {
                        (x, y) = (*start_x, *start_y);
                    }
                    continue;
                }
            }
            if let Some(corners) = loops.last_mut() {
                corners.push([x, y]);
            }
        }
        Self { modules, loops }
    }

    /// A QR code with the highest correction that keeps a card's link readable from a poster.
    pub(crate) fn qr(text: &str) -> Result<Self, PaperError> {
        let code = [qrcode::EcLevel::M, qrcode::EcLevel::L]
            .into_iter()
            .find_map(|level| {
                qrcode::QrCode::with_error_correction_level(text.as_bytes(), level).ok()
            })
            .ok_or(PaperError::Qr { got: text.len() })?;
        let side = code.width();
        let dark = code.to_colors();
        let mut loops = Vec::new();
        // One box for each run of dark modules in a row: QR has more modules than outlines would save.
        for (y, row) in (0_i32..).zip(dark.chunks(side)) {
            let mut x = 0_i32;
            for run in row.chunk_by(|a, b| a == b) {
                let end = x + i32::try_from(run.len()).unwrap_or(0);
                if run.first() == Some(&qrcode::Color::Dark) {
                    loops.push(vec![[x, y], [end, y], [end, y + 1], [x, y + 1]]);
                }
                x = end;
            }
        }
        Ok(Self {
            modules: u32::try_from(side).unwrap_or(0),
            loops,
        })
    }
}
