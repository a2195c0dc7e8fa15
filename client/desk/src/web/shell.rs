//! What is the same on every page: the bar, the rooms, the place for the page itself.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use tidings_protocol::language::Language;

use super::{
    assets,
    guard::TOKEN_FIELD,
    once::ONCE_FIELD,
    refusal::Refusal,
    rounds::pulse,
    routes::Need,
    visit::{Standing, Visit, random_text},
};
use crate::Action;

/// A page's place in the column of rooms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Room {
    /// Letters that came in.
    Inbox,
    /// What families write to the office.
    Messages,
    /// Print jobs.
    Print,
    /// Scanned replies.
    Replies,
    /// Post that people carry.
    Mailbags,
    /// Parcels.
    Parcels,
    /// People sought and known.
    Register,
    /// Figures.
    Figures,
    /// The office's card.
    Card,
    /// Operators.
    Operators,
    /// Who did what.
    Audit,
    /// Settings.
    Settings,
    /// One's own account.
    Account,
}

/// Rooms in the order of a letter's way, with the actions of which one lets in; none lets everybody in.
const ROOMS: [(Room, &str, &str, &[Action]); 12] = [
    (
        Room::Inbox,
        "/letters",
        "room-letters",
        &[Action::SeeLetters],
    ),
    (
        Room::Messages,
        "/messages",
        "messages-title",
        &[Action::Write],
    ),
    (Room::Print, "/print", "room-print", &[Action::Print]),
    (
        Room::Parcels,
        "/parcels",
        "room-parcels",
        &[Action::Pack, Action::PlanCampaign, Action::Track],
    ),
    (Room::Replies, "/replies", "room-replies", &[Action::Scan]),
    (
        Room::Register,
        "/register",
        "room-register",
        &[Action::SeeRegister],
    ),
    (
        Room::Mailbags,
        "/mailbags",
        "mailbags-title",
        &[Action::CarryPost],
    ),
    (
        Room::Figures,
        "/figures",
        "room-figures",
        &[Action::SeeFigures],
    ),
    (Room::Card, "/card", "room-card", &[]),
    (
        Room::Operators,
        "/operators",
        "room-operators",
        &[Action::KeepOperators],
    ),
    (Room::Audit, "/audit", "room-audit", &[Action::SeeAudit]),
    (
        Room::Settings,
        "/settings",
        "room-settings",
        &[Action::ChangeSettings],
    ),
];

impl Visit {
    /// A whole page of somebody who is at work.
    pub(crate) fn page(&self, room: Room, title: &str, content: Markup) -> Markup {
        let t = &self.texts;
        let rooms = html! {
            ul {
                @for (it, path, name, need) in ROOMS {
                    @if self.may_enter(need) {
                        li {
                            a href=(path) aria-current=[(it == room).then_some("page")] { (t.say(name)) }
                        }
                    }
                }
            }
        };
        let idle = self.site.idle_seconds();
        self.document(title, Some(idle), html! {
            header.bar {
                span.office { a href="/" { (self.site.office_name()) } }
                (pulse(self))
                @if let Standing::Inside(inside) = &self.standing {
                    a.person href="/account" { span.unseen { (t.say("account-title")) ": " } (inside.actor.name()) }
                    form method="post" action="/lock" data-lock="" {
                        (self.token_field())
                        input type="hidden" name="then" value=(self.address);
                        input type="hidden" name="kept" value="";
                        button type="submit" data-lock-now="" title=(t.say("lock-hint")) {
                            (t.say("lock-now")) kbd aria-hidden="true" { "⇧L" }
                        }
                    }
                }
            }
            div.frame {
                nav.rooms aria-label=(t.say("rooms-label")) { (rooms) }
                details.rooms-narrow {
                    summary { (t.say("rooms-label")) }
                    nav aria-label=(t.say("rooms-label")) { (rooms) }
                }
                main #page tabindex="-1" {
                    (self.done())
                    (content)
                }
            }
            @if let Some(kept) = self.site.take_kept(self) {
                span hidden data-kept=(kept) {}
            }
        })
    }

    /// Whether a room is offered in the column.
    fn may_enter(&self, need: &'static [Action]) -> bool {
        let need = if need.is_empty() {
            Need::Signed
        } else {
            Need::May(need)
        };
        self.may_use(need).is_ok()
    }

    /// A page before anybody is at work: signing in, the first run.
    pub(crate) fn door(&self, title: &str, content: Markup) -> Markup {
        let t = &self.texts;
        self.document(title, None, html! {
            header.bar {
                span.office { (self.site.office_name()) }
                form method="post" action="/language" {
                    (self.token_field())
                    input type="hidden" name="then" value=(self.address);
                    span.unseen #language-label { (t.say("language")) }
                    @for language in Language::ALL {
                        button.plain name="language" value=(language.code()) lang=(language.code())
                            aria-pressed=(if language == t.language() { "true" } else { "false" }) {
                            (own_name(language))
                        }
                    }
                }
            }
            main.narrow #page tabindex="-1" { (content) }
        })
    }

    fn document(&self, title: &str, idle: Option<u64>, body: Markup) -> Markup {
        let t = &self.texts;
        html! {
            (DOCTYPE)
            html lang=(t.code()) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { (title) " · " (self.site.office_name()) }
                    link rel="icon" type="image/svg+xml" href=(assets::address("icon.svg"));
                    link rel="stylesheet" href=(assets::address("desk.css"));
                    // No style of htmx's own, no evaluated text, no history with letters in the browser's storage.
                    meta name="htmx-config" content=(HTMX_SETTINGS);
                    script src=(assets::address("htmx.min.js")) defer {}
                    script src=(assets::address("desk.js")) defer {}
                }
                body data-idle=[idle] hx-headers=(format!("{{\"x-desk-token\":\"{}\"}}", self.token)) {
                    a.skip href="#page" { (t.say("skip-to-page")) }
                    (body)
                }
            }
        }
    }

    /// The hidden field that every form needs.
    pub(crate) fn token_field(&self) -> Markup {
        html! {
            input type="hidden" name=(TOKEN_FIELD) value=(self.token);
            // Without randomness the form can be sent twice, and everything else fails as well.
            @if let Ok(once) = random_text() { input type="hidden" name=(ONCE_FIELD) value=(once); }
        }
    }

    /// What the form before this page has done, if the address says so.
    fn done(&self) -> Markup {
        let query = self.address.split_once('?').map_or("", |(_, query)| query);
        let fields = super::fields::Fields::read(query.as_bytes());
        let sentence = fields
            .some("done")
            .filter(|key| {
                key.bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            })
            .and_then(|key| {
                let count: u64 = fields.number("count").unwrap_or(0);
                self.texts
                    .find(&format!("done-{key}"), &[("count", count.into())])
            });
        html! {
            @if let Some(sentence) = sentence {
                div.notice.good role="status" { p { (sentence) } }
            }
        }
    }
}

const HTMX_SETTINGS: &str = r#"{"includeIndicatorStyles":false,"allowEval":false,"allowScriptTags":false,"selfRequestsOnly":true,"historyEnabled":false,"historyCacheSize":0,"refreshOnHistoryMiss":true,"defaultSwapStyle":"outerHTML","responseHandling":[{"code":"204","swap":false},{"code":"[2345]..","swap":true}]}"#;

/// What a language calls itself.
pub(crate) fn own_name(language: Language) -> &'static str {
    match language {
        Language::Ukrainian => "Українська",
        Language::Russian => "Русский",
        Language::English => "English",
    }
}

/// The page for a refusal.
pub(crate) fn refusal(visit: &Visit, refusal: &Refusal) -> Markup {
    let t = &visit.texts;
    let title = t.say("refusal-title");
    let content = html! {
        h1 { (title) }
        div.notice.bad role="alert" { p { (refusal.sentence(t)) } }
        p { a.button href="/" { (t.say("refusal-home")) } }
    };
    match visit.standing {
        Standing::Inside(_) => visit.page(Room::Account, &title, content),
        _ => visit.door(&title, content),
    }
}

/// A sentence about something that went wrong, on the page where it did.
pub(crate) fn wrong(sentence: Option<&str>) -> Markup {
    html! {
        @if let Some(sentence) = sentence {
            div.notice.bad role="alert" { p { (sentence) } }
        }
    }
}

/// A labelled field of one line, with its value kept, its hint and what is wrong with it tied to it for screen readers.
#[derive(Debug, Default)]
pub(crate) struct Field<'a> {
    /// Name in the form.
    pub(crate) name: &'a str,
    /// `text`, `password`, `search`, `date`.
    pub(crate) kind: &'a str,
    /// What it is called.
    pub(crate) label: String,
    /// What it holds.
    pub(crate) value: &'a str,
    /// What helps.
    pub(crate) hint: Option<String>,
    /// What is wrong with it.
    pub(crate) wrong: Option<String>,
    /// `autocomplete`; `off` if empty.
    pub(crate) complete: &'a str,
    /// Whether it must be filled in.
    pub(crate) required: bool,
    /// Whether the cursor is put there.
    pub(crate) focus: bool,
    /// Whether digits are typed into it.
    pub(crate) digits: bool,
}

impl maud::Render for Field<'_> {
    fn render(&self) -> Markup {
        let name = self.name;
        let kind = if self.kind.is_empty() {
            "text"
        } else {
            self.kind
        };
        let complete = if self.complete.is_empty() {
            "off"
        } else {
            self.complete
        };
        let about = match (&self.hint, &self.wrong) {
            (Some(_), Some(_)) => Some(format!("{name}-wrong {name}-hint")),
            (Some(_), None) => Some(format!("{name}-hint")),
            (None, Some(_)) => Some(format!("{name}-wrong")),
            (None, None) => None,
        };
        html! {
            div.field {
                label for=(format!("field-{name}")) { (self.label) }
                input type=(kind) id=(format!("field-{name}")) name=(name) value=(self.value) autocomplete=(complete)
                    class=[self.digits.then_some("digits")] inputmode=[self.digits.then_some("numeric")]
                    required[self.required] autofocus[self.focus] spellcheck="false"
                    aria-invalid=[self.wrong.as_ref().map(|_| "true")] aria-describedby=[about];
                @if let Some(wrong) = &self.wrong { p.wrong id=(format!("{name}-wrong")) { (wrong) } }
                @if let Some(hint) = &self.hint { p.hint id=(format!("{name}-hint")) { (hint) } }
            }
        }
    }
}

/// A QR code as a drawing within the page.
pub(crate) fn qr(text: &str, label: &str) -> Markup {
    use qrcode::{QrCode, render::svg};
    let drawing = QrCode::new(text).map(|code| {
        code.render::<svg::Color<'_>>()
            .min_dimensions(240, 240)
            .quiet_zone(true)
            .build()
    });
    html! {
        @if let Ok(drawing) = drawing {
            @let drawing = drawing.split_once("<svg").map_or("", |(_, rest)| rest);
            div.qr role="img" aria-label=(label) { (PreEscaped(format!("<svg{drawing}"))) }
        }
    }
}

/// The first room that is open to the operator: where his work is.
pub(crate) fn first_room(visit: &Visit) -> &'static str {
    ROOMS
        .iter()
        .find(|(_, _, _, need)| need.iter().any(|action| visit.may(*action)))
        .map_or("/account", |(_, path, _, _)| *path)
}
