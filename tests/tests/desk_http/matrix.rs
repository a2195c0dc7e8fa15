//! Which role reaches which route.

use crate::support::Office;
use tidings_desk::web::table;
use tidings_tests::{
    desk::{PASSWORD, Telephone, Visitor, token_of},
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
    POST /account/recovery                    -
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
    GET  /messages/{number}/pictures/{place}  ch
    POST /messages/{number}/answer            ch
    POST /messages/{number}/lay-by            ch
    POST /messages/{number}/address           ch
    POST /messages/{number}/verify            ch
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
    GET  /parcels/check                       pch
    POST /parcels/check                       pch
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
    GET  /mailbags                            ch
    POST /mailbags                            ch
    POST /mailbags/begun                      ch
    POST /mailbags/pack                       ch
    GET  /mailbags/{bag}                      ch
    GET  /mailbags/{bag}/parts/{part}         ch
    POST /mailbags/{bag}/erase                ch
    GET  /register                            ch
    GET  /register/people.csv                 h
    GET  /register/list                       ch
    POST /register/list                       ch
    POST /register/rows                       ch
    GET  /register/people/{id}                ch
    POST /register/people/{id}                ch
    POST /register/people/{id}/state          ch
    POST /register/people/{id}/card           ch
    POST /register/people/{id}/service        ch
    POST /register/people/{id}/service/erase  ch
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
    GET  /settings/network                    h
    POST /settings/network                    h
    GET  /settings/keeping                    h
    POST /settings/keeping                    h
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

/// A route's address with numbers that nothing has.
fn address(path: &str) -> String {
    [
        "{number}",
        "{place}",
        "{id}",
        "{reply}",
        "{campaign}",
        "{bag}",
        "{part}",
    ]
    .iter()
    .fold(path.to_owned(), |path, name| path.replace(name, "999"))
}

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
            let path = address(path);
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
        let path = address(path);
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

/// DESK-39: where the office insists on it, nothing but the own account is open before the second factor is set up, from no
/// route and for no role; afterwards everything is as before, and the password alone lets nobody in.
#[test]
fn nothing_is_open_before_the_second_factor_is_set_up() {
    let office = Office::open();
    office.add_operator("reader", &["reader"]);
    let mut head = office.visitor("head");
    let insist = [("name", "Офіс"), ("idle", "10"), ("codes", "yes")];
    let told = head.post("/settings", "/settings", &insist).unwrap();
    assert_eq!(told.status, 303, "{}", told.text());
    // Also for those who are at work already, and for the head himself.
    for visitor in [&mut head, &mut office.visitor("reader")] {
        let token = token_of(&visitor.get("/account").unwrap().text()).unwrap();
        for line in MATRIX.lines().filter(|line| !line.trim().is_empty()) {
            let words: Vec<&str> = line.split_whitespace().collect();
            let own = ["/account", "/pulse", "/lock", "/awake"];
            if words[2] == "*" || own.iter().any(|own| words[1].starts_with(own)) {
                continue;
            }
            let path = address(words[1]);
            let request = Request::new(words[0], &path).form(&[("token", &token)]);
            let answer = visitor.send(&request).unwrap();
            let way = answer.header("location").unwrap_or_default();
            assert_eq!(
                (answer.status, way),
                (303, "/account/second-factor"),
                "{line}"
            );
        }
    }
    // A second person is none before.
    let page = head.post("/account/second-factor", "/account/second-factor", &[]);
    let page = page.unwrap().text();
    let key = page.split("id=\"seed\">").nth(1).unwrap();
    let mut telephone = Telephone::new(key.split('<').next().unwrap());
    let code = telephone.code().unwrap();
    let prove = [("one-time", code.as_str())];
    let proven = head.post("/account", "/account/second-factor/prove", &prove);
    let proven = proven.unwrap();
    assert_eq!(proven.status, 200, "{}", proven.text());
    let codes: Vec<String> = proven
        .text()
        .split("<li><code>")
        .skip(1)
        .map(|rest| rest.split('<').next().unwrap().to_owned())
        .collect();
    assert_eq!(codes.len(), 10, "{}", proven.text());
    assert_eq!(head.get("/letters").unwrap().status, 200);
    // The page shows them once.
    let account = head.get("/account").unwrap().text();
    assert!(codes.iter().all(|code| !account.contains(code)));

    let mut other = Visitor::new(office.desk());
    assert!(other.sign_in("head", PASSWORD).is_err(), "without a code");
    let with = |code: &str| {
        let fields = [
            ("login", "head"),
            ("password", PASSWORD),
            ("one-time", code),
        ];
        // A browser of its own: who is signed in is led away from that page.
        let mut other = Visitor::new(office.desk());
        other.post("/sign-in", "/sign-in", &fields).unwrap().status
    };
    assert_eq!(with(&codes[0]), 303);
    assert_eq!(with(&telephone.code().unwrap()), 303);
}
