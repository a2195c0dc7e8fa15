//! What a person sees of an opened letter, and what an office states in it.

use tidings_protocol::{
    letter::{self, Content, Evidence},
    notice::{NoticeBody, NoticePlace, SignedNotice, StatusNote},
};

use crate::{
    ContactNumber, Direction, Error, LetterKind, LetterNumber, LetterState, Role,
    numbers::next_file,
    records::{BlobFile, ContactRecord, EnclosureRecord, LetterRecord, NoticeRecord, SecretBytes},
    vault::Tables,
};

/// What a person sees of a content. `place` is where a notice came; a moved content is never a notice.
pub(super) fn fill(
    tables: &mut Tables<'_>,
    letter: &mut LetterRecord,
    content: Option<&Content>,
    place: Option<&NoticePlace>,
    contact: &ContactRecord,
) -> Result<(), Error> {
    let Some(content) = content else {
        return Ok(());
    };
    let prose = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    match content {
        Content::Letter(content) => {
            letter.kind = LetterKind::Letter;
            letter.plain = Some(content.number);
            letter.text = prose(content.text.as_str());
            letter.addressee = content
                .addressee
                .as_ref()
                .map(|addressee| addressee.name.own.as_str().to_owned());
        }
        Content::Reply(content) => {
            letter.kind = LetterKind::Reply;
            letter.plain = Some(content.number);
            letter.answers = content.answers;
            letter.text = prose(content.remark.as_str());
        }
        Content::Message(content) => {
            letter.kind = LetterKind::Text;
            letter.answers = content.answers;
            letter.text = prose(content.text.as_str());
        }
        Content::Notice(notice) => {
            letter.kind = LetterKind::Status;
            letter.notice = Some(judge(tables, letter, notice, place, contact)?);
        }
        Content::Moved(moved) => {
            letter.moved = Some(BlobFile {
                blob: moved.blob.clone(),
                file: next_file(tables)?,
                complete: false,
            });
        }
        Content::Newer(newer) => letter.newer = Some(SecretBytes::new(newer.bytes())),
    }
    for (place, enclosure) in content.enclosures().iter().enumerate() {
        let record = enclosure_record(tables, enclosure, place)?;
        letter.enclosures.push(record);
    }
    Ok(())
}

fn enclosure_record(
    tables: &mut Tables<'_>,
    enclosure: &letter::Enclosure,
    place: usize,
) -> Result<EnclosureRecord, Error> {
    let mut blob = |blob: &tidings_protocol::blob::BlobRef| -> Result<_, Error> {
        Ok(BlobFile {
            blob: blob.clone(),
            file: next_file(tables)?,
            complete: false,
        })
    };
    Ok(EnclosureRecord {
        kind: enclosure.kind,
        name: enclosure.name.as_ref().map_or_else(
            || format!("{}-{}", enclosure.kind.word(), place + 1),
            |name| name.as_str().to_owned(),
        ),
        media_type: enclosure.media_type.as_str().to_owned(),
        whole: blob(&enclosure.blob)?,
        preview: enclosure.preview.as_ref().map(&mut blob).transpose()?,
    })
}

/// Verifies a notice, and moves the letter that it is about to the state that the office states (NOTICE-4 to NOTICE-10).
fn judge(
    tables: &mut Tables<'_>,
    letter: &mut LetterRecord,
    notice: &SignedNotice,
    place: Option<&NoticePlace>,
    contact: &ContactRecord,
) -> Result<NoticeRecord, Error> {
    let not_a_notice = NoticeRecord {
        verified: false,
        state: String::new(),
        evidence: String::new(),
        about: None,
    };
    // Only an office makes notices, and only inside the letter that they were signed for.
    let (Role::Office, Some(place)) = (contact.role, place) else {
        return Ok(not_a_notice);
    };
    let identity = contact.card()?.card().identity;
    let Ok(verified) = notice.verify(&identity, place) else {
        return Ok(not_a_notice);
    };
    let (state, evidence, about, remark) = match verified.body() {
        NoticeBody::Status(note) => {
            about(tables, letter.contact, note)?;
            (
                note.state.word(),
                note.evidence.word(),
                Some(note.letter),
                note.remark.as_str(),
            )
        }
        NoticeBody::Custody(custody) => (
            custody.state.word(),
            custody.evidence.word(),
            None,
            custody.remark.as_str(),
        ),
        NoticeBody::Fact(fact) => ("", "", None, fact.text.as_str()),
        NoticeBody::Closing(closing) => (
            LetterState::CLOSED.word(),
            Evidence::DeskSaw.word(),
            None,
            closing.remark.as_str(),
        ),
    };
    letter.text = (!remark.is_empty()).then(|| remark.to_owned());
    Ok(NoticeRecord {
        verified: true,
        state: state.to_owned(),
        evidence: evidence.to_owned(),
        about,
    })
}

/// Writes the state that an office states to the letter itself.
fn about(tables: &mut Tables<'_>, contact: ContactNumber, note: &StatusNote) -> Result<(), Error> {
    let found = letter_by_plain(tables, contact, Direction::Out, note.letter)?;
    if let Some((number, mut letter)) = found {
        note.state.word().clone_into(&mut letter.state);
        tables.put(&number, &letter)?;
    }
    Ok(())
}

/// The letter to or from a contact with this plain number.
pub(crate) fn letter_by_plain(
    tables: &Tables<'_>,
    contact: ContactNumber,
    direction: Direction,
    plain: u32,
) -> Result<Option<(LetterNumber, LetterRecord)>, Error> {
    Ok(tables
        .all::<LetterRecord>()?
        .into_iter()
        .find(|(_, letter)| {
            letter.contact == contact
                && letter.direction == direction
                && letter.plain == Some(plain)
        }))
}
