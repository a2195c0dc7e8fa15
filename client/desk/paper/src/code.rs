//! The machine code on every page: which page of which sheet of which office, and proof of it.
//!
//! Sixteen bytes, which a Data Matrix of 18 × 18 modules carries exactly. The last six are a truncated HMAC under a key that
//! only this office holds: a code of another office, a forged one, and one that the error correction "repaired" into
//! something else are refused, and the page goes to a person (PAPER-7). A wrong route would send somebody's handwriting
//! to strangers; a refused one costs a minute.

use std::fmt;

use datamatrix::{DataMatrix, SymbolList, SymbolSize};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::{
    geometry::{Corner, Paper},
    number::{NumberError, SheetNumber},
};

/// Version of the payload, in the high half of the first byte (PAPER-5).
pub const VERSION: u8 = 1;
/// Bytes of a payload.
pub const CODE_LEN: usize = 16;
/// Modules along one side of the symbol, its finder pattern included, the quiet zone not.
pub const MODULES: usize = 18;
/// Most pages of a sheet: what a reply may hold (LETTER-7).
pub const PAGES_MAX: u8 = 40;

/// Bytes that the proof covers.
const SIGNED_LEN: usize = 10;
/// Bytes of the proof: 48 bits. An attempt is a printed page under a scanner, so nobody makes 2^47 of them.
const PROOF_LEN: usize = CODE_LEN - SIGNED_LEN;
/// Separate the uses of the key from each other and from whatever else may be done with it.
const PROOF_LABEL: &[u8] = b"tidings paper code v1";
const TAG_LABEL: &[u8] = b"tidings paper office v1";
/// Byte 8: the corner, the paper, the page.
const BOTTOM_BIT: u8 = 0x80;
const A5_BIT: u8 = 0x40;
const PAGE_BITS: u8 = 0x3f;

const _: () = assert!(PAGES_MAX <= PAGE_BITS, "a page number has six bits");

/// What a coded page is. The numbers are frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum PageKind {
    /// A page to be answered on.
    Reply = 1,
    /// A page of the letter itself: under the scanner it is a letter that came back, never a reply.
    Letter = 2,
}

/// Tells offices, and keys of one office, apart: 24 bits derived from the key (PAPER-6). No secret, and names nobody.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OfficeTag(pub [u8; 3]);

impl fmt::Display for OfficeTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c] = self.0;
        write!(f, "{a:02x}{b:02x}{c:02x}")
    }
}

impl fmt::Debug for OfficeTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OfficeTag({self})")
    }
}

/// The key of an office for its codes: 32 random bytes that stay in its store; wiped from memory when dropped.
///
/// Sheets come back after months: an office that changes its key keeps the old one for reading.
#[derive(Clone)]
pub struct CodeKey(Zeroizing<[u8; 32]>);

impl CodeKey {
    /// The key of these bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// By what codes under this key are told from those of other offices (PAPER-6).
    #[must_use]
    pub fn tag(&self) -> OfficeTag {
        let mac = self.mac(TAG_LABEL, &[]).finalize().into_bytes();
        let [a, b, c, ..] = <[u8; 32]>::from(mac);
        OfficeTag([a, b, c])
    }

    fn mac(&self, label: &[u8], signed: &[u8]) -> Hmac<Sha256> {
        // RFC 2104: a key shorter than a block of the hash is filled up with zeros.
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(&*self.0);
        let mut mac = Hmac::<Sha256>::new((&*block).into());
        mac.update(label);
        mac.update(signed);
        mac
    }
}

impl fmt::Debug for CodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CodeKey({})", self.tag())
    }
}

/// What the codes of one page say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageCode {
    number: SheetNumber,
    kind: PageKind,
    paper: Paper,
    page: u8,
    pages: u8,
}

impl PageCode {
    /// Page `page` of `pages`, counted from 1.
    ///
    /// # Errors
    /// [`CodeError::Page`] unless `1 <= page <= pages <=` [`PAGES_MAX`].
    pub const fn new(
        number: SheetNumber,
        kind: PageKind,
        paper: Paper,
        page: u8,
        pages: u8,
    ) -> Result<Self, CodeError> {
        if page == 0 || page > pages || pages > PAGES_MAX {
            return Err(CodeError::Page { page, pages });
        }
        Ok(Self {
            number,
            kind,
            paper,
            page,
            pages,
        })
    }

    /// The sheet.
    #[must_use]
    pub const fn number(&self) -> SheetNumber {
        self.number
    }

    /// What the page is.
    #[must_use]
    pub const fn kind(&self) -> PageKind {
        self.kind
    }

    /// Its size.
    #[must_use]
    pub const fn paper(&self) -> Paper {
        self.paper
    }

    /// Which page, counted from 1.
    #[must_use]
    pub const fn page(&self) -> u8 {
        self.page
    }

    /// Of how many.
    #[must_use]
    pub const fn pages(&self) -> u8 {
        self.pages
    }

    /// The payload for one corner of the page (PAPER-5).
    #[must_use]
    pub fn seal(&self, corner: Corner, key: &CodeKey) -> [u8; CODE_LEN] {
        let mut payload = [0; CODE_LEN];
        payload[0] = VERSION << 4 | self.kind as u8;
        payload[1..4].copy_from_slice(&key.tag().0);
        payload[4..8].copy_from_slice(&self.number.value().to_be_bytes());
        let corner_bit = match corner {
            Corner::TopRight => 0,
            Corner::BottomLeft => BOTTOM_BIT,
        };
        let paper_bit = match self.paper {
            Paper::A4 => 0,
            Paper::A5 => A5_BIT,
        };
        payload[8] = corner_bit | paper_bit | self.page;
        payload[9] = self.pages;
        let (signed, proof) = payload.split_at_mut(SIGNED_LEN);
        let mac = key.mac(PROOF_LABEL, signed).finalize().into_bytes();
        proof.copy_from_slice(&mac[..PROOF_LEN]);
        payload
    }

    /// Reads a payload with the keys of this office, the old ones included (PAPER-7).
    ///
    /// # Errors
    /// [`CodeError`]: nothing that is refused here may route a page.
    pub fn open(payload: &[u8], keys: &[CodeKey]) -> Result<(Self, Corner), CodeError> {
        let payload: &[u8; CODE_LEN] = payload
            .try_into()
            .map_err(|_| CodeError::Length { got: payload.len() })?;
        let version = payload[0] >> 4;
        if version != VERSION {
            return Err(CodeError::Version { got: version });
        }
        let tag = OfficeTag([payload[1], payload[2], payload[3]]);
        let (signed, proof) = payload.split_at(SIGNED_LEN);
        // Two keys of one office may share a tag by chance, so all that fit are tried.
        let mut fitting = keys.iter().filter(|key| key.tag() == tag).peekable();
        if fitting.peek().is_none() {
            return Err(CodeError::AnotherOffice { tag });
        }
        if !fitting.any(|key| {
            key.mac(PROOF_LABEL, signed)
                .verify_truncated_left(proof)
                .is_ok()
        }) {
            return Err(CodeError::Proof);
        }
        Self::read(payload)
    }

    /// The fields, once the proof has held.
    fn read(payload: &[u8; CODE_LEN]) -> Result<(Self, Corner), CodeError> {
        let kind = match payload[0] & 0x0f {
            1 => PageKind::Reply,
            2 => PageKind::Letter,
            got => return Err(CodeError::Kind { got }),
        };
        let number = u32::from_be_bytes([payload[4], payload[5], payload[6], payload[7]]);
        let corner = match payload[8] & BOTTOM_BIT {
            0 => Corner::TopRight,
            _ => Corner::BottomLeft,
        };
        let paper = match payload[8] & A5_BIT {
            0 => Paper::A4,
            _ => Paper::A5,
        };
        let code = Self::new(
            SheetNumber::new(number)?,
            kind,
            paper,
            payload[8] & PAGE_BITS,
            payload[9],
        )?;
        Ok((code, corner))
    }
}

/// The symbol of a payload (PAPER-8): [`MODULES`] rows from the top of [`MODULES`] modules from the left, `true` is black. The solid
/// sides of its finder pattern are left and below.
#[must_use]
pub fn symbol(payload: &[u8; CODE_LEN]) -> [[bool; MODULES]; MODULES] {
    #[expect(
        clippy::expect_used,
        reason = "16 bytes in base 256 take 18 codewords, which is what the symbol holds; any payload is tested"
    )]
    let matrix = DataMatrix::encode(payload, SymbolList::with_whitelist([SymbolSize::Square18]))
        .expect("16 bytes fit 18 codewords");
    let mut modules = [[false; MODULES]; MODULES];
    for (x, y) in matrix.bitmap().pixels() {
        if let Some(module) = modules.get_mut(y).and_then(|row| row.get_mut(x)) {
            *module = true;
        }
    }
    modules
}

/// Why a code routes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Another code than ours: a parcel label, an advertisement.
    #[error("the code has {got} bytes, ours have {CODE_LEN}: it is not a code of a sheet")]
    Length {
        /// Bytes read.
        got: usize,
    },
    /// Written by a newer program, or not ours.
    #[error(
        "the code has version {got}, this program reads {VERSION}: a newer program may read it"
    )]
    Version {
        /// The version read.
        got: u8,
    },
    /// No key of this office has the tag.
    #[error("the code is of another office ({tag})")]
    AnotherOffice {
        /// The tag read.
        tag: OfficeTag,
    },
    /// The tag is ours and the proof does not hold.
    #[error("the code names this office and its proof does not hold: it is damaged or forged")]
    Proof,
    /// Proven, of a kind that this program does not know.
    #[error("the code is of kind {got}, which this program does not know: a newer program may")]
    Kind {
        /// The kind read.
        got: u8,
    },
    /// A page that cannot be.
    #[error("page {page} of {pages}: pages go from 1 to at most {PAGES_MAX}")]
    Page {
        /// The page.
        page: u8,
        /// Of how many.
        pages: u8,
    },
    /// A number that cannot be.
    #[error(transparent)]
    Number(#[from] NumberError),
}

impl CodeError {
    /// A stable name of the kind of error, the key of its translations.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "page-code-foreign",
            Self::Version { .. } => "page-code-version",
            Self::AnotherOffice { .. } => "page-code-another-office",
            Self::Proof => "page-code-proof",
            Self::Kind { .. } => "page-code-kind",
            Self::Page { .. } => "page-code-page",
            Self::Number(_) => "page-code-number",
        }
    }
}

#[cfg(test)]
mod tests;
