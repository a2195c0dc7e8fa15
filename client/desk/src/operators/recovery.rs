//! Recovery codes: for whoever has lost the telephone. They are written down on paper when the second factor is set up; each
//! opens the door once, together with the password (DESK-40).

use rusqlite::{Transaction, params};
use tidings_protocol::{ids::labelled_hash, time::UnixTime};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::{Actor, OperatorId};
use crate::{
    Desk, Error, Subject,
    desk::{Log, random_bytes},
    store::{int, uint},
};

/// Codes that are given at once.
const COUNT: usize = 10;
/// Digits of a code: 40 bits, behind a password and pauses that grow to an hour. Digits, as an office's keyboard may be Cyrillic.
const DIGITS: usize = 12;
/// As many codes are possible.
const POSSIBLE: u64 = 1_000_000_000_000;

/// The codes as they are shown, once: four digits in a group. Do not print themselves.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct RecoveryCodes(Vec<String>);

impl RecoveryCodes {
    /// The codes, for the page.
    pub fn expose(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    pub(super) fn random() -> Result<Self, Error> {
        let mut codes = Vec::with_capacity(COUNT);
        while codes.len() < COUNT {
            let code = random_digits()?;
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
        Ok(Self(codes))
    }
}

impl std::fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCodes(…)")
    }
}

fn random_digits() -> Result<String, Error> {
    // Of 2^64 the part above a multiple of 10^12 is less than one in ten million: no digit is likelier by more.
    let number = u64::from_le_bytes(random_bytes()?) % POSSIBLE;
    let digits = format!("{number:0DIGITS$}");
    let groups: Vec<&str> = [0..4, 4..8, 8..12]
        .into_iter()
        .filter_map(|group| digits.get(group))
        .collect();
    Ok(groups.join(" "))
}

impl Desk {
    /// How many recovery codes whoever acts has left.
    ///
    /// # Errors
    /// Those of the store.
    pub fn recovery_codes_left(&self, by: &Actor) -> Result<u64, Error> {
        let operator = by.operator_id()?;
        self.store.read("counting recovery codes", |sql| {
            let count = sql.query_row(
                "SELECT count(*) FROM recovery_codes WHERE operator = ?1",
                [int(operator.0)],
                |row| row.get(0),
            )?;
            Ok(uint(count))
        })
    }

    /// Gives whoever acts new recovery codes, for a code that the telephone shows now or one of those that are left. Those from
    /// before are void.
    ///
    /// # Errors
    /// [`Error::Credentials`] for a wrong code, or without a second factor; [`Error::LockedOut`] after too many.
    pub fn renew_recovery_codes(
        &self,
        by: &Actor,
        code: &str,
        now: UnixTime,
    ) -> Result<RecoveryCodes, Error> {
        let operator = by.operator_id()?;
        self.prove_code(operator, code, now)?;
        let codes = RecoveryCodes::random()?;
        self.act_freely("giving recovery codes", by, now, |sql, log| {
            keep(sql, operator, &codes)?;
            log.add("recovery_codes_given", Subject::Operator(operator), "");
            Ok(codes)
        })
    }
}

/// Whether somebody typed a recovery code, and not what a telephone shows.
pub(super) fn looks_like_one(typed: &str) -> bool {
    digits(typed).len() == DIGITS
}

/// Keeps these codes in place of all from before.
pub(super) fn keep(
    sql: &Transaction<'_>,
    operator: OperatorId,
    codes: &RecoveryCodes,
) -> Result<(), Error> {
    forget(sql, operator)?;
    for code in codes.expose() {
        sql.execute(
            "INSERT INTO recovery_codes (operator, code) VALUES (?1, ?2)",
            params![int(operator.0), hash(operator, code)],
        )?;
    }
    Ok(())
}

/// Whether it is one of the operator's codes; then it is gone.
pub(super) fn take(
    sql: &Transaction<'_>,
    log: &mut Log,
    operator: OperatorId,
    typed: &str,
) -> Result<bool, Error> {
    let taken = sql.execute(
        "DELETE FROM recovery_codes WHERE operator = ?1 AND code = ?2",
        params![int(operator.0), hash(operator, typed)],
    )?;
    if taken > 0 {
        log.add("recovery_code_used", Subject::Operator(operator), "");
    }
    Ok(taken > 0)
}

/// Takes all codes away.
pub(super) fn forget(sql: &Transaction<'_>, operator: OperatorId) -> Result<(), Error> {
    sql.execute(
        "DELETE FROM recovery_codes WHERE operator = ?1",
        [int(operator.0)],
    )?;
    Ok(())
}

fn hash(operator: OperatorId, typed: &str) -> [u8; 32] {
    labelled_hash(
        b"tidings desk recovery code v1",
        &[&operator.0.to_le_bytes(), digits(typed).as_bytes()],
    )
}

fn digits(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Role,
        operators::code_of,
        testing::{Office, PASSWORD, START},
    };

    /// DESK-40: each code works once, beside the right password, and no longer than until new ones are given.
    #[test]
    fn a_recovery_code_opens_the_door_once() {
        let office = Office::new();
        let desk = &office.desk;
        let reader = office.actor(Role::Reader);
        let seed = desk.begin_second_factor(&reader, START).unwrap().base32;
        let shown = code_of(&seed, START);
        let codes = desk.prove_second_factor(&reader, &shown, START).unwrap();
        let codes: Vec<String> = codes.expose().map(str::to_owned).collect();
        assert_eq!(codes.len(), COUNT);
        assert!(codes.iter().all(|code| code.len() == 14), "{codes:?}");
        let try_in = |password: &str, code: &str| {
            let password = password.to_owned().into();
            desk.sign_in("reader", &password, Some(code), START)
        };
        assert!(matches!(
            try_in("wrong password", &codes[0]),
            Err(Error::Credentials)
        ));
        // As it was written down, or without its gaps.
        assert!(try_in(PASSWORD, &codes[0]).is_ok());
        assert!(try_in(PASSWORD, &codes[1].replace(' ', "")).is_ok());
        assert_eq!(desk.recovery_codes_left(&reader).unwrap(), 8);
        assert!(matches!(
            try_in(PASSWORD, &codes[0]),
            Err(Error::Credentials)
        ));
        // Another operator's are his.
        let scanner = office.actor(Role::Scanner);
        let other = desk.begin_second_factor(&scanner, START).unwrap().base32;
        desk.prove_second_factor(&scanner, &code_of(&other, START), START)
            .unwrap();
        let stolen = desk.sign_in(
            "scanner",
            &PASSWORD.to_owned().into(),
            Some(&codes[2]),
            START,
        );
        assert!(matches!(stolen, Err(Error::Credentials)));

        let refused = desk.renew_recovery_codes(&reader, "000000", START);
        assert!(matches!(refused, Err(Error::Credentials)));
        let later = START.plus(30);
        let new = desk
            .renew_recovery_codes(&reader, &code_of(&seed, later), later)
            .unwrap();
        assert_eq!(desk.recovery_codes_left(&reader).unwrap(), COUNT as u64);
        assert!(matches!(
            try_in(PASSWORD, &codes[3]),
            Err(Error::Credentials)
        ));
        assert!(try_in(PASSWORD, new.expose().next().unwrap()).is_ok());
        assert_eq!(format!("{new:?}"), "RecoveryCodes(…)");
    }
}
