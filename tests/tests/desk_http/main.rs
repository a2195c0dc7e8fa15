//! The desk below the browser: who may ask for what, and what is refused whoever asks.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod mailbags;
mod matrix;
#[path = "../support/mod.rs"]
mod support;

use support::Office;
use tidings_tests::{
    desk::{Visitor, token_of},
    http::Request,
};

/// A form without its page's token, or with another visitor's, changes nothing.
#[test]
fn forms_without_their_token_are_refused() {
    let office = Office::open();
    let mut head = office.visitor("head");
    let other = token_of(&office.visitor("head").get("/account").unwrap().text()).unwrap();
    for token in ["", "x", &other] {
        let request =
            Request::new("POST", "/language").form(&[("token", token), ("language", "en")]);
        let answer = head.send(&request).unwrap();
        assert_eq!(answer.status, 403, "{token:?}");
    }
    let none = Request::new("POST", "/language").form(&[("language", "en")]);
    assert_eq!(head.send(&none).unwrap().status, 403);
    let page = head.get("/account").unwrap().text();
    assert!(
        page.contains("<html lang=\"uk\""),
        "the language was changed"
    );
    // With it, the same form works.
    assert_eq!(
        head.post(
            "/account",
            "/language",
            &[("language", "en"), ("then", "/account")]
        )
        .unwrap()
        .status,
        303
    );
    assert!(
        head.get("/account")
            .unwrap()
            .text()
            .contains("<html lang=\"en\"")
    );
}

/// A page elsewhere may point its own name here (DNS rebinding) or send its own forms: neither is answered.
#[test]
fn other_names_and_other_pages_are_refused() {
    let office = Office::open();
    let socket = office.desk().socket();
    let port = socket.port();
    for host in [
        "evil.example",
        "evil.example:80",
        &format!("evil.example:{port}"),
        &format!("127.0.0.1.evil.example:{port}"),
        "127.0.0.1:1",
        "",
    ] {
        let answer = Request::new("GET", "/sign-in")
            .header("Host", host)
            .send(socket)
            .unwrap();
        assert!(
            matches!(answer.status, 400 | 421),
            "{host}: {}",
            answer.status
        );
        assert!(!answer.text().contains("token"), "{host}");
    }
    for host in [
        format!("localhost:{port}"),
        format!("127.0.0.1:{port}"),
        format!("[::1]:{port}"),
    ] {
        let answer = Request::new("GET", "/sign-in")
            .header("Host", &host)
            .send(socket)
            .unwrap();
        assert_eq!(answer.status, 200, "{host}");
    }
    let mut head = office.visitor("head");
    let token = token_of(&head.get("/account").unwrap().text()).unwrap();
    for (name, value) in [
        ("Origin", "https://evil.example"),
        ("Origin", "null"),
        ("Sec-Fetch-Site", "cross-site"),
        ("Sec-Fetch-Site", "same-site"),
    ] {
        let request = Request::new("POST", "/language")
            .header(name, value)
            .form(&[("token", &token), ("language", "en")]);
        assert_eq!(head.send(&request).unwrap().status, 403, "{name}: {value}");
    }
}

/// What every answer forbids the browser.
#[test]
fn every_answer_has_its_headers() {
    let office = Office::open();
    let mut head = office.visitor("head");
    for path in [
        "/letters",
        "/sign-in",
        "/nowhere",
        "/assets/desk.css",
        "/letters/999",
        "/",
    ] {
        let answer = head.get(path).unwrap();
        let policy = answer.header("content-security-policy").unwrap();
        for part in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ] {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        assert_eq!(
            answer.header("referrer-policy"),
            Some("same-origin"),
            "{path}"
        );
        if !path.starts_with("/assets") {
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
        }
        let page = answer.text();
        assert!(
            !page.contains("<script>") && !page.contains(" style=") && !page.contains(" onclick"),
            "{path}"
        );
        for elsewhere in page
            .match_indices("http")
            .map(|(at, _)| &page[at..(at + 40).min(page.len())])
        {
            let known = ["http://www.w3.org/", "http-equiv"];
            assert!(
                known.iter().any(|known| elsewhere.starts_with(known)),
                "{path}: {elsewhere}"
            );
        }
    }
}

/// The session's cookie cannot be read by scripts and is sent with nothing that comes from elsewhere.
#[test]
fn cookies_are_strict() {
    let office = Office::open();
    let mut visitor = Visitor::new(office.desk());
    let page = visitor.get("/sign-in").unwrap();
    let token = token_of(&page.text()).unwrap();
    let request = Request::new("POST", "/sign-in").form(&[
        ("token", &token),
        ("login", "head"),
        ("password", tidings_tests::desk::PASSWORD),
    ]);
    let answer = visitor.send(&request).unwrap();
    let cookies: Vec<&String> = page
        .headers
        .iter()
        .chain(&answer.headers)
        .filter(|(name, _)| name == "set-cookie")
        .map(|(_, value)| value)
        .collect();
    assert!(cookies.len() >= 2, "{cookies:?}");
    for cookie in cookies {
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
            "{cookie}"
        );
    }
}

/// Guessing is slowed down, and which part was wrong is not said.
#[test]
fn guessing_is_slowed_down() {
    let office = Office::open();
    let mut visitor = Visitor::new(office.desk());
    let mut told = Vec::new();
    for (login, password) in [
        ("head", "wrong wrong wrong"),
        ("nobody", "wrong wrong wrong"),
    ] {
        let answer = visitor
            .post(
                "/sign-in",
                "/sign-in",
                &[("login", login), ("password", password)],
            )
            .unwrap();
        assert_eq!(answer.status, 422);
        let text = answer.text();
        let alert = text.split("role=\"alert\">").nth(1).unwrap();
        told.push(alert.split("</div>").next().unwrap().to_owned());
    }
    assert_eq!(told[0], told[1]);
    for _ in 0..4 {
        visitor
            .post(
                "/sign-in",
                "/sign-in",
                &[("login", "head"), ("password", "wrong wrong wrong")],
            )
            .unwrap();
    }
    let right = visitor
        .post(
            "/sign-in",
            "/sign-in",
            &[
                ("login", "head"),
                ("password", tidings_tests::desk::PASSWORD),
            ],
        )
        .unwrap();
    assert_eq!(
        right.status, 422,
        "the right password was taken in the middle of the pause"
    );
}

/// The address to go on to after signing in stays at this desk.
#[test]
fn nobody_is_sent_elsewhere() {
    let office = Office::open();
    for (then, expected) in [
        ("/audit", "/audit"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
    ] {
        let mut visitor = Visitor::new(office.desk());
        let fields = [
            ("login", "head"),
            ("password", tidings_tests::desk::PASSWORD),
            ("then", then),
        ];
        let answer = visitor.post("/sign-in", "/sign-in", &fields).unwrap();
        assert_eq!(answer.header("location"), Some(expected), "{then}");
    }
}

/// The first run is for whoever can read the terminal, once.
#[test]
fn the_first_run_is_for_whoever_started_the_desk() {
    let folder = tempfile::tempdir().unwrap();
    let desk = tidings_tests::desk::Desk::start(folder.path()).unwrap();
    let mut stranger = Visitor::new(&desk);
    for path in [
        "/",
        "/begin",
        "/begin?code=",
        "/begin?code=AAAAAAAAAAAAAAAA",
        "/sign-in",
        "/letters",
    ] {
        let answer = stranger.get(path).unwrap();
        assert!(
            !answer.text().contains("field-office"),
            "{path} shows the first run"
        );
        assert_ne!(answer.status, 200, "{path}");
    }
    let page = stranger.get("/begin").unwrap().text();
    if let Some(token) = token_of(&page) {
        let request = Request::new("POST", "/begin").form(&[
            ("token", &token),
            ("code", "guess"),
            ("office", "x"),
        ]);
        assert_eq!(stranger.send(&request).unwrap().status, 403);
    }
    let office = Office::open();
    let mut visitor = Visitor::new(office.desk());
    assert_eq!(visitor.get("/begin").unwrap().status, 303);
}

/// A screen that locks itself at once would be no screen; what was typed stands there to be mended.
#[test]
fn no_idle_time_is_no_setting() {
    let office = Office::open();
    let mut head = office.visitor("head");
    for (idle, status) in [("0", 422), ("-1", 422), ("x", 422), ("1", 303)] {
        let fields = [("name", "Офіс"), ("idle", idle)];
        let told = head.post("/settings", "/settings", &fields).unwrap();
        assert_eq!(told.status, status, "{idle}");
        if status == 422 {
            let sentence = support::Texts::read("uk").say("settings-idle-wrong");
            assert!(told.text().contains(&sentence), "{idle}");
            assert!(told.text().contains(&format!("value=\"{idle}\"")), "{idle}");
        }
    }
}

/// Nonsense in an address is a sentence on a page.
#[test]
fn what_is_asked_wrongly_is_told_and_breaks_nothing() {
    let office = Office::open();
    let mut head = office.visitor("head");
    for path in [
        "/letters/0",
        "/letters/18446744073709551615",
        "/letters/x",
        "/letters/1/pictures/x",
        "/letters?after=nonsense",
        "/letters?find=%FF%FE&language=xx&pictures=perhaps",
        "/operators/999",
        "/audit?before=x&operator=y",
        "/nowhere",
        "/assets/../Cargo.toml",
        "/assets/nothing",
    ] {
        let answer = head.get(path).unwrap();
        assert!(answer.status < 500, "{path}: {}", answer.status);
    }
    assert_eq!(head.get("/letters").unwrap().status, 200);
}
