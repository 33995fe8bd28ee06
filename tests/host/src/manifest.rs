//! The application manifest, `spin.toml` version 2.
//!
//! What Spin rejects is rejected; what Spin knows and this host does not implement is an error that
//! names the key; what has no effect at run time (build, description, ...) is accepted.
//! Imitates Spin's `crates/manifest` (`schema/v2.rs`, `normalize.rs`) and `crates/loader/src/local.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::dependencies::DependencyName;
use crate::ids::{is_kebab, is_lower_snake, is_snake};
use raw::{
    Build, RawDependency, RawManifest, check_variable, http_trigger, redis_address, redis_trigger,
};

mod raw;

/// A manifest that has been checked.
#[derive(Debug)]
pub struct Manifest {
    /// `application.name`.
    pub name: String,
    /// `application.version`, if not empty.
    pub version: Option<String>,
    /// Application variables: name to default, `None` for a required one.
    pub variables: BTreeMap<String, Option<String>>,
    /// `[[trigger.http]]`, in order.
    pub http: Vec<HttpTrigger>,
    /// `[[trigger.redis]]`, in order.
    pub redis: Vec<RedisTrigger>,
    /// `application.trigger.redis.address`, a template; empty if absent.
    pub redis_address: String,
    /// All components by id.
    pub components: BTreeMap<String, Component>,
}

/// One route.
#[derive(Debug)]
pub struct HttpTrigger {
    /// The pattern; `None` for `{ private = true }`.
    pub route: Option<String>,
    /// The component that answers.
    pub component: String,
}

/// One subscription.
#[derive(Debug)]
pub struct RedisTrigger {
    /// The server, a template, if not the application's.
    pub address: Option<String>,
    /// The channel, a template.
    pub channel: String,
    /// The component that is told.
    pub component: String,
}

/// `[component.ID]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Component {
    source: toml::Value,
    /// Shown below the component's routes at start.
    #[serde(default)]
    pub description: String,
    /// The component's variables: name to template.
    #[serde(default)]
    pub variables: BTreeMap<String, String>,
    /// The environment that the component sees.
    #[serde(default)]
    pub environment: BTreeMap<String, String>,
    #[serde(default)]
    files: Vec<toml::Value>,
    #[serde(default)]
    exclude_files: Vec<String>,
    #[serde(default)]
    allowed_http_hosts: Vec<String>,
    /// Where the component may connect to: templates.
    #[serde(default)]
    pub allowed_outbound_hosts: Vec<String>,
    /// Labels of the key-value stores that it may open.
    #[serde(default)]
    pub key_value_stores: BTreeSet<String>,
    #[serde(default)]
    sqlite_databases: Vec<String>,
    #[serde(default)]
    ai_models: Vec<String>,
    #[serde(default, rename = "targets")]
    _targets: Option<toml::Value>,
    #[serde(default, rename = "build")]
    _build: Option<Build>,
    #[serde(default, rename = "tool")]
    _tool: BTreeMap<String, toml::Table>,
    #[serde(default)]
    dependencies_inherit_configuration: Option<bool>,
    #[serde(default, rename = "dependencies")]
    raw_dependencies: BTreeMap<String, toml::Value>,
    #[serde(default, rename = "profile")]
    _profile: BTreeMap<String, toml::Table>,
    /// The Wasm file, relative to the manifest.
    #[serde(skip)]
    pub path: String,
    /// What satisfies its imports besides the host.
    #[serde(skip)]
    pub dependencies: Vec<Dependency>,
}

/// One entry of `[component.ID.dependencies]`.
#[derive(Clone, Debug)]
pub struct Dependency {
    /// Which imports it satisfies.
    pub name: DependencyName,
    /// The Wasm file, relative to the manifest.
    pub path: String,
    /// The export that satisfies them, if not the one of the same name.
    pub export: Option<String>,
    /// What it may use of the dependent's permissions.
    pub inherit: Inherit,
}

/// `dependencies_inherit_configuration` or a dependency's own `inherit_configuration`.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(untagged)]
pub enum Inherit {
    /// Everything, or nothing (the default).
    All(bool),
    /// The named settings.
    Some(Vec<String>),
}

impl Manifest {
    /// Reads and checks a manifest file.
    pub fn load(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read the manifest {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("in the manifest {}", path.display()))
    }

    /// Checks a manifest's text.
    pub fn parse(text: &str) -> Result<Self> {
        let probe: toml::Table = toml::from_str(text)?;
        let version = probe.get("spin_manifest_version");
        ensure!(
            version.and_then(toml::Value::as_integer) == Some(2),
            "spin_manifest_version must be 2"
        );
        let RawManifest {
            _version,
            application,
            variables,
            trigger,
            component,
        } = toml::from_str(text)?;

        let mut manifest = Manifest {
            name: application.name,
            version: Some(application.version).filter(|v| !v.is_empty()),
            variables: variables
                .into_iter()
                .map(check_variable)
                .collect::<Result<_>>()?,
            http: Vec::new(),
            redis: Vec::new(),
            redis_address: redis_address(application.trigger)?,
            components: component,
        };
        for (kind, entries) in trigger {
            for entry in entries {
                let table = toml::Value::Table(entry);
                match kind.as_str() {
                    "http" => manifest
                        .http
                        .push(http_trigger(table.try_into().context("trigger.http")?)?),
                    "redis" => manifest
                        .redis
                        .push(redis_trigger(table.try_into().context("trigger.redis")?)?),
                    other => bail!("trigger.{other}: this host has http and redis triggers only"),
                }
            }
        }
        manifest.check_components()?;
        manifest.resolve_dependencies()?;
        Ok(manifest)
    }

    /// Keeps only the named components and their triggers: `--component-id`.
    pub fn retain(&mut self, ids: &[String]) -> Result<()> {
        if ids.is_empty() {
            return Ok(());
        }
        for id in ids {
            ensure!(
                self.components.contains_key(id),
                "component {id:?} is not in the application"
            );
        }
        self.http.retain(|trigger| ids.contains(&trigger.component));
        self.redis
            .retain(|trigger| ids.contains(&trigger.component));
        self.components.retain(|id, _| ids.contains(id));
        Ok(())
    }

    fn check_components(&mut self) -> Result<()> {
        for (id, component) in &mut self.components {
            ensure!(is_kebab(id), "component {id:?}: ids are kebab-case words");
            component
                .check()
                .with_context(|| format!("component {id:?}"))?;
        }
        let triggered = self
            .http
            .iter()
            .map(|t| &t.component)
            .chain(self.redis.iter().map(|t| &t.component));
        for id in triggered {
            ensure!(
                self.components.contains_key(id),
                "a trigger names no such component: {id:?}"
            );
        }
        Ok(())
    }

    fn resolve_dependencies(&mut self) -> Result<()> {
        let mut resolved = BTreeMap::new();
        for (id, component) in &self.components {
            let context = || format!("dependencies of component {id:?}");
            let found = self.dependencies_of(component).with_context(context)?;
            resolved.insert(id.clone(), found);
        }
        for (id, component) in &mut self.components {
            component.dependencies = resolved.remove(id).unwrap_or_default();
        }
        Ok(())
    }

    fn dependencies_of(&self, component: &Component) -> Result<Vec<Dependency>> {
        let mut found: Vec<Dependency> = Vec::new();
        for (name, value) in &component.raw_dependencies {
            let dependency = self
                .dependency(name, value, component.dependencies_inherit_configuration)
                .with_context(|| format!("{name:?}"))?;
            for other in &found {
                ensure!(
                    other.name.is_disjoint(&dependency.name),
                    "{:?} conflicts with {name:?}",
                    other.name.to_string()
                );
            }
            found.push(dependency);
        }
        Ok(found)
    }

    fn dependency(&self, name: &str, value: &toml::Value, all: Option<bool>) -> Result<Dependency> {
        for key in ["version", "registry", "package", "url", "digest"] {
            ensure!(
                value.get(key).is_none() && !value.is_str(),
                "this host takes dependencies from 'path' or 'component' only, not from a registry or URL"
            );
        }
        let raw: RawDependency = value.clone().try_into()?;
        ensure!(
            all.is_none() || raw.inherit_configuration.is_none(),
            "give dependencies_inherit_configuration or inherit_configuration, not both"
        );
        let name: DependencyName = name.parse()?;
        ensure!(
            raw.export.is_none() || !name.is_whole_package(),
            "an export cannot satisfy a whole package"
        );
        let path = match (raw.path, raw.component) {
            (Some(path), None) => path,
            (None, Some(id)) => {
                let other = self
                    .components
                    .get(&id)
                    .with_context(|| format!("there is no component {id:?}"))?;
                let own = other.own_permissions();
                ensure!(
                    own.is_empty(),
                    "component {id:?} cannot be a dependency: it has {own}"
                );
                other.path.clone()
            }
            _ => bail!("give either 'path' or 'component'"),
        };
        let inherit = raw
            .inherit_configuration
            .unwrap_or(Inherit::All(all.unwrap_or(false)));
        Ok(Dependency {
            name,
            path,
            export: raw.export,
            inherit,
        })
    }
}

impl Component {
    fn check(&mut self) -> Result<()> {
        self.path = match &self.source {
            toml::Value::String(path) => path.clone(),
            _ => bail!("source: this host takes a local path only"),
        };
        for (key, given) in [
            ("files", !self.files.is_empty()),
            ("exclude_files", !self.exclude_files.is_empty()),
            ("allowed_http_hosts", !self.allowed_http_hosts.is_empty()),
            ("sqlite_databases", !self.sqlite_databases.is_empty()),
            ("ai_models", !self.ai_models.is_empty()),
        ] {
            ensure!(
                !given,
                "{key}: not implemented by the bundled host; the Spin CLI has it"
            );
        }
        for name in self.variables.keys() {
            ensure!(
                is_lower_snake(name),
                "variable {name:?}: names are lower_snake_case words"
            );
        }
        for label in &self.key_value_stores {
            ensure!(
                is_kebab(label) || is_snake(label),
                "key_value_stores: {label:?} is neither kebab-case nor snake_case"
            );
        }
        for host in &self.allowed_outbound_hosts {
            ensure!(
                !host.contains(".spin.internal"),
                "allowed_outbound_hosts: {host:?}: this host has no service chaining"
            );
        }
        Ok(())
    }

    /// What a component that serves as a dependency may not have, as a list for people.
    fn own_permissions(&self) -> String {
        let given = [
            (
                "allowed_outbound_hosts",
                !self.allowed_outbound_hosts.is_empty(),
            ),
            ("dependencies", !self.raw_dependencies.is_empty()),
            ("environment", !self.environment.is_empty()),
            ("key_value_stores", !self.key_value_stores.is_empty()),
            ("variables", !self.variables.is_empty()),
        ];
        given
            .iter()
            .filter(|(_, has)| *has)
            .map(|(key, _)| *key)
            .collect::<Vec<_>>()
            .join(", ")
    }
}

#[cfg(test)]
mod tests;
