//! The instances of an HTTP component: each serves many requests, one after another and at a time.
//!
//! Imitates Spin's `crates/trigger-http/src/server.rs` (`HttpHandlerState`) and
//! `crates/http/src/trigger.rs` (what a component must export), on the same Wasmtime handler.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use wasmtime::Engine;
use wasmtime_wasi_http::handler::{HandlerState, ProxyHandler, ProxyPre, StoreBundle};
use wasmtime_wasi_http::p3::bindings::ServicePre;

use crate::app::App;
use crate::limits::new_store;
use crate::log_error;
use crate::ranges::Range;
use crate::state::{Grants, State};

/// How instances are reused: Spin's options of the same names, with its defaults.
#[derive(Clone, Copy, Debug)]
pub struct Reuse {
    /// How many requests an instance serves.
    pub count: Range<usize>,
    /// How many of them at a time.
    pub concurrent: Range<usize>,
    /// How long an instance waits for the next one.
    pub idle: Range<Duration>,
    /// How long a request may take, if limited.
    pub timeout: Option<Range<Duration>>,
}

/// Makes the handler of a component, which must export the WASI 0.3 interface.
pub fn handler(app: &App, id: &str, instances: Instances) -> Result<ProxyHandler<Instances>> {
    let instance = app.instance_pre(id)?;
    let service = ServicePre::new(instance.clone());
    if let Ok(service) = service {
        return Ok(ProxyHandler::new(instances, ProxyPre::P3(service)));
    }
    let ty = instance.component().component_type();
    let exports: Vec<&str> = ty.exports(&app.engine).map(|(name, _)| name).collect();
    if exports
        .iter()
        .any(|name| name.starts_with("wasi:http/incoming-handler@0.2"))
    {
        bail!(
            "component {id:?} has a WASI 0.2 HTTP handler, which the bundled host does not \
             implement: build it with spin-sdk 6"
        );
    }
    Err(anyhow!(
        "component {id:?} is no HTTP handler: it exports {exports:?}, not \
         wasi:http/handler@0.3.0-rc-2026-03-15"
    ))
}

/// Makes instances of one component.
pub struct Instances {
    /// The engine that it was compiled for.
    pub engine: Engine,
    /// What it is granted.
    pub grants: Arc<Grants>,
    /// How its instances are reused.
    pub reuse: Reuse,
}

impl HandlerState for Instances {
    type StoreData = State;

    fn new_store(&self, _request: Option<u64>) -> wasmtime::Result<StoreBundle<State>> {
        Ok(StoreBundle {
            store: new_store(&self.engine, State::new(Arc::clone(&self.grants))),
            write_profile: Box::new(|_| ()),
        })
    }

    fn request_timeout(&self) -> Duration {
        self.reuse
            .timeout
            .map_or(Duration::MAX, |range| range.pick())
    }

    fn idle_instance_timeout(&self) -> Duration {
        self.reuse.idle.pick()
    }

    fn max_instance_reuse_count(&self) -> usize {
        self.reuse.count.pick()
    }

    fn max_instance_concurrent_reuse_count(&self) -> usize {
        self.reuse.concurrent.pick()
    }

    fn handle_worker_error(&self, error: wasmtime::Error) {
        log_error(&format!("component {}: {error:?}", self.grants.component));
    }
}
