//! The verbs, each a list of steps that reads like its help.

use anyhow::bail;

use crate::{
    doctor::{self, BUILD, Need},
    step::{Step, output},
};

pub(crate) fn demo(arguments: &[String]) -> anyhow::Result<()> {
    let mut needs = BUILD.to_vec();
    if arguments.iter().any(|word| word == "--hostile") {
        needs.extend([Need::Socks, Need::Tor]);
    }
    doctor::examine(&needs)?;
    build_binaries()?;
    binary("demo", "debug", arguments).hears().run()
}

pub(crate) fn test(arguments: &[String]) -> anyhow::Result<()> {
    let mut needs = BUILD.to_vec();
    needs.extend([
        Need::Lints,
        Need::Wasm,
        Need::Nextest,
        Need::Python,
        Need::FakeTime,
        Need::Chromium,
        Need::Poppler,
        Need::Nginx,
        Need::Pebble,
        Need::Socks,
        Need::Tor,
    ]);
    doctor::examine(&needs)?;
    formatting()?;
    // First the binaries: the end-to-end tests start them, and cargo does not build other packages' binaries for a test.
    build_binaries()?;
    lints()?;
    Step::cargo(
        "the core compiles to WebAssembly",
        &[
            "check",
            "--package",
            "tidings-protocol",
            "--target",
            "wasm32-unknown-unknown",
        ],
    )
    .run()?;
    let (long, rest): (Vec<_>, Vec<_>) = arguments
        .iter()
        .cloned()
        .partition(|argument| argument == "--long");
    let mut words = vec!["nextest", "run", "--workspace"];
    if !long.is_empty() {
        words.extend(["--profile", "long"]);
    }
    let mut tests = Step::cargo("tests", &words).args(&rest);
    if !long.is_empty() {
        tests = tests.env("TIDINGS_LONG", "1");
    }
    tests.run()?;
    Step::cargo(
        "examples in the documentation",
        &["test", "--workspace", "--doc"],
    )
    .args(&rest)
    .run()
}

pub(crate) fn check(arguments: &[String]) -> anyhow::Result<()> {
    refuse_arguments("check", arguments)?;
    let mut needs = BUILD.to_vec();
    needs.push(Need::Lints);
    doctor::examine(&needs)?;
    formatting()?;
    lints()?;
    Step::cargo(
        "documentation",
        &[
            "doc",
            "--workspace",
            "--no-deps",
            "--document-private-items",
        ],
    )
    .env("RUSTDOCFLAGS", "-D warnings")
    .run()?;
    optional_checks()
}

/// Worth having, slow to install: used where they are, named where they are not.
fn optional_checks() -> anyhow::Result<()> {
    let optional: [(&str, &str, &[&str], &str); 3] = [
        (
            "cargo-deny",
            "cargo",
            &["deny", "check", "bans", "licenses", "sources"],
            "cargo install cargo-deny --locked",
        ),
        (
            "cargo-machete",
            "cargo",
            &["machete"],
            "cargo install cargo-machete --locked",
        ),
        ("typos", "typos", &[], "cargo install typos-cli --locked"),
    ];
    for (name, program, words, install) in optional {
        let version: Vec<&str> = words.iter().take(1).copied().chain(["--version"]).collect();
        if output(program, &version).is_none() {
            println!("\n==> {name}: SKIPPED, not installed ({install})");
            continue;
        }
        Step::new(name, program, words).run()?;
        if name == "cargo-deny" {
            // The list of advisories comes over the network; the rest of cargo-deny does not need it.
            if Step::cargo("list of advisories", &["deny", "fetch", "db"]).succeeds()? {
                Step::cargo(
                    "advisories",
                    &["deny", "check", "--disable-fetch", "advisories"],
                )
                .run()?;
            } else {
                println!("\n==> advisories: SKIPPED, their list cannot be fetched from here");
            }
        }
    }
    Ok(())
}

/// Benches inside their own crates, which need no server: name, cargo's words, whether they run when no name is given. Beside the
/// seal nothing may run; paper takes minutes.
const IN_CRATES: [(&str, &[&str], bool); 3] = [
    (
        "seal",
        &[
            "run",
            "--release",
            "-p",
            "tidings-protocol",
            "--example",
            "seal_cost",
        ],
        true,
    ),
    (
        "scan",
        &["bench", "-p", "tidings-paper", "--bench", "scan_matrix"],
        false,
    ),
    (
        "print",
        &[
            "run",
            "--release",
            "-p",
            "tidings-paper",
            "--example",
            "press",
        ],
        false,
    ),
];

pub(crate) fn bench(arguments: &[String]) -> anyhow::Result<()> {
    doctor::examine(&BUILD)?;
    let (names, options) = names_and_options(arguments);
    let is_in_crate = |name: &String| IN_CRATES.iter().any(|(known, ..)| known == name);
    let all_in_crates = !names.is_empty() && names.iter().all(is_in_crate);
    for (name, words, always) in IN_CRATES {
        if names.iter().any(|named| named == name) || always && arguments.is_empty() {
            let mut step = Step::cargo(&format!("bench {name}"), words);
            if all_in_crates && !options.is_empty() {
                step = step.args(&["--".to_owned()]).args(&options);
            }
            step.run()?;
        }
    }
    if all_in_crates {
        return Ok(());
    }
    let others: Vec<String> = names
        .into_iter()
        .filter(|name| !is_in_crate(name))
        .chain(options)
        .collect();
    Step::cargo(
        "optimised binaries",
        &["build", "--release", "--workspace", "--bins"],
    )
    .run()?;
    binary("bench", "release", &others).run()
}

/// Names of benches, and options with their values: an option goes to all benches that are named, if they are of one kind.
fn names_and_options(arguments: &[String]) -> (Vec<String>, Vec<String>) {
    let (mut names, mut options) = (Vec::new(), Vec::new());
    let mut words = arguments.iter().cloned();
    while let Some(word) = words.next() {
        if word.starts_with("--") {
            options.push(word);
            options.extend(words.next());
        } else {
            names.push(word);
        }
    }
    (names, options)
}

pub(crate) fn vectors(arguments: &[String]) -> anyhow::Result<()> {
    refuse_arguments("vectors", arguments)?;
    doctor::examine(&BUILD)?;
    Step::cargo(
        "write the vectors",
        &["test", "--workspace", "--lib", "--tests", "vectors"],
    )
    .env("TIDINGS_WRITE_VECTORS", "1")
    .run()?;
    Step::cargo(
        "read them again",
        &["test", "--workspace", "--lib", "--tests", "vectors"],
    )
    .run()?;
    Step::new(
        "what changed (a changed vector is a format change)",
        "git",
        &["--no-pager", "diff", "--stat", "--", "tests/vectors"],
    )
    .run()
}

fn formatting() -> anyhow::Result<()> {
    Step::cargo("formatting", &["fmt", "--all", "--check"]).run()
}

fn lints() -> anyhow::Result<()> {
    Step::cargo(
        "lints",
        &[
            "clippy",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ],
    )
    .run()
}

fn build_binaries() -> anyhow::Result<()> {
    Step::cargo("binaries", &["build", "--workspace", "--bins"]).run()
}

fn binary(name: &str, profile: &str, arguments: &[String]) -> Step {
    let program = crate::target_dir().join(profile).join(name);
    Step::new(name, &program.display().to_string(), &[]).args(arguments)
}

fn refuse_arguments(verb: &str, arguments: &[String]) -> anyhow::Result<()> {
    if let Some(argument) = arguments.first() {
        bail!("{verb} takes no argument, got {argument:?}");
    }
    Ok(())
}
