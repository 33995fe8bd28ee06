//! Picking points out of the blocks that are read.

use std::cmp::Reverse;
use std::ops::Range;

use super::plan::Plan;
use crate::domain::column::MISSING_INTEGER;
use crate::domain::{Column, Table};

/// A point that may be chosen.
#[derive(Debug, Clone, Copy)]
struct Kept {
    /// Its number among all points.
    point: usize,
    /// Its row among the candidates.
    row: usize,
}

/// The least or greatest value of a field in a bucket.
#[derive(Debug, Clone, Copy)]
struct Extreme {
    value: f64,
    kept: Kept,
}

/// A run of missing values of a field, so far.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    length: usize,
    /// A point of it, once it is long enough.
    kept: Option<Kept>,
}

/// Takes the blocks that a plan reads, in order.
#[derive(Debug)]
pub struct Picker<'a> {
    plan: &'a Plan,
    /// The columns, in the order of the plan's fields, that shape the picture.
    shaping: Vec<usize>,
    /// Every point that was picked at some time.
    candidates: Table,
    ends: Vec<Kept>,
    /// By bucket, then by field: the greatest and the least.
    extremes: Vec<[Option<Extreme>; 2]>,
    runs: Vec<Run>,
    /// Runs that have ended, by length.
    gaps: Vec<(usize, Kept)>,
}

impl<'a> Picker<'a> {
    /// `empty` is a table with the columns of the points, and `shaping` which of them are the plan's
    /// fields.
    pub fn new(plan: &'a Plan, shaping: Vec<usize>, empty: Table) -> Self {
        Self {
            extremes: vec![[None; 2]; plan.buckets * plan.fields],
            runs: vec![Run::default(); plan.fields],
            plan,
            shaping,
            candidates: empty,
            ends: Vec::new(),
            gaps: Vec::new(),
        }
    }

    /// Takes the points of a block.
    pub fn add(&mut self, block: usize, table: &Table) {
        let plan = self.plan;
        let Some(place) = plan.place(block).filter(|_| !table.is_empty()) else {
            return;
        };
        let mut picked = Picked {
            start: place.start,
            before: self.candidates.len(),
            rows: Vec::new(),
        };
        if place.start == 0 {
            self.ends.push(picked.keep(0));
        }
        for field in 0..plan.fields {
            let column = self
                .shaping
                .get(field)
                .and_then(|at| table.columns.get(*at));
            let Some(column) = column else { continue };
            self.add_extremes(block, field, column, &mut picked);
            let has_missing = place.has_missing.get(field).copied().unwrap_or(true);
            if plan.finds_gaps() {
                self.add_runs(field, column, has_missing, &mut picked);
            }
        }
        for (_, length) in &place.gaps {
            self.gaps.push((*length, picked.keep(0)));
        }
        if place.start + table.len() >= plan.total {
            self.ends.push(picked.keep(table.len() - 1));
        }
        self.candidates.append_rows(table, &picked.rows);
    }

    fn add_extremes(&mut self, block: usize, field: usize, column: &Column, picked: &mut Picked) {
        let plan = self.plan;
        let Some(place) = plan.place(block) else {
            return;
        };
        let mut point = place.start;
        while point < place.start + column.len() {
            let (bucket, beyond) = plan.bucket(place, point);
            let rows = point - place.start..beyond - place.start;
            let found = extremes(column, rows);
            let slots = self.extremes.get_mut(bucket * plan.fields + field);
            for (at, (slot, found)) in slots.into_iter().flatten().zip(found).enumerate() {
                let Some((value, row)) = found else { continue };
                let is_beyond = |known: &Extreme| match at {
                    0 => value > known.value,
                    _ => value < known.value,
                };
                if slot.as_ref().is_none_or(is_beyond) {
                    let kept = picked.keep(row);
                    *slot = Some(Extreme { value, kept });
                }
            }
            point = beyond.max(point + 1);
        }
    }

    fn add_runs(&mut self, field: usize, column: &Column, has_missing: bool, picked: &mut Picked) {
        let shortest = self.plan.shortest_gap;
        let Some(run) = self.runs.get_mut(field) else {
            return;
        };
        if !has_missing {
            self.gaps.extend(run.end());
            return;
        }
        for row in 0..column.len() {
            if !is_missing(column, row) {
                self.gaps.extend(run.end());
                continue;
            }
            run.length += 1;
            if run.length == shortest {
                run.kept = Some(picked.keep(row));
            }
        }
    }

    /// The points chosen, in order.
    pub fn finish(mut self) -> Table {
        self.gaps.extend(self.runs.iter_mut().filter_map(Run::end));
        self.gaps
            .sort_by_key(|(length, kept)| (Reverse(*length), kept.point));
        let extremes = |at: usize| {
            let slots = self.extremes.iter().filter_map(move |slots| slots.get(at));
            slots.flatten().map(|extreme| extreme.kept)
        };
        // What matters most comes first, should there be more than asked for.
        let ends = self.ends.iter().copied();
        let wanted = ends.chain(extremes(0)).chain(extremes(1));
        let wanted = wanted.chain(self.gaps.iter().map(|(_, kept)| *kept));
        let mut chosen = std::collections::BTreeMap::new();
        for kept in wanted {
            if chosen.len() < self.plan.count {
                chosen.insert(kept.point, kept.row);
            }
        }
        let rows: Vec<usize> = chosen.into_values().collect();
        let mut table = self.candidates.empty_like();
        table.append_rows(&self.candidates, &rows);
        table
    }
}

impl Run {
    /// Begins anew; the length and a point of the run that has ended, if it was long.
    fn end(&mut self) -> Option<(usize, Kept)> {
        let ended = std::mem::take(self);
        ended.kept.map(|kept| (ended.length, kept))
    }
}

/// Rows of one block that become candidates.
struct Picked {
    start: usize,
    before: usize,
    rows: Vec<usize>,
}

impl Picked {
    fn keep(&mut self, row: usize) -> Kept {
        /// Looking further back takes longer than a row kept twice, which does no harm.
        const BACK: usize = 4;
        let from = self.rows.len().saturating_sub(BACK);
        let recent = self.rows.get(from..).unwrap_or_default();
        let known = recent.iter().position(|other| *other == row);
        let at = known.map(|at| from + at).unwrap_or_else(|| {
            self.rows.push(row);
            self.rows.len() - 1
        });
        Kept {
            point: self.start + row,
            row: self.before + at,
        }
    }
}

fn is_missing(column: &Column, row: usize) -> bool {
    match column {
        Column::Number(values) => values.get(row).is_none_or(|value| value.is_nan()),
        Column::Integer(values) => values
            .get(row)
            .is_none_or(|value| *value == MISSING_INTEGER),
        Column::Text(_) | Column::Boolean(_) => false,
    }
}

/// The greatest and the least value at `rows`, each with the first row that has it.
fn extremes(column: &Column, rows: Range<usize>) -> [Option<(f64, usize)>; 2] {
    let (mut least, mut greatest) = (None, None);
    let mut take = |value: f64, row: usize| {
        if greatest.is_none_or(|(known, _)| value > known) {
            greatest = Some((value, row));
        }
        if least.is_none_or(|(known, _)| value < known) {
            least = Some((value, row));
        }
    };
    match column {
        Column::Number(values) => {
            let values = values.get(rows.start..rows.end.min(values.len()));
            for (at, value) in values.unwrap_or_default().iter().enumerate() {
                if !value.is_nan() {
                    take(*value, rows.start + at);
                }
            }
        }
        Column::Integer(values) => {
            let values = values.get(rows.start..rows.end.min(values.len()));
            for (at, value) in values.unwrap_or_default().iter().enumerate() {
                if *value != MISSING_INTEGER {
                    take(*value as f64, rows.start + at);
                }
            }
        }
        Column::Text(_) | Column::Boolean(_) => {}
    }
    [greatest, least]
}
