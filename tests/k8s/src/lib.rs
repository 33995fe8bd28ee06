//! The manifests as `kubectl` renders them, spin.toml, and stand-ins for a cluster, for the tests.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

pub mod cluster;
pub mod pods;
pub mod redis;

pub const ENVIRONMENTS: [&str; 2] = ["test", "prod"];

/// The ways in: components of which an overlay has one.
pub const WAYS_IN: [&str; 3] = ["ingress", "gateway", "nodeport"];

/// The project's folder.
pub fn workspace() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The objects of an overlay; `None`, with a message, where there is no kubectl to render them.
///
/// # Panics
/// When it does not render.
pub fn rendered(environment: &str) -> Option<Vec<Value>> {
    folder(&format!("overlays/{environment}"))
}

/// The objects of a folder of k8s/: `overlays/test`, `setup/test`, `restore/job`, `debug`.
///
/// # Panics
/// When it does not render.
pub fn folder(name: &str) -> Option<Vec<Value>> {
    static RENDERED: Mutex<BTreeMap<String, Vec<Value>>> = Mutex::new(BTreeMap::new());
    let mut rendered = RENDERED.lock().unwrap_or_else(PoisonError::into_inner);
    if !rendered.contains_key(name) {
        let objects = kustomized(&workspace().join("k8s").join(name))?;
        rendered.insert(name.to_owned(), objects);
    }
    rendered.get(name).cloned()
}

/// The overlay, and what is applied to its namespace besides: what an administrator sets up, the Jobs of a restore,
/// and the debug pod.
///
/// # Panics
/// When it does not render.
pub fn everything(environment: &str) -> Option<Vec<Value>> {
    let mut objects = rendered(environment)?;
    let setup = format!("setup/{environment}");
    for name in [&setup, "restore/check", "restore/job", "debug"] {
        objects.extend(folder(name)?);
    }
    Some(objects)
}

/// The overlay with another way in.
///
/// # Panics
/// When it does not render, or names no way in.
pub fn rendered_with(environment: &str, way_in: &str) -> Option<Vec<Value>> {
    let copy = Scratch::new("k8s");
    let status = Command::new("cp")
        .arg("-R")
        .arg(workspace().join("k8s"))
        .arg(copy.path())
        .status();
    assert!(status.expect("cp").success());
    let overlay = copy.path().join("k8s/overlays").join(environment);
    let file = overlay.join("kustomization.yaml");
    let text = std::fs::read_to_string(&file).expect("an overlay");
    assert!(text.contains("- ../../components/ingress\n"), "{text}");
    let text = text.replace("components/ingress\n", &format!("components/{way_in}\n"));
    std::fs::write(&file, text).expect("an overlay");
    kustomized(&overlay)
}

/// The overlay with a component that it does not have by itself.
///
/// # Panics
/// When it does not render.
pub fn rendered_with_added(environment: &str, component: &str) -> Option<Vec<Value>> {
    rendered_with(
        environment,
        &format!("ingress\n  - ../../components/{component}"),
    )
}

fn kustomized(folder: &Path) -> Option<Vec<Value>> {
    let Ok(output) = Command::new("kubectl")
        .arg("kustomize")
        .arg(folder)
        .output()
    else {
        eprintln!("skipped: kubectl is missing (https://kubernetes.io/docs/tasks/tools)");
        return None;
    };
    assert!(
        output.status.success(),
        "{}: {}",
        folder.display(),
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
///
/// # Panics
/// When there is none.
pub fn of_kind<'a>(objects: &'a [Value], kind: &str) -> Vec<&'a Value> {
    let found: Vec<&Value> = objects
        .iter()
        .filter(|object| object["kind"] == kind)
        .collect();
    assert!(!found.is_empty(), "no {kind}");
    found
}

/// The object of that kind and name.
///
/// # Panics
/// When there is none.
pub fn named<'a>(objects: &'a [Value], kind: &str, wanted: &str) -> &'a Value {
    of_kind(objects, kind)
        .into_iter()
        .find(|object| name(object) == wanted)
        .unwrap_or_else(|| panic!("no {kind} {wanted}"))
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

/// Bytes of a quantity of memory or storage.
///
/// # Panics
/// When it is not one that the manifests use.
pub fn bytes(quantity: &Value) -> u64 {
    let text = quantity.as_str().expect("a quantity");
    let (number, unit) = text.split_at(text.len() - 2);
    let number: u64 = number.parse().expect("a number");
    match unit {
        "Mi" => number << 20,
        "Gi" => number << 30,
        _ => panic!("{text}: Mi or Gi"),
    }
}

/// Thousandths of a CPU.
///
/// # Panics
/// When it is not a quantity of CPUs.
pub fn millicpus(quantity: &Value) -> u64 {
    let text = quantity.as_str().expect("a quantity");
    match text.strip_suffix('m') {
        Some(thousandths) => thousandths.parse().expect("a number"),
        None => text.parse::<u64>().expect("a number") * 1000,
    }
}

/// A folder that is deleted when the test ends.
pub struct Scratch(PathBuf);

impl Scratch {
    /// # Panics
    /// When it cannot be created.
    pub fn new(purpose: &str) -> Self {
        use std::sync::atomic::{AtomicUsize, Ordering};
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("almanac-{purpose}-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
