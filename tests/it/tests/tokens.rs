//! Tokens: who may do what, where they are required.

use std::time::Duration;

use it::{Almanac, Answer, Call, eventually_within, private, workspace};
use serde_json::{Value, json};

const ADMIN: &str = "the-first-token-of-these-tests";
const SCOPES: [&str; 4] = ["read", "write", "jobs", "admin"];

/// The scope that each route needs; `None`: nothing at all.
const DEMANDS: &[(&str, &str, Option<&str>)] = &[
    ("GET", "/", None),
    ("GET", "/ui", None),
    ("GET", "/docs", None),
    ("GET", "/help", None),
    ("GET", "/openapi.json", None),
    ("GET", "/healthz", None),
    ("GET", "/readyz", None),
    ("GET", "/limits", None),
    ("GET", "/metrics", Some("admin")),
    ("GET", "/datasets", Some("read")),
    ("POST", "/datasets", Some("write")),
    ("GET", "/datasets/{name}", Some("read")),
    ("PATCH", "/datasets/{name}", Some("write")),
    ("DELETE", "/datasets/{name}", Some("write")),
    ("POST", "/datasets/{name}/import", Some("write")),
    ("GET", "/datasets/{name}/points", Some("read")),
    ("POST", "/datasets/{name}/points", Some("write")),
    ("DELETE", "/datasets/{name}/points", Some("write")),
    ("GET", "/datasets/{name}/points/{id}", Some("read")),
    ("PUT", "/datasets/{name}/points/{id}", Some("write")),
    ("PATCH", "/datasets/{name}/points/{id}", Some("write")),
    ("DELETE", "/datasets/{name}/points/{id}", Some("write")),
    ("GET", "/datasets/{name}/aggregate", Some("read")),
    ("GET", "/datasets/{name}/export", Some("read")),
    ("POST", "/callbacks/deliver", None),
    ("GET", "/analyses", None),
    ("GET", "/analyses/{name}", None),
    ("POST", "/analyses/{name}/pause", Some("admin")),
    ("POST", "/analyses/{name}/resume", Some("admin")),
    ("GET", "/jobs", Some("jobs")),
    ("POST", "/jobs", Some("jobs")),
    ("GET", "/jobs/{id}", Some("jobs")),
    ("DELETE", "/jobs/{id}", Some("jobs")),
    ("GET", "/jobs/{id}/events", Some("jobs")),
    ("GET", "/jobs/{id}/files/{name}", Some("jobs")),
    ("GET", "/download/{id}", Some("jobs")),
    ("GET", "/schedules", Some("jobs")),
    ("POST", "/schedules", Some("jobs")),
    ("GET", "/schedules/{id}", Some("jobs")),
    ("DELETE", "/schedules/{id}", Some("jobs")),
    ("GET", "/degrees", Some("read")),
    ("GET", "/animals", Some("read")),
    ("POST", "/animals", Some("write")),
    ("DELETE", "/animals", Some("write")),
    ("GET", "/animals/random", Some("read")),
    ("POST", "/animals/random", Some("write")),
    ("GET", "/animals/head/{head}", Some("read")),
    ("GET", "/animals/legs/{n}", Some("read")),
    ("GET", "/animals/count", Some("read")),
    ("GET", "/animals/average-legs", Some("read")),
    ("GET", "/animals/summary", Some("read")),
    ("POST", "/animals/breed", Some("write")),
    ("GET", "/animals/{uid}", Some("read")),
    ("PUT", "/animals/{uid}", Some("write")),
    ("PATCH", "/animals/{uid}", Some("write")),
    ("DELETE", "/animals/{uid}", Some("write")),
    ("POST", "/queues/{name}", Some("jobs")),
    ("GET", "/queues/{name}", Some("jobs")),
    ("DELETE", "/queues/{name}", Some("jobs")),
    ("POST", "/queues/{name}/get", Some("jobs")),
    ("POST", "/submit", Some("jobs")),
    ("GET", "/run", None),
    ("POST", "/run", Some("jobs")),
    ("GET", "/run/{id}", Some("jobs")),
    ("GET", "/tokens", Some("admin")),
    ("POST", "/tokens", Some("admin")),
    ("DELETE", "/tokens/{id}", Some("admin")),
];

/// An Almanac that wants tokens, with the dataset `co2` and a job on it that has ended.
struct Guarded {
    almanac: Almanac,
    job: String,
    schedule: String,
}

impl Guarded {
    fn start() -> Option<Self> {
        let almanac = private(&[("require_tokens", "true"), ("admin_token", ADMIN)])?;
        let csv = std::fs::read(workspace().join("data/co2.csv")).expect("the sample");
        let import = Call::post("/datasets/co2/import").csv(csv);
        let _ = almanac.send(with(import, ADMIN)).expect(201);
        let order = json!({"analysis": "plot", "dataset": "co2", "params": {"y": "average"}});
        let submit = Call::post("/jobs").json(&order).header("prefer", "wait=30");
        let job = almanac.send(with(submit, ADMIN)).expect(200).json();
        let job = job["id"].as_str().expect("an id").to_owned();
        let daily = json!({"every": "1d", "job": order});
        let schedule = Call::post("/schedules").json(&daily);
        let schedule = almanac.send(with(schedule, ADMIN)).expect(201).json();
        let schedule = schedule["id"].as_str().expect("an id").to_owned();
        Some(Self {
            almanac,
            job,
            schedule,
        })
    }

    fn make(&self, wanted: &Value) -> Value {
        let made = Call::post("/tokens").json(wanted);
        self.almanac.send(with(made, ADMIN)).expect(201).json()
    }

    fn token(&self, scope: &str) -> String {
        secret(&self.make(&json!({"scopes": [scope]})))
    }

    /// A request that would find something, if it may.
    fn call(&self, method: &str, path: &str) -> Call {
        let is_job = path.starts_with("/jobs") || path.starts_with("/download");
        let path = path
            .replace("/analyses/{name}", "/analyses/sleep")
            .replace("/files/{name}", "/files/plot.svg")
            .replace("/schedules/{id}", &format!("/schedules/{}", self.schedule))
            .replace("{name}", "co2")
            .replace("{id}", if is_job { &self.job } else { "nothing" });
        let call = Call::new(method, &path);
        match (method, path.as_str()) {
            // Refused for their content, by whoever may say so: nothing is changed here.
            ("POST" | "PUT" | "PATCH", _) => call.json(&json!({"nonsense": true})),
            _ => call,
        }
    }

    fn send(&self, method: &str, path: &str, token: Option<&str>) -> Answer {
        let call = self.call(method, path);
        self.almanac.send(match token {
            Some(token) => with(call, token),
            None => call,
        })
    }
}

fn with(call: Call, token: &str) -> Call {
    call.header("authorization", &format!("Bearer {token}"))
}

fn secret(made: &Value) -> String {
    made["token"].as_str().expect("a token").to_owned()
}

#[track_caller]
fn expect_refusal(answer: &Answer, status: u16, error: &str) {
    answer.expect_problem(&[status], "");
    let challenge = answer.header("www-authenticate");
    assert!(challenge.starts_with("Bearer "), "{}", answer.describe());
    assert!(challenge.contains(error), "{}", answer.describe());
}

#[test]
fn every_route_is_tried_with_every_kind_of_token() {
    let Some(guarded) = Guarded::start() else {
        return;
    };
    let document = guarded.almanac.get("/openapi.json");
    let by_scope = SCOPES.map(|scope| (scope, guarded.token(scope)));
    let foreign = guarded.make(&json!({
        "scopes": ["read", "write", "jobs"], "datasets": ["weather"],
    }));
    let foreign = secret(&foreign);
    let revoked = guarded.make(&json!({"scopes": ["admin"]}));
    let revoke = Call::new(
        "DELETE",
        &format!("/tokens/{}", revoked["id"].as_str().expect("an id")),
    );
    let _ = guarded.almanac.send(with(revoke, ADMIN)).expect(204);
    let soon = in_seconds(1);
    let expired = guarded.make(&json!({"scopes": ["admin"], "expires_on": soon}));
    let expired = secret(&expired);
    eventually_within(Duration::from_secs(5), "the token expires", || {
        (guarded.send("GET", "/metrics", Some(&expired)).status == 401).then_some(())
    });

    let mut tried = 0;
    for (path, methods) in document["paths"].as_object().expect("paths") {
        for method in methods.as_object().expect("methods").keys() {
            let method = method.to_uppercase();
            let demand = DEMANDS
                .iter()
                .find(|(known, route, _)| *known == method && route == path)
                .unwrap_or_else(|| panic!("{method} {path} is in no trial"));
            tried += 1;
            let Some(needed) = demand.2 else {
                let answer = guarded.send(&method, path, None);
                assert!(
                    ![401, 403].contains(&answer.status),
                    "{}",
                    answer.describe()
                );
                continue;
            };
            // The list of datasets is for everybody: it has what each may see.
            if (method.as_str(), path.as_str()) != ("GET", "/datasets") {
                expect_refusal(&guarded.send(&method, path, None), 401, "realm");
            }
            for bad in [&secret(&revoked), &expired, "nonsense", "almanac_x_y"] {
                let answer = guarded.send(&method, path, Some(bad));
                expect_refusal(&answer, 401, "invalid_token");
            }
            if path.contains("{name}") || path.contains("{id}") {
                expect_refusal(
                    &guarded.send(&method, path, Some(&foreign)),
                    403,
                    "insufficient_scope",
                );
            }
            for (scope, token) in &by_scope {
                // Their turn comes last, for it is they who may delete.
                if *scope == needed || *scope == "admin" {
                    continue;
                }
                let answer = guarded.send(&method, path, Some(token));
                if (method.as_str(), path.as_str()) == ("GET", "/datasets") {
                    assert_eq!(
                        answer.json()["datasets"],
                        json!([]),
                        "{}",
                        answer.describe()
                    );
                } else {
                    expect_refusal(&answer, 403, "insufficient_scope");
                }
            }
        }
    }
    assert_eq!(tried, DEMANDS.len());
    for (method, path, needed) in DEMANDS {
        let is_last = *method == "DELETE";
        if is_last {
            continue;
        }
        let token = by_scope.iter().find(|(scope, _)| Some(*scope) == *needed);
        let answer = guarded.send(method, path, token.map(|(_, token)| token.as_str()));
        assert!(
            ![401, 403].contains(&answer.status),
            "{}",
            answer.describe()
        );
    }
}

/// Milliseconds since 1970, so many seconds from now.
fn in_seconds(seconds: u64) -> String {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let at = since.expect("after 1970") + Duration::from_secs(seconds);
    at.as_millis().to_string()
}

#[test]
fn what_is_public_is_read_by_everybody_and_changed_by_nobody_else() {
    let Some(guarded) = Guarded::start() else {
        return;
    };
    let almanac = &guarded.almanac;
    assert_eq!(almanac.get("/datasets")["datasets"], json!([]));
    let open = Call::new("PATCH", "/datasets/co2").json(&json!({"public": true}));
    let opened = almanac.send(with(open, ADMIN)).expect(200).json();
    assert_eq!(opened["public"], true);
    assert_eq!(almanac.get("/datasets")["datasets"][0]["name"], "co2");
    let page = almanac.get("/datasets/co2/points?limit=1");
    assert_eq!(page["points"].as_array().map(Vec::len), Some(1));
    let _ = almanac.send(Call::get("/datasets/co2/export")).expect(200);
    expect_refusal(
        &guarded.send("DELETE", "/datasets/{name}", None),
        401,
        "realm",
    );
    // A successor of the same name is not public.
    let delete = Call::new("DELETE", "/datasets/co2");
    let _ = almanac.send(with(delete, ADMIN)).expect(204);
    almanac
        .send(with(
            Call::post("/datasets")
                .json(&json!({"name": "co2", "fields": [{"name": "a", "type": "text"}]})),
            ADMIN,
        ))
        .expect(201)
        .json();
    expect_refusal(&guarded.send("GET", "/datasets/{name}", None), 401, "realm");
}

#[test]
fn a_token_for_one_dataset_sees_jobs_on_it_alone() {
    let Some(guarded) = Guarded::start() else {
        return;
    };
    let almanac = &guarded.almanac;
    let own = guarded.make(&json!({"scopes": ["jobs", "read", "write"], "datasets": ["co2"]}));
    let own = secret(&own);
    let ask = |call: Call| almanac.send(with(call, &own));
    let _ = ask(Call::get(&format!("/jobs/{}", guarded.job))).expect(200);
    let _ = ask(Call::get("/jobs?dataset=co2")).expect(200);
    expect_refusal(&ask(Call::get("/jobs")), 403, "insufficient_scope");
    expect_refusal(
        &ask(Call::get("/jobs?dataset=weather")),
        403,
        "insufficient_scope",
    );
    let foreign = json!([
        {"analysis": "plot", "dataset": "co2", "params": {"y": "average"}},
        {"analysis": "plot", "dataset": "weather", "params": {"y": "wind"}},
    ]);
    expect_refusal(
        &ask(Call::post("/jobs").json(&foreign)),
        403,
        "insufficient_scope",
    );
    let other = json!({"name": "other", "fields": [{"name": "a", "type": "text"}]});
    expect_refusal(
        &ask(Call::post("/datasets").json(&other)),
        403,
        "insufficient_scope",
    );
    let listed = ask(Call::get("/datasets")).expect(200).json();
    assert_eq!(listed["datasets"].as_array().map(Vec::len), Some(1));
}

#[test]
fn tokens_are_listed_without_their_secret_and_wrong_wishes_are_refused() {
    let Some(guarded) = Guarded::start() else {
        return;
    };
    let made = guarded.make(&json!({"name": "a reader", "scopes": ["read"], "datasets": ["co2"]}));
    let token = secret(&made);
    let _ = guarded
        .send("GET", "/datasets/{name}", Some(&token))
        .expect(200);
    let listed = guarded.send("GET", "/tokens", Some(ADMIN)).expect(200);
    let secret_part = token.rsplit('_').next().expect("a secret");
    assert!(
        !listed.text().contains(secret_part),
        "{}",
        listed.describe()
    );
    let listed = &listed.json()["tokens"][0];
    assert_eq!(listed["name"], "a reader");
    assert!(listed["last_used"].is_string(), "{listed}");
    let log = guarded.almanac.log_tail();
    assert!(!log.contains(secret_part) && !log.contains(ADMIN), "{log}");
    let wrong = json!({
        "name": "x".repeat(101), "scopes": ["reed"], "datasets": ["CO2"],
        "expires_on": "2020", "secret": "mine",
    });
    let refused = guarded
        .almanac
        .send(with(Call::post("/tokens").json(&wrong), ADMIN));
    for culprit in [
        "name",
        "did you mean `read`",
        "datasets[0]",
        "expires_on",
        "secret",
    ] {
        refused.expect_problem(&[422], culprit);
    }
}

#[test]
fn too_many_requests_are_refused_until_the_next_minute() {
    let Some(almanac) = private(&[("requests_per_minute", "5")]) else {
        return;
    };
    let mut answers = (0..12).map(|_| almanac.send(Call::get("/datasets")));
    let refused = answers
        .find(|answer| answer.status == 429)
        .expect("one too many");
    assert!(
        refused.header("ratelimit").contains("r=0"),
        "{}",
        refused.describe()
    );
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=60).contains(&wait));
    let _ = almanac.send(Call::get("/healthz")).expect(200);
}

#[test]
fn pages_from_elsewhere_may_read_answers_if_they_are_let() {
    let Some(almanac) = private(&[("cors_origins", "https://a.example")]) else {
        return;
    };
    let ask = |origin: &str| almanac.send(Call::get("/datasets").header("origin", origin));
    let allowed = "access-control-allow-origin";
    assert_eq!(
        ask("https://a.example").header(allowed),
        "https://a.example"
    );
    assert_eq!(ask("https://b.example").header(allowed), "");
    let preflight = Call::new("OPTIONS", "/jobs")
        .header("origin", "https://a.example")
        .header("access-control-request-method", "POST");
    let answer = almanac.send(preflight);
    assert_eq!(answer.status, 204);
    assert!(
        answer
            .header("access-control-allow-methods")
            .contains("POST")
    );
    assert_eq!(answer.header(allowed), "https://a.example");
}

#[test]
fn a_request_keeps_its_id_and_leaves_a_line() {
    let Some(almanac) = private(&[("log_level", "info")]) else {
        return;
    };
    let ask = Call::get("/datasets/nothing?secret=abc").header("x-request-id", "my-id-1");
    let answer = almanac.send(ask).expect(400);
    assert_eq!(answer.header("x-request-id"), "my-id-1");
    let line = logged(&almanac, "my-id-1");
    assert_eq!(line["path"], "/datasets/nothing");
    assert_eq!(line["status"], 400);
    assert!(!line.to_string().contains("abc"), "{line}");
}

/// The line of the log that has this word.
fn logged(almanac: &Almanac, word: &str) -> Value {
    eventually_within(Duration::from_secs(5), "the line is there", || {
        let log = almanac.log_tail();
        let line = log.lines().find(|line| line.contains(word))?;
        let json = line.get(line.find('{')?..)?;
        serde_json::from_str::<Value>(json).ok()
    })
}

/// One id from the request to the job and to what its worker says.
#[test]
fn a_job_and_its_worker_keep_the_id_of_the_request() {
    let Some(almanac) = private(&[("log_level", "info")]) else {
        return;
    };
    let submit = Call::post("/jobs")
        .json(&json!({"analysis": "echo", "params": {"word": "hello"}}))
        .header("x-request-id", "trace-7");
    let id = almanac.send(submit).expect(202).json()["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let job = almanac.wait_for_job(&id);
    assert_eq!(job["request_id"], "trace-7");
    let line = logged(&almanac, "\"attempt\"");
    assert_eq!(line["request_id"], "trace-7");
    assert_eq!(line["job"], id.as_str());
    assert_eq!(
        (line["analysis"].as_str(), line["end"].as_str()),
        (Some("echo"), Some("complete"))
    );
}
