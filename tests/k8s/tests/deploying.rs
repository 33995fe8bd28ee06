//! scripts/k8s.sh: releases, what is refused, and the Secret.

use std::process::{Command, Stdio};

use k8s::cluster::{Cluster, in_order};
use k8s::documents;
use serde_json::Value;

const SOON: (&str, &str) = ("ROLLOUT_SECONDS", "0");

#[track_caller]
fn runs(cluster: &Cluster, image: &str) {
    let images = cluster.images();
    assert!(images.iter().all(|own| own == image), "{image}: {images:?}");
}

#[test]
fn a_tag_goes_into_every_app_and_the_one_before_comes_back() {
    let Some(cluster) = Cluster::new() else {
        return;
    };
    cluster.must_run(&["deploy", "prod"], &[("TAG", "0.1.0")]);
    cluster.must_run(&["deploy", "prod"], &[("TAG", "0.2.0")]);
    runs(&cluster, "registry.example/almanac:0.2.0");
    in_order(
        &cluster.calls(),
        &[
            "apply -f -",
            "rollout status statefulset/redis",
            "rollout status deployment/almanac-api",
        ],
    );
    cluster.must_run(&["rollback", "prod"], &[]);
    runs(&cluster, "registry.example/almanac:0.1.0");
    cluster.must_run(&["rollback", "prod"], &[]);
    runs(&cluster, "registry.example/almanac:0.2.0");
}

/// A SpinApp that was accepted is not yet a Deployment that runs: the operator comes in between.
#[test]
fn a_deployment_is_waited_for_until_it_carries_the_tag() {
    let Some(cluster) = Cluster::new() else {
        return;
    };
    cluster.must_run(&["deploy", "test"], &[("TAG", "0.1.0")]);
    cluster.is("stale", "3");
    let _ = cluster.calls();
    cluster.must_run(&["deploy", "test"], &[("TAG", "0.2.0")]);
    let calls = cluster.calls();
    let (before, _) = calls
        .split_once("rollout status deployment/almanac-api")
        .expect("its rollout");
    assert_eq!(before.matches("get deployment almanac-api").count(), 4);

    // An operator that does nothing.
    cluster.is("stale", "1000");
    let said = cluster.must_fail(&["deploy", "test"], &[("TAG", "0.3.0"), SOON]);
    assert!(said.contains("the operator did not update"), "{said}");
}

/// What failed has not run: going back leads to what did, with the manifests that it had.
#[test]
fn a_rollback_leads_to_what_ran_last_with_its_own_manifests() {
    let Some(cluster) = Cluster::new() else {
        return;
    };
    let mut ran = Vec::new();
    for tag in ["0.1.0", "0.2.0"] {
        cluster.must_run(&["deploy", "test"], &[("TAG", tag)]);
        ran.push(cluster.text("applied.yaml"));
    }
    cluster.is("broken", "");
    for tag in ["0.3.0", "0.4.0"] {
        let _ = cluster.must_fail(&["deploy", "test"], &[("TAG", tag)]);
        runs(&cluster, &format!("registry.example/almanac:{tag}"));
    }
    cluster.is_not("broken");
    cluster.must_run(&["rollback", "test"], &[("TAG", "0.9.9")]);
    assert!(
        applied(&cluster) == without_claims(&ran[1]),
        "not what ran last"
    );
    cluster.must_run(&["rollback", "test"], &[]);
    assert!(
        applied(&cluster) == without_claims(&ran[0]),
        "not what ran before"
    );
}

fn applied(cluster: &Cluster) -> Vec<Value> {
    documents(&cluster.text("applied.yaml"))
}

/// A volume that has grown since does not shrink: the cluster would refuse that.
fn without_claims(manifests: &str) -> Vec<Value> {
    let (claims, others): (Vec<_>, Vec<_>) = documents(manifests)
        .into_iter()
        .partition(|object| object["kind"] == "PersistentVolumeClaim");
    assert_eq!(claims.len(), 1);
    others
}

#[test]
fn without_a_release_that_ran_there_is_no_way_back() {
    let Some(cluster) = Cluster::new() else {
        return;
    };
    let said = cluster.must_fail(&["rollback", "test"], &[]);
    assert!(said.contains("no earlier release"), "{said}");
    cluster.must_run(&["deploy", "test"], &[("TAG", "0.1.0")]);
    let said = cluster.must_fail(&["rollback", "test"], &[]);
    assert!(said.contains("no earlier release"), "{said}");
}

/// A pipeline deploys without a right to read Secrets.
#[test]
fn a_deployment_needs_no_right_to_read_the_secret() {
    let Some(cluster) = Cluster::new() else {
        return;
    };
    cluster.is("forbidden", "");
    cluster.must_run(&["deploy", "test"], &[("TAG", "0.1.0")]);
    runs(&cluster, "registry.example/almanac:0.1.0");
}

/// Applying the StatefulSet would start it, in the middle of a restore.
#[test]
fn nothing_is_deployed_while_redis_is_stopped() {
    let Some(cluster) = Cluster::new() else {
        return;
    };
    cluster.is("replicas", "0");
    let said = cluster.must_fail(&["deploy", "test"], &[("TAG", "0.1.0")]);
    assert!(said.contains("Redis is stopped"), "{said}");
    assert_eq!(cluster.text("applied.yaml"), "", "nothing was applied");
}

#[test]
fn what_says_nothing_is_refused() {
    let Some(cluster) = Cluster::new() else {
        return;
    };
    cluster.is("absent", "");
    cluster.is("restore-check.status", "Failed");
    for (arguments, variables, why) in [
        (["deploy", "test"], ("TAG", "latest"), "does not say"),
        (["deploy", "test"], ("TAG", ""), "TAG="),
        (["deploy", "test"], ("TAG", "a b"), "not a valid tag"),
        (["deploy", "staging"], ("TAG", "0.1.0"), "ENV must be"),
        // There is no Secret yet.
        (["deploy", "test"], ("TAG", "0.1.0"), "make secret ENV=test"),
        (["restore", "test"], ("BACKUP", ""), "BACKUP="),
        (["restore", "test"], ("BACKUP", "a.rdb"), "not the name"),
        (
            ["restore", "test"],
            ("BACKUP", "almanac-/../a.rdb"),
            "not the name",
        ),
    ] {
        let said = cluster.must_fail(&arguments, &[variables]);
        assert!(said.contains(why), "{arguments:?} {variables:?}: {said}");
    }
    assert_eq!(cluster.text("applied.yaml"), "", "nothing was applied");
}

fn decoded(text: &str) -> String {
    let mut decoder = Command::new("base64")
        .arg("-d")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("base64");
    std::io::Write::write_all(&mut decoder.stdin.take().expect("a pipe"), text.as_bytes())
        .expect("a pipe");
    let output = decoder.wait_with_output().expect("base64");
    String::from_utf8(output.stdout).expect("UTF-8")
}

#[test]
fn the_first_secret_has_a_password_that_all_its_parts_agree_on() {
    let Some(cluster) = Cluster::new() else {
        return;
    };
    cluster.is("absent", "");
    cluster.must_run(&["secret", "test"], &[]);
    let secret = &documents(&cluster.text("secret.yaml"))[0]["data"];
    let text = |key: &str| decoded(secret[key].as_str().expect("a text"));
    let password = text("redis-password");
    assert!(password.len() >= 32, "{password}");
    assert_eq!(
        text("redis-address"),
        format!("redis://:{password}@redis:6379")
    );
    assert_eq!(text("redis-auth.conf"), format!("requirepass {password}\n"));
    let config: toml::Table = text("runtime-config.toml").parse().expect("TOML");
    let url = config["key_value_store"]["default"]["url"].as_str();
    assert_eq!(url, Some(text("redis-address").as_str()));
    assert_ne!(text("admin-token"), password);
    let calls = cluster.calls();
    assert!(
        !calls.contains(&password),
        "the password is in a list of processes"
    );
    // A client that applies keeps a copy of everything in an annotation.
    in_order(
        &calls,
        &["apply --server-side", "last-applied-configuration-"],
    );
    assert!(!calls.contains("apply -f -"), "{calls}");
}
