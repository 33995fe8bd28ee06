//! Surveys and pauses of queues against a real redis-server.

use super::tests::{SETTINGS, claim, complete, finish, hands, new_job, pause as sleep, submit_one};
use super::*;
use crate::store::native::NativeConnection;
use crate::store::test_server::RedisServer;

/// The queue of `plot`, as nobody but these tests uses it.
async fn queue(redis: &NativeConnection) -> Queue {
    let mut survey = survey(redis, ["plot"].into_iter()).await.unwrap();
    survey.queues.remove(0)
}

#[tokio::test]
async fn a_survey_counts_what_waits_runs_and_has_ended() {
    let server = RedisServer::start();
    let redis = server.connect();
    let untouched = queue(&redis).await;
    assert_eq!((untouched.waited, untouched.seen), (None, None));

    let later = NewJob {
        run_at: Some(Timestamp::MAX),
        ..new_job(9)
    };
    submit_one(&redis, later).await;
    for number in 0..5 {
        submit_one(&redis, new_job(number)).await;
    }
    let done = claim(&redis, LEASE_MS).await.unwrap();
    assert!(finish(&redis, &complete(&done)).await);
    let running = claim(&redis, LEASE_MS).await.unwrap();
    remove(&redis, new_job(4).id).await.unwrap();
    sleep(20).await;

    let known = queue(&redis).await;
    assert_eq!((known.waiting, known.due, known.in_progress), (2, 1, 1));
    assert!(known.waited >= Some(20), "{known:?}");
    assert_eq!(known.seen, Some(0), "a worker has a job");
    assert_eq!((known.totals.complete, known.totals.cancelled), (1, 1));
    assert_eq!(known.durations.counts.iter().sum::<u64>(), 1);

    let said_no = Finish {
        outcome: Outcome::Failed("no".to_owned()),
        ..complete(&running)
    };
    assert!(finish(&redis, &said_no).await);
    let known = queue(&redis).await;
    assert_eq!((known.in_progress, known.totals.failed), (0, 1));
    assert_eq!(known.durations.counts.iter().sum::<u64>(), 2);
    assert!(known.durations.sum >= 20, "{known:?}");
    assert!(
        known.seen >= Some(20) && known.seen < Some(10_000),
        "{known:?}"
    );
    let bytes = survey(&redis, std::iter::empty()).await.unwrap();
    assert_eq!((bytes.result_bytes, bytes.queues), (7, vec![]));
}

#[tokio::test]
async fn analyses_that_workers_brought_are_surveyed_in_order_of_name() {
    let server = RedisServer::start();
    let redis = server.connect();
    advance(&redis, &hands(LEASE_MS), Some("{}"), None, true)
        .await
        .unwrap();
    let known = survey(&redis, ["sleep", "echo"].into_iter()).await.unwrap();
    let names: Vec<&str> = known.queues.iter().map(|queue| &*queue.analysis).collect();
    assert_eq!(names, ["echo", "plot", "sleep"]);
}

#[tokio::test]
async fn a_wait_counts_from_when_a_job_could_be_begun() {
    let server = RedisServer::start();
    let redis = server.connect();
    let soon = submit_one(&redis, new_job(1))
        .await
        .submitted
        .milliseconds()
        + 60;
    let run_at = Some(Timestamp::from_milliseconds(soon).unwrap());
    submit_one(
        &redis,
        NewJob {
            run_at,
            ..new_job(2)
        },
    )
    .await;
    claim(&redis, 20).await.unwrap();
    // Neither its time nor the end of the lease has come.
    assert_eq!(queue(&redis).await.waited, None);
    sleep(100).await;
    let waited = queue(&redis).await.waited.unwrap();
    assert!((80..2000).contains(&waited), "the lease is over: {waited}");
    assert_eq!(claim(&redis, 20).await.unwrap().id, new_job(2).id);
    assert_eq!(
        queue(&redis).await.waited,
        None,
        "the other waits for its retry"
    );
}

#[tokio::test]
async fn lost_attempts_and_dead_jobs_are_counted() {
    let server = RedisServer::start();
    let redis = server.connect();
    let settings = Settings {
        max_attempts: 1,
        ..SETTINGS
    };
    submit(&redis, vec![new_job(1)], None, &settings)
        .await
        .unwrap();
    claim(&redis, 1).await.unwrap();
    sleep(5).await;
    assert_eq!(claim(&redis, 1).await, None);
    let totals = queue(&redis).await.totals;
    assert_eq!((totals.lost, totals.dead, totals.failed), (1, 1, 1));
}

#[tokio::test]
async fn nothing_is_claimed_from_a_paused_queue_until_it_is_resumed() {
    let server = RedisServer::start();
    let redis = server.connect();
    submit(&redis, (0..2).map(new_job).collect(), None, &SETTINGS)
        .await
        .unwrap();
    let running = claim(&redis, LEASE_MS).await.unwrap();
    for _ in 0..2 {
        pause(&redis, "plot", true).await.unwrap();
    }
    assert_eq!(paused(&redis).await.unwrap(), ["plot"]);
    assert!(queue(&redis).await.is_paused);
    // What runs goes on to its end, what is submitted is accepted, and nothing more is begun.
    let end = advance(
        &redis,
        &hands(LEASE_MS),
        None,
        Some(&complete(&running)),
        true,
    )
    .await
    .unwrap();
    assert!(end.finished);
    assert_eq!(end.next, Next::Idle(None));
    submit_one(&redis, new_job(7)).await;
    assert_eq!(claim(&redis, LEASE_MS).await, None);
    assert_eq!(queue(&redis).await.waiting, 2);

    for _ in 0..2 {
        pause(&redis, "plot", false).await.unwrap();
    }
    assert!(paused(&redis).await.unwrap().is_empty());
    assert_eq!(claim(&redis, LEASE_MS).await.unwrap().id, new_job(1).id);
    assert_eq!(claim(&redis, LEASE_MS).await.unwrap().id, new_job(7).id);
}
