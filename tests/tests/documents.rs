//! Reads the documents: links lead somewhere, commands are understood by the programs, files named exist, and every numbered
//! rule of the specification stands in the code as well, and the other way round.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use tidings_tests::{binary, root};

/// Files that git knows, with this ending.
fn tracked(ending: &str) -> Vec<(PathBuf, String)> {
    let list = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(list.status.success(), "git lists no files");
    String::from_utf8(list.stdout)
        .unwrap()
        .lines()
        .filter(|name| name.ends_with(ending))
        .map(|name| root().join(name))
        .filter(|path| path.is_file())
        .map(|path| (path.clone(), fs::read_to_string(path).unwrap()))
        .collect()
}

fn short(path: &Path) -> String {
    path.strip_prefix(root()).unwrap().display().to_string()
}

/// Targets of `[text](target)`, outside code blocks.
fn links(text: &str) -> Vec<String> {
    let mut links = Vec::new();
    for line in prose(text) {
        // What stands between backticks is code.
        let bare: String = line.split('`').step_by(2).collect::<Vec<_>>().join("``");
        let mut rest = bare.as_str();
        while let Some((_, after)) = rest.split_once("](") {
            let Some((target, next)) = after.split_once(')') else {
                break;
            };
            links.push(target.to_owned());
            rest = next;
        }
    }
    links
}

fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut in_block = false;
    text.lines().filter(move |line| {
        if line.trim_start().starts_with("```") {
            in_block = !in_block;
            return false;
        }
        !in_block
    })
}

/// The anchor that a forge gives a heading.
fn anchor(heading: &str) -> String {
    heading
        .trim_start_matches('#')
        .trim()
        .to_lowercase()
        .chars()
        .filter(|letter| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_'))
        .map(|letter| if letter == ' ' { '-' } else { letter })
        .collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    let mut count = 0;
    for (path, text) in tracked(".md") {
        for link in links(&text) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            count += 1;
            let (file, fragment) = link.split_once('#').unwrap_or((&link, ""));
            let target = if file.is_empty() {
                path.clone()
            } else {
                path.parent().unwrap().join(file)
            };
            let known_anchor = || {
                let text = fs::read_to_string(&target).unwrap_or_default();
                prose(&text).any(|line| line.starts_with('#') && anchor(line) == fragment)
            };
            if !target.exists() || (!fragment.is_empty() && !known_anchor()) {
                broken.push(format!("{}: {link}", short(&path)));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere: {broken:#?}");
    assert!(count > 20, "only {count} links were found");
}

/// Command lines of the documents for users, from blocks of `sh` and from tables and running text.
fn commands() -> Vec<(String, String)> {
    let mut commands = Vec::new();
    for (path, text) in tracked(".md") {
        let name = short(&path);
        if name.starts_with("tests/") || name == "CHANGELOG.md" {
            continue;
        }
        let mut in_block = false;
        let mut joined = String::new();
        for line in text.lines() {
            if let Some(kind) = line.trim_start().strip_prefix("```") {
                in_block = !in_block && matches!(kind, "sh" | "console" | "bash");
                continue;
            }
            if in_block {
                let line = line.trim().trim_start_matches("$ ");
                if let Some(part) = line.strip_suffix('\\') {
                    joined.push_str(part);
                    continue;
                }
                let whole = std::mem::take(&mut joined) + line;
                commands.push((name.clone(), whole));
            } else {
                let code = line.split('`').skip(1).step_by(2);
                commands.extend(code.map(|code| (name.clone(), code.to_owned())));
            }
        }
    }
    commands
}

/// The words of a shell line: quotes respected, comments and what follows a pipe or `&&` cut off.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for letter in line.chars() {
        match (quote, letter) {
            (Some(end), letter) if letter == end => quote = None,
            (None, '"' | '\'') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None, ' ') => words.extend(word.take()),
            (None, '#') if word.is_none() => break,
            (None, '|' | '>' | '<' | '&' | ';') => break,
            (_, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

/// Every command that a document shows is one: the program knows the subcommand and each option.
#[test]
fn every_command_is_understood() {
    let mut wrong = Vec::new();
    let mut checked = BTreeSet::new();
    for (document, line) in commands() {
        let mut words = words(&line);
        // Assignments before a command belong to the shell.
        while words
            .first()
            .is_some_and(|word| word.contains('=') && !word.starts_with('-'))
        {
            words.remove(0);
        }
        // A specification shows bytes: what begins with the project's name there is a label, not a command.
        if document.starts_with("docs/spec/") {
            continue;
        }
        // In running text options stand alone, and brackets and ellipses stand for the reader's choice.
        let is_pattern = words.iter().any(|word| word.contains(['[', '…', '{']));
        let understood = match words.first().map(String::as_str) {
            Some(program @ ("tidings" | "tidings-relay" | "tidings-desk"))
                if words.len() > 1 && !is_pattern =>
            {
                help(&binary::find(program).unwrap(), &words[1..])
            }
            Some("cargo") if words.get(1).is_some_and(|word| word == "xtask") => {
                xtask_knows(words.get(2).map_or("--help", String::as_str))
            }
            _ => continue,
        };
        checked.insert(words.join(" "));
        if let Err(why) = understood {
            wrong.push(format!("{document}: `{line}`: {why}"));
        }
    }
    assert!(wrong.is_empty(), "commands that do not work: {wrong:#?}");
    assert!(checked.len() > 10, "only {checked:?} were found");
}

/// With `--help` at the end a program reads the whole line and does nothing.
fn help(program: &Path, words: &[String]) -> Result<(), String> {
    let output = Command::new(program)
        .args(words)
        .arg("--help")
        .output()
        .unwrap();
    if output.status.success() {
        Ok(())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn xtask_knows(verb: &str) -> Result<(), String> {
    let source = fs::read_to_string(root().join("tests/xtask/src/main.rs")).unwrap();
    if source.contains(&format!("\"{verb}\"")) {
        Ok(())
    } else {
        Err("unknown verb".to_owned())
    }
}

/// Files that commands in the documents name are there.
#[test]
fn files_named_in_commands_are_there() {
    let mut missing = Vec::new();
    for (document, line) in commands() {
        for word in words(&line) {
            let is_ours = word.starts_with("tests/")
                || word.starts_with("docs/")
                || word.starts_with("client/");
            if is_ours && !word.contains(['*', '<', '…', '{']) && !root().join(&word).exists() {
                missing.push(format!("{document}: {word}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

/// A rule's number: letters, a hyphen, a number.
type Rules = BTreeMap<String, BTreeSet<String>>;

/// Every `ROOM-7` in a text, and every one between `ROOM-3 to ROOM-7`.
fn rules_in(text: &str) -> Vec<String> {
    let mut found: Vec<(String, u32, usize, usize)> = Vec::new();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let before = at.checked_sub(1).map(|before| bytes[before]);
        let letters = bytes[at..]
            .iter()
            .take_while(|byte| byte.is_ascii_uppercase())
            .count();
        let starts_word =
            before.is_none_or(|byte| !byte.is_ascii_alphanumeric() && byte != b'-' && byte != b'_');
        let rest = &text[at..].get(letters..).unwrap_or_default();
        let digits = rest.strip_prefix('-').map_or(0, |rest| {
            rest.bytes().take_while(u8::is_ascii_digit).count()
        });
        if letters >= 4 && digits > 0 && digits <= 3 && starts_word {
            let end = at + letters + 1 + digits;
            let number = text[at + letters + 1..end].parse().unwrap();
            let ends_word = bytes
                .get(end)
                .is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'-');
            if ends_word {
                found.push((text[at..at + letters].to_owned(), number, at, end));
            }
            at = end;
        } else {
            at += letters.max(1);
            while !text.is_char_boundary(at) {
                at += 1;
            }
        }
    }
    let mut rules: Vec<String> = found
        .iter()
        .map(|(room, number, ..)| format!("{room}-{number}"))
        .collect();
    for pair in found.windows(2) {
        let [(room, first, _, end), (next_room, last, start, _)] = pair else {
            continue;
        };
        let between = text[*end..*start].replace(['\n', '/', '!'], " ");
        if room == next_room
            && first < last
            && matches!(between.trim(), "to" | "–" | "through" | "...")
        {
            rules.extend((first + 1..*last).map(|number| format!("{room}-{number}")));
        }
    }
    rules
}

fn collect(files: &[(PathBuf, String)]) -> Rules {
    let mut rules = Rules::new();
    for (path, text) in files {
        for rule in rules_in(text) {
            rules.entry(rule).or_default().insert(short(path));
        }
    }
    rules
}

/// The rules that the specification states: a number in bold at the beginning of its paragraph.
fn stated() -> BTreeMap<String, String> {
    let mut stated = BTreeMap::new();
    for (path, text) in tracked(".md") {
        if !short(&path).starts_with("docs/spec/") {
            continue;
        }
        for line in text.lines() {
            let line = line.trim_start_matches(['-', ' ', '|']);
            let Some(bold) = line
                .strip_prefix("**")
                .and_then(|rest| rest.split_once("**"))
            else {
                continue;
            };
            if let [rule] = rules_in(bold.0).as_slice() {
                let before = stated.insert(rule.clone(), short(&path));
                assert_eq!(before, None, "{rule} is stated twice");
            }
        }
    }
    stated
}

/// Every rule that code or documents name is stated in the specification.
#[test]
fn every_rule_named_is_stated() {
    let stated = stated();
    let rooms: BTreeSet<&str> = stated
        .keys()
        .filter_map(|rule| Some(rule.split_once('-')?.0))
        .collect();
    assert!(rooms.contains("WORDS"), "{rooms:?}");
    let mut files = tracked(".rs");
    files.extend(tracked(".md"));
    files.extend(tracked(".py"));
    files.retain(|(path, _)| !path.ends_with("tests/tests/documents.rs"));
    let unstated: Vec<_> = collect(&files)
        .into_iter()
        // Other things look like rules: RUSTSEC-2025 has four digits, SHA-256 three letters; these are left.
        .filter(|(rule, _)| !stated.contains_key(rule) && !rule.starts_with("DRAFT-"))
        .collect();
    assert!(
        unstated.is_empty(),
        "rules that no specification states: {unstated:#?}"
    );
}

/// Every rule of the specification is named in the code or in a test.
#[test]
fn every_rule_stated_is_enforced_somewhere() {
    let mut files = tracked(".rs");
    files.extend(tracked(".py"));
    files.retain(|(path, _)| !path.ends_with("tests/tests/documents.rs"));
    let named = collect(&files);
    let forgotten: Vec<_> = stated()
        .into_iter()
        .filter(|(rule, _)| !named.contains_key(rule))
        .collect();
    assert!(
        forgotten.is_empty(),
        "rules that stand at no function and no test: {forgotten:#?}"
    );
}

#[test]
fn the_reader_of_documents_reads() {
    assert_eq!(
        links("a [b](c.md#d) and `[x](y)`\n```\n[no](no)\n```\n[e](f)"),
        ["c.md#d", "f"]
    );
    assert_eq!(anchor("## Speed & memory (all)"), "speed--memory-all");
    assert_eq!(words("a \"b c\" 'd' -e=f # g"), ["a", "b c", "d", "-e=f"]);
    assert_eq!(words("a && b"), ["a"]);
    assert_eq!(
        rules_in("WIRE-2 to WIRE-4, SHA-256, RUSTSEC-2025-0141 (EXCH-1)"),
        ["WIRE-2", "WIRE-4", "EXCH-1", "WIRE-3"]
    );
}
