//! Points taken together: buckets of time, and what is told of the points in each.
//!
//! | file | what it knows |
//! |---|---|
//! | `every` | how long a bucket is |
//! | `buckets` | where a bucket of time begins and ends: calendars, time zones, clock changes |
//! | `functions` | the functions by name |
//! | `accumulator` | the functions of one field over one bucket |
//! | `aggregator` | points, in order of time, on their way into buckets and groups |
//! | `moments` | standard deviations |
//! | `sum` | sums, and summaries that stand for points |
//! | `groups` | the distinct values of the field that points are grouped by |
//! | `fill` | what stands in buckets without points |

mod accumulator;
mod aggregator;
mod buckets;
mod every;
mod fill;
mod functions;
mod groups;
mod moments;
mod sum;

pub use aggregator::{Aggregator, Answer, Excess, Plan};
pub use buckets::{Buckets, Span};
pub use every::Every;
pub use fill::Fill;
pub use functions::Function;
pub use groups::MAX_GROUPS;
pub use sum::{Summaries, Summary, summarise};
