//! The program that runs an app under test: the bundled host, or a Spin where `ALMANAC_HOST` names one.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::almanac::workspace;
use crate::http::Answer;
use crate::poll::eventually_within;
use crate::process::{Process, write};

/// How long a component may compute at a stretch, as `make up` has it. Spin has no such limit.
const MAX_COMPUTING: &str = "--max-computing=15s";
/// The first start compiles every component.
const READY_WITHIN: Duration = Duration::from_secs(600);
const CONFIG: &str = "runtime-config.toml";
/// What both hosts print of a channel once they listen to it.
const LISTENS: &str = "/almanac.doorbell.";

/// Where a Spin is, if the tests are to run on it.
fn spin() -> Option<OsString> {
    std::env::var_os("ALMANAC_HOST")
}

/// Whether the tests run on Spin rather than on the bundled host.
pub fn is_spin() -> bool {
    spin().is_some()
}

/// Writes the runtime configuration of the app in a folder: where its key-value store is.
pub(crate) fn configure(folder: &Path, key_value: &str) {
    write(
        &folder.join(CONFIG),
        &format!("[key_value_store.default]\ntype = \"redis\"\nurl = \"{key_value}\"\n"),
    );
}

/// How an app is started.
pub(crate) struct Launch<'a> {
    redis: &'a str,
    port: u16,
    /// Where its log goes; with a runtime configuration, if [`configure`] wrote one.
    folder: &'a Path,
    variables: &'a [(String, String)],
    pub(crate) project: &'a Path,
    /// All where none is named.
    pub(crate) components: &'a [String],
    /// Options of the bundled host.
    pub(crate) options: Vec<String>,
}

impl<'a> Launch<'a> {
    pub(crate) fn new(
        redis: &'a str,
        port: u16,
        folder: &'a Path,
        variables: &'a [(String, String)],
    ) -> Self {
        Self {
            redis,
            port,
            folder,
            variables,
            project: workspace(),
            components: &[],
            options: vec![MAX_COMPUTING.to_owned()],
        }
    }

    /// Starts it as `make up` does. With `ALMANAC_REUSE=spin` instances are reused as Spin does by default
    /// and SpinKube always: 16 requests at a time, not one.
    pub(crate) fn start(&self) -> Process {
        let manifest = self.project.join("spin.toml");
        let listen = format!("127.0.0.1:{}", self.port);
        let mut arguments: Vec<OsString> = vec![
            "up".into(),
            "-f".into(),
            manifest.into(),
            "--listen".into(),
            listen.into(),
        ];
        if std::env::var_os("ALMANAC_REUSE").is_none_or(|reuse| reuse != "spin") {
            arguments.extend(["--max-instance-concurrent-reuse-count", "1"].map(OsString::from));
        }
        let config = self.folder.join(CONFIG);
        if config.exists() {
            arguments.extend(["--runtime-config-file".into(), config.into()]);
        }
        for component in self.components {
            arguments.extend(["--component-id".into(), component.into()]);
        }
        let program = match spin() {
            Some(spin) => {
                arguments.extend(["--state-dir", ""].map(OsString::from));
                PathBuf::from(spin)
            }
            None => {
                let cache = workspace().join("target/host-cache");
                arguments.extend(["--cache-dir".into(), cache.into()]);
                arguments.extend(self.options.iter().map(OsString::from));
                workspace().join("target/release/almanac-host")
            }
        };
        let log = self.folder.join("app.log");
        Process::start(&program, &arguments, &self.environment(), &log)
    }

    fn environment(&self) -> Vec<(String, String)> {
        // Spin takes no password where it asks for the host that a component may reach.
        let host = match self.redis.rsplit_once('@') {
            Some((_, host)) => format!("redis://{host}"),
            None => self.redis.to_owned(),
        };
        let places = [
            ("redis_address", self.redis),
            ("redis_host", &host),
            ("doorbell_address", self.redis),
        ];
        let given = self
            .variables
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let all = places.into_iter().chain(given);
        all.map(|(name, value)| {
            (
                format!("SPIN_VARIABLE_{}", name.to_uppercase()),
                value.to_owned(),
            )
        })
        .collect()
    }
}

/// How many workers of a project listen for a doorbell: all, or those among `components`.
pub(crate) fn workers(project: &Path, components: &[String]) -> usize {
    let manifest = project.join("spin.toml");
    let manifest = std::fs::read_to_string(&manifest)
        .unwrap_or_else(|error| panic!("{}: {error}", manifest.display()));
    let triggers = manifest.split("[[trigger.redis]]").skip(1);
    let of = |trigger: &str| {
        let line = trigger
            .lines()
            .find_map(|line| line.strip_prefix("component = "))?;
        Some(line.trim_matches('"').to_owned())
    };
    let is_chosen = |id: &String| components.is_empty() || components.contains(id);
    triggers.filter_map(of).filter(is_chosen).count()
}

/// Waits until the app answers `/readyz` with 200 and its workers listen: Spin answers HTTP before that, and a
/// ring without a listener is lost.
///
/// # Panics
/// When that takes too long or the app ends, with its log.
#[track_caller]
pub(crate) fn wait_until_ready(
    app: &mut Process,
    workers: usize,
    ask: impl Fn() -> Result<Answer, String>,
) {
    eventually_within(READY_WITHIN, "the app is ready", || {
        assert!(
            !app.has_ended(),
            "the app ended; `make build` builds what it needs\n{}",
            app.log_tail()
        );
        let answer = ask().ok()?;
        (answer.status == 200 && app.lines_with(LISTENS) >= workers).then_some(())
    });
}
