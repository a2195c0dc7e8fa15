//! Packing what waits.

use axum::response::Response;
use maud::{Markup, html};
use tidings_client::ContactNumber;
use tidings_protocol::limits::MAILBAG_PART_USUAL;
use tokio::sync::oneshot;

use super::{Family, page};
use crate::{
    Error,
    web::{
        carrying::{Errand, Wish},
        fields::Fields,
        refusal::{self, Refusal},
        texts::args,
        visit::{Visit, see},
    },
};

/// Largest parts that are offered, in bytes, with what they are for: mail adds a third to what it carries, and 25 MB is what
/// most of it takes; messengers for small phones; a disc; sticks, cards and most messengers.
const SIZES: [(u64, &str); 4] = [
    (18_000_000, "mailbags-size-mail"),
    (50_000_000, "mailbags-size-small"),
    (700_000_000, "mailbags-size-disc"),
    (MAILBAG_PART_USUAL, "mailbags-size-stick"),
];

/// What was chosen in the form that did not pass, and why.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub(super) fields: Option<Fields>,
    pub(super) wrong: Option<String>,
}

/// The form.
pub(super) fn form(visit: &Visit, families: &[Family], chosen: &Chosen) -> Markup {
    let t = &visit.texts;
    let ticked = |name: &str, value: &str| {
        let fields = chosen.fields.as_ref();
        fields.is_some_and(|fields| fields.all(name).any(|it| it == value))
    };
    let size = chosen.fields.as_ref().and_then(|it| it.number("size"));
    let size = size.unwrap_or(MAILBAG_PART_USUAL);
    html! {
        section.box {
            h2 { (t.say("mailbags-pack-title")) }
            form method="post" action="/mailbags/pack" {
                (visit.token_field())
                @if families.is_empty() {
                    p { (t.say("mailbags-nothing-waits")) }
                } @else {
                    fieldset {
                        legend { (t.say("mailbags-for")) }
                        p.sub.small { (t.say("mailbags-for-hint")) }
                        @for family in families {
                            @let value = family.contact.0.to_string();
                            p {
                                label.inline {
                                    input type="checkbox" name="to" value=(value) checked[ticked("to", &value)];
                                    span {
                                        (family.name) " "
                                        span.sub {
                                            "· " (t.count("mailbags-waits", family.count))
                                            @if family.carried > 0 {
                                                " · " (t.with("mailbags-carried", args![count = family.carried]))
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
                div.field {
                    label for="field-size" { (t.say("mailbags-size")) }
                    select #field-size name="size" {
                        @for (bytes, name) in SIZES {
                            option value=(bytes) selected[bytes == size] { (t.say(name)) }
                        }
                    }
                }
                p {
                    label.inline {
                        input type="checkbox" name="only-new" value="yes" checked[ticked("only-new", "yes")];
                        span { (t.say("mailbags-only-new")) }
                    }
                }
                p.sub.small { (t.say("mailbags-only-new-hint")) }
                p {
                    label.inline {
                        input type="checkbox" name="at-relay" value="yes" checked[ticked("at-relay", "yes")];
                        span { (t.say("mailbags-at-relay")) }
                    }
                }
                button.main type="submit" { (t.say("mailbags-pack")) }
            }
        }
    }
}

/// `POST /mailbags/pack`
pub(super) async fn pack(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    let size = fields.number::<u64>("size");
    let part_size = size.filter(|size| SIZES.iter().any(|(offered, _)| offered == size));
    let to: Result<Vec<ContactNumber>, _> = fields
        .all("to")
        .map(|number| number.parse().map(ContactNumber))
        .collect();
    let (Some(part_size), Ok(to)) = (part_size, to) else {
        return Err(Refusal::Malformed);
    };
    let (done, outcome) = oneshot::channel();
    let rounds = visit.site.rounds().ok_or(Refusal::NotBegun)?;
    rounds.run(Errand::Pack {
        by: visit.actor()?,
        wish: Wish {
            to,
            part_size,
            only_new: fields.has("only-new"),
            also_at_relay: fields.has("at-relay"),
        },
        done,
    });
    match outcome.await.map_err(|_| Refusal::Broken)? {
        Ok(number) => Ok(see(&format!("/mailbags/{number}?done=mailbag-packed"))),
        Err(error @ Error::Forbidden { .. }) => Err(error.into()),
        Err(error) => {
            let wrong = Some(refusal::sentence(&visit.texts, &error));
            let fields = Some(fields);
            page(&visit, &[], &Chosen { fields, wrong }).await
        }
    }
}
