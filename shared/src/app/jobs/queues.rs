//! The queues of all analyses, for those who operate them.

use std::time::Duration;

use crate::app::analyses;
use crate::app::config::Config;
use crate::app::error::Error;
use crate::store::{Connection, jobs as store};

pub use crate::store::jobs::{BUCKETS, Durations, Queue, Survey, Totals};

/// What waits, runs and has ended, for every analysis.
///
/// # Errors
/// [`Error::Store`].
pub async fn survey(connection: &impl Connection) -> Result<Survey, Error> {
    let known = analyses::built_in().iter().map(|known| known.name.as_str());
    Ok(store::survey(connection, known).await?)
}

/// The queues that have waited too long for a worker.
///
/// # Errors
/// [`Error::Store`].
pub async fn stalled(connection: &impl Connection, config: &Config) -> Result<Vec<Queue>, Error> {
    let limit = Duration::from_secs(config.max_wait_seconds as u64);
    let mut queues = survey(connection).await?.queues;
    queues.retain(|queue| is_stalled(queue, limit));
    Ok(queues)
}

/// Whether jobs have waited so long, and no worker has had or taken one for as long. A long queue
/// whose workers are busy is not stalled, nor is one that was paused.
fn is_stalled(queue: &Queue, limit: Duration) -> bool {
    let is_over = |milliseconds| Duration::from_millis(milliseconds) > limit;
    !queue.is_paused && queue.waited.is_some_and(is_over) && queue.seen.is_none_or(is_over)
}

/// Pauses the queue of an analysis or resumes it; either may be said again. Jobs are accepted all the
/// same, and those in progress go on.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn pause(
    connection: &impl Connection,
    analysis: &str,
    is_paused: bool,
) -> Result<analyses::Description, Error> {
    let known = analyses::get(connection, analysis).await?;
    store::pause(connection, analysis, is_paused).await?;
    Ok(known.into_owned())
}

/// The analyses whose queues are paused.
///
/// # Errors
/// [`Error::Store`].
pub async fn paused(connection: &impl Connection) -> Result<Vec<String>, Error> {
    Ok(store::paused(connection).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_queue_is_stalled_when_it_waits_and_nobody_comes() {
        let limit = Duration::from_secs(1);
        let queue = |waited, seen, is_paused| Queue {
            waited,
            seen,
            is_paused,
            ..Queue::default()
        };
        for (known, expected) in [
            (queue(None, None, false), false),
            (queue(Some(1000), None, false), false),
            (queue(Some(1001), None, false), true),
            (queue(Some(1001), Some(1001), false), true),
            // Its workers are busy.
            (queue(Some(90_000), Some(0), false), false),
            (queue(Some(90_000), None, true), false),
        ] {
            assert_eq!(is_stalled(&known, limit), expected, "{known:?}");
        }
    }
}
