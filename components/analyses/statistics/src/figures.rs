//! How many digits of a result are said.

use serde_json::Value;

/// Significant digits of estimates.
const DIGITS: usize = 6;

/// An estimate as JSON, with six significant digits; `null` where it is not finite.
pub fn estimate(value: f64) -> Value {
    Value::from(rounded(value, DIGITS))
}

/// An estimate as JSON of values that differ by `spread`: with more digits than [`estimate`] where six of them would not
/// tell such values apart.
pub fn within(value: f64, spread: f64) -> Value {
    Value::from(rounded(value, digits(value, spread)))
}

/// Six, and one more for each power of ten by which the value is larger than the spread; 17 identify any float.
pub fn digits(value: f64, spread: f64) -> usize {
    let (size, spread) = (libm::log10(value.abs()), libm::log10(spread.abs()));
    let more = size - spread;
    if more.is_finite() && more > 0.0 {
        (DIGITS + more as usize).min(17)
    } else {
        DIGITS
    }
}

/// A probability as JSON: six significant digits, and 0 for what is too small to be told from it.
pub fn probability(value: f64) -> Value {
    estimate(if value < 1e-300 { 0.0 } else { value })
}

/// Estimates as a list.
pub fn estimates(values: &[f64]) -> Value {
    values.iter().copied().map(estimate).collect()
}

/// The number of so many significant digits that is nearest to `value`.
pub fn rounded(value: f64, digits: usize) -> f64 {
    if !value.is_finite() {
        return f64::NAN;
    }
    let text = format!("{value:.*e}", digits.saturating_sub(1));
    let rounded: f64 = text.parse().unwrap_or(value);
    // The largest floats round up to infinity. Adding nought makes a nought of -0.
    if rounded.is_finite() {
        rounded + 0.0
    } else {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn six_significant_digits_and_null_for_what_is_no_number() {
        assert_eq!(estimate(1.0 / 3.0).to_string(), "0.333333");
        assert_eq!(estimate(123_456_789.0).to_string(), "123457000.0");
        assert_eq!(estimate(-0.0).to_string(), "0.0");
        assert_eq!(estimate(f64::INFINITY), Value::Null);
        assert_eq!(rounded(1.797e308, 3), 1.797e308);
        assert_eq!(within(1_000_000_000.25, 0.5).to_string(), "1000000000.25");
        assert_eq!(within(20.0 / 3.0, 0.0).to_string(), "6.66667");
        assert_eq!(within(20.0 / 3.0, 10.0).to_string(), "6.66667");
        assert_eq!(probability(1e-310).to_string(), "0.0");
    }
}
