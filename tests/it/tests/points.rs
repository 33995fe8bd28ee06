//! `/datasets/:name/points` and `/datasets/:name/points/:id`.

use it::{Call, file, fresh, shared};
use serde_json::{Value, json};

/// A new dataset with a number, an integer, a text and a boolean.
fn station() -> String {
    let name = fresh("station");
    let body = json!({"name": name, "fields": [
        {"name": "temp", "type": "number", "unit": "°C"},
        {"name": "visitors", "type": "integer"},
        {"name": "sky", "type": "text"},
        {"name": "checked", "type": "boolean"},
    ]});
    shared()
        .send(Call::post("/datasets").json(&body))
        .expect(201)
        .json();
    name
}

/// The sample data on Seattle's weather, imported anew.
fn weather() -> String {
    let name = fresh("weather");
    shared().import_csv(&name, "time=date", file("data/weather.csv"));
    name
}

fn times(points: &[Value]) -> Vec<&str> {
    points
        .iter()
        .map(|point| point["time"].as_str().expect("a time"))
        .collect()
}

#[test]
fn a_point_is_created_read_replaced_edited_and_deleted() {
    let name = station();
    let points = format!("/datasets/{name}/points");
    let body = json!({"time": "1958-03-29T12:00:00Z", "temp": -3.5, "sky": "snow, \"thick\""});
    let created = shared().send(Call::post(&points).json(&body)).expect(201);
    let point = created.json();
    let id = point["id"].as_str().expect("an id");
    let path = format!("{points}/{id}");
    assert_eq!(created.header("location"), path);
    let read = || shared().get(&path);
    let expected = json!({
        "id": id, "time": "1958-03-29T12:00:00Z",
        "temp": -3.5, "visitors": null, "sky": "snow, \"thick\"", "checked": null,
    });
    assert_eq!(point, expected);
    assert_eq!(read(), expected);

    let replacement = json!({"visitors": 7, "checked": true});
    let replaced = shared()
        .send(Call::new("PUT", &path).json(&replacement))
        .expect(200)
        .json();
    assert_eq!(
        replaced["temp"],
        Value::Null,
        "what PUT does not name is gone: {replaced}"
    );
    assert_eq!(replaced["visitors"], 7);
    let edit = json!({"temp": 1.25});
    let edited = shared()
        .send(Call::new("PATCH", &path).json(&edit))
        .expect(200)
        .json();
    assert_eq!(edited["temp"], 1.25);
    assert_eq!(
        edited["visitors"], 7,
        "what PATCH does not name stays: {edited}"
    );
    assert_eq!(read(), edited);
    assert_eq!(shared().points(&name, ""), [edited]);

    assert_eq!(
        shared().send(Call::new("DELETE", &path)).expect(204).body,
        b""
    );
    shared().send(Call::get(&path)).expect_problem(&[404], id);
    shared()
        .send(Call::new("DELETE", &path))
        .expect_problem(&[404], id);
    assert_eq!(shared().points(&name, ""), [] as [Value; 0]);
    assert_eq!(shared().get(&format!("/datasets/{name}"))["count"], 0);
}

#[test]
fn many_points_are_created_all_or_none() {
    let name = station();
    let points = format!("/datasets/{name}/points");
    let list: Vec<Value> = (0..100)
        .map(|at| json!({"time": 1_600_000_000_000_u64 + at / 2, "visitors": at}))
        .collect();
    let created = shared()
        .send(Call::post(&points).json(&list.into()))
        .expect(201)
        .json();
    assert_eq!(created["created"], 100, "{created}");
    let bad = json!([{"time": "2020", "temp": 1}, {"time": "2020", "temp": "warm"}]);
    shared()
        .send(Call::post(&points).json(&bad))
        .expect_problem(&[422], "[1].temp");
    // Two at each time, in the order in which they came.
    let all = shared().points(&name, "");
    let visitors: Vec<u64> = all
        .iter()
        .filter_map(|point| point["visitors"].as_u64())
        .collect();
    assert_eq!(visitors, (0..100).collect::<Vec<u64>>());
    let ids: std::collections::HashSet<&str> = all
        .iter()
        .filter_map(|point| point["id"].as_str())
        .collect();
    assert_eq!(ids.len(), 100);
}

#[test]
fn a_range_has_its_start_and_not_its_end() {
    let name = weather();
    let found = shared().points(&name, "start=2012-01-30&end=2012-02-02");
    let days = [
        "2012-01-30T00:00:00Z",
        "2012-01-31T00:00:00Z",
        "2012-02-01T00:00:00Z",
    ];
    assert_eq!(times(&found), days);
    let backwards = shared().points(&name, "start=2012-01-30&end=2012-02-02&order=desc");
    assert_eq!(times(&backwards), [days[2], days[1], days[0]]);
    for (query, count) in [
        ("start=2013-12-30", 2),
        ("end=2012-01-04", 3),
        ("start=2013&end=2014&limit=1000", 365),
        ("start=2012-02&end=2012-03", 29),
        ("start=1325376000000&end=1325462400000", 1),
        ("start=2012-01-01T00:00:00-08:00&end=2012-01-02", 0),
        ("start=1800&end=1900", 0),
        ("limit=1000", 731),
    ] {
        assert_eq!(shared().points(&name, query).len(), count, "{query}");
    }
}

#[test]
fn conditions_on_fields() {
    let name = weather();
    let rows: Vec<Vec<String>> = file("data/weather.csv")
        .lines()
        .skip(1)
        .map(|line| line.split(',').map(str::to_owned).collect())
        .collect();
    let number = |row: &Vec<String>, at: usize| row[at].parse::<f64>().expect("a number");
    let count =
        |condition: &dyn Fn(&Vec<String>) -> bool| rows.iter().filter(|row| condition(row)).count();
    for (query, expected) in [
        ("temp_max=gt.20", count(&|row| number(row, 2) > 20.0)),
        (
            "temp_max=gte.20&temp_max=lt.25",
            count(&|row| (20.0..25.0).contains(&number(row, 2))),
        ),
        (
            "weather=in.(rain,snow)",
            count(&|row| row[5] == "rain" || row[5] == "snow"),
        ),
        ("weather=snow", count(&|row| row[5] == "snow")),
        (
            "weather=ne.rain&temp_min=lte.0",
            count(&|row| row[5] != "rain" && number(row, 3) <= 0.0),
        ),
        ("precipitation=eq.0", count(&|row| number(row, 1) == 0.0)),
        ("wind=is.null", 0),
        ("wind=not.null", rows.len()),
    ] {
        let points = shared().points(&name, &format!("{query}&limit=1000"));
        assert_eq!(points.len(), expected, "{query}");
    }
}

#[test]
fn fields_with_spaces_and_missing_values_can_be_asked_for() {
    let name = fresh("spaces");
    let csv = "Date,Decimal Date,pm2.5\n1990-01,1990.04,NA\n1990-02,1990.12,5\n";
    shared().import_csv(&name, "time=Date", csv);
    let found = shared().points(&name, "Decimal%20Date=gt.1990.1&fields=Decimal+Date");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["Decimal Date"], 1990.12);
    assert!(
        found[0].get("pm2.5").is_none(),
        "only the fields asked for: {}",
        found[0]
    );
    assert_eq!(shared().points(&name, "pm2.5=is.null").len(), 1);
}

#[test]
fn pages_have_each_point_once_while_points_are_written() {
    let name = weather();
    let points = format!("/datasets/{name}/points");
    for order in ["asc", "desc"] {
        let mut seen = Vec::new();
        let mut next = format!("{points}?order={order}&limit=100");
        loop {
            let page = shared().get(&next);
            let list = page["points"].as_array().expect("points");
            seen.extend(times(list).into_iter().map(str::to_owned));
            assert_eq!(
                page["truncated"],
                !page["next"].is_null(),
                "{}",
                page["truncated"]
            );
            let Some(cursor) = page["next"].as_str() else {
                break;
            };
            // Before and behind what has been read; neither moves what is still to be read.
            for time in ["2012-01-01T00:00:01Z", "2013-12-31T00:00:01Z"] {
                let body = json!({"time": time, "wind": 1});
                shared()
                    .send(Call::post(&points).json(&body))
                    .expect(201)
                    .json();
            }
            next = format!("{points}?order={order}&limit=100&cursor={cursor}");
        }
        let mut days: Vec<_> = seen
            .iter()
            .filter(|time| time.ends_with("00:00:00Z"))
            .collect();
        assert_eq!(days.len(), 731, "{order}");
        days.dedup();
        assert_eq!(days.len(), 731, "{order}: each once");
        assert_eq!(days.is_sorted(), order == "asc");
    }
}

#[test]
fn the_same_points_in_all_formats() {
    let name = station();
    let points = format!("/datasets/{name}/points");
    let list = json!([
        {"time": "1899-12-31T23:59:59.500Z", "temp": 0.1, "visitors": -3, "sky": "a,b \"c\"\nd", "checked": true},
        {"time": "2000", "temp": 1e300, "sky": "Größe"},
    ]);
    shared()
        .send(Call::post(&points).json(&list))
        .expect(201)
        .json();
    let json_points = shared().points(&name, "");
    assert_eq!(json_points[0]["time"], "1899-12-31T23:59:59.500Z");
    assert_eq!(json_points[0]["temp"], 0.1);
    assert_eq!(json_points[1]["temp"], 1e300);

    for (accept, format, media_type) in [
        ("text/csv", "csv", "text/csv"),
        ("application/x-ndjson", "ndjson", "application/x-ndjson"),
        ("application/json", "json", "application/json"),
    ] {
        let by_header = shared()
            .send(Call::get(&points).header("accept", accept))
            .expect(200);
        let by_query = shared()
            .send(Call::get(&format!("{points}?format={format}")))
            .expect(200);
        assert!(
            by_header.header("content-type").starts_with(media_type),
            "{}",
            by_header.describe()
        );
        assert_eq!(by_header.text(), by_query.text());
        if format == "ndjson" {
            let lines: Vec<Value> = by_header
                .text()
                .lines()
                .map(|line| serde_json::from_str(line).expect("a JSON line"))
                .collect();
            assert_eq!(lines, json_points);
        }
        // What leaves comes in again, and is the same.
        let copy = fresh("copy");
        let import =
            Call::post(&format!("/datasets/{copy}/import")).body(media_type, by_header.body);
        let report = shared().send(import).expect(201).json();
        assert_eq!(report["imported"], 2, "{format}: {report}");
        let mut copied = shared().points(&copy, "");
        for (point, original) in copied.iter_mut().zip(&json_points) {
            point["id"] = original["id"].clone();
        }
        assert_eq!(copied, json_points, "{format}");
    }
}

#[test]
fn a_range_or_a_condition_deletes_points() {
    let name = weather();
    let points = format!("/datasets/{name}/points");
    let delete = |query: &str| shared().send(Call::new("DELETE", &format!("{points}{query}")));
    delete("").expect_problem(&[400, 422], "start");
    assert_eq!(
        delete("?start=2013").expect(200).json(),
        json!({"deleted": 365})
    );
    assert_eq!(
        delete("?start=2013").expect(200).json(),
        json!({"deleted": 0})
    );
    assert_eq!(
        delete("?weather=snow&end=2012-02").expect(200).json()["deleted"],
        7
    );
    assert_eq!(shared().get(&format!("/datasets/{name}"))["count"], 366 - 7);
    assert_eq!(shared().points(&name, "weather=snow&end=2012-02").len(), 0);
}

#[test]
fn a_key_is_unique_and_works_as_an_id() {
    let name = fresh("keyed");
    let body = json!({"name": name, "key": "code", "fields": [
        {"name": "code", "type": "text", "required": true}, {"name": "size", "type": "integer"},
    ]});
    shared()
        .send(Call::post("/datasets").json(&body))
        .expect(201)
        .json();
    let points = format!("/datasets/{name}/points");
    let add = |code: &str| {
        let body = json!({"time": "2024", "code": code, "size": 1});
        shared().send(Call::post(&points).json(&body))
    };
    add("alpha").expect(201).json();
    add("beta").expect(201).json();
    add("alpha").expect_problem(&[409], "alpha");
    let path = format!("{points}/alpha");
    assert_eq!(shared().get(&path)["code"], "alpha");
    let edit = |code: &str| shared().send(Call::new("PATCH", &path).json(&json!({"code": code})));
    edit("beta").expect_problem(&[409], "beta");
    assert_eq!(edit("gamma").expect(200).json()["code"], "gamma");
    shared()
        .send(Call::get(&path))
        .expect_problem(&[404], "alpha");
    add("alpha").expect(201).json();
    assert_eq!(shared().get(&format!("/datasets/{name}"))["count"], 3);
}
