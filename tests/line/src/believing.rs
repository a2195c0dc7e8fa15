//! Believes any key, but checks that the other side holds it.

use std::sync::Arc;

use rustls::{
    DigitallySignedStruct, SignatureScheme,
    client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
    crypto::{CryptoProvider, verify_tls13_signature, verify_tls13_signature_with_raw_key},
    pki_types::{CertificateDer, ServerName, SubjectPublicKeyInfoDer, UnixTime},
};

/// What a server may show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    RawKey,
    Certificate,
}

#[derive(Debug)]
pub(crate) struct Believing {
    provider: Arc<CryptoProvider>,
    shown: Shown,
}

impl Believing {
    pub(crate) fn any_raw_key(provider: Arc<CryptoProvider>) -> Self {
        let shown = Shown::RawKey;
        Self { provider, shown }
    }

    pub(crate) fn any_certificate(provider: Arc<CryptoProvider>) -> Self {
        let shown = Shown::Certificate;
        Self { provider, shown }
    }
}

impl ServerCertVerifier for Believing {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _cert: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(rustls::Error::General("only TLS 1.3".to_owned()))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        shown: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        match self.shown {
            Shown::RawKey => {
                let key = SubjectPublicKeyInfoDer::from(shown.as_ref());
                verify_tls13_signature_with_raw_key(message, &key, signature, algorithms)
            }
            Shown::Certificate => verify_tls13_signature(message, shown, signature, algorithms),
        }
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        match self.shown {
            Shown::RawKey => vec![SignatureScheme::ED25519],
            Shown::Certificate => self
                .provider
                .signature_verification_algorithms
                .supported_schemes(),
        }
    }

    fn requires_raw_public_keys(&self) -> bool {
        self.shown == Shown::RawKey
    }
}
