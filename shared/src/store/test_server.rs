//! A redis-server of a test's own: native tests of the store run against the real thing.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::native::NativeConnection;

/// How long a server may take to answer its first PING.
const START_DEADLINE: Duration = Duration::from_secs(20);

/// A redis-server on a free port with a directory of its own; killed, and the directory removed,
/// when it is dropped.
pub(crate) struct RedisServer {
    process: Child,
    address: String,
    directory: PathBuf,
}

impl RedisServer {
    /// Starts a server and waits until it answers.
    pub(crate) fn start() -> Self {
        // Between finding a free port and using it somebody else may take it.
        (0..5)
            .find_map(|_| Self::try_start())
            .expect("redis-server starts; is it installed?")
    }

    /// `127.0.0.1:port`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// A new connection to it.
    pub(crate) fn connect(&self) -> NativeConnection {
        NativeConnection::new(&self.address)
    }

    fn try_start() -> Option<Self> {
        let port = TcpListener::bind("127.0.0.1:0")
            .ok()?
            .local_addr()
            .ok()?
            .port();
        let name = format!("almanac-test-{}-{port}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&directory).ok()?;
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "no", "--databases", "16"])
            .arg("--dir")
            .arg(&directory)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut server = Self {
            process,
            address: format!("127.0.0.1:{port}"),
            directory,
        };
        server.wait_until_it_answers().then_some(server)
    }

    fn wait_until_it_answers(&mut self) -> bool {
        let started = Instant::now();
        while started.elapsed() < START_DEADLINE {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return false;
            }
            if answers(&self.address).is_some() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        false
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

fn answers(address: &str) -> Option<()> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(1))).ok()?;
    stream.write_all(b"PING\r\n").ok()?;
    let mut answer = [0; 5];
    stream.read_exact(&mut answer).ok()?;
    (&answer == b"+PONG").then_some(())
}

#[tokio::test]
async fn a_server_of_a_test_answers() {
    use super::connection::{Connection, Reply};
    let server = RedisServer::start();
    let replies = server.connect().command("PING", vec![]).await;
    assert_eq!(replies, Ok(vec![Reply::Status("PONG".to_owned())]));
    assert!(server.address().starts_with("127.0.0.1:"));
}
