//! The shapes of the manifest's TOML, and what becomes of variables and triggers.
//!
//! Every table refuses keys that it does not know, as Spin's do.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use super::{Component, HttpTrigger, Inherit, RedisTrigger};
use crate::ids::is_lower_snake;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawManifest {
    #[serde(rename = "spin_manifest_version")]
    pub(super) _version: toml::Value,
    pub(super) application: RawApplication,
    #[serde(default)]
    pub(super) variables: BTreeMap<String, RawVariable>,
    pub(super) trigger: BTreeMap<String, Vec<toml::Table>>,
    #[serde(default)]
    pub(super) component: BTreeMap<String, Component>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawApplication {
    pub(super) name: String,
    #[serde(default)]
    pub(super) version: String,
    #[serde(default, rename = "description")]
    pub(super) _description: String,
    #[serde(default, rename = "authors")]
    pub(super) _authors: Vec<String>,
    #[serde(default, rename = "targets")]
    pub(super) _targets: Vec<toml::Value>,
    #[serde(default)]
    pub(super) trigger: BTreeMap<String, toml::Table>,
    #[serde(default, rename = "tool")]
    pub(super) _tool: BTreeMap<String, toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawVariable {
    #[serde(default, rename = "description")]
    pub(super) _description: Option<String>,
    #[serde(default)]
    pub(super) required: bool,
    pub(super) default: Option<String>,
    #[serde(default, rename = "secret")]
    pub(super) _secret: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Build {
    #[serde(rename = "command")]
    pub(super) _command: Commands,
    #[serde(default, rename = "workdir")]
    pub(super) _workdir: Option<String>,
    #[serde(default, rename = "watch")]
    pub(super) _watch: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
#[expect(dead_code, reason = "only its shape is checked")]
pub(super) enum Commands {
    One(String),
    Many(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawHttpTrigger {
    #[serde(default, rename = "id")]
    pub(super) _id: String,
    pub(super) component: Option<toml::Value>,
    pub(super) static_response: Option<toml::Value>,
    pub(super) route: RawRoute,
    pub(super) executor: Option<RawExecutor>,
}

#[derive(Deserialize)]
#[serde(untagged)]
pub(super) enum RawRoute {
    Pattern(String),
    Private(RawPrivate),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPrivate {
    pub(super) private: bool,
}

#[derive(Deserialize)]
pub(super) struct RawExecutor {
    pub(super) r#type: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRedisTrigger {
    #[serde(default, rename = "id")]
    pub(super) _id: String,
    pub(super) component: Option<toml::Value>,
    pub(super) channel: String,
    pub(super) address: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawDependency {
    pub(super) path: Option<String>,
    pub(super) component: Option<String>,
    pub(super) export: Option<String>,
    pub(super) inherit_configuration: Option<Inherit>,
}

pub(super) fn check_variable(
    (name, raw): (String, RawVariable),
) -> Result<(String, Option<String>)> {
    ensure!(
        is_lower_snake(&name),
        "variable {name:?}: names are lower_snake_case words"
    );
    ensure!(
        raw.required ^ raw.default.is_some(),
        "variable {name:?} must either be required or have a default"
    );
    Ok((name, raw.default))
}

pub(super) fn redis_address(mut triggers: BTreeMap<String, toml::Table>) -> Result<String> {
    let mut address = String::new();
    if let Some(mut redis) = triggers.remove("redis") {
        address = match redis.remove("address") {
            Some(toml::Value::String(address)) => address,
            _ => bail!("application.trigger.redis must have an 'address', a string"),
        };
        if let Some(key) = redis.keys().next() {
            bail!("application.trigger.redis: unknown key {key:?}");
        }
    }
    match triggers.keys().next() {
        Some(other) => bail!("application.trigger.{other}: not implemented by the bundled host"),
        None => Ok(address),
    }
}

fn component_id(value: Option<toml::Value>) -> Result<String> {
    match value {
        Some(toml::Value::String(id)) => Ok(id),
        Some(_) => bail!("a trigger's component must be the id of a [component.ID] for this host"),
        None => bail!("a trigger names no component"),
    }
}

pub(super) fn http_trigger(raw: RawHttpTrigger) -> Result<HttpTrigger> {
    ensure!(
        raw.static_response.is_none(),
        "trigger.http: static_response: not implemented by the bundled host"
    );
    if let Some(RawExecutor { r#type }) = raw.executor {
        ensure!(
            r#type == "http" || r#type == "spin",
            "trigger.http: executor {type:?}: not implemented by the bundled host"
        );
    }
    let route = match raw.route {
        RawRoute::Pattern(pattern) => Some(pattern),
        RawRoute::Private(RawPrivate { private }) => {
            ensure!(
                private,
                "trigger.http: a route is a pattern or {{ private = true }}"
            );
            None
        }
    };
    Ok(HttpTrigger {
        route,
        component: component_id(raw.component).context("trigger.http")?,
    })
}

pub(super) fn redis_trigger(raw: RawRedisTrigger) -> Result<RedisTrigger> {
    let component = component_id(raw.component).context("trigger.redis")?;
    Ok(RedisTrigger {
        address: raw.address,
        channel: raw.channel,
        component,
    })
}
