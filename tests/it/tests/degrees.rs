//! `/degrees`: the course's first list, and the dataset behind it.

use it::{Call, private};
use serde_json::{Value, json};

#[test]
fn the_list_is_read_from_a_year_on_and_in_pages() {
    let Some(almanac) = private(&[]) else { return };
    let answer = almanac.send(Call::get("/degrees")).expect(200);
    assert_eq!(answer.header("content-type"), "application/json");
    let entry =
        |id: u64, year: u64, degrees: u64| json!({"id": id, "year": year, "degrees": degrees});
    let all = [
        entry(0, 1990, 5818),
        entry(1, 1991, 5725),
        entry(2, 1992, 6005),
        entry(3, 1993, 6123),
        entry(4, 1994, 6096),
    ];
    assert_eq!(answer.json(), Value::from(all.to_vec()));
    for (query, expected) in [
        ("start=1992", &all[2..]),
        ("start=1900", &all[..]),
        ("start=2020", &[]),
        ("limit=3", &all[..3]),
        ("offset=2", &all[2..]),
        ("limit=3&offset=2", &all[2..]),
        ("limit=1&offset=1", &all[1..2]),
        ("start=1993&limit=1&offset=1", &all[4..]),
        ("offset=5", &[]),
        ("offset=1000000", &[]),
    ] {
        let found = almanac.get(&format!("/degrees?{query}"));
        assert_eq!(found, Value::from(expected.to_vec()), "{query}");
    }
}

#[test]
fn wrong_parameters_are_refused_and_named() {
    let Some(almanac) = private(&[]) else { return };
    for (query, culprit) in [
        ("start=abc", "abc"),
        ("start=-1990", "-1990"),
        ("start=1990.5", "1990.5"),
        ("start=99999999999999999999", "start"),
        ("start=", "start"),
        ("start=1990&start=1991", "more than once"),
        ("limit=x", "limit"),
        ("limit=-3", "-3"),
        ("limit=0", "limit"),
        ("offset=-2", "-2"),
        ("offset=two", "two"),
        ("strat=1992", "did you mean `start`"),
    ] {
        let answer = almanac.send(Call::get(&format!("/degrees?{query}")));
        answer.expect_problem(&[400], culprit);
    }
    let faults = almanac.send(Call::get("/degrees?start=x&limit=y&offset=z"));
    let faults = faults.expect_problem(&[400], "start");
    assert_eq!(
        faults["errors"].as_array().map(Vec::len),
        Some(3),
        "{faults}"
    );
    let answer = almanac.send(Call::post("/degrees").json(&json!({})));
    answer.expect_problem(&[405], "GET");
    assert_eq!(answer.header("allow"), "GET, HEAD");
}

#[test]
fn they_are_a_dataset_like_any_other() {
    let Some(almanac) = private(&[]) else { return };
    almanac.get("/degrees");
    let points = almanac.points("degrees", "degrees=gt.6000&fields=degrees");
    assert_eq!(points.len(), 3, "{points:?}");
    let mean = almanac.get("/datasets/degrees/aggregate?every=all&fn=mean&fields=degrees");
    assert_eq!(mean["buckets"][0]["degrees_mean"], 5953.4, "{mean}");
    let job = almanac
        .run_job(&json!({"analysis": "plot", "dataset": "degrees", "params": {"y": "degrees"}}));
    assert_eq!(job["status"], "complete", "{job}");
    let next = json!({"time": "1995", "number": 5, "degrees": 6200});
    let created = almanac.send(Call::post("/datasets/degrees/points").json(&next));
    created.expect(201).json();
    assert_eq!(
        almanac.get("/degrees?start=1995"),
        json!([{"id": 5, "year": 1995, "degrees": 6200}])
    );
}
