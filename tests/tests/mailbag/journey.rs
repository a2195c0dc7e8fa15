//! There and back without a network: parts in any order, doubles, and bags that are for others.

use super::*;

/// As the README says it: files are named without a folder, and lie where the person stands.
#[test]
fn names_without_a_folder_lie_where_one_stands() {
    let folder = tempfile::tempdir().unwrap();
    let [office, family] = ["office", "family"].map(|who| {
        let stands = folder.path().join(format!("{who}-stands"));
        fs::create_dir(&stands).unwrap();
        account(folder.path(), who, NOWHERE).working_in(&stands)
    });
    let carry = |from: &str, to: &str| {
        for entry in fs::read_dir(folder.path().join(format!("{from}-stands"))).unwrap() {
            let name = entry.unwrap().file_name();
            let [from, to] =
                [from, to].map(|who| folder.path().join(format!("{who}-stands")).join(&name));
            fs::rename(from, to).unwrap();
        }
    };
    office
        .json(&["card", "--office", "--file", "office.tidings-card"])
        .unwrap();
    carry("office", "family");
    family
        .json(&["contact", "add", "office.tidings-card", "--name", "office"])
        .unwrap();
    write(&family, folder.path(), TEXT, 6);
    let export = ["mailbag", "export", "letters.mailbag", "--to", "office"];
    let packed = family
        .json(&[&export[..], &["--part-size", "100kB"]].concat())
        .unwrap();
    let parts: Vec<String> = files(&packed)
        .iter()
        .map(|path| path.to_str().unwrap().to_owned())
        .collect();
    assert!(parts.len() > 1, "{packed}");
    assert!(parts.iter().all(|name| !name.contains('/')), "{packed}");
    carry("family", "office");
    let mut import = vec!["mailbag", "import"];
    import.extend(parts.iter().map(String::as_str));
    let brought = office.json(&import).unwrap();
    assert_eq!(brought["letters"][0]["text"], TEXT, "{brought}");
    let number = only(&office, "in")["number"].to_string();
    office.json(&["read", &number, "--save", "opened"]).unwrap();
    assert!(folder.path().join("office-stands/opened").is_dir());
}

/// The whole journey of issue 4: card file, first letter with twenty photos, answer with a scanned page, a further letter.
#[test]
fn letters_and_answers_cross_without_any_network() {
    let post = Offline::new();
    let written = post.write(TEXT, 20);
    assert_eq!(written["letter"]["state"], "sealed", "{written}");
    let packed = export(
        &post.family,
        &post.stick("post.mailbag"),
        &["--to", "office"],
    );
    assert_eq!(packed["letters"].as_array().unwrap().len(), 1, "{packed}");
    assert_eq!(packed["contents"]["envelopes"], 1, "{packed}");
    assert_eq!(only(&post.family, "out")["state"], "with_courier");

    let brought = import(&post.office, &files(&packed));
    assert_eq!(brought["letters"][0]["text"], TEXT, "{brought}");
    assert_eq!(brought["letters"][0]["addressee"], CAPTIVE, "{brought}");
    assert_eq!(brought["mailbag"]["others"], 0, "{brought}");
    let letter = only(&post.office, "in");
    let opened = post.folder.path().join("opened");
    assert_eq!(saved(&post.office, &letter, &opened), 20);

    // The answer: a notice by the program, and a scanned page.
    post.office
        .json(&["contact", "verify", "1", "--yes"])
        .unwrap();
    let text = post.folder.path().join("answer.txt");
    fs::write(&text, ANSWER).unwrap();
    let number = letter["number"].to_string();
    let page = picture("reply-page.jpg");
    post.office
        .json(&words(
            ["reply", &number, "--text"],
            [&text, &"--scan", &page],
        ))
        .unwrap();
    fs::remove_file(text).unwrap();
    let packed = export(&post.office, &post.stick("answers.mailbag"), &[]);
    assert_eq!(packed["notices"], 1, "{packed}");
    let brought = import(&post.family, &files(&packed));
    let came = brought["letters"].as_array().unwrap();
    assert!(
        came.iter()
            .any(|letter| letter["notice"]["verified"] == true),
        "{brought}"
    );
    let reply = only(&post.family, "in");
    assert_eq!(reply["text"], ANSWER);
    assert_eq!(saved(&post.family, &reply, &opened.join("family")), 1);
    // The office has it, and says so itself.
    assert_eq!(only(&post.family, "out")["state"], "taken_by_desk");
    let waiting = post.family.json(&["outbox"]).unwrap();
    let waiting = waiting["waiting"].as_array().unwrap();
    assert!(
        waiting.iter().all(|item| item["kind"] != "letter"),
        "{waiting:?}"
    );

    // Without a prekey now, and under keys that only these two have.
    post.write("Другий лист.", 1);
    let packed = export(&post.family, &post.stick("second.mailbag"), &[]);
    let brought = import(&post.office, &files(&packed));
    assert_eq!(brought["letters"][0]["text"], "Другий лист.", "{brought}");

    let stick = post.folder.path().join("stick");
    let scan = Scan::new()
        .words("letter", TEXT)
        .words("answer", ANSWER)
        .words("captive", CAPTIVE)
        .text("passphrase", PASSPHRASE)
        .contents("photo", &fs::read(picture("orientation-1.jpg")).unwrap())
        .contents("page", &fs::read(&page).unwrap());
    let mut scan = scan;
    for file in fs::read_dir(&opened).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() && path.extension().is_some_and(|end| end != "txt") {
            scan = scan.contents("opened picture", &fs::read(path).unwrap());
        }
    }
    assert!(!scan.below(&opened).unwrap().found.is_empty());
    let found = scan.below(&stick).unwrap();
    assert!(
        found.files >= 4 && found.found.is_empty(),
        "{:?}",
        found.found
    );
}

/// BAG-2, BAG-10: any order; what is missing is named, and nothing of the rest is taken; twice is once.
#[test]
fn parts_come_in_any_order_and_a_missing_one_is_named() {
    let post = Offline::new();
    post.write(TEXT, 4);
    let packed = export(
        &post.family,
        &post.stick("post.mailbag"),
        &["--part-size", "70KB"],
    );
    let mut parts = files(&packed);
    assert!(parts.len() >= 3, "{parts:?}");
    for part in &parts {
        assert!(fs::metadata(part).unwrap().len() <= 70_000);
    }
    parts.reverse();
    let second = parts.remove(parts.len() - 2);
    let missing = import_line(&parts);
    let finished = post.office.run(&missing).unwrap().failure().unwrap();
    assert!(finished.stderr.contains("Part 2 of"), "{}", finished.stderr);
    assert_eq!(refused(&post.office, &missing), "mailbag-part-missing");
    assert!(letters(&post.office).unwrap().is_empty());
    let inspected = post
        .office
        .run(&words(["--json", "mailbag", "inspect"], [&parts[0]]));
    let told: Value = serde_json::from_str(&inspected.unwrap().failure().unwrap().stdout).unwrap();
    assert_eq!(
        told["bags"][0]["missing"].as_array().unwrap().len(),
        parts.len(),
        "{told}"
    );

    parts.insert(0, second.clone());
    parts.push(second);
    let brought = import(&post.office, &parts);
    assert_eq!(brought["letters"][0]["text"], TEXT, "{brought}");
    assert!(
        brought["mailbag"]["enclosures"].as_u64() >= Some(4),
        "{brought}"
    );
    let again = import(&post.office, &parts);
    assert!(again["letters"].as_array().unwrap().is_empty(), "{again}");
    assert_eq!(again["failures"].as_array().unwrap().len(), 0, "{again}");
    assert_eq!(only(&post.office, "in")["text"], TEXT);
    // A further bag holds the letter too, until the office has answered; not if it is to hold only new ones.
    let once_more = export(&post.family, &post.stick("again.mailbag"), &[]);
    assert_eq!(
        once_more["bag"], packed["bag"],
        "the same post makes the same bag"
    );
    let line = words(
        ["mailbag", "export"],
        [&post.stick("new.mailbag"), &"--new"],
    );
    assert_eq!(refused(&post.family, &line), "mailbag-nothing");
    // Nothing is written over.
    let line = words(["mailbag", "export"], [&post.stick("again.mailbag")]);
    assert_eq!(refused(&post.family, &line), "disk");
    assert!(!post.stick("new.mailbag").exists());
}

/// What is for others is left alone; a courier sees relays and counts, and no mailbox.
#[test]
fn somebody_elses_bag_opens_nothing() {
    let post = Offline::new();
    post.write(TEXT, 1);
    let packed = export(&post.family, &post.stick("post.mailbag"), &[]);
    let courier = account(post.folder.path(), "courier", NOWHERE);
    let line = import_line(&files(&packed));
    assert_eq!(refused(&courier, &line), "mailbag-for-others");
    // The writer's own bag is for others, too.
    assert_eq!(refused(&post.family, &line), "mailbag-for-others");
    assert_eq!(
        fs::read_dir(courier.home().join("files")).unwrap().count(),
        0
    );

    let stranger = Cli::new(post.folder.path(), "nobody").environment("TIDINGS_PASSPHRASE", "");
    let seen = stranger
        .json(&words(["mailbag", "inspect"], [&files(&packed)[0]]))
        .unwrap();
    let bag = &seen["bags"][0];
    assert_eq!(bag["contents"], packed["contents"], "{seen}");
    assert_eq!(bag["contents"]["relays"][0], NOWHERE, "{seen}");
    assert_eq!(bag["failure"], Value::Null, "{seen}");
    assert!(!stranger.home().exists());
}

/// The network and the courier, in either order: one letter, and nothing left at the relay.
#[test]
fn what_the_network_brought_as_well_comes_once() {
    let post = Post::new().unwrap();
    let folder = post.folder.path();
    // First the network, then the bag.
    let written = write(&post.family, folder, "network first", 1);
    assert_eq!(written["letter"]["state"], "at_relay", "{written}");
    let bag = folder.join("first.mailbag");
    let line = words(["mailbag", "export"], [&bag]);
    assert_eq!(refused(&post.family, &line), "mailbag-nothing");
    let packed = export(&post.family, &bag, &["--at-relay"]);
    assert_eq!(only(&post.family, "out")["state"], "at_relay");
    post.office.json(&["collect"]).unwrap();
    let brought = import(&post.office, &files(&packed));
    assert!(
        brought["letters"].as_array().unwrap().is_empty(),
        "{brought}"
    );
    assert_eq!(letters(&post.office).unwrap().len(), 1);

    // First the bag, then the network: the relay was away when the letter was written.
    let settings = post.relay.stop().unwrap();
    draft(&post.family, "bag first", photos(1));
    let packed = export(&post.family, &folder.join("second.mailbag"), &["--new"]);
    let relay = settings.start().unwrap();
    let brought = import(&post.office, &files(&packed));
    assert_eq!(brought["letters"][0]["text"], "bag first", "{brought}");
    let sent = post.family.json(&["outbox", "--send"]).unwrap();
    assert_eq!(sent["letters"], 1, "{sent}");
    let collected = post.office.json(&["collect"]).unwrap();
    assert!(
        collected["letters"].as_array().unwrap().is_empty(),
        "{collected}"
    );
    assert_eq!(letters(&post.office).unwrap().len(), 2);
    // It was acknowledged like any other.
    let settings = relay.stop().unwrap();
    let stats = relay_json(&settings, &["stats"]);
    let waiting = stats["letters"].as_u64().unwrap();
    // Only the office's notices to the family wait.
    assert!(waiting <= 2, "{stats}");
    let address = address_of_card(&post.office);
    let line = ["mailbag", "export", "none.mailbag", "--for", &address];
    let exported = relay_command(&settings, &line, &[]);
    assert_eq!(exported.status.code(), Some(1), "{exported:?}");
}
