//! Memory and CPUs of pods.

use k8s::{ENVIRONMENTS, bytes, millicpus, name, named, of_kind, rendered, texts};
use serde_json::Value;

/// What Spin itself takes, compiled components included.
const SPIN: u64 = 250 << 20;

/// Linear memories of an invocation: those of a worker and of its analysis are limited one by one.
fn memories(app: &Value) -> u64 {
    let is_worker = app["spec"]["podLabels"]["app.kubernetes.io/component"] == "worker";
    if is_worker { 2 } else { 1 }
}

/// An invocation that needs too much memory fails alone, and does not take its pod along. A worker's component has one
/// at a time; an HTTP component one instance, which serves up to 16 requests at once.
#[test]
fn all_invocations_at_once_fit_into_a_pod() {
    for environment in ENVIRONMENTS {
        let Some(objects) = rendered(environment) else {
            return;
        };
        for app in of_kind(&objects, "SpinApp") {
            let spec = &app["spec"];
            let at_once = texts(&spec["components"]).len() as u64 * memories(app);
            let each = bytes(&spec["invocationLimits"]["memory"]);
            let limit = bytes(&spec["resources"]["limits"]["memory"]);
            assert!(
                at_once * each + SPIN <= limit,
                "{environment}: {}: {at_once} memories of {each} bytes do not fit into {limit}",
                name(app)
            );
        }
    }
}

/// A target that is a few per cent of what a pod may use makes every pod the maximum number of pods.
#[test]
fn pods_of_the_api_are_added_by_what_they_use_and_removed_slowly() {
    for environment in ENVIRONMENTS {
        let Some(objects) = rendered(environment) else {
            return;
        };
        let scaler = of_kind(&objects, "HorizontalPodAutoscaler")[0];
        let app = named(&objects, "SpinApp", name(scaler));
        let cpu = |part: &str| millicpus(&app["spec"]["resources"][part]["cpu"]);
        let target = scaler["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"]
            .as_u64()
            .expect("a percentage");
        let of_limit = cpu("requests") * target / cpu("limits");
        assert!((30..=80).contains(&of_limit), "{environment}: {of_limit} %");
        let behavior = &scaler["spec"]["behavior"];
        let seconds = |way: &str| behavior[way]["stabilizationWindowSeconds"].as_u64();
        assert!(seconds("scaleDown") >= Some(300) && seconds("scaleDown") > seconds("scaleUp"));
        for way in ["scaleUp", "scaleDown"] {
            assert!(behavior[way]["policies"][0]["value"].is_u64(), "{way}");
        }
    }
}

/// Rewriting the append-only file needs room for what changes meanwhile.
#[test]
fn redis_has_memory_beyond_its_data() {
    for environment in ENVIRONMENTS {
        let Some(objects) = rendered(environment) else {
            return;
        };
        let config = of_kind(&objects, "ConfigMap")
            .into_iter()
            .find_map(|map| map["data"]["memory.conf"].as_str())
            .and_then(|line| line.trim().strip_prefix("maxmemory ")?.strip_suffix("gb"));
        let data = config.expect("gb").parse::<u64>().expect("a number") << 30;
        let redis = named(&objects, "StatefulSet", "redis");
        let resources = &redis["spec"]["template"]["spec"]["containers"][0]["resources"];
        assert!(
            bytes(&resources["limits"]["memory"]) >= data * 3 / 2,
            "{environment}"
        );
    }
}

/// Where two pods run one may go, where one runs a budget would block every drain.
#[test]
fn a_budget_keeps_one_pod_where_two_run() {
    for environment in ENVIRONMENTS {
        let Some(objects) = rendered(environment) else {
            return;
        };
        let mut least: Vec<(String, u64)> = of_kind(&objects, "ScaledObject")
            .iter()
            .map(|scaled| {
                (
                    name(scaled).to_owned(),
                    scaled["spec"]["minReplicaCount"]
                        .as_u64()
                        .expect("a number"),
                )
            })
            .collect();
        for scaler in of_kind(&objects, "HorizontalPodAutoscaler") {
            let pods = scaler["spec"]["minReplicas"].as_u64().expect("a number");
            least.push((name(scaler).to_owned(), pods));
        }
        assert_eq!(least.len(), of_kind(&objects, "SpinApp").len());
        for (app, pods) in least {
            let budget = of_kind(&objects, "PodDisruptionBudget")
                .into_iter()
                .find(|budget| {
                    budget["spec"]["selector"]["matchLabels"]["app.kubernetes.io/name"]
                        == app.as_str()
                });
            assert_eq!(budget.is_some(), pods >= 2, "{environment}: {app}");
            if let Some(budget) = budget {
                assert_eq!(budget["spec"]["minAvailable"], 1, "{app}");
                let labels = &named(&objects, "SpinApp", &app)["spec"]["podLabels"];
                assert_eq!(labels["app.kubernetes.io/name"], app.as_str());
            }
        }
    }
}
