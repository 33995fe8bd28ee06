//! What an import adds to a dataset and what it takes away: the keys decide.

use std::borrow::Cow;
use std::collections::HashSet;

use super::arrivals::Added;
use super::chunk::Description;
use super::claims::{Claims, Wins};
use super::import::Conflict;
use super::index;
use super::runs::discard;
use super::sift::Sifting;
use super::snapshot::Snapshot;
use super::stage::FileKeys;
use super::swap::Seen;
use super::verdict::{Holders, Objection, Verdict, table_of};
use crate::domain::{DatasetName, Table};
use crate::store::connection::{Connection, Error};

/// What is to be added.
#[derive(Debug, Clone, Copy)]
pub(super) enum Incoming<'a> {
    /// In order of id, unless there are keys.
    Rows {
        table: &'a Table,
        row_keys: &'a [String],
        conflict: Conflict,
    },
    Staged {
        chunks: &'a [Description],
        keys: Option<&'a FileKeys>,
    },
}

impl<'a> Incoming<'a> {
    fn has_keys(self) -> bool {
        match self {
            Self::Rows { row_keys, .. } => !row_keys.is_empty(),
            Self::Staged { keys, .. } => keys.is_some(),
        }
    }

    /// The chunks that are staged.
    pub(super) fn chunks(self) -> &'a [Description] {
        match self {
            Self::Rows { .. } => &[],
            Self::Staged { chunks, .. } => chunks,
        }
    }
}

/// What an import adds and takes away.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) added: Points<'a>,
    /// Stored points that are replaced; without columns.
    pub(super) removed: Points<'a>,
    pub(super) points: usize,
    pub(super) replaced: usize,
    pub(super) skipped: usize,
    /// Keys that come into the index.
    claims: Option<Cow<'a, Claims>>,
    /// With keys: what it was made from. It holds as long as no point is changed or deleted.
    pub(super) seen: Option<Seen>,
}

/// Points in order of id, wherever they are.
#[derive(Debug)]
pub(super) enum Points<'a> {
    Rows(Cow<'a, Table>),
    Chunks(Cow<'a, [Description]>),
}

impl Points<'_> {
    const NONE: Self = Self::Chunks(Cow::Borrowed(&[]));

    pub(super) fn as_added(&self) -> Added<'_> {
        match self {
            Self::Rows(table) => Added::Rows(table),
            Self::Chunks(chunks) => Added::Chunks(chunks),
        }
    }

    fn chunks(&self) -> &[Description] {
        match self {
            Self::Rows(_) => &[],
            Self::Chunks(chunks) => chunks,
        }
    }
}

impl<'a> Plan<'a> {
    /// Decides on all that comes.
    pub(super) async fn new(
        connection: &impl Connection,
        snapshot: &Snapshot,
        incoming: Incoming<'a>,
    ) -> Result<Result<Self, Objection>, Error> {
        if incoming.has_keys() {
            index::settle(connection, &snapshot.dataset.name).await?;
        }
        match incoming {
            Incoming::Rows {
                table,
                row_keys: [],
                ..
            } => {
                let points = Points::Rows(Cow::Borrowed(table));
                Ok(Ok(Self::without_keys(points, table.len())))
            }
            Incoming::Rows {
                table,
                row_keys,
                conflict,
            } => Self::of_rows(connection, snapshot, table, row_keys, conflict).await,
            Incoming::Staged { chunks, keys: None } => {
                let points = chunks.iter().map(|chunk| chunk.count).sum();
                let chunks = Points::Chunks(Cow::Borrowed(chunks));
                Ok(Ok(Self::without_keys(chunks, points)))
            }
            Incoming::Staged {
                chunks,
                keys: Some(keys),
            } => Self::of_chunks(connection, snapshot, chunks, keys).await,
        }
    }

    /// Of points without keys: nothing can be in their way.
    fn without_keys(added: Points<'a>, points: usize) -> Self {
        Self {
            added,
            removed: Points::NONE,
            points,
            replaced: 0,
            skipped: 0,
            claims: None,
            seen: None,
        }
    }

    async fn of_rows(
        connection: &impl Connection,
        snapshot: &Snapshot,
        table: &Table,
        row_keys: &[String],
        conflict: Conflict,
    ) -> Result<Result<Self, Objection>, Error> {
        let holders = Holders::find(connection, snapshot, row_keys).await?;
        let verdict = match Verdict::new(table, row_keys, &holders, conflict) {
            Ok(verdict) => verdict,
            Err(objection) => return Ok(Err(objection)),
        };
        let mut claims = Claims::new(&snapshot.dataset.name);
        claims.add(connection, &verdict.claims, Wins::First).await?;
        Ok(Ok(Self {
            points: verdict.kept.len(),
            replaced: verdict.removed.len(),
            skipped: verdict.skipped,
            claims: (!verdict.claims.is_empty()).then_some(Cow::Owned(claims)),
            seen: Some(Seen::of(snapshot)),
            added: Points::Rows(Cow::Owned(verdict.chosen(table))),
            removed: Points::Rows(Cow::Owned(table_of(verdict.removed))),
        }))
    }

    async fn of_chunks(
        connection: &impl Connection,
        snapshot: &Snapshot,
        chunks: &'a [Description],
        keys: &'a FileKeys,
    ) -> Result<Result<Self, Objection>, Error> {
        let name = &snapshot.dataset.name;
        let is_first = index::is_empty(connection, name).await?;
        if is_first && !keys.has_outdated {
            let points = chunks.iter().map(|chunk| chunk.count).sum();
            let plan = Self::without_keys(Points::Chunks(Cow::Borrowed(chunks)), points);
            return Ok(Ok(Self {
                claims: Some(Cow::Borrowed(&keys.claims)),
                seen: Some(Seen::of(snapshot)),
                ..plan
            }));
        }
        let sifted = match Sifting::sift(connection, snapshot, chunks, keys, is_first).await? {
            Ok(sifted) => sifted,
            Err(objection) => return Ok(Err(objection)),
        };
        let claims = match is_first {
            true => Some(Cow::Borrowed(&keys.claims)),
            false => sifted.claims.map(Cow::Owned),
        };
        Ok(Ok(Self {
            added: Points::Chunks(Cow::Owned(sifted.kept)),
            removed: Points::Chunks(Cow::Owned(sifted.removed)),
            points: sifted.points,
            replaced: sifted.replaced,
            skipped: sifted.skipped,
            claims,
            seen: Some(Seen::of(snapshot)),
        }))
    }

    /// The hash of keys that come into the index.
    pub(super) fn claims(&self) -> Option<&Claims> {
        self.claims.as_deref()
    }

    /// Whether what was decided at another version is right for this one.
    pub(super) fn holds_for(&self, snapshot: &Snapshot) -> bool {
        self.seen
            .is_none_or(|seen| seen.mutation == snapshot.mutation)
    }

    /// Throws away what was stored for this plan, but for what is staged.
    pub(super) async fn retire(
        self,
        connection: &impl Connection,
        name: &DatasetName,
        incoming: Incoming<'_>,
    ) {
        self.discard_chunks(connection, name, incoming.chunks(), &[])
            .await;
        if let Some(Cow::Owned(claims)) = &self.claims {
            claims.discard(connection).await;
        }
    }

    /// Throws away what was stored for this plan and what is staged, but for the chunks that it led to.
    pub(super) async fn finish(
        self,
        connection: &impl Connection,
        name: &DatasetName,
        incoming: Incoming<'_>,
        new: &[Description],
    ) {
        self.discard_chunks(connection, name, new, incoming.chunks())
            .await;
        if !incoming.has_keys() {
            return;
        }
        // Keys that have come in must not go; should they not be in their place they will be moved later.
        if index::settle(connection, name).await.is_err() {
            return;
        }
        let of_file = match incoming {
            Incoming::Staged { keys, .. } => keys.map(|keys| &keys.claims),
            Incoming::Rows { .. } => None,
        };
        for claims in self.claims().into_iter().chain(of_file) {
            claims.discard(connection).await;
        }
    }

    /// Discards the chunks of this plan and others, but for some.
    async fn discard_chunks(
        &self,
        connection: &impl Connection,
        name: &DatasetName,
        but: &[Description],
        others: &[Description],
    ) {
        let kept: HashSet<&str> = but.iter().map(|chunk| chunk.id.as_str()).collect();
        let made = self.added.chunks().iter().chain(self.removed.chunks());
        let all = made.chain(others);
        let unused = all.filter(|chunk| !kept.contains(chunk.id.as_str()));
        discard(connection, name, unused).await;
    }
}
