//! Connections that send one request after the other and do as little else as possible: no
//! allocation for an answer, no parsing beyond its length.

use std::io::{BufRead, BufReader, Read, Result, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A load: so many connections for so long.
pub(crate) struct Load<'a> {
    pub(crate) host: &'a str,
    pub(crate) connections: usize,
    pub(crate) span: Duration,
}

/// What a load measured: the latency of every request, sorted.
pub(crate) struct Measured {
    latencies: Vec<Duration>,
    took: Duration,
}

impl Load<'_> {
    /// Sends `request(n)` for n = 0, 1, 2... over all connections.
    ///
    /// # Panics
    /// When an answer is not a success.
    pub(crate) fn run(&self, request: &(dyn Fn(u64) -> String + Sync)) -> Measured {
        let next = AtomicU64::new(0);
        let started = Instant::now();
        let deadline = started + self.span;
        let one = || {
            let mut connection = Connection::open(self.host).expect("a connection");
            let mut latencies = Vec::new();
            while Instant::now() < deadline {
                let request = request(next.fetch_add(1, Ordering::Relaxed));
                let sent = Instant::now();
                let status = connection.exchange(request.as_bytes()).expect("an answer");
                latencies.push(sent.elapsed());
                assert!((200..300).contains(&status), "{status} for {request}");
            }
            latencies
        };
        let mut latencies: Vec<Duration> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..self.connections).map(|_| scope.spawn(one)).collect();
            threads
                .into_iter()
                .flat_map(|thread| thread.join().expect("a connection"))
                .collect()
        });
        latencies.sort();
        Measured {
            latencies,
            took: started.elapsed(),
        }
    }
}

impl Measured {
    pub(crate) fn per_second(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }

    pub(crate) fn percentile(&self, percent: usize) -> Duration {
        let at = self.latencies.len() * percent / 100;
        self.latencies.get(at).copied().unwrap_or_default()
    }
}

struct Connection {
    stream: BufReader<TcpStream>,
    line: Vec<u8>,
    /// Where bodies go to be forgotten.
    sink: Vec<u8>,
}

impl Connection {
    fn open(host: &str) -> Result<Self> {
        let stream = TcpStream::connect(host)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let stream = BufReader::with_capacity(1 << 16, stream);
        Ok(Self {
            stream,
            line: Vec::new(),
            sink: vec![0; 1 << 16],
        })
    }

    /// Sends a request and reads its answer to the end; returns the status.
    fn exchange(&mut self, request: &[u8]) -> Result<u16> {
        self.stream.get_mut().write_all(request)?;
        self.read_line()?;
        let status = number(self.line.get(9..12), 10);
        let (mut length, mut chunked) = (0, false);
        loop {
            self.read_line()?;
            if self.line.is_empty() {
                break;
            }
            self.line.make_ascii_lowercase();
            if let Some(value) = self.line.strip_prefix(b"content-length: ") {
                length = number(Some(value), 10);
            }
            chunked |= self.line == b"transfer-encoding: chunked";
        }
        if chunked {
            self.skip_chunks()?;
        } else {
            self.skip(length)?;
        }
        Ok(status as u16)
    }

    /// Reads a line without its end.
    fn read_line(&mut self) -> Result<()> {
        self.line.clear();
        self.stream.read_until(b'\n', &mut self.line)?;
        if self.line.pop() != Some(b'\n') {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        self.line.pop_if(|last| *last == b'\r');
        Ok(())
    }

    fn skip(&mut self, mut length: usize) -> Result<()> {
        while length > 0 {
            let part = length.min(self.sink.len());
            self.stream.read_exact(&mut self.sink[..part])?;
            length -= part;
        }
        Ok(())
    }

    fn skip_chunks(&mut self) -> Result<()> {
        loop {
            self.read_line()?;
            let length = number(Some(&self.line), 16);
            self.skip(length)?;
            self.read_line()?;
            if length == 0 {
                return Ok(());
            }
        }
    }
}

fn number(text: Option<&[u8]>, radix: u32) -> usize {
    text.and_then(|text| std::str::from_utf8(text).ok())
        .and_then(|text| usize::from_str_radix(text.trim(), radix).ok())
        .unwrap_or(0)
}
