//! `/jobs`, `/analyses`, `/download`.

use std::collections::HashSet;

use it::{Answer, Call, eventually, file, fresh, shared};
use serde_json::{Value, json};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn dataset() -> String {
    let name = fresh("jobs");
    shared().import_csv(&name, "time=month", file("data/co2.csv"));
    name
}

fn plot(dataset: &str) -> Value {
    json!({"analysis": "plot", "dataset": dataset, "params": {"y": "average"}})
}

fn submit(body: &Value) -> Answer {
    shared().send(Call::post("/jobs").json(body))
}

fn id(job: &Value) -> &str {
    job["id"].as_str().unwrap_or_else(|| panic!("no id: {job}"))
}

/// The events of a job until its stream ends, as pairs of name and data.
fn events(id: &str) -> Vec<(String, serde_json::Value)> {
    let stream = shared()
        .send(Call::get(&format!("/jobs/{id}/events")))
        .expect(200);
    let blocks = stream.text().split("\n\n");
    let of = |block: &str| {
        let (name, data) = block.strip_prefix("event: ")?.split_once("\ndata: ")?;
        Some((name.to_owned(), serde_json::from_str(data).ok()?))
    };
    blocks.filter_map(of).collect()
}

#[test]
fn what_an_analysis_logs_is_streamed_and_kept() {
    let order = json!({"analysis": "sleep", "params": {"seconds": 1.1}});
    let job = shared().send(Call::post("/jobs").json(&order)).json();
    let id = job["id"].as_str().expect("an id");
    let events = events(id);
    let streamed: Vec<_> = events
        .iter()
        .filter(|(name, _)| name == "log")
        .map(|(_, data)| data["line"].clone())
        .collect();
    let (last, record) = events.last().expect("events");
    assert_eq!(last, "end", "{events:?}");
    assert_eq!(record["log"], json!(streamed), "{events:?}");
    assert!(streamed.len() > 3, "{streamed:?}");
    assert_eq!(record["log"], shared().get(&format!("/jobs/{id}"))["log"]);
}

#[test]
fn a_result_says_where_it_comes_from_and_nothing_that_changes() {
    let name = fresh("origin");
    shared().import_csv(
        &name,
        "",
        "time,a\n2024-01-01,1\n2024-01-02,2\n2024-01-03,4\n",
    );
    let order = json!({
        "analysis": "plot", "dataset": name, "start": "2024-01-02", "filter": {"a": "gt.1"},
        "params": {"y": "a"},
    });
    let run = || {
        let submit = Call::post("/jobs")
            .json(&order)
            .header("cache-control", "no-cache");
        let id = shared().send(submit).json()["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        shared().wait_for_job(&id)["result"].clone()
    };
    let result = run();
    let origin = &result["provenance"];
    assert_eq!(origin["source"]["dataset"], name.as_str(), "{result}");
    assert_eq!(origin["source"]["version"], 2);
    assert_eq!(origin["source"]["start"], "2024-01-02T00:00:00Z");
    assert_eq!(origin["source"]["filter"], json!({"a": "gt.1"}));
    assert_eq!(origin["analysis"], "plot");
    assert_eq!(origin["params"], json!({"y": "a"}));
    assert!(origin["almanac_version"].is_string() && origin["analysis_version"].is_string());
    assert_eq!(run(), result);
}

#[test]
fn a_job_is_submitted_followed_and_its_picture_downloaded() {
    let dataset = dataset();
    let version = shared().get(&format!("/datasets/{dataset}"))["version"].clone();
    let mut body = plot(&dataset);
    body["start"] = "1990".into();
    body["end"] = "2000".into();
    let answer = submit(&body).expect(202);
    let submitted = answer.json();
    let path = format!("/jobs/{}", id(&submitted));
    assert_eq!(answer.header("location"), path);
    assert!(
        !answer.header("retry-after").is_empty(),
        "{}",
        answer.describe()
    );
    assert!(["submitted", "in progress"].contains(&submitted["status"].as_str().unwrap_or("")));

    let job = shared().wait_for_job(id(&submitted));
    assert_eq!(job["status"], "complete", "{job}");
    assert_eq!(job["analysis"], "plot");
    assert_eq!(job["dataset"], dataset.as_str());
    assert_eq!(job["dataset_version"], version);
    assert_eq!(job["params"]["y"], "average");
    assert_eq!(job["progress"], 1.0, "{job}");
    assert_eq!(job["attempts"], 1, "{job}");
    assert_eq!(job["error"], Value::Null, "{job}");
    for member in ["address", "name"] {
        assert!(
            !job["worker"][member]
                .as_str()
                .unwrap_or_default()
                .is_empty(),
            "{job}"
        );
    }
    let moment = |member: &str| {
        job[member]
            .as_str()
            .unwrap_or_else(|| panic!("no {member}: {job}"))
    };
    assert!(moment("submitted") <= moment("started") && moment("started") <= moment("finished"));

    let picture = shared()
        .send(Call::get(&format!("/download/{}", id(&job))))
        .expect(200);
    assert_eq!(picture.header("content-type"), "image/png");
    assert!(
        picture.header("content-disposition").contains(".png"),
        "{}",
        picture.describe()
    );
    assert_eq!(picture.body[..4], *b"\x89PNG");
    for file in job["files"].as_array().expect("files") {
        let url = file["url"].as_str().expect("a url");
        let bytes = shared().send(Call::get(url)).expect(200).body.len() as u64;
        assert_eq!(file["bytes"], bytes, "{file}");
    }
    shared()
        .send(Call::get(&format!("{path}/files/nope.txt")))
        .expect_problem(&[404], "nope.txt");
}

#[test]
fn waiting_gives_the_result_at_once() {
    let call = Call::post("/jobs")
        .header("prefer", "wait=30")
        .json(&plot(&dataset()));
    let job = shared().send(call).expect(200).json();
    assert_eq!(job["status"], "complete", "{job}");
}

#[test]
fn ten_jobs_are_each_worked_once() {
    let dataset = dataset();
    let ids: Vec<String> = (0..10)
        .map(|at| {
            let mut body = plot(&dataset);
            body["params"]["title"] = format!("Number {at}").into();
            id(&submit(&body).expect(202).json()).to_owned()
        })
        .collect();
    assert_eq!(ids.iter().collect::<HashSet<_>>().len(), 10);
    for id in &ids {
        let job = shared().wait_for_job(id);
        assert_eq!(job["status"], "complete", "{job}");
        assert_eq!(job["attempts"], 1, "{job}");
    }
    let list = shared().get(&format!("/jobs?dataset={dataset}&limit=100"));
    let listed = list["jobs"]
        .as_array()
        .unwrap_or_else(|| panic!("no jobs: {list}"));
    assert_eq!(listed.len(), 10, "{list}");
}

#[test]
fn what_the_analysis_refuses_fails_at_once_and_says_why() {
    let dataset = dataset();
    let body = json!({"analysis": "plot", "dataset": dataset, "params": {"y": "averge"}});
    let answer = submit(&body);
    // Either at the door, or by the worker: the user is told the same.
    if answer.status == 202 {
        let job = shared().wait_for_job(id(&answer.json()));
        assert_eq!(job["status"], "failed", "{job}");
        assert_eq!(job["attempts"], 1, "{job}");
        assert!(job["error"].to_string().contains("averge"), "{job}");
        let download = shared().send(Call::get(&format!("/download/{}", id(&job))));
        download.expect_problem(&[409], "failed");
    } else {
        answer.expect_problem(&[422], "averge");
    }
}

#[test]
fn the_same_idempotency_key_gives_the_same_job() {
    let dataset = dataset();
    let key = fresh("key");
    let send = |body: &Value| {
        shared().send(
            Call::post("/jobs")
                .header("idempotency-key", &key)
                .json(body),
        )
    };
    let first = send(&plot(&dataset)).expect(202).json();
    let again = send(&plot(&dataset));
    assert!([200, 202].contains(&again.status), "{}", again.describe());
    assert_eq!(id(&again.json()), id(&first));
    let mut other = plot(&dataset);
    other["params"]["y"] = "days".into();
    send(&other).expect_problem(&[409, 422], "");
}

#[test]
fn the_same_job_on_the_same_points_has_its_result_at_once() {
    let dataset = dataset();
    let first = shared().run_job(&plot(&dataset));
    let second = submit(&plot(&dataset)).expect(200).json();
    assert_eq!(second["status"], "complete", "{second}");
    let picture = |job: &Value| {
        shared()
            .send(Call::get(&format!("/download/{}", id(job))))
            .expect(200)
            .body
    };
    assert_eq!(picture(&second), picture(&first));
    let point = json!({"time": "2030", "average": 500});
    let points = format!("/datasets/{dataset}/points");
    shared()
        .send(Call::post(&points).json(&point))
        .expect(201)
        .json();
    let third = shared().run_job(&plot(&dataset));
    assert_ne!(
        picture(&third),
        picture(&first),
        "another version, another picture"
    );
}

#[test]
fn a_finished_job_can_be_deleted() {
    let job = shared().run_job(&plot(&dataset()));
    let path = format!("/jobs/{}", id(&job));
    let deleted = shared().send(Call::new("DELETE", &path));
    assert!(
        [200, 204].contains(&deleted.status),
        "{}",
        deleted.describe()
    );
    eventually("the job is gone", || {
        (shared().send(Call::get(&path)).status == 404).then_some(())
    });
    shared()
        .send(Call::get(&format!("/download/{}", id(&job))))
        .expect_problem(&[404], id(&job));
}

#[test]
fn the_built_in_analysis_describes_itself() {
    let list = shared().get("/analyses");
    assert!(list.to_string().contains("\"plot\""), "{list}");
    let plot = shared().get("/analyses/plot");
    assert_eq!(plot["name"], "plot");
    assert!(plot["parameters"]["properties"]["y"].is_object(), "{plot}");
}

#[test]
fn jobs_that_do_not_exist() {
    for path in ["/jobs/", "/download/"] {
        for id in [NOBODY, "nonsense", "a%2Fb"] {
            let problem = shared().send(Call::get(&format!("{path}{id}")));
            problem.expect_problem(&[404], "");
        }
    }
    shared()
        .send(Call::new("DELETE", &format!("/jobs/{NOBODY}")))
        .expect_problem(&[404], NOBODY);
    let file = format!("/jobs/{NOBODY}/files/plot.png");
    shared()
        .send(Call::get(&file))
        .expect_problem(&[404], NOBODY);
}
