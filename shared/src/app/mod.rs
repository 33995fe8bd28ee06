//! The use cases. Each takes valid values and a [`crate::store::Connection`], and knows neither HTTP
//! nor keys; the time and fresh ids are passed in.

pub mod aggregate;
pub mod analyses;
pub mod animals;
pub mod clock;
pub mod config;
pub mod datasets;
pub mod degrees;
pub mod error;
pub mod import;
pub mod imports;
pub mod intake;
pub mod jobs;
pub mod points;
pub mod presets;
pub mod queues;
pub mod quotas;
mod row_keys;
pub mod schedules;
pub mod schema;
pub mod settings;
pub mod tokens;
mod widening;

pub use config::Config;
pub use error::Error;
