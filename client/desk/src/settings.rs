//! What the office decided about itself.

use rusqlite::{OptionalExtension, Transaction, params};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use tidings_protocol::{language::Language, limits::CARD_NAME_MAX, time::UnixTime};

use crate::{Action, Actor, Desk, Error, Subject, desk::line};

/// The office's settings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Name of the office, as on its card.
    pub name: String,
    /// Languages in which it can be written to.
    pub languages: Vec<Language>,
    /// Return address of reply sheets: the office's, never a family's. Lines.
    pub address: String,
    /// Seconds without use after which a session locks itself, at least 30.
    pub idle_seconds: u32,
    /// Whether nothing is open to operators who have no second factor but to set one up (DESK-39).
    pub second_factor_required: bool,
    /// Whether letters wait until a person confirms the captivity: captors may think him a civilian.
    pub hold_until_confirmed: bool,
    /// Days after printing for which text and pictures are kept; afterwards they are erased here.
    pub keep_after_print_days: u32,
    /// Days for which scans are kept after they were sent.
    pub keep_scans_days: u32,
    /// Days for which a closed tracing request is kept.
    pub keep_requests_days: u32,
    /// Days for which a message from a family is kept after it was laid by.
    pub keep_messages_days: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            name: String::new(),
            languages: Language::ALL.to_vec(),
            address: String::new(),
            idle_seconds: 600,
            second_factor_required: false,
            hold_until_confirmed: false,
            keep_after_print_days: 30,
            keep_scans_days: 90,
            keep_requests_days: 365,
            keep_messages_days: 365,
        }
    }
}

/// Longest time for which anything is kept: a hundred years, so that days stay countable.
pub const KEEP_DAYS_MAX: u32 = 36_500;
/// Shortest idle time: less would lock people out while they read.
const IDLE_MIN: u32 = 30;

impl Desk {
    /// The settings.
    ///
    /// # Errors
    /// Those of the store.
    pub fn settings(&self) -> Result<Settings, Error> {
        self.store.read("reading the settings", |sql| {
            Ok(get(sql, OFFICE)?.unwrap_or_default())
        })
    }

    /// Changes the settings.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::ChangeSettings`]; [`Error::Text`] for a name that is none.
    pub fn change_settings(
        &self,
        by: &Actor,
        settings: &Settings,
        now: UnixTime,
    ) -> Result<(), Error> {
        let mut settings = settings.clone();
        settings.name = line("name", &settings.name, CARD_NAME_MAX)?;
        settings.idle_seconds = settings.idle_seconds.max(IDLE_MIN);
        for days in [
            &mut settings.keep_after_print_days,
            &mut settings.keep_scans_days,
            &mut settings.keep_requests_days,
            &mut settings.keep_messages_days,
        ] {
            *days = (*days).clamp(1, KEEP_DAYS_MAX);
        }
        self.act(
            "changing the settings",
            by,
            Action::ChangeSettings,
            now,
            |sql, log| {
                put(sql, OFFICE, &settings)?;
                log.add("settings_changed", Subject::Office, "");
                Ok(())
            },
        )
    }
}

impl Desk {
    /// Lets `change` set how the office's account reaches its relays. The log has the words of `detail`, and no address.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::ChangeSettings`]; [`Error::Account`] for settings that leave no way.
    pub fn change_network(
        &self,
        by: &Actor,
        detail: &str,
        change: impl FnOnce() -> Result<(), tidings_client::Error>,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act(
            "changing the network",
            by,
            Action::ChangeSettings,
            now,
            |_, log| {
                log.add("network_changed", Subject::Office, detail);
                Ok(change()?)
            },
        )
    }
}

/// The name of the row of [`Settings`].
pub(crate) const OFFICE: &str = "office";

/// A value of the settings by its name.
pub(crate) fn get<T: DeserializeOwned>(
    sql: &Transaction<'_>,
    name: &str,
) -> Result<Option<T>, Error> {
    let text: Option<String> = sql
        .prepare_cached("SELECT value FROM settings WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    text.map(|text| {
        serde_json::from_str(&text).map_err(|_| Error::Damaged {
            what: "a setting does not read",
        })
    })
    .transpose()
}

/// Sets a value.
pub(crate) fn put<T: Serialize>(sql: &Transaction<'_>, name: &str, value: &T) -> Result<(), Error> {
    let text = serde_json::to_string(value).map_err(|_| Error::Damaged {
        what: "a setting cannot be written",
    })?;
    sql.execute(
        "INSERT INTO settings (name, value) VALUES (?1, ?2)
         ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        params![name, text],
    )?;
    Ok(())
}
