//! Reads pages back: their text with its places from the frames, their codes from the pixels.

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings, render};
use image::GrayImage;
use typst::layout::{Frame, FrameItem, Point, Transform};
use zxingcpp::{BarcodeFormat, ImageFormat, ImageView};

use crate::Pages;

/// A run of text on a page, in millimetres.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) text: String,
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) baseline: f64,
    /// Points.
    pub(super) size: f64,
}

/// The runs of every page.
pub(super) fn runs(pages: &Pages) -> Vec<Vec<Run>> {
    pages
        .pages
        .iter()
        .map(|page| {
            let mut runs = Vec::new();
            collect(&page.frame, Transform::identity(), &mut runs);
            runs
        })
        .collect()
}

fn collect(frame: &Frame, outer: Transform, runs: &mut Vec<Run>) {
    for (place, item) in frame.items() {
        let here = outer.pre_concat(Transform::translate(place.x, place.y));
        match item {
            FrameItem::Group(group) => {
                collect(&group.frame, here.pre_concat(group.transform), runs);
            }
            FrameItem::Text(text) => {
                let start = Point::zero().transform(here);
                runs.push(Run {
                    text: text.text.to_string(),
                    left: start.x.to_mm(),
                    right: (start.x + text.width()).to_mm(),
                    baseline: start.y.to_mm(),
                    size: text.size.to_pt(),
                });
            }
            _ => {}
        }
    }
}

/// All text of a document in the order of its frames, without places to break.
pub(super) fn text(pages: &Pages) -> String {
    runs(pages)
        .into_iter()
        .flatten()
        .map(|run| run.text)
        .collect::<String>()
        .replace('\u{200b}', "")
}

/// Without spaces, which lines swallow at their ends.
pub(super) fn squeezed(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && *c != '\u{200b}')
        .collect()
}

/// Fails if text leaves the page or comes nearer to its edge than printers allow.
pub(super) fn assert_inside(pages: &Pages, name: &str) {
    for (page, runs) in pages.pages.iter().zip(runs(pages)) {
        let size = page.frame.size();
        for run in runs {
            assert!(
                run.left >= 4.5
                    && run.right <= size.x.to_mm() - 4.5
                    && run.baseline >= 6.0
                    && run.baseline <= size.y.to_mm() - 5.0,
                "{name}: {run:?}"
            );
        }
    }
}

/// Every page of a document as pixels.
pub(super) fn pixels(pdf: &[u8], dots_per_inch: f32) -> Vec<GrayImage> {
    let pdf = Pdf::new(pdf.to_vec()).unwrap();
    let cache = RenderCache::new();
    let scale = dots_per_inch / 72.0;
    pdf.pages()
        .iter()
        .map(|page| {
            let pixmap = render(
                page,
                &cache,
                &InterpreterSettings::default(),
                &RenderSettings::default(),
                &PixmapSettings {
                    x_scale: scale,
                    y_scale: scale,
                    bg_color: WHITE,
                },
            );
            let grey = pixmap
                .data()
                .iter()
                .map(|p| u8::try_from((u32::from(p.r) + u32::from(p.g) + u32::from(p.b)) / 3))
                .collect::<Result<Vec<u8>, _>>()
                .unwrap();
            GrayImage::from_raw(pixmap.width().into(), pixmap.height().into(), grey).unwrap()
        })
        .collect()
}

/// The bytes of every Data Matrix on a page and the middle of its place in pixels.
pub(super) fn data_matrices(page: &GrayImage) -> Vec<(Vec<u8>, (f64, f64))> {
    let view = ImageView::from_slice(page.as_raw(), page.width(), page.height(), ImageFormat::Lum)
        .unwrap();
    let found = zxingcpp::read()
        .formats([BarcodeFormat::DataMatrix])
        .try_harder(true)
        .from(&view)
        .unwrap();
    found
        .into_iter()
        .map(|code| {
            let at = code.position();
            let middle = |a: i32, b: i32| f64::from(a + b) / 2.0;
            (
                code.bytes(),
                (
                    middle(at.top_left.x, at.bottom_right.x),
                    middle(at.top_left.y, at.bottom_right.y),
                ),
            )
        })
        .collect()
}
