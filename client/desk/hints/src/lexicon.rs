//! Words that tell of ranks, uniforms, weapons, positions, fighting and politics: `lexicon.txt` (HINTS-2).

use std::{collections::BTreeMap, sync::LazyLock};

use crate::{Confidence, Found, Kind, tokens::Text};

/// Letters that an ending may add to a stem of the lexicon.
const ENDING_MAX: usize = 4;

struct Entry {
    kind: Kind,
    confidence: Confidence,
    /// Words behind the first one, each a stem or a whole word.
    rest: Vec<(&'static str, bool)>,
    /// Whether only capitals mean it: «СВО», «ТРО».
    shouted: bool,
}

#[derive(Default)]
struct Lexicon {
    /// By whole first word.
    whole: BTreeMap<&'static str, Vec<Entry>>,
    /// By the stem of the first word.
    stems: BTreeMap<&'static str, Vec<Entry>>,
}

static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| read(include_str!("lexicon.txt")));

/// Looks a word up, and the words behind it where the entry has more than one. The longest entry counts, then the surest.
pub(crate) fn word(text: &Text<'_>, at: usize) -> Option<Found> {
    let word = text.word(at)?;
    let whole = LEXICON.whole.get(word).into_iter().flatten();
    let stems = word
        .char_indices()
        .map(|(end, letter)| end + letter.len_utf8())
        .rev()
        .take(ENDING_MAX + 1)
        .filter_map(|end| LEXICON.stems.get(&word[..end]))
        .flatten();
    let mut best: Option<Found> = None;
    for entry in whole.chain(stems) {
        let follows = entry
            .rest
            .iter()
            .enumerate()
            .all(|(place, (part, is_stem))| {
                text.word(at + 1 + place).is_some_and(|word| {
                    if *is_stem {
                        inflects(word, part)
                    } else {
                        word == *part
                    }
                })
            });
        let shouted = !entry.shouted || is_shouted(text.written(at));
        let to = at + 1 + entry.rest.len();
        let better = best
            .as_ref()
            .is_none_or(|best| (to, entry.confidence) > (best.to, best.confidence));
        if follows && shouted && better {
            best = Some(Found {
                from: at,
                to,
                kind: entry.kind,
                confidence: entry.confidence,
            });
        }
    }
    best
}

fn inflects(word: &str, stem: &str) -> bool {
    word.strip_prefix(stem)
        .is_some_and(|ending| ending.chars().count() <= ENDING_MAX)
}

fn is_shouted(word: &str) -> bool {
    !word.chars().any(char::is_lowercase)
}

/// Lines of `kind|confidence|entries`, the entries separated by commas; a star ends a stem, `!` before an entry asks for
/// capitals.
fn read(table: &'static str) -> Lexicon {
    let mut lexicon = Lexicon::default();
    for line in table.lines().filter(|line| !line.starts_with('#')) {
        let mut columns = line.splitn(3, '|');
        let (Some(kind), Some(confidence), Some(entries)) = (
            columns.next().and_then(kind_of),
            columns.next().and_then(confidence_of),
            columns.next(),
        ) else {
            continue;
        };
        for entry in entries
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
        {
            let (shouted, entry) = entry
                .strip_prefix('!')
                .map_or((false, entry), |entry| (true, entry));
            let mut words = entry.split(' ').map(|word| {
                word.strip_suffix('*')
                    .map_or((word, false), |stem| (stem, true))
            });
            let Some((first, is_stem)) = words.next() else {
                continue;
            };
            let map = if is_stem {
                &mut lexicon.stems
            } else {
                &mut lexicon.whole
            };
            map.entry(first).or_default().push(Entry {
                kind,
                confidence,
                rest: words.collect(),
                shouted,
            });
        }
    }
    lexicon
}

fn kind_of(name: &str) -> Option<Kind> {
    [
        Kind::Unit,
        Kind::Rank,
        Kind::Uniform,
        Kind::Weapon,
        Kind::Position,
        Kind::Military,
        Kind::Politics,
    ]
    .into_iter()
    .find(|kind| kind.key() == name)
}

fn confidence_of(name: &str) -> Option<Confidence> {
    match name {
        "low" => Some(Confidence::Low),
        "medium" => Some(Confidence::Medium),
        "high" => Some(Confidence::High),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line that is not understood would be a word that is silently never found.
    #[test]
    fn every_line_is_understood() {
        for line in include_str!("lexicon.txt")
            .lines()
            .filter(|line| !line.starts_with('#'))
        {
            let mut columns = line.splitn(3, '|');
            assert!(columns.next().and_then(kind_of).is_some(), "{line}");
            assert!(columns.next().and_then(confidence_of).is_some(), "{line}");
            let entries = columns.next().unwrap_or_default();
            assert!(!entries.trim().is_empty(), "{line}");
            assert_eq!(entries, entries.to_lowercase(), "{line}");
            assert!(!entries.contains('ё'), "{line}");
        }
        assert!(LEXICON.whole.len() + LEXICON.stems.len() > 300);
    }
}
