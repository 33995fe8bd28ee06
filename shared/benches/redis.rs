//! A redis-server of the benchmarks' own.

use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long a server may take to listen.
const START_DEADLINE: Duration = Duration::from_secs(20);

/// A redis-server on a free port that keeps everything in memory; killed when it is dropped.
pub(crate) struct RedisServer {
    process: Child,
    address: String,
}

impl RedisServer {
    /// Starts a server and waits until it listens.
    pub(crate) fn start() -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let port = free.expect("a free port").port();
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server starts; is it installed?");
        let address = format!("127.0.0.1:{port}");
        let started = Instant::now();
        while TcpStream::connect(&address).is_err() {
            assert!(
                started.elapsed() < START_DEADLINE,
                "redis-server does not listen"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { process, address }
    }

    /// `127.0.0.1:port`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
