//! `GET /jobs/:id/events`: a job's progress as server-sent events.
//!
//! Each change is an event `progress` with status, progress, note, place in the queue and attempts, after
//! an event `log` for each line that the analysis logged meanwhile; the last is `end` with the whole
//! record. A comment every few seconds keeps the connection open. After
//! a quarter of an hour the stream ends without `end`, and the browser connects again by itself.

use std::rc::Rc;
use std::time::Duration;

use almanac::app::clock::Clock;
use almanac::app::jobs::{self, Glance};
use almanac::domain::job::{Job, JobId};
use almanac::http::response::Body;
use almanac::http::{Problem, Request, Response, job_json};
use almanac::store::Connection;
use bytes::Bytes;
use futures::StreamExt;
use http::{StatusCode, header};
use serde_json::json;

const KEEP_ALIVE: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(900);

/// Where a stream stands.
struct Following<C, K> {
    connection: Rc<C>,
    clock: K,
    id: JobId,
    seen: Option<Glance>,
    /// Lines of the log that were sent, and the attempt that they are of.
    logged: (u64, usize),
    is_over: bool,
}

pub async fn stream<C, K>(
    request: &Request,
    connection: Rc<C>,
    id: JobId,
    clock: K,
) -> Result<Response, Problem>
where
    C: Connection + 'static,
    K: Clock + 'static,
{
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    // A job that is not there is a 404, not an empty stream.
    jobs::get(&*connection, id).await?;
    let following = Following {
        connection,
        clock,
        id,
        seen: None,
        logged: (0, 0),
        is_over: false,
    };
    let events = futures::stream::unfold(following, next)
        .map(Ok)
        .boxed_local();
    let mut response = Response::new(StatusCode::OK, "text/event-stream", Bytes::new())
        .with(header::CACHE_CONTROL, "no-store");
    response.body = Body::Stream(events);
    Ok(response)
}

async fn next<C: Connection, K: Clock>(
    mut following: Following<C, K>,
) -> Option<(Bytes, Following<C, K>)> {
    if following.is_over || following.clock.elapsed() > LONGEST {
        return None;
    }
    let Following {
        connection,
        clock,
        id,
        seen,
        ..
    } = &following;
    let (job, glance) = jobs::next_change(&**connection, *id, seen.as_ref(), KEEP_ALIVE, clock)
        .await
        .ok()?;
    let text = if glance == following.seen {
        ": still there\n\n".to_owned()
    } else {
        let lines = new_lines(&job, &mut following.logged);
        let change = if job.status.is_final() {
            following.is_over = true;
            event("end", &job_json::job(&job))
        } else {
            event("progress", &progress(&job))
        };
        lines + &change
    };
    following.seen = glance;
    Some((text.into(), following))
}

/// The lines that were not sent yet; a new attempt has a new log.
fn new_lines(job: &Job, (attempt, sent): &mut (u64, usize)) -> String {
    if *attempt != job.attempts {
        (*attempt, *sent) = (job.attempts, 0);
    }
    let lines = job.log.iter().skip(*sent);
    let text = lines
        .map(|line| event("log", &json!({"attempt": job.attempts, "line": line})))
        .collect();
    *sent = job.log.len();
    text
}

fn progress(job: &Job) -> serde_json::Value {
    json!({
        "status": job.status.name(),
        "progress": job.progress,
        "note": job.note,
        "position": job.position,
        "attempts": job.attempts,
    })
}

/// JSON without line breaks is one line of data.
fn event(name: &str, data: &serde_json::Value) -> String {
    format!("event: {name}\ndata: {data}\n\n")
}
