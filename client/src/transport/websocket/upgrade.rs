//! The upgrade to WebSocket without a round trip of its own (RFC 6455, section 4; CHAN-2): the request goes out with the first
//! message behind it, and the answer is checked when it comes, before anything behind it is read.

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use bytes::{Buf, Bytes};
use data_encoding::BASE64;
use rand_core::Rng as _;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::surroundings::random;

/// Most bytes of a head: what a proxy in between adds, and far from what a page has.
const HEAD_MAX: usize = 8_192;
const HEAD_END: &[u8] = b"\r\n\r\n";

/// A stream on which the request is written before the first byte of ours, and the head of the answer taken off.
#[derive(Debug)]
pub(super) struct Upgrading<S> {
    stream: S,
    request: Bytes,
    accept: String,
    answer: Answer,
}

#[derive(Debug)]
enum Answer {
    /// The head as far as it has come.
    Head(Vec<u8>),
    /// Agreed; what came behind the head first.
    Agreed(Bytes),
}

impl<S> Upgrading<S> {
    pub(super) fn new(stream: S, host: &str, path: &str) -> Self {
        let mut nonce = [0; 16];
        random().fill_bytes(&mut nonce);
        let key = BASE64.encode(&nonce);
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
        );
        Self {
            stream,
            request: request.into(),
            accept: derive_accept_key(key.as_bytes()),
            answer: Answer::Head(Vec::new()),
        }
    }
}

/// Whether an error of the stream means that another web server answered. Its page is not read.
pub(super) fn is_refusal(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}

/// Whether the head agrees to the upgrade that was asked for.
fn agrees(head: &[u8], accept: &str) -> bool {
    let Ok(head) = std::str::from_utf8(head) else {
        return false;
    };
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap_or_default();
    let mut words = status.split(' ');
    let is_switching =
        words.next().is_some_and(|version| version == "HTTP/1.1") && words.next() == Some("101");
    let value = |name: &str| {
        lines
            .clone()
            .filter_map(|line| line.split_once(':'))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    };
    is_switching
        && value("upgrade").is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
        && value("sec-websocket-accept") == Some(accept)
}

impl<S: AsyncRead + Unpin> AsyncRead for Upgrading<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            let head = match &mut this.answer {
                Answer::Agreed(rest) if rest.is_empty() => {
                    return Pin::new(&mut this.stream).poll_read(context, buffer);
                }
                Answer::Agreed(rest) => {
                    let now = rest.len().min(buffer.remaining());
                    buffer.put_slice(&rest.split_to(now));
                    return Poll::Ready(Ok(()));
                }
                Answer::Head(head) => head,
            };
            let mut more = [0; 1_024];
            let mut more = ReadBuf::new(&mut more);
            ready!(Pin::new(&mut this.stream).poll_read(context, &mut more))?;
            if more.filled().is_empty() {
                return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
            }
            head.extend_from_slice(more.filled());
            // A plain page needs not be waited for to its end.
            let is_http = head.starts_with(&b"HTTP/1.1 101"[..head.len().min(12)]);
            match head.windows(HEAD_END.len()).position(|end| end == HEAD_END) {
                Some(end) if agrees(&head[..end], &this.accept) => {
                    let rest = head.split_off(end + HEAD_END.len());
                    this.answer = Answer::Agreed(rest.into());
                }
                None if is_http && head.len() < HEAD_MAX => {}
                _ => return Poll::Ready(Err(io::ErrorKind::InvalidData.into())),
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Upgrading<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        while this.request.has_remaining() {
            let went = ready!(Pin::new(&mut this.stream).poll_write(context, &this.request))?;
            if went == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            this.request.advance(went);
        }
        Pin::new(&mut this.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};

    use super::*;

    fn pair() -> (Upgrading<DuplexStream>, DuplexStream) {
        let (ours, theirs) = duplex(65_536);
        (Upgrading::new(ours, "relay.example", "/path"), theirs)
    }

    async fn head_of(stream: &mut DuplexStream) -> String {
        let mut head = Vec::new();
        while !head.ends_with(HEAD_END) {
            head.push(stream.read_u8().await.unwrap());
        }
        String::from_utf8(head).unwrap()
    }

    /// CHAN-2: the first message follows the request at once, and what follows the answer is the relay's first message.
    #[tokio::test]
    async fn the_first_message_does_not_wait_for_the_answer() {
        let (mut ours, mut theirs) = pair();
        ours.write_all(b"first message").await.unwrap();
        let request = head_of(&mut theirs).await;
        assert!(request.starts_with("GET /path HTTP/1.1\r\nHost: relay.example\r\n"));
        let mut message = [0; 13];
        theirs.read_exact(&mut message).await.unwrap();
        assert_eq!(&message, b"first message");
        let key = request
            .lines()
            .find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "))
            .unwrap();
        let answer = format!(
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: WebSocket\r\nconnection: upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\n\r\nanswer",
            derive_accept_key(key.as_bytes())
        );
        // However it is cut.
        for byte in answer.bytes() {
            theirs.write_u8(byte).await.unwrap();
        }
        let mut answer = [0; 6];
        ours.read_exact(&mut answer).await.unwrap();
        assert_eq!(&answer, b"answer");
    }

    /// Whatever another web server says, none of it gets through.
    #[tokio::test]
    async fn another_web_server_is_told() {
        for said in [
            "HTTP/1.1 404 Not Found\r\n\r\npage",
            "HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: AAAA\r\n\r\n",
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
            "HTTP/1.0 101\r\n\r\n",
            "SSH-2.0-OpenSSH_9.2\r\n",
            "\r\n\r\n",
            &format!("HTTP/1.1 101 {}", "a".repeat(HEAD_MAX)),
        ] {
            let (mut ours, mut theirs) = pair();
            ours.write_all(b"first message").await.unwrap();
            theirs.write_all(said.as_bytes()).await.unwrap();
            let failed = ours.read_u8().await.unwrap_err();
            assert!(is_refusal(&failed), "{said}: {failed:?}");
        }
        let (mut ours, theirs) = pair();
        drop(theirs);
        assert!(!is_refusal(&ours.read_u8().await.unwrap_err()));
    }
}
