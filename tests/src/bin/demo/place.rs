//! Where the demo keeps its things, and how it reads what the programs tell it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use serde_json::Value;
use tidings_tests::fixture;

pub(crate) fn opened(place: &Path) -> PathBuf {
    place.join("opened")
}

pub(crate) fn photo() -> PathBuf {
    fixture("pictures/garden-phone.jpg")
}

pub(crate) fn drawing() -> PathBuf {
    fixture("pictures/drawing-scan.png")
}

pub(crate) fn page() -> PathBuf {
    fixture("pictures/reply-page.jpg")
}

pub(crate) fn text<'v>(value: &'v Value, key: &str) -> anyhow::Result<&'v str> {
    value[key]
        .as_str()
        .with_context(|| format!("no {key} in {value}"))
}

pub(crate) fn list<'v>(value: &'v Value, key: &str) -> anyhow::Result<&'v Vec<Value>> {
    value[key]
        .as_array()
        .with_context(|| format!("no {key} in {value}"))
}

pub(crate) fn words(value: &Value) -> String {
    let words = value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str);
    words.collect::<Vec<_>>().join(" ")
}

/// A path below `place` as it is read more easily.
pub(crate) fn relative(path: &Path, place: &Path) -> String {
    path.strip_prefix(place)
        .unwrap_or(path)
        .display()
        .to_string()
}

pub(crate) fn files_below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}
