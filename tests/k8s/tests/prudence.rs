//! What every object of every environment keeps to.

use std::collections::BTreeSet;

use k8s::{ENVIRONMENTS, documents, name, of_kind, rendered, workspace};
use serde_json::Value;

/// Every container, with the name of its object, and its pod's specification.
fn containers(objects: &[Value]) -> Vec<(&str, &Value, &Value)> {
    let mut found = Vec::new();
    for object in objects {
        let spec = &object["spec"];
        for pod in [
            spec,
            &spec["template"]["spec"],
            &spec["jobTemplate"]["spec"]["template"]["spec"],
        ] {
            let all = [&pod["containers"], &pod["initContainers"]];
            for container in all.into_iter().filter_map(Value::as_array).flatten() {
                found.push((name(object), container, pod));
            }
        }
    }
    assert!(!found.is_empty(), "no containers");
    found
}

fn everything(environment: &str) -> Option<Vec<Value>> {
    let mut objects = rendered(environment)?;
    for path in ["k8s/debug/pod.yaml", "k8s/restore/job.yaml"] {
        let text = std::fs::read_to_string(workspace().join(path)).expect("a manifest");
        objects.extend(documents(&text));
    }
    Some(objects)
}

#[track_caller]
fn check_tag(image: &str, what: &str) {
    let tag = image
        .rsplit('/')
        .next()
        .and_then(|last| last.split_once(':'))
        .map(|(_, tag)| tag);
    assert!(
        tag.is_some_and(|tag| tag != "latest" && !tag.is_empty()),
        "{what}: the image {image} has no tag"
    );
}

#[test]
fn every_image_has_a_tag_and_none_is_the_latest() {
    for environment in ENVIRONMENTS {
        let Some(objects) = everything(environment) else {
            return;
        };
        for (object, container, _) in containers(&objects) {
            check_tag(container["image"].as_str().expect("an image"), object);
        }
        let images: BTreeSet<&str> = of_kind(&objects, "SpinApp")
            .into_iter()
            .map(|app| app["spec"]["image"].as_str().expect("an image"))
            .collect();
        assert_eq!(images.len(), 1, "all apps are of one image: {images:?}");
        images.iter().for_each(|image| check_tag(image, "SpinApp"));
    }
}

#[test]
fn every_container_has_limits_and_few_rights() {
    for environment in ENVIRONMENTS {
        let Some(objects) = everything(environment) else {
            return;
        };
        let apps = of_kind(&objects, "SpinApp");
        let apps = apps
            .iter()
            .map(|app| (name(app), &app["spec"]["resources"]));
        let all = containers(&objects);
        let resources = all
            .iter()
            .map(|(object, container, _)| (*object, &container["resources"]));
        for (object, resources) in apps.chain(resources) {
            for part in ["requests", "limits"] {
                for what in ["cpu", "memory"] {
                    assert!(
                        resources[part][what].is_string(),
                        "{object}: no {part} of {what}"
                    );
                }
            }
        }
        for (object, container, pod) in all {
            let context = &container["securityContext"];
            assert_eq!(context["allowPrivilegeEscalation"], false, "{object}");
            assert_eq!(context["readOnlyRootFilesystem"], true, "{object}");
            assert_eq!(context["capabilities"]["drop"][0], "ALL", "{object}");
            assert_eq!(pod["securityContext"]["runAsNonRoot"], true, "{object}");
            assert_eq!(
                pod["securityContext"]["seccompProfile"]["type"], "RuntimeDefault",
                "{object}"
            );
            assert_eq!(pod["automountServiceAccountToken"], false, "{object}");
        }
    }
}

#[test]
fn environments_live_side_by_side() {
    let [Some(test), Some(prod)] = ENVIRONMENTS.map(rendered) else {
        return;
    };
    for (environment, objects) in ENVIRONMENTS.iter().zip([&test, &prod]) {
        for object in objects {
            let labels = &object["metadata"]["labels"];
            assert_eq!(labels["env"], *environment, "{}", name(object));
            let space = format!("almanac-{environment}");
            assert_eq!(
                labels["app.kubernetes.io/instance"],
                space.as_str(),
                "{}",
                name(object)
            );
            if object["kind"] == "Namespace" {
                assert_eq!(name(object), space);
                continue;
            }
            assert_eq!(
                object["metadata"]["namespace"],
                space.as_str(),
                "{}",
                name(object)
            );
            for label in [
                "app",
                "app.kubernetes.io/name",
                "app.kubernetes.io/component",
                "app.kubernetes.io/part-of",
            ] {
                assert!(
                    labels[label].is_string(),
                    "{}: no label {label}",
                    name(object)
                );
            }
        }
        for app in of_kind(objects, "SpinApp") {
            assert_eq!(app["spec"]["podLabels"]["env"], *environment);
        }
    }
    // Ports of nodes, and names, are the whole cluster's.
    let of = |objects: &[Value]| {
        let service = of_kind(objects, "Service")
            .into_iter()
            .find(|service| service["spec"]["type"] == "NodePort");
        let port = service.expect("a NodePort")["spec"]["ports"][0]["nodePort"].clone();
        let host =
            of_kind(objects, "Ingress").first().expect("an Ingress")["spec"]["rules"][0]["host"]
                .clone();
        (port, host)
    };
    let ((test_port, test_host), (prod_port, prod_host)) = (of(&test), of(&prod));
    assert_ne!(test_port, prod_port);
    assert_ne!(test_host, prod_host);
}

/// Whoever speaks with Redis may, and nobody else.
#[test]
fn redis_lets_in_those_who_need_it() {
    for environment in ENVIRONMENTS {
        let Some(objects) = rendered(environment) else {
            return;
        };
        let policies = of_kind(&objects, "NetworkPolicy");
        let own = policies
            .iter()
            .find(|policy| name(policy) == "redis")
            .expect("a policy of Redis");
        let from = own["spec"]["ingress"][0]["from"].as_array().expect("from");
        assert_eq!(from.len(), 1);
        let wanted = from[0]["podSelector"]["matchLabels"]
            .as_object()
            .expect("labels");
        assert_eq!(
            own["spec"]["podSelector"]["matchLabels"]["app.kubernetes.io/name"],
            "redis"
        );
        let is_let_in =
            |labels: &Value| wanted.iter().all(|(label, value)| labels[label] == *value);
        for app in of_kind(&objects, "SpinApp") {
            assert!(is_let_in(&app["spec"]["podLabels"]), "{}", name(app));
        }
        for cron in of_kind(&objects, "CronJob") {
            let labels = &cron["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"];
            assert!(is_let_in(labels), "{}", name(cron));
        }
        let redis = of_kind(&objects, "StatefulSet")[0];
        let config = of_kind(&objects, "ConfigMap");
        let config = config
            .iter()
            .find(|config| name(config) == "redis")
            .expect("redis.conf");
        let config = config["data"]["redis.conf"].as_str().expect("redis.conf");
        for line in [
            "appendonly yes",
            "maxmemory-policy noeviction",
            "include /etc/redis-auth/redis-auth.conf",
        ] {
            assert!(
                config.lines().any(|own| own == line),
                "redis.conf has no `{line}`"
            );
        }
        assert!(
            redis["spec"]["volumeClaimTemplates"][0]["spec"]["resources"]["requests"]["storage"]
                .is_string()
        );
    }
}
