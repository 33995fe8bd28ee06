//! The bundled host: runs an application's `spin.toml` as the Spin CLI 4.0.2 does, where that cannot
//! be installed. It implements what Almanac's manifest uses and names what it does not implement.
//!
//! From the outside in:
//!
//! - `main.rs`: the command line; [`up`]: both triggers, and the end of the application;
//! - [`app`]: an application made ready, out of [`manifest`] (with [`ids`], [`dependencies`]),
//!   [`runtime_config`], [`expressions`], [`compose`] (with [`deny`], [`deny_adapter`]) and [`engine`];
//! - [`http`] (with [`routes`], [`headers`], [`instances`], [`ranges`]) and [`redis_trigger`]: what runs components;
//! - [`state`]: what one instance owns, and [`limits`]: how much of it; [`key_value`], [`outbound_redis`], [`outbound_http`] and
//!   [`variables`], guarded by [`allowed_hosts`]: what it may import; [`bindings`]: the glue.
//!
//! Each module says which part of Spin's source it imitates.

pub mod allowed_hosts;
pub mod app;
pub mod bindings;
pub mod compose;
pub mod deny;
pub mod deny_adapter;
pub mod dependencies;
pub mod engine;
pub mod expressions;
pub mod headers;
pub mod http;
pub mod ids;
pub mod instances;
pub mod key_value;
pub mod limits;
pub mod manifest;
pub mod outbound_http;
pub mod outbound_redis;
pub mod ranges;
pub mod redis_trigger;
pub mod routes;
pub mod runtime_config;
mod stalling;
pub mod state;
pub mod up;
pub mod variables;

/// The largest reply from a store or a Redis server that a guest is given.
pub(crate) const MAX_BUFFERED_BYTES: usize = 128 << 20;

/// Prints what Spin logs at the level `info`: nothing unless `RUST_LOG` asks for it.
pub(crate) fn log_info(text: &str) {
    let filter = std::env::var("RUST_LOG").unwrap_or_default();
    if ["info", "debug", "trace"]
        .iter()
        .any(|level| filter.contains(level))
    {
        eprintln!("INFO {text}");
    }
}

/// Tells the operator about an error that ends nothing.
pub(crate) fn log_error(text: &str) {
    eprintln!("ERROR {text}");
}
