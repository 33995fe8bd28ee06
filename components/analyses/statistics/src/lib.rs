//! Statistics of time series: what the statistical analyses compute with.
//!
//! Everything here is a pure function of its arguments: no clock, no randomness but from fixed seeds, and
//! transcendental functions from `libm`, so that the same series gives the same figures.
//!
//! A [`series`] has its points at regular [`step`]s of the calendar; [`seasons`] says after how many of them
//! it repeats itself. What cannot be computed is a [`Refusal`] with a reason for the user.
//!
//! Forecasts: [`ets`] fits exponential smoothing in state-space form with the optimiser of [`bfgs`]; [`naive`] has
//! the benchmarks, [`decomposed`] joins a decomposition with exponential smoothing, and [`backtest`]
//! tells which of these [`forecast`]s serves best.
//!
//! Descriptions: [`summary`], [`bins`], [`correlation`], [`line`], [`local`], [`kendall`], [`outliers`], [`pelt`], [`compare`].
//!
//! What is squared is scaled by a power of two first, see [`magnitude`]; [`notes`] are sentences about the data.

pub mod backtest;
pub mod bfgs;
pub mod bins;
pub mod compare;
pub mod correlation;
pub mod decomposed;
pub mod ets;
pub mod figures;
pub mod forecast;
pub mod kendall;
pub mod line;
pub mod local;
pub mod magnitude;
pub mod naive;
pub mod normal;
pub mod notes;
pub mod outliers;
pub mod pelt;
pub mod ranks;
pub mod refusal;
pub mod seasons;
pub mod series;
pub mod step;
pub mod student;
pub mod summary;

pub use refusal::Refusal;
