//! Staging: the points of a large file are stored while the rest of it is still on its way, as
//! chunks that nobody names, so that no more of the file than a part has to be kept in memory.

use super::arrivals::load;
use super::chunk::Description;
use super::import::reserve;
use super::keys;
use super::writer::ChunkWriter;
use crate::domain::{DatasetName, Field, PointId, Table};
use crate::store::connection::{Arg, Connection, Error};

/// The parts of a file that came by now.
///
/// A *run* is a sequence of chunks in order of id. A file in order of time makes one; where a part
/// begins before the one before it ends, another run begins.
#[derive(Debug)]
pub struct Stage {
    name: DatasetName,
    /// Of the dataset's description, if there is a dataset.
    revision: Option<String>,
    /// The description has changed since: nothing can become of this.
    is_late: bool,
    points: usize,
    runs: Vec<Vec<Staged>>,
    /// Writes the last run.
    writer: ChunkWriter,
    /// Of the last run.
    last: Option<PointId>,
    /// The fields of the parts, where they differ; the last are those of what the writer has.
    layouts: Vec<Vec<Field>>,
}

#[derive(Debug)]
struct Staged {
    chunk: Description,
    /// Its fields, a position among the layouts.
    layout: usize,
}

/// All points of a file, as chunks that do not overlap and that nobody names yet.
#[derive(Debug)]
pub struct Arranged {
    pub(super) points: usize,
    pub(super) chunks: Vec<Description>,
    pub(super) is_late: bool,
    /// Whether there was no dataset when the file began.
    pub(super) is_new: bool,
}

impl Arranged {
    pub fn points(&self) -> usize {
        self.points
    }

    /// Throws everything away. What is not thrown away, because of an error, expires.
    pub async fn discard(&self, connection: &impl Connection, name: &DatasetName) {
        discard(connection, name, &self.chunks).await;
    }
}

impl Stage {
    /// `revision` is that of the dataset's description; without it there is to be a dataset only once
    /// all is staged.
    pub fn new(name: &DatasetName, revision: Option<&str>) -> Self {
        Self {
            name: name.clone(),
            revision: revision.map(str::to_owned),
            is_late: false,
            points: 0,
            runs: Vec::new(),
            writer: ChunkWriter::new(name),
            last: None,
            layouts: Vec::new(),
        }
    }

    /// Whether nothing was staged.
    pub fn is_empty(&self) -> bool {
        self.points == 0
    }

    /// Stores a part. Its rows have sequence numbers in their order, after those of the parts before.
    pub async fn push(
        &mut self,
        connection: &impl Connection,
        fields: &[Field],
        mut table: Table,
    ) -> Result<(), Error> {
        let Some(first) = self.reserve(connection, table.len()).await? else {
            return Ok(());
        };
        table.sequences = (first..).take(table.len()).collect();
        self.points += table.len();
        let table = table.sorted();
        self.keep_to_layout(connection, fields).await?;
        if self.last.is_some() && table.id(0) < self.last {
            self.end_run(connection).await?;
        }
        self.last = table.id(table.len().saturating_sub(1)).or(self.last);
        self.writer.append(connection, &table, 0..table.len()).await
    }

    /// The first of so many sequence numbers.
    async fn reserve(
        &mut self,
        connection: &impl Connection,
        count: usize,
    ) -> Result<Option<u64>, Error> {
        if self.is_late || count == 0 {
            return Ok(None);
        }
        let Some(revision) = &self.revision else {
            return Ok(Some(self.points as u64));
        };
        let first = reserve(connection, &self.name, revision, count).await?;
        self.is_late = first.is_none();
        Ok(first)
    }

    async fn keep_to_layout(
        &mut self,
        connection: &impl Connection,
        fields: &[Field],
    ) -> Result<(), Error> {
        if self.layouts.last().is_some_and(|last| last == fields) {
            return Ok(());
        }
        self.take_written(connection).await?;
        self.layouts.push(fields.to_vec());
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
            run.extend(chunks.into_iter().map(|chunk| Staged { chunk, layout }));
        }
        Ok(())
    }

    async fn end_run(&mut self, connection: &impl Connection) -> Result<(), Error> {
        self.take_written(connection).await?;
        self.runs.push(Vec::new());
        Ok(())
    }

    /// Brings all parts into one order, with the columns of `fields`.
    pub async fn arrange(
        mut self,
        connection: &impl Connection,
        fields: &[Field],
    ) -> Result<Arranged, Error> {
        self.take_written(connection).await?;
        let (points, is_late, is_new) = (self.points, self.is_late, self.revision.is_none());
        let is_final =
            |staged: &Staged| self.layouts.get(staged.layout).map(Vec::as_slice) == Some(fields);
        let is_one_run = self.runs.len() <= 1;
        let chunks = if is_one_run && self.runs.iter().flatten().all(is_final) {
            self.runs
                .into_iter()
                .flatten()
                .map(|staged| staged.chunk)
                .collect()
        } else {
            self.merge(connection, fields).await?
        };
        Ok(Arranged {
            points,
            chunks,
            is_late,
            is_new,
        })
    }

    /// Merges the runs into one. At any time a chunk of each run is in memory.
    async fn merge(
        self,
        connection: &impl Connection,
        fields: &[Field],
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
                run.fill(connection, &name, &layouts, fields).await?;
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

    /// Throws everything away. What is not thrown away, because of an error, expires.
    pub async fn discard(mut self, connection: &impl Connection) {
        if self.take_written(connection).await.is_ok() {
            let chunks = self.runs.iter().flatten().map(|staged| &staged.chunk);
            discard(connection, &self.name, chunks).await;
        }
    }
}

/// A run while it is merged with others.
struct Run {
    rest: std::vec::IntoIter<Staged>,
    /// The chunk that is being merged, and how many of its rows are by now.
    loaded: Option<(Table, usize)>,
}

impl Run {
    fn new(run: Vec<Staged>) -> Self {
        Self {
            rest: run.into_iter(),
            loaded: None,
        }
    }

    /// Loads the next chunk where the last one is used up.
    async fn fill(
        &mut self,
        connection: &impl Connection,
        name: &DatasetName,
        layouts: &[Vec<Field>],
        fields: &[Field],
    ) -> Result<(), Error> {
        if self.loaded.is_some() {
            return Ok(());
        }
        let Some(staged) = self.rest.next() else {
            return Ok(());
        };
        let layout = layouts.get(staged.layout).map_or(fields, Vec::as_slice);
        let table = load(connection, name, layout, &staged.chunk).await?;
        self.loaded = Some((table.fitted(layout, fields), 0));
        discard(connection, name, [&staged.chunk]).await;
        Ok(())
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
