//! Callbacks that are due: see `callbacks.lua`.

use std::time::Duration;

use super::{PREFIX, record};
use crate::args;
use crate::domain::job::{Job, JobId};
use crate::store::connection::{Connection, Error};
use crate::store::script::Script;

static CALLBACKS: Script = script!("callbacks.lua");

/// How long a sender has a callback to itself, in milliseconds.
pub const LEASE_MS: u64 = 30_000;

/// Takes the next callback that is due and counts the attempt. No other sender gets it for
/// [`LEASE_MS`]; one that has had `max_attempts` is given up.
///
/// # Errors
/// As [`Connection::command`].
pub async fn take(connection: &impl Connection, max_attempts: u64) -> Result<Option<Job>, Error> {
    let args = args!["take", LEASE_MS, max_attempts];
    let mut replies = CALLBACKS.run(connection, &[PREFIX], args).await?;
    match replies.text("whether a callback is due")?.as_str() {
        "taken" => record::read(&mut replies).map(Some),
        _ => Ok(None),
    }
}

/// Records how an attempt went: delivered, or an error with the pause before the next attempt, if
/// there is to be one.
///
/// # Errors
/// As [`Connection::command`].
pub async fn settle(
    connection: &impl Connection,
    id: JobId,
    attempt: u64,
    outcome: Result<(), (&str, Option<Duration>)>,
) -> Result<(), Error> {
    let (why, pause) = outcome.err().unwrap_or(("", None));
    let pause = pause.map_or(0, |pause| {
        u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)
    });
    let args = args!["settle", id.to_string(), attempt, why, pause];
    CALLBACKS.run(connection, &[PREFIX], args).await.map(|_| ())
}
