//! The relay's side of TLS 1.3 over QUIC: a raw Ed25519 key instead of a certificate chain (RFC 7250), post-quantum key
//! exchange first, nothing that would link two connections (RELAY-11).

use std::sync::Arc;

use quinn::{
    IdleTimeout, TransportConfig, ValidationTokenConfig, VarInt,
    crypto::rustls::{NoInitialCipherSuite, QuicServerConfig},
};
use rustls::{
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    server::{AlwaysResolvesServerRawPublicKeys, NoServerSessionStorage},
    sign::CertifiedKey,
};
use tidings_protocol::secret::SigningSecret;
use zeroize::Zeroizing;

use crate::limits::{CONNECTION_WINDOW, IDLE_TIME, STREAM_WINDOW, STREAMS_MAX};

/// What a client must ask for in ALPN (RFC 7301).
pub const ALPN: &[u8] = b"tidings/1";

/// Why a TLS configuration could not be made. None is expected with a key of the right kind.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// rustls refused the key or the versions.
    #[error("TLS configuration: {0}")]
    Rustls(#[from] rustls::Error),
    /// QUIC has no initial cipher suite.
    #[error("TLS configuration: {0}")]
    Quic(#[from] NoInitialCipherSuite),
}

/// PKCS#8 (RFC 8410, section 7) before the 32-byte seed of an Ed25519 key.
const PKCS8_PREFIX: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
/// SubjectPublicKeyInfo (RFC 8410, section 4) before the 32 bytes of an Ed25519 public key.
const SPKI_PREFIX: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// The QUIC configuration under which the relay shows `tls_key`.
///
/// # Errors
/// [`TlsError`].
pub fn server_config(tls_key: &SigningSecret) -> Result<Arc<quinn::ServerConfig>, TlsError> {
    let provider = Arc::new(CryptoProvider {
        // The order is the preference. X25519 alone stays for clients that cannot do better; letters do not lean on TLS.
        kx_groups: vec![
            aws_lc_rs::kx_group::X25519MLKEM768,
            aws_lc_rs::kx_group::X25519,
        ],
        ..aws_lc_rs::default_provider()
    });
    let mut tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(AlwaysResolvesServerRawPublicKeys::new(Arc::new(
            raw_key(tls_key)?,
        ))));
    tls.alpn_protocols = vec![ALPN.to_vec()];
    // A ticket or early data would let a relay, or somebody who watches it, link two connections of one client.
    tls.send_tls13_tickets = 0;
    tls.session_storage = Arc::new(NoServerSessionStorage {});
    tls.max_early_data_size = 0;
    let mut config = quinn::ServerConfig::with_crypto(Arc::new(QuicServerConfig::try_from(tls)?));
    let mut no_tokens = ValidationTokenConfig::default();
    no_tokens.sent(0);
    config.validation_token_config(no_tokens);
    config.transport_config(Arc::new(transport()));
    Ok(Arc::new(config))
}

fn raw_key(tls_key: &SigningSecret) -> Result<CertifiedKey, rustls::Error> {
    let mut pkcs8 = Zeroizing::new(Vec::with_capacity(PKCS8_PREFIX.len() + 32));
    pkcs8.extend_from_slice(&PKCS8_PREFIX);
    pkcs8.extend_from_slice(&*tls_key.seed());
    let signer = aws_lc_rs::sign::any_eddsa_type(&PrivatePkcs8KeyDer::from(pkcs8.as_slice()))?;
    let spki = [&SPKI_PREFIX[..], tls_key.public().as_bytes()].concat();
    Ok(CertifiedKey::new(vec![CertificateDer::from(spki)], signer))
}

fn transport() -> TransportConfig {
    let mut transport = TransportConfig::default();
    transport
        .max_concurrent_bidi_streams(VarInt::from_u32(STREAMS_MAX))
        .max_concurrent_uni_streams(VarInt::from_u32(0))
        .datagram_receive_buffer_size(None)
        .stream_receive_window(VarInt::from_u32(STREAM_WINDOW))
        .receive_window(VarInt::from_u32(CONNECTION_WINDOW))
        .send_window(CONNECTION_WINDOW.into())
        // The smallest that QUIC allows passes everywhere. No discovery of a larger one: its probes, at the beginning of
        // every connection, would take a fifth of what a freezing network lets through (FREEZE_BUDGET), for a letter that
        // fits in a dozen packets.
        .initial_mtu(1_200)
        .mtu_discovery_config(None);
    if let Ok(idle) = IdleTimeout::try_from(IDLE_TIME) {
        transport.max_idle_timeout(Some(idle));
    }
    transport
}
