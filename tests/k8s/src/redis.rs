//! A Redis server of the test's own.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Scratch;

pub const PASSWORD: &str = "secret";

/// With the password [`PASSWORD`], and an append-only file, as in the manifests.
pub struct Redis {
    folder: Scratch,
    port: u16,
    server: Child,
}

impl Redis {
    /// `None`, with a message, where Redis is not installed.
    pub fn new() -> Option<Self> {
        Self::at(Scratch::new("redis"))
    }

    fn at(folder: Scratch) -> Option<Self> {
        let logs = Scratch::new("redis-log");
        let log = logs.path().join("log");
        // Another process may take the port before Redis does.
        for _ in 0..10 {
            let _ = std::fs::remove_file(&log);
            let port = free_port();
            let server = Command::new("redis-server")
                .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "yes"])
                .args(["--requirepass", PASSWORD, "--port", &port.to_string()])
                .arg("--dir")
                .arg(folder.path())
                .arg("--logfile")
                .arg(&log)
                .spawn();
            let Ok(mut server) = server else {
                eprintln!("skipped: redis-server is missing");
                return None;
            };
            if listens(&mut server, &log) {
                return Some(Self {
                    folder,
                    port,
                    server,
                });
            }
        }
        panic!("redis-server does not start");
    }

    /// Where it keeps its data.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// The answer of a command, as redis-cli prints it.
    pub fn ask(&self, command: &[&str]) -> String {
        let output = Command::new("redis-cli")
            .args(["-p", &self.port.to_string()])
            .args(command)
            .env("REDISCLI_AUTH", PASSWORD)
            .output()
            .expect("redis-cli");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// A subscriber to channels, which listens when this returns.
    pub fn subscribe(&self, channels: &[String]) -> Subscriber {
        let listener = Command::new("redis-cli")
            .args(["-p", &self.port.to_string(), "subscribe"])
            .args(channels)
            .env("REDISCLI_AUTH", PASSWORD)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        let subscriber = Subscriber(listener.expect("redis-cli"));
        let deadline = Instant::now() + Duration::from_secs(30);
        while self.ask(&["pubsub", "channels"]).lines().count() < channels.len() {
            assert!(Instant::now() < deadline, "the subscriber does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        subscriber
    }

    /// Stops it as Kubernetes does; its data stays.
    pub fn stop(mut self) -> Stopped {
        self.ask(&["shutdown"]);
        let _ = self.server.wait();
        let folder = std::mem::replace(&mut self.folder, Scratch::new("none"));
        Stopped(folder)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("an address").port()
}

/// Waits until it says so, or has ended. A connection would be no test: to a port where nobody listens yet it can be
/// made to itself.
fn listens(server: &mut Child, log: &Path) -> bool {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let said = std::fs::read_to_string(log).unwrap_or_default();
        if said.contains("Ready to accept connections") {
            return true;
        }
        if server.try_wait().expect("its state").is_some() {
            return false;
        }
        assert!(Instant::now() < deadline, "{said}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The data of a stopped Redis.
pub struct Stopped(Scratch);

impl Stopped {
    pub fn folder(&self) -> &Path {
        self.0.path()
    }

    /// Starts a Redis with this data.
    ///
    /// # Panics
    /// When there is no Redis.
    pub fn start(self) -> Redis {
        Redis::at(self.0).expect("Redis")
    }
}

pub struct Subscriber(Child);

impl Drop for Subscriber {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
