//! The binary as an operator meets it: ready line, exit codes, settings, signals (`docs/OPERATING.md`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::{
    fs,
    net::UdpSocket,
    os::unix::fs::PermissionsExt,
    path::Path,
    time::{Duration, Instant},
};

use rustix::process::Signal;
use serde_json::Value;
use support::{
    envelope, is_deposited,
    process::{Process, output, relay, text},
    rng,
};
use tidings_protocol::{
    ids::MailboxAddress,
    owner::{OwnerAnswer, OwnerRequest},
    secret::SigningSecret,
};

/// A letter outlives the process; the log holds neither mailbox nor peer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_letter_outlives_a_stop_and_the_log_names_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let owner = SigningSecret::random(&mut rng(1));
    let mailbox = MailboxAddress::of(&owner.public());
    let verbose = ["--log", "trace"];

    let process = Process::start(&data, &verbose);
    let root = process.address.root;
    let client = process.client().await;
    let (_, certificate) = client.hello().await;
    client
        .owner(&owner, &certificate, &OwnerRequest::CreateMailbox)
        .await
        .unwrap();
    assert!(is_deposited(&client.deposit(mailbox, &envelope(1)).await));
    process.signal(Signal::TERM);
    let (code, log) = process.end();
    assert_eq!(code, Some(0), "{log}");
    for secret in [
        hex::encode(mailbox.0),
        hex::encode(owner.public().0),
        hex::encode(root.0),
        client.endpoint.local_addr().unwrap().port().to_string(),
        "127.0.0.1".to_owned(),
    ] {
        assert!(
            !log.to_lowercase().contains(&secret),
            "{secret} is in the log:\n{log}"
        );
    }
    assert!(log.contains("stopped"), "{log}");

    let process = Process::start(&data, &[]);
    assert_eq!(process.address.root, root);
    let client = process.client().await;
    let (_, certificate) = client.hello().await;
    let collect = OwnerRequest::Collect { after: 0, max: 1 };
    let (answer, body) = client.owner(&owner, &certificate, &collect).await.unwrap();
    assert_eq!(
        answer,
        OwnerAnswer::Collected {
            places: vec![1],
            more: false
        }
    );
    assert_eq!(body, envelope(1));
    process.signal(Signal::INT);
    assert_eq!(process.end().0, Some(0));

    let data = data.to_str().unwrap();
    let stats = output(&["stats", "--data", data, "--json"]);
    let stats: Value = serde_json::from_slice(&stats.stdout).unwrap();
    assert_eq!(
        (&stats["mailboxes"], &stats["letters"], &stats["full"]),
        (&1.into(), &1.into(), &false.into())
    );
    let check = output(&["check", "--data", data, "--json"]);
    assert_eq!(check.status.code(), Some(0), "{check:?}");
    let check: Value = serde_json::from_slice(&check.stdout).unwrap();
    assert_eq!(
        (&check["sound"], &check["letters"]),
        (&true.into(), &1.into())
    );
}

#[test]
fn a_second_process_on_one_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &[]);
    let data = folder.path().to_str().unwrap();
    for arguments in [
        &["run", "--listen", "127.0.0.1:0"][..],
        &["check"],
        &["stats"],
    ] {
        let second = output(&[arguments, &["--data", data]].concat());
        assert_eq!(second.status.code(), Some(5), "{arguments:?}: {second:?}");
        assert_eq!(
            text(&second.stderr)
                .lines()
                .filter(|line| line.starts_with("tidings-relay: "))
                .count(),
            1
        );
    }
    process.signal(Signal::TERM);
    assert_eq!(process.end().0, Some(0));
}

/// `rotate-key` beside a running relay, and SIGHUP; a new client sees the new certificate.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_rotated_beside_a_running_relay() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path(), &[]);
    let before = process
        .client()
        .await
        .hello()
        .await
        .1
        .certificate()
        .sequence;
    let data = folder.path().to_str().unwrap();
    let root_away = folder.path().join("elsewhere.key");
    fs::rename(folder.path().join("root.key"), &root_away).unwrap();
    let without = output(&["rotate-key", "--data", data]);
    assert_eq!(without.status.code(), Some(6));
    assert!(
        text(&without.stderr).contains("rotate-key --root FILE"),
        "{without:?}"
    );
    let rotated = output(&[
        "rotate-key",
        "--data",
        data,
        "--root",
        root_away.to_str().unwrap(),
    ]);
    assert_eq!(rotated.status.code(), Some(0), "{rotated:?}");
    process.signal(Signal::HUP);
    let begun = Instant::now();
    while process
        .client()
        .await
        .hello()
        .await
        .1
        .certificate()
        .sequence
        == before
    {
        assert!(begun.elapsed() < Duration::from_secs(20));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[test]
fn the_address_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let none = output(&["address", "--data", data, "--public", "relay.example:443"]);
    assert_eq!(none.status.code(), Some(6), "{none:?}");
    let process = Process::start(folder.path(), &["--public", "Relay.example:4433"]);
    assert_eq!(
        (process.address.host.as_str(), process.address.port),
        ("relay.example", 4433)
    );
    let printed = output(&["address", "--data", data, "--public", "relay.example:4433"]);
    assert_eq!(text(&printed.stdout), format!("{}\n", process.address));
    let shown = output(&["address", "--data", data, "--listen", "[2001:db8::7]:443"]);
    assert!(
        text(&shown.stdout).starts_with("tidings://[2001:db8::7]:443/#"),
        "{shown:?}"
    );
    let unknown = output(&["address", "--data", data, "--listen", "127.0.0.1:0"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(
        text(&unknown.stderr).contains("--public HOST:PORT"),
        "{unknown:?}"
    );
}

/// Every failure to start has its exit code and one line that says what to do.
#[test]
fn failures_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    fs::write(path("a-file"), b"").unwrap();
    let under_a_file = path("a-file/data");
    fs::write(
        path("unknown.toml"),
        "listen = \"127.0.0.1:0\"\nlissten = 1\n",
    )
    .unwrap();
    fs::write(path("broken.toml"), "listen = \n").unwrap();
    let open = path("open");
    Process::start(Path::new(&open), &[]).end_now();
    fs::set_permissions(path("open/root.key"), fs::Permissions::from_mode(0o644)).unwrap();
    let damaged = path("damaged");
    Process::start(Path::new(&damaged), &[]).end_now();
    fs::write(
        path("damaged/online.keys"),
        b"tidings online keys\x01 and then nothing",
    )
    .unwrap();
    let fresh = path("fresh");
    let fresh_store = path("never-run");
    for (name, mode) in [("everybodys", 0o777), ("groups", 0o770)] {
        fs::create_dir(path(name)).unwrap();
        fs::set_permissions(path(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    let (everybodys, groups) = (path("everybodys"), path("groups"));

    let cases: [(&[&str], i32, &str); 17] = [
        (
            &["run", "--data", &fresh, "--listen", &taken],
            3,
            "cannot listen on 127.0.0.1:",
        ),
        (&["run", "--data", &under_a_file], 4, "a-file"),
        (&["run", "--listen", "127.0.0.1:0"], 2, "--data DIR"),
        (
            &["run", "--data", &fresh, "--listen", "here"],
            2,
            "--listen",
        ),
        (
            &["run", "--data", &fresh, "--public", "relay.example"],
            2,
            "HOST:PORT",
        ),
        (
            &["run", "--data", &fresh, "--public", "2001:db8::7:443"],
            2,
            "brackets",
        ),
        (
            &["run", "--data", &fresh, "--colour", "red"],
            2,
            "unexpected argument '--colour' found; ",
        ),
        (
            &["run", "--dta", &fresh],
            2,
            "a similar argument exists: '--data'; see --help",
        ),
        (&["walk"], 2, "unrecognized subcommand 'walk'"),
        (
            &["run", "--data"],
            2,
            "a value is required for '--data <DIR>'",
        ),
        (
            &["run", "--data", &everybodys, "--listen", "127.0.0.1:0"],
            6,
            "mode 777",
        ),
        (&["address", "--data", &groups], 6, "chmod go-w"),
        (
            &["config", "--config", &path("missing.toml")],
            2,
            "no configuration file",
        ),
        (&["config", "--config", &path("unknown.toml")], 2, "lissten"),
        (
            &["config", "--config", &path("broken.toml")],
            2,
            "broken.toml",
        ),
        (
            &["run", "--data", &open, "--listen", "127.0.0.1:0"],
            6,
            "chmod 600",
        ),
        (
            &["run", "--data", &damaged, "--listen", "127.0.0.1:0"],
            6,
            "online.keys is damaged: it is too short; `tidings-relay rotate-key` makes new ones",
        ),
    ];
    for (arguments, code, words) in cases {
        let failed = output(arguments);
        let said = text(&failed.stderr);
        assert_eq!(failed.status.code(), Some(code), "{arguments:?}: {said}");
        assert!(said.contains(words), "{arguments:?}: {said}");
        // One line of one form, whatever is wrong.
        let is_one_line =
            said.starts_with("tidings-relay: ") && said.trim_end().lines().count() == 1;
        assert!(is_one_line, "{arguments:?}: {said}");
        assert_eq!(text(&failed.stdout), "", "{arguments:?}");
    }
    assert_eq!(fs::read_dir(&everybodys).unwrap().count(), 0);
    let nothing = output(&[]);
    assert_eq!(nothing.status.code(), Some(2));
    let said = text(&nothing.stderr);
    assert!(
        said.starts_with("tidings-relay: no command is given: run, "),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1, "{said}");
    // What a program reads is told in its own form when there is nothing to tell, too.
    for (arguments, status) in [
        (&["check", "--json", "--data", &fresh_store][..], 6),
        (&["stats", "--json", "--data", &fresh_store], 6),
        (&["check", "--json"], 2),
        (&["config", "--json", "--watches", "0"], 2),
    ] {
        let failed = output(arguments);
        assert_eq!(failed.status.code(), Some(status), "{failed:?}");
        let told: Value = serde_json::from_slice(&failed.stdout).unwrap();
        assert_eq!(told["status"], status, "{arguments:?}");
        let said = format!("tidings-relay: {}\n", told["error"].as_str().unwrap());
        assert_eq!(said, text(&failed.stderr), "{arguments:?}");
    }
}

/// What a relay says about damaged files is what mends them: each sentence is followed, and the relay starts.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn advice_about_damaged_files_works() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data_text = data.to_str().unwrap();
    let address = |process: Process| {
        let address = process.address.root;
        process.end_now();
        address
    };
    let check = || output(&["check", "--data", data_text]);
    let root = address(Process::start(&data, &[]));
    assert_eq!(check().status.code(), Some(0), "{:?}", check());

    for name in ["online.keys", "root.fingerprint"] {
        damage(&data.join(name));
        let found = check();
        assert_eq!(found.status.code(), Some(7), "{found:?}");
        let said = text(&found.stdout);
        assert!(said.contains(name) && said.contains("rotate-key"), "{said}");
        let rotated = output(&["rotate-key", "--data", data_text]);
        assert_eq!(rotated.status.code(), Some(0), "{name}: {rotated:?}");
        assert_eq!(check().status.code(), Some(0), "{:?}", check());
        assert_eq!(address(Process::start(&data, &[])), root);
    }
    for name in ["online.keys", "root.fingerprint", "certificate.number"] {
        for mend in ["rotate-key", "run"] {
            fs::remove_file(data.join(name)).unwrap();
            let found = output(&["check", "--json", "--data", data_text]);
            assert_eq!(found.status.code(), Some(7), "{found:?}");
            let told: Value = serde_json::from_slice(&found.stdout).unwrap();
            let said = told["faults"][0].as_str().unwrap();
            assert!(
                said.contains(&format!("{name} is missing: "))
                    && said.contains("rotate-key`, or the next start, writes it anew"),
                "{said}"
            );
            match mend {
                "run" => assert_eq!(address(Process::start(&data, &[])), root),
                _ => {
                    let rotated = output(&["rotate-key", "--data", data_text]);
                    assert_eq!(rotated.status.code(), Some(0), "{name}: {rotated:?}");
                }
            }
            assert_eq!(check().status.code(), Some(0), "{:?}", check());
        }
    }
    // A store whose relay nobody can tell is not taken over by another one.
    let away = tempfile::tempdir().unwrap();
    let names = ["root.key", "online.keys", "root.fingerprint"];
    for name in names {
        fs::rename(data.join(name), away.path().join(name)).unwrap();
    }
    let refused = output(&["run", "--data", data_text, "--listen", "127.0.0.1:0"]);
    assert_eq!(refused.status.code(), Some(6), "{refused:?}");
    let said = text(&refused.stderr);
    assert!(said.contains("put root.key back"), "{said}");
    assert!(names.iter().all(|name| !data.join(name).exists()));
    fs::copy(away.path().join("root.key"), data.join("root.key")).unwrap();
    assert_eq!(address(Process::start(&data, &[])), root);
    assert_eq!(check().status.code(), Some(0), "{:?}", check());

    // With both damaged nothing tells the right root from a wrong one.
    let whole = ["online.keys", "root.fingerprint"].map(|name| {
        let path = data.join(name);
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, "damaged").unwrap();
        (path, bytes)
    });
    let refused = output(&["rotate-key", "--data", data_text]);
    assert_eq!(refused.status.code(), Some(6), "{refused:?}");
    let said = text(&refused.stderr);
    assert!(said.contains("root.fingerprint is damaged"), "{said}");
    for (path, bytes) in whole {
        fs::write(path, bytes).unwrap();
    }

    let store = data.join("store");
    damage(&store.join("index.sums"));
    let found = check();
    assert_eq!(found.status.code(), Some(7), "{found:?}");
    let said = text(&found.stdout);
    assert!(said.contains("delete `store/index.sums`"), "{said}");
    assert!(!said.contains("move the folder"), "{said}");
    fs::remove_file(store.join("index.sums")).unwrap();
    assert_eq!(check().status.code(), Some(0), "{:?}", check());

    // A store in which nothing was ever written needs no index; this one has a mailbox.
    let owner = SigningSecret::random(&mut rng(2));
    let process = Process::start(&data, &[]);
    let client = process.client().await;
    let (_, certificate) = client.hello().await;
    client
        .owner(&owner, &certificate, &OwnerRequest::CreateMailbox)
        .await
        .unwrap();
    process.end_now();

    // Without an index nothing starts, and nothing is made in its place. The first segment, in which no letter waits, goes sooner or
    // later; the log can make the index no more then.
    let first = store.join("log/0000000000000001.seg");
    if first.exists() {
        fs::remove_file(first).unwrap();
    }
    let index = fs::rename(store.join("index"), folder.path().join("index"));
    index.unwrap();
    for _ in 0..2 {
        let found = check();
        assert_eq!(found.status.code(), Some(7), "{found:?}");
        assert!(text(&found.stdout).contains("move the folder"), "{found:?}");
        let refused = output(&["run", "--data", data_text, "--listen", "127.0.0.1:0"]);
        assert_eq!(refused.status.code(), Some(8), "{refused:?}");
        let said = text(&refused.stderr);
        assert!(said.contains("`tidings-relay check` tells"), "{said}");
        assert!(!store.join("index").exists());
    }
    fs::rename(folder.path().join("index"), store.join("index")).unwrap();
    assert_eq!(check().status.code(), Some(0), "{:?}", check());

    for version in [Some("tidings stove 1\n"), None] {
        match version {
            Some(version) => fs::write(store.join("version"), version).unwrap(),
            None => fs::remove_file(store.join("version")).unwrap(),
        }
        let refused = output(&["run", "--data", data_text, "--listen", "127.0.0.1:0"]);
        assert_eq!(refused.status.code(), Some(8), "{refused:?}");
        let said = text(&refused.stderr);
        assert!(said.contains("`tidings-relay check` tells"), "{said}");
        let found = check();
        assert_eq!(found.status.code(), Some(7), "{found:?}");
        let said = text(&found.stdout);
        assert!(
            said.contains("write the line `tidings store 1` into `store/version`"),
            "{said}"
        );
        fs::write(store.join("version"), "tidings store 1\n").unwrap();
        assert_eq!(check().status.code(), Some(0), "{:?}", check());
    }
    // A version that there may be one day is not damage, and nothing is advised that would destroy it.
    fs::write(store.join("version"), "tidings store 2\n").unwrap();
    for command in ["run", "check", "stats"] {
        let refused = output(&[command, "--data", data_text]);
        assert_eq!(refused.status.code(), Some(8), "{refused:?}");
        let said = text(&refused.stderr);
        assert!(
            said.contains("has version 2, this relay knows version 1"),
            "{said}"
        );
        assert!(!said.contains("check"), "{said}");
    }
    fs::write(store.join("version"), "tidings store 1\n").unwrap();
    assert_eq!(address(Process::start(&data, &[])), root);
}

/// While the log is there from its first segment, a checkpoint that is gone is made again, and the log of the run says so.
#[test]
fn a_lost_checkpoint_is_made_again_and_warned_of() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let check = || output(&["check", "--data", data.to_str().unwrap()]);
    let process = Process::start(&data, &[]);
    process.signal(Signal::TERM);
    let (_, log) = process.end();
    assert!(!log.contains("damaged"), "{log}");
    fs::remove_file(data.join("store/checkpoint")).unwrap();
    let found = check();
    assert_eq!(found.status.code(), Some(7), "{found:?}");
    let said = text(&found.stdout);
    assert!(said.contains("makes the checkpoint again"), "{said}");
    assert!(!said.contains("move the folder"), "{said}");
    let process = Process::start(&data, &[]);
    process.signal(Signal::TERM);
    let (_, log) = process.end();
    assert!(log.contains("checkpoint is missing"), "{log}");
    assert_eq!(check().status.code(), Some(0), "{:?}", check());
}

/// Flips a bit in the middle of a file.
fn damage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(path, bytes).unwrap();
}

/// Command line before environment before file before defaults, and `config` says so.
#[test]
fn settings_have_an_order() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("relay.toml");
    fs::write(
        &file,
        // As on the command line, or with the underscores that are usual in TOML.
        "watches = 10\nconnections = 11\nmemory_mib = 12\nlog-format = \"json\"\n",
    )
    .unwrap();
    let config = relay(&["config", "--json", "--memory-mib", "32"])
        .env("TIDINGS_RELAY_CONFIG", &file)
        .env("TIDINGS_RELAY_CONNECTIONS", "21")
        .env("TIDINGS_RELAY_MEMORY_MIB", "22")
        .env("TIDINGS_RELAY_LISTEN", "[::1]:0")
        .env("TIDINGS_RELAY_DATA", "007")
        .output()
        .unwrap();
    assert_eq!(config.status.code(), Some(0), "{config:?}");
    let settings: Vec<Value> = serde_json::from_slice(&config.stdout).unwrap();
    let of = |name: &str| {
        let setting = settings
            .iter()
            .find(|setting| setting["name"] == name)
            .unwrap();
        (
            setting["value"].clone(),
            setting["source"].as_str().unwrap().to_owned(),
        )
    };
    assert_eq!(of("memory-mib"), (32.into(), "command line".to_owned()));
    assert_eq!(
        of("connections"),
        (
            21.into(),
            "environment TIDINGS_RELAY_CONNECTIONS".to_owned()
        )
    );
    assert_eq!(
        of("listen"),
        (
            "[::1]:0".into(),
            "environment TIDINGS_RELAY_LISTEN".to_owned()
        )
    );
    assert_eq!(
        of("data"),
        ("007".into(), "environment TIDINGS_RELAY_DATA".to_owned())
    );
    assert_eq!(
        of("watches"),
        (10.into(), format!("file {}", file.display()))
    );
    assert_eq!(
        of("log-format"),
        ("json".into(), format!("file {}", file.display()))
    );
    assert_eq!(of("public"), (Value::Null, "default".to_owned()));
    assert_eq!(
        of("connections-per-network"),
        (128.into(), "default".to_owned())
    );

    let unknown = relay(&["config"])
        .env("TIDINGS_RELAY_LISSTEN", "x")
        .output()
        .unwrap();
    assert_eq!(unknown.status.code(), Some(2));
    assert!(text(&unknown.stderr).contains("lissten"), "{unknown:?}");
    fs::write(&file, "cache_mib = 8\ncache-mib = 9\n").unwrap();
    let twice = output(&["config", "--config", file.to_str().unwrap()]);
    assert_eq!(twice.status.code(), Some(2));
    assert!(
        text(&twice.stderr).contains("cache-mib stands twice"),
        "{twice:?}"
    );
    let zero = output(&["config", "--connections", "0"]);
    assert_eq!(zero.status.code(), Some(2));
    assert!(
        text(&zero.stderr).contains("connections must be from 1"),
        "{zero:?}"
    );
}

#[test]
fn the_version_is_told() {
    let version = output(&["--version"]);
    assert_eq!(
        text(&version.stdout),
        format!("tidings-relay {}\n", env!("CARGO_PKG_VERSION"))
    );
}

/// `docs/OPERATING.md` names every setting with its default, in all three forms, and every exit code.
#[test]
fn the_operators_page_is_complete() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/OPERATING.md");
    let page = fs::read_to_string(page).unwrap();
    let config = output(&["config", "--json"]);
    let settings: Vec<Value> = serde_json::from_slice(&config.stdout).unwrap();
    assert!(settings.len() >= 13);
    for setting in settings {
        let name = setting["name"].as_str().unwrap();
        let default = match &setting["value"] {
            Value::Null => "–".to_owned(),
            Value::String(text) => format!("`{text}`"),
            value => value.to_string(),
        };
        let row = format!(
            "| `{name}` | `--{name}` | `TIDINGS_RELAY_{}` | {default} |",
            name.to_uppercase().replace('-', "_")
        );
        assert!(page.contains(&row), "{row}");
    }
    for code in 0..=8 {
        assert!(page.contains(&format!("\n| {code} | ")), "exit code {code}");
    }
}
