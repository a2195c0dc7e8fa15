//! The highest certificate number that was ever given out here, beside the keys and not in them: keys that are lost or
//! damaged take their own number with them, and clients refuse a lower one for good (RELAY-5, RELAY-13).

use std::{fs, io, path::Path};

use data_encoding::HEXLOWER;
use tidings_protocol::ids::labelled_hash;

use super::files::{KeyError, failed, replace};

/// The file in the data folder.
pub(super) const NUMBER: &str = "certificate.number";

const TITLE: &str = "tidings relay certificate number 1";
const LABEL: &[u8] = b"tidings relay certificate number v1";

/// Reads the file; `None` where there is none.
pub(super) fn read_number(path: &Path) -> Result<Option<u64>, KeyError> {
    let bytes = match fs::read(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read.map_err(failed("read", path))?,
    };
    let number = std::str::from_utf8(&bytes)
        .ok()
        .and_then(|text| text.lines().nth(1)?.strip_prefix("number ")?.parse().ok())
        // Written in one way only, so that no changed byte passes.
        .filter(|number| number_file(*number).as_bytes() == bytes);
    number.map(Some).ok_or_else(|| KeyError::Damaged {
        path: path.to_owned(),
        what: "it is not as it was written",
    })
}

/// Replaces the file, durably, before a certificate of this number is shown to anybody.
pub(super) fn write_number(path: &Path, number: u64) -> Result<(), KeyError> {
    replace(path, number_file(number).as_bytes())
}

fn number_file(number: u64) -> String {
    let line = format!("number {number}");
    let checksum = HEXLOWER.encode(&labelled_hash(LABEL, &[line.as_bytes()]));
    format!("{TITLE}\n{line}\nchecksum {checksum}\n")
}
