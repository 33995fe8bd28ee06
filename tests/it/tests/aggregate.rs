//! `/datasets/:name/aggregate`.

use it::{Call, file, fresh, shared};
use serde_json::{Value, json};

/// The sample data on Seattle's weather, imported anew.
fn weather() -> String {
    let name = fresh("weather");
    shared().import_csv(&name, "time=date", file("data/weather.csv"));
    name
}

/// A dataset from a CSV of times, numbers and words.
fn dataset(rows: &[(&str, &str, &str)]) -> String {
    let name = fresh("buckets");
    let line = |(time, value, word): &(&str, &str, &str)| format!("{time},{value},{word}\n");
    let csv: String = std::iter::once("time,value,word\n".to_owned())
        .chain(rows.iter().map(line))
        .collect();
    shared().import_csv(&name, "", csv);
    name
}

#[track_caller]
fn buckets(dataset: &str, query: &str) -> Vec<Value> {
    let answer = shared().get(&format!("/datasets/{dataset}/aggregate?{query}"));
    answer["buckets"]
        .as_array()
        .unwrap_or_else(|| panic!("no buckets: {answer}"))
        .clone()
}

fn path(dataset: &str, query: &str) -> String {
    format!("/datasets/{dataset}/aggregate?{query}")
}

#[test]
fn months_of_weather_are_told_by_several_functions() {
    let name = weather();
    let query = "every=1mo&fn=mean,min,max,count&fields=temp_max,precipitation&start=2012&end=2013";
    let months = buckets(&name, query);
    assert_eq!(months.len(), 12);
    // From the file: January 2012.
    let csv = file("data/weather.csv");
    let january: Vec<f64> = csv
        .lines()
        .filter(|line| line.starts_with("2012-01"))
        .map(|line| {
            line.split(',')
                .nth(2)
                .expect("temp_max")
                .parse()
                .expect("a number")
        })
        .collect();
    let first = &months[0];
    assert_eq!(first["time"], "2012-01-01T00:00:00Z");
    assert_eq!(first["temp_max_count"], 31);
    let mean = january.iter().sum::<f64>() / january.len() as f64;
    assert!(
        (first["temp_max_mean"].as_f64().expect("a mean") - mean).abs() < 1e-9,
        "{first}"
    );
    assert_eq!(
        first["temp_max_min"],
        january.iter().copied().fold(f64::INFINITY, f64::min)
    );
    assert_eq!(
        first["temp_max_max"],
        january.iter().copied().fold(f64::NEG_INFINITY, f64::max)
    );
    let members: Vec<&String> = first.as_object().expect("an object").keys().collect();
    let expected = [
        "time",
        "temp_max_mean",
        "temp_max_min",
        "temp_max_max",
        "temp_max_count",
        "precipitation_mean",
        "precipitation_min",
        "precipitation_max",
        "precipitation_count",
    ];
    assert_eq!(members, expected);
}

#[test]
fn without_fields_all_numbers_are_told_and_the_mean_is_the_default() {
    let name = weather();
    let all = buckets(&name, "every=all");
    let members: Vec<&String> = all[0].as_object().expect("an object").keys().collect();
    assert_eq!(
        members,
        [
            "time",
            "precipitation_mean",
            "temp_max_mean",
            "temp_min_mean",
            "wind_mean"
        ]
    );
    assert_eq!(all[0]["time"], "2012-01-01T00:00:00Z");
}

#[test]
fn groups_come_in_order_within_each_bucket() {
    let name = weather();
    let years = buckets(&name, "every=1y&fn=count&fields=temp_max&by=weather");
    let words: Vec<&str> = years
        .iter()
        .filter(|row| row["time"] == "2012-01-01T00:00:00Z")
        .map(|row| row["weather"].as_str().expect("a word"))
        .collect();
    assert!(words.is_sorted() && words.len() > 2, "{words:?}");
    let counted: u64 = years
        .iter()
        .filter_map(|row| row["temp_max_count"].as_u64())
        .sum();
    let points = shared().get(&format!("/datasets/{name}"));
    assert_eq!(counted, points["count"].as_u64().expect("a count"));
}

#[test]
fn days_follow_the_time_zone() {
    let name = dataset(&[
        ("2024-03-30T22:59:59Z", "1", "a"),
        ("2024-03-30T23:00:00Z", "2", "a"),
        ("2024-03-31T21:59:59Z", "3", "a"),
        ("2024-03-31T22:00:00Z", "4", "a"),
    ]);
    let days = buckets(&name, "every=1d&fn=sum,count&tz=Europe/Berlin");
    assert_eq!(
        json!(days),
        json!([
            {"time": "2024-03-29T23:00:00Z", "value_sum": 1, "value_count": 1},
            {"time": "2024-03-30T23:00:00Z", "value_sum": 5, "value_count": 2},
            {"time": "2024-03-31T22:00:00Z", "value_sum": 4, "value_count": 1},
        ])
    );
}

#[test]
fn gaps_are_filled_as_asked() {
    let name = dataset(&[("2020-01-01", "1", "x"), ("2020-01-04", "4", "")]);
    let values = |fill: &str| -> Vec<Value> {
        let days = buckets(&name, &format!("every=1d&fields=value&fill={fill}"));
        days.iter().map(|day| day["value_mean"].clone()).collect()
    };
    assert_eq!(json!(values("none")), json!([1.0, 4.0]));
    assert_eq!(json!(values("null")), json!([1.0, null, null, 4.0]));
    assert_eq!(json!(values("previous")), json!([1.0, 1.0, 1.0, 4.0]));
    assert_eq!(json!(values("linear")), json!([1.0, 2.0, 3.0, 4.0]));
    assert_eq!(json!(values("0")), json!([1.0, 0.0, 0.0, 4.0]));
    // A bucket with a single point is not empty, although it has no deviation.
    let deviations = buckets(&name, "every=1d&fields=value&fn=stddev&fill=0");
    let deviations: Vec<&Value> = deviations.iter().map(|day| &day["value_stddev"]).collect();
    assert_eq!(json!(deviations), json!([null, 0.0, 0.0, null]));
    let wider = buckets(
        &name,
        "every=1d&fn=count,last&fields=word&fill=previous&start=2019-12-31&end=2020-01-06",
    );
    let told: Vec<Value> = wider
        .iter()
        .map(|day| {
            json!([
                day["time"].as_str().map(|time| &time[..10]),
                day["word_count"],
                day["word_last"]
            ])
        })
        .collect();
    assert_eq!(
        json!(told),
        json!([
            ["2019-12-31", 0, null],
            ["2020-01-01", 1, "x"],
            ["2020-01-02", 0, "x"],
            ["2020-01-03", 0, "x"],
            ["2020-01-04", 0, "x"],
            ["2020-01-05", 0, "x"],
        ])
    );
}

#[test]
fn numbers_are_exact_or_refused() {
    let name = fresh("exact");
    let large = 9_007_199_254_740_991_i64;
    let fields = json!([
        {"name": "whole", "type": "integer"},
        {"name": "v", "type": "number", "min": 0.942_450_283_777_050_3_f64},
    ]);
    let dataset = json!({"name": name, "fields": fields});
    let _ = shared()
        .send(Call::post("/datasets").json(&dataset))
        .expect(201);
    let given = [
        25.433_333_333_333_334,
        0.942_450_283_777_050_3,
        1.7e308,
        1.7e308,
    ];
    let body: Vec<Value> = given
        .iter()
        .map(|v| json!({"time": "2020-01-01", "whole": large, "v": v}))
        .collect();
    let path_of_points = format!("/datasets/{name}/points");
    let _ = shared()
        .send(Call::post(&path_of_points).json(&json!(body)))
        .expect(201);
    let points = shared().points(&name, "");
    let read: Vec<f64> = points
        .iter()
        .filter_map(|point| point["v"].as_f64())
        .collect();
    assert_eq!(read, given);
    let field = &shared().get(&format!("/datasets/{name}"))["fields"][1];
    assert_eq!(field["min"], 0.942_450_283_777_050_3_f64);
    assert_eq!(shared().points(&name, "v=eq.25.433333333333334").len(), 1);
    let all = &buckets(&name, "every=all&fn=sum,mean&fields=whole")[0];
    assert_eq!(all["whole_sum"], 4 * large);
    let mean = &buckets(&name, "every=all&fn=mean,median&fields=v&v=gt.26")[0];
    assert_eq!(
        (&mean["v_mean"], &mean["v_median"]),
        (&json!(1.7e308), &json!(1.7e308))
    );
    let sum = Call::get(&path(&name, "every=all&fn=sum&fields=v"));
    shared().send(sum).expect_problem(&[400], "v_sum");
}

#[test]
fn percentiles_and_deviations_and_ends() {
    let name = dataset(&[
        ("2020-01-01T00:00Z", "4", "c"),
        ("2020-01-01T01:00Z", "1", "b"),
        ("2020-01-01T02:00Z", "", "a"),
        ("2020-01-01T03:00Z", "2", ""),
        ("2020-01-01T04:00Z", "3", "d"),
    ]);
    let day = buckets(
        &name,
        "every=1d&fn=median,p25,p99.9,stddev,first,last&fields=value",
    );
    let day = &day[0];
    assert_eq!(day["value_median"], 2.5);
    assert_eq!(day["value_p25"], 1.75);
    assert_eq!(
        day["value_p99.9"]
            .as_f64()
            .map(|value| (value * 1e6).round()),
        Some(3_997_000.0)
    );
    let deviation = day["value_stddev"].as_f64().expect("a deviation");
    assert!(
        (deviation - (5.0_f64 / 3.0).sqrt()).abs() < 1e-12,
        "{deviation}"
    );
    assert_eq!(
        (&day["value_first"], &day["value_last"]),
        (&json!(4), &json!(3))
    );
    let words = buckets(&name, "every=1d&fn=first,last,count&fields=word");
    assert_eq!(
        words,
        [
            json!({"time": "2020-01-01T00:00:00Z", "word_first": "c", "word_last": "d", "word_count": 4})
        ]
    );
}

#[test]
fn conditions_and_changes_count_at_once() {
    let name = weather();
    let count = |query: &str| {
        let all = buckets(
            &name,
            &format!("every=all&fn=count&fields=temp_max&{query}"),
        );
        all.first()
            .map_or(0, |row| row["temp_max_count"].as_u64().expect("a count"))
    };
    let snow = count("weather=snow");
    assert!(snow > 0 && snow < count(""));
    let point = json!({"time": "2012-06-01T12:00:00Z", "weather": "snow", "temp_max": 1.0});
    shared()
        .send(Call::post(&format!("/datasets/{name}/points")).json(&point))
        .expect(201)
        .json();
    assert_eq!(count("weather=snow"), snow + 1);
    let gone = format!("/datasets/{name}/points?weather=snow");
    shared().send(Call::new("DELETE", &gone)).expect(200).json();
    assert_eq!(count("weather=snow"), 0);
}

#[test]
fn csv_and_ndjson_have_the_same_rows() {
    let name = dataset(&[("2020-01-01", "1.5", "\"a,b\""), ("2021-01-01", "2", "")]);
    let get = |format: &str| {
        let call = Call::get(&path(
            &name,
            &format!("every=1y&fn=max,count&by=word&{format}"),
        ));
        shared().send(call).expect(200)
    };
    let csv = get("format=csv");
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(
        csv.text(),
        "time,word,value_max,value_count\n2020-01-01T00:00:00Z,\"a,b\",1.5,1\n2021-01-01T00:00:00Z,,2.0,1\n"
    );
    let lines = get("format=ndjson");
    let rows: Vec<Value> = lines
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(
        json!(rows),
        shared().get(&path(&name, "every=1y&fn=max,count&by=word"))["buckets"]
    );
}

#[test]
fn an_answer_has_a_tag_that_spares_the_next() {
    let name = weather();
    let first = shared()
        .send(Call::get(&path(&name, "every=1y")))
        .expect(200);
    let tag = first.header("etag");
    assert!(!tag.is_empty());
    let again = Call::get(&path(&name, "every=1y")).header("if-none-match", tag);
    assert_eq!(shared().send(again).expect(304).body, b"");
}

#[test]
fn faults_are_named_all_at_once() {
    let name = weather();
    for (query, culprit) in [
        ("", "every"),
        ("every=0m", "0m"),
        ("every=1.5d", "1.5d"),
        ("every=1d&fn=meen", "did you mean `mean`"),
        ("every=1d&fn=p101", "p101"),
        ("every=1d&fields=temp", "temp_max"),
        ("every=1d&fields=weather", "weather"),
        ("every=1d&fn=count,stddev&fields=weather", "stddev"),
        ("every=1d&by=wind", "by"),
        ("every=1d&by=nothing", "nothing"),
        ("every=1d&fill=last", "fill"),
        ("every=1d&tz=Mars/Olympus", "Mars"),
        ("every=1d&start=2020&end=2010", "end"),
        ("every=1d&wind=gt.strong", "strong"),
        ("every=1d&limit=5", "limit"),
        ("every=1d&nothing=5", "nothing"),
    ] {
        shared()
            .send(Call::get(&path(&name, query)))
            .expect_problem(&[400], culprit);
    }
    let both = path(&name, "every=7mi&fn=meen&fields=temp&bye=weather");
    let problem = shared()
        .send(Call::get(&both))
        .expect_problem(&[400], "7mi");
    assert_eq!(
        problem["errors"].as_array().map(Vec::len),
        Some(4),
        "{problem}"
    );
    shared()
        .send(Call::get("/datasets/no-such/aggregate?every=1d"))
        .expect_problem(&[404], "no-such");
    let post = shared().send(Call::post(&path(&name, "every=1d")));
    assert_eq!(post.header("allow"), "GET, HEAD");
    post.expect_problem(&[405], "GET");
}

#[test]
fn too_many_buckets_or_groups_are_refused() {
    let name = dataset(&[("1800-01-01", "1", "a"), ("2200-01-01", "2", "b")]);
    assert_eq!(
        buckets(&name, "every=10s").len(),
        2,
        "empty buckets are left out"
    );
    let filled = Call::get(&path(&name, "every=1h&fill=null"));
    shared().send(filled).expect_problem(&[413], "buckets");
    let rows: String = (0..1200)
        .map(|at| format!("2020-01-01,{at},word {at}\n"))
        .collect();
    let many = fresh("groups");
    shared().import_csv(&many, "", format!("time,value,word\n{rows}"));
    let call = Call::get(&path(&many, "every=1d&by=word"));
    shared().send(call).expect_problem(&[413], "groups");
}

#[test]
fn nothing_gives_no_buckets() {
    let name = dataset(&[("2020-01-01", "1", "a")]);
    assert_eq!(buckets(&name, "every=1d&start=2021"), [] as [Value; 0]);
    let days = buckets(
        &name,
        "every=1d&start=2021-01-01&end=2021-01-03&fill=null&fn=count,mean",
    );
    assert_eq!(days.len(), 2);
    assert_eq!(
        (&days[0]["value_count"], &days[0]["value_mean"]),
        (&json!(0), &Value::Null)
    );
}
