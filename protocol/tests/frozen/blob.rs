//! `tests/vectors/blob/`: sealed chunks, and what holds when they are changed.

use tidings_protocol::{
    blob::{BlobError, BlobRef, BlobWriter, SealedBlob, open_whole, seal_whole},
    exchange::Request,
    wire,
};

use crate::{Counting, Parts, Vector, flipped, settle};

fn plaintext(len: usize) -> Vec<u8> {
    (0..=255).cycle().take(len).collect()
}

fn seal(len: usize) -> SealedBlob {
    seal_whole(&plaintext(len), &mut Counting(0x80)).unwrap()
}

fn encoded<T: serde::Serialize>(value: &T) -> Vec<u8> {
    wire::encode("vector", value).unwrap()
}

fn vector(name: &'static str, shows: &'static str, blob: &[u8], chunks: &[Vec<u8>]) -> Vector {
    chunks.iter().zip(0..).fold(
        Vector::new(name, shows).with("reference", blob),
        |vector, (chunk, index)| vector.with(format!("chunk_{index}"), chunk),
    )
}

#[test]
fn blobs() {
    let small = seal(11);
    let two = seal(16_400);
    let reference = encoded(&two.blob);
    let rights = |vector: Vector| {
        let terms = two.blob.put_terms(1, &two.writer).unwrap();
        let Request::GetBlob { read, .. } = two.blob.get_request(1, 0, 1).unwrap() else {
            panic!("a request to read")
        };
        let Request::DeleteBlob { delete, .. } = two.blob.delete_request(1).unwrap() else {
            panic!("a request to delete")
        };
        vector
            .with("writer", encoded(&two.writer))
            .with("id_1", terms.id.0)
            .with("write_1", terms.write.0)
            .with("read_1", read.0)
            .with("delete_1", delete.0)
            .with("read_hash_1", terms.read.0)
            .with("delete_hash_1", terms.delete.0)
    };
    let [first, second] = two.chunks.as_slice() else {
        panic!("two chunks")
    };
    // A reference is: length 32, secret, size, plan, length 32, root. 16,400 is encoded as 251, 16, 64.
    let with_size = |size: u16| {
        let [low, high] = size.to_le_bytes();
        [&reference[..34], &[low, high], &reference[36..]].concat()
    };
    let vectors = [
        vector(
            "blob",
            "Eleven bytes in one chunk.",
            &encoded(&small.blob),
            &small.chunks,
        )
        .with("plaintext", plaintext(11)),
        rights(
            vector(
                "blob_two_chunks",
                "16,400 bytes in two chunks.",
                &reference,
                &two.chunks,
            )
            .with("plaintext", plaintext(16_400)),
        ),
        vector(
            "blob_chunks_swapped",
            "The second chunk came first.",
            &reference,
            &[second.clone(), first.clone()],
        ),
        vector(
            "blob_chunk_flipped",
            "One bit of the second chunk is another.",
            &reference,
            &[first.clone(), flipped(second, 9)],
        ),
        vector(
            "blob_chunk_truncated",
            "The first chunk is cut off.",
            &reference,
            &[first[..100].to_vec()],
        ),
        vector(
            "blob_truncated_total",
            "The reference promises 16,368 bytes: one chunk instead of two.",
            &with_size(16_368),
            core::slice::from_ref(first),
        ),
        vector(
            "blob_size_one_less",
            "The reference promises one byte less, in as many chunks.",
            &with_size(16_399),
            &two.chunks,
        ),
        vector(
            "blob_last_chunk_missing",
            "Only the first chunk.",
            &reference,
            &two.chunks[..1],
        ),
        vector(
            "blob_root_flipped",
            "The chunks open, but are not those of the letter.",
            &flipped(&reference, reference.len() - 1),
            &two.chunks,
        ),
        vector(
            "blob_wrong_secret",
            "One bit of the secret is another.",
            &flipped(&reference, 1),
            &two.chunks[..1],
        ),
        vector(
            "blob_plan_unknown",
            "Cut by a plan of a newer program.",
            &[&reference[..36], &[2], &reference[37..]].concat(),
            &[],
        ),
    ];
    settle("blob", &vectors, |parts| {
        outcome(parts).map_or_else(|reason| format!("refused: {reason}"), |()| "good".into())
    });
}

fn outcome(parts: &Parts) -> Result<(), &'static str> {
    let blob: BlobRef = wire::decode::<_, 160>("blob reference", parts.get("reference")).unwrap();
    let chunks = (0..).map_while(|index| {
        let name = format!("chunk_{index}");
        parts.has(&name).then(|| parts.get(&name).to_vec())
    });
    let text = open_whole(&blob, chunks).map_err(reason)?;
    assert_eq!(text, parts.get("plaintext"));
    if parts.has("writer") {
        let writer: BlobWriter = wire::decode::<_, 64>("writer", parts.get("writer")).unwrap();
        let terms = blob.put_terms(1, &writer).unwrap();
        assert_eq!(terms.id.0, parts.get("id_1"));
        assert_eq!(terms.write.0, parts.get("write_1"));
        assert_eq!(terms.read.0, parts.get("read_hash_1"));
        assert_eq!(terms.delete.0, parts.get("delete_hash_1"));
    }
    Ok(())
}

fn reason(error: BlobError) -> &'static str {
    match error {
        BlobError::Swapped { .. } => "swapped",
        BlobError::Chunk { .. } => "does not open",
        BlobError::Length { .. } => "length",
        BlobError::Missing { .. } => "missing",
        BlobError::Root => "root",
        BlobError::Plan { .. } => "plan",
        other => panic!("{other}"),
    }
}
