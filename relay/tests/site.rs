//! What a stranger sees on the relay's TCP port: the same as from a plain web server beside it, probe by probe (CHAN-10).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::{
    collections::BTreeMap,
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, SystemTime},
};

use support::running::Running;
use tidings_line::websocket::{Socket, plain_tls, upgrade_request};
use tidings_protocol::channel::websocket_path;
use tidings_relay::web::{CertificateSource, WebOptions};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

const LONG: Duration = Duration::from_secs(10);
/// When the pages were changed: Thu, 01 Oct 2026 10:00:00 GMT.
const CHANGED: u64 = 1_790_848_800;
const CHANGED_DATE: &str = "Thu, 01 Oct 2026 10:00:00 GMT";

/// A folder of pages, and a relay that shows them.
fn relay() -> (Running, PathBuf) {
    let mut relay = None;
    let running = Running::with_web(|folder| {
        let site = folder.join("pages");
        fs::create_dir_all(site.join("about")).unwrap();
        fs::create_dir_all(site.join("photos of us")).unwrap();
        fs::write(site.join("index.html"), "<html>Our organisation</html>\n").unwrap();
        fs::write(site.join("about/index.html"), "<html>About</html>\n").unwrap();
        fs::write(site.join("style.css"), "body { color: black }\n").unwrap();
        let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(CHANGED);
        for page in ["index.html", "about/index.html", "style.css"] {
            let page = fs::File::options()
                .write(true)
                .open(site.join(page))
                .unwrap();
            page.set_modified(changed).unwrap();
        }
        relay = Some(site.clone());
        Some(WebOptions {
            site: Some(site),
            certificate: CertificateSource::Own,
        })
    });
    (running, relay.unwrap())
}

/// A real nginx, as a fresh machine has it, over the same pages.
struct Nginx {
    child: Child,
    address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Nginx {
    async fn start(site: &Path, certificate: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let (here, site) = (folder.path().display(), site.display());
        let certificate = certificate.display();
        let config = format!(
            "daemon off; master_process off; pid {here}/pid; error_log /dev/null;\n\
             events {{ worker_connections 64; }}\n\
             http {{ access_log off; server_tokens off; default_type application/octet-stream;\n\
             types {{ text/html html; text/css css; }}\n\
             client_body_temp_path {here}/b; proxy_temp_path {here}/p; fastcgi_temp_path {here}/f;\n\
             uwsgi_temp_path {here}/u; scgi_temp_path {here}/s;\n\
             server {{ listen 127.0.0.1:{port} ssl; root {site}; index index.html;\n\
             ssl_certificate {certificate}; ssl_certificate_key {certificate};\n\
             ssl_protocols TLSv1.2 TLSv1.3; }} }}\n"
        );
        let file = folder.path().join("nginx.conf");
        fs::write(&file, config).unwrap();
        let child = Command::new("nginx")
            .arg("-c")
            .arg(&file)
            .arg("-p")
            .arg(folder.path())
            .env("PATH", "/usr/sbin:/usr/local/sbin:/usr/bin:/bin")
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx is installed: `cargo xtask doctor` tells how");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let up = async {
            while TcpStream::connect(address).await.is_err() {
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(LONG, up).await.expect("nginx answers");
        Self {
            child,
            address,
            _folder: folder,
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What tells servers apart: the status, and the headers but for their order and letters. What differs between two answers of one
/// server is blanked.
#[derive(Debug, PartialEq)]
enum Seen {
    Answer {
        status: String,
        headers: BTreeMap<String, String>,
        body: String,
    },
    /// The connection was ended without an answer.
    Closed,
    /// A TLS alert.
    Alert(u8),
    /// Nothing, within a second.
    Silence,
}

impl Seen {
    /// Both servers name their own port in redirections.
    fn without_port(mut self, server: SocketAddr) -> Self {
        if let Self::Answer { headers, .. } = &mut self
            && let Some(location) = headers.get_mut("location")
        {
            *location = location.replace(&format!(":{}", server.port()), ":PORT");
        }
        self
    }
}

/// Reads one answer: its head, and as much body as the head promises.
async fn read(stream: &mut (impl AsyncReadExt + Unpin), has_body: bool) -> Seen {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(end) = memchr::memmem::find(&bytes, b"\r\n\r\n") {
            break end;
        }
        match stream.read_buf(&mut bytes).await {
            Ok(0) | Err(_) => return Seen::Closed,
            Ok(_) => {}
        }
        // An alert in clear: 21, version, length, level, description (RFC 8446, section 6).
        if let [0x15, 3, _, 0, 2, _, description] = bytes[..] {
            return Seen::Alert(description);
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().to_owned();
    let mut headers: BTreeMap<_, _> = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = bytes.split_off(head_end + 4);
    while has_body && body.len() < length {
        if stream.read_buf(&mut body).await.unwrap_or(0) == 0 {
            break;
        }
    }
    headers.entry("date".to_owned()).and_modify(String::clear);
    Seen::Answer {
        status,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

async fn probe(server: SocketAddr, request: &[u8]) -> Seen {
    let socket = Socket::connect_with(server, plain_tls().unwrap()).await;
    let (mut reading, mut writing) = socket.unwrap().split();
    // A server may answer and close before it has read everything.
    let _ = writing.write(request).await;
    let has_body = !request.starts_with(b"HEAD");
    timeout(LONG, read(reading.stream(), has_body))
        .await
        .unwrap_or(Seen::Silence)
}

/// The same without TLS.
async fn probe_plain(server: SocketAddr, bytes: &[u8], patience: Duration) -> Seen {
    let mut stream = TcpStream::connect(server).await.unwrap();
    let _ = stream.write_all(bytes).await;
    timeout(patience, read(&mut stream, true))
        .await
        .unwrap_or(Seen::Silence)
}

fn probes(path: &str) -> Vec<(&'static str, String)> {
    let get = |path: &str, more: &str| {
        format!("GET {path} HTTP/1.1\r\nHost: relay.example.org\r\n{more}\r\n")
    };
    let other = |method: &str, path: &str| {
        format!("{method} {path} HTTP/1.1\r\nHost: relay.example.org\r\nContent-Length: 0\r\n\r\n")
    };
    let long = "a".repeat(40_000);
    vec![
        ("the page", get("/", "")),
        ("the page, once", get("/", "Connection: close\r\n")),
        (
            "the page's head",
            "HEAD / HTTP/1.1\r\nHost: relay.example.org\r\n\r\n".to_owned(),
        ),
        ("a file", get("/style.css", "")),
        ("a query", get("/style.css?v=1", "")),
        ("a folder", get("/about/", "")),
        ("a folder without its slash", get("/about", "")),
        ("a folder without an index", get("/photos%20of%20us/", "")),
        (
            "its head",
            "HEAD /photos%20of%20us/ HTTP/1.1\r\nHost: relay.example.org\r\n\r\n".to_owned(),
        ),
        ("POST to it", other("POST", "/photos%20of%20us/")),
        ("it without its slash", get("/photos%20of%20us", "")),
        ("a folder that is not there", get("/unknown/", "")),
        ("a file with a slash", get("/style.css/", "")),
        ("an unknown path", get("/unknown", "")),
        (
            "an unknown path's head",
            "HEAD /unknown HTTP/1.1\r\nHost: relay.example.org\r\n\r\n".to_owned(),
        ),
        ("POST", other("POST", "/")),
        ("POST to a file", other("POST", "/style.css")),
        ("POST to an unknown path", other("POST", "/unknown")),
        ("OPTIONS", other("OPTIONS", "/")),
        ("PUT", other("PUT", "/new")),
        ("DELETE", other("DELETE", "/style.css")),
        ("TRACE", other("TRACE", "/")),
        (
            "CONNECT",
            "CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n".to_owned(),
        ),
        ("an unknown method", other("BREW", "/")),
        (
            "HTTP/1.0",
            "GET / HTTP/1.0\r\nHost: relay.example.org\r\n\r\n".to_owned(),
        ),
        ("HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n".to_owned()),
        ("without Host", "GET / HTTP/1.1\r\n\r\n".to_owned()),
        (
            "Host twice",
            "GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\n\r\n".to_owned(),
        ),
        ("a malformed line", "NONSENSE\r\n\r\n".to_owned()),
        (
            "an unknown version",
            "GET / HTTP/3.7\r\nHost: a\r\n\r\n".to_owned(),
        ),
        ("garbage", "\x01\x02\x03\x04\r\n\r\n".to_owned()),
        ("an over-long path", get(&format!("/{long}"), "")),
        (
            "an over-long header",
            get("/", &format!("X-Long: {long}\r\n")),
        ),
        ("leaving the folder", get("/../../etc/passwd", "")),
        (
            "leaving it in disguise",
            get("/%2e%2e/%2e%2e/etc/passwd", ""),
        ),
        ("a path that turns round", get("/about/../style.css", "")),
        ("doubled slashes", get("//about//", "")),
        ("a zero byte", get("/a%00b", "")),
        ("a range", get("/style.css", "Range: bytes=5-9\r\n")),
        (
            "a range at the end",
            get("/style.css", "Range: bytes=-4\r\n"),
        ),
        (
            "a range beyond",
            get("/style.css", "Range: bytes=5000-\r\n"),
        ),
        (
            "unchanged since",
            get("/", &format!("If-Modified-Since: {CHANGED_DATE}\r\n")),
        ),
        (
            "unchanged since the future",
            get("/", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\r\n"),
        ),
        (
            "a known tag",
            get(
                "/",
                &format!("If-None-Match: W/\"1-1\", \"{CHANGED:x}-1e\"\r\n"),
            ),
        ),
        ("an unknown tag", get("/", "If-None-Match: \"1-1\"\r\n")),
        (
            "changed since",
            get("/", "If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT\r\n"),
        ),
        ("a WebSocket elsewhere", upgrade_request("/chat")),
        ("a WebSocket on the page", upgrade_request("/")),
        ("the relay's path", get(path, "")),
        (
            "the relay's path without a key",
            upgrade_request(path).replace("Sec-WebSocket-Key", "X-Key"),
        ),
        (
            "the relay's path, another version",
            upgrade_request(path).replace("Version: 13", "Version: 8"),
        ),
        ("POST to the relay's path", other("POST", path)),
    ]
}

/// CHAN-10: every probe gets from the relay what it gets from nginx, but for what the specification lists.
#[tokio::test]
async fn strangers_see_a_plain_web_server() {
    let (relay, site) = relay();
    let nginx = Nginx::start(&site, &relay.data().join("web.pem")).await;
    let (here, there) = (relay.server.local(), nginx.address);
    let spec = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/spec/channel.md");
    let spec = fs::read_to_string(spec).unwrap();
    let mut differences = Vec::new();
    let path = websocket_path(&relay.server.address().root);
    for (what, request) in probes(&path) {
        let (ours, theirs) = (
            probe(here, request.as_bytes()).await.without_port(here),
            probe(there, request.as_bytes()).await.without_port(there),
        );
        let is_stated = spec.contains(&format!("| {what} |"));
        if (ours != theirs) != is_stated {
            differences.push(format!("{what}\n  relay {ours:?}\n  nginx {theirs:?}"));
        }
    }
    for (what, bytes) in [
        (
            "HTTP without TLS",
            &b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"[..],
        ),
        ("HTTP/1.0 without TLS", b"GET / HTTP/1.0\r\n\r\n"),
        ("garbage without TLS", b"\x01\x02\x03\r\n\r\n"),
        ("garbage in TLS", b"\x16\x03\x01\x00\x05hello"),
        ("silence", b""),
    ] {
        let patience = Duration::from_secs(1);
        let (ours, theirs) = (
            probe_plain(here, bytes, patience).await,
            probe_plain(there, bytes, patience).await,
        );
        let is_stated = spec.contains(&format!("| {what} |"));
        if (ours != theirs) != is_stated {
            differences.push(format!("{what}\n  relay {ours:?}\n  nginx {theirs:?}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// CHAN-10: without a folder of pages there is the relay's own page, which names neither Tidings nor a relay.
#[tokio::test]
async fn without_pages_there_is_a_plain_one() {
    let relay = Running::start();
    let page = probe(
        relay.server.local(),
        b"GET / HTTP/1.1\r\nHost: relay.example.org\r\n\r\n",
    )
    .await;
    let Seen::Answer { status, body, .. } = page else {
        panic!("{page:?}");
    };
    assert_eq!(status, "HTTP/1.1 200 OK");
    let body = body.to_lowercase();
    assert!(body.contains("<h1>it works"), "{body}");
    for word in ["tidings", "relay", "letter"] {
        assert!(!body.contains(word), "{body}");
    }
}

/// A connection serves one request after the other, and a stranger's requests do not make it a WebSocket.
#[tokio::test]
async fn a_connection_is_used_again() {
    let (relay, _) = relay();
    let (mut reading, mut writing) = Socket::connect(relay.server.local()).await.unwrap().split();
    for path in ["/", "/unknown", "/style.css"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        writing.write(request.as_bytes()).await.unwrap();
        let seen = timeout(LONG, read(reading.stream(), true)).await.unwrap();
        assert!(matches!(seen, Seen::Answer { .. }), "{path}: {seen:?}");
    }
}

/// Files that an operator named are shown, and shown anew when they change.
#[tokio::test]
async fn a_certificate_in_files_is_reloaded() {
    let make = |folder: &Path, name: &str| {
        let key = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let der = key.cert.der().to_vec();
        fs::write(folder.join("c.pem"), key.cert.pem()).unwrap();
        fs::write(folder.join("k.pem"), key.signing_key.serialize_pem()).unwrap();
        der
    };
    let mut first = Vec::new();
    let relay = Running::with_web(|folder| {
        first = make(folder, "one.example");
        Some(WebOptions {
            site: None,
            certificate: CertificateSource::Files {
                certificate: folder.join("c.pem"),
                key: folder.join("k.pem"),
            },
        })
    });
    let shown = async || {
        let socket = Socket::connect(relay.server.local()).await.unwrap();
        socket.certificate().unwrap()
    };
    assert_eq!(shown().await, first);
    let second = make(relay.folder.path(), "two.example");
    relay.server.reload_keys();
    let changed = async {
        while shown().await != second {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(LONG, changed).await.expect("the new certificate");
    fs::write(relay.folder.path().join("k.pem"), "no key").unwrap();
    relay.server.reload_keys();
    sleep(Duration::from_millis(200)).await;
    assert_eq!(shown().await, second, "what cannot be read changes nothing");
}
