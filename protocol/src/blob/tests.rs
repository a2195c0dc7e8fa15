//! Blobs: plans, what holds when chunks are changed, swapped, cut or mixed.

use proptest::prelude::*;
use rand::{Rng, SeedableRng};

use super::*;
use crate::{
    limits::{AEAD_TAG_LEN, BLOB_MAX, CHUNK_CLASSES},
    wire,
};

fn rng(seed: u64) -> rand::rngs::StdRng {
    rand::rngs::StdRng::seed_from_u64(seed)
}

fn plaintext(len: usize) -> Vec<u8> {
    let mut bytes = vec![0; len];
    rng(len as u64).fill_bytes(&mut bytes);
    bytes
}

fn classes(size: u64) -> Vec<usize> {
    let plan = ChunkPlan::for_size(size).unwrap();
    (0..plan.total())
        .map(|index| plan.class(index).unwrap().size() >> 10)
        .collect()
}

#[test]
fn blob_2_the_plan_of_some_sizes() {
    assert_eq!(classes(0), [16]);
    assert_eq!(classes(16_368), [16]);
    assert_eq!(classes(16_369), [16, 16]);
    assert_eq!(classes(60_000), [64]);
    assert_eq!(classes(65_536), [64, 16]);
    assert_eq!(classes(300_000), [256, 16, 16, 16]);
    assert_eq!(classes(1_048_560), [1_024]);
    assert_eq!(classes(1_048_561), [1_024, 64]);
    assert_eq!(classes(2 << 20), [1_024, 1_024, 64, 64]);
    assert_eq!(classes(100 << 20).len(), 104);
    assert_eq!(
        ChunkPlan::for_size(BLOB_MAX + 1),
        Err(BlobError::Size { got: BLOB_MAX + 1 })
    );
}

proptest! {
    /// BLOB-2: the ranges cover the plaintext without gap, the waste is small, and sizes are few.
    #[test]
    fn a_plan_covers_its_size(size in 0..=BLOB_MAX) {
        let plan = ChunkPlan::for_size(size).unwrap();
        let mut end = 0;
        let mut stored = 0;
        for index in 0..plan.total() {
            let range = plan.range(index).unwrap();
            prop_assert_eq!(range.start, end);
            end = range.end;
            let class = plan.class(index).unwrap().size();
            prop_assert!(range.end - range.start <= (class - AEAD_TAG_LEN) as u64);
            stored += class as u64;
        }
        prop_assert_eq!((end, stored), (size, plan.stored_len()));
        prop_assert!(plan.class(plan.total()).is_err());
        let units = stored / CHUNK_CLASSES[0] as u64;
        prop_assert!(units < 32 || units.trailing_zeros() >= u64::BITS - units.leading_zeros() - 5);
        // A sixteenth, one unit, and the tags.
        prop_assert!(stored <= size + size / 16 + 2 * 16_384 + u64::from(plan.total()) * 16, "{} for {}", stored, size);
    }

    #[test]
    fn whatever_is_sealed_opens(len in 0..200_000_usize, seed: u64) {
        let text = plaintext(len);
        let sealed = seal_whole(&text, &mut rng(seed)).unwrap();
        for (index, chunk) in (0..).zip(&sealed.chunks) {
            prop_assert_eq!(chunk.len(), sealed.blob.plan().unwrap().class(index).unwrap().size());
        }
        prop_assert_eq!(open_whole(&sealed.blob, sealed.chunks), Ok(text));
    }

    /// BLOB-10: one changed bit anywhere is noticed.
    #[test]
    fn a_changed_bit_is_noticed(at in 0..81_920_usize, bit in 0..8) {
        let sealed = seal_whole(&plaintext(70_000), &mut rng(1)).unwrap();
        let mut chunks = sealed.chunks;
        let (index, at) = if at < 65_536 { (0, at) } else { (1, at - 65_536) };
        chunks[index][at] ^= 1_u8 << bit;
        prop_assert_eq!(open_whole(&sealed.blob, chunks), Err(BlobError::Chunk { index: index as u32 }));
    }

    #[test]
    fn a_garbled_reference_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        if let Ok(blob) = wire::decode::<BlobRef, 160>("blob reference", &bytes) {
            let _ = blob.plan();
            let _ = BlobOpener::new(&blob);
        }
    }
}

/// Two chunks of a mebibyte and three of a quarter, the last of them partly padding.
fn five() -> (Vec<u8>, SealedBlob) {
    let text = plaintext(2_800_000);
    let sealed = seal_whole(&text, &mut rng(3)).unwrap();
    assert!(sealed.chunks[0].len() == sealed.chunks[1].len());
    (text, sealed)
}

#[test]
fn blob_11_swapped_cut_and_foreign_chunks_are_named() {
    let (_, sealed) = five();
    let open = |index: u32, chunk: &[u8]| {
        BlobOpener::new(&sealed.blob)
            .unwrap()
            .open_chunk(index, chunk.to_vec())
    };
    assert_eq!(
        open(0, &sealed.chunks[1]),
        Err(BlobError::Swapped { index: 0, found: 1 })
    );
    assert_eq!(
        open(1, &sealed.chunks[1][..1_000]),
        Err(BlobError::Length {
            index: 1,
            expected: 1_048_576,
            got: 1_000
        })
    );
    assert_eq!(
        open(9, &[]),
        Err(BlobError::Index {
            index: 9,
            total: sealed.chunks.len() as u32
        })
    );
    let other = seal_whole(&plaintext(2_800_000), &mut rng(4)).unwrap();
    assert_eq!(
        open(0, &other.chunks[0]),
        Err(BlobError::Chunk { index: 0 })
    );
}

/// BLOB-7: a reference that promises fewer bytes opens nothing, even where the chunks are the same.
#[test]
fn blob_7_a_truncated_total_is_refused() {
    let (_, sealed) = five();
    let shorter = BlobRef {
        size: 1_048_560,
        ..sealed.blob.clone()
    };
    assert_eq!(
        open_whole(&shorter, [sealed.chunks[0].clone()]),
        Err(BlobError::Chunk { index: 0 })
    );
    // The same number of chunks, but another size.
    let one_less = BlobRef {
        size: sealed.blob.size - 1,
        ..sealed.blob.clone()
    };
    assert_eq!(
        one_less.plan().unwrap().total(),
        sealed.blob.plan().unwrap().total()
    );
    assert_eq!(
        open_whole(&one_less, sealed.chunks.clone()),
        Err(BlobError::Chunk { index: 0 })
    );
    let last = sealed.chunks.len() - 1;
    assert_eq!(
        open_whole(&sealed.blob, sealed.chunks[..last].to_vec()),
        Err(BlobError::Missing { index: last as u32 })
    );
}

/// BLOB-12: chunks that open, sealed by somebody who has the secret, are not those of the letter.
#[test]
fn blob_12_the_letter_commits_to_the_chunks() {
    let sealed = seal_whole(b"what was sent", &mut rng(5)).unwrap();
    let plan = sealed.blob.plan().unwrap();
    let mut forger = BlobSealer {
        secret: sealed.blob.secret.clone(),
        writer: sealed.writer.clone(),
        plan,
        cipher: cipher(&sealed.blob.secret),
        hashes: vec![None; 1],
    };
    let forged = forger.seal_chunk(0, b"another thing").unwrap();
    assert_eq!(open_whole(&sealed.blob, [forged]), Err(BlobError::Root));
}

/// BLOB-5: what a writer hides behind the end is not passed on.
#[test]
fn blob_5_padding_must_be_zero() {
    let mut sealer = BlobSealer::new(5, &mut rng(6)).unwrap();
    let long = ChunkPlan::for_size(6).unwrap();
    let mut chunk = b"123456".to_vec();
    chunk.resize(CHUNK_CLASSES[0] - AEAD_TAG_LEN, 0);
    let tag = chacha20poly1305::aead::AeadInOut::encrypt_inout_detached(
        &sealer.cipher,
        &nonce(&sealer.plan, 0).into(),
        &associated_data(&sealer.plan),
        chunk.as_mut_slice().into(),
    )
    .unwrap();
    chunk.extend_from_slice(&tag);
    assert_eq!(long.total(), 1);
    sealer.hashes[0] = Some(ChunkHash::of(&chunk));
    let (blob, _) = sealer.finish().unwrap();
    assert_eq!(
        open_whole(&blob, [chunk]),
        Err(BlobError::Padding { index: 0 })
    );
}

/// BLOB-8: a second text under the same nonce would give both away.
#[test]
fn blob_8_a_chunk_is_sealed_once() {
    let mut sealer = BlobSealer::new(5, &mut rng(6)).unwrap();
    assert_eq!(
        sealer.seal_chunk(0, b"1234"),
        Err(BlobError::Length {
            index: 0,
            expected: 5,
            got: 4
        })
    );
    assert_eq!(
        sealer.seal_chunk(1, b""),
        Err(BlobError::Index { index: 1, total: 1 })
    );
    assert!(sealer.seal_chunk(0, b"12345").is_ok());
    assert_eq!(
        sealer.seal_chunk(0, b"54321"),
        Err(BlobError::SealedAlready { index: 0 })
    );
    let unfinished = BlobSealer::new(5, &mut rng(6)).unwrap();
    assert_eq!(
        unfinished.finish().unwrap_err(),
        BlobError::Missing { index: 0 }
    );
}

/// BLOB-3, BLOB-4: every name and capability differs, and reading the letter gives no right to write.
#[test]
fn blob_3_names_and_capabilities_are_all_different() {
    let (_, sealed) = five();
    let terms = |index| sealed.blob.put_terms(index, &sealed.writer).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for index in 0..sealed.chunks.len() as u32 {
        let put = terms(index);
        let Request::GetBlob { id, read, .. } = sealed.blob.get_request(index, 0, 1).unwrap()
        else {
            panic!("a request to read")
        };
        let Request::DeleteBlob { delete, .. } = sealed.blob.delete_request(index).unwrap() else {
            panic!("a request to delete")
        };
        assert_eq!(
            (put.id, put.read, put.delete),
            (id, read.hash(), delete.hash())
        );
        for bytes in [id.0, read.0, delete.0, put.write.0] {
            assert!(seen.insert(bytes), "chunk {index}");
        }
    }
    let other = BlobWriter(Secret::new([9; 32]));
    assert_ne!(
        sealed.blob.put_terms(0, &other).unwrap().write,
        terms(0).write
    );
    assert!(sealed.blob.put_terms(99, &sealed.writer).is_err());
}

#[test]
fn a_newer_plan_is_named() {
    let sealed = seal_whole(b"text", &mut rng(1)).unwrap();
    let newer = BlobRef {
        plan: 2,
        ..sealed.blob.clone()
    };
    assert_eq!(newer.plan(), Err(BlobError::Plan { got: 2 }));
    let endless = BlobRef {
        size: u64::MAX,
        ..sealed.blob
    };
    assert_eq!(endless.plan(), Err(BlobError::Size { got: u64::MAX }));
}

#[test]
fn a_reference_is_small_and_does_not_print_its_secret() {
    let sealed = seal_whole(b"text", &mut rng(1)).unwrap();
    let largest = BlobRef {
        size: u64::MAX,
        ..sealed.blob
    };
    let bytes = wire::encode("blob reference", &largest).unwrap();
    assert_eq!(bytes.len(), crate::limits::BLOB_REF_MAX);
    let shown = format!("{largest:?}");
    assert!(
        shown.contains("Secret(…)") && shown.contains("BlobRoot(…)"),
        "{shown}"
    );
}
