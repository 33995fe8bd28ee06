//! A cluster that exists only as a `kubectl` that notes what it is asked.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use crate::{Scratch, documents, of_kind, rendered, workspace};

const KUBECTL: &str = include_str!("kubectl.sh");

pub struct Cluster(Scratch);

impl Cluster {
    /// `None` where there is no kubectl to render with.
    ///
    /// # Panics
    /// When its program cannot be written.
    pub fn new() -> Option<Self> {
        rendered("test")?;
        let scratch = Scratch::new("kubectl");
        let program = scratch.path().join("kubectl");
        fs::write(&program, KUBECTL).expect("a program");
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).expect("a program");
        Some(Self(scratch))
    }

    /// Says what the cluster is like: see kubectl.sh.
    ///
    /// # Panics
    /// When that cannot be noted.
    pub fn is(&self, what: &str, value: &str) {
        fs::write(self.0.path().join(what), value).expect("a note");
    }

    pub fn is_not(&self, what: &str) {
        let _ = fs::remove_file(self.0.path().join(what));
    }

    /// Runs scripts/k8s.sh.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let path = std::env::var("PATH").unwrap_or_default();
        Command::new(workspace().join("scripts/k8s.sh"))
            .args(arguments)
            .env("PATH", format!("{}:{path}", self.0.path().display()))
            .env("IMAGE", "registry.example/almanac")
            .envs(variables.iter().copied())
            .output()
            .expect("the script")
    }

    /// # Panics
    /// When it fails.
    #[track_caller]
    pub fn must_run(&self, arguments: &[&str], variables: &[(&str, &str)]) {
        let output = self.run(arguments, variables);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
    }

    /// What it says when it fails.
    ///
    /// # Panics
    /// When it does not.
    #[track_caller]
    pub fn must_fail(&self, arguments: &[&str], variables: &[(&str, &str)]) -> String {
        let output = self.run(arguments, variables);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success(), "{arguments:?}: {said}");
        said
    }

    /// A file of the stand-in, empty where it has not written it.
    pub fn text(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).unwrap_or_default()
    }

    /// What was asked since the last time, one line for each.
    pub fn calls(&self) -> String {
        let calls = self.text("calls");
        self.is_not("calls");
        calls
    }

    /// The image of every app that was applied last.
    ///
    /// # Panics
    /// When there is none.
    pub fn images(&self) -> Vec<String> {
        let objects = documents(&self.text("applied.yaml"));
        let apps = of_kind(&objects, "SpinApp");
        apps.iter()
            .map(|app| app["spec"]["image"].as_str().expect("an image").to_owned())
            .collect()
    }
}

/// That the calls have these parts, in this order.
///
/// # Panics
/// When they do not.
#[track_caller]
pub fn in_order(calls: &str, parts: &[&str]) {
    let mut rest = calls;
    for part in parts {
        let Some(place) = rest.find(part) else {
            panic!("no `{part}` where it should be in\n{calls}");
        };
        rest = &rest[place + part.len()..];
    }
}
