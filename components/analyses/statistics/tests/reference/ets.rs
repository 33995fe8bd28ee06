//! Exponential smoothing against statsmodels.

use serde_json::Value;
use statistics::ets::{Form, Model, Smoothing, State, select};

use crate::{all_must_be, must_be, number, numbers, table};

fn form(case: &Value) -> Form {
    let period = case["period"].as_u64().expect("a period") as usize;
    let all = Form::candidates(period, true);
    let form = all.into_iter().find(|form| case["form"] == form.name());
    form.expect("a known form")
}

/// The model with the parameters and states that they found.
fn theirs(case: &Value, values: &[f64]) -> Model {
    let smoothing = Smoothing {
        alpha: number(&case["alpha"]),
        beta: number(&case["beta"]),
        gamma: number(&case["gamma"]),
        phi: number(&case["phi"]),
    };
    let initial = State {
        level: number(&case["level"]),
        slope: number(&case["slope"]),
        season: numbers(&case["season"]),
    };
    Model::of(form(case), smoothing, initial, values).expect("a model")
}

#[test]
fn with_the_same_parameters_likelihood_and_forecasts_are_the_same() {
    let table = table("ets");
    for case in table["cases"].as_array().expect("cases") {
        let values = numbers(&table["series"][case["series"].as_str().expect("a name")]);
        let what = format!("{} of {}", case["form"], case["series"]);
        let model = theirs(case, &values);
        let likelihood = number(&case["log_likelihood"]);
        must_be(&what, model.log_likelihood, likelihood, 1e-7);
        all_must_be(
            &what,
            &model.fitted[values.len() - 3..],
            &numbers(&case["fitted_end"]),
            1e-9,
        );
        let expected = numbers(&case["forecast"]);
        let forecast = model.forecast(expected.len());
        all_must_be(&what, &forecast.means, &expected, 1e-9);
    }
}

/// Theirs are the deviations of 20,000 simulated futures, with a variance not corrected for the figures that were estimated.
#[test]
fn intervals_are_those_of_simulated_futures() {
    let table = table("ets");
    for case in table["cases"].as_array().expect("cases") {
        let values = numbers(&table["series"][case["series"].as_str().expect("a name")]);
        let model = theirs(case, &values);
        let expected = numbers(&case["simulated_deviation"]);
        let correction = (model.variance / number(&case["scale"])).sqrt();
        let intervals = model.forecast(expected.len()).intervals;
        for (ahead, expected) in expected.iter().enumerate() {
            let (low, high) = intervals[1][ahead];
            let deviation = (high - low) / 2.0 / 1.959_963_985 / correction;
            let what = format!("{} of {}, {ahead}", case["form"], case["series"]);
            must_be(&what, deviation, *expected, 0.04);
        }
    }
}

#[test]
fn the_likelihood_found_is_not_less_than_theirs() {
    let table = table("ets");
    for case in table["cases"].as_array().expect("cases") {
        let values = numbers(&table["series"][case["series"].as_str().expect("a name")]);
        let model = Model::fit(form(case), &values).expect("a model");
        let theirs = number(&case["log_likelihood"]);
        assert!(
            model.log_likelihood > theirs - 0.05,
            "{} of {}: {}, and {theirs} elsewhere; {:?}",
            case["form"],
            case["series"],
            model.log_likelihood,
            model.smoothing
        );
    }
}

#[test]
fn the_form_chosen_has_the_least_criterion_of_all() {
    let table = table("ets");
    let values = numbers(&table["series"]["co2"]);
    let best = select(&values, 12).expect("a model");
    for form in Form::candidates(12, true) {
        let model = Model::fit(form, &values).expect("a model");
        assert!(best.aicc <= model.aicc, "{}", form.name());
    }
    assert_ne!(best.form.season, statistics::ets::Season::None);
}

#[test]
fn a_series_that_a_model_follows_exactly_is_continued() {
    let line: Vec<f64> = (1..60).map(|i| 3.0 * f64::from(i)).collect();
    let forecast = select(&line, 1).expect("a model").forecast(2);
    all_must_be("line", &forecast.means, &[180.0, 183.0], 1e-6);
    let wave: Vec<f64> = (0..60).map(|i| [4.0, 7.0, 1.0, -3.0][i % 4]).collect();
    let forecast = select(&wave, 4).expect("a model").forecast(5);
    all_must_be("wave", &forecast.means, &[4.0, 7.0, 1.0, -3.0, 4.0], 1e-5);
}
