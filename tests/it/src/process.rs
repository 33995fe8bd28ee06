//! Child processes that cannot outlive the tests.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::OnceLock;

/// A running program in a process group of its own: Spin is several processes. Dropping it kills the
/// group, and so does the end of this process, whatever the reason: a watcher waits for the pipe from here
/// to close.
pub(crate) struct Process {
    child: Child,
    watcher: Child,
    log: PathBuf,
    /// How long the log was before this program wrote to it.
    log_start: u64,
}

const WATCHER: &str = r#"cat >/dev/null; kill -s KILL -- "-$1" 2>/dev/null"#;

impl Process {
    /// Starts a program; what it prints is appended to the file `log`.
    pub(crate) fn start(
        program: &Path,
        arguments: &[impl AsRef<OsStr>],
        variables: &[(String, String)],
        log: &Path,
    ) -> Self {
        let output = File::options()
            .create(true)
            .append(true)
            .open(log)
            .expect("a log");
        let log_start = output.metadata().expect("a log").len();
        let errors = output.try_clone().expect("a log");
        let child = Command::new(program)
            .args(arguments)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .current_dir(crate::workspace())
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(output)
            .stderr(errors)
            .spawn()
            .unwrap_or_else(|error| panic!("{} cannot be started: {error}", program.display()));
        let watcher = Command::new("sh")
            .args(["-c", WATCHER, "sh", &child.id().to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("sh");
        Self {
            child,
            watcher,
            log: log.to_owned(),
            log_start,
        }
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(_)))
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        // It may have ended by itself, and have been killed here before.
        if matches!(self.watcher.try_wait(), Ok(None)) {
            let _ = self.send("KILL");
            let _ = self.watcher.kill();
        }
        let _ = self.child.wait();
        let _ = self.watcher.wait();
    }

    /// Sends it a signal, such as `STOP`.
    pub(crate) fn signal(&self, name: &str) {
        let sent = self.send(name);
        assert!(
            matches!(sent, Ok(status) if status.success()),
            "kill -{name}: {sent:?}"
        );
    }

    fn send(&self, name: &str) -> std::io::Result<ExitStatus> {
        Command::new("sh")
            .args(["-c", r#"kill -s "$1" -- "-$2""#, "sh", name])
            .arg(self.child.id().to_string())
            .stderr(Stdio::null())
            .status()
    }

    /// How many lines it has printed that contain a text.
    pub(crate) fn lines_with(&self, text: &str) -> usize {
        let mut bytes = Vec::new();
        let read = File::open(&self.log).and_then(|mut file| {
            file.seek(SeekFrom::Start(self.log_start))?;
            file.read_to_end(&mut bytes)
        });
        // A log that cannot be read yet has no lines yet.
        let _ = read;
        let printed = String::from_utf8_lossy(&bytes);
        printed.lines().filter(|line| line.contains(text)).count()
    }

    /// The end of what it printed.
    pub(crate) fn log_tail(&self) -> String {
        const LINES: usize = 40;
        let mut bytes = Vec::new();
        let read = File::open(&self.log).and_then(|mut file| file.read_to_end(&mut bytes));
        if let Err(error) = read {
            return format!("(no log: {error})");
        }
        let text = String::from_utf8_lossy(&bytes);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// A new folder, removed when this process has ended.
pub fn scratch(name: &str) -> PathBuf {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    // With the watcher, whose pipe stays open until this process ends.
    static ROOT: OnceLock<(PathBuf, Child)> = OnceLock::new();

    let (root, _) = ROOT.get_or_init(|| {
        let root = std::env::temp_dir().join(format!("almanac-it-{}", std::process::id()));
        let watcher = remove_at_the_end(&root);
        (root, watcher)
    });
    let folder = root.join(format!("{name}-{}", NEXT.fetch_add(1, Ordering::Relaxed)));
    std::fs::create_dir_all(&folder).expect("a scratch folder");
    folder
}

fn remove_at_the_end(root: &Path) -> Child {
    // The second try is for what a process that is being killed has still written.
    let remove = r#"cat >/dev/null; rm -rf "$1" || { sleep 1; rm -rf "$1"; }"#;
    Command::new("sh")
        .args(["-c", remove, "sh"])
        .arg(root)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("sh")
}

/// A port that nobody uses right now. Somebody may take it before it is used: try again then.
pub fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}

/// Writes a file, or says which.
pub(crate) fn write(path: &Path, text: &str) {
    File::create(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}
