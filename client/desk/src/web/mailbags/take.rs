//! Taking in what somebody brought: parts in any order, one by one or together. A bag is taken in when all its parts are here.

use axum::{
    extract::{FromRequest, Multipart, Request},
    response::Response,
};
use maud::{Markup, html};
use tidings_client::Error as AccountError;
use tidings_protocol::mailbag::MailbagError;
use tokio::sync::oneshot;

use super::{
    pack::Chosen,
    page,
    parts::{self, Begun},
};
use crate::{
    Actor, Error, MailbagTaken,
    web::{
        carrying::Errand,
        fields::Fields,
        guard::{TOKEN_FIELD, is_right_token},
        refusal::{self, Refusal},
        site::Site,
        texts::{Texts, args},
        upload::{bare_name, refused},
        visit::Visit,
    },
};

/// What came of a file or a bag.
#[derive(Debug)]
pub(super) enum Told {
    /// The bag was taken in.
    Taken(MailbagTaken),
    /// It was not, or the file is no part of one.
    Wrong(Error),
    /// Nothing was sent.
    Nothing,
}

impl Told {
    pub(super) fn is_bad(&self) -> bool {
        !matches!(self, Self::Taken(_))
    }

    pub(super) fn notice(&self, t: &Texts) -> Markup {
        match self {
            Self::Taken(taken) => html! {
                div.notice.good role="status" {
                    p { (t.with("mailbags-told-taken", args![bag = taken.name.clone()])) " "
                        @if taken.letters == 0 { (t.say("mailbags-told-none")) }
                        @else {
                            (t.count("mailbags-told-letters", taken.letters))
                            @if taken.pictures > 0 { " " (t.count("mailbags-told-pictures", taken.pictures)) }
                        }
                    }
                    @if taken.parked > 0 { p { (t.count("mailbags-told-parked", taken.parked)) } }
                    @if taken.others > 0 { p { (t.count("mailbags-told-others", taken.others)) } }
                    @if taken.letters > 0 { p { a href="/letters" { (t.say("mailbags-to-letters")) } } }
                }
            },
            Self::Wrong(error) => html! {
                div.notice.bad role="alert" { p { (refusal::sentence(t, error)) } }
            },
            Self::Nothing => html! {
                div.notice.bad role="alert" { p { (t.say("mailbags-none-chosen")) } }
            },
        }
    }
}

/// `POST /mailbags`: the token first, then files, each of which goes to the disk as it comes: it is sealed.
pub(super) async fn take(visit: Visit, request: Request) -> Result<Response, Refusal> {
    let folder = visit.site.desk().ok_or(Refusal::NotBegun)?.begun_mailbags();
    let mut form = Multipart::from_request(request, &())
        .await
        .map_err(|_| Refusal::Malformed)?;
    let mut is_trusted = false;
    let mut received = 0_u64;
    let mut told = Vec::new();
    while let Some(mut field) = form.next_field().await.map_err(|error| refused(&error))? {
        let name = field.name().unwrap_or_default().to_owned();
        let Some(file) = field.file_name().map(bare_name) else {
            let text = field.text().await.map_err(|error| refused(&error))?;
            if name == TOKEN_FIELD {
                is_trusted = is_right_token(&visit, &text);
            }
            continue;
        };
        if !is_trusted {
            return Err(Refusal::Stale);
        }
        if file.is_empty() {
            continue;
        }
        match parts::receive(&folder, &mut field).await? {
            Ok(()) => received += 1,
            Err(source) => told.push(Told::Wrong(wrong(&file, source))),
        }
    }
    if !is_trusted {
        return Err(Refusal::Stale);
    }
    if received == 0 && told.is_empty() {
        told.push(Told::Nothing);
    }
    if received > 0 {
        told.extend(unpack(&visit).await?);
    }
    page(&visit, &told, &Chosen::default()).await
}

/// `POST /mailbags/begun`: parts that wait are forgotten, or a bag that is whole is tried again.
pub(super) async fn decide(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    if fields.get("what") == "take" {
        let told = unpack(&visit).await?;
        return page(&visit, &told, &Chosen::default()).await;
    }
    let folder = visit.site.desk().ok_or(Refusal::NotBegun)?.begun_mailbags();
    let name = fields.get("bag").to_owned();
    let _alone = visit.site.unpacking().await;
    visit
        .site
        .blocking(move || {
            let bags = parts::begun(&folder);
            for bag in bags.iter().filter(|bag| bag.set().short() == name) {
                parts::forget(&parts::files(bag));
            }
            Ok(())
        })
        .await?;
    page(&visit, &[], &Chosen::default()).await
}

/// Takes in every bag that is whole, also when the browser that asks goes away meanwhile.
async fn unpack(visit: &Visit) -> Result<Vec<Told>, Refusal> {
    let (site, by) = (visit.site.clone(), visit.actor()?);
    let work = tokio::spawn(async move {
        let _alone = site.unpacking().await;
        unpack_all(&site, &by).await
    });
    work.await.map_err(|_| Refusal::Broken)?
}

async fn unpack_all(site: &Site, by: &Actor) -> Result<Vec<Told>, Refusal> {
    let desk = site.desk().ok_or(Refusal::NotBegun)?;
    let rounds = site.rounds().ok_or(Refusal::NotBegun)?;
    let begun = site
        .blocking(move || Ok(parts::begun(&desk.begun_mailbags())))
        .await?;
    let mut told = Vec::new();
    for bag in begun.iter().filter(|bag| bag.missing().is_empty()) {
        let name = bag.set().short();
        let files = parts::files(bag);
        let (done, outcome) = oneshot::channel();
        rounds.run(Errand::Take {
            by: by.clone(),
            name: name.clone(),
            parts: files.clone(),
            done,
        });
        let error = match outcome.await.map_err(|_| Refusal::Broken)? {
            Ok(taken) => {
                parts::forget(&files);
                told.push(Told::Taken(taken));
                continue;
            }
            Err(error @ Error::Forbidden { .. }) => return Err(error.into()),
            Err(error) => error,
        };
        told.push(Told::Wrong(match error {
            Error::Account(AccountError::Mailbag { source, .. }) => {
                // The other parts wait for one that is not damaged.
                let spoiled = match source {
                    MailbagError::Damaged { number } => bag.source(number),
                    _ => None,
                };
                parts::forget(
                    spoiled.map_or(files.as_slice(), |file| std::slice::from_ref(&file.0)),
                );
                wrong(&name, source)
            }
            error @ Error::Account(AccountError::MailbagForOthers) => {
                parts::forget(&files);
                error
            }
            // A full disk, for example: the bag stays, and can be tried again.
            error => error,
        }));
    }
    Ok(told)
}

/// What is wrong with the file or the bag that people know as `name`.
fn wrong(name: &str, source: MailbagError) -> Error {
    Error::Account(AccountError::Mailbag {
        path: name.into(),
        source,
    })
}

/// A bag of which parts are here.
pub(super) fn begun_bag(visit: &Visit, bag: &Begun) -> Markup {
    let t = &visit.texts;
    let missing = bag.missing();
    let numbers: Vec<String> = missing.iter().map(u32::to_string).collect();
    let name = bag.set().short();
    html! {
        div.notice.warn {
            p {
                @if missing.is_empty() {
                    (t.with("mailbags-begun-whole", args![bag = name.clone()]))
                } @else {
                    (t.with("mailbags-begun", args![
                        bag = name.clone(), count = missing.len(), of = bag.layout().count(), parts = numbers.join(", "),
                    ]))
                }
            }
            form method="post" action="/mailbags/begun" {
                (visit.token_field())
                input type="hidden" name="bag" value=(name);
                div.row {
                    @if missing.is_empty() {
                        button type="submit" name="what" value="take" { (t.say("mailbags-again")) }
                    }
                    button type="submit" name="what" value="forget" { (t.say("mailbags-forget")) }
                }
            }
        }
    }
}
