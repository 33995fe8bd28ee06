//! Names of keys.

use crate::domain::DatasetName;

pub use crate::store::datasets::key as dataset;

pub fn log(name: &DatasetName) -> String {
    format!("almanac:{{{name}}}:log")
}

pub fn chunks(name: &DatasetName) -> String {
    format!("almanac:{{{name}}}:chunks")
}

pub fn chunk_prefix(name: &DatasetName) -> String {
    format!("almanac:{{{name}}}:chunk:")
}

pub fn index(name: &DatasetName) -> String {
    format!("almanac:{{{name}}}:keys")
}

/// Keys that a file claims; see [`super::claims`].
pub fn claims(name: &DatasetName, id: &str) -> String {
    format!("almanac:{{{name}}}:claims:{id}")
}
