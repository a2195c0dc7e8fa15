//! Parcels: campaigns and their lists, counts, handovers, manifests. Packing has a page of its own.

mod check;
mod list;
mod packing;
pub(super) mod papers;

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_protocol::{language::Language, letter::ParcelState, time::UnixTime};

use super::{
    card::saved,
    fields::Fields,
    refusal::Refusal,
    routes::{Need, Routes},
    shell::{self, Field, Room},
    show,
    texts::{Texts, args},
    visit::{Visit, see},
};
use crate::{Action, Campaign, Count, Desk, Error, ManifestWords, Parcel, Stage};

/// Parcels are seen by all who plan, pack or follow them; the domain's own permission for looking is that of tracking.
const SEE: Need = Need::May(&[Action::Track]);
const PLAN: Need = Need::May(&[Action::PlanCampaign]);
/// Parcels on one page.
const PAGE: u32 = 100;

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/parcels", SEE, show)
        .post("/parcels", PLAN, make)
        .get("/parcels/{campaign}", SEE, show_one)
        .post("/parcels/{campaign}/close", PLAN, close)
        .post("/parcels/{campaign}/count", SEE, count)
        .post("/parcels/{campaign}/hand-over", SEE, hand_over)
        .get("/parcels/{campaign}/manifest", SEE, manifest)
        .room(check::routes)
        .room(list::routes)
        .room(packing::routes)
        .room(papers::routes)
}

/// `GET /parcels`
async fn show(visit: Visit) -> Result<Response, Refusal> {
    campaigns(&visit, &Fields::default(), None).await
}

async fn campaigns(visit: &Visit, kept: &Fields, wrong: Option<&str>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let (campaigns, routes) = visit
        .site
        .ask(move |desk| Ok((desk.campaigns(&actor)?, desk.routes(&actor)?)))
        .await?;
    let t = &visit.texts;
    let title = t.say("room-parcels");
    let page = visit.page(Room::Parcels, &title, html! {
        div.head {
            h1 { (title) }
            div.actions { a.button href="/parcels/check" { (t.say("check-title")) } }
        }
        @if campaigns.is_empty() {
            div.box.empty {
                h2 { (t.say("parcels-empty")) }
                p { (t.say("parcels-empty-hint")) }
            }
        } @else {
            div.box.scroll {
                table.fold {
                    caption.unseen { (t.say("parcels-campaigns")) }
                    thead {
                        tr {
                            th scope="col" { (t.say("parcels-campaign")) }
                            th.number scope="col" { (t.say("room-parcels")) }
                            th.number scope="col" { (t.say("parcels-sealed")) }
                            th scope="col" { (t.say("print-made")) }
                            th scope="col" { (t.say("inbox-column-state")) }
                        }
                    }
                    tbody {
                        @for it in &campaigns {
                            tr data-open="" {
                                td data-label=(t.say("parcels-campaign")) { a.whole href=(format!("/parcels/{}", it.id)) { (it.name) } }
                                td.number data-label=(t.say("room-parcels")) { (t.number(total(it))) }
                                td.number data-label=(t.say("parcels-sealed")) { (t.number(sealed(it))) }
                                td data-label=(t.say("print-made")) { (t.day(it.made)) }
                                td data-label=(t.say("inbox-column-state")) {
                                    @if it.closed.is_some() { span.state.wait { (t.say("parcels-closed")) } }
                                    @else { span.state.half { (t.say("parcels-open")) } }
                                }
                            }
                        }
                    }
                }
            }
        }
        @if visit.may(Action::PlanCampaign) {
            section.box {
                h2 { (t.say("parcels-new")) }
                form method="post" action="/parcels" data-keep="campaign-new" {
                    (visit.token_field())
                    (Field {
                        name: "name", label: t.say("parcels-name"), value: kept.get("name"), required: true,
                        hint: Some(t.say("parcels-name-hint")), wrong: wrong.map(str::to_owned), ..Field::default()
                    })
                    @if !routes.is_empty() {
                        div.field {
                            label for="field-route" { (t.say("review-route")) }
                            select #field-route name="route" {
                                option value="" { (t.say("review-no-route")) }
                                @for route in &routes { option value=(route.id) { (route.name) } }
                            }
                        }
                    }
                    button.main type="submit" { (t.say("parcels-make")) }
                }
            }
        }
    });
    let status = if wrong.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, page).into_response())
}

fn total(campaign: &Campaign) -> u64 {
    campaign.parcels.iter().map(|(_, count)| count).sum()
}

/// Parcels that were sealed at some time.
fn sealed(campaign: &Campaign) -> u64 {
    let is_open = |state: ParcelState| {
        matches!(
            state,
            ParcelState::Listed
                | ParcelState::FamilyInvited
                | ParcelState::LetterIn
                | ParcelState::FamilyDeclined
                | ParcelState::Packed
        )
    };
    campaign
        .parcels
        .iter()
        .filter(|(state, _)| !is_open(*state))
        .map(|(_, count)| count)
        .sum()
}

/// `POST /parcels`
async fn make(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let name = fields.get("name").to_owned();
    let route = fields.number("route");
    let made = visit
        .site
        .ask(move |desk| desk.make_campaign(&actor, &name, route, show::now()))
        .await;
    match made {
        Ok(id) => Ok(see(&format!("/parcels/{id}"))),
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = refused.sentence(&visit.texts);
            campaigns(&visit, &fields, Some(&sentence)).await
        }
        Err(other) => Err(other),
    }
}

/// The campaign of this number.
pub(super) async fn campaign(visit: &Visit, id: u64) -> Result<Campaign, Refusal> {
    let actor = visit.actor()?;
    let all = visit.site.ask(move |desk| desk.campaigns(&actor)).await?;
    all.into_iter()
        .find(|it| it.id == id)
        .ok_or(Refusal::NotFound)
}

/// `GET /parcels/{campaign}`
async fn show_one(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    one(&visit, id, &fields, None).await
}

async fn one(
    visit: &Visit,
    id: u64,
    fields: &Fields,
    wrong: Option<&str>,
) -> Result<Response, Refusal> {
    let it = campaign(visit, id).await?;
    let actor = visit.actor()?;
    let wanted: Option<ParcelState> = fields.get("state").parse().ok();
    let after = fields.number("after").unwrap_or(0);
    let (parcels, counts) = visit
        .site
        .ask(move |desk| {
            Ok((
                desk.parcels(&actor, id, wanted, after, PAGE)?,
                desk.counts(&actor, id)?,
            ))
        })
        .await?;
    let t = &visit.texts;
    let page = visit.page(Room::Parcels, &it.name, html! {
        p { a href="/parcels" { "← " (t.say("room-parcels")) } }
        div.head {
            h1 { (it.name) }
            div.actions {
                @if visit.may(Action::Pack) {
                    a.button.main href=(format!("/parcels/{id}/pack")) data-key="p" {
                        (t.say("parcels-pack")) " " kbd aria-hidden="true" { "P" }
                    }
                }
                @if visit.may(Action::PlanCampaign) && it.closed.is_none() {
                    a.button href=(format!("/parcels/{id}/list")) { (t.say("parcels-list")) }
                }
                @if total(&it) > 0 {
                    a.button href=(format!("/parcels/{id}/labels.pdf")) target="_blank" rel="noopener" { (t.say("parcels-labels")) }
                }
                @if sealed(&it) > 0 {
                    a.button href=(format!("/parcels/{id}/manifest.pdf")) target="_blank" rel="noopener" { (t.say("parcels-manifest-pdf")) }
                    a.button href=(format!("/parcels/{id}/manifest")) download="manifest.csv" { (t.say("parcels-manifest")) }
                }
            }
        }
        (shell::wrong(wrong))
        ul.drawers {
            li { a href=(format!("/parcels/{id}")) aria-current=[wanted.is_none().then_some("page")] {
                (t.say("inbox-drawer-all")) " " span.count { (t.number(total(&it))) }
            } }
            @for (state, count) in it.parcels.iter().filter(|(_, count)| *count > 0) {
                li { a href=(format!("/parcels/{id}?state={}", state.word())) aria-current=[(wanted == Some(*state)).then_some("page")] {
                    (t.say(&format!("parcel-{}", state.word()))) " " span.count { (t.number(*count)) }
                } }
            }
        }
        @if parcels.is_empty() {
            div.box.empty {
                h2 { (t.say("parcels-none")) }
                @if visit.may(Action::PlanCampaign) && total(&it) == 0 {
                    p { (t.say("parcels-none-hint")) }
                    p { a.button.main href=(format!("/parcels/{id}/list")) { (t.say("parcels-list")) } }
                }
            }
        } @else {
            (table(visit, id, &parcels, fields))
        }
        (counting(visit, id, &counts))
        @if visit.may(Action::PlanCampaign) && it.closed.is_none() {
            form method="post" action=(format!("/parcels/{id}/close")) {
                (visit.token_field())
                button type="submit" { (t.say("parcels-close")) }
            }
        }
    });
    let status = if wrong.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, page).into_response())
}

fn table(visit: &Visit, id: u64, parcels: &[Parcel], fields: &Fields) -> Markup {
    let t = &visit.texts;
    html! {
        form method="post" action=(format!("/parcels/{id}/hand-over")) {
            (visit.token_field())
            div.bulk {
                span { (t.say("inbox-ticked")) ": " strong data-ticked="" { "0" } }
                label.unseen for="field-stage" { (t.say("parcels-stage")) }
                select #field-stage name="stage" {
                    @for stage in Stage::ALL { option value=(stage.state().word()) { (t.say(&format!("parcel-{}", stage.state().word()))) } }
                }
                button type="submit" data-bulk="" { (t.say("inbox-record")) }
            }
            div.scroll {
                table.fold {
                    caption.unseen { (t.say("room-parcels")) }
                    thead {
                        tr {
                            th.tick-cell scope="col" { input type="checkbox" data-all="" aria-label=(t.say("inbox-tick-all")); }
                            th scope="col" { (t.say("parcels-code")) }
                            th scope="col" { (t.say("parcels-person")) }
                            th.number scope="col" { (t.say("room-letters")) }
                            th scope="col" { (t.say("parcels-seal")) }
                            th scope="col" { (t.say("inbox-column-state")) }
                        }
                    }
                    tbody { @for parcel in parcels { (line(t, id, parcel)) } }
                }
            }
        }
        div.pager {
            span {}
            @if let Some(last) = parcels.last().filter(|_| parcels.len() == PAGE as usize) {
                a.button rel="next" data-key="n" href=(format!("/parcels/{id}?{}", fields.query_with("after", &last.id.to_string()))) {
                    (t.say("inbox-next-page")) " " kbd aria-hidden="true" { "N" }
                }
            }
        }
    }
}

fn line(t: &Texts, campaign: u64, parcel: &Parcel) -> Markup {
    html! {
        tr data-open="" {
            td.tick-cell {
                input type="checkbox" name="letter" value=(parcel.id) aria-label=(t.with("parcels-tick", args![code = parcel.code.clone()]));
            }
            td data-label=(t.say("parcels-code")) {
                a.whole href=(format!("/parcels/{campaign}/pack?parcel={}", parcel.id)) { (parcel.code) }
            }
            td data-label=(t.say("parcels-person")) {
                (parcel.name)
                @if let Some(born) = &parcel.born { span.sub { ", " (born) } }
            }
            td.number data-label=(t.say("room-letters")) { (parcel.packed) " / " (parcel.letters) }
            td data-label=(t.say("parcels-seal")) { @if let Some(seal) = &parcel.seal { code { (seal) } } }
            td data-label=(t.say("inbox-column-state")) { (state(t, parcel.state)) }
        }
    }
}

/// A parcel's state by word and shape.
pub(super) fn state(t: &Texts, state: ParcelState) -> Markup {
    let shape = match state {
        ParcelState::Listed => "new",
        ParcelState::FamilyInvited | ParcelState::LetterIn | ParcelState::Packed => "half",
        ParcelState::FamilyDeclined => "wait",
        ParcelState::Short | ParcelState::Opened => "warn",
        ParcelState::Confiscated => "bad",
        _ => "done",
    };
    html! { span.state.(shape) { (t.say(&format!("parcel-{}", state.word()))) } }
}

fn counting(visit: &Visit, id: u64, counts: &[Count]) -> Markup {
    let t = &visit.texts;
    html! {
        section.box {
            h2 { (t.say("parcels-counts")) }
            @if !counts.is_empty() {
                div.scroll {
                    table.fold {
                        caption.unseen { (t.say("parcels-counts")) }
                        thead {
                            tr {
                                th scope="col" { (t.say("audit-when")) }
                                th scope="col" { (t.say("parcels-stage")) }
                                th scope="col" { (t.say("parcels-counted-by")) }
                                th.number scope="col" { (t.say("parcels-counted")) }
                                th.number scope="col" { (t.say("parcels-expected")) }
                                th scope="col" { (t.say("parcels-result")) }
                            }
                        }
                        tbody {
                            @for it in counts {
                                tr {
                                    td data-label=(t.say("audit-when")) { (t.moment(it.at)) }
                                    td data-label=(t.say("parcels-stage")) { (t.say(&format!("parcel-{}", it.stage.state().word()))) }
                                    td data-label=(t.say("parcels-counted-by")) {
                                        (t.say(if it.theirs { "parcels-theirs" } else { "parcels-ours" }))
                                    }
                                    td.number data-label=(t.say("parcels-counted")) { (it.counted) }
                                    td.number data-label=(t.say("parcels-expected")) { (it.expected) }
                                    td data-label=(t.say("parcels-result")) {
                                        @if it.agrees() { span.state.done { (t.say("parcels-agrees")) } }
                                        @else { span.state.bad { (t.say("parcels-differs")) } }
                                        @if let Some(note) = &it.note { " " span.sub { (note) } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            form.row method="post" action=(format!("/parcels/{id}/count")) {
                (visit.token_field())
                div.field {
                    label for="field-count-stage" { (t.say("parcels-stage")) }
                    select #field-count-stage name="stage" {
                        @for stage in Stage::ALL { option value=(stage.state().word()) { (t.say(&format!("parcel-{}", stage.state().word()))) } }
                    }
                }
                div.field {
                    label for="field-theirs" { (t.say("parcels-counted-by")) }
                    select #field-theirs name="theirs" {
                        option value="" { (t.say("parcels-ours")) }
                        option value="yes" { (t.say("parcels-theirs")) }
                    }
                }
                (Field { name: "counted", label: t.say("parcels-counted"), required: true, digits: true, ..Field::default() })
                (Field { name: "note", label: t.say("parcels-note"), ..Field::default() })
                button type="submit" { (t.say("inbox-record")) }
            }
        }
    }
}

fn stage(fields: &Fields) -> Result<Stage, Refusal> {
    Stage::ALL
        .into_iter()
        .find(|stage| stage.state().word() == fields.get("stage"))
        .ok_or(Refusal::Malformed)
}

/// What the domain said to a form of a campaign.
async fn after(visit: &Visit, id: u64, done: Result<(), Refusal>) -> Result<Response, Refusal> {
    match done {
        Ok(()) => Ok(see(&format!("/parcels/{id}?done=saved"))),
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = refused.sentence(&visit.texts);
            one(visit, id, &Fields::default(), Some(&sentence)).await
        }
        Err(other) => Err(other),
    }
}

/// `POST /parcels/{campaign}/close`
async fn close(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let done = visit
        .site
        .ask(move |desk| desk.close_campaign(&actor, id, show::now()))
        .await;
    after(&visit, id, done).await
}

/// `POST /parcels/{campaign}/count`
async fn count(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let stage = stage(&fields)?;
    let Some(counted) = fields.number::<u32>("counted") else {
        let sentence = visit.texts.say("settings-number-wrong");
        return one(&visit, id, &fields, Some(&sentence)).await;
    };
    let (theirs, note) = (
        fields.has("theirs") && fields.some("theirs").is_some(),
        fields.get("note").to_owned(),
    );
    let done = visit
        .site
        .ask(move |desk| {
            desk.note_count(&actor, id, (stage, theirs), counted, &note, show::now())
                .map(drop)
        })
        .await;
    after(&visit, id, done).await
}

/// `POST /parcels/{campaign}/hand-over`
async fn hand_over(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let stage = stage(&fields)?;
    let parcels: Vec<u64> = fields
        .all("letter")
        .filter_map(|id| id.parse().ok())
        .collect();
    let done = visit
        .site
        .ask(move |desk| desk.hand_over(&actor, &parcels, stage, show::now()))
        .await;
    if let Some(rounds) = visit.site.rounds() {
        rounds.poke();
    }
    after(&visit, id, done).await
}

/// `GET /parcels/{campaign}/manifest`: CSV, its signature in two lines of remark at the end.
async fn manifest(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let manifest = visit
        .site
        .ask(move |desk| desk.manifest(&actor, id, manifest_words(desk)?, show::now()))
        .await?;
    Ok(saved(
        manifest.signed_csv().into_bytes(),
        "text/csv; charset=utf-8",
        &format!("manifest-{id}.csv"),
    ))
}

/// The words of a manifest, in the office's language, whoever draws it up.
fn manifest_words(desk: &Desk) -> Result<impl FnOnce(UnixTime) -> ManifestWords + use<>, Error> {
    let languages = desk.settings()?.languages;
    let t = Texts::of(languages.first().copied().unwrap_or(Language::Ukrainian));
    Ok(move |since| ManifestWords {
        campaign: t.say("parcels-manifest-campaign"),
        heads: [
            "parcels-code",
            "parcels-seal",
            "pack-grams",
            "pack-contents",
            "pack-letters",
            "parcels-manifest-packer",
            "parcels-manifest-second",
        ]
        .map(|head| t.say(head)),
        time: t.moment(since),
    })
}
