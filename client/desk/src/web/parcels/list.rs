//! The list of a campaign.

use axum::{extract::Path, response::Response};

use super::{PLAN, campaign};
use crate::{
    parcel_list,
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
        .get("/parcels/{campaign}/list", PLAN, show)
        .upload("/parcels/{campaign}/list", PLAN, FORM_MAX, take)
        .post("/parcels/{campaign}/rows", PLAN, rows)
}

async fn target(visit: &Visit, id: u64) -> Result<Target, Refusal> {
    let it = campaign(visit, id).await?;
    Ok(Target {
        room: Room::Parcels,
        back: (format!("/parcels/{id}"), it.name),
        file: format!("/parcels/{id}/list"),
        rows: format!("/parcels/{id}/rows"),
        lead: "list-lead",
        name: None,
    })
}

/// `GET /parcels/{campaign}/list`
async fn show(visit: Visit, Path(id): Path<u64>) -> Result<Response, Refusal> {
    Ok(target(&visit, id).await?.ask(&visit, None))
}

/// `POST /parcels/{campaign}/list`
async fn take(visit: Visit, Path(id): Path<u64>, uploads: Uploads) -> Result<Response, Refusal> {
    target(&visit, id).await?.take(&visit, uploads).await
}

/// `POST /parcels/{campaign}/rows`
async fn rows(visit: Visit, Path(id): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    let target = target(&visit, id).await?;
    let good = match target.choose(&visit, &fields, parcel_list)? {
        Ok(good) => good,
        Err(page) => return Ok(page),
    };
    let actor = visit.actor()?;
    let new = visit
        .site
        .ask(move |desk| desk.import_list(&actor, id, &good, show::now()))
        .await?;
    visit.site.forget_list(visit.inside()?.token.expose());
    Ok(see(&format!("/parcels/{id}?done=list-taken&count={new}")))
}
