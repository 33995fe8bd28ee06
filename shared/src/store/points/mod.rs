//! The points of a dataset: a short log of recent changes, and immutable, compressed, columnar
//! chunks of everything older.
//!
//! | key | type | what |
//! |---|---|---|
//! | `almanac:{NAME}:dataset` | hash | see below, and [`super::datasets`] |
//! | `almanac:{NAME}:log` | list | changes since the chunks were written, oldest first; see [`log`] |
//! | `almanac:{NAME}:chunks` | sorted set | a description of each chunk, by its first time; see [`chunk`] |
//! | `almanac:{NAME}:chunk:ID` | string | the points of one chunk, by columns; see [`chunk`] |
//! | `almanac:{NAME}:keys` | hash | for a dataset with a key field: each key, and the id of its point; see [`index`] |
//! | `almanac:{NAME}:claims:ID` | hash | keys of a file that is on its way in; expires; see [`claims`] |
//!
//! | field of the hash | what |
//! |---|---|
//! | `version` | grows by one with every committed change |
//! | `sequence` | how many sequence numbers have been handed out to points |
//! | `epoch` | a new value whenever the set of chunks changes; the log only grows within an epoch |
//! | `mutation` | the version of the last change that was not an insertion: who edits or deletes a point first reads it, and the script refuses when this has moved since |
//! | `tombstones` | how many ranges have been deleted |
//! | `stored` | how many points the chunks hold |
//! | `entering` | the hash of a file's keys, as long as they are not all in the index |
//!
//! # How it stays consistent
//!
//! Every change is one script. A writer appends to the log and is given ids and version
//! ([`mod@write`]). Whoever makes the log long compacts it ([`compact()`]): reads a snapshot, writes new
//! chunks under new keys that expire by themselves, and in one script swaps the descriptions, cuts
//! off the part of the log that it has worked in, and lifts the expiry; that script refuses if the
//! epoch has moved. So a crash at any instant leaves either the old state or the new one, and blobs
//! that nobody names, which expire. Replaced chunks live on for a minute, for readers who hold the
//! old descriptions: a read ([`snapshot`], [`scan`]) is of one version.
//!
//! A large import is staged ([`Stage`]): while the file is on its way its points are stored as chunks
//! that nobody names, and in the end the same script names them. For a dataset with a key field its keys wait
//! in a hash of their own; which rows come in and which points they replace is decided from a snapshot,
//! a batch of rows at a time, and holds as long as no point was changed or deleted since: the script looks at
//! that, and that the keys which were free still are. Then the file's keys count, and are moved into the index
//! two thousand at a time.
//!
//! Chunks do not overlap in the order of ids. A deletion by range is one entry of the log; it acts
//! on all points before it, and on none that comes after.

mod arrivals;
mod cache;
mod cells;
pub mod chunk;
mod claims;
mod codec;
pub mod compact;
mod fetch;
mod import;
mod index;
pub mod keys;
pub mod log;
mod overlay;
mod plan;
mod rewrite;
mod runs;
pub mod scan;
mod sift;
pub mod snapshot;
mod stage;
mod swap;
mod verdict;
pub mod write;
mod writer;

#[cfg(test)]
mod tests;

pub use compact::compact;
pub use import::{Conflict, Imported, import, import_staged};
pub use index::{by_key, forget_keys};
pub use scan::{Piece, Scan, Wanted};
pub use snapshot::{Deleted, Reach, Snapshot, Summary, delete_range};
pub use stage::{Arranged, Stage};
pub use write::{Appended, Change, append};
