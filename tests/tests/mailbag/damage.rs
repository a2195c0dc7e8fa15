//! What is changed, forged, cut off or killed on the way.

use super::{
    repacking::{Repacked, nobodys_envelope, repack},
    *,
};

/// BAG-5, BAG-9: a bit that flipped anywhere, a cut, an addition, another file: refused with its own sentence, and the vault
/// stays as it was.
#[test]
fn a_changed_bag_is_refused_and_nothing_is_taken() {
    let post = Offline::new();
    post.write(TEXT, 1);
    let packed = export(&post.family, &post.stick("post.mailbag"), &[]);
    let whole = fs::read(&files(&packed)[0]).unwrap();
    let bad = post.stick("bad.mailbag");
    let look = words(["mailbag", "inspect"], [&bad]);
    let told = |bytes: &[u8]| {
        fs::write(&bad, bytes).unwrap();
        let mut line = vec![OsString::from("--json")];
        line.extend_from_slice(&look);
        let finished = post.office.run(&line).unwrap().failure().unwrap();
        let told: Value = serde_json::from_str(&finished.stdout).unwrap();
        let code = told["error"]["code"].as_str();
        code.or(told["bags"][0]["failure"].as_str())
            .unwrap()
            .to_owned()
    };
    let mut rng = StdRng::seed_from_u64(4);
    for _ in 0..40 {
        let mut flipped = whole.clone();
        let at = rng.random_range(0..flipped.len());
        flipped[at] ^= 1 << rng.random_range(0..8);
        let code = told(&flipped);
        let expected = match at {
            0..15 => "mailbag-none",
            15 => "mailbag-version",
            16..88 => "mailbag-head",
            _ => "mailbag-damaged",
        };
        assert_eq!(code, expected, "byte {at}");
    }
    for (at, expected) in [
        (3, "mailbag-none"),
        (15, "mailbag-version"),
        (40, "mailbag-head"),
        (80, "mailbag-head"),
    ] {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x10;
        assert_eq!(told(&flipped), expected, "byte {at}");
    }
    for cut in [20, 88, 1_000, whole.len() - 1] {
        assert_eq!(told(&whole[..cut]), "mailbag-truncated", "{cut} bytes");
    }
    assert_eq!(told(b""), "mailbag-none");
    assert_eq!(told(&[&whole[..], b"\r\n"].concat()), "mailbag-trailing");
    assert_eq!(
        told(&fs::read(picture("reply-page.jpg")).unwrap()),
        "mailbag-none"
    );

    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    fs::write(&bad, flipped).unwrap();
    let line = import_line(std::slice::from_ref(&bad));
    assert_eq!(refused(&post.office, &line), "mailbag-damaged");
    // Beside a whole one, too: nothing is taken by halves.
    post.write("another", 0);
    let another = export(&post.family, &post.stick("another.mailbag"), &["--new"]);
    let mut flipped = fs::read(&files(&another)[0]).unwrap();
    flipped[middle] ^= 1;
    fs::write(&bad, flipped).unwrap();
    let both = import_line(&[files(&packed)[0].clone(), bad]);
    assert_eq!(refused(&post.office, &both), "mailbag-damaged");
    assert!(letters(&post.office).unwrap().is_empty());
    let brought = import(&post.office, &files(&packed));
    assert_eq!(brought["letters"].as_array().unwrap().len(), 1, "{brought}");
}

/// BAG-14: pieces that came before their letter could be opened wait for it.
#[test]
fn pieces_that_came_first_wait_for_their_letter() {
    let post = Offline::new();
    post.write(TEXT, 2);
    let packed = export(&post.family, &post.stick("post.mailbag"), &[]);
    // An envelope that nothing opens, with the pieces of another one; and that one alone.
    let (pieces, alone) = (post.stick("pieces.mailbag"), post.stick("alone.mailbag"));
    repack(&files(&packed)[0], &pieces, |entry, body| {
        if let Entry::Envelope(envelope) = entry {
            body[2..].fill(0x5a);
            envelope.hash = EnvelopeHash::of(body);
        }
        true
    });
    repack(&files(&packed)[0], &alone, |entry, _| {
        matches!(entry, Entry::Envelope(_))
    });
    let brought = import(&post.office, &[pieces]);
    assert_eq!(brought["parked"], 1, "{brought}");
    assert_eq!(brought["mailbag"]["enclosures"], 0, "{brought}");
    let held = || {
        fs::read_dir(post.office.home().join("files"))
            .unwrap()
            .count() as u64
    };
    assert_eq!(held(), chunks(&packed));
    let brought = import(&post.office, &[alone]);
    assert_eq!(brought["letters"][0]["text"], TEXT, "{brought}");
    assert!(
        brought["mailbag"]["enclosures"].as_u64() >= Some(2),
        "{brought}"
    );
    let letter = only(&post.office, "in");
    assert_eq!(
        saved(&post.office, &letter, &post.folder.path().join("opened")),
        2
    );
    assert_eq!(held(), brought["mailbag"]["enclosures"].as_u64().unwrap());
}

/// BAG-11: a courier who puts something else in place of a piece, under checksums that fit, costs that piece and nothing more.
#[test]
fn a_forged_piece_is_noticed_and_a_true_one_still_taken() {
    let post = Offline::new();
    post.write(TEXT, 2);
    let packed = export(&post.family, &post.stick("post.mailbag"), &[]);
    let forged = post.stick("forged.mailbag");
    let mut first = true;
    repack(&files(&packed)[0], &forged, |entry, body| {
        if let Entry::Chunk(chunk) = entry
            && std::mem::take(&mut first)
        {
            body[100] ^= 1;
            chunk.hash = ChunkHash::of(body);
        }
        true
    });
    let brought = import(&post.office, &[forged]);
    assert_eq!(brought["letters"][0]["text"], TEXT, "{brought}");
    assert_eq!(brought["failures"][0], "enclosure-damaged", "{brought}");
    let brought = import(&post.office, &files(&packed));
    assert_eq!(brought["mailbag"]["enclosures"], 1, "{brought}");
    let letter = only(&post.office, "in");
    assert_eq!(
        saved(&post.office, &letter, &post.folder.path().join("opened")),
        2
    );
    // An envelope that was changed opens nothing, and takes nothing from the true one.
    post.write("the second", 0);
    let packed = export(&post.family, &post.stick("second.mailbag"), &["--new"]);
    let forged = post.stick("second-forged.mailbag");
    repack(&files(&packed)[0], &forged, |entry, body| {
        if let Entry::Envelope(envelope) = entry {
            body[5_000] ^= 1;
            envelope.hash = EnvelopeHash::of(body);
        }
        true
    });
    let brought = import(&post.office, &[forged]);
    assert!(
        brought["letters"].as_array().unwrap().is_empty(),
        "{brought}"
    );
    let brought = import(&post.office, &files(&packed));
    assert_eq!(brought["letters"][0]["text"], "the second", "{brought}");
}

/// A bag of 96 MiB is read in a tenth of that.
#[test]
fn a_large_bag_needs_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("large.mailbag");
    let piece = vec![7; ChunkClass::Huge.size()];
    let hash = ChunkHash::of(&piece);
    let mut builder = PackingBuilder::default();
    for number in 0..96 {
        let chunk = CarriedChunk {
            relays: Vec::new(),
            id: BlobId([number; 32]),
            class: ChunkClass::Huge,
            write: WriteRight::Capability(Capability([1; 32])),
            read: CapabilityHash([2; 32]),
            delete: CapabilityHash([3; 32]),
            hash,
        };
        builder.chunk(&[NOWHERE.parse().unwrap()], chunk).unwrap();
    }
    let packing = builder.finish().unwrap();
    let layout = packing.layout(MAILBAG_PART_USUAL).unwrap();
    let mut parts = Repacked {
        path: path.clone(),
        bodies: vec![(Entry::Envelope(nobodys_envelope()), piece)],
    };
    packing.write(layout, &mut parts, |_| {}).unwrap();
    assert!(fs::metadata(&path).unwrap().len() >= 96 << 20);
    let reader = Cli::new(folder.path(), "reader");
    let mut process = reader
        .spawn(&words(["mailbag", "inspect"], [&path]))
        .unwrap();
    let mut peak = 0;
    while process.is_running().unwrap() {
        // Gone between the two questions: then the last answer counts.
        peak = process
            .usage()
            .map_or(peak, |usage| usage.resident_peak.max(peak));
        thread::sleep(Duration::from_millis(2));
    }
    assert!(process.wait(Duration::from_secs(1)).unwrap().success());
    assert!(peak > 1 << 20 && peak < 48 << 20, "{peak} bytes");
}

/// A kill anywhere loses nothing: what has its name is whole, and what was taken is there.
#[test]
fn kills_in_the_middle_lose_nothing() {
    let post = Offline::new();
    post.write(TEXT, 12);
    let bag = post.stick("post.mailbag");
    kill_later_and_later(
        || {
            let line = words(["mailbag", "export"], [&bag]);
            post.family.spawn(&line).unwrap()
        },
        || {
            if bag.exists() {
                let seen = post
                    .family
                    .json(&words(["mailbag", "inspect"], [&bag]))
                    .unwrap();
                assert_eq!(seen["bags"][0]["failure"], Value::Null, "{seen}");
                fs::remove_file(&bag).unwrap();
            }
        },
    );
    let packed = export(&post.family, &bag, &[]);
    assert_eq!(packed["letters"].as_array().unwrap().len(), 1, "{packed}");
    let left = fs::read_dir(post.folder.path().join("stick"))
        .unwrap()
        .count();
    assert_eq!(left, 2, "card file and mailbag, and nothing half written");

    let line = import_line(std::slice::from_ref(&bag));
    kill_later_and_later(|| post.office.spawn(&line).unwrap(), || ());
    import(&post.office, &[bag]);
    let letter = only(&post.office, "in");
    assert_eq!(letter["text"], TEXT);
    let opened = post.folder.path().join("opened");
    assert_eq!(saved(&post.office, &letter, &opened), 12);
}

/// Runs a command again and again, each time killed half as long again after its start as the time before, until one comes to
/// its end by itself: on a quick machine as on a slow one, kills fall into its beginning, its middle and its end.
fn kill_later_and_later(mut start: impl FnMut() -> Process, mut after_each: impl FnMut()) {
    let mut delay = Duration::from_millis(5);
    let mut killed = 0;
    loop {
        let mut process = start();
        thread::sleep(delay);
        let was_running = process.is_running().unwrap();
        process.kill().unwrap();
        after_each();
        if !was_running {
            break;
        }
        killed += 1;
        delay = delay.mul_f64(1.5);
    }
    assert!(
        killed > 2,
        "killed only {killed} times: there is nothing to kill"
    );
}
