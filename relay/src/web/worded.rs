//! hyper answers what it cannot parse by itself, and HTTP/1.0 under that version, in words that no common server uses. Here they are
//! put into those of [`super::site`].

use std::{
    io,
    pin::Pin,
    task::{Context, Poll, ready},
};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::site;

/// A stream on which an answer of hyper's own goes out in the site's words.
pub(super) struct Worded<T> {
    pub(super) stream: T,
    /// What goes out instead, and how much of it has.
    instead: Option<(Vec<u8>, usize)>,
}

impl<T> Worded<T> {
    pub(super) fn new(stream: T) -> Self {
        Self {
            stream,
            instead: None,
        }
    }
}

/// What to say instead of these bytes; `None` if they are to go out as they are.
fn instead_of(bytes: &[u8]) -> Option<Vec<u8>> {
    const SERVER_LINE: &[u8] = b"\r\nserver: nginx\r\n";
    if let Some(rest) = bytes.strip_prefix(b"HTTP/1.0 ") {
        let names_server = |at: &[u8]| at.eq_ignore_ascii_case(SERVER_LINE);
        let head = &bytes[..bytes.len().min(HEAD_MAX)];
        return head
            .windows(SERVER_LINE.len())
            .any(names_server)
            .then(|| [b"HTTP/1.1 ", rest].concat());
    }
    own_answer(bytes)
}

/// Bytes within which the head of an answer names its server.
const HEAD_MAX: usize = 512;

/// What to say instead of an answer of hyper's own. Those are whole at once, have no body, and do not name the server, which all of
/// ours do.
fn own_answer(bytes: &[u8]) -> Option<Vec<u8>> {
    const OWN_MAX: usize = 256;
    if bytes.len() > OWN_MAX || !bytes.starts_with(b"HTTP/1.") || !bytes.ends_with(b"\r\n\r\n") {
        return None;
    }
    let head = std::str::from_utf8(bytes).ok()?.to_ascii_lowercase();
    if !head.contains("\r\ncontent-length: 0\r\n") || head.contains("\r\nserver:") {
        return None;
    }
    let status = head.get("http/1.1 ".len()..)?.get(..3)?;
    site::own_words(status.parse().ok()?)
}

impl<T: AsyncRead + Unpin> AsyncRead for Worded<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Worded<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.instead.is_none() {
            self.instead = instead_of(bytes).map(|instead| (instead, 0));
        }
        let Self { stream, instead } = &mut *self;
        let Some((text, sent)) = instead else {
            return Pin::new(stream).poll_write(context, bytes);
        };
        while *sent < text.len() {
            match ready!(Pin::new(&mut *stream).poll_write(context, &text[*sent..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => *sent += written,
            }
        }
        *instead = None;
        Poll::Ready(Ok(bytes.len()))
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
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test]
    async fn only_answers_of_hypers_own_are_reworded() {
        let (mut there, here) = duplex(64);
        let mut here = Worded::new(here);
        let own = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nDate: Sun, 22 Nov 2026 10:00:00 GMT\r\n\r\n";
        let ours = b"HTTP/1.1 404 Not Found\r\nServer: nginx\r\nContent-Length: 0\r\n\r\n";
        let writing = tokio::spawn(async move {
            for answer in [&own[..], ours, b"HTTP/1.1 400"] {
                here.write_all(answer).await.unwrap();
            }
        });
        let mut text = String::new();
        there.read_to_string(&mut text).await.unwrap();
        writing.await.unwrap();
        assert!(
            text.starts_with("HTTP/1.1 400 Bad Request\r\nServer: nginx\r\nDate: "),
            "{text}"
        );
        assert!(
            text.contains("<center><h1>400 Bad Request</h1></center>"),
            "{text}"
        );
        let rest = [&ours[..], b"HTTP/1.1 400"].concat();
        assert!(text.as_bytes().ends_with(&rest), "{text}");
    }
}
