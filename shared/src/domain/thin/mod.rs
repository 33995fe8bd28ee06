//! Choosing few of many points so that a picture of them keeps its shape.
//!
//! All points, in order of time, are cut into buckets of about as many points each. Of each bucket the
//! points with the least and the greatest value of every field are kept, so no spike is lost; besides
//! them the first and the last point of all, and one point of each long run of missing values, so
//! that gaps stay gaps. Source: U. Jugel et al., "M4: A Visualization-Oriented Time Series Data
//! Aggregation", VLDB 7 (2014), which also keeps the first and the last point of each bucket.
//!
//! Points come in blocks, of which summaries are known beforehand ([`Block`]). A [`Plan`] is made of
//! them, which says which blocks have to be read; a [`Picker`] takes those and picks the points. Where
//! buckets are longer than blocks, each block belongs to one bucket as a whole, and only blocks
//! that hold an extreme or a gap are read.

mod picker;
mod plan;

pub use picker::Picker;
pub use plan::{Block, Plan};

#[cfg(test)]
mod tests;
