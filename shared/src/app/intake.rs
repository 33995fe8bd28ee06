//! A file on its way into a dataset: read while it arrives, and stored part by part where it is
//! large, so that how much memory it takes does not depend on its length.

use super::error::Error;
use super::import::{Failure, Importer, Parsed, Part};
use super::imports::Target;
use super::row_keys::{KeyField, MAX_FAULTS};
use crate::domain::{Fault, Field, Table};
use crate::store::Connection;
use crate::store::points::{Conflict, Stage};

/// Rows of a part: what is in memory of a file, at most. Tests make parts of few rows.
const PART_ROWS: usize = if cfg!(test) { 40 } else { 65_536 };
/// Bytes between two looks at whether a part is full.
const PIECE: usize = 64 * 1024;
/// Rows of a preview.
const SAMPLE_ROWS: usize = 10;

/// Reads one file.
pub struct Intake {
    importer: Importer,
    kept: Kept,
}

/// Where rows go.
enum Kept {
    Staged(Box<Staging>),
    /// Nothing is to be imported: the first rows are enough.
    Sample(Option<Part>),
}

/// Parts on their way into the store.
struct Staging {
    stage: Stage,
    /// Of a dataset with a key field.
    key: Option<KeyField>,
    /// Rows that came by now.
    rows: usize,
    /// What is wrong with their keys.
    faults: Vec<Fault>,
}

/// A file that was read, its rows in memory or staged.
pub struct Read {
    /// Of a file that was staged, the table is empty; of a preview, it is the first rows.
    pub parsed: Parsed,
    pub(super) stage: Option<Stage>,
}

/// A file that is in memory as a whole.
impl From<Parsed> for Read {
    fn from(parsed: Parsed) -> Self {
        Self {
            parsed,
            stage: None,
        }
    }
}

/// Why a file was not taken in. Nothing of it is kept.
#[derive(Debug)]
pub enum Refusal {
    File(Failure),
    Store(Error),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::File(failure)
    }
}

impl From<crate::store::Error> for Refusal {
    fn from(error: crate::store::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Intake {
    /// Takes in a file for `target`. `conflict` also says which of several rows with one key is taken.
    pub fn new(importer: Importer, target: &Target, conflict: Conflict) -> Self {
        let staging = Staging::new(target, conflict);
        let kept = Kept::Staged(Box::new(staging));
        Self { importer, kept }
    }

    /// Reads a file to show what would become of it, and imports nothing.
    pub fn preview(importer: Importer) -> Self {
        let kept = Kept::Sample(None);
        Self { importer, kept }
    }

    /// Takes the next piece of the file.
    ///
    /// # Errors
    /// As [`Importer::push`], and those of storing: then [`Self::discard`] is to follow.
    pub async fn push(
        &mut self,
        connection: &impl Connection,
        bytes: &[u8],
    ) -> Result<(), Refusal> {
        for piece in bytes.chunks(PIECE) {
            self.importer.push(piece)?;
            while let Some(part) = self.importer.take_part(PART_ROWS) {
                self.keep(connection, part).await?;
            }
        }
        Ok(())
    }

    async fn keep(&mut self, connection: &impl Connection, part: Part) -> Result<(), Refusal> {
        match &mut self.kept {
            Kept::Sample(sample) => {
                sample.get_or_insert_with(|| first_rows(part));
            }
            // Only how many faults there are is still of interest.
            Kept::Staged(_) if self.importer.is_refused() => {}
            Kept::Staged(staging) => staging.push(connection, &part.fields, part.table).await?,
        }
        Ok(())
    }

    /// Ends the file.
    ///
    /// # Errors
    /// As [`Importer::finish`], and [`Error::Invalid`] for keys that are missing or occur twice.
    pub async fn finish(self, connection: &impl Connection) -> Result<Read, Refusal> {
        let Self { importer, kept } = self;
        match (importer.finish(), kept) {
            (Ok(parsed), Kept::Staged(staging)) => staging.finish(connection, parsed).await,
            (Ok(mut parsed), Kept::Sample(sample)) => {
                if let Some(Part { fields, table }) = sample {
                    parsed.table = table.fitted(&fields, &parsed.fields);
                }
                Ok(parsed.into())
            }
            (Err(failure), kept) => {
                kept.discard(connection).await;
                Err(failure.into())
            }
        }
    }

    /// Gives up, as when the rest of the file does not come.
    pub async fn discard(self, connection: &impl Connection) {
        self.kept.discard(connection).await;
    }
}

impl Kept {
    async fn discard(self, connection: &impl Connection) {
        if let Self::Staged(staging) = self {
            staging.stage.discard(connection).await;
        }
    }
}

impl Staging {
    fn new(target: &Target, conflict: Conflict) -> Self {
        let name = &target.name;
        let existing = target.existing.as_ref();
        let revision = existing.map(|(_, revision)| revision.as_str());
        let key = existing.and_then(|(dataset, _)| KeyField::of(dataset));
        let stage = match (&key, revision) {
            (Some(key), Some(revision)) => Stage::with_keys(name, revision, key.column, conflict),
            _ => Stage::new(name, revision),
        };
        Self {
            stage,
            key,
            rows: 0,
            faults: Vec::new(),
        }
    }

    async fn push(
        &mut self,
        connection: &impl Connection,
        fields: &[Field],
        table: Table,
    ) -> Result<(), Refusal> {
        let before = self.rows;
        self.rows += table.len();
        if self.faults.len() >= MAX_FAULTS {
            return Ok(());
        }
        let keys = match &self.key {
            None => Vec::new(),
            Some(field) => field.keys(&table),
        };
        let repeated = self.stage.push(connection, fields, table, &keys).await?;
        if let Some(field) = &self.key {
            self.faults.extend(field.faults(&keys, &repeated, before));
        }
        Ok(())
    }

    async fn finish(
        mut self: Box<Self>,
        connection: &impl Connection,
        mut parsed: Parsed,
    ) -> Result<Read, Refusal> {
        if self.rows == 0 {
            // A short file: it is in memory as a whole.
            return Ok(parsed.into());
        }
        let rest = std::mem::take(&mut parsed.table);
        self.push(connection, &parsed.fields, rest).await?;
        if !self.faults.is_empty() {
            self.stage.discard(connection).await;
            self.faults.truncate(MAX_FAULTS);
            return Err(Refusal::Store(Error::Invalid(self.faults)));
        }
        let stage = Some(self.stage);
        Ok(Read { parsed, stage })
    }
}

fn first_rows(part: Part) -> Part {
    let Part { fields, mut table } = part;
    table.truncate(SAMPLE_ROWS);
    Part { fields, table }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::datasets;
    use crate::app::import::{Format, Options};
    use crate::app::imports::{self, Terms};
    use crate::app::quotas::Quotas;
    use crate::domain::{Dataset, DatasetName, FieldName, FieldType, Timestamp};
    use crate::store::native::NativeConnection;
    use crate::store::points::{Snapshot, keys};
    use crate::store::test_server::RedisServer;

    async fn chunks(connection: &NativeConnection, name: &DatasetName) -> usize {
        let pattern = format!("{}*", keys::chunk_prefix(name));
        let keys = connection.command("KEYS", crate::args![pattern]).await;
        keys.unwrap().len()
    }

    #[tokio::test]
    async fn rows_leave_memory_while_the_file_comes_and_are_seen_when_it_has_ended() {
        let server = RedisServer::start();
        let connection = server.connect();
        import_long_file(&connection, "long").await;

        let field = |name: &str, kind| Field::new(FieldName::new(name).unwrap(), kind);
        let keyed = Dataset {
            name: DatasetName::new("keyed").unwrap(),
            title: None,
            description: None,
            licence: None,
            source: None,
            fields: vec![
                field("code", FieldType::Text),
                field("value", FieldType::Integer),
            ],
            key: Some(FieldName::new("code").unwrap()),
            is_public: false,
            created_on: Timestamp::MIN,
        };
        datasets::create(&connection, keyed, "first", 10)
            .await
            .unwrap();
        import_long_file(&connection, "keyed").await;
    }

    async fn import_long_file(connection: &NativeConnection, name: &str) {
        let name = DatasetName::new(name).unwrap();
        let target = imports::target(connection, name.clone()).await.unwrap();
        let row = |at: usize| format!("{},{at},key {at}\n", 1_700_000_000_000 + at);
        let rows: String = (0..20_000).map(row).collect();
        let existing = target.existing.as_ref();
        let schema = existing.map(|(dataset, _)| dataset.fields.as_slice());
        let importer = Importer::new(Format::Csv, Options::default(), schema).unwrap();
        let mut intake = Intake::new(importer, &target, Conflict::Refuse);

        // A file is looked at in pieces of 64 KiB: of this one, most rows are beyond the first.
        let head = b"time,value,code\n";
        intake.push(connection, head).await.unwrap();
        intake.push(connection, rows.as_bytes()).await.unwrap();
        let stored = chunks(connection, &name).await * crate::store::points::chunk::FULL;
        assert!(stored > 15_000, "{stored} of 20,000 rows have left memory");
        let unseen = Snapshot::whole(connection, &name).await.unwrap();
        assert!(unseen.is_none_or(|snapshot| snapshot.chunks.is_empty()));

        let read = intake.finish(connection).await.unwrap();
        assert!(read.parsed.table.is_empty());
        let now = Timestamp::from_milliseconds(0).unwrap();
        let terms = Terms {
            conflict: Conflict::Refuse,
            if_version: None,
            now,
            revision: "r",
            max_datasets: 10,
            quotas: Quotas::NONE,
        };
        let outcome = imports::commit(connection, &target, read, terms).await;
        let outcome = outcome.unwrap();
        assert_eq!(
            (outcome.inserted, outcome.described.count),
            (20_000, 20_000)
        );
    }
}
