//! Reply sheets, read back from pixels as a scanner sees them.

use super::read::{assert_inside, data_matrices, pixels, squeezed, text};
use super::*;
use crate::PaperError;
use crate::code::{PAGES_MAX, PageCode, PageKind};
use crate::geometry::{Corner, Mark, Tick, code_area, mark_centre, tick_area};
use crate::layout::ReplyLayout;

const DPI: f64 = 150.0;

fn at(millimetres: f64) -> u32 {
    (millimetres / 25.4 * DPI).round() as u32
}

// SHEET-2, PAPER-8, PAPER-9
#[test]
fn every_page_carries_its_own_codes_at_their_place() {
    on_each_paper(|printing| {
        let pages = reply(4).set(printing).unwrap();
        assert_eq!(pages.len(), 4);
        let pdf = pages.to_pdf(&id()).unwrap();
        for (number, page) in (1..).zip(pixels(&pdf, DPI as f32)) {
            let found = data_matrices(&page);
            assert_eq!(found.len(), 2, "page {number}");
            for (bytes, (x, y)) in found {
                let (code, corner) = PageCode::open(&bytes, &[key()]).unwrap();
                let expected = PageCode::new(
                    sheet(12_345_679),
                    PageKind::Reply,
                    printing.paper,
                    number,
                    4,
                )
                .unwrap();
                assert_eq!(code, expected);
                let area = code_area(printing.paper, corner);
                let near = |pixels: f64, start: f64, length: f64| {
                    (pixels / DPI * 25.4 - start - length / 2.0).abs() < 0.4
                };
                assert!(
                    near(x, area.x, area.width) && near(y, area.y, area.height),
                    "{corner:?} {x} {y}"
                );
            }
        }
    });
}

// PAPER-9, PAPER-10, PAPER-11: black where black is promised, white round it.
#[test]
fn marks_ticks_and_quiet_zones_stand_where_the_scanner_looks() {
    on_each_paper(|printing| {
        let pdf = reply(2).set(printing).unwrap().to_pdf(&id()).unwrap();
        let pages = pixels(&pdf, DPI as f32);
        for page in &pages {
            let dark = |x: f64, y: f64| page.get_pixel(at(x), at(y)).0[0] < 128;
            for mark in Mark::ALL {
                let (x, y) = mark_centre(printing.paper, mark);
                for angle in 0..16 {
                    let (sin, cos) = (f64::from(angle) * std::f64::consts::FRAC_PI_8).sin_cos();
                    let on = |radius: f64| dark(x + radius * cos, y + radius * sin);
                    assert!(on(0.4) && on(2.5), "{mark:?}");
                    assert!(!on(1.5) && !on(3.4) && !on(4.2), "{mark:?}");
                }
            }
            for corner in Corner::ALL {
                let area = code_area(printing.paper, corner);
                for step in 0..=30 {
                    let along = -1.5 + f64::from(step) * (area.width + 3.0) / 30.0;
                    for (x, y) in [
                        (area.x + along, area.y - 1.5),
                        (area.x + along, area.y + area.height + 1.5),
                        (area.x - 1.5, area.y + along),
                        (area.x + area.width + 1.5, area.y + along),
                    ] {
                        assert!(!dark(x, y), "{corner:?} {x} {y}");
                    }
                }
            }
        }
        let first = &pages[0];
        for tick in Tick::ALL {
            let area = tick_area(printing.paper, tick);
            let middle = area.y + area.height / 2.0;
            // The line is two pixels wide and may begin within one.
            let line = (0..3).map(|x| first.get_pixel(at(area.x) + x, at(middle)).0[0]);
            assert!(line.min() < Some(128), "{tick:?}");
            // Half a pixel of the line may lie within the outermost tenths.
            for step in 2..9 {
                let inside = f64::from(step) * area.width / 10.0;
                assert!(
                    first.get_pixel(at(area.x + inside), at(middle)).0[0] > 250,
                    "{tick:?}"
                );
            }
        }
    });
}

// SHEET-3: the scanner takes the ruled part for handwriting, so the lines stand where the layout says.
#[test]
fn ruled_lines_stand_on_their_grid() {
    on_each_paper(|printing| {
        let pdf = reply(2).set(printing).unwrap().to_pdf(&id()).unwrap();
        for (number, page) in (1..).zip(pixels(&pdf, DPI as f32)) {
            let ruled = ReplyLayout::new(printing.paper, number, 2).ruled;
            // Dots are a pixel and a half high and may stand between two rows.
            let ink = |y: f64| {
                let from = at(ruled.area.x + 1.0);
                let to = at(ruled.area.x + ruled.area.width - 1.0);
                let rows = at(y) - 1..=at(y) + 1;
                (from..to)
                    .filter(|x| rows.clone().any(|row| page.get_pixel(*x, row).0[0] < 200))
                    .count()
            };
            for line in 1..=ruled.lines {
                let y = ruled.area.y + f64::from(line) * ruled.pitch;
                assert!(
                    ink(y) > 50,
                    "{:?} page {number} line {line}: {}",
                    printing.paper,
                    ink(y)
                );
                assert_eq!(ink(y - ruled.pitch / 2.0), 0, "page {number} line {line}");
            }
        }
    });
}

#[test]
fn every_word_of_the_form_is_on_the_sheet() {
    on_each_paper(|printing| {
        for languages in [
            [Language::Russian, Language::Ukrainian],
            [Language::English, Language::Russian],
            [Language::Ukrainian, Language::Ukrainian],
        ] {
            let mut form = reply(3);
            form.languages = languages;
            let pages = form.set(printing).unwrap();
            assert_inside(&pages, "reply");
            let printed = squeezed(&text(&pages));
            for language in languages {
                let words = crate::words::Words::of(language);
                for word in [
                    words.instruction,
                    words.received,
                    words.received_parcel,
                    words.drawing_box,
                    words.review_passed,
                    words.review_cut,
                    words.answers,
                    words.office_box,
                ] {
                    assert!(printed.contains(&squeezed(word)), "{languages:?}: {word}");
                }
            }
            assert_eq!(printed.matches(&form.sheet.to_string()).count(), 6);
            for page in 1..=3 {
                assert!(printed.contains(&format!("{page}/3")));
            }
        }
    });
}

// PRINT-4
#[test]
fn long_names_shrink_and_stay_whole() {
    let mut form = reply(1);
    form.to.name = "Їжакевич-Якименко Всеволодина Євстахіївна ".repeat(3);
    form.to.relation = Some("сестра чоловіка двоюрідної тітки".to_owned());
    form.from.own = "Щ".repeat(80);
    form.from.latin = Some("W".repeat(80));
    form.answers = u32::MAX;
    on_each_paper(|printing| {
        let pages = form.set(printing).unwrap();
        assert_inside(&pages, "long names");
        let printed = squeezed(&text(&pages));
        for given in [&form.to.name, &form.from.own, &"W".repeat(80)] {
            assert!(printed.contains(&squeezed(given)));
        }
        let people = ReplyLayout::new(printing.paper, 1, 1).people;
        for run in super::read::runs(&pages).remove(0) {
            if run.text.contains('Щ') || run.text.contains('W') || run.text.contains("Євстах")
            {
                assert!(run.baseline < people.y + people.height, "{run:?}");
            }
        }
    });
}

#[test]
fn a_sheet_has_as_many_pages_as_its_code_can_count() {
    let (office, key) = (office(), key());
    let printing = Printing {
        office: &office,
        key: &key,
        paper: Paper::A5,
    };
    for pages in [0, PAGES_MAX + 1] {
        let error = reply(pages).set(&printing).unwrap_err();
        assert!(matches!(error, PaperError::PageCode(_)), "{error}");
    }
}
