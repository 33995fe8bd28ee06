//! The manifests as `kubectl` renders them, and spin.toml, for the tests.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

pub const ENVIRONMENTS: [&str; 2] = ["test", "prod"];

/// The project's folder.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The objects of an overlay; `None`, with a message, where there is no kubectl to render them.
///
/// # Panics
/// When it does not render.
pub fn rendered(environment: &str) -> Option<Vec<Value>> {
    let folder = workspace().join("k8s/overlays").join(environment);
    let Ok(output) = Command::new("kubectl")
        .arg("kustomize")
        .arg(&folder)
        .output()
    else {
        eprintln!("skipped: kubectl is missing (https://kubernetes.io/docs/tasks/tools)");
        return None;
    };
    assert!(
        output.status.success(),
        "{environment}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Some(documents(&String::from_utf8_lossy(&output.stdout)))
}

/// The objects of a YAML text.
///
/// # Panics
/// When it is no YAML.
pub fn documents(text: &str) -> Vec<Value> {
    text.split("\n---\n")
        .map(|document| {
            serde_yaml_ng::from_str(document).unwrap_or_else(|error| panic!("{error}: {document}"))
        })
        .collect()
}

/// The objects of one kind.
pub fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    let found: Vec<&Value> = objects
        .iter()
        .filter(|object| object["kind"] == kind)
        .collect();
    assert!(!found.is_empty(), "no {kind}");
    found
}

/// The application's manifest.
///
/// # Panics
/// When it cannot be read.
pub fn spin_toml() -> toml::Table {
    let text = std::fs::read_to_string(workspace().join("spin.toml")).expect("spin.toml");
    text.parse().expect("TOML")
}

/// The texts of a list.
pub fn texts(list: &Value) -> Vec<&str> {
    let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
    items.iter().filter_map(Value::as_str).collect()
}

/// The name of an object, for messages.
pub fn name(object: &Value) -> &str {
    object["metadata"]["name"].as_str().unwrap_or("?")
}
