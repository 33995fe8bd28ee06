use analyst::trial;
use analyst::types::{File, Table, Values};
use serde_json::{Value, json};
use statistics::step::{DAY, Step};

use super::*;

fn table(times: Vec<i64>, values: Values) -> Table {
    trial::table(times, vec![("level", values)])
}

fn run(parameters: Value, table: Table) -> Result<(Value, Vec<File>), String> {
    trial::run::<Run<task::Stage>>(&parameters, table)
}

/// Months with a season and a trend, and something like noise.
fn months(count: i64) -> (Vec<i64>, Vec<f64>) {
    let times = (0..count).map(|i| Step::Months(1).after(0, i)).collect();
    let value = |i: i64| {
        let season = [
            3.0, 1.0, -2.0, -4.0, -3.0, 0.0, 1.0, 2.0, 4.0, 2.0, -2.0, -2.0,
        ];
        let noise = ((i * 7919) % 23) as f64 / 23.0 - 0.5;
        50.0 + 0.2 * i as f64 + season[(i % 12) as usize] + noise
    };
    (times, (0..count).map(value).collect())
}

#[test]
fn a_season_is_found_and_continued_better_than_by_the_benchmark() {
    let (times, values) = months(150);
    let next = months(162).1[150..].to_vec();
    let parameters = json!({"field": "level", "horizon": 12});
    let (result, files) = run(parameters, table(times, Values::Numbers(values))).expect("done");
    assert_eq!(result["season"], 12);
    assert_eq!(result["every"], "1mo");
    let rows = result["forecast"].as_array().expect("rows");
    assert_eq!(rows.len(), 12);
    assert_eq!(rows[0]["time"], "1982-07-01T00:00:00Z");
    for (row, next) in rows.iter().zip(next) {
        let figure = |name: &str| row[name].as_f64().expect("a number");
        assert!((figure("mean") - next).abs() < 1.5, "{row} {next}");
        assert!(figure("low_95") < figure("low_80") && figure("high_80") < figure("high_95"));
        assert!(
            figure("low_95") < next && next < figure("high_95"),
            "{row} {next}"
        );
    }
    let scores = result["backtest"]["scores"].as_array().expect("scores");
    assert_eq!(scores[0]["method"], result["method"]);
    assert_eq!(scores.len(), 4);
    assert!(result["backtest"]["skill"].as_f64() > Some(0.3), "{result}");
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(names, ["forecast.svg", "forecast.png", "forecast.csv"]);
    let csv = String::from_utf8_lossy(&files[2].bytes);
    assert_eq!(csv.lines().count(), 13);
}

#[test]
fn every_method_can_be_asked_for_and_repeats_itself() {
    for method in ["naive", "seasonal_naive", "ets", "stl_ets"] {
        let once = || {
            let (times, values) = months(100);
            let parameters = json!({"field": "level", "method": method, "season": 12});
            let (result, files) =
                run(parameters, table(times, Values::Numbers(values))).expect("done");
            assert_eq!(result["method"], method);
            assert_eq!(result["forecast"].as_array().map(Vec::len), Some(20));
            (
                result,
                files.into_iter().map(|file| file.bytes).collect::<Vec<_>>(),
            )
        };
        assert_eq!(once(), once());
    }
}

/// Closes of business days with a week in them, at 16:00, with one holiday.
fn closes(weeks: i64) -> (Vec<i64>, Vec<f64>) {
    let days = (4..4 + 7 * weeks).filter(|day| (day + 3) % 7 < 5 && *day != 67);
    let value = |day: i64| 100.0 + 3.0 * ((day + 3) % 7) as f64 + ((day * 7919) % 23) as f64 / 23.0;
    days.map(|day| (day * DAY + 16 * DAY / 24, value(day)))
        .unzip()
}

#[test]
fn business_days_have_a_week_of_five_and_no_weekends() {
    let (times, values) = closes(30);
    let parameters = json!({"field": "level", "every": "business_day", "horizon": 7});
    let (result, _) = run(
        parameters,
        table(times.clone(), Values::Numbers(values.clone())),
    )
    .expect("done");
    assert_eq!(
        (&result["every"], &result["season"]),
        (&json!("business_day"), &json!(5))
    );
    assert_eq!(
        (&result["steps"], &result["filled"], &result["notes"]),
        (&json!(150), &json!(1), &json!([]))
    );
    let ahead: Vec<&str> = result["forecast"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(|row| row["time"].as_str())
        .collect();
    assert_eq!(
        ahead.iter().map(|time| &time[..10]).collect::<Vec<_>>(),
        [
            "1970-08-03",
            "1970-08-04",
            "1970-08-05",
            "1970-08-06",
            "1970-08-07",
            "1970-08-10",
            "1970-08-11"
        ]
    );
    let mean = |row: usize| result["forecast"][row]["mean"].as_f64().expect("a mean");
    assert!(
        (mean(0) - 100.5).abs() < 1.0 && (mean(4) - 112.5).abs() < 1.0,
        "{result}"
    );
    let (result, _) = run(
        json!({"field": "level"}),
        table(times.clone(), Values::Numbers(values.clone())),
    )
    .expect("done");
    assert!(
        result["notes"][0]
            .as_str()
            .is_some_and(|note| note.contains("business_day")),
        "{result}"
    );
    let (mut times, mut values) = (times, values);
    times.push(212 * DAY);
    values.push(1.0);
    let parameters = json!({"field": "level", "every": "business_day"});
    let why = run(parameters, table(times, Values::Numbers(values)));
    let why = why.map(|_| ()).expect_err("a weekend");
    assert!(
        why.contains("Monday to Friday") && why.contains("1970-08-01"),
        "{why}"
    );
}

#[test]
fn values_of_one_time_are_averaged_with_a_note() {
    let (times, values) = months(60);
    let times = times.into_iter().flat_map(|time| [time, time]).collect();
    let values = values
        .into_iter()
        .flat_map(|value| [value - 1.0, value + 1.0])
        .collect();
    let (result, _) = run(
        json!({"field": "level"}),
        table(times, Values::Numbers(values)),
    )
    .expect("done");
    assert_eq!(result["steps"], 60);
    assert!(
        result["notes"][0]
            .as_str()
            .is_some_and(|note| note.contains("120 of 120") && note.contains("mean")),
        "{result}"
    );
}

#[test]
fn extreme_magnitudes_have_the_forecast_of_others_or_are_refused() {
    let (times, values) = months(60);
    for method in ["naive", "ets", "stl_ets"] {
        let of = |unit: f64| {
            let parameters = json!({"field": "level", "method": method, "season": 12, "horizon": 3, "width": 300, "height": 200});
            let values = values.iter().map(|value| value * unit).collect();
            run(parameters, table(times.clone(), Values::Numbers(values))).map(|(result, _)| result)
        };
        let usual = of(1.0).expect("done");
        for unit in [1e-310, 1e-160, 1e160, 1e300, 1e306] {
            let result = of(unit).expect("done");
            for figure in ["mean", "low_80", "high_95"] {
                let at = |result: &Value| result["forecast"][2][figure].as_f64().expect("a number");
                let quotient = at(&result) / unit / at(&usual);
                assert!(
                    (quotient - 1.0).abs() < 1e-3,
                    "{method} {unit} {figure}: {quotient}"
                );
            }
            let at = |result: &Value| {
                result["backtest"]["scores"][0]["rmse"]
                    .as_f64()
                    .expect("a number")
            };
            assert!(
                (at(&result) / unit / at(&usual) - 1.0).abs() < 1e-3,
                "{unit} {result}"
            );
        }
    }
    let rising: Vec<f64> = (1..=40).map(|i| 4.4e306 * f64::from(i)).collect();
    let times = (0..40).map(|i| i * DAY).collect();
    let parameters = json!({"field": "level", "method": "ets", "horizon": 10});
    let why = run(parameters, table(times, Values::Numbers(rising))).expect_err("too large");
    assert!(why.contains("outside the range"), "{why}");
}

#[test]
fn what_cannot_be_forecast_is_refused_with_a_reason() {
    let nan = f64::NAN;
    let days = |count: i64| (0..count).map(|i| i * DAY).collect::<Vec<i64>>();
    let (_, some) = months(40);
    for (parameters, times, values, reason) in [
        (json!({}), days(0), Values::Numbers(vec![]), "no points"),
        (
            json!({}),
            days(1),
            Values::Numbers(vec![1.0]),
            "only one value",
        ),
        (
            json!({}),
            days(3),
            Values::Numbers(vec![nan; 3]),
            "All 3 values are missing",
        ),
        (
            json!({}),
            days(30),
            Values::Numbers(vec![7.0; 30]),
            "constant",
        ),
        (
            json!({}),
            days(5),
            Values::Numbers(some[..5].to_vec()),
            "only 5 values",
        ),
        (
            json!({}),
            vec![7; 40],
            Values::Numbers(some.clone()),
            "the same time",
        ),
        (
            json!({"season": 20}),
            days(40),
            Values::Numbers(some.clone()),
            "season of 20 steps",
        ),
        (
            json!({"method": "stl_ets", "season": 1}),
            days(40),
            Values::Numbers(some.clone()),
            "no season",
        ),
        (
            json!({"horizon": 100}),
            days(40),
            Values::Numbers(some.clone()),
            "at least 112",
        ),
        (
            json!({}),
            days(2),
            Values::Booleans(vec![0, 1]),
            "no numbers",
        ),
    ] {
        let mut parameters = parameters;
        parameters["field"] = json!("level");
        let why = run(parameters, table(times, values)).expect_err(reason);
        assert!(why.contains(reason), "{why}");
    }
}

#[test]
fn faults_of_the_parameters_are_named() {
    let fields = || {
        table(vec![], Values::Numbers(vec![]))
            .columns
            .into_iter()
            .map(|c| c.field)
            .collect()
    };
    let select = |parameters: Value| Forecast::select(parameters.to_string(), fields());
    assert_eq!(
        select(json!({"field": "level"})),
        Ok(vec!["level".to_owned()])
    );
    for (parameters, reason) in [
        (json!({"field": "height"}), "no field `height`"),
        (json!({"field": "level", "every": "often"}), "`often`"),
        (
            json!({"field": "level", "width": 4000, "height": 4000}),
            "million pixels",
        ),
    ] {
        let faults = select(parameters).expect_err(reason).concat();
        assert!(faults.contains(reason), "{faults}");
    }
}
