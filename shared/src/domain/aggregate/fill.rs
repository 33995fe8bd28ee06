//! What stands in buckets without points.

use super::aggregator::{Excess, Plan, Results, chosen};
use super::buckets::{Buckets, Span};
use super::functions::Function;
use crate::domain::{Column, Value};

/// What stands where a bucket has no value of a field. Counts are 0 there in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fill {
    /// The bucket is left out.
    #[default]
    None,
    /// Nothing, but the bucket is there.
    Null,
    /// The value of the bucket before; before the first value nothing.
    Previous,
    /// Numbers on the straight line from the value before to the value after, by the times at
    /// which the buckets begin; before the first and after the last nothing.
    Linear,
    /// 0, of numbers.
    Zero,
}

impl Fill {
    pub const WORDS: [(&'static str, Self); 5] = [
        ("none", Self::None),
        ("null", Self::Null),
        ("previous", Self::Previous),
        ("linear", Self::Linear),
        ("0", Self::Zero),
    ];
}

/// Stands for a row that is not there.
const NO_ROW: usize = usize::MAX;

/// Adds rows for the buckets that a group has no row for, from the start of the plan's range to its
/// end or, where that is open, from the first bucket with points to the last. `results` are in order.
pub(super) fn fill(
    fill: Fill,
    results: Results,
    buckets: &mut Buckets,
    plan: &Plan,
    ranks: &[usize],
) -> Result<Results, Excess> {
    // Without grouping there is one group, also when there are no points.
    let groups = if plan.by.is_some() { ranks.len() } else { 1 };
    if groups == 0 {
        return Ok(results);
    }
    let spans = all_spans(&results.spans, buckets, plan, groups)?;
    let group_of = |row: usize| {
        let group = results.groups.get(row).map(|group| *group as usize);
        group
            .and_then(|group| ranks.get(group))
            .copied()
            .unwrap_or(0)
    };
    let mut rows = vec![NO_ROW; spans.len() * groups];
    let mut bucket = 0;
    for (row, span) in results.spans.iter().enumerate() {
        while spans
            .get(bucket)
            .is_some_and(|known| known.start < span.start)
        {
            bucket += 1;
        }
        if let Some(slot) = rows.get_mut(bucket * groups + group_of(row)) {
            *slot = row;
        }
    }
    let times: Vec<i64> = spans.iter().map(|span| span.time()).collect();
    let is_empty: Vec<Vec<bool>> = results
        .has_values
        .iter()
        .map(|column| are_empty(&chosen(column, &rows)))
        .collect();
    let each = is_empty.iter().flat_map(|is_empty| {
        let functions = plan.functions.iter();
        functions.map(move |function| (is_empty, function))
    });
    let columns = results
        .columns
        .iter()
        .zip(each)
        .map(|(column, (is_empty, function))| {
            let mut column = chosen(column, &rows);
            for group in 0..groups {
                let gaps = Gaps {
                    times: &times,
                    is_empty,
                    group,
                    groups,
                };
                gaps.fill(fill, *function, &mut column);
            }
            column
        });
    let mut in_order = vec![0; ranks.len().max(1)];
    for (group, rank) in ranks.iter().enumerate() {
        if let Some(slot) = in_order.get_mut(*rank) {
            *slot = group as u32;
        }
    }
    Ok(Results {
        columns: columns.collect(),
        spans: spans
            .iter()
            .flat_map(|span| std::iter::repeat_n(*span, groups))
            .collect(),
        groups: spans
            .iter()
            .flat_map(|_| in_order.iter().copied().take(groups))
            .collect(),
        has_values: Vec::new(),
    })
}

/// The rows in which a field has no value.
fn are_empty(has_values: &Column) -> Vec<bool> {
    let rows = 0..has_values.len();
    rows.map(|row| has_values.value(row) != Value::Boolean(true))
        .collect()
}

fn all_spans(
    found: &[Span],
    buckets: &mut Buckets,
    plan: &Plan,
    groups: usize,
) -> Result<Vec<Span>, Excess> {
    let start = plan.range.start.map(|start| start.milliseconds());
    let end = plan.range.end.map(|end| end.milliseconds() - 1);
    let first = start.or(found.first().map(|span| span.start));
    let last = end.or(found.last().map(|span| span.start));
    let (Some(first), Some(last)) = (first, last) else {
        return Ok(Vec::new());
    };
    let mut spans = Vec::new();
    let mut time = first;
    while time <= last {
        let span = buckets.around(time);
        spans.push(span);
        if spans.len() * groups > plan.limit {
            return Err(Excess::Buckets { limit: plan.limit });
        }
        time = span.end;
    }
    Ok(spans)
}

/// The rows of one group, and where the field has no value in them.
struct Gaps<'a> {
    times: &'a [i64],
    is_empty: &'a [bool],
    group: usize,
    /// How far apart the rows of the group are.
    groups: usize,
}

impl Gaps<'_> {
    fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.times.len()).map(|bucket| self.row(bucket))
    }

    fn row(&self, bucket: usize) -> usize {
        bucket * self.groups + self.group
    }

    fn is_empty(&self, row: usize) -> bool {
        self.is_empty.get(row).copied().unwrap_or(false)
    }

    fn fill(&self, fill: Fill, function: Function, column: &mut Column) {
        if function == Function::Count {
            return self.replace(column, 0);
        }
        match fill {
            Fill::None | Fill::Null => {}
            Fill::Zero => self.replace(column, 0),
            Fill::Previous => self.repeat(column),
            Fill::Linear => {
                column.widen();
                if let Column::Number(values) = column {
                    self.interpolate(values);
                }
            }
        }
    }

    fn replace(&self, column: &mut Column, by: i32) {
        for row in self.rows().filter(|row| self.is_empty(*row)) {
            match column {
                Column::Number(values) => {
                    if let Some(value) = values.get_mut(row) {
                        *value = f64::from(by);
                    }
                }
                Column::Integer(values) => {
                    if let Some(value) = values.get_mut(row) {
                        *value = i64::from(by);
                    }
                }
                Column::Text(_) | Column::Boolean(_) => {}
            }
        }
    }

    /// Puts the last result before them into gaps.
    fn repeat(&self, column: &mut Column) {
        // Rows of other groups stay as they are.
        let mut sources: Vec<usize> = (0..column.len()).collect();
        let mut before = NO_ROW;
        for row in self.rows() {
            if column.value(row) != Value::Missing {
                before = row;
            } else if let Some(source) = sources.get_mut(row).filter(|_| self.is_empty(row)) {
                *source = before;
            }
        }
        *column = chosen(column, &sources);
    }

    fn interpolate(&self, values: &mut [f64]) {
        let at = |values: &[f64], bucket: usize| {
            let value = values.get(self.row(bucket)).copied();
            value.unwrap_or(f64::NAN)
        };
        let time = |bucket: usize| self.times.get(bucket).copied().unwrap_or(0) as f64;
        let mut before: Option<usize> = None;
        for bucket in 0..self.times.len() {
            let after = at(values, bucket);
            if after.is_nan() {
                continue;
            }
            if let Some(known) = before {
                let value = at(values, known);
                let gaps = (known + 1..bucket).filter(|gap| self.is_empty(self.row(*gap)));
                for gap in gaps {
                    let weight = (time(gap) - time(known)) / (time(bucket) - time(known));
                    if let Some(slot) = values.get_mut(self.row(gap)) {
                        *slot = between(value, after, weight);
                    }
                }
            }
            before = Some(bucket);
        }
    }
}

/// The number at a part of the way from one to another.
pub(super) fn between(from: f64, to: f64, weight: f64) -> f64 {
    let apart = to - from;
    if apart.is_finite() {
        from + weight * apart
    } else {
        from * (1.0 - weight) + to * weight
    }
}
