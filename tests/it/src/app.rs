//! One app of several on one Redis.

use std::path::PathBuf;
use std::time::Duration;

use ureq::Agent;

use crate::host::{self, Launch, configure};
use crate::http::{Answer, Call, agent_within};
use crate::process::{Process, free_port, scratch};
use crate::project::Project;

/// How long a request may take, the longest `Prefer: wait` of a test included.
const REQUEST_LIMIT: Duration = Duration::from_secs(10);

/// An app on a Redis that is somebody else's, in which each worker says who it is.
pub struct App {
    name: String,
    redis: String,
    port: u16,
    folder: PathBuf,
    components: Vec<String>,
    /// How many of them listen for doorbells.
    workers: usize,
    process: Process,
}

impl App {
    /// Starts an app whose workers have that name, and wait for nobody. `redis` is the address of
    /// everything that the app keeps; only some components run where these are named.
    pub fn start(redis: &str, name: &str, components: &[&str]) -> Self {
        let folder = scratch(name);
        configure(&folder, redis);
        let port = free_port();
        Self::launch(redis, name, port, folder, texts(components), None)
    }

    /// As [`Self::start`], of a copy of the project, with options of the bundled host.
    pub fn start_project(
        redis: &str,
        name: &str,
        components: &[&str],
        project: &Project,
        options: &[&str],
    ) -> Self {
        let folder = scratch(name);
        configure(&folder, redis);
        let port = free_port();
        let project = (project.folder().to_owned(), texts(options));
        Self::launch(redis, name, port, folder, texts(components), Some(project))
    }

    fn launch(
        redis: &str,
        name: &str,
        port: u16,
        folder: PathBuf,
        components: Vec<String>,
        project: Option<(PathBuf, Vec<String>)>,
    ) -> Self {
        let variables = who(name, port);
        let mut launch = Launch::new(redis, port, &folder, &variables);
        launch.components = &components;
        if let Some((project, options)) = &project {
            launch.project = project;
            launch.options.clone_from(options);
        }
        let workers = host::workers(launch.project, &components);
        Self {
            process: launch.start(),
            name: name.to_owned(),
            redis: redis.to_owned(),
            port,
            folder,
            components,
            workers,
        }
    }

    /// As [`Self::start`], and waits until it answers.
    ///
    /// # Panics
    /// When it does not, with its log.
    #[track_caller]
    pub fn start_ready(redis: &str, name: &str, components: &[&str]) -> Self {
        let mut app = Self::start(redis, name, components);
        app.wait_until_ready();
        app
    }

    /// # Panics
    /// When it does not answer in time, with its log.
    #[track_caller]
    pub fn wait_until_ready(&mut self) {
        let client = self.client();
        host::wait_until_ready(&mut self.process, self.workers, || {
            client.try_send(&Call::get("/readyz"))
        });
    }

    /// Starts it again on the same port, and waits for nobody.
    pub fn restart(&mut self) {
        self.kill();
        let variables = who(&self.name, self.port);
        let mut launch = Launch::new(&self.redis, self.port, &self.folder, &variables);
        launch.components = &self.components;
        self.process = launch.start();
    }

    /// Ends it as a power cut would.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    pub fn has_ended(&mut self) -> bool {
        self.process.has_ended()
    }

    /// Stops the clock for it, as a machine that swaps or a cluster that throttles would.
    pub fn freeze(&self) {
        self.process.signal("STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.process.signal("CONT");
    }

    /// What its workers call themselves.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What its workers call their address.
    pub fn address(&self) -> String {
        address(self.port)
    }

    /// The end of what it printed.
    pub fn log_tail(&self) -> String {
        self.process.log_tail()
    }

    /// Somebody to talk to it, also while it is down.
    pub fn client(&self) -> Client {
        Client {
            agent: agent_within(REQUEST_LIMIT),
            url: format!("http://{}", address(self.port)),
        }
    }
}

fn texts(all: &[&str]) -> Vec<String> {
    all.iter().map(|one| (*one).to_owned()).collect()
}

fn address(port: u16) -> String {
    format!("127.0.0.1:{port}")
}

fn who(name: &str, port: u16) -> [(String, String); 2] {
    [
        ("worker_name".to_owned(), name.to_owned()),
        ("worker_address".to_owned(), address(port)),
    ]
}

/// Sends requests to an app that may be down.
#[derive(Clone)]
pub struct Client {
    agent: Agent,
    url: String,
}

impl Client {
    /// Somebody to talk to whatever is at this address.
    pub fn to(url: &str) -> Self {
        Self {
            agent: agent_within(REQUEST_LIMIT),
            url: url.to_owned(),
        }
    }

    /// # Errors
    /// What went wrong on the way.
    pub fn try_send(&self, call: &Call) -> Result<Answer, String> {
        call.send(&self.agent, &self.url)
    }

    /// # Panics
    /// When there is no answer.
    #[track_caller]
    pub fn send(&self, call: &Call) -> Answer {
        self.try_send(call)
            .unwrap_or_else(|error| panic!("{error}"))
    }
}
