//! Every number of the protocol, each with its reason. A figure in the documents comes from here.
//!
//! Sums are proved by `const` assertions at the end: a change that breaks one does not compile.

/// The version of frames and exchanges that this crate speaks.
pub const EXCHANGE_VERSION: u16 = 1;

// --- Primitives (RFC 9180, RFC 8032, FIPS 203) -------------------------------------------------------------------

/// Bytes of an X-Wing public key: ML-KEM-768 (1,184) and X25519 (32).
pub const KEM_PUBLIC_LEN: usize = 1_216;
/// Bytes of an X-Wing private key: the seed from which both halves are expanded.
pub const KEM_SECRET_LEN: usize = 32;
/// Bytes of an X-Wing encapsulation: ML-KEM-768 ciphertext (1,088) and X25519 share (32).
pub const KEM_ENCAPSULATION_LEN: usize = 1_120;
/// Bytes of an AEAD tag (RFC 8439).
pub const AEAD_TAG_LEN: usize = 16;
/// Bytes of an Ed25519 public key (RFC 8032).
pub const SIGNING_PUBLIC_LEN: usize = 32;
/// Bytes of an Ed25519 signature (RFC 8032).
pub const SIGNATURE_LEN: usize = 64;

// --- Envelopes -----------------------------------------------------------------------------------------------------

/// Bytes of every envelope. One size, so that a letter, a note and a first letter look alike; large enough for about
/// 250 words of Ukrainian in UTF-8 with keys, and small enough for one cell.
pub const ENVELOPE_LEN: usize = 8_192;
/// Bytes before the ciphertext of an envelope: version, suite, tag, encapsulation.
pub const ENVELOPE_HEADER_LEN: usize = 1 + 1 + ENVELOPE_TAG_LEN + KEM_ENCAPSULATION_LEN;
/// Bytes of the tag by which a receiver finds the contact: 128 bits never collide by chance among a desk's contacts.
pub const ENVELOPE_TAG_LEN: usize = 16;
/// Bytes of padded plaintext inside an envelope.
pub const ENVELOPE_PLAINTEXT_LEN: usize = ENVELOPE_LEN - ENVELOPE_HEADER_LEN - AEAD_TAG_LEN;

// --- Letters -----------------------------------------------------------------------------------------------------------

/// Bytes of content that one letter carries, first letters included. What does not fit moves to a blob.
pub const LETTER_CONTENT_MAX: usize = 5_360;
/// Bytes that tell a desk where to answer: a relay's host, port and root, and a mailbox.
pub const REPLY_TO_MAX: usize = 400;
/// Most bytes of a first letter's body besides its content: id, number, seed, reply address, key, lengths.
pub const FIRST_BODY_HEAD_MAX: usize =
    (1 + 16) + 1 + (1 + 32) + (3 + REPLY_TO_MAX) + (3 + KEM_PUBLIC_LEN) + 3;
/// Most bytes of a later letter's body besides its content: id, key for the answer, position of its use, last number of the
/// epoch before, received, abandoned, proposal, flag, lengths.
pub const LATER_BODY_HEAD_MAX: usize = (1 + 16)
    + (5 + 3 + KEM_PUBLIC_LEN)
    + 10
    + 5
    + (1 + RECEIVED_MAX * (10 + 1 + GAP_SPAN as usize / 8))
    + (1 + ABANDONED_MAX * 10)
    + (1 + 1 + 32)
    + 1
    + 3;
/// Letters beyond the highest opened for which a desk is ready: two months of a letter a day, and a desk has many contacts.
pub const WINDOW_DESK: u32 = 64;
/// Letters beyond the highest opened for which a family is ready: half a year of notices, and a family has few contacts.
pub const WINDOW_FAMILY: u32 = 512;
/// Numbers at the end of a window that only digests and re-pairing may use.
pub const WINDOW_RESERVE: u32 = 16;
/// Numbers below the highest opened that may still be open gaps; the bitmap of gaps in a letter has one bit for each.
pub const GAP_SPAN: u32 = 512;
/// Gaps of all epochs of one pair together: bounds what a peer can make the other side remember.
pub const GAPS_MAX: usize = 1_024;
/// Superseded keys of one pair: one for each key change around a missing letter.
pub const DRAINING_MAX: usize = 64;
/// Epochs whose state of reception one letter reports: the newest, and the one before it.
pub const RECEIVED_MAX: usize = 2;
/// Numbers that one letter declares abandoned.
pub const ABANDONED_MAX: usize = 16;
/// Numbers that wait to be declared abandoned.
pub const ABANDONED_WAITING_MAX: usize = 512;
/// Letter ids that a pair remembers, to tell a letter sent again under a new number.
pub const IDS_SEEN_MAX: usize = 128;
/// Bytes that name who verified a contact.
pub const VERIFIED_BY_MAX: usize = 64;
/// Largest stored pair: every gap, every superseded key, every abandoned number.
pub const PAIR_MAX: usize = 131_072;
/// Days that keys for missing letters are kept: the longest retention of a relay, and 16 days to carry or restore.
pub const KEY_LIFE_DAYS: u32 = RETENTION_MAX_DAYS + 16;
/// Seconds past its end for which a prekey is still used: clocks differ, and weekends delay a desk.
pub const PREKEY_GRACE_SECONDS: u64 = 2 * DAY_SECONDS;

// --- Cells and frames ------------------------------------------------------------------------------------------------

/// Bytes of one cell. Everything that crosses a connection is a whole number of cells, in both directions, so that a
/// watcher cannot tell a deposit from a poll. 9,728 holds an envelope sealed once more to a relay (for two-hop
/// forwarding) and leaves 5 KiB of a 15 KiB connection for a post-quantum handshake.
pub const CELL_LEN: usize = 9_728;
/// Bytes of the two lengths at the head of a frame.
pub const FRAME_PREFIX_LEN: usize = 8;
/// Largest head of a frame: prekeys of several weeks or a list of hashes; always fits one cell.
pub const FRAME_HEAD_MAX: usize = CELL_LEN - FRAME_PREFIX_LEN;
/// Largest body of a frame: one blob chunk of the largest class, or a collect answer, with room for its sealing.
pub const FRAME_BODY_MAX: usize = 1_048_576 + 65_536;
/// Bytes that one connection may carry each way on networks that freeze flows to foreign hosts (reports: 14 to 20 KB; EXCH-6).
pub const FREEZE_BUDGET: usize = 15_000;

// --- The channel on TCP ----------------------------------------------------------------------------------------------

/// Bytes of a unit's number.
pub const CHANNEL_NUMBER_LEN: usize = 4;
/// Highest number of a request; those above are kept for what relays forward for each other (CHAN-11). Two thousand million
/// requests are more than a connection lives to see.
pub const CHANNEL_NUMBER_MAX: u32 = 0x7fff_ffff;
/// Bytes of a unit: number, cell, tag. One size for everything, as for cells.
pub const CHANNEL_UNIT_LEN: usize = CHANNEL_NUMBER_LEN + CELL_LEN + AEAD_TAG_LEN;
/// Bytes that open a channel: hash of the online key, encapsulation.
pub const CHANNEL_OPENING_LEN: usize = 32 + KEM_ENCAPSULATION_LEN;
/// Bytes of a client's first message: opening and unit, or a hello in clear as long as these.
pub const CHANNEL_FIRST_LEN: usize = CHANNEL_OPENING_LEN + CHANNEL_UNIT_LEN;
/// Bytes of the hash that is a relay's WebSocket path: 160 bits, as 32 characters.
pub const WEBSOCKET_PATH_BYTES: usize = 20;

// --- Owner requests --------------------------------------------------------------------------------------------------

/// Letters that one collect may ask for: 128 envelopes are one mebibyte, the largest body.
pub const COLLECT_MAX: u16 = 128;
/// Hashes that one acknowledge may name: they fit one sealed head.
pub const ACKNOWLEDGE_MAX: usize = 128;
/// Longest time that a watch may be held open, in seconds; shorter than usual idle limits of middleboxes.
pub const WATCH_SECONDS_MAX: u16 = 300;
/// Largest prekey record of one mailbox: four weekly X-Wing keys with signatures and certificate.
pub const PREKEYS_MAX: usize = 6_144;

// --- Blobs -----------------------------------------------------------------------------------------------------------

/// Sizes of blob chunks on the wire and at rest. Four classes: small ones for previews and voice over freezing
/// networks, large ones for photographs.
pub const CHUNK_CLASSES: [usize; 4] = [16_384, 65_536, 262_144, 1_048_576];

// --- Cards and prekeys -----------------------------------------------------------------------------------------------

/// Largest signed card: as a QR code of upper-case letters and digits it stays at a density that a cheap telephone reads.
pub const CARD_MAX: usize = 400;
/// Relays that a card names.
pub const CARD_RELAYS_MAX: usize = 3;
/// Longest name on a card, in bytes of UTF-8: 40 Cyrillic letters.
pub const CARD_NAME_MAX: usize = 80;
/// Days that a card may be valid: three years, so that a poster is renewed before its office has moved on.
pub const CARD_VALIDITY_MAX_DAYS: u32 = 1_100;
/// Bytes of a card besides its name and the hosts of three relays: version, lengths, identity, address, languages, days,
/// sequence, ports, root fingerprints, signature.
pub const CARD_FIXED_LEN: usize = (1 + 3)
    + (1 + SIGNING_PUBLIC_LEN)
    + (1 + 32)
    + (1 + CARD_RELAYS_MAX * (1 + 3 + 1 + 32))
    + 1
    + 1
    + (5 + 5 + 5)
    + (1 + SIGNATURE_LEN);
/// Bytes of the checksum at the end of a card's link: tells a damaged link from a forged card.
pub const CARD_CHECKSUM_LEN: usize = 4;
/// Longest text in which a card's link is looked for: a long message with the link somewhere in it.
pub const CARD_TEXT_MAX: usize = 65_536;
/// Largest card file: magic, card, prekeys, lengths.
pub const CARD_FILE_MAX: usize = 16 + (3 + CARD_MAX) + (3 + PREKEYS_MAX);
/// Days that an office subkey may be valid: a stolen office laptop can sign for three months at most.
pub const SUBKEY_MAX_DAYS: u32 = 90;
/// Largest subkey certificate: identity, subkey, roles, days, sequence, lengths, signature.
pub const SUBKEY_CERTIFICATE_MAX: usize =
    1 + 2 * (1 + SIGNING_PUBLIC_LEN) + 1 + 3 * 5 + (1 + SIGNATURE_LEN);
/// Days of a prekey epoch. Epoch `n` is the week that begins with day `7n`: it needs no agreement.
pub const PREKEY_EPOCH_DAYS: u32 = 7;
/// Prekeys on the shelf: this week's and the next three, so that an office without network for three weeks can be written to.
pub const PREKEYS_ON_SHELF: usize = 4;

/// Largest blob, in bytes of plaintext: a few minutes of film, and 273 chunks at most.
pub const BLOB_MAX: u64 = 268_435_456;
/// Bits that say how large a blob is, in units of the smallest chunk, rounded up: sixteen steps in each doubling, of which
/// the waste is under a sixteenth.
pub const BLOB_SIZE_BITS: u32 = 5;
/// Largest reference to a blob in a letter: secret, size, plan, root, lengths.
pub const BLOB_REF_MAX: usize = (1 + 32) + 9 + 1 + (1 + 32);

// --- Letters' content ------------------------------------------------------------------------------------------------

/// Longest text of a letter, in bytes of UTF-8: about 5,000 words of Ukrainian; the form asks for 250.
pub const TEXT_MAX: usize = 65_536;
/// Longest name of a person, in bytes of UTF-8: full name with patronymic.
pub const PERSON_NAME_MAX: usize = 160;
/// Marks that may stand on one letter of a name: Hebrew with all its points has three, a stressed Ukrainian letter one.
pub const NAME_MARKS_MAX: usize = 4;
/// Longest relation, route or internment number, in bytes of UTF-8.
pub const SHORT_TEXT_MAX: usize = 80;
/// Longest reason or short remark of a desk, in bytes of UTF-8.
pub const REMARK_MAX: usize = 480;
/// Longest file name, in bytes of UTF-8; file systems allow 255.
pub const FILE_NAME_MAX: usize = 120;
/// Longest media type, in bytes.
pub const MEDIA_TYPE_MAX: usize = 64;
/// Enclosures of one letter.
pub const ENCLOSURES_MAX: usize = 40;
/// Largest content of a letter before it is sealed, inline or in a blob.
pub const CONTENT_MAX: usize = 98_304;
/// Largest content of a letter that only names the blob to which the content moved.
pub const STUB_MAX: usize = 2 + BLOB_REF_MAX;
/// Largest body of a signed notice.
pub const NOTICE_BODY_MAX: usize = 1_536;
/// Largest signed notice: version, kind, day, body, key, certificate, signature, lengths.
pub const NOTICE_MAX: usize = 1
    + 1
    + 5
    + (3 + NOTICE_BODY_MAX)
    + (1 + 32)
    + (3 + SUBKEY_CERTIFICATE_MAX)
    + (1 + SIGNATURE_LEN);

// --- Mailbags --------------------------------------------------------------------------------------------------------

/// Step in which mailbags grow, and the smallest one, in bytes: a few letters without pictures all look alike to whoever sees
/// the size alone (a messenger, a network that carries the file encrypted).
pub const MAILBAG_UNIT: u64 = 65_536;
/// Bits that say how large a mailbag is, in units, rounded up: sixteen steps in each doubling, of which the waste is under a
/// sixteenth. As for blobs: most of what a large mailbag holds has sizes of that grain already.
pub const MAILBAG_SIZE_BITS: u32 = 5;
/// Largest mailbag before it is split, in bytes: 32 GiB, a common stick.
pub const MAILBAG_PAYLOAD_MAX: u64 = 34_359_738_368;
/// Bytes of the head of a part: magic, version, set, length of the whole, length of a slice, number, count, checksum.
pub const MAILBAG_HEAD_LEN: usize = 15 + 1 + 32 + 8 + 8 + 4 + 4 + 16;
/// Bytes of the checksum at the end of a part.
pub const MAILBAG_TRAILER_LEN: usize = 32;
/// Smallest part, in bytes of the file: what goes through the narrowest messengers and mail.
pub const MAILBAG_PART_MIN: u64 = 65_536;
/// Largest part, in bytes of the file: what FAT32, the file system of most sticks, holds in one file.
pub const MAILBAG_PART_MAX: u64 = 4_294_967_295;
/// Part size unless another is asked for: messengers take files of 2 GB, sticks with FAT32 of 4 GB.
pub const MAILBAG_PART_USUAL: u64 = 2_000_000_000;
/// Parts of one mailbag: more than that nobody carries without losing one, and three digits name them.
pub const MAILBAG_PARTS_MAX: u32 = 999;
/// Relays that one mailbag names: an office's post to families at many relays.
pub const MAILBAG_RELAYS_MAX: usize = 1_024;
/// Largest record of what a mailbag holds: its relays with the longest hosts, and counts.
pub const MAILBAG_CONTENTS_MAX: usize = 3 + MAILBAG_RELAYS_MAX * (3 + HOST_MAX + 3 + 33) + 5 * 9;
/// Largest head of an entry: relays, names, capability and hashes of a chunk.
pub const MAILBAG_ENTRY_HEAD_MAX: usize = 1 + (1 + 3 * CARD_RELAYS_MAX) + 1 + 1 + 6 * 33;

// --- Times -----------------------------------------------------------------------------------------------------------

/// Seconds of a day. Times that a relay keeps are rounded to it.
pub const DAY_SECONDS: u64 = 86_400;
/// Days that a relay keeps a letter or blob, before the spread is added.
pub const RETENTION_DAYS: u32 = 180;
/// Spread of the retention, in days to either side: expiry does not reveal the day of deposit.
pub const RETENTION_SPREAD_DAYS: u32 = 14;
/// Longest retention, in days.
pub const RETENTION_MAX_DAYS: u32 = RETENTION_DAYS + RETENTION_SPREAD_DAYS;
/// Days for which a deposit is tried again at a relay that may have lost the mailbox: its owner makes it again when it next
/// collects. Longer than an office stays away, since its shelf of prekeys does not reach further.
pub const MAILBOX_MISSING_DAYS: u32 = 30;
/// Days that an online certificate of a relay may be valid: a stolen online key is of use for a month at most.
pub const RELAY_CERTIFICATE_MAX_DAYS: u32 = 30;
/// Days that a deleted mailbox stays closed: longer than any sealed creation can be replayed (two certificate lives).
pub const MAILBOX_TOMBSTONE_DAYS: u32 = 62;

// --- Check words -----------------------------------------------------------------------------------------------------

/// Words in each list: eleven bits a word.
pub const WORD_LIST_LEN: usize = 2_048;
/// Bits that one word carries.
pub const WORD_BITS: u32 = 11;
/// Words that stand for an identity key: 88 bits are out of reach even without the stretching below, and eight words
/// can be read over the telephone in half a minute.
pub const CHECK_WORDS: usize = 8;
/// Memory of the stretching, in KiB: OWASP's recommendation for Argon2id (19 MiB, two passes, one lane). About 30 ms
/// on one desktop core, so a phone ten times slower stays under a second, and a browser page on it has the memory.
pub const CHECK_WORDS_MEMORY_KIB: u32 = 19_456;
/// Passes over that memory.
pub const CHECK_WORDS_PASSES: u32 = 2;
/// Lanes: browsers have one thread.
pub const CHECK_WORDS_LANES: u32 = 1;
/// Bytes of the stretched hash, of which the first 88 bits become words. Its length is an input of Argon2.
pub const CHECK_WORDS_HASH_LEN: usize = 32;
/// Largest text that is read as check words, in bytes: eight words of eight two-byte letters take 136; the rest is
/// room for numbering, punctuation and a repeated word.
pub const CHECK_WORDS_TEXT_MAX: usize = 1_024;

// --- Hosts -----------------------------------------------------------------------------------------------------------

/// Longest host name (RFC 1035, section 2.3.4).
pub const HOST_MAX: usize = 253;

const _: () = assert!(ENVELOPE_PLAINTEXT_LEN == 7_038);
const _: () = assert!(
    CARD_FIXED_LEN + CARD_NAME_MAX + CARD_RELAYS_MAX * 16 <= CARD_MAX,
    "a card holds its longest name and three relays with hosts of 16 characters"
);
const _: () = assert!(
    CARD_FIXED_LEN - 2 * (1 + 3 + 1 + 32) + CARD_NAME_MAX + 120 <= CARD_MAX,
    "a card holds its longest name and one relay with a host of 120 characters"
);
const _: () = assert!(
    1 + (3 + SUBKEY_CERTIFICATE_MAX)
        + (3 + 1 + 5 + 1 + PREKEYS_ON_SHELF * (5 + 3 + KEM_PUBLIC_LEN))
        + (1 + SIGNATURE_LEN)
        <= PREKEYS_MAX,
    "a full shelf of prekeys fits one record"
);
const _: () = assert!(
    // A letter sealed in the grace and kept by a relay for the longest time still opens, with days to spare for carrying.
    PREKEY_GRACE_SECONDS < (KEY_LIFE_DAYS - RETENTION_MAX_DAYS) as u64 * DAY_SECONDS
);
const _: () = assert!(
    WORD_LIST_LEN == 1 << WORD_BITS,
    "every value of a word's bits names a word"
);
const _: () = assert!(CHECK_WORDS * WORD_BITS as usize <= CHECK_WORDS_HASH_LEN * 8);
const _: () = assert!(
    FRAME_PREFIX_LEN + 64 + ENVELOPE_LEN <= CELL_LEN,
    "a deposit fits one cell"
);
const _: () = assert!(
    // A forwarded deposit: sealed to the destination relay inside a frame, with an address.
    FRAME_PREFIX_LEN + 128 + KEM_ENCAPSULATION_LEN + AEAD_TAG_LEN + ENVELOPE_LEN <= CELL_LEN,
    "a deposit sealed to a relay fits one cell"
);
const _: () = assert!(
    FRAME_BODY_MAX >= COLLECT_MAX as usize * ENVELOPE_LEN + COLLECT_MAX as usize * 64 + 1_024,
    "a full collect answer fits one body"
);
const _: () = assert!(FRAME_BODY_MAX >= CHUNK_CLASSES[3]);
const _: () = assert!(
    FRAME_HEAD_MAX >= KEM_ENCAPSULATION_LEN + 512 + ACKNOWLEDGE_MAX * 33,
    "a full acknowledge fits one head"
);
const _: () = assert!(
    FRAME_HEAD_MAX >= KEM_ENCAPSULATION_LEN + 512 + PREKEYS_MAX,
    "a full prekey record fits one head"
);
const _: () = assert!(
    CELL_LEN + 5_000 <= FREEZE_BUDGET,
    "one cell and a post-quantum handshake pass a freezing network"
);
const _: () = assert!(
    CHANNEL_UNIT_LEN == 9_748 && CHANNEL_FIRST_LEN == 10_900,
    "the figures of the spec"
);
const _: () = assert!(
    CHANNEL_FIRST_LEN + 4_000 <= FREEZE_BUDGET,
    "a first message and TLS with a post-quantum exchange over TCP pass a freezing network"
);
const _: () = assert!(
    WEBSOCKET_PATH_BYTES.is_multiple_of(5),
    "base 32 without padding"
);
const _: () = assert!(KEY_LIFE_DAYS == 210);
const _: () = assert!(
    2 + FIRST_BODY_HEAD_MAX + LETTER_CONTENT_MAX <= ENVELOPE_PLAINTEXT_LEN,
    "a full first letter fits one envelope"
);
const _: () = assert!(
    2 + LATER_BODY_HEAD_MAX + LETTER_CONTENT_MAX <= ENVELOPE_PLAINTEXT_LEN,
    "a full later letter fits one envelope"
);
const _: () = assert!(
    // First letters are remembered in 64 bits.
    WINDOW_DESK == 64
        && WINDOW_RESERVE < WINDOW_DESK
        && WINDOW_FAMILY <= GAP_SPAN
        && GAP_SPAN.is_multiple_of(8)
);
const _: () = assert!(
    CONTENT_MAX
        >= TEXT_MAX
            + ENCLOSURES_MAX
                * (1 + (2 + MEDIA_TYPE_MAX) + (2 + FILE_NAME_MAX) + 2 * (1 + BLOB_REF_MAX))
            + 2 * (3 + PERSON_NAME_MAX)
            + 2 * (3 + PERSON_NAME_MAX)
            + 4 * (2 + SHORT_TEXT_MAX)
            + 64,
    "the longest text with all enclosures fits one content"
);
const _: () = assert!(
    STUB_MAX <= LETTER_CONTENT_MAX && 2 + NOTICE_MAX <= LETTER_CONTENT_MAX,
    "a stub and a signed notice always fit one letter"
);
const _: () = assert!(NOTICE_BODY_MAX >= 2 * REMARK_MAX + 3 * PERSON_NAME_MAX + 64);
const _: () = assert!(MAILBAG_HEAD_LEN == 88);
const _: () = assert!(
    // The head of an entry is written behind its length in two bytes.
    MAILBAG_ENTRY_HEAD_MAX <= u16::MAX as usize
);
const _: () = assert!(
    MAILBAG_PART_MIN > (MAILBAG_HEAD_LEN + MAILBAG_TRAILER_LEN) as u64
        && MAILBAG_PART_USUAL <= MAILBAG_PART_MAX
);
const _: () = assert!(
    MAILBAG_PARTS_MAX as u64 * (MAILBAG_PART_USUAL - 120) >= MAILBAG_PAYLOAD_MAX,
    "the largest mailbag fits parts of the usual size"
);
