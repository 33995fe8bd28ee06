//! Jobs that are submitted again and again.

use sha2::{Digest, Sha256};

use super::config::Config;
use super::error::Error;
use super::jobs::submit::{checked, hexadecimal};
use super::jobs::{MAX_ATTEMPTS, MAX_RESULT_BYTES, Order};
use crate::domain::job::JobId;
use crate::domain::schedule::Recurrence;
use crate::domain::time::parse_zone;
use crate::domain::{Fault, Faults, Timestamp};
use crate::store::Connection;
use crate::store::jobs::{self, Accepted, Idempotency, Submission};
use crate::store::schedules::{self as store, Kept, Schedule};

/// Schedules at the same time.
const MAX_SCHEDULES: usize = 1000;

/// A schedule as its owner asks for it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Wish {
    pub id: String,
    pub name: Option<String>,
    /// One of these two.
    pub every: Option<String>,
    pub cron: Option<String>,
    pub zone: Option<String>,
    /// The job, its faults of form among it.
    pub order: Order,
    /// What was wrong with the rest of its form.
    pub faults: Vec<Fault>,
}

/// Makes a schedule. Its job is checked as a submission is.
///
/// # Errors
/// [`Error::Invalid`] with every fault, [`Error::TooMuch`] beyond a thousand schedules.
pub async fn create(
    connection: &impl Connection,
    config: &Config,
    now: Timestamp,
    wish: Wish,
) -> Result<Kept, Error> {
    let mut faults = Faults::new();
    faults.extend(wish.faults.iter().cloned());
    let zone = wish.zone.clone().unwrap_or_else(|| "UTC".to_owned());
    let recurrence = faults.take_all(recurrence(
        wish.every.as_deref(),
        wish.cron.as_deref(),
        &zone,
    ));
    if wish.order.run_at.is_some() {
        faults.add("job.run_at", "must not be given: the schedule says when");
    }
    let job = checked(connection, config, now, wish.order).await?;
    let job = faults.take_all(job);
    let (recurrence, job) = faults.finish(recurrence.zip(job))?;
    if store::list(connection).await?.len() >= MAX_SCHEDULES {
        return Err(Error::TooMuch {
            what: "schedules".to_owned(),
            limit: MAX_SCHEDULES as u64,
        });
    }
    let Some(next) = recurrence.next(now, now) else {
        return Err(Error::invalid("cron", "never comes true"));
    };
    let source = job.source.as_ref();
    let time = |time: Option<Timestamp>| time.map(Timestamp::milliseconds);
    let schedule = Schedule {
        id: wish.id,
        name: wish.name,
        every: wish.every,
        cron: wish.cron,
        zone,
        created: now.milliseconds(),
        analysis: job.analysis,
        dataset: source.map(|source| source.dataset.to_string()),
        start: time(source.and_then(|source| source.range.start)),
        end: time(source.and_then(|source| source.range.end)),
        filters: source
            .map(|source| source.filters.clone())
            .unwrap_or_default(),
        params: job.params,
        priority: job.priority.name().to_owned(),
        limit_ms: job.limit_ms,
        max_unfinished: config.max_waiting_jobs as u64,
        max_result_bytes: MAX_RESULT_BYTES,
        retention_ms: (config.job_retention_seconds as u64).saturating_mul(1000),
        max_attempts: MAX_ATTEMPTS,
    };
    store::put(connection, &schedule, next).await?;
    Ok(Kept {
        schedule,
        next: Some(next),
        last: None,
    })
}

/// One of `every` and `cron`, on the clocks of a zone.
fn recurrence(
    every: Option<&str>,
    cron: Option<&str>,
    zone: &str,
) -> Result<Recurrence, Vec<Fault>> {
    let one = |at: &str, why: String| vec![Fault::new(at, why)];
    let zone = parse_zone(zone).map_err(|why| one("tz", why))?;
    match (every, cron) {
        (Some(every), None) => Recurrence::every(every).map_err(|why| one("every", why)),
        (None, Some(cron)) => Recurrence::cron(cron, zone).map_err(|why| one("cron", why)),
        (None, None) => Err(one(
            "every",
            "is required, or `cron`: when is the job to be submitted?".to_owned(),
        )),
        (Some(_), Some(_)) => Err(one("cron", "contradicts `every`: give one".to_owned())),
    }
}

/// Every schedule, in order of id.
///
/// # Errors
/// [`Error::Store`].
pub async fn list(connection: &impl Connection) -> Result<Vec<Kept>, Error> {
    Ok(store::list(connection).await?)
}

/// # Errors
/// [`Error::NotFound`].
pub async fn get(connection: &impl Connection, id: &str) -> Result<Kept, Error> {
    let kept = store::get(connection, id).await?;
    kept.ok_or_else(|| Error::not_found("schedule", id))
}

/// Takes a schedule away; the jobs that came of it stay.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(connection: &impl Connection, id: &str) -> Result<(), Error> {
    match store::remove(connection, id).await? {
        true => Ok(()),
        false => Err(Error::not_found("schedule", id)),
    }
}

/// Submits the jobs of all schedules that are due, each once whoever else does the same. What was missed
/// while nobody did comes once. A queue that is full leaves its schedules due. `fresh` gives an id that
/// was never used.
///
/// # Errors
/// [`Error::Store`].
pub async fn fire(
    connection: &impl Connection,
    now: Timestamp,
    mut fresh: impl FnMut() -> JobId,
) -> Result<(), Error> {
    for kept in store::due(connection, now).await? {
        let schedule = kept.schedule;
        // Since it was found due another may have fired it: then it is due at a later time.
        let Some(due) = kept.next.filter(|next| *next <= now) else {
            continue;
        };
        let Some(job) = schedule.job(fresh()) else {
            continue;
        };
        let id = job.id;
        let key = format!("schedule {} {}", schedule.id, due.milliseconds());
        let digest = hexadecimal(&Sha256::digest(key));
        let idempotency = Idempotency {
            key: digest.clone(),
            body: digest,
        };
        let settings = schedule.settings();
        let submission = jobs::submit(connection, vec![job], Some(&idempotency), &settings).await?;
        let id = match submission {
            Submission::Accepted(jobs) => match jobs.first() {
                Some(Accepted::Reused(other)) => *other,
                _ => id,
            },
            Submission::Repeated(ids) => ids.first().copied().unwrap_or(id),
            Submission::Full | Submission::OtherBody => continue,
        };
        let start = Timestamp::from_milliseconds(schedule.created).unwrap_or(now);
        let (every, cron) = (schedule.every.as_deref(), schedule.cron.as_deref());
        let next = recurrence(every, cron, &schedule.zone)
            .ok()
            .and_then(|recurrence| recurrence.next(start, now));
        store::fired(connection, &schedule.id, due, next, id).await?;
    }
    Ok(())
}
