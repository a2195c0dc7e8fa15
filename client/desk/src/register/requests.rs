//! Tracing requests: a family asks, the office searches, a person confirms, the family is told in a signed notice.

use rusqlite::{OptionalExtension, Row, Transaction, params};
use tidings_client::{ContactNumber, LetterNumber};
use tidings_names::Strength;
use tidings_protocol::{
    letter::{Evidence, PersonEvent, PersonName, PersonState},
    line::{Line, Prose},
    notice::Custody,
    time::UnixTime,
};

use super::{
    evidence_of, field,
    matching::{PersonCandidate, like},
    people::{born_of, name_of, person},
};
use crate::{
    Action, Actor, Desk, Error, Post, Subject, notes,
    store::{int, uint},
};

/// What a family tells about whom it seeks. Empty fields are unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RequestForm {
    /// Who asks.
    pub enquirer: String,
    /// Mother, wife, friend.
    pub relation: String,
    /// Full name with patronymic.
    pub name: String,
    /// The same in Latin letters.
    pub latin: String,
    /// Date of birth, as well as it is known.
    pub born: String,
    /// Place of birth.
    pub birthplace: String,
    /// Names of the parents.
    pub parents: String,
    /// Last residence.
    pub residence: String,
    /// Last contact: when and how.
    pub last_contact: String,
    /// Marks by which he is known.
    pub marks: String,
    /// The family agrees that the office searches.
    pub may_search: bool,
    /// The family agrees that this is passed to the other side.
    pub may_share: bool,
    /// The family agrees that this is published.
    pub may_publish: bool,
}

/// A tracing request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Number.
    pub id: u64,
    /// The family.
    pub contact: ContactNumber,
    /// When it was opened.
    pub opened: UnixTime,
    /// What the family tells.
    pub form: RequestForm,
    /// The person of the register, once somebody has confirmed him.
    pub person: Option<u64>,
    /// The answer, once there is one.
    pub answer: Option<(PersonState, Evidence)>,
    /// When the answer was put into the account's outbox.
    pub sent: Option<UnixTime>,
    /// Why it could not be.
    pub failure: Option<String>,
    /// When it was closed.
    pub closed: Option<UnixTime>,
}

/// What became of answers that waited.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct AnswersReport {
    /// Put into the outbox.
    pub sent: u64,
    /// Wait on: the family is not verified, or has to write first.
    pub waiting: u64,
}

impl Desk {
    /// Opens a request.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::KeepRegister`]; [`Error::NoConsent`] without the family's consent to search;
    /// [`Error::Text`], [`Error::IdentityDocument`].
    pub fn open_request(
        &self,
        by: &Actor,
        contact: ContactNumber,
        form: &RequestForm,
        now: UnixTime,
    ) -> Result<u64, Error> {
        if !form.may_search {
            return Err(Error::NoConsent);
        }
        let name = name_of("name", &form.name)?;
        let enquirer = name_of("enquirer", &form.enquirer)?;
        let fields = [
            field("relation", &form.relation)?,
            field("latin name", &form.latin)?,
            born_of(&form.born)?,
            field("birthplace", &form.birthplace)?,
            field("parents", &form.parents)?,
            field("residence", &form.residence)?,
            field("last contact", &form.last_contact)?,
            field("marks", &form.marks)?,
        ];
        let [
            relation,
            latin,
            born,
            birthplace,
            parents,
            residence,
            last_contact,
            marks,
        ] = fields;
        self.act("opening a request", by, Action::KeepRegister, now, |sql, log| {
            sql.execute(
                "INSERT INTO requests (contact, opened, enquirer, relation, name, latin, born, birthplace, parents,
                    residence, last_contact, marks, may_search, may_share, may_publish)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 1, ?13, ?14)",
                params![
                    int(contact.0), int(now.0), enquirer, relation, name, latin, born, birthplace, parents,
                    residence, last_contact, marks, form.may_share, form.may_publish
                ],
            )?;
            let id = uint(sql.last_insert_rowid());
            log.add("request_opened", Subject::Request(id), "");
            Ok(id)
        })
    }

    /// Requests after this one, by number: open ones, or all, at most `count`.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeRegister`].
    pub fn requests(
        &self,
        by: &Actor,
        open_only: bool,
        after: u64,
        count: u32,
    ) -> Result<Vec<Request>, Error> {
        by.need(Action::SeeRegister)?;
        self.store.read("reading requests", |sql| {
            let mut statement = sql.prepare_cached(&format!(
                "{SELECT} WHERE request > ?1 AND (closed IS NULL OR NOT ?2) ORDER BY request LIMIT ?3"
            ))?;
            let rows = statement.query_map(params![int(after), open_only, count], request_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// One request.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeRegister`], [`Error::NotFound`].
    pub fn request(&self, by: &Actor, id: u64) -> Result<Request, Error> {
        by.need(Action::SeeRegister)?;
        self.store.read("reading a request", |sql| request(sql, id))
    }

    /// Who the sought person may be, best first, with reasons.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::SeeRegister`], [`Error::NotFound`].
    pub fn candidates(&self, by: &Actor, id: u64) -> Result<Vec<PersonCandidate>, Error> {
        by.need(Action::SeeRegister)?;
        self.store.read("searching the register", |sql| {
            let form = request(sql, id)?.form;
            like(sql, &form.name, Some(&form.born))
        })
    }

    /// A person confirms who it is. Where less than nearly everything agrees, a second one has to confirm as well: similar
    /// names have brought families other people's news (DESK-22).
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::KeepRegister`], [`Error::SecondPersonNeeded`], [`Error::SamePerson`],
    /// [`Error::NotFound`].
    pub fn confirm_match(
        &self,
        by: &Actor,
        second: Option<&Actor>,
        id: u64,
        person_id: u64,
        now: UnixTime,
    ) -> Result<(), Error> {
        if let Some(second) = second {
            second.need(Action::KeepRegister)?;
            if second.operator_id()? == by.operator_id()? {
                return Err(Error::SamePerson);
            }
        }
        self.act("confirming a match", by, Action::KeepRegister, now, |sql, log| {
            let form = request(sql, id)?.form;
            let person = person(sql, person_id)?;
            let found = like(sql, &form.name, Some(&form.born))?;
            let is_clear = found.iter().any(|candidate| {
                candidate.person.id == person.id && candidate.found.strength() >= Strength::Likely
            });
            if !is_clear && second.is_none() {
                return Err(Error::SecondPersonNeeded);
            }
            sql.execute(
                "UPDATE requests SET person = ?2, confirmed_by = ?3, second_by = ?4 WHERE request = ?1",
                params![
                    int(id),
                    int(person.id),
                    int(by.operator_id()?.0),
                    second.and_then(Actor::id).map(|id| int(id.0))
                ],
            )?;
            log.add("match_confirmed", Subject::Request(id), &person.id.to_string());
            Ok(())
        })
    }

    /// Answers a request with what the register says about the confirmed person, or that nothing is known. The answer waits
    /// for [`Desk::send_answers`].
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::KeepRegister`]; [`Error::NoMatch`] for an answer about nobody;
    /// [`Error::ToldByAPerson`] for one who died.
    pub fn answer_request(
        &self,
        by: &Actor,
        id: u64,
        nothing_known: bool,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act("answering a request", by, Action::KeepRegister, now, |sql, log| {
            let request = request(sql, id)?;
            let (state, evidence) = match (nothing_known, request.person) {
                (true, None) => (PersonState::NoRecord, Evidence::DeskSaw),
                (false, Some(known)) => {
                    let person = person(sql, known)?;
                    if person.event == Some(PersonEvent::Died) {
                        return Err(Error::ToldByAPerson);
                    }
                    (person.state, person.evidence)
                }
                _ => return Err(Error::NoMatch),
            };
            sql.execute(
                "UPDATE requests SET answer = ?2, evidence = ?3, answered = ?4, sent = NULL, after = NULL
                 WHERE request = ?1",
                params![int(id), state.word(), evidence.word(), int(now.0)],
            )?;
            log.add("request_answered", Subject::Request(id), state.word());
            Ok(())
        })
    }

    /// Closes a request.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::KeepRegister`], [`Error::NotFound`].
    pub fn close_request(&self, by: &Actor, id: u64, now: UnixTime) -> Result<(), Error> {
        self.act(
            "closing a request",
            by,
            Action::KeepRegister,
            now,
            |sql, log| {
                request(sql, id)?;
                sql.execute(
                    "UPDATE requests SET closed = ?2 WHERE request = ?1",
                    params![int(id), int(now.0)],
                )?;
                log.add("request_closed", Subject::Request(id), "");
                Ok(())
            },
        )
    }

    /// Puts answers into the account's outbox as signed notices. To be called in the background; it may be broken off
    /// anywhere.
    ///
    /// # Errors
    /// Those of the vault and the store.
    pub fn send_answers(&self, post: &dyn Post, now: UnixTime) -> Result<AnswersReport, Error> {
        let mut report = AnswersReport::default();
        let waiting: Vec<(Request, Option<u64>)> = self.store.read("reading answers", |sql| {
            let mut statement = sql.prepare_cached(&format!(
                "{SELECT} WHERE answered IS NOT NULL AND sent IS NULL ORDER BY request"
            ))?;
            let rows = statement.query_map([], |row| {
                Ok((request_of(row)?, row.get::<_, Option<i64>>(22)?.map(uint)))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })?;
        for (request, after) in waiting {
            match self.send_answer(post, &request, after) {
                Ok(()) => {
                    self.act_alone("sending an answer", None, now, |sql, log| {
                        sql.execute(
                            "UPDATE requests SET sent = ?2, failure = NULL WHERE request = ?1",
                            params![int(request.id), int(now.0)],
                        )?;
                        log.add("answer_sent", Subject::Request(request.id), "");
                        Ok(())
                    })?;
                    report.sent += 1;
                }
                // Found out after it was answered: a person tells it, and the request says so.
                Err(error @ Error::ToldByAPerson) => {
                    self.store.write("keeping an answer", |sql| {
                        sql.execute(
                            "UPDATE requests SET answer = NULL, answered = NULL, after = NULL, failure = ?2
                             WHERE request = ?1",
                            params![int(request.id), error.code()],
                        )?;
                        Ok(())
                    })?;
                    report.waiting += 1;
                }
                Err(Error::Account(error)) if !notes::is_of_the_vault(&error) => {
                    self.store.write("keeping an answer", |sql| {
                        sql.execute(
                            "UPDATE requests SET failure = ?2, after = NULL WHERE request = ?1",
                            params![int(request.id), error.code()],
                        )?;
                        Ok(())
                    })?;
                    report.waiting += 1;
                }
                Err(other) => return Err(other),
            }
        }
        Ok(report)
    }

    fn send_answer(
        &self,
        post: &dyn Post,
        request: &Request,
        after: Option<u64>,
    ) -> Result<(), Error> {
        let Some((state, evidence)) = request.answer else {
            return Ok(());
        };
        if let Some(after) = after {
            let got_there = notes::find_after(post, LetterNumber(after), |letter| {
                letter.contact == request.contact
                    && letter
                        .notice
                        .as_ref()
                        .is_some_and(|notice| notice.state == state.word())
            })?;
            if got_there.is_some() {
                return Ok(());
            }
        }
        let last = post.last_number()?;
        let event = self.store.write("sending an answer", |sql| {
            sql.execute(
                "UPDATE requests SET after = ?2 WHERE request = ?1",
                params![int(request.id), int(last.0)],
            )?;
            let event = match request.person {
                Some(known) => person(sql, known)?.event,
                None => None,
            };
            Ok(event)
        })?;
        if event == Some(PersonEvent::Died) {
            return Err(Error::ToldByAPerson);
        }
        let unreadable = |_| Error::Damaged {
            what: "the name in a request",
        };
        let custody = Custody {
            person: PersonName {
                own: Line::new(request.form.name.clone()).map_err(unreadable)?,
                latin: None,
            },
            state,
            event,
            evidence,
            remark: Prose::default(),
        };
        post.tell(request.contact, custody)?;
        Ok(())
    }
}

const SELECT: &str = "SELECT request, contact, opened, enquirer, relation, name, latin, born, birthplace, parents, residence,
    last_contact, marks, may_search, may_share, may_publish, person, answer, evidence, sent, failure, closed, after
    FROM requests";

fn request_of(row: &Row<'_>) -> rusqlite::Result<Request> {
    let text = |at: usize| -> rusqlite::Result<String> {
        Ok(row.get::<_, Option<String>>(at)?.unwrap_or_default())
    };
    let time = |value: Option<i64>| value.map(|at| UnixTime(uint(at)));
    let answer: Option<String> = row.get(17)?;
    Ok(Request {
        id: uint(row.get(0)?),
        contact: ContactNumber(uint(row.get(1)?)),
        opened: UnixTime(uint(row.get(2)?)),
        form: RequestForm {
            enquirer: text(3)?,
            relation: text(4)?,
            name: text(5)?,
            latin: text(6)?,
            born: text(7)?,
            birthplace: text(8)?,
            parents: text(9)?,
            residence: text(10)?,
            last_contact: text(11)?,
            marks: text(12)?,
            may_search: row.get(13)?,
            may_share: row.get(14)?,
            may_publish: row.get(15)?,
        },
        person: row.get::<_, Option<i64>>(16)?.map(uint),
        answer: match answer {
            Some(word) => Some((super::state_of(&word), evidence_of(&text(18)?))),
            None => None,
        },
        sent: time(row.get(19)?),
        failure: row.get(20)?,
        closed: time(row.get(21)?),
    })
}

fn request(sql: &Transaction<'_>, id: u64) -> Result<Request, Error> {
    sql.prepare_cached(&format!("{SELECT} WHERE request = ?1"))?
        .query_row([int(id)], request_of)
        .optional()?
        .ok_or(Error::NotFound {
            what: "request",
            number: id,
        })
}
