//! `make up` and `make down` in a copy of the project that is built already, and the archive of `make dist`.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use it::{
    Call, Client, Project, RedisClient, Script, eventually_within, external, free_port, is_spin,
    scratch, workspace,
};
use serde_json::json;

const PATIENCE: Duration = Duration::from_secs(180);
const ADMIN: &str = "the-first-token-of-these-tests";

/// A running Almanac with what starts and stops it; dropping it stops it.
struct Up {
    folder: PathBuf,
    stop: &'static str,
    script: Script,
    client: Client,
    redis: RedisClient,
}

impl Up {
    /// `make up` in a copy of the project.
    fn start(project: &Project, variables: &[(&str, &str)]) -> Self {
        let programs = project.folder().join("programs");
        if !programs.exists() {
            std::fs::create_dir(&programs).expect("a folder");
            put_spin(&programs.join("spin"));
        }
        let path = std::env::var("PATH").expect("a PATH");
        let path = format!("{}:{path}", programs.display());
        let scripts = ("scripts/up.sh", "scripts/down.sh");
        Self::launch(project.folder(), scripts, &path, variables)
    }

    fn launch(
        folder: &Path,
        (start, stop): (&str, &'static str),
        path: &str,
        variables: &[(&str, &str)],
    ) -> Self {
        let (port, redis) = (free_port(), free_port());
        let mut environment = vec![
            ("PATH".to_owned(), path.to_owned()),
            // Everything is built.
            ("MAKE".to_owned(), "true".to_owned()),
            ("LISTEN".to_owned(), format!("127.0.0.1:{port}")),
            ("REDIS_URL".to_owned(), format!("redis://127.0.0.1:{redis}")),
        ];
        let variables = variables
            .iter()
            .map(|(name, value)| (format!("SPIN_VARIABLE_{name}"), (*value).to_owned()));
        environment.extend(variables);
        let up = Self {
            script: Script::start(&folder.join(start), folder, &environment),
            folder: folder.to_owned(),
            stop,
            client: Client::to(&format!("http://127.0.0.1:{port}")),
            redis: RedisClient::at(redis),
        };
        up.wait_for("Almanac is ready");
        up
    }

    fn wait_for(&self, text: &str) {
        let failed = || self.script.lines_with("ended before it was ready") > 0;
        eventually_within(PATIENCE, text, || {
            assert!(!failed(), "{}", self.script.log_tail());
            (self.script.lines_with(text) > 0).then_some(())
        });
    }

    fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.folder.join(path))
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Ends the first process of what is noted under a name, and no other.
    fn kill(&self, name: &str) {
        let pid = self.read(&format!(".almanac/{name}.pid"));
        let killed = Command::new("kill").args(["-KILL", pid.trim()]).status();
        assert!(killed.expect("kill").success());
    }

    fn stop(&self) {
        let stopped = Command::new(self.folder.join(self.stop))
            .output()
            .expect("a script");
        assert!(stopped.status.success(), "{stopped:?}");
        assert!(self.client.try_send(&Call::get("/healthz")).is_err());
        assert!(self.redis.try_ask(&["PING"]).is_err());
    }

    fn assert_it_plots(&self) {
        let order = json!({"analysis": "plot", "dataset": "co2", "params": {"y": "average"}});
        let plot = Call::post("/jobs").header("prefer", "wait=20").json(&order);
        let job = self.client.send(&as_admin(plot)).expect(200).json();
        assert_eq!(job["status"], "complete", "{job}");
    }

    /// How many workers listen for doorbells, and how many there are.
    fn listening(&self) -> (usize, usize) {
        let manifest = self.read("spin.toml");
        let channels: Vec<&str> = manifest
            .lines()
            .filter_map(|line| line.strip_prefix("channel = \"")?.strip_suffix('"'))
            .collect();
        let command: Vec<&str> = ["PUBSUB", "NUMSUB"]
            .into_iter()
            .chain(channels.clone())
            .collect();
        let answer = self.redis.ask(&command);
        let listening = answer.chunks(2).filter(|pair| pair[1] != "0").count();
        (listening, channels.len())
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // What it does not stop, the test that checks it reports.
        let _ = Command::new(self.folder.join(self.stop)).output();
    }
}

fn as_admin(call: Call) -> Call {
    call.header("authorization", &format!("Bearer {ADMIN}"))
}

/// The Spin under test, or the bundled host behind a parent of its own, as Spin's triggers are.
fn put_spin(path: &Path) {
    if let Some(spin) = std::env::var_os("ALMANAC_HOST") {
        std::os::unix::fs::symlink(spin, path).expect("a link");
        return;
    }
    let script = r#"#!/bin/sh
if [ "$1" = --version ]; then echo 'spin 4.0.2 (a parent of the bundled host)'; exit; fi
shift 3 # up --state-dir ''
target/release/almanac-host up --cache-dir target/host-cache "$@" &
wait
"#;
    std::fs::write(path, script).expect("a script");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("its mode");
}

#[test]
fn it_is_ready_when_workers_listen_and_comes_back_when_killed() {
    if external().is_some() {
        return;
    }
    let project = Project::copy();
    for tokens in ["false", "true"] {
        let up = Up::start(
            &project,
            &[("REQUIRE_TOKENS", tokens), ("ADMIN_TOKEN", ADMIN)],
        );
        let (listening, all) = up.listening();
        assert!(all > 10);
        assert_eq!(listening, all);
        let datasets = up
            .client
            .send(&as_admin(Call::get("/datasets")))
            .expect(200)
            .json();
        assert_eq!(
            datasets["datasets"].as_array().map(Vec::len),
            Some(3),
            "{datasets}"
        );
        let nobody = up.client.send(&Call::get("/jobs"));
        assert_eq!(nobody.status, if tokens == "true" { 401 } else { 200 });

        // As the kernel does when memory is short.
        up.kill("app");
        up.wait_for("ready again");
        assert_eq!(up.listening(), (all, all));
        up.assert_it_plots();
        up.stop();
    }
}

/// Without the supervisor nothing starts again, and `make down` ends what is left.
#[test]
fn what_a_killed_make_up_leaves_is_stopped_by_make_down() {
    if external().is_some() {
        return;
    }
    let up = Up::start(&Project::copy(), &[]);
    up.kill("up");
    up.kill("app");
    assert!(is_spin() || up.client.try_send(&Call::get("/healthz")).is_ok());
    up.stop();
}

/// Also those of jobs that end when no request comes any more: the doorbell process sends them.
#[test]
fn callbacks_are_sent_when_they_are_due() {
    use std::io::{Read, Write};
    if external().is_some() {
        return;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let variables = [
        ("CALLBACK_HOST", url.as_str()),
        ("CALLBACK_SECRET", "a secret"),
    ];
    let up = Up::start(&Project::copy(), &variables);
    // Long enough for the instance that took the job to be gone.
    let order = json!({"analysis": "sleep", "params": {"seconds": 5}, "callback": url});
    let _ = up
        .client
        .send(&Call::post("/jobs").json(&order))
        .expect(202);
    let (mut stream, _) = listener.accept().expect("a callback");
    let mut buffer = [0; 65_536];
    let length = stream.read(&mut buffer).expect("a request");
    assert!(buffer[..length].starts_with(b"POST / HTTP/1.1\r\n"));
    stream
        .write_all(b"HTTP/1.1 204 X\r\ncontent-length: 0\r\n\r\n")
        .expect("an answer");
}

#[test]
fn an_archive_runs_without_what_built_it() {
    if external().is_some() || is_spin() {
        return;
    }
    let folder = scratch("archive");
    let packed = Command::new("scripts/dist.sh")
        .current_dir(workspace())
        .output()
        .expect("a script");
    let said = String::from_utf8_lossy(&packed.stderr).into_owned();
    assert!(packed.status.success(), "{said}");
    let archive = said
        .lines()
        .find_map(|line| line.strip_prefix("almanac: wrote "));
    let archive = workspace().join(archive.expect("its name"));
    let sum = format!("{}.sha256", archive.display());
    let checked = Command::new("sha256sum")
        .args(["--check", &sum])
        .current_dir(workspace().join("target/dist"))
        .status();
    assert!(checked.expect("sha256sum").success());
    let unpacked = Command::new("tar")
        .arg("-xzf")
        .arg(archive)
        .arg("-C")
        .arg(&folder)
        .arg("--strip-components=1")
        .status();
    assert!(unpacked.expect("tar").success());
    // What every Debian has, and redis-server: neither Cargo, Make nor git.
    let programs = folder.join("programs");
    std::fs::create_dir(&programs).expect("a folder");
    for program in [
        "awk",
        "basename",
        "bash",
        "cat",
        "chmod",
        "cut",
        "dirname",
        "env",
        "grep",
        "head",
        "mkdir",
        "redis-server",
        "rm",
        "sed",
        "sh",
        "sleep",
        "tail",
        "tr",
        "wc",
    ] {
        let found = Command::new("sh")
            .args(["-c", &format!("command -v {program}")])
            .output()
            .expect("sh");
        let found = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        std::os::unix::fs::symlink(found, programs.join(program)).expect("a link");
    }
    let path = programs.display().to_string();
    let up = Up::launch(&folder, ("start", "stop"), &path, &[]);
    assert_eq!(
        up.script.lines_with("Compiling"),
        0,
        "{}",
        up.script.log_tail()
    );
    up.assert_it_plots();
    up.stop();
}
