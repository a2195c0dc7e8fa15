//! `tests/vectors/mailbag/`: whole files of bags, and files that are none. The zeros of the padding are counted, not written.
//! `TIDINGS_WRITE_VECTORS=1` writes them: a changed file is a format change.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod vectors;

use std::io::{self, Cursor};

use tidings_protocol::{
    blob::ChunkHash,
    exchange::ChunkClass,
    ids::{BlobId, Capability, CapabilityHash, EnvelopeHash, MailboxAddress},
    limits::{
        ENVELOPE_LEN, MAILBAG_HEAD_LEN, MAILBAG_PART_MIN, MAILBAG_PART_USUAL, MAILBAG_TRAILER_LEN,
    },
    mailbag::{
        Bag, CarriedChunk, CarriedEnvelope, Entry, MailbagError, PackingBuilder, Part, Parts,
        Source, WriteRight,
    },
    relay_identity::{RelayAddress, RootFingerprint},
};

use vectors::{Frozen, Vector, compare};

/// Envelopes and chunks are filled with one byte each; to a bag they are noise.
#[derive(Default)]
struct Files(Vec<Vec<u8>>);

impl Parts for Files {
    type Part = Vec<u8>;
    type Error = MailbagError;

    fn begin(&mut self, _: u32, _: u32, _: u64) -> Result<Vec<u8>, MailbagError> {
        Ok(Vec::new())
    }

    fn end(&mut self, _: u32, part: Vec<u8>) -> Result<(), MailbagError> {
        self.0.push(part);
        Ok(())
    }

    fn body(&mut self, entry: &Entry) -> Result<Vec<u8>, MailbagError> {
        Ok(match entry {
            Entry::Envelope(_) => envelope(),
            Entry::Chunk(_) => chunk(),
        })
    }
}

struct File(Vec<u8>);

impl Source for File {
    type Reader = Cursor<Vec<u8>>;

    fn open(&self) -> io::Result<Self::Reader> {
        Ok(Cursor::new(self.0.clone()))
    }
}

fn envelope() -> Vec<u8> {
    vec![0xe0; ENVELOPE_LEN]
}

fn chunk() -> Vec<u8> {
    vec![0xc0; ChunkClass::Small.size()]
}

fn relay(host: &str, fill: u8) -> RelayAddress {
    RelayAddress {
        host: host.parse().unwrap(),
        port: 443,
        root: RootFingerprint([fill; 32]),
    }
}

/// A bag with one envelope, and so many chunks: the first as a sender packs it, others as a relay does.
fn files(chunks: u8, part_size: u64) -> Vec<Vec<u8>> {
    let relays = [relay("relay.example.org", 0x31), relay("2001:db8::7", 0x32)];
    let mut builder = PackingBuilder::default();
    let carried = CarriedEnvelope {
        relays: Vec::new(),
        address: MailboxAddress([0xaa; 32]),
        hash: EnvelopeHash::of(&envelope()),
    };
    builder.envelope(&relays, carried).unwrap();
    for number in 0..chunks {
        let write = match number {
            0 => WriteRight::Capability(Capability([0x41; 32])),
            _ => WriteRight::Hash(CapabilityHash([0x42; 32])),
        };
        let carried = CarriedChunk {
            relays: Vec::new(),
            id: BlobId([number; 32]),
            class: ChunkClass::Small,
            write,
            read: CapabilityHash([0x43; 32]),
            delete: CapabilityHash([0x44; 32]),
            hash: ChunkHash::of(&chunk()),
        };
        builder.chunk(&relays[..1], carried).unwrap();
    }
    let packing = builder.finish().unwrap();
    let mut files = Files::default();
    let layout = packing.layout(part_size).unwrap();
    packing.write(layout, &mut files, |_| {}).unwrap();
    files.0
}

/// What a reader makes of files.
fn outcome(files: &[Vec<u8>]) -> String {
    let parts = files.iter().map(|file| Part::open(File(file.clone())));
    let parts: Result<Vec<_>, _> = parts.collect();
    let checked = parts.and_then(|parts| {
        let bags = Bag::gather(parts);
        assert_eq!(bags.len(), 1);
        bags[0].check(|_| {})
    });
    match checked {
        Ok(_) => "good",
        Err(MailbagError::NoMailbag) => "refused: no mailbag",
        Err(MailbagError::Version { .. }) => "refused: version",
        Err(MailbagError::Head) => "refused: head",
        Err(MailbagError::Truncated { .. }) => "refused: truncated",
        Err(MailbagError::Trailing { .. }) => "refused: trailing",
        Err(MailbagError::Damaged { .. }) => "refused: damaged",
        Err(MailbagError::Missing { .. }) => "refused: missing",
        Err(_) => "refused: malformed",
    }
    .to_owned()
}

fn vector(name: &'static str, shows: &'static str, files: &[Vec<u8>]) -> Vector {
    let vector = Vector::new(name, shows).text("outcome", &outcome(files));
    (1..).zip(files).fold(vector, |vector, (number, file)| {
        // A file that is cut has no checksum at its end: what is left of it is all slice.
        let end = file
            .len()
            .saturating_sub(MAILBAG_TRAILER_LEN)
            .max(MAILBAG_HEAD_LEN);
        vector
            .hex(&format!("head {number}"), &file[..MAILBAG_HEAD_LEN])
            .padded_as(&format!("slice {number}"), &file[MAILBAG_HEAD_LEN..end])
            .hex(&format!("checksum {number}"), &file[end..])
    })
}

fn read(frozen: &Frozen) -> Vec<Vec<u8>> {
    let parts =
        (1_u32..).take_while(|number| frozen.names().any(|name| name == format!("head {number}")));
    parts
        .map(|number| {
            let slice = frozen.padded_as(&format!("slice {number}"));
            [
                frozen.hex(&format!("head {number}")),
                slice,
                frozen.hex(&format!("checksum {number}")),
            ]
            .concat()
        })
        .collect()
}

fn changed(file: &[u8], change: impl FnOnce(&mut Vec<u8>)) -> Vec<Vec<u8>> {
    let mut file = file.to_vec();
    change(&mut file);
    vec![file]
}

#[test]
fn mailbag_vectors() {
    let whole = files(1, MAILBAG_PART_USUAL);
    let parts = files(4, MAILBAG_PART_MIN);
    let letter = files(0, MAILBAG_PART_USUAL);
    assert_eq!((whole.len(), parts.len()), (1, 3));
    let file = &letter[0];
    let made = [
        vector(
            "one_part",
            "An envelope and a chunk with the right to write it, for two relays; one file.",
            &whole,
        ),
        vector(
            "three_parts",
            "An envelope and four chunks, three of them as a relay packs them; three files.",
            &parts,
        ),
        vector(
            "part_missing",
            "The second of three parts is not there.",
            &[parts[0].clone(), parts[2].clone()],
        ),
        vector(
            "version_unknown",
            "Version 2.",
            &changed(file, |file| file[15] = 2),
        ),
        vector(
            "no_mailbag",
            "Another magic.",
            &changed(file, |file| file[0] = b'T'),
        ),
        vector(
            "head_bit_flipped",
            "A bit of the name of the bag.",
            &changed(file, |file| file[20] ^= 1),
        ),
        vector(
            "slice_bit_flipped",
            "A bit of the envelope.",
            &changed(file, |file| file[1_000] ^= 1),
        ),
        vector(
            "cut",
            "The last byte is not there.",
            &changed(file, |file| file.truncate(file.len() - 1)),
        ),
        vector(
            "trailing",
            "A byte behind the end.",
            &changed(file, |file| file.push(0)),
        ),
    ];
    for (name, frozen) in compare("mailbag", &made) {
        assert_eq!(outcome(&read(&frozen)), frozen.text("outcome"), "{name}");
    }
}
