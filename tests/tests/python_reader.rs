//! The spec can be read: a second implementation in Python, written from `docs/spec` alone, comes to the same outcome on every
//! frozen vector (`tests/python/open_envelope.py`).
//!
//! Needs `python3` with the module `venv`, and a package index for what `tests/python/requirements.txt` names. The first run
//! installs into cargo's folder for temporary files; later ones find it there.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at the first surprise"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

#[test]
fn a_second_reader_agrees_with_every_vector() {
    let python = python();
    let output = run(
        Command::new(python).arg(tidings_tests::root().join("tests/python/open_envelope.py")),
        "the second reader",
    );
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("all agree"),
        "the second reader does not agree:\n{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// It must be able to disagree: one bit of one chunk, while the file still says that the blob is good.
#[test]
fn the_second_reader_notices_a_changed_vector() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("changed-vectors");
    let vectors = tidings_tests::root().join("tests/vectors");
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    for kind in ["seal", "card", "prekey", "notice", "blob"] {
        let copies = folder.join(kind);
        fs::create_dir_all(&copies).unwrap();
        for entry in fs::read_dir(vectors.join(kind)).unwrap() {
            let path = entry.unwrap().path();
            fs::copy(&path, copies.join(path.file_name().unwrap())).unwrap();
        }
    }
    let blob = folder.join("blob/blob.txt");
    let text = fs::read_to_string(&blob).unwrap();
    let (before, chunk) = text.split_once("chunk_0: ").unwrap();
    let other = if chunk.starts_with('0') { '1' } else { '0' };
    fs::write(&blob, format!("{before}chunk_0: {other}{}", &chunk[1..])).unwrap();
    let output = run(
        Command::new(python())
            .arg(tidings_tests::root().join("tests/python/open_envelope.py"))
            .arg(&folder),
        "the second reader",
    );
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("blob/blob: expected 'good'"), "{said}");
    assert!(said.contains("1 do not agree"), "{said}");
}

/// The interpreter of an environment that holds the requirements, made if it is not there. Every test is a process of its own:
/// one makes it, and the other waits at the lock.
fn python() -> PathBuf {
    let requirements = tidings_tests::root().join("tests/python/requirements.txt");
    let temporary = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let lock = fs::File::create(temporary.join("python-reader.lock")).unwrap();
    lock.lock().unwrap();
    let folder = temporary.join("python-reader");
    let python = folder.join("bin/python");
    // Written last: an environment whose making was interrupted is made again.
    let done = folder.join("requirements.txt");
    if fs::read(&done).ok() == fs::read(&requirements).ok() && python.is_file() {
        return python;
    }
    let made = run(
        Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
        "python3, which runs the second reader (on Debian: apt install python3 python3-venv)",
    );
    assert!(
        made.status.success(),
        "`python3 -m venv` does not work: on Debian, apt install python3-venv\n{}{}",
        String::from_utf8_lossy(&made.stdout),
        String::from_utf8_lossy(&made.stderr)
    );
    let installed = run(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args([
                "--timeout",
                "30",
                "--retries",
                "2",
                "--only-binary",
                ":all:",
                "--requirement",
            ])
            .arg(&requirements),
        "pip",
    );
    assert!(
        installed.status.success(),
        "pip cannot install {} (is a package index reachable?):\n{}",
        requirements.display(),
        String::from_utf8_lossy(&installed.stderr)
    );
    fs::copy(&requirements, &done).unwrap();
    python
}

fn run(command: &mut Command, what: &str) -> Output {
    command
        .output()
        .unwrap_or_else(|error| panic!("cannot start {what}: {error}"))
}
