//! Submitting jobs, following and stopping them, fetching what they made; in [`work`], running them; and
//! in [`queues`], operating their queues.

pub mod callbacks;
mod provenance;
pub mod queues;
pub(super) mod submit;
#[cfg(test)]
mod tests;
pub mod work;

use std::time::Duration;

use super::clock::Clock;
use super::error::Error;
use crate::domain::job::{Job, JobId};
use crate::store::{Connection, jobs as store};

pub use crate::store::jobs::{Glance, Page, Removed, Wanted};
pub use submit::{Order, Submitted, Terms, submit};

/// Bytes of all results together, beyond which the oldest are forgotten before their time.
pub const MAX_RESULT_BYTES: u64 = 2 << 30;
/// How often a job is begun before it is given up.
pub const MAX_ATTEMPTS: u64 = 3;
/// Jobs of one submission.
pub const MAX_BULK: usize = 1000;

/// Pauses between two glances at a job that is followed: growing from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);
/// After so long a whole look is taken, which rings workers that sleep.
const LOOK_AFTER: Duration = Duration::from_secs(1);

/// A job's record.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(connection: &impl Connection, id: JobId) -> Result<Job, Error> {
    store::look(connection, id)
        .await?
        .ok_or_else(|| Error::not_found("job", id))
}

/// A job's record once the job is finished, or as it stands after `limit`.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn wait(
    connection: &impl Connection,
    id: JobId,
    limit: Duration,
    clock: &impl Clock,
) -> Result<Job, Error> {
    let started = clock.elapsed();
    loop {
        let job = get(connection, id).await?;
        let left = limit.saturating_sub(clock.elapsed().saturating_sub(started));
        if job.status.is_final() || left.is_zero() {
            return Ok(job);
        }
        glance_until(connection, id, left.min(LOOK_AFTER), clock, |glance| {
            glance.status.is_final()
        })
        .await?;
    }
}

/// A job's record once it differs from what was `seen`, or as it stands after `limit`; with what is
/// seen of it now.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn next_change(
    connection: &impl Connection,
    id: JobId,
    seen: Option<&Glance>,
    limit: Duration,
    clock: &impl Clock,
) -> Result<(Job, Option<Glance>), Error> {
    let started = clock.elapsed();
    loop {
        let left = limit.saturating_sub(clock.elapsed().saturating_sub(started));
        let glance = glance_until(connection, id, left.min(LOOK_AFTER), clock, |glance| {
            Some(glance) != seen
        })
        .await?;
        let job = get(connection, id).await?;
        if glance.as_ref() != seen || left.is_zero() {
            return Ok((job, glance));
        }
    }
}

/// Glances at a job until it is as `wanted`, or gone, or `limit` is over; the last glance.
async fn glance_until(
    connection: &impl Connection,
    id: JobId,
    limit: Duration,
    clock: &impl Clock,
    wanted: impl Fn(&Glance) -> bool,
) -> Result<Option<Glance>, Error> {
    let started = clock.elapsed();
    let mut pause = FIRST_PAUSE;
    loop {
        let glance = store::glance(connection, id).await?;
        let is_over = clock.elapsed().saturating_sub(started) >= limit;
        if is_over || glance.as_ref().is_none_or(&wanted) {
            return Ok(glance);
        }
        clock.sleep(pause).await;
        pause = (pause * 5 / 4).min(LONGEST_PAUSE);
    }
}

/// Lists jobs, the latest first, without results and histories.
///
/// # Errors
/// [`Error::Store`].
pub async fn list(connection: &impl Connection, wanted: &Wanted) -> Result<Page, Error> {
    // So many short pages are joined to one; then the caller is told to go on.
    const PARTS: usize = 20;
    let mut page = store::list(connection, wanted).await?;
    for _ in 1..PARTS {
        let missing = wanted.limit.saturating_sub(page.jobs.len() as u64);
        if missing == 0 || page.next.is_none() {
            break;
        }
        let rest = Wanted {
            before: page.next,
            limit: missing,
            ..wanted.clone()
        };
        let part = store::list(connection, &rest).await?;
        page.jobs.extend(part.jobs);
        page.next = part.next;
    }
    Ok(page)
}

/// Cancels an unfinished job, deletes a finished one with its files.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn remove(connection: &impl Connection, id: JobId) -> Result<Option<Job>, Error> {
    match store::remove(connection, id).await? {
        Removed::Cancelled(job) => Ok(Some(*job)),
        Removed::Deleted => Ok(None),
        Removed::Missing => Err(Error::not_found("job", id)),
    }
}

/// The bytes of a complete job's file.
///
/// # Errors
/// [`Error::Conflict`] with its status when the job is not complete, [`Error::NotFound`] when it has no
/// such file.
pub async fn file(connection: &impl Connection, job: &Job, name: &str) -> Result<Vec<u8>, Error> {
    must_be_complete(job)?;
    let file = job
        .file(name)
        .ok_or_else(|| Error::not_found("file", name))?;
    let bytes = store::file(connection, job, &file.name).await?;
    bytes.ok_or_else(|| Error::not_found("file", name))
}

/// # Errors
/// [`Error::Conflict`] with the job's status.
pub fn must_be_complete(job: &Job) -> Result<(), Error> {
    if job.status == crate::domain::job::Status::Complete {
        return Ok(());
    }
    let why = job
        .error
        .as_ref()
        .map(|error| format!(": {error}"))
        .unwrap_or_default();
    Err(Error::Conflict(format!(
        "The job is {}{why}; it has no files.",
        job.status.name()
    )))
}
