//! Lists of people from other offices.

use axum::response::Response;

use super::KEEP;
use crate::{
    people_list,
    web::{
        fields::Fields,
        lists::{FORM_MAX, Target},
        refusal::Refusal,
        routes::Routes,
        shell::Room,
        show,
        upload::Uploads,
        visit::{Visit, see},
    },
};

/// Their routes.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .get("/register/list", KEEP, show)
        .upload("/register/list", KEEP, FORM_MAX, take)
        .post("/register/rows", KEEP, rows)
}

fn target(visit: &Visit, name: &str) -> Target {
    Target {
        room: Room::Register,
        back: ("/register".to_owned(), visit.texts.say("room-register")),
        file: "/register/list".to_owned(),
        rows: "/register/rows".to_owned(),
        lead: "register-list-lead",
        name: Some(name.to_owned()),
    }
}

/// `GET /register/list`
async fn show(visit: Visit) -> Result<Response, Refusal> {
    Ok(target(&visit, "").ask(&visit, None))
}

/// `POST /register/list`
async fn take(visit: Visit, uploads: Uploads) -> Result<Response, Refusal> {
    target(&visit, "").take(&visit, uploads).await
}

/// `POST /register/rows`
async fn rows(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let name = fields.get("list-name").to_owned();
    let read = |sheet: &_, mapping: &_| people_list(&name, sheet, mapping);
    let good = match target(&visit, &name).choose(&visit, &fields, read)? {
        Ok(good) => good,
        Err(page) => return Ok(page),
    };
    let actor = visit.actor()?;
    let new = visit
        .site
        .ask(move |desk| desk.import_people(&actor, &good, show::now()))
        .await?;
    visit.site.forget_list(visit.inside()?.token.expose());
    Ok(see(&format!("/register?done=people-taken&count={new}")))
}
