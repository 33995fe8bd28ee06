//! A copy of the project, for tests that change it.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::almanac::workspace;
use crate::process::{Process, scratch};

/// What `make up` and `make analysis` need; what is built is shared with the project itself.
const PARTS: [&str; 7] = [
    "Cargo.lock",
    "Cargo.toml",
    "Makefile",
    "data",
    "runtime-config.toml",
    "spin.toml",
    "wit",
];
const TEMPLATES: [&str; 4] = [
    "tools",
    "template-python",
    "template-javascript",
    "template-rust",
];

/// A folder with the parts of the project that `make analysis` changes.
pub struct Project {
    folder: PathBuf,
}

impl Project {
    /// A copy of the project as it stands.
    ///
    /// # Panics
    /// When a file cannot be copied.
    pub fn copy() -> Self {
        let folder = scratch("project");
        let analyses = folder.join("components/analyses");
        std::fs::create_dir_all(&analyses).expect("a folder");
        for part in PARTS.into_iter().chain(["scripts"]) {
            copy(&workspace().join(part), &folder);
        }
        for template in TEMPLATES {
            let source = workspace().join("components/analyses").join(template);
            copy(&source, &analyses);
        }
        let target = workspace().join("target").canonicalize().expect("target");
        std::os::unix::fs::symlink(target, folder.join("target")).expect("a link");
        Self { folder }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The text of a file.
    ///
    /// # Panics
    /// When there is none of that name.
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.folder.join(path))
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, path: &str, text: &str) {
        std::fs::write(self.folder.join(path), text)
            .unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Runs a program in the copy, and returns what it said on its standard error.
    ///
    /// # Errors
    /// When it fails, with the same.
    ///
    /// # Panics
    /// When it cannot be run.
    pub fn run(&self, program: &str, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(&self.folder)
            // A make that runs these tests has its own.
            .env_remove("MAKEFLAGS")
            .env("LANG", "C.UTF-8")
            .output()
            .unwrap_or_else(|error| panic!("{program}: {error}"));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            Ok(said)
        } else {
            Err(said)
        }
    }
}

/// A running script.
pub struct Script(Process);

impl Script {
    /// Starts it; what it prints goes to a log in `folder`.
    pub fn start(path: &Path, folder: &Path, variables: &[(String, String)]) -> Self {
        Self(Process::start(
            path,
            &[""; 0],
            variables,
            &folder.join("script.log"),
        ))
    }

    /// How many lines it has printed that contain a text.
    pub fn lines_with(&self, text: &str) -> usize {
        self.0.lines_with(text)
    }

    /// The end of what it printed.
    pub fn log_tail(&self) -> String {
        self.0.log_tail()
    }
}

fn copy(source: &Path, folder: &Path) {
    let status = Command::new("cp")
        .arg("-R")
        .arg(source)
        .arg(folder)
        .status();
    assert!(
        matches!(status, Ok(status) if status.success()),
        "{} cannot be copied: {status:?}",
        source.display()
    );
}
