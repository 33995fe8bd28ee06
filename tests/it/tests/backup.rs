//! The scripts of k8s/base/backup.yaml: what is backed up comes back whole.

use std::path::Path;
use std::process::Command;

use it::{Call, Redis, file, fresh, private};

/// The script of that name in the `ConfigMap`, without its indentation.
fn script(name: &str) -> String {
    let manifest = file("k8s/base/backup.yaml");
    let head = format!("  {name}: |\n");
    let (_, rest) = manifest.split_once(&head).expect("the script");
    let lines = rest
        .lines()
        .take_while(|line| line.starts_with("    ") || line.is_empty());
    lines
        .map(|line| format!("{}\n", line.get(4..).unwrap_or_default()))
        .collect()
}

#[track_caller]
fn run(name: &str, variables: &[(&str, &str)]) {
    let output = Command::new("sh")
        .args(["-c", &script(name)])
        .envs(variables.iter().copied())
        .output()
        .expect("a shell");
    assert!(
        output.status.success(),
        "{name}: {}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a path")
}

#[test]
fn what_is_backed_up_comes_back() {
    let Some(mut almanac) = private(&[]) else {
        return;
    };
    almanac.import_csv("weather", "time=date", file("data/weather.csv"));
    let export = |almanac: &it::Almanac| {
        let call = Call::get("/datasets/weather/export?format=csv");
        almanac.send(call).expect(200).body
    };
    let before = export(&almanac);
    let backups = std::env::temp_dir().join(fresh("almanac-backups"));
    std::fs::create_dir_all(&backups).expect("a folder");
    let port = almanac.redis().port().to_string();
    for _ in 0..2 {
        run(
            "backup.sh",
            &[
                ("REDIS_HOST", "127.0.0.1"),
                ("REDIS_PORT", &port),
                ("BACKUP_DIR", text(&backups)),
                ("KEEP", "1"),
            ],
        );
    }
    let kept: Vec<_> = std::fs::read_dir(&backups)
        .expect("the backups")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    let [backup] = kept.as_slice() else {
        panic!("{kept:?}")
    };

    // Afterwards it is gone, and comes back.
    let _ = almanac
        .send(Call::new("DELETE", "/datasets/weather"))
        .expect(204);
    let folder = almanac.redis().folder().to_owned();
    let restore_port = Redis::free_port().to_string();
    almanac.redis().kill();
    run(
        "restore.sh",
        &[
            ("BACKUP", text(backup)),
            ("DATA_DIR", text(&folder)),
            ("RESTORE_PORT", &restore_port),
        ],
    );
    almanac.redis().restart();
    almanac.restart_app();
    assert!(export(&almanac) == before, "the dataset is another one");
    assert!(folder.join("before-restore/appendonlydir").exists());
    std::fs::remove_dir_all(&backups).expect("the backups go");
}
