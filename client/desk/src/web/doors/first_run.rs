//! The first run: an office is named, its account and its desk are made, its first operator becomes head.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use tidings_client::{Account, NewAccount, SecretString};
use tidings_protocol::{language::Language, relay_identity::RelayAddress};

use crate::{
    Desk, Error, FirstRun, NewOperator, Role, Roles, Settings, SignIn,
    web::{
        fields::Fields,
        refusal::{self, Refusal},
        shell::{self, Field},
        show,
        site::Site,
        texts::Texts,
        visit::{Visit, begin_session, see},
    },
};

/// `GET /begin?code=…`
pub(crate) async fn show(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    if visit.site.desk().is_some() {
        return Ok(see("/"));
    }
    if !visit.site.is_founder(fields.get("code")) {
        return Err(Refusal::NotBegun);
    }
    Ok(form(&visit, &fields, &Wrong::default()).into_response())
}

/// `POST /begin`
pub(crate) async fn begin(visit: Visit, fields: Fields) -> Result<Response, Refusal> {
    if !visit.site.is_founder(fields.get("code")) {
        return Err(Refusal::NotBegun);
    }
    let _one_at_a_time = visit.site.founding().await;
    if visit.site.desk().is_some() {
        return Ok(see("/"));
    }
    let wish = match Wish::read(&visit.texts, &fields) {
        Ok(wish) => wish,
        Err(wrong) => return Ok(form(&visit, &fields, &wrong).into_response()),
    };
    let site = visit.site.clone();
    match visit.site.blocking(move || Ok(found(&site, &wish)?)).await {
        Ok(signed) => {
            let mut response = see("/account/second-factor?first=1");
            begin_session(&visit.site, &mut response, &signed.token);
            Ok(response)
        }
        Err(refusal) => {
            let wrong = Wrong::of(&visit.texts, &refusal);
            Ok(form(&visit, &fields, &wrong).into_response())
        }
    }
}

/// The first run again, with why a backup was not taken.
pub(crate) async fn restore_refused(visit: &Visit, refused: &Refusal) -> Result<Response, Refusal> {
    let wrong = Wrong {
        restore: Some(refused.sentence(&visit.texts)),
        ..Wrong::default()
    };
    // Only who holds the code was let come this far.
    let query = format!("code={}", visit.site.founding_code());
    let fields = Fields::read(query.as_bytes());
    let page = form(visit, &fields, &wrong);
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// What somebody wants to begin with.
struct Wish {
    office: String,
    relay: RelayAddress,
    languages: Vec<Language>,
    head: NewOperator,
    needs_codes: bool,
}

/// Sentences beside the fields that they are about.
#[derive(Default)]
struct Wrong {
    all: Option<String>,
    restore: Option<String>,
    office: Option<String>,
    relay: Option<String>,
    languages: Option<String>,
    name: Option<String>,
    login: Option<String>,
    password: Option<String>,
    again: Option<String>,
}

impl Wrong {
    /// A refusal of the domain, beside the field that it is about.
    fn of(texts: &Texts, refused: &Refusal) -> Self {
        let sentence = Some(refused.sentence(texts));
        match refused {
            Refusal::Failed(error) => match **error {
                Error::WeakPassword { .. } => Self {
                    password: sentence,
                    ..Self::default()
                },
                Error::Text { what: "login", .. } => Self {
                    login: sentence,
                    ..Self::default()
                },
                Error::Account(
                    tidings_client::Error::Name { .. } | tidings_client::Error::Card(_),
                ) => Self {
                    office: sentence,
                    ..Self::default()
                },
                _ => Self {
                    all: sentence,
                    ..Self::default()
                },
            },
            _ => Self {
                all: sentence,
                ..Self::default()
            },
        }
    }

    fn is_any(&self) -> bool {
        [
            &self.office,
            &self.relay,
            &self.languages,
            &self.name,
            &self.login,
            &self.password,
            &self.again,
        ]
        .iter()
        .any(|wrong| wrong.is_some())
    }
}

impl Wish {
    fn read(texts: &Texts, fields: &Fields) -> Result<Self, Box<Wrong>> {
        let mut wrong = Wrong::default();
        let needed = |name: &str| {
            fields
                .some(name)
                .is_none()
                .then(|| texts.say("begin-needed"))
        };
        wrong.office = needed("office");
        wrong.name = needed("name");
        wrong.login = needed("login");
        let relay = fields.get("relay").trim().parse::<RelayAddress>();
        if relay.is_err() {
            wrong.relay = Some(texts.say("begin-relay-wrong"));
        }
        let languages: Vec<Language> = Language::ALL
            .into_iter()
            .filter(|language| fields.all("languages").any(|code| code == language.code()))
            .collect();
        if languages.is_empty() {
            wrong.languages = Some(texts.say("begin-languages-wrong"));
        }
        if fields.get("password") != fields.get("again") {
            wrong.again = Some(texts.say("begin-again-wrong"));
        }
        let (Ok(relay), false) = (relay, wrong.is_any()) else {
            return Err(Box::new(wrong));
        };
        Ok(Self {
            office: fields.get("office").trim().to_owned(),
            relay,
            languages,
            head: NewOperator {
                login: fields.get("login").trim().to_owned(),
                name: fields.get("name").trim().to_owned(),
                language: texts.language(),
                roles: Roles::of(&Role::ALL),
                password: SecretString::from(fields.get("password").to_owned()),
            },
            needs_codes: fields.has("codes"),
        })
    }
}

/// Account first, desk second: the desk's header is what says that there is an office, so that an attempt that was cut off
/// can be repeated.
fn found(site: &Site, wish: &Wish) -> Result<SignIn, Error> {
    let (home, passphrase) = (site.home(), site.passphrase());
    let now = show::now();
    let settings = Settings {
        name: wish.office.clone(),
        languages: wish.languages.clone(),
        second_factor_required: wish.needs_codes,
        ..Settings::default()
    };
    let account = if Account::exists(home) {
        Account::open(home, passphrase)?
    } else {
        Account::create(
            home,
            passphrase,
            NewAccount {
                name: wish.office.clone(),
                relay: wish.relay.clone(),
                languages: wish.languages.clone(),
            },
        )?
    };
    account.card()?;
    let first = FirstRun {
        settings,
        head: wish.head.clone(),
    };
    let desk = Desk::create(home, passphrase, &first, now)?;
    let signed = desk.sign_in(&wish.head.login, &wish.head.password, None, now)?;
    site.begin_work(desk, account)?;
    Ok(signed)
}

fn form(visit: &Visit, fields: &Fields, wrong: &Wrong) -> Markup {
    let t = &visit.texts;
    let ticked = |language: Language| {
        !fields.has("office") || fields.all("languages").any(|code| code == language.code())
    };
    visit.door(&t.say("begin-title"), html! {
        h1 { (t.say("begin-title")) }
        p.sub { (t.say("begin-lead")) }
        (shell::wrong(wrong.all.as_deref()))
        form method="post" action="/begin" data-keep="begin" {
            (visit.token_field())
            input type="hidden" name="code" value=(fields.get("code"));
            h2 { (t.say("begin-office-heading")) }
            (Field {
                name: "office", label: t.say("begin-office"), value: fields.get("office"), required: true, focus: true,
                hint: Some(t.say("begin-office-hint")), wrong: wrong.office.clone(), complete: "organization",
                ..Field::default()
            })
            (Field {
                name: "relay", label: t.say("begin-relay"), value: fields.get("relay"), required: true,
                hint: Some(t.say("begin-relay-hint")), wrong: wrong.relay.clone(), ..Field::default()
            })
            fieldset {
                legend { (t.say("begin-languages")) }
                @for language in Language::ALL {
                    label.inline {
                        input type="checkbox" name="languages" value=(language.code()) checked[ticked(language)];
                        span lang=(language.code()) { (shell::own_name(language)) }
                    }
                    " "
                }
                @if let Some(wrong) = &wrong.languages { p.wrong { (wrong) } }
            }
            h2 { (t.say("begin-person-heading")) }
            p.sub { (t.say("begin-person-lead")) }
            (Field {
                name: "name", label: t.say("begin-name"), value: fields.get("name"), required: true,
                wrong: wrong.name.clone(), complete: "name", ..Field::default()
            })
            (Field {
                name: "login", label: t.say("begin-login"), value: fields.get("login"), required: true,
                hint: Some(t.say("begin-login-hint")), wrong: wrong.login.clone(), complete: "username", ..Field::default()
            })
            (Field {
                name: "password", kind: "password", label: t.say("begin-password"), required: true,
                hint: Some(t.say("begin-password-hint")), wrong: wrong.password.clone(), complete: "new-password",
                ..Field::default()
            })
            (Field {
                name: "again", kind: "password", label: t.say("begin-again"), required: true,
                wrong: wrong.again.clone(), complete: "new-password", ..Field::default()
            })
            div.field {
                label.inline {
                    input type="checkbox" name="codes" value="yes" checked[!fields.has("office") || fields.has("codes")];
                    span { (t.say("begin-codes")) }
                }
            }
            button.main type="submit" { (t.say("begin-submit")) }
        }
        details.box open[wrong.restore.is_some()] {
            summary { (t.say("begin-restore")) }
            p { (t.say("begin-restore-lead")) }
            (shell::wrong(wrong.restore.as_deref()))
            form method="post" action="/begin/restore" enctype="multipart/form-data" {
                (visit.token_field())
                input type="hidden" name="code" value=(fields.get("code"));
                div.field {
                    label for="field-backup" { (t.say("begin-restore-file")) }
                    input #field-backup type="file" name="backup" required accept=".zip,application/zip";
                }
                button type="submit" { (t.say("begin-restore-submit")) }
            }
        }
    })
}

/// What a refusal says, for pages that show it beside a form.
pub(super) fn told(visit: &Visit, refused: &Refusal) -> String {
    match refused {
        Refusal::Failed(error) => refusal::sentence(&visit.texts, error),
        other => other.sentence(&visit.texts),
    }
}
