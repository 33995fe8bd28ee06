//! Almanac's library: everything its components share, in four layers that know each other in
//! one direction only.
//!
//! | layer | what it is | what it must not know |
//! |---|---|---|
//! | [`http`] | requests and responses, `application/problem+json`, reading bodies and query strings | keys, scripts |
//! | [`app`] | the use cases: create a dataset, import a file, query points, submit and run jobs | HTTP, key names, the clock |
//! | [`domain`] | names, times, fields, columns, filters, the import formats | input and output, async, the clock, JSON, the SDK |
//! | [`store`] | every Redis key, encoding and script, over a narrow [`store::Connection`] | HTTP, use cases |
//!
//! A noun has the same file name in each layer: `points.rs`, `datasets.rs`, `jobs.rs`.

pub mod app;
pub mod domain;
pub mod http;
pub mod store;
