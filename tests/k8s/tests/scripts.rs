//! The scripts that pods run, with a real Redis, under the variables that Kubernetes sets in pods.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use k8s::pods::{Pod, pods, scripts, service_variables, variables_read};
use k8s::redis::{PASSWORD, Redis, Stopped};
use k8s::{ENVIRONMENTS, Scratch, everything};
use serde_json::Value;

/// The script of a container, and what its pod would have in its environment.
struct Script {
    text: String,
    variables: Vec<(String, String)>,
}

impl Script {
    /// That of the first container of the pod, or of the one that runs before.
    fn of(objects: &[Value], owner: &str, container: &str) -> Self {
        let pods = pods(objects);
        let pod = pods.iter().find(|pod| pod.owner == owner).expect("the pod");
        let containers = pod.containers();
        let container = containers.iter().find(|each| each["name"] == container);
        let container = container.expect("the container");
        let mut all = scripts(objects, pod, container);
        // What the manifest sets wins over what Kubernetes sets for Services.
        let mut variables: Vec<_> = service_variables(objects).into_iter().collect();
        let own = Pod::variables(container);
        variables.extend(
            own.iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        Self {
            text: all.pop().expect("a script"),
            variables,
        }
    }

    /// Sets a variable that the pod has too, to what it is here.
    #[track_caller]
    fn with(mut self, name: &str, value: &str) -> Self {
        let own = self.variables.iter_mut().rev().find(|(own, _)| own == name);
        value.clone_into(&mut own.unwrap_or_else(|| panic!("the pod has no {name}")).1);
        self
    }

    fn run(&self) -> Output {
        self.run_with(None)
    }

    /// With programs of a folder before all others.
    fn run_with(&self, programs: Option<&Path>) -> Output {
        let path = std::env::var("PATH").unwrap_or_default();
        let path = programs.map_or(path.clone(), |folder| {
            format!("{}:{path}", folder.display())
        });
        Command::new("sh")
            .args(["-c", &self.text])
            .env_clear()
            .env("PATH", path)
            .envs(self.variables.iter().cloned())
            .output()
            .expect("a shell")
    }

    #[track_caller]
    fn must_run(&self) -> String {
        let output = self.run();
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    }

    #[track_caller]
    fn must_fail(&self) -> String {
        let output = self.run();
        assert_eq!(output.status.code(), Some(1), "{}", said(&output));
        said(&output)
    }
}

fn said(output: &Output) -> String {
    let [stdout, stderr] =
        [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text));
    format!("{stdout}{stderr}")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path")
}

/// The names in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries
        .map(|entry| {
            entry
                .expect("an entry")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    names
}

/// Those that a restore has set aside.
fn aside(folder: &Path) -> Vec<String> {
    let all = names(folder).into_iter();
    all.filter(|name| name.starts_with("before-restore-"))
        .collect()
}

fn backup(objects: &[Value], redis: &Redis, folder: &Path) -> Script {
    Script::of(objects, "backup", "backup")
        .with("STORE_URL", &redis.url())
        .with("REDISCLI_AUTH", PASSWORD)
        .with("BACKUP_DIR", text(folder))
}

fn restore(objects: &[Value], stopped: &Stopped, backups: &Path, snapshot: &str) -> Script {
    Script::of(objects, "restore", "restore")
        .with("DATA_DIR", text(stopped.folder()))
        .with("BACKUP_DIR", text(backups))
        .with("SNAPSHOT", snapshot)
}

/// A program that stands before the real one.
fn program(name: &str, script: &str) -> Scratch {
    let folder = Scratch::new("programs");
    let path = folder.path().join(name);
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).expect("a program");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("a program");
    folder
}

#[test]
fn no_variable_is_one_that_kubernetes_sets_for_a_service() {
    for environment in ENVIRONMENTS {
        let Some(objects) = everything(environment) else {
            return;
        };
        let injected = service_variables(&objects);
        for pod in pods(&objects) {
            assert_eq!(pod.spec["enableServiceLinks"], false, "{}", pod.owner);
            for container in pod.containers() {
                let own: BTreeSet<String> = Pod::variables(container)
                    .keys()
                    .map(|name| (*name).to_owned())
                    .collect();
                let scripts = scripts(&objects, &pod, container);
                let read = scripts.iter().flat_map(|script| variables_read(script));
                for variable in read.chain(own.clone()) {
                    assert!(
                        !injected.contains_key(&variable),
                        "{}: {variable}",
                        pod.owner
                    );
                    // Nor for one that is added later: a Service may have any name.
                    for end in ["_PORT", "_SERVICE_HOST", "_TCP", "_TCP_ADDR"] {
                        assert!(!variable.ends_with(end), "{}: {variable}", pod.owner);
                    }
                }
            }
        }
    }
}

/// Every script of every environment runs, from the backup to the restore, with the variables of all Services set.
#[test]
fn a_backup_is_restored_under_the_variables_of_every_service() {
    for environment in ENVIRONMENTS {
        let (Some(objects), Some(redis)) = (everything(environment), Redis::new()) else {
            return;
        };
        let backups = Scratch::new("backups");
        assert_eq!(redis.ask(&["set", "kept", "yes"]), "OK");
        let _ = backup(&objects, &redis, backups.path()).must_run();
        let [snapshot] = names(backups.path()).try_into().expect("one snapshot");
        assert_eq!(redis.ask(&["set", "later", "yes"]), "OK");

        let check = || {
            Script::of(&objects, "restore-check", "check").with("BACKUP_DIR", text(backups.path()))
        };
        let _ = check().with("SNAPSHOT", &snapshot).must_run();
        let said = check().with("SNAPSHOT", "almanac-2026.rdb").must_fail();
        assert!(
            said.contains("no snapshot almanac-2026.rdb") && said.contains(&snapshot),
            "{said}"
        );
        let said = check().with("SNAPSHOT", "").must_fail();
        assert!(said.contains(&snapshot), "{said}");

        let stopped = redis.stop();
        let said = restore(&objects, &stopped, backups.path(), &snapshot).must_run();
        assert!(said.contains("1 keys"), "{said}");
        let start = Script::of(&objects, "redis", "data").with("DATA_DIR", text(stopped.folder()));
        let _ = start.must_run();
        let before = aside(stopped.folder());
        assert_eq!(before.len(), 1);
        let redis = stopped.start();
        assert_eq!(redis.ask(&["keys", "*"]), "kept");

        // The way back: what was set aside is complete.
        let stopped = redis.stop();
        let folder = stopped.folder().to_owned();
        fs::rename(folder.join("appendonlydir"), folder.join("restored")).expect("the way back");
        fs::rename(
            folder.join(&before[0]).join("appendonlydir"),
            folder.join("appendonlydir"),
        )
        .expect("the way back");
        let redis = stopped.start();
        assert_eq!(redis.ask(&["get", "later"]), "yes");
    }
}

/// Two restores, one after the other: the data of before the first is still there.
#[test]
fn nothing_that_was_set_aside_is_deleted() {
    let (Some(objects), Some(redis)) = (everything("test"), Redis::new()) else {
        return;
    };
    let backups = Scratch::new("backups");
    let _ = backup(&objects, &redis, backups.path()).must_run();
    let [snapshot] = names(backups.path()).try_into().expect("one snapshot");
    let stopped = redis.stop();
    // As the first version named it.
    fs::create_dir_all(stopped.folder().join("before-restore/appendonlydir")).expect("a folder");
    let script = restore(&objects, &stopped, backups.path(), &snapshot);
    let clock = |second: &str| {
        program(
            "date",
            &format!("case $* in *%s*) echo 1 ;; *) echo 20261127T02170{second}Z ;; esac"),
        )
    };
    for second in ["1", "2"] {
        let output = script.run_with(Some(clock(second).path()));
        assert!(output.status.success(), "{}", said(&output));
    }
    // The same name again.
    let output = script.run_with(Some(clock("2").path()));
    assert!(!output.status.success() && said(&output).contains("already exists"));
    assert_eq!(
        names(stopped.folder()),
        [
            "appendonlydir",
            "before-restore",
            "before-restore-20261127T021701Z",
            "before-restore-20261127T021702Z"
        ]
    );
}

/// Whatever goes wrong before the end, the data is what it was, and nothing is left over.
#[test]
fn a_restore_that_fails_changes_nothing() {
    let (Some(objects), Some(redis)) = (everything("test"), Redis::new()) else {
        return;
    };
    let backups = Scratch::new("backups");
    assert_eq!(redis.ask(&["set", "kept", "yes"]), "OK");
    let _ = backup(&objects, &redis, backups.path()).must_run();
    let [snapshot] = names(backups.path()).try_into().expect("one snapshot");
    fs::write(backups.path().join("almanac-broken.rdb"), "REDIS0010").expect("a file");
    let stopped = redis.stop();
    let at_the_swap = r#"case $1 in *.part/appendonlydir) exit 1 ;; *) exec /bin/mv "$@" ;; esac"#;
    for (what, snapshot, stand_in) in [
        ("a missing snapshot", "almanac-2026.rdb", None),
        ("a broken snapshot", "almanac-broken.rdb", None),
        (
            "a full volume",
            &*snapshot,
            Some(program("df", "echo / 100 100 0 100% /")),
        ),
        (
            "a Redis that does not start",
            &snapshot,
            Some(program("redis-server", "exit 1")),
        ),
        (
            "a swap that fails halfway",
            &snapshot,
            Some(program("mv", at_the_swap)),
        ),
        (
            "a broken append-only file",
            &snapshot,
            Some(program("redis-check-aof", "exit 1")),
        ),
    ] {
        let script = restore(&objects, &stopped, backups.path(), snapshot);
        let output = script.run_with(stand_in.as_ref().map(Scratch::path));
        assert_eq!(output.status.code(), Some(1), "{what}: {}", said(&output));
        assert_eq!(
            names(stopped.folder()),
            ["appendonlydir"],
            "{what}: {}",
            said(&output)
        );
    }
    assert_eq!(stopped.start().ask(&["get", "kept"]), "yes");
}

/// Killed between its two last steps: neither Redis nor another restore goes on, and both say what to do.
#[test]
fn what_an_interrupted_restore_leaves_is_refused() {
    let (Some(objects), Some(redis)) = (everything("test"), Redis::new()) else {
        return;
    };
    let backups = Scratch::new("backups");
    let _ = backup(&objects, &redis, backups.path()).must_run();
    let [snapshot] = names(backups.path()).try_into().expect("one snapshot");
    let stopped = redis.stop();
    let earlier = stopped.folder().join("before-restore-20261127T021700Z");
    fs::create_dir(&earlier).expect("a folder");
    fs::rename(
        stopped.folder().join("appendonlydir"),
        earlier.join("appendonlydir"),
    )
    .expect("as if killed");
    let said = restore(&objects, &stopped, backups.path(), &snapshot).must_fail();
    assert!(
        said.contains("an earlier restore was interrupted") && said.contains("mv "),
        "{said}"
    );
    let start = || Script::of(&objects, "redis", "data").with("DATA_DIR", text(stopped.folder()));
    assert!(start().must_fail().contains("a restore was interrupted"));
    // A new volume is not in doubt.
    fs::remove_dir_all(&earlier).expect("a new volume");
    let _ = start().must_run();
    let _ = restore(&objects, &stopped, backups.path(), &snapshot).must_run();
    assert!(aside(stopped.folder()).is_empty());
}

/// A full volume is made room on before the new snapshot is written, and what a killed backup left goes.
#[test]
fn old_snapshots_go_first_and_unfinished_ones_do_not_stay() {
    let (Some(objects), Some(redis)) = (everything("test"), Redis::new()) else {
        return;
    };
    let folder = Scratch::new("backups");
    let old: Vec<String> = (1..=4)
        .map(|day| format!("almanac-2020010{day}T021700Z.rdb"))
        .collect();
    for name in &old {
        fs::write(folder.path().join(name), "").expect("a file");
    }
    fs::write(folder.path().join("almanac-20200105T021700Z.rdb.part"), "").expect("a file");
    let keeping = |keep: &str| backup(&objects, &redis, folder.path()).with("KEEP", keep);
    // What comes before the writing is seen where writing fails, however often.
    for _ in 0..2 {
        let _ = keeping("3").with("STORE_URL", "redis://127.0.0.1:1").run();
        assert_eq!(names(folder.path()), old[2..]);
    }
    let _ = keeping("3").must_run();
    assert_eq!(names(folder.path()).len(), 3);
    assert_eq!(names(folder.path())[..2], old[2..]);
    // The only one is not deleted for one that may fail.
    let _ = keeping("1").with("STORE_URL", "redis://127.0.0.1:1").run();
    let [last] = names(folder.path()).try_into().expect("one snapshot");
    assert!(!last.starts_with("almanac-2020"), "{last}");
    let _ = keeping("1").must_run();
    assert_eq!(names(folder.path()).len(), 1);
}

#[test]
fn two_backups_do_not_run_at_once() {
    let (Some(objects), Some(redis)) = (everything("test"), Redis::new()) else {
        return;
    };
    let folder = Scratch::new("backups");
    let lock: PathBuf = folder.path().join(".lock");
    let mut other = Command::new("flock")
        .arg("--no-fork")
        .arg(&lock)
        .args(["sh", "-c", "echo locked; exec sleep 1000"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("flock");
    let mut line = [0; 7];
    std::io::Read::read_exact(other.stdout.as_mut().expect("a pipe"), &mut line).expect("a line");
    let said = backup(&objects, &redis, folder.path()).must_fail();
    assert!(said.contains("another backup is running"), "{said}");
    let _ = other.kill();
    let _ = other.wait();
}

/// A doorbell without a listener means jobs that wait for ever.
#[test]
fn ringing_fails_where_no_worker_listens() {
    for environment in ENVIRONMENTS {
        let (Some(objects), Some(redis)) = (everything(environment), Redis::new()) else {
            return;
        };
        let script = || {
            Script::of(&objects, "doorbell", "doorbell")
                .with("STORE_URL", &redis.url())
                .with("REDISCLI_AUTH", PASSWORD)
        };
        let ring = script();
        let (_, analyses) = ring
            .variables
            .iter()
            .rev()
            .find(|(name, _)| name == "ANALYSES")
            .expect("ANALYSES");
        let channels: Vec<String> = analyses
            .split(' ')
            .map(|analysis| format!("almanac.doorbell.{analysis}"))
            .collect();
        let (last, others) = channels.split_last().expect("analyses");
        let _workers = redis.subscribe(others);
        let said = ring.must_fail();
        let deaf = last.rsplit('.').next().expect("an analysis");
        assert!(
            said.ends_with(&format!("no worker listens for: {deaf}\n")),
            "{said}"
        );
        // The others are rung all the same; it succeeds once each has a listener.
        let _worker = redis.subscribe(&channels);
        let _ = ring.must_run();
        // It fails without Redis too.
        assert!(
            !script()
                .with("STORE_URL", "redis://127.0.0.1:1")
                .run()
                .status
                .success()
        );
    }
}

/// A script that is added needs a test here.
#[test]
fn every_other_script_is_a_probe_of_redis() {
    let Some(objects) = everything("test") else {
        return;
    };
    let tried = ["backup", "doorbell", "restore", "restore-check"];
    for pod in pods(&objects) {
        for container in pod.containers() {
            for script in scripts(&objects, &pod, container) {
                let is_probe = script == "redis-cli ping | grep -q PONG";
                let is_tried = tried.contains(&pod.owner) || container["name"] == "data";
                assert!(is_probe || is_tried, "{}: {script}", pod.owner);
            }
        }
    }
}
