//! Addresses on the network: e-mail, messengers, pages (HINTS-7).

use crate::{Confidence, Found, Kind, tokens::Text};

/// Tokens that an address reaches back or ahead.
const REACH: usize = 24;

/// Endings of names of hosts that are meant even without `http`.
const TOP: [&str; 22] = [
    "com", "org", "net", "info", "ua", "ru", "su", "by", "me", "io", "eu", "de", "pl", "uk", "us",
    "biz", "online", "site", "укр", "рф", "gov", "edu",
];

/// What stands round an `@`.
pub(crate) fn email_or_handle(text: &Text<'_>, at: usize) -> Option<Found> {
    if !text.is_mark(at, "@") {
        return None;
    }
    let is_part = |place: usize| {
        text.word(place).is_some() || text.number(place).is_some() || text.is_mark(place, "._-+")
    };
    let mut from = at;
    while from > 0 && from + REACH > at && !text.gap(from) && is_part(from - 1) {
        from -= 1;
    }
    let to = host(text, at + 1);
    if from < at
        && let Some(to) = to
    {
        return Some(Found {
            from,
            to,
            kind: Kind::Email,
            confidence: Confidence::High,
        });
    }
    let named = text.word(at + 1).is_some() && !text.gap(at + 1);
    let mut to = at + 2;
    while to < at + REACH
        && !text.gap(to)
        && (text.word(to).is_some() || text.number(to).is_some() || text.is_mark(to, "_"))
    {
        to += 1;
    }
    let long = text.written(at + 1).chars().count() >= 4 || to > at + 2;
    (from == at && named && long).then_some(Found {
        from: at,
        to,
        kind: Kind::Handle,
        confidence: Confidence::High,
    })
}

/// A name of a host from here: words and numbers joined by full stops or hyphens, a known ending last. The place after it.
fn host(text: &Text<'_>, at: usize) -> Option<usize> {
    let mut to = at;
    let mut ended = None;
    while to < at + REACH {
        if text.word(to).is_none() && text.number(to).is_none() || to > at && text.gap(to) {
            break;
        }
        if to > at + 1 && text.is_word(to, &TOP) && text.is_mark(to - 1, ".") {
            ended = Some(to + 1);
        }
        to += 1;
        if !text.is_mark(to, ".-_") || text.gap(to) || text.gap(to + 1) {
            break;
        }
        to += 1;
    }
    ended
}

/// A page: with its scheme, or a host with a known ending.
pub(crate) fn link(text: &Text<'_>, at: usize) -> Option<Found> {
    let scheme = text.is_word(at, &["http", "https", "ftp", "tg"])
        && text.is_mark(at + 1, ":")
        && text.is_mark(at + 2, "/");
    let first = if scheme { at + 4 } else { at };
    let inside = !scheme && at > 0 && !text.gap(at);
    if inside {
        return None;
    }
    let mut to = match host(text, first) {
        Some(to) => to,
        None if scheme => first.min(text.len()),
        None => return None,
    };
    // "дома.ua" may be a forgotten blank only when the ending is a word of its own: these are none, but "me" is.
    let doubtful =
        !scheme && text.is_word(to - 1, &["me", "us", "de", "by"]) && !text.is_mark(to, "/");
    if doubtful {
        return None;
    }
    while to < text.len() && to < at + 4 * REACH && !text.gap(to) && !text.is_mark(to, ",;)»\"”!")
    {
        // A full stop at the end belongs to the sentence.
        if text.is_mark(to, ".?") && text.gap(to + 1) {
            break;
        }
        to += 1;
    }
    Some(Found {
        from: at,
        to,
        kind: Kind::Link,
        confidence: Confidence::High,
    })
}
