//! Figures of single fields against numpy and scipy.

use statistics::summary::{Summary, quantile};

use crate::{must_be, number, numbers, table};

#[test]
fn moments_and_quantiles_are_the_same() {
    for (field, case) in table("summary").as_object().expect("fields") {
        let mut values = numbers(&case["values"]);
        let ours = Summary::new(&values).expect("a summary");
        must_be(field, ours.mean, number(&case["mean"]), 1e-12);
        must_be(field, ours.sd, number(&case["sd"]), 1e-12);
        must_be(field, ours.skewness, number(&case["skewness"]), 1e-10);
        must_be(field, ours.kurtosis, number(&case["kurtosis"]), 1e-9);
        values.sort_unstable_by(f64::total_cmp);
        let shares = [0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0];
        for (share, expected) in shares.into_iter().zip(numbers(&case["quantiles"])) {
            must_be(field, quantile(&values, share), expected, 1e-12);
        }
    }
}
