//! Everything that a request can have wrong gets a problem that names the culprit, and changes
//! nothing.

use it::{Call, file, fresh, shared};
use serde_json::{Value, json};

/// A request, the statuses that suit it, and what its answer must name.
struct Case {
    call: Call,
    statuses: &'static [u16],
    culprit: &'static str,
}

fn case(call: Call, statuses: &'static [u16], culprit: &'static str) -> Case {
    Case {
        call,
        statuses,
        culprit,
    }
}

/// A body with faults, a body that cannot be read, a query string with faults.
const BODY: &[u16] = &[422];
const UNREADABLE: &[u16] = &[400];
const QUERY: &[u16] = &[400];

/// A dataset that must stay as it is.
struct Victim {
    name: String,
    points: String,
    before: Value,
}

impl Victim {
    fn new() -> Self {
        let name = fresh("victim");
        shared().import_csv(&name, "time=date", file("data/weather.csv"));
        let points = format!("/datasets/{name}/points");
        let before = shared().get(&format!("/datasets/{name}"));
        Self {
            name,
            points,
            before,
        }
    }

    /// Sends every request, and looks after each whether something has changed.
    #[track_caller]
    fn suffers(&self, cases: Vec<Case>) {
        for Case {
            call,
            statuses,
            culprit,
        } in cases
        {
            shared().send(call).expect_problem(statuses, culprit);
            assert_eq!(
                shared().get(&format!("/datasets/{}", self.name)),
                self.before
            );
        }
    }

    fn an_id(&self) -> String {
        let point = &shared().points(&self.name, "limit=1")[0];
        point["id"].as_str().expect("an id").to_owned()
    }
}

fn raw(method: &str, path: &str, body: impl Into<Vec<u8>>) -> Call {
    Call::new(method, path).body("application/json", body)
}

#[test]
fn in_the_description_of_a_dataset() {
    let victim = Victim::new();
    let post = |body: Value| Call::post("/datasets").json(&body);
    let field = json!([{"name": "x", "type": "number"}]);
    let named = |name: &str| post(json!({"name": name, "fields": field}));
    let with = |fields: Value| post(json!({"name": "nobody", "fields": fields}));
    let long = "x".repeat(300);
    victim.suffers(vec![
        case(
            raw("POST", "/datasets", "{\"name\": \"x\""),
            UNREADABLE,
            "JSON",
        ),
        case(
            raw("POST", "/datasets", "{\"name\": NaN}"),
            UNREADABLE,
            "JSON",
        ),
        case(
            raw("POST", "/datasets", b"{\"name\": \"\xff\"}".as_slice()),
            UNREADABLE,
            "JSON",
        ),
        case(
            raw("POST", "/datasets", "[".repeat(100_000)),
            UNREADABLE,
            "JSON",
        ),
        case(raw("POST", "/datasets", ""), UNREADABLE, "empty"),
        case(
            raw("POST", "/datasets", "x".repeat(5_000_000)),
            &[413],
            "4194304",
        ),
        case(
            Call::post("/datasets").body("text/plain", "{}"),
            &[415],
            "text/plain",
        ),
        case(
            Call::post("/datasets").body("image/png", "{}"),
            &[415],
            "image/png",
        ),
        case(post(json!([1])), BODY, "list"),
        case(post(json!(null)), BODY, "null"),
        case(post(json!({"fields": field})), BODY, "name"),
        case(post(json!({"name": 5, "fields": field})), BODY, "name"),
        case(post(json!({"name": "nobody"})), BODY, "fields"),
        case(with(json!([])), BODY, "fields"),
        case(with(json!("x")), BODY, "fields"),
        case(with(json!([5])), BODY, "fields[0]"),
        case(with(json!([{"name": "x"}])), BODY, "fields[0].type"),
        case(
            with(json!([{"name": "x", "type": "complex"}])),
            BODY,
            "complex",
        ),
        case(
            with(json!([{"name": "", "type": "text"}])),
            BODY,
            "fields[0].name",
        ),
        case(with(json!([{"name": "id", "type": "text"}])), BODY, "id"),
        case(
            with(json!([{"name": long, "type": "text"}])),
            BODY,
            "fields[0].name",
        ),
        case(
            with(json!([{"name": "x", "type": "text"}, {"name": "x", "type": "number"}])),
            BODY,
            "twice",
        ),
        case(
            with(json!([{"name": "x", "type": "number", "min": 5, "max": 1}])),
            BODY,
            "min",
        ),
        case(
            with(json!([{"name": "x", "type": "number", "min": "low"}])),
            BODY,
            "min",
        ),
        case(
            with(json!([{"name": "x", "type": "number", "colour": 1}])),
            BODY,
            "colour",
        ),
        case(
            post(json!({"name": "nobody", "fields": field, "key": "y"})),
            BODY,
            "key",
        ),
        case(
            post(json!({"name": "nobody", "fields": field, "key": "x"})),
            BODY,
            "key",
        ),
        case(
            post(json!({"name": "nobody", "fields": field, "tilte": "x"})),
            BODY,
            "title",
        ),
        case(
            post(json!({"name": "nobody", "fields": field, "title": long.repeat(2)})),
            BODY,
            "title",
        ),
        case(named(""), BODY, "name"),
        case(named("a/b"), BODY, "name"),
        case(named(".."), BODY, "name"),
        case(named("a.csv"), BODY, "name"),
        case(named("Wetter"), BODY, "name"),
        case(named("größe"), BODY, "name"),
        case(named(&long), BODY, "name"),
        case(
            Call::post("/datasets?nmae=x").json(&json!({"name": "nobody", "fields": field})),
            QUERY,
            "nmae",
        ),
        case(Call::get("/datasets?limit=0"), QUERY, "limit"),
        case(Call::get("/datasets?limit=abc"), QUERY, "limit"),
        case(Call::get("/datasets?cursor=%21%21"), QUERY, "cursor"),
    ]);
    for path in [
        "/datasets/nobody",
        "/datasets/..",
        "/datasets/a.csv",
        "/datasets/Wetter",
    ] {
        shared().send(Call::get(path)).expect_problem(&[404], "");
    }
}

#[test]
fn in_a_change_of_a_dataset() {
    let victim = Victim::new();
    let path = format!("/datasets/{}", victim.name);
    let patch = |body: Value| Call::new("PATCH", &path).json(&body);
    victim.suffers(vec![
        case(raw("PATCH", &path, "{"), UNREADABLE, "JSON"),
        case(patch(json!("title")), BODY, "text"),
        case(patch(json!({"title": 5})), BODY, "title"),
        case(patch(json!({"titel": "x"})), BODY, "title"),
        case(patch(json!({"name": "other"})), BODY, "name"),
        case(
            patch(json!({"fields": [{"name": "wind", "type": "text"}]})),
            BODY,
            "wind",
        ),
        case(
            patch(json!({"fields": [{"name": "new", "type": "text", "required": true}]})),
            BODY,
            "new",
        ),
        case(
            patch(json!({"title": "x"})).header("if-match", "\"0-nonsense\""),
            &[412, 400],
            "",
        ),
    ]);
}

#[test]
fn in_new_points() {
    let victim = Victim::new();
    let points = &victim.points;
    let post = |body: Value| Call::post(points).json(&body);
    let many: Vec<Value> = (0..10_001)
        .map(|at| json!({"time": at + 100_000}))
        .collect();
    victim.suffers(vec![
        case(
            raw("POST", points, "{\"time\": \"2020\", \"wind\": NaN}"),
            UNREADABLE,
            "JSON",
        ),
        case(
            raw("POST", points, "{\"time\": \"2020\", \"wind\": Infinity}"),
            UNREADABLE,
            "JSON",
        ),
        case(
            raw("POST", points, "{\"time\": \"2020\", \"wind\": 1e999}"),
            &[400, 422],
            "",
        ),
        case(raw("POST", points, "not json"), UNREADABLE, "JSON"),
        case(raw("POST", points, "\u{0}\u{1}\u{2}"), UNREADABLE, "JSON"),
        case(
            Call::post(points).body("text/csv", "time,wind\n2020,1\n"),
            &[415],
            "text/csv",
        ),
        case(post(json!(5)), BODY, "5"),
        case(post(json!({})), BODY, "time"),
        case(post(json!({"wind": 1})), BODY, "time"),
        case(post(json!({"time": null, "wind": 1})), BODY, "time"),
        case(post(json!({"time": true, "wind": 1})), BODY, "time"),
        case(
            post(json!({"time": "2023-02-30", "wind": 1})),
            BODY,
            "2023-02-30",
        ),
        case(
            post(json!({"time": "yesterday", "wind": 1})),
            BODY,
            "yesterday",
        ),
        case(
            post(json!({"time": "99999-01-01", "wind": 1})),
            BODY,
            "time",
        ),
        case(post(json!({"time": 1e300, "wind": 1})), BODY, "time"),
        case(post(json!({"time": 1.5, "wind": 1})), BODY, "time"),
        case(
            post(json!({"time": "2020", "wind": "strong"})),
            BODY,
            "wind",
        ),
        case(post(json!({"time": "2020", "wind": "NaN"})), BODY, "wind"),
        case(post(json!({"time": "2020", "wind": [1]})), BODY, "wind"),
        case(post(json!({"time": "2020", "wind": true})), BODY, "wind"),
        case(post(json!({"time": "2020", "weather": 5})), BODY, "weather"),
        case(
            post(json!({"time": "2020", "weather": "x".repeat(5000)})),
            BODY,
            "weather",
        ),
        case(post(json!({"time": "2020", "wnid": 1})), BODY, "wind"),
        case(post(json!({"time": "2020", "id": "mine"})), BODY, "id"),
        case(post(json!([{"time": "2020"}, 7])), BODY, "[1]"),
        case(
            post(json!([{"time": "2020", "wind": 1}, {"time": "2021", "wind": "x"}])),
            BODY,
            "[1].wind",
        ),
        case(post(json!([])), BODY, ""),
        case(post(many.into()), &[413, 422], "10000"),
        case(
            Call::post(&format!("{points}?strat=1")).json(&json!({"time": "2020"})),
            QUERY,
            "strat",
        ),
        case(
            Call::post("/datasets/nobody/points").json(&json!({"time": "2020"})),
            &[404],
            "nobody",
        ),
    ]);
}

#[test]
fn in_the_edit_of_a_point() {
    let victim = Victim::new();
    let path = format!("{}/{}", victim.points, victim.an_id());
    let edit = |body: Value| Call::new("PATCH", &path).json(&body);
    let put = |body: Value| Call::new("PUT", &path).json(&body);
    let unknown = format!("{}/00000000-0000-8000-8000-000000000000", victim.points);
    let wind = json!({"wind": 1});
    victim.suffers(vec![
        case(raw("PATCH", &path, "{"), UNREADABLE, "JSON"),
        case(raw("PUT", &path, ""), UNREADABLE, "empty"),
        case(edit(json!([])), BODY, "list"),
        case(edit(json!({"wind": "strong"})), BODY, "wind"),
        case(edit(json!({"wnid": 1})), BODY, "wind"),
        case(edit(json!({"time": "2020"})), BODY, "time"),
        case(edit(json!({"id": "other"})), BODY, "id"),
        case(put(json!({"weather": 5})), BODY, "weather"),
        case(put(json!({"time": "2020", "wind": 1})), BODY, "time"),
        case(
            edit(wind.clone()).header("if-match", "\"0-nonsense\""),
            &[412, 400],
            "",
        ),
        case(Call::new("PATCH", &unknown).json(&wind), &[404], "00000000"),
        case(Call::new("PUT", &unknown).json(&wind), &[404], "00000000"),
        case(Call::new("DELETE", &unknown), &[404], "00000000"),
        case(Call::get(&unknown), &[404], "00000000"),
        case(
            Call::get(&format!("{}/nonsense", victim.points)),
            &[404],
            "nonsense",
        ),
        case(Call::get(&format!("{}/a%2Fb", victim.points)), &[404], ""),
        case(
            Call::get(&format!("{}/{}", victim.points, "9".repeat(300))),
            &[404],
            "999",
        ),
        case(Call::get(&format!("{path}?fields=wind&x=1")), QUERY, "x"),
        case(Call::get(&format!("{path}/more")), &[404], ""),
    ]);
}

#[test]
fn in_queries() {
    let victim = Victim::new();
    let get = |query: &str| Call::get(&format!("{}?{query}", victim.points));
    let mut cases: Vec<Case> = [
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=1000000000", "limit"),
        ("limit=abc", "limit"),
        ("limit=1.5", "limit"),
        ("limit=", "limit"),
        ("limit=5&limit=6", "limit"),
        ("start=2013&end=2012", "start"),
        ("start=yesterday", "start"),
        ("start=", "start"),
        ("start=2023-02-30", "2023-02-30"),
        ("end=2012-13", "end"),
        ("end=NaN", "end"),
        ("start=99999999999999999999", "start"),
        ("start=-99999999999999999999", "start"),
        ("end=9999-01-01", "end"),
        ("start=2012&start=2013", "start"),
        ("strat=2012", "start"),
        ("order=up", "order"),
        ("cursor=nonsense", "cursor"),
        ("cursor=%00%ff", ""),
        ("fields=wind,wnid", "wnid"),
        ("fields=", "fields"),
        ("wind=gt.strong", "strong"),
        ("wind=gt.NaN", "NaN"),
        ("wind=gt.inf", "inf"),
        ("wind=gtt.5", "gt"),
        ("wind=", "wind"),
        ("weather=in.rain,snow", "weather"),
        ("weather=is.nul", "null"),
        ("wnid=gt.5", "wind"),
        ("format=xml", "xml"),
        ("x=1&y=2&limit=0", "y"),
    ]
    .into_iter()
    .map(|(query, culprit)| case(get(query), QUERY, culprit))
    .collect();
    cases.push(case(Call::get("/datasets/nobody/points"), &[404], "nobody"));
    cases.push(case(
        Call::get("/datasets/nobody/points?limit=x"),
        &[400, 404],
        "",
    ));
    victim.suffers(cases);
    let said = shared()
        .send(get("x=1&limit=0&order=up"))
        .expect_problem(QUERY, "limit")
        .to_string();
    assert!(
        said.contains("order") && said.contains("`x`"),
        "every fault at once: {said}"
    );
}

#[test]
fn in_the_deletion_of_points() {
    let victim = Victim::new();
    let delete = |query: &str| Call::new("DELETE", &format!("{}{query}", victim.points));
    victim.suffers(vec![
        case(delete(""), &[400, 422], "start"),
        case(delete("?start=2013&end=2012"), QUERY, "start"),
        case(delete("?start=soon"), QUERY, "start"),
        case(delete("?limit=5"), QUERY, "limit"),
        case(delete("?strat=2012"), QUERY, "start"),
        case(delete("?wind=gt.x"), QUERY, "wind"),
        case(
            delete("?start=2012").header("if-match", "\"0-nonsense\""),
            &[412, 400],
            "",
        ),
        case(
            Call::new("DELETE", "/datasets/nobody/points?start=2012"),
            &[404],
            "nobody",
        ),
    ]);
}

#[test]
fn in_files() {
    let victim = Victim::new();
    let path = format!("/datasets/{}/import", victim.name);
    let csv = |body: &str| Call::post(&path).csv(body);
    let with = |options: &str| Call::post(&format!("{path}?{options}")).csv("date,wind\n2020,1\n");
    let binary: Vec<u8> = (0..2000_u32).map(|at| (at * 7919 % 256) as u8).collect();
    let unreadable: &[u16] = &[400, 415, 422];
    let mut cases = vec![
        case(csv(""), unreadable, "empty"),
        case(csv("\n\n\n"), unreadable, ""),
        case(csv("date,wind\n"), unreadable, ""),
        case(csv("date,wind\n2020,1\n2021,2,3\n"), BODY, "line 3"),
        case(csv("date,wind\n2020,1\n2021\n"), BODY, "line 3"),
        case(csv("date,wind,wind\n2020,1,2\n"), BODY, "wind"),
        case(csv("date,date,wind\n2020,2021,2\n"), BODY, "date"),
        case(csv("date,wind\n2020,1\n2023-02-30,2\n"), BODY, "2023-02-30"),
        case(csv("date,wind\n2020,1\n,2\n"), BODY, "line 3"),
        case(csv("date,wind\n2020,inf\n"), BODY, "inf"),
        case(csv("date,wind\n2020,-Infinity\n"), BODY, "Infinity"),
        case(csv("date,wind\n2020,1e999\n"), BODY, "1e999"),
        case(csv("date,wind\n2020,strong\n"), BODY, "strong"),
        case(csv("date,wnid\n2020,1\n"), BODY, "wnid"),
        case(csv("date,wind\n2020,\"1\n"), BODY, "line"),
        case(csv("wind,temp_max\n1,2\n"), BODY, "time"),
        case(
            Call::post(&path).body("text/csv", binary.clone()),
            unreadable,
            "",
        ),
        case(
            Call::post(&path).body("application/octet-stream", binary),
            unreadable,
            "",
        ),
        case(
            Call::post(&path).body("image/png", b"\x89PNG\r\n\x1a\n".as_slice()),
            unreadable,
            "",
        ),
        case(
            Call::post(&path).body("text/csv", b"date,wind\n2020,\xff\xfe\n".as_slice()),
            BODY,
            "UTF-8",
        ),
        case(
            raw("POST", &path, "[{\"date\": \"2020\", \"wind\": 1},"),
            unreadable,
            "",
        ),
        case(raw("POST", &path, "[1, 2]"), unreadable, ""),
        case(raw("POST", &path, "\"2020\""), unreadable, ""),
        case(raw("POST", &path, "{\"a\": 5}"), unreadable, ""),
        case(raw("POST", &path, "[]"), unreadable, ""),
        case(
            raw("POST", &path, "[{\"date\": \"2020\", \"wind\": {}}]"),
            BODY,
            "wind",
        ),
        case(with("time=when"), &[400, 422], "when"),
        case(with("tmie=date"), QUERY, "time"),
        case(with("on_error=maybe"), QUERY, "on_error"),
        case(with("tz=Mars/Olympus"), QUERY, "Mars"),
        case(with("time_format=%25Q"), QUERY, "time_format"),
        case(with("delimiter=ab"), QUERY, "delimiter"),
        case(with("rename=wind"), QUERY, "rename"),
        case(with("skip=nothing"), &[400, 422], "nothing"),
        case(with("types=wind:complex"), QUERY, "types"),
        case(with("dry_run=perhaps"), QUERY, "dry_run"),
        case(
            with("time=date").header("if-match", "\"0-nonsense\""),
            &[412, 400],
            "",
        ),
    ];
    for name in ["a.b", "Wetter", "%2E%2E", "a%2Fb", &"x".repeat(300)] {
        let call = Call::post(&format!("/datasets/{name}/import")).csv("time,x\n2020,1\n");
        cases.push(case(call, &[404, 422], ""));
    }
    victim.suffers(cases);
}

#[test]
fn in_jobs() {
    let victim = Victim::new();
    let name = &victim.name;
    let post = |body: Value| Call::post("/jobs").json(&body);
    let plot = |params: Value| post(json!({"analysis": "plot", "dataset": name, "params": params}));
    let range = |start: &str, end: &str| {
        let params = json!({"y": "wind"});
        post(
            json!({"analysis": "plot", "dataset": name, "start": start, "end": end, "params": params}),
        )
    };
    victim.suffers(vec![
        case(
            raw("POST", "/jobs", "{\"analysis\": plot}"),
            UNREADABLE,
            "JSON",
        ),
        case(raw("POST", "/jobs", ""), UNREADABLE, "empty"),
        case(
            Call::post("/jobs").body("text/plain", "plot"),
            &[415],
            "text/plain",
        ),
        case(post(json!([])), BODY, "1000"),
        case(post(json!([5])), BODY, "[0]"),
        case(
            post(json!([{"analysis": "plot"}, {"analysis": "plto"}])),
            BODY,
            "[1].analysis",
        ),
        case(post(json!({})), BODY, "analysis"),
        case(post(json!({"analysis": 5})), BODY, "analysis"),
        case(
            post(json!({"analysis": "plto", "dataset": name, "params": {}})),
            &[422, 404],
            "plot",
        ),
        case(
            post(json!({"analysis": "plot", "params": {"y": "wind"}})),
            BODY,
            "dataset",
        ),
        case(
            post(json!({"analysis": "plot", "dataset": "nobody", "params": {"y": "wind"}})),
            &[422, 404],
            "nobody",
        ),
        case(
            post(json!({"analysis": "plot", "dataset": "../etc", "params": {"y": "wind"}})),
            BODY,
            "dataset",
        ),
        case(
            post(json!({"analysis": "plot", "dataset": name, "params": 5})),
            BODY,
            "params",
        ),
        case(
            post(json!({"analysis": "plot", "dataset": name, "parms": {"y": "wind"}})),
            BODY,
            "params",
        ),
        case(plot(json!({"y": 5})), BODY, "y"),
        case(plot(json!({"y": "wnid"})), BODY, "wnid"),
        case(plot(json!({"y": "weather"})), BODY, "weather"),
        case(plot(json!({})), BODY, "y"),
        case(plot(json!({"y": "wind", "knid": "line"})), BODY, "kind"),
        case(plot(json!({"y": "wind", "kind": "pie"})), BODY, "pie"),
        case(plot(json!({"y": "wind", "width": -1})), BODY, "width"),
        case(plot(json!({"y": "wind", "width": 1e9})), BODY, "width"),
        case(plot(json!({"y": "wind", "width": "wide"})), BODY, "width"),
        case(range("2013", "2012"), BODY, "start"),
        case(range("2023-02-30", "2024"), BODY, "2023-02-30"),
        case(range("soon", "2024"), BODY, "start"),
        case(Call::get("/jobs?limit=0"), QUERY, "limit"),
        case(Call::get("/jobs?status=happy"), QUERY, "status"),
        case(Call::get("/jobs?stauts=failed"), QUERY, "status"),
        case(Call::get("/analyses/plto"), &[404], "plto"),
        case(Call::get("/analyses?x=1"), QUERY, "x"),
    ]);
    let list = shared().get(&format!("/jobs?dataset={name}"));
    assert_eq!(list["jobs"], json!([]), "none of them made a job");
}

#[test]
fn in_methods_and_paths() {
    let victim = Victim::new();
    let dataset = format!("/datasets/{}", victim.name);
    let point = format!("{}/{}", victim.points, victim.an_id());
    for (path, methods) in [
        ("/", "POST PUT PATCH DELETE"),
        ("/help", "POST DELETE"),
        ("/healthz", "POST DELETE"),
        ("/readyz", "PUT"),
        ("/limits", "PATCH"),
        ("/datasets", "PUT PATCH DELETE BREW"),
        (dataset.as_str(), "POST PUT"),
        (&format!("{dataset}/import"), "GET PUT DELETE"),
        (&victim.points, "PUT PATCH"),
        (&point, "POST"),
        ("/analyses", "POST DELETE"),
        ("/analyses/plot", "PUT"),
        ("/jobs", "PUT PATCH DELETE"),
        ("/jobs/00000000-0000-4000-8000-000000000000", "PUT PATCH"),
        (
            "/download/00000000-0000-4000-8000-000000000000",
            "POST DELETE",
        ),
    ] {
        for method in methods.split(' ') {
            let answer = shared().send(Call::new(method, path));
            let problem = answer.expect_problem(&[405], "");
            let allow = answer.header("allow").to_owned();
            assert!(!allow.is_empty(), "{}", answer.describe());
            assert!(
                !allow.split(", ").any(|known| known == method),
                "{method} in {allow}"
            );
            assert!(problem["detail"].to_string().contains(&allow), "{problem}");
        }
    }
    let long = format!("/{}", "x".repeat(2000));
    victim.suffers(
        [
            "/nope",
            "/dataset",
            "/datasets/a/b/c/d",
            "/jobs/a/b",
            "/jobs/a/b/c/d",
            "/download",
            "/download/a/b",
            "/%ff",
            "/help/more",
            "/index.html",
            "/..%2f..%2fetc",
            &long,
        ]
        .map(|path| case(Call::get(path), &[404], ""))
        .into(),
    );
    victim.suffers(vec![
        case(Call::get(&format!("{dataset}/nope")), &[404], "nope"),
        case(Call::get("/datasets/%ff"), &[404], ""),
        case(
            Call::get(&format!("/datasets/{}", "x".repeat(300))),
            &[404],
            "",
        ),
        case(Call::get("/healthz?x=1"), QUERY, "x"),
        case(Call::get("/help?x=1"), QUERY, "x"),
    ]);
}
