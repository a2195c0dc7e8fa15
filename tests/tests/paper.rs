//! Paper there and back with the real binaries: a family writes, the office prints, `pdftoppm` is the printer and a few lines
//! here are pen, copier and scanner, and the family reads what was written by hand.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "support/mod.rs"]
mod support;

use std::{fs, io::Cursor, path::Path, thread, time::Duration};

use image::{GrayImage, Luma, imageops};
use support::{
    Office, PERSON, Texts,
    sheets::{
        document, letter_numbers, paper, png, print, sheet_numbers, spoil_codes, wait_for, write,
    },
};
use tidings_tests::{cli::Cli, desk::Visitor};

/// Askew by some degrees under a grainy, shadowed scanner, as a JPEG of this quality.
fn scanned(page: &GrayImage, degrees: f64, quality: u8) -> Vec<u8> {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (width, height) = (f64::from(page.width()), f64::from(page.height()));
    let mut noise = 0x9e37_79b9_u32 ^ degrees.to_bits() as u32;
    let scan = GrayImage::from_fn(page.width(), page.height(), |x, y| {
        let (dx, dy) = (f64::from(x) - width / 2.0, f64::from(y) - height / 2.0);
        let at = (
            dx * cos + dy * sin + width / 2.0,
            dy * cos - dx * sin + height / 2.0,
        );
        let light = imageops::interpolate_bilinear(page, at.0 as f32, at.1 as f32)
            .map_or(238.0, |pixel| f64::from(pixel.0[0]));
        noise ^= noise << 13;
        noise ^= noise >> 17;
        noise ^= noise << 5;
        let grain = f64::from(noise >> 27) - 16.0;
        let shadow = 1.0 - 0.3 * f64::from(x) / width;
        Luma([(light * shadow + grain).clamp(0.0, 255.0) as u8])
    });
    let mut file = Cursor::new(Vec::new());
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut file, quality);
    scan.write_with_encoder(encoder).unwrap();
    file.into_inner()
}

/// Correlation of two pages, both brought to 90 × 127.
fn likeness(one: &GrayImage, other: &GrayImage) -> f64 {
    let small = |image: &GrayImage| -> Vec<f64> {
        let image = imageops::resize(image, 90, 127, imageops::FilterType::Triangle);
        let mean = image.iter().map(|light| f64::from(*light)).sum::<f64>() / (90.0 * 127.0);
        image.iter().map(|light| f64::from(*light) - mean).collect()
    };
    let (one, other) = (small(one), small(other));
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    dot(&one, &other) / (dot(&one, &one) * dot(&other, &other)).sqrt()
}

/// Replies that a family has, oldest first.
fn replies(family: &Cli) -> Vec<serde_json::Value> {
    family.json(&["collect"]).unwrap();
    let list = family.json(&["list"]).unwrap();
    let all = list.as_array().unwrap().iter();
    all.filter(|letter| letter["kind"] == "reply")
        .cloned()
        .collect()
}

/// The scans of a reply, as the family saves them.
fn scans(family: &Cli, reply: &serde_json::Value, folder: &Path) -> Vec<GrayImage> {
    fs::create_dir_all(folder).unwrap();
    let number = reply["number"].to_string();
    family
        .json(&["read", &number, "--save", folder.to_str().unwrap()])
        .unwrap();
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
        .iter()
        .filter(|file| file.extension().is_some_and(|ending| ending != "txt"))
        .map(|file| image::open(file).unwrap().into_luma8())
        .collect()
}

/// The number of the page that waits first.
fn first_queued(head: &mut Visitor) -> Option<String> {
    let page = head.get("/replies/queue").unwrap().text();
    let (_, rest) = page.split_once("action=\"/replies/pages/")?;
    rest.split('"').next().map(str::to_owned)
}

/// Everything that was taken in is read.
fn wait_until_read(head: &mut Visitor) {
    wait_for("the reading", || {
        let page = head.get("/replies").ok()?.text();
        (!page.contains("hx-trigger=\"every 2s\"")).then_some(())
    });
}

#[test]
fn what_a_captive_writes_by_hand_reaches_the_family_that_wrote() {
    let texts = Texts::read("uk");
    let mut office = Office::open();
    office.receive_letters(2);
    let mut head = office.visitor("head");
    let first_letter = letter_numbers(&mut head, 2).remove(0);
    let verify = format!("/letters/{first_letter}/verify");
    let told = head.post("/account", &verify, &[]).unwrap();
    assert_eq!(told.status, 303, "{}", told.text());
    let pdf = print(&mut head, 2, "2");
    let folder = tempfile::tempdir().unwrap();
    let mut pages = paper(folder.path(), &pdf);
    // The cover sheet stays in the office.
    pages.remove(0);
    assert!(
        pages.len().is_multiple_of(2) && pages.len() >= 6,
        "{}",
        pages.len()
    );
    let each = pages.len() / 2;
    // Of each letter: its pages, then the two of its reply sheet.
    let (first, second) = (each - 2, 2 * each - 2);
    for (place, number) in [(first, 1), (first + 1, 2), (second, 3), (second + 1, 4)] {
        write(&mut pages[place], number);
    }
    let letter_page = scanned(&pages[0], 0.5, 80);
    let mut written = pages.clone();

    // A pile in disorder: upside down, on its side, askew; a letter that came back; a file that is none.
    let pile = [
        ("d.jpg", scanned(&pages[second + 1], 178.0, 60)),
        (
            "a.jpg",
            scanned(&imageops::rotate90(&pages[first]), 2.0, 60),
        ),
        ("b.jpg", scanned(&pages[first + 1], -4.0, 40)),
        ("back.jpg", letter_page),
        ("broken.pdf", b"%PDF-1.7\nnothing that follows".to_vec()),
    ]
    .map(|(name, bytes)| (name.to_owned(), bytes));
    assert_eq!(head.upload("/replies", "files", &pile).unwrap().status, 303);
    wait_until_read(&mut head);
    let overview = head.get("/replies").unwrap().text();
    assert!(
        overview.contains(&texts.say("scan-file-damaged")),
        "{overview}"
    );
    assert!(overview.contains(&texts.say("replies-open")), "{overview}");
    // The letter that came back is nobody's reply.
    let returned = first_queued(&mut head).unwrap();
    let queue = head.get("/replies/queue").unwrap().text();
    assert!(queue.contains(&texts.say("page-returned")), "{queue}");
    let address = format!("/replies/pages/{returned}");
    let told = head
        .post("/replies/queue", &address, &[("discard", "no_reply")])
        .unwrap();
    assert_eq!(told.status, 303);

    // A page whose codes are gone: a person types the number, first wrong, then right, and sees to whom it leads.
    spoil_codes(&mut pages[second]);
    written[second] = pages[second].clone();
    let file = [("c.png".to_owned(), png(&pages[second]))];
    assert_eq!(head.upload("/replies", "files", &file).unwrap().status, 303);
    wait_until_read(&mut head);
    let unread = first_queued(&mut head).unwrap();
    let address = format!("/replies/pages/{unread}");
    let numbers = sheet_numbers(&mut head);
    let right = numbers.last().unwrap().clone();
    let digit = if right.ends_with('1') { "2" } else { "1" };
    let wrong = format!("{}{digit}", &right[..right.len() - 1]);
    let place = |head: &mut Visitor, number: &str, more: &[(&str, &str)]| {
        let mut fields = vec![("sheet", number), ("page", "1"), ("pages", "2")];
        fields.extend_from_slice(more);
        head.post("/replies/queue", &address, &fields).unwrap()
    };
    let told = place(&mut head, &wrong, &[]);
    assert_eq!(told.status, 422);
    assert!(
        told.text().contains(&texts.say("replies-number-check")),
        "{}",
        told.text()
    );
    let told = place(&mut head, "1234", &[]);
    assert_eq!(told.status, 422);
    let told = place(&mut head, &right, &[]);
    assert_eq!(told.status, 200, "{}", told.text());
    assert!(
        told.text().contains(PERSON),
        "to whom it leads is shown\n{}",
        told.text()
    );
    assert_eq!(place(&mut head, &right, &[("sure", "yes")]).status, 303);

    // Both replies are at the family, each with its pages in order.
    let family = Cli::new(office.folder(), "family");
    let mut got = wait_for("the replies", || {
        let got = replies(&family);
        (got.len() == 2).then_some(got)
    });
    got.sort_by_key(|reply| reply["answers"].as_u64());
    assert_ne!(got[0]["answers"], got[1]["answers"]);
    for (reply, (answers, place)) in got.iter().zip([(1, first), (2, second)]) {
        let saved = scans(
            &family,
            reply,
            &folder.path().join(format!("reply-{answers}")),
        );
        assert_eq!(saved.len(), 2);
        for (number, scan) in saved.iter().enumerate() {
            let right = likeness(scan, &written[place + number]);
            let other = likeness(scan, &written[first + second - place + number]);
            assert!(
                right > 0.75 && right > other + 0.02,
                "page {number} of reply {answers}: like its own {right}, like the other {other}"
            );
        }
    }

    // The same pile under the scanner once more: nothing is sent twice.
    let again = [
        ("again-1.jpg".to_owned(), scanned(&pages[first], 1.0, 70)),
        (
            "again-2.jpg".to_owned(),
            scanned(&pages[first + 1], 1.0, 70),
        ),
    ];
    assert_eq!(
        head.upload("/replies", "files", &again).unwrap().status,
        303
    );
    wait_until_read(&mut head);
    for _ in 0..2 {
        let queue = head.get("/replies/queue").unwrap().text();
        assert!(queue.contains(&texts.say("page-doubled")), "{queue}");
        let page = first_queued(&mut head).unwrap();
        let address = format!("/replies/pages/{page}");
        let told = head
            .post("/replies/queue", &address, &[("discard", "double")])
            .unwrap();
        assert_eq!(told.status, 303);
    }
    let queue = head.get("/replies/queue").unwrap().text();
    assert!(queue.contains(&texts.say("replies-queue-empty")), "{queue}");
    assert_eq!(replies(&family).len(), 2);
}

/// PRINT-9: what a letter will look like is seen before it is printed: the very pages, and nobody's text by whom prints without reading.
#[test]
fn a_letter_is_seen_as_it_will_print() {
    let folder = tempfile::tempdir().unwrap();
    let mut office = Office::open();
    office.receive_letters(1);
    office.add_operator("printer", &["printer"]);
    let mut head = office.visitor("head");
    let number = letter_numbers(&mut head, 1).remove(0);
    wait_for("the drawing", || {
        let drawing = head.get(&format!("/letters/{number}/pictures/0")).ok()?;
        (drawing.status == 200).then_some(())
    });
    let preview = |visitor: &mut Visitor, paper: &str| -> (String, Vec<GrayImage>) {
        let address = format!("/letters/{number}/preview?paper={paper}&reply=2");
        let page = visitor.get(&address).unwrap();
        assert_eq!(page.status, 200);
        let page = page.text();
        let drawn = page
            .split("src=\"/letters/")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&"))
            .map(|address| visitor.get(&format!("/letters/{address}")).unwrap())
            .map(|drawn| {
                assert_eq!(drawn.header("content-type"), Some("image/png"));
                image::load_from_memory(&drawn.body).unwrap().into_luma8()
            })
            .collect();
        (page, drawn)
    };
    let (_, before) = preview(&mut head, "a4");
    let (_, small) = preview(&mut head, "a5");
    // The letter, its drawing, and two pages for the reply.
    assert_eq!((before.len(), small.len()), (4, 4));
    assert_eq!((before[0].width(), small[0].width()), (900, 900));
    assert!(
        before[0].height().abs_diff(1_273) <= 1,
        "{}",
        before[0].height()
    );
    assert!(
        small[0].height().abs_diff(1_277) <= 1,
        "{}",
        small[0].height()
    );
    // Where the drawing is, there is white paper with dark strokes on it, not what stood for it while the page was set.
    let share = |is: fn(u8) -> bool| {
        let area = imageops::crop_imm(&before[1], 150, 160, 600, 320).to_image();
        area.iter().filter(|light| is(**light)).count() as f64 / 192_000.0
    };
    let (white, dark) = (share(|light| light > 245), share(|light| light < 110));
    assert!(white > 0.4 && dark > 0.01, "{white} white, {dark} dark");
    let beyond = head.get(&format!("/letters/{number}/preview/5")).unwrap();
    assert_eq!(beyond.status, 404);

    // Who prints without reading sees the page, and neither text nor drawing on it.
    let (page, closed) = preview(&mut office.visitor("printer"), "a4");
    assert!(page.contains(&Texts::read("uk").say("preview-closed")));
    assert_eq!(closed.len(), 3);
    let ink = |page: &GrayImage| page.iter().filter(|light| **light < 128).count();
    assert!(ink(&closed[0]) * 10 < ink(&before[0]) * 9);
    assert!(likeness(&closed[2], &before[3]) > 0.995);

    // Before a batch, one is led to its letters.
    let chosen = [("paper", "a5"), ("reply", "0"), ("letter", number.as_str())];
    let told = head.post("/account", "/print/preview", &chosen).unwrap();
    let expected = format!("/letters/{number}/preview?paper=a5&reply=0&among={number}");
    assert_eq!(told.header("location"), Some(expected.as_str()));

    let pdf = print(&mut head, 1, "2");
    let printed = paper(folder.path(), &pdf);
    assert_eq!(printed.len(), before.len());
    for (page, (seen, printed)) in before.iter().zip(&printed).enumerate() {
        let likeness = likeness(seen, printed);
        // All but the number and its codes, which the letter did not have yet.
        assert!(likeness > 0.9, "page {}: {likeness}", page + 1);
    }

    // The label for its envelope, at the place on the sheet that is free.
    for address in [
        "/print/1/labels.pdf?used=13",
        &format!("/letters/{number}/label.pdf"),
    ] {
        let label = head.get(address).unwrap();
        assert!(
            label.body.starts_with(b"%PDF-"),
            "{address}: {}",
            label.status
        );
    }
    for wrong in ["14", "-1", "x"] {
        let answer = head
            .get(&format!("/print/1/labels.pdf?used={wrong}"))
            .unwrap();
        assert!(
            (400..500).contains(&answer.status),
            "{wrong}: {}",
            answer.status
        );
    }
}

/// The desk is killed while it prints and while it reads: nothing is lost and nothing is there twice. What is scanned is the
/// printed document itself.
#[test]
fn a_desk_that_is_killed_over_its_paper_loses_nothing_and_doubles_nothing() {
    const LETTERS: u32 = 8;
    let mut office = Office::open();
    office.receive_letters(LETTERS);
    let mut head = office.visitor("head");
    let folder = office.folder().join("scanner");
    fs::create_dir(&folder).unwrap();
    let path = folder.to_str().unwrap().to_owned();
    let told = head
        .post("/replies", "/replies/folder", &[("path", &path)])
        .unwrap();
    assert_eq!(told.status, 303, "{}", told.text());

    let numbers = letter_numbers(&mut head, LETTERS as usize);
    let mut fields = vec![("paper", "a5"), ("reply", "2")];
    for number in &numbers {
        assert_eq!(head.get(&format!("/letters/{number}")).unwrap().status, 200);
        let review = format!("/letters/{number}/review");
        head.post("/account", &review, &[("decision", "pass")])
            .unwrap();
        fields.push(("letter", number));
    }
    assert_eq!(
        head.post("/account", "/print", &fields).unwrap().status,
        303
    );
    thread::sleep(Duration::from_millis(150));
    office.kill_and_restart();
    let mut head = office.visitor("head");
    let pdf = document(&mut head);
    let numbers = sheet_numbers(&mut head);
    assert_eq!(numbers.len(), LETTERS as usize, "{numbers:?}");

    // The office's scanner writes into the folder; the desk is killed again and again while it takes the file and reads it.
    fs::write(folder.join("pile.pdf"), &pdf).unwrap();
    for pause in [4_000, 1_500, 1_000, 700] {
        thread::sleep(Duration::from_millis(pause));
        office.kill_and_restart();
    }
    let mut head = office.visitor("head");
    wait_for("the file", || {
        (!folder.join("pile.pdf").exists()).then_some(())
    });
    wait_for("the pile", || {
        let page = head.get("/replies").ok()?.text();
        (page.contains("/replies/files/1\"") && !page.contains("hx-trigger=\"every 2s\""))
            .then_some(())
    });
    assert_eq!(fs::read(folder.join("taken/pile.pdf")).unwrap(), pdf);
    let overview = head.get("/replies").unwrap().text();
    assert!(
        !overview.contains("/replies/files/2\""),
        "taken twice\n{overview}"
    );
    for reply in 1..=LETTERS {
        assert!(
            overview.contains(&format!("\"/replies/{reply}\"")),
            "{overview}"
        );
        let page = head.get(&format!("/replies/{reply}")).unwrap().text();
        let shown = page.matches("<img class=\"sheet\"").count();
        assert_eq!(shown, 2, "reply {reply}\n{page}");
    }
    assert!(
        !overview.contains(&format!("\"/replies/{}\"", LETTERS + 1)),
        "{overview}"
    );
    // Every other page is one of a letter, and waits once.
    let file = head.get("/replies/files/1").unwrap().text();
    let texts = Texts::read("uk");
    let returned = file.matches(&texts.say("page-returned")).count();
    let joined = file.matches("href=\"/replies/").count();
    let images = file.matches("href=\"/replies/pages/").count();
    assert_eq!(joined - images, 2 * LETTERS as usize, "{file}");
    // And the cover sheet, which has no code.
    assert_eq!(images, returned + 2 * LETTERS as usize + 1, "{file}");
    assert!(returned >= LETTERS as usize, "{file}");
    let log = head.post("/audit", "/audit/verify", &[]).unwrap();
    assert!(log.text().contains("notice good"), "{}", log.text());
}
