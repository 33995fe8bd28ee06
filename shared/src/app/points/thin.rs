//! Few points instead of many, for pictures.

use super::page::{Page, Query};
use crate::app::Error;
use crate::domain::{Column, Dataset, DatasetName, Fault, Field, Table, thin};
use crate::store::Connection;
use crate::store::points::{Reach, Scan, Wanted};

/// The fewest points that have a shape.
pub const LEAST: usize = 3;

/// Reads all points of a query and chooses `count` of those that have a value of the first field of
/// numbers, so that its curve keeps its shape; see [`thin::largest_triangles`]. The query's limit
/// does not count.
///
/// Reads twice, so that of the many only times and values of that one field are held.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`] when no field is of numbers, [`Error::TooMuch`] for more
/// than `max_points`, and what `query` complains about.
pub async fn thin(
    connection: &impl Connection,
    name: &DatasetName,
    count: usize,
    max_points: usize,
    query: impl Fn(&Dataset) -> Result<Query, Vec<Fault>>,
) -> Result<Page, Error> {
    let reach = |query: &Query| Reach {
        range: query.wanted.range,
        ..Reach::default()
    };
    let (view, query) = super::view(connection, name, query, reach).await?;
    let (dataset, version) = (view.dataset.clone(), view.version);
    let Wanted {
        range,
        filters,
        fields,
        is_descending,
        ..
    } = query.wanted;
    let numeric = |at: &&usize| {
        dataset
            .fields
            .get(**at)
            .is_some_and(|field| field.kind.is_numeric())
    };
    let shaping = fields.iter().find(numeric).copied();
    let shaping = shaping.ok_or_else(|| {
        Error::invalid(
            "thin",
            "needs a field of numbers, whose curve keeps its shape",
        )
    })?;
    let some = |fields: Vec<usize>| Wanted {
        range,
        filters: filters.clone(),
        fields,
        ..Wanted::default()
    };
    let mut scan = Scan::whole(view, some(vec![shaping]));
    let mut series = Series::default();
    while let Some(table) = scan.next(connection).await? {
        series.add(&table);
        if series.times.len() > max_points {
            let what = "points to be thinned".to_owned();
            return Err(Error::TooMuch {
                what,
                limit: max_points as u64,
            });
        }
    }
    let chosen = series.choose(count);
    let kind = |field: &Field| field.kind;
    let kinds = fields
        .iter()
        .filter_map(|at| dataset.fields.get(*at).map(kind));
    let mut table = Table::new(kinds);
    let (mut rows, mut from) = (chosen.iter().copied().peekable(), 0);
    let mut scan = Scan::whole(scan.snapshot, some(fields.clone()));
    while let Some(part) = scan
        .next(connection)
        .await?
        .filter(|_| rows.peek().is_some())
    {
        let to = from + part.len();
        let mut here = Vec::new();
        while let Some(row) = rows.next_if(|row| *row < to) {
            here.push(row - from);
        }
        table.append_rows(&part, &here);
        from = to;
    }
    if is_descending {
        let rows: Vec<usize> = (0..table.len()).rev().collect();
        let mut reversed = table.empty_like();
        reversed.append_rows(&table, &rows);
        table = reversed;
    }
    let count = query.counts.then_some(series.points as u64);
    Ok(Page {
        dataset,
        version,
        table,
        fields,
        next: None,
        count,
    })
}

/// The points that have a value.
#[derive(Default)]
struct Series {
    times: Vec<i64>,
    values: Vec<f64>,
    /// Each one's place among all points.
    rows: Vec<usize>,
    /// All points so far.
    points: usize,
}

impl Series {
    fn add(&mut self, table: &Table) {
        let Some(column) = table.columns.first() else {
            return;
        };
        for (row, (time, value)) in table.times.iter().zip(numbers(column)).enumerate() {
            if !value.is_nan() {
                self.times.push(*time);
                self.values.push(value);
                self.rows.push(self.points + row);
            }
        }
        self.points += table.len();
    }

    fn choose(&self, count: usize) -> Vec<usize> {
        let chosen = thin::largest_triangles(&self.times, &self.values, count);
        chosen
            .into_iter()
            .filter_map(|at| self.rows.get(at).copied())
            .collect()
    }
}

/// The values of a column of numbers; NaN where they are missing.
fn numbers(column: &Column) -> Vec<f64> {
    let mut column = column.clone();
    column.widen();
    match column {
        Column::Number(values) => values,
        _ => Vec::new(),
    }
}
