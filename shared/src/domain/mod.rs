//! Pure types and functions: no input or output, no clock, no randomness, no JSON.

pub mod access;
pub mod aggregate;
pub mod callback;
pub mod column;
pub mod creature;
pub mod dataset;
pub mod fault;
pub mod field;
pub mod filter;
pub mod job;
pub mod names;
pub mod pattern;
pub mod point;
pub mod protein;
pub mod queue;
pub mod relation;
pub mod schedule;
pub mod table;
pub mod thin;
pub mod time;

pub use column::{Column, TextColumn};
pub use dataset::{Dataset, DatasetName};
pub use fault::{Fault, Faults};
pub use field::{Constraints, Field, FieldName, FieldType, Value};
pub use filter::{Comparison, Filter, TimeRange};
pub use job::{Job, JobId};
pub use pattern::Pattern;
pub use point::{Point, PointId};
pub use queue::QueueName;
pub use table::Table;
pub use time::Timestamp;
