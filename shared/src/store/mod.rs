//! Everything that Almanac keeps, in one Redis: keys, encodings, scripts.
//!
//! | file | what it owns |
//! |---|---|
//! | [`connection`] | the seam: run a command, read and write a blob |
//! | [`native`] and `spin` | its two implementations: tests and benchmarks, and a Wasm component |
//! | [`script`] | running a Lua script by its hash |
//! | [`datasets`] | the descriptions of datasets |
//! | [`points`] | the points: a log and immutable chunks |
//! | [`jobs`] | job records, the queue, leases, results |
//! | [`schedules`] | jobs that are submitted again and again |
//! | [`queues`] | named queues for anybody's own programs |
//! | [`tokens`] | tokens, and how often their holders ask |
//!
//! Each module's documentation is the schema of its keys. Every change is one script, so it happens
//! whole or not at all, whatever dies when.

pub mod connection;
pub mod datasets;
pub mod jobs;
pub mod points;
pub mod queues;
pub mod schedules;
pub mod script;
pub mod tokens;
pub mod usage;

#[cfg(not(target_arch = "wasm32"))]
pub mod native;
#[cfg(target_arch = "wasm32")]
pub mod spin;

#[cfg(test)]
pub(crate) mod test_server;

pub use connection::{Arg, Connection, Error, Reply};
