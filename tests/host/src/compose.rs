//! Joins a component with its dependencies into one component.
//!
//! Every import that a dependency's name matches is satisfied by the dependency's export of the same
//! name (or the one that the manifest names), provided that the types agree.
//! Imitates Spin's `crates/compose/src/lib.rs`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use wac_graph::types::{Package, SubtypeChecker, WorldId};
use wac_graph::{CompositionGraph, NodeId};

use crate::deny;
use crate::manifest::{Component, Dependency};

/// Reads a component and its dependencies, below `folder`, and joins them.
pub fn compose(folder: &Path, id: &str, component: &Component) -> Result<Vec<u8>> {
    let source = read(folder, &component.path)?;
    if component.dependencies.is_empty() {
        return Ok(source);
    }
    let mut graph = CompositionGraph::new();
    let (world, instance) = add(&mut graph, id, source)?;
    let imports: Vec<String> = graph.types()[world].imports.keys().cloned().collect();

    let mut satisfied: BTreeMap<&str, &Dependency> = BTreeMap::new();
    for dependency in &component.dependencies {
        let matched: Vec<&String> = imports
            .iter()
            .filter(|import| dependency.name.matches(import))
            .collect();
        ensure!(
            !matched.is_empty(),
            "the dependency {:?} matches no import of component {id:?}",
            dependency.name.to_string()
        );
        let package = read(folder, &dependency.path)
            .and_then(|bytes| deny::apply(bytes, &dependency.inherit))
            .and_then(|bytes| add(&mut graph, &package_name(dependency), bytes))
            .with_context(|| format!("dependency {:?}", dependency.name.to_string()))?;
        for import in matched {
            if let Some(other) = satisfied.insert(import, dependency) {
                bail!(
                    "both {:?} and {:?} satisfy {import:?}",
                    other.name,
                    dependency.name
                );
            }
            connect(&mut graph, (world, instance), package, import, dependency)?;
        }
    }
    let exports: Vec<String> = graph.types()[world].exports.keys().cloned().collect();
    for name in exports {
        let export = graph.alias_instance_export(instance, &name)?;
        graph.export(export, &name)?;
    }
    graph
        .encode(Default::default())
        .context("encoding the composition")
}

fn read(folder: &Path, path: &str) -> Result<Vec<u8>> {
    let path = folder.join(path);
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    // Bytes 4..8 are the version, then the layer: 1 for a component, 0 for a core module.
    ensure!(
        bytes.starts_with(b"\0asm") && bytes.len() >= 8,
        "{} is no Wasm file",
        path.display()
    );
    ensure!(
        bytes[6..8] == [1, 0],
        "{} is a core module, not a component: build it for wasm32-wasip2",
        path.display()
    );
    Ok(bytes)
}

fn package_name(dependency: &Dependency) -> String {
    let name = dependency.name.to_string();
    name.split(['/', '@']).next().unwrap_or(&name).to_owned()
}

fn add(graph: &mut CompositionGraph, name: &str, bytes: Vec<u8>) -> Result<(WorldId, NodeId)> {
    let package = Package::from_bytes(name, None, bytes, graph.types_mut())?;
    let world = package.ty();
    let package = graph.register_package(package)?;
    Ok((world, graph.instantiate(package)))
}

/// Satisfies one import of `dependent` by the dependency's export.
fn connect(
    graph: &mut CompositionGraph,
    (dependent_world, dependent): (WorldId, NodeId),
    (world, instance): (WorldId, NodeId),
    import: &str,
    dependency: &Dependency,
) -> Result<()> {
    let name = dependency.name.to_string();
    let export = dependency.export.as_deref().unwrap_or(import);
    let types = graph.types();
    let exported = types[world].exports.get(export);
    let exported =
        exported.with_context(|| format!("the dependency {name:?} does not export {export:?}"))?;
    let imported = types[dependent_world]
        .imports
        .get(import)
        .context("import vanished")?;
    SubtypeChecker::new(&mut Default::default())
        .is_subtype(*exported, types, *imported, types)
        .with_context(|| {
            format!("the export {export:?} of dependency {name:?} does not fit import {import:?}")
        })?;
    let export = graph.alias_instance_export(instance, export)?;
    graph.set_instantiation_argument(dependent, import, export)?;
    Ok(())
}
