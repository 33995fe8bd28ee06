//! The course that Almanac grew out of, walked through in its order, as somebody would who types its
//! lines; then what one tries who grades it.
//!
//! Elsewhere: two workers and ten jobs are in `workers`, killing Redis is in `restart` and `outage`,
//! following the README in `readme`, each service's details in the module of its name.

use it::{Almanac, Answer, Call, private, shared};
use serde_json::{Value, json};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// As `curl -d` sends it.
fn posted(path: &str, body: &str) -> Call {
    Call::post(path).body("application/x-www-form-urlencoded", body)
}

/// The id in `Job <uuid> successfully submitted`.
#[track_caller]
fn submitted(answer: &Answer) -> String {
    let text = answer.text().trim_end();
    let id = text
        .strip_prefix("Job ")
        .and_then(|rest| rest.strip_suffix(" successfully submitted"));
    let id = id.unwrap_or_else(|| panic!("{}", answer.describe()));
    assert_eq!(id.len(), 36, "{text}");
    assert_eq!(answer.header("location"), format!("/jobs/{id}"));
    id.to_owned()
}

fn with_co2(variables: &[(&str, &str)]) -> Option<Almanac> {
    let almanac = private(variables)?;
    almanac.import_csv("co2", "time=month", it::file("data/co2.csv"));
    Some(almanac)
}

#[test]
fn a_to_h_as_they_are_typed() {
    let Some(almanac) = with_co2(&[]) else { return };
    // A. Degrees.
    assert_eq!(almanac.get("/degrees").as_array().map(Vec::len), Some(5));
    assert_eq!(almanac.get("/degrees?start=1992")[0]["degrees"], 6005);
    assert_eq!(almanac.get("/degrees?limit=3&offset=2")[0]["id"], 2);
    // B. The island.
    assert_eq!(
        almanac.get("/animals")["animals"].as_array().map(Vec::len),
        Some(20)
    );
    let head = almanac.get("/animals/random")["head"]
        .as_str()
        .unwrap_or_default()
        .to_owned();
    almanac.get(&format!("/animals/head/{head}"));
    almanac.get("/animals/legs/6");
    let new = almanac
        .send(Call::post("/animals/random"))
        .expect(201)
        .json();
    let path = format!("/animals/{}", new["uid"].as_str().unwrap_or_default());
    let edited = almanac.send(Call::new("PUT", &path).body("", r#"{"arms": 8, "legs": 9}"#));
    assert_eq!(edited.expect(200).json()["tail"], 17);
    assert_eq!(almanac.get(&path)["tail"], 17);
    almanac
        .send(posted("/animals/breed", "{}"))
        .expect(201)
        .json();
    assert_eq!(almanac.get("/animals/count")["count"], 22);
    let summary = almanac.get("/animals/summary");
    let average = almanac.get("/animals/average-legs");
    assert_eq!(summary["legs"]["mean"], average["average_legs"]);
    let range = "start=2000-01-01&end=2200-01-01";
    let all = almanac.get(&format!("/animals?{range}"));
    assert_eq!(all["animals"].as_array().map(Vec::len), Some(22));
    almanac
        .send(Call::new("DELETE", "/animals"))
        .expect_problem(&[400], "say which");
    let deleted = almanac.send(Call::new("DELETE", &format!("/animals?{range}")));
    assert_eq!(deleted.expect(200).json()["deleted"], 22);
    // D. Jobs.
    let answer = almanac
        .send(posted("/submit", r#"{"start":"2001","end":"2021"}"#))
        .expect(202);
    let id = submitted(&answer);
    let job = almanac.wait_for_job(&id);
    assert_eq!(job["status"], "complete", "{job}");
    assert_eq!(
        (&job["dataset"], &job["result"]["points"]),
        (&json!("co2"), &json!(240)),
        "{job}"
    );
    let picture = almanac
        .send(Call::get(&format!("/download/{id}")))
        .expect(200);
    assert_eq!(picture.header("content-type"), "image/png");
    assert_eq!(
        picture.header("content-disposition"),
        "attachment; filename=\"plot.png\""
    );
    assert_eq!(picture.body[..4], *b"\x89PNG");
    let picture = almanac
        .send(Call::get(&format!("/download/{id}?format=svg")))
        .expect(200);
    assert_eq!(picture.header("content-type"), "image/svg+xml");
    assert!(almanac.get("/jobs")["jobs"].to_string().contains(&id));
    // E. Queues.
    almanac
        .send(posted("/queues/letters", r#"{"letter": "a"}"#))
        .expect(201)
        .json();
    assert_eq!(almanac.get("/queues/letters")["length"], 1);
    let item = almanac
        .send(Call::post("/queues/letters/get"))
        .expect(200)
        .json();
    assert_eq!(item, json!({"letter": "a"}));
    almanac
        .send(Call::post("/queues/letters/get"))
        .expect(204)
        .text();
    // F is in `run` and `pssp`, G in `plot`, H in `states`.
}

#[test]
fn i_the_greeting_names_the_pod() {
    let variables = [("name", "ada"), ("pod_ip", "10.244.0.7")];
    let Some(almanac) = private(&variables) else {
        return;
    };
    let greeting = almanac.send(Call::get("/")).expect(200);
    assert!(
        greeting
            .text()
            .starts_with("Hello, ada from IP 10.244.0.7\n"),
        "{}",
        greeting.describe()
    );
}

#[test]
fn j_help_has_a_curl_line_for_every_route() {
    let help = shared().send(Call::get("/help")).expect(200);
    let lines: Vec<&str> = help.text().lines().collect();
    let is_route = |line: &str| {
        let first = line.trim().split(' ').next().unwrap_or_default();
        ["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&first)
    };
    let routes: Vec<usize> = (0..lines.len()).filter(|at| is_route(lines[*at])).collect();
    assert!(routes.len() > 50, "{}", routes.len());
    for at in routes {
        assert!(lines[at + 2].trim().starts_with("curl "), "{}", lines[at]);
    }
}

/// `/submit` with everything that a grader tries.
#[test]
fn reversed_missing_malformed_and_negative_ranges() {
    let Some(almanac) = with_co2(&[]) else { return };
    for (body, status, culprit) in [
        (r#"{"start":"2021","end":"2001"}"#, 422, "before `end`"),
        (r#"{"start":"2001","end":"2001"}"#, 422, "before `end`"),
        (r#"{"start":"2001"}"#, 422, "end"),
        (r#"{"end":"2021"}"#, 422, "start"),
        (r#"{"start":null,"end":"2021"}"#, 422, "start"),
        ("{}", 422, "start"),
        (r#"{"start":"yesterday","end":"2021"}"#, 422, "yesterday"),
        (r#"{"start":"2001-13","end":"2021"}"#, 422, "2001-13"),
        (r#"{"start":"-5","end":"2021"}"#, 422, "-5"),
        (r#"{"start":true,"end":"2021"}"#, 422, "start"),
        (r#"{"start":["2001"],"end":"2021"}"#, 422, "start"),
        (r#"{"start":"2001","end":"2021","by":"day"}"#, 422, "by"),
        (
            r#"{"start":"2001","end":"2021","analysis":"sleep"}"#,
            422,
            "analysis",
        ),
        (r#"{"start":"2001","end":"2021""#, 400, "JSON"),
        ("start=2001&end=2021", 400, "JSON"),
        ("[]", 422, "object"),
        ("", 400, "empty"),
    ] {
        almanac
            .send(posted("/submit", body))
            .expect_problem(&[status], culprit);
    }
    for query in [
        "start=2021&end=2001",
        "start=-1",
        "start=yesterday",
        "end=2021-02-30",
    ] {
        for path in ["/datasets/co2/points", "/animals"] {
            let answer = almanac.send(Call::get(&format!("{path}?{query}")));
            answer.expect_problem(&[400], "");
        }
    }
    // None of them made a job.
    assert_eq!(almanac.get("/jobs")["jobs"], json!([]));
    almanac
        .send(Call::new("DELETE", "/datasets/co2"))
        .expect(204)
        .text();
    let nothing = almanac.send(posted("/submit", r#"{"start":"2001","end":"2021"}"#));
    nothing.expect_problem(&[404], "co2");
    almanac
        .send(Call::get("/submit"))
        .expect_problem(&[405], "POST");
}

#[test]
fn another_dataset_can_be_the_default() {
    let Some(almanac) = private(&[("default_dataset", "weather")]) else {
        return;
    };
    almanac.import_csv("weather", "time=date", it::file("data/weather.csv"));
    let answer = almanac
        .send(posted("/submit", r#"{"start":"2012","end":"2013"}"#))
        .expect(202);
    let job = almanac.wait_for_job(&submitted(&answer));
    assert_eq!(
        (&job["status"], &job["dataset"]),
        (&json!("complete"), &json!("weather")),
        "{job}"
    );
    assert_eq!(job["params"], json!({"y": "precipitation"}));
}

#[test]
fn wrong_types() {
    for body in [
        json!({"analysis": 5}),
        json!({"analysis": "sleep", "params": "3"}),
        json!({"analysis": "sleep", "params": {"seconds": "three"}}),
        json!({"analysis": "sleep", "params": {"seconds": -3}}),
        json!({"analysis": "sleep", "params": {"seconds": 1}, "start": {}}),
        json!("sleep"),
        json!(5),
    ] {
        shared()
            .send(Call::post("/jobs").json(&body))
            .expect_problem(&[422], "");
    }
}

#[test]
fn unknown_ids() {
    for path in [
        format!("/jobs/{NOBODY}"),
        format!("/download/{NOBODY}"),
        format!("/run/{NOBODY}"),
        format!("/animals/{NOBODY}"),
        "/jobs/nobody".to_owned(),
        "/download/nobody".to_owned(),
        "/run/nobody".to_owned(),
        "/animals/nobody".to_owned(),
        "/datasets/nobody-has-this".to_owned(),
    ] {
        shared()
            .send(Call::get(&path))
            .expect_problem(&[404], "There is no");
    }
}

#[test]
fn results_before_they_are_ready() {
    let body = json!({"analysis": "sleep", "params": {"seconds": 2.5}});
    let call = Call::post("/jobs")
        .header("cache-control", "no-cache")
        .json(&body);
    let job = shared().send(call).expect(202).json();
    let id = job["id"].as_str().unwrap_or_default();
    let early = shared().send(Call::get(&format!("/download/{id}")));
    let problem = early.expect_problem(&[409], "The job is ");
    let detail = problem["detail"].as_str().unwrap_or_default();
    assert!(
        detail.contains("submitted") || detail.contains("in progress"),
        "{problem}"
    );
    let job: Value = shared().wait_for_job(id);
    assert_eq!(job["status"], "complete", "{job}");
    // A job of sleep has no picture, even when it is done.
    shared()
        .send(Call::get(&format!("/download/{id}")))
        .expect_problem(&[404], "no such picture");
}
