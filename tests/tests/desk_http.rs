//! The desk below the browser: who may ask for what, and what is refused whoever asks.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "support/mod.rs"]
mod support;

use support::Office;
use tidings_desk::web::table;
use tidings_tests::{
    desk::{Visitor, token_of},
    http::Request,
};

/// Which roles may use a route, written out by hand: `r`eader, `p`rinter, `s`canner, `c`ase worker, `h`ead. A dash is
/// everybody who is signed in, a star everybody.
const MATRIX: &str = "
    GET  /                                    *
    GET  /pulse                               -
    GET  /begin                               *
    POST /begin                               *
    POST /begin/restore                       *
    GET  /sign-in                             *
    POST /sign-in                             *
    GET  /unlock                              *
    POST /unlock                              *
    POST /lock                                -
    POST /lock-office                         -
    POST /sign-out                            *
    POST /language                            *
    POST /awake                               -
    GET  /account                             -
    POST /account/password                    -
    GET  /account/second-factor               -
    POST /account/second-factor               -
    POST /account/second-factor/prove         -
    GET  /letters                             rpsch
    POST /letters/track                       pch
    GET  /letters/{number}                    rpsch
    GET  /letters/{number}/pictures/{place}   rch
    GET  /letters/{number}/preview            rpch
    GET  /letters/{number}/preview/{place}    rpch
    GET  /letters/{number}/label.pdf          ph
    POST /letters/{number}/two-people         rch
    POST /letters/{number}/ask                rch
    POST /letters/{number}/agree              rch
    POST /letters/{number}/verify             ch
    POST /letters/{number}/review             rh
    POST /letters/{number}/route              rh
    POST /letters/{number}/access             rch
    POST /letters/{number}/original           h
    POST /letters/{number}/erase              h
    POST /letters/{number}/replies/{reply}/finish sh
    GET  /messages                            ch
    GET  /messages/{number}                   ch
    POST /messages/{number}/answer            ch
    POST /messages/{number}/lay-by            ch
    GET  /card                                -
    GET  /card/file                           -
    GET  /card/poster                         -
    GET  /print                               ph
    POST /print/new                           ph
    POST /print/preview                       ph
    POST /print                               ph
    GET  /print/{id}                          ph
    GET  /print/{id}/labels.pdf               ph
    GET  /print/{id}/document                 ph
    POST /print/{id}/retry                    ph
    POST /print/{id}/close                    ph
    GET  /parcels                             pch
    POST /parcels                             ch
    GET  /parcels/{campaign}                  pch
    POST /parcels/{campaign}/close            ch
    POST /parcels/{campaign}/count            pch
    POST /parcels/{campaign}/hand-over        pch
    GET  /parcels/{campaign}/manifest         pch
    GET  /parcels/{campaign}/manifest.pdf     pch
    GET  /parcels/{campaign}/labels.pdf       pch
    GET  /parcels/{campaign}/list             ch
    POST /parcels/{campaign}/list             ch
    POST /parcels/{campaign}/rows             ch
    GET  /parcels/{campaign}/pack             pch
    POST /parcels/{campaign}/pack             ph
    POST /parcels/{campaign}/pack/bind        ph
    POST /parcels/{campaign}/pack/take-out    ph
    POST /parcels/{campaign}/pack/seal        ph
    POST /parcels/{campaign}/pack/unseal      ph
    POST /parcels/{campaign}/pack/family      ch
    POST /parcels/{campaign}/pack/exception   pch
    GET  /replies                             sh
    POST /replies                             sh
    POST /replies/folder                      h
    GET  /replies/queue                       sh
    GET  /replies/pages/{id}                  sh
    POST /replies/pages/{id}                  sh
    GET  /replies/files/{id}                  sh
    POST /replies/files/{id}                  sh
    GET  /replies/{id}                        sh
    POST /replies/{id}                        sh
    GET  /register                            ch
    GET  /register/list                       ch
    POST /register/list                       ch
    POST /register/rows                       ch
    GET  /register/people/{id}                ch
    POST /register/people/{id}                ch
    POST /register/people/{id}/state          ch
    POST /register/people/{id}/card           ch
    POST /register/people/{id}/service        ch
    POST /register/people/{id}/open           ch
    POST /register/people/{id}/returned       ch
    POST /register/people/{id}/letters        ch
    POST /register/people/{id}/merge          ch
    GET  /register/people/{id}/closed.pdf     ch
    GET  /register/requests                   ch
    GET  /register/requests/new               ch
    POST /register/requests                   ch
    GET  /register/requests/{id}              ch
    POST /register/requests/{id}/confirm      ch
    POST /register/requests/{id}/answer       ch
    POST /register/requests/{id}/close        ch
    GET  /figures                             rch
    GET  /figures/report                      rch
    GET  /figures/report.pdf                  rch
    GET  /operators                           h
    POST /operators                           h
    GET  /operators/{id}                      h
    POST /operators/{id}                      h
    POST /operators/{id}/active               h
    POST /operators/{id}/reset                h
    GET  /audit                               h
    POST /audit/verify                        h
    GET  /settings                            h
    POST /settings                            h
    POST /settings/route                      h
    POST /settings/compartment                h
    GET  /settings/notes                      h
    POST /settings/notes                      h
    GET  /settings/backup                     h
    POST /settings/backup                     h
";

const ROLES: [(char, &str); 5] = [
    ('r', "reader"),
    ('p', "printer"),
    ('s', "scanner"),
    ('c', "case_worker"),
    ('h', "head"),
];

/// The written matrix and the program have the same routes.
#[test]
fn no_route_is_missing_from_the_matrix() {
    let mut written: Vec<(String, String)> = MATRIX
        .lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            Some((words.next()?.to_owned(), words.next()?.to_owned()))
        })
        .collect();
    let mut served: Vec<(String, String)> = table()
        .iter()
        .map(|route| (route.method.to_owned(), route.path.to_owned()))
        .collect();
    written.sort();
    served.sort();
    assert_eq!(written, served);
}

/// Each role asks for each route over HTTP. What is not allowed is 403 before anything else is looked at; what is allowed
/// may fail for other reasons, never for that one.
#[test]
fn each_role_reaches_its_routes_and_no_other() {
    let office = Office::open();
    for (letter, role) in ROLES {
        if letter != 'h' {
            office.add_operator(role, &[role]);
        }
        let mut visitor = office.visitor(role);
        let mut wrong = Vec::new();
        for line in MATRIX.lines().filter(|line| !line.trim().is_empty()) {
            let mut words = line.split_whitespace();
            let (method, path, who) = (
                words.next().unwrap(),
                words.next().unwrap(),
                words.next().unwrap(),
            );
            // These end the session that asks.
            if ["/lock", "/lock-office", "/sign-out"].contains(&path) {
                continue;
            }
            let page = visitor.get("/account").unwrap().text();
            let token = token_of(&page).unwrap();
            let path = path
                .replace("{number}", "999")
                .replace("{place}", "0")
                .replace("{id}", "999")
                .replace("{reply}", "999")
                .replace("{campaign}", "999");
            let request = Request::new(method, &path);
            let request = if method == "POST" {
                // Setting it is for those who restrict, lifting it for a head.
                request.form(&[("token", &token), ("two", "yes"), ("operator", "1")])
            } else {
                request
            };
            let status = visitor.send(&request).unwrap().status;
            let may = who == "*" || who == "-" || who.contains(letter);
            // The first-run page is for whoever holds its code.
            let is_refused = status == 403 && path != "/begin";
            if may == is_refused {
                wrong.push(format!("{role}: {method} {path}: {status}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// Who is not signed in is sent to the door, from every route that is not for everybody.
#[test]
fn nobody_sees_anything_without_signing_in() {
    let office = Office::open();
    for line in MATRIX
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.ends_with('*'))
    {
        let mut words = line.split_whitespace();
        let (method, path) = (words.next().unwrap(), words.next().unwrap());
        let path = path
            .replace("{number}", "1")
            .replace("{place}", "0")
            .replace("{id}", "1")
            .replace("{reply}", "1")
            .replace("{campaign}", "1");
        let mut visitor = Visitor::new(office.desk());
        let page = visitor.get("/sign-in").unwrap().text();
        let request = Request::new(method, &path).form(&[("token", &token_of(&page).unwrap())]);
        let answer = visitor.send(&request).unwrap();
        assert_eq!(answer.status, 303, "{method} {path}");
        assert!(
            answer.header("location").unwrap().starts_with("/sign-in"),
            "{method} {path}"
        );
    }
}

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
