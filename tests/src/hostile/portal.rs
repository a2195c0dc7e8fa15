//! Those who answer TCP in the relay's place: login pages of public networks, and middleboxes that open TLS.

use std::{io, sync::Arc};

use rustls::{
    ClientConfig, ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName},
};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, DuplexStream},
    net::TcpStream,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use super::{Direction, tcp::Joined};

const PAGE: &[u8] =
    b"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Portal {
    /// A login page, in clear: to TLS it is noise.
    Plain,
    /// A login page behind TLS with a certificate of its own.
    Tls,
    /// A middlebox that opens TLS, reads along, and passes everything on under a certificate of its own.
    Reads,
}

/// Answers one connection.
pub(super) async fn answer(
    portal: Portal,
    mut client: DuplexStream,
    joined: &Joined,
) -> anyhow::Result<()> {
    match portal {
        Portal::Plain => {
            // It waits for a request, as a web server does, and gets the beginning of a handshake.
            let _ = client.read(&mut [0; 4_096]).await?;
            client.write_all(PAGE).await?;
            linger(client).await?;
        }
        Portal::Tls => {
            let mut client = acceptor()?.accept(client).await?;
            let _ = client.read(&mut [0; 4_096]).await?;
            client.write_all(PAGE).await?;
            linger(client).await?;
        }
        Portal::Reads => {
            let client = acceptor()?.accept(client).await?;
            let relay = TcpStream::connect(joined.relay()).await?;
            let name = ServerName::try_from("relay.example")?;
            let relay = TlsConnector::from(Arc::new(towards_relay()?))
                .connect(name, relay)
                .await?;
            let (from_client, to_client) = tokio::io::split(client);
            let (from_relay, to_relay) = tokio::io::split(relay);
            let both = tokio::join!(
                read_along(from_client, to_relay, joined, Direction::Up),
                read_along(from_relay, to_client, joined, Direction::Down)
            );
            both.0?;
            both.1?;
        }
    }
    Ok(())
}

/// Closes as web servers do: what is still coming is read, or a reset would overtake the page.
async fn linger(mut client: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
    client.shutdown().await?;
    let mut rest = [0; 4_096];
    while client.read(&mut rest).await? > 0 {}
    Ok(())
}

async fn read_along(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    joined: &Joined,
    direction: Direction,
) -> io::Result<()> {
    let mut bytes = vec![0; 16_384];
    loop {
        let length = from.read(&mut bytes).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        joined.read(direction, &bytes[..length]);
        to.write_all(&bytes[..length]).await?;
        to.flush().await?;
    }
}

/// A certificate that nobody has signed, for a name of nobody.
fn acceptor() -> anyhow::Result<TlsAcceptor> {
    let made = rcgen::generate_simple_self_signed(vec!["login.example".to_owned()])?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from(made.cert.der().to_vec())], key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// TLS towards the relay, believing any certificate.
fn towards_relay() -> anyhow::Result<ClientConfig> {
    Ok(tidings_line::websocket::tls()?)
}
