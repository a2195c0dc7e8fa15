//! The texts that a person sees, in Ukrainian, Russian and English (`locales/`).

use std::{borrow::Cow, collections::HashMap};

use fluent_templates::{Loader, fluent_bundle::FluentValue};
use tidings_protocol::language::Language;
use unic_langid::{LanguageIdentifier, langid};

fluent_templates::static_loader! {
    static LOCALES = {
        locales: "./locales",
        fallback_language: "en",
        // Isolation marks around arguments are invisible in a terminal but land in copied text.
        customise: |bundle| bundle.set_use_isolating(false),
    };
}

/// The texts of one language.
#[derive(Debug, Clone)]
pub(crate) struct Texts {
    language: LanguageIdentifier,
}

/// Arguments of a text.
pub(crate) type Arguments<'a> = [(&'static str, FluentValue<'a>)];

impl Texts {
    /// The language asked for by `--lang`, else by the locale of the machine, else English.
    pub(crate) fn choose(asked: Option<&str>) -> Self {
        let locale = || {
            // POSIX order; `sys_locale` knows the other platforms.
            ["LC_ALL", "LC_MESSAGES", "LANG"]
                .iter()
                .filter_map(|name| std::env::var(name).ok())
                .find(|value| !value.is_empty())
                .or_else(sys_locale::get_locale)
        };
        let code = asked.map(str::to_owned).or_else(locale).unwrap_or_default();
        let language = match code.get(..2) {
            Some("uk") => langid!("uk"),
            Some("ru") => langid!("ru"),
            _ => langid!("en"),
        };
        Self { language }
    }

    /// Two letters: `uk`, `ru` or `en`.
    pub(crate) fn code(&self) -> &str {
        self.language.language.as_str()
    }

    /// The language in which check words are shown.
    pub(crate) fn language(&self) -> Language {
        self.code().parse().unwrap_or(Language::English)
    }

    /// The text `id`.
    pub(crate) fn text(&self, id: &str) -> String {
        LOCALES.lookup(&self.language, id)
    }

    /// The text `id`, if there is one.
    pub(crate) fn find(&self, id: &str, arguments: &Arguments<'_>) -> Option<String> {
        let arguments: HashMap<Cow<'static, str>, FluentValue<'_>> = arguments
            .iter()
            .map(|(name, value)| (Cow::Borrowed(*name), value.clone()))
            .collect();
        let text = LOCALES.try_lookup_with_args(&self.language, id, &arguments)?;
        Some(inner_quotes(text))
    }

    /// A number of bytes, as the language writes it.
    pub(crate) fn size(&self, bytes: u64) -> String {
        let (id, n) = match bytes {
            0..1_024 => ("size-bytes", bytes.to_string()),
            1_024..1_048_576 => ("size-kib", bytes.div_ceil(1_024).to_string()),
            _ => {
                let tenths = bytes.saturating_mul(10).div_ceil(1_048_576);
                let point = if self.code() == "en" { '.' } else { ',' };
                match (tenths / 10, tenths % 10) {
                    (whole, 0) => ("size-mib", whole.to_string()),
                    (whole, tenth) => ("size-mib", format!("{whole}{point}{tenth}")),
                }
            }
        };
        self.with(id, &[("n", n.into())])
    }

    /// The text `id` with arguments.
    pub(crate) fn with(&self, id: &str, arguments: &Arguments<'_>) -> String {
        self.find(id, arguments).unwrap_or_else(|| id.to_owned())
    }
}

/// Quotation marks within quotation marks, as Ukrainian and Russian write them: «Бюро „Місток“».
fn inner_quotes(text: String) -> String {
    if text.matches('«').count() < 2 {
        return text;
    }
    let mut depth = 0_u32;
    text.chars()
        .map(|c| match c {
            '«' => {
                depth += 1;
                if depth > 1 { '„' } else { c }
            }
            '»' => {
                depth = depth.saturating_sub(1);
                if depth > 0 { '“' } else { c }
            }
            _ => c,
        })
        .collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    /// Keys of one language with the arguments that each text uses.
    fn keys(code: &str) -> BTreeMap<String, BTreeSet<String>> {
        let folder = format!("{}/locales/{code}", env!("CARGO_MANIFEST_DIR"));
        let mut keys = BTreeMap::new();
        let mut current: Option<String> = None;
        for file in std::fs::read_dir(folder).unwrap() {
            for line in std::fs::read_to_string(file.unwrap().path())
                .unwrap()
                .lines()
            {
                // A text of several lines has nothing behind its sign.
                if let Some((key, _)) = line.split_once(" =")
                    && !key.contains(' ')
                    && key.starts_with(|c: char| c.is_ascii_lowercase())
                {
                    assert!(
                        keys.insert(key.to_owned(), BTreeSet::new()).is_none(),
                        "{code}: {key} stands twice"
                    );
                    current = Some(key.to_owned());
                }
                let used: Vec<String> = line
                    .split("{ $")
                    .skip(1)
                    .map(|rest| rest.split([' ', '}']).next().unwrap().to_owned())
                    .collect();
                if let Some(key) = &current {
                    keys.get_mut(key).unwrap().extend(used);
                }
            }
        }
        keys
    }

    #[test]
    fn every_language_has_every_text_with_the_same_arguments() {
        let english = keys("en");
        assert!(english.len() > 100);
        for code in ["uk", "ru"] {
            let mut other = keys(code);
            for (key, arguments) in &english {
                let theirs = other.remove(key);
                // A plural form may spell a number that another language writes out.
                let missing = theirs
                    .as_ref()
                    .is_none_or(|theirs| !arguments.is_subset(theirs));
                assert!(
                    !missing,
                    "{code}: {key} is missing or lacks an argument: {theirs:?}"
                );
            }
            assert!(
                other.is_empty(),
                "{code} has texts that English lacks: {:?}",
                other.keys()
            );
        }
    }

    /// Whatever stands between quotes in our sources and looks like the key of a text.
    fn literals(file: &std::path::Path, into: &mut BTreeSet<String>) {
        if file.is_dir() {
            for inner in std::fs::read_dir(file).unwrap() {
                literals(&inner.unwrap().path(), into);
            }
            return;
        }
        let source = std::fs::read_to_string(file).unwrap();
        into.extend(source.split('"').skip(1).step_by(2).map(str::to_owned));
    }

    #[test]
    fn no_text_is_left_over() {
        let mut used = BTreeSet::new();
        let sources = concat!(env!("CARGO_MANIFEST_DIR"), "/src/bin/tidings");
        literals(std::path::Path::new(sources), &mut used);
        // Keys that are put together from a word of the library.
        let composed = [
            "help",
            "error-",
            "state-",
            "grade-",
            "kind-",
            "enclosure-",
            "picture-",
            "warning-",
        ];
        let left: Vec<String> = keys("en")
            .into_keys()
            .filter(|key| {
                !composed.iter().any(|start| key.starts_with(start)) && !used.contains(key)
            })
            .collect();
        assert!(left.is_empty(), "{left:?}");
    }

    #[test]
    fn every_failure_of_the_library_has_a_sentence() {
        let mut codes = BTreeSet::new();
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/src/error/codes.rs");
        literals(std::path::Path::new(source), &mut codes);
        let english = keys("en");
        let looks_like_a_code = |code: &&String| {
            code.contains('-')
                && code
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        };
        let missing: Vec<&String> = codes
            .iter()
            .filter(looks_like_a_code)
            .filter(|code| !english.contains_key(&format!("error-{code}")))
            .collect();
        assert!(codes.len() > 40 && missing.is_empty(), "{missing:?}");
    }

    #[test]
    fn plural_forms_follow_the_language() {
        let form = |code: &str, count: i64| {
            Texts::choose(Some(code)).with("outbox-sent", &[("count", count.into())])
        };
        assert_eq!(form("uk", 1), "Надіслано 1 лист.");
        assert_eq!(form("uk", 5), "Надіслано 5 листів.");
        assert_eq!(form("ru", 3), "Отправлено 3 письма.");
        assert_eq!(form("ru", 21), "Отправлено 21 письмо.");
        assert_eq!(form("en", 2), "2 letters were sent.");
    }

    #[test]
    fn sizes_are_written_as_the_language_does() {
        let size = |code: &str, bytes| Texts::choose(Some(code)).size(bytes);
        assert_eq!(size("uk", 8_388_608), "8 МіБ");
        assert_eq!(size("ru", 1_600_000), "1,6 МиБ");
        assert_eq!(size("en", 1_600_000), "1.6 MiB");
        assert_eq!(size("en", 1_025), "2 KiB");
        assert_eq!(size("uk", 80), "80 Б");
    }

    #[test]
    fn arguments_are_not_wrapped_in_invisible_marks() {
        let text = Texts::choose(Some("uk")).with("contact-added", &[("name", "Оля".into())]);
        assert_eq!(text, "Контакт «Оля» додано.");
        let text =
            Texts::choose(Some("uk")).with("contact-added", &[("name", "Бюро «Місток»".into())]);
        assert_eq!(text, "Контакт «Бюро „Місток“» додано.");
    }
}
