//! Counts and handovers: how many there were, on both sides, and what was wrong with which.

use rusqlite::{Row, params};
use tidings_protocol::{
    letter::{Evidence, ParcelState},
    time::UnixTime,
};

use super::{go, letters};
use crate::{
    Action, Actor, Desk, Error, State, Subject,
    letters::{Move, go as letter_goes, row},
    store::{int, uint},
};

/// A handover at which parcels are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Counted before they leave.
    Counted,
    /// Across the line: with the carrier.
    Crossed,
    /// Taken over by the receiving side.
    Received,
    /// Reported as handed over.
    HandedOver,
}

impl Stage {
    /// All of them, in the order of the way.
    pub const ALL: [Self; 4] = [
        Self::Counted,
        Self::Crossed,
        Self::Received,
        Self::HandedOver,
    ];

    /// The state of a parcel that has passed it.
    #[must_use]
    pub fn state(self) -> ParcelState {
        match self {
            Self::Counted => ParcelState::Counted,
            Self::Crossed => ParcelState::Crossed,
            Self::Received => ParcelState::Received,
            Self::HandedOver => ParcelState::HandedOver,
        }
    }

    /// What it means for the letters inside, and how the office knows.
    fn letters(self) -> Option<(State, Evidence)> {
        match self {
            Self::Counted => None,
            Self::Crossed => Some((State::WithCarrier, Evidence::CarrierReceipt)),
            Self::Received => Some((State::AtReceivingSide, Evidence::DetainingSideSays)),
            Self::HandedOver => Some((State::HandoverReported, Evidence::DetainingSideSays)),
        }
    }
}

/// A count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Count {
    /// When.
    pub at: UnixTime,
    /// At which handover.
    pub stage: Stage,
    /// Whether the other side told it; else this office counted.
    pub theirs: bool,
    /// How many there were.
    pub counted: u32,
    /// How many there should have been, by this office's list at that time.
    pub expected: u32,
    /// A remark.
    pub note: Option<String>,
}

impl Count {
    /// Whether it is what it should be.
    #[must_use]
    pub fn agrees(&self) -> bool {
        self.counted == self.expected
    }
}

impl Desk {
    /// Writes a count at a handover down: this office's, or (`true`) the mirror count that the other side tells. A count that differs is written
    /// down all the same: that is what it is for.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Track`].
    pub fn note_count(
        &self,
        by: &Actor,
        campaign: u64,
        (stage, theirs): (Stage, bool),
        counted: u32,
        note: &str,
        now: UnixTime,
    ) -> Result<Count, Error> {
        let note: String = note
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .take(400)
            .collect();
        let note = (!note.is_empty()).then_some(note);
        self.act("writing a count down", by, Action::Track, now, |sql, log| {
            // Whatever is sealed or further, and not known to be gone, should be there.
            let expected: u32 = sql.query_row(
                "SELECT count(*) FROM parcels WHERE campaign = ?1
                 AND state IN ('sealed', 'counted', 'crossed', 'received', 'handed_over', 'short', 'opened', 'acknowledged')",
                [int(campaign)],
                |row| row.get(0),
            )?;
            sql.execute(
                "INSERT INTO counts (campaign, at, stage, theirs, counted, expected, operator, note)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                params![
                    int(campaign),
                    int(now.0),
                    stage.state().word(),
                    theirs,
                    counted,
                    expected,
                    by.id().map(|id| int(id.0)),
                    note
                ],
            )?;
            let detail = format!("{} {counted} {expected}", stage.state().word());
            log.add("count_noted", Subject::Campaign(campaign), &detail);
            Ok(Count {
                at: now,
                stage,
                theirs,
                counted,
                expected,
                note,
            })
        })
    }

    /// The counts of a campaign, oldest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Track`].
    pub fn counts(&self, by: &Actor, campaign: u64) -> Result<Vec<Count>, Error> {
        by.need(Action::Track)?;
        self.store.read("reading counts", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT at, stage, theirs, counted, expected, note FROM counts
                 WHERE campaign = ?1 ORDER BY rowid",
            )?;
            let rows = statement.query_map([int(campaign)], count_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Records that parcels have passed a handover, with the letters inside. All of them, or, if one cannot, none.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Track`], [`Error::ParcelTransition`].
    pub fn hand_over(
        &self,
        by: &Actor,
        parcels: &[u64],
        stage: Stage,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act(
            "recording a handover",
            by,
            Action::Track,
            now,
            |sql, log| {
                for id in parcels {
                    go(sql, log, *id, stage.state(), None, (by, now))?;
                    let Some((to, evidence)) = stage.letters() else {
                        continue;
                    };
                    for letter in letters(sql, *id)? {
                        // A reply may have come before the carrier's receipt did.
                        if row(sql, letter.letter)?.state.can_become(to) {
                            let how = Move {
                                to,
                                reason: None,
                                by: by.id(),
                                at: now,
                                evidence,
                            };
                            letter_goes(sql, log, letter.letter, &how)?;
                        }
                    }
                }
                Ok(())
            },
        )
    }

    /// Records what was wrong with a parcel: short, opened, confiscated; or that its receipt came back.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Track`], [`Error::ParcelTransition`].
    pub fn note_exception(
        &self,
        by: &Actor,
        id: u64,
        state: ParcelState,
        note: &str,
        now: UnixTime,
    ) -> Result<(), Error> {
        let allowed = [
            ParcelState::Short,
            ParcelState::Opened,
            ParcelState::Confiscated,
            ParcelState::Acknowledged,
        ];
        let note: String = note
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .take(400)
            .collect();
        self.act(
            "recording an exception",
            by,
            Action::Track,
            now,
            |sql, log| {
                if !allowed.contains(&state) {
                    let from = super::parcel(sql, id)?.state;
                    return Err(Error::ParcelTransition { from, to: state });
                }
                go(sql, log, id, state, Some(&note), (by, now))?;
                if state != ParcelState::Confiscated {
                    return Ok(());
                }
                for letter in letters(sql, id)? {
                    if row(sql, letter.letter)?.state.can_become(State::Lost) {
                        let how = Move {
                            to: State::Lost,
                            reason: None,
                            by: by.id(),
                            at: now,
                            evidence: Evidence::DeskSaw,
                        };
                        letter_goes(sql, log, letter.letter, &how)?;
                    }
                }
                Ok(())
            },
        )
    }
}

fn count_of(row: &Row<'_>) -> rusqlite::Result<Count> {
    let stage: String = row.get(1)?;
    let stage = Stage::ALL
        .into_iter()
        .find(|known| known.state().word() == stage);
    Ok(Count {
        at: UnixTime(uint(row.get(0)?)),
        stage: stage.unwrap_or(Stage::Counted),
        theirs: row.get(2)?,
        counted: row.get(3)?,
        expected: row.get(4)?,
        note: row.get(5)?,
    })
}
