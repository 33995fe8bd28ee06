//! Analyses of one's own: `make analysis`, the templates, and analyses that go wrong.

use std::collections::HashSet;
use std::sync::OnceLock;
use std::time::Duration;

use it::{App, Call, Client, Project, Redis, eventually, eventually_within, file, workspace};
use serde_json::{Value, json};

/// The page that leads through an analysis of one's own.
const PAGE: &str = "docs/your-own-analysis.md";

/// What the analysis `rogue` does when it is asked for the mean of these fields.
const MISCHIEF: &str = r#"
    wish = data.columns[0].field.name
    if wish == "loop":
        while True:
            pass
    if wish == "trap":
        sys.modules["time"].time()
    if wish == "file":
        print("nobody hears this")
        open("/etc/passwd")
    if wish == "import":
        import decimal
    if wish == "hog":
        hoard = []
        while True:
            hoard.append(bytearray(1 << 24))
    if wish == "error":
        raise ValueError("as told")
"#;

/// A memory of the Python analyses has 50 MB from the start.
const LIMITS: [&str; 2] = ["--max-computing=2s", "--max-instance-memory=268435456"];

/// The analyses that are tried.
const NAMES: [&str; 4] = ["mean-python", "mean-javascript", "rogue", "share-above"];

/// An app with analyses that `make analysis` began.
struct Tried {
    redis: Redis,
    app: App,
}

/// The app that these tests share; `None` where the tests run against a given Almanac or host.
fn tried() -> Option<&'static Tried> {
    static TRIED: OnceLock<Tried> = OnceLock::new();
    for variable in ["ALMANAC_URL", "ALMANAC_HOST"] {
        if std::env::var_os(variable).is_some() {
            eprintln!("skipped: this test needs an app of its own, and {variable} is set");
            return None;
        }
    }
    Some(TRIED.get_or_init(start))
}

fn start() -> Tried {
    let project = Project::copy();
    for (name, language) in [
        ("mean-python", "python"),
        ("mean-javascript", "javascript"),
        ("rogue", "python"),
        ("share-above", "python"),
    ] {
        analysis(&project, name, language).expect("a new analysis");
    }
    follow_the_page(&project);
    // What the schema lets pass comes to the analyses' own `select`.
    for path in ["rogue/analysis.py", "mean-javascript/analysis.js"] {
        let path = format!("components/analyses/{path}");
        let text = project.read(&path);
        assert!(text.contains("number-field"), "{text}");
        project.write(&path, &text.replace("number-field", "text"));
    }
    let path = "components/analyses/rogue/analysis.py";
    let text = project.read(path);
    let begin = "and in the end a report or a refusal.\"\"\"\n";
    assert!(text.contains(begin), "{text}");
    project.write(path, &text.replace(begin, &format!("{begin}{MISCHIEF}")));
    let build = [&["build"][..], &NAMES].concat();
    project
        .run("scripts/analysis.sh", &build)
        .unwrap_or_else(|said| panic!("{said}"));

    let redis = Redis::start();
    let workers = NAMES.map(|name| format!("{name}-worker"));
    let mut components = vec!["home", "datasets", "jobs", "echo-worker"];
    components.extend(workers.iter().map(String::as_str));
    let mut app = App::start_project(&redis.url(), "tried", &components, &project, &LIMITS);
    app.wait_until_ready();
    let tried = Tried { redis, app };
    for name in NAMES {
        tried.ring(name);
        let path = format!("/analyses/{name}");
        let client = tried.client();
        eventually("its worker has brought the analysis", || {
            let answer = client.send(&Call::get(&path));
            (answer.status == 200).then_some(())
        });
    }
    let co2 = file("data/co2.csv");
    tried.import("co2", "month", co2);
    let rogue =
        "time,loop,trap,hog,error,file,import,text\n2020,1,1,1,1,1,1,a\n2021,1,1,1,1,1,1,b\n";
    tried.import("rogue", "time", rogue);
    tried
}

/// Changes the template as the page says.
fn follow_the_page(project: &Project) {
    let page = file(PAGE);
    let mut blocks = page.split("```python\n").skip(1).map(|rest| {
        let (block, _) = rest.split_once("```").expect("the end of a block");
        block
    });
    let path = "components/analyses/share-above/analysis.py";
    let mut text = project.read(path);
    for (begin, end) in [
        ("DESCRIPTION = ", "# Points in one step"),
        ("def compute(", "# What follows"),
    ] {
        let block = blocks.next().expect("a block of Python");
        assert!(block.starts_with(begin), "{block}");
        let (before, rest) = text.split_once(begin).expect(begin);
        let (_, after) = rest.split_once(end).expect(end);
        text = format!("{before}{block}\n\n{end}{after}");
    }
    project.write(path, &text);
}

fn analysis(project: &Project, name: &str, language: &str) -> Result<String, String> {
    let name = format!("NAME={name}");
    let language = format!("LANG={language}");
    project.run(
        "make",
        &["--no-print-directory", "analysis", &name, &language],
    )
}

impl Tried {
    fn client(&self) -> Client {
        self.app.client()
    }

    /// Rings once the worker listens.
    fn ring(&self, name: &str) {
        let channel = format!("almanac.doorbell.{name}");
        eventually("a worker listens", || {
            let heard = self.redis.client().number(&["PUBLISH", &channel, ""]);
            (heard > 0).then_some(())
        });
    }

    fn import(&self, dataset: &str, time: &str, csv: impl Into<Vec<u8>>) {
        let path = format!("/datasets/{dataset}/import?time={time}");
        let answer = self.client().send(&Call::post(&path).csv(csv));
        assert_eq!(answer.status, 201, "{}", answer.describe());
    }

    fn submit(&self, analysis: &str, dataset: &str, field: &str) -> String {
        let body = json!({"analysis": analysis, "dataset": dataset, "params": {"field": field}});
        let call = Call::post("/jobs").header("cache-control", "no-cache");
        let job = self.client().send(&call.json(&body)).expect(202).json();
        job["id"].as_str().expect("an id").to_owned()
    }

    fn end_of(&self, id: &str) -> Value {
        let call = Call::get(&format!("/jobs/{id}")).header("prefer", "wait=5");
        eventually_within(Duration::from_secs(60), "the job ends", || {
            let job = self.client().send(&call).expect(200).json();
            let status = job["status"].as_str().expect("a status");
            ["complete", "failed"].contains(&status).then_some(job)
        })
    }

    fn run(&self, analysis: &str, dataset: &str, field: &str) -> Value {
        self.end_of(&self.submit(analysis, dataset, field))
    }

    /// Follows a job of `rogue` that ends its worker at every attempt, until it is given up. Its leases run
    /// out at once instead of in 15 seconds.
    fn end_of_deadly(&self, id: &str) -> Value {
        let leases = "almanac:{jobs}:leases:rogue";
        let path = format!("/jobs/{id}");
        eventually_within(Duration::from_secs(90), "the job is given up", || {
            self.redis.client().ask(&["ZADD", leases, "XX", "1", id]);
            let job = self.client().send(&Call::get(&path)).expect(200).json();
            (job["status"] == "failed").then_some(job)
        })
    }

    /// Everything that the templates do.
    fn try_template(&self, name: &str) {
        let described = self.client().send(&Call::get(&format!("/analyses/{name}")));
        let described = described.expect(200).json();
        assert_eq!(described["example"], json!({"field": "average"}));

        let job = self.run(name, "co2", "average");
        assert_eq!(job["status"], "complete", "{job}");
        let result = &job["result"];
        assert_eq!([&result["count"], &result["missing"]], [820, 0], "{job}");
        let values = column("average");
        let sum: f64 = values.iter().sum();
        let mean = result["mean"].as_f64().expect("a mean");
        assert!((mean - sum / values.len() as f64).abs() < 1e-9, "{job}");
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert_eq!([&result["min"], &result["max"]], [least, greatest], "{job}");
        assert_eq!(result, &self.run(name, "co2", "average")["result"]);

        // A column without any value is one of texts, so the numbers are filtered away instead.
        let body = json!({
            "analysis": name, "dataset": "co2", "params": {"field": "average"}, "end": "1900",
        });
        let job = self
            .client()
            .send(&Call::post("/jobs").json(&body))
            .expect(202)
            .json();
        let job = self.end_of(job["id"].as_str().expect("an id"));
        assert_eq!(job["status"], "failed", "{job}");
        assert!(job["error"].to_string().contains("no points"), "{job}");
    }

    /// Fields that the analysis itself refuses to work on.
    fn try_select(&self, name: &str) {
        for (field, reason) in [("text", "has no numbers"), ("averag", "no field `averag`")] {
            let job = self.run(name, "rogue", field);
            assert_eq!(job["status"], "failed", "{job}");
            assert_eq!(job["attempts"], 1, "{job}");
            let error = job["error"].as_str().unwrap_or_default();
            assert!(error.contains(reason), "{job}");
        }
    }
}

/// A column of data/co2.csv.
fn column(name: &str) -> Vec<f64> {
    let text = file("data/co2.csv");
    let mut lines = text.lines();
    let head = lines.next().expect("a head");
    let at = head
        .split(',')
        .position(|word| word == name)
        .expect("a column");
    lines
        .filter_map(|line| line.split(',').nth(at)?.parse().ok())
        .collect()
}

#[test]
fn the_python_template_runs_as_a_job() {
    let Some(tried) = tried() else { return };
    tried.try_template("mean-python");
    for (field, reason) in [("text", "numbers are needed"), ("averag", "unknown field")] {
        let body = json!({
            "analysis": "mean-python", "dataset": "rogue", "params": {"field": field},
        });
        let refused = tried.client().send(&Call::post("/jobs").json(&body));
        refused.expect_problem(&[422], reason);
    }
}

#[test]
fn the_page_leads_to_the_result_that_it_shows() {
    let Some(tried) = tried() else { return };
    let page = file(PAGE);
    let mut commands = page
        .lines()
        .filter(|line| line.contains("localhost:3000/jobs "));
    let mut body = || -> Value {
        let command = commands.next().expect("a command");
        let body = command.split('\'').rev().nth(1).expect("a body in quotes");
        serde_json::from_str(body).expect("JSON")
    };
    let submit = |body: &Value| tried.client().send(&Call::post("/jobs").json(body));
    let job = submit(&body()).expect(202).json();
    let job = tried.end_of(job["id"].as_str().expect("an id"));
    assert_eq!(job["status"], "complete", "{job}");
    let result = job["result"].to_string();
    let (_, shown) = page.split_once("`\"result\":").expect("the result");
    let (shown, _) = shown.split_once("...").expect("a number that is cut short");
    assert!(result.starts_with(shown), "{result} is not {shown}");
    submit(&body()).expect_problem(&[422], "did you mean `threshold`?");
}

#[test]
fn the_javascript_template_runs_as_a_job() {
    let Some(tried) = tried() else { return };
    tried.try_template("mean-javascript");
    tried.try_select("mean-javascript");
}

#[test]
fn a_component_of_a_template_imports_nothing() {
    if tried().is_none() {
        return;
    }
    for name in ["mean-python", "mean-javascript"] {
        let path = workspace()
            .join("target/analyses")
            .join(format!("{name}.wasm"));
        let imports = imports(&std::fs::read(path).expect("a component"));
        // The types of the contract are an import too, of no function.
        assert!(imports.contains("almanac:analysis/types"), "{imports}");
        assert!(!imports.contains("wasi:"), "{imports}");
    }
}

/// The sections of a component that are its imports, as text.
fn imports(component: &[u8]) -> String {
    const IMPORTS: u8 = 10;
    let mut text = String::new();
    let mut at = 8;
    while let Some(kind) = component.get(at) {
        // A length in LEB128.
        let (mut length, mut shift) = (0, 0);
        loop {
            at += 1;
            length |= usize::from(component[at] & 0x7f) << shift;
            shift += 7;
            if component[at] & 0x80 == 0 {
                break;
            }
        }
        let content = &component[at + 1..at + 1 + length];
        if *kind == IMPORTS {
            text.push_str(&String::from_utf8_lossy(content));
        }
        at += 1 + length;
    }
    text
}

#[test]
fn an_analysis_that_goes_wrong_fails_its_own_jobs_alone() {
    let Some(tried) = tried() else { return };
    tried.try_select("rogue");
    // What is Python's own to tell is told at once.
    for (field, reason) in [
        ("error", "ValueError: as told"),
        ("hog", "MemoryError"),
        ("file", "no files, and so no /etc/passwd"),
        ("import", "No module named 'decimal'"),
    ] {
        let job = tried.run("rogue", "rogue", field);
        assert_eq!(
            [&job["status"], &job["attempts"]],
            [&json!("failed"), &json!(1)],
            "{job}"
        );
        let error = job["error"].as_str().unwrap_or_default();
        assert!(error.contains(reason) && error.contains("(line "), "{job}");
    }
    // A trap and an endless loop end the worker; each attempt is lost, the last one is the end.
    for field in ["trap", "loop"] {
        let deadly = tried.submit("rogue", "rogue", field);
        let other = tried.submit("mean-python", "co2", "average");
        assert_eq!(tried.end_of(&other)["attempts"], 1);
        let job = tried.end_of_deadly(&deadly);
        assert_eq!(job["attempts"], 3, "{job}");
        let error = job["error"].as_str().unwrap_or_default();
        assert!(error.contains("after 3 attempts"), "{job}");
    }
    let log = tried.app.log_tail();
    assert!(
        log.contains("computed for 2s without calling the host"),
        "{log}"
    );
    // The worker of `rogue` goes on.
    let job = tried.run("rogue", "co2", "average");
    assert_eq!(
        [&job["status"], &job["attempts"]],
        [&json!("complete"), &json!(1)],
        "{job}"
    );
}

#[test]
fn bad_and_taken_names_are_refused_and_change_nothing() {
    let project = Project::copy();
    let files = || ["Cargo.toml", "Makefile", "spin.toml"].map(|path| project.read(path));
    let before = files();
    for (name, language, reason) in [
        ("My-Mean", "python", "cannot be a name"),
        ("my_mean", "python", "cannot be a name"),
        ("my-", "python", "cannot be a name"),
        ("1st", "rust", "cannot be a name"),
        ("a b", "python", "cannot be a name"),
        ("../x", "python", "cannot be a name"),
        ("", "python", "cannot be a name"),
        ("template-x", "python", "templates' own"),
        ("echo", "python", "is taken"),
        ("echo-worker", "javascript", "is taken"),
        ("tools", "rust", "is taken"),
        ("serde", "rust", "is taken"),
        ("loop", "rust", "is taken"),
        ("my-mean", "perl", "say which language"),
        ("my-mean", "de_DE.UTF-8", "say which language"),
        ("my-mean", "", "say which language"),
    ] {
        let said = analysis(&project, name, language).expect_err(name);
        assert!(said.contains(reason), "{name} {language}: {said}");
    }
    let said = project
        .run("make", &["analysis", "NAME=my-mean"])
        .expect_err("no language");
    assert!(said.contains("say which language"), "{said}");
    assert_eq!(files(), before);
    assert!(
        !project
            .folder()
            .join("components/analyses/my-mean")
            .exists()
    );
}

#[test]
fn an_analysis_is_registered_once_however_often_it_is_begun() {
    let project = Project::copy();
    let files = || ["Cargo.toml", "Makefile", "spin.toml"].map(|path| project.read(path));
    for (name, language) in [("my-mean", "python"), ("my-range", "rust")] {
        analysis(&project, name, language).expect("a new analysis");
        let once = files();
        let again = analysis(&project, name, language).expect("nothing new");
        assert!(again.contains("already"), "{again}");
        assert_eq!(files(), once);
        let other = analysis(&project, name, "javascript").expect_err("another language");
        assert!(other.contains("is taken"), "{other}");
    }
    let [workspace, makefile, manifest] = files();
    assert!(workspace.contains("\"components/analyses/my-range\","));
    assert!(!workspace.contains("my-mean"), "{workspace}");
    let analyses = makefile
        .lines()
        .find(|line| line.starts_with("ANALYSES :="));
    let mut words = analyses.expect("a list").split_whitespace();
    assert!(words.any(|word| word == "my-range"), "{makefile}");
    for part in ["target/analyses/my-mean.wasm", "component/my_range.wasm"] {
        assert!(manifest.contains(part), "{part}");
    }
    let template = project.read("components/analyses/my-range/description.json");
    let template: Value = serde_json::from_str(&template).expect("JSON");
    assert_eq!(template["name"], "my-range");
}

#[test]
fn each_worker_has_a_channel_and_an_address_of_its_own() {
    let manifest = file("spin.toml");
    let values = |key: &str| -> Vec<String> {
        let begin = format!("{key} = \"");
        let triggers = manifest.split("[[trigger.redis]]").skip(1);
        triggers
            .filter_map(|text| {
                text.split(&begin)
                    .nth(1)?
                    .split('"')
                    .next()
                    .map(str::to_owned)
            })
            .collect()
    };
    let channels = values("channel");
    let addresses = values("address");
    assert!(channels.len() > 2 && channels.len() == addresses.len());
    assert_eq!(
        channels.iter().collect::<HashSet<_>>().len(),
        channels.len()
    );
    for (channel, address) in channels.iter().zip(&addresses) {
        // A number of a database would do, but Redis has no more than 16.
        let name = channel.trim_start_matches("almanac.doorbell.");
        assert_eq!(
            *address,
            format!("{{{{ doorbell_address }}}}/?worker={name}")
        );
    }
}
