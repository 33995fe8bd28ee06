//! The log replayed: what it changes about the points that the chunks hold.

use std::collections::BTreeMap;
use std::ops::Bound;

use super::log::Entry;
use crate::domain::{Filter, PointId, TimeRange, Timestamp, Value};

/// The net effect of a log.
#[derive(Debug, Default)]
pub(super) struct Overlay {
    /// Points put, by id; `None` for a deleted one. What is here hides what the chunks have.
    changes: BTreeMap<PointId, Option<Vec<Value>>>,
    /// Ranges deleted. They act on points that `changes` does not have: a point that was changed
    /// before a deletion was looked at when the deletion was replayed, and one changed after it
    /// had survived it.
    tombstones: Vec<Tombstone>,
    /// What was inserted, while nothing has been deleted.
    inserted: Insertions,
    has_deletions: bool,
}

/// The points that a log inserts.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Insertions {
    pub(super) count: u64,
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
}

#[derive(Debug)]
struct Tombstone {
    range: TimeRange,
    filters: Vec<Filter>,
}

impl Tombstone {
    fn covers(&self, id: PointId, values: &[Value]) -> bool {
        self.range.contains(id.time.milliseconds())
            && self.filters.iter().all(|filter| {
                filter
                    .comparison
                    .admits(values.get(filter.field).unwrap_or(&Value::Missing))
            })
    }
}

impl Overlay {
    pub(super) fn replay(entries: Vec<Entry>) -> Self {
        let mut overlay = Self::default();
        for entry in entries {
            overlay.apply(entry);
        }
        overlay
    }

    fn apply(&mut self, entry: Entry) {
        match entry {
            Entry::Insert(points) => {
                let times = || points.iter().map(|(id, _)| id.time);
                let inserted = &mut self.inserted;
                inserted.count += points.len() as u64;
                inserted.first = inserted.first.into_iter().chain(times()).min();
                inserted.last = inserted.last.into_iter().chain(times()).max();
                self.changes
                    .extend(points.into_iter().map(|(id, values)| (id, Some(values))));
            }
            Entry::Put(id, values) => {
                self.changes.insert(id, Some(values));
            }
            Entry::Delete(ids) => {
                self.has_deletions = true;
                self.changes.extend(ids.into_iter().map(|id| (id, None)));
            }
            Entry::DeleteRange { range, filters } => {
                self.has_deletions = true;
                let tombstone = Tombstone { range, filters };
                for (id, values) in &mut self.changes {
                    if values
                        .as_ref()
                        .is_some_and(|values| tombstone.covers(*id, values))
                    {
                        *values = None;
                    }
                }
                self.tombstones.push(tombstone);
            }
        }
    }

    /// What the log inserts, unless it also deletes.
    pub(super) fn insertions(&self) -> Option<Insertions> {
        (!self.has_deletions).then_some(self.inserted)
    }

    /// Whether a deletion by range covers an unchanged point.
    pub(super) fn has_deleted(&self, id: PointId, values: &[Value]) -> bool {
        self.tombstones
            .iter()
            .any(|tombstone| tombstone.covers(id, values))
    }

    /// Whether points of the chunks with times from `first` to `last` may be deleted by range.
    pub(super) fn may_delete(&self, first: PointId, last: PointId) -> bool {
        let (first, last) = (first.time.milliseconds(), last.time.milliseconds());
        self.tombstones
            .iter()
            .any(|tombstone| tombstone.range.overlaps(first, last))
    }

    /// Positions of the fields that deletions by range look at.
    pub(super) fn filter_fields(&self) -> impl Iterator<Item = usize> + '_ {
        self.tombstones
            .iter()
            .flat_map(|tombstone| tombstone.filters.iter().map(|filter| filter.field))
    }

    /// The changes to ids within bounds, in order.
    pub(super) fn changes(
        &self,
        from: Bound<PointId>,
        to: Bound<PointId>,
    ) -> impl DoubleEndedIterator<Item = (PointId, Option<&[Value]>)> {
        // An empty or reversed pair of bounds would panic in `range`.
        let is_empty = match (&from, &to) {
            (Bound::Included(a), Bound::Included(b)) => a > b,
            (Bound::Included(a) | Bound::Excluded(a), Bound::Included(b) | Bound::Excluded(b)) => {
                a >= b
            }
            _ => false,
        };
        let bounds = (!is_empty).then_some((from, to));
        bounds
            .into_iter()
            .flat_map(|bounds| self.changes.range(bounds))
            .map(|(id, values)| (*id, values.as_deref()))
    }
}
