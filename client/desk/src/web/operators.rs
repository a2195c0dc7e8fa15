//! Operators as the head of the office sees them: who may sign in, and what they may do.

use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_client::SecretString;
use tidings_protocol::language::Language;

use super::{
    fields::Fields,
    refusal::Refusal,
    routes::{Need, Routes},
    shell::{self, Field, Room},
    show,
    texts::args,
    visit::{Visit, see},
};
use crate::{Action, Error, NewOperator, Operator, OperatorId, Role, Roles};

const NEED: Need = Need::May(&[Action::KeepOperators]);

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/operators", NEED, show)
        .post("/operators", NEED, add)
        .get("/operators/{id}", NEED, show_one)
        .post("/operators/{id}", NEED, change)
        .post("/operators/{id}/active", NEED, set_active)
        .post("/operators/{id}/reset", NEED, reset)
}

/// `GET /operators`
async fn show(visit: Visit) -> Result<Response, Refusal> {
    list(&visit, &Fields::default(), None).await
}

async fn list(visit: &Visit, kept: &Fields, wrong: Option<&str>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let operators = visit.site.ask(move |desk| desk.operators(&actor)).await?;
    let t = &visit.texts;
    let title = t.say("room-operators");
    let page = visit.page(Room::Operators, &title, html! {
        div.head { h1 { (title) } }
        div.box.scroll {
            table.fold {
                caption.unseen { (title) }
                thead {
                    tr {
                        th scope="col" { (t.say("operators-name")) }
                        th scope="col" { (t.say("begin-login")) }
                        th scope="col" { (t.say("operators-roles")) }
                        th scope="col" { (t.say("operators-code")) }
                        th scope="col" { (t.say("operators-state")) }
                    }
                }
                tbody {
                    @for it in &operators {
                        tr data-open="" {
                            td data-label=(t.say("operators-name")) {
                                a.whole href=(format!("/operators/{}", it.id.0)) { (it.name) }
                            }
                            td data-label=(t.say("begin-login")) { (it.login) }
                            td data-label=(t.say("operators-roles")) { (role_names(visit, it.roles)) }
                            td data-label=(t.say("operators-code")) {
                                @if it.second_factor { span.state.done { (t.say("operators-code-yes")) } }
                                @else { span.state.warn { (t.say("operators-code-no")) } }
                            }
                            td data-label=(t.say("operators-state")) { (standing(visit, it)) }
                        }
                    }
                }
            }
        }
        section.box {
            h2 { (t.say("operators-add")) }
            (shell::wrong(wrong))
            form method="post" action="/operators" data-keep="operator-new" {
                (visit.token_field())
                (Field {
                    name: "name", label: t.say("operators-name"), value: kept.get("name"), required: true, ..Field::default()
                })
                (Field {
                    name: "login", label: t.say("begin-login"), value: kept.get("login"), required: true,
                    hint: Some(t.say("begin-login-hint")), ..Field::default()
                })
                (Field {
                    name: "password", kind: "password", label: t.say("operators-password"), required: true,
                    hint: Some(t.say("operators-password-hint")), complete: "new-password", ..Field::default()
                })
                (language_field(visit, kept.get("language").parse().unwrap_or(t.language())))
                (role_boxes(visit, |role| kept.all("role").any(|word| word == role.word())))
                button.main type="submit" { (t.say("operators-add-submit")) }
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

fn role_names(visit: &Visit, roles: Roles) -> String {
    let names: Vec<String> = roles
        .iter()
        .map(|role| visit.texts.say(&format!("role-{}", role.word())))
        .collect();
    names.join(", ")
}

fn standing(visit: &Visit, it: &Operator) -> Markup {
    let t = &visit.texts;
    let paused = it.locked_until.filter(|until| *until > show::now());
    html! {
        @if !it.active { span.state.bad { (t.say("operators-inactive")) } }
        @else if let Some(until) = paused {
            span.state.wait { (t.with("operators-paused", args![time = t.clock(until)])) }
        } @else { span.state.done { (t.say("operators-active")) } }
    }
}

fn language_field(visit: &Visit, chosen: Language) -> Markup {
    html! {
        div.field {
            label for="field-language" { (visit.texts.say("language")) }
            select #field-language name="language" {
                @for language in Language::ALL {
                    option value=(language.code()) lang=(language.code()) selected[language == chosen] {
                        (shell::own_name(language))
                    }
                }
            }
        }
    }
}

fn role_boxes(visit: &Visit, ticked: impl Fn(Role) -> bool) -> Markup {
    let t = &visit.texts;
    html! {
        fieldset {
            legend { (t.say("operators-roles")) }
            @for role in Role::ALL {
                div {
                    label.inline {
                        input type="checkbox" name="role" value=(role.word()) checked[ticked(role)];
                        span {
                            (t.say(&format!("role-{}", role.word())))
                            span.sub.small { " — " (t.say(&format!("role-{}-may", role.word()))) }
                        }
                    }
                }
            }
        }
    }
}

fn roles_of(fields: &Fields) -> Roles {
    Roles::of(&fields.all("role").filter_map(Role::of).collect::<Vec<_>>())
}

fn language_of(fields: &Fields) -> Result<Language, Refusal> {
    fields
        .get("language")
        .parse()
        .map_err(|_| Refusal::Malformed)
}

/// `POST /operators`
async fn add(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let new = NewOperator {
        login: fields.get("login").to_owned(),
        name: fields.get("name").to_owned(),
        language: language_of(&fields)?,
        roles: roles_of(&fields),
        password: SecretString::from(fields.get("password").to_owned()),
    };
    if new.roles == Roles::default() {
        let sentence = visit.texts.say("operators-no-role");
        return list(&visit, &fields, Some(&sentence)).await;
    }
    let actor = visit.actor()?;
    let added = visit
        .site
        .ask(move |desk| desk.add_operator(&actor, &new, show::now()))
        .await;
    match added {
        Ok(_) => Ok(see("/operators?done=operator-added")),
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = refused.sentence(&visit.texts);
            list(&visit, &fields, Some(&sentence)).await
        }
        Err(other) => Err(other),
    }
}

/// `GET /operators/{id}`
async fn show_one(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    one(&visit, OperatorId(id), None).await
}

async fn one(visit: &Visit, id: OperatorId, wrong: Option<&str>) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let it = visit
        .site
        .ask(move |desk| {
            let found = desk.operators(&actor)?.into_iter().find(|it| it.id == id);
            found.ok_or(Error::NotFound {
                what: "operator",
                number: id.0,
            })
        })
        .await?;
    let t = &visit.texts;
    let number = id.0;
    let page = visit.page(Room::Operators, &it.name, html! {
        div.head {
            h1 { (it.name) }
            (standing(visit, &it))
        }
        p { a href="/operators" { "← " (t.say("room-operators")) } }
        (shell::wrong(wrong))
        div.columns {
            section.box {
                h2 { (t.say("operators-roles")) }
                form method="post" action=(format!("/operators/{number}")) data-keep=(format!("operator-{number}")) {
                    (visit.token_field())
                    (Field { name: "name", label: t.say("operators-name"), value: &it.name, required: true, ..Field::default() })
                    (language_field(visit, it.language))
                    (role_boxes(visit, |role| it.roles.has(role)))
                    button.main type="submit" { (t.say("account-save")) }
                }
            }
            div {
                section.box {
                    h2 { (t.say("operators-reset")) }
                    p.sub { (t.say("operators-reset-lead")) }
                    form method="post" action=(format!("/operators/{number}/reset")) {
                        (visit.token_field())
                        (Field {
                            name: "password", kind: "password", label: t.say("operators-password"), required: true,
                            hint: Some(t.say("operators-password-hint")), complete: "new-password", ..Field::default()
                        })
                        button type="submit" { (t.say("operators-reset-submit")) }
                    }
                }
                section.box {
                    h2 { (t.say("operators-state")) }
                    form method="post" action=(format!("/operators/{number}/active")) {
                        (visit.token_field())
                        @if it.active {
                            p.sub { (t.say("operators-disable-lead")) }
                            button.grave type="submit" name="active" value="no" { (t.say("operators-disable")) }
                        } @else {
                            button type="submit" name="active" value="yes" { (t.say("operators-enable")) }
                        }
                    }
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

/// What the domain said to a form about one operator.
async fn after(
    visit: &Visit,
    id: OperatorId,
    done: Result<(), Refusal>,
    word: &str,
) -> Result<Response, Refusal> {
    match done {
        Ok(()) => Ok(see(&format!("/operators/{}?done={word}", id.0))),
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = refused.sentence(&visit.texts);
            one(visit, id, Some(&sentence)).await
        }
        Err(other) => Err(other),
    }
}

/// `POST /operators/{id}`
async fn change(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let id = OperatorId(id);
    let actor = visit.actor()?;
    let (language, roles) = (language_of(&fields)?, roles_of(&fields));
    let name = fields.get("name").to_owned();
    let done = visit
        .site
        .ask(move |desk| desk.change_operator(&actor, id, &name, language, roles, show::now()))
        .await;
    after(&visit, id, done, "saved").await
}

/// `POST /operators/{id}/active`
async fn set_active(
    visit: Visit,
    Path(id): Path<u64>,
    fields: Fields,
) -> Result<Response, Refusal> {
    let id = OperatorId(id);
    let actor = visit.actor()?;
    let active = fields.get("active") == "yes";
    let done = visit
        .site
        .ask(move |desk| desk.set_operator_active(&actor, id, active, show::now()))
        .await;
    visit.site.forget_all();
    after(&visit, id, done, "saved").await
}

/// `POST /operators/{id}/reset`
async fn reset(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let id = OperatorId(id);
    let actor = visit.actor()?;
    let password = SecretString::from(fields.get("password").to_owned());
    let done = visit
        .site
        .ask(move |desk| desk.reset_operator(&actor, id, &password, show::now()))
        .await;
    visit.site.forget_all();
    after(&visit, id, done, "saved").await
}
