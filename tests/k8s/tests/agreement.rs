//! Names that stand in k8s/ and in spin.toml, the Secret and the code.

use std::collections::BTreeSet;

use k8s::{ENVIRONMENTS, name, of_kind, rendered, rendered_with, spin_toml, texts, workspace};
use serde_json::Value;

/// The components of spin.toml: those of HTTP, and those of workers with the analysis that they run.
fn components() -> (BTreeSet<String>, BTreeSet<(String, String)>) {
    let manifest = spin_toml();
    let triggers = |kind: &str| {
        manifest["trigger"][kind]
            .as_array()
            .cloned()
            .unwrap_or_default()
    };
    let text =
        |trigger: &toml::Value, name: &str| trigger[name].as_str().unwrap_or_default().to_owned();
    let http = triggers("http")
        .iter()
        .map(|trigger| text(trigger, "component"))
        .collect();
    let workers = triggers("redis").into_iter().map(|trigger| {
        let channel = text(&trigger, "channel");
        let analysis = channel
            .strip_prefix("almanac.doorbell.")
            .expect("a doorbell")
            .to_owned();
        (text(&trigger, "component"), analysis)
    });
    (http, workers.collect())
}

fn is_worker(app: &Value) -> bool {
    app["spec"]["podLabels"]["app.kubernetes.io/component"] == "worker"
}

#[test]
fn every_component_of_the_manifest_runs_in_one_app() {
    let (http, workers) = components();
    let workers: BTreeSet<String> = workers
        .into_iter()
        .map(|(component, _)| component)
        .collect();
    for environment in ENVIRONMENTS {
        let Some(objects) = rendered(environment) else {
            return;
        };
        let apps = of_kind(&objects, "SpinApp");
        let of = |of_workers: bool| -> Vec<String> {
            let own = apps.iter().filter(|app| is_worker(app) == of_workers);
            own.flat_map(|app| texts(&app["spec"]["components"]))
                .map(str::to_owned)
                .collect()
        };
        for (given, wanted) in [(of(false), &http), (of(true), &workers)] {
            assert_eq!(
                given.iter().cloned().collect::<BTreeSet<_>>(),
                *wanted,
                "{environment}"
            );
            assert_eq!(
                given.len(),
                wanted.len(),
                "{environment}: a component runs in two apps"
            );
        }
    }
}

#[test]
fn variables_are_those_of_the_manifest_and_required_ones_are_set() {
    let manifest = spin_toml();
    let known = manifest["variables"].as_table().expect("variables");
    for environment in ENVIRONMENTS {
        let Some(objects) = rendered(environment) else {
            return;
        };
        for app in of_kind(&objects, "SpinApp") {
            let variables = app["spec"]["variables"].as_array().expect("variables");
            let names: Vec<&str> = variables
                .iter()
                .filter_map(|variable| variable["name"].as_str())
                .collect();
            for name in &names {
                assert!(
                    known.contains_key(*name),
                    "{}: spin.toml has no variable `{name}`",
                    k8s::name(app)
                );
            }
            let mut needed = vec!["redis_address", "redis_host", "doorbell_address"];
            if is_worker(app) {
                needed.extend(["worker_address", "worker_name"]);
                let from = |name: &str| {
                    let variable = variables
                        .iter()
                        .find(|variable| variable["name"] == name)
                        .expect("a variable");
                    variable["valueFrom"]["fieldRef"]["fieldPath"]
                        .as_str()
                        .unwrap_or_default()
                        .to_owned()
                };
                assert_eq!(from("worker_address"), "status.podIP");
                assert_eq!(from("worker_name"), "metadata.name");
            } else {
                needed.extend(["require_tokens", "admin_token"]);
            }
            for name in needed {
                assert!(
                    names.contains(&name),
                    "{}: `{name}` is not set",
                    k8s::name(app)
                );
            }
            // What is secret comes from the Secret.
            for variable in variables {
                let name = variable["name"].as_str().unwrap_or_default();
                if known[name]
                    .get("secret")
                    .is_some_and(|secret| secret.as_bool() == Some(true))
                {
                    assert!(
                        variable["valueFrom"]["secretKeyRef"].is_object(),
                        "{name} is a secret"
                    );
                }
            }
        }
    }
}

#[test]
fn tokens_are_required() {
    for environment in ENVIRONMENTS {
        let Some(objects) = rendered(environment) else {
            return;
        };
        let apps = of_kind(&objects, "SpinApp");
        for app in apps.iter().filter(|app| !is_worker(app)) {
            let variables = app["spec"]["variables"].as_array().expect("variables");
            let requires = variables
                .iter()
                .find(|variable| variable["name"] == "require_tokens");
            assert_eq!(requires.expect("require_tokens")["value"], "true");
        }
    }
}

#[test]
fn queues_and_doorbells_are_those_of_the_workers() {
    let (_, workers) = components();
    let analyses: BTreeSet<&str> = workers
        .iter()
        .map(|(_, analysis)| analysis.as_str())
        .collect();
    for environment in ENVIRONMENTS {
        let Some(objects) = rendered(environment) else {
            return;
        };
        let mut rung = BTreeSet::new();
        for cron in of_kind(&objects, "CronJob")
            .into_iter()
            .filter(|cron| name(cron) == "doorbell")
        {
            let container =
                &cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0];
            let env = container["env"].as_array().expect("env");
            let list = env
                .iter()
                .find(|variable| variable["name"] == "ANALYSES")
                .expect("ANALYSES");
            rung.extend(list["value"].as_str().expect("names").split(' '));
            assert_eq!(texts(&container["command"]), ["sh", "/scripts/doorbell.sh"]);
        }
        assert_eq!(rung, analyses, "{environment}: the doorbell");
        let scripts = of_kind(&objects, "ConfigMap")
            .into_iter()
            .find_map(|map| map["data"]["doorbell.sh"].as_str());
        assert!(
            scripts
                .expect("doorbell.sh")
                .contains("almanac.doorbell.$analysis")
        );
        for scaled in of_kind(&objects, "ScaledObject") {
            let apps = of_kind(&objects, "SpinApp");
            let app = apps
                .iter()
                .find(|app| name(app) == name(scaled))
                .expect("the app of that name");
            assert_eq!(scaled["spec"]["scaleTargetRef"]["name"], name(app));
            let mut counted = BTreeSet::new();
            for trigger in scaled["spec"]["triggers"].as_array().expect("triggers") {
                let queue = trigger["metadata"]["listName"].as_str().expect("a queue");
                counted.insert(
                    queue
                        .strip_prefix("almanac:{jobs}:queue:")
                        .expect("a queue's key")
                        .to_owned(),
                );
            }
            let components = texts(&app["spec"]["components"]);
            let of_app = workers
                .iter()
                .filter(|(component, _)| components.contains(&component.as_str()));
            let wanted: BTreeSet<String> = of_app.map(|(_, analysis)| analysis.clone()).collect();
            assert_eq!(counted, wanted, "{environment}: {}", name(scaled));
        }
    }
}

#[test]
fn probes_ask_what_the_app_answers_and_services_lead_to_its_port() {
    let help =
        std::fs::read_to_string(workspace().join("components/home/src/help.rs")).expect("help.rs");
    for environment in ENVIRONMENTS {
        let Some(objects) = rendered_with(environment, "nodeport") else {
            return;
        };
        for app in of_kind(&objects, "SpinApp")
            .into_iter()
            .filter(|app| !is_worker(app))
        {
            // Neither asks Redis: without it clients get a 503 that says when to try again, instead of no answer.
            for check in ["liveness", "readiness"] {
                assert_eq!(app["spec"]["checks"][check]["httpGet"]["path"], "/healthz");
            }
            // A node that has never seen the image compiles it first; nothing else allows for that.
            let liveness = &app["spec"]["checks"]["liveness"];
            let seconds = |field: &str| liveness[field].as_u64().expect("a number");
            let patience = seconds("initialDelaySeconds")
                + seconds("periodSeconds") * seconds("failureThreshold");
            assert!(patience >= 180, "{environment}: {patience} s");
        }
        assert!(help.contains("/healthz"));
        for service in of_kind(&objects, "Service")
            .into_iter()
            .filter(|service| name(service) == "almanac-nodeport")
        {
            // The operator names port and label so.
            assert_eq!(service["spec"]["ports"][0]["targetPort"], "http-app");
            let selector = service["spec"]["selector"].as_object().expect("a selector");
            assert_eq!(
                selector["core.spinkube.dev/app.almanac-api.status"],
                "ready"
            );
        }
    }
}

/// Keys of the Secret that the manifests name are those that `make secret` makes.
#[test]
fn the_secret_has_what_is_asked_of_it() {
    let script = std::fs::read_to_string(workspace().join("scripts/k8s.sh")).expect("k8s.sh");
    fn keys(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                if let Some(key) = value["secretKeyRef"]["key"].as_str() {
                    assert_eq!(value["secretKeyRef"]["name"], "almanac");
                    found.insert(key.to_owned());
                }
                if value["secretName"] == "almanac" {
                    found.extend(
                        value["items"]
                            .as_array()
                            .into_iter()
                            .flatten()
                            .filter_map(|item| item["key"].as_str())
                            .map(str::to_owned),
                    );
                }
                if value["loadFromSecret"] == "almanac" {
                    found.insert("runtime-config.toml".to_owned());
                }
                members.values().for_each(|member| keys(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| keys(item, found)),
            _ => {}
        }
    }
    for environment in ENVIRONMENTS {
        let Some(objects) = rendered(environment) else {
            return;
        };
        let mut found = BTreeSet::new();
        objects.iter().for_each(|object| keys(object, &mut found));
        assert_eq!(found.len(), 5, "{found:?}");
        for key in found {
            assert!(
                script.contains(&format!("  {key}: ")),
                "scripts/k8s.sh makes no `{key}`"
            );
        }
    }
}
