//! Pages for the screen, drawn from the document that would be printed: what is seen is what comes out of the printer (PRINT-9).

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use tidings_protocol::time::UnixTime;

use crate::error::PaperError;
use crate::geometry::Paper;
use crate::pages::{DocumentId, Pages};
use crate::pictures::Grey;

/// Most pixels across of a drawn page: 250 dpi on A4.
pub const PREVIEW_WIDTH_MAX: u32 = 2_048;

impl Pages {
    /// Draws one page, counted from 0, as a PNG in grey: `width` pixels across, at most [`PREVIEW_WIDTH_MAX`], and as high as its paper
    /// asks. `None` behind the last page.
    ///
    /// # Errors
    /// [`PaperError::Setting`] if the page cannot be written, [`PaperError::Drawing`] if it cannot be drawn, [`PaperError::Picture`] if the PNG cannot be
    /// written.
    pub fn preview(&self, page: usize, width: u32) -> Result<Option<Vec<u8>>, PaperError> {
        let Some(page) = self.pages.get(page) else {
            return Ok(None);
        };
        let alone = Self {
            pages: vec![page.clone()],
            pictures: self.pictures.clone(),
            described: Vec::new(),
        };
        let id = DocumentId {
            id: "preview".to_owned(),
            printed: UnixTime(0),
        };
        let document = Pdf::new(alone.to_pdf(&id)?).map_err(|_| PaperError::Drawing)?;
        let first = document.pages().first().ok_or(PaperError::Drawing)?;
        let width = width.clamp(1, PREVIEW_WIDTH_MAX);
        // A little more: the drawer cuts off what is left of a pixel, and a page must not be a pixel short for rounding.
        let scale = (width as f32 + 0.1) / first.render_dimensions().0;
        let pixmap = render(
            first,
            &RenderCache::new(),
            &InterpreterSettings::default(),
            &RenderSettings::default(),
            &PixmapSettings {
                x_scale: scale,
                y_scale: scale,
                bg_color: WHITE,
            },
        );
        // Everything on our pages is grey: each part of a pixel says the same.
        let grey = Grey {
            width: pixmap.width().into(),
            height: pixmap.height().into(),
            samples: pixmap.data().iter().map(|pixel| pixel.g).collect(),
        };
        let png = grey
            .png()
            .map_err(|source| PaperError::Picture { number: 0, source })?;
        Ok(Some(png))
    }
}

/// Height in pixels of a drawn page that is `width` pixels across.
#[must_use]
pub fn preview_height(paper: Paper, width: u32) -> u32 {
    let (across, down) = paper.size();
    // Far below what a u32 holds.
    (f64::from(width.min(PREVIEW_WIDTH_MAX)) * down / across).round() as u32
}
