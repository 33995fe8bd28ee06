//! Ends of jobs that are to be told: see `callbacks.lua`.

use std::time::Duration;

use super::{PREFIX, record};
use crate::args;
use crate::domain::job::{Job, JobId};
use crate::store::connection::{Connection, Error};
use crate::store::script::Script;

static CALLBACKS: Script = script!("callbacks.lua");

/// How long whoever takes one has to tell it, in milliseconds.
pub const TELL_MS: u64 = 30_000;

/// Takes the next that is due: nobody else has it for [`TELL_MS`].
///
/// # Errors
/// As [`Connection::command`].
pub async fn take(connection: &impl Connection) -> Result<Option<Job>, Error> {
    let mut replies = CALLBACKS
        .run(connection, &[PREFIX], args!["take", TELL_MS])
        .await?;
    match replies.text("whether a callback is due")?.as_str() {
        "taken" => record::read(&mut replies).map(Some),
        _ => Ok(None),
    }
}

/// Says how an attempt went: well, or with an error, to be tried again after a pause or never.
///
/// # Errors
/// As [`Connection::command`].
pub async fn told(
    connection: &impl Connection,
    id: JobId,
    attempt: u64,
    outcome: Result<(), (&str, Option<Duration>)>,
) -> Result<(), Error> {
    let (why, again) = outcome.err().unwrap_or(("", None));
    let again = again.map_or(0, |pause| {
        u64::try_from(pause.as_millis()).unwrap_or(u64::MAX)
    });
    let args = args!["told", id.to_string(), attempt, why, again];
    CALLBACKS.run(connection, &[PREFIX], args).await.map(|_| ())
}
