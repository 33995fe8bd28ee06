//! Going through the staged points of a file for a dataset with a key field, to keep what is to be
//! imported. A batch of them is in memory at any time.

use std::collections::HashSet;

use super::arrivals::load;
use super::chunk::Description;
use super::claims::{Claims, Wins};
use super::runs::Runs;
use super::snapshot::Snapshot;
use super::stage::{FileKeys, without};
use super::verdict::{Holders, Objection, Verdict, table_of};
use crate::domain::{Table, Value};
use crate::store::connection::{Connection, Error};

/// Chunks of a batch.
const CHUNKS_AT_ONCE: usize = 16;

/// What is kept by now.
pub(super) struct Sifting<'a> {
    snapshot: &'a Snapshot,
    keys: &'a FileKeys,
    kept: Runs,
    /// Stored points that are replaced, without columns.
    removed: Runs,
    /// None where nobody had a key until now: then those of the file are right.
    claims: Option<Claims>,
    has_claims: bool,
    points: usize,
    replaced: usize,
    skipped: usize,
}

/// What of a file is to be imported.
pub(super) struct Sifted {
    /// Staged chunks as they were, and others that were made of them. They do not overlap.
    pub(super) kept: Vec<Description>,
    /// Stored points that are replaced, without columns.
    pub(super) removed: Vec<Description>,
    /// Keys that get another holder, unless those are all keys of the file.
    pub(super) claims: Option<Claims>,
    pub(super) points: usize,
    pub(super) replaced: usize,
    pub(super) skipped: usize,
}

impl<'a> Sifting<'a> {
    /// Goes through `chunks`, all of which stay. `is_first` says that nobody had a key until now.
    pub(super) async fn sift(
        connection: &impl Connection,
        snapshot: &'a Snapshot,
        chunks: &[Description],
        keys: &'a FileKeys,
        is_first: bool,
    ) -> Result<Result<Sifted, Objection>, Error> {
        let name = &snapshot.dataset.name;
        let mut sifting = Self {
            snapshot,
            keys,
            kept: Runs::new(name),
            removed: Runs::new(name),
            claims: (!is_first).then(|| Claims::new(name)),
            has_claims: false,
            points: 0,
            replaced: 0,
            skipped: 0,
        };
        for batch in chunks.chunks(CHUNKS_AT_ONCE) {
            if let Err(objection) = sifting.take(connection, batch).await? {
                sifting.discard(connection, chunks).await;
                return Ok(Err(objection));
            }
        }
        sifting.finish(connection, chunks).await.map(Ok)
    }

    async fn take(
        &mut self,
        connection: &impl Connection,
        batch: &[Description],
    ) -> Result<Result<(), Objection>, Error> {
        let fields = &self.snapshot.dataset.fields;
        let (table, is_whole) = self.current(connection, batch).await?;
        let row_keys = self.row_keys(&table);
        let holders = Holders::find(connection, self.snapshot, &row_keys).await?;
        let verdict = match Verdict::new(&table, &row_keys, &holders, self.keys.conflict) {
            Ok(verdict) => verdict,
            Err(objection) => return Ok(Err(objection)),
        };
        self.points += verdict.kept.len();
        self.skipped += verdict.skipped;
        self.replaced += verdict.removed.len();
        if let Some(claims) = &mut self.claims {
            self.has_claims |= !verdict.claims.is_empty();
            claims.add(connection, &verdict.claims, Wins::First).await?;
        }
        if is_whole && verdict.keeps_all_of(&table) {
            for chunk in batch {
                self.kept.adopt(connection, fields, chunk).await?;
            }
        } else {
            let chosen = verdict.chosen(&table);
            self.kept.push(connection, fields, &chosen).await?;
        }
        let removed = table_of(verdict.removed);
        self.removed.push(connection, &[], &removed).await?;
        Ok(Ok(()))
    }

    /// The points of a batch but for those whose keys went to later ones, and whether these are all.
    async fn current(
        &self,
        connection: &impl Connection,
        batch: &[Description],
    ) -> Result<(Table, bool), Error> {
        let dataset = &self.snapshot.dataset;
        let mut table = Table::new(dataset.fields.iter().map(|field| field.kind));
        for chunk in batch {
            let next = load(connection, &dataset.name, &dataset.fields, chunk).await?;
            table.append_range(&next, 0..next.len());
        }
        if !self.keys.has_outdated {
            return Ok((table, true));
        }
        let claims = &self.keys.claims;
        let claimants = claims.holders(connection, &self.row_keys(&table)).await?;
        let is_outdated = |row: &usize| claimants.get(*row).copied().flatten() != table.id(*row);
        let outdated: Vec<usize> = (0..table.len()).filter(is_outdated).collect();
        let is_whole = outdated.is_empty();
        Ok((without(&table, &outdated), is_whole))
    }

    /// Each row has a key: they were checked when the file was read.
    fn row_keys(&self, table: &Table) -> Vec<String> {
        let column = table.columns.get(self.keys.column);
        let value = |row| column.map(|column| column.value(row));
        let key = |row| match value(row) {
            Some(Value::Text(key)) => key,
            _ => String::new(),
        };
        (0..table.len()).map(key).collect()
    }

    async fn finish(
        self,
        connection: &impl Connection,
        chunks: &[Description],
    ) -> Result<Sifted, Error> {
        let is_made_here = made_here(chunks);
        let fields = &self.snapshot.dataset.fields;
        Ok(Sifted {
            kept: self.kept.finish(connection, fields, is_made_here).await?,
            removed: self.removed.finish(connection, &[], |_| true).await?,
            claims: self.claims.filter(|_| self.has_claims),
            points: self.points,
            replaced: self.replaced,
            skipped: self.skipped,
        })
    }

    /// Throws everything away but `chunks`.
    async fn discard(self, connection: &impl Connection, chunks: &[Description]) {
        self.kept.discard(connection, made_here(chunks)).await;
        self.removed.discard(connection, |_| true).await;
        if let Some(claims) = self.claims {
            claims.discard(connection).await;
        }
    }
}

/// Tells chunks from those that were staged: another attempt will have to go through these again.
fn made_here(staged: &[Description]) -> impl Fn(&Description) -> bool {
    let staged: HashSet<&str> = staged.iter().map(|chunk| chunk.id.as_str()).collect();
    move |chunk| !staged.contains(chunk.id.as_str())
}
