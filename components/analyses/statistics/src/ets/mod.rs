//! Exponential smoothing in state-space form: error, trend, season.
//!
//! R. J. Hyndman, A. B. Koehler, J. K. Ord and R. D. Snyder, Forecasting with Exponential Smoothing, Springer
//! 2008; R. J. Hyndman and G. Athanasopoulos, Forecasting: Principles and Practice, 3rd edition, chapter 8. A
//! [`Form`] says which parts a model has and how they join, [`recursion`] runs one over a series, [`Model::fit`]
//! estimates it by maximum likelihood, and [`predict`] continues it with intervals.

mod fit;
mod form;
mod parameters;
mod predict;
mod recursion;
mod start;

pub use fit::{Model, Selection, select};
pub use form::{Error, Form, Season, Trend};
pub use parameters::Smoothing;
pub use recursion::{State, run};

/// The longest season that a model has states for; a longer one has more of them than can be estimated well.
pub const LONGEST_SEASON: usize = 24;
