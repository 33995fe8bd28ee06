//! A consistent view of a dataset, from which points are read.

use std::rc::Rc;

use super::chunk::{self, Description};
use super::{keys, log, overlay::Overlay};
use crate::args;
use crate::domain::{Dataset, DatasetName, Filter, TimeRange, Timestamp};
use crate::store::connection::{Arg, Connection, Error, Replies};
use crate::store::datasets;
use crate::store::script::Script;

static SNAPSHOT: Script = Script::new(concat!(include_str!("snapshot.lua"), "return snapshot()\n"));
static DELETE_RANGE: Script = Script::new(concat!(
    include_str!("snapshot.lua"),
    include_str!("delete_range.lua")
));

/// Everything about a dataset at one version, as far as a range of time needs it; the chunks
/// themselves are read when they are needed, and do not change.
#[derive(Debug)]
pub struct Snapshot {
    pub dataset: Rc<Dataset>,
    pub revision: String,
    pub version: u64,
    pub(super) epoch: String,
    pub mutation: u64,
    pub(super) tombstones: u64,
    /// All points have smaller sequence numbers.
    pub(super) sequence: u64,
    /// Points in all chunks, also those that are not in `chunks`.
    pub(super) stored: u64,
    /// Entries and bytes of the log.
    pub(super) log_entries: usize,
    pub(super) log_bytes: usize,
    pub(super) overlay: Overlay,
    /// Chunks that the range may touch, in order of id.
    pub chunks: Vec<Description>,
    /// Whether there may be more chunks beyond those, because of the limit.
    pub(super) is_cut: bool,
}

/// Which chunks a reader asks for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reach {
    pub range: TimeRange,
    /// At most so many chunks, counted from where reading begins.
    pub chunks: Option<usize>,
    pub is_descending: bool,
}

/// What an attempt to delete a range came to.
#[derive(Debug)]
pub enum Deleted {
    /// Done; the dataset as it was just before.
    Done(Box<Snapshot>),
    Missing,
    Changed {
        version: u64,
    },
    /// The description has changed since the conditions were made for it.
    Again,
}

impl Snapshot {
    /// Takes a snapshot; `None` when there is no such dataset.
    pub async fn take(
        connection: &impl Connection,
        name: &DatasetName,
        reach: Reach,
    ) -> Result<Option<Self>, Error> {
        let order = if reach.is_descending { "desc" } else { "asc" };
        take(connection, name, reach, order).await
    }

    /// Takes a snapshot of everything.
    pub async fn whole(
        connection: &impl Connection,
        name: &DatasetName,
    ) -> Result<Option<Self>, Error> {
        Self::take(connection, name, Reach::default()).await
    }

    /// Takes a snapshot with no chunks but the first and the last, to tell how many points there
    /// are and when they begin and end.
    pub async fn ends(
        connection: &impl Connection,
        name: &DatasetName,
    ) -> Result<Option<Self>, Error> {
        take(connection, name, Reach::default(), "ends").await
    }

    /// How many points there are, and the times of the first and the last; `None` when the log has
    /// deletions, so that it takes a compaction or a scan to tell. Needs no more than
    /// [`Self::ends`].
    pub fn summary(&self) -> Option<Summary> {
        let logged = self.overlay.insertions()?;
        let stored = self.chunks.first().zip(self.chunks.last());
        let first = stored.map(|(first, _)| first.first.time);
        let last = stored.map(|(_, last)| last.last.time);
        Some(Summary {
            count: self.stored + logged.count,
            // `None` is less than any time, and stands for no points on either side.
            first: [first, logged.first].into_iter().flatten().min(),
            last: last.max(logged.last),
        })
    }
}

/// How many points, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    pub count: u64,
    pub first: Option<Timestamp>,
    pub last: Option<Timestamp>,
}

/// Deletes all points of a range that fulfil conditions made for the description of `revision`.
pub async fn delete_range(
    connection: &impl Connection,
    name: &DatasetName,
    revision: &str,
    if_version: Option<u64>,
    range: TimeRange,
    filters: &[Filter],
) -> Result<Deleted, Error> {
    let known = datasets::known(name);
    let reach = Reach {
        range,
        ..Reach::default()
    };
    let mut args = args_of(known.as_ref(), reach, "asc");
    let body = log::encode_delete_range(range, filters);
    args.extend(args![revision, datasets::demanded(if_version), body]);
    let mut reply = run(&DELETE_RANGE, connection, name, args).await?;
    Ok(match reply.text("an outcome")?.as_str() {
        "found" => Deleted::Done(Box::new(read(&mut reply, name, known, false)?)),
        "missing" => Deleted::Missing,
        "changed" => Deleted::Changed {
            version: reply.unsigned("the version")?,
        },
        _ => Deleted::Again,
    })
}

async fn take(
    connection: &impl Connection,
    name: &DatasetName,
    reach: Reach,
    order: &str,
) -> Result<Option<Snapshot>, Error> {
    let known = datasets::known(name);
    let args = args_of(known.as_ref(), reach, order);
    let mut reply = run(&SNAPSHOT, connection, name, args).await?;
    if reply.text("an outcome")? == "missing" {
        return Ok(None);
    }
    read(&mut reply, name, known, reach.is_descending).map(Some)
}

/// A description that this instance remembers, with its revision.
type Known = (String, Rc<Dataset>);

fn args_of(known: Option<&Known>, reach: Reach, order: &str) -> Vec<Arg> {
    let bound = |time: Option<Timestamp>| {
        time.map_or_else(String::new, |time| time.milliseconds().to_string())
    };
    args![
        known.map_or("", |(revision, _)| revision),
        bound(reach.range.start),
        bound(reach.range.end),
        reach
            .chunks
            .map_or_else(String::new, |chunks| chunks.to_string()),
        order,
    ]
}

async fn run(
    script: &Script,
    connection: &impl Connection,
    name: &DatasetName,
    args: Vec<Arg>,
) -> Result<Replies, Error> {
    let keys = [keys::dataset(name), keys::log(name), keys::chunks(name)];
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    script.run(connection, &keys, args).await
}

fn read(
    reply: &mut Replies,
    name: &DatasetName,
    known: Option<Known>,
    is_descending: bool,
) -> Result<Snapshot, Error> {
    let version = reply.unsigned("the version")?;
    let revision = reply.text("the revision")?;
    let epoch = reply.text("the epoch")?;
    let mutation = reply.unsigned("the mutation")?;
    let tombstones = reply.unsigned("the tombstones")?;
    let stored = reply.unsigned("the count")?;
    let sequence = reply.unsigned("the sequence")?;
    let dataset = match (reply.optional_bytes("the description")?, known) {
        (Some(description), _) => datasets::remember(name, &revision, &description)?,
        (None, Some((_, known))) => known,
        (None, None) => return Err(Error::Corrupt(format!("{name} has no description"))),
    };
    let is_cut = reply.int("whether it is cut")? == 1;
    let log_entries = reply.unsigned("the length of the log")? as usize;
    let mut entries = Vec::new();
    let mut log_bytes = 0;
    for _ in 0..log_entries {
        let entry = reply.bytes("an entry of the log")?;
        log_bytes += entry.len();
        entries.push(log::decode(&entry)?.fitted(&dataset.fields));
    }
    let mut chunks = Vec::new();
    for _ in 0..reply.unsigned("the number of chunks")? {
        chunks.push(chunk::describe(reply.bytes("a chunk's description")?)?);
    }
    if is_descending {
        chunks.reverse();
    }
    let overlay = Overlay::replay(entries);
    Ok(Snapshot {
        dataset,
        revision,
        version,
        epoch,
        mutation,
        tombstones,
        sequence,
        stored,
        log_entries,
        log_bytes,
        overlay,
        chunks,
        is_cut,
    })
}
