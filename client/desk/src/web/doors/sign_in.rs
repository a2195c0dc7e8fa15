//! Signing in and out, the lock, the language before signing in.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_client::SecretString;

use super::first_run::told;
use crate::web::{
    fields::Fields,
    refusal::Refusal,
    shell::{self, Field},
    show,
    visit::{Standing, Visit, begin_session, end_session, keep_language, safe_target, see},
};

/// `GET /sign-in`
pub(crate) async fn show(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    if visit.site.desk().is_none() {
        return Err(Refusal::NotBegun);
    }
    Ok(match visit.standing {
        Standing::Inside(_) => see(safe_target(fields.get("then"))),
        Standing::Locked(_) => see("/unlock"),
        Standing::Outside => form(&visit, &fields, None).into_response(),
    })
}

/// `POST /sign-in`
pub(crate) async fn sign_in(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let login = fields.get("login").to_owned();
    let password = SecretString::from(fields.get("password").to_owned());
    let code = fields.some("one-time").map(str::to_owned);
    let signed = visit
        .site
        .ask(move |desk| desk.sign_in(&login, &password, code.as_deref(), show::now()))
        .await;
    match signed {
        Ok(signed) => {
            // Who has to set up the second factor first is led there from every page.
            let mut response = see(safe_target(fields.get("then")));
            begin_session(&visit.site, &mut response, &signed.token);
            Ok(response)
        }
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = told(&visit, &refused);
            let page = form(&visit, &fields, Some(&sentence));
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(other) => Err(other),
    }
}

fn form(visit: &Visit, fields: &Fields, wrong: Option<&str>) -> Markup {
    let t = &visit.texts;
    visit.door(&t.say("sign-in-title"), html! {
        h1 { (t.say("sign-in-title")) }
        (shell::wrong(wrong))
        form.box method="post" action="/sign-in" {
            (visit.token_field())
            input type="hidden" name="then" value=(fields.get("then"));
            (Field {
                name: "login", label: t.say("begin-login"), value: fields.get("login"), required: true,
                focus: fields.some("login").is_none(), complete: "username", ..Field::default()
            })
            (Field {
                name: "password", kind: "password", label: t.say("begin-password"), required: true,
                focus: fields.some("login").is_some(), complete: "current-password", ..Field::default()
            })
            (Field {
                name: "one-time", label: t.say("sign-in-code"), complete: "one-time-code", digits: true,
                hint: Some(t.say("sign-in-code-hint")), ..Field::default()
            })
            button.main type="submit" { (t.say("sign-in-submit")) }
        }
        @if let Some(fingerprint) = visit.site.fingerprint() {
            details {
                summary { (t.say("sign-in-fingerprint")) }
                p.small { (t.say("sign-in-fingerprint-hint")) }
                p { code { (fingerprint) } }
            }
        }
    })
}

/// `GET /unlock`
pub(crate) async fn show_unlock(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    unlock_page(&visit, &fields, None).await
}

async fn unlock_page(
    visit: &Visit,
    fields: &Fields,
    wrong: Option<&str>,
) -> Result<Response, Refusal> {
    let Standing::Locked(token) = &visit.standing else {
        return Ok(see(safe_target(fields.get("then"))));
    };
    let asked = token.clone();
    let name = visit
        .site
        .ask(move |desk| desk.session_name(&asked))
        .await?;
    let t = &visit.texts;
    let page = visit.door(&t.say("unlock-title"), html! {
        h1 { (t.say("unlock-title")) }
        p { (t.with("unlock-lead", crate::web::texts::args![name = name])) }
        (shell::wrong(wrong))
        form.box method="post" action="/unlock" {
            (visit.token_field())
            input type="hidden" name="then" value=(fields.get("then"));
            (Field {
                name: "password", kind: "password", label: t.say("begin-password"), required: true, focus: true,
                complete: "current-password", ..Field::default()
            })
            div.row {
                button.main type="submit" { (t.say("unlock-submit")) }
                button.plain type="submit" formaction="/sign-out" formnovalidate { (t.say("unlock-other")) }
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

/// `POST /unlock`
pub(crate) async fn unlock(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let Standing::Locked(token) = visit.standing.clone() else {
        return Ok(see(safe_target(fields.get("then"))));
    };
    let password = SecretString::from(fields.get("password").to_owned());
    let opened = visit
        .site
        .ask(move |desk| desk.unlock(&token, &password, show::now()))
        .await;
    match opened {
        Ok(_) => Ok(see(safe_target(fields.get("then")))),
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = told(&visit, &refused);
            unlock_page(&visit, &fields, Some(&sentence)).await
        }
        Err(other) => Err(other),
    }
}

/// `POST /lock`: at once, from any page.
pub(crate) async fn lock(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let token = visit.inside()?.token.clone();
    visit.site.forget(token.expose());
    visit.site.keep(token.expose(), fields.get("kept"));
    visit
        .site
        .ask(move |desk| desk.lock_session(&token))
        .await?;
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.append_pair("then", safe_target(fields.get("then")));
    Ok(see(&format!("/unlock?{}", query.finish())))
}

/// `POST /lock-office`: every session of the office.
pub(crate) async fn lock_office(visit: Visit) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    visit.site.forget_all();
    visit
        .site
        .ask(move |desk| desk.lock_office(&actor, show::now()))
        .await?;
    Ok(see("/unlock"))
}

/// `POST /sign-out`
pub(crate) async fn sign_out(visit: Visit) -> Result<Response, Refusal> {
    let token = match &visit.standing {
        Standing::Inside(inside) => Some(inside.token.clone()),
        Standing::Locked(token) => Some(token.clone()),
        Standing::Outside => None,
    };
    if let Some(token) = token {
        visit.site.forget(token.expose());
        visit.site.ask(move |desk| desk.sign_out(&token)).await?;
    }
    let mut response = see("/sign-in");
    end_session(&visit.site, &mut response);
    Ok(response)
}

/// `POST /language`
pub(crate) async fn choose_language(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let language = fields
        .get("language")
        .parse()
        .map_err(|_| Refusal::Malformed)?;
    if let Standing::Inside(inside) = &visit.standing {
        let actor = inside.actor.clone();
        visit
            .site
            .ask(move |desk| desk.change_language(&actor, language))
            .await?;
    }
    let mut response = see(safe_target(fields.get("then")));
    keep_language(&visit.site, &mut response, language);
    Ok(response)
}

/// `POST /awake`: somebody types; the session was kept awake by being asked.
pub(crate) async fn awake() -> StatusCode {
    StatusCode::NO_CONTENT
}
