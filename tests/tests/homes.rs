//! The folders of accounts: who may read them, and what works where nothing can be written (VAULT-12).
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::{
    fs,
    os::unix::{
        fs::{PermissionsExt as _, chown},
        process::CommandExt as _,
    },
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use tidings_tests::{
    cli::{Cli, PASSPHRASE},
    post::{Post, picture},
    process::Process,
};

/// How long one step may take on a loaded machine.
const LIMIT: Duration = Duration::from_secs(120);

fn below(place: &Path) -> Vec<PathBuf> {
    let mut found = vec![place.to_owned()];
    if place.is_dir() {
        for entry in fs::read_dir(place).unwrap() {
            found.extend(below(&entry.unwrap().path()));
        }
    }
    found
}

fn looser_than_ours(place: &Path) -> Vec<PathBuf> {
    let mut found = below(place);
    found.retain(|path| fs::metadata(path).unwrap().permissions().mode() & 0o077 != 0);
    found
}

#[test]
fn what_an_account_writes_is_its_users_alone() {
    let post = Post::new().unwrap();
    let drawing = picture("drawing-scan.png");
    let text = post.text("with a drawing").unwrap();
    let drawing = drawing.to_str().unwrap();
    post.family
        .json(&[
            "write",
            "--to",
            "office",
            "--yes",
            "--text",
            &text,
            "--drawing",
            drawing,
        ])
        .unwrap();
    post.office.json(&["collect"]).unwrap();
    let saved = post.folder.path().join("saved");
    post.office
        .json(&["read", "1", "--save", saved.to_str().unwrap()])
        .unwrap();
    let places = [post.office.home(), post.family.home(), &saved];
    for place in places {
        assert!(below(place).len() > 2, "{}", place.display());
        assert_eq!(looser_than_ours(place), Vec::<PathBuf>::new());
    }
    // Copied with looser rights, a home is tightened when it is opened.
    for name in ["", "vault.db", "vault.json", "files"] {
        let path = post.family.home().join(name);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    assert!(!looser_than_ours(post.family.home()).is_empty());
    post.family.json(&["list"]).unwrap();
    assert_eq!(looser_than_ours(post.family.home()), Vec::<PathBuf>::new());
}

/// VAULT-13: a folder that others may write to is no place for a new account, and one that has been written to is told.
#[test]
fn a_home_that_others_may_write_to_is_told() {
    let post = Post::new().unwrap();
    let set_mode = |place: &Path, mode| {
        fs::set_permissions(place, fs::Permissions::from_mode(mode)).unwrap();
    };
    let home = post.family.home();
    for mode in [0o777, 0o730] {
        set_mode(home, mode);
        let listed = post.family.run(&["list"]).unwrap().success().unwrap();
        let said = "until now others on this computer could write to the account's folder";
        assert!(listed.stderr.contains(said), "{mode:o}: {listed:?}");
        let again = post.family.run(&["list"]).unwrap().success().unwrap();
        assert_eq!(again.stderr, "", "it is closed now");
    }

    let shared = post.folder.path().join("shared");
    fs::create_dir(&shared).unwrap();
    let address = post.relay.address().to_string();
    let init = ["init", "--name", "Олена", "--relay", &address];
    for mode in [0o777, 0o1777, 0o770] {
        set_mode(&shared, mode);
        let refused = Cli::new(post.folder.path(), "shared").run(&init).unwrap();
        let refused = refused.failure().unwrap();
        let said = "Others on this computer may write to the folder";
        assert!(refused.stderr.contains(said), "{mode:o}: {refused:?}");
        assert_eq!(fs::read_dir(&shared).unwrap().count(), 0, "{mode:o}");
    }
    // Within it the account's own folder is safe as long as nobody can put another in its place.
    set_mode(&shared, 0o1777);
    let inside = Cli::new(&shared, "sticky");
    let made = inside.run(&init).unwrap().success().unwrap();
    assert_eq!(made.stderr, "");
    set_mode(&shared, 0o777);
    for cli in [&inside, &Cli::new(&shared, "open")] {
        let arguments = if cli.home().exists() {
            &["list"][..]
        } else {
            &init
        };
        let done = cli.run(arguments).unwrap().success().unwrap();
        let said = "everybody on this computer may write to";
        assert!(done.stderr.contains(said), "{done:?}");
    }
}

/// Runs `tidings` as somebody whom the rights of files bind, also where the tests run as root.
fn run_bound(program: &Path, home: &Path, arguments: &[&str]) -> Output {
    bound(program, home, arguments).output().unwrap()
}

fn bound(program: &Path, home: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("TIDINGS_PASSPHRASE", PASSPHRASE)
        .args(["--lang", "en", "--home"])
        .arg(home)
        .args(arguments);
    if rustix_is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

/// The program where whoever the rights of files bind can run it, and a home that is theirs.
fn hand_over(post: &Post, home: &Path) -> PathBuf {
    let program = post.folder.path().join("tidings");
    fs::copy(tidings_tests::binary::find("tidings").unwrap(), &program).unwrap();
    fs::set_permissions(post.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    if rustix_is_root() {
        for path in below(home) {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    program
}

fn set_rights(home: &Path, folders: u32, others: u32) {
    for path in below(home) {
        let mode = if path.is_dir() { folders } else { others };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }
}

const NOBODY: u32 = 65_534;

fn rustix_is_root() -> bool {
    fs::metadata("/proc/self")
        .is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == 0)
}

#[test]
fn a_home_that_cannot_be_written_to_still_shows_its_letters() {
    let post = Post::new().unwrap();
    post.write(&post.family, "office", "still there").unwrap();
    let home = post.family.home().to_owned();
    let program = hand_over(&post, &home);
    set_rights(&home, 0o500, 0o400);
    let before: Vec<_> = below(&home);
    let list = run_bound(&program, &home, &["--json", "list"]);
    let listed = String::from_utf8_lossy(&list.stdout);
    assert!(listed.contains("still there"), "{list:?}");
    let read = run_bound(&program, &home, &["read", "1"]);
    assert!(
        String::from_utf8_lossy(&read.stdout).contains("still there"),
        "{read:?}"
    );
    assert!(
        String::from_utf8_lossy(&read.stderr).contains("nothing can be written"),
        "{read:?}"
    );
    for arguments in [&["collect"][..], &["contact", "freeze", "office", "--yes"]] {
        let refused = run_bound(&program, &home, arguments);
        assert_eq!(refused.status.code(), Some(1), "{refused:?}");
        let said = String::from_utf8_lossy(&refused.stderr);
        assert!(said.contains("Nothing can be written"), "{said}");
    }
    assert_eq!(below(&home), before, "and nothing was");
    set_rights(&home, 0o700, 0o600);
}

/// Somebody takes the rights away while a watch is waiting: it ends with a sentence, and the letter is there afterwards.
#[test]
fn a_home_that_turns_read_only_in_the_middle_is_told_and_loses_nothing() {
    let post = Post::new().unwrap();
    let home = post.office.home().to_owned();
    let program = hand_over(&post, &home);
    let watch = bound(&program, &home, &["collect", "--watch"]);
    let mut watch = Process::start(watch, "watch", post.relay.settings().logs()).unwrap();
    watch.wait_for_line("Waiting for letters", LIMIT).unwrap();
    set_rights(&home, 0o500, 0o400);
    let text = post.text("into a locked room").unwrap();
    let drawing = picture("drawing-scan.png");
    let write = ["write", "--to", "office", "--yes", "--text", &text];
    let enclosed = ["--drawing", drawing.to_str().unwrap()];
    post.family
        .json(&[&write[..], &enclosed[..]].concat())
        .unwrap();
    let ended = watch.wait(LIMIT).unwrap();
    assert_eq!(ended.code(), Some(1), "{}", watch.output());
    let said = fs::read_to_string(watch.stderr()).unwrap();
    assert!(
        said.contains("no right to read or write") || said.contains("Nothing can be written"),
        "{said}"
    );

    set_rights(&home, 0o700, 0o600);
    let shown = fs::read_to_string(watch.stdout()).unwrap();
    let collected = run_bound(&program, &home, &["collect"]);
    let later = String::from_utf8_lossy(&collected.stdout).into_owned();
    let told = [shown, later].map(|said| said.matches("One new letter").count());
    assert_eq!(told.iter().sum::<usize>(), 1, "told once: {collected:?}");
    let list = run_bound(&program, &home, &["--json", "list"]);
    let list: serde_json::Value = serde_json::from_slice(&list.stdout).unwrap();
    assert_eq!(list[0]["text"], "into a locked room", "{list}");
    assert_eq!(list[0]["enclosures"][0]["fetched"], true, "{list}");
}
