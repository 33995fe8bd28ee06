//! Points on their way into buckets and groups.

use std::ops::Range;

use jiff::tz::TimeZone;

use super::accumulator::{Accumulator, Needs};
use super::buckets::{Buckets, Span};
use super::every::Every;
use super::fill::{self, Fill};
use super::functions::Function;
use super::groups::{Groups, MAX_GROUPS};
use super::sum::Summaries;
use crate::domain::{Column, Field, FieldType, Table, TimeRange, Value};

/// Values that percentiles may hold at a time, 8 bytes each.
const MAX_HELD: usize = 8_000_000;

/// Rows below which it does not pay to gather them first.
const FEW: usize = 4;

/// What is asked.
#[derive(Debug, Clone)]
pub struct Plan {
    pub every: Every,
    pub zone: TimeZone,
    /// Where empty buckets begin and end, should they be filled, and the bucket `all` begins.
    pub range: TimeRange,
    /// In the order of the columns of the points.
    pub fields: Vec<Field>,
    pub functions: Vec<Function>,
    /// The field to group by, whose column follows those of `fields`.
    pub by: Option<Field>,
    pub fill: Fill,
    /// Rows of the answer at most.
    pub limit: usize,
}

impl Plan {
    /// What the results are called: `average_mean`.
    pub fn members(&self) -> Vec<String> {
        let functions = || self.functions.iter();
        let of_field = |field| functions().map(move |function| member(field, *function));
        self.fields.iter().flat_map(of_field).collect()
    }
}

fn member(field: &Field, function: Function) -> String {
    format!("{}_{}", field.name, function.name())
}

/// What there is too much of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Excess {
    /// Rows of the answer.
    Buckets {
        limit: usize,
    },
    Groups {
        limit: usize,
    },
    /// Values in one bucket, for percentiles.
    Values {
        limit: usize,
    },
    /// A result beyond the range of 64-bit integers or floats, by its name: `count_sum`.
    Result {
        member: String,
    },
}

/// One row for each bucket and group that has points, or is filled.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// When each row's bucket begins, in milliseconds.
    pub times: Vec<i64>,
    /// The group of each row, if points are grouped; of the type of that field.
    pub groups: Option<Column>,
    /// For each field, for each function, the results.
    pub columns: Vec<Column>,
}

/// Takes points in order of time.
pub struct Aggregator {
    plan: Plan,
    needs: Needs,
    pub(super) buckets: Buckets,
    span: Option<Span>,
    groups: Groups,
    /// The groups of the present bucket, with an accumulator for each field.
    open: Vec<(u32, Vec<Accumulator>)>,
    /// Where each group is in `open`, plus one; 0 where it is not.
    places: Vec<usize>,
    /// Accumulators to be used again.
    spare: Vec<Vec<Accumulator>>,
    results: Results,
}

/// Rows as they come, those of one bucket in any order.
#[derive(Debug)]
pub(super) struct Results {
    pub(super) spans: Vec<Span>,
    pub(super) groups: Vec<u32>,
    pub(super) columns: Vec<Column>,
    /// For each field, whether it has values: not the same as having a result, of which a standard
    /// deviation needs two. Without columns unless buckets are filled.
    pub(super) has_values: Vec<Column>,
}

impl Aggregator {
    pub fn new(plan: Plan) -> Self {
        let origin = plan.range.start.map(|start| start.milliseconds());
        let kinds = plan.fields.iter().flat_map(|field| {
            plan.functions
                .iter()
                .map(move |function| function.kind(field))
        });
        let columns = kinds.map(Column::new).collect();
        let is_filled = plan.fill != Fill::None;
        let marked = plan.fields.iter().filter(|_| is_filled);
        let has_values = marked.map(|_| Column::new(FieldType::Boolean)).collect();
        Self {
            needs: Needs::of(&plan.functions),
            buckets: Buckets::new(plan.every, plan.zone.clone(), origin),
            span: None,
            groups: Groups::new(),
            open: Vec::new(),
            places: Vec::new(),
            spare: Vec::new(),
            results: Results {
                spans: Vec::new(),
                groups: Vec::new(),
                columns,
                has_values,
            },
            plan,
        }
    }

    /// Whether points from `first` to `last` may come as summaries of stretches that do not cross
    /// multiples of `step`; of any stretches, when `step` is `None`.
    pub fn takes_summaries(&mut self, first: i64, last: i64, step: Option<i64>) -> bool {
        let is_enough = self
            .plan
            .functions
            .iter()
            .all(|function| function.is_summarised());
        if !is_enough || self.plan.by.is_some() {
            return false;
        }
        match step {
            None => self.buckets.hold(first, last),
            Some(step) => self.buckets.are_aligned(first, last, step),
        }
    }

    /// Adds points: the columns of the fields, then that of the field to group by.
    ///
    /// # Errors
    /// When there is too much of something.
    pub fn add(&mut self, table: &Table) -> Result<(), Excess> {
        let fields = self.plan.fields.len();
        let groups = match (&self.plan.by, table.columns.get(fields)) {
            (Some(_), Some(column)) => {
                let groups = self.groups.assign(column);
                Some(groups.ok_or(Excess::Groups { limit: MAX_GROUPS })?)
            }
            _ => None,
        };
        let mut row = 0;
        while let Some(time) = table.times.get(row) {
            let span = self.enter(*time)?;
            let later = table.times.get(row..).unwrap_or_default().iter();
            let end = row + later.take_while(|time| **time < span.end).count();
            match &groups {
                None => self.add_run(table, row..end),
                Some(groups) => self.add_grouped(table, row..end, groups),
            }
            self.check_held()?;
            row = end;
        }
        Ok(())
    }

    fn add_run(&mut self, table: &Table, rows: Range<usize>) {
        let needs = self.needs;
        for (accumulator, column) in self.accumulators(0).iter_mut().zip(&table.columns) {
            accumulator.add(column, rows.clone(), needs);
        }
    }

    fn add_grouped(&mut self, table: &Table, rows: Range<usize>, groups: &[u32]) {
        for (place, rows) in self.by_place(rows, groups).into_iter().enumerate() {
            let Some((_, accumulators)) = self.open.get_mut(place) else {
                continue;
            };
            for (accumulator, column) in accumulators.iter_mut().zip(&table.columns) {
                if rows.len() < FEW {
                    rows.iter()
                        .for_each(|row| accumulator.add_one(column, *row, self.needs));
                } else {
                    accumulator.add(&chosen(column, &rows), 0..rows.len(), self.needs);
                }
            }
        }
    }

    /// The rows of each group, by its place in `open`.
    fn by_place(&mut self, rows: Range<usize>, groups: &[u32]) -> Vec<Vec<usize>> {
        let mut by_place: Vec<Vec<usize>> = vec![Vec::new(); self.open.len()];
        for row in rows {
            let place = self.place(groups.get(row).copied().unwrap_or(0));
            if by_place.len() <= place {
                by_place.resize(place + 1, Vec::new());
            }
            if let Some(list) = by_place.get_mut(place) {
                list.push(row);
            }
        }
        by_place
    }

    /// Adds points by their summaries, as [`Self::takes_summaries`] allowed.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn add_summaries(&mut self, summaries: &Summaries) -> Result<(), Excess> {
        let times = &summaries.times;
        let mut at = 0;
        while let Some(time) = times.get(at) {
            let span = self.enter(*time)?;
            let later = times.get(at..).unwrap_or_default().iter();
            let end = at + later.take_while(|time| **time < span.end).count();
            for (accumulator, column) in self.accumulators(0).iter_mut().zip(&summaries.columns) {
                for summary in column.get(at..end).unwrap_or_default() {
                    accumulator.add_summary(*summary);
                }
            }
            at = end;
        }
        Ok(())
    }

    /// Goes on to the bucket of `time`.
    fn enter(&mut self, time: i64) -> Result<Span, Excess> {
        match self.span {
            Some(span) if time < span.end => return Ok(span),
            _ => self.close()?,
        }
        let span = self.buckets.around(time);
        self.span = Some(span);
        Ok(span)
    }

    /// The accumulators of a group in the present bucket.
    fn accumulators(&mut self, group: u32) -> &mut [Accumulator] {
        let place = self.place(group);
        self.open
            .get_mut(place)
            .map_or(&mut [], |(_, accumulators)| accumulators)
    }

    /// Where a group of the present bucket is in `open`, from now on.
    fn place(&mut self, group: u32) -> usize {
        let at = group as usize;
        if self.places.len() <= at {
            self.places.resize(at + 1, 0);
        }
        let next = self.open.len();
        match self.places.get_mut(at) {
            Some(place) if *place > 0 => return *place - 1,
            Some(place) => *place = next + 1,
            None => {}
        }
        let fresh = || vec![Accumulator::default(); self.plan.fields.len()];
        let accumulators = self.spare.pop().unwrap_or_else(fresh);
        self.open.push((group, accumulators));
        next
    }

    fn check_held(&self) -> Result<(), Excess> {
        if !self.needs.values {
            return Ok(());
        }
        let held = self
            .open
            .iter()
            .flat_map(|(_, accumulators)| accumulators)
            .map(Accumulator::held);
        if held.sum::<usize>() > MAX_HELD {
            return Err(Excess::Values { limit: MAX_HELD });
        }
        Ok(())
    }

    /// Ends the present bucket.
    fn close(&mut self) -> Result<(), Excess> {
        let Some(span) = self.span.take() else {
            return Ok(());
        };
        if self.results.spans.len() + self.open.len() > self.plan.limit {
            return Err(Excess::Buckets {
                limit: self.plan.limit,
            });
        }
        for (group, mut accumulators) in self.open.drain(..) {
            self.results.spans.push(span);
            self.results.groups.push(group);
            let mut columns = self.results.columns.iter_mut();
            for (accumulator, field) in accumulators.iter_mut().zip(&self.plan.fields) {
                for (function, column) in self.plan.functions.iter().zip(&mut columns) {
                    let Some(result) = accumulator.result(*function, field.kind) else {
                        let member = member(field, *function);
                        return Err(Excess::Result { member });
                    };
                    push(column, result);
                }
            }
            for (accumulator, column) in accumulators.iter().zip(&mut self.results.has_values) {
                column.push(&Value::Boolean(accumulator.has_values()));
            }
            accumulators.iter_mut().for_each(Accumulator::clear);
            if let Some(place) = self.places.get_mut(group as usize) {
                *place = 0;
            }
            self.spare.push(accumulators);
        }
        Ok(())
    }

    /// The answer, when all points have been added.
    ///
    /// # Errors
    /// As [`Self::add`].
    pub fn finish(mut self) -> Result<Answer, Excess> {
        self.close()?;
        let Self {
            plan,
            mut buckets,
            groups,
            results,
            ..
        } = self;
        let results = if plan.by.is_some() {
            results.sorted(&groups.ranks())
        } else {
            results
        };
        let results = match plan.fill {
            Fill::None => results,
            fill => fill::fill(fill, results, &mut buckets, &plan, &groups.ranks())?,
        };
        let times = results.spans.iter().map(|span| span.time()).collect();
        let column = |by: &Field| groups.column(by.kind, &results.groups);
        Ok(Answer {
            times,
            groups: plan.by.as_ref().map(column),
            columns: results.columns,
        })
    }
}

impl Results {
    /// The rows of each bucket in the order of their groups.
    fn sorted(self, ranks: &[usize]) -> Self {
        let key = |row: &usize| {
            let group = self.groups.get(*row).map(|group| *group as usize);
            (
                self.spans.get(*row).map(|span| span.start),
                group.and_then(|group| ranks.get(group)),
            )
        };
        let mut rows: Vec<usize> = (0..self.spans.len()).collect();
        rows.sort_by_key(key);
        let in_order =
            |columns: &[Column]| columns.iter().map(|column| chosen(column, &rows)).collect();
        let (columns, has_values) = (in_order(&self.columns), in_order(&self.has_values));
        let spans = rows
            .iter()
            .filter_map(|row| self.spans.get(*row).copied())
            .collect();
        let groups = rows
            .iter()
            .filter_map(|row| self.groups.get(*row).copied())
            .collect();
        Self {
            spans,
            groups,
            columns,
            has_values,
        }
    }
}

/// The values at `rows`; missing beyond the end.
pub(super) fn chosen(column: &Column, rows: &[usize]) -> Column {
    let mut chosen = Column::new(column.kind());
    chosen.append_rows(column, rows);
    chosen
}

/// Appends a result. The least and the greatest of integers come as numbers, which hold them exactly.
fn push(column: &mut Column, result: Value) {
    match result {
        Value::Number(number) if column.kind() == FieldType::Integer => {
            column.push(&Value::Integer(number as i64));
        }
        other => column.push(&other),
    }
}
