//! The passphrase of an account: where it comes from, how it is changed, and what a change that was killed leaves.
#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tidings_tests::{
    cli::{Cli, PASSPHRASE},
    post::Post,
    relay::Relay,
    terminal::Terminal,
};

/// What the passphrase is changed to.
const NEW: &str = "п'ять слів за жеребом";
/// How long anything may take on a loaded machine, with the key stretching of the vault.
const LIMIT: Duration = Duration::from_secs(120);

/// A passphrase from a file or a descriptor: nobody is asked, and what others may read is no secret.
#[test]
fn a_passphrase_comes_from_a_file_of_ones_own() {
    let post = Post::new().unwrap();
    let file = post.folder.path().join("passphrase");
    fs::write(&file, format!("{PASSPHRASE}\nпривіт через ту саму трубу\n")).unwrap();
    let set_mode = |mode| fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
    let cli = Cli::new(post.folder.path(), "family").environment("TIDINGS_PASSPHRASE", "");
    let with_file = ["--passphrase-file", file.to_str().unwrap(), "list"];
    for mode in [0o600, 0o400] {
        set_mode(mode);
        assert_eq!(cli.json(&with_file).unwrap(), json!([]));
    }
    for mode in [0o640, 0o604, 0o644] {
        set_mode(mode);
        let refused = cli.run(&with_file).unwrap().failure().unwrap();
        assert_eq!(refused.status.code(), Some(2));
        assert!(refused.stderr.contains("chmod 600"), "{}", refused.stderr);
    }
    let both = ["--passphrase-fd", "0", "--passphrase-file", "x", "list"];
    let refused = cli.run(&both).unwrap().failure().unwrap();
    assert_eq!(refused.status.code(), Some(2));

    // The descriptor is read no further than the first line: the letter stands behind it.
    let arguments = ["--json", "--passphrase-fd", "0"];
    let write = ["write", "--to", "office", "--yes"];
    let piped = piped(&file, cli.home(), &[&arguments[..], &write].concat());
    assert!(piped.status.success(), "{piped:?}");
    let written: Value = serde_json::from_slice(&piped.stdout).unwrap();
    assert_eq!(written["letter"]["text"], "привіт через ту саму трубу");
}

/// The old one opens the account before the new one is asked for twice; whatever is wrong with that, the old one holds.
#[test]
fn a_changed_passphrase_is_asked_for_twice() {
    let place = tempfile::tempdir().unwrap();
    let relay = Relay::start(place.path()).unwrap();
    let address = relay.address().to_string();
    for (language, old, new, again, wrong, differs, short, same, changed) in [
        (
            "uk",
            "Парольна фраза: ",
            "Нова парольна фраза з кількох слів: ",
            "Ще раз та сама парольна фраза: ",
            "Парольна фраза неправильна.",
            "Парольні фрази не збігаються. Нічого не змінено: діє стара фраза.",
            "Парольна фраза закоротка: потрібно щонайменше 8 символів.",
            "Нова парольна фраза така сама, як стара. Нічого не змінено.",
            "Парольну фразу змінено.",
        ),
        (
            "ru",
            "Парольная фраза: ",
            "Новая парольная фраза из нескольких слов: ",
            "Та же парольная фраза ещё раз: ",
            "Парольная фраза неверна.",
            "Парольные фразы не совпадают. Ничего не изменено: действует старая фраза.",
            "Парольная фраза слишком короткая: нужно не меньше 8 символов.",
            "Новая парольная фраза такая же, как старая. Ничего не изменено.",
            "Парольная фраза изменена.",
        ),
        (
            "en",
            "Passphrase: ",
            "The new passphrase, several words: ",
            "The same passphrase once more: ",
            "The passphrase is wrong.",
            "The two passphrases differ. Nothing was changed: the old passphrase still holds.",
            "The passphrase is too short: at least 8 characters.",
            "The new passphrase is the old one. Nothing was changed.",
            "The passphrase is changed.",
        ),
    ] {
        let cli = Cli::new(place.path(), language).language(language);
        cli.json(&["init", "--name", "Олена", "--relay", &address])
            .unwrap();
        let answered = |typed: &[(&str, &str)]| {
            let mut terminal = cli.on_terminal(&["passphrase"]).unwrap();
            for (question, answer) in typed {
                terminal.wait_for(question).unwrap();
                terminal.wait_until_silent().unwrap();
                terminal.type_line(answer).unwrap();
            }
            terminal
        };
        let ends = |mut terminal: Terminal, code: i32, sentence: &str| {
            assert_eq!(terminal.wait().unwrap().code(), Some(code), "{sentence}");
            terminal.wait_for(sentence).unwrap();
            assert!(terminal.echoes().unwrap());
            let shown = terminal.shown();
            assert!(!shown.contains(PASSPHRASE) && !shown.contains(NEW));
        };
        ends(answered(&[(old, NEW)]), 1, wrong);
        for (typed, sentence) in [
            (&[(new, NEW), (again, "п'ять слів")][..], differs),
            (&[(new, "сімлітр")][..], short),
            (&[(new, PASSPHRASE), (again, PASSPHRASE)][..], same),
        ] {
            let typed = [&[(old, PASSPHRASE)], typed].concat();
            ends(answered(&typed), 2, sentence);
            assert_eq!(holding(&cli), [PASSPHRASE], "{sentence}");
        }
        let typed = [(old, PASSPHRASE), (new, NEW), (again, NEW)];
        ends(answered(&typed), 0, changed);
        assert_eq!(holding(&cli), [NEW]);
    }
    relay.stop().unwrap();
}

/// Scripts: two files, or two lines of one pipe. What the environment holds is the old one, and never taken for the new.
#[test]
fn a_script_changes_a_passphrase() {
    let place = tempfile::tempdir().unwrap();
    let relay = Relay::start(place.path()).unwrap();
    let cli = Cli::new(place.path(), "family");
    let address = relay.address().to_string();
    cli.json(&["init", "--name", "Олена", "--relay", &address])
        .unwrap();
    let refused = |cli: &Cli, arguments: &[&str], code: &str| {
        let arguments = [&["--json", "passphrase"], arguments].concat();
        let refused = cli.run(&arguments).unwrap().failure().unwrap();
        assert!(refused.stdout.contains(code), "{}", refused.stdout);
        assert_eq!(holding(cli), [PASSPHRASE], "{code}");
    };
    refused(&cli, &[], r#""passphrase-change-no-terminal""#);
    let file = secret(place.path(), "new", &format!("{NEW}\n"));
    let file = file.to_str().unwrap();
    let short = secret(place.path(), "short", "сімлітр\n");
    let named = "--new-passphrase-file";
    refused(
        &cli,
        &[named, short.to_str().unwrap()],
        r#""passphrase-short""#,
    );
    let wrong = Cli::new(place.path(), "family").environment("TIDINGS_PASSPHRASE", "not this one");
    refused(&wrong, &[named, file], r#""passphrase-wrong""#);
    fs::set_permissions(file, fs::Permissions::from_mode(0o644)).unwrap();
    refused(&cli, &[named, file], r#""passphrase-file-open""#);
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).unwrap();
    let changed = cli.json(&["passphrase", named, file]).unwrap();
    assert_eq!(changed, json!({ "passphrase": "changed" }));
    assert_eq!(holding(&cli), [NEW]);

    let both = secret(place.path(), "both", &format!("{NEW}\n{PASSPHRASE}\n"));
    let arguments = "--passphrase-fd 0 passphrase --new-passphrase-fd 0";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let piped = piped(&both, cli.home(), &arguments);
    assert!(piped.status.success(), "{piped:?}");
    assert_eq!(holding(&cli), [PASSPHRASE]);
    relay.stop().unwrap();
}

/// When a change is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So long after it began: while keys are stretched.
    After(Duration),
    /// Something is written beside the old header.
    Beside,
    /// The old header is replaced.
    Replaced,
}

/// VAULT-4: killed at any moment, a change leaves an account that exactly one of the two passphrases opens; what lies about after
/// an earlier one disturbs nobody.
#[test]
fn killed_while_it_is_changed_one_of_the_two_opens() {
    let place = tempfile::tempdir().unwrap();
    let relay = Relay::start(place.path()).unwrap();
    let address = relay.address().to_string();
    let family = Cli::new(place.path(), "family");
    family
        .json(&["init", "--name", "Олена", "--relay", &address])
        .unwrap();
    let header = family.home().join("vault.json");
    let beside = header.with_extension("new");
    let mut killed = 0;
    for moment in [
        Moment::After(Duration::from_millis(20)),
        Moment::Beside,
        Moment::Replaced,
        Moment::Beside,
        Moment::After(Duration::from_millis(200)),
        Moment::Beside,
        Moment::Replaced,
    ] {
        let [old] = holding(&family)[..] else {
            panic!("not one passphrase opens before {moment:?}");
        };
        let new = if old == NEW { PASSPHRASE } else { NEW };
        let file = secret(place.path(), "new", new);
        let before = fs::read(&header).unwrap();
        fs::write(&beside, "torn").unwrap();
        let cli = Cli::new(place.path(), "family").environment("TIDINGS_PASSPHRASE", old);
        let begun = Instant::now();
        let change = [
            "passphrase",
            "--new-passphrase-file",
            file.to_str().unwrap(),
        ];
        let mut process = cli.spawn(&change).unwrap();
        let is_due = || match moment {
            Moment::After(time) => begun.elapsed() >= time,
            Moment::Beside => !fs::read(&beside).is_ok_and(|bytes| bytes == b"torn"),
            Moment::Replaced => fs::read(&header).unwrap() != before,
        };
        while !is_due() && process.is_running().unwrap() {
            assert!(begun.elapsed() < LIMIT, "{moment:?} does not come");
            thread::sleep(Duration::from_micros(50));
        }
        killed += u32::from(!process.kill().unwrap().success());
        let holds = holding(&family);
        assert_eq!(holds.len(), 1, "{moment:?}");
        if fs::read(&header).unwrap() != before {
            assert_eq!(holds, [new], "{moment:?}");
        }
        if matches!(moment, Moment::Replaced) {
            assert_eq!(holds, [new]);
        }
    }
    assert!(killed >= 2, "only {killed} changes were killed");
    relay.stop().unwrap();
}

/// Which of the two passphrases open the account; the other is wrong, and nothing is damaged.
fn holding(cli: &Cli) -> Vec<&'static str> {
    let place = cli.home().parent().unwrap();
    let who = cli.home().file_name().unwrap().to_str().unwrap();
    let opens = |passphrase: &&str| {
        let cli = Cli::new(place, who).environment("TIDINGS_PASSPHRASE", passphrase);
        let list = cli.run(&["--json", "list"]).unwrap();
        let is_wrong = list.stdout.contains(r#""passphrase-wrong""#);
        assert_ne!(list.status.success(), is_wrong, "{}", list.stdout);
        list.status.success()
    };
    [PASSPHRASE, NEW].into_iter().filter(opens).collect()
}

/// A file of this text that is nobody else's.
fn secret(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// Runs `tidings` with what a pipe brings it, and no passphrase in the environment.
fn piped(through: &Path, home: &Path, arguments: &[&str]) -> Output {
    let mut cat = Command::new("cat")
        .arg(through)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let program = tidings_tests::binary::find("tidings").unwrap();
    let output = Command::new(program)
        .arg("--home")
        .arg(home)
        .args(arguments)
        .env_remove("TIDINGS_PASSPHRASE")
        .stdin(cat.stdout.take().unwrap())
        .output()
        .unwrap();
    assert!(cat.wait().unwrap().success());
    output
}
