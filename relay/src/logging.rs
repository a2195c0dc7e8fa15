//! Log lines, on stderr. None holds a network address, a mailbox, a key: this crate never writes one, and the libraries that
//! would (the QUIC and TLS stacks name their peers, those of HTTP name paths) are silent whatever the filter says.

use std::io;

use tracing_subscriber::{
    EnvFilter, Layer,
    filter::{ParseError, filter_fn},
    fmt,
    layer::SubscriberExt,
    registry,
    util::SubscriberInitExt,
};

use crate::settings::{LogFormat, Settings};

/// Libraries whose log lines name peers.
const SILENT: [&str; 11] = [
    "quinn",
    "quinn_proto",
    "quinn_udp",
    "rustls",
    "tokio_rustls",
    "h2",
    "hyper",
    "hyper_util",
    "tower_http",
    "tokio_tungstenite",
    "tungstenite",
];

/// Why there is no log.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The filter cannot be read.
    #[error("settings: log: {0}")]
    Filter(#[from] ParseError),
}

/// Begins to write log lines, as the settings say. To be called once.
///
/// # Errors
/// [`LogError`].
pub fn begin(settings: &Settings) -> Result<(), LogError> {
    let lines = match settings.log_format {
        LogFormat::Text => fmt::layer()
            .with_ansi(false)
            .with_writer(io::stderr)
            .boxed(),
        LogFormat::Json => fmt::layer()
            .json()
            .flatten_event(true)
            .with_writer(io::stderr)
            .boxed(),
    };
    registry()
        .with(filter_fn(|line| !is_silent(line.target())))
        .with(EnvFilter::builder().parse(&settings.log)?)
        .with(lines)
        .init();
    Ok(())
}

fn is_silent(target: &str) -> bool {
    let library = target.split("::").next().unwrap_or(target);
    SILENT.contains(&library)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_that_name_peers_stay_silent() {
        for target in [
            "quinn",
            "quinn_udp::imp",
            "quinn_proto::connection",
            "rustls::server::hs",
            "hyper::proto::h1::io",
            "tungstenite::protocol",
        ] {
            assert!(is_silent(target), "{target}");
        }
        for target in ["tidings_relay::listener", "quinnish", "fjall"] {
            assert!(!is_silent(target), "{target}");
        }
    }
}
