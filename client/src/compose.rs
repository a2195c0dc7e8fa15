//! Writing: enclosures are prepared and sealed into files first; then one transaction stores the letter, its number, the
//! next state of the pair and the envelope. A process that is killed before it has left nothing; after it, the letter is sent.

mod content;
mod enclosures;

use tidings_protocol::{
    letter::{Content, Packed},
    limits::{ENCLOSURES_MAX, LETTER_CONTENT_MAX, PERSON_NAME_MAX},
    line::Prose,
    notice::{Closing, NoticeBody, NoticePlace},
    pair::{FreezeReason, Pair, Status},
};

use self::{
    content::content,
    enclosures::{Sealed, prepare, upload},
};
use crate::{
    Account, ContactNumber, Direction, Draft, Error, Letter, LetterKind, LetterNumber, LetterState,
    Role,
    account::{account, checked_name, contact_of, office},
    blobs::{Unclaimed, seal_to_file},
    letters::{Plains, shown},
    numbers::{enqueue, next_file, next_letter},
    pairs,
    records::{BlobFile, ContactRecord, Delivery, Job, LetterRecord, SecretBytes, Unsealed},
    surroundings::random,
    vault::Tables,
};

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

    /// Whether a letter to this contact would be taken now: asked before a person types a long one.
    ///
    /// # Errors
    /// What [`Account::write`] would refuse it with, whatever is in it.
    pub fn may_write(&self, to: ContactNumber) -> Result<(), Error> {
        self.safe.read(|tables| may_write(tables, to).map(drop))
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
        self.may_write(to)?;
        let ready = draft
            .attachments
            .iter()
            .map(prepare)
            .collect::<Result<Vec<_>, _>>()?;
        let mut unclaimed = Unclaimed::default();
        let sealed = self.seal_enclosures(ready, &mut unclaimed)?;
        let stored = self
            .safe
            .transact(|tables| self.store(tables, to, &draft, answered, sealed, &mut unclaimed));
        // Where the database itself failed it may have kept the letter all the same: whoever opens it the next time sees.
        if stored.as_ref().err().is_none_or(Error::is_of_the_vault) {
            unclaimed.claim();
        }
        self.letter(stored?)
    }

    /// Everything that a new letter changes, in one transaction.
    fn store(
        &self,
        tables: &mut Tables<'_>,
        to: ContactNumber,
        draft: &Draft,
        answered: Option<&LetterRecord>,
        sealed: Vec<Sealed>,
        unclaimed: &mut Unclaimed,
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
                unclaimed.add(self.file(file));
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
            Some(Unsealed::Closing) => NoticeBody::Closing(Closing {
                remark: Prose::default(),
            }),
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

/// Whether a person may write to this contact now; the core decides again when it seals.
pub(crate) fn may_write(
    tables: &Tables<'_>,
    number: ContactNumber,
) -> Result<ContactRecord, Error> {
    let contact = contact_of(tables, number)?;
    let pair = contact
        .pair
        .map(|pair| pairs::load(tables, pair))
        .transpose()?
        .map(|(_, pair)| pair);
    if let Some(pair) = &pair
        && *pair.status() == Status::Frozen(FreezeReason::Closed)
    {
        return Err(Error::Closed);
    }
    if contact.frozen {
        return Err(Error::Frozen);
    }
    if account(tables)?.copied.is_some() {
        return Err(Error::Copied);
    }
    let Some(pair) = pair else {
        return Err(match contact.role {
            Role::Office => Error::MustBegin,
            Role::Family => Error::FamilyMustBegin,
        });
    };
    if matches!(pair.status(), Status::Frozen(_)) {
        return Err(Error::Frozen);
    }
    if !pair.may_carry_personal_facts() {
        return Err(Error::NotVerified);
    }
    Ok(contact)
}
