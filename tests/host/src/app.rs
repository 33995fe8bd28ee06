//! An application made ready to run: checked, composed, compiled and linked.
//!
//! Imitates the order of Spin's `src/commands/up.rs`, `crates/loader` and `crates/trigger/src/cli.rs`.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result, ensure};
use wasmtime::Engine;
use wasmtime::component::{InstancePre, Linker};

use crate::allowed_hosts::AllowedHosts;
use crate::compose::compose;
use crate::engine::{Cache, Processors, new_engine};
use crate::expressions::{Provider, Template, Variables};
use crate::key_value::Stores;
use crate::limits::{Limits, start_ticking};
use crate::manifest::{Component, Manifest};
use crate::outbound_http::OutboundHttp;
use crate::runtime_config::RuntimeConfig;
use crate::state::{Grants, State, link};
use crate::variables::ComponentVariables;

/// What the command line says about an application.
#[derive(Debug, Default)]
pub struct Options {
    /// The manifest file.
    pub manifest: PathBuf,
    /// The runtime configuration file.
    pub runtime_config: Option<PathBuf>,
    /// Where compiled components are kept.
    pub cache: Option<PathBuf>,
    /// The components to run; all if empty.
    pub components: Vec<String>,
    /// Values of variables.
    pub variables: HashMap<String, String>,
    /// Whose output is shown.
    pub output: Output,
    /// What each instance may use; the runtime configuration may limit memory too.
    pub limits: Limits,
}

/// What starts a component.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    Http,
    Redis,
}

/// Which components' output is shown.
#[derive(Debug, Default)]
pub enum Output {
    /// All of them.
    #[default]
    All,
    /// `--quiet`.
    Nobody,
    /// `--follow`.
    Only(Vec<String>),
}

impl Output {
    fn shows(&self, component: &str) -> bool {
        match self {
            Output::All => true,
            Output::Nobody => false,
            Output::Only(ids) => ids.iter().any(|id| id == component),
        }
    }
}

/// A loaded application.
pub struct App {
    /// Its manifest.
    pub manifest: Manifest,
    /// The engine that its components were compiled for.
    pub engine: Engine,
    variables: Arc<Variables>,
    stores: RuntimeConfig,
    output: Output,
    limits: Limits,
    instances: HashMap<String, InstancePre<State>>,
}

impl App {
    /// Loads an application; every component that has a trigger is compiled.
    pub fn load(options: Options) -> Result<Self> {
        let mut manifest = Manifest::load(&options.manifest)?;
        manifest.retain(&options.components)?;
        let mut config = RuntimeConfig::load(options.runtime_config.as_deref())?;
        let variables = Arc::new(variables(&manifest, &mut config, options.variables)?);
        check(&manifest, &config, &variables)?;
        if let Output::Only(ids) = &options.output {
            for id in ids {
                let known = manifest.components.contains_key(id);
                ensure!(known, "--follow {id}: there is no such component");
            }
        }
        let engine = new_engine()?;
        let limits = Limits {
            memory: options.limits.memory.or(config.max_instance_memory),
            ..options.limits
        };
        if limits.computing.is_some() {
            start_ticking(&engine)?;
        }
        let cache = Cache::new(options.cache.clone())?;
        let compiled = compile_elsewhere(
            &options.manifest,
            &options.components,
            options.cache.as_deref(),
        )?;
        let mut linker = Linker::new(&engine);
        link(&mut linker)?;
        let mut instances = HashMap::new();
        for (id, file) in compiled {
            let component = cache.load(&engine, &file)?;
            let instance = linker
                .instantiate_pre(&component)
                .map_err(anyhow::Error::from)
                .with_context(|| format!("component {id:?} needs what this host does not have"))?;
            instances.insert(id, instance);
        }
        Ok(App {
            manifest,
            engine,
            variables,
            stores: config,
            output: options.output,
            limits,
            instances,
        })
    }

    /// A component that is ready to be instantiated.
    pub fn instance_pre(&self, component: &str) -> Result<&InstancePre<State>> {
        self.instances
            .get(component)
            .with_context(|| format!("no such component {component:?}"))
    }

    /// The text of a template of the manifest.
    pub fn resolve(&self, template: &str) -> Result<String> {
        Ok(self.variables.resolve(&Template::parse(template)?)?)
    }

    /// What each component is granted. Each trigger takes its own: in Spin they are processes.
    pub fn grants(&self, trigger: Trigger) -> Result<HashMap<String, Arc<Grants>>> {
        let stores = Arc::new(Stores::new(&self.stores.key_value_stores)?);
        let http_client = OutboundHttp::default();
        let grants = |(id, component): (&String, &Component)| -> Result<_> {
            let hosts = AllowedHosts::parse(&component.allowed_outbound_hosts, &self.variables);
            let environment = component.environment.clone().into_iter().collect();
            let variables =
                ComponentVariables::new(id, &component.variables, Arc::clone(&self.variables))?;
            let grants = Grants {
                component: id.clone(),
                trigger,
                environment,
                allowed_hosts: hosts.map_err(|error| error.to_string()),
                key_value_stores: component.key_value_stores.clone(),
                stores: Arc::clone(&stores),
                variables,
                http_client: http_client.clone(),
                show_output: self.output.shows(id),
                limits: self.limits,
            };
            Ok((id.clone(), Arc::new(grants)))
        };
        self.manifest.components.iter().map(grants).collect()
    }
}

fn variables(
    manifest: &Manifest,
    config: &mut RuntimeConfig,
    from_command_line: HashMap<String, String>,
) -> Result<Variables> {
    let mut providers = vec![Provider::Static(from_command_line)];
    providers.append(&mut config.providers);
    providers.push(Provider::default_environment());
    let variables = Variables::new(manifest.variables.clone(), providers)?;
    variables.ensure_required()?;
    Ok(variables)
}

/// What can be known to be wrong before anything is compiled.
fn check(manifest: &Manifest, config: &RuntimeConfig, variables: &Arc<Variables>) -> Result<()> {
    let stores = Stores::new(&config.key_value_stores)?;
    for (id, component) in &manifest.components {
        AllowedHosts::check(&component.allowed_outbound_hosts, variables)
            .with_context(|| format!("allowed_outbound_hosts of component {id:?}"))?;
        ComponentVariables::new(id, &component.variables, Arc::clone(variables))?;
        component
            .key_value_stores
            .iter()
            .try_for_each(|label| stores.ensure_defined(label, id))?;
    }
    Ok(())
}

/// Composes and compiles the components that have a trigger, into the cache. Returns the names of their files.
pub fn compile(
    manifest: &Path,
    components: &[String],
    cache: Option<PathBuf>,
    processors: Processors,
) -> Result<HashMap<String, String>> {
    let folder = manifest.parent().unwrap_or(Path::new(""));
    let mut loaded = Manifest::load(manifest)?;
    loaded.retain(components)?;
    let sources = compose_all(folder, &loaded)?;
    Cache::new(cache)?.compile(&sources, processors)
}

/// Does [`compile`] in another process, so that this one never has the compiler's memory.
fn compile_elsewhere(
    manifest: &Path,
    components: &[String],
    cache: Option<&Path>,
) -> Result<HashMap<String, String>> {
    let host = std::env::current_exe().context("cannot find this program")?;
    let mut command = Command::new(host);
    command.arg("compile").arg("--from").arg(manifest);
    if let Some(cache) = cache {
        command.arg("--cache-dir").arg(cache);
    }
    for component in components {
        command.arg("--component-id").arg(component);
    }
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start the compiler")?;
    ensure!(
        output.status.success(),
        "the components could not be compiled"
    );
    serde_json::from_slice(&output.stdout).context("the compiler's answer")
}

/// Composes the components that have a trigger, in parallel.
fn compose_all(folder: &Path, manifest: &Manifest) -> Result<HashMap<String, Vec<u8>>> {
    let http = manifest.http.iter().map(|trigger| &trigger.component);
    let redis = manifest.redis.iter().map(|trigger| &trigger.component);
    let ids: BTreeSet<&String> = http.chain(redis).collect();
    ensure!(!ids.is_empty(), "the application has no triggers");
    thread::scope(|scope| {
        let compose = |id: &String| {
            let bytes = compose(folder, id, &manifest.components[id])
                .with_context(|| format!("cannot load component {id:?}"))?;
            Ok((id.clone(), bytes))
        };
        let threads: Vec<_> = ids
            .into_iter()
            .map(|id| scope.spawn(move || compose(id)))
            .collect();
        let join = |thread: thread::ScopedJoinHandle<'_, Result<_>>| match thread.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        threads.into_iter().map(join).collect()
    })
}
