//! The texts that a person sees, in Ukrainian, Russian and English (`locales/`).

use std::{borrow::Cow, collections::HashMap};

use fluent_templates::{Loader, fluent_bundle::FluentValue};
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
        LOCALES.try_lookup_with_args(&self.language, id, &arguments)
    }

    /// The text `id` with arguments.
    pub(crate) fn with(&self, id: &str, arguments: &Arguments<'_>) -> String {
        self.find(id, arguments).unwrap_or_else(|| id.to_owned())
    }
}
