//! Points on their way into a dataset that come in portions, each in order of id: they are stored
//! as chunks that nobody names, and brought into one order in the end.

use super::arrivals::load;
use super::chunk::Description;
use super::keys;
use super::writer::ChunkWriter;
use crate::domain::{DatasetName, Field, PointId, Table};
use crate::store::connection::{Arg, Connection, Error};

/// The portions that came by now.
///
/// A *run* is a sequence of chunks in order of id. Portions in order make one; where a portion begins
/// before the one before it ends, another run begins.
#[derive(Debug)]
pub(super) struct Runs {
    name: DatasetName,
    runs: Vec<Vec<Stored>>,
    /// Writes the last run.
    writer: ChunkWriter,
    /// Of the last run.
    last: Option<PointId>,
    /// The fields of the portions, where they differ; the last are those of what the writer has.
    layouts: Vec<Vec<Field>>,
}

#[derive(Debug)]
struct Stored {
    chunk: Description,
    /// Its fields, a position among the layouts.
    layout: usize,
}

impl Runs {
    pub(super) fn new(name: &DatasetName) -> Self {
        Self {
            name: name.clone(),
            runs: Vec::new(),
            writer: ChunkWriter::new(name),
            last: None,
            layouts: Vec::new(),
        }
    }

    /// Stores a portion, which is in order of id and has a column for each of `fields`.
    pub(super) async fn push(
        &mut self,
        connection: &impl Connection,
        fields: &[Field],
        table: &Table,
    ) -> Result<(), Error> {
        self.begin(connection, fields, table.id(0)).await?;
        self.last = table.id(table.len().saturating_sub(1)).or(self.last);
        self.writer.append(connection, table, 0..table.len()).await
    }

    /// Takes a chunk in that is stored already; its points are copied where that leaves no small
    /// chunk behind.
    pub(super) async fn adopt(
        &mut self,
        connection: &impl Connection,
        fields: &[Field],
        chunk: &Description,
    ) -> Result<(), Error> {
        if !self.writer.can_adopt(chunk) {
            let table = load(connection, &self.name, fields, chunk).await?;
            return self.push(connection, fields, &table).await;
        }
        self.begin(connection, fields, Some(chunk.first)).await?;
        self.last = Some(chunk.last);
        self.writer.adopt(connection, chunk.clone()).await
    }

    /// Prepares for a portion with a first point.
    async fn begin(
        &mut self,
        connection: &impl Connection,
        fields: &[Field],
        first: Option<PointId>,
    ) -> Result<(), Error> {
        if self.layouts.last().is_none_or(|last| last != fields) {
            self.take_written(connection).await?;
            self.layouts.push(fields.to_vec());
        }
        if self.last.is_some() && first.is_some() && first < self.last {
            self.take_written(connection).await?;
            self.runs.push(Vec::new());
        }
        Ok(())
    }

    /// Moves what is written into the last run.
    async fn take_written(&mut self, connection: &impl Connection) -> Result<(), Error> {
        let layout = self.layouts.len().saturating_sub(1);
        let chunks = self.writer.finish(connection).await?;
        if self.runs.is_empty() {
            self.runs.push(Vec::new());
        }
        if let Some(run) = self.runs.last_mut() {
            run.extend(chunks.into_iter().map(|chunk| Stored { chunk, layout }));
        }
        Ok(())
    }

    /// Chunks with all points in one order, and with the columns of `fields`. Where that takes new
    /// chunks the old ones stay, but for those that `is_spent` tells of.
    pub(super) async fn finish(
        mut self,
        connection: &impl Connection,
        fields: &[Field],
        is_spent: impl Fn(&Description) -> bool,
    ) -> Result<Vec<Description>, Error> {
        self.take_written(connection).await?;
        let is_final =
            |stored: &Stored| self.layouts.get(stored.layout).map(Vec::as_slice) == Some(fields);
        if self.runs.len() <= 1 && self.runs.iter().flatten().all(is_final) {
            let chunks = self.runs.into_iter().flatten();
            return Ok(chunks.map(|stored| stored.chunk).collect());
        }
        self.merge(connection, fields, is_spent).await
    }

    /// Merges the runs into one. At any time a chunk of each run is in memory.
    async fn merge(
        self,
        connection: &impl Connection,
        fields: &[Field],
        is_spent: impl Fn(&Description) -> bool,
    ) -> Result<Vec<Description>, Error> {
        let Self {
            name,
            runs,
            layouts,
            mut writer,
            ..
        } = self;
        let mut runs: Vec<Run> = runs.into_iter().map(Run::new).collect();
        loop {
            for run in &mut runs {
                let Some((chunk, layout)) = run.next_to_load(&layouts) else {
                    continue;
                };
                let table = load(connection, &name, layout, &chunk).await?;
                run.loaded = Some((table.fitted(layout, fields), 0));
                if is_spent(&chunk) {
                    discard(connection, &name, [&chunk]).await;
                }
            }
            // Everything up to here is in memory.
            let Some(upto) = runs.iter().filter_map(Run::last).min() else {
                break;
            };
            let mut merged: Option<Table> = None;
            for run in &mut runs {
                run.take_up_to(upto, &mut merged);
            }
            if let Some(merged) = merged.map(Table::sorted) {
                writer.append(connection, &merged, 0..merged.len()).await?;
            }
        }
        writer.finish(connection).await
    }

    /// Throws away the chunks that `is_spent` tells of. What is not thrown away, because of an error,
    /// expires.
    pub(super) async fn discard(
        mut self,
        connection: &impl Connection,
        is_spent: impl Fn(&Description) -> bool,
    ) {
        if self.take_written(connection).await.is_ok() {
            let chunks = self.runs.iter().flatten().map(|stored| &stored.chunk);
            let chunks = chunks.filter(|chunk| is_spent(chunk));
            discard(connection, &self.name, chunks).await;
        }
    }
}

/// A run while it is merged with others.
struct Run {
    rest: std::vec::IntoIter<Stored>,
    /// The chunk that is being merged, and how many of its rows are by now.
    loaded: Option<(Table, usize)>,
}

impl Run {
    fn new(run: Vec<Stored>) -> Self {
        Self {
            rest: run.into_iter(),
            loaded: None,
        }
    }

    /// The next chunk, where the last one is used up, with its fields.
    fn next_to_load<'a>(
        &mut self,
        layouts: &'a [Vec<Field>],
    ) -> Option<(Description, &'a [Field])> {
        if self.loaded.is_some() {
            return None;
        }
        let stored = self.rest.next()?;
        let layout = layouts.get(stored.layout).map_or(&[][..], Vec::as_slice);
        Some((stored.chunk, layout))
    }

    fn last(&self) -> Option<PointId> {
        let (table, _) = self.loaded.as_ref()?;
        table.id(table.len().saturating_sub(1))
    }

    /// Moves the rows up to an id to others.
    fn take_up_to(&mut self, upto: PointId, to: &mut Option<Table>) {
        let Some((table, taken)) = &mut self.loaded else {
            return;
        };
        let end = table.rows_up_to(upto);
        if end > *taken {
            let to = to.get_or_insert_with(|| table.empty_like());
            to.append_range(table, *taken..end);
            *taken = end;
        }
        if end == table.len() {
            self.loaded = None;
        }
    }
}

/// Deletes chunks that nobody names. Those that stay, because of an error, expire.
pub(super) async fn discard<'a>(
    connection: &impl Connection,
    name: &DatasetName,
    chunks: impl IntoIterator<Item = &'a Description>,
) {
    let prefix = keys::chunk_prefix(name);
    let keys = chunks
        .into_iter()
        .map(|chunk| format!("{prefix}{}", chunk.id));
    let keys: Vec<Arg> = keys.map(Arg::from).collect();
    if !keys.is_empty() {
        let _ = connection.command("UNLINK", keys).await;
    }
}
