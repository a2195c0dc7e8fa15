//! Operators: who works at the desk, what they are, how they prove it.

mod passwords;
mod permissions;
mod recovery;
mod second_factor;
mod sessions;

use rusqlite::{OptionalExtension, Row, Transaction, params};
use tidings_client::SecretString;
use tidings_protocol::{language::Language, time::UnixTime};

#[cfg(test)]
pub(crate) use self::second_factor::code_of;
pub use self::{
    permissions::{Action, Role, Roles, may},
    recovery::RecoveryCodes,
    second_factor::SecondFactor,
    sessions::{SignIn, Token},
};
use crate::{
    Desk, Error, Subject,
    desk::{Log, line},
    store::{int, uint},
};

/// Bytes of UTF-8 in a login or a name.
const NAME_MAX: usize = 120;

/// Names an operator; never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OperatorId(pub u64);

/// Who acts. Only a session gives one ([`Desk::actor`]).
#[derive(Debug, Clone)]
pub struct Actor {
    pub(crate) operator: Option<OperatorId>,
    name: String,
    language: Language,
    roles: Roles,
    second_factor_missing: bool,
}

impl Actor {
    /// The operator.
    #[must_use]
    pub fn id(&self) -> Option<OperatorId> {
        self.operator
    }

    /// What he or she is called.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The language of the pages.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The roles; none as long as the second factor on which the office insists is not set up.
    #[must_use]
    pub fn roles(&self) -> Roles {
        match self.second_factor_missing {
            true => Roles::default(),
            false => self.roles,
        }
    }

    /// Whether the office insists on a second factor that this operator has not set up (DESK-39): until then nothing is open
    /// but the own account.
    #[must_use]
    pub fn second_factor_missing(&self) -> bool {
        self.second_factor_missing
    }

    /// Whether one of the roles may do this.
    #[must_use]
    pub fn may(&self, action: Action) -> bool {
        self.roles().may(action)
    }

    /// # Errors
    /// [`Error::Forbidden`], [`Error::SecondFactorMissing`].
    pub(crate) fn need(&self, action: Action) -> Result<(), Error> {
        if self.may(action) {
            Ok(())
        } else if self.second_factor_missing && self.roles.may(action) {
            Err(Error::SecondFactorMissing)
        } else {
            Err(Error::Forbidden { action })
        }
    }
}

/// An operator as a head sees him.
#[derive(Debug, Clone)]
pub struct Operator {
    /// Number.
    pub id: OperatorId,
    /// What is typed to sign in.
    pub login: String,
    /// Name.
    pub name: String,
    /// The language of the pages.
    pub language: Language,
    /// Roles.
    pub roles: Roles,
    /// Whether a code is asked for.
    pub second_factor: bool,
    /// Until when attempts are refused, if they are.
    pub locked_until: Option<UnixTime>,
    /// Whether signing in is possible at all.
    pub active: bool,
}

/// What an operator is made from.
#[derive(Debug, Clone)]
pub struct NewOperator {
    /// What is typed to sign in; unique in any case of letters. 1 to 120 bytes.
    pub login: String,
    /// Name, 1 to 120 bytes.
    pub name: String,
    /// The language of the pages.
    pub language: Language,
    /// Roles.
    pub roles: Roles,
    /// The first password, at least 10 characters.
    pub password: SecretString,
}

impl Desk {
    /// All operators, by number, those who are disabled too.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::KeepOperators`].
    pub fn operators(&self, by: &Actor) -> Result<Vec<Operator>, Error> {
        by.need(Action::KeepOperators)?;
        self.store.read("reading the operators", |sql| {
            let mut statement = sql.prepare_cached(&select("1"))?;
            let rows = statement.query_map([], operator_of)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The names of all operators by number, for lists that say who did something.
    ///
    /// # Errors
    /// Those of the store.
    pub fn operator_names(&self) -> Result<Vec<(OperatorId, String)>, Error> {
        self.store.read("reading the operators", |sql| {
            let mut statement = sql.prepare_cached("SELECT operator, name FROM operators")?;
            let rows =
                statement.query_map([], |row| Ok((OperatorId(uint(row.get(0)?)), row.get(1)?)))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Adds an operator.
    ///
    /// # Errors
    /// [`Error::LoginTaken`], [`Error::WeakPassword`], [`Error::Text`].
    pub fn add_operator(
        &self,
        by: &Actor,
        new: &NewOperator,
        now: UnixTime,
    ) -> Result<OperatorId, Error> {
        let prepared = Prepared::new(new, self.cost)?;
        self.act(
            "adding an operator",
            by,
            Action::KeepOperators,
            now,
            |sql, log| prepared.insert(sql, log, now),
        )
    }

    /// Changes name, language and roles.
    ///
    /// # Errors
    /// [`Error::LastHead`] if nobody would be head; [`Error::NotFound`].
    pub fn change_operator(
        &self,
        by: &Actor,
        id: OperatorId,
        name: &str,
        language: Language,
        roles: Roles,
        now: UnixTime,
    ) -> Result<(), Error> {
        let name = line("name", name, NAME_MAX)?;
        self.act(
            "changing an operator",
            by,
            Action::KeepOperators,
            now,
            |sql, log| {
                let changed = sql.execute(
                    "UPDATE operators SET name = ?2, language = ?3, roles = ?4 WHERE operator = ?1",
                    params![int(id.0), name, language.code(), roles.bits()],
                )?;
                found(changed, id)?;
                let words: Vec<&str> = roles.iter().map(Role::word).collect();
                log.add("operator_changed", Subject::Operator(id), &words.join(" "));
                still_led(sql)
            },
        )
    }

    /// Lets an operator sign in again, or no more; ends the sessions of one who no more may.
    ///
    /// # Errors
    /// [`Error::LastHead`], [`Error::NotFound`].
    pub fn set_operator_active(
        &self,
        by: &Actor,
        id: OperatorId,
        active: bool,
        now: UnixTime,
    ) -> Result<(), Error> {
        self.act(
            "changing an operator",
            by,
            Action::KeepOperators,
            now,
            |sql, log| {
                let changed = sql.execute(
                    "UPDATE operators SET active = ?2 WHERE operator = ?1",
                    params![int(id.0), active],
                )?;
                found(changed, id)?;
                end_sessions(sql, id)?;
                let what = if active {
                    "operator_enabled"
                } else {
                    "operator_disabled"
                };
                log.add(what, Subject::Operator(id), "");
                still_led(sql)
            },
        )
    }

    /// Gives an operator a new password, takes his second factor away, and ends his sessions and any lock: for somebody
    /// who forgot the one or lost the other.
    ///
    /// # Errors
    /// [`Error::WeakPassword`], [`Error::NotFound`].
    pub fn reset_operator(
        &self,
        by: &Actor,
        id: OperatorId,
        password: &SecretString,
        now: UnixTime,
    ) -> Result<(), Error> {
        by.need(Action::KeepOperators)?;
        passwords::check(&self.operator_login(id)?, password)?;
        let verifier = passwords::stretch(password, self.cost)?;
        self.act(
            "changing an operator",
            by,
            Action::KeepOperators,
            now,
            |sql, log| {
                sql.execute(
                "UPDATE operators SET verifier = ?2, totp = NULL, totp_next = NULL, totp_proven = 0, totp_step = 0,
                    failures = 0, locked_until = 0 WHERE operator = ?1",
                params![int(id.0), verifier],
            )?;
                recovery::forget(sql, id)?;
                end_sessions(sql, id)?;
                log.add("operator_reset", Subject::Operator(id), "");
                Ok(())
            },
        )
    }

    /// Changes the own password.
    ///
    /// # Errors
    /// [`Error::Credentials`] if the old one is wrong, [`Error::WeakPassword`].
    pub fn change_password(
        &self,
        by: &Actor,
        old: &SecretString,
        new: &SecretString,
        now: UnixTime,
    ) -> Result<(), Error> {
        let id = by.operator_id()?;
        passwords::check(&self.operator_login(id)?, new)?;
        self.prove_password(id, old, now)?;
        let verifier = passwords::stretch(new, self.cost)?;
        self.act_freely("changing a password", by, now, |sql, log| {
            sql.execute(
                "UPDATE operators SET verifier = ?2 WHERE operator = ?1",
                params![int(id.0), verifier],
            )?;
            log.add("password_changed", Subject::Operator(id), "");
            Ok(())
        })
    }

    /// Changes the own language of the pages.
    ///
    /// # Errors
    /// Those of the store.
    pub fn change_language(&self, by: &Actor, language: Language) -> Result<(), Error> {
        let id = by.operator_id()?;
        self.store.write("changing a language", |sql| {
            sql.execute(
                "UPDATE operators SET language = ?2 WHERE operator = ?1",
                params![int(id.0), language.code()],
            )?;
            Ok(())
        })
    }

    pub(crate) fn operator_login(&self, id: OperatorId) -> Result<String, Error> {
        self.store.read("reading an operator", |sql| {
            sql.query_row(
                "SELECT login FROM operators WHERE operator = ?1",
                [int(id.0)],
                |row| row.get(0),
            )
            .optional()?
            .ok_or(Error::NotFound {
                what: "operator",
                number: id.0,
            })
        })
    }
}

/// A new operator, checked, with the password stretched: slow work that no transaction waits for.
pub(crate) struct Prepared {
    login: String,
    name: String,
    language: Language,
    roles: Roles,
    verifier: String,
}

impl Prepared {
    pub(crate) fn new(new: &NewOperator, cost: tidings_client::vault::Cost) -> Result<Self, Error> {
        let login = line("login", &new.login, NAME_MAX)?.to_lowercase();
        passwords::check(&login, &new.password)?;
        Ok(Self {
            login,
            name: line("name", &new.name, NAME_MAX)?,
            language: new.language,
            roles: new.roles,
            verifier: passwords::stretch(&new.password, cost)?,
        })
    }

    pub(crate) fn insert(
        &self,
        sql: &Transaction<'_>,
        log: &mut Log,
        now: UnixTime,
    ) -> Result<OperatorId, Error> {
        let taken = sql.query_row(
            "SELECT count(*) FROM operators WHERE login = ?1",
            [&self.login],
            |row| row.get::<_, i64>(0),
        )?;
        if taken > 0 {
            return Err(Error::LoginTaken);
        }
        sql.execute(
            "INSERT INTO operators (login, name, language, roles, verifier, created)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                self.login,
                self.name,
                self.language.code(),
                self.roles.bits(),
                self.verifier,
                int(now.0)
            ],
        )?;
        let id = OperatorId(uint(sql.last_insert_rowid()));
        let words: Vec<&str> = self.roles.iter().map(Role::word).collect();
        log.add("operator_added", Subject::Operator(id), &words.join(" "));
        Ok(id)
    }
}

fn select(condition: &str) -> String {
    format!(
        "SELECT operator, login, name, language, roles, totp_proven, locked_until, active
         FROM operators WHERE {condition} ORDER BY operator"
    )
}

fn operator_of(row: &Row<'_>) -> rusqlite::Result<Operator> {
    let locked = uint(row.get(6)?);
    Ok(Operator {
        id: OperatorId(uint(row.get(0)?)),
        login: row.get(1)?,
        name: row.get(2)?,
        language: language_of(&row.get::<_, String>(3)?),
        roles: Roles::from_bits(row.get(4)?),
        second_factor: row.get(5)?,
        locked_until: (locked > 0).then_some(UnixTime(locked)),
        active: row.get(7)?,
    })
}

/// The language of a stored code; Ukrainian, the first of them, for one that nobody wrote.
pub(crate) fn language_of(code: &str) -> Language {
    code.parse().unwrap_or(Language::Ukrainian)
}

fn found(changed: usize, id: OperatorId) -> Result<(), Error> {
    match changed {
        0 => Err(Error::NotFound {
            what: "operator",
            number: id.0,
        }),
        _ => Ok(()),
    }
}

fn still_led(sql: &Transaction<'_>) -> Result<(), Error> {
    let heads: i64 = sql.query_row(
        "SELECT count(*) FROM operators WHERE active AND roles & ?1",
        [Roles::of(&[Role::Head]).bits()],
        |row| row.get(0),
    )?;
    if heads == 0 {
        return Err(Error::LastHead);
    }
    Ok(())
}

fn end_sessions(sql: &Transaction<'_>, id: OperatorId) -> Result<(), Error> {
    sql.execute("DELETE FROM sessions WHERE operator = ?1", [int(id.0)])?;
    Ok(())
}

#[cfg(test)]
mod matrix;
#[cfg(test)]
mod tests;
