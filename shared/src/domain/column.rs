//! Points column by column, the form in which they are imported, stored, scanned and analysed.
//!
//! A missing value is a sentinel inside the column, so that a value costs 8 bytes (4 for text, 1
//! for a boolean) and a scan has no second array to look at. No sentinel is a legal value:
//! numbers are finite, integers lie within ±(2^53 - 1).

use std::collections::HashMap;
use std::ops::Range;

use super::field::{FieldType, Value};

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

    /// How many values are missing.
    pub fn count_missing(&self) -> usize {
        let count = |missing: usize, is_missing: bool| missing + usize::from(is_missing);
        match self {
            Self::Number(values) => values.iter().map(|value| value.is_nan()).fold(0, count),
            Self::Integer(values) => {
                let missing = values.iter().map(|value| *value == MISSING_INTEGER);
                missing.fold(0, count)
            }
            Self::Text(text) => {
                let missing = text.codes.iter().map(|code| *code == MISSING_CODE);
                missing.fold(0, count)
            }
            Self::Boolean(values) => {
                let missing = values.iter().map(|flag| *flag == MISSING_BOOLEAN);
                missing.fold(0, count)
            }
        }
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

    /// Drops values from the end until `len` are left.
    pub fn truncate(&mut self, len: usize) {
        match self {
            Self::Number(values) => values.truncate(len),
            Self::Integer(values) => values.truncate(len),
            Self::Text(text) => text.codes.truncate(len),
            Self::Boolean(values) => values.truncate(len),
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

pub(super) fn part<T: Copy>(values: &[T], rows: Range<usize>) -> Vec<T> {
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
}
