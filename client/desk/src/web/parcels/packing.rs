//! The packing page: for two people with a barcode scanner or a keyboard. One field takes parcel codes and letter numbers.

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_client::LetterNumber;
use tidings_paper::number::SheetNumber;
use tidings_protocol::letter::ParcelState;

use super::{PLAN, SEE, campaign, state};
use crate::{
    Action, Error, LetterRow, PackScan, Parcel, ParcelLetter, Sealing,
    web::{
        fields::Fields,
        print::sheet_digits,
        refusal::Refusal,
        routes::{Need, Routes},
        second,
        shell::{Field, Room},
        show,
        texts::args,
        visit::{Visit, see},
    },
};

const PACK: Need = Need::May(&[Action::Pack]);

/// Their routes.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/parcels/{campaign}/pack", SEE, show)
        .post("/parcels/{campaign}/pack", PACK, scan)
        .post("/parcels/{campaign}/pack/bind", PACK, bind)
        .post("/parcels/{campaign}/pack/take-out", PACK, take_out)
        .post("/parcels/{campaign}/pack/seal", PACK, seal)
        .post("/parcels/{campaign}/pack/unseal", PACK, unseal)
        .post("/parcels/{campaign}/pack/family", PLAN, family)
        .post("/parcels/{campaign}/pack/exception", SEE, exception)
}

/// What can be recorded of a parcel besides its way.
const EXCEPTIONS: [ParcelState; 4] = [
    ParcelState::Acknowledged,
    ParcelState::Short,
    ParcelState::Opened,
    ParcelState::Confiscated,
];

/// What is told about the last scan.
enum Told {
    Good(String),
    Bad(String),
}

/// `GET /parcels/{campaign}/pack`
async fn show(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    page(&visit, id, fields.number("parcel"), None, &fields).await
}

async fn page(
    visit: &Visit,
    id: u64,
    parcel: Option<u64>,
    told: Option<Told>,
    kept: &Fields,
) -> Result<Response, Refusal> {
    let it = campaign(visit, id).await?;
    let actor = visit.actor()?;
    let open = match parcel {
        Some(parcel) => {
            let read = visit.site.ask(move |desk| {
                let (parcel, letters) = desk.parcel(&actor, parcel)?;
                let offered = desk.offered_letters(&actor, parcel.id)?;
                let misplaced = desk.misplaced(&actor, parcel.id)?;
                Ok(Opened {
                    parcel,
                    letters,
                    offered,
                    misplaced,
                })
            });
            Some(read.await?)
        }
        None => None,
    };
    let t = &visit.texts;
    let title = t.say("parcels-pack");
    let is_bad = matches!(told, Some(Told::Bad(_)));
    let page = visit.page(Room::Parcels, &title, html! {
        p { a href=(format!("/parcels/{id}")) { "← " (it.name) } }
        h1 { (title) }
        @match &told {
            Some(Told::Good(sentence)) => div.notice.good role="status" { p { (sentence) } },
            Some(Told::Bad(sentence)) => div.notice.bad role="alert" {
                // The field is empty again for the next scan: what was read stands here.
                p { @if let Some(scanned) = kept.some("scan") { code { (scanned) } " — " } (sentence) }
            },
            None => {},
        }
        @if visit.may(Action::Pack) {
            form.box method="post" action=(format!("/parcels/{id}/pack")) {
                (visit.token_field())
                @if let Some(open) = &open { input type="hidden" name="parcel" value=(open.parcel.id); }
                div.row {
                    (Field {
                        name: "scan", label: t.say("pack-scan"), focus: true, ..Field::default()
                    })
                    button.main type="submit" { (t.say("pack-scan-submit")) }
                }
                p.sub.small { (t.say(if open.is_some() { "pack-scan-letter" } else { "pack-scan-parcel" })) }
            }
        }
        @if let Some(open) = &open {
            (opened(visit, id, open, kept))
        } @else {
            div.box.empty { h2 { (t.say("pack-empty")) } p { (t.say("pack-empty-hint")) } }
        }
    });
    let status = if is_bad {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, page).into_response())
}

/// The parcel on the table.
struct Opened {
    parcel: Parcel,
    letters: Vec<ParcelLetter>,
    offered: Vec<LetterRow>,
    misplaced: Vec<u32>,
}

fn opened(visit: &Visit, campaign: u64, open: &Opened, kept: &Fields) -> Markup {
    let t = &visit.texts;
    let Opened {
        parcel,
        letters,
        offered,
        misplaced,
    } = open;
    let missing = letters.iter().filter(|letter| !letter.packed).count();
    let can_pack = visit.may(Action::Pack);
    html! {
        @if can_pack {
            @for sheet in misplaced {
                form.notice.warn.row.middle method="post" action=(format!("/parcels/{campaign}/pack/take-out")) {
                    (visit.token_field())
                    input type="hidden" name="parcel" value=(parcel.id);
                    input type="hidden" name="sheet" value=(sheet_digits(*sheet));
                    span { (t.with("pack-misplaced", args![sheet = sheet_digits(*sheet)])) }
                    button type="submit" { (t.say("pack-taken-out")) }
                }
            }
        }
        div.beside {
            section.box {
                div.head { h2 { (parcel.code) } (state(t, parcel.state)) }
                dl.facts {
                    dt { (t.say("parcels-person")) }
                    dd { (parcel.name) @if let Some(born) = &parcel.born { ", " (born) } }
                    @if let Some(place) = &parcel.place { dt { (t.say("field-place")) } dd { (place) } }
                    @if let Some(remark) = &parcel.remark { dt { (t.say("field-remark")) } dd { (remark) } }
                    @if let Some(seal) = &parcel.seal { dt { (t.say("parcels-seal")) } dd { code { (seal) } } }
                }
                h3 { (t.say("pack-letters")) }
                @if letters.is_empty() { p.sub { (t.say("pack-no-letters")) } } @else {
                    ul.hints {
                        @for letter in letters {
                            li.row.middle {
                                @if letter.packed { span.state.done { (t.say("pack-in")) } }
                                @else { span.state.new { (t.say("pack-missing")) } }
                                @if let Some(sheet) = letter.sheet { code { (sheet_digits(sheet)) } }
                                span { (letter.addressee.clone().unwrap_or_default()) ", " (letter.writer) }
                            }
                        }
                    }
                }
                @if can_pack && !offered.is_empty() && parcel.seal.is_none() {
                    form method="post" action=(format!("/parcels/{campaign}/pack/bind")) {
                        (visit.token_field())
                        input type="hidden" name="parcel" value=(parcel.id);
                        fieldset {
                            legend { (t.say("pack-offered")) }
                            p.sub.small { (t.say("pack-offered-hint")) }
                            @for row in offered {
                                div {
                                    label.inline {
                                        input type="checkbox" name="letter" value=(row.number.0);
                                        span { (row.number.0) ". " (row.addressee.clone().unwrap_or_default()) " — " (row.writer) }
                                    }
                                }
                            }
                        }
                        button type="submit" { (t.say("pack-bind")) }
                    }
                }
                (family_form(visit, campaign, parcel, letters))
            }
            div {
                @if can_pack {
                    @if parcel.seal.is_none() { (seal_form(visit, campaign, parcel, missing, kept)) }
                    @else if parcel.state == ParcelState::Sealed {
                        form.box method="post" action=(format!("/parcels/{campaign}/pack/unseal")) {
                            (visit.token_field())
                            input type="hidden" name="parcel" value=(parcel.id);
                            p.sub { (t.say("pack-unseal-hint")) }
                            button.grave type="submit" { (t.say("pack-unseal")) }
                        }
                    }
                }
                (exception_form(visit, campaign, parcel))
            }
        }
    }
}

/// What a family said about a letter, while none is there.
fn family_form(visit: &Visit, campaign: u64, parcel: &Parcel, letters: &[ParcelLetter]) -> Markup {
    let t = &visit.texts;
    let open = matches!(
        parcel.state,
        ParcelState::Listed | ParcelState::FamilyInvited
    );
    html! {
        @if visit.may(Action::PlanCampaign) && letters.is_empty() && open {
            form method="post" action=(format!("/parcels/{campaign}/pack/family")) {
                (visit.token_field())
                input type="hidden" name="parcel" value=(parcel.id);
                div.row {
                    @if parcel.state == ParcelState::Listed {
                        button type="submit" { (t.say("pack-family-asked")) }
                    }
                    button type="submit" name="declined" value="yes" { (t.say("pack-family-declined")) }
                }
            }
        }
    }
}

/// What happened to a parcel on its way, as this state of it can become one of these.
fn exceptions(parcel: &Parcel) -> Vec<ParcelState> {
    EXCEPTIONS
        .into_iter()
        .filter(|to| parcel.can_become(*to))
        .collect()
}

fn exception_form(visit: &Visit, campaign: u64, parcel: &Parcel) -> Markup {
    let t = &visit.texts;
    let possible = exceptions(parcel);
    html! {
        @if !possible.is_empty() && visit.may(Action::Track) {
            form.box method="post" action=(format!("/parcels/{campaign}/pack/exception")) {
                (visit.token_field())
                input type="hidden" name="parcel" value=(parcel.id);
                h2 { (t.say("pack-exception-heading")) }
                div.field {
                    label for="field-what" { (t.say("pack-exception-what")) }
                    select #field-what name="what" {
                        @for it in possible { option value=(it.word()) { (t.say(&format!("parcel-{}", it.word()))) } }
                    }
                }
                (Field { name: "note", label: t.say("parcels-note"), ..Field::default() })
                button type="submit" { (t.say("inbox-record")) }
            }
        }
    }
}

fn seal_form(
    visit: &Visit,
    campaign: u64,
    parcel: &Parcel,
    missing: usize,
    kept: &Fields,
) -> Markup {
    let t = &visit.texts;
    html! {
        form.box method="post" action=(format!("/parcels/{campaign}/pack/seal")) data-keep=(format!("seal-{}", parcel.id)) {
            (visit.token_field())
            input type="hidden" name="parcel" value=(parcel.id);
            h2 { (t.say("pack-seal-heading")) }
            @if missing > 0 { div.notice.warn { p { (t.count("pack-still-missing", missing as u64)) } } }
            (Field { name: "seal", label: t.say("parcels-seal"), value: kept.get("seal"), required: true, ..Field::default() })
            (Field { name: "grams", label: t.say("pack-grams"), value: kept.get("grams"), required: true, digits: true, ..Field::default() })
            div.field {
                label for="field-contents" { (t.say("pack-contents")) }
                textarea #field-contents name="contents" rows="4" aria-describedby="contents-hint" { (kept.get("contents")) }
                p.hint #contents-hint { (t.say("pack-contents-hint")) }
            }
            (second::fields(visit, kept, &t.say("pack-second-hint"), true))
            button.main type="submit" { (t.say("pack-seal")) }
        }
    }
}

/// `POST /parcels/{campaign}/pack`
async fn scan(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let scanned = fields.get("scan").trim().to_owned();
    let open: Option<u64> = fields.number("parcel");
    let t = &visit.texts;
    if let (Ok(number), Some(parcel)) = (SheetNumber::parse(&scanned), open) {
        let packed = visit
            .site
            .ask(move |desk| {
                let told = desk.pack_letter(&actor, parcel, number.value(), show::now())?;
                let other = match &told {
                    PackScan::BelongsTo { parcel } => Some(desk.parcel(&actor, *parcel)?.0.code),
                    _ => None,
                };
                Ok((told, other))
            })
            .await;
        let told = match packed {
            Ok((PackScan::Packed, _)) => Told::Good(t.say("pack-told-packed")),
            Ok((PackScan::AlreadyIn, _)) => Told::Good(t.say("pack-told-already")),
            Ok((PackScan::BelongsTo { .. }, other)) => {
                Told::Bad(t.with("pack-told-other", args![code = other.unwrap_or_default()]))
            }
            Ok((PackScan::Unbound { letter }, _)) => {
                Told::Bad(t.with("pack-told-unbound", args![number = letter.0]))
            }
            Ok((PackScan::NotReady { state }, _)) => Told::Bad(t.with(
                "pack-told-not-ready",
                args![state = t.say(&format!("state-{}", state.word()))],
            )),
            Err(refused @ Refusal::Failed(_)) => Told::Bad(refused.sentence(t)),
            Err(other) => return Err(other),
        };
        return page(&visit, id, Some(parcel), Some(told), &fields).await;
    }
    let code = scanned.clone();
    let found = visit
        .site
        .ask(move |desk| desk.find_parcel(&actor, id, &code))
        .await;
    match found {
        Ok(parcel) => Ok(see(&format!("/parcels/{id}/pack?parcel={}", parcel.id))),
        Err(refused @ (Refusal::Failed(_) | Refusal::NotFound)) => {
            let sentence = match refused {
                Refusal::NotFound => t.say("pack-told-nothing"),
                other => other.sentence(t),
            };
            page(&visit, id, open, Some(Told::Bad(sentence)), &fields).await
        }
        Err(other) => Err(other),
    }
}

fn parcel_of(fields: &Fields) -> Result<u64, Refusal> {
    fields.number("parcel").ok_or(Refusal::Malformed)
}

/// What the domain said to a form of the packing page.
async fn after(
    visit: &Visit,
    id: u64,
    parcel: u64,
    done: Result<(), Refusal>,
    fields: &Fields,
) -> Result<Response, Refusal> {
    match done {
        Ok(()) => Ok(see(&format!(
            "/parcels/{id}/pack?parcel={parcel}&done=saved"
        ))),
        Err(refused @ Refusal::Failed(_)) => {
            let told = Told::Bad(refused.sentence(&visit.texts));
            page(visit, id, Some(parcel), Some(told), fields).await
        }
        Err(other) => Err(other),
    }
}

/// `POST /parcels/{campaign}/pack/bind`
async fn bind(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let parcel = parcel_of(&fields)?;
    let letters: Vec<LetterNumber> = crate::web::inbox::ticked(&fields)?;
    let done = visit
        .site
        .ask(move |desk| desk.bind_letters(&actor, parcel, &letters, show::now()))
        .await;
    after(&visit, id, parcel, done, &fields).await
}

/// `POST /parcels/{campaign}/pack/take-out`
async fn take_out(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let parcel = parcel_of(&fields)?;
    let number = SheetNumber::parse(fields.get("sheet")).map_err(|_| Refusal::Malformed)?;
    let done = visit
        .site
        .ask(move |desk| desk.take_out(&actor, parcel, number.value(), show::now()))
        .await;
    after(&visit, id, parcel, done, &fields).await
}

/// `POST /parcels/{campaign}/pack/seal`: the second packer signs with a password; no session is left of it.
async fn seal(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let parcel = parcel_of(&fields)?;
    let Some(grams) = fields.number::<u32>("grams") else {
        let told = Told::Bad(visit.texts.say("settings-number-wrong"));
        return page(&visit, id, Some(parcel), Some(told), &fields).await;
    };
    let wish = fields.clone();
    let done = visit
        .site
        .ask(move |desk| {
            let sealing = Sealing {
                seal: wish.get("seal").to_owned(),
                grams,
                contents: wish.get("contents").replace("\r\n", "\n"),
            };
            second::with(desk, &wish, |second| {
                let second = second.ok_or(Error::Credentials)?;
                desk.seal_parcel(&actor, second, parcel, &sealing, show::now())
            })
        })
        .await;
    after(&visit, id, parcel, done, &fields).await
}

/// `POST /parcels/{campaign}/pack/family`
async fn family(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let parcel = parcel_of(&fields)?;
    let declined = fields.has("declined");
    let done = visit
        .site
        .ask(move |desk| desk.note_family(&actor, parcel, declined, show::now()))
        .await;
    after(&visit, id, parcel, done, &fields).await
}

/// `POST /parcels/{campaign}/pack/exception`
async fn exception(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let parcel = parcel_of(&fields)?;
    let what = EXCEPTIONS
        .into_iter()
        .find(|it| it.word() == fields.get("what"))
        .ok_or(Refusal::Malformed)?;
    let note = fields.get("note").to_owned();
    let done = visit
        .site
        .ask(move |desk| desk.note_exception(&actor, parcel, what, &note, show::now()))
        .await;
    if let Some(rounds) = visit.site.rounds() {
        rounds.poke();
    }
    after(&visit, id, parcel, done, &fields).await
}

/// `POST /parcels/{campaign}/pack/unseal`
async fn unseal(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let parcel = parcel_of(&fields)?;
    let done = visit
        .site
        .ask(move |desk| desk.unseal_parcel(&actor, parcel, show::now()))
        .await;
    after(&visit, id, parcel, done, &fields).await
}
