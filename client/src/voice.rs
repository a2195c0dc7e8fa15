//! Voice notes: sound files of a few kinds, carried as they are.

use crate::Error;

/// Longest voice note in bytes: a quarter of an hour at the bit rate of telephones, eight chunks of the largest class.
pub(crate) const VOICE_MAX: usize = 8_388_608;

/// What a sound file is.
pub(crate) struct VoiceFormat {
    pub(crate) media_type: &'static str,
    pub(crate) extension: &'static str,
}

/// Recognises a sound file by its first bytes.
///
/// # Errors
/// [`Error::Voice`] for anything else, nothing, or more than [`VOICE_MAX`] bytes.
pub(crate) fn check(bytes: &[u8]) -> Result<VoiceFormat, Error> {
    let format = |media_type, extension| {
        Some(VoiceFormat {
            media_type,
            extension,
        })
    };
    let at = |offset: usize, mark: &[u8]| bytes.get(offset..).is_some_and(|b| b.starts_with(mark));
    let known = if at(0, b"OggS") {
        format("audio/ogg", "ogg")
    } else if at(0, b"RIFF") && at(8, b"WAVE") {
        format("audio/wav", "wav")
    } else if at(4, b"ftypM4A") || at(4, b"ftypmp4") || at(4, b"ftypisom") {
        format("audio/mp4", "m4a")
    } else if at(0, b"ID3") || matches!(bytes, [0xff, second, ..] if second & 0xe6 == 0xe2) {
        format("audio/mpeg", "mp3")
    } else {
        None
    };
    known
        .filter(|_| bytes.len() <= VOICE_MAX)
        .ok_or(Error::Voice {
            got: bytes.len(),
            limit: VOICE_MAX,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sound_is_recognised_by_its_bytes() {
        let kind = |bytes: &[u8]| check(bytes).map(|format| format.extension);
        assert_eq!(kind(b"OggS\0\x02").unwrap(), "ogg");
        assert_eq!(kind(b"RIFF\x24\0\0\0WAVEfmt ").unwrap(), "wav");
        assert_eq!(kind(b"\0\0\0\x20ftypM4A \0").unwrap(), "m4a");
        assert_eq!(kind(b"ID3\x04").unwrap(), "mp3");
        assert_eq!(kind(&[0xff, 0xfb, 0x90, 0x64]).unwrap(), "mp3");
        for other in [
            &b"\x89PNG"[..],
            b"",
            b"RIFF\x24\0\0\0AVI ",
            &[0xff, 0xd8, 0xff],
        ] {
            assert!(matches!(kind(other), Err(Error::Voice { .. })), "{other:?}");
        }
        let mut long = b"OggS".to_vec();
        long.resize(VOICE_MAX + 1, 0);
        assert!(matches!(kind(&long), Err(Error::Voice { .. })));
    }
}
