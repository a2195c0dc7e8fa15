//! `cargo xtask fuzz`: every decoder, one after the other, with the committed corpus.

use anyhow::{Context, bail};

use crate::{
    doctor::{self, Need},
    step::Step,
};

const DEFAULT_MINUTES: u32 = 10;

pub(crate) fn fuzz(arguments: &[String]) -> anyhow::Result<()> {
    let all = targets()?;
    let mut wanted = Vec::new();
    let mut minutes = DEFAULT_MINUTES;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "--list" => {
                println!("{}", all.join("\n"));
                return Ok(());
            }
            "--minutes" => {
                minutes = words
                    .next()
                    .and_then(|number| number.parse().ok())
                    // To the fuzzer, no time means without end.
                    .filter(|&minutes| minutes > 0)
                    .context("--minutes wants a number from 1")?;
            }
            name if all.iter().any(|target| target == name) => wanted.push(name.to_owned()),
            other => bail!("no fuzz target {other:?}; there are: {}", all.join(", ")),
        }
    }
    if wanted.is_empty() {
        wanted = all;
    }
    doctor::examine(&[Need::Rust, Need::CCompiler, Need::Fuzz])?;
    for target in &wanted {
        // What the fuzzer finds goes to the first corpus folder, outside the repository; the committed one is read.
        let found = crate::target_dir().join("fuzz-corpus").join(target);
        std::fs::create_dir_all(&found)?;
        let (found, committed) = (
            found.display().to_string(),
            format!("tests/fuzz/corpus/{target}"),
        );
        let seconds = format!("-max_total_time={}", minutes * 60);
        let target_dir = crate::target_dir().join("fuzz").display().to_string();
        let words = [
            "run",
            "nightly",
            "cargo",
            "fuzz",
            "run",
            "--fuzz-dir",
            "tests/fuzz",
            "--target-dir",
            &target_dir,
            target,
            &found,
            &committed,
            "--",
            &seconds,
            // An allocation past the limits of a decoder is a finding, not a slow input.
            "-malloc_limit_mb=64",
            "-rss_limit_mb=2048",
            "-timeout=10",
            "-print_final_stats=1",
        ];
        Step::new(&format!("fuzz {target}, {minutes} min"), "rustup", &words).run()?;
    }
    Ok(())
}

/// The targets, as the fuzz package declares them.
fn targets() -> anyhow::Result<Vec<String>> {
    let manifest = crate::root().join("tests/fuzz/Cargo.toml");
    let text = std::fs::read_to_string(&manifest)
        .with_context(|| format!("cannot read {}", manifest.display()))?;
    Ok(text
        .split("[[bin]]")
        .skip(1)
        .filter_map(|section| {
            section
                .lines()
                .find_map(|line| line.strip_prefix("name = "))
        })
        .map(|name| name.trim_matches('"').to_owned())
        .collect())
}
