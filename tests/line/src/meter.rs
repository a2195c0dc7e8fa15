//! What crosses a TCP connection, counted.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context as Poller, Poll},
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// Bytes that crossed a TCP connection, TLS included, headers of IP and TCP not.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<[AtomicU64; 2]>);

impl Meter {
    /// Sent and received so far.
    #[must_use]
    pub fn read(&self) -> (u64, u64) {
        let of = |which: usize| self.0[which].load(Ordering::SeqCst);
        (of(0), of(1))
    }
}

/// A TCP connection with a meter.
pub struct Metered {
    pub(crate) stream: TcpStream,
    pub(crate) meter: Meter,
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        poller: &mut Poller<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let before = buffer.filled().len();
        let poll = Pin::new(&mut self.stream).poll_read(poller, buffer);
        let read = buffer.filled().len() - before;
        self.meter.0[1].fetch_add(read as u64, Ordering::SeqCst);
        poll
    }
}

impl AsyncWrite for Metered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        poller: &mut Poller<'_>,
        bytes: &[u8],
    ) -> Poll<std::io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(poller, bytes);
        if let Poll::Ready(Ok(written)) = &poll {
            self.meter.0[0].fetch_add(*written as u64, Ordering::SeqCst);
        }
        poll
    }

    fn poll_flush(mut self: Pin<&mut Self>, poller: &mut Poller<'_>) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(poller)
    }

    fn poll_shutdown(
        mut self: Pin<&mut Self>,
        poller: &mut Poller<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(poller)
    }
}
