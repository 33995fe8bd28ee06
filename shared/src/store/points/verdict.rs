//! What becomes of rows with keys: some are imported, some take the place of stored points, some are
//! in the way of them.

use std::collections::HashSet;

use super::claims::Claim;
use super::import::Conflict;
use super::snapshot::Snapshot;
use super::{index, keys};
use crate::domain::{PointId, Table};
use crate::store::connection::{Connection, Error};

/// How many keys are told that are taken.
const TOLD: usize = 100;

/// Why rows cannot be imported.
#[derive(Debug)]
pub(super) enum Objection {
    /// Keys are taken; the first hundred.
    Taken(Vec<String>),
    /// A point that would have to go came after the snapshot.
    Late,
}

/// The points that have the keys of some rows.
pub(super) struct Holders {
    /// As the index has them, for each row.
    noted: Vec<Option<PointId>>,
    /// Those that are points of the dataset.
    living: HashSet<PointId>,
    /// Points of the snapshot have smaller sequence numbers.
    end: u64,
}

impl Holders {
    pub(super) async fn find(
        connection: &impl Connection,
        snapshot: &Snapshot,
        row_keys: &[String],
    ) -> Result<Self, Error> {
        let hash = keys::index(&snapshot.dataset.name);
        let noted = index::holders(connection, &hash, row_keys).await?;
        let living = index::living(connection, snapshot, noted.iter().flatten().copied()).await?;
        Ok(Self {
            noted,
            living,
            end: snapshot.sequence,
        })
    }
}

/// What becomes of some rows.
#[derive(Default)]
pub(super) struct Verdict<'k> {
    /// The rows that are imported, with the sequence numbers that they get.
    pub(super) kept: Vec<(usize, u64)>,
    /// Stored points that are replaced.
    pub(super) removed: Vec<PointId>,
    /// Keys that get another holder.
    pub(super) claims: Vec<Claim<'k>>,
    pub(super) skipped: usize,
    taken: Vec<String>,
}

impl<'k> Verdict<'k> {
    /// Judges the rows of a table, each by its key.
    pub(super) fn new(
        table: &Table,
        row_keys: &'k [String],
        holders: &Holders,
        conflict: Conflict,
    ) -> Result<Self, Objection> {
        let mut verdict = Self::default();
        for (row, key) in row_keys.iter().enumerate() {
            if let Some(id) = table.id(row) {
                let noted = holders.noted.get(row).copied().flatten();
                let holder = noted.filter(|holder| holders.living.contains(holder));
                let claim = Claim {
                    key,
                    id,
                    from: noted,
                };
                verdict.judge(row, claim, holder, conflict);
            }
        }
        if !verdict.taken.is_empty() {
            return Err(Objection::Taken(verdict.taken));
        }
        // Whoever made such a point did not wait for this import to look up its keys.
        if verdict.removed.iter().any(|id| id.sequence >= holders.end) {
            return Err(Objection::Late);
        }
        Ok(verdict)
    }

    fn judge(&mut self, row: usize, claim: Claim<'k>, holder: Option<PointId>, conflict: Conflict) {
        let mut sequence = claim.id.sequence;
        match (holder, conflict) {
            (None, _) => self.claims.push(claim),
            (Some(_), Conflict::Refuse) => {
                if self.taken.len() < TOLD {
                    self.taken.push(claim.key.to_owned());
                }
                return;
            }
            (Some(_), Conflict::Skip) => {
                self.skipped += 1;
                return;
            }
            (Some(holder), Conflict::Replace) => {
                self.removed.push(holder);
                // At the same time the point keeps its id; else it is another point.
                if holder.time == claim.id.time {
                    sequence = holder.sequence;
                } else {
                    self.claims.push(claim);
                }
            }
        }
        self.kept.push((row, sequence));
    }

    /// Whether all rows of a table are imported as they are.
    pub(super) fn keeps_all_of(&self, table: &Table) -> bool {
        let sequences = self.kept.iter().map(|(_, sequence)| sequence);
        self.kept.len() == table.len() && sequences.eq(&table.sequences)
    }

    /// The rows that are imported, in order of id.
    pub(super) fn chosen(&self, table: &Table) -> Table {
        let rows: Vec<usize> = self.kept.iter().map(|(row, _)| *row).collect();
        let mut chosen = table.empty_like();
        chosen.append_rows(table, &rows);
        chosen.sequences = self.kept.iter().map(|(_, sequence)| *sequence).collect();
        chosen.sorted()
    }
}

/// Points without columns, in order of id.
pub(super) fn table_of(mut ids: Vec<PointId>) -> Table {
    ids.sort_unstable();
    let mut table = Table::default();
    for id in ids {
        table.push(id.time.milliseconds(), id.sequence, &[]);
    }
    table
}
