//! The statistical analyses, run as jobs. What they compute is checked in components/analyses/statistics.

use it::{Call, file, fresh, shared};
use serde_json::{Value, json};

/// A dataset of its own with this file, made anew for each test.
fn dataset(csv: impl Into<Vec<u8>>, time: &str) -> String {
    let name = fresh("series");
    shared().import_csv(&name, &format!("time={time}"), csv);
    name
}

fn run(analysis: &str, dataset: &str, params: Value) -> Value {
    shared().run_job(&json!({"analysis": analysis, "dataset": dataset, "params": params}))
}

/// The result of a job and the names of its files; every file must be there.
#[track_caller]
fn done(analysis: &str, dataset: &str, params: Value) -> (Value, Vec<String>) {
    let job = run(analysis, dataset, params);
    assert_eq!(job["status"], "complete", "{job}");
    let files = job["files"].as_array().expect("files");
    for file in files {
        let url = file["url"].as_str().expect("an address");
        let _ = shared().send(Call::get(url)).expect(200);
    }
    let name = |file: &Value| file["name"].as_str().expect("a name").to_owned();
    (job["result"].clone(), files.iter().map(name).collect())
}

#[track_caller]
fn near(value: &Value, expected: f64, tolerance: f64) {
    let number = value.as_f64().expect("a number");
    assert!(
        (number - expected).abs() <= tolerance,
        "{number}, not {expected}"
    );
}

#[test]
fn a_forecast_beats_the_benchmark_on_carbon_dioxide() {
    let name = dataset(file("data/co2.csv"), "month");
    let (result, files) = done(
        "forecast",
        &name,
        json!({"field": "average", "horizon": 12}),
    );
    assert_eq!(
        (&result["season"], &result["every"]),
        (&json!(12), &json!("1mo"))
    );
    assert_eq!(result["forecast"].as_array().map(Vec::len), Some(12));
    assert_eq!(result["forecast"][0]["time"], "2026-07-01T00:00:00Z");
    near(&result["forecast"][0]["mean"], 429.7, 0.5);
    assert!(result["backtest"]["skill"].as_f64() > Some(0.5), "{result}");
    assert_eq!(files, ["forecast.svg", "forecast.png", "forecast.csv"]);
}

#[test]
fn carbon_dioxide_is_described_in_every_way() {
    let name = dataset(file("data/co2.csv"), "month");
    let (trend, _) = done("trend", &name, json!({"field": "deseasonalized"}));
    assert_eq!(trend["per"], "year");
    near(&trend["linear"]["slope"], 1.7, 0.1);
    near(&trend["mann_kendall"]["tau"], 1.0, 0.01);
    let (parts, files) = done("decompose", &name, json!({"field": "average"}));
    assert_eq!(parts["seasons"][0]["steps"], 12);
    assert!(
        parts["seasons"][0]["strength"].as_f64() > Some(0.9),
        "{parts}"
    );
    assert!(files.contains(&"decomposition.csv".to_owned()), "{files:?}");
    let params = json!({"field": "average", "change": "line", "least": 60});
    let (changes, _) = done("changepoints", &name, params);
    let count = changes["changes"].as_array().map(Vec::len);
    assert_eq!(
        changes["segments"].as_array().map(Vec::len),
        count.map(|count| count + 1)
    );
    let period = |start: &str, end: &str| json!({"start": start, "end": end});
    let params = json!({"field": "average", "first": period("1990", "2000"), "second": period("2010", "2020")});
    let (difference, _) = done("compare", &name, params);
    near(&difference["welch"]["difference"], 39.82, 0.01);
    near(&difference["kolmogorov_smirnov"]["d"], 1.0, 0.0);
}

#[test]
fn weather_is_described_in_every_way() {
    let name = dataset(file("data/weather.csv"), "date");
    let (summary, _) = done("summary", &name, json!({"by": "weather"}));
    assert_eq!(summary["groups"][0]["group"], "drizzle", "{summary}");
    let (bins, _) = done("histogram", &name, json!({"field": "wind", "bins": 9}));
    let counts = bins["counts"].as_array().expect("counts");
    assert_eq!(counts.iter().filter_map(Value::as_u64).sum::<u64>(), 731);
    let params = json!({"fields": ["temp_max", "temp_min", "wind"], "lags": 3});
    let (correlation, _) = done("correlation", &name, params);
    // As numpy.corrcoef has it.
    near(&correlation["matrix"][0][1], 0.8707, 0.02);
    let (outliers, _) = done("outliers", &name, json!({"field": "wind", "method": "mad"}));
    assert!(outliers["count"].as_u64() > Some(0), "{outliers}");
}

#[test]
fn what_cannot_be_analysed_is_refused_with_a_reason() {
    let with = |field: &str| -> [(&str, Value); 9] {
        [
            ("forecast", json!({"field": field})),
            ("histogram", json!({"field": field})),
            ("trend", json!({"field": field})),
            ("decompose", json!({"field": field})),
            ("outliers", json!({"field": field})),
            ("changepoints", json!({"field": field})),
            ("summary", json!({"fields": [field]})),
            ("correlation", json!({"fields": [field, "other"]})),
            ("compare", json!({"field": field, "other": "other"})),
        ]
    };
    let day = |at: u32, cells: &str| format!("2024-01-{:02},{cells}\n", at + 1);
    let constant: String = (0..4).map(|at| day(at, &format!("5,{at}"))).collect();
    let missing: String = (0..4).map(|at| day(at, &format!(",{at}"))).collect();
    let cases = [
        (day(0, "1,2"), "", "only one value"),
        (constant, "", "constant"),
        (missing.clone(), "", "All 4 values are missing"),
        (missing, "2030", "no points"),
    ];
    for (rows, start, reason) in cases {
        let name = dataset(format!("time,level,other\n{rows}"), "time");
        for (analysis, params) in with("level") {
            let mut body = json!({"analysis": analysis, "dataset": name, "params": params});
            if !start.is_empty() {
                body["start"] = start.into();
            }
            let job = shared().run_job(&body);
            if analysis == "summary" && matches!(reason, "only one value" | "constant") {
                assert_eq!(job["status"], "complete", "{job}");
                continue;
            }
            assert_eq!(job["status"], "failed", "{job}");
            let error = job["error"].to_string();
            assert!(error.contains(reason), "{analysis}: {error}");
        }
    }
    let words = "time,sky,other\n2024-01-01,blue,1\n2024-01-02,grey,2\n";
    let name = dataset(words, "time");
    for (analysis, params) in with("sky") {
        let body = json!({"analysis": analysis, "dataset": name, "params": params});
        shared()
            .send(Call::post("/jobs").json(&body))
            .expect_problem(&[422], "sky");
    }
    // Seven years are too few for two seasons of 60 months.
    let months: String = (0..84)
        .map(|at| format!("{}-{:02}-01,{}\n", 2000 + at / 12, at % 12 + 1, at % 7))
        .collect();
    let name = dataset(format!("time,level\n{months}"), "time");
    let job = run(
        "decompose",
        &name,
        json!({"field": "level", "seasons": [60]}),
    );
    assert!(job["error"].to_string().contains("too short"), "{job}");
}
