//! What stands in buckets without points.

use super::aggregator::{Excess, Plan, Results, chosen};
use super::buckets::{Buckets, Span};
use super::functions::Function;
use crate::domain::column::MISSING_INTEGER;
use crate::domain::{Column, Value};

/// What stands where a bucket has no value to tell of. Counts are 0 there in any case.
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
    let functions = plan.fields.iter().flat_map(|_| &plan.functions);
    let columns = results
        .columns
        .iter()
        .zip(functions)
        .map(|(column, function)| {
            let mut column = chosen(column, &rows);
            for group in 0..groups {
                fill_group(fill, *function, &mut column, &times, group, groups);
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
    })
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

/// Fills the gaps of one group, whose rows are `groups` apart.
fn fill_group(
    fill: Fill,
    function: Function,
    column: &mut Column,
    times: &[i64],
    group: usize,
    groups: usize,
) {
    let row_of = |bucket: usize| bucket * groups + group;
    if function == Function::Count {
        return replace_missing(column, (0..times.len()).map(row_of), 0);
    }
    match fill {
        Fill::None | Fill::Null => {}
        Fill::Zero => replace_missing(column, (0..times.len()).map(row_of), 0),
        Fill::Previous => {
            // Rows of other groups stay as they are.
            let mut sources: Vec<usize> = (0..column.len()).collect();
            let mut before = NO_ROW;
            for row in (0..times.len()).map(row_of) {
                if column.value(row) != Value::Missing {
                    before = row;
                } else if let Some(source) = sources.get_mut(row) {
                    *source = before;
                }
            }
            *column = chosen(column, &sources);
        }
        Fill::Linear => {
            column.widen();
            if let Column::Number(values) = column {
                interpolate(values, times, row_of);
            }
        }
    }
}

fn replace_missing(column: &mut Column, rows: impl Iterator<Item = usize>, by: i32) {
    match column {
        Column::Number(values) => {
            for row in rows {
                if let Some(value) = values.get_mut(row).filter(|value| value.is_nan()) {
                    *value = f64::from(by);
                }
            }
        }
        Column::Integer(values) => {
            for row in rows {
                if let Some(value) = values
                    .get_mut(row)
                    .filter(|value| **value == MISSING_INTEGER)
                {
                    *value = i64::from(by);
                }
            }
        }
        Column::Text(_) | Column::Boolean(_) => {}
    }
}

fn interpolate(values: &mut [f64], times: &[i64], row_of: impl Fn(usize) -> usize) {
    let at =
        |values: &[f64], bucket: usize| values.get(row_of(bucket)).copied().unwrap_or(f64::NAN);
    let mut before: Option<usize> = None;
    for bucket in 0..times.len() {
        let after = at(values, bucket);
        if after.is_nan() {
            continue;
        }
        if let Some(known) = before {
            let value = at(values, known);
            let time = |bucket: usize| times.get(bucket).copied().unwrap_or(0) as f64;
            for gap in known + 1..bucket {
                let weight = (time(gap) - time(known)) / (time(bucket) - time(known));
                if let Some(slot) = values.get_mut(row_of(gap)) {
                    *slot = value + weight * (after - value);
                }
            }
        }
        before = Some(bucket);
    }
}
