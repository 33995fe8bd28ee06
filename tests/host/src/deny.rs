//! Takes from a dependency what it does not inherit.
//!
//! Spin plugs each such import with a prebuilt component that answers "not permitted". This host
//! builds that component on the spot from the dependency's own imports: the environment and the
//! preopened directories are empty, what can fail fails, and the rest traps when it is called.
//! Imitates Spin's `crates/capabilities` (`lib.rs` has the sets, `deny.rs` the plugging).

use anyhow::{Context, Result, bail};
use wac_graph::{CompositionGraph, types::Package};
use wit_component::DecodedWasm;
use wit_parser::{WorldItem, WorldKey};

use crate::deny_adapter::build;
use crate::manifest::Inherit;

/// The settings that can be inherited, each with the interfaces that it opens (versions left out).
const SETTINGS: [(&str, &[&str]); 7] = [
    ("ai_models", &["fermyon:spin/llm"]),
    (
        "allowed_outbound_hosts",
        &[
            "fermyon:spin/http",
            "fermyon:spin/mqtt",
            "fermyon:spin/mysql",
            "fermyon:spin/postgres",
            "fermyon:spin/redis",
            "spin:mqtt/mqtt",
            "spin:postgres/postgres",
            "spin:redis/redis",
            "wasi:http/client",
            "wasi:http/outgoing-handler",
            "wasi:sockets/ip-name-lookup",
            "wasi:sockets/tcp",
            "wasi:sockets/tcp-create-socket",
            "wasi:sockets/udp",
            "wasi:sockets/udp-create-socket",
        ],
    ),
    ("environment", &["wasi:cli/environment"]),
    ("files", &["wasi:filesystem/preopens"]),
    (
        "key_value_stores",
        &[
            "fermyon:spin/key-value",
            "spin:key-value/key-value",
            "wasi:keyvalue/store",
        ],
    ),
    (
        "sqlite_databases",
        &["fermyon:spin/sqlite", "spin:sqlite/sqlite"],
    ),
    (
        "variables",
        &[
            "fermyon:spin/config",
            "fermyon:spin/variables",
            "spin:variables/variables",
            "wasi:config/store",
        ],
    ),
];

/// Returns the dependency with every import plugged that `inherit` does not open.
pub fn apply(dependency: Vec<u8>, inherit: &Inherit) -> Result<Vec<u8>> {
    if *inherit == Inherit::All(true) {
        return Ok(dependency);
    }
    let (mut resolve, world) = match wit_component::decode(&dependency)? {
        DecodedWasm::Component(resolve, world) => (resolve, world),
        DecodedWasm::WitPackage(..) => bail!("it is a WIT package, not a component"),
    };
    let denied: Vec<(WorldKey, WorldItem)> = resolve.worlds[world]
        .imports
        .iter()
        .filter(|(key, _)| is_denied(without_version(&resolve.name_world_key(key)), inherit))
        .map(|(key, item)| (key.clone(), item.clone()))
        .collect();
    if denied.is_empty() {
        return Ok(dependency);
    }
    let names: Vec<String> = denied
        .iter()
        .map(|(key, _)| resolve.name_world_key(key))
        .collect();
    let adapter_world = &mut resolve.worlds[world];
    adapter_world
        .imports
        .retain(|key, _| denied.iter().all(|(other, _)| other != key));
    adapter_world.exports = denied.into_iter().collect();
    let adapter = build(&resolve, world).context("building the deny adapter")?;
    plug(dependency, adapter, &names)
}

fn is_denied(interface: &str, inherit: &Inherit) -> bool {
    let inherited = |setting: &str| match inherit {
        Inherit::All(all) => *all,
        Inherit::Some(settings) => settings.iter().any(|other| other == setting),
    };
    let opens = |(_, interfaces): &&(&str, &[&str])| interfaces.contains(&interface);
    SETTINGS
        .iter()
        .find(opens)
        .is_some_and(|(setting, _)| !inherited(setting))
}

/// The name of an interface without its `@version`.
pub(crate) fn without_version(name: &str) -> &str {
    name.split('@').next().unwrap_or(name)
}

fn plug(dependency: Vec<u8>, adapter: Vec<u8>, names: &[String]) -> Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let socket = Package::from_bytes("dependency", None, dependency, graph.types_mut())?;
    let world = socket.ty();
    let socket = graph.register_package(socket)?;
    let plug = Package::from_bytes("deny-adapter", None, adapter, graph.types_mut())?;
    let plug = graph.register_package(plug)?;
    let socket = graph.instantiate(socket);
    let plug = graph.instantiate(plug);
    for name in names {
        let export = graph.alias_instance_export(plug, name)?;
        graph.set_instantiation_argument(socket, name, export)?;
    }
    let exports: Vec<String> = graph.types()[world].exports.keys().cloned().collect();
    for name in exports {
        let export = graph.alias_instance_export(socket, &name)?;
        graph.export(export, &name)?;
    }
    Ok(graph.encode(Default::default())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_denied() {
        let some = |setting: &str| Inherit::Some(vec![setting.to_owned()]);
        for (interface, inherit, expected) in [
            ("spin:redis/redis", Inherit::All(false), true),
            ("spin:redis/redis", Inherit::All(true), false),
            ("spin:redis/redis", some("allowed_outbound_hosts"), false),
            ("spin:redis/redis", some("variables"), true),
            ("wasi:cli/environment", Inherit::All(false), true),
            ("wasi:cli/stdout", Inherit::All(false), false),
            ("wasi:filesystem/types", Inherit::All(false), false),
        ] {
            assert_eq!(
                is_denied(interface, &inherit),
                expected,
                "{interface} {inherit:?}"
            );
        }
    }
}
