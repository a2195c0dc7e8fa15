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
};

use tidings_tests::{
    cli::{Cli, PASSPHRASE},
    post::{Post, picture},
};

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
    command.output().unwrap()
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
    let program = post.folder.path().join("tidings");
    fs::copy(tidings_tests::binary::find("tidings").unwrap(), &program).unwrap();
    fs::set_permissions(post.folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    for path in below(&home) {
        let mode = if path.is_dir() { 0o500 } else { 0o400 };
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        if rustix_is_root() {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
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
    for path in below(&home) {
        if path.is_dir() {
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        }
    }
}
