//! The manifest of a campaign: what is in which sealed parcel, signed, without a name (DESK-44).

use data_encoding::HEXLOWER;
use rusqlite::params;
use sha2::{Digest, Sha256};
use tidings_paper::number::SheetNumber;
use tidings_protocol::{
    ids::{Signature, SigningPublic},
    time::UnixTime,
};

use super::letters;
use crate::{
    Action, Actor, Desk, Error, Subject,
    store::{int, uint},
};

const LABEL: &[u8] = b"tidings desk manifest v1";

/// A sealed parcel, as the manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestRow {
    /// What stands outside.
    pub code: String,
    /// The seal's number.
    pub seal: String,
    /// Weight in grams.
    pub grams: u32,
    /// Contents with quantities.
    pub contents: String,
    /// The values of the sheet numbers inside.
    pub sheets: Vec<u32>,
    /// The two who packed it, by name.
    pub packers: [String; 2],
}

/// What a manifest says besides what is in the parcels: in the office's language, so that everybody who draws it up gets the
/// same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestWords {
    /// The word for a campaign.
    pub campaign: String,
    /// Heads of the columns: code, seal, grams, contents, letters, first and second packer.
    pub heads: [String; 7],
    /// Since when it is so, as people write it.
    pub time: String,
}

/// A manifest. What is signed are the bytes of [`Manifest::csv`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The campaign.
    pub campaign: u64,
    /// Its name.
    pub name: String,
    /// Since when it is so: when the last of its parcels changed. Drawn up twice, it is the same.
    pub at: UnixTime,
    /// Its words.
    pub words: ManifestWords,
    /// The parcels, by code.
    pub rows: Vec<ManifestRow>,
    /// The signature over [`Manifest::csv`].
    pub signature: Signature,
    /// The key that it verifies under.
    pub key: SigningPublic,
}

impl Desk {
    /// Draws up and signs the manifest of everything that is sealed and has not been handed over. `words` gives its words for the time
    /// since when it is so.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Track`], [`Error::NotFound`].
    pub fn manifest(
        &self,
        by: &Actor,
        campaign: u64,
        words: impl FnOnce(UnixTime) -> ManifestWords,
        now: UnixTime,
    ) -> Result<Manifest, Error> {
        self.act("drawing a manifest up", by, Action::Track, now, |sql, log| {
            let name: String = sql
                .query_row(
                    "SELECT name FROM campaigns WHERE campaign = ?1",
                    [int(campaign)],
                    |row| row.get(0),
                )
                .map_err(|_| Error::NotFound {
                    what: "campaign",
                    number: campaign,
                })?;
            let mut statement = sql.prepare_cached(
                "SELECT parcel, code, seal, grams, contents, since,
                    (SELECT name FROM operators WHERE operator = packer),
                    (SELECT name FROM operators WHERE operator = second) FROM parcels
                 WHERE campaign = ?1 AND seal IS NOT NULL AND state IN ('sealed', 'counted', 'crossed', 'received')
                 ORDER BY code",
            )?;
            let parcels = statement.query_map(params![int(campaign)], |row| {
                let name = |at| -> rusqlite::Result<String> {
                    Ok(row.get::<_, Option<String>>(at)?.unwrap_or_default())
                };
                let packers = [name(6)?, name(7)?];
                Ok((
                    (uint(row.get(0)?), UnixTime(uint(row.get(5)?))),
                    ManifestRow {
                        code: row.get(1)?,
                        seal: row.get(2)?,
                        grams: row.get(3)?,
                        contents: row.get(4)?,
                        sheets: Vec::new(),
                        packers,
                    },
                ))
            })?;
            let mut rows = Vec::new();
            let mut at = None;
            for parcel in parcels {
                let ((id, since), mut parcel) = parcel?;
                at = at.max(Some(since));
                parcel.sheets = letters(sql, id)?.iter().filter_map(|letter| letter.sheet).collect();
                rows.push(parcel);
            }
            log.add("manifest_drawn", Subject::Campaign(campaign), &rows.len().to_string());
            let at = at.unwrap_or(now);
            let mut manifest = Manifest {
                campaign,
                name,
                at,
                words: words(at),
                rows,
                signature: Signature([0; Signature::LEN]),
                key: self.signer.public(),
            };
            manifest.signature = self.signer.sign(LABEL, &[manifest.csv().as_bytes()]);
            Ok(manifest)
        })
    }
}

impl Manifest {
    /// The manifest as CSV (RFC 4180), the bytes that are signed: one parcel a line, sheet numbers parted by spaces.
    #[must_use]
    pub fn csv(&self) -> String {
        let heads = self.words.heads.each_ref().map(|head| quoted(head));
        let mut csv = format!(
            "{},{},{},{}\r\n{}\r\n",
            quoted(&self.words.campaign),
            self.campaign,
            quoted(&self.name),
            quoted(&self.words.time),
            heads.join(",")
        );
        for row in &self.rows {
            // As they are printed on the sheets, with the digits that betray a slip.
            let sheets: Vec<String> = row
                .sheets
                .iter()
                .filter_map(|sheet| SheetNumber::new(*sheet).ok())
                .map(|sheet| sheet.to_string())
                .collect();
            csv.push_str(&format!(
                "{},{},{},{},{},{},{}\r\n",
                quoted(&row.code),
                quoted(&row.seal),
                row.grams,
                quoted(&row.contents),
                sheets.join(" "),
                quoted(&row.packers[0]),
                quoted(&row.packers[1])
            ));
        }
        csv
    }
}

impl Manifest {
    /// The SHA-256 of [`Manifest::csv`], the bytes that are signed, in hexadecimal.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        HEXLOWER.encode(&Sha256::digest(self.csv().as_bytes()))
    }
}

impl Manifest {
    /// The file that travels: [`Manifest::csv`] with signature and key in two lines behind it.
    #[must_use]
    pub fn signed_csv(&self) -> String {
        format!(
            "{}{SIGNATURE}{}\r\n{KEY}{}\r\n",
            self.csv(),
            HEXLOWER.encode(self.signature.as_bytes()),
            HEXLOWER.encode(self.key.as_bytes()),
        )
    }
}

const SIGNATURE: &str = "# Ed25519 ";
const KEY: &str = "# key ";

/// What a file turns out to be that should be a signed manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestCheck {
    /// Every byte is as the holder of this key signed it. Whose key that is, only a person knows.
    Whole {
        /// The key.
        key: SigningPublic,
        /// The SHA-256 of what was signed, in hexadecimal, as it stands on paper.
        fingerprint: String,
    },
    /// Something was changed after it was signed.
    Changed,
    /// No signature stands behind it.
    Unsigned,
}

/// Checks the file of a manifest ([`Manifest::signed_csv`]). Ends of lines that a mail program has changed, and the mark that some editors put in
/// front, are no change.
#[must_use]
pub fn check_manifest(file: &str) -> ManifestCheck {
    let file = file.trim_start_matches('\u{feff}');
    let Some((csv, behind)) = file.rfind(SIGNATURE).map(|at| file.split_at(at)) else {
        return ManifestCheck::Unsigned;
    };
    let mut lines = behind.lines().map(str::trim_end);
    let field = |line: Option<&str>, name: &str| {
        let digits = line?.strip_prefix(name)?.trim().to_ascii_lowercase();
        HEXLOWER.decode(digits.as_bytes()).ok()
    };
    let signature = field(lines.next(), SIGNATURE);
    let signature = signature.and_then(|bytes| Signature::from_slice(&bytes));
    let key = field(lines.next(), KEY).and_then(|bytes| bytes.try_into().ok());
    let (Some(signature), Some(key)) = (signature, key) else {
        return ManifestCheck::Unsigned;
    };
    let key = SigningPublic(key);
    if lines.any(|line| !line.is_empty()) {
        return ManifestCheck::Changed;
    }
    let [within, all] = ["\n", "\r\n"].map(|ends| with_ends(csv, ends));
    let whole = [csv, &within, &all]
        .into_iter()
        .find(|csv| verify_manifest(csv, &signature, &key));
    whole.map_or(ManifestCheck::Changed, |csv| ManifestCheck::Whole {
        key,
        fingerprint: HEXLOWER.encode(&Sha256::digest(csv.as_bytes())),
    })
}

/// The lines of a list with the ends that they have by RFC 4180; those within a field with `within`.
fn with_ends(csv: &str, within: &str) -> String {
    let mut text = String::with_capacity(csv.len());
    let mut is_within = false;
    for sign in csv.replace("\r\n", "\n").chars() {
        is_within ^= sign == '"';
        match sign {
            '\n' if is_within => text.push_str(within),
            '\n' => text.push_str("\r\n"),
            sign => text.push(sign),
        }
    }
    text
}

impl Desk {
    /// The key under which this office's manifests verify.
    #[must_use]
    pub fn manifest_key(&self) -> SigningPublic {
        self.signer.public()
    }
}

/// Whether a manifest's CSV is what the holder of `key` signed.
#[must_use]
pub fn verify_manifest(csv: &str, signature: &Signature, key: &SigningPublic) -> bool {
    key.verify(LABEL, &[csv.as_bytes()], signature).is_ok()
}

/// A field in quotes, and no formula: a list program must not run what somebody typed as contents.
pub(crate) fn quoted(text: &str) -> String {
    let guard = match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => "'",
        false => "",
    };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}
