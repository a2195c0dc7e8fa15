//! Operators and couriers who carry for relays.

use super::*;

/// BAG-15, BAG-16: an operator takes a bag into a relay, and carries what waits there to another relay and to an office.
#[test]
fn operators_carry_between_relays_that_have_no_line() {
    let post = Post::new().unwrap();
    bring_keys(&post);
    let folder = post.folder.path().to_owned();
    let card = address_of_card(&post.office);
    let settings = post.relay.stop().unwrap();
    draft(&post.family, TEXT, photos(3));
    let packed = export(
        &post.family,
        &folder.join("post.mailbag"),
        &["--part-size", "70KB"],
    );
    let parts = files(&packed);
    assert!(parts.len() > 1);

    let taken = relay_import(&settings, &parts);
    assert_eq!(taken["letters"], 1, "{taken}");
    assert_eq!(taken["complete"], true, "{taken}");
    let again = relay_import(&settings, &parts);
    assert_eq!(again["letters"], 0, "{again}");
    assert_eq!(again["known"], 1, "{again}");
    let chunks = chunks(&packed);
    assert_eq!(relay_json(&settings, &["stats"])["blobs"], chunks);
    let part_missing = relay_command(&settings, &["mailbag", "import"], &parts[1..]);
    assert_eq!(part_missing.status.code(), Some(10), "{part_missing:?}");

    // Out again, for an office that has no line to this relay.
    let out = folder.join("out.mailbag");
    let line = ["mailbag", "export", "--json", "--for", &card];
    let exported = relay_command(&settings, &line, std::slice::from_ref(&out));
    assert!(exported.status.success(), "{exported:?}");
    let exported: Value = serde_json::from_slice(&exported.stdout).unwrap();
    assert_eq!(exported["letters"], 1, "{exported}");
    assert_eq!(exported["chunks"], chunks, "{exported}");
    // Nothing left this relay with it.
    assert_eq!(relay_json(&settings, &["stats"])["letters"], 1);

    // Into another relay, which has no such mailbox: said, and the chunks are there all the same.
    let other = RelaySettings::in_folder(&folder.join("other"))
        .start()
        .unwrap();
    let busy = relay_command(
        other.settings(),
        &["mailbag", "import"],
        std::slice::from_ref(&out),
    );
    assert_eq!(busy.status.code(), Some(5), "{busy:?}");
    let other = other.stop().unwrap();
    let elsewhere = relay_import_any(&other, std::slice::from_ref(&out));
    assert_eq!(elsewhere["others"], 1 + chunks, "{elsewhere}");

    let brought = import(&post.office, &[out]);
    assert_eq!(brought["letters"][0]["text"], TEXT, "{brought}");
    let letter = only(&post.office, "in");
    assert_eq!(saved(&post.office, &letter, &folder.join("opened")), 3);
    // With a line again the letter is acknowledged, and does not come twice.
    let relay = settings.start().unwrap();
    let collected = post.office.json(&["collect"]).unwrap();
    assert!(
        collected["letters"].as_array().unwrap().is_empty(),
        "{collected}"
    );
    let settings = relay.stop().unwrap();
    let nothing = relay_command(
        &settings,
        &["mailbag", "export", "--for", &card],
        &[folder.join("x")],
    );
    assert_eq!(nothing.status.code(), Some(1), "{nothing:?}");
}

/// BAG-17: a courier who has a line leaves the bag at its relay, as often as he likes, and takes nothing of it.
#[test]
fn a_courier_with_a_line_leaves_the_bag_at_its_relay() {
    let post = Post::new().unwrap();
    bring_keys(&post);
    let folder = post.folder.path();
    draft(&post.family, TEXT, photos(2));
    let packed = export(&post.family, &folder.join("post.mailbag"), &[]);
    let courier = account(folder, "courier", NOWHERE);
    let mut line = words(["mailbag", "deliver"], []);
    line.extend(files(&packed).iter().map(OsString::from));
    for _ in 0..2 {
        let left = courier.json(&line).unwrap();
        assert_eq!(left["letters"], 1, "{left}");
        assert_eq!(left["left"], 0, "{left}");
        assert_eq!(left["chunks"], chunks(&packed), "{left}");
    }
    let collected = post.office.json(&["collect"]).unwrap();
    assert_eq!(collected["letters"][0]["text"], TEXT, "{collected}");
    let letter = only(&post.office, "in");
    assert_eq!(saved(&post.office, &letter, &folder.join("opened")), 2);
    // The writer hears of it by the office's answer, without ever having reached the relay with the letter.
    assert_eq!(only(&post.family, "out")["state"], "with_courier");
    post.family.json(&["collect"]).unwrap();
    assert_eq!(only(&post.family, "out")["state"], "taken_by_desk");
    assert!(letters(&courier).unwrap().is_empty());
}

/// A relay without room takes no letter whose chunks it could not take, says so, and takes all of it once there is room.
#[test]
fn a_full_relay_takes_the_bag_when_there_is_room() {
    let post = Post::new().unwrap();
    bring_keys(&post);
    let folder = post.folder.path().to_owned();
    let settings = post.relay.stop().unwrap();
    let voice = Attachment {
        kind: EnclosureKind::Voice,
        name: "voice.wav".to_owned(),
        bytes: wav(3 * 1_048_576),
    };
    draft(&post.family, "with a voice", vec![voice]);
    let packed = export(&post.family, &folder.join("post.mailbag"), &[]);
    let tight = settings.clone().arguments(&["--storage-mib", "1"]);
    let full = relay_import_any(&tight, &files(&packed));
    assert_eq!(full["complete"], false, "{full}");
    assert!(full["full"].as_u64().unwrap() > 0, "{full}");
    assert_eq!(full["letters"], 0, "{full}");
    let taken = relay_import(&settings, &files(&packed));
    assert_eq!(taken["letters"], 1, "{taken}");
    let _relay = settings.start().unwrap();
    let collected = post.office.json(&["collect"]).unwrap();
    assert_eq!(
        collected["letters"][0]["text"], "with a voice",
        "{collected}"
    );
    assert_eq!(
        collected["failures"].as_array().unwrap().len(),
        0,
        "{collected}"
    );
}
