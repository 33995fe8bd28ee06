//! The queues as their operator sees them: how much waits, how much was done, which are paused.

use super::{PREFIX, Script};
use crate::args;
use crate::store::connection::{Connection, Error, Replies};

static SURVEY: Script = script!("survey.lua");
static PAUSE: Script = script!("pause.lua");

/// Upper ends of the classes in which durations are counted, in milliseconds, as in `common.lua`;
/// the last class has none.
pub const BUCKETS: [u64; 10] = [
    10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000, 300_000,
];

/// All queues at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// Bytes of all results.
    pub result_bytes: u64,
    /// In order of the analyses' names.
    pub queues: Vec<Queue>,
}

/// The queue of one analysis.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queue {
    pub analysis: String,
    pub is_paused: bool,
    /// Jobs that could be claimed.
    pub waiting: u64,
    /// Jobs that wait for a time.
    pub due: u64,
    pub in_progress: u64,
    /// For how long a job could have been begun, in milliseconds; `None` when there is none.
    pub waited: Option<u64>,
    /// How long ago a worker last had or took a job, in milliseconds; `None` when none ever did.
    pub seen: Option<u64>,
    pub totals: Totals,
    pub durations: Durations,
}

/// How many jobs came to which end, since the beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    pub complete: u64,
    pub failed: u64,
    pub cancelled: u64,
    /// Attempts whose worker was lost.
    pub lost: u64,
    /// Failed jobs of which every attempt was lost.
    pub dead: u64,
}

/// How long the attempts took that were not lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Durations {
    /// How many in each class of [`BUCKETS`], and beyond.
    pub counts: [u64; BUCKETS.len() + 1],
    /// Milliseconds together.
    pub sum: u64,
}

/// Counts everything, at a cost that grows with the number of analyses alone. `known` are those that
/// may have had no worker yet.
///
/// # Errors
/// As [`Connection::command`].
pub async fn survey(
    connection: &impl Connection,
    known: impl Iterator<Item = &str>,
) -> Result<Survey, Error> {
    let names = known.map(crate::store::Arg::from).collect();
    let mut replies = SURVEY.run(connection, &[PREFIX], names).await?;
    let result_bytes = replies.unsigned("bytes of results")?;
    let mut queues = Vec::new();
    for _ in 0..replies.unsigned("the number of analyses")? {
        queues.push(queue(&mut replies)?);
    }
    for _ in 0..replies.unsigned("the number of totals")? {
        let (name, count) = counted(&mut replies)?;
        note(&mut queues, &name, count, Queue::total);
    }
    for _ in 0..replies.unsigned("the number of durations")? {
        let (name, count) = counted(&mut replies)?;
        note(&mut queues, &name, count, Queue::duration);
    }
    Ok(Survey {
        result_bytes,
        queues,
    })
}

fn queue(replies: &mut Replies) -> Result<Queue, Error> {
    Ok(Queue {
        analysis: replies.text("the name of an analysis")?,
        is_paused: replies.int("whether a queue is paused")? == 1,
        waiting: replies.unsigned("the length of a queue")?,
        due: replies.unsigned("the jobs that are due")?,
        in_progress: replies.unsigned("the jobs in progress")?,
        waited: u64::try_from(replies.int("how long a job waited")?).ok(),
        seen: u64::try_from(replies.int("when a worker was seen")?).ok(),
        ..Queue::default()
    })
}

fn counted(replies: &mut Replies) -> Result<(String, u64), Error> {
    Ok((replies.text("a name")?, replies.unsigned("a count")?))
}

/// Puts a count named `<analysis> <what>` where it belongs. What is not known is left out: an older
/// or newer Almanac may count other things.
fn note(
    queues: &mut [Queue],
    name: &str,
    count: u64,
    place: for<'a> fn(&'a mut Queue, &str) -> Option<&'a mut u64>,
) {
    let Some((analysis, what)) = name.split_once(' ') else {
        return;
    };
    let queue = queues.iter_mut().find(|queue| queue.analysis == analysis);
    if let Some(place) = queue.and_then(|queue| place(queue, what)) {
        *place = count;
    }
}

impl Queue {
    fn total(&mut self, what: &str) -> Option<&mut u64> {
        match what {
            "complete" => Some(&mut self.totals.complete),
            "failed" => Some(&mut self.totals.failed),
            "cancelled" => Some(&mut self.totals.cancelled),
            "lost" => Some(&mut self.totals.lost),
            "dead" => Some(&mut self.totals.dead),
            _ => None,
        }
    }

    fn duration(&mut self, what: &str) -> Option<&mut u64> {
        match what {
            "sum" => Some(&mut self.durations.sum),
            "more" => self.durations.counts.last_mut(),
            most => {
                let at = BUCKETS.iter().position(|known| known.to_string() == most)?;
                self.durations.counts.get_mut(at)
            }
        }
    }
}

/// Pauses the queue of an analysis, so that nothing is claimed from it, or resumes it.
///
/// # Errors
/// As [`Connection::command`].
pub async fn pause(
    connection: &impl Connection,
    analysis: &str,
    is_paused: bool,
) -> Result<(), Error> {
    let args = args![analysis, u64::from(is_paused)];
    PAUSE.run(connection, &[PREFIX], args).await.map(drop)
}

/// The analyses whose queues are paused.
///
/// # Errors
/// As [`Connection::command`].
pub async fn paused(connection: &impl Connection) -> Result<Vec<String>, Error> {
    let key = format!("{PREFIX}paused");
    let mut replies = Replies::new(connection.command("SMEMBERS", args![key]).await?);
    let mut names = Vec::new();
    while replies.remaining() > 0 {
        names.push(replies.text("the name of an analysis")?);
    }
    Ok(names)
}
