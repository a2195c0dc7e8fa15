//! Sheets through damage, files and piles: what comes back is read, never misrouted, and nothing panics.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests stop at the first surprise"
)]

mod paper;

use std::{num::NonZeroUsize, ops::ControlFlow};

use paper::{
    canvas::Canvas,
    cases::{Written, office, scan},
    chance::Chance,
    files::{PdfImage, PdfPage, fax_tiff, jpeg, pdf, png},
    sheet,
    spoil::Spoil,
};
use proptest::prelude::*;
use tidings_paper::{
    code::{CodeError, CodeKey, PageCode, PageKind},
    geometry::{Corner, Paper},
    number::SheetNumber,
    scan::{
        Bundle, Channels, FileError, Finding, PageError, Raster, ScannedPage, Slip, Source, Unread,
        join, scan_page, scan_source,
    },
};

const THREADS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(1);

/// A small matrix; the large one is `cargo bench --bench scan_matrix`. Misrouted: none, at any resolution.
#[test]
fn damaged_sheets_are_read_and_never_misrouted() {
    let written: Vec<Written> = [0, 3].map(Written::new).into();
    let (mut pages, mut read) = (0, 0);
    let mut unread = Vec::new();
    for spoil in Spoil::ALL {
        for (seed, written) in written.iter().enumerate() {
            let outcome = scan(written, &written.spoilt(spoil, 150.0, seed as u64));
            assert!(!outcome.misrouted, "{} {seed} was misrouted", spoil.name());
            pages += 1;
            read += usize::from(outcome.read);
            if !outcome.read {
                unread.push((spoil.name(), seed));
            }
        }
    }
    assert!(read + 1 >= pages, "{read} of {pages} read; not: {unread:?}");
}

#[test]
fn a_page_comes_out_upright_whatever_way_it_went_in() {
    let written = Written::new(0);
    let upright = picture(&scan(&written, &written.spoilt(Spoil::Straight, 100.0, 1)).page);
    for spoil in [
        Spoil::UpsideDown,
        Spoil::Sideways,
        Spoil::AnyAngle,
        Spoil::Photo,
    ] {
        let turned = picture(&scan(&written, &written.spoilt(spoil, 100.0, 2)).page);
        assert_eq!(
            (turned.width(), turned.height()) > (700, 1_000),
            (upright.width(), upright.height()) > (700, 1_000)
        );
        let alike = likeness(&upright, &turned);
        assert!(alike > 0.6, "{}: likeness {alike}", spoil.name());
    }
}

/// What is left of a file that was cut off looks like a pile, and is told not to be all of it.
#[test]
fn a_file_that_was_cut_off_is_known_as_one() {
    let blank = Canvas::white(200, 280, 1.0);
    let pages = [(); 3].map(|()| a4(PdfImage::jpeg(&blank, 60)));
    let whole = pdf(&pages);
    let mut padded = whole.clone();
    padded.extend([0; 700]);
    for file in [whole.clone(), padded] {
        let source = Source::open(file).unwrap();
        assert!(source.is_whole());
        assert_eq!(source.pages(), 3);
    }
    // Mended by hand: the end is there, a page is not.
    let mut promised = whole.clone();
    let count = promised
        .windows(8)
        .position(|at| at == b"/Count 3")
        .unwrap();
    promised[count + 7] = b'4';
    let mut cut = 0;
    for torn in (1..10)
        .map(|tenth| whole[..whole.len() * tenth / 10].to_vec())
        .chain([promised])
    {
        if let Ok(source) = Source::open(torn) {
            assert!(!source.is_whole(), "{} pages", source.pages());
            cut += 1;
        }
    }
    assert!(cut > 0, "none of the torn files opens at all");
}

/// Two sheets on one glass: whichever is found first, the other is not forgotten, and neither is sent (PAPER-13).
#[test]
fn two_sheets_in_one_picture_are_nobody_s_page() {
    // A5 beside A5, and two of A4 under one camera; two families, and two pages of one family.
    let code = |value, paper, page| {
        let number = SheetNumber::new(value).unwrap();
        PageCode::new(number, PageKind::Reply, paper, page, 2).unwrap()
    };
    for (one, other) in [
        (code(48_017, Paper::A5, 2), code(44_023, Paper::A5, 1)),
        (code(48_017, Paper::A5, 1), code(48_017, Paper::A5, 2)),
        (code(48_017, Paper::A4, 1), code(44_023, Paper::A4, 1)),
    ] {
        let [left, right] = [one, other].map(|code| sheet::print(&code, &office()).at_dpi(130.0));
        let mut glass = Canvas::white(
            left.width + right.width + 20,
            left.height + 10,
            left.density,
        );
        for (sheet, from) in [(&left, 5), (&right, left.width + 15)] {
            for (y, row) in sheet.pixels.chunks_exact(sheet.width).enumerate() {
                let at = (y + 5) * glass.width + from;
                glass.pixels[at..at + sheet.width].copy_from_slice(row);
            }
        }
        let page = scan_page(&glass.raster(Channels::Rgb), &[office()]).unwrap();
        match page.finding {
            Finding::Unread(Unread::Differ { proven, .. }) => {
                assert!(
                    proven.contains(&one) && proven.contains(&other),
                    "{proven:?}"
                );
            }
            got => panic!("{one:?} beside {other:?}: {got:?}"),
        }
    }
}

#[test]
fn ticks_are_told_on_a_plain_scan() {
    for seed in 0..4 {
        let written = Written::new(seed);
        let outcome = scan(&written, &written.spoilt(Spoil::Askew, 150.0, seed));
        assert!(outcome.ticks_right, "{:?}", outcome.page.ticks);
        assert!(outcome.page.ticks.iter().all(|hint| hint.confidence > 0.3));
    }
}

/// Correlation of two pages, both brought to 90 × 127.
fn likeness(one: &image::GrayImage, other: &image::GrayImage) -> f64 {
    let small = |image: &image::GrayImage| -> Vec<f64> {
        let image = image::imageops::resize(image, 90, 127, image::imageops::FilterType::Triangle);
        let mean = image.iter().map(|light| f64::from(*light)).sum::<f64>() / (90.0 * 127.0);
        image.iter().map(|light| f64::from(*light) - mean).collect()
    };
    let (one, other) = (small(one), small(other));
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    dot(&one, &other) / (dot(&one, &one) * dot(&other, &other)).sqrt()
}

fn picture(page: &ScannedPage) -> image::GrayImage {
    image::load_from_memory(&page.picture.bytes)
        .unwrap()
        .into_luma8()
}

fn proven(page: &Result<ScannedPage, PageError>) -> Option<PageCode> {
    match page.as_ref().ok()?.finding {
        Finding::Proven(code) => Some(code),
        Finding::Unread(_) => None,
    }
}

/// All pages of a file, in order.
fn scan_all(file: Vec<u8>) -> Vec<Result<ScannedPage, PageError>> {
    let source = Source::open(file).unwrap();
    let mut pages: Vec<_> = (0..source.pages()).map(|_| None).collect();
    scan_source(&source, &[office()], 0, THREADS, |index, page| {
        pages[index] = Some(page);
        ControlFlow::Continue(())
    });
    pages.into_iter().map(Option::unwrap).collect()
}

fn a4(image: PdfImage) -> PdfPage {
    PdfPage::of(image, 595.28, 841.89)
}

#[test]
fn pages_are_read_from_the_files_that_scanners_write() {
    let written = Written::new(0);
    let scanned = written.spoilt(Spoil::Straight, 150.0, 5);
    let coarse = written.canvas.at_dpi(204.0);
    let fax = {
        let image = image::imageops::resize(
            &coarse.image(),
            coarse.width as u32,
            (coarse.height as f64 * 98.0 / 204.0) as u32,
            image::imageops::FilterType::Triangle,
        );
        Canvas::of(&image, coarse.density)
    };
    let mut turned = a4(PdfImage::jpeg(&scanned, 80));
    turned.rotate = 180;
    let mut sideways = PdfPage::of(PdfImage::jpeg(&scanned, 80), 841.89, 595.28);
    sideways.content = "q 0 595.28 -841.89 0 841.89 0 cm /Scan Do Q".into();
    let mut framed = a4(PdfImage::jpeg(&scanned, 80));
    framed.content.push_str(" 10 10 575 821 re S");
    let files = [
        ("PDF, JPEG", pdf(&[a4(PdfImage::jpeg(&scanned, 80))])),
        ("PDF, JPEG, turned", pdf(&[turned])),
        ("PDF, JPEG, on its side", pdf(&[sideways])),
        ("PDF, JPEG and a frame", pdf(&[framed])),
        ("PDF, group 4", pdf(&[a4(PdfImage::group4(&scanned))])),
        ("PDF, fax", pdf(&[a4(PdfImage::group4(&fax))])),
        ("JPEG", jpeg(&scanned, 80)),
        ("PNG", png(&scanned)),
        ("TIFF, fax", fax_tiff(&[(&fax, 204, 98)])),
    ];
    for (name, file) in files {
        let pages = scan_all(file);
        assert_eq!(pages.len(), 1, "{name}");
        assert_eq!(
            proven(&pages[0]),
            Some(written.code),
            "{name}: {:?}",
            pages[0]
        );
        let shown = picture(pages[0].as_ref().unwrap());
        assert!(shown.height() > shown.width(), "{name} lies on its side");
    }
}

#[test]
fn a_broken_page_does_not_touch_the_others() {
    let written = Written::new(0);
    let scanned = written.spoilt(Spoil::Straight, 100.0, 5);
    let mut cut = PdfImage::jpeg(&scanned, 80);
    cut.bytes.truncate(200);
    let mut huge = PdfImage::jpeg(&scanned, 80);
    (huge.width, huge.height) = (29_000, 29_000);
    let mut endless = a4(PdfImage::jpeg(&scanned, 80));
    endless.content = "0 0 m 9 9 l S ".repeat(250_000);
    let pages = scan_all(pdf(&[
        a4(PdfImage::jpeg(&scanned, 80)),
        a4(cut),
        a4(huge),
        endless,
        a4(PdfImage::jpeg(&scanned, 80)),
    ]));
    assert_eq!(proven(&pages[0]), Some(written.code));
    assert_eq!(proven(&pages[1]), None);
    assert!(
        matches!(pages[2], Err(PageError::TooManyPixels { .. })),
        "{:?}",
        pages[2]
    );
    assert!(
        matches!(pages[3], Err(PageError::TooMuchToDraw { .. })),
        "{:?}",
        pages[3]
    );
    assert_eq!(proven(&pages[4]), Some(written.code));
}

#[test]
fn a_tiff_of_several_faxes_is_several_pages() {
    let first = Written::new(0);
    let second = Written::new(1);
    let (one, two) = (first.canvas.at_dpi(200.0), second.canvas.at_dpi(200.0));
    let pages = scan_all(fax_tiff(&[(&one, 200, 200), (&two, 200, 200)]));
    let found: Vec<_> = pages.iter().map(proven).collect();
    assert_eq!(found, [Some(first.code), Some(second.code)]);
}

#[test]
fn files_that_give_no_pages_say_why() {
    let open = |bytes: &[u8]| Source::open(bytes.to_vec()).unwrap_err().code();
    assert_eq!(open(b""), "scan-file-empty");
    assert_eq!(
        open(b"PK\x03\x04 a letter.docx"),
        "scan-file-unknown-format"
    );
    assert_eq!(open(b"%PDF-1.7\nnothing else"), "scan-file-damaged");
    assert_eq!(open(b"II\x2a\x00"), "scan-file-damaged");
    // Deflate folds noughts a thousandfold: 80 MiB in 80 KiB.
    let mut folded = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut folded, &vec![0; 80 << 20]).unwrap();
    let mut page = a4(PdfImage::jpeg(&Canvas::white(50, 50, 4.0), 80));
    page.image.entries = "/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode".into();
    page.image.bytes = folded.finish().unwrap();
    assert_eq!(open(&pdf(&[page])), "scan-file-bomb");
    let error = Source::open(vec![0; 9]).unwrap_err();
    assert!(matches!(error, FileError::UnknownFormat { head } if head.len() == 8));
}

#[test]
fn a_jpeg_that_was_cut_off_is_told() {
    let written = Written::new(0);
    let mut file = jpeg(&written.spoilt(Spoil::Straight, 100.0, 5), 80);
    file.truncate(file.len() * 2 / 3);
    assert!(matches!(scan_all(file)[0], Err(PageError::Truncated)));
}

/// A sheet of which `paste` replaces the lower half by that of another: PAPER-13.
fn half_and_half(upper: &Written, lower: &Canvas) -> Raster {
    let mut canvas = upper.canvas.clone();
    let half = canvas.pixels.len() / 2;
    canvas.pixels[half..].copy_from_slice(&lower.pixels[half..]);
    canvas.at_dpi(150.0).raster(Channels::Grey)
}

// PAPER-13
#[test]
fn codes_that_differ_are_never_guessed_between() {
    let (one, other) = (Written::new(0), Written::new(1));
    let page = scan_page(&half_and_half(&one, &other.canvas), &[office()]).unwrap();
    let Finding::Unread(Unread::Differ { proven, refused }) = page.finding else {
        panic!("{:?}", page.finding);
    };
    assert_eq!((proven.len(), refused.len()), (2, 0));

    let stranger = CodeKey::new([8; 32]);
    let theirs = sheet::print(&one.code, &stranger);
    let page = scan_page(&half_and_half(&one, &theirs), &[office()]).unwrap();
    let Finding::Unread(Unread::Differ { proven, refused }) = page.finding else {
        panic!("{:?}", page.finding);
    };
    assert_eq!(proven, [one.code]);
    let tag = stranger.tag();
    assert_eq!(refused, [CodeError::AnotherOffice { tag }]);
}

// PAPER-7
#[test]
fn a_sheet_of_another_office_is_not_routed() {
    let written = Written::new(0);
    let raster = written.canvas.at_dpi(150.0).raster(Channels::Grey);
    let page = scan_page(&raster, &[CodeKey::new([9; 32])]).unwrap();
    let tag = office().tag();
    assert_eq!(
        page.finding,
        Finding::Unread(Unread::Refused(vec![CodeError::AnotherOffice { tag }]))
    );
    // An office that changed its key reads its old sheets.
    let page = scan_page(&raster, &[CodeKey::new([9; 32]), office()]).unwrap();
    assert_eq!(page.finding, Finding::Proven(written.code));
}

// PAPER-15
#[test]
fn only_pages_that_are_certainly_blank_count_as_blank() {
    let mut chance = Chance::new(4);
    let mut back = Canvas::white(1_240, 1_754, 150.0 / 25.4);
    back.each(|_, _, _| [(246.0 + chance.normal() * 3.0).clamp(0.0, 255.0) as u8; 3]);
    let blank = |canvas: &Canvas| {
        let page = scan_page(&canvas.raster(Channels::Rgb), &[office()]).unwrap();
        assert_eq!(page.finding, Finding::Unread(Unread::NoCode));
        page.blank
    };
    assert!(blank(&back));
    let mut faint = back.clone();
    faint.stroke(&[(60.0, 90.0), (66.0, 93.0)], 0.4, [190, 190, 192], 1.0);
    assert!(!blank(&faint), "a short faint pencil line was overlooked");
    let mut through = back;
    through.scrawl(&mut chance, 40.0, 100.0, 80.0, [215, 214, 212]);
    assert!(!blank(&through), "ink of the other side was overlooked");
}

// PAPER-14
#[test]
fn a_shuffled_pile_comes_out_as_replies() {
    let sheet = |value, page, pages, seed| {
        let number = SheetNumber::new(value).unwrap();
        let code = PageCode::new(number, PageKind::Reply, Paper::A5, page, pages).unwrap();
        let mut canvas = sheet::print(&code, &office());
        canvas.scrawl(&mut Chance::new(seed), 30.0, 90.0, 60.0, [30, 45, 140]);
        let canvas = Spoil::Askew.apply(&canvas, Paper::A5, 120.0, seed);
        a4(PdfImage::jpeg(&canvas, 75))
    };
    let blank = || a4(PdfImage::jpeg(&Canvas::white(700, 990, 4.7), 75));
    let pile = pdf(&[
        sheet(20, 2, 3, 1),
        blank(),
        sheet(10, 1, 1, 2),
        sheet(20, 1, 3, 3),
        sheet(20, 1, 3, 4),
    ]);
    let slips: Vec<Slip> = scan_all(pile)
        .iter()
        .map(|page| Slip::of(page.as_ref().unwrap()))
        .collect();
    let joined = join(&slips);
    assert_eq!(joined.blanks, [1]);
    assert!(joined.queue.is_empty(), "{:?}", joined.queue);
    let [first, second] = joined.replies.as_slice() else {
        panic!("{joined:?}");
    };
    assert!(first.is_complete());
    assert_eq!(second.missing, [3]);
    assert_eq!(second.doubles.len(), 1);
    assert_eq!(second.order.len(), 2);
    let complete: Vec<u32> = joined
        .replies
        .iter()
        .filter(|reply: &&Bundle| reply.is_complete())
        .map(|reply| reply.number.value())
        .collect();
    assert_eq!(complete, [10]);
}

#[test]
fn scanning_stops_when_it_is_told_to() {
    let page = || a4(PdfImage::jpeg(&Canvas::white(100, 140, 1.0), 75));
    let source = Source::open(pdf(&[page(), page(), page(), page()])).unwrap();
    let mut seen = 0;
    scan_source(&source, &[], 0, THREADS, |_, _| {
        seen += 1;
        ControlFlow::Break(())
    });
    assert_eq!(seen, 1);
}

#[test]
fn pages_come_in_order_from_where_the_scanning_goes_on() {
    // The first is large and slow.
    let mut pages = vec![a4(PdfImage::jpeg(&Canvas::white(2_480, 3_508, 1.0), 75))];
    pages.extend((0..30).map(|_| a4(PdfImage::jpeg(&Canvas::white(60, 90, 1.0), 75))));
    let source = Source::open(pdf(&pages)).unwrap();
    for from in [0, 7, 30, 31, 40] {
        let mut seen = Vec::new();
        scan_source(&source, &[], from, THREADS, |index, page| {
            assert!(page.is_ok());
            seen.push(index);
            ControlFlow::Continue(())
        });
        assert_eq!(seen, (from..31).collect::<Vec<_>>());
    }
}

/// Files that are good, small, and to be broken.
fn seeds() -> &'static [Vec<u8>] {
    static SEEDS: std::sync::OnceLock<Vec<Vec<u8>>> = std::sync::OnceLock::new();
    SEEDS.get_or_init(|| {
        let code = PageCode::new(
            SheetNumber::new(5).unwrap(),
            PageKind::Reply,
            Paper::A5,
            1,
            1,
        )
        .unwrap();
        let canvas = sheet::print(&code, &office()).at_dpi(72.0);
        vec![
            pdf(&[
                a4(PdfImage::jpeg(&canvas, 50)),
                a4(PdfImage::group4(&canvas)),
            ]),
            jpeg(&canvas, 50),
            png(&canvas),
            fax_tiff(&[(&canvas, 72, 72), (&canvas, 72, 36)]),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    /// Any bytes changed, any end cut off: an answer or an error, for the file and for each page.
    #[test]
    fn broken_files_never_panic(
        seed in 0..4_usize,
        changes in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..12),
        cut in proptest::option::weighted(0.3, any::<proptest::sample::Index>()),
    ) {
        let mut file = seeds()[seed].clone();
        for (place, byte) in changes {
            let place = place.index(file.len());
            file[place] = byte;
        }
        if let Some(cut) = cut {
            file.truncate(cut.index(file.len()));
        }
        if let Ok(source) = Source::open(file) {
            prop_assert!(source.pages() <= 2);
            for index in 0..=source.pages() {
                if let Ok(raster) = source.page(index) {
                    prop_assert!(index < source.pages());
                    scan_page(&raster, &[office()]).unwrap();
                }
            }
        }
    }

    /// Any picture, however small or strange in shape.
    #[test]
    fn any_pixels_are_scanned(width in 1..60_u32, height in 1..60_u32, seed: u64, colour: bool) {
        let channels = if colour { Channels::Rgb } else { Channels::Grey };
        let mut chance = Chance::new(seed);
        let samples = (0..width as usize * height as usize * channels.count())
            .map(|_| chance.next() as u8)
            .collect();
        let raster = Raster::new(width, height, channels, samples).unwrap();
        let page = scan_page(&raster, &[office()]).unwrap();
        prop_assert_eq!(page.finding, Finding::Unread(Unread::NoCode));
    }
}

/// Both corners are on the sheets that these tests draw.
#[test]
fn a_sheet_with_one_corner_left_is_read() {
    let written = Written::new(0);
    for corner in Corner::ALL {
        let mut canvas = written.canvas.clone();
        let area = tidings_paper::geometry::code_area(Paper::A4, corner);
        canvas.block(area.x - 3.0, area.y - 3.0, 22.0, 22.0, [0; 3]);
        let raster = canvas.at_dpi(150.0).raster(Channels::Grey);
        let page = scan_page(&raster, &[office()]).unwrap();
        assert_eq!(page.finding, Finding::Proven(written.code), "{corner:?}");
        assert!(page.quality > 0.0);
    }
}
