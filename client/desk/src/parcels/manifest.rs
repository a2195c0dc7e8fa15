//! The manifest of a campaign: what is in which sealed parcel, signed, without a name.

use rusqlite::params;
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
    /// Who packed it, by operator number.
    pub packers: (u64, u64),
}

/// A manifest. What is signed are the bytes of [`Manifest::csv`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The campaign.
    pub campaign: u64,
    /// Its name.
    pub name: String,
    /// When it was drawn up.
    pub at: UnixTime,
    /// The parcels, by code.
    pub rows: Vec<ManifestRow>,
    /// The signature over [`Manifest::csv`].
    pub signature: Signature,
    /// The key that it verifies under.
    pub key: SigningPublic,
}

impl Desk {
    /// Draws up and signs the manifest of everything that is sealed and has not been handed over.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without [`Action::Track`], [`Error::NotFound`].
    pub fn manifest(&self, by: &Actor, campaign: u64, now: UnixTime) -> Result<Manifest, Error> {
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
                "SELECT parcel, code, seal, grams, contents, packer, second FROM parcels
                 WHERE campaign = ?1 AND seal IS NOT NULL AND state IN ('sealed', 'counted', 'crossed', 'received')
                 ORDER BY code",
            )?;
            let parcels = statement.query_map(params![int(campaign)], |row| {
                let packers = (uint(row.get(5)?), uint(row.get(6)?));
                Ok((
                    uint(row.get(0)?),
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
            for parcel in parcels {
                let (id, mut parcel) = parcel?;
                parcel.sheets = letters(sql, id)?.iter().filter_map(|letter| letter.sheet).collect();
                rows.push(parcel);
            }
            log.add("manifest_drawn", Subject::Campaign(campaign), &rows.len().to_string());
            let mut manifest = Manifest {
                campaign,
                name,
                at: now,
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
        let mut csv = format!(
            "campaign,{},{},{}\r\ncode,seal,grams,contents,sheets,packer 1,packer 2\r\n",
            self.campaign,
            quoted(&self.name),
            self.at.0
        );
        for row in &self.rows {
            let sheets: Vec<String> = row.sheets.iter().map(u32::to_string).collect();
            csv.push_str(&format!(
                "{},{},{},{},{},{},{}\r\n",
                quoted(&row.code),
                quoted(&row.seal),
                row.grams,
                quoted(&row.contents),
                sheets.join(" "),
                row.packers.0,
                row.packers.1
            ));
        }
        csv
    }
}

/// Whether a manifest's CSV is what the holder of `key` signed.
#[must_use]
pub fn verify_manifest(csv: &str, signature: &Signature, key: &SigningPublic) -> bool {
    key.verify(LABEL, &[csv.as_bytes()], signature).is_ok()
}

/// A field in quotes, and no formula: a list program must not run what somebody typed as contents.
fn quoted(text: &str) -> String {
    let guard = match text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => "'",
        false => "",
    };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}
