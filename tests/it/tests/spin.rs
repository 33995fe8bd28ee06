//! A clone that Spin alone builds and runs. The other tests run on Spin too, with `make test-spin`.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use it::{
    Call, Client, Redis, Script, eventually_within, file, free_port, is_spin, scratch, workspace,
};
use serde_json::json;

/// Long enough to build every component, without what they depend on.
const PATIENCE: Duration = Duration::from_secs(1200);

#[test]
fn a_clone_is_built_and_started_by_spin_alone() {
    if !is_spin() {
        eprintln!("skipped: `make test-spin` runs this test, with the Spin on the path");
        return;
    }
    let spin = std::env::var("ALMANAC_HOST").expect("a Spin");
    let clone = scratch("clone").join("almanac");
    run(Command::new("git")
        .arg("clone")
        .arg("--quiet")
        .arg(workspace())
        .arg(&clone));
    share_dependencies(&clone);

    // The second time Spin also finds the dependencies for which it writes interfaces.
    for _ in 0..2 {
        let built = run(Command::new(&spin).arg("build").current_dir(&clone));
        let said = [built.stdout, built.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert_eq!(said.matches("with `make components`").count(), 1, "{said}");
        let status = run(Command::new("git")
            .args(["status", "--porcelain"])
            .current_dir(&clone));
        assert_eq!(String::from_utf8_lossy(&status.stdout), "");
    }

    let redis = Redis::start();
    let port = free_port();
    let start = clone.join("target/start");
    write_program(
        &start,
        &format!(
            "#!/bin/sh\nexec {spin} up -f {}/spin.toml --listen 127.0.0.1:{port} --state-dir ''\n",
            clone.display()
        ),
    );
    let variables = ["REDIS_ADDRESS", "REDIS_HOST", "DOORBELL_ADDRESS"]
        .map(|name| (format!("SPIN_VARIABLE_{name}"), redis.url()));
    let _app = Script::start(&start, &clone.join("target"), &variables);
    let client = Client::to(&format!("http://127.0.0.1:{port}"));
    eventually_within(PATIENCE, "the app is ready", || {
        let ready = client.try_send(&Call::get("/readyz")).ok()?;
        (ready.status == 200).then_some(())
    });
    let import = Call::post("/datasets/co2/import?time=month").csv(file("data/co2.csv"));
    let _ = client.send(&import).expect(201);
    let points = client
        .send(&Call::get("/datasets/co2/points"))
        .expect(200)
        .json();
    assert_eq!(points["points"].as_array().map(Vec::len), Some(820));
    // A ring without a listener is lost, and Spin listens a moment after it answers.
    let order = json!({"analysis": "plot", "dataset": "co2", "params": {"y": "average"}});
    let id = client
        .send(&Call::post("/jobs").json(&order))
        .expect(202)
        .json()["id"]
        .to_string();
    eventually_within(PATIENCE, "the plot is complete", || {
        let job = Call::get(&format!("/jobs/{}", id.trim_matches('"'))).header("prefer", "wait=5");
        let job = client.send(&job).expect(200).json();
        (job["status"] == "complete").then_some(())
    });
}

#[track_caller]
fn run(command: &mut Command) -> Output {
    let output = command
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}: {output:?}");
    output
}

/// Gives a clone what is compiled of other projects, so that building it takes minutes less.
fn share_dependencies(clone: &Path) {
    let target = clone.join("target");
    std::fs::create_dir(&target).expect("a folder");
    for folder in ["component", "wasm32-wasip2", "wasm32-unknown-unknown"] {
        let built = workspace().join("target").join(folder);
        run(Command::new("cp").arg("-R").arg(built).arg(&target));
    }
    // What is to be built.
    for folder in ["wasm32-wasip2", "wasm32-unknown-unknown"] {
        let components = target.join(folder).join("component");
        let files = std::fs::read_dir(&components).expect("a folder").flatten();
        for file in files.filter(|file| file.path().extension().is_some_and(|end| end == "wasm")) {
            std::fs::remove_file(file.path()).expect("a file");
        }
    }
}

fn write_program(path: &Path, text: &str) {
    std::fs::write(path, text).expect("a program");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("its mode");
}
