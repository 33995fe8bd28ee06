//! The scripts of k8s/ that back up and restore: what is backed up comes back whole.

use std::path::Path;
use std::process::Command;

use it::{Call, file, fresh, private};

#[track_caller]
fn run(name: &str, variables: &[(&str, &str)]) {
    let output = Command::new("sh")
        .args(["-c", &file(name)])
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
    let url = format!("redis://127.0.0.1:{}", almanac.redis().port());
    for _ in 0..2 {
        run(
            "k8s/base/scripts/backup.sh",
            &[
                ("STORE_URL", &url),
                ("BACKUP_DIR", text(&backups)),
                ("KEEP", "1"),
            ],
        );
    }
    let kept: Vec<_> = std::fs::read_dir(&backups)
        .expect("the backups")
        .map(|entry| entry.expect("an entry").file_name())
        .filter(|name| name != ".lock")
        .collect();
    let [backup] = kept.as_slice() else {
        panic!("{kept:?}")
    };

    // Afterwards it is gone, and comes back.
    let _ = almanac
        .send(Call::new("DELETE", "/datasets/weather"))
        .expect(204);
    let folder = almanac.redis().folder().to_owned();
    almanac.redis().kill();
    run(
        "k8s/restore/job/restore.sh",
        &[
            ("BACKUP_DIR", text(&backups)),
            ("SNAPSHOT", backup.to_str().expect("a name")),
            ("DATA_DIR", text(&folder)),
        ],
    );
    almanac.redis().restart();
    almanac.restart_app();
    assert!(export(&almanac) == before, "the dataset is another one");
    let aside = std::fs::read_dir(&folder)
        .expect("the folder of Redis")
        .map(|entry| entry.expect("an entry").path())
        .find(|path| text(path).contains("/before-restore-"));
    assert!(
        aside
            .expect("what was there before")
            .join("appendonlydir")
            .exists()
    );
    std::fs::remove_dir_all(&backups).expect("the backups go");
}
