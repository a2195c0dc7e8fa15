//! One's own account: language, password, second factor, signing out.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_client::SecretString;
use tidings_protocol::language::Language;

use super::first_run::told;
use crate::{
    SecondFactor,
    web::{
        fields::Fields,
        refusal::Refusal,
        shell::{self, Field, Room},
        show,
        visit::{Visit, see},
    },
};

/// `GET /account`
pub(crate) async fn show(visit: Visit) -> Result<Response, Refusal> {
    page(&visit, None).await.map(IntoResponse::into_response)
}

async fn page(visit: &Visit, wrong: Option<&str>) -> Result<Markup, Refusal> {
    let t = &visit.texts;
    let actor = &visit.inside()?.actor;
    let asked = actor.clone();
    let has_code = visit
        .site
        .ask(move |desk| desk.has_second_factor(&asked))
        .await?;
    let title = t.say("account-title");
    Ok(visit.page(Room::Account, &title, html! {
        div.head {
            h1 { (title) }
            div.actions {
                form method="post" action="/sign-out" {
                    (visit.token_field())
                    button type="submit" { (t.say("account-sign-out")) }
                }
                form method="post" action="/lock-office" {
                    (visit.token_field())
                    button.grave type="submit" title=(t.say("lock-office-hint")) { (t.say("lock-office")) }
                }
            }
        }
        div.columns {
            section.box {
                h2 { (actor.name()) }
                p.sub {
                    @for (place, role) in actor.roles().iter().enumerate() {
                        @if place > 0 { ", " }
                        (t.say(&format!("role-{}", role.word())))
                    }
                }
                form method="post" action="/language" {
                    (visit.token_field())
                    input type="hidden" name="then" value="/account";
                    div.field {
                        label for="field-language" { (t.say("language")) }
                        select #field-language name="language" data-submits="" {
                            @for language in Language::ALL {
                                option value=(language.code()) lang=(language.code()) selected[language == t.language()] {
                                    (shell::own_name(language))
                                }
                            }
                        }
                    }
                    button type="submit" { (t.say("account-save")) }
                }
            }
            section.box {
                h2 { (t.say("account-password")) }
                (shell::wrong(wrong))
                form method="post" action="/account/password" {
                    (visit.token_field())
                    (Field {
                        name: "old", kind: "password", label: t.say("account-password-old"), required: true,
                        complete: "current-password", ..Field::default()
                    })
                    (Field {
                        name: "new", kind: "password", label: t.say("account-password-new"), required: true,
                        complete: "new-password", hint: Some(t.say("begin-password-hint")), ..Field::default()
                    })
                    (Field {
                        name: "again", kind: "password", label: t.say("begin-again"), required: true,
                        complete: "new-password", ..Field::default()
                    })
                    button type="submit" { (t.say("account-password-change")) }
                }
            }
            section.box {
                h2 { (t.say("account-code")) }
                p { (t.say("account-code-lead")) }
                @if has_code {
                    p { span.state.done { (t.say("operators-code-yes")) } }
                    p { a.button href="/account/second-factor" { (t.say("account-code-anew")) } }
                } @else {
                    p { a.button href="/account/second-factor" { (t.say("account-code-set-up")) } }
                }
            }
            section.box {
                h2 { (t.say("account-keys")) }
                dl.facts {
                    @for (key, meaning) in [
                        ("J / K", "account-key-rows"), ("Enter", "account-key-open"), ("X", "account-key-tick"),
                        ("/", "account-key-search"), ("⇧L", "account-key-lock"),
                    ] {
                        dt { kbd { (key) } }
                        dd { (t.say(meaning)) }
                    }
                }
            }
        }
    }))
}

/// `POST /account/password`
pub(crate) async fn change_password(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    if fields.get("new") != fields.get("again") {
        let sentence = visit.texts.say("begin-again-wrong");
        return Ok((
            StatusCode::UNPROCESSABLE_ENTITY,
            page(&visit, Some(&sentence)).await?,
        )
            .into_response());
    }
    let actor = visit.actor()?;
    let old = SecretString::from(fields.get("old").to_owned());
    let new = SecretString::from(fields.get("new").to_owned());
    let changed = visit
        .site
        .ask(move |desk| desk.change_password(&actor, &old, &new, show::now()))
        .await;
    match changed {
        Ok(()) => Ok(see("/account?done=password-changed")),
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = told(&visit, &refused);
            Ok((
                StatusCode::UNPROCESSABLE_ENTITY,
                page(&visit, Some(&sentence)).await?,
            )
                .into_response())
        }
        Err(other) => Err(other),
    }
}

/// `GET /account/second-factor`
pub(crate) async fn show_second_factor(visit: Visit, fields: Fields) -> Result<Markup, Refusal> {
    let t = &visit.texts;
    let title = t.say("account-code");
    Ok(visit.page(
        Room::Account,
        &title,
        html! {
            h1 { (title) }
            div.box {
                p { (t.say("code-lead")) }
                p { (t.say("code-apps")) }
                form method="post" action="/account/second-factor" {
                    (visit.token_field())
                    div.row {
                        button.main type="submit" { (t.say("code-begin")) }
                        @if fields.has("first") { a.button href="/" { (t.say("code-later")) } }
                    }
                }
            }
        },
    ))
}

/// `POST /account/second-factor`
pub(crate) async fn begin_second_factor(visit: Visit) -> Result<Markup, Refusal> {
    let actor = visit.actor()?;
    let factor = visit
        .site
        .ask(move |desk| desk.begin_second_factor(&actor, show::now()))
        .await?;
    Ok(prove_page(&visit, &factor, None))
}

/// `POST /account/second-factor/prove`
pub(crate) async fn prove_second_factor(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let code = fields.get("one-time").to_owned();
    let proven = visit
        .site
        .ask(move |desk| desk.prove_second_factor(&actor, &code, show::now()))
        .await;
    match proven {
        Ok(()) => Ok(see("/account?done=code-proven")),
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
