//! The Wasmtime engine, and compiled components kept on disk.
//!
//! The settings are Spin's, `crates/core/src/lib.rs`: pooled instances with copy-on-write memories,
//! and epoch checks in the code, see [`crate::limits`].

use std::collections::HashMap;
use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::SystemTime;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use wasmtime::component::Component;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

use crate::log_error;

const MIB: usize = 1 << 20;
/// How many compiled components are kept; those not used for longest go first.
const MAX_KEPT: usize = 100;
/// Spin's `SPIN_MAX_INSTANCE_COUNT` if unset.
const MAX_INSTANCES: u32 = 1000;

/// Makes the engine, without pooling where the address space does not suffice.
pub fn new_engine() -> Result<Engine> {
    let mut pooled = config();
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pooling()));
    match Engine::new(&pooled) {
        Ok(engine) => Ok(engine),
        Err(_) => Ok(Engine::new(&config())?),
    }
}

fn config() -> Config {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .wasm_component_model(true)
        .wasm_component_model_async(true);
    config
}

fn pooling() -> PoolingAllocationConfig {
    let mut pooling = PoolingAllocationConfig::default();
    pooling
        .total_component_instances(MAX_INSTANCES)
        .total_memories(MAX_INSTANCES)
        .total_tables(2 * MAX_INSTANCES)
        .total_stacks(MAX_INSTANCES)
        .total_core_instances(4 * MAX_INSTANCES)
        .table_elements(100_000)
        .max_component_instance_size(10 * MIB)
        .max_core_instance_size(10 * MIB)
        .max_core_instances_per_component(200)
        .max_tables_per_component(64)
        .max_memories_per_component(32)
        .max_tables_per_module(2)
        .max_memories_per_module(2)
        .max_memory_size(4 << 30)
        .linear_memory_keep_resident(2 * MIB)
        .table_keep_resident(MIB / 2);
    pooling
}

/// Where compiled components are kept.
pub struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Uses `folder`, or `almanac-host` in the user's cache folder.
    pub fn new(folder: Option<PathBuf>) -> Result<Self> {
        let folder = match folder {
            Some(folder) => folder.join("almanac-host"),
            None => user_cache()?.join("almanac-host"),
        };
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot create the cache {}", folder.display()))?;
        Ok(Cache { folder })
    }

    /// Compiles components, in parallel, each distinct one once; gives them by the same names.
    pub fn compile(
        &self,
        engine: &Engine,
        sources: HashMap<String, Vec<u8>>,
    ) -> Result<HashMap<String, Component>> {
        let keys: HashMap<&String, String> = sources
            .iter()
            .map(|(name, bytes)| (name, key(engine, bytes)))
            .collect();
        let distinct: HashMap<&String, &String> =
            keys.iter().map(|(name, key)| (key, *name)).collect();
        let missing = distinct
            .keys()
            .filter(|key| !self.folder.join(key.as_str()).exists())
            .count();
        if missing > 0 {
            eprintln!(
                "Compiling {missing} component(s), which takes some seconds the first time..."
            );
        }
        let compiled = Mutex::new(HashMap::new());
        let queue = Mutex::new(distinct.into_iter());
        let work = || -> Result<()> {
            while let Some((key, name)) = lock(&queue).next() {
                let component = self
                    .load(engine, key, &sources[name])
                    .with_context(|| format!("cannot compile component {name:?}"))?;
                lock(&compiled).insert(key.clone(), component);
            }
            Ok(())
        };
        let threads = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
            workers
                .into_iter()
                .try_for_each(|worker| match worker.join() {
                    Ok(result) => result,
                    Err(panic) => std::panic::resume_unwind(panic),
                })
        })?;
        let compiled = lock(&compiled);
        Ok(keys
            .iter()
            .map(|(name, key)| ((*name).clone(), compiled[key].clone()))
            .collect())
    }

    fn load(&self, engine: &Engine, key: &str, source: &[u8]) -> Result<Component> {
        let path = self.folder.join(key);
        if path.exists() {
            // SAFETY: the file was written by `keep` below, whole, from this engine's own output:
            // the name says so, and the folder is the user's.
            if let Ok(component) = unsafe { Component::deserialize_file(engine, &path) } {
                // Only tells `prune` that it is in use.
                let _ = File::open(&path).and_then(|file| file.set_modified(SystemTime::now()));
                return Ok(component);
            }
        }
        let component = Component::new(engine, source)?;
        let bytes = component.serialize()?;
        // A cache that cannot be written costs time, not function.
        if let Err(error) = keep(&path, &bytes).and_then(|()| self.prune()) {
            log_error(&format!("cannot keep {}: {error:#}", path.display()));
        }
        Ok(component)
    }

    /// Removes the files that were not used for longest.
    fn prune(&self) -> Result<()> {
        let mut files = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            let entry = entry?;
            files.push((entry.metadata()?.modified()?, entry.path()));
        }
        files.sort_unstable();
        for (_, path) in files.iter().rev().skip(MAX_KEPT) {
            std::fs::remove_file(path)?;
        }
        Ok(())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes a file so that nobody ever sees a part of it.
fn keep(path: &Path, bytes: &[u8]) -> Result<()> {
    let draft = path.with_extension(format!("{}.draft", std::process::id()));
    let file = File::create(&draft)?;
    std::io::Write::write_all(&mut &file, bytes)?;
    file.sync_all()?;
    std::fs::rename(&draft, path)?;
    Ok(())
}

/// A name for the machine code of `source`: it changes with Wasmtime, its settings and the source.
fn key(engine: &Engine, source: &[u8]) -> String {
    let mut compatibility = DefaultHasher::new();
    engine
        .precompile_compatibility_hash()
        .hash(&mut compatibility);
    let digest = Sha256::digest(source);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{digest}-{:016x}", compatibility.finish())
}

fn user_cache() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()) {
        return Ok(folder.into());
    }
    let home = std::env::var_os("HOME").context("neither --cache-dir, XDG_CACHE_HOME nor HOME")?;
    Ok(Path::new(&home).join(".cache"))
}
