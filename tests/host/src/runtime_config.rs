//! The runtime configuration file: key-value stores, providers of variables, the limit of memory.
//!
//! Values are taken literally: Spin expands no environment variables in them either.
//! Imitates Spin's `crates/runtime-config` and `crates/factor-key-value/src/runtime_config/spin.rs`.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;

use crate::expressions::Provider;

/// What the file says.
#[derive(Debug, Default)]
pub struct RuntimeConfig {
    /// Label to Redis URL.
    pub key_value_stores: BTreeMap<String, String>,
    /// Providers of variables, the strongest first; the default environment is not among them.
    pub providers: Vec<Provider>,
    /// Bytes that each memory of an instance may have, if limited.
    pub max_instance_memory: Option<usize>,
}

#[derive(Deserialize)]
struct RawStore {
    r#type: String,
    url: Option<String>,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum RawProvider {
    Static {
        values: HashMap<String, String>,
    },
    Env {
        prefix: Option<String>,
        dotenv_path: Option<PathBuf>,
    },
}

impl RuntimeConfig {
    /// Reads the file, if there is one.
    pub fn load(path: Option<&Path>) -> Result<Self> {
        let Some(path) = path else {
            return Ok(Self::default());
        };
        let context = || format!("in the runtime config {}", path.display());
        let text = std::fs::read_to_string(path).with_context(context)?;
        Self::parse(&text).with_context(context)
    }

    /// Reads the file's text.
    pub fn parse(text: &str) -> Result<Self> {
        let mut config = Self::default();
        for (key, value) in toml::from_str::<toml::Table>(text)? {
            match key.as_str() {
                "key_value_store" => {
                    let stores: BTreeMap<String, RawStore> = value.try_into().context(key)?;
                    for (label, store) in stores {
                        let url =
                            redis_url(store).with_context(|| format!("key_value_store.{label}"))?;
                        config.key_value_stores.insert(label, url);
                    }
                }
                "variables_provider" | "config_provider" => {
                    let providers: Vec<RawProvider> = value.try_into().context(key)?;
                    config.providers.extend(providers.into_iter().map(provider));
                }
                "max_instance_memory" => {
                    config.max_instance_memory = Some(value.try_into().context(key)?);
                }
                // They say where Spin keeps files that this host does not keep.
                "state_dir" | "log_dir" => {}
                _ => bail!("{key}: unknown, or not implemented by the bundled host"),
            }
        }
        Ok(config)
    }
}

fn redis_url(store: RawStore) -> Result<String> {
    ensure!(
        store.r#type == "redis",
        "type {:?}: the bundled host has \"redis\" only",
        store.r#type
    );
    store.url.context("'url' is missing")
}

fn provider(raw: RawProvider) -> Provider {
    match raw {
        RawProvider::Static { values } => Provider::Static(values),
        RawProvider::Env {
            prefix,
            dotenv_path,
        } => {
            let prefix = prefix.unwrap_or_else(|| "SPIN_VARIABLE".to_owned());
            Provider::environment(prefix, dotenv_path)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stores_and_providers() {
        let config = RuntimeConfig::parse(
            r#"
            state_dir = "x"
            max_instance_memory = 1048576
            [key_value_store.default]
            type = "redis"
            url = "redis://127.0.0.1:6379"
            [[variables_provider]]
            type = "static"
            values = { a = "1" }
            [[variables_provider]]
            type = "env"
            prefix = "MINE"
            "#,
        )
        .expect("valid");
        assert_eq!(config.key_value_stores["default"], "redis://127.0.0.1:6379");
        assert_eq!(config.providers.len(), 2);
        assert_eq!(config.max_instance_memory, Some(1 << 20));
    }

    #[test]
    fn what_is_not_implemented_is_named() {
        for (text, word) in [
            (
                "[sqlite_database.default]\ntype = \"spin\"",
                "sqlite_database",
            ),
            ("[key_value_store.a]\ntype = \"spin\"", "key_value_store.a"),
            ("[key_value_store.a]\ntype = \"redis\"", "url"),
            ("max_instance_memory = -1", "max_instance_memory"),
            ("[[variables_provider]]\ntype = \"vault\"", "vault"),
        ] {
            let error = RuntimeConfig::parse(text).expect_err(text);
            assert!(format!("{error:#}").contains(word), "{error:#}");
        }
    }
}
