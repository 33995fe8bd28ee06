//! Points as a table: what [`super::column`] says of values holds for all of its columns.

use std::collections::HashMap;
use std::ops::Range;

use super::column::{Column, part};
use super::field::{Field, FieldName, FieldType, Value};
use super::point::PointId;
use super::time::Timestamp;

/// Points as columns: row `i` of every column, of `times` and of `sequences` is one point.
///
/// The columns are those of some list of fields, which travels beside the table; all have the
/// length of `times`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    /// Milliseconds, as in [`super::Timestamp`].
    pub times: Vec<i64>,
    /// The second half of each point's id, as in [`super::PointId`]; all zero before the store has
    /// handed out ids.
    pub sequences: Vec<u64>,
    pub columns: Vec<Column>,
}

impl Table {
    pub fn new(kinds: impl IntoIterator<Item = FieldType>) -> Self {
        Self {
            times: Vec::new(),
            sequences: Vec::new(),
            columns: kinds.into_iter().map(Column::new).collect(),
        }
    }

    /// An empty table with the columns of this one.
    pub fn empty_like(&self) -> Self {
        Self::new(self.columns.iter().map(Column::kind))
    }

    pub fn len(&self) -> usize {
        self.times.len()
    }

    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// Successive points, of the first `columns` columns; none beyond the end.
    pub fn slice(&self, rows: Range<usize>, columns: usize) -> Self {
        Self {
            times: part(&self.times, rows.clone()),
            sequences: part(&self.sequences, rows.clone()),
            columns: self
                .columns
                .iter()
                .take(columns)
                .map(|column| column.slice(rows.clone()))
                .collect(),
        }
    }

    /// Appends one point, its values in the order of the columns; missing beyond their end.
    pub fn push(&mut self, time: i64, sequence: u64, values: &[Value]) {
        self.times.push(time);
        self.sequences.push(sequence);
        for (at, column) in self.columns.iter_mut().enumerate() {
            column.push(values.get(at).unwrap_or(&Value::Missing));
        }
    }

    /// Appends the points of `other` at `rows`, in that order.
    pub fn append_rows(&mut self, other: &Self, rows: &[usize]) {
        self.times.extend(
            rows.iter()
                .map(|row| other.times.get(*row).copied().unwrap_or(0)),
        );
        self.sequences.extend(
            rows.iter()
                .map(|row| other.sequences.get(*row).copied().unwrap_or(0)),
        );
        for (column, from) in self.columns.iter_mut().zip(&other.columns) {
            column.append_rows(from, rows);
        }
    }

    /// Appends successive points of `other`; none beyond its end.
    pub fn append_range(&mut self, other: &Self, rows: Range<usize>) {
        let end = rows.end.min(other.len());
        let rows = rows.start.min(end)..end;
        self.times.extend(part(&other.times, rows.clone()));
        self.sequences.extend(part(&other.sequences, rows.clone()));
        for (column, from) in self.columns.iter_mut().zip(&other.columns) {
            column.append_range(from, rows.clone());
        }
    }

    /// The same points with the columns of other fields: of the same name and type as they are,
    /// integers as numbers, and all missing where there is no column for a field.
    pub fn fitted(self, from: &[Field], to: &[Field]) -> Self {
        let rows = self.len();
        let mut columns: HashMap<&FieldName, Column> = from
            .iter()
            .map(|field| &field.name)
            .zip(self.columns)
            .collect();
        let columns = to.iter().map(|field| {
            let column = columns.remove(&field.name).map(|mut column| {
                if field.kind == FieldType::Number {
                    column.widen();
                }
                column
            });
            column
                .filter(|column| column.kind() == field.kind)
                .unwrap_or_else(|| Column::missing(field.kind, rows))
        });
        Self {
            columns: columns.collect(),
            times: self.times,
            sequences: self.sequences,
        }
    }

    /// How many rows, of a table that is sorted by id, come before `id` or are it.
    pub fn rows_up_to(&self, id: PointId) -> usize {
        let time = id.time.milliseconds();
        let earlier = self.times.partition_point(|other| *other < time);
        let upto = self.times.partition_point(|other| *other <= time);
        let same = self.sequences.get(earlier..upto).unwrap_or_default();
        earlier + same.partition_point(|sequence| *sequence <= id.sequence)
    }

    /// The table with its rows in order of id.
    pub fn sorted(self) -> Self {
        let rows = self.sorted_rows();
        if rows.is_sorted() {
            return self;
        }
        let mut sorted = self.empty_like();
        sorted.append_rows(&self, &rows);
        sorted
    }

    /// The values of one point.
    pub fn row(&self, row: usize) -> Vec<Value> {
        self.columns
            .iter()
            .map(|column| column.value(row))
            .collect()
    }

    /// The id of one point.
    pub fn id(&self, row: usize) -> Option<PointId> {
        let time = Timestamp::from_milliseconds(*self.times.get(row)?).ok()?;
        Some(PointId {
            time,
            sequence: *self.sequences.get(row)?,
        })
    }

    /// The row of a point, in a table that is sorted by id.
    pub fn row_of(&self, id: PointId) -> Option<usize> {
        let time = id.time.milliseconds();
        let first = self.times.partition_point(|other| *other < time);
        let same = self
            .times
            .iter()
            .skip(first)
            .take_while(|other| **other == time);
        let sequences = self.sequences.iter().skip(first);
        let at = same
            .zip(sequences)
            .position(|(_, sequence)| *sequence == id.sequence)?;
        Some(first + at)
    }

    /// The rows in ascending order of id, that is of time and then sequence number.
    pub fn sorted_rows(&self) -> Vec<usize> {
        let id = |row: &usize| (self.times.get(*row), self.sequences.get(*row));
        let mut rows: Vec<usize> = (0..self.len()).collect();
        if !rows.is_sorted_by_key(id) {
            rows.sort_by_key(id);
        }
        rows
    }

    /// Drops rows from the end until `len` are left.
    pub fn truncate(&mut self, len: usize) {
        self.times.truncate(len);
        self.sequences.truncate(len);
        self.columns
            .iter_mut()
            .for_each(|column| column.truncate(len));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_fits_other_fields() {
        let field = |name: &str, kind| Field::new(FieldName::new(name).unwrap(), kind);
        let from = [
            field("a", FieldType::Integer),
            field("b", FieldType::Text),
            field("c", FieldType::Number),
        ];
        let mut table = Table::new(from.iter().map(|field| field.kind));
        table.push(7, 0, &[Value::Integer(2), Value::Text("x".into())]);
        let to = [
            field("c", FieldType::Text),
            field("new", FieldType::Boolean),
            field("b", FieldType::Text),
            field("a", FieldType::Number),
        ];
        let fitted = table.fitted(&from, &to);
        assert_eq!((fitted.times.as_slice(), fitted.len()), ([7].as_slice(), 1));
        let expected = [
            Value::Missing,
            Value::Missing,
            Value::Text("x".into()),
            Value::Number(2.0),
        ];
        assert_eq!(fitted.row(0), expected);
    }

    #[test]
    fn rows_sort_by_time_then_sequence() {
        let mut table = Table::new([FieldType::Integer]);
        for (time, sequence) in [(5, 1), (-5, 9), (5, 0)] {
            table.push(time, sequence, &[Value::Integer(time)]);
        }
        assert_eq!(table.sorted_rows(), [1, 2, 0]);
    }
}
