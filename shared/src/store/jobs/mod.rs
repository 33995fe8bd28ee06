//! Jobs: their records, their queues, the leases on them, their results.
//!
//! # Keys
//! All begin with `almanac:{jobs}:`, whose hash tag keeps them in one slot. Scripts take the time from
//! Redis' own clock, so that all workers have one; the sequence number of a job is the microsecond
//! of its submission, or one more than the last.
//!
//! | key | type | what it holds |
//! |---|---|---|
//! | `job:<id>` | hash | the record, see `record.rs` |
//! | `all` | sorted set | every job by its sequence number, for listing |
//! | `status:<status>` | sorted set | the jobs in that status, likewise |
//! | `queue:<analysis>` | sorted set | the jobs to be claimed: by priority, then by sequence number |
//! | `due:<analysis>` | sorted set | the jobs that wait for a time (a retry, `run_at`), by that time in ms |
//! | `leases:<analysis>` | sorted set | the jobs in progress, by the end of their lease in ms |
//! | `token` | integer | the last fencing token handed out |
//! | `sequence` | integer | the last sequence number handed out |
//! | `claim:<nonce>` | string, one lease | the job and token that a call claimed, should its answer be lost |
//! | `ring:<analysis>` | string, 2 s | a doorbell is pending: no other is rung meanwhile |
//! | `file:<id>:<token>:<name>` | string | a result file; one hour, and with the record once that is complete |
//! | `reuse:<digest>` | string | the complete job of that input, as long as its record |
//! | `idempotency:<digest of the key>` | string, 24 h | digest of the body, and the ids it gave |
//! | `expires` | sorted set | the finished jobs, by when they are to be forgotten in ms |
//! | `bytes` | integer | bytes of all results |
//! | `totals` | hash | `<analysis> <status>`: how many jobs came to that end; `<analysis> lost`: attempts lost; `<analysis> dead`: jobs given up after the last |
//! | `durations` | hash | attempts that were not lost: `<analysis> <ms>`: how many took at most that and more than the bound before, `<analysis> more`: longer ones; `<analysis> sum`: ms together |
//! | `claims` | hash | when a job was last claimed in ms, by analysis |
//! | `paused` | set | the analyses whose queues are paused: nothing is claimed from them, and no ring sent |
//! | `analyses` | hash | the description that each worker brings, by name |
//!
//! A doorbell is a message on the channel `almanac.doorbell.<analysis>`. It carries no meaning.
//!
//! # Transitions
//! Each is one script, so it happens whole or not at all. A job is in exactly one of `queue`, `due` and
//! `leases` while it is unfinished, and in none of them after.
//!
//! | from | to | script | when | what a crash leaves |
//! |---|---|---|---|---|
//! | - | submitted | `submit` | a submission is accepted; in `queue`, or in `due` before its `run_at` | nothing, or the whole submission with its ring |
//! | submitted | in progress | `advance` | a worker claims it, unless the queue is paused: from `queue` to `leases`, with a new token | a lease without a worker: it runs out |
//! | in progress | in progress | `renew` | a step took long: a new lease, and the progress | the lease runs out |
//! | in progress | submitted | `advance` | its lease is over: from `leases` to `due`, after a growing pause | due, until a worker is rung |
//! | in progress | failed | `advance` | its lease is over for the last time, or its analysis said no | as before, or failed |
//! | in progress | failed | `renew` | its time is up | as before, or failed |
//! | in progress | complete | `advance` | its worker holds its token, and its files are there | files of an hour's life, and a lease that runs out |
//! | submitted, in progress | cancelled | `remove` | its owner deletes it | as before, or cancelled |
//! | complete, failed, cancelled | - | `remove`, and in passing `submit` and `advance` | its owner deletes it; its retention is over; all results have too many bytes | as before, or nothing |
//!
//! A worker whose lease was given to another, or whose job was cancelled, holds an old token or finds
//! another status: `renew` and `advance` then write nothing and say so. Its files have its token in
//! their keys, and so cannot take the place of the winner's.

macro_rules! script {
    ($($file:literal),*) => {
        Script::new(concat!(include_str!("common.lua"), $(include_str!($file)),*))
    };
}

pub mod callbacks;
#[cfg(test)]
mod queue_tests;
mod queues;
mod record;
#[cfg(test)]
mod tests;

use super::connection::{Connection, Error, Replies};
use super::script::Script;
use crate::args;
use crate::domain::job::{Job, JobId, Priority, ResultFile, Source, Status, Worker};
use crate::domain::{DatasetName, Timestamp};

pub use queues::{BUCKETS, Durations, Queue, Survey, Totals, pause, paused, survey};

const PREFIX: &str = "almanac:{jobs}:";

/// How long a claim lasts before it must be renewed, in milliseconds.
pub const LEASE_MS: u64 = 15_000;
/// How long an Idempotency-Key counts, in milliseconds.
const IDEMPOTENCY_MS: u64 = 24 * 3_600_000;
/// How long a file lives whose job is not complete yet, in milliseconds.
const FILE_MS: u64 = 3_600_000;
/// Records that one call of `list` looks at.
const LOOKS: u64 = 1000;

static SUBMIT: Script = script!("submit.lua");
static ADVANCE: Script = script!("recover.lua", "advance.lua");
static RENEW: Script = script!("recover.lua", "renew.lua");
static REMOVE: Script = script!("remove.lua");
static LOOK: Script = script!("look.lua");
static LIST: Script = script!("list.lua");

/// A job to be submitted.
#[derive(Debug, Clone, PartialEq)]
pub struct NewJob {
    pub id: JobId,
    pub analysis: String,
    pub source: Option<Source>,
    /// A JSON object.
    pub params: String,
    pub priority: Priority,
    /// Not to be begun before.
    pub run_at: Option<Timestamp>,
    /// How long an attempt may take, in milliseconds.
    pub limit_ms: u64,
    /// Digest of everything that its result depends on; `None` when it is not to be reused.
    pub digest: Option<String>,
    /// The id of the request that submits it.
    pub request_id: Option<String>,
    /// Where its end is told.
    pub callback: Option<String>,
}

/// What holds for all jobs of a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    /// Unfinished jobs, beyond which nothing is accepted.
    pub max_unfinished: u64,
    /// Bytes of all results, beyond which the oldest are forgotten.
    pub max_result_bytes: u64,
    /// How long a finished job is kept, in milliseconds.
    pub retention_ms: u64,
    /// How often a job is begun before it is given up.
    pub max_attempts: u64,
    /// Whether a stored result may be the answer.
    pub reuses: bool,
}

/// A caller's key for one submission, both as digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    pub key: String,
    pub body: String,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq)]
pub enum Submission {
    /// Each job in its order.
    Accepted(Vec<Accepted>),
    /// The same submission came before and gave these jobs.
    Repeated(Vec<JobId>),
    /// The same Idempotency-Key came before with another body.
    OtherBody,
    /// There are too many unfinished jobs.
    Full,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Accepted {
    New(Box<Job>),
    /// A complete job with the same input.
    Reused(JobId),
}

/// Submits jobs, all or none, and rings their workers.
///
/// # Errors
/// As [`Connection::command`].
pub async fn submit(
    connection: &impl Connection,
    jobs: Vec<NewJob>,
    idempotency: Option<&Idempotency>,
    settings: &Settings,
) -> Result<Submission, Error> {
    let (key, body) = idempotency.map_or(("", ""), |known| (&*known.key, &*known.body));
    let mut args = args![
        settings.max_unfinished,
        settings.max_result_bytes,
        key,
        body,
        IDEMPOTENCY_MS,
        u64::from(settings.reuses),
        jobs.len(),
    ];
    for job in &jobs {
        record::append_new(job, settings, &mut args);
    }
    let mut replies = SUBMIT.run(connection, &[PREFIX], args).await?;
    match replies.text("the outcome of a submission")?.as_str() {
        "full" => Ok(Submission::Full),
        "other body" => Ok(Submission::OtherBody),
        "repeated" => {
            let mut ids = Vec::new();
            while replies.remaining() > 0 {
                ids.push(record::id(&mut replies)?);
            }
            Ok(Submission::Repeated(ids))
        }
        "accepted" => accepted(jobs, replies).map(Submission::Accepted),
        other => Err(Error::Corrupt(format!(
            "an unknown outcome of a submission: {other}"
        ))),
    }
}

fn accepted(jobs: Vec<NewJob>, mut replies: Replies) -> Result<Vec<Accepted>, Error> {
    let submitted = record::time(replies.int("the time of submission")?)?;
    let mut accepted = Vec::with_capacity(jobs.len());
    for job in jobs {
        accepted.push(match replies.text("the outcome of a job")?.as_str() {
            "reused" => Accepted::Reused(record::id(&mut replies)?),
            _ => {
                let place = replies.unsigned("a place in the queue")?;
                Accepted::New(Box::new(record::fresh(job, submitted, place)))
            }
        });
    }
    Ok(accepted)
}

/// Reads a job; rings its workers when they seem to sleep.
///
/// # Errors
/// As [`Connection::command`].
pub async fn look(connection: &impl Connection, id: JobId) -> Result<Option<Job>, Error> {
    let mut replies = LOOK
        .run(connection, &[PREFIX], args![id.to_string()])
        .await?;
    let place = replies.text("a place in the queue")?;
    if place == "missing" {
        return Ok(None);
    }
    let place = place.parse().unwrap_or(0);
    let mut job = record::read(&mut replies)?;
    job.position = (place > 0).then_some(place);
    Ok(Some(job))
}

/// Where a job stands and how far it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glance {
    pub status: Status,
    /// Attempts, progress, note and number of log lines as they are stored.
    mark: String,
}

/// Looks at a job at next to no cost.
///
/// # Errors
/// As [`Connection::command`].
pub async fn glance(connection: &impl Connection, id: JobId) -> Result<Option<Glance>, Error> {
    let key = format!("{PREFIX}job:{id}");
    let fields = args![key, "status", "attempts", "progress", "note", "logged"];
    let mut replies = Replies::new(connection.command("HMGET", fields).await?);
    let Some(status) = replies.optional_text("a status")? else {
        return Ok(None);
    };
    let status = Status::from_name(&status)
        .ok_or_else(|| Error::Corrupt(format!("job {id} has the status `{status}`")))?;
    let mut mark = String::new();
    while replies.remaining() > 0 {
        mark.push_str(
            &replies
                .optional_text("the progress of a job")?
                .unwrap_or_default(),
        );
        mark.push(' ');
    }
    Ok(Some(Glance { status, mark }))
}

/// Which jobs to list.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wanted {
    pub status: Option<Status>,
    pub analysis: Option<String>,
    pub dataset: Option<DatasetName>,
    /// Submitted at or after.
    pub from: Option<Timestamp>,
    /// Submitted before.
    pub until: Option<Timestamp>,
    /// Only those before this sequence number, where an earlier page ended.
    pub before: Option<u64>,
    pub limit: u64,
}

/// A page of jobs, the latest first, without results, histories and logs.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub jobs: Vec<Job>,
    /// Where the next page begins; `None` at the end. A page may be short, even empty, and still
    /// have a next one: a call looks at a bounded number of records.
    pub next: Option<u64>,
    /// How many jobs there are in each status, whatever was wanted.
    pub counts: [u64; Status::ALL.len()],
}

/// Lists jobs.
///
/// # Errors
/// As [`Connection::command`].
pub async fn list(connection: &impl Connection, wanted: &Wanted) -> Result<Page, Error> {
    let least = wanted
        .from
        .map_or("-inf".to_owned(), |from| micros(from).to_string());
    let until = wanted.until.map(micros);
    let before = wanted.before.and_then(|before| i64::try_from(before).ok());
    let most = match [until, before].into_iter().flatten().min() {
        Some(bound) => format!("({bound}"),
        None => "+inf".to_owned(),
    };
    let args = args![
        wanted.status.map_or("", Status::name),
        wanted.analysis.as_deref().unwrap_or_default(),
        wanted.dataset.as_ref().map_or("", DatasetName::as_str),
        least,
        most,
        wanted.limit,
        LOOKS,
    ];
    let mut replies = LIST.run(connection, &[PREFIX], args).await?;
    let mut counts = [0; Status::ALL.len()];
    for count in &mut counts {
        *count = replies.unsigned("a count of jobs")?;
    }
    let next = replies.text("the end of a page")?.parse().ok();
    let mut jobs = Vec::new();
    while replies.remaining() > 0 {
        jobs.push(record::read(&mut replies)?);
    }
    Ok(Page { jobs, next, counts })
}

fn micros(time: Timestamp) -> i64 {
    time.milliseconds().saturating_mul(1000)
}

/// What became of a job that its owner deleted.
#[derive(Debug, Clone, PartialEq)]
pub enum Removed {
    /// It was unfinished; the record remains.
    Cancelled(Box<Job>),
    /// It was finished; record and files are gone.
    Deleted,
    Missing,
}

/// Cancels an unfinished job, deletes a finished one.
///
/// # Errors
/// As [`Connection::command`].
pub async fn remove(connection: &impl Connection, id: JobId) -> Result<Removed, Error> {
    let mut replies = REMOVE
        .run(connection, &[PREFIX], args![id.to_string()])
        .await?;
    match replies.text("the outcome of a deletion")?.as_str() {
        "cancelled" => Ok(Removed::Cancelled(Box::new(record::read(&mut replies)?))),
        "deleted" => Ok(Removed::Deleted),
        _ => Ok(Removed::Missing),
    }
}

/// A worker at work for one analysis.
#[derive(Debug, Clone, PartialEq)]
pub struct Hands {
    pub analysis: String,
    pub worker: Worker,
    /// How long its claims last without renewal, in milliseconds.
    pub lease_ms: u64,
    /// Bytes of all results, beyond which the oldest are forgotten.
    pub max_result_bytes: u64,
    /// Names the next claim: never used for another.
    pub nonce: String,
}

/// Lines for the log of a job's present attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    /// How many came before them. Those that the store has by now it does not take again.
    pub after: u64,
    pub lines: Vec<String>,
}

/// How a worker ends a job that it has.
#[derive(Debug, Clone, PartialEq)]
pub struct Finish {
    pub id: JobId,
    pub token: u64,
    pub outcome: Outcome,
    /// Lines for its log that [`renew`] has not taken yet.
    pub log: Lines,
    /// The dataset's version that was read.
    pub dataset_version: Option<u64>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    Complete {
        /// A JSON object.
        result: String,
        /// Stored before, with [`put_file`].
        files: Vec<ResultFile>,
        /// As in [`NewJob::digest`], of what was read in truth.
        digest: Option<String>,
    },
    /// For good, with a reason for the owner.
    Failed(String),
}

/// What [`advance`] came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Advanced {
    /// Whether the job to finish is finished; `false` when it was no longer the worker's, and nothing
    /// was written. `true` without one.
    pub finished: bool,
    pub next: Next,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    /// The job is the worker's for the length of a lease.
    Claimed(Box<Job>),
    /// There is nothing to claim. In so many milliseconds a retry falls due or a lease ends;
    /// `None` when there is nothing to wait for.
    Idle(Option<u64>),
}

/// Finishes a job, or claims the next, or both in one round trip. Claiming first gives back the
/// jobs of lost workers, and puts into the queue what is due.
///
/// `description` is the analysis' own, from a worker that was just rung: it is then known to the
/// API, and the ring is no longer pending. Calling it again for one job finishes it once, and with the
/// same `nonce` claims what it claimed before.
///
/// # Errors
/// As [`Connection::command`].
pub async fn advance(
    connection: &impl Connection,
    hands: &Hands,
    description: Option<&str>,
    finish: Option<&Finish>,
    claims: bool,
) -> Result<Advanced, Error> {
    let mut args = args![
        &hands.analysis,
        hands.lease_ms,
        &hands.worker.address,
        &hands.worker.name,
        description.unwrap_or_default(),
        u64::from(claims),
    ];
    record::append_finish(finish, hands, &mut args);
    let mut replies = ADVANCE.run(connection, &[PREFIX], args).await?;
    let finished = replies.text("the outcome of finishing")? != "lost";
    let next = match replies.text("the outcome of claiming")?.as_str() {
        "claimed" => Next::Claimed(Box::new(record::read(&mut replies)?)),
        _ => Next::Idle(u64::try_from(replies.int("a pause")?).ok()),
    };
    Ok(Advanced { finished, next })
}

/// Whether a worker may go on with its job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewed {
    Go,
    /// Its lease ran out and the job was given back.
    Lost,
    Cancelled,
    /// It ran longer than its limit, and is failed now.
    Late,
}

/// Renews a lease, with the progress from 0 to 1, a note of what is being done, and new lines for the
/// log.
///
/// # Errors
/// As [`Connection::command`].
pub async fn renew(
    connection: &impl Connection,
    id: JobId,
    token: u64,
    lease_ms: u64,
    progress: f64,
    note: &str,
    log: &Lines,
) -> Result<Renewed, Error> {
    let args = args![
        id.to_string(),
        token,
        lease_ms,
        progress.to_string(),
        note,
        record::lines(log)
    ];
    let mut replies = RENEW.run(connection, &[PREFIX], args).await?;
    match replies.text("the outcome of a renewal")?.as_str() {
        "go" => Ok(Renewed::Go),
        "cancelled" => Ok(Renewed::Cancelled),
        "late" => Ok(Renewed::Late),
        _ => Ok(Renewed::Lost),
    }
}

/// Writes a result file, to be finished with its job within the hour.
///
/// # Errors
/// As [`Connection::command`].
pub async fn put_file(
    connection: &impl Connection,
    id: JobId,
    token: u64,
    name: &str,
    bytes: Vec<u8>,
) -> Result<(), Error> {
    let args = args![file_key(id, token, name), bytes, "PX", FILE_MS];
    connection.command("SET", args).await.map(drop)
}

/// Drops files that a worker wrote for a job that is no longer its own.
///
/// # Errors
/// As [`Connection::command`].
pub async fn drop_files(
    connection: &impl Connection,
    id: JobId,
    token: u64,
    names: impl Iterator<Item = &str>,
) -> Result<(), Error> {
    let keys: Vec<_> = names.map(|name| file_key(id, token, name).into()).collect();
    if keys.is_empty() {
        return Ok(());
    }
    connection.command("UNLINK", keys).await.map(drop)
}

/// The bytes of a job's file.
///
/// # Errors
/// As [`Connection::blob`].
pub async fn file(
    connection: &impl Connection,
    job: &Job,
    name: &str,
) -> Result<Option<Vec<u8>>, Error> {
    connection.blob(&file_key(job.id, job.token, name)).await
}

fn file_key(id: JobId, token: u64, name: &str) -> String {
    format!("{PREFIX}file:{id}:{token}:{name}")
}

/// The descriptions that workers brought, by name.
///
/// # Errors
/// As [`Connection::command`].
pub async fn descriptions(connection: &impl Connection) -> Result<Vec<(String, String)>, Error> {
    let key = format!("{PREFIX}analyses");
    let mut replies = Replies::new(connection.command("HGETALL", args![key]).await?);
    let mut descriptions = Vec::new();
    while replies.remaining() > 0 {
        let name = replies.text("the name of an analysis")?;
        descriptions.push((name, replies.text("the description of an analysis")?));
    }
    descriptions.sort();
    Ok(descriptions)
}

/// The description that the worker of an analysis brought.
///
/// # Errors
/// As [`Connection::command`].
pub async fn description(
    connection: &impl Connection,
    name: &str,
) -> Result<Option<String>, Error> {
    let key = format!("{PREFIX}analyses");
    Replies::new(connection.command("HGET", args![key, name]).await?)
        .optional_text("the description of an analysis")
}
