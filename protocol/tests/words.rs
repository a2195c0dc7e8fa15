//! The frozen vectors of `tests/vectors/words/`, computed with another implementation of Argon2.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use argon2::{Algorithm, Argon2, Params, Version};
use sha2::{Digest, Sha256};
use tidings_protocol::language::Language;
use tidings_protocol::words::CheckWords;

/// The `name: value` lines of a vector; `#` starts a comment.
fn fields(text: &str) -> BTreeMap<&str, &str> {
    text.lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(|line| line.split_once(": ").expect("name: value"))
        .collect()
}

#[test]
fn words_3_words_4_words_5_vectors() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/words");
    let mut seen = 0;
    for entry in fs::read_dir(&folder).expect("the folder of vectors") {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let vector = fields(&text);
        let identity: [u8; 32] = hex::decode(vector["identity"]).unwrap().try_into().unwrap();

        // The parameters as the spec states them, not as the crate's constants do.
        let mut hash = [0; 32];
        let params = Params::new(19_456, 2, 1, Some(32)).unwrap();
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(&identity, b"tidings check words v1", &mut hash)
            .unwrap();
        assert_eq!(hex::encode(hash), vector["argon2id"], "{}", path.display());

        let words = CheckWords::of(&identity);
        let indices: Vec<String> = words.indices().iter().map(u16::to_string).collect();
        assert_eq!(indices.join(" "), vector["indices"], "{}", path.display());
        for language in Language::ALL {
            let line = vector[language.code()];
            assert_eq!(words.words(language).join(" "), line, "{}", path.display());
            assert_eq!(CheckWords::parse(line, language), Ok(words));
        }
        seen += 1;
    }
    assert_eq!(seen, 5, "a vector came or went");
}

#[test]
fn words_1_the_spec_states_the_hashes_of_the_lists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let spec = fs::read_to_string(root.join("docs/spec/words.md")).unwrap();
    for language in Language::ALL {
        let file = format!("protocol/src/words/{language}.txt");
        let hash = hex::encode(Sha256::digest(fs::read(root.join(&file)).unwrap()));
        let row = format!(
            "| {} | `{language}` | `{file}` | `{hash}` |",
            language.number()
        );
        assert!(spec.contains(&row), "docs/spec/words.md lacks {row}");
    }
}
