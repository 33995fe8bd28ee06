//! Writing chunks: they are stored, and named by nobody until a swap.

use uuid::Uuid;

use super::chunk::{self, Description};
use super::keys;
use crate::args;
use crate::domain::{DatasetName, Table};
use crate::store::connection::{Connection, Error};

/// Seconds for which lives what nobody names yet, a chunk or the keys of a file: the longest that a rewrite or the rest of
/// an import may take.
pub(super) const UNNAMED_SECONDS: i64 = 3600;

/// Gathers points in order of id and stores them in full chunks.
#[derive(Debug)]
pub(super) struct ChunkWriter {
    name: DatasetName,
    pending: Option<Table>,
    /// What is stored by now, in order.
    new: Vec<Description>,
}

impl ChunkWriter {
    pub(super) fn new(name: &DatasetName) -> Self {
        Self {
            name: name.clone(),
            pending: None,
            new: Vec::new(),
        }
    }

    /// Adds the points of a table at `rows`, all after those that were added before.
    pub(super) async fn append(
        &mut self,
        connection: &impl Connection,
        table: &Table,
        rows: std::ops::Range<usize>,
    ) -> Result<(), Error> {
        let mut rest = rows.start..rows.end.min(table.len());
        while !rest.is_empty() {
            let end = rest.end.min(rest.start + chunk::FULL);
            let pending = self.pending.get_or_insert_with(|| table.empty_like());
            pending.append_range(table, rest.start..end);
            rest.start = end;
            if pending.len() >= 2 * chunk::FULL {
                self.store_first(connection, chunk::FULL).await?;
            }
        }
        Ok(())
    }

    /// Takes a chunk in that is stored already, all of its points after those that were added
    /// before; see [`Self::can_adopt`].
    pub(super) async fn adopt(
        &mut self,
        connection: &impl Connection,
        chunk: Description,
    ) -> Result<(), Error> {
        self.flush(connection).await?;
        self.new.push(chunk);
        Ok(())
    }

    /// Whether taking in a chunk as it is leaves no small one behind.
    pub(super) fn can_adopt(&self, chunk: &Description) -> bool {
        let is_large = |count| count >= chunk::FULL / 2;
        let pending = self.pending();
        is_large(chunk.count) && (pending == 0 || is_large(pending))
    }

    /// Whether an untouched chunk of so many points is better merged with what is pending.
    pub(super) fn would_merge(&self, count: usize) -> bool {
        let pending = self.pending();
        count > 0 && pending > 0 && pending + count <= chunk::FULL / 2
    }

    /// Stores what is pending. Up to one and a half chunks stay together and more is halved, so
    /// that a full chunk that grows by a few points does not leave a tiny one beside it.
    pub(super) async fn flush(&mut self, connection: &impl Connection) -> Result<(), Error> {
        let pending = self.pending();
        if pending > chunk::FULL + chunk::FULL / 2 {
            self.store_first(connection, pending / 2).await?;
        }
        match self.pending.take() {
            Some(pending) if !pending.is_empty() => self.store(connection, &pending).await,
            _ => Ok(()),
        }
    }

    /// Stores what is pending, and gives away the descriptions of all chunks.
    pub(super) async fn finish(
        &mut self,
        connection: &impl Connection,
    ) -> Result<Vec<Description>, Error> {
        self.flush(connection).await?;
        Ok(std::mem::take(&mut self.new))
    }

    fn pending(&self) -> usize {
        self.pending.as_ref().map_or(0, Table::len)
    }

    /// Stores the first `count` pending points.
    async fn store_first(
        &mut self,
        connection: &impl Connection,
        count: usize,
    ) -> Result<(), Error> {
        let Some(mut first) = self.pending.take() else {
            return Ok(());
        };
        let mut pending = first.empty_like();
        pending.append_range(&first, count..first.len());
        first.truncate(count);
        self.pending = Some(pending);
        self.store(connection, &first).await
    }

    async fn store(&mut self, connection: &impl Connection, table: &Table) -> Result<(), Error> {
        let random = Uuid::new_v4().simple().to_string();
        let id = random.get(..16).unwrap_or_default();
        let encoded = chunk::encode(id, table)?;
        let key = format!("{}{id}", keys::chunk_prefix(&self.name));
        let args = args![key, encoded.blob, "EX", UNNAMED_SECONDS];
        connection.command("SET", args).await?;
        self.new.push(encoded.description);
        Ok(())
    }
}
