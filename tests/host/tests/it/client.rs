//! A small HTTP/1.1 client that shows what comes when.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use crate::setup::PATIENCE;

/// A whole response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: String,
    /// Whether the body came to its proper end.
    pub(crate) complete: bool,
}

/// A connection to the host.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Opens a connection.
    pub(crate) fn new(address: &str) -> Self {
        let stream = TcpStream::connect(address).expect("the host listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        Connection(BufReader::new(stream))
    }

    pub(crate) fn stream(&mut self) -> &mut TcpStream {
        self.0.get_mut()
    }

    pub(crate) fn send(&mut self, text: &str) {
        self.stream()
            .write_all(text.as_bytes())
            .expect("the host reads");
    }

    /// Reads up to the blank line; returns the status and the header lines in lower case.
    pub(crate) fn head(&mut self) -> (u16, Vec<String>) {
        let lines: Vec<String> = (&mut self.0)
            .lines()
            .map(|line| line.expect("the host answers"))
            .take_while(|line| !line.is_empty())
            .collect();
        let first = lines.first().expect("the host answers");
        let status = first
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let headers = lines[1..]
            .iter()
            .map(|line| line.to_ascii_lowercase())
            .collect();
        (status.expect("a status line"), headers)
    }

    /// Reads one chunk; an empty one is the end, none is an end before its time.
    pub(crate) fn chunk(&mut self) -> Option<Vec<u8>> {
        let mut size = String::new();
        self.0.read_line(&mut size).ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        let mut chunk = vec![0; size + 2];
        self.0.read_exact(&mut chunk).ok()?;
        chunk.truncate(size);
        Some(chunk)
    }

    /// Reads the whole answer.
    pub(crate) fn answer(&mut self) -> Answer {
        let (status, headers) = self.head();
        let mut body = Vec::new();
        let mut complete = true;
        if headers
            .iter()
            .any(|header| header == "transfer-encoding: chunked")
        {
            loop {
                match self.chunk() {
                    Some(chunk) if chunk.is_empty() => break,
                    Some(chunk) => body.extend(chunk),
                    None => {
                        complete = false;
                        break;
                    }
                }
            }
        } else {
            complete = self.0.read_to_end(&mut body).is_ok();
        }
        Answer {
            status,
            body: String::from_utf8_lossy(&body).into_owned(),
            complete,
        }
    }
}
