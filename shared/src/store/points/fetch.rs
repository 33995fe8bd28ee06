//! Fetching chunks, or the summaries at their beginnings, many in one round trip.

use std::collections::HashMap;

use super::chunk::Description;
use super::keys;
use crate::args;
use crate::domain::DatasetName;
use crate::store::connection::{Connection, Error, Replies};
use crate::store::script::Script;

/// Bytes of one reply, at most, unless a single chunk is larger. Tests fetch a few of their tiny chunks
/// at a time.
const MOST_BYTES: usize = if cfg!(test) { 2048 } else { 4 * 1024 * 1024 };
/// What a second round trip may ask for. The first asks for a single chunk, since most reads need
/// no more; from then on each asks for up to eight times as much as the one before.
const SECOND_BYTES: usize = MOST_BYTES / 64;

static HEADS: Script = Script::new(include_str!("heads.lua"));

/// What of a chunk is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Whole,
    /// The beginning, with the summaries.
    Head,
}

impl Part {
    fn bytes(self, chunk: &Description) -> usize {
        match self {
            Self::Whole => chunk.bytes,
            Self::Head => chunk.cells.map_or(0, |cells| cells.bytes),
        }
    }
}

/// What has been fetched of chunks and not been used yet.
#[derive(Debug)]
pub(super) struct Fetched {
    /// By the chunk's id.
    blobs: HashMap<String, Vec<u8>>,
    /// Bytes that the next round trip may ask for.
    budget: usize,
}

impl Fetched {
    /// `is_eager`: the reader will go on to the end.
    pub(super) fn new(is_eager: bool) -> Self {
        let budget = if is_eager { MOST_BYTES } else { 0 };
        Self {
            blobs: HashMap::new(),
            budget,
        }
    }

    /// A part of `chunk`. `later` are the chunks of which the same part will be asked for next; some
    /// come with it.
    ///
    /// # Errors
    /// [`Error::Unavailable`] when the chunk was replaced more than a minute ago.
    pub(super) async fn take<'a>(
        &mut self,
        connection: &impl Connection,
        name: &DatasetName,
        part: Part,
        chunk: &'a Description,
        later: impl Iterator<Item = &'a Description>,
    ) -> Result<Vec<u8>, Error> {
        if let Some(blob) = self.blobs.remove(&chunk.id) {
            return Ok(blob);
        }
        let mut bytes = part.bytes(chunk);
        let mut batch = vec![chunk];
        batch.extend(later.take_while(|chunk| {
            bytes += part.bytes(chunk);
            bytes <= self.budget
        }));
        self.budget = (self.budget * 8).clamp(SECOND_BYTES, MOST_BYTES);
        let blobs = match part {
            Part::Whole => whole(connection, name, &batch).await?,
            Part::Head => heads(connection, name, &batch).await?,
        };
        for (chunk, blob) in batch.into_iter().zip(blobs) {
            self.blobs.extend(blob.map(|blob| (chunk.id.clone(), blob)));
        }
        self.blobs.remove(&chunk.id).ok_or_else(|| {
            let why = "a read took so long that what it reads has been replaced";
            Error::Unavailable(why.to_owned())
        })
    }
}

async fn whole(
    connection: &impl Connection,
    name: &DatasetName,
    batch: &[&Description],
) -> Result<Vec<Option<Vec<u8>>>, Error> {
    let prefix = keys::chunk_prefix(name);
    let keys: Vec<String> = batch
        .iter()
        .map(|chunk| format!("{prefix}{}", chunk.id))
        .collect();
    connection.blobs(&keys).await
}

async fn heads(
    connection: &impl Connection,
    name: &DatasetName,
    batch: &[&Description],
) -> Result<Vec<Option<Vec<u8>>>, Error> {
    let mut args = args![keys::chunk_prefix(name)];
    for chunk in batch {
        args.extend(args![chunk.id.as_str(), Part::Head.bytes(chunk)]);
    }
    let replies = HEADS.run(connection, &[&keys::dataset(name)], args).await?;
    read_heads(replies, batch.len())
}

fn read_heads(mut replies: Replies, count: usize) -> Result<Vec<Option<Vec<u8>>>, Error> {
    let mut head = |_| {
        let bytes = replies.bytes("the head of a chunk")?;
        Ok(Some(bytes).filter(|bytes| !bytes.is_empty()))
    };
    (0..count).map(&mut head).collect()
}
