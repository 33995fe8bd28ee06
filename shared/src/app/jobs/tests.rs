//! Submitting and running jobs against a real redis-server, with an analysis made for the purpose.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::work::{Analysis, Data, File, Ran, Report, Request, Shift, Step, Task, answer};
use super::*;
use crate::app::analyses::Description;
use crate::app::config::Config;
use crate::app::{datasets, points};
use crate::args;
use crate::domain::Fault;
use crate::domain::callback::CallbackHost;
use crate::domain::job::{Status, Worker};
use crate::domain::{
    Column, Dataset, DatasetName, Field, FieldName, FieldType, TimeRange, Timestamp, Value,
};
use crate::store::connection::{Arg, Error as StoreError, Replies, Reply};
use crate::store::native::NativeConnection;
use crate::store::test_server::RedisServer;

struct TestClock(Instant);

impl Clock for TestClock {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

fn clock() -> TestClock {
    TestClock(Instant::now())
}

/// The job that was run.
fn ran(ran: Result<Ran, Error>) -> Option<JobId> {
    match ran.unwrap() {
        Ran::Job(attempted) => Some(attempted.job),
        Ran::Idle(_) => None,
    }
}

/// Adds up the field `y` in as many steps as the parameter `steps` says, each of `pause` ms; or does as
/// `say` says.
#[derive(Default)]
struct Sum {
    /// The jobs begun, for tests that count runs.
    begun: RefCell<Vec<String>>,
}

struct SumTask {
    params: Json,
    data: Data,
    request: Request,
    step: u64,
}

impl Analysis for Sum {
    type Task = SumTask;

    fn select(&self, parameters: &str, fields: &[Field]) -> Result<Vec<String>, Vec<String>> {
        let params: Json = serde_json::from_str(parameters).unwrap();
        let name = params["y"].as_str().unwrap_or("average").to_owned();
        if fields.iter().any(|field| field.name.as_str() == name) {
            Ok(vec![name])
        } else {
            Err(vec![format!("there is no field {name}")])
        }
    }

    fn begin(&self, request: Request, data: Data) -> SumTask {
        self.begun.borrow_mut().push(request.job.clone());
        let params = serde_json::from_str(&request.parameters).unwrap();
        SumTask {
            params,
            data,
            request,
            step: 0,
        }
    }
}

impl SumTask {
    fn report(&self) -> Report {
        let sum = match self.data.table.columns.first() {
            Some(Column::Number(values)) => values.iter().filter(|value| !value.is_nan()).sum(),
            _ => 0.0,
        };
        let result = json!({
            "sum": sum, "points": self.data.table.len(), "version": self.request.dataset_version,
            "field": self.data.fields.first().map(|field| field.name.to_string()),
        });
        let bytes = format!("{}\n", self.request.dataset_title).into_bytes();
        let name = self.params["file"]
            .as_str()
            .unwrap_or("title.txt")
            .to_owned();
        let file = File {
            name,
            media_type: "text/plain".to_owned(),
            bytes,
        };
        Report {
            result: result.to_string(),
            files: vec![file],
        }
    }
}

impl Task for SumTask {
    fn step(&mut self) -> Step {
        self.step += 1;
        let steps = self.params["steps"].as_u64().unwrap_or(1);
        std::thread::sleep(Duration::from_millis(
            self.params["pause"].as_u64().unwrap_or(0),
        ));
        if self.step < steps {
            let fraction = self.step as f64 / steps as f64;
            return Step::Running {
                fraction,
                note: format!("step {}", self.step),
                pause: Duration::ZERO,
                log: Vec::new(),
            };
        }
        match self.params["say"].as_str() {
            Some("no") => Step::Failed("there are no numbers".to_owned()),
            Some("text") => Step::Done(Report {
                result: "text".to_owned(),
                files: vec![],
            }),
            _ => Step::Done(self.report()),
        }
    }
}

fn description() -> Description {
    Description {
        name: "sum".to_owned(),
        title: "Sum".to_owned(),
        version: "1.0.0".to_owned(),
        summary: "Adds up.".to_owned(),
        parameters: json!({"type": "object", "properties": {"y": {"type": "string", "format": "number-field"}}}),
        example: json!({}),
        needs_dataset: true,
    }
}

fn worker(name: &str) -> Worker {
    Worker {
        address: "10.0.0.1".to_owned(),
        name: name.to_owned(),
    }
}

fn config() -> Config {
    Config {
        max_json_bytes: 1 << 20,
        max_import_bytes: 1 << 20,
        max_import_points: 1000,
        max_page_points: 1000,
        max_write_points: 1000,
        max_datasets: 10,
        max_total_points: 0,
        max_total_megabytes: 0,
        max_waiting_jobs: 100,
        max_job_points: 1000,
        max_job_seconds: 300,
        job_retention_seconds: 600,
        max_wait_seconds: 300,
    }
}

const NOW: Timestamp = Timestamp::MIN;

/// A server with the dataset `co2` of three points, and the analysis `sum` known to it.
async fn server() -> RedisServer {
    let server = RedisServer::start();
    let redis = server.connect();
    let field = |name, kind| Field::new(FieldName::new(name).unwrap(), kind);
    let dataset = Dataset {
        name: DatasetName::new("co2").unwrap(),
        title: Some("Carbon dioxide".to_owned()),
        description: None,
        licence: None,
        source: None,
        fields: vec![
            field("average", FieldType::Number),
            field("weather", FieldType::Text),
        ],
        key: None,
        is_public: false,
        created_on: Timestamp::from_milliseconds(5).unwrap(),
    };
    datasets::create(&redis, dataset, "r1", 10).await.unwrap();
    add(
        &redis,
        &[(1, 1.5, "rain"), (2, 2.0, "sun"), (3, 4.0, "rain")],
    )
    .await;
    let brought = args![
        "almanac:{jobs}:analyses",
        "sum",
        description().to_json().to_string()
    ];
    redis.command("HSET", brought).await.unwrap();
    server
}

async fn add(redis: &NativeConnection, rows: &[(i64, f64, &str)]) {
    let make = |_: &Dataset| {
        let rows = rows.iter().map(|(time, number, word)| {
            let time = Timestamp::from_milliseconds(*time).unwrap();
            (
                time,
                vec![Value::Number(*number), Value::Text((*word).to_owned())],
            )
        });
        Ok(rows.collect())
    };
    points::insert(redis, &DatasetName::new("co2").unwrap(), None, make)
        .await
        .unwrap();
}

fn order(params: Json) -> Order {
    Order {
        id: JobId::new(Uuid::new_v4()),
        analysis: "sum".to_owned(),
        dataset: DatasetName::new("co2").ok(),
        params: params.as_object().cloned().unwrap(),
        ..Order::default()
    }
}

async fn submit_order(redis: &NativeConnection, order: Order) -> Submitted {
    let terms = Terms::default();
    submit(redis, &config(), NOW, vec![order], &terms)
        .await
        .unwrap()
        .remove(0)
}

async fn submit_params(redis: &NativeConnection, params: Json) -> JobId {
    submit_order(redis, order(params)).await.job.id
}

/// Runs one job, and answers how it ended.
async fn run_one(redis: &NativeConnection, id: JobId) -> Job {
    let (clock, analysis) = (clock(), Sum::default());
    let mut shift = Shift::new(
        redis,
        &analysis,
        &clock,
        &description(),
        worker("ant"),
        uuid::Uuid::new_v4().to_string(),
        1000,
    );
    assert_eq!(ran(shift.run_next().await), Some(id));
    assert_eq!(shift.run_next().await, Ok(Ran::Idle(None)));
    get(redis, id).await.unwrap()
}

async fn number(redis: &NativeConnection, name: &str, args: Vec<Arg>) -> i64 {
    let mut replies = Replies::new(redis.command(name, args).await.unwrap());
    replies
        .optional_text("a number")
        .unwrap()
        .map_or(0, |text| text.parse().unwrap())
}

async fn completions(redis: &NativeConnection) -> i64 {
    number(
        redis,
        "HGET",
        args!["almanac:{jobs}:totals", "sum complete"],
    )
    .await
}

async fn assert_queues_are_empty(redis: &NativeConnection) {
    for key in [
        "queue:sum",
        "due:sum",
        "leases:sum",
        "status:submitted",
        "status:in progress",
    ] {
        assert_eq!(
            number(redis, "ZCARD", args![format!("almanac:{{jobs}}:{key}")]).await,
            0,
            "{key}"
        );
    }
}

#[tokio::test]
async fn a_job_is_run_over_the_points_that_it_asks_for() {
    let server = server().await;
    let redis = server.connect();
    let mut wanted = order(json!({"y": "average"}));
    wanted.filters = vec![("weather".to_owned(), "in.(rain)".to_owned())];
    wanted.range.start = Some(Timestamp::from_milliseconds(2).unwrap());
    let submitted = submit_order(&redis, wanted.clone()).await;
    assert!(!submitted.is_reused);
    assert_eq!(submitted.job.position, Some(1));
    let job = run_one(&redis, submitted.job.id).await;
    assert_eq!(
        (job.status, job.worker.clone()),
        (Status::Complete, Some(worker("ant")))
    );
    let result: Json = serde_json::from_str(job.result.as_deref().unwrap()).unwrap();
    assert_eq!(
        (&result["sum"], &result["points"], &result["field"]),
        (&json!(4.0), &json!(1), &json!("average"))
    );
    assert_eq!(
        result["version"],
        json!(job.source.as_ref().unwrap().version)
    );
    assert_eq!(
        file(&redis, &job, "title.txt").await,
        Ok(b"Carbon dioxide\n".to_vec())
    );
    assert_eq!(
        file(&redis, &job, "other").await,
        Err(Error::not_found("file", "other"))
    );

    // The same again is the same, however it is written; until the data has changed.
    let again = Order {
        id: JobId::new(Uuid::new_v4()),
        ..wanted.clone()
    };
    let reused = submit_order(&redis, again.clone()).await;
    assert!(reused.is_reused);
    assert_eq!(reused.job, job);
    let fresh = Terms {
        is_fresh: true,
        ..Terms::default()
    };
    let forced = submit(&redis, &config(), NOW, vec![again.clone()], &fresh)
        .await
        .unwrap();
    assert!(!forced[0].is_reused);
    run_one(&redis, again.id).await;
    add(&redis, &[(4, 8.0, "rain")]).await;
    let newer = Order {
        id: JobId::new(Uuid::new_v4()),
        ..wanted
    };
    assert!(!submit_order(&redis, newer.clone()).await.is_reused);
    let job = run_one(&redis, newer.id).await;
    assert!(job.result.unwrap().contains("12.0"));
    assert_queues_are_empty(&redis).await;
}

#[tokio::test]
async fn what_an_analysis_refuses_or_does_wrong_fails_at_once_with_the_reason() {
    let server = server().await;
    let redis = server.connect();
    for (params, part) in [
        (json!({"say": "no"}), "there are no numbers"),
        (json!({"say": "text"}), "no JSON object"),
        (json!({"file": "../x"}), "name `../x`"),
        (json!({"file": ""}), "with the name"),
    ] {
        let id = submit_params(&redis, params.clone()).await;
        let job = run_one(&redis, id).await;
        assert_eq!((job.status, job.attempts), (Status::Failed, 1), "{params}");
        assert!(
            job.error.as_ref().unwrap().contains(part),
            "{params}: {:?}",
            job.error
        );
        assert!(
            matches!(file(&redis, &job, "x").await, Err(Error::Conflict(why)) if why.contains("failed"))
        );
    }
    let id = submit_params(&redis, json!({})).await;
    datasets::delete(&redis, &DatasetName::new("co2").unwrap(), None)
        .await
        .unwrap();
    let job = run_one(&redis, id).await;
    assert_eq!(job.error.as_deref(), Some("the dataset `co2` is gone"));
    assert_queues_are_empty(&redis).await;
}

#[tokio::test]
async fn a_submission_names_all_its_faults_and_changes_nothing() {
    let server = server().await;
    let redis = server.connect();
    let mut first = order(json!({"y": "averag"}));
    first.at = "[0].".to_owned();
    first.filters = vec![
        ("wether".to_owned(), "x".to_owned()),
        ("average".to_owned(), "gt.a".to_owned()),
    ];
    first.limit_seconds = Some(0);
    first.range = TimeRange {
        start: Some(Timestamp::MAX),
        end: Some(Timestamp::MIN),
    };
    let second = Order {
        at: "[1].".to_owned(),
        analysis: "sun".to_owned(),
        ..order(json!({}))
    };
    let third = Order {
        at: "[2].".to_owned(),
        dataset: DatasetName::new("c").ok(),
        ..order(json!({}))
    };
    let fourth = Order {
        at: "[3].".to_owned(),
        dataset: None,
        run_at: Some(Timestamp::MAX),
        ..order(json!({}))
    };
    let long = order(json!({"y": "average", "z": "x".repeat(70_000)}));
    let fault = |at: &str| Fault::new(at, "is wrong");
    let malformed = Order {
        at: "[5].".to_owned(),
        dataset: None,
        faults: vec![fault("[5].dataset"), fault("[5].x")],
        run_at: Some(Timestamp::MAX),
        ..order(json!({}))
    };
    let orders = vec![
        first,
        second,
        third,
        fourth,
        long,
        malformed,
        order(json!({})),
    ];
    let refused = submit(&redis, &config(), Timestamp::MIN, orders, &Terms::default()).await;
    let Err(Error::Invalid(faults)) = refused else {
        panic!("{refused:?}")
    };
    let at: Vec<&str> = faults.iter().map(|fault| fault.at.as_str()).collect();
    assert_eq!(
        at,
        [
            "[0].params.y",
            "[0].filter.wether",
            "[0].filter.average",
            "[0].start",
            "[0].limit_seconds",
            "[1].analysis",
            "[2].dataset",
            "[3].dataset",
            "[3].run_at",
            "params",
            "[5].dataset",
            "[5].x",
            "[5].run_at",
        ]
    );
    assert!(
        faults
            .iter()
            .any(|fault| fault.detail.contains("did you mean `sum`"))
    );
    assert!(
        faults
            .iter()
            .any(|fault| fault.detail.contains("did you mean `weather`"))
    );
    assert_eq!(
        number(&redis, "ZCARD", args!["almanac:{jobs}:all"]).await,
        0
    );
}

#[tokio::test]
async fn a_full_queue_and_a_reused_key_are_refused() {
    let server = server().await;
    let redis = server.connect();
    let small = Config {
        max_waiting_jobs: 1,
        ..config()
    };
    let keyed = |body: &str| Terms {
        request_id: None,
        callbacks: CallbackHost::NONE,
        idempotency: Some(("k".to_owned(), body.to_owned())),
        is_fresh: false,
    };
    let submit = async |terms| submit(&redis, &small, NOW, vec![order(json!({}))], &terms).await;
    let first = submit(keyed("a")).await.unwrap();
    // The same submission again is no more work, even for a full queue.
    assert_eq!(submit(keyed("a")).await.unwrap()[0].job.id, first[0].job.id);
    assert!(
        matches!(submit(keyed("b")).await, Err(Error::Invalid(faults)) if faults[0].at == "Idempotency-Key")
    );
    assert!(matches!(
        submit(Terms::default()).await,
        Err(Error::Busy { retry_after: 5, .. })
    ));
}

#[tokio::test]
async fn a_running_job_shows_its_progress_and_stops_when_it_is_cancelled() {
    let server = server().await;
    let redis = server.connect();
    let id = submit_params(&redis, json!({"steps": 1000, "pause": 20})).await;
    let analysis = Sum::default();
    let run = async {
        let redis = server.connect();
        let clock = clock();
        let mut shift = Shift::new(
            &redis,
            &analysis,
            &clock,
            &description(),
            worker("ant"),
            uuid::Uuid::new_v4().to_string(),
            1000,
        );
        assert_eq!(ran(shift.run_next().await), Some(id));
        Instant::now()
    };
    let watch = async {
        let clock = clock();
        let (mut seen, mut progress) = (None, 0.0);
        for _ in 0..4 {
            let (job, now) = next_change(&redis, id, seen.as_ref(), Duration::from_secs(5), &clock)
                .await
                .unwrap();
            assert!(job.progress >= progress, "{job:?}");
            (seen, progress) = (now, job.progress);
        }
        assert!(progress > 0.0);
        let cancelled = remove(&redis, id).await.unwrap().unwrap();
        assert_eq!(cancelled.status, Status::Cancelled);
        Instant::now()
    };
    let (stopped, cancelled) = tokio::join!(run, watch);
    assert!(stopped - cancelled < Duration::from_secs(2));
    assert_eq!(get(&redis, id).await.unwrap().status, Status::Cancelled);
    assert_queues_are_empty(&redis).await;
    assert_eq!(remove(&redis, id).await, Ok(None));
    assert_eq!(get(&redis, id).await, Err(Error::not_found("job", id)));
}

#[tokio::test]
async fn a_job_over_its_limit_fails_with_that_reason() {
    let server = server().await;
    let redis = server.connect();
    let mut long = order(json!({"steps": 1000, "pause": 20}));
    long.limit_seconds = Some(1);
    let id = submit_order(&redis, long).await.job.id;
    let started = Instant::now();
    let job = run_one(&redis, id).await;
    assert!(started.elapsed() < Duration::from_secs(3));
    assert_eq!(job.status, Status::Failed);
    assert_eq!(
        job.error.as_deref(),
        Some("ran longer than its limit of 1 seconds")
    );
}

#[tokio::test]
async fn whoever_waits_gets_the_finished_job() {
    let server = server().await;
    let redis = server.connect();
    let id = submit_params(&redis, json!({})).await;
    let waiting = wait(&redis, id, Duration::from_millis(30), &clock())
        .await
        .unwrap();
    assert_eq!(waiting.status, Status::Submitted);
    let run = async {
        let redis = server.connect();
        run_one(&redis, id).await
    };
    let clock = clock();
    let (job, ran) = tokio::join!(wait(&redis, id, Duration::from_secs(10), &clock), run);
    assert_eq!(job, Ok(ran));
}

#[tokio::test]
async fn two_workers_share_the_jobs_and_each_runs_once() {
    let server = server().await;
    let redis = server.connect();
    for number in 0..10 {
        submit_params(&redis, json!({"pause": 5, "number": number})).await;
    }
    let drain = async |name| {
        let redis = server.connect();
        let (clock, analysis) = (clock(), Sum::default());
        let mut shift = Shift::new(
            &redis,
            &analysis,
            &clock,
            &description(),
            worker(name),
            uuid::Uuid::new_v4().to_string(),
            1000,
        );
        while let Ran::Job(_) = shift.run_next().await.unwrap() {}
        analysis.begun.take()
    };
    let (one, two) = tokio::join!(drain("ant"), drain("bee"));
    let mut begun = [one, two].concat();
    begun.sort();
    begun.dedup();
    assert_eq!(begun.len(), 10);
    assert_eq!(completions(&redis).await, 10);
    let page = list(
        &redis,
        &Wanted {
            limit: 100,
            ..Wanted::default()
        },
    )
    .await
    .unwrap();
    let names: Vec<String> = page
        .jobs
        .into_iter()
        .map(|job| job.worker.unwrap().name)
        .collect();
    assert!(
        names.contains(&"ant".to_owned()) && names.contains(&"bee".to_owned()),
        "{names:?}"
    );
    assert_queues_are_empty(&redis).await;
}

/// Makes every retry due and every lease end, so that a test need not wait for them.
async fn hurry(redis: &NativeConnection) {
    for list in ["due", "leases"] {
        let key = format!("almanac:{{jobs}}:{list}:sum");
        let mut replies = Replies::new(
            redis
                .command("ZRANGE", args![&key, 0_i64, -1_i64])
                .await
                .unwrap(),
        );
        while replies.remaining() > 0 {
            let id = replies.text("an id").unwrap();
            redis.command("ZADD", args![&key, 0_i64, id]).await.unwrap();
        }
    }
}

/// A connection whose owner dies at one of its calls: before Redis hears of it, or before
/// the answer is back.
struct Mortal<'a> {
    redis: &'a NativeConnection,
    /// Calls until then.
    left: Cell<usize>,
    hears: bool,
    died: Rc<tokio::sync::Notify>,
}

impl Connection for Mortal<'_> {
    async fn command(&self, name: &str, args: Vec<Arg>) -> Result<Vec<Reply>, StoreError> {
        if let Some(left) = self.left.get().checked_sub(1) {
            self.left.set(left);
            return self.redis.command(name, args).await;
        }
        if self.hears {
            self.redis.command(name, args).await?;
        }
        self.died.notify_one();
        std::future::pending().await
    }

    async fn blob(&self, key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let replies = self.command("GET", args![key]).await?;
        Replies::new(replies).optional_bytes("a blob")
    }
}

#[tokio::test]
async fn a_worker_may_die_at_any_call_and_each_job_is_completed_once() {
    let server = server().await;
    let redis = server.connect();
    let mut deaths = 0;
    for hears in [false, true] {
        for left in 0.. {
            let before = completions(&redis).await;
            let params = json!({"steps": 3, "pause": 60, "left": left, "hears": hears});
            let one = submit_params(&redis, params.clone()).await;
            let two = submit_params(&redis, json!({"left": left, "hears": hears})).await;
            let died = Rc::new(tokio::sync::Notify::new());
            let mortal = Mortal {
                redis: &redis,
                left: Cell::new(left),
                hears,
                died: died.clone(),
            };
            let (clock, analysis) = (clock(), Sum::default());
            let mut shift = Shift::new(
                &mortal,
                &analysis,
                &clock,
                &description(),
                worker("ant"),
                uuid::Uuid::new_v4().to_string(),
                1000,
            );
            let survived = tokio::select! {
                done = answer(&mut shift, |_| ()) => { done.unwrap(); true }
                () = died.notified() => false,
            };
            deaths += usize::from(!survived);
            while !get(&redis, one).await.unwrap().status.is_final()
                || !get(&redis, two).await.unwrap().status.is_final()
            {
                hurry(&redis).await;
                let mut next = Shift::new(
                    &redis,
                    &analysis,
                    &clock,
                    &description(),
                    worker("bee"),
                    uuid::Uuid::new_v4().to_string(),
                    1000,
                );
                while let Ran::Job(_) = next.run_next().await.unwrap() {}
            }
            for id in [one, two] {
                let job = get(&redis, id).await.unwrap();
                assert_eq!(job.status, Status::Complete, "{left} {hears} {job:?}");
                assert!(file(&redis, &job, "title.txt").await.is_ok());
            }
            assert_eq!(completions(&redis).await - before, 2, "{left} {hears}");
            assert_queues_are_empty(&redis).await;
            if survived {
                break;
            }
        }
    }
    assert!(deaths >= 14, "{deaths}");
}

#[tokio::test]
async fn a_worker_lingers_for_a_retry_that_is_due_soon_and_then_goes() {
    let server = server().await;
    let redis = server.connect();
    let id = submit_params(&redis, json!({})).await;
    let (clock, analysis) = (clock(), Sum::default());
    // A worker that dies of its first call's answer leaves a lease; it ends.
    let died = Rc::new(tokio::sync::Notify::new());
    let mortal = Mortal {
        redis: &redis,
        left: Cell::new(2),
        hears: true,
        died: died.clone(),
    };
    let mut shift = Shift::new(
        &mortal,
        &analysis,
        &clock,
        &description(),
        worker("ant"),
        uuid::Uuid::new_v4().to_string(),
        1000,
    );
    tokio::select! {
        _ = answer(&mut shift, |_| ()) => panic!("it dies"),
        () = died.notified() => {}
    }
    hurry(&redis).await;
    let mut shift = Shift::new(
        &redis,
        &analysis,
        &clock,
        &description(),
        worker("bee"),
        uuid::Uuid::new_v4().to_string(),
        1000,
    );
    let started = Instant::now();
    answer(&mut shift, |_| ()).await.unwrap();
    let took = started.elapsed();
    assert!(
        (Duration::from_millis(700)..Duration::from_secs(3)).contains(&took),
        "{took:?}"
    );
    let job = get(&redis, id).await.unwrap();
    assert_eq!(
        (job.status, job.attempts, job.history.len()),
        (Status::Complete, 2, 1)
    );
    // With nothing to wait for it goes at once.
    let started = Instant::now();
    answer(&mut shift, |_| ()).await.unwrap();
    assert!(started.elapsed() < Duration::from_millis(200));
}
