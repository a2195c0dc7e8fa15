//! Letters: what was written stands on paper, and nothing else.

use super::read::{assert_inside, data_matrices, pixels, runs, squeezed, text};
use super::*;
use crate::code::{PageCode, PageKind};
use crate::geometry::Corner;
use crate::layout::LetterLayout;
use crate::pictures::{Picture, PictureKind};

// PRINT-1
#[test]
fn the_same_letter_gives_the_same_bytes() {
    on_each_paper(|printing| {
        let print = || {
            letter("Вітання")
                .set(printing)
                .unwrap()
                .to_pdf(&id())
                .unwrap()
        };
        let first = print();
        crate::batch::forget();
        assert!(first == print());
        let mut other = id();
        other.id.push('!');
        assert!(
            first
                != letter("Вітання")
                    .set(printing)
                    .unwrap()
                    .to_pdf(&other)
                    .unwrap()
        );
    });
}

// PRINT-2
#[test]
fn markup_in_a_letter_is_printed_as_it_stands() {
    let hostile = [
        "#panic(\"no\") #import \"/values.json\" #read(\"/etc/passwd\") #sys.inputs",
        "*bold* _it_ `raw` = Title\n== Sub\n- item\n+ item\n/ a: b\n// comment /* x */",
        "$x^2$ @ref <label> https://example.org/ ~ \\ \\u{41} -- --- ... \"quoted\" 'q'",
        "#{ while true {} } #let x = 1; #set page(width: 1pt) #pagebreak() #v(900pt)",
        "\\end{document} %PDF-1.7 (\\) << /JavaScript >> {{ }} {% %} <script>",
    ];
    on_each_paper(|printing| {
        for text_given in hostile {
            let mut form = letter(text_given);
            form.writer.name = "*М* #strong[x]".to_owned();
            form.route = Some("#panic()".to_owned());
            form.addressee.own = "$a$ @b <c>".to_owned();
            let pages = form.set(printing).unwrap();
            let printed = squeezed(&text(&pages));
            for given in [text_given, "*М* #strong[x]", "#panic()", "$a$ @b <c>"] {
                assert!(printed.contains(&squeezed(given)), "{given}: {printed}");
            }
            assert_eq!(pages.len(), 1);
        }
    });
}

// PRINT-3
#[test]
fn every_sign_of_three_languages_and_what_people_type_beside_them_prints() {
    let given = "ґҐєЄіІїЇ ёЁъЪыЫэЭ ’ʼ № «» „“ — – … а́ е́ ₴ € ° × ½ é ß ł ❤ ☀ ★ 😀 😢 ✓";
    let mut form = letter(&format!("{given} 🌷🌷 \u{1faf6} 👨‍👩‍👧 \u{4e2d} \u{5d0}"));
    form.writer.name.push_str(" 💙");
    on_each_paper(|printing| {
        let pages = form.set(printing).unwrap();
        let printed = squeezed(&text(&pages));
        assert!(printed.contains(&squeezed(given)), "{printed}");
        for told in ["[тюльпан×2]", "[знакU+1FAF6]", "[родина]", "[синєсерце]"]
        {
            assert!(printed.contains(told), "{told}: {printed}");
        }
        assert!(printed.contains(&squeezed(
            crate::words::Words::of(Language::Ukrainian).described_note
        )));
        assert!(pages.described().iter().any(|one| one.sign == '🌷'));
    });
}

// PRINT-4
#[test]
fn nothing_is_cut_off_however_long() {
    let endless = "щ".repeat(700);
    let url = format!("https://example.org/{}", "a1-_".repeat(90));
    let mut form = letter(&format!("{endless} {url}"));
    form.writer.name = "Ж".repeat(80);
    form.writer.relation = Some("прапрабабуся-названа-сестра ".repeat(3));
    form.addressee.own = "Їжакевич-Якименко-Щербань ".repeat(3);
    form.addressee.latin = Some("W".repeat(150));
    form.addressee.internment_number = Some("9".repeat(80));
    form.route = Some("М".repeat(80));
    on_each_paper(|printing| {
        let pages = form.set(printing).unwrap();
        assert_inside(&pages, "long words");
        let printed = squeezed(&text(&pages));
        for given in [&form.addressee.own, &"W".repeat(150)] {
            assert!(printed.contains(&squeezed(given)), "{given}");
        }
        // Between two pages stand a foot and a head.
        assert!(printed.matches('щ').count() >= endless.chars().count());
        assert!(printed.matches("a1-_").count() >= 89);
    });
}

#[test]
fn thirty_lines_and_two_hundred_and_fifty_words_are_one_page_of_a4() {
    let (office, key) = (office(), key());
    let printing = Printing {
        office: &office,
        key: &key,
        paper: Paper::A4,
    };
    let thirty = vec!["рядок вірша, короткий"; 30].join("\n");
    let words = vec!["родина"; 250].join(" ");
    for text_given in [&thirty, &words] {
        let pages = letter(text_given).set(&printing).unwrap();
        assert_eq!(pages.len(), 1);
        assert_eq!(
            squeezed(&text(&pages))
                .matches(&squeezed(text_given))
                .count(),
            1
        );
    }
}

#[test]
fn a_letter_of_ten_pages_keeps_every_line_in_its_place() {
    let lines: Vec<String> = (1..=330)
        .map(|n| format!("Рядок {n}-й цього листа."))
        .collect();
    on_each_paper(|printing| {
        let pages = letter(&lines.join("\n")).set(printing).unwrap();
        assert!(pages.len() >= 10, "{}", pages.len());
        assert_inside(&pages, "ten pages");
        let printed = squeezed(&text(&pages));
        let expected = squeezed(&lines.join("\n"));
        let starts: Vec<usize> = lines
            .iter()
            .map(|line| printed.find(&squeezed(line)).unwrap())
            .collect();
        assert!(starts.is_sorted());
        assert!(expected.len() <= printed.len());
        // Body lines stand on a grid, and none stands where head or foot are.
        let layout = LetterLayout::new(printing.paper);
        let (_, height) = printing.paper.size();
        for runs in runs(&pages) {
            let mut body: Vec<f64> = runs
                .iter()
                .filter(|run| (run.size - layout.size).abs() < 0.01)
                .map(|run| run.baseline)
                .collect();
            body.dedup_by(|a, b| (*a - *b).abs() < 0.01);
            for pair in body.windows(2) {
                assert!((pair[1] - pair[0] - layout.pitch).abs() < 0.05, "{pair:?}");
            }
            assert!(
                body.iter()
                    .all(|y| *y > layout.top && *y < height - layout.bottom)
            );
        }
        for n in 1..=pages.len() {
            assert!(printed.contains(&format!("Стор.{n}з{}", pages.len())));
        }
    });
}

#[test]
fn cuts_are_bars_and_the_words_are_gone() {
    let given = "Ми живемо за адресою Садова 5, приїзди.";
    let start = given.find("Садова").unwrap();
    let mut form = letter("");
    form.text = TextPart::with_cuts(given, &[start..start + "Садова 5".len()]);
    on_each_paper(|printing| {
        let pages = form.set(printing).unwrap();
        let pdf = pages.to_pdf(&id()).unwrap();
        let printed = squeezed(&text(&pages));
        assert!(!printed.contains("Садова"));
        assert!(printed.contains("адресою") && printed.contains("приїзди"));
        assert!(printed.contains(&squeezed(
            crate::words::Words::of(Language::Ukrainian).cut_note
        )));
        // The bars are black: a row of pixels across the line of the cut has a long dark run, one without has none.
        let longest = |pdf: &[u8]| {
            let page = pixels(pdf, 100.0).remove(0);
            let (from, to) = (page.height() / 6, page.height() * 2 / 5);
            (from..to)
                .map(|y| {
                    let row: Vec<bool> = (page.width() / 8..page.width() * 7 / 8)
                        .map(|x| page.get_pixel(x, y).0[0] < 60)
                        .collect();
                    row.chunk_by(|a, b| a == b)
                        .filter(|run| run[0])
                        .map(<[bool]>::len)
                        .filter(|len| *len < 200)
                        .max()
                        .unwrap_or(0)
                })
                .max()
                .unwrap()
        };
        let whole = letter(given).set(printing).unwrap().to_pdf(&id()).unwrap();
        assert!(longest(&pdf) >= 40, "{}", longest(&pdf));
        assert!(longest(&whole) < 20, "{}", longest(&whole));
    });
}

// PRINT-7: whatever an address carries, the office is the only place named.
#[test]
fn the_return_address_is_the_office() {
    on_each_paper(|printing| {
        let printed = squeezed(&text(&letter("Вітання").set(printing).unwrap()));
        assert!(printed.contains(&squeezed("Зворотна адреса: Бюро листування «Вісточка»")));
        assert!(printed.contains(&squeezed("а/с 17, 01001 Київ")));
        for shown in [
            "Hrynchenko",
            "48-00012",
            "приблизно1990",
            "мама",
            "27.05.2026",
            "1234-5678-89",
        ] {
            assert!(printed.contains(shown), "{shown}: {printed}");
        }
    });
}

// PAPER-9: pages of letters are told from reply sheets under the scanner.
#[test]
fn pages_of_a_letter_carry_codes_of_their_own_kind() {
    let photo = image::RgbImage::from_fn(640, 900, |x, y| {
        image::Rgb([(x % 256) as u8, (y % 256) as u8, 90])
    });
    let mut file = std::io::Cursor::new(Vec::new());
    photo.write_to(&mut file, image::ImageFormat::Png).unwrap();
    let picture = |kind| Picture {
        kind,
        bytes: file.get_ref().clone(),
    };
    let mut form = letter("Вітання");
    form.pictures = vec![picture(PictureKind::Photo), picture(PictureKind::Drawing)];
    on_each_paper(|printing| {
        let pages = form.set(printing).unwrap();
        assert_eq!(pages.len(), 3);
        assert_inside(&pages, "pictures");
        let pdf = pages.to_pdf(&id()).unwrap();
        for (number, page) in (1..).zip(pixels(&pdf, 150.0)) {
            let mut corners: Vec<Corner> = data_matrices(&page)
                .iter()
                .map(|(bytes, _)| {
                    let (code, corner) = PageCode::open(bytes, &[key()]).unwrap();
                    assert_eq!(code.kind(), PageKind::Letter);
                    assert_eq!((code.page(), code.pages()), (number, 3));
                    assert_eq!(code.number(), form.sheet);
                    corner
                })
                .collect();
            corners.sort_unstable();
            assert_eq!(corners, Corner::ALL);
        }
    });
}
