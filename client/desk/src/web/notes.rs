//! The wording of status notes, which a head may change.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_protocol::language::Language;

use super::{
    fields::Fields,
    refusal::Refusal,
    routes::{Need, Routes},
    settings::drawers,
    shell::{self, Room},
    show,
    visit::{Visit, see},
};
use crate::{Action, State, Template};

const NEED: Need = Need::May(&[Action::EditTemplates]);

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/settings/notes", NEED, show)
        .post("/settings/notes", NEED, save)
}

/// `GET /settings/notes?language=uk`
async fn show(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    page(&visit, &fields, None).await
}

async fn page(visit: &Visit, fields: &Fields, wrong: Option<&str>) -> Result<Response, Refusal> {
    let t = &visit.texts;
    let chosen: Language = fields
        .get("language")
        .parse()
        .unwrap_or_else(|_| t.language());
    let templates = visit.site.ask(|desk| desk.templates()).await?;
    let title = t.say("notes-title");
    let page = visit.page(Room::Settings, &title, html! {
        div.head { h1 { (t.say("room-settings")) } }
        (drawers(visit, "/settings/notes"))
        p.sub { (t.say("notes-lead")) }
        nav aria-label=(t.say("language")) {
            ul.drawers {
                @for language in Language::ALL {
                    li {
                        a href=(format!("/settings/notes?language={}", language.code())) lang=(language.code())
                            aria-current=[(language == chosen).then_some("page")] { (shell::own_name(language)) }
                    }
                }
            }
        }
        (shell::wrong(wrong))
        div.columns {
            @for template in templates.iter().filter(|template| template.language == chosen) {
                (form(visit, template, fields))
            }
        }
        p.sub.small { (t.say("notes-fraud")) }
    });
    let status = if wrong.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, page).into_response())
}

fn form(visit: &Visit, template: &Template, kept: &Fields) -> Markup {
    let t = &visit.texts;
    let word = &template.word;
    let code = template.language.code();
    // What was refused stands in its field again, to be mended.
    let is_kept = kept.has("text") && kept.get("state") == word.as_str();
    let text = if is_kept {
        kept.get("text")
    } else {
        &template.text
    };
    html! {
        form.box method="post" action="/settings/notes" data-keep=(format!("note-{code}-{word}")) {
            (visit.token_field())
            input type="hidden" name="language" value=(code);
            input type="hidden" name="state" value=(word);
            div.field {
                label for=(format!("note-{word}")) {
                    (t.say(&format!("state-{word}")))
                    @if template.own { " " span.tag { (t.say("notes-own")) } }
                }
                textarea id=(format!("note-{word}")) name="text" rows="3" lang=(code)
                    aria-invalid=[is_kept.then_some("true")] { (text) }
            }
            div.row {
                button type="submit" aria-label=(format!("{}: {}", t.say("account-save"), t.say(&format!("state-{word}")))) {
                    (t.say("account-save"))
                }
                @if template.own {
                    button.plain type="submit" name="usual" value="yes" { (t.say("notes-usual")) }
                }
            }
        }
    }
}

/// `POST /settings/notes`
async fn save(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let language: Language = fields
        .get("language")
        .parse()
        .map_err(|_| Refusal::Malformed)?;
    let state = State::ALL
        .iter()
        .copied()
        .find(|state| state.word() == fields.get("state"))
        .ok_or(Refusal::Malformed)?;
    let text = if fields.has("usual") {
        String::new()
    } else {
        fields.get("text").replace("\r\n", "\n")
    };
    let actor = visit.actor()?;
    let saved = visit
        .site
        .ask(move |desk| desk.save_template(&actor, language, state, &text, show::now()))
        .await;
    match saved {
        Ok(()) => Ok(see(&format!(
            "/settings/notes?language={}&done=saved",
            language.code()
        ))),
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = refused.sentence(&visit.texts);
            page(&visit, &fields, Some(&sentence)).await
        }
        Err(other) => Err(other),
    }
}
