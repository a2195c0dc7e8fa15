//! What becomes of a letter besides its review: what was told to the family, what it answered, who may open it, what was
//! cut, and its end before the time.

use axum::{extract::Path, response::Response};
use maud::{Markup, html};
use tidings_client::{LetterNumber, SecretString};

use super::page_with;
use crate::{
    Action, Actor, Desk, Error, LetterRow, NoteRow, OperatorId, PersonRow, Quota, Reply,
    ReplyState, State,
    web::{
        fields::Fields,
        figures::this_month,
        inbox::state,
        refusal::Refusal,
        routes::{Need, Routes},
        shell::Field,
        show,
        texts::{Texts, args},
        visit::{Visit, see},
    },
};

/// Their routes.
pub(super) fn routes(routes: Routes) -> Routes {
    routes
        .post(
            "/letters/{number}/access",
            Need::May(&[Action::Restrict]),
            access,
        )
        .post(
            "/letters/{number}/original",
            Need::May(&[Action::OpenOriginal]),
            open_original,
        )
        .post(
            "/letters/{number}/erase",
            Need::May(&[Action::Erase]),
            erase,
        )
        .post(
            "/letters/{number}/replies/{reply}/finish",
            Need::May(&[Action::Scan]),
            finish,
        )
}

/// What the domain keeps about it.
pub(super) struct Custody {
    replies: Vec<Reply>,
    notes: Vec<NoteRow>,
    /// For whom it is, as somebody confirmed, for those who see the register.
    pub(super) person: Option<PersonRow>,
    /// His mail of this month.
    pub(super) quota: Option<Quota>,
}

/// What a form has brought.
#[derive(Default)]
pub(super) struct Told {
    /// Why it did not work.
    pub(super) wrong: Option<String>,
    /// The text before it was cut.
    original: Option<String>,
}

impl Custody {
    pub(super) fn read(desk: &Desk, by: &Actor, row: &LetterRow) -> Result<Self, Error> {
        let person = match row.person {
            Some(person) if by.may(Action::SeeRegister) => Some(desk.person(by, person)?),
            _ => None,
        };
        let (from, until) = this_month();
        let quota = row
            .person
            .map(|person| desk.quota(by, person, from, until))
            .transpose()?;
        Ok(Self {
            quota,
            replies: desk.letter_replies(by, row.number)?,
            notes: desk.letter_notes(by, row.number)?,
            person,
        })
    }

    /// What came back.
    pub(super) fn replies(&self, visit: &Visit) -> Markup {
        let t = &visit.texts;
        html! {
            @if !self.replies.is_empty() {
                section.box {
                    h2 { (t.say("letter-replies")) }
                    ol.way {
                        @for reply in &self.replies {
                            li {
                                @let shape = if reply.sent.is_some() { "done" } else { "half" };
                                span.state.(shape) { (t.say(&format!("reply-{}", reply.state.word()))) }
                                div.sub.small {
                                    (t.moment(reply.sent.unwrap_or(reply.made))) " · "
                                    (t.with("reply-pages", args![pages = reply.pages, of = reply.of]))
                                    @if let Some(code) = &reply.failure { " · " (failure(t, code)) }
                                }
                                @if reply.state == ReplyState::Open && visit.may(Action::Scan) {
                                    form method="post" action=(format!("/letters/{}/replies/{}/finish", reply.letter.0, reply.id)) {
                                        (visit.token_field())
                                        button type="submit" { (t.say("reply-finish")) }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// What the family was told.
    pub(super) fn notes(&self, t: &Texts) -> Markup {
        html! {
            @if !self.notes.is_empty() {
                section.box {
                    h2 { (t.say("letter-notes")) }
                    ol.way {
                        @for note in &self.notes {
                            li {
                                (state(t, note.state))
                                div.sub.small {
                                    (t.say(&format!("grade-{}", note.evidence.word()))) " · "
                                    @match (note.sent, &note.failure) {
                                        (Some(sent), _) => (t.with("note-sent", args![time = t.moment(sent)])),
                                        (None, Some(code)) => (failure(t, code)),
                                        (None, None) => (t.say("note-waits")),
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /// What few may do.
    pub(super) fn forms(
        &self,
        visit: &Visit,
        row: &LetterRow,
        names: &[(OperatorId, String)],
    ) -> Markup {
        let t = &visit.texts;
        let number = row.number.0;
        let head = visit.may(Action::OpenOriginal);
        let cut = row.state == State::PassedWithCuts || was_cut(&self.notes);
        let (restricts, opens, erases) = (
            visit.may(Action::Restrict) && (!row.restricted || head),
            head && cut && row.erased.is_none(),
            visit.may(Action::Erase) && row.erased.is_none(),
        );
        html! {
            @if restricts || opens || erases {
                section.box {
                    h2 { (t.say("letter-custody")) }
                    @if restricts {
                        details {
                            summary { (t.say("letter-access")) }
                            form method="post" action=(format!("/letters/{number}/access")) {
                                (visit.token_field())
                                p.sub.small { (t.say("letter-access-hint")) }
                                fieldset {
                                    legend { (t.say("letter-access-who")) }
                                    @for (id, name) in names {
                                        div { label.inline {
                                            input type="checkbox" name="operator" value=(id.0);
                                            span { (name) }
                                        } }
                                    }
                                }
                                button type="submit" { (t.say("account-save")) }
                            }
                        }
                    }
                    @if opens {
                        details {
                            summary { (t.say("letter-original")) }
                            form method="post" action=(format!("/letters/{number}/original")) {
                                (visit.token_field())
                                p.sub.small { (t.say("letter-original-hint")) }
                                (Field {
                                    name: "passphrase", kind: "password", label: t.say("service-passphrase"),
                                    hint: Some(t.say("service-passphrase-hint")), ..Field::default()
                                })
                                button type="submit" { (t.say("letter-original-open")) }
                            }
                        }
                    }
                    @if erases {
                        details {
                            summary { (t.say("letter-erase")) }
                            form method="post" action=(format!("/letters/{number}/erase")) {
                                (visit.token_field())
                                p.sub.small { (t.say("letter-erase-hint")) }
                                label.inline {
                                    input type="checkbox" name="sure" value="yes" required;
                                    span { (t.say("letter-erase-sure")) }
                                }
                                p { button.grave type="submit" { (t.say("letter-erase-submit")) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Whether the family was told of cuts.
fn was_cut(notes: &[NoteRow]) -> bool {
    notes.iter().any(|note| note.state == State::PassedWithCuts)
}

fn failure(t: &Texts, code: &str) -> String {
    t.find(&format!("error-{code}"), &[])
        .unwrap_or_else(|| t.with("error-other", args![code = code]))
}

/// The text before it was cut, shown once.
pub(super) fn original(t: &Texts, row: &LetterRow, told: &Told) -> Markup {
    html! {
        @if let Some(text) = &told.original {
            section aria-label=(t.say("letter-original-shown")) {
                h2 { (t.say("letter-original-shown")) }
                article.letter-text lang=(row.language.code()) { (text) }
            }
        }
    }
}

async fn after(
    visit: &Visit,
    number: LetterNumber,
    done: Result<(), Refusal>,
) -> Result<Response, Refusal> {
    match done {
        Ok(()) => Ok(see(&format!("/letters/{}?done=saved", number.0))),
        Err(refused @ Refusal::Failed(_)) => {
            let told = Told {
                wrong: Some(refused.sentence(&visit.texts)),
                original: None,
            };
            page_with(visit, number, None, &told).await
        }
        Err(other) => Err(other),
    }
}

/// `POST /letters/{number}/access`: only those ticked may open it; nobody ticked lifts that.
async fn access(
    visit: Visit,
    Path(number): Path<u64>,
    fields: Fields,
) -> Result<Response, Refusal> {
    let number = LetterNumber(number);
    let operators: Vec<OperatorId> = fields
        .all("operator")
        .filter_map(|id| id.parse().ok().map(OperatorId))
        .collect();
    let actor = visit.actor()?;
    let done = visit
        .site
        .ask(move |desk| desk.set_access(&actor, number, &operators, show::now()))
        .await;
    after(&visit, number, done).await
}

/// `POST /letters/{number}/original`: shown once, on this page.
async fn open_original(
    visit: Visit,
    Path(number): Path<u64>,
    fields: Fields,
) -> Result<Response, Refusal> {
    let number = LetterNumber(number);
    let passphrase = fields
        .some("passphrase")
        .map(|text| SecretString::from(text.to_owned()));
    let actor = visit.actor()?;
    let opened = visit
        .site
        .ask(move |desk| {
            let now = show::now();
            let compartment = desk.open_compartment(&actor, passphrase.as_ref(), now)?;
            desk.open_original(&actor, &compartment, number, now)
        })
        .await;
    match opened {
        Ok(text) => {
            let told = Told {
                wrong: None,
                original: Some(text),
            };
            page_with(&visit, number, None, &told).await
        }
        Err(refused) => after(&visit, number, Err(refused)).await,
    }
}

/// `POST /letters/{number}/erase`
async fn erase(visit: Visit, Path(number): Path<u64>, fields: Fields) -> Result<Response, Refusal> {
    if !fields.has("sure") {
        return Err(Refusal::Malformed);
    }
    let number = LetterNumber(number);
    let actor = visit.actor()?;
    let done = visit
        .site
        .ask_both(move |desk, account| desk.erase_letter(&actor, account, number, show::now()))
        .await;
    after(&visit, number, done).await
}

/// `POST /letters/{number}/replies/{reply}/finish`: no more pages of this reply will come.
async fn finish(
    visit: Visit,
    Path((number, reply)): Path<(u64, u64)>,
) -> Result<Response, Refusal> {
    let actor = visit.actor()?;
    let done = visit
        .site
        .ask(move |desk| desk.finish_reply(&actor, reply, show::now()))
        .await;
    if let Some(rounds) = visit.site.rounds() {
        rounds.poke();
    }
    after(&visit, LetterNumber(number), done).await
}
