//! Why a series cannot be worked on.

use std::fmt;

use crate::step::words_of;

/// What is wrong with a series; its text is a whole sentence for the user.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// There is nothing at all.
    NoPoints,
    /// All of this many values are missing.
    AllMissing(usize),
    /// So many values where the method needs at least so many.
    TooFew { have: usize, need: usize },
    /// All values are this one.
    Constant(f64),
    /// All points have the same time.
    OneInstant,
    /// So many values where a season of so many steps needs at least so many.
    TooShortForSeason {
        have: usize,
        season: usize,
        need: usize,
    },
    /// There is no season that the calendar suggests for such steps, and none was given.
    NoSeason,
    /// So many steps for so few points.
    Sparse { steps: usize, points: usize },
    /// More values than the method can work on.
    TooMany { have: usize, most: usize },
    /// The numbers are too large, or too close to each other, to compute with.
    Numerical,
    /// A figure is larger or smaller than a 64-bit float can be.
    OutOfRange,
    /// A point at a weekend, in milliseconds since 1970, where the step is a business day.
    Weekend(i64),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPoints => write!(f, "There are no points."),
            Self::AllMissing(count) => write!(f, "All {count} values are missing."),
            Self::TooFew { have: 1, need } => write!(
                f,
                "There is only one value, and at least {need} are needed."
            ),
            Self::TooFew { have, need } => write!(
                f,
                "There are only {have} values, and at least {need} are needed."
            ),
            Self::Constant(value) => write!(f, "The series is constant: every value is {value}."),
            Self::OneInstant => write!(f, "All points have the same time."),
            Self::TooShortForSeason { have, season, need } => write!(
                f,
                "The series is too short for a season of {season} steps: it has {have} steps, and at least {need} are needed."
            ),
            Self::NoSeason => write!(
                f,
                "The calendar suggests no season for such a series: give one as `season`, in steps."
            ),
            Self::Sparse { steps, points } => write!(
                f,
                "The points are too irregular: {points} of them are spread over {steps} steps. Give a longer step as `every`, such as `1d`."
            ),
            Self::TooMany { have, most } => write!(
                f,
                "The series has {have} steps, and at most {most} can be worked on. Give a longer step as `every`, such as `1d`, or a shorter range."
            ),
            Self::Numerical => write!(
                f,
                "The values are too large, or too close to each other, to compute with."
            ),
            Self::OutOfRange => write!(
                f,
                "A result is outside the range of 64-bit floating-point numbers (about 1e-317 to 1.79e308): use another unit for the values."
            ),
            Self::Weekend(time) => write!(
                f,
                "The step `business_day` needs points from Monday to Friday (UTC), and there is one at {}.",
                words_of(*time)
            ),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<Refusal> for String {
    fn from(refusal: Refusal) -> Self {
        refusal.to_string()
    }
}

/// The values that are there, in order.
///
/// # Errors
/// [`Refusal::NoPoints`], [`Refusal::AllMissing`], [`Refusal::TooFew`] for fewer than `need`.
pub fn present(values: &[f64], need: usize) -> Result<Vec<f64>, Refusal> {
    let present: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    match present.len() {
        0 if values.is_empty() => Err(Refusal::NoPoints),
        0 => Err(Refusal::AllMissing(values.len())),
        have if have < need => Err(Refusal::TooFew { have, need }),
        _ => Ok(present),
    }
}

/// As [`present`], of values that are not all the same.
///
/// # Errors
/// As [`present`], and [`Refusal::Constant`].
pub fn varied(values: &[f64], need: usize) -> Result<Vec<f64>, Refusal> {
    let present = present(values, need)?;
    match present.first() {
        Some(first) if present.iter().all(|value| value == first) => Err(Refusal::Constant(*first)),
        _ => Ok(present),
    }
}

/// Refuses figures that are not finite.
///
/// # Errors
/// [`Refusal::OutOfRange`].
pub fn finite(figures: &[f64]) -> Result<(), Refusal> {
    if figures.iter().all(|figure| figure.is_finite()) {
        Ok(())
    } else {
        Err(Refusal::OutOfRange)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_bad_series_has_its_reason() {
        let nan = f64::NAN;
        for (values, reason) in [
            (vec![], "no points"),
            (vec![nan, nan], "All 2 values are missing"),
            (vec![nan, 1.0], "only one value"),
            (vec![1.0, 2.0], "only 2 values, and at least 3"),
            (vec![2.5, nan, 2.5, 2.5], "every value is 2.5"),
        ] {
            let refusal = varied(&values, 3).expect_err(reason).to_string();
            assert!(refusal.contains(reason), "{refusal}");
        }
        assert_eq!(varied(&[1.0, nan, 2.0], 2), Ok(vec![1.0, 2.0]));
    }
}
