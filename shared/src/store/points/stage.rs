//! Staging: the points of a large file are stored while the rest of it is still on its way, as
//! chunks that nobody names, so that no more of the file than a part has to be kept in memory.

use super::chunk::Description;
use super::claims::{Claim, Claims, Wins};
use super::import::{Conflict, reserve};
use super::runs::{Runs, discard};
use crate::domain::{DatasetName, Field, Table};
use crate::store::connection::{Connection, Error};

/// The parts of a file that came by now.
#[derive(Debug)]
pub struct Stage {
    name: DatasetName,
    /// Of the dataset's description, if there is a dataset.
    revision: Option<String>,
    /// The description has changed since: nothing can become of this.
    is_late: bool,
    points: usize,
    runs: Runs,
    keys: Option<FileKeys>,
}

/// The keys of a file, of a dataset with a key field.
#[derive(Debug)]
pub(super) struct FileKeys {
    /// The key's position among the fields.
    pub(super) column: usize,
    /// Also says which of two points of the file with one key is imported.
    pub(super) conflict: Conflict,
    /// All keys, with the points that are to have them unless the dataset has something against it.
    pub(super) claims: Claims,
    /// Whether there are staged points whose key went to later ones.
    pub(super) has_outdated: bool,
}

/// All points of a file, as chunks that do not overlap and that nobody names yet.
#[derive(Debug)]
pub struct Arranged {
    pub(super) points: usize,
    pub(super) chunks: Vec<Description>,
    pub(super) is_late: bool,
    /// Whether there was no dataset when the file began.
    pub(super) is_new: bool,
    pub(super) keys: Option<FileKeys>,
}

impl Arranged {
    pub fn points(&self) -> usize {
        self.points
    }

    /// Throws everything away. What is not thrown away, because of an error, expires.
    pub async fn discard(&self, connection: &impl Connection, name: &DatasetName) {
        discard(connection, name, &self.chunks).await;
        if let Some(keys) = &self.keys {
            keys.claims.discard(connection).await;
        }
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
            runs: Runs::new(name),
            keys: None,
        }
    }

    /// For a dataset with a key field, which is at the position `column` among its fields.
    pub fn with_keys(
        name: &DatasetName,
        revision: &str,
        column: usize,
        conflict: Conflict,
    ) -> Self {
        let keys = FileKeys {
            column,
            conflict,
            claims: Claims::new(name),
            has_outdated: false,
        };
        Self {
            keys: Some(keys),
            ..Self::new(name, Some(revision))
        }
    }

    /// Whether nothing was staged.
    pub fn is_empty(&self) -> bool {
        self.points == 0
    }

    /// Stores a part. Its rows have sequence numbers in their order, after those of the parts before.
    ///
    /// `row_keys` has a key for each row if the dataset has a key field; where one is missing nothing can
    /// become of the file, but what else is wrong can be told. Gives the rows whose keys
    /// other rows before them have, if that is one fault ([`Conflict::Refuse`]); with
    /// [`Conflict::Skip`] these are left out, with [`Conflict::Replace`] the ones before them.
    pub async fn push(
        &mut self,
        connection: &impl Connection,
        fields: &[Field],
        mut table: Table,
        row_keys: &[Option<String>],
    ) -> Result<Vec<usize>, Error> {
        let Some(first) = self.reserve(connection, table.len()).await? else {
            return Ok(Vec::new());
        };
        table.sequences = (first..).take(table.len()).collect();
        let mut repeated = Vec::new();
        if let Some(keys) = &mut self.keys {
            repeated = keys.claim(connection, &table, row_keys).await?;
            match keys.conflict {
                Conflict::Refuse => {}
                Conflict::Skip => table = without(&table, &std::mem::take(&mut repeated)),
                Conflict::Replace => keys.has_outdated |= !std::mem::take(&mut repeated).is_empty(),
            }
        }
        self.points += table.len();
        let table = table.sorted();
        self.runs.push(connection, fields, &table).await?;
        Ok(repeated)
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

    /// Brings all parts into one order, with the columns of `fields`.
    pub async fn arrange(
        self,
        connection: &impl Connection,
        fields: &[Field],
    ) -> Result<Arranged, Error> {
        Ok(Arranged {
            points: self.points,
            is_late: self.is_late,
            is_new: self.revision.is_none(),
            chunks: self.runs.finish(connection, fields, |_| true).await?,
            keys: self.keys,
        })
    }

    /// Throws everything away. What is not thrown away, because of an error, expires.
    pub async fn discard(self, connection: &impl Connection) {
        self.runs.discard(connection, |_| true).await;
        if let Some(keys) = self.keys {
            keys.claims.discard(connection).await;
        }
    }
}

impl FileKeys {
    /// Claims the keys of a part; gives the rows whose keys were claimed before.
    async fn claim(
        &mut self,
        connection: &impl Connection,
        table: &Table,
        row_keys: &[Option<String>],
    ) -> Result<Vec<usize>, Error> {
        let (mut rows, mut claims) = (Vec::new(), Vec::new());
        for (row, key) in row_keys.iter().enumerate() {
            if let (Some(key), Some(id)) = (key, table.id(row)) {
                rows.push(row);
                claims.push(Claim {
                    key,
                    id,
                    from: None,
                });
            }
        }
        let wins = match self.conflict {
            Conflict::Refuse | Conflict::Skip => Wins::First,
            Conflict::Replace => Wins::Last,
        };
        let known = self.claims.add(connection, &claims, wins).await?;
        let row = |position| rows.get(position).copied();
        Ok(known.into_iter().filter_map(row).collect())
    }
}

/// A table but for some of its rows, which are given in ascending order.
pub(super) fn without(table: &Table, rows: &[usize]) -> Table {
    let kept: Vec<usize> = (0..table.len())
        .filter(|row| rows.binary_search(row).is_err())
        .collect();
    let mut rest = table.empty_like();
    rest.append_rows(table, &kept);
    rest
}
