//! Cuts: parts of a letter that are blacked out, so that everybody sees that something was there. What stood there is
//! sealed into the compartment before it is overwritten.

use std::ops::Range;

use rusqlite::{OptionalExtension, Transaction, params};
use tidings_client::LetterNumber;
use tidings_protocol::{letter::Evidence, time::UnixTime};

use super::gate;
use crate::{
    Action, Actor, Compartment, Desk, Error, State, Subject, compartment,
    letters::{Move, access, go, text},
    store::int,
};

/// What a cut letter shows in place of a character.
const BLOCK: char = '█';

/// What is cut.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cuts {
    /// Parts of the text, in bytes of UTF-8 of the text as it stands. They may touch and overlap.
    pub text: Vec<Range<usize>>,
    /// Enclosures that are left out, by place.
    pub enclosures: Vec<u32>,
}

impl Desk {
    /// Passes a letter with cuts. The original is sealed; what lists, pages and paper show from now on is the cut text.
    ///
    /// # Errors
    /// [`Error::Cuts`] if there are none, or one does not fit the text; those of [`Desk::pass`].
    pub fn pass_with_cuts(
        &self,
        by: &Actor,
        number: LetterNumber,
        cuts: &Cuts,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act("cutting a letter", by, Action::Review, now, |sql, log| {
            access::check(sql, by, number, now)?;
            gate(sql, number)?;
            let before = text(sql, number)?;
            let after = blacked(&before, &cuts.text)?;
            if after == before && cuts.enclosures.is_empty() {
                return Err(Error::Cuts);
            }
            if !has_cuts(sql, number)? {
                let original = compartment::seal(sql, before.as_bytes(), about(number))?;
                sql.execute(
                    "INSERT INTO cuts (letter, original, at, operator) VALUES (?1, ?2, ?3, ?4)",
                    params![
                        int(number.0),
                        original,
                        int(now.0),
                        by.id().map(|id| int(id.0))
                    ],
                )?;
            }
            sql.execute(
                "UPDATE letter_texts SET text = ?2 WHERE letter = ?1",
                params![int(number.0), after],
            )?;
            for place in &cuts.enclosures {
                let changed = sql.execute(
                    "UPDATE enclosures SET left_out = 1 WHERE letter = ?1 AND place = ?2",
                    params![int(number.0), place],
                )?;
                if changed == 0 {
                    return Err(Error::Cuts);
                }
            }
            let how = Move {
                to: State::PassedWithCuts,
                reason: None,
                by: by.id(),
                at: now,
                evidence: Evidence::DeskSaw,
            };
            go(sql, log, number, &how)?;
            let detail = format!("{} {}", cuts.text.len(), cuts.enclosures.len());
            log.add("letter_cut", Subject::Letter(number.0), &detail);
            Ok(())
        })
    }

    /// The text as it was before anything was cut.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::OpenOriginal`]; [`Error::NotFound`] if nothing was cut.
    pub fn open_original(
        &self,
        by: &Actor,
        compartment: &Compartment,
        number: LetterNumber,
        now: UnixTime,
    ) -> Result<String, Error> {
        self.act(
            "opening an original",
            by,
            Action::OpenOriginal,
            now,
            |sql, log| {
                access::check(sql, by, number, now)?;
                let sealed: Vec<u8> = sql
                    .query_row(
                        "SELECT original FROM cuts WHERE letter = ?1",
                        [int(number.0)],
                        |row| row.get(0),
                    )
                    .optional()?
                    .ok_or(Error::NotFound {
                        what: "original",
                        number: number.0,
                    })?;
                log.add("original_opened", about(number), "");
                let plain = compartment.open(&sealed, about(number))?;
                Ok(String::from_utf8_lossy(&plain).into_owned())
            },
        )
    }
}

fn about(number: LetterNumber) -> Subject {
    Subject::Letter(number.0)
}

/// Whether anything was cut from a letter.
pub(super) fn has_cuts(sql: &Transaction<'_>, number: LetterNumber) -> Result<bool, Error> {
    let count: i64 = sql
        .prepare_cached("SELECT count(*) FROM cuts WHERE letter = ?1")?
        .query_row([int(number.0)], |row| row.get(0))?;
    Ok(count > 0)
}

/// The text with a block for every character of the cuts; lines stay where they are.
fn blacked(text: &str, cuts: &[Range<usize>]) -> Result<String, Error> {
    for cut in cuts {
        let fits = cut.start < cut.end
            && cut.end <= text.len()
            && text.is_char_boundary(cut.start)
            && text.is_char_boundary(cut.end);
        if !fits {
            return Err(Error::Cuts);
        }
    }
    let blocked = text.char_indices().map(|(at, c)| {
        let is_cut = cuts.iter().any(|cut| cut.contains(&at));
        if is_cut && c != '\n' { BLOCK } else { c }
    });
    Ok(blocked.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_are_seen_and_lines_stay() {
        let text = "Брат у 4-й\nбригаді";
        let from = text.find("4-й").unwrap();
        assert_eq!(
            blacked(text, &[from..text.len()]).unwrap(),
            "Брат у ███\n███████"
        );
        let overlapping = [0..4, 2..8];
        assert_eq!(blacked("Брат", &overlapping).unwrap(), "████");
    }

    #[test]
    fn a_cut_that_does_not_fit_is_refused() {
        for cut in [0..1, 1..2, 4..2, 0..100, 3..3] {
            let shown = format!("{cut:?}");
            assert!(
                matches!(blacked("Їжа", &[cut]), Err(Error::Cuts)),
                "{shown}"
            );
        }
    }
}
