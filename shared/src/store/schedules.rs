//! Schedules: jobs that are submitted again and again.
//!
//! | key | type | what |
//! |---|---|---|
//! | `almanac:{jobs}:schedules` | hash | by id, JSON: a [`Schedule`] |
//! | `almanac:{jobs}:schedules:due` | sorted set | the ids by when they fire next, in ms |
//! | `almanac:{jobs}:schedules:last` | hash | by id, when it fired last in ms and the job that came of it |
//!
//! A firing is a submission whose Idempotency-Key is the schedule and the time that it is due, followed by
//! the script that puts the next time in place of that one. Whoever dies between the two leaves the time
//! as it was: the next one submits under the same key, which gives the same job.

use serde::{Deserialize, Serialize};

use super::connection::{Connection, Error, Replies};
use super::jobs::{NewJob, Settings};
use super::script::Script;
use crate::args;
use crate::domain::job::{JobId, Priority, Source};
use crate::domain::{DatasetName, TimeRange, Timestamp};

const SCHEDULES: &str = "almanac:{jobs}:schedules";
const DUE: &str = "almanac:{jobs}:schedules:due";
const LAST: &str = "almanac:{jobs}:schedules:last";

/// KEYS: the three above. ARGV: id, the time that it was due, the next (empty: none), the job.
static FIRED: Script = Script::new(
    "if redis.call('ZSCORE', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
     if ARGV[3] == '' then redis.call('ZREM', KEYS[2], ARGV[1])
     else redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1]) end
     redis.call('HSET', KEYS[3], ARGV[1], ARGV[2] .. ' ' .. ARGV[4])
     return 1",
);
/// KEYS: the three above. ARGV: id, record, the first time.
static PUT: Script = Script::new(
    "redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
     redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
     return 1",
);
/// KEYS: the three above. ARGV: id.
static REMOVE: Script = Script::new(
    "redis.call('ZREM', KEYS[2], ARGV[1])
     redis.call('HDEL', KEYS[3], ARGV[1])
     return redis.call('HDEL', KEYS[1], ARGV[1])",
);
const KEYS: [&str; 3] = [SCHEDULES, DUE, LAST];

/// A schedule as it is kept: its recurrence as its owner wrote it, and everything that a submission needs
/// where the configuration is not known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    pub id: String,
    pub name: Option<String>,
    /// One of these two.
    pub every: Option<String>,
    pub cron: Option<String>,
    pub zone: String,
    /// Milliseconds since 1970.
    pub created: i64,
    pub analysis: String,
    pub dataset: Option<String>,
    pub start: Option<i64>,
    pub end: Option<i64>,
    pub filters: Vec<(String, String)>,
    /// A JSON object.
    pub params: String,
    pub priority: String,
    pub limit_ms: u64,
    pub max_unfinished: u64,
    pub max_result_bytes: u64,
    pub retention_ms: u64,
    pub max_attempts: u64,
}

/// A schedule with its next and last firing.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    pub schedule: Schedule,
    pub next: Option<Timestamp>,
    pub last: Option<(Timestamp, JobId)>,
}

impl Schedule {
    /// The job of a firing.
    pub fn job(&self, id: JobId) -> Option<NewJob> {
        let time = |time: Option<i64>| time.and_then(|at| Timestamp::from_milliseconds(at).ok());
        let source = match &self.dataset {
            None => None,
            Some(name) => Some(Source {
                dataset: DatasetName::new(name).ok()?,
                // What is read is noted when it is read.
                version: 0,
                range: TimeRange {
                    start: time(self.start),
                    end: time(self.end),
                },
                filters: self.filters.clone(),
            }),
        };
        Some(NewJob {
            id,
            analysis: self.analysis.clone(),
            source,
            params: self.params.clone(),
            priority: Priority::from_name(&self.priority).unwrap_or_default(),
            run_at: None,
            limit_ms: self.limit_ms,
            digest: None,
            request_id: None,
            callback: None,
        })
    }

    pub fn settings(&self) -> Settings {
        Settings {
            max_unfinished: self.max_unfinished,
            max_result_bytes: self.max_result_bytes,
            retention_ms: self.retention_ms,
            max_attempts: self.max_attempts,
            reuses: false,
        }
    }
}

/// # Errors
/// As [`Connection::command`].
pub async fn put(
    connection: &impl Connection,
    schedule: &Schedule,
    next: Timestamp,
) -> Result<(), Error> {
    let record = serde_json::to_string(schedule)
        .map_err(|error| Error::Corrupt(format!("a schedule: {error}")))?;
    let args = args![&schedule.id, record, next.milliseconds()];
    PUT.run(connection, &KEYS, args).await.map(drop)
}

/// Every schedule, in order of id.
///
/// # Errors
/// As [`Connection::command`].
pub async fn list(connection: &impl Connection) -> Result<Vec<Kept>, Error> {
    let mut replies = Replies::new(connection.command("HKEYS", args![SCHEDULES]).await?);
    let mut ids = Vec::new();
    while replies.remaining() > 0 {
        ids.push(replies.text("the id of a schedule")?);
    }
    ids.sort();
    let mut all = Vec::with_capacity(ids.len());
    for id in ids {
        all.extend(get(connection, &id).await?);
    }
    Ok(all)
}

/// # Errors
/// As [`Connection::command`].
pub async fn get(connection: &impl Connection, id: &str) -> Result<Option<Kept>, Error> {
    let replies = connection.command("HGET", args![SCHEDULES, id]).await?;
    let Some(record) = Replies::new(replies).optional_bytes("a schedule")? else {
        return Ok(None);
    };
    let corrupt = |why: String| Error::Corrupt(format!("schedule {id}: {why}"));
    let schedule = serde_json::from_slice(&record).map_err(|error| corrupt(error.to_string()))?;
    let replies = connection.command("ZSCORE", args![DUE, id]).await?;
    let next = Replies::new(replies).optional_text("when it fires next")?;
    let replies = connection.command("HGET", args![LAST, id]).await?;
    let last = Replies::new(replies).optional_text("when it fired last")?;
    let time = |text: &str| Timestamp::from_milliseconds(text.parse::<f64>().ok()? as i64).ok();
    Ok(Some(Kept {
        schedule,
        next: next.as_deref().and_then(time),
        last: last.as_deref().and_then(|last| {
            let (at, job) = last.split_once(' ')?;
            Some((time(at)?, JobId::parse(job)?))
        }),
    }))
}

/// Whether there was such a schedule.
///
/// # Errors
/// As [`Connection::command`].
pub async fn remove(connection: &impl Connection, id: &str) -> Result<bool, Error> {
    let mut reply = REMOVE.run(connection, &KEYS, args![id]).await?;
    Ok(reply.int("how many are gone")? > 0)
}

/// The schedules that are due at `now`, the earliest first, a few at a time.
///
/// # Errors
/// As [`Connection::command`].
pub async fn due(connection: &impl Connection, now: Timestamp) -> Result<Vec<Kept>, Error> {
    const FEW: i64 = 20;
    let args = args![
        DUE,
        "-inf",
        now.milliseconds(),
        "BYSCORE",
        "LIMIT",
        0_i64,
        FEW
    ];
    let mut replies = Replies::new(connection.command("ZRANGE", args).await?);
    let mut due = Vec::new();
    while replies.remaining() > 0 {
        let id = replies.text("the id of a schedule")?;
        due.extend(get(connection, &id).await?);
    }
    Ok(due)
}

/// Notes that a schedule fired at the time that it was due. Changes nothing when somebody else did.
///
/// # Errors
/// As [`Connection::command`].
pub async fn fired(
    connection: &impl Connection,
    id: &str,
    at: Timestamp,
    next: Option<Timestamp>,
    job: JobId,
) -> Result<(), Error> {
    let next = next.map_or(String::new(), |next| next.milliseconds().to_string());
    let args = args![id, at.milliseconds(), next, job.to_string()];
    FIRED.run(connection, &KEYS, args).await.map(drop)
}
