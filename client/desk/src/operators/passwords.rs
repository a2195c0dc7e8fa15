//! Passwords as the desk keeps them: stretched with Argon2id (RFC 9106), each with its own salt and cost.

use argon2::{Algorithm, Argon2, Params, Version};
use data_encoding::HEXLOWER;
use subtle::ConstantTimeEq;
use tidings_client::{ExposeSecret, SecretString, vault::Cost};
use zeroize::Zeroizing;

use crate::{Error, desk::random_bytes};

/// Characters that a password needs at least (NIST SP 800-63B asks for eight; nobody types these often).
pub(crate) const PASSWORD_MIN: usize = 10;

const SALT_LEN: usize = 16;
const HASH_LEN: usize = 32;

/// What is refused whatever its length: these are tried first.
const COMMON: [&str; 14] = [
    "1234567890",
    "0123456789",
    "12345678910",
    "123456789a",
    "qwertyuiop",
    "qwerty12345",
    "password12",
    "password123",
    "passw0rd123",
    "parolparol",
    "пароль1234",
    "пароль12345",
    "йцукенгшщз",
    "йцукенгшщзх",
];

/// Refuses what is guessed first.
pub(super) fn check(login: &str, password: &SecretString) -> Result<(), Error> {
    let text = password.expose_secret();
    let lower = Zeroizing::new(text.to_lowercase());
    let first = lower.chars().next();
    let one_character = lower.chars().all(|c| Some(c) == first);
    let is_weak = text.chars().count() < PASSWORD_MIN
        || one_character
        || COMMON.contains(&lower.as_str())
        || *lower == login.to_lowercase();
    if is_weak {
        return Err(Error::WeakPassword {
            least: PASSWORD_MIN,
        });
    }
    Ok(())
}

/// Stretches a password for keeping: `argon2id$memory$passes$lanes$salt$hash`.
pub(super) fn stretch(password: &SecretString, cost: Cost) -> Result<String, Error> {
    let salt: [u8; SALT_LEN] = random_bytes()?;
    let hash = hash(password, cost, &salt)?;
    Ok(format!(
        "argon2id${}${}${}${}${}",
        cost.memory_kib,
        cost.passes,
        cost.lanes,
        HEXLOWER.encode(&salt),
        HEXLOWER.encode(&*hash)
    ))
}

/// Whether this is the password of a kept verifier.
pub(super) fn matches(verifier: &str, password: &SecretString) -> Result<bool, Error> {
    let kept = parse(verifier).ok_or(Error::Damaged {
        what: "a password's verifier",
    })?;
    let hash = hash(password, kept.cost, &kept.salt)?;
    Ok(hash.ct_eq(&kept.hash).into())
}

/// Takes the time that [`matches`] takes, for a login that nobody has: how long an answer takes must not tell.
pub(super) fn pretend(password: &SecretString, cost: Cost) -> Result<(), Error> {
    hash(password, cost, &[0; SALT_LEN]).map(drop)
}

struct Kept {
    cost: Cost,
    salt: Vec<u8>,
    hash: [u8; HASH_LEN],
}

fn parse(verifier: &str) -> Option<Kept> {
    let mut parts = verifier.split('$');
    if parts.next()? != "argon2id" {
        return None;
    }
    let mut number = || parts.next()?.parse().ok();
    let cost = Cost {
        memory_kib: number()?,
        passes: number()?,
        lanes: number()?,
    };
    let mut bytes = || HEXLOWER.decode(parts.next()?.as_bytes()).ok();
    Some(Kept {
        cost,
        salt: bytes()?,
        hash: bytes()?.try_into().ok()?,
    })
}

fn hash(
    password: &SecretString,
    cost: Cost,
    salt: &[u8],
) -> Result<Zeroizing<[u8; HASH_LEN]>, Error> {
    let damaged = |_| Error::Damaged {
        what: "the cost of a password",
    };
    let params =
        Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(HASH_LEN)).map_err(damaged)?;
    let mut out = Zeroizing::new([0; HASH_LEN]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(password.expose_secret().as_bytes(), salt, &mut *out)
        .map_err(damaged)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::CHEAP;

    fn secret(text: &str) -> SecretString {
        text.to_owned().into()
    }

    #[test]
    fn only_the_password_matches_and_salts_differ() {
        let kept = stretch(&secret("червона калина"), CHEAP).unwrap();
        assert!(matches(&kept, &secret("червона калина")).unwrap());
        for wrong in ["Червона калина", "червона калина ", ""] {
            assert!(!matches(&kept, &secret(wrong)).unwrap());
        }
        assert_ne!(kept, stretch(&secret("червона калина"), CHEAP).unwrap());
        assert!(matches("argon2id$8192$1$1$00", &secret("x")).is_err());
    }

    #[test]
    fn what_is_guessed_first_is_refused() {
        for weak in ["short", "ааааааааааааа", "Password123", "olena.petrenko"] {
            assert!(check("Olena.Petrenko", &secret(weak)).is_err(), "{weak}");
        }
        assert!(check("olena", &secret("вишневий сад")).is_ok());
    }
}
