//! Writing: enclosures are prepared and sealed into files first; then one transaction stores the letter, its number, the
//! next state of the pair and the envelope. A process that is killed before it has left nothing; after it, the letter is sent.

use tidings_protocol::{
    blob::{BlobRef, BlobWriter},
    language::Language,
    letter::{self, Addressee, Content, Enclosure, Message, Packed, PersonName, Reply, Writer},
    limits::{ENCLOSURES_MAX, FILE_NAME_MAX, LETTER_CONTENT_MAX, PERSON_NAME_MAX},
    line::{FileName, Line, Prose},
    notice::{NoticeBody, NoticePlace},
    pair::Pair,
    time::Day,
};

use crate::{
    Account, Attachment, ContactNumber, Direction, Draft, EnclosureKind, Error, Letter, LetterKind,
    LetterNumber, LetterState, Role,
    account::{account, checked_name, contact_of, office},
    blobs::seal_to_file,
    letters::{Plains, shown},
    numbers::{enqueue, next_file, next_letter},
    pairs,
    pictures::{self, Encoded},
    records::{
        BlobFile, ContactRecord, Delivery, EnclosureRecord, FileNumber, Job, LetterRecord,
        SecretBytes, Unsealed, Upload,
    },
    surroundings::random,
    vault::Tables,
    voice,
};

/// An enclosure, ready to be sealed.
struct Ready {
    kind: letter::EnclosureKind,
    media_type: &'static str,
    extension: &'static str,
    whole: Vec<u8>,
    preview: Option<Vec<u8>>,
}

/// An enclosure, sealed into files.
struct Sealed {
    enclosure: Enclosure,
    record: EnclosureRecord,
    uploads: Vec<Upload>,
}

impl Account {
    /// Writes a letter: prepares pictures, seals enclosures, and puts it into the outbox. Survives a kill at any
    /// moment, whole or not at all.
    ///
    /// # Errors
    /// [`Error::NoContact`], [`Error::Picture`], [`Error::Voice`], [`Error::Frozen`], [`Error::EmptyLetter`],
    /// [`Error::TooManyEnclosures`], [`Error::WindowFull`], [`Error::NotVerified`], [`Error::MustBegin`], [`Error::Copied`].
    pub fn write(&self, to: ContactNumber, draft: Draft) -> Result<Letter, Error> {
        self.compose(to, draft, None)
    }

    /// Answers a letter that was received. An office's answer with scanned pages is a captive's reply.
    ///
    /// # Errors
    /// Those of [`Account::write`], [`Error::NoLetter`], and [`Error::OwnLetter`].
    pub fn reply(&self, to: LetterNumber, mut draft: Draft) -> Result<Letter, Error> {
        let answered = self
            .safe
            .read(|tables| tables.get::<LetterRecord>(&to))?
            .ok_or(Error::NoLetter { number: to })?;
        if answered.direction == Direction::Out {
            return Err(Error::OwnLetter { number: to });
        }
        if draft.addressee.is_none() && answered.kind == LetterKind::Reply {
            draft.addressee = self.addressee_of(&answered)?;
        }
        self.compose(answered.contact, draft, Some(&answered))
    }

    /// For whom the letter was that a captive answered.
    fn addressee_of(&self, reply: &LetterRecord) -> Result<Option<String>, Error> {
        let Some(plain) = reply.answers else {
            return Ok(None);
        };
        self.safe.read(|tables| {
            let letters = tables.all::<LetterRecord>()?;
            Ok(letters
                .into_iter()
                .find(|(_, letter)| {
                    letter.contact == reply.contact
                        && letter.direction == Direction::Out
                        && letter.plain == Some(plain)
                })
                .and_then(|(_, letter)| letter.addressee.clone()))
        })
    }

    fn compose(
        &self,
        to: ContactNumber,
        mut draft: Draft,
        answered: Option<&LetterRecord>,
    ) -> Result<Letter, Error> {
        if let Some(name) = &mut draft.addressee {
            *name = checked_name::<PERSON_NAME_MAX>(name)?.into();
        }
        if draft.text.trim().is_empty() && draft.attachments.is_empty() {
            return Err(Error::EmptyLetter);
        }
        if draft.attachments.len() > ENCLOSURES_MAX {
            return Err(Error::TooManyEnclosures {
                got: draft.attachments.len(),
                limit: ENCLOSURES_MAX,
            });
        }
        self.safe.read(|tables| may_write(tables, to).map(drop))?;
        let ready = draft
            .attachments
            .iter()
            .map(prepare)
            .collect::<Result<Vec<_>, _>>()?;
        let sealed = self.seal_enclosures(ready)?;
        let number = self
            .safe
            .transact(|tables| self.store(tables, to, &draft, answered, sealed))?;
        self.letter(number)
    }

    fn seal_enclosures(&self, ready: Vec<Ready>) -> Result<Vec<Sealed>, Error> {
        let mut counts = [0_u32; 5];
        ready
            .into_iter()
            .map(|ready| {
                let count = &mut counts[usize::from(ready.kind.number()).min(4)];
                *count += 1;
                // The name of the file says when and with what it was made: it stays here (DELIVERY-8).
                let name = format!("{}-{count}.{}", ready.kind.word(), ready.extension);
                self.seal_enclosure(ready, name)
            })
            .collect()
    }

    fn seal_enclosure(&self, ready: Ready, name: String) -> Result<Sealed, Error> {
        let mut uploads = Vec::new();
        let preview = match &ready.preview {
            Some(bytes) => Some(self.seal_file(bytes, &name, &mut uploads)?),
            None => None,
        };
        let whole = self.seal_file(&ready.whole, &name, &mut uploads)?;
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
    ) -> Result<BlobFile, Error> {
        // Its own transaction: a number that was given out is never given out again, also after a kill.
        let file = self.safe.transact(next_file)?;
        let (blob, writer) = seal_to_file(&self.file(file), bytes)?;
        uploads.push(upload(name, &blob, writer, file));
        Ok(BlobFile {
            blob,
            file,
            complete: true,
        })
    }

    /// Everything that a new letter changes, in one transaction.
    fn store(
        &self,
        tables: &mut Tables<'_>,
        to: ContactNumber,
        draft: &Draft,
        answered: Option<&LetterRecord>,
        sealed: Vec<Sealed>,
    ) -> Result<LetterNumber, Error> {
        let now = self.now();
        let mut contact = may_write(tables, to)?;
        let pair = contact.pair.ok_or(Error::MustBegin)?;
        let mut uploads = Vec::new();
        let (mut enclosures, mut records) = (Vec::new(), Vec::new());
        for sealed in sealed {
            enclosures.push(sealed.enclosure);
            records.push(sealed.record);
            uploads.extend(sealed.uploads);
        }
        let today = self.clocks(tables)?.day();
        let content = content(tables, &mut contact, draft, answered, enclosures, today)?;
        let number = next_letter(tables)?;
        let kind = match &content {
            Content::Letter(_) => LetterKind::Letter,
            Content::Reply(_) => LetterKind::Reply,
            _ => LetterKind::Text,
        };
        let plain = match &content {
            Content::Letter(letter) => Some(letter.number),
            Content::Reply(reply) => Some(reply.number),
            _ => None,
        };
        let (packed, moved) = match content.pack(LETTER_CONTENT_MAX)? {
            Packed::Inline(bytes) => (bytes, None),
            Packed::Overflow(overflow) => {
                let file = next_file(tables)?;
                let (blob, writer) = seal_to_file(&self.file(file), overflow.plaintext())?;
                let stub = overflow.stub(blob.clone())?;
                uploads.insert(0, upload("text", &blob, writer, file));
                let moved = BlobFile {
                    blob,
                    file,
                    complete: true,
                };
                (stub, Some(moved))
            }
        };
        let text = draft.text.trim();
        let letter = LetterRecord {
            direction: Direction::Out,
            contact: to,
            date: now,
            kind,
            state: LetterState::DRAFT.word().to_owned(),
            plain,
            addressee: draft.addressee.clone(),
            text: (!text.is_empty()).then(|| text.to_owned()),
            id: None,
            answers: answered.and_then(|answered| answered.plain),
            enclosures: records,
            notice: None,
            moved,
            relay: None,
            newer: None,
        };
        tables.put(&number, &letter)?;
        tables.put(&to, &contact)?;
        let delivery = Delivery {
            letter: number,
            pair,
            content: Some(Unsealed::Content(SecretBytes::new(&packed))),
            digest: false,
            sealed: None,
            uploads,
            relay: None,
            again: None,
        };
        self.post(tables, to, delivery)?;
        Ok(number)
    }

    /// Seals a letter if that is possible now, and puts it into the outbox either way.
    pub(crate) fn post(
        &self,
        tables: &mut Tables<'_>,
        to: ContactNumber,
        mut delivery: Delivery,
    ) -> Result<(), Error> {
        if let Err(error) = self.try_seal(tables, &mut delivery) {
            // A notice that cannot be made now must not undo the letter that it is about: the outbox tries again.
            let is_notice = matches!(
                delivery.content,
                Some(Unsealed::Status(_) | Unsealed::Custody(_))
            );
            if error.is_of_the_vault() || !is_notice {
                return Err(error);
            }
        }
        enqueue(
            tables,
            Job::Deliver(Box::new(delivery)),
            Some(to),
            self.now(),
        )
        .map(drop)
    }

    /// The bytes that are sealed: a notice is signed for the position that the letter is about to get (NOTICE-3).
    pub(crate) fn content_for(
        &self,
        tables: &Tables<'_>,
        delivery: &Delivery,
        pair: &Pair,
    ) -> Result<Vec<u8>, Error> {
        let body = match delivery.content.as_ref() {
            Some(Unsealed::Content(bytes)) => return Ok(bytes.expose().to_vec()),
            Some(Unsealed::Status(note)) => NoticeBody::Status(note.clone()),
            Some(Unsealed::Custody(custody)) => NoticeBody::Custody(custody.clone()),
            None => {
                return Err(Error::VaultDamaged {
                    what: "a letter to be sealed has no content",
                });
            }
        };
        let office = office(tables)?.ok_or(Error::NotAnOffice)?;
        let place = NoticePlace {
            contact: pair.contact_id(),
            position: pair.next_position(),
        };
        let notice = body.sign(
            self.clocks(tables)?.day(),
            &place,
            office.keys.identity(),
            office.keys.subkey(),
            &mut random(),
        )?;
        Ok(Content::Notice(Box::new(notice)).encode()?)
    }

    /// One letter.
    ///
    /// # Errors
    /// [`Error::NoLetter`].
    pub fn letter(&self, number: LetterNumber) -> Result<Letter, Error> {
        self.safe.read(|tables| {
            let record = tables
                .get::<LetterRecord>(&number)?
                .ok_or(Error::NoLetter { number })?;
            shown(&Plains::new(tables), number, &record)
        })
    }
}

fn upload(name: &str, blob: &BlobRef, writer: BlobWriter, file: FileNumber) -> Upload {
    Upload {
        name: name.to_owned(),
        blob: blob.clone(),
        writer,
        file,
        chunk: 0,
    }
}

/// Whether a person may write to this contact now; the core decides again when it seals.
pub(crate) fn may_write(
    tables: &Tables<'_>,
    number: ContactNumber,
) -> Result<ContactRecord, Error> {
    let contact = contact_of(tables, number)?;
    if contact.frozen {
        return Err(Error::Frozen);
    }
    if account(tables)?.copied.is_some() {
        return Err(Error::Copied);
    }
    let Some(pair_number) = contact.pair else {
        return Err(match contact.role {
            Role::Office => Error::MustBegin,
            Role::Family => Error::FamilyMustBegin,
        });
    };
    let (_, pair) = pairs::load(tables, pair_number)?;
    if matches!(pair.status(), tidings_protocol::pair::Status::Frozen(_)) {
        return Err(Error::Frozen);
    }
    if !pair.may_carry_personal_facts() {
        return Err(Error::NotVerified);
    }
    Ok(contact)
}

/// What is written, in the form that fits who writes to whom.
fn content(
    tables: &Tables<'_>,
    contact: &mut ContactRecord,
    draft: &Draft,
    answered: Option<&LetterRecord>,
    enclosures: Vec<Enclosure>,
    today: Day,
) -> Result<Content, Error> {
    let account = account(tables)?;
    let text = draft.text.trim();
    let language = language_of(text, &account.languages);
    let answers = answered.and_then(|answered| answered.plain);
    let all_scans = !enclosures.is_empty()
        && enclosures
            .iter()
            .all(|enclosure| enclosure.kind == letter::EnclosureKind::Scan);
    let is_reply = contact.role == Role::Family && answered.is_some() && all_scans;
    let is_letter =
        contact.role == Role::Office && (draft.addressee.is_some() || answered.is_none());
    if is_reply || is_letter {
        contact.last_plain = contact.last_plain.saturating_add(1);
    }
    let number = contact.last_plain;
    if is_reply {
        return Ok(Content::Reply(Reply {
            number,
            answers,
            received: today,
            written: None,
            remark: Prose::typed(text)?,
            pages: enclosures,
        }));
    }
    if !is_letter {
        return Ok(Content::Message(Message {
            answers,
            language,
            written: today,
            text: Prose::typed(text)?,
            enclosures,
        }));
    }
    let addressee = draft
        .addressee
        .as_deref()
        .map(|name| -> Result<_, Error> {
            Ok(Addressee {
                name: PersonName {
                    own: Line::new(name)?,
                    latin: None,
                },
                born: None,
                internment_number: None,
            })
        })
        .transpose()?;
    Ok(Content::Letter(Box::new(letter::Letter {
        number,
        route: None,
        language,
        writer: Writer {
            name: Line::new(account.name)?,
            relation: None,
        },
        addressee,
        written: today,
        text: Prose::typed(text)?,
        enclosures,
    })))
}

/// Told by the letters that only one of the languages has; else the first language of the account. A person at the desk
/// reads the letter anyhow.
fn language_of(text: &str, languages: &[Language]) -> Language {
    let lower = text.to_lowercase();
    let has = |letters: &[char]| lower.contains(letters);
    if has(&['і', 'ї', 'є', 'ґ']) {
        Language::Ukrainian
    } else if has(&['ы', 'э', 'ъ', 'ё']) {
        Language::Russian
    } else if !text.is_empty() && text.is_ascii() {
        Language::English
    } else {
        languages.first().copied().unwrap_or(Language::Ukrainian)
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

fn prepare(attachment: &Attachment) -> Result<Ready, Error> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_is_told_by_letters_that_one_of_them_lacks() {
        let languages = [Language::Russian, Language::Ukrainian];
        for (text, language) in [
            ("Любий Іване!", Language::Ukrainian),
            ("Как ты? Пиши.", Language::Russian),
            ("Мама", Language::Russian),
            ("Dear friend", Language::English),
            ("", Language::Russian),
        ] {
            assert_eq!(language_of(text, &languages), language, "{text}");
        }
    }
}
