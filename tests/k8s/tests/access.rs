//! Who may reach whom, and who may do what.

use std::collections::BTreeSet;

use k8s::pods::pods;
use k8s::{
    ENVIRONMENTS, WAYS_IN, everything, folder, name, named, of_kind, rendered, rendered_with,
    rendered_with_added, texts, workspace,
};
use serde_json::Value;

fn selects(selector: &Value, labels: &Value) -> bool {
    let wanted = selector["matchLabels"].as_object();
    wanted
        .into_iter()
        .flatten()
        .all(|(label, value)| labels[label] == *value)
}

/// The policies that hold for pods with these labels, of one direction.
fn policies<'a>(objects: &'a [Value], labels: &Value, direction: &str) -> Vec<&'a Value> {
    of_kind(objects, "NetworkPolicy")
        .into_iter()
        .filter(|policy| selects(&policy["spec"]["podSelector"], labels))
        .filter(|policy| texts(&policy["spec"]["policyTypes"]).contains(&direction))
        .collect()
}

/// Whether pods with labels `from` may connect to that port of pods with labels `to`.
fn is_allowed(objects: &[Value], from: &Value, to: &Value, port: &Value) -> bool {
    let allows = |rules: &Value, side: &str, other: &Value| {
        rules.as_array().into_iter().flatten().any(|rule| {
            let has_port = rule["ports"]
                .as_array()
                .is_some_and(|ports| ports.iter().any(|own| own["port"] == *port));
            let peers = rule[side].as_array();
            has_port
                && peers.is_none_or(|peers| {
                    peers.iter().any(|peer| {
                        peer["podSelector"].is_object() && selects(&peer["podSelector"], other)
                    })
                })
        })
    };
    let out = policies(objects, from, "Egress")
        .iter()
        .any(|policy| allows(&policy["spec"]["egress"], "to", to));
    let into = policies(objects, to, "Ingress")
        .iter()
        .any(|policy| allows(&policy["spec"]["ingress"], "from", from));
    out && into
}

#[test]
fn pods_reach_what_they_need_and_nothing_else() {
    for environment in ENVIRONMENTS {
        let Some(objects) = everything(environment) else {
            return;
        };
        let deny = named(&objects, "NetworkPolicy", "default-deny");
        assert_eq!(deny["spec"]["podSelector"], serde_json::json!({}));
        assert_eq!(texts(&deny["spec"]["policyTypes"]), ["Ingress", "Egress"]);
        assert!(deny["spec"]["ingress"].is_null() && deny["spec"]["egress"].is_null());

        let pods = pods(&objects);
        let mut all: Vec<(&str, &Value)> = pods.iter().map(|pod| (pod.owner, pod.labels)).collect();
        let apps = of_kind(&objects, "SpinApp");
        all.extend(
            apps.iter()
                .map(|app| (name(app), &app["spec"]["podLabels"])),
        );
        let of = |wanted: &str| {
            all.iter()
                .find(|(owner, _)| *owner == wanted)
                .expect("a pod")
                .1
        };
        let (redis, api) = (of("redis"), of("almanac-api"));
        for (owner, labels) in &all {
            let has_network = !["redis", "restore", "restore-check"].contains(owner);
            assert_eq!(
                is_allowed(&objects, labels, redis, &"redis".into()),
                has_network,
                "{owner} to Redis"
            );
            assert_eq!(
                is_allowed(&objects, labels, api, &80.into()),
                *owner == "debug",
                "{owner} to the API"
            );
            // A name has to be looked up first.
            let names = policies(&objects, labels, "Egress").iter().any(|policy| {
                let rules = policy["spec"]["egress"].as_array();
                rules
                    .into_iter()
                    .flatten()
                    .any(|rule| rule["to"].is_null() && rule["ports"][0]["port"] == 53)
            });
            assert_eq!(names, has_network, "{owner} to the DNS");
            // From outside only the API is reached, and Redis by KEDA.
            for policy in policies(&objects, labels, "Ingress") {
                for rule in policy["spec"]["ingress"].as_array().into_iter().flatten() {
                    let from = rule["from"].as_array();
                    let is_open = from.is_none();
                    assert!(!is_open || *owner == "almanac-api", "{owner} is open");
                    let spaces = from
                        .into_iter()
                        .flatten()
                        .filter(|peer| peer["namespaceSelector"].is_object());
                    assert!(
                        spaces.count() == 0 || *owner == "redis",
                        "{owner} is open to a namespace"
                    );
                }
            }
        }
    }
}

/// Where callbacks are wanted the API may connect to others over HTTPS, and a pod may have it send them.
#[test]
fn callbacks_add_no_more_than_they_need() {
    for environment in ENVIRONMENTS {
        let (Some(plain), Some(objects)) = (
            rendered(environment),
            rendered_with_added(environment, "callbacks"),
        ) else {
            return;
        };
        let api = named(&objects, "SpinApp", "almanac-api");
        let labels = &api["spec"]["podLabels"];
        let reaches_others = |objects: &[Value], labels: &Value| {
            policies(objects, labels, "Egress").iter().any(|policy| {
                let rules = policy["spec"]["egress"].as_array();
                rules
                    .into_iter()
                    .flatten()
                    .any(|rule| rule["to"].is_null() && rule["ports"][0]["port"] == 443)
            })
        };
        assert!(reaches_others(&objects, labels) && !reaches_others(&plain, labels));
        let pods = pods(&objects);
        for pod in &pods {
            let is_sender = pod.owner == "callbacks";
            assert!(!reaches_others(&objects, pod.labels), "{}", pod.owner);
            assert_eq!(
                is_allowed(&objects, pod.labels, labels, &80.into()),
                is_sender
            );
            assert_eq!(pod.spec["enableServiceLinks"], false, "{}", pod.owner);
            for container in pod.containers() {
                let image = container["image"].as_str().expect("an image");
                assert!(image.contains("@sha256:"), "{image}");
            }
        }
        let variables = api["spec"]["variables"].as_array().expect("variables");
        let secret = variables
            .iter()
            .find(|each| each["name"] == "callback_secret");
        let key = &secret.expect("callback_secret")["valueFrom"]["secretKeyRef"]["key"];
        let script = std::fs::read_to_string(workspace().join("scripts/k8s.sh")).expect("k8s.sh");
        assert!(script.contains(&format!("  {}: ", key.as_str().expect("a key"))));
    }
}

/// No pod has a token, those that the operator makes included.
#[test]
fn no_pod_may_ask_the_cluster() {
    for environment in ENVIRONMENTS {
        let Some(objects) = rendered(environment) else {
            return;
        };
        let account = named(&objects, "ServiceAccount", "almanac");
        assert_eq!(account["automountServiceAccountToken"], false);
        for app in of_kind(&objects, "SpinApp") {
            assert_eq!(
                app["spec"]["serviceAccountName"],
                "almanac",
                "{}",
                name(app)
            );
        }
    }
}

#[test]
fn the_namespace_enforces_what_spin_passes_and_warns_of_the_rest() {
    for environment in ENVIRONMENTS {
        let Some(objects) = folder(&format!("setup/{environment}")) else {
            return;
        };
        let space = format!("almanac-{environment}");
        let labels = &named(&objects, "Namespace", &space)["metadata"]["labels"];
        assert_eq!(labels["pod-security.kubernetes.io/enforce"], "baseline");
        assert_eq!(labels["pod-security.kubernetes.io/warn"], "restricted");
        for object in &objects {
            let own = &object["metadata"]["namespace"];
            assert!(
                object["kind"] == "Namespace" || *own == space.as_str(),
                "{}",
                name(object)
            );
        }
    }
}

/// A pipeline may apply everything of the overlays and wait for it, and nothing of what an administrator sets up.
#[test]
fn the_role_of_a_pipeline_is_what_a_deployment_needs() {
    for environment in ENVIRONMENTS {
        let Some(setup) = folder(&format!("setup/{environment}")) else {
            return;
        };
        let role = named(&setup, "Role", "deployer");
        let may = |group: &str, resource: &str, verb: &str| {
            let rules = role["rules"].as_array().expect("rules");
            rules.iter().any(|rule| {
                texts(&rule["apiGroups"]).contains(&group)
                    && texts(&rule["resources"]).contains(&resource)
                    && texts(&rule["verbs"]).contains(&verb)
            })
        };
        let plural = |kind: &str| match kind {
            "Ingress" => "ingresses".to_owned(),
            "NetworkPolicy" => "networkpolicies".to_owned(),
            _ => format!("{}s", kind.to_lowercase()),
        };
        let mut kinds = BTreeSet::new();
        for way_in in WAYS_IN {
            let Some(objects) = rendered_with(environment, way_in) else {
                return;
            };
            for object in &objects {
                let version = object["apiVersion"].as_str().expect("a version");
                let group = version.split_once('/').map_or("", |(group, _)| group);
                kinds.insert((
                    group.to_owned(),
                    plural(object["kind"].as_str().expect("a kind")),
                ));
            }
        }
        for (group, resource) in &kinds {
            for verb in ["get", "create", "patch"] {
                assert!(may(group, resource, verb), "{verb} {resource}.{group}");
            }
        }
        assert!(may("apps", "deployments", "watch") && may("", "configmaps", "patch"));
        let rules = role["rules"].as_array().expect("rules");
        for rule in rules {
            for word in texts(&rule["resources"])
                .into_iter()
                .chain(texts(&rule["verbs"]))
            {
                let forbidden = [
                    "*",
                    "secrets",
                    "roles",
                    "rolebindings",
                    "namespaces",
                    "spinappexecutors",
                    "pods/exec",
                    "delete",
                    "impersonate",
                    "escalate",
                    "bind",
                ];
                assert!(!forbidden.contains(&word), "{word}");
            }
            // A right to create anything else is more than a deployment needs.
            if texts(&rule["verbs"]).contains(&"create") {
                for group in texts(&rule["apiGroups"]) {
                    for resource in texts(&rule["resources"]) {
                        assert!(
                            kinds.contains(&(group.to_owned(), resource.to_owned())),
                            "{resource}"
                        );
                    }
                }
            }
        }
        let binding = named(&setup, "RoleBinding", "deployer");
        assert_eq!(binding["roleRef"]["name"], name(role));
        assert_eq!(
            binding["subjects"][0]["namespace"],
            format!("almanac-{environment}")
        );
    }
}
