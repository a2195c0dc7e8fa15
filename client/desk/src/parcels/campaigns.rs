//! Campaigns, and the lists that they begin with.

use rusqlite::{Row, params};
use tidings_names::Strength;
use tidings_protocol::{letter::ParcelState, time::UnixTime};

use super::{go, parcel};
use crate::{
    Action, Actor, Desk, Error, ListRow, State, Subject,
    desk::line,
    letters,
    lists::CODE_MAX,
    store::{int, uint},
};

/// Bytes of a campaign's name.
const NAME_MAX: usize = 120;
/// Letters that are offered, at most.
const OFFERED_MAX: usize = 20;

/// A campaign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Campaign {
    /// Number.
    pub id: u64,
    /// Name.
    pub name: String,
    /// On which route.
    pub route: Option<u64>,
    /// When it was made.
    pub made: UnixTime,
    /// When it was closed.
    pub closed: Option<UnixTime>,
    /// How many parcels are in which state.
    pub parcels: Vec<(ParcelState, u64)>,
}

impl Desk {
    /// Makes a campaign.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::PlanCampaign`], [`Error::Text`].
    pub fn make_campaign(
        &self,
        by: &Actor,
        name: &str,
        route: Option<u64>,
        now: UnixTime,
    ) -> Result<u64, Error> {
        let name = line("name", name, NAME_MAX)?;
        self.act(
            "making a campaign",
            by,
            Action::PlanCampaign,
            now,
            |sql, log| {
                if let Some(route) = route {
                    crate::review::route(sql, route)?;
                }
                sql.execute(
                    "INSERT INTO campaigns (name, route, made) VALUES (?1, ?2, ?3)",
                    params![name, route.map(int), int(now.0)],
                )?;
                let id = uint(sql.last_insert_rowid());
                log.add("campaign_made", Subject::Campaign(id), "");
                Ok(id)
            },
        )
    }

    /// Campaigns, the newest first.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Track`].
    pub fn campaigns(&self, by: &Actor) -> Result<Vec<Campaign>, Error> {
        by.need(Action::Track)?;
        self.store.read("reading campaigns", |sql| {
            let mut statement = sql.prepare_cached(
                "SELECT campaign, name, route, made, closed FROM campaigns ORDER BY campaign DESC",
            )?;
            let mut campaigns: Vec<Campaign> = statement
                .query_map([], campaign_of)?
                .collect::<Result<_, _>>()?;
            let mut counts = sql.prepare_cached(
                "SELECT state, count(*) FROM parcels WHERE campaign = ?1 GROUP BY state",
            )?;
            for campaign in &mut campaigns {
                let rows = counts.query_map([int(campaign.id)], |row| {
                    Ok((row.get::<_, String>(0)?, uint(row.get(1)?)))
                })?;
                for row in rows {
                    let (word, count) = row?;
                    if let Ok(state) = word.parse() {
                        campaign.parcels.push((state, count));
                    }
                }
                campaign.parcels.sort_unstable();
            }
            Ok(campaigns)
        })
    }

    /// Takes a list over: one parcel for each row. Rows whose code is there already are passed over, so that a list can be
    /// taken over again after it was mended. Returns how many are new.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::PlanCampaign`], [`Error::NotFound`], [`Error::Text`] for a code that is none.
    pub fn import_list(
        &self,
        by: &Actor,
        campaign: u64,
        rows: &[ListRow],
        now: UnixTime,
    ) -> Result<u64, Error> {
        self.act(
            "taking a list over",
            by,
            Action::PlanCampaign,
            now,
            |sql, log| {
                let open: i64 = sql.query_row(
                    "SELECT count(*) FROM campaigns WHERE campaign = ?1 AND closed IS NULL",
                    [int(campaign)],
                    |row| row.get(0),
                )?;
                if open == 0 {
                    return Err(Error::NotFound {
                        what: "campaign",
                        number: campaign,
                    });
                }
                let mut new = 0;
                for row in rows {
                    let code = line("code", &row.code, CODE_MAX)?;
                    new += sql
                        .prepare_cached(
                            "INSERT OR IGNORE INTO parcels
                            (campaign, code, name, born, place, number, remark, state, since)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 'listed', ?8)",
                        )?
                        .execute(params![
                            int(campaign),
                            code,
                            row.name,
                            row.born,
                            row.place,
                            row.number,
                            row.remark,
                            int(now.0)
                        ])? as u64;
                }
                let detail = format!("{new} {}", rows.len());
                log.add("list_imported", Subject::Campaign(campaign), &detail);
                Ok(new)
            },
        )
    }

    /// Closes a campaign: its list takes no more rows.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::PlanCampaign`].
    pub fn close_campaign(&self, by: &Actor, campaign: u64, now: UnixTime) -> Result<(), Error> {
        self.act(
            "closing a campaign",
            by,
            Action::PlanCampaign,
            now,
            |sql, log| {
                sql.execute(
                    "UPDATE campaigns SET closed = ?2 WHERE campaign = ?1",
                    params![int(campaign), int(now.0)],
                )?;
                log.add("campaign_closed", Subject::Campaign(campaign), "");
                Ok(())
            },
        )
    }

    /// Says that the family was asked, or that it sends no letter.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::PlanCampaign`], [`Error::ParcelTransition`].
    pub fn note_family(
        &self,
        by: &Actor,
        id: u64,
        declined: bool,
        now: UnixTime,
    ) -> Result<(), Error> {
        let to = match declined {
            true => ParcelState::FamilyDeclined,
            false => ParcelState::FamilyInvited,
        };
        self.act(
            "changing a parcel",
            by,
            Action::PlanCampaign,
            now,
            |sql, log| go(sql, log, id, to, None, (by, now)),
        )
    }

    /// Letters that may belong into a parcel, by name: printed or passed, in no parcel. A person chooses.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Track`], [`Error::NotFound`].
    pub fn offered_letters(&self, by: &Actor, id: u64) -> Result<Vec<letters::LetterRow>, Error> {
        by.need(Action::Track)?;
        self.store.read("reading letters for a parcel", |sql| {
            let parcel = parcel(sql, id)?;
            let mut offered = Vec::new();
            let found = letters::like(sql, &parcel.name, parcel.born.as_deref(), 10 * OFFERED_MAX)?;
            for (number, strength) in found {
                let row = letters::row(sql, number)?;
                let is_free: i64 = sql
                    .prepare_cached("SELECT count(*) FROM parcel_letters WHERE letter = ?1")?
                    .query_row([int(number.0)], |row| row.get(0))?;
                let may_go = row.state.is_printable() || row.state == State::Printed;
                if is_free == 0 && may_go && strength >= Strength::Possible {
                    offered.push(row);
                }
                if offered.len() == OFFERED_MAX {
                    break;
                }
            }
            Ok(offered)
        })
    }
}

fn campaign_of(row: &Row<'_>) -> rusqlite::Result<Campaign> {
    Ok(Campaign {
        id: uint(row.get(0)?),
        name: row.get(1)?,
        route: row.get::<_, Option<i64>>(2)?.map(uint),
        made: UnixTime(uint(row.get(3)?)),
        closed: row.get::<_, Option<i64>>(4)?.map(|at| UnixTime(uint(at))),
        parcels: Vec::new(),
    })
}
