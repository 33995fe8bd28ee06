//! `/datasets/:name/export`, and the counts and thinned points of `/datasets/:name/points`.

use it::{Call, file, fresh, shared};
use serde_json::{Value, json};

#[track_caller]
fn export(dataset: &str, query: &str) -> String {
    let call = Call::get(&format!("/datasets/{dataset}/export?{query}"));
    shared().send(call).expect(200).text().to_owned()
}

/// A dataset with everything that files find hard.
fn awkward() -> String {
    let name = fresh("awkward");
    let body = json!({"name": name, "fields": [
        {"name": "value", "type": "number"},
        {"name": "a, \"b\"", "type": "integer"},
        {"name": "text", "type": "text"},
        {"name": "flag", "type": "boolean"},
        {"name": "date", "type": "text"},
    ]});
    shared()
        .send(Call::post("/datasets").json(&body))
        .expect(201)
        .json();
    let texts = [
        "",
        "NA",
        " x ",
        "a,\"b\"\r\nc",
        "007",
        "null",
        "-",
        "é",
        "=1+1",
        "true",
        "1e5",
        "\u{1F600}",
    ];
    let points: Vec<Value> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| {
            let value = [
                json!(1.0),
                json!(-0.1),
                json!(1e300),
                json!(5e-324),
                Value::Null,
            ];
            let integer = [json!(0), json!(-9_007_199_254_740_991_i64), Value::Null];
            json!({
                "time": at as i64 * 86_400_000 - 500_000_000_123_i64,
                "value": value[at % 5],
                "a, \"b\"": integer[at % 3],
                "text": text,
                "flag": (at % 2 == 0).then_some(true),
                "date": "x",
            })
        })
        .chain([
            json!({"time": "2020-01-01"}),
            json!({"time": "-000044-03-15T00:00:00Z", "text": "Ides"}),
        ])
        .collect();
    shared()
        .send(Call::post(&format!("/datasets/{name}/points")).json(&points.into()))
        .expect(201)
        .json();
    name
}

/// An empty dataset with the fields of another.
fn like(dataset: &str) -> String {
    let name = fresh("copy");
    let fields = shared().get(&format!("/datasets/{dataset}"))["fields"].clone();
    let body = json!({"name": name, "fields": fields});
    shared()
        .send(Call::post("/datasets").json(&body))
        .expect(201)
        .json();
    name
}

#[test]
fn what_is_exported_comes_back_byte_for_byte() {
    let name = awkward();
    for (format, media_type) in [("csv", "text/csv"), ("ndjson", "application/x-ndjson")] {
        let exported = export(&name, &format!("format={format}"));
        let copy = like(&name);
        let path = format!("/datasets/{copy}/import");
        shared()
            .send(Call::post(&path).body(media_type, exported.clone()))
            .expect(200)
            .json();
        assert_eq!(export(&copy, &format!("format={format}")), exported);
        assert_eq!(
            export(&copy, "format=ndjson"),
            export(&name, "format=ndjson")
        );
        // With the types told by the values.
        let inferred = fresh("inferred");
        let path = format!("/datasets/{inferred}/import");
        shared()
            .send(Call::post(&path).body(media_type, exported.clone()))
            .expect(201)
            .json();
        assert_eq!(export(&inferred, &format!("format={format}")), exported);
    }
}

#[test]
fn the_sample_data_comes_back_byte_for_byte() {
    for (path, options) in [
        ("data/weather.csv", "time=date"),
        ("data/co2.csv", "time=month"),
    ] {
        let name = fresh("sample");
        shared().import_csv(&name, options, file(path));
        let exported = export(&name, "");
        let again = fresh("sample");
        shared().import_csv(&again, "", exported.clone());
        assert_eq!(export(&again, ""), exported, "{path}");
        assert_eq!(
            export(&again, "format=ndjson"),
            export(&name, "format=ndjson"),
            "{path}"
        );
    }
}

#[test]
fn a_part_is_exported_by_range_condition_and_field() {
    let name = fresh("weather");
    shared().import_csv(&name, "time=date", file("data/weather.csv"));
    let text = export(
        &name,
        "start=2012-01-01&end=2012-01-08&weather=rain&fields=wind,weather",
    );
    let points = shared().points(&name, "start=2012-01-01&end=2012-01-08&weather=rain");
    let lines: Vec<String> = points
        .iter()
        .map(|point| {
            let time = point["time"].as_str().expect("a time");
            format!("{time},{},rain", point["wind"])
        })
        .collect();
    assert_eq!(text, format!("time,wind,weather\n{}\n", lines.join("\n")));
    let with_ids = export(&name, "ids=true&end=2012-01-02&fields=wind");
    let id = shared().points(&name, "limit=1")[0]["id"].clone();
    assert_eq!(
        with_ids,
        format!(
            "id,time,wind\n{},2012-01-01T00:00:00Z,4.7\n",
            id.as_str().expect("an id")
        )
    );
}

#[test]
fn an_export_says_what_it_is() {
    let name = fresh("described");
    shared().import_csv(&name, "", "time,x\n2020,1\n");
    let path = format!("/datasets/{name}/export");
    let answer = shared()
        .send(Call::get(&path).header("accept", "application/x-ndjson"))
        .expect(200);
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    assert!(
        answer
            .header("content-disposition")
            .contains(&format!("{name}.ndjson"))
    );
    assert_eq!(
        answer.text(),
        "{\"time\":\"2020-01-01T00:00:00Z\",\"x\":1}\n"
    );
    let again = Call::get(&path)
        .header("accept", "application/x-ndjson")
        .header("if-none-match", answer.header("etag"));
    let _ = shared().send(again).expect(304);
    // The same points in another form are other bytes, and so is their tag.
    let tagged = |form: &str| {
        let path = format!("/datasets/{name}/points?format={form}");
        shared()
            .send(Call::get(&path))
            .expect(200)
            .header("etag")
            .to_owned()
    };
    let tags = ["json", "csv", "ndjson"].map(tagged);
    for (at, tag) in tags.iter().enumerate() {
        assert!(!tags.iter().take(at).any(|other| other == tag), "{tags:?}");
        let path = format!("/datasets/{name}/points?format=csv");
        let asked = shared().send(Call::get(&path).header("if-none-match", tag));
        assert_eq!(asked.status, if at == 1 { 304 } else { 200 }, "{tag}");
    }
    assert_eq!(export(&name, "start=2021"), "time,x\n");
    for (query, culprit) in [
        ("limit=5", "limit"),
        ("fields=y", "y"),
        ("format=xml", "xml"),
        ("x=gt.a", "a"),
    ] {
        shared()
            .send(Call::get(&format!("{path}?{query}")))
            .expect_problem(&[400], culprit);
    }
    shared()
        .send(Call::get("/datasets/no-such/export"))
        .expect_problem(&[404], "no-such");
    shared()
        .send(Call::post(&path))
        .expect_problem(&[405], "GET");
}

#[test]
fn points_are_counted_on_request() {
    let name = fresh("weather");
    shared().import_csv(&name, "time=date", file("data/weather.csv"));
    let count =
        |query: &str| shared().get(&format!("/datasets/{name}/points?{query}"))["count"].clone();
    assert_eq!(count("limit=1"), Value::Null);
    assert_eq!(
        count("limit=1&count=exact"),
        shared().get(&format!("/datasets/{name}"))["count"]
    );
    let rainy = shared()
        .points(&name, "weather=rain&limit=10000&start=2012-05")
        .len();
    assert_eq!(
        count("limit=3&count=exact&weather=rain&start=2012-05"),
        rainy
    );
    assert_eq!(
        count("limit=3&count=exact&weather=rain&start=2012-05&order=desc"),
        rainy
    );
    let csv = Call::get(&format!(
        "/datasets/{name}/points?format=csv&limit=1&count=exact&weather=rain&start=2012-05"
    ));
    assert_eq!(
        shared().send(csv).expect(200).header("x-total-count"),
        rainy.to_string()
    );
}

#[test]
fn thinned_points_keep_the_shape() {
    let name = fresh("thinned");
    let rows: String = (0..5000)
        .map(|at| {
            let value = if at == 2500 {
                "100".to_owned()
            } else {
                (at % 7).to_string()
            };
            format!("{},{value},w{at}\n", 1_500_000_000_000_i64 + at * 60_000)
        })
        .collect();
    shared().import_csv(&name, "", format!("time,value,word\n{rows}"));
    let all = shared().points(&name, "limit=10000");
    let page = shared().get(&format!("/datasets/{name}/points?thin=100"));
    let few = page["points"].as_array().expect("points");
    assert!((90..=100).contains(&few.len()), "{} points", few.len());
    assert_eq!((few.first(), few.last()), (all.first(), all.last()));
    assert!(few.contains(&all[2500]), "the spike is kept");
    assert!(
        few.iter().all(|point| all.contains(point)),
        "points are as they are"
    );
    assert_eq!(
        (&page["truncated"], &page["next"]),
        (&json!(false), &Value::Null)
    );
    let some = shared().points(&name, "thin=10&value=lt.3&fields=word,value");
    assert!(some.len() <= 10 && some.iter().all(|point| point["value"].as_f64() < Some(3.0)));
    let everything = shared().points(&name, "thin=5000");
    assert_eq!(everything, all, "no more than asked for");
    let backwards = shared().points(&name, "thin=100&order=desc");
    assert!(backwards.iter().eq(few.iter().rev()));
    for (query, culprit) in [
        ("thin=2", "thin"),
        ("thin=5&limit=5", "limit"),
        ("thin=5&fields=word", "thin"),
    ] {
        let call = Call::get(&format!("/datasets/{name}/points?{query}"));
        shared().send(call).expect_problem(&[400], culprit);
    }
}
