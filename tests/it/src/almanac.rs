//! A running Almanac: one of our own on the bundled host, or one that runs somewhere already.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;
use ureq::Agent;

use crate::host::{self, Launch, configure};
use crate::http::{Answer, Call, agent};
use crate::openapi::document;
use crate::poll::{eventually, eventually_within};
use crate::process::{Process, free_port, scratch};
use crate::redis::Redis;

/// Where to send requests, and what runs there if it is ours.
pub struct Almanac {
    url: String,
    agent: Agent,
    /// A token that may do everything, where the Almanac needs one.
    token: Option<String>,
    own: Option<Own>,
}

/// What we started ourselves.
struct Own {
    redis: Redis,
    app: Process,
    port: u16,
    folder: PathBuf,
    /// Spin variables by name, `max_json_bytes`.
    variables: Vec<(String, String)>,
}

/// The Almanac that all tests share: the one at `ALMANAC_URL`, with the token `ALMANAC_TOKEN`, if that is
/// set, else our own.
pub fn shared() -> &'static Almanac {
    static SHARED: OnceLock<Almanac> = OnceLock::new();
    SHARED.get_or_init(|| match external() {
        Some(url) => Almanac {
            url,
            agent: agent(),
            token: std::env::var("ALMANAC_TOKEN")
                .ok()
                .filter(|token| !token.is_empty()),
            own: None,
        },
        None => Almanac::start(&[]),
    })
}

/// An Almanac for one test, which may kill it and set Spin variables; `None`, with a message, where
/// the tests run against a given Almanac.
pub fn private(variables: &[(&str, &str)]) -> Option<Almanac> {
    if external().is_some() {
        eprintln!("skipped: this test needs an Almanac of its own, and ALMANAC_URL is set");
        return None;
    }
    Some(Almanac::start(variables))
}

/// The address of the Almanac that the tests are run against, unless they start their own.
pub fn external() -> Option<String> {
    let url = std::env::var("ALMANAC_URL").ok()?;
    Some(url.trim_end_matches('/').to_owned())
}

/// A name that no other test has.
pub fn fresh(stem: &str) -> String {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!(
        "{stem}-{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    )
}

/// A file of the project.
///
/// # Panics
/// When there is none of that name.
pub fn file(path: &str) -> String {
    std::fs::read_to_string(workspace().join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The project's folder.
pub fn workspace() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

impl Almanac {
    /// Starts Redis and the app, and waits until it answers and its workers listen.
    ///
    /// # Panics
    /// When something is missing or does not start, with the log.
    pub fn start(variables: &[(&str, &str)]) -> Self {
        Self::start_with(variables, None)
    }

    /// As [`Self::start`], with the key-value store at an address of its own instead of Redis'.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub fn start_with(variables: &[(&str, &str)], key_value: Option<&str>) -> Self {
        let redis = Redis::start();
        let key_value = key_value.map_or_else(|| redis.url(), str::to_owned);
        Self::start_on(redis, variables, Some(&key_value))
    }

    /// As [`Self::start`], without a runtime configuration, as by plain `spin up`.
    ///
    /// # Panics
    /// As [`Self::start`].
    pub fn start_plainly(variables: &[(&str, &str)]) -> Self {
        Self::start_on(Redis::start(), variables, None)
    }

    fn start_on(redis: Redis, variables: &[(&str, &str)], key_value: Option<&str>) -> Self {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let variables: Vec<_> = variables.collect();
        let folder = scratch("app");
        let port = free_port();
        if let Some(key_value) = key_value {
            configure(&folder, key_value);
        }
        let app = Launch::new(&redis.url(), port, &folder, &variables).start();
        let own = Own {
            redis,
            app,
            port,
            folder,
            variables,
        };
        let mut almanac = Self {
            url: format!("http://127.0.0.1:{port}"),
            agent: agent(),
            token: None,
            own: Some(own),
        };
        almanac.wait_until_ready();
        almanac
    }

    /// `http://host:port`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A token that may do everything, where this Almanac needs one.
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// The Redis of our own Almanac.
    ///
    /// # Panics
    /// When the Almanac is a given one.
    pub fn redis(&mut self) -> &mut Redis {
        &mut self.own().redis
    }

    fn own(&mut self) -> &mut Own {
        self.own.as_mut().expect("an Almanac of our own")
    }

    /// Ends the app as a power cut would.
    pub fn kill_app(&mut self) {
        self.own().app.kill();
    }

    /// Starts the app again, on the same Redis and port, and waits until it is ready.
    pub fn restart_app(&mut self) {
        let own = self.own();
        own.app.kill();
        own.app = Launch::new(&own.redis.url(), own.port, &own.folder, &own.variables).start();
        // Connections that are kept for reuse lead to the old one.
        self.agent = agent();
        self.wait_until_ready();
    }

    /// Whether the app has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.own().app.has_ended()
    }

    /// How many lines the app has printed that contain a text.
    pub fn lines_with(&mut self, text: &str) -> usize {
        self.own().app.lines_with(text)
    }

    /// Waits until the app has ended by itself.
    pub fn wait_for_end(&mut self) {
        let app = &mut self.own().app;
        eventually("the app ends", || app.has_ended().then_some(()));
    }

    #[track_caller]
    fn wait_until_ready(&mut self) {
        let (agent, url) = (self.agent.clone(), self.url.clone());
        let workers = host::workers(workspace(), &[]);
        host::wait_until_ready(&mut self.own().app, workers, || {
            Call::get("/readyz").send(&agent, &url)
        });
    }

    /// Sends a request.
    ///
    /// # Panics
    /// When there is no answer.
    #[track_caller]
    pub fn send(&self, call: Call) -> Answer {
        match self.try_send(&call) {
            Ok(answer) => {
                self.hold_against_document(&call, &answer);
                answer
            }
            Err(error) => panic!("{error}\n--- end of the app's log ---\n{}", self.log_tail()),
        }
    }

    /// # Panics
    /// When an answer is not as `/openapi.json` says.
    #[track_caller]
    fn hold_against_document(&self, call: &Call, answer: &Answer) {
        let ask = || {
            let asked = self.try_send(&Call::get("/openapi.json")).ok()?;
            (asked.status == 200).then(|| asked.json())
        };
        let fault = document(ask).and_then(|document| document.fault(call, answer));
        if let Some(fault) = fault {
            panic!("not as /openapi.json says: {fault}\n{}", answer.describe());
        }
    }

    /// Sends a request that may find nobody.
    ///
    /// # Errors
    /// What went wrong on the way.
    pub fn try_send(&self, call: &Call) -> Result<Answer, String> {
        let mut answer = match &self.token {
            Some(token) => call
                .clone()
                .header_unless_given("authorization", &format!("Bearer {token}"))
                .send(&self.agent, &self.url),
            None => call.send(&self.agent, &self.url),
        }?;
        if answer.status >= 500 {
            answer.log = self.log_tail();
        }
        Ok(answer)
    }

    /// The end of what our own app printed.
    pub fn log_tail(&self) -> String {
        self.own
            .as_ref()
            .map(|own| own.app.log_tail())
            .unwrap_or_default()
    }

    /// GET that must answer 200 with JSON.
    #[track_caller]
    pub fn get(&self, path: &str) -> Value {
        self.send(Call::get(path)).expect(200).json()
    }

    /// Imports a CSV as a new dataset.
    #[track_caller]
    pub fn import_csv(&self, dataset: &str, options: &str, csv: impl Into<Vec<u8>>) -> Value {
        let path = format!("/datasets/{dataset}/import?{options}");
        self.send(Call::post(&path).csv(csv)).expect(201).json()
    }

    /// The points of a query.
    #[track_caller]
    pub fn points(&self, dataset: &str, query: &str) -> Vec<Value> {
        let page = self.get(&format!("/datasets/{dataset}/points?{query}"));
        page["points"]
            .as_array()
            .unwrap_or_else(|| panic!("no points: {page}"))
            .clone()
    }

    /// Submits a job and waits until it has ended.
    #[track_caller]
    pub fn run_job(&self, body: &Value) -> Value {
        let answer = self.send(Call::post("/jobs").json(body));
        assert!([200, 202].contains(&answer.status), "{}", answer.describe());
        let id = answer.json()["id"]
            .as_str()
            .expect("the job's id")
            .to_owned();
        self.wait_for_job(&id)
    }

    /// Follows a job until it has ended.
    #[track_caller]
    pub fn wait_for_job(&self, id: &str) -> Value {
        let path = format!("/jobs/{id}");
        eventually_within(std::time::Duration::from_secs(60), "the job ends", || {
            let job = self
                .send(Call::get(&path).header("prefer", "wait=5"))
                .expect(200)
                .json();
            let has_ended = ["complete", "failed", "cancelled"].contains(&job["status"].as_str()?);
            has_ended.then_some(job)
        })
    }
}
