//! The words that a person at the desk sees, in Ukrainian, Russian and English (`client/desk/locales`).

use std::{borrow::Cow, collections::HashMap};

use fluent_templates::{Loader, fluent_bundle::FluentValue};
use tidings_protocol::language::Language;
use unic_langid::{LanguageIdentifier, langid};

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        // Isolation marks land in copied text and in the titles of windows; our languages are all written left to right.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// Arguments of a text.
pub(crate) type Arguments<'a> = [(&'static str, FluentValue<'a>)];

/// The texts of one language.
#[derive(Debug, Clone)]
pub struct Texts {
    identifier: LanguageIdentifier,
    language: Language,
}

impl Texts {
    /// The texts in this language.
    #[must_use]
    pub fn of(language: Language) -> Self {
        let identifier = match language {
            Language::Ukrainian => langid!("uk"),
            Language::Russian => langid!("ru"),
            Language::English => langid!("en"),
        };
        Self {
            identifier,
            language,
        }
    }

    /// The first language of a browser's `Accept-Language` (RFC 9110, 12.5.4) that we have, in the order of its weights;
    /// English if it asks for none of ours.
    #[must_use]
    pub fn asked_for(header: &str) -> Self {
        let mut asked: Vec<(u16, Language)> = header
            .split(',')
            .filter_map(|part| {
                let mut fields = part.split(';').map(str::trim);
                let language = fields.next()?.get(..2)?.to_ascii_lowercase().parse().ok()?;
                let weight = fields
                    .find_map(|field| field.strip_prefix("q="))
                    .map_or(1.0, |q| q.parse::<f32>().unwrap_or(0.0).clamp(0.0, 1.0));
                // Clamped above, so that the cast loses fractions only.
                Some(((weight * 1000.0) as u16, language))
            })
            .filter(|(weight, _)| *weight > 0)
            .collect();
        asked.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        Self::of(asked.first().map_or(Language::English, |(_, it)| *it))
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// Its two letters, as they stand in `lang` attributes.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self.language {
            Language::Ukrainian => "uk",
            Language::Russian => "ru",
            Language::English => "en",
        }
    }

    /// The text `id`.
    #[must_use]
    pub fn say(&self, id: &str) -> String {
        LOCALES.lookup(&self.identifier, id)
    }

    /// The text `id`, if there is one.
    pub(crate) fn find(&self, id: &str, arguments: &Arguments<'_>) -> Option<String> {
        let arguments: HashMap<Cow<'static, str>, FluentValue<'_>> = arguments
            .iter()
            .map(|(name, value)| (Cow::Borrowed(*name), value.clone()))
            .collect();
        LOCALES.try_lookup_with_args(&self.identifier, id, &arguments)
    }

    /// The text `id` with arguments.
    pub(crate) fn with(&self, id: &str, arguments: &Arguments<'_>) -> String {
        self.find(id, arguments).unwrap_or_else(|| id.to_owned())
    }

    /// The text `id` with one number, for plural forms.
    pub(crate) fn count(&self, id: &str, count: u64) -> String {
        self.with(id, &[("count", count.into())])
    }
}

/// Arguments of a text: `args![name = "Оля", count = 3]`.
macro_rules! args {
    ($($name:ident = $value:expr),* $(,)?) => {
        &[$((stringify!($name), ::fluent_templates::fluent_bundle::FluentValue::from($value))),*][..]
    };
}
pub(crate) use args;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        fs,
        path::Path,
    };

    use super::*;

    const ROOM: &str = env!("CARGO_MANIFEST_DIR");

    /// Keys of one language with the arguments that each text uses.
    fn keys(code: &str) -> BTreeMap<String, BTreeSet<String>> {
        let mut keys: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for file in fs::read_dir(format!("{ROOM}/locales/{code}")).unwrap() {
            let mut current: Option<String> = None;
            for line in fs::read_to_string(file.unwrap().path()).unwrap().lines() {
                if let Some((key, _)) = line.split_once(" =")
                    && key.starts_with(|c: char| c.is_ascii_lowercase())
                {
                    assert!(
                        keys.insert(key.to_owned(), BTreeSet::new()).is_none(),
                        "{code}: {key} stands twice"
                    );
                    current = Some(key.to_owned());
                }
                let used = line
                    .split("{ $")
                    .skip(1)
                    .map(|rest| rest.split([' ', '}']).next().unwrap().to_owned());
                if let Some(key) = &current {
                    keys.get_mut(key).unwrap().extend(used);
                }
            }
        }
        keys
    }

    /// Whatever stands between quotes in our sources.
    fn literals(file: &Path, into: &mut BTreeSet<String>) {
        if file.is_dir() {
            for inner in fs::read_dir(file).unwrap() {
                literals(&inner.unwrap().path(), into);
            }
            return;
        }
        let source = fs::read_to_string(file).unwrap();
        into.extend(source.split('"').map(str::to_owned));
    }

    #[test]
    fn every_language_has_every_text_with_the_same_arguments() {
        let english = keys("en");
        assert!(english.len() > 200, "only {} texts", english.len());
        for code in ["uk", "ru"] {
            let mut other = keys(code);
            for (key, arguments) in &english {
                let theirs = other.remove(key);
                assert_eq!(theirs.as_ref(), Some(arguments), "{code}: {key}");
            }
            assert!(
                other.is_empty(),
                "{code} has texts that English lacks: {:?}",
                other.keys()
            );
        }
    }

    /// A Slavic text that counts has all the forms that its grammar has.
    #[test]
    fn every_text_that_counts_has_its_plural_forms() {
        for code in ["uk", "ru", "en"] {
            for file in fs::read_dir(format!("{ROOM}/locales/{code}")).unwrap() {
                let path = file.unwrap().path();
                let text = fs::read_to_string(&path).unwrap();
                for select in text.split("{ $count ->").skip(1) {
                    let forms = select.split("\n}").next().unwrap();
                    let wanted: &[&str] = if code == "en" {
                        &["[one]", "*[other]"]
                    } else {
                        &["[one]", "[few]", "*[other]"]
                    };
                    for form in wanted {
                        assert!(forms.contains(form), "{}: {forms}", path.display());
                    }
                }
            }
        }
    }

    #[test]
    fn no_text_is_left_over_and_none_is_missing() {
        let mut used = BTreeSet::new();
        for place in ["src", "paper/src"] {
            literals(&Path::new(ROOM).join(place), &mut used);
        }
        // Keys that are put together from a word of the domain.
        let composed = |key: &str| {
            crate::web::COMPOSED_TEXTS
                .iter()
                .any(|start| key.starts_with(start))
        };
        let known = keys("en");
        let left: Vec<&String> = known
            .keys()
            .filter(|key| !composed(key) && !used.contains(*key))
            .collect();
        assert!(left.is_empty(), "left over: {left:?}");
        let looks_like_a_key = |literal: &&String| {
            crate::web::TEXT_ROOMS.iter().any(|room| {
                literal
                    .strip_prefix(room)
                    .is_some_and(|rest| !rest.is_empty())
            }) && literal
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        };
        let missing: Vec<&String> = used
            .iter()
            .filter(looks_like_a_key)
            .filter(|key| !key.ends_with('-') && !known.contains_key(*key))
            // The codes of errors stand in sources without the beginning of their texts.
            .filter(|key| !known.contains_key(&format!("error-{key}")))
            .collect();
        assert!(missing.is_empty(), "missing: {missing:?}");
    }

    /// Every word that the domain writes into the log can be read there.
    #[test]
    fn every_deed_has_its_words() {
        let known = keys("en");
        let mut deeds = BTreeSet::new();
        let mut files = vec![Path::new(ROOM).join("src")];
        while let Some(file) = files.pop() {
            if file.is_dir() {
                files.extend(
                    fs::read_dir(file)
                        .unwrap()
                        .map(|inner| inner.unwrap().path()),
                );
                continue;
            }
            let source = fs::read_to_string(file).unwrap();
            let source = source.split("mod tests").next().unwrap();
            for rest in source.split("log.add(").skip(1) {
                if let Some(word) = rest.trim_start().strip_prefix('"') {
                    deeds.insert(word.split('"').next().unwrap().replace('_', "-"));
                }
            }
        }
        let missing: Vec<&String> = deeds
            .iter()
            .filter(|deed| !known.contains_key(&format!("did-{deed}")))
            .collect();
        assert!(deeds.len() > 30 && missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn the_browser_is_heard() {
        let code = |header: &str| Texts::asked_for(header).code();
        assert_eq!(code("uk-UA,uk;q=0.9,ru;q=0.8,en;q=0.7"), "uk");
        assert_eq!(code("de, ru;q=0.5, en;q=0.9"), "en");
        assert_eq!(code("de-AT,de"), "en");
        assert_eq!(code("ru;q=0, uk;q=0.1"), "uk");
        assert_eq!(code(""), "en");
        assert_eq!(code("ü;q=x"), "en");
    }
}
