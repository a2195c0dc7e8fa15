//! One's own account: language, password, signing out.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_client::SecretString;
use tidings_protocol::language::Language;

use super::{first_run::told, second_factor};
use crate::web::{
    fields::Fields,
    refusal::Refusal,
    shell::{self, Field, Room},
    show,
    visit::{Visit, see},
};

/// `GET /account`
pub(crate) async fn show(visit: Visit) -> Result<Response, Refusal> {
    page(&visit, None).await.map(IntoResponse::into_response)
}

async fn page(visit: &Visit, wrong: Option<&str>) -> Result<Markup, Refusal> {
    let t = &visit.texts;
    let actor = &visit.inside()?.actor;
    let asked = actor.clone();
    let (has_code, codes_left) = visit
        .site
        .ask(move |desk| {
            Ok((
                desk.has_second_factor(&asked)?,
                desk.recovery_codes_left(&asked)?,
            ))
        })
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
            (second_factor::summary(visit, has_code, codes_left))
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
