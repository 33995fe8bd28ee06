//! Pods of the manifests, and the scripts that their containers run.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::name;

/// A pod as an object describes it.
pub struct Pod<'a> {
    /// The name of the object.
    pub owner: &'a str,
    pub labels: &'a Value,
    pub spec: &'a Value,
}

/// The pods that the objects create, other than those of `SpinApps`, which the operator makes.
///
/// # Panics
/// When there is none.
pub fn pods(objects: &[Value]) -> Vec<Pod<'_>> {
    let mut found = Vec::new();
    for object in objects {
        let (metadata, spec) = match object["kind"].as_str() {
            Some("Pod") => (&object["metadata"], &object["spec"]),
            Some("CronJob") => {
                let template = &object["spec"]["jobTemplate"]["spec"]["template"];
                (&template["metadata"], &template["spec"])
            }
            Some("Job" | "StatefulSet" | "Deployment") => {
                let template = &object["spec"]["template"];
                (&template["metadata"], &template["spec"])
            }
            _ => continue,
        };
        found.push(Pod {
            owner: name(object),
            labels: &metadata["labels"],
            spec,
        });
    }
    assert!(!found.is_empty(), "no pods");
    found
}

impl<'a> Pod<'a> {
    /// All containers, those that run first included.
    pub fn containers(&self) -> Vec<&'a Value> {
        let all = [&self.spec["initContainers"], &self.spec["containers"]];
        all.into_iter()
            .filter_map(Value::as_array)
            .flatten()
            .collect()
    }

    /// The variables that the manifest sets in a container; those of a Secret have the value `secret`.
    pub fn variables(container: &'a Value) -> BTreeMap<&'a str, &'a str> {
        let list = container["env"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        list.iter()
            .map(|variable| {
                let name = variable["name"].as_str().expect("a name");
                (name, variable["value"].as_str().unwrap_or("secret"))
            })
            .collect()
    }
}

/// The scripts that a container runs: its own, and those of its probes.
///
/// # Panics
/// When a script is in no `ConfigMap`.
pub fn scripts(objects: &[Value], pod: &Pod<'_>, container: &Value) -> Vec<String> {
    let probes = ["startupProbe", "readinessProbe", "livenessProbe"];
    let commands = probes
        .map(|probe| &container[probe]["exec"]["command"])
        .into_iter()
        .chain([&container["command"]]);
    commands
        .filter_map(|command| match crate::texts(command).as_slice() {
            ["sh", "-c", script] => Some((*script).to_owned()),
            ["sh", path] => Some(mounted(objects, pod, path)),
            _ => None,
        })
        .collect()
}

/// A file of a `ConfigMap` that is mounted at /scripts.
fn mounted(objects: &[Value], pod: &Pod<'_>, path: &str) -> String {
    let volumes = pod.spec["volumes"].as_array().expect("volumes");
    let volume = volumes.iter().find(|volume| volume["name"] == "scripts");
    let map = volume.expect("scripts")["configMap"]["name"].as_str();
    let map = crate::named(objects, "ConfigMap", map.expect("a ConfigMap"));
    let file = path.strip_prefix("/scripts/").expect("a script's path");
    map["data"][file].as_str().expect("the script").to_owned()
}

/// What Kubernetes sets in pods with service links, for each Service: those of the manifests, and those that the
/// operator makes, one for each `SpinApp`.
///
/// # Panics
/// When there is no Service.
pub fn service_variables(objects: &[Value]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for object in objects {
        let ports = match object["kind"].as_str() {
            Some("Service") => {
                let ports = object["spec"]["ports"].as_array().expect("ports");
                ports
                    .iter()
                    .map(|port| (port["port"].as_u64().expect("a port"), &port["name"]))
                    .collect()
            }
            Some("SpinApp") => vec![(80, &Value::Null)],
            _ => continue,
        };
        let prefix = name(object).to_uppercase().replace('-', "_");
        let ip = "10.96.0.9";
        let mut set = |name: String, value: String| found.insert(format!("{prefix}_{name}"), value);
        for (index, (port, port_name)) in ports.into_iter().enumerate() {
            let address = format!("tcp://{ip}:{port}");
            if index == 0 {
                set("SERVICE_HOST".into(), ip.into());
                set("SERVICE_PORT".into(), port.to_string());
                set("PORT".into(), address.clone());
            }
            if let Some(port_name) = port_name.as_str() {
                let port_name = port_name.to_uppercase().replace('-', "_");
                set(format!("SERVICE_PORT_{port_name}"), port.to_string());
            }
            set(format!("PORT_{port}_TCP"), address);
            set(format!("PORT_{port}_TCP_PROTO"), "tcp".into());
            set(format!("PORT_{port}_TCP_PORT"), port.to_string());
            set(format!("PORT_{port}_TCP_ADDR"), ip.into());
        }
    }
    assert!(found.contains_key("REDIS_PORT"), "no Service of Redis");
    found
}

/// The variables that a shell script reads and does not set itself.
pub fn variables_read(script: &str) -> Vec<String> {
    let mut found = Vec::new();
    for part in script.split('$').skip(1) {
        let part = part.strip_prefix('{').unwrap_or(part);
        let end = part
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(part.len());
        let name = &part[..end];
        if name.starts_with(|c: char| c.is_ascii_uppercase()) {
            found.push(name.to_owned());
        }
    }
    found
}
