//! `make restore`, as far as the cluster sees it. What its pods do is in scripts.rs.

use k8s::cluster::{Cluster, in_order};
use k8s::{bytes, everything, folder, named, of_kind};

const BACKUP: (&str, &str) = ("BACKUP", "almanac-20261127T021700Z.rdb");
const STOP: &str = "scale statefulset/redis --replicas=0";
const START: &str = "scale statefulset/redis --replicas=1";
const SUSPEND: &str = r#"patch cronjob backup --type merge -p {"spec":{"suspend":true}}"#;
const RESUME: &str = r#"patch cronjob backup --type merge -p {"spec":{"suspend":false}}"#;
/// A Job that does not end is waited for only that long.
const SOON: [(&str, &str); 2] = [("CHECK_SECONDS", "0"), ("RESTORE_SECONDS", "0")];

fn cluster(check: &str, restore: &str) -> Option<Cluster> {
    let cluster = Cluster::new()?;
    cluster.is("restore-check.status", check);
    cluster.is("restore.status", restore);
    Some(cluster)
}

#[test]
fn redis_is_stopped_after_the_check_and_starts_with_everything_else_as_it_was() {
    let Some(cluster) = cluster("Complete", "SuccessCriteriaMet Complete") else {
        return;
    };
    cluster.must_run(&["restore", "test"], &[BACKUP]);
    let calls = cluster.calls();
    in_order(
        &calls,
        &[
            "get job restore-check",
            SUSPEND,
            STOP,
            "wait --for=delete pod/redis-0",
            "get job restore ",
            START,
            "rollout status statefulset/redis",
            "delete pod -l app.kubernetes.io/component=worker",
            RESUME,
        ],
    );
    assert_eq!(calls.matches(START).count(), 1, "{calls}");
    let job = cluster.text("job.yaml");
    assert!(job.contains(BACKUP.1) && !job.contains("NAME_OF_SNAPSHOT"));
}

/// A mistyped name, or a broken snapshot.
#[test]
fn a_snapshot_that_fails_its_check_stops_nothing() {
    for status in ["Failed", ""] {
        let Some(cluster) = cluster(status, "Complete") else {
            return;
        };
        let said = cluster.must_fail(&["restore", "test"], &[&[BACKUP], &SOON[..]].concat());
        assert!(said.contains("nothing was changed"), "{said}");
        let calls = cluster.calls();
        assert!(calls.contains("logs job/restore-check"), "{calls}");
        for call in [STOP, SUSPEND] {
            assert!(!calls.contains(call), "{calls}");
        }
    }
}

#[test]
fn redis_starts_again_after_a_restore_that_fails_or_does_not_end() {
    for status in ["FailureTarget Failed", ""] {
        let Some(cluster) = cluster("Complete", status) else {
            return;
        };
        let _ = cluster.must_fail(&["restore", "test"], &[&[BACKUP], &SOON[..]].concat());
        in_order(
            &cluster.calls(),
            &[
                STOP,
                "get job restore ",
                "logs job/restore ",
                // Its pod and Redis must not have the volume at once.
                "delete job restore --ignore-not-found --cascade=foreground",
                START,
                RESUME,
            ],
        );
    }
}

#[test]
fn redis_stays_stopped_while_the_pod_of_a_restore_does_not_end() {
    let Some(cluster) = cluster("Complete", "Failed") else {
        return;
    };
    cluster.is("stuck", "");
    let said = cluster.must_fail(&["restore", "test"], &[BACKUP]);
    assert!(said.contains("Redis stays stopped"), "{said}");
    let calls = cluster.calls();
    assert!(!calls.contains(START), "{calls}");
    assert!(calls.contains(RESUME), "{calls}");
}

#[test]
fn a_restore_and_a_backup_do_not_run_at_once() {
    for (job, why) in [
        ("backup", "a backup is running"),
        ("restore", "a restore is already running"),
    ] {
        let Some(cluster) = cluster("Complete", "Complete") else {
            return;
        };
        cluster.is(&format!("active.{job}"), "1");
        let said = cluster.must_fail(&["restore", "test"], &[BACKUP]);
        assert!(said.contains(why), "{said}");
        let calls = cluster.calls();
        assert!(!calls.contains(STOP), "{calls}");
        assert_eq!(
            calls.matches(SUSPEND).count(),
            calls.matches(RESUME).count()
        );
    }
}

#[test]
fn backups_that_were_suspended_stay_so() {
    let Some(cluster) = cluster("Complete", "Complete") else {
        return;
    };
    cluster.is("suspended", "");
    cluster.must_run(&["restore", "test"], &[BACKUP]);
    assert!(!cluster.calls().contains("patch cronjob"));
}

#[test]
fn the_jobs_end_by_themselves_and_are_not_tried_again() {
    for part in ["restore/check", "restore/job"] {
        let Some(objects) = folder(part) else {
            return;
        };
        // Applied one by one: the second must not run before Redis is stopped.
        let jobs = of_kind(&objects, "Job");
        assert_eq!(jobs.len(), 1);
        let job = jobs[0];
        assert!(job["spec"]["activeDeadlineSeconds"].as_u64() <= Some(3600));
        assert!(job["spec"]["activeDeadlineSeconds"].is_u64());
        assert_eq!(job["spec"]["backoffLimit"], 0);
        let containers = &job["spec"]["template"]["spec"]["containers"];
        for mount in containers[0]["volumeMounts"].as_array().expect("mounts") {
            // The snapshot is only read; before Redis is stopped its data is not even mounted.
            assert_eq!(
                mount["readOnly"] != true,
                mount["name"] == "data" && k8s::name(job) == "restore"
            );
        }
    }
}

/// A pod can mount two volumes only where both can be: the backup's is made on the node of Redis.
#[test]
fn the_volume_of_backups_is_made_beside_that_of_redis_and_holds_them_all() {
    for environment in k8s::ENVIRONMENTS {
        let Some(objects) = everything(environment) else {
            return;
        };
        let cron = named(&objects, "CronJob", "backup");
        let pod = &cron["spec"]["jobTemplate"]["spec"]["template"]["spec"];
        let near =
            &pod["affinity"]["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"][0];
        let redis = named(&objects, "StatefulSet", "redis");
        assert_eq!(near["topologyKey"], "kubernetes.io/hostname");
        assert_eq!(
            near["labelSelector"]["matchLabels"]["app.kubernetes.io/name"],
            redis["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/name"]
        );

        let env = pod["containers"][0]["env"].as_array().expect("env");
        let keep = env
            .iter()
            .find(|each| each["name"] == "KEEP")
            .expect("KEEP");
        let keep: u64 = keep["value"]
            .as_str()
            .expect("a text")
            .parse()
            .expect("a number");
        let config = of_kind(&objects, "ConfigMap")
            .into_iter()
            .find_map(|map| map["data"]["memory.conf"].as_str())
            .expect("memory.conf");
        let gigabytes = config
            .trim()
            .strip_prefix("maxmemory ")
            .and_then(|rest| rest.strip_suffix("gb"));
        let largest = gigabytes.expect("gb").parse::<u64>().expect("a number") << 30;
        let volume =
            |object: &serde_json::Value| bytes(&object["resources"]["requests"]["storage"]);
        let backups = volume(&named(&objects, "PersistentVolumeClaim", "backup")["spec"]);
        assert!(
            backups >= keep * largest,
            "{environment}: {keep} snapshots of {largest} bytes"
        );
        // The append-only file, the one that replaces it, and one that a restore has set aside.
        let data = volume(&redis["spec"]["volumeClaimTemplates"][0]["spec"]);
        assert!(data >= 5 * largest, "{environment}");
    }
}
