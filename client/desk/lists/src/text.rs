//! CSV in any usual encoding and with any usual separator (LISTS-3).

use encoding_rs::{IBM866, KOI8_U, UTF_16BE, UTF_16LE, WINDOWS_1251, X_MAC_CYRILLIC};

use crate::{
    limits::CELL_CHARS_MAX,
    sheet::{Cell, Encoding, Gathered, ListError, Row, Source},
};

/// Bytes from which the encoding is guessed.
const SAMPLE: usize = 64 * 1024;
/// Lines from which the separator is guessed.
const SAMPLE_LINES: usize = 30;

pub(crate) fn read(bytes: &[u8]) -> Result<(Source, Vec<Row>), ListError> {
    let (text, encoding) = decode(bytes)?;
    let (separator, body, skipped) = separator(&text);
    let rows = match rows(body, separator, skipped, true)? {
        Some(rows) => rows,
        // An opening quote without a closing one has swallowed the rest: quotes are only letters here.
        None => rows(body, separator, skipped, false)?.unwrap_or_default(),
    };
    Ok((
        Source::Text {
            encoding,
            separator: char::from(separator),
        },
        rows,
    ))
}

/// `None` when a cell is so long, with line ends in it, that the quotes cannot be meant.
fn rows(
    text: &str,
    separator: u8,
    skipped: u32,
    quoting: bool,
) -> Result<Option<Vec<Row>>, ListError> {
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .quoting(quoting)
        .from_reader(text.as_bytes());
    let mut gathered = Gathered::default();
    let mut record = csv::StringRecord::new();
    let mut lines = Lines::of(text);
    while reader.read_record(&mut record).map_err(ListError::Csv)? {
        let begin = record.position().map_or(0, csv::Position::byte);
        let line = lines.at(usize::try_from(begin).unwrap_or(usize::MAX));
        let swallowed = |cell: &str| cell.len() > CELL_CHARS_MAX && cell.lines().count() > 20;
        if quoting && record.iter().any(swallowed) {
            return Ok(None);
        }
        let number = line.saturating_add(skipped);
        gathered.push(number, record.iter().map(Cell::text).collect())?;
    }
    Ok(Some(gathered.into_rows()))
}

/// Counts lines as a list program shows them (LISTS-9). The reader's own count is of where it stood before a row: before
/// empty lines, and between the two signs that end a line of Windows.
struct Lines<'t> {
    text: &'t [u8],
    counted: usize,
    line: u32,
}

impl<'t> Lines<'t> {
    fn of(text: &'t str) -> Self {
        Self {
            text: text.as_bytes(),
            counted: 0,
            line: 1,
        }
    }

    /// The line of the first sign at or behind this byte that does not end a line. To be asked with growing bytes.
    fn at(&mut self, byte: usize) -> u32 {
        let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let empty = self.text.get(byte..).unwrap_or_default();
        let empty = empty.iter().take_while(|byte| is_end(byte)).count();
        let until = byte.saturating_add(empty).min(self.text.len());
        for place in self.counted..until {
            let ends_a_line = match self.text.get(place) {
                Some(b'\n') => true,
                Some(b'\r') => self.text.get(place + 1) != Some(&b'\n'),
                _ => false,
            };
            self.line = self.line.saturating_add(u32::from(ends_a_line));
        }
        self.counted = self.counted.max(until);
        self.line
    }
}

fn decode(bytes: &[u8]) -> Result<(String, Encoding), ListError> {
    let (encoding, name) = match bytes {
        [0xFF, 0xFE, ..] => (UTF_16LE, Encoding::Utf16Le),
        [0xFE, 0xFF, ..] => (UTF_16BE, Encoding::Utf16Be),
        _ => match without_mark(bytes) {
            Some(found) => found,
            None => match std::str::from_utf8(bytes) {
                Ok(text) if text.contains('\0') => return Err(ListError::NoText),
                Ok(text) => {
                    return Ok((
                        text.trim_start_matches('\u{FEFF}').to_owned(),
                        Encoding::Utf8,
                    ));
                }
                Err(_) if bytes.contains(&0) => return Err(ListError::NoText),
                Err(_) => code_page(bytes)?,
            },
        },
    };
    let (text, _) = encoding.decode_with_bom_removal(bytes);
    Ok((text.into_owned(), name))
}

/// UTF-16 without a mark: every second byte is one of the two that begin Latin and Cyrillic letters.
fn without_mark(bytes: &[u8]) -> Option<(&'static encoding_rs::Encoding, Encoding)> {
    let sample = &bytes[..bytes.len().min(SAMPLE) & !1];
    if sample.len() < 8 {
        return None;
    }
    let plain = |first: usize| {
        let high = sample
            .iter()
            .skip(first)
            .step_by(2)
            .filter(|byte| matches!(byte, 0 | 4))
            .count();
        high * 2 * 10 >= sample.len() * 9
    };
    if plain(1) {
        Some((UTF_16LE, Encoding::Utf16Le))
    } else if plain(0) {
        Some((UTF_16BE, Encoding::Utf16Be))
    } else {
        None
    }
}

/// The code page in which the text reads most like words.
fn code_page(bytes: &[u8]) -> Result<(&'static encoding_rs::Encoding, Encoding), ListError> {
    let sample = &bytes[..bytes.len().min(SAMPLE)];
    [
        (WINDOWS_1251, Encoding::Windows1251),
        (IBM866, Encoding::Ibm866),
        (KOI8_U, Encoding::Koi8),
        (X_MAC_CYRILLIC, Encoding::MacCyrillic),
    ]
    .into_iter()
    .map(|(encoding, name)| {
        (
            likeness(&encoding.decode_without_bom_handling(sample).0),
            encoding,
            name,
        )
    })
    // The first of equals: the commonest.
    .max_by(|a, b| a.0.cmp(&b.0).then(std::cmp::Ordering::Greater))
    .filter(|(likeness, ..)| *likeness > 0)
    .map(|(_, encoding, name)| (encoding, name))
    .ok_or(ListError::NoText)
}

/// How much a text looks like words of Cyrillic: small letters after letters, capitals at the beginning, nothing strange.
fn likeness(text: &str) -> i64 {
    let mut before = ' ';
    let mut points = 0;
    for letter in text.chars() {
        points += match letter {
            'а'..='я' | 'і' | 'ї' | 'є' | 'ё' | 'ґ' if before.is_alphabetic() => 3,
            'а'..='я' | 'і' | 'ї' | 'є' | 'ё' | 'ґ' => 1,
            'А'..='Я' | 'І' | 'Ї' | 'Є' | 'Ё' | 'Ґ' if before.is_lowercase() => -6,
            'А'..='Я' | 'І' | 'Ї' | 'Є' | 'Ё' | 'Ґ' => 2,
            letter if letter.is_ascii_graphic() || letter.is_ascii_whitespace() => 0,
            '«' | '»' | '№' | '’' | '–' | '—' | '\u{A0}' => 0,
            _ => -6,
        };
        before = letter;
    }
    points
}

/// What stands between cells, the text from the first line of the list, and how many lines were left out before it.
fn separator(text: &str) -> (u8, &str, u32) {
    if let Some((first, rest)) = text.split_once('\n')
        && let Some(named) = first.trim_end().strip_prefix("sep=")
        && let [separator @ (b',' | b';' | b'\t' | b'|')] = named.as_bytes()
    {
        return (*separator, rest, 1);
    }
    let counts = |separator: char| -> Vec<usize> {
        let mut counts = vec![0_usize];
        let mut quoted = false;
        for letter in text.chars().take(SAMPLE) {
            match letter {
                '"' => quoted = !quoted,
                '\n' if !quoted => {
                    if counts.len() == SAMPLE_LINES {
                        break;
                    }
                    counts.push(0);
                }
                letter if letter == separator && !quoted => {
                    if let Some(last) = counts.last_mut() {
                        *last += 1;
                    }
                }
                _ => {}
            }
        }
        counts
    };
    let best = [b';', b'\t', b',', b'|']
        .into_iter()
        .max_by_key(|separator| {
            let mut counts = counts(char::from(*separator));
            counts.sort_unstable();
            let usual = counts[counts.len() / 2];
            let steady = counts.iter().filter(|count| **count == usual).count();
            // A separator stands in most lines, and as often in each; the first of the four wins among equals.
            let rank = match separator {
                b';' => 3,
                b'\t' => 2,
                b',' => 1,
                _ => 0,
            };
            if usual == 0 {
                (0, 0, rank)
            } else {
                (steady * 100 / counts.len(), usual, rank)
            }
        });
    (best.unwrap_or(b';'), text, 0)
}
