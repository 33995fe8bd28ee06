//! What the tests start: Redis, fixtures and hosts. Everything started here ends with the value that stands for it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::client::{Answer, Connection};

/// How long anything may take before a test fails: much more than needed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Tries again until there is something.
pub(crate) fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = attempt() {
            return found;
        }
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

/// A new folder for one test, below the build's.
pub(crate) fn new_folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("host-{}-{number}", std::process::id());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    folder
}

/// The path of a fixture's component; the first call builds all of them.
pub(crate) fn fixture(name: &str) -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let folder = BUILT.get_or_init(|| {
        // The test is at TARGET/PROFILE/deps/NAME.
        let test = std::env::current_exe().expect("the test's own path");
        let target = test.ancestors().nth(3).expect("a target folder").to_owned();
        let mut command = Command::new(env!("CARGO"));
        command.args(["build", "--quiet", "--release", "--target", "wasm32-wasip2"]);
        command.args([
            "--manifest-path",
            concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"),
        ]);
        command.arg("--target-dir").arg(&target);
        for name in ["http", "redis", "dependency"] {
            command.args(["-p", &format!("almanac-host-fixture-{name}")]);
        }
        let status = command.status().expect("cargo runs");
        assert!(status.success(), "the fixtures could not be built");
        target.join("wasm32-wasip2/release")
    });
    folder.join(format!("almanac_host_fixture_{name}.wasm"))
}

/// A redis-server of its own, on a free port, that keeps nothing.
pub(crate) struct Redis {
    server: Child,
    pub(crate) url: String,
}

impl Redis {
    pub(crate) fn start() -> Self {
        let port = free_port();
        let server = Command::new("redis-server")
            .args([
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--port",
            ])
            .arg(port.to_string())
            .stdout(Stdio::null())
            .spawn()
            .expect("redis-server is installed");
        let redis = Redis {
            server,
            url: format!("redis://127.0.0.1:{port}"),
        };
        eventually("Redis answers", || redis.try_command(&["PING"]).ok());
        redis
    }

    /// Runs a command and returns the reply as text.
    pub(crate) fn command(&self, words: &[&str]) -> Vec<String> {
        self.try_command(words).expect("Redis answers")
    }

    fn try_command(&self, words: &[&str]) -> ::redis::RedisResult<Vec<String>> {
        let client = ::redis::Client::open(self.url.as_str())?;
        let mut command = ::redis::cmd(words[0]);
        words[1..].iter().for_each(|word| {
            command.arg(word);
        });
        let reply: ::redis::Value = command.query(&mut client.get_connection()?)?;
        Ok(match reply {
            ::redis::Value::Array(_) => ::redis::from_redis_value(&reply)?,
            ::redis::Value::Okay => vec!["OK".into()],
            other => vec![::redis::from_redis_value(&other)?],
        })
    }

    pub(crate) fn stop(&mut self) {
        self.server.kill().expect("Redis was running");
        self.server.wait().expect("Redis ends");
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

/// A port that nobody listened at a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// What a host is started with.
pub(crate) struct Setup {
    pub(crate) folder: PathBuf,
    pub(crate) manifest: String,
    pub(crate) runtime_config: Option<String>,
    pub(crate) listen: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) cache: PathBuf,
    /// How many files it may open.
    pub(crate) max_files: Option<u32>,
}

impl Setup {
    /// The three fixtures: `/t/...` and `/users/:user/...` over HTTP, and `bell` over Redis.
    pub(crate) fn new(redis: &Redis) -> Self {
        let mut setup = Setup::http_only(redis);
        let url = &redis.url;
        let source = fixture("redis");
        write!(
            setup.manifest,
            r#"
            [application.trigger.redis]
            address = "{{{{ redis_url }}}}"
            [[trigger.redis]]
            channel = "bell"
            component = "bell"
            [component.bell]
            source = {source:?}
            allowed_outbound_hosts = ["{url}"]
            variables = {{ redis_url = "{{{{ redis_url }}}}" }}
            "#
        )
        .expect("text");
        setup
    }

    /// The same without the Redis trigger.
    pub(crate) fn http_only(redis: &Redis) -> Self {
        let url = &redis.url;
        let (web, words) = (fixture("http"), fixture("dependency"));
        let manifest = format!(
            r#"
            spin_manifest_version = 2
            [application]
            name = "fixtures"
            version = "1.2.3"
            [variables]
            redis_url = {{ default = "{url}" }}
            needed = {{ default = "by default" }}
            [[trigger.http]]
            route = "/t/..."
            component = "web"
            [[trigger.http]]
            route = "/users/:user/..."
            component = "web"
            [component.words]
            source = {words:?}
            [component.web.dependencies]
            "fixture:words/words@0.1.0" = {{ component = "words" }}
            [component.web]
            source = {web:?}
            description = "The web fixture"
            key_value_stores = ["default"]
            allowed_outbound_hosts = ["{{{{ redis_url }}}}", "http://127.0.0.1:*", "https://127.0.0.1:*"]
            environment = {{ GREETING = "hi" }}
            variables = {{ both = "<{{{{ needed }}}} {{{{redis_url}}}}>" }}
            "#
        );
        Setup {
            folder: new_folder(),
            manifest,
            runtime_config: Some(format!(
                "[key_value_store.default]\ntype = \"redis\"\nurl = \"{url}\"\n"
            )),
            listen: "127.0.0.1:0".into(),
            arguments: Vec::new(),
            environment: BTreeMap::new(),
            cache: Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache"),
            max_files: None,
        }
    }

    /// Replaces a part of the manifest, which must be there.
    pub(crate) fn replace(mut self, from: &str, to: &str) -> Self {
        assert!(
            self.manifest.contains(from),
            "{from:?} is not in {}",
            self.manifest
        );
        self.manifest = self.manifest.replace(from, to);
        self
    }

    /// Adds command line arguments.
    pub(crate) fn arguments(mut self, arguments: &[&str]) -> Self {
        self.arguments
            .extend(arguments.iter().map(|argument| (*argument).to_owned()));
        self
    }

    fn spawn(&self) -> Host {
        let manifest = self.folder.join("spin.toml");
        std::fs::write(&manifest, &self.manifest).expect("the folder is there");
        let host = env!("CARGO_BIN_EXE_almanac-host");
        let mut command = match self.max_files {
            None => Command::new(host),
            Some(files) => {
                let mut command = Command::new("sh");
                let limited = format!(r#"ulimit -n {files}; exec "$@""#);
                command.args(["-c", &limited, "sh", host]);
                command
            }
        };
        command
            .arg("up")
            .arg("-f")
            .arg(manifest)
            .args(["--listen", &self.listen]);
        command
            .arg("--cache-dir")
            .arg(&self.cache)
            .args(&self.arguments);
        command.envs(&self.environment);
        if let Some(text) = &self.runtime_config {
            let path = self.folder.join("runtime.toml");
            std::fs::write(&path, text).expect("the folder is there");
            command.arg("--runtime-config-file").arg(path);
        }
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the host is built");
        let stdout = Collected::new(process.stdout.take().expect("piped"));
        let stderr = Collected::new(process.stderr.take().expect("piped"));
        Host {
            process,
            stdout,
            stderr,
            address: String::new(),
        }
    }

    /// Starts a host and waits until it serves HTTP.
    pub(crate) fn start(&self) -> Host {
        let mut host = self.spawn();
        host.address = eventually("the host serves", || {
            if let Some(status) = host.process.try_wait().expect("a process") {
                panic!("the host ended with {status}: {}", host.stderr());
            }
            let stdout = host.stdout();
            let line = stdout
                .lines()
                .find_map(|line| line.strip_prefix("Serving http://"));
            line.map(str::to_owned)
        });
        host
    }

    /// Starts a host with a Redis trigger and waits until it listens for both.
    pub(crate) fn start_both(&self) -> Host {
        let host = self.start();
        eventually("the host subscribes", || {
            host.stdout().contains("bell: [bell]").then_some(())
        });
        host
    }

    /// Starts a host that refuses to; returns what it says.
    pub(crate) fn refusal(&self) -> String {
        let mut host = self.spawn();
        let status = host.wait();
        assert_eq!(status.code(), Some(1), "{}", host.stderr());
        host.stderr()
    }
}

/// What a process has written so far.
struct Collected {
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Collected {
    fn new(mut from: impl Read + Send + 'static) -> Self {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&bytes);
        let reader = thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(count @ 1..) = from.read(&mut buffer) {
                into.lock()
                    .expect("nobody panics with it")
                    .extend(&buffer[..count]);
            }
        });
        Collected {
            bytes,
            reader: Some(reader),
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().expect("nobody panics with it")).into_owned()
    }

    /// Waits until the process has closed its end.
    fn finish(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("it only reads");
        }
    }
}

/// A running host.
pub(crate) struct Host {
    process: Child,
    stdout: Collected,
    stderr: Collected,
    pub(crate) address: String,
}

impl Host {
    pub(crate) fn stdout(&self) -> String {
        self.stdout.text()
    }

    pub(crate) fn stderr(&self) -> String {
        self.stderr.text()
    }

    /// Waits for its end; all of its output is there then.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let status = eventually("the host ends", || {
            self.process.try_wait().expect("a process")
        });
        self.stdout.finish();
        self.stderr.finish();
        status
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, signal: &str) {
        let id = self.process.id().to_string();
        let status = Command::new("kill")
            .args([signal, &id])
            .status()
            .expect("kill runs");
        assert!(status.success());
    }

    /// Asks for a path and returns the body of a 200.
    pub(crate) fn get(&self, path: &str) -> String {
        let answer = self.request("GET", path, b"");
        assert_eq!(
            answer.status,
            200,
            "{path}: {} {}",
            answer.body,
            self.stderr()
        );
        answer.body
    }

    /// Asks for a path and returns the text of the error that the fixture met.
    pub(crate) fn get_error(&self, path: &str) -> String {
        let answer = self.request("GET", path, b"");
        assert_eq!(
            answer.status,
            418,
            "{path}: {} {}",
            answer.body,
            self.stderr()
        );
        answer.body
    }

    /// Sends a request and reads the whole answer.
    pub(crate) fn request(&self, method: &str, path: &str, body: &[u8]) -> Answer {
        let mut connection = self.connect();
        let length = body.len();
        connection.send(&format!("{method} {path} HTTP/1.1\r\nHost: test\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"));
        connection.stream().write_all(body).expect("the host reads");
        connection.answer()
    }

    /// Opens a connection to send something by hand.
    pub(crate) fn connect(&self) -> Connection {
        Connection::new(&self.address)
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
