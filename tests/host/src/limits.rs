//! What one instance may use: memory, and time at a stretch.
//!
//! The limit of memory is Spin's (`crates/core/src/limits.rs`): it holds for each linear memory, and growing
//! beyond it fails as if the machine had no more. The limit of time is this host's own. Spin counts
//! epochs too but sets no deadline, so that a component in an endless loop keeps its trigger for ever;
//! here it is stopped, and meanwhile gives way to others at every tick.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use wasmtime::{Engine, ResourceLimiter, Store, UpdateDeadline};

use crate::log_error;
use crate::state::State;

/// How often a computing component is looked at.
const TICK: Duration = Duration::from_millis(100);
/// A component that was not seen computing for so long has done something else meanwhile.
const REST: Duration = Duration::from_secs(1);

/// What every instance may use; unlimited by default.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Bytes of each linear memory.
    pub memory: Option<usize>,
    /// How long a component may compute without calling the host.
    pub computing: Option<Duration>,
}

/// What one instance has used.
#[derive(Debug)]
pub struct Usage {
    component: String,
    memory: Option<usize>,
    /// Ticks at which it was computing since it last called the host.
    ticks: u32,
    seen: Instant,
}

impl Usage {
    /// A fresh instance of a component.
    pub fn new(component: &str, limits: Limits) -> Self {
        Usage {
            component: component.to_owned(),
            memory: limits.memory,
            ticks: 0,
            seen: Instant::now(),
        }
    }

    /// The component called the host.
    pub fn called(&mut self) {
        self.ticks = 0;
    }

    /// The component is computing, at a tick.
    fn computes(&mut self, limit: Duration) -> wasmtime::Result<UpdateDeadline> {
        if self.seen.elapsed() > REST {
            self.ticks = 0;
        }
        self.seen = Instant::now();
        self.ticks = self.ticks.saturating_add(1);
        if TICK.saturating_mul(self.ticks) > limit {
            let why = format!("computed for {limit:?} without calling the host");
            log_error(&format!("component {}: {why}", self.component));
            wasmtime::bail!("it {why}");
        }
        Ok(UpdateDeadline::Yield(1))
    }
}

impl ResourceLimiter for Usage {
    fn memory_growing(
        &mut self,
        _current: usize,
        desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let is_allowed = self.memory.is_none_or(|limit| desired <= limit);
        if !is_allowed {
            log_error(&format!(
                "component {}: a memory of {desired} bytes is more than the limit",
                self.component
            ));
        }
        Ok(is_allowed)
    }

    fn table_growing(
        &mut self,
        _current: usize,
        _desired: usize,
        _maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        Ok(true)
    }
}

/// A store for one instance, within the limits that its state has.
pub fn new_store(engine: &Engine, state: State) -> Store<State> {
    let limit = state.grants.limits.computing;
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.usage);
    match limit {
        // Some deadline must be set; this one is never reached.
        None => store.set_epoch_deadline(u64::MAX / 2),
        Some(limit) => {
            store.set_epoch_deadline(1);
            store.epoch_deadline_callback(move |mut store| store.data_mut().usage.computes(limit));
        }
    }
    store
}

/// Lets the epochs of an engine pass, as long as there is the engine.
pub fn start_ticking(engine: &Engine) -> Result<()> {
    let engine = engine.weak();
    thread::Builder::new()
        .name("epochs".to_owned())
        .spawn(move || {
            while let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
                drop(engine);
                thread::sleep(TICK);
            }
        })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computing_is_limited_at_a_stretch_only() {
        let limit = Duration::from_secs(1);
        let mut usage = Usage::new("loop", Limits::default());
        for _ in 0..10 {
            assert!(usage.computes(limit).is_ok());
        }
        usage.called();
        for _ in 0..10 {
            assert!(usage.computes(limit).is_ok());
        }
        assert!(usage.computes(limit).is_err());
    }

    #[test]
    fn a_memory_may_be_as_large_as_its_limit() {
        let limits = Limits {
            memory: Some(65_536),
            computing: None,
        };
        let mut usage = Usage::new("hog", limits);
        let mut grows = |desired| usage.memory_growing(0, desired, None).expect("an answer");
        assert!(grows(65_536));
        assert!(!grows(131_072));
    }
}
