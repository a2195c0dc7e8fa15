//! How the office reaches its server: a proxy, a single carrier (`docs/spec/reach.md`). For offices whose network blocks the usual way.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::html;
use tidings_client::{
    network::{Network, Proxy, ProxyAddressError},
    transport::Carrier,
};

use super::{
    fields::Fields,
    refusal::Refusal,
    routes::{Need, Routes},
    settings::drawers,
    shell::{Field, Room},
    show,
    visit::{Visit, see},
};
use crate::Action;

const NEED: Need = Need::May(&[Action::ChangeSettings]);

/// Carriers by their words; the empty one is whatever gets through.
const CARRIERS: [(&str, Option<Carrier>, &str); 3] = [
    ("", None, "network-any"),
    ("tcp", Some(Carrier::Tcp), "network-tcp"),
    ("quic", Some(Carrier::Quic), "network-quic"),
];

/// Their routes.
pub(crate) fn routes(routes: Routes) -> Routes {
    routes
        .get("/settings/network", NEED, show)
        .post("/settings/network", NEED, change)
}

/// `GET /settings/network`
async fn show(visit: Visit) -> Result<Response, Refusal> {
    page(&visit, None, None).await
}

async fn page(
    visit: &Visit,
    wrong: Option<String>,
    kept: Option<&Fields>,
) -> Result<Response, Refusal> {
    let network = visit
        .site
        .ask_both(|_, account| Ok(account.network()?))
        .await?;
    let t = &visit.texts;
    let title = t.say("network-title");
    // Without the password, which nobody needs to see again.
    let stored = shown(&network);
    let proxy = kept.map_or(stored.as_str(), |kept| kept.get("proxy"));
    let only = match kept {
        Some(kept) => kept.get("only"),
        None => network.only.map_or("", Carrier::word),
    };
    let is_wrong = wrong.is_some();
    let page = visit.page(
        Room::Settings,
        &title,
        html! {
            div.head { h1 { (t.say("room-settings")) } }
            (drawers(visit, "/settings/network"))
            p { (t.say("network-lead")) }
            form.box method="post" action="/settings/network" {
                (visit.token_field())
                (Field {
                    name: "proxy", label: t.say("network-proxy"), value: proxy,
                    hint: Some(t.say("network-proxy-hint")), wrong, ..Field::default()
                })
                div.field {
                    label for="field-only" { (t.say("network-only")) }
                    select #field-only name="only" {
                        @for (word, _, name) in CARRIERS {
                            option value=(word) selected[word == only] { (t.say(name)) }
                        }
                    }
                }
                button.main type="submit" { (t.say("account-save")) }
            }
        },
    );
    let status = if is_wrong {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, page).into_response())
}

fn shown(network: &Network) -> String {
    let proxy = network.proxy.as_ref();
    proxy.map_or_else(String::new, ToString::to_string)
}

/// `POST /settings/network`
async fn change(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let asked = fields.get("only");
    let carrier = CARRIERS.into_iter().find(|(word, ..)| *word == asked);
    let (_, only, _) = carrier.ok_or(Refusal::Malformed)?;
    let stored = visit
        .site
        .ask_both(|_, account| Ok(account.network()?))
        .await?;
    let proxy = match fields.some("proxy") {
        None => Ok(None),
        // Unchanged: with the password that was set before.
        Some(text) if text == shown(&stored) => Ok(stored.proxy.clone()),
        Some(text) => text.parse::<Proxy>().map(Some),
    };
    let proxy = match proxy {
        Ok(proxy) => proxy,
        Err(error) => {
            let sentence = visit.texts.say(match error {
                ProxyAddressError::Scheme => "network-wrong-scheme",
                ProxyAddressError::Port => "network-wrong-port",
                ProxyAddressError::Host(_) => "network-wrong-host",
                ProxyAddressError::Login => "network-wrong-login",
            });
            return page(&visit, Some(sentence), Some(&fields)).await;
        }
    };
    let actor = visit.actor()?;
    let detail = match (&proxy, only) {
        (Some(_), Some(only)) => format!("proxy {}", only.word()),
        (Some(_), None) => "proxy".to_owned(),
        (None, Some(only)) => only.word().to_owned(),
        (None, None) => String::new(),
    };
    let changed = visit
        .site
        .ask_both(move |desk, account| {
            let network = Network { proxy, only };
            desk.change_network(
                &actor,
                &detail,
                || account.set_network(&network),
                show::now(),
            )
        })
        .await;
    match changed {
        Ok(()) => {
            if let Some(rounds) = visit.site.rounds() {
                rounds.poke();
            }
            Ok(see("/settings/network?done=saved"))
        }
        Err(refused @ Refusal::Failed(_)) => {
            let sentence = refused.sentence(&visit.texts);
            page(&visit, Some(sentence), Some(&fields)).await
        }
        Err(other) => Err(other),
    }
}
