//! A redis-server of one's own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use crate::poll::eventually;
use crate::process::{Process, free_port, scratch};

/// A redis-server on a free port, with an append-only file in a scratch folder.
pub struct Redis {
    port: u16,
    folder: PathBuf,
    process: Process,
}

impl Redis {
    /// # Panics
    /// When redis-server is not installed or does not start.
    pub fn start() -> Self {
        let folder = scratch("redis");
        // A free port may be taken before Redis has it.
        for _ in 0..5 {
            let port = free_port();
            let mut process = spawn(port, &folder);
            if is_up(port, &mut process) {
                return Self {
                    port,
                    folder,
                    process,
                };
            }
        }
        panic!(
            "redis-server does not start: {}",
            spawn(free_port(), &folder).log_tail()
        );
    }

    /// `redis://host:port`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Ends it without warning. Its append-only file stays.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Starts it again with the same port and data.
    ///
    /// # Panics
    /// When it does not start.
    pub fn restart(&mut self) {
        self.kill();
        self.process = spawn(self.port, &self.folder);
        assert!(
            is_up(self.port, &mut self.process),
            "Redis: {}",
            self.process.log_tail()
        );
    }

    /// A number out of `INFO`, such as `used_memory`.
    ///
    /// # Panics
    /// When Redis does not answer, or knows nothing of it.
    pub fn info(&self, name: &str) -> u64 {
        let info = ask(self.port, "INFO").expect("an answer to INFO");
        let line = info
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|value| value.trim().parse().ok())
            .unwrap_or_else(|| panic!("INFO has no {name}: {info}"))
    }
}

fn spawn(port: u16, folder: &Path) -> Process {
    let port = port.to_string();
    let dir = folder.to_string_lossy();
    let arguments = [
        "--bind",
        "127.0.0.1",
        "--port",
        &port,
        "--dir",
        &dir,
        "--appendonly",
        "yes",
        "--save",
        "",
    ];
    Process::start(
        Path::new("redis-server"),
        &arguments,
        &[],
        &folder.join("redis.log"),
    )
}

/// Waits until it answers; false when it ended instead.
fn is_up(port: u16, process: &mut Process) -> bool {
    eventually("Redis answers", || {
        if process.has_ended() {
            return Some(false);
        }
        ask(port, "PING")
            .filter(|answer| answer.starts_with("+PONG"))
            .map(|_| true)
    })
}

/// Sends one command and reads all that comes back.
fn ask(port: u16, command: &str) -> Option<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream
        .write_all(format!("{command}\r\nQUIT\r\n").as_bytes())
        .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}
