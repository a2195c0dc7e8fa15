//! The TCP side of the port: to strangers an ordinary web server over TLS, to whoever knows the path a WebSocket with a channel
//! inside (CHAN-1, CHAN-10).
//!
//! Read in this order: [`Web::serve`] (one connection, from its first byte on), [`upgrade`] (which request asks for the WebSocket),
//! [`site`] (what everybody else gets), [`certificate`] (what is shown in TLS).

mod acme;
mod certificate;
mod paced;
mod site;
mod upgrade;
mod worded;

use std::{
    convert::Infallible,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use http::{Request, Response, Version};
use hyper::{
    body::Incoming,
    server::conn::http1,
    service::{Service, service_fn},
    upgrade::{OnUpgrade, Parts},
};
use hyper_util::rt::{TokioIo, TokioTimer};
use tidings_protocol::{channel::websocket_path, relay_identity::RelayAddress};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{LazyConfigAcceptor, rustls::server::Acceptor, server::TlsStream};
use tracing::debug;

pub(crate) use self::certificate::CertificateKeeper;
pub use self::{acme::AcmeOptions, certificate::CertificateError, site::SiteError};
use self::{
    certificate::Shown,
    paced::Paced,
    site::{Body, Site},
    worded::Worded,
};
use crate::{
    connection::{Shared, websocket},
    limits::{CLOSE_TIME, HANDSHAKE_TIME, SITE_HEAD_MAX, SITE_TIME},
    store::Store,
};

/// What the TCP side is to be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebOptions {
    /// The folder of pages that strangers are shown; `None` for a plain page of the relay's own.
    pub site: Option<PathBuf>,
    /// Which certificate strangers are shown.
    pub certificate: CertificateSource,
}

/// Where the certificate for TLS on TCP comes from. It proves nothing to Tidings' clients (CHAN-1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CertificateSource {
    /// One that the relay makes and signs itself, as a fresh machine has it.
    #[default]
    Own,
    /// Two files in PEM, read again when they change.
    Files {
        /// The certificate, with those above it.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// One for a public name that an authority gives; the relay's own until there is one.
    Acme(AcmeOptions),
}

/// What every TCP connection of a relay shares.
#[derive(Debug)]
pub(crate) struct Web {
    site: Site,
    path: String,
    shown: Shown,
}

impl Web {
    /// The web server of the relay of this address, with its own page in `data` unless the options name a folder.
    ///
    /// # Errors
    /// [`SiteError`] if the pages are not there, or the relay's own cannot be written.
    pub(crate) fn new(
        options: &WebOptions,
        data: &Path,
        address: &RelayAddress,
        shown: Shown,
    ) -> Result<Arc<Self>, SiteError> {
        Ok(Arc::new(Self {
            site: Site::open(options.site.as_deref(), data, address.port)?,
            path: websocket_path(&address.root),
            shown,
        }))
    }

    /// Serves one connection until either side ends it. `turn` is held while the handshake is under way.
    pub(crate) async fn serve<S: Store, Turn>(
        self: Arc<Self>,
        stream: TcpStream,
        turn: Turn,
        shared: Arc<Shared<S>>,
    ) {
        // A cell that waits for the acknowledgement of the one before it costs a round trip.
        let _ = stream.set_nodelay(true);
        match timeout(HANDSHAKE_TIME, self.shake_hands(stream)).await {
            Ok(Ok(Spoken::Tls(stream))) => {
                drop(turn);
                self.converse(*stream, shared).await;
            }
            Ok(Ok(Spoken::Plain(stream))) => {
                drop(turn);
                self.decline(stream, &shared).await;
            }
            Ok(Err(_)) | Err(_) => debug!("a handshake failed"),
        }
    }

    /// Like a plain web server, tells TLS from HTTP by the first byte.
    async fn shake_hands(&self, stream: TcpStream) -> io::Result<Spoken> {
        let mut first = [0];
        if stream.peek(&mut first).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if first[0] != TLS_HANDSHAKE && first[0] & 0x80 == 0 {
            return Ok(Spoken::Plain(stream));
        }
        let hello = LazyConfigAcceptor::new(Acceptor::default(), stream).await?;
        let config = self.shown.config_for(&hello.client_hello());
        let stream = hello.into_stream(config).await?;
        Ok(Spoken::Tls(Box::new(stream)))
    }

    /// HTTP inside TLS, and a WebSocket if one is asked for.
    async fn converse<S: Store>(
        self: &Arc<Self>,
        stream: TlsStream<TcpStream>,
        shared: Arc<Shared<S>>,
    ) {
        let upgrade = Upgrade::default();
        let (web, wanted) = (Arc::clone(self), upgrade.clone());
        let answer = service_fn(move |mut request: Request<Incoming>| {
            let (web, wanted) = (Arc::clone(&web), wanted.clone());
            async move {
                if let Some(accept) = upgrade::accepted(&request, &web.path) {
                    wanted.put(hyper::upgrade::on(&mut request));
                    return Ok::<_, Infallible>(upgrade::switching(&accept));
                }
                // Bodies of strangers are not read.
                Ok(web.site.answer(request.map(drop)).await)
            }
        });
        if !serve_http(stream, answer, &shared).await {
            return;
        }
        let Some(upgraded) = upgrade.take() else {
            return;
        };
        let Ok(upgraded) = upgraded.await else {
            return;
        };
        let Ok(Parts { io, read_buf, .. }) =
            upgraded.downcast::<TokioIo<Worded<Paced<TlsStream<TcpStream>>>>>()
        else {
            return;
        };
        let mut stream = io.into_inner().stream;
        stream.limit_reading(shared.pace.cell_time(), &read_buf);
        websocket::serve(stream, read_buf.into(), shared).await;
    }

    /// HTTP without TLS: whatever is asked, the answer is that TLS was expected.
    async fn decline<S: Store>(&self, stream: TcpStream, shared: &Shared<S>) {
        let answer =
            service_fn(|_: Request<Incoming>| async { Ok::<_, Infallible>(site::expects_tls()) });
        serve_http(stream, answer, shared).await;
    }
}

/// The upgrade that a request has asked for, if one did.
#[derive(Clone, Default)]
struct Upgrade(Arc<Mutex<Option<OnUpgrade>>>);

impl Upgrade {
    fn put(&self, wanted: OnUpgrade) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(wanted);
    }

    fn take(&self) -> Option<OnUpgrade> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The first byte of a TLS record that holds a handshake (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 0x16;

/// What the other end speaks.
enum Spoken {
    Tls(Box<TlsStream<TcpStream>>),
    Plain(TcpStream),
}

/// HTTP/1 until the connection ends; true if it ended in an orderly way, as before an upgrade.
async fn serve_http<S: Store, T, A>(stream: T, answer: A, shared: &Shared<S>) -> bool
where
    T: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    A: Service<Request<Incoming>, Response = Response<Body>, Error = Infallible>,
{
    let mut stopping = shared.stopping.clone();
    let stream = TokioIo::new(Worded::new(Paced::new(stream, SITE_TIME)));
    let serving = http1::Builder::new()
        .title_case_headers(true)
        .timer(TokioTimer::new())
        .header_read_timeout(SITE_TIME)
        .max_buf_size(SITE_HEAD_MAX)
        .serve_connection(stream, answer)
        .with_upgrades();
    let mut serving = std::pin::pin!(serving);
    tokio::select! {
        ended = serving.as_mut() => return ended.is_ok(),
        _ = stopping.wait_for(|&stopping| stopping) => {}
    }
    // A page that is on its way may end; whoever has not asked for one yet is not waited for.
    serving.as_mut().graceful_shutdown();
    timeout(CLOSE_TIME, serving)
        .await
        .is_ok_and(|ended| ended.is_ok())
}

/// Whether a connection may be used for another request: what `Connection` says unasked depends on it.
fn keeps_alive<B>(request: &Request<B>) -> bool {
    let closes = request
        .headers()
        .get_all(http::header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.to_ascii_lowercase().contains("close"));
    request.version() == Version::HTTP_11 && !closes
}
