//! The edge: HTTP requests and responses, free of any SDK.
//!
//! | file | what it is |
//! |---|---|
//! | [`request`] | a request with its decoded path, and its body read within a limit |
//! | [`response`] | a response, its body whole or streamed |
//! | [`problem`] | `application/problem+json`, and what each error of the use cases answers |
//! | [`parameters`] | reading a query string so strictly that every fault is named |
//! | [`object`] | reading a JSON object likewise |
//! | [`conditions`] | `ETag` and the headers that compare it |
//! | [`asset`] | files that a component holds in itself |
//! | [`cors`] | letting pages from elsewhere read answers |
//! | [`guard`] | what each route demands of its caller |
//! | [`log`] | one line a request |
//! | [`rate`] | how many requests there may be in a minute |
//! | [`job_json`] | how jobs look in JSON |
//! | [`job_query`] | what requests about jobs ask for in queries and headers |
//! | [`metrics`] | the queues in Prometheus' text format |
//! | [`json`] | how datasets, fields, points and times look in JSON |
//! | [`animal_json`] | how the animals of the island look in JSON |
//! | [`aggregate_query`] | what a query string asks of points taken together |
//! | [`point_query`] | which points a query string means |
//! | [`rows`] | points as JSON, NDJSON and CSV |
//! | [`schedule_json`] | how schedules look in JSON |
//! | [`token_json`] | how tokens look in JSON |
//! | [`mod@serve`] | the frame around a component's handler |

pub mod aggregate_query;
pub mod animal_json;
pub mod asset;
pub mod conditions;
pub mod cors;
pub mod guard;
pub mod job_json;
pub mod job_query;
pub mod json;
pub mod log;
pub mod metrics;
pub mod object;
pub mod parameters;
pub mod point_query;
pub mod problem;
pub mod rate;
pub mod request;
pub mod response;
pub mod rows;
pub mod schedule_json;
pub mod serve;
pub mod token_json;

pub use object::Object;
pub use parameters::Parameters;
pub use problem::Problem;
pub use request::Request;
pub use response::Response;
pub use serve::{Context, serve};
