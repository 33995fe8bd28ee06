use analyst::trial::{run, table};
use analyst::types::Values;
use serde_json::{Value, json};
use statistics::step::{DAY, Step};

use super::*;

fn marked(parameters: Value, times: Vec<i64>, values: Values) -> Result<Value, String> {
    let mut parameters = parameters;
    parameters["field"] = json!("level");
    let (result, files) =
        run::<Run<task::Stage>>(&parameters, table(times, vec![("level", values)]))?;
    assert_eq!(files.len(), 3);
    Ok(result)
}

fn months(count: i64) -> (Vec<i64>, Vec<f64>) {
    let value = |i: i64| {
        (i as f64 / 12.0 * std::f64::consts::TAU).sin() * 10.0 + ((i * 7919) % 13) as f64 / 13.0
    };
    (
        (0..count).map(|i| Step::Months(1).after(0, i)).collect(),
        (0..count).map(value).collect(),
    )
}

#[test]
fn a_value_usual_in_summer_is_an_outlier_in_winter() {
    let (times, mut values) = months(120);
    values[57] = 9.0;
    let found = |result: &Value| -> Vec<String> {
        let rows = result["outliers"].as_array().expect("rows");
        rows.iter()
            .map(|row| row["time"].as_str().expect("a time").to_owned())
            .collect()
    };
    let result = marked(json!({}), times.clone(), Values::Numbers(values.clone())).expect("done");
    assert_eq!(
        (&result["method"], &result["season"]),
        (&json!("seasonal"), &json!(12))
    );
    assert_eq!(found(&result), ["1974-10-01T00:00:00Z"]);
    let result = marked(
        json!({"method": "mad"}),
        times.clone(),
        Values::Numbers(values.clone()),
    )
    .expect("done");
    assert_eq!(
        (&result["method"], &result["count"]),
        (&json!("mad"), &json!(0))
    );
    values[3] = 99.0;
    let result = marked(json!({"season": 1}), times, Values::Numbers(values)).expect("done");
    assert_eq!(found(&result), ["1970-04-01T00:00:00Z"]);
}

fn days(count: usize) -> Vec<i64> {
    (0..count as i64).map(|i| i * DAY).collect()
}

fn count(mut parameters: Value, values: Vec<f64>) -> (String, u64) {
    let times = days(values.len());
    // A small picture, which is quick to draw.
    (
        parameters["width"],
        parameters["height"],
        parameters["scale"],
    ) = (json!(200), json!(200), json!(1));
    let result = marked(parameters, times, Values::Numbers(values)).expect("done");
    let method = result["method"].as_str().expect("a method").to_owned();
    (method, result["count"].as_u64().expect("a count"))
}

#[test]
fn what_is_exactly_as_expected_has_no_outliers() {
    let week = [10.1, 20.3, 30.7, 20.2, 10.9, 5.5, 3.3];
    let of = |count: usize, value: &dyn Fn(f64) -> f64| -> Vec<f64> {
        (0..count).map(|i| value(i as f64)).collect()
    };
    let mut wrong = Vec::new();
    for (what, values) in [
        ("a week", of(70, &|i| week[i as usize % 7])),
        ("a week at 1e300", of(70, &|i| 1e300 * week[i as usize % 7])),
        (
            "a week at 1e-310",
            of(70, &|i| 1e-310 * week[i as usize % 7]),
        ),
        (
            "a week and a line",
            of(700, &|i| week[i as usize % 7] + 0.1 * i),
        ),
        (
            "a week that grows",
            of(700, &|i| week[i as usize % 7] * libm::exp(0.003 * i)),
        ),
        (
            "a week and a bend",
            of(700, &|i| week[i as usize % 7] + 1e-4 * i * i),
        ),
        (
            "ten days",
            of(100, &|i| if i % 10.0 == 0.0 { 5.0 } else { 0.0 }),
        ),
        (
            "a year",
            of(1500, &|i| (i / 365.0 * std::f64::consts::TAU).sin()),
        ),
        ("a line", of(500, &|i| 0.1 * i)),
        ("a short line", of(9, &|i| 0.1 * i)),
        ("a line far from 0", of(500, &|i| 1e9 + 0.1 * i)),
        ("a falling line", of(50, &|i| 7.0 - 0.3 * i)),
        ("a line at 1e305", of(500, &|i| 1e305 * (i - 250.0))),
        ("a parabola", of(300, &|i| 0.01 * i * i - i)),
        ("a cubic", of(300, &|i| 1e-4 * i * i * i)),
        ("growth", of(60, &|i| 3.0 * libm::exp(0.03 * i))),
        ("fast growth", of(1000, &|i| libm::exp(0.5 * i))),
        ("decay", of(400, &|i| libm::exp(-0.05 * i))),
        ("a root", of(400, &|i| i.sqrt())),
        (
            "a logistic curve",
            of(400, &|i| 1.0 / (1.0 + libm::exp(20.0 - 0.1 * i))),
        ),
        ("a slow wave", of(400, &|i| (i / 50.0).sin())),
        (
            "a wave of 30",
            of(400, &|i| (i / 30.0 * std::f64::consts::TAU).sin()),
        ),
        (
            "a wave of 50",
            of(333, &|i| (i / 50.0 * std::f64::consts::TAU + 1.0).cos()),
        ),
        (
            "a wave of 100",
            of(1000, &|i| {
                (i / 100.0 * std::f64::consts::TAU).cos() + 0.01 * i
            }),
        ),
        (
            "two waves",
            of(700, &|i| (i / 30.4).sin() + 3.0 * (i / 101.3).cos()),
        ),
        ("a staircase", of(400, &|i| (i / 40.0).floor())),
        (
            "rounding noise",
            of(100, &|i| if i % 3.0 == 0.0 { 0.3 } else { 0.1 + 0.2 }),
        ),
    ] {
        let (method, count) = count(json!({}), values);
        if count > 0 {
            wrong.push(format!("{what} by {method}: {count}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn a_wrong_value_among_exact_ones_is_found() {
    let week = [10.1, 20.3, 30.7, 20.2, 10.9, 5.5, 3.3];
    for (at, of) in [(33, 70), (0, 140), (139, 140)] {
        let mut values: Vec<f64> = (0..of).map(|i| week[i % 7]).collect();
        values[at] += 8.0;
        let times = days(values.len());
        let result = marked(json!({}), times, Values::Numbers(values)).expect("done");
        let rows = result["outliers"].as_array().expect("rows");
        assert_eq!(rows.len(), 1, "{at}: {result}");
        assert_eq!(rows[0]["time"], statistics::step::words_of(at as i64 * DAY));
        let mut line: Vec<f64> = (0..of).map(|i| i as f64 * 0.7).collect();
        line[at] += 8.0;
        assert_eq!(count(json!({}), line).1, 1, "{at} of a line");
    }
}

#[test]
fn a_trend_is_removed_and_noise_around_it_is_usual() {
    let mut deviates = statistics::normal::Deviates::new(11);
    let mut values: Vec<f64> = (0..600)
        .map(|i| 0.5 * f64::from(i) + deviates.draw())
        .collect();
    values[40] += 9.0;
    values[598] -= 9.0;
    let result = marked(json!({}), days(600), Values::Numbers(values.clone())).expect("done");
    assert_eq!(
        (&result["method"], &result["transform"]),
        (&json!("trend"), &json!("none"))
    );
    let times: Vec<&str> = result["outliers"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["time"].as_str())
        .collect();
    assert!(
        times.contains(&"1970-02-10T00:00:00Z") && times.contains(&"1971-08-22T00:00:00Z"),
        "{result}"
    );
    assert!(times.len() <= 3, "{result}");
    let sd = result["sd"].as_f64().expect("a number");
    assert!((0.85..1.15).contains(&sd), "{sd}");
    assert_eq!(count(json!({"method": "mad"}), values).1, 0);
}

/// Closes of business days: geometric Brownian motion with a yearly drift and volatility.
fn closes(seed: u64, years: i64, drift: f64, volatility: f64) -> (Vec<i64>, Vec<f64>) {
    let mut deviates = statistics::normal::Deviates::new(seed);
    let mut log = libm::log(100.0);
    let times: Vec<i64> = (0..years * 365)
        .filter(|day| (day + 3) % 7 < 5)
        .map(|day| day * DAY)
        .collect();
    let mut next = |_: &i64| {
        log += drift / 252.0 + volatility / 252.0_f64.sqrt() * deviates.draw();
        (libm::exp(log) * 100.0).round() / 100.0
    };
    let values = times.iter().map(&mut next).collect();
    (times, values)
}

#[test]
fn closes_over_decades_are_not_outliers() {
    for (years, drift, volatility) in [
        (40, 0.08, 0.16),
        (40, 0.08, 0.2),
        (20, 0.1, 0.18),
        (8, 0.12, 0.2),
    ] {
        for seed in 1..=3 {
            for mut every in [json!({}), json!({"every": "business_day"})] {
                (every["width"], every["height"]) = (json!(300), json!(200));
                let (times, values) = closes(seed, years, drift, volatility);
                let all = values.len() as f64;
                let result = marked(every, times, Values::Numbers(values)).expect("done");
                let rows = result["outliers"].as_array().expect("rows");
                let share = rows.len() as f64 / all;
                assert!(share < 0.01, "{years} {seed}: {share} {}", result["method"]);
            }
        }
    }
}

#[test]
fn values_that_share_their_time_are_remarked_on() {
    let (times, values) = months(120);
    let twice = |list: Vec<f64>| {
        list.into_iter()
            .flat_map(|value| [value, value + 1.0])
            .collect()
    };
    let times: Vec<i64> = times.into_iter().flat_map(|time| [time, time]).collect();
    for (parameters, how) in [
        (json!({}), "the mean of each time"),
        (json!({"method": "mad"}), "compared with the median of all"),
    ] {
        let result = marked(
            parameters,
            times.clone(),
            Values::Numbers(twice(values.clone())),
        );
        let notes = result.expect("done")["notes"].to_string();
        assert!(
            notes.contains("240 of 240") && notes.contains(how),
            "{notes}"
        );
    }
}

#[test]
fn what_has_no_outliers_to_look_for_is_refused_with_a_reason() {
    let days = |count: i64| (0..count).map(|i| i * DAY).collect::<Vec<i64>>();
    let (_, some) = months(20);
    for (parameters, times, values, reason) in [
        (json!({}), vec![], Values::Numbers(vec![]), "no points"),
        (
            json!({}),
            days(1),
            Values::Numbers(vec![1.0]),
            "only one value",
        ),
        (
            json!({}),
            days(3),
            Values::Numbers(vec![f64::NAN; 3]),
            "All 3 values",
        ),
        (
            json!({}),
            days(9),
            Values::Numbers(vec![4.0; 9]),
            "constant",
        ),
        (
            json!({"method": "seasonal", "season": 11}),
            days(20),
            Values::Numbers(some.clone()),
            "season of 11 steps",
        ),
        (
            json!({"method": "seasonal"}),
            days(10),
            Values::Numbers(some[..10].to_vec()),
            "no season",
        ),
        (
            json!({}),
            days(2),
            Values::Booleans(vec![1, 0]),
            "no numbers",
        ),
    ] {
        let why = marked(parameters, times, values).expect_err(reason);
        assert!(why.contains(reason), "{why}");
    }
}

#[test]
fn more_values_than_a_trend_can_have_are_compared_with_the_median_and_a_note() {
    let values: Vec<f64> = (0..50_001).map(f64::from).collect();
    let parameters = json!({"width": 300, "height": 200, "season": 1});
    let times = days(values.len());
    let result = marked(parameters, times, Values::Numbers(values)).expect("done");
    assert_eq!(result["method"], "mad");
    let notes = result["notes"].to_string();
    assert!(
        notes.contains("50000") && notes.contains("`every`"),
        "{notes}"
    );
}

#[test]
fn extreme_magnitudes_have_the_outliers_of_others() {
    let (times, mut values) = months(120);
    values[57] = 9.0;
    for method in ["mad", "trend", "seasonal"] {
        let of = |unit: f64| {
            let parameters = json!({"method": method, "threshold": 2, "width": 300, "season": 12});
            let values = values.iter().map(|value| value * unit).collect();
            marked(parameters, times.clone(), Values::Numbers(values)).expect("done")
        };
        let usual = of(1.0);
        for unit in [1e-310, 1e-200, 1e200, 1e307] {
            let result = of(unit);
            assert_eq!(result["count"], usual["count"], "{method} {unit}");
            let sd = |result: &Value| result["sd"].as_f64().expect("a number");
            assert!(
                (sd(&result) / unit / sd(&usual) - 1.0).abs() < 1e-4,
                "{method} {unit}"
            );
        }
    }
}
