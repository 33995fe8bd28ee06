//! The harness of the integration tests and the load client: a Redis and an Almanac of one's own, on
//! free ports, and a small HTTP client whose failures explain themselves.
//!
//! Whatever is started here ends with the process that started it, however that ends.

mod almanac;
mod app;
mod browser;
mod cluster;
mod host;
mod http;
mod openapi;
mod poll;
mod process;
mod project;
mod proxy;
mod random;
mod redis;

pub use almanac::{Almanac, external, file, fresh, private, shared, workspace};
pub use app::{App, Client};
pub use browser::Browser;
pub use cluster::Balancer;
pub use host::is_spin;
pub use http::{Answer, Call};
pub use poll::{eventually, eventually_within};
pub use process::{free_port, scratch};
pub use project::{Project, Script};
pub use proxy::{Faults, Proxy, Tally};
pub use random::Random;
pub use redis::{Redis, RedisClient};
