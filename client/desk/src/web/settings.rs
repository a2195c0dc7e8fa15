//! Settings of the office, and the routes of its letters.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_client::SecretString;
use tidings_protocol::language::Language;

use super::{
    fields::Fields,
    inbox::language_name,
    refusal::Refusal,
    routes::{Need, Routes},
    shell::{self, Field, Room},
    show,
    visit::{Visit, see},
};
use crate::{Action, Route, Settings};

const NEED: Need = Need::May(&[Action::ChangeSettings]);

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/settings", NEED, show)
        .post("/settings", NEED, change)
        .post("/settings/route", NEED, save_route)
        .post("/settings/compartment", NEED, compartment)
}

/// What the pages of the settings have in common above them.
pub(crate) fn drawers(visit: &Visit, current: &str) -> Markup {
    let t = &visit.texts;
    let pages = [
        ("/settings", "settings-office", Action::ChangeSettings),
        ("/settings/network", "network-title", Action::ChangeSettings),
        ("/settings/keeping", "keeping-title", Action::ChangeSettings),
        ("/settings/notes", "notes-title", Action::EditTemplates),
        ("/settings/backup", "backup-title", Action::BackUp),
    ];
    html! {
        nav aria-label=(t.say("room-settings")) {
            ul.drawers {
                @for (path, name, action) in pages {
                    @if visit.may(action) {
                        li { a href=(path) aria-current=[(path == current).then_some("page")] { (t.say(name)) } }
                    }
                }
            }
        }
    }
}

/// `GET /settings`
async fn show(visit: Visit) -> Result<Response, Refusal> {
    page(&visit, None, None).await
}

async fn page(
    visit: &Visit,
    wrong: Option<&str>,
    kept: Option<&Fields>,
) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let (settings, routes, has_passphrase) = visit
        .site
        .ask(move |desk| {
            Ok((
                desk.settings()?,
                desk.routes(&actor)?,
                desk.compartment_has_passphrase(),
            ))
        })
        .await?;
    let t = &visit.texts;
    let title = t.say("room-settings");
    // What was typed stands before what is stored.
    let value = |name: &str, stored: String| match kept {
        Some(kept) if kept.has(name) => kept.get(name).to_owned(),
        _ => stored,
    };
    let minutes = value("idle", (settings.idle_seconds / 60).max(1).to_string());
    let name = value("name", settings.name.clone());
    let page = visit.page(Room::Settings, &title, html! {
        div.head { h1 { (title) } }
        (drawers(visit, "/settings"))
        (shell::wrong(wrong))
        form method="post" action="/settings" data-keep="settings" {
            (visit.token_field())
            div.columns {
                section.box {
                    h2 { (t.say("settings-office")) }
                    (Field {
                        name: "name", label: t.say("begin-office"), value: &name, required: true,
                        hint: Some(t.say("settings-name-hint")), ..Field::default()
                    })
                    div.field {
                        label for="field-address" { (t.say("settings-address")) }
                        textarea #field-address name="address" rows="4" aria-describedby="address-hint" {
                            (value("address", settings.address.clone()))
                        }
                        p.hint #address-hint { (t.say("settings-address-hint")) }
                    }
                }
                section.box {
                    h2 { (t.say("settings-safety")) }
                    (Field { name: "idle", label: t.say("settings-idle"), value: &minutes, digits: true, ..Field::default() })
                    div.field {
                        label.inline {
                            input type="checkbox" name="codes" value="yes" checked[settings.second_factor_required];
                            span { (t.say("settings-codes")) }
                        }
                        p.hint { (t.say("settings-codes-hint")) }
                    }
                    div.field {
                        label.inline {
                            input type="checkbox" name="hold" value="yes" checked[settings.hold_until_confirmed];
                            span { (t.say("settings-hold")) }
                        }
                        p.hint { (t.say("settings-hold-hint")) }
                    }
                }
            }
            p { button.main type="submit" { (t.say("account-save")) } }
        }
        section.box {
            h2 { (t.say("settings-routes")) }
            p.sub { (t.say("settings-routes-lead")) }
            @for route in &routes { (route_form(visit, route)) }
            (route_form(visit, &Route {
                id: 0, name: String::new(), languages: Vec::new(), lines: None, pictures: None, dated: true, open: true,
            }))
        }
        (compartment_form(visit, has_passphrase))
    });
    let status = if wrong.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, page).into_response())
}

fn compartment_form(visit: &Visit, has_passphrase: bool) -> Markup {
    let t = &visit.texts;
    html! {
        section.box {
            h2 { (t.say("settings-compartment")) }
            p.sub { (t.say("settings-compartment-lead")) }
            p {
                @if has_passphrase { span.state.done { (t.say("settings-compartment-set")) } }
                @else { span.state.warn { (t.say("settings-compartment-unset")) } }
            }
            form method="post" action="/settings/compartment" {
                (visit.token_field())
                @if has_passphrase {
                    (Field { name: "old", kind: "password", label: t.say("settings-compartment-old"), required: true, ..Field::default() })
                }
                (Field {
                    name: "new", kind: "password", label: t.say("settings-compartment-new"), required: true,
                    complete: "new-password", ..Field::default()
                })
                (Field {
                    name: "again", kind: "password", label: t.say("settings-compartment-again"), required: true,
                    complete: "new-password", ..Field::default()
                })
                button type="submit" { (t.say("account-save")) }
            }
        }
    }
}

/// `POST /settings/compartment`
async fn compartment(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let wrong = if fields.get("new") != fields.get("again") {
        Some("start-passphrase-differs")
    } else if fields.some("new").is_none() {
        Some("begin-needed")
    } else {
        None
    };
    if let Some(wrong) = wrong {
        let sentence = visit.texts.say(wrong);
        return page(&visit, Some(&sentence), None).await;
    }
    let secret = |name: &str| {
        fields
            .some(name)
            .map(|text| SecretString::from(text.to_owned()))
    };
    let (old, new) = (secret("old"), secret("new").unwrap_or_default());
    let actor = visit.actor()?;
    let set = visit
        .site
        .ask(move |desk| desk.set_compartment_passphrase(&actor, old.as_ref(), &new, show::now()))
        .await;
    match set {
        Ok(()) => Ok(see("/settings?done=saved")),
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = refused.sentence(&visit.texts);
            page(&visit, Some(&sentence), None).await
        }
        Err(other) => Err(other),
    }
}

fn route_form(visit: &Visit, route: &Route) -> Markup {
    let t = &visit.texts;
    let id = route.id;
    let limit = |limit: Option<u32>| limit.map_or_else(String::new, |limit| limit.to_string());
    html! {
        details {
            summary {
                @if id == 0 { (t.say("settings-route-add")) } @else {
                    (route.name)
                    @if !route.open { " " span.state.wait { (t.say("settings-route-closed")) } }
                }
            }
            form method="post" action="/settings/route" {
                (visit.token_field())
                input type="hidden" name="id" value=(id);
                div.field {
                    label for=(format!("route-name-{id}")) { (t.say("settings-route-name")) }
                    input id=(format!("route-name-{id}")) name="name" value=(route.name) required autocomplete="off";
                }
                fieldset {
                    legend { (t.say("settings-route-languages")) }
                    @for language in Language::ALL {
                        label.inline {
                            input type="checkbox" name="language" value=(language.code())
                                checked[route.languages.contains(&language)];
                            span { (t.say(language_name(language))) }
                        }
                        " "
                    }
                    p.sub.small { (t.say("settings-route-languages-hint")) }
                }
                div.row {
                    div.field {
                        label for=(format!("route-lines-{id}")) { (t.say("settings-route-lines")) }
                        input.digits id=(format!("route-lines-{id}")) name="lines" inputmode="numeric" value=(limit(route.lines));
                    }
                    div.field {
                        label for=(format!("route-pictures-{id}")) { (t.say("settings-route-pictures")) }
                        input.digits id=(format!("route-pictures-{id}")) name="pictures" inputmode="numeric"
                            value=(limit(route.pictures));
                    }
                }
                p.sub.small { (t.say("settings-route-limit-hint")) }
                p {
                    label.inline {
                        input type="checkbox" name="dated" value="yes" checked[route.dated];
                        span { (t.say("settings-route-dated")) }
                    }
                }
                p {
                    label.inline {
                        input type="checkbox" name="open" value="yes" checked[route.open];
                        span { (t.say("settings-route-open")) }
                    }
                }
                button type="submit" { (t.say("account-save")) }
            }
        }
    }
}

/// `POST /settings`
async fn change(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let minutes = fields.number::<u32>("idle").filter(|minutes| *minutes > 0);
    let Some(minutes) = minutes else {
        let sentence = visit.texts.say("settings-idle-wrong");
        return page(&visit, Some(&sentence), Some(&fields)).await;
    };
    let actor = visit.actor()?;
    let wish = fields.clone();
    let changed = visit
        .site
        .ask(move |desk| {
            let settings = Settings {
                name: wish.get("name").to_owned(),
                address: wish.get("address").replace("\r\n", "\n"),
                idle_seconds: minutes.saturating_mul(60),
                second_factor_required: wish.has("codes"),
                hold_until_confirmed: wish.has("hold"),
                ..desk.settings()?
            };
            desk.change_settings(&actor, &settings, show::now())
        })
        .await;
    match changed {
        Ok(()) => {
            visit.site.refresh()?;
            Ok(see("/settings?done=saved"))
        }
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = refused.sentence(&visit.texts);
            page(&visit, Some(&sentence), Some(&fields)).await
        }
        Err(other) => Err(other),
    }
}

/// `POST /settings/route`
async fn save_route(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let limit = |name: &str| match fields.some(name) {
        None => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| ()),
    };
    let (Ok(lines), Ok(pictures)) = (limit("lines"), limit("pictures")) else {
        let sentence = visit.texts.say("settings-number-wrong");
        return page(&visit, Some(&sentence), None).await;
    };
    let route = Route {
        id: fields.number("id").ok_or(Refusal::Malformed)?,
        name: fields.get("name").to_owned(),
        languages: Language::ALL
            .into_iter()
            .filter(|language| fields.all("language").any(|code| code == language.code()))
            .collect(),
        lines,
        pictures,
        dated: fields.has("dated"),
        open: fields.has("open"),
    };
    let actor = visit.actor()?;
    let saved = visit
        .site
        .ask(move |desk| desk.save_route(&actor, &route, show::now()))
        .await;
    match saved {
        Ok(_) => Ok(see("/settings?done=saved")),
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = refused.sentence(&visit.texts);
            page(&visit, Some(&sentence), None).await
        }
        Err(other) => Err(other),
    }
}
