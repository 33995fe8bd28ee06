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

const MIB: usize = 1 << 20;
/// How many compiled components are kept; those not used for longest go first.
const MAX_KEPT: usize = 100;
/// Spin's `SPIN_MAX_INSTANCE_COUNT` if unset.
const MAX_INSTANCES: u32 = 1000;

/// For which processors components are compiled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Processors {
    /// This machine's: the fastest code.
    Native,
    /// Those of most machines, so that what was compiled on one runs on another.
    Common,
}

/// What x86-64-v3 has (Intel since 2013, AMD since 2015), as Cranelift names it.
#[cfg(target_arch = "x86_64")]
const COMMON: (&str, &[&str]) = (
    "x86_64-unknown-linux-gnu",
    &[
        "has_sse3",
        "has_ssse3",
        "has_sse41",
        "has_sse42",
        "has_popcnt",
        "has_avx",
        "has_avx2",
        "has_fma",
        "has_bmi1",
        "has_bmi2",
        "has_lzcnt",
    ],
);
#[cfg(target_arch = "aarch64")]
const COMMON: (&str, &[&str]) = ("aarch64-unknown-linux-gnu", &[]);

/// Makes the engine that runs components.
pub fn new_engine() -> Result<Engine> {
    engine(Processors::Native)
}

/// Makes an engine that runs or compiles components, without pooling where the address space does not suffice.
fn engine(processors: Processors) -> Result<Engine> {
    let mut pooled = config(processors)?;
    pooled.allocation_strategy(InstanceAllocationStrategy::Pooling(pooling()));
    match Engine::new(&pooled) {
        Ok(engine) => Ok(engine),
        Err(_) => Ok(Engine::new(&config(processors)?)?),
    }
}

fn config(processors: Processors) -> Result<Config> {
    let mut config = Config::new();
    config
        .epoch_interruption(true)
        .wasm_component_model(true)
        .wasm_component_model_async(true);
    if processors == Processors::Common {
        let (target, features) = COMMON;
        config.target(target)?;
        for feature in features {
            // SAFETY: the features are only named to the compiler. Loading what it made checks that the
            // machine has them.
            unsafe { config.cranelift_flag_enable(feature) };
        }
    }
    Ok(config)
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

    /// Compiles components, in parallel, each distinct one once, unless they are there already. Returns the
    /// names of their files, by the same names.
    pub fn compile(
        &self,
        sources: &HashMap<String, Vec<u8>>,
        processors: Processors,
    ) -> Result<HashMap<String, String>> {
        let runner = new_engine()?;
        let compiler = engine(processors)?;
        let common = hash(&engine(Processors::Common)?);
        let (mut files, mut missing) = (HashMap::new(), HashMap::new());
        for (name, source) in sources {
            let wanted = file_name(source, hash(&compiler));
            let others = file_name(source, common);
            let file = if self.is_usable(&runner, &wanted) {
                wanted
            } else if self.is_usable(&runner, &others) {
                others
            } else {
                missing.insert(wanted.clone(), name);
                wanted
            };
            files.insert(name.clone(), file);
        }
        if !missing.is_empty() {
            eprintln!(
                "Compiling {} component(s), which takes some seconds the first time...",
                missing.len()
            );
        }
        let queue = Mutex::new(missing.into_iter());
        let work = || -> Result<()> {
            loop {
                let Some((file, name)) = lock(&queue).next() else {
                    return Ok(());
                };
                self.compile_one(&compiler, &file, &sources[name])
                    .with_context(|| format!("cannot compile component {name:?}"))?;
            }
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
        self.prune()?;
        Ok(files)
    }

    /// Whether a file holds a component that an engine can run. It also counts as used.
    fn is_usable(&self, engine: &Engine, file: &str) -> bool {
        let path = self.folder.join(file);
        if !path.exists() {
            return false;
        }
        // Only tells `prune` that it is in use.
        let _ = File::open(&path).and_then(|file| file.set_modified(SystemTime::now()));
        self.load(engine, file).is_ok()
    }

    fn compile_one(&self, compiler: &Engine, file: &str, source: &[u8]) -> Result<()> {
        let bytes = Component::new(compiler, source)?.serialize()?;
        let path = self.folder.join(file);
        keep(&path, &bytes).with_context(|| format!("cannot keep {}", path.display()))
    }

    /// Loads what was compiled: its code is mapped from the file, not copied.
    pub fn load(&self, engine: &Engine, file: &str) -> Result<Component> {
        let path = self.folder.join(file);
        // SAFETY: the file was written by `keep` below, whole, from this engine's own output: the name says
        // so, and the folder is the user's.
        let component = unsafe { Component::deserialize_file(engine, &path) };
        component
            .map_err(anyhow::Error::from)
            .with_context(|| format!("cannot load {}", path.display()))
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
fn file_name(source: &[u8], settings: u64) -> String {
    let digest = Sha256::digest(source);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{digest}-{settings:016x}")
}

/// Stands for the version and the settings of an engine, as far as its machine code depends on them.
fn hash(engine: &Engine) -> u64 {
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}

fn user_cache() -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("XDG_CACHE_HOME").filter(|folder| !folder.is_empty()) {
        return Ok(folder.into());
    }
    let home = std::env::var_os("HOME").context("neither --cache-dir, XDG_CACHE_HOME nor HOME")?;
    Ok(Path::new(&home).join(".cache"))
}
