//! Signing in, and what a browser holds afterwards: a random token, of which the desk keeps only the hash.
//!
//! Wrong attempts are counted for each operator; from the third on each one costs a pause that doubles, up to an hour. An
//! idle session locks itself and opens with the password; it ends with the day's work at the latest.

use data_encoding::BASE64URL_NOPAD;
use rusqlite::{OptionalExtension, Transaction, params};
use tidings_client::SecretString;
use tidings_protocol::{ids::labelled_hash, time::UnixTime};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Actor, OperatorId, Roles, language_of, passwords, recovery, second_factor::step_of};
use crate::{
    Desk, Error, Subject,
    desk::{Log, random_bytes},
    store::{int, uint},
};

/// Wrong attempts before the first pause.
const FREE_FAILURES: u32 = 3;
/// Seconds of the first pause.
const FIRST_PAUSE: u64 = 30;
/// Seconds of the longest pause.
const LONGEST_PAUSE: u64 = 3_600;
/// Seconds after which a session ends, however busy: a long working day.
const SESSION_SECONDS: u64 = 14 * 3_600;
/// Seconds within which a session's last use is not written again: a page is several requests.
const SEEN_SECONDS: u64 = 20;

/// What a browser holds. Does not print itself.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Token(String);

impl Token {
    /// From a cookie; nothing is checked before it is used.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// For a cookie: 43 letters, digits, `-` and `_`.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn random() -> Result<Self, Error> {
        Ok(Self(BASE64URL_NOPAD.encode(&random_bytes::<32>()?)))
    }

    fn hash(&self) -> [u8; 32] {
        labelled_hash(b"tidings desk session v1", &[self.0.as_bytes()])
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

/// A session that has begun.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// For the browser.
    pub token: Token,
    /// Who it is.
    pub actor: Actor,
}

/// What the desk keeps of an operator for proving who he is.
struct Proof {
    operator: OperatorId,
    verifier: String,
    seed: Option<Vec<u8>>,
    active: bool,
}

/// What became of an attempt, decided within the transaction that counts it.
enum Outcome {
    Right,
    Wrong,
    CodeNeeded,
    LockedOut(UnixTime),
}

impl Desk {
    /// Begins a session. `code` is that of the second factor, if the operator has one, or one of the recovery codes.
    ///
    /// # Errors
    /// [`Error::Credentials`], [`Error::CodeNeeded`] after the right password, [`Error::LockedOut`].
    pub fn sign_in(
        &self,
        login: &str,
        password: &SecretString,
        code: Option<&str>,
        now: UnixTime,
    ) -> Result<SignIn, Error> {
        let proof = self.proof("login = ?1", login.trim().to_lowercase())?;
        let Some(proof) = proof.filter(|proof| proof.active) else {
            passwords::pretend(password, self.cost)?;
            self.act_alone("signing in", None, now, |sql, log| {
                // Anybody may knock, and fill no log with it: once a minute is enough to be seen.
                let is_noted: bool = sql.query_row(
                    "SELECT EXISTS (SELECT 1 FROM audit WHERE action = 'sign_in_refused' AND subject = ?1 AND at > ?2)",
                    params![Subject::Office.word(), int(now.minus(60).0)],
                    |row| row.get(0),
                )?;
                if !is_noted {
                    log.add("sign_in_refused", Subject::Office, "");
                }
                Ok(())
            })?;
            return Err(Error::Credentials);
        };
        let is_right = passwords::matches(&proof.verifier, password)?;
        let token = Token::random()?;
        let outcome = self.act_alone("signing in", Some(proof.operator), now, |sql, log| {
            let outcome = judge(sql, log, &proof, is_right, Some(code), now)?;
            if matches!(outcome, Outcome::Right) {
                sql.execute(
                    "DELETE FROM sessions WHERE begun < ?1",
                    [int(now.minus(SESSION_SECONDS).0)],
                )?;
                sql.execute(
                    "INSERT INTO sessions (token, operator, begun, seen) VALUES (?1, ?2, ?3, ?3)",
                    params![token.hash(), int(proof.operator.0), int(now.0)],
                )?;
                log.add("signed_in", Subject::Operator(proof.operator), "");
            }
            Ok(outcome)
        })?;
        refused(outcome)?;
        let actor = self.actor(&token, now)?;
        Ok(SignIn { token, actor })
    }

    /// Who acts in a session.
    ///
    /// # Errors
    /// [`Error::SessionLocked`] after [`crate::Settings::idle_seconds`] without use, [`Error::SessionEnded`].
    pub fn actor(&self, token: &Token, now: UnixTime) -> Result<Actor, Error> {
        let settings = self.settings()?;
        let idle = u64::from(settings.idle_seconds);
        let found = self.store.read("reading a session", |sql| {
            Ok(sql
                .query_row(
                    "SELECT s.begun, s.seen, s.locked, o.active, o.operator, o.name, o.language, o.roles, o.totp_proven
                     FROM sessions s JOIN operators o USING (operator) WHERE s.token = ?1",
                    [token.hash()],
                    |row| {
                        let session = (
                            UnixTime(uint(row.get(0)?)),
                            UnixTime(uint(row.get(1)?)),
                            row.get::<_, bool>(2)?,
                            row.get::<_, bool>(3)?,
                        );
                        let actor = Actor {
                            operator: Some(OperatorId(uint(row.get(4)?))),
                            name: row.get(5)?,
                            language: language_of(&row.get::<_, String>(6)?),
                            roles: Roles::from_bits(row.get(7)?),
                            second_factor_missing: settings.second_factor_required
                                && !row.get::<_, bool>(8)?,
                        };
                        Ok((session, actor))
                    },
                )
                .optional()?)
        })?;
        let ((begun, seen, locked, active), actor) = found.ok_or(Error::SessionEnded)?;
        if !active || now >= begun.plus(SESSION_SECONDS) {
            self.sign_out(token)?;
            return Err(Error::SessionEnded);
        }
        if locked {
            return Err(Error::SessionLocked);
        }
        if now >= seen.plus(idle) {
            self.lock_session(token)?;
            return Err(Error::SessionLocked);
        }
        if now >= seen.plus(SEEN_SECONDS) {
            self.store.write("keeping a session", |sql| {
                sql.execute(
                    "UPDATE sessions SET seen = ?2 WHERE token = ?1",
                    params![token.hash(), int(now.0)],
                )?;
                Ok(())
            })?;
        }
        Ok(actor)
    }

    /// Who locked a session, to be greeted by name on the page that asks for the password.
    ///
    /// # Errors
    /// [`Error::SessionEnded`].
    pub fn session_name(&self, token: &Token) -> Result<String, Error> {
        self.store.read("reading a session", |sql| {
            sql.query_row(
                "SELECT o.name FROM sessions s JOIN operators o USING (operator) WHERE s.token = ?1",
                [token.hash()],
                |row| row.get(0),
            )
            .optional()?
            .ok_or(Error::SessionEnded)
        })
    }

    /// Opens a locked session with the password.
    ///
    /// # Errors
    /// [`Error::Credentials`], [`Error::LockedOut`], [`Error::SessionEnded`].
    pub fn unlock(
        &self,
        token: &Token,
        password: &SecretString,
        now: UnixTime,
    ) -> Result<Actor, Error> {
        let operator = self.store.read("reading a session", |sql| {
            sql.query_row(
                "SELECT operator FROM sessions WHERE token = ?1",
                [token.hash()],
                |row| row.get(0),
            )
            .optional()?
            .ok_or(Error::SessionEnded)
        })?;
        self.prove_password(OperatorId(uint(operator)), password, now)?;
        self.store.write("unlocking a session", |sql| {
            sql.execute(
                "UPDATE sessions SET locked = 0, seen = ?2 WHERE token = ?1",
                params![token.hash(), int(now.0)],
            )?;
            Ok(())
        })?;
        self.actor(token, now)
    }

    /// Locks a session at once: the one key to press when somebody comes in.
    ///
    /// # Errors
    /// Those of the store.
    pub fn lock_session(&self, token: &Token) -> Result<(), Error> {
        self.store.write("locking a session", |sql| {
            sql.execute(
                "UPDATE sessions SET locked = 1 WHERE token = ?1",
                [token.hash()],
            )?;
            Ok(())
        })
    }

    /// Locks every session of the office at once.
    ///
    /// # Errors
    /// Those of the store.
    pub fn lock_office(&self, by: &Actor, now: UnixTime) -> Result<(), Error> {
        self.act_freely("locking all sessions", by, now, |sql, log| {
            sql.execute("UPDATE sessions SET locked = 1", [])?;
            log.add("office_locked", Subject::Office, "");
            Ok(())
        })
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Those of the store.
    pub fn sign_out(&self, token: &Token) -> Result<(), Error> {
        self.store.write("ending a session", |sql| {
            sql.execute("DELETE FROM sessions WHERE token = ?1", [token.hash()])?;
            Ok(())
        })
    }

    /// Makes sure that the password is the operator's, counting wrong attempts.
    pub(super) fn prove_password(
        &self,
        id: OperatorId,
        password: &SecretString,
        now: UnixTime,
    ) -> Result<(), Error> {
        let proof = self.proof("operator = ?1", int(id.0))?;
        let proof = proof.ok_or(Error::SessionEnded)?;
        let is_right = passwords::matches(&proof.verifier, password)?;
        let outcome = self.act_alone("checking a password", Some(id), now, |sql, log| {
            judge(sql, log, &proof, is_right, None, now)
        })?;
        refused(outcome)
    }

    /// Makes sure that a code is the operator's, counting wrong attempts.
    pub(super) fn prove_code(
        &self,
        id: OperatorId,
        code: &str,
        now: UnixTime,
    ) -> Result<(), Error> {
        let proof = self.proof("operator = ?1", int(id.0))?;
        let proof = proof.ok_or(Error::SessionEnded)?;
        let is_right = proof.seed.is_some();
        let outcome = self.act_alone("checking a code", Some(id), now, |sql, log| {
            judge(sql, log, &proof, is_right, Some(Some(code)), now)
        })?;
        refused(outcome)
    }

    fn proof(
        &self,
        condition: &'static str,
        value: impl rusqlite::ToSql,
    ) -> Result<Option<Proof>, Error> {
        self.store.read("reading an operator", |sql| {
            let query = format!(
                "SELECT operator, verifier, CASE WHEN totp_proven THEN totp END, active
                 FROM operators WHERE {condition}"
            );
            Ok(sql
                .query_row(&query, [value], |row| {
                    Ok(Proof {
                        operator: OperatorId(uint(row.get(0)?)),
                        verifier: row.get(1)?,
                        seed: row.get(2)?,
                        active: row.get(3)?,
                    })
                })
                .optional()?)
        })
    }
}

/// Counts an attempt. `code` is `None` where no second factor is asked for. A pause refuses right passwords as well: attempts
/// that were under way when it began must not get past it.
fn judge(
    sql: &Transaction<'_>,
    log: &mut Log,
    proof: &Proof,
    is_right: bool,
    code: Option<Option<&str>>,
    now: UnixTime,
) -> Result<Outcome, Error> {
    let id = int(proof.operator.0);
    let (failures, locked_until, last_step) = sql.query_row(
        "SELECT failures, locked_until, totp_step FROM operators WHERE operator = ?1",
        [id],
        |row| Ok((row.get::<_, u32>(0)?, uint(row.get(1)?), uint(row.get(2)?))),
    )?;
    if now.0 < locked_until {
        return Ok(Outcome::LockedOut(UnixTime(locked_until)));
    }
    let mut step = None;
    let is_right = match (is_right, code, &proof.seed) {
        (true, Some(None), Some(_)) => return Ok(Outcome::CodeNeeded),
        (true, Some(Some(code)), Some(_)) if recovery::looks_like_one(code) => {
            recovery::take(sql, log, proof.operator, code)?
        }
        (true, Some(Some(code)), Some(seed)) => {
            step = step_of(seed, code, now, last_step)?;
            step.is_some()
        }
        (is_right, _, _) => is_right,
    };
    if is_right {
        sql.execute(
            "UPDATE operators SET failures = 0, locked_until = 0, totp_step = ?2 WHERE operator = ?1",
            params![id, int(step.unwrap_or(last_step))],
        )?;
        return Ok(Outcome::Right);
    }
    let failures = failures.saturating_add(1);
    let pause = match failures.checked_sub(FREE_FAILURES) {
        Some(over) => (FIRST_PAUSE << over.min(10)).min(LONGEST_PAUSE),
        None => 0,
    };
    let until = if pause > 0 { now.plus(pause).0 } else { 0 };
    sql.execute(
        "UPDATE operators SET failures = ?2, locked_until = ?3 WHERE operator = ?1",
        params![id, failures, int(until)],
    )?;
    log.add("sign_in_refused", Subject::Operator(proof.operator), "");
    Ok(Outcome::Wrong)
}

fn refused(outcome: Outcome) -> Result<(), Error> {
    match outcome {
        Outcome::Right => Ok(()),
        Outcome::Wrong => Err(Error::Credentials),
        Outcome::CodeNeeded => Err(Error::CodeNeeded),
        Outcome::LockedOut(until) => Err(Error::LockedOut { until }),
    }
}
