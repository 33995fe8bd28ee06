//! What every object of every environment keeps to.

use std::collections::BTreeSet;

use k8s::pods::pods;
use k8s::{ENVIRONMENTS, WAYS_IN, everything, name, of_kind, rendered, rendered_with};
use serde_json::Value;

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
        // Of all that is not Almanac itself the digest is given too, the same wherever it runs.
        let mut foreign = BTreeSet::new();
        for pod in pods(&objects) {
            for container in pod.containers() {
                let image = container["image"].as_str().expect("an image");
                let (tagged, digest) = image.split_once("@sha256:").expect("a digest");
                assert_eq!(digest.len(), 64, "{image}");
                check_tag(tagged, pod.owner);
                foreign.insert(image.to_owned());
            }
        }
        assert_eq!(foreign.len(), 2, "Redis and curl: {foreign:?}");
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
        let pods = pods(&objects);
        let resources = pods.iter().flat_map(|pod| {
            let containers = pod.containers().into_iter();
            containers.map(|container| (pod.owner, &container["resources"]))
        });
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
        // As the policy `restricted` demands.
        for pod in &pods {
            let (owner, spec) = (pod.owner, pod.spec);
            for container in pod.containers() {
                let context = &container["securityContext"];
                assert_eq!(context["allowPrivilegeEscalation"], false, "{owner}");
                assert_eq!(context["readOnlyRootFilesystem"], true, "{owner}");
                assert_eq!(context["capabilities"]["drop"][0], "ALL", "{owner}");
            }
            let context = &spec["securityContext"];
            assert_eq!(context["runAsNonRoot"], true, "{owner}");
            assert_eq!(
                context["seccompProfile"]["type"], "RuntimeDefault",
                "{owner}"
            );
            for volume in spec["volumes"].as_array().into_iter().flatten() {
                let kinds = ["configMap", "secret", "persistentVolumeClaim"];
                assert!(
                    kinds.iter().any(|kind| volume[kind].is_object()),
                    "{owner}: {volume}"
                );
            }
            assert_eq!(spec["automountServiceAccountToken"], false, "{owner}");
            assert_eq!(spec["serviceAccountName"], "almanac", "{owner}");
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
}

/// Each way in is there where the overlay names it, and alone; names are the whole cluster's, ports are the cluster's
/// to choose.
#[test]
fn a_way_in_is_one_component_of_the_overlay() {
    let mut hosts = BTreeSet::new();
    for environment in ENVIRONMENTS {
        for way_in in WAYS_IN {
            let Some(objects) = rendered_with(environment, way_in) else {
                return;
            };
            let space = format!("almanac-{environment}");
            let is_way_in = |object: &&Value| {
                ["Ingress", "HTTPRoute"].contains(&object["kind"].as_str().expect("a kind"))
                    || object["spec"]["type"] == "NodePort"
            };
            let ways: Vec<&Value> = objects.iter().filter(is_way_in).collect();
            assert_eq!(ways.len(), 1, "{environment}: {way_in}");
            let (spec, metadata) = (&ways[0]["spec"], &ways[0]["metadata"]);
            assert_eq!(metadata["namespace"], space.as_str());
            assert_eq!(metadata["labels"]["env"], environment);
            let host = match way_in {
                "ingress" => {
                    let host = &spec["rules"][0]["host"];
                    assert!(spec["ingressClassName"].is_string());
                    assert_eq!(spec["tls"][0]["hosts"][0], *host);
                    assert!(spec["tls"][0]["secretName"].is_string());
                    host
                }
                "gateway" => &spec["hostnames"][0],
                _ => {
                    // One that is written down can be taken, and nothing of the overlay would be applied whole.
                    assert!(spec["ports"][0]["nodePort"].is_null());
                    continue;
                }
            };
            hosts.insert((environment, host.as_str().expect("a host").to_owned()));
        }
    }
    // Both components have the environment's, and each environment has its own.
    let names: BTreeSet<&String> = hosts.iter().map(|(_, host)| host).collect();
    assert_eq!((hosts.len(), names.len()), (2, 2), "{hosts:?}");
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
            .find(|config| config["data"]["redis.conf"].is_string())
            .expect("redis.conf");
        // A hash of what it says: another one is another name in the StatefulSet, so Redis restarts.
        let volumes = redis["spec"]["template"]["spec"]["volumes"].as_array();
        let volume = volumes.expect("volumes").iter();
        assert_eq!(
            volume
                .filter(|volume| volume["configMap"]["name"] == name(config))
                .count(),
            1
        );
        let hash = name(config).strip_prefix("redis-").expect("a hash");
        assert_eq!(hash.len(), 10, "{hash}");
        let memory = config["data"]["memory.conf"].as_str().expect("memory.conf");
        assert!(memory.starts_with("maxmemory "), "{memory}");
        let config = config["data"]["redis.conf"].as_str().expect("redis.conf");
        for line in [
            "appendonly yes",
            "maxmemory-policy noeviction",
            "include /etc/redis-auth/redis-auth.conf",
            "include /etc/redis/memory.conf",
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
