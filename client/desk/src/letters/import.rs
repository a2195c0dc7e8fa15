//! Taking letters over from the account (DESK-4). How far it came is stored with what came, so that a letter is taken over once,
//! whatever happens between; enclosures follow, one letter in a transaction.

use rusqlite::{Transaction, params};
use tidings_client::{Direction, EnclosureKind, Letter, LetterKind, LetterNumber};
use tidings_protocol::{language::Language, letter::Evidence, time::UnixTime};

use super::{Move, State, search::keys_of, step};
use crate::{
    Desk, Error, Post, Subject,
    folding::folded,
    notes, settings,
    store::{int, uint},
};

/// Letters that are taken over in one transaction.
const BATCH: usize = 64;
/// The name of the setting that holds the number of the last letter taken over.
const REACHED: &str = "imported";

/// What was taken over.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct ImportReport {
    /// Letters to captives.
    pub letters: Vec<LetterNumber>,
    /// Messages to the office.
    pub messages: Vec<LetterNumber>,
    /// Enclosures that came.
    pub enclosures: u64,
    /// Enclosures and contents that have not come yet: they follow with a later collect.
    pub awaited: u64,
}

impl Desk {
    /// Takes over what the account has collected. To be called after each collect, and when the desk is opened; calling
    /// it twice changes nothing.
    ///
    /// # Errors
    /// Those of the vault and the store. What was taken over before stays.
    pub fn import(&self, post: &dyn Post, now: UnixTime) -> Result<ImportReport, Error> {
        let mut report = ImportReport::default();
        loop {
            let reached: u64 = self
                .store
                .read("reading how far letters were taken over", |sql| {
                    Ok(settings::get(sql, REACHED)?.unwrap_or(0))
                })?;
            let batch = post.letters_after(LetterNumber(reached), BATCH)?;
            let Some(last) = batch.last() else { break };
            let last = last.number;
            self.act_alone("taking letters over", None, now, |sql, log| {
                for letter in &batch {
                    take(sql, letter, &mut report)?;
                }
                settings::put(sql, REACHED, &last.0)?;
                let taken = batch
                    .iter()
                    .filter(|letter| letter.direction == Direction::In);
                let taken = taken.count();
                if taken > 0 {
                    log.add("letters_taken", Subject::Office, &taken.to_string());
                }
                Ok(())
            })?;
        }
        self.take_awaited(post, now, &mut report)?;
        self.fill_enclosures(post, &mut report)?;
        Ok(report)
    }

    /// Letters whose content lay in a blob that had not come.
    fn take_awaited(
        &self,
        post: &dyn Post,
        now: UnixTime,
        report: &mut ImportReport,
    ) -> Result<(), Error> {
        let awaited: Vec<i64> = self.store.read("reading what is awaited", |sql| {
            let mut statement = sql.prepare_cached("SELECT letter FROM awaited ORDER BY letter")?;
            Ok(statement
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?)
        })?;
        for number in awaited {
            let letter = match post.letter(LetterNumber(uint(number))) {
                Ok(letter) if letter.kind == LetterKind::Unknown => {
                    report.awaited += 1;
                    continue;
                }
                Ok(letter) => Some(letter),
                Err(tidings_client::Error::NoLetter { .. }) => None,
                Err(other) => return Err(other.into()),
            };
            self.act_alone("taking letters over", None, now, |sql, log| {
                sql.execute("DELETE FROM awaited WHERE letter = ?1", [number])?;
                if let Some(letter) = &letter {
                    take(sql, letter, report)?;
                    log.add("letters_taken", Subject::Office, "1");
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// Enclosures that the account has by now.
    pub(crate) fn fill_enclosures(
        &self,
        post: &dyn Post,
        report: &mut ImportReport,
    ) -> Result<(), Error> {
        let missing: Vec<(i64, i64)> = self.store.read("reading missing enclosures", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT letter, place FROM enclosures WHERE bytes IS NULL ORDER BY letter, place",
            )?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        for (letter, place) in missing {
            let number = LetterNumber(uint(letter));
            let opened = post.enclosure(number, usize::try_from(place).unwrap_or(usize::MAX));
            let bytes = match opened {
                Ok(bytes) => bytes,
                // One that does not open must not hold up those that do: the page shows that it is missing.
                Err(error) if !notes::is_of_the_vault(&error) => {
                    report.awaited += 1;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            self.store.write("storing an enclosure", |sql| {
                sql.execute(
                    "UPDATE enclosures SET bytes = ?3 WHERE letter = ?1 AND place = ?2",
                    params![letter, place, bytes],
                )?;
                Ok(())
            })?;
            report.enclosures += 1;
        }
        Ok(())
    }
}

fn take(sql: &Transaction<'_>, letter: &Letter, report: &mut ImportReport) -> Result<(), Error> {
    if letter.direction == Direction::Out {
        return Ok(());
    }
    match letter.kind {
        LetterKind::Letter if letter.addressee.is_some() => {
            take_letter(sql, letter)?;
            report.letters.push(letter.number);
        }
        // A letter that names nobody is for the office, as far as a program can tell (DESK-38).
        LetterKind::Letter | LetterKind::Text => {
            take_message(sql, letter)?;
            report.messages.push(letter.number);
        }
        LetterKind::Unknown => {
            sql.execute(
                "INSERT OR IGNORE INTO awaited (letter) VALUES (?1)",
                [int(letter.number.0)],
            )?;
        }
        // Nobody but an office writes these, and no office is written to by another.
        LetterKind::Reply | LetterKind::Status => {}
    }
    Ok(())
}

pub(crate) fn take_letter(sql: &Transaction<'_>, letter: &Letter) -> Result<(), Error> {
    let text = letter.text.as_deref().unwrap_or("");
    let pictures = letter.enclosures.iter().filter(|enclosure| {
        matches!(
            enclosure.kind,
            EnclosureKind::Photo | EnclosureKind::Drawing
        )
    });
    let number = int(letter.number.0);
    sql.prepare_cached(
        "INSERT INTO letters
            (letter, contact, writer, addressee, language, received, state, since, pictures, lines)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6, ?8, ?9)",
    )?
    .execute(params![
        number,
        int(letter.contact.0),
        letter.contact_name,
        letter.addressee,
        language_of_text(text).code(),
        int(letter.date.0),
        State::TakenByDesk,
        int(pictures.count() as u64),
        int(text.lines().count() as u64),
    ])?;
    sql.prepare_cached("INSERT INTO letter_texts (letter, text) VALUES (?1, ?2)")?
        .execute(params![number, text])?;
    for (place, enclosure) in letter.enclosures.iter().enumerate() {
        sql.prepare_cached(
            "INSERT INTO enclosures (letter, place, kind, name, media_type) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            number,
            int(place as u64),
            enclosure.kind.word(),
            enclosure.name,
            enclosure.media_type
        ])?;
    }
    let names = format!(
        "{} {}",
        folded(letter.addressee.as_deref().unwrap_or("")),
        folded(&letter.contact_name)
    );
    sql.prepare_cached("INSERT INTO letter_names (rowid, names) VALUES (?1, ?2)")?
        .execute(params![number, names])?;
    let keys = keys_of(letter.addressee.as_deref(), &letter.contact_name);
    sql.prepare_cached("INSERT INTO letter_keys (rowid, keys) VALUES (?1, ?2)")?
        .execute(params![number, keys])?;
    let how = Move {
        to: State::TakenByDesk,
        reason: None,
        by: None,
        at: letter.date,
        evidence: Evidence::DeskSaw,
    };
    step(sql, letter.number, &how)
}

fn take_message(sql: &Transaction<'_>, letter: &Letter) -> Result<(), Error> {
    sql.prepare_cached(
        "INSERT INTO messages (letter, contact, writer, received, answers, text, unaddressed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        int(letter.number.0),
        int(letter.contact.0),
        letter.contact_name,
        int(letter.date.0),
        letter.answers.map(|answers| int(answers.0)),
        letter.text.as_deref().unwrap_or(""),
        letter.kind == LetterKind::Letter
    ])?;
    Ok(())
}

/// Told by the letters that only one of the languages has; a text without any of them counts as Ukrainian when it is
/// Cyrillic. A person reads the letter anyhow.
fn language_of_text(text: &str) -> Language {
    let lower = text.to_lowercase();
    let has = |letters: &[char]| lower.contains(letters);
    let is_latin = text.chars().any(|c| c.is_ascii_alphabetic())
        && !text.chars().any(|c| ('\u{400}'..='\u{4ff}').contains(&c));
    if has(&['і', 'ї', 'є', 'ґ']) {
        Language::Ukrainian
    } else if has(&['ы', 'э', 'ъ', 'ё']) {
        Language::Russian
    } else if is_latin {
        Language::English
    } else {
        Language::Ukrainian
    }
}
