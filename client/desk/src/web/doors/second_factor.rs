//! The second factor of one's own account: the telephone is shown its key and proves that it has it; recovery codes are shown
//! once, to be written down. Where the office insists on it, this is the first page of an operator (DESK-39).

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};

use crate::{
    RecoveryCodes, SecondFactor,
    web::{
        fields::Fields,
        refusal::Refusal,
        shell::{self, Field, Room},
        show,
        visit::Visit,
    },
};

/// Fewer codes than this are told as few.
const FEW: u64 = 3;

/// What the own account says about it.
pub(super) fn summary(visit: &Visit, has_code: bool, codes_left: u64) -> Markup {
    let t = &visit.texts;
    html! {
        section.box {
            h2 { (t.say("account-code")) }
            p { (t.say("account-code-lead")) }
            @if has_code {
                p { span.state.done { (t.say("operators-code-yes")) } }
                p { a.button href="/account/second-factor" { (t.say("account-code-anew")) } }
                h3 { (t.say("recovery-title")) }
                p { span.state.(if codes_left < FEW { "warn" } else { "done" }) { (t.count("recovery-left", codes_left)) } }
                details {
                    summary { (t.say("recovery-anew")) }
                    (renew_form(visit, None))
                }
            } @else {
                p { a.button href="/account/second-factor" { (t.say("account-code-set-up")) } }
            }
        }
    }
}

fn renew_form(visit: &Visit, wrong: Option<String>) -> Markup {
    let t = &visit.texts;
    html! {
        form method="post" action="/account/recovery" {
            (visit.token_field())
            p.sub.small { (t.say("recovery-anew-hint")) }
            (Field {
                name: "one-time", label: t.say("code-field"), required: true, digits: true, complete: "one-time-code", wrong,
                ..Field::default()
            })
            button type="submit" { (t.say("recovery-anew-submit")) }
        }
    }
}

/// `GET /account/second-factor`
pub(crate) async fn show(visit: Visit, fields: Fields) -> Result<Markup, Refusal> {
    let t = &visit.texts;
    let must = visit.inside()?.actor.second_factor_missing();
    let title = t.say("account-code");
    Ok(visit.page(
        Room::Account,
        &title,
        html! {
            h1 { (title) }
            @if must { div.notice.warn role="status" { p { (t.say("code-must")) } } }
            div.box {
                p { (t.say("code-lead")) }
                p { (t.say("code-apps")) }
                form method="post" action="/account/second-factor" {
                    (visit.token_field())
                    div.row {
                        button.main type="submit" { (t.say("code-begin")) }
                        @if fields.has("first") && !must { a.button href="/" { (t.say("code-later")) } }
                    }
                }
            }
        },
    ))
}

/// `POST /account/second-factor`
pub(crate) async fn begin(visit: Visit) -> Result<Markup, Refusal> {
    let actor = visit.actor()?;
    let factor = visit
        .site
        .ask(move |desk| desk.begin_second_factor(&actor, show::now()))
        .await?;
    Ok(prove_page(&visit, &factor, None))
}

/// `POST /account/second-factor/prove`: the recovery codes are on the page that answers, and nowhere else.
pub(crate) async fn prove(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let code = fields.get("one-time").to_owned();
    let proven = visit
        .site
        .ask(move |desk| desk.prove_second_factor(&actor, &code, show::now()))
        .await;
    match proven {
        Ok(codes) => Ok(codes_page(&visit, &codes, "done-code-proven").into_response()),
        Err(Refusal::Failed(_)) => {
            // What the telephone was shown goes on: nothing has to be scanned again because of a slip.
            let factor = SecondFactor {
                base32: fields.get("base32").to_owned(),
                uri: fields.get("uri").to_owned(),
            };
            let sentence = visit.texts.say("code-wrong");
            let page = prove_page(&visit, &factor, Some(&sentence));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(other) => Err(other),
    }
}

/// `POST /account/recovery`
pub(crate) async fn renew(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let code = fields.get("one-time").to_owned();
    let renewed = visit
        .site
        .ask(move |desk| desk.renew_recovery_codes(&actor, &code, show::now()))
        .await;
    match renewed {
        Ok(codes) => Ok(codes_page(&visit, &codes, "done-recovery-given").into_response()),
        Err(refused @ Refusal::Failed(_)) => {
            let title = visit.texts.say("recovery-title");
            let sentence = refused.sentence(&visit.texts);
            let page = visit.page(
                Room::Account,
                &title,
                html! {
                    p { a href="/account" { "← " (visit.texts.say("account-title")) } }
                    h1 { (title) }
                    div.box { (renew_form(&visit, Some(sentence))) }
                },
            );
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(other) => Err(other),
    }
}

fn prove_page(visit: &Visit, factor: &SecondFactor, wrong: Option<&str>) -> Markup {
    let t = &visit.texts;
    let title = t.say("account-code");
    let spaced: Vec<String> = factor
        .base32
        .as_bytes()
        .chunks(4)
        .map(|four| String::from_utf8_lossy(four).into_owned())
        .collect();
    visit.page(Room::Account, &title, html! {
        h1 { (title) }
        div.box {
            ol {
                li { (t.say("code-step-scan")) }
                li { (t.say("code-step-type")) }
            }
            div.row.middle {
                (shell::qr(&factor.uri, &t.say("code-qr-label")))
                div {
                    p { (t.say("code-by-hand")) }
                    p { code #seed { (spaced.join(" ")) } }
                }
            }
            form method="post" action="/account/second-factor/prove" {
                (visit.token_field())
                input type="hidden" name="uri" value=(factor.uri);
                input type="hidden" name="base32" value=(factor.base32);
                (Field {
                    name: "one-time", label: t.say("code-field"), required: true, focus: true, digits: true,
                    complete: "one-time-code", wrong: wrong.map(str::to_owned), ..Field::default()
                })
                button.main type="submit" { (t.say("code-prove")) }
            }
        }
    })
}

fn codes_page(visit: &Visit, codes: &RecoveryCodes, done: &str) -> Markup {
    let t = &visit.texts;
    let title = t.say("recovery-title");
    visit.page(
        Room::Account,
        &title,
        html! {
            h1 { (title) }
            div.notice.good role="status" { p { (t.say(done)) } }
            div.box {
                p { (t.say("recovery-lead")) }
                ol.codes #recovery { @for code in codes.expose() { li { code { (code) } } } }
                p { strong { (t.say("recovery-once")) } }
                p { a.button.main href="/" { (t.say("recovery-written")) } }
            }
        },
    )
}
