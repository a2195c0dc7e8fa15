//! A certificate for a public name, from Pebble, the test authority of Let's Encrypt (`docs/OPERATING.md`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

mod support;

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use rustix::process::Signal;
use serde_json::json;
use support::process::Process;
use tidings_line::websocket::{Socket, WebLine};
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};

const DOMAIN: &str = "relay.example.org";

/// A program in a process of its own; killed when the test ends.
struct Helper(Child);

impl Helper {
    fn start(command: &mut Command) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pebble is installed: `cargo xtask doctor` tells how");
        Self(child)
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Ports that are free at once.
fn free_ports<const N: usize>() -> [u16; N] {
    let held: [TcpListener; N] = std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}

async fn answers(port: u16) {
    let up = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(10), up)
        .await
        .expect("a helper answers");
}

fn names(certificate: &[u8]) -> Vec<String> {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).unwrap();
    let names = certificate.subject_alternative_name().unwrap().unwrap();
    let names = names.value.general_names.iter();
    names.map(ToString::to_string).collect()
}

fn issuer(certificate: &[u8]) -> String {
    let (_, certificate) = x509_parser::parse_x509_certificate(certificate).unwrap();
    certificate.issuer().to_string()
}

/// The relay asks, is looked at on its own port, and shows what it got, without a restart; the next start shows it at once, and
/// letters cross all the while.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_comes_from_an_authority() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let text_of = |path: &Path| path.to_str().unwrap().to_owned();
    let [directory, management, dns, dns_management, relay] = free_ports();
    let own = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    fs::write(path("authority.pem"), own.cert.pem()).unwrap();
    fs::write(path("authority.key"), own.signing_key.serialize_pem()).unwrap();
    let config = json!({ "pebble": {
        "listenAddress": format!("127.0.0.1:{directory}"),
        "managementListenAddress": format!("127.0.0.1:{management}"),
        "certificate": text_of(&path("authority.pem")),
        "privateKey": text_of(&path("authority.key")),
        "httpPort": 1,
        "tlsPort": relay,
    }});
    fs::write(path("pebble.json"), config.to_string()).unwrap();
    let _names = Helper::start(
        Command::new("pebble-challtestsrv")
            .args(["-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""])
            .args(["-http01", "", "-https01", "", "-tlsalpn01", ""])
            .args(["-dns01", &format!("127.0.0.1:{dns}")])
            .args(["-management", &format!("127.0.0.1:{dns_management}")]),
    );
    answers(dns_management).await;
    let _authority = Helper::start(
        Command::new("pebble")
            .args(["-config", &text_of(&path("pebble.json"))])
            .args(["-dnsserver", &format!("127.0.0.1:{dns}")])
            .env("PEBBLE_VA_NOSLEEP", "1"),
    );
    answers(directory).await;

    let data = path("data");
    let place = SocketAddr::from(([127, 0, 0, 1], relay));
    let url = format!("https://localhost:{directory}/dir");
    let root = text_of(&path("authority.pem"));
    let public = format!("127.0.0.1:{relay}");
    let listen = public.clone();
    let flags = [
        "--public",
        &public,
        "--acme",
        DOMAIN,
        "--acme-contact",
        "office@example.org",
        "--acme-directory",
        &url,
        "--acme-root",
        &root,
    ];
    let process = Process::start_at(&data, &listen, &flags);
    let obtained = async {
        loop {
            let shown = Socket::connect(place).await.unwrap().certificate().unwrap();
            if issuer(&shown).contains("Pebble") {
                return shown;
            }
            sleep(Duration::from_millis(100)).await;
        }
    };
    let Ok(shown) = timeout(Duration::from_secs(20), obtained).await else {
        process.signal(Signal::TERM);
        panic!("no certificate: {}", process.end().1);
    };
    assert!(names(&shown)[0].contains(DOMAIN), "{:?}", names(&shown));
    WebLine::open(place, &process.address).await.unwrap();
    process.signal(Signal::TERM);
    let (code, log) = process.end();
    assert_eq!(code, Some(0), "{log}");

    let process = Process::start_at(&data, &listen, &flags);
    let again = Socket::connect(place).await.unwrap().certificate();
    assert_eq!(again, Some(shown));
    process.signal(Signal::TERM);
    assert_eq!(process.end().0, Some(0));
}
