//! A TCP stream whose other end may not stall: neither in the middle of what it sends, nor in taking what it is sent.

use std::{
    future::Future,
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    time::{Instant, Sleep, sleep_until},
};

/// A stream with a time limit on each side. What waits longer fails with [`io::ErrorKind::TimedOut`].
pub(crate) struct Paced<T> {
    stream: T,
    reading: Limit,
    writing: Limit,
    whole: Arc<AtomicU64>,
    seen: u64,
}

/// Tells a [`Paced`] stream that what was begun has come whole, so that its time begins anew with the next byte.
#[derive(Clone)]
pub(crate) struct Whole(Arc<AtomicU64>);

impl Whole {
    pub(crate) fn mark(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A time limit that runs from the moment it was begun.
struct Limit {
    time: Option<Duration>,
    running: Option<Pin<Box<Sleep>>>,
}

impl Limit {
    fn new(time: Option<Duration>) -> Self {
        Self {
            time,
            running: None,
        }
    }

    fn begin(&mut self) {
        if let (None, Some(time)) = (&self.running, self.time) {
            self.running = Some(Box::pin(sleep_until(Instant::now() + time)));
        }
    }

    /// Fails once the time has passed.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<io::Error> {
        match &mut self.running {
            Some(running) => running
                .as_mut()
                .poll(context)
                .map(|()| io::ErrorKind::TimedOut.into()),
            None => Poll::Pending,
        }
    }
}

impl<T> Paced<T> {
    /// A stream of which every write must be taken within `write` of time. Reading has no limit until [`Self::limit_reading`].
    pub(crate) fn new(stream: T, write: Duration) -> Self {
        Self {
            stream,
            reading: Limit::new(None),
            writing: Limit::new(Some(write)),
            whole: Arc::default(),
            seen: 0,
        }
    }

    /// From now on what was begun must come whole within `read` of time. `begun` if some of it is there already.
    pub(crate) fn limit_reading(&mut self, read: Duration, begun: bool) -> Whole {
        self.reading = Limit::new(Some(read));
        if begun {
            self.reading.begin();
        }
        Whole(Arc::clone(&self.whole))
    }

    /// `poll` is what became of a write.
    fn limit_writing<U>(
        &mut self,
        context: &mut Context<'_>,
        poll: Poll<io::Result<U>>,
    ) -> Poll<io::Result<U>> {
        if poll.is_ready() {
            self.writing.running = None;
            return poll;
        }
        self.writing.begin();
        self.writing.poll(context).map(Err)
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Paced<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let whole = self.whole.load(Ordering::Relaxed);
        if whole != self.seen {
            self.seen = whole;
            self.reading.running = None;
        }
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Pending => Poll::Ready(Err(ready!(self.reading.poll(context)))),
            ready => {
                if buffer.filled().len() > before {
                    self.reading.begin();
                }
                ready
            }
        }
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Paced<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let poll = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.limit_writing(context, poll)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_flush(context);
        self.limit_writing(context, poll)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let poll = Pin::new(&mut self.stream).poll_shutdown(context);
        self.limit_writing(context, poll)
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt, duplex},
        time::Instant,
    };

    use super::*;

    const TIME: Duration = Duration::from_secs(7);

    #[tokio::test(start_paused = true)]
    async fn who_stalls_in_the_middle_is_cut_off() {
        let (mut there, here) = duplex(64);
        let mut here = Paced::new(here, TIME);
        let whole = here.limit_reading(TIME, false);
        there.write_all(b"one").await.unwrap();
        let mut three = [0; 3];
        here.read_exact(&mut three).await.unwrap();
        whole.mark();
        // Between two whole ones there is no limit here.
        let waiting = tokio::time::timeout(4 * TIME, here.read_u8()).await;
        assert!(waiting.is_err(), "{waiting:?}");
        there.write_all(b"t").await.unwrap();
        let since = Instant::now();
        let error = here.read_exact(&mut three).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(since.elapsed().as_secs(), TIME.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_take_what_he_is_sent_is_cut_off() {
        let (mut there, here) = duplex(64);
        let mut here = Paced::new(here, TIME);
        here.write_all(&[1; 64]).await.unwrap();
        let since = Instant::now();
        let error = here.write_all(&[2; 64]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(since.elapsed().as_secs(), TIME.as_secs());
        // Whoever takes a little each time is slow, not gone.
        let mut taken = [0; 64];
        there.read_exact(&mut taken).await.unwrap();
        here.write_all(&[3; 64]).await.unwrap();
    }
}
