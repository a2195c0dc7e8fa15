//! Open an account, add an office's card, write a letter with a photo, send it, collect the answers.
//!
//! ```sh
//! cargo run -p tidings-client --example first_letter -- HOME CARD PHOTO
//! ```
//!
//! The account in `HOME` is made by `tidings init`; the passphrase comes from `TIDINGS_PASSPHRASE`.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use anyhow::Context as _;
use tidings_client::{Account, Attachment, Draft, EnclosureKind, Silent};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [home, card, photo] = arguments.as_slice() else {
        anyhow::bail!("usage: first_letter HOME CARD PHOTO");
    };
    let passphrase = std::env::var("TIDINGS_PASSPHRASE").context("TIDINGS_PASSPHRASE")?;

    let account = Account::open(home.as_ref(), &passphrase.into())?;
    let office = account.add_contact(card, None)?;
    let draft = Draft {
        addressee: Some("Іван Петренко".to_owned()),
        text: "Любий Іване, у нас усе добре.".to_owned(),
        attachments: vec![Attachment {
            kind: EnclosureKind::Photo,
            name: photo.clone(),
            bytes: std::fs::read(photo)?,
        }],
    };
    let letter = account.write(office.number, draft)?;
    let sent = account.send(true, &Silent).await?;
    println!("letter {} written, {} items sent", letter.number, sent.sent);
    for number in account.collect(&Silent).await?.letters {
        let letter = account.letter(number)?;
        println!("{} from {}", letter.kind.word(), letter.contact_name);
    }
    Ok(())
}
