//! A TCP stream whose other end may not stall: neither in the middle of a WebSocket's message that it sends, nor in taking what it
//! is sent.

use std::{
    future::Future,
    io,
    pin::Pin,
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
    /// Followed from [`Self::limit_reading`] on.
    messages: Option<Messages>,
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

    /// While nobody listened, nobody was late: what passed unnoticed begins anew.
    fn forgive(&mut self) {
        let is_past = |running: &Pin<Box<Sleep>>| running.deadline() <= Instant::now();
        if self.running.as_ref().is_some_and(is_past) {
            self.running = None;
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
            messages: None,
        }
    }

    /// From now on a WebSocket's messages come, and each that was begun must come whole within `read` of time. `begun` is what has
    /// come of them already.
    pub(crate) fn limit_reading(&mut self, read: Duration, begun: &[u8]) {
        self.reading = Limit::new(Some(read));
        self.messages = Some(Messages::default());
        self.heard(begun);
    }

    /// Time runs while a message is under way, for each message by itself.
    fn heard(&mut self, bytes: &[u8]) {
        let Some(messages) = &mut self.messages else {
            return;
        };
        if messages.follow(bytes) {
            self.reading.running = None;
        }
        if messages.is_under_way() {
            self.reading.forgive();
            self.reading.begin();
        }
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
        let before = buffer.filled().len();
        match Pin::new(&mut self.stream).poll_read(context, buffer) {
            Poll::Pending => Poll::Ready(Err(ready!(self.reading.poll(context)))),
            ready => {
                self.heard(buffer.filled().get(before..).unwrap_or_default());
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

/// Follows the frames of a WebSocket (RFC 6455, section 5.2) as far as to know where its messages end. What is wrong with them is
/// for others to notice.
#[derive(Default)]
struct Messages {
    /// The head of the frame that came last, or comes.
    head: [u8; FRAME_HEAD_MAX],
    /// How much of a head has come.
    begun: usize,
    /// Bytes of the frame's payload that are to come.
    left: u64,
    /// Fragments of a message have come, and not the last.
    is_open: bool,
}

/// Two bytes, a length of eight, a mask of four.
const FRAME_HEAD_MAX: usize = 14;

impl Messages {
    /// Follows what has come. True if a message came to its end in it.
    fn follow(&mut self, mut bytes: &[u8]) -> bool {
        let mut has_ended = false;
        while let Some((&first, rest)) = bytes.split_first() {
            if self.left == 0 {
                self.head[self.begun] = first;
                self.begun += 1;
                bytes = rest;
                if self.begun < self.head_len() {
                    continue;
                }
                self.begun = 0;
                self.left = self.payload_len();
            }
            let now = usize::try_from(self.left).map_or(bytes.len(), |left| left.min(bytes.len()));
            self.left -= now as u64;
            bytes = &bytes[now..];
            if self.left == 0 {
                has_ended |= self.end_frame();
            }
        }
        has_ended
    }

    fn is_under_way(&self) -> bool {
        self.begun > 0 || self.left > 0 || self.is_open
    }

    /// As far as is known yet.
    fn head_len(&self) -> usize {
        if self.begun < 2 {
            return 2;
        }
        let mask = if self.head[1] & 0x80 == 0 { 0 } else { 4 };
        let length = match self.head[1] & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        2 + length + mask
    }

    fn payload_len(&self) -> u64 {
        let big_endian = |bytes: &[u8]| {
            bytes
                .iter()
                .fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte))
        };
        match self.head[1] & 0x7f {
            126 => big_endian(&self.head[2..4]),
            127 => big_endian(&self.head[2..10]),
            short => u64::from(short),
        }
    }

    /// True if a message ends with the frame. A control frame inside of a message ends none.
    fn end_frame(&mut self) -> bool {
        let (is_final, is_control) = (self.head[0] & 0x80 != 0, self.head[0] & 0x08 != 0);
        if !is_control {
            self.is_open = !is_final;
        }
        !self.is_open
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

    /// A frame of `length` zeros, masked; 0x82 is a whole binary message, 0x02 and 0x80 its first and last fragment, 0x89 a ping.
    fn frame(first: u8, length: u16) -> Vec<u8> {
        let mut frame = vec![first];
        match u8::try_from(length) {
            Ok(short @ 0..=125) => frame.push(0x80 | short),
            _ => {
                frame.push(0x80 | 126);
                frame.extend(length.to_be_bytes());
            }
        }
        frame.resize(frame.len() + 4 + usize::from(length), 0);
        frame
    }

    /// How long `come` is waited for before what comes after it. `None` if there is no limit.
    async fn patience(begun: &[u8], come: &[u8]) -> Option<u64> {
        let (mut there, here) = duplex(65_536);
        let mut here = Paced::new(here, TIME);
        here.limit_reading(TIME, begun);
        there.write_all(come).await.unwrap();
        here.read_exact(&mut vec![0; come.len()]).await.unwrap();
        let since = Instant::now();
        let waiting = tokio::time::timeout(4 * TIME, here.read_u8()).await.ok()?;
        assert_eq!(waiting.unwrap_err().kind(), io::ErrorKind::TimedOut);
        Some(since.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn who_stalls_in_the_middle_is_cut_off() {
        let whole = [frame(0x82, 5), frame(0x89, 0), frame(0x82, 9_748)].concat();
        let fragments = [frame(0x02, 300), frame(0x89, 8), frame(0x80, 7)].concat();
        let limit = Some(TIME.as_secs());
        assert_eq!(patience(&[], &whole).await, None, "between two whole ones");
        assert_eq!(
            patience(&[], &fragments).await,
            None,
            "a whole one in parts"
        );
        let limit_at = |place: usize| limit.filter(|_| ![11, 17, whole.len()].contains(&place));
        // However it comes: alone, behind whole ones, or some of it with the upgrade.
        for cut in (1..30).chain(whole.len() - 5..whole.len()) {
            let (begun, come) = whole.split_at(cut);
            assert_eq!(patience(&[], begun).await, limit_at(cut), "{cut}");
            assert_eq!(
                patience(begun, &come[..1]).await,
                limit_at(cut + 1),
                "{cut}"
            );
            assert_eq!(patience(begun, come).await, None, "{cut}");
        }
        // Pings inside of a message do not make it whole.
        assert_eq!(patience(&[], &fragments[..322]).await, limit);
    }

    /// Who could not be heard because nobody listened is not late.
    #[tokio::test(start_paused = true)]
    async fn nobody_is_late_while_nobody_listens() {
        let (mut there, here) = duplex(65_536);
        let mut here = Paced::new(here, TIME);
        here.limit_reading(TIME, &[]);
        let message = frame(0x82, 100);
        there.write_all(&message[..10]).await.unwrap();
        here.read_exact(&mut [0; 10]).await.unwrap();
        tokio::time::sleep(2 * TIME).await;
        there.write_all(&message[10..20]).await.unwrap();
        here.read_exact(&mut [0; 10]).await.unwrap();
        let since = Instant::now();
        assert!(here.read_u8().await.is_err());
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
