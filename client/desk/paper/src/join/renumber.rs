//! Objects under new numbers.

use std::io::Write;

use super::part::{find, number_at};
use crate::error::PaperError;

/// Copies the body of an object with every reference moved up by `base`. What follows `stream` is copied as it is.
pub(super) fn renumbered(body: &[u8], base: usize, out: &mut impl Write) -> Result<(), PaperError> {
    let mut at = 0;
    let mut copied = 0;
    // Whether a number may begin here.
    let mut fresh = true;
    while let Some(byte) = body.get(at) {
        match byte {
            b'(' => at = string_end(body, at),
            b's' if fresh && body[at..].starts_with(b"stream") => break,
            b'0'..=b'9' if fresh => {
                let digits = body[at..].iter().take_while(|b| b.is_ascii_digit()).count();
                let after = at + digits;
                let follows = body
                    .get(after + 4)
                    .is_none_or(|b| !b.is_ascii_alphanumeric());
                if body[after..].starts_with(b" 0 R") && follows {
                    let (number, _) = number_at(body, at)?;
                    out.write_all(&body[copied..at])?;
                    write!(out, "{}", number + base)?;
                    copied = after;
                    at = after + 4;
                } else {
                    at = after;
                }
                fresh = false;
                continue;
            }
            // A string in hexadecimal, not a dictionary.
            b'<' if body.get(at + 1) != Some(&b'<') => {
                at = find(body, at, b">").map_or(body.len(), |end| end + 1);
                fresh = true;
                continue;
            }
            b'<' => at += 1,
            _ => {}
        }
        fresh = body
            .get(at)
            .is_some_and(|b| b.is_ascii_whitespace() || b"[]<>()".contains(b));
        at += 1;
    }
    out.write_all(&body[copied..])?;
    Ok(())
}

/// The place of the bracket that closes a string in brackets.
fn string_end(body: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(byte) = body.get(at) {
        match byte {
            b'\\' => at += 1,
            b'(' => depth += 1,
            b')' => {
                depth -= 1;
                if depth == 0 {
                    return at;
                }
            }
            _ => {}
        }
        at += 1;
    }
    body.len()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    fn moved(body: &str) -> String {
        let mut out = Vec::new();
        renumbered(body.as_bytes(), 100, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn references_move_and_nothing_else() {
        let cases = [
            (
                "<</A 1 0 R/B[2 0 R 3 0 R]>>",
                "<</A 101 0 R/B[102 0 R 103 0 R]>>",
            ),
            (
                "<</L 4 0 R/N 5 0 /W[6 0 7]>>",
                "<</L 104 0 R/N 5 0 /W[6 0 7]>>",
            ),
            (
                "<</S(1 0 R \\) 2 0 R (3 0 R))/T 4 0 R>>",
                "<</S(1 0 R \\) 2 0 R (3 0 R))/T 104 0 R>>",
            ),
            (
                "<</H<31203020522031>/T 4 0 R>>",
                "<</H<31203020522031>/T 104 0 R>>",
            ),
            ("<</F1 0 R>>", "<</F1 0 R>>"),
            ("<</X 1.5/Y 1 0 RG>>", "<</X 1.5/Y 1 0 RG>>"),
            (
                "<</Length 5>>\nstream\n1 0 R\nendstream\nendobj",
                "<</Length 5>>\nstream\n1 0 R\nendstream\nendobj",
            ),
            ("7 0 R\nendobj", "107 0 R\nendobj"),
        ];
        for (body, expected) in cases {
            assert_eq!(moved(body), expected);
        }
    }

    proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            renumbered(&bytes, 3, &mut Vec::new()).unwrap();
        }
    }
}
