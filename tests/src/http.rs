//! Plain HTTP/1.1 over a socket: requests as wrong as a test wants them, answers as they come.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use anyhow::{Context, ensure};

/// How long an answer may take, on a loaded machine, with the key stretching of a password.
const LIMIT: Duration = Duration::from_secs(120);

/// A request.
#[derive(Debug, Clone)]
pub struct Request {
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers, names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers or body.
    #[must_use]
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    /// With a header; one of the same name stays.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// With a body of this type.
    #[must_use]
    pub fn body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.headers
            .push(("content-type".to_owned(), kind.to_owned()));
        self.body = body.into();
        self
    }

    /// With a form as its body.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let pairs: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", escaped(name), escaped(value)))
            .collect();
        self.body("application/x-www-form-urlencoded", pairs.join("&"))
    }

    /// With fields and then files as its body (RFC 7578); a file is its field's name, its own name, its bytes.
    #[must_use]
    pub fn files(self, fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Self {
        const BOUNDARY: &str = "tidings-0a1b2c3d4e5f";
        let mut body = Vec::new();
        let mut part = |about: &str, bytes: &[u8]| {
            body.extend_from_slice(
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {about}\r\n\r\n")
                    .as_bytes(),
            );
            body.extend_from_slice(bytes);
            body.extend_from_slice(b"\r\n");
        };
        for (name, value) in fields {
            part(&format!("name=\"{name}\""), value.as_bytes());
        }
        for (field, name, bytes) in files {
            part(&format!("name=\"{field}\"; filename=\"{name}\""), bytes);
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.body(&format!("multipart/form-data; boundary={BOUNDARY}"), body)
    }

    /// Sends it over a connection of its own and reads the answer. `Host` is the address unless the request has one.
    ///
    /// # Errors
    /// If the connection fails or the answer does not read.
    pub fn send(&self, to: SocketAddr) -> anyhow::Result<Answer> {
        let mut stream = TcpStream::connect(to).with_context(|| format!("connecting to {to}"))?;
        stream.set_read_timeout(Some(LIMIT))?;
        let mut text = format!("{} {} HTTP/1.1\r\n", self.method, self.path);
        if !self
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("host"))
        {
            text += &format!("Host: {to}\r\n");
        }
        for (name, value) in &self.headers {
            text += &format!("{name}: {value}\r\n");
        }
        text += &format!(
            "Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.body.len()
        );
        stream.write_all(text.as_bytes())?;
        stream.write_all(&self.body)?;
        let mut bytes = Vec::new();
        let mut piece = [0; 65_536];
        // Not everybody hangs up when asked to (chromedriver): what the answer says of its length counts first.
        while !is_whole(&bytes)? {
            let read = stream.read(&mut piece).context("reading an answer")?;
            if read == 0 {
                break;
            }
            bytes.extend_from_slice(&piece[..read]);
        }
        Answer::read(&bytes)
    }
}

/// Whether these bytes are an answer that tells its length, and all of it.
fn is_whole(bytes: &[u8]) -> anyhow::Result<bool> {
    let Some(end) = memchr::memmem::find(bytes, b"\r\n\r\n") else {
        return Ok(false);
    };
    let head = std::str::from_utf8(&bytes[..end])?.to_ascii_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    Ok(match length {
        Some(length) => bytes.len() >= end + 4 + length.trim().parse::<usize>()?,
        None => false,
    })
}

impl Answer {
    fn read(bytes: &[u8]) -> anyhow::Result<Self> {
        let end = memchr::memmem::find(bytes, b"\r\n\r\n")
            .context("an answer without an end of headers")?;
        let head = std::str::from_utf8(&bytes[..end])?;
        let mut lines = head.split("\r\n");
        let first = lines.next().unwrap_or_default();
        let status = first
            .split(' ')
            .nth(1)
            .with_context(|| format!("no status in {first:?}"))?
            .parse()?;
        let headers: Vec<(String, String)> = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let mut body = bytes[end + 4..].to_vec();
        let is_chunked = headers
            .iter()
            .any(|(name, value)| name == "transfer-encoding" && value == "chunked");
        if is_chunked {
            body = joined(&body)?;
        }
        Ok(Self {
            status,
            headers,
            body,
        })
    }

    /// The value of the first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The chunks of a body, joined (RFC 9112, section 7.1).
fn joined(mut rest: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = memchr::memmem::find(rest, b"\r\n").context("a chunk without a length")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..end])?.trim(), 16)?;
        rest = &rest[end + 2..];
        if length == 0 {
            return Ok(body);
        }
        ensure!(rest.len() >= length + 2, "a chunk was cut off");
        body.extend_from_slice(&rest[..length]);
        rest = &rest[length + 2..];
    }
}

/// Percent-encoding of everything that is not unreserved (RFC 3986).
#[must_use]
pub fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

    use super::*;

    #[test]
    fn an_answer_ends_where_it_says() {
        let told = |bytes: &[u8]| is_whole(bytes).unwrap();
        assert!(told(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"));
        assert!(!told(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na"));
        assert!(!told(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n"));
        assert!(!told(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        ));
        assert!(is_whole(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n").is_err());
    }

    #[test]
    fn answers_are_read_whole_and_in_chunks() {
        let whole = Answer::read(b"HTTP/1.1 303 See Other\r\nLocation: /a\r\n\r\nbody").unwrap();
        assert_eq!(
            (
                whole.status,
                whole.header("location"),
                whole.text().as_str()
            ),
            (303, Some("/a"), "body")
        );
        let chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
        assert_eq!(Answer::read(chunks).unwrap().text(), "abcde");
        assert!(
            Answer::read(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc\r\n")
                .is_err()
        );
    }
}
