//! Fields of SpinApps and of KEDA's objects against what their definitions allow: kubectl would pass over
//! a misspelt one, or the cluster refuse it.
//!
//! From `api/v1alpha1` of the Spin operator 0.6, `apis/keda/v1alpha1` of KEDA 2 and `apis/v1` of the Gateway API 1.2.

use k8s::{ENVIRONMENTS, folder, name, of_kind, rendered, rendered_with};
use serde_json::Value;

const SPIN_APP: [&str; 18] = [
    "executor",
    "image",
    "imagePullSecrets",
    "checks",
    "replicas",
    "enableAutoscaling",
    "runtimeConfig",
    "volumes",
    "volumeMounts",
    "variables",
    "serviceAnnotations",
    "deploymentAnnotations",
    "podAnnotations",
    "podLabels",
    "resources",
    "components",
    "serviceAccountName",
    "invocationLimits",
];
const PROBE: [&str; 6] = [
    "httpGet",
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
];
const SCALED_OBJECT: [&str; 10] = [
    "scaleTargetRef",
    "pollingInterval",
    "initialCooldownPeriod",
    "cooldownPeriod",
    "idleReplicaCount",
    "minReplicaCount",
    "maxReplicaCount",
    "advanced",
    "triggers",
    "fallback",
];
/// Of the trigger `redis`; every value is a text.
const REDIS_TRIGGER: [&str; 6] = [
    "address",
    "listName",
    "listLength",
    "activationListLength",
    "databaseIndex",
    "enableTLS",
];

#[track_caller]
fn only(object: &Value, allowed: &[&str], what: &str) {
    let members = object
        .as_object()
        .unwrap_or_else(|| panic!("{what} is no object"));
    for member in members.keys() {
        assert!(
            allowed.contains(&member.as_str()),
            "{what} has no field `{member}`"
        );
    }
}

#[test]
fn spin_apps_have_only_fields_that_the_operator_knows() {
    for environment in ENVIRONMENTS {
        let Some(objects) = rendered(environment) else {
            return;
        };
        for app in of_kind(&objects, "SpinApp") {
            let (name, spec) = (name(app), &app["spec"]);
            assert_eq!(app["apiVersion"], "core.spinkube.dev/v1alpha1");
            only(spec, &SPIN_APP, name);
            for required in ["executor", "image"] {
                assert!(spec[required].is_string(), "{name}: {required} is required");
            }
            only(&spec["resources"], &["limits", "requests"], name);
            only(
                &spec["runtimeConfig"],
                &[
                    "loadFromSecret",
                    "keyValueStores",
                    "sqliteDatabases",
                    "llmCompute",
                ],
                name,
            );
            only(&spec["invocationLimits"], &["memory"], name);
            for variable in spec["variables"].as_array().into_iter().flatten() {
                only(variable, &["name", "value", "valueFrom"], name);
                let given = [&variable["value"], &variable["valueFrom"]];
                assert_eq!(
                    given.iter().filter(|value| !value.is_null()).count(),
                    1,
                    "{name}: {variable}"
                );
                assert!(
                    variable["value"].is_null() || variable["value"].is_string(),
                    "{name}: {variable}"
                );
                if variable["valueFrom"].is_object() {
                    only(
                        &variable["valueFrom"],
                        &[
                            "fieldRef",
                            "secretKeyRef",
                            "configMapKeyRef",
                            "resourceFieldRef",
                        ],
                        name,
                    );
                }
            }
            for check in ["liveness", "readiness"] {
                if spec["checks"][check].is_object() {
                    only(&spec["checks"][check], &PROBE, name);
                    only(
                        &spec["checks"][check]["httpGet"],
                        &["path", "httpHeaders"],
                        name,
                    );
                }
            }
            // "Replicas cannot be defined if this is enabled."
            let is_scaled = spec["enableAutoscaling"] == true;
            assert_eq!(
                is_scaled,
                spec["replicas"].is_null(),
                "{name}: replicas or autoscaling"
            );
        }
    }
}

#[test]
fn scaled_objects_have_only_fields_that_keda_knows() {
    for environment in ENVIRONMENTS {
        let Some(objects) = rendered(environment) else {
            return;
        };
        for scaled in of_kind(&objects, "ScaledObject") {
            let (name, spec) = (name(scaled), &scaled["spec"]);
            assert_eq!(scaled["apiVersion"], "keda.sh/v1alpha1");
            only(spec, &SCALED_OBJECT, name);
            only(
                &spec["scaleTargetRef"],
                &["name", "apiVersion", "kind", "envSourceContainerName"],
                name,
            );
            assert!(
                spec["minReplicaCount"].as_u64() <= spec["maxReplicaCount"].as_u64(),
                "{name}"
            );
            // These concern the way to zero pods and back, which at least one never takes.
            assert!(spec["minReplicaCount"].as_u64() >= Some(1), "{name}");
            for useless in ["pollingInterval", "cooldownPeriod", "initialCooldownPeriod"] {
                assert!(spec[useless].is_null(), "{name}: {useless}");
            }
            let triggers = spec["triggers"].as_array().expect("triggers");
            assert!(!triggers.is_empty(), "{name} has no trigger");
            for trigger in triggers {
                only(
                    trigger,
                    &[
                        "type",
                        "name",
                        "metadata",
                        "authenticationRef",
                        "useCachedMetrics",
                        "metricType",
                    ],
                    name,
                );
                assert_eq!(trigger["type"], "redis", "{name}");
                only(&trigger["metadata"], &REDIS_TRIGGER, name);
                let values = trigger["metadata"].as_object().expect("metadata");
                assert!(values.values().all(Value::is_string), "{name}: {trigger}");
                // KEDA asks from its own namespace.
                let address = format!("redis.almanac-{environment}.svc.cluster.local:6379");
                assert_eq!(trigger["metadata"]["address"], address.as_str(), "{name}");
            }
        }
        for authentication in of_kind(&objects, "TriggerAuthentication") {
            only(
                &authentication["spec"],
                &["secretTargetRef", "env", "podIdentity"],
                name(authentication),
            );
        }
    }
}

#[test]
fn executors_have_only_fields_that_the_operator_knows_and_names_of_their_own() {
    let mut names = std::collections::BTreeSet::new();
    for environment in ENVIRONMENTS {
        let (Some(setup), Some(objects)) = (
            folder(&format!("setup/{environment}")),
            rendered(environment),
        ) else {
            return;
        };
        let executor = of_kind(&setup, "SpinAppExecutor")[0];
        assert_eq!(executor["apiVersion"], "core.spinkube.dev/v1alpha1");
        only(
            &executor["spec"],
            &["createDeployment", "deploymentConfig"],
            name(executor),
        );
        only(
            &executor["spec"]["deploymentConfig"],
            &[
                "runtimeClassName",
                "spinImage",
                "caCertSecret",
                "installDefaultCACerts",
                "otel",
            ],
            name(executor),
        );
        for app in of_kind(&objects, "SpinApp") {
            assert_eq!(app["spec"]["executor"], name(executor), "{}", name(app));
        }
        // Operator 0.6.1 does not delete an executor while another namespace has apps of one of the same name.
        assert!(
            names.insert(name(executor).to_owned()),
            "{}",
            name(executor)
        );
    }
}

#[test]
fn routes_have_only_fields_that_the_gateway_api_knows() {
    for environment in ENVIRONMENTS {
        let Some(objects) = rendered_with(environment, "gateway") else {
            return;
        };
        for route in of_kind(&objects, "HTTPRoute") {
            let (name, spec) = (name(route), &route["spec"]);
            assert_eq!(route["apiVersion"], "gateway.networking.k8s.io/v1");
            only(spec, &["parentRefs", "hostnames", "rules"], name);
            for parent in spec["parentRefs"].as_array().expect("parents") {
                only(
                    parent,
                    &["group", "kind", "name", "namespace", "sectionName", "port"],
                    name,
                );
            }
            for rule in spec["rules"].as_array().expect("rules") {
                let fields = ["name", "matches", "filters", "timeouts", "backendRefs"];
                only(rule, &fields, name);
                only(&rule["timeouts"], &["request", "backendRequest"], name);
                assert_eq!(rule["backendRefs"][0]["name"], "almanac-api");
                assert_eq!(rule["backendRefs"][0]["port"], 80);
            }
        }
    }
}
