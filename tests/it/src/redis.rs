//! A redis-server of one's own.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::BytesMut;
use redis_protocol::resp2::decode::decode_bytes_mut;
use redis_protocol::resp2::types::BytesFrame;

use crate::poll::eventually;
use crate::process::{Process, free_port, scratch};

/// A redis-server on a free port, with an append-only file in a scratch folder.
pub struct Redis {
    port: u16,
    folder: PathBuf,
    /// Further arguments of redis-server.
    options: Vec<String>,
    /// Empty for none.
    password: String,
    process: Process,
}

/// Asks a Redis that may be away.
#[derive(Debug, Clone, Copy)]
pub struct RedisClient(u16);

impl RedisClient {
    /// Asks the Redis that listens, or will, at a port of this machine.
    pub fn at(port: u16) -> Self {
        Self(port)
    }

    /// Runs one command on a connection of its own. Lists are flattened, and what is no text becomes
    /// one; nothing is an empty text.
    ///
    /// # Errors
    /// What Redis says against it, or what went wrong on the way.
    pub fn try_ask(self, command: &[&str]) -> Result<Vec<String>, String> {
        let mut stream =
            TcpStream::connect(("127.0.0.1", self.0)).map_err(|error| error.to_string())?;
        let mut request = format!("*{}\r\n", command.len());
        for part in command {
            request.push_str(&format!("${}\r\n{part}\r\n", part.len()));
        }
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .and_then(|()| stream.write_all(request.as_bytes()))
            .map_err(|error| error.to_string())?;
        let mut unread = BytesMut::new();
        let mut buffer = [0; 65_536];
        loop {
            let decoded = decode_bytes_mut(&mut unread).map_err(|error| error.to_string())?;
            if let Some((frame, _, _)) = decoded {
                let mut texts = Vec::new();
                return flatten(frame, &mut texts).map(|()| texts);
            }
            match stream.read(&mut buffer) {
                Ok(0) => return Err("Redis closed the connection".to_owned()),
                Ok(count) => unread.extend_from_slice(&buffer[..count]),
                Err(error) => return Err(error.to_string()),
            }
        }
    }

    /// As [`Self::try_ask`].
    ///
    /// # Panics
    /// When there is no answer.
    #[track_caller]
    pub fn ask(self, command: &[&str]) -> Vec<String> {
        self.try_ask(command)
            .unwrap_or_else(|error| panic!("{command:?}: {error}"))
    }

    /// As [`Self::ask`], for a command that answers with one number; none counts as 0.
    ///
    /// # Panics
    /// When there is no such answer.
    #[track_caller]
    pub fn number(self, command: &[&str]) -> u64 {
        let answer = self.ask(command).concat();
        if answer.is_empty() {
            return 0;
        }
        answer
            .parse()
            .unwrap_or_else(|_| panic!("{command:?}: {answer}"))
    }
}

fn flatten(frame: BytesFrame, texts: &mut Vec<String>) -> Result<(), String> {
    match frame {
        BytesFrame::Array(items) => {
            for item in items {
                flatten(item, texts)?;
            }
        }
        BytesFrame::Error(text) => return Err(text.to_string()),
        BytesFrame::SimpleString(bytes) | BytesFrame::BulkString(bytes) => {
            texts.push(String::from_utf8_lossy(&bytes).into_owned());
        }
        BytesFrame::Integer(number) => texts.push(number.to_string()),
        BytesFrame::Null => texts.push(String::new()),
    }
    Ok(())
}

impl Redis {
    /// # Panics
    /// When redis-server is not installed or does not start.
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    /// As [`Self::start`], with further arguments of redis-server.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub fn start_with(options: &[&str]) -> Self {
        Self::start_protected(options, "")
    }

    /// As [`Self::start_with`], with a password unless that is empty.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub fn start_protected(options: &[&str], password: &str) -> Self {
        let mut options: Vec<String> = options.iter().map(|option| (*option).to_owned()).collect();
        if !password.is_empty() {
            options.extend(["--requirepass".to_owned(), password.to_owned()]);
        }
        let folder = scratch("redis");
        // A free port may be taken before Redis has it.
        for _ in 0..5 {
            let port = free_port();
            let mut process = spawn(port, &folder, &options);
            if is_up(port, password, &mut process) {
                return Self {
                    port,
                    folder,
                    options,
                    password: password.to_owned(),
                    process,
                };
            }
        }
        panic!(
            "redis-server does not start: {}",
            spawn(free_port(), &folder, &options).log_tail()
        );
    }

    /// `redis://host:port`, with the password where there is one.
    pub fn url(&self) -> String {
        match self.password.as_str() {
            "" => format!("redis://127.0.0.1:{}", self.port),
            password => format!("redis://:{password}@127.0.0.1:{}", self.port),
        }
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
        // Its port may be taken for a moment, by a connection of somebody else.
        for _ in 0..20 {
            self.kill();
            self.process = spawn(self.port, &self.folder, &self.options);
            if is_up(self.port, &self.password, &mut self.process) {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("Redis: {}", self.process.log_tail());
    }

    /// A port that nobody listens at.
    pub fn free_port() -> u16 {
        free_port()
    }

    /// Where its data are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The port that it listens at.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Somebody to ask it, also while it is away.
    pub fn client(&self) -> RedisClient {
        RedisClient(self.port)
    }

    /// A number out of `INFO`, such as `used_memory`.
    ///
    /// # Panics
    /// When Redis does not answer, or knows nothing of it.
    pub fn info(&self, name: &str) -> u64 {
        let info = ask(self.port, &self.password, "INFO").expect("an answer to INFO");
        let line = info
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.and_then(|value| value.trim().parse().ok())
            .unwrap_or_else(|| panic!("INFO has no {name}: {info}"))
    }
}

fn spawn(port: u16, folder: &Path, options: &[String]) -> Process {
    let port = port.to_string();
    let dir = folder.to_string_lossy();
    let mut arguments = vec![
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
    arguments.extend(options.iter().map(String::as_str));
    Process::start(
        Path::new("redis-server"),
        &arguments,
        &[],
        &folder.join("redis.log"),
    )
}

/// Waits until it answers; false when it ended instead.
fn is_up(port: u16, password: &str, process: &mut Process) -> bool {
    eventually("Redis answers", || {
        if process.has_ended() {
            return Some(false);
        }
        ask(port, password, "PING")
            .filter(|answer| answer.contains("+PONG"))
            .map(|_| true)
    })
}

/// Sends one command and reads all that comes back.
fn ask(port: u16, password: &str, command: &str) -> Option<String> {
    let auth = match password {
        "" => String::new(),
        password => format!("AUTH {password}\r\n"),
    };
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream
        .write_all(format!("{auth}{command}\r\nQUIT\r\n").as_bytes())
        .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    Some(answer)
}
