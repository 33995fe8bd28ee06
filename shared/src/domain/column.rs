//! Points column by column, the form in which they are imported, stored, scanned and analysed.
//!
//! A missing value is a sentinel inside the column, so that a value costs 8 bytes (4 for text, 1
//! for a boolean) and a scan has no second array to look at. No sentinel is a legal value:
//! numbers are finite, integers lie within ±(2^53 - 1).

use std::collections::HashMap;
use std::ops::Range;

use super::field::{Field, FieldName, FieldType, Value};
use super::point::PointId;
use super::time::Timestamp;

/// The values of one field, one for each point.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// Missing: NaN.
    Number(Vec<f64>),
    /// Missing: [`MISSING_INTEGER`].
    Integer(Vec<i64>),
    Text(TextColumn),
    /// 0 false, 1 true, missing: [`MISSING_BOOLEAN`].
    Boolean(Vec<u8>),
}

pub const MISSING_INTEGER: i64 = i64::MIN;
pub const MISSING_BOOLEAN: u8 = 2;
pub const MISSING_CODE: u32 = u32::MAX;

impl Column {
    pub fn new(kind: FieldType) -> Self {
        match kind {
            FieldType::Number => Self::Number(Vec::new()),
            FieldType::Integer => Self::Integer(Vec::new()),
            FieldType::Text => Self::Text(TextColumn::default()),
            FieldType::Boolean => Self::Boolean(Vec::new()),
        }
    }

    /// A column without any value.
    pub fn missing(kind: FieldType, rows: usize) -> Self {
        match kind {
            FieldType::Number => Self::Number(vec![f64::NAN; rows]),
            FieldType::Integer => Self::Integer(vec![MISSING_INTEGER; rows]),
            FieldType::Text => {
                Self::Text(TextColumn::from_parts(Vec::new(), vec![MISSING_CODE; rows]))
            }
            FieldType::Boolean => Self::Boolean(vec![MISSING_BOOLEAN; rows]),
        }
    }

    pub fn kind(&self) -> FieldType {
        match self {
            Self::Number(_) => FieldType::Number,
            Self::Integer(_) => FieldType::Integer,
            Self::Text(_) => FieldType::Text,
            Self::Boolean(_) => FieldType::Boolean,
        }
    }

    pub fn len(&self) -> usize {
        match self {
            Self::Number(values) => values.len(),
            Self::Integer(values) => values.len(),
            Self::Text(text) => text.codes.len(),
            Self::Boolean(values) => values.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends a value; one of another type is appended as missing (callers check types before,
    /// with [`super::Field::check`]).
    pub fn push(&mut self, value: &Value) {
        match (self, value) {
            (Self::Number(values), Value::Number(number)) => values.push(*number),
            (Self::Number(values), _) => values.push(f64::NAN),
            (Self::Integer(values), Value::Integer(number)) => values.push(*number),
            (Self::Integer(values), _) => values.push(MISSING_INTEGER),
            (Self::Text(text), Value::Text(word)) => text.push(Some(word)),
            (Self::Text(text), _) => text.push(None),
            (Self::Boolean(values), Value::Boolean(flag)) => values.push(u8::from(*flag)),
            (Self::Boolean(values), _) => values.push(MISSING_BOOLEAN),
        }
    }

    /// The value at `row`; missing beyond the end.
    pub fn value(&self, row: usize) -> Value {
        match self {
            Self::Number(values) => match values.get(row) {
                Some(number) if !number.is_nan() => Value::Number(*number),
                _ => Value::Missing,
            },
            Self::Integer(values) => match values.get(row) {
                Some(number) if *number != MISSING_INTEGER => Value::Integer(*number),
                _ => Value::Missing,
            },
            Self::Text(text) => match text.get(row) {
                Some(word) => Value::Text(word.to_owned()),
                None => Value::Missing,
            },
            Self::Boolean(values) => match values.get(row) {
                Some(0) => Value::Boolean(false),
                Some(1) => Value::Boolean(true),
                _ => Value::Missing,
            },
        }
    }

    /// Makes a column of integers one of numbers; others stay as they are.
    pub fn widen(&mut self) {
        if let Self::Integer(values) = self {
            let number = |value: &i64| match *value {
                MISSING_INTEGER => f64::NAN,
                value => value as f64,
            };
            *self = Self::Number(values.iter().map(number).collect());
        }
    }

    /// The values at successive rows; none beyond the end.
    pub fn slice(&self, rows: Range<usize>) -> Self {
        match self {
            Self::Number(values) => Self::Number(part(values, rows)),
            Self::Integer(values) => Self::Integer(part(values, rows)),
            Self::Text(text) => Self::Text(TextColumn::from_parts(
                text.words.clone(),
                part(&text.codes, rows),
            )),
            Self::Boolean(values) => Self::Boolean(part(values, rows)),
        }
    }

    /// Appends the values of `other` at successive rows. Columns of another type count as all
    /// missing.
    pub fn append_range(&mut self, other: &Self, rows: Range<usize>) {
        match (self, other) {
            (Self::Number(to), Self::Number(from)) => to.extend(part(from, rows)),
            (Self::Integer(to), Self::Integer(from)) => to.extend(part(from, rows)),
            (Self::Boolean(to), Self::Boolean(from)) => to.extend(part(from, rows)),
            (column, other) => column.append_rows(other, &rows.collect::<Vec<usize>>()),
        }
    }

    /// Appends the values of `other` at `rows`, in that order. Columns of another type count as
    /// all missing.
    pub fn append_rows(&mut self, other: &Self, rows: &[usize]) {
        match (self, other) {
            (Self::Number(to), Self::Number(from)) => {
                to.extend(
                    rows.iter()
                        .map(|row| from.get(*row).copied().unwrap_or(f64::NAN)),
                );
            }
            (Self::Integer(to), Self::Integer(from)) => {
                to.extend(
                    rows.iter()
                        .map(|row| from.get(*row).copied().unwrap_or(MISSING_INTEGER)),
                );
            }
            (Self::Boolean(to), Self::Boolean(from)) => {
                to.extend(
                    rows.iter()
                        .map(|row| from.get(*row).copied().unwrap_or(MISSING_BOOLEAN)),
                );
            }
            (Self::Text(to), Self::Text(from)) => to.append_rows(from, rows),
            (column, _) => rows.iter().for_each(|_| column.push(&Value::Missing)),
        }
    }
}

fn part<T: Copy>(values: &[T], rows: Range<usize>) -> Vec<T> {
    let end = rows.end.min(values.len());
    values
        .get(rows.start.min(end)..end)
        .unwrap_or_default()
        .to_vec()
}

/// Text by dictionary: the distinct words in order of first appearance, and a code for each point.
#[derive(Debug, Clone, Default)]
pub struct TextColumn {
    words: Vec<String>,
    codes: Vec<u32>,
    /// Code of each word; built when the first word is pushed, not when a column is only read.
    index: HashMap<String, u32>,
}

/// Equal when they hold the same texts, whatever the order of their dictionaries.
impl PartialEq for TextColumn {
    fn eq(&self, other: &Self) -> bool {
        self.codes.len() == other.codes.len()
            && (0..self.codes.len()).all(|row| self.get(row) == other.get(row))
    }
}

impl TextColumn {
    /// A column from its parts; a code beyond the dictionary reads as missing.
    pub fn from_parts(words: Vec<String>, codes: Vec<u32>) -> Self {
        Self {
            words,
            codes,
            index: HashMap::new(),
        }
    }

    pub fn words(&self) -> &[String] {
        &self.words
    }

    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    pub fn into_parts(self) -> (Vec<String>, Vec<u32>) {
        (self.words, self.codes)
    }

    pub fn get(&self, row: usize) -> Option<&str> {
        let code = *self.codes.get(row)?;
        self.words.get(code as usize).map(String::as_str)
    }

    pub fn push(&mut self, word: Option<&str>) {
        let code = word.map_or(MISSING_CODE, |word| self.code_of(word));
        self.codes.push(code);
    }

    fn code_of(&mut self, word: &str) -> u32 {
        if self.index.len() != self.words.len() {
            self.index = self
                .words
                .iter()
                .enumerate()
                .map(|(at, word)| (word.clone(), at as u32))
                .collect();
        }
        if let Some(code) = self.index.get(word) {
            return *code;
        }
        let code = self.words.len() as u32;
        self.words.push(word.to_owned());
        self.index.insert(word.to_owned(), code);
        code
    }

    fn append_rows(&mut self, other: &Self, rows: &[usize]) {
        let mut translated: Vec<Option<u32>> = vec![None; other.words.len()];
        for row in rows {
            let code = match other.codes.get(*row).map(|code| *code as usize) {
                Some(code) if code < other.words.len() => {
                    match translated.get(code).copied().flatten() {
                        Some(known) => known,
                        None => {
                            let word = other.words.get(code).map_or("", String::as_str);
                            let known = self.code_of(word);
                            if let Some(slot) = translated.get_mut(code) {
                                *slot = Some(known);
                            }
                            known
                        }
                    }
                }
                _ => MISSING_CODE,
            };
            self.codes.push(code);
        }
    }
}

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
        for column in &mut self.columns {
            match column {
                Column::Number(values) => values.truncate(len),
                Column::Integer(values) => values.truncate(len),
                Column::Text(text) => text.codes.truncate(len),
                Column::Boolean(values) => values.truncate(len),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_from_every_kind_of_column() {
        for (kind, value) in [
            (FieldType::Number, Value::Number(1.5)),
            (FieldType::Integer, Value::Integer(-3)),
            (FieldType::Text, Value::Text("rain".into())),
            (FieldType::Boolean, Value::Boolean(true)),
        ] {
            let mut column = Column::new(kind);
            column.push(&Value::Missing);
            column.push(&value);
            column.push(&Value::Missing);
            let mut copy = Column::new(kind);
            copy.append_rows(&column, &[1, 0, 7]);
            assert_eq!(column.value(1), value);
            assert_eq!(
                (0..4).map(|row| copy.value(row)).collect::<Vec<_>>(),
                vec![value, Value::Missing, Value::Missing, Value::Missing]
            );
        }
    }

    #[test]
    fn a_dictionary_that_was_only_read_can_still_grow() {
        let mut text =
            TextColumn::from_parts(vec!["a".into(), "b".into()], vec![1, 0, MISSING_CODE]);
        text.push(Some("b"));
        text.push(Some("c"));
        assert_eq!(text.codes(), [1, 0, MISSING_CODE, 1, 2]);
        assert_eq!(text.get(2), None);
    }

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
