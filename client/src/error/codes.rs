//! Codes of failures, by which translations find their sentences, and the figures in those.

use std::path::Path;

use tidings_protocol::{
    blob::BlobError,
    card::{CardError, CardFileError},
    exchange::Refusal,
    letter::LetterError,
    limits::{CONTENT_MAX, MAILBAG_PART_MAX, MAILBAG_PART_MIN, MAILBAG_PARTS_MAX},
    line::LineError,
    mailbag::MailbagError,
    name::NameError,
    prekey::PrekeyError,
    relay_identity::CertificateError,
};

use super::{Error, Field};
use crate::transport::{ProxyError, TransportError};

impl Error {
    /// A stable name of the failure, in kebab case: the key of its translation.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::VaultExists { .. } => "vault-exists",
            Self::NoVault { .. } => "vault-none",
            Self::VaultBusy { .. } => "vault-busy",
            Self::ReadOnly { .. } => "vault-read-only",
            Self::RelayKept { .. } => "relay-kept",
            Self::WrongPassphrase => "passphrase-wrong",
            Self::VaultDamaged { .. } => "vault-damaged",
            Self::VaultVersion { .. } => "vault-version",
            Self::VaultStorage { .. } => "vault-storage",
            Self::VaultFull { .. } => "vault-full",
            Self::VaultUnwritable { .. } => "vault-unwritable",
            Self::Wire(_) => "malformed",
            Self::Disk { .. } => "disk",
            Self::Name { got: 0, .. } => "name-empty",
            Self::Name { .. } => "name-too-long",
            Self::NameLooks(NameError::Hidden { .. }) => "name-hidden",
            Self::NameLooks(NameError::Marks) => "name-marks",
            Self::NameLooks(NameError::Mixed { .. }) => "name-mixed",
            Self::NameDigits => "name-digits",
            Self::NameTaken { .. } => "name-taken",
            Self::NoContact { .. } => "contact-none",
            Self::NoLetter { .. } => "letter-none",
            Self::OwnLetter { .. } => "letter-own",
            Self::NoEnclosure { .. } => "enclosure-none",
            Self::NotFetched => "enclosure-not-fetched",
            Self::FileLost { .. } => "enclosure-lost",
            Self::WordsDiffer => "words-differ",
            Self::NotAnOffice => "contact-not-office",
            Self::Frozen => "contact-frozen",
            Self::Closed => "contact-closed",
            Self::FamilyMustBegin => "contact-family-must-begin",
            Self::WindowFull { .. } => "contact-window-full",
            Self::EmptyLetter => "letter-empty",
            Self::Voice { .. } => "voice",
            Self::TooManyEnclosures { .. } => "enclosures-too-many",
            Self::Picture { source, .. } => source.code(),
            Self::EnclosureKind { .. } => "enclosure-kind",
            Self::NotVerified => "contact-not-verified",
            Self::MustBegin => "contact-must-begin",
            Self::OwnCard => "card-own",
            Self::Line(LineError::TooLong { .. }) => "text-too-long-for-letter",
            Self::Line(_) => "text-characters",
            Self::Card(error) => card_code(*error),
            Self::CardFile(CardFileError::Card(error)) => card_code(*error),
            Self::CardFile(CardFileError::Prekeys(_)) => "card-file-prekeys",
            Self::CardFile(CardFileError::NoCardFile) => "card-file-none",
            Self::CardFile(CardFileError::Version { .. }) => "card-file-version",
            Self::CardFile(_) => "card-file-malformed",
            Self::Prekeys(PrekeyError::Expired { .. } | PrekeyError::LowerEpoch { .. })
            | Self::NoPrekey => "prekeys-expired",
            Self::Prekeys(_) => "prekeys",
            Self::Office(_) => "office-keys",
            Self::Notice(_) => "notice",
            Self::Content(LetterError::TooLong { .. }) => "text-too-long-for-letter",
            Self::Content(_) => "content",
            Self::Blob(BlobError::Size { .. }) => "enclosure-too-large",
            Self::Blob(_) => "enclosure-damaged",
            Self::Seal(_) | Self::Suite(_) | Self::NeverSealed(_) => "seal",
            Self::Native(_) => "tls",
            Self::NetworkSettings => "network-settings",
            Self::Copied => "account-copied",
            Self::MailboxNotMade => "mailbox-not-made",
            Self::MailboxMissing => "mailbox-missing",
            Self::RelayUnreached {
                source: TransportError::Name,
            } => "relay-name",
            Self::RelayUnreached {
                source: TransportError::NotARelay,
            } => "relay-other",
            Self::RelayUnreached {
                source: TransportError::Intercepted,
            } => "relay-intercepted",
            Self::RelayUnreached {
                source: TransportError::NoWay,
            } => "network-settings",
            Self::RelayUnreached {
                source: TransportError::Proxy(error),
            } => proxy_code(*error),
            Self::RelayUnreached { .. } => "relay-unreached",
            Self::RelayIdentity(CertificateError::Retired { .. }) => "relay-retired",
            Self::RelayIdentity(_) | Self::RelayOtherKey => "relay-identity",
            Self::RelayOwner(_) | Self::RelayAnswer { .. } | Self::Frame(_) => "relay-answer",
            Self::Refused { refusal } => refusal_code(*refusal),
            Self::Mailbag { source, .. } => mailbag_code(source),
            Self::MailbagForOthers => "mailbag-for-others",
            Self::ChunkByHash => "mailbag-of-relay",
            Self::NothingToCarry => "mailbag-nothing",
        }
    }

    /// The figures of the failure by name, as the translations use them.
    #[must_use]
    pub fn fields(&self) -> Vec<(&'static str, Field)> {
        let text = |name, text: &dyn std::fmt::Display| (name, Field::Text(text.to_string()));
        let number = |name, number| (name, Field::Number(number));
        match self {
            Self::VaultExists { home }
            | Self::NoVault { home }
            | Self::VaultBusy { home }
            | Self::ReadOnly { home } => vec![text("home", &home.display())],
            Self::RelayKept { relay } => vec![text("relay", relay)],
            Self::VaultDamaged { what } => vec![text("what", what)],
            Self::VaultVersion { got, known } => {
                vec![
                    number("got", u64::from(*got)),
                    number("known", u64::from(*known)),
                ]
            }
            Self::VaultStorage { source, .. }
            | Self::VaultFull { source, .. }
            | Self::VaultUnwritable { source, .. } => vec![text("reason", source)],
            Self::Disk { path, source, .. } => {
                vec![text("path", &path.display()), text("reason", source)]
            }
            Self::Name { got, limit }
            | Self::Voice { got, limit }
            | Self::TooManyEnclosures { got, limit } => {
                vec![number("got", *got as u64), number("limit", *limit as u64)]
            }
            Self::NameLooks(NameError::Hidden { code }) => {
                vec![("character", Field::Text(format!("U+{code:04X}")))]
            }
            Self::NameLooks(NameError::Mixed { word }) => vec![text("word", word)],
            Self::Mailbag { path, source } => mailbag_fields(path, source),
            Self::FileLost { path } => vec![text("path", &path.display())],
            Self::NameTaken { by } => vec![number("number", by.0)],
            Self::NoContact { asked } => vec![text("name", asked)],
            Self::NoLetter { number: letter }
            | Self::OwnLetter { number: letter }
            | Self::NoEnclosure { number: letter, .. } => vec![number("number", letter.0)],
            Self::WindowFull { unanswered } => vec![number("count", u64::from(*unanswered))],
            Self::Line(LineError::TooLong { got, limit }) => {
                vec![number("got", *got as u64), number("limit", *limit as u64)]
            }
            Self::Content(LetterError::TooLong { got }) => {
                vec![
                    number("got", *got as u64),
                    number("limit", CONTENT_MAX as u64),
                ]
            }
            Self::EnclosureKind { kind } => vec![text("kind", kind)],
            Self::Picture { name, .. } => vec![text("name", name)],
            _ => Vec::new(),
        }
    }
}

fn mailbag_code(error: &MailbagError) -> &'static str {
    match error {
        MailbagError::NoMailbag => "mailbag-none",
        MailbagError::Version { .. } => "mailbag-version",
        MailbagError::Head => "mailbag-head",
        MailbagError::Truncated { .. } => "mailbag-truncated",
        MailbagError::Trailing { .. } => "mailbag-trailing",
        MailbagError::Damaged { .. } => "mailbag-damaged",
        MailbagError::Missing { .. } => "mailbag-part-missing",
        MailbagError::TooLarge { .. } | MailbagError::TooManyRelays { .. } => "mailbag-too-large",
        MailbagError::PartSize { .. } => "mailbag-part-size",
        MailbagError::TooManyParts { .. } => "mailbag-too-many-parts",
        MailbagError::Malformed { .. } | MailbagError::Wire(_) | MailbagError::Io(_) => {
            "mailbag-malformed"
        }
    }
}

fn mailbag_fields(path: &Path, error: &MailbagError) -> Vec<(&'static str, Field)> {
    let mut fields = vec![("path", Field::Text(path.display().to_string()))];
    let mut number = |name, number| fields.push((name, Field::Number(number)));
    match error {
        MailbagError::Truncated { expected, got } => {
            number("expected", *expected);
            number("got", *got);
        }
        MailbagError::Damaged { number: part } => number("part", u64::from(*part)),
        MailbagError::Missing { missing, count } => {
            number("missing", missing.len() as u64);
            number("count", u64::from(*count));
            let numbers: Vec<String> = missing.iter().map(u32::to_string).collect();
            fields.push(("parts", Field::Text(numbers.join(", "))));
        }
        MailbagError::TooManyParts { got } => {
            number("got", *got);
            number("limit", u64::from(MAILBAG_PARTS_MAX));
        }
        MailbagError::PartSize { .. } => {
            number("least", MAILBAG_PART_MIN);
            number("most", MAILBAG_PART_MAX);
        }
        _ => {}
    }
    fields
}

fn card_code(error: CardError) -> &'static str {
    match error {
        CardError::NoCard => "card-none",
        CardError::RelayAddress => "card-is-relay",
        CardError::TooMuchText { .. } => "card-too-much-text",
        CardError::Truncated { .. } => "card-truncated",
        CardError::Checksum => "card-checksum",
        CardError::Version { .. } => "card-version",
        CardError::Signature | CardError::OtherIdentity => "card-signature",
        CardError::TooLong { .. } => "card-too-long",
        _ => "card-malformed",
    }
}

fn proxy_code(error: ProxyError) -> &'static str {
    match error {
        ProxyError::Unreached => "proxy-unreached",
        ProxyError::NotAProxy => "proxy-other",
        ProxyError::Password => "proxy-password",
        ProxyError::Forbids => "proxy-forbids",
        ProxyError::RelaySilent => "proxy-relay-silent",
    }
}

fn refusal_code(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Malformed => "relay-malformed",
        Refusal::Version { .. } => "relay-version",
        Refusal::NoMailbox => "relay-no-mailbox",
        Refusal::MailboxFull => "relay-mailbox-full",
        Refusal::RelayFull => "relay-full",
        Refusal::Storage => "relay-storage",
        Refusal::OnlineKey => "relay-online-key",
        Refusal::NotAuthorised => "relay-not-authorised",
        Refusal::MailboxDeleted => "relay-mailbox-deleted",
        Refusal::Stale { .. } => "relay-stale",
        Refusal::NoPrekeys => "relay-no-prekeys",
        Refusal::NoBlob => "relay-no-blob",
        Refusal::BlobIncomplete { .. } => "relay-blob-incomplete",
        Refusal::BlobPiece { .. } => "relay-blob-piece",
        Refusal::Busy => "relay-busy",
        Refusal::Stopping => "relay-stopping",
    }
}
