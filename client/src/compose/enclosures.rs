//! Enclosures of a letter that is written: prepared as what they claim to be, and sealed into files.

use tidings_protocol::{
    blob::{BlobRef, BlobWriter},
    letter::{self, Enclosure},
    limits::FILE_NAME_MAX,
    line::FileName,
};

use crate::{
    Account, Attachment, EnclosureKind, Error,
    blobs::{Unclaimed, seal_to_file},
    numbers::next_file,
    pictures::{self, Encoded},
    records::{BlobFile, EnclosureRecord, FileNumber, Upload},
    voice,
};

/// An enclosure, ready to be sealed.
pub(super) struct Ready {
    kind: letter::EnclosureKind,
    media_type: &'static str,
    extension: &'static str,
    whole: Vec<u8>,
    preview: Option<Vec<u8>>,
}

/// An enclosure, sealed into files.
pub(super) struct Sealed {
    pub(super) enclosure: Enclosure,
    pub(super) record: EnclosureRecord,
    pub(super) uploads: Vec<Upload>,
}

impl Account {
    pub(super) fn seal_enclosures(
        &self,
        ready: Vec<Ready>,
        unclaimed: &mut Unclaimed,
    ) -> Result<Vec<Sealed>, Error> {
        let mut counts = [0_u32; 5];
        ready
            .into_iter()
            .map(|ready| {
                let count = &mut counts[usize::from(ready.kind.number()).min(4)];
                *count += 1;
                // The name of the file says when and with what it was made: it stays here (DELIVERY-8).
                let name = format!("{}-{count}.{}", ready.kind.word(), ready.extension);
                self.seal_enclosure(ready, name, unclaimed)
            })
            .collect()
    }

    fn seal_enclosure(
        &self,
        ready: Ready,
        name: String,
        unclaimed: &mut Unclaimed,
    ) -> Result<Sealed, Error> {
        let mut uploads = Vec::new();
        let preview = match &ready.preview {
            Some(bytes) => Some(self.seal_file(bytes, &name, &mut uploads, unclaimed)?),
            None => None,
        };
        let whole = self.seal_file(&ready.whole, &name, &mut uploads, unclaimed)?;
        let enclosure = Enclosure {
            kind: ready.kind,
            media_type: letter::MediaType::new(ready.media_type)?,
            name: Some(FileName::<FILE_NAME_MAX>::new(name.clone())?),
            blob: whole.blob.clone(),
            preview: preview.as_ref().map(|preview| preview.blob.clone()),
        };
        let record = EnclosureRecord {
            kind: ready.kind,
            name,
            media_type: ready.media_type.to_owned(),
            whole,
            preview,
        };
        Ok(Sealed {
            enclosure,
            record,
            uploads,
        })
    }

    fn seal_file(
        &self,
        bytes: &[u8],
        name: &str,
        uploads: &mut Vec<Upload>,
        unclaimed: &mut Unclaimed,
    ) -> Result<BlobFile, Error> {
        // Its own transaction: a number that was given out is never given out again, also after a kill.
        let file = self.safe.transact(next_file)?;
        unclaimed.add(self.file(file));
        let (blob, writer) = seal_to_file(&self.file(file), bytes)?;
        uploads.push(upload(name, &blob, writer, file));
        Ok(BlobFile {
            blob,
            file,
            complete: true,
        })
    }
}

pub(super) fn upload(name: &str, blob: &BlobRef, writer: BlobWriter, file: FileNumber) -> Upload {
    Upload {
        name: name.to_owned(),
        blob: blob.clone(),
        writer,
        file,
        chunk: 0,
    }
}

impl Attachment {
    /// Whether it can be enclosed, told before a person types a letter around it. As dear as enclosing it.
    ///
    /// # Errors
    /// [`Error::Picture`], [`Error::Voice`], [`Error::EnclosureKind`].
    pub fn check(&self) -> Result<(), Error> {
        prepare(self).map(drop)
    }
}

pub(super) fn prepare(attachment: &Attachment) -> Result<Ready, Error> {
    let claim = Some(attachment.name.as_str());
    let refused = |source| Error::Picture {
        name: attachment.name.clone(),
        source,
    };
    let (kind, prepared) = match attachment.kind {
        EnclosureKind::Photo => (
            letter::EnclosureKind::Photo,
            pictures::prepare_photo(&attachment.bytes, claim).map_err(refused)?,
        ),
        EnclosureKind::Drawing => (
            letter::EnclosureKind::Drawing,
            pictures::prepare_drawing(&attachment.bytes, claim).map_err(refused)?,
        ),
        EnclosureKind::Scan => (
            letter::EnclosureKind::Scan,
            pictures::prepare_drawing(&attachment.bytes, claim).map_err(refused)?,
        ),
        EnclosureKind::Voice => {
            let format = voice::check(&attachment.bytes)?;
            return Ok(Ready {
                kind: letter::EnclosureKind::Voice,
                media_type: format.media_type,
                extension: format.extension,
                whole: attachment.bytes.clone(),
                preview: None,
            });
        }
        EnclosureKind::Text | EnclosureKind::Other => {
            return Err(Error::EnclosureKind {
                kind: attachment.kind.word(),
            });
        }
    };
    let Encoded {
        media_type, bytes, ..
    } = prepared.full;
    Ok(Ready {
        kind,
        media_type: media_type.as_str(),
        extension: media_type.extension(),
        whole: bytes,
        preview: Some(prepared.preview.bytes),
    })
}
