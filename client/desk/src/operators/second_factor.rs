//! The second factor: six digits from a telephone or a key (TOTP, RFC 6238). Each code works once.

use totp_rs::{Algorithm, Builder, Secret, Totp};

use super::{Actor, OperatorId, recovery};
use crate::{Desk, Error, RecoveryCodes, Subject, desk::random_bytes, store::int};
use rusqlite::{OptionalExtension, params};
use tidings_protocol::time::UnixTime;

/// Seconds for which a code is shown.
const STEP_SECONDS: u64 = 30;
/// Steps that a telephone's clock may be off, either way.
const SKEW_STEPS: u16 = 1;
/// Bytes of a seed (RFC 4226, section 4, recommends 160 bits).
const SEED_LEN: usize = 20;

/// What a telephone needs to make codes: shown once, when the second factor is set up.
#[derive(Clone)]
pub struct SecondFactor {
    /// The seed in Base32, for typing.
    pub base32: String,
    /// `otpauth://…`, for a QR code.
    pub uri: String,
}

impl std::fmt::Debug for SecondFactor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SecondFactor(…)")
    }
}

impl Desk {
    /// Begins to set up the second factor of whoever acts. It is asked for only after a first code has proven that the
    /// telephone has it ([`Desk::prove_second_factor`]); until then the one from before counts.
    ///
    /// # Errors
    /// Those of the store.
    pub fn begin_second_factor(&self, by: &Actor, now: UnixTime) -> Result<SecondFactor, Error> {
        let seed: [u8; SEED_LEN] = random_bytes()?;
        let operator = by.operator_id()?;
        self.act_freely("setting up a second factor", by, now, |sql, log| {
            sql.execute(
                "UPDATE operators SET totp_next = ?2 WHERE operator = ?1",
                params![int(operator.0), seed],
            )?;
            log.add("second_factor_begun", Subject::Operator(operator), "");
            Ok(())
        })?;
        let base32 = Secret::new(Box::from(seed)).to_base32();
        let (login, office) = (self.operator_login(operator)?, self.settings()?.name);
        let label = format!("{}:{}", escaped(&office), escaped(&login));
        let uri = format!(
            "otpauth://totp/{label}?secret={base32}&issuer={}",
            escaped(&office)
        );
        Ok(SecondFactor { base32, uri })
    }

    /// Whether whoever acts is asked for a code when signing in.
    ///
    /// # Errors
    /// Those of the store.
    pub fn has_second_factor(&self, by: &Actor) -> Result<bool, Error> {
        let operator = by.operator_id()?;
        self.store.read("reading an operator", |sql| {
            Ok(sql.query_row(
                "SELECT totp_proven FROM operators WHERE operator = ?1",
                [int(operator.0)],
                |row| row.get(0),
            )?)
        })
    }

    /// Proves that the telephone has the second factor: from now on every sign-in asks for a code. Gives new recovery codes,
    /// which are shown once.
    ///
    /// # Errors
    /// [`Error::Credentials`] for a wrong code.
    pub fn prove_second_factor(
        &self,
        by: &Actor,
        code: &str,
        now: UnixTime,
    ) -> Result<RecoveryCodes, Error> {
        let operator = by.operator_id()?;
        let codes = RecoveryCodes::random()?;
        self.act_freely("proving a second factor", by, now, |sql, log| {
            let seed: Option<Vec<u8>> = sql
                .query_row(
                    "SELECT totp_next FROM operators WHERE operator = ?1",
                    [int(operator.0)],
                    |row| row.get(0),
                )
                .optional()?
                .flatten();
            let seed = seed.ok_or(Error::Credentials)?;
            let step = step_of(&seed, code, now, 0)?.ok_or(Error::Credentials)?;
            sql.execute(
                "UPDATE operators SET totp = totp_next, totp_next = NULL, totp_proven = 1, totp_step = ?2
                 WHERE operator = ?1",
                params![int(operator.0), int(step)],
            )?;
            recovery::keep(sql, operator, &codes)?;
            log.add("second_factor_proven", Subject::Operator(operator), "");
            Ok(codes)
        })
    }
}

/// The step of a code, if it is right and later than `last`, the step of the last code that was taken.
pub(super) fn step_of(
    seed: &[u8],
    code: &str,
    now: UnixTime,
    last: u64,
) -> Result<Option<u64>, Error> {
    let digits: String = code.chars().filter(char::is_ascii_digit).collect();
    let step = totp(seed)?.check(&digits, now.0);
    Ok(step.filter(|step| *step > last))
}

fn totp(seed: &[u8]) -> Result<Totp, Error> {
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(SKEW_STEPS)
        .with_step_duration(STEP_SECONDS)
        .with_secret(Secret::new(Box::from(seed)))
        .build()
        .map_err(|_| Error::Damaged {
            what: "the seed of a second factor",
        })
}

/// The code of a moment, as a telephone would show it.
#[cfg(test)]
pub(crate) fn code_of(base32: &str, now: UnixTime) -> String {
    let seed = Secret::try_from_base32(base32).unwrap();
    totp(seed.as_bytes()).unwrap().generate(now.0).to_string()
}

/// Percent-encoding (RFC 3986) of everything that is not unreserved.
fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

impl Actor {
    pub(crate) fn operator_id(&self) -> Result<OperatorId, Error> {
        self.operator.ok_or(Error::SessionEnded)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, SHA-1, cut to six digits.
    #[test]
    fn codes_are_those_of_the_standard() {
        let seed = b"12345678901234567890";
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            let step = step_of(seed, code, UnixTime(time), 0).unwrap();
            assert_eq!(step, Some(time / 30), "{time}");
        }
    }

    #[test]
    fn a_code_works_once_and_only_in_its_time() {
        let seed = b"12345678901234567890";
        let at = |time: u64, last: u64| step_of(seed, "287082", UnixTime(time), last).unwrap();
        assert_eq!(at(59, 0), Some(1));
        assert_eq!(at(59, 1), None, "taken before");
        assert_eq!(at(89, 0), Some(1), "one step late");
        assert_eq!(at(90, 0), None, "two steps late");
        assert_eq!(step_of(seed, "287 082", UnixTime(59), 0).unwrap(), Some(1));
        assert_eq!(step_of(seed, "", UnixTime(59), 0).unwrap(), None);
    }

    #[test]
    fn names_are_escaped_in_the_uri() {
        assert_eq!(escaped("Дім 1"), "%D0%94%D1%96%D0%BC%201");
    }
}
