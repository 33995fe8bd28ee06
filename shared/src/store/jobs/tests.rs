//! Every transition of a job against a real redis-server.

use super::*;
use crate::domain::TimeRange;
use crate::store::native::NativeConnection;
use crate::store::test_server::RedisServer;
use uuid::Uuid;

pub(super) const SETTINGS: Settings = Settings {
    max_unfinished: 1000,
    max_result_bytes: 1 << 30,
    retention_ms: 60_000,
    max_attempts: 3,
    reuses: true,
};

pub(super) fn new_job(number: u128) -> NewJob {
    NewJob {
        id: JobId::new(Uuid::from_u128(number)),
        analysis: "plot".to_owned(),
        source: None,
        params: "{}".to_owned(),
        priority: Priority::Normal,
        run_at: None,
        limit_ms: 300_000,
        digest: None,
        request_id: None,
        callback: None,
    }
}

pub(super) fn hands(lease_ms: u64) -> Hands {
    Hands {
        analysis: "plot".to_owned(),
        worker: Worker {
            address: "10.0.0.1".to_owned(),
            name: "ant".to_owned(),
        },
        lease_ms,
        max_result_bytes: 1 << 30,
        nonce: uuid::Uuid::new_v4().to_string(),
    }
}

pub(super) async fn submit_one(redis: &NativeConnection, job: NewJob) -> Job {
    let outcome = submit(redis, vec![job], None, &SETTINGS).await.unwrap();
    match outcome {
        Submission::Accepted(mut jobs) => match jobs.remove(0) {
            Accepted::New(job) => *job,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

pub(super) async fn claim(redis: &NativeConnection, lease_ms: u64) -> Option<Job> {
    match advance(redis, &hands(lease_ms), None, None, true)
        .await
        .unwrap()
        .next
    {
        Next::Claimed(job) => Some(*job),
        Next::Idle(_) => None,
    }
}

pub(super) fn complete(job: &Job) -> Finish {
    Finish {
        id: job.id,
        token: job.token,
        outcome: Outcome::Complete {
            result: "{\"n\":1}".to_owned(),
            files: vec![],
            digest: None,
        },
        log: Lines::default(),
        dataset_version: None,
    }
}

pub(super) async fn finish(redis: &NativeConnection, finish: &Finish) -> bool {
    advance(redis, &hands(LEASE_MS), None, Some(finish), false)
        .await
        .unwrap()
        .finished
}

async fn get(redis: &NativeConnection, id: JobId) -> Job {
    look(redis, id).await.unwrap().unwrap()
}

pub(super) async fn pause(milliseconds: u64) {
    tokio::time::sleep(std::time::Duration::from_millis(milliseconds)).await;
}

/// The structures in which only unfinished jobs are.
async fn assert_queues_are_empty(redis: &NativeConnection) {
    for key in [
        "queue:plot",
        "due:plot",
        "leases:plot",
        "status:submitted",
        "status:in progress",
    ] {
        let replies = redis
            .command("ZCARD", args![format!("{PREFIX}{key}")])
            .await
            .unwrap();
        assert_eq!(Replies::new(replies).int(key), Ok(0), "{key}");
    }
}

async fn keys(redis: &NativeConnection) -> Vec<String> {
    let mut replies = Replies::new(redis.command("KEYS", args!["*"]).await.unwrap());
    let mut keys = Vec::new();
    while replies.remaining() > 0 {
        keys.push(replies.text("a key").unwrap());
    }
    keys.sort();
    keys
}

#[tokio::test]
async fn a_job_goes_from_submission_to_result_and_its_record_keeps_everything() {
    let server = RedisServer::start();
    let redis = server.connect();
    let time = |ms| Some(Timestamp::from_milliseconds(ms).unwrap());
    let source = Source {
        dataset: DatasetName::new("co2").unwrap(),
        version: 7,
        range: TimeRange {
            start: time(-5),
            end: time(1_700_000_000_000),
        },
        filters: vec![("wea\"ther".to_owned(), "in.(rain,snow)".to_owned())],
    };
    let job = NewJob {
        source: Some(source.clone()),
        params: "{\"y\":\"ü\"}".to_owned(),
        ..new_job(1)
    };
    let submitted = submit_one(&redis, job).await;
    assert_eq!(get(&redis, submitted.id).await, submitted);
    assert_eq!(
        (submitted.status, submitted.position),
        (Status::Submitted, Some(1))
    );

    let claimed = claim(&redis, LEASE_MS).await.unwrap();
    assert_eq!(claimed.status, Status::InProgress);
    assert_eq!(claimed.worker, Some(hands(0).worker));
    assert_eq!((claimed.attempts, &claimed.source), (1, &Some(source)));
    let renewed = renew(
        &redis,
        claimed.id,
        claimed.token,
        LEASE_MS,
        0.25,
        "drawing",
        &Lines::default(),
    )
    .await;
    assert_eq!(renewed, Ok(Renewed::Go));
    let running = get(&redis, claimed.id).await;
    assert_eq!(
        (running.progress, running.note.as_deref()),
        (0.25, Some("drawing"))
    );

    put_file(
        &redis,
        claimed.id,
        claimed.token,
        "a.svg",
        b"<svg/>".to_vec(),
    )
    .await
    .unwrap();
    let file = ResultFile {
        name: "a.svg".to_owned(),
        media_type: "image/svg+xml".to_owned(),
        bytes: 6,
    };
    let mut end = complete(&claimed);
    end.outcome = Outcome::Complete {
        result: "{}".to_owned(),
        files: vec![file.clone()],
        digest: None,
    };
    end.dataset_version = Some(9);
    assert!(finish(&redis, &end).await);
    let done = get(&redis, claimed.id).await;
    assert_eq!((done.status, done.progress), (Status::Complete, 1.0));
    assert_eq!(done.source.as_ref().unwrap().version, 9);
    assert_eq!(done.files, [file]);
    assert_eq!(done.result.as_deref(), Some("{}"));
    assert!(done.finished >= done.started && done.started >= Some(done.submitted));
    assert_eq!(
        super::file(&redis, &done, "a.svg").await,
        Ok(Some(b"<svg/>".to_vec()))
    );
    assert_queues_are_empty(&redis).await;

    assert_eq!(remove(&redis, done.id).await, Ok(Removed::Deleted));
    assert_eq!(look(&redis, done.id).await, Ok(None));
    assert_eq!(super::file(&redis, &done, "a.svg").await, Ok(None));
    assert_eq!(remove(&redis, done.id).await, Ok(Removed::Missing));
    // Counters are all that is left, but for the names of claims, which last for a lease.
    let left: Vec<String> = [
        "bytes",
        "claims",
        "durations",
        "sequence",
        "token",
        "totals",
    ]
    .map(|key| format!("{PREFIX}{key}"))
    .into();
    let claim = format!("{PREFIX}claim:");
    let mut kept = keys(&redis).await;
    kept.retain(|key| !key.starts_with(&claim));
    assert_eq!(kept, left);
}

#[tokio::test]
async fn jobs_are_claimed_by_priority_and_then_in_their_order() {
    let server = RedisServer::start();
    let redis = server.connect();
    use Priority::{High, Low, Normal};
    let order = [Low, Normal, High, Normal, Low, High, Normal];
    for (number, priority) in order.into_iter().enumerate() {
        submit_one(
            &redis,
            NewJob {
                priority,
                ..new_job(number as u128)
            },
        )
        .await;
    }
    let last = get(&redis, new_job(4).id).await;
    assert_eq!(last.position, Some(7));
    let mut claimed = Vec::new();
    while let Some(job) = claim(&redis, LEASE_MS).await {
        claimed.push(job.id);
    }
    assert_eq!(
        claimed,
        [2, 5, 1, 3, 6, 0, 4].map(|number| new_job(number).id)
    );
}

#[tokio::test]
async fn two_claimers_never_have_one_job() {
    let server = RedisServer::start();
    let redis = server.connect();
    let jobs = (0..200).map(new_job).collect();
    submit(&redis, jobs, None, &SETTINGS).await.unwrap();
    let drain = async || {
        let redis = server.connect();
        let mut ids = Vec::new();
        while let Some(job) = claim(&redis, LEASE_MS).await {
            ids.push(job.id);
            assert!(finish(&redis, &complete(&job)).await);
        }
        ids
    };
    let (one, two) = tokio::join!(drain(), drain());
    assert!(!one.is_empty() && !two.is_empty());
    let mut all = [one, two].concat();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 200);
    assert_queues_are_empty(&redis).await;
}

#[tokio::test]
async fn finishing_and_claiming_is_one_round_trip() {
    let server = RedisServer::start();
    let redis = server.connect();
    submit(&redis, (0..3).map(new_job).collect(), None, &SETTINGS)
        .await
        .unwrap();
    let mut job = claim(&redis, LEASE_MS).await.unwrap();
    redis.take_log();
    for _ in 0..2 {
        let advanced = advance(&redis, &hands(LEASE_MS), None, Some(&complete(&job)), true)
            .await
            .unwrap();
        assert!(advanced.finished);
        match advanced.next {
            Next::Claimed(next) => job = *next,
            Next::Idle(_) => panic!("there is another job"),
        }
    }
    assert_eq!(redis.take_log(), ["EVALSHA", "EVALSHA"]);
}

#[tokio::test]
async fn a_lost_lease_comes_back_and_its_old_owner_can_do_nothing() {
    let server = RedisServer::start();
    let redis = server.connect();
    submit_one(&redis, new_job(1)).await;
    let first = claim(&redis, 1).await.unwrap();
    pause(5).await;
    // The next claim gives it back, to be begun again after a pause.
    assert_eq!(claim(&redis, LEASE_MS).await, None);
    let waiting = get(&redis, first.id).await;
    assert_eq!(
        (waiting.status, waiting.worker.clone()),
        (Status::Submitted, None)
    );
    assert_eq!(waiting.history.len(), 1);
    assert!(waiting.history[0].error.contains("lost"));
    let pause_ms = waiting.due.unwrap().milliseconds() - waiting.history[0].ended.milliseconds();
    assert!((750..=1250).contains(&pause_ms), "{pause_ms}");
    assert_eq!(
        renew(&redis, first.id, first.token, 1, 0.5, "", &Lines::default()).await,
        Ok(Renewed::Lost)
    );
    assert!(!finish(&redis, &complete(&first)).await);

    pause(1300).await;
    let second = claim(&redis, LEASE_MS).await.unwrap();
    assert_eq!((second.id, second.attempts), (first.id, 2));
    assert!(second.token > first.token);
    assert_eq!(
        renew(&redis, first.id, first.token, 1, 0.5, "", &Lines::default()).await,
        Ok(Renewed::Lost)
    );
    assert!(!finish(&redis, &complete(&first)).await);
    assert!(finish(&redis, &complete(&second)).await);
    assert!(!finish(&redis, &complete(&first)).await);
    // The answer to the first call may have been lost.
    assert!(finish(&redis, &complete(&second)).await);
    assert_eq!(get(&redis, first.id).await.status, Status::Complete);
    assert_queues_are_empty(&redis).await;
}

#[tokio::test]
async fn a_lease_that_ran_out_unnoticed_can_be_renewed_and_finished() {
    let server = RedisServer::start();
    let redis = server.connect();
    submit_one(&redis, new_job(1)).await;
    let job = claim(&redis, 1).await.unwrap();
    pause(5).await;
    assert_eq!(
        renew(&redis, job.id, job.token, 1, 0.5, "", &Lines::default()).await,
        Ok(Renewed::Go)
    );
    pause(5).await;
    assert!(finish(&redis, &complete(&job)).await);
}

#[tokio::test]
async fn a_job_that_kills_its_worker_fails_after_three_attempts_and_blocks_nobody() {
    let server = RedisServer::start();
    let redis = server.connect();
    let killer = submit_one(&redis, new_job(1)).await.id;
    let other = submit_one(&redis, new_job(2)).await.id;
    assert_eq!(claim(&redis, 1).await.unwrap().id, killer);
    pause(5).await;
    let next = claim(&redis, LEASE_MS).await.unwrap();
    assert_eq!(next.id, other);
    assert!(finish(&redis, &complete(&next)).await);
    for _ in 0..2 {
        // Not to wait for the pauses: it is due now.
        redis
            .command(
                "ZADD",
                args![format!("{PREFIX}due:plot"), 0_u64, killer.to_string()],
            )
            .await
            .unwrap();
        assert_eq!(claim(&redis, 1).await.unwrap().id, killer);
        pause(5).await;
        assert_eq!(claim(&redis, 1).await, None);
    }
    let failed = get(&redis, killer).await;
    assert_eq!(
        (failed.status, failed.attempts, failed.history.len()),
        (Status::Failed, 3, 3)
    );
    assert!(
        failed
            .error
            .unwrap()
            .starts_with("given up after 3 attempts")
    );
    assert!(failed.finished.is_some() && failed.due.is_none());
    assert_queues_are_empty(&redis).await;
}

#[tokio::test]
async fn the_word_of_an_analysis_is_final() {
    let server = RedisServer::start();
    let redis = server.connect();
    submit_one(&redis, new_job(1)).await;
    let job = claim(&redis, LEASE_MS).await.unwrap();
    let no = Finish {
        outcome: Outcome::Failed("no numbers".to_owned()),
        ..complete(&job)
    };
    assert!(finish(&redis, &no).await);
    let failed = get(&redis, job.id).await;
    assert_eq!(
        (failed.status, failed.error.as_deref()),
        (Status::Failed, Some("no numbers"))
    );
    assert_queues_are_empty(&redis).await;
}

#[tokio::test]
async fn a_job_is_cancelled_wherever_it_stands() {
    let server = RedisServer::start();
    let redis = server.connect();
    // In the queue, waiting for its time, and in progress.
    let later = Timestamp::from_milliseconds(4_000_000_000_000).unwrap();
    submit_one(&redis, new_job(1)).await;
    let running = claim(&redis, LEASE_MS).await.unwrap();
    submit_one(&redis, new_job(2)).await;
    let waiting = submit_one(
        &redis,
        NewJob {
            run_at: Some(later),
            ..new_job(3)
        },
    )
    .await;
    assert_eq!((waiting.position, waiting.due), (None, Some(later)));
    for number in 1..=3 {
        match remove(&redis, new_job(number).id).await.unwrap() {
            Removed::Cancelled(job) => assert_eq!(job.status, Status::Cancelled),
            other => panic!("{other:?}"),
        }
    }
    assert_queues_are_empty(&redis).await;
    let renewed = renew(
        &redis,
        running.id,
        running.token,
        LEASE_MS,
        0.5,
        "",
        &Lines::default(),
    )
    .await;
    assert_eq!(renewed, Ok(Renewed::Cancelled));
    assert!(!finish(&redis, &complete(&running)).await);
    assert_eq!(claim(&redis, LEASE_MS).await, None);
    assert_eq!(get(&redis, running.id).await.status, Status::Cancelled);
}

#[tokio::test]
async fn a_job_over_its_limit_fails_at_the_next_renewal() {
    let server = RedisServer::start();
    let redis = server.connect();
    submit_one(
        &redis,
        NewJob {
            limit_ms: 1,
            ..new_job(1)
        },
    )
    .await;
    let job = claim(&redis, LEASE_MS).await.unwrap();
    pause(10).await;
    assert_eq!(
        renew(
            &redis,
            job.id,
            job.token,
            LEASE_MS,
            0.5,
            "",
            &Lines::default()
        )
        .await,
        Ok(Renewed::Late)
    );
    let failed = get(&redis, job.id).await;
    assert_eq!(failed.status, Status::Failed);
    assert!(failed.error.unwrap().contains("limit"));
    assert!(!finish(&redis, &complete(&job)).await);
    assert_queues_are_empty(&redis).await;
}

#[tokio::test]
async fn a_job_waits_for_its_time() {
    let server = RedisServer::start();
    let redis = server.connect();
    let now = crate::http::serve::now().milliseconds();
    let soon = Timestamp::from_milliseconds(now + 150).unwrap();
    submit_one(
        &redis,
        NewJob {
            run_at: Some(soon),
            ..new_job(1)
        },
    )
    .await;
    match advance(&redis, &hands(LEASE_MS), None, None, true)
        .await
        .unwrap()
        .next
    {
        Next::Idle(Some(wait)) => assert!((1..=150).contains(&wait), "{wait}"),
        other => panic!("{other:?}"),
    }
    pause(160).await;
    assert!(claim(&redis, LEASE_MS).await.is_some());
    // A time that has passed is now.
    let past = Timestamp::from_milliseconds(0).unwrap();
    submit_one(
        &redis,
        NewJob {
            run_at: Some(past),
            ..new_job(2)
        },
    )
    .await;
    assert!(claim(&redis, LEASE_MS).await.is_some());
}

#[tokio::test]
async fn the_queue_is_bounded_and_a_submission_is_whole_or_nothing() {
    let server = RedisServer::start();
    let redis = server.connect();
    let settings = Settings {
        max_unfinished: 3,
        ..SETTINGS
    };
    let two = |from| (from..from + 2).map(new_job).collect::<Vec<_>>();
    assert!(matches!(
        submit(&redis, two(0), None, &settings).await,
        Ok(Submission::Accepted(_))
    ));
    assert_eq!(
        submit(&redis, two(2), None, &settings).await,
        Ok(Submission::Full)
    );
    assert_eq!(look(&redis, new_job(2).id).await, Ok(None));
    // A job in progress counts, a finished one does not.
    let job = claim(&redis, LEASE_MS).await.unwrap();
    assert_eq!(
        submit(&redis, two(2), None, &settings).await,
        Ok(Submission::Full)
    );
    assert!(finish(&redis, &complete(&job)).await);
    assert!(matches!(
        submit(&redis, two(2), None, &settings).await,
        Ok(Submission::Accepted(_))
    ));
}

#[tokio::test]
async fn the_same_key_gives_the_same_jobs() {
    let server = RedisServer::start();
    let redis = server.connect();
    let known = Idempotency {
        key: "k".to_owned(),
        body: "b".to_owned(),
    };
    let other = Idempotency {
        body: "c".to_owned(),
        ..known.clone()
    };
    let submit = async |jobs: Vec<NewJob>, known| {
        submit(&redis, jobs, Some(known), &SETTINGS).await.unwrap()
    };
    assert!(matches!(
        submit(vec![new_job(1), new_job(2)], &known).await,
        Submission::Accepted(_)
    ));
    let ids = vec![new_job(1).id, new_job(2).id];
    assert_eq!(
        submit(vec![new_job(3), new_job(4)], &known).await,
        Submission::Repeated(ids)
    );
    assert_eq!(
        submit(vec![new_job(5)], &other).await,
        Submission::OtherBody
    );
    assert_eq!(look(&redis, new_job(3).id).await, Ok(None));
    // The key goes with its jobs.
    for number in [1, 1, 2, 2] {
        remove(&redis, new_job(number).id).await.unwrap();
    }
    assert!(matches!(
        submit(vec![new_job(6)], &known).await,
        Submission::Accepted(_)
    ));
}

#[tokio::test]
async fn a_stored_result_is_reused_until_it_is_deleted() {
    let server = RedisServer::start();
    let redis = server.connect();
    let digested = |number| NewJob {
        digest: Some("d".to_owned()),
        ..new_job(number)
    };
    submit_one(&redis, digested(1)).await;
    // An unfinished job is no result.
    submit_one(&redis, digested(2)).await;
    let job = claim(&redis, LEASE_MS).await.unwrap();
    let mut end = complete(&job);
    end.outcome = Outcome::Complete {
        result: "{}".to_owned(),
        files: vec![],
        digest: Some("d".to_owned()),
    };
    assert!(finish(&redis, &end).await);
    let again = submit(&redis, vec![digested(3)], None, &SETTINGS)
        .await
        .unwrap();
    assert_eq!(again, Submission::Accepted(vec![Accepted::Reused(job.id)]));
    let fresh = Settings {
        reuses: false,
        ..SETTINGS
    };
    let forced = submit(&redis, vec![digested(4)], None, &fresh)
        .await
        .unwrap();
    assert!(matches!(forced, Submission::Accepted(jobs) if matches!(jobs[0], Accepted::New(_))));
    assert_eq!(remove(&redis, job.id).await, Ok(Removed::Deleted));
    submit_one(&redis, digested(5)).await;
}

#[tokio::test]
async fn a_file_that_is_gone_keeps_its_job_from_completing() {
    let server = RedisServer::start();
    let redis = server.connect();
    submit_one(&redis, new_job(1)).await;
    let job = claim(&redis, LEASE_MS).await.unwrap();
    let file = ResultFile {
        name: "a".to_owned(),
        media_type: "text/plain".to_owned(),
        bytes: 1,
    };
    let mut end = complete(&job);
    end.outcome = Outcome::Complete {
        result: "{}".to_owned(),
        files: vec![file],
        digest: None,
    };
    assert!(!finish(&redis, &end).await);
    assert_eq!(get(&redis, job.id).await.status, Status::InProgress);
    put_file(&redis, job.id, job.token, "a", vec![1])
        .await
        .unwrap();
    assert!(finish(&redis, &end).await);
}

#[tokio::test]
async fn finished_jobs_are_forgotten_by_age_and_by_size() {
    let server = RedisServer::start();
    let redis = server.connect();
    let run = async |number, settings: &Settings| {
        submit(&redis, vec![new_job(number)], None, settings)
            .await
            .unwrap();
        let job = claim(&redis, LEASE_MS).await.unwrap();
        put_file(&redis, job.id, job.token, "a", vec![0; 1000])
            .await
            .unwrap();
        let file = ResultFile {
            name: "a".to_owned(),
            media_type: "text/plain".to_owned(),
            bytes: 1000,
        };
        let mut end = complete(&job);
        end.outcome = Outcome::Complete {
            result: "{}".to_owned(),
            files: vec![file],
            digest: None,
        };
        assert!(finish(&redis, &end).await);
    };
    let short = Settings {
        retention_ms: 20,
        ..SETTINGS
    };
    run(1, &short).await;
    pause(30).await;
    run(2, &SETTINGS).await;
    assert_eq!(look(&redis, new_job(1).id).await, Ok(None));
    run(3, &SETTINGS).await;
    assert!(look(&redis, new_job(2).id).await.unwrap().is_some());
    // Two results have 2,004 bytes.
    let small = Settings {
        max_result_bytes: 2003,
        ..SETTINGS
    };
    submit(&redis, vec![new_job(4)], None, &small)
        .await
        .unwrap();
    assert_eq!(look(&redis, new_job(2).id).await, Ok(None));
}

#[tokio::test]
async fn listing_pages_through_what_was_wanted() {
    let server = RedisServer::start();
    let redis = server.connect();
    let source = |name: &str| {
        let dataset = DatasetName::new(name).unwrap();
        Some(Source {
            dataset,
            version: 1,
            range: TimeRange::default(),
            filters: vec![],
        })
    };
    let jobs = (0..30)
        .map(|number| NewJob {
            analysis: if number % 3 == 0 { "sum" } else { "plot" }.to_owned(),
            source: if number % 2 == 0 {
                source("a")
            } else {
                source("b")
            },
            ..new_job(number)
        })
        .collect();
    submit(&redis, jobs, None, &SETTINGS).await.unwrap();
    let job = claim(&redis, LEASE_MS).await.unwrap();
    assert!(finish(&redis, &complete(&job)).await);
    let ids = async |mut wanted: Wanted| {
        wanted.limit = 4;
        let mut ids = Vec::new();
        loop {
            let page = list(&redis, &wanted).await.unwrap();
            assert_eq!(page.counts, [29, 0, 1, 0, 0]);
            assert!(page.jobs.len() <= 4);
            ids.extend(page.jobs.into_iter().map(|job| job.id));
            wanted.before = page.next;
            if page.next.is_none() {
                return ids;
            }
        }
    };
    let expected = |wanted: &dyn Fn(&u128) -> bool| {
        (0..30)
            .rev()
            .filter(|number| wanted(number))
            .map(|number| new_job(number).id)
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(Wanted::default()).await, expected(&|_| true));
    let analysis = Wanted {
        analysis: Some("sum".to_owned()),
        ..Wanted::default()
    };
    assert_eq!(
        ids(analysis.clone()).await,
        expected(&|number| number % 3 == 0)
    );
    let both = Wanted {
        dataset: DatasetName::new("b").ok(),
        ..analysis
    };
    assert_eq!(ids(both).await, expected(&|number| number % 6 == 3));
    let done = Wanted {
        status: Some(Status::Complete),
        ..Wanted::default()
    };
    assert_eq!(ids(done).await, [job.id]);
    let submitted = get(&redis, job.id).await.submitted;
    let early = Wanted {
        until: Some(submitted),
        ..Wanted::default()
    };
    assert_eq!(ids(early).await, []);
    let late = Wanted {
        from: Some(submitted),
        ..Wanted::default()
    };
    assert_eq!(ids(late).await.len(), 30);
}

#[tokio::test]
async fn a_doorbell_rings_once_until_it_is_answered_and_again_when_nobody_comes() {
    let server = RedisServer::start();
    let redis = server.connect();
    let flag = async || {
        let replies = redis
            .command("EXISTS", args![format!("{PREFIX}ring:plot")])
            .await
            .unwrap();
        Replies::new(replies).int("a flag").unwrap()
    };
    // Nobody listens: no ring is pending, so the next submission tries again.
    submit_one(&redis, new_job(1)).await;
    assert_eq!(flag().await, 0);
    let mut listener = listen(&server).await;
    submit_one(&redis, new_job(2)).await;
    submit_one(&redis, new_job(3)).await;
    assert_eq!(flag().await, 1);
    assert_eq!(listener.rings().await, 1);
    // A worker that was rung clears the flag; its claim rings once, should it die of the job.
    advance(&redis, &hands(LEASE_MS), Some("{}"), None, true)
        .await
        .unwrap();
    assert_eq!(listener.rings().await, 1);
    assert_eq!(description(&redis, "plot").await, Ok(Some("{}".to_owned())));
    // Following a job that waits for more than a second rings.
    redis
        .command("DEL", args![format!("{PREFIX}ring:plot")])
        .await
        .unwrap();
    get(&redis, new_job(3).id).await;
    assert_eq!(listener.rings().await, 0);
    pause(1050).await;
    get(&redis, new_job(3).id).await;
    assert_eq!(listener.rings().await, 1);
    // So does following a job whose worker is gone.
    redis
        .command("DEL", args![format!("{PREFIX}ring:plot")])
        .await
        .unwrap();
    let lost = claim(&redis, 1).await.unwrap();
    listener.rings().await;
    redis
        .command("DEL", args![format!("{PREFIX}ring:plot")])
        .await
        .unwrap();
    pause(5).await;
    get(&redis, lost.id).await;
    assert_eq!(listener.rings().await, 1);
}

struct Listener(tokio::net::TcpStream);

async fn listen(server: &RedisServer) -> Listener {
    use tokio::io::AsyncWriteExt;
    let mut stream = tokio::net::TcpStream::connect(server.address())
        .await
        .unwrap();
    stream
        .write_all(b"SUBSCRIBE almanac.doorbell.plot\r\n")
        .await
        .unwrap();
    let mut listener = Listener(stream);
    listener.rings().await;
    listener
}

impl Listener {
    /// Messages that came since the last call.
    async fn rings(&mut self) -> usize {
        use tokio::io::AsyncReadExt;
        let mut buffer = vec![0; 10_000];
        let wait = std::time::Duration::from_millis(50);
        let mut text = String::new();
        while let Ok(Ok(read)) = tokio::time::timeout(wait, self.0.read(&mut buffer)).await {
            text.push_str(&String::from_utf8_lossy(&buffer[..read]));
        }
        text.matches("$7\r\nmessage").count()
    }
}

#[tokio::test]
async fn a_claim_whose_answer_was_lost_gives_the_same_job_again() {
    let server = RedisServer::start();
    let redis = server.connect();
    submit_one(&redis, new_job(1)).await;
    submit_one(&redis, new_job(2)).await;
    let hands = hands(LEASE_MS);
    let claim = async || {
        advance(&redis, &hands, None, None, true)
            .await
            .unwrap()
            .next
    };
    let Next::Claimed(first) = claim().await else {
        panic!("no job")
    };
    let Next::Claimed(again) = claim().await else {
        panic!("no job again")
    };
    assert_eq!(
        (again.id, again.token, again.attempts),
        (first.id, first.token, 1)
    );
    // Once it has ended, the call that comes late takes no other: nobody waits for it.
    assert!(finish(&redis, &complete(&first)).await);
    assert_eq!(claim().await, Next::Idle(Some(0)));
    let queue = queues::survey(&redis, ["plot"].into_iter()).await.unwrap();
    assert_eq!(queue.queues[0].waiting, 1);
}

/// Told once, by one: to be told again where it was not taken, and not for a job that is gone.
#[tokio::test]
async fn callbacks_are_sent_until_they_are_accepted() {
    use super::callbacks::{self, settle};
    let take = async |redis: &NativeConnection| callbacks::take(redis, 3).await;
    let server = RedisServer::start();
    let redis = server.connect();
    let with = |number| NewJob {
        callback: Some("https://hooks.example/".to_owned()),
        ..new_job(number)
    };
    submit_one(&redis, with(1)).await;
    submit_one(&redis, new_job(2)).await;
    submit_one(&redis, with(3)).await;
    assert_eq!(take(&redis).await.unwrap(), None, "none has ended");
    for _ in 0..2 {
        let job = claim(&redis, LEASE_MS).await.unwrap();
        assert!(finish(&redis, &complete(&job)).await);
    }
    let job = take(&redis).await.unwrap().unwrap();
    let callback = job.callback.unwrap();
    assert_eq!((job.id, callback.attempts), (new_job(1).id, 1));
    assert_eq!(take(&redis).await.unwrap(), None, "one has it");
    let again = Some(std::time::Duration::ZERO);
    let soon = Some(std::time::Duration::from_millis(1));
    settle(&redis, job.id, 1, Err(("answered 500", soon)))
        .await
        .unwrap();
    pause(5).await;
    let job = take(&redis).await.unwrap().unwrap();
    let callback = job.callback.unwrap();
    assert_eq!(
        (callback.attempts, callback.error.as_deref()),
        (2, Some("answered 500"))
    );
    // Who was too slow has nothing to say any more.
    settle(&redis, job.id, 1, Ok(())).await.unwrap();
    let record = look(&redis, job.id).await.unwrap().unwrap();
    assert_eq!(record.callback.unwrap().delivered, None);
    settle(&redis, job.id, 2, Ok(())).await.unwrap();
    let record = look(&redis, job.id).await.unwrap().unwrap();
    let callback = record.callback.unwrap();
    assert!(callback.delivered.is_some() && callback.error.is_none());
    // Cancelled is an end as well; given up is for ever; gone is gone.
    remove(&redis, new_job(3).id).await.unwrap();
    let job = take(&redis).await.unwrap().unwrap();
    assert_eq!(job.id, new_job(3).id);
    settle(&redis, job.id, 1, Err(("no", again))).await.unwrap();
    assert_eq!(take(&redis).await.unwrap(), None);
    submit_one(&redis, with(4)).await;
    remove(&redis, new_job(4).id).await.unwrap();
    remove(&redis, new_job(4).id).await.unwrap();
    assert_eq!(take(&redis).await.unwrap(), None);
}

/// Each attempt is counted before it is made, so a callback that kills its sender ends all the same.
#[tokio::test]
async fn a_callback_whose_senders_die_is_given_up() {
    use super::callbacks::take;
    let server = RedisServer::start();
    let redis = server.connect();
    let callback = Some("https://hooks.example/".to_owned());
    let job = NewJob {
        callback,
        ..new_job(1)
    };
    submit_one(&redis, job).await;
    remove(&redis, new_job(1).id).await.unwrap();
    for attempt in 1..=3 {
        let job = take(&redis, 3).await.unwrap().unwrap();
        assert_eq!(job.callback.unwrap().attempts, attempt);
        // The lease ends at once.
        let key = format!("{PREFIX}callbacks");
        let due = args![key, "1", job.id.to_string()];
        redis.command("ZADD", due).await.unwrap();
    }
    assert_eq!(take(&redis, 3).await.unwrap(), None);
    let callback = look(&redis, new_job(1).id).await.unwrap().unwrap().callback;
    let error = callback.unwrap().error;
    assert_eq!(error.as_deref(), Some("the last attempt did not end"));
    assert_queues_are_empty(&redis).await;
}

#[tokio::test]
async fn log_lines_are_kept_in_order_until_the_next_attempt() {
    let server = RedisServer::start();
    let redis = server.connect();
    submit_one(&redis, new_job(1)).await;
    let job = claim(&redis, 1).await.unwrap();
    let lines = |after: u64, words: &[&str]| Lines {
        after,
        lines: words.iter().map(|word| (*word).to_owned()).collect(),
    };
    let before = glance(&redis, job.id).await.unwrap();
    let said = lines(0, &["one", "two\nlines"]);
    let renewed = renew(&redis, job.id, job.token, 1, 0.0, "", &said).await;
    assert_eq!(renewed, Ok(Renewed::Go));
    assert_ne!(glance(&redis, job.id).await.unwrap(), before);
    assert_eq!(get(&redis, job.id).await.log, ["one", "two lines"]);
    // The answer was lost: they come again, with one more, and then an empty one.
    let said = lines(0, &["one", "two\nlines", "three"]);
    for more in [&said, &said, &lines(3, &[""])] {
        let renewed = renew(&redis, job.id, job.token, 1000, 0.0, "", more).await;
        assert_eq!(renewed, Ok(Renewed::Go));
    }
    assert_eq!(
        get(&redis, job.id).await.log,
        ["one", "two lines", "three", ""]
    );
    let last = renew(&redis, job.id, job.token, 1, 0.0, "", &Lines::default()).await;
    assert_eq!(last, Ok(Renewed::Go));
    pause(5).await;
    // Its lease is over: the next attempt begins with nothing said.
    let mut next = None;
    while next.is_none() {
        pause(50).await;
        next = claim(&redis, LEASE_MS).await;
    }
    let next = next.unwrap();
    assert_eq!(get(&redis, next.id).await.log, [""; 0]);
    let end = Finish {
        log: lines(0, &["three"]),
        ..complete(&next)
    };
    assert!(finish(&redis, &end).await);
    assert_eq!(get(&redis, next.id).await.log, ["three"]);
}
