//! The distinct values of the field that points are grouped by.

use std::cmp::Ordering;
use std::collections::HashMap;

use crate::domain::column::{MISSING_BOOLEAN, MISSING_INTEGER};
use crate::domain::{Column, FieldType, Value};

/// Groups of one answer.
pub const MAX_GROUPS: usize = 1000;

/// A group's value; points without one are a group too.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Key {
    Missing,
    Integer(i64),
    Text(String),
}

/// The groups, numbered in the order in which they appear.
#[derive(Debug)]
pub(super) struct Groups {
    values: Vec<Value>,
    numbers: HashMap<Key, u32>,
}

impl Groups {
    pub(super) fn new() -> Self {
        Self {
            values: Vec::new(),
            numbers: HashMap::new(),
        }
    }

    /// The number of the group of each row; `None` when there are too many groups.
    pub(super) fn assign(&mut self, column: &Column) -> Option<Vec<u32>> {
        match column {
            Column::Text(text) => {
                // Each word is looked up once, when it is first met.
                let mut known: Vec<Option<u32>> = vec![None; text.words().len() + 1];
                let missing = text.words().len();
                let number = |code: &u32| {
                    let at = (*code as usize).min(missing);
                    if let Some(number) = known.get(at).copied().flatten() {
                        return Some(number);
                    }
                    let word = text.words().get(at);
                    let key = word.map_or(Key::Missing, |word| Key::Text(word.clone()));
                    let number = self.number(key)?;
                    if let Some(slot) = known.get_mut(at) {
                        *slot = Some(number);
                    }
                    Some(number)
                };
                text.codes().iter().map(number).collect()
            }
            Column::Integer(values) => {
                let key = |value: i64| match value {
                    MISSING_INTEGER => Key::Missing,
                    value => Key::Integer(value),
                };
                values
                    .iter()
                    .map(|value| self.number(key(*value)))
                    .collect()
            }
            Column::Boolean(values) => {
                let key = |value: u8| match value {
                    MISSING_BOOLEAN.. => Key::Missing,
                    value => Key::Integer(value.into()),
                };
                values
                    .iter()
                    .map(|value| self.number(key(*value)))
                    .collect()
            }
            // Refused before: floats make no groups.
            Column::Number(values) => values.iter().map(|_| self.number(Key::Missing)).collect(),
        }
    }

    fn number(&mut self, key: Key) -> Option<u32> {
        if let Some(number) = self.numbers.get(&key) {
            return Some(*number);
        }
        if self.values.len() >= MAX_GROUPS {
            return None;
        }
        let number = self.values.len() as u32;
        self.values.push(match &key {
            Key::Missing => Value::Missing,
            Key::Integer(value) => Value::Integer(*value),
            Key::Text(text) => Value::Text(text.clone()),
        });
        self.numbers.insert(key, number);
        Some(number)
    }

    /// The place of each group in the order of values, points without a value last.
    pub(super) fn ranks(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.values.len()).collect();
        order.sort_by(|a, b| compare(self.values.get(*a), self.values.get(*b)));
        let mut ranks = vec![0; order.len()];
        for (rank, number) in order.into_iter().enumerate() {
            if let Some(slot) = ranks.get_mut(number) {
                *slot = rank;
            }
        }
        ranks
    }

    /// The values of groups as a column.
    pub(super) fn column(&self, kind: FieldType, groups: &[u32]) -> Column {
        let mut distinct = Column::new(kind);
        for value in &self.values {
            distinct.push(&match (kind, value) {
                (FieldType::Boolean, Value::Integer(flag)) => Value::Boolean(*flag == 1),
                (_, value) => value.clone(),
            });
        }
        let rows: Vec<usize> = groups.iter().map(|group| *group as usize).collect();
        let mut column = Column::new(kind);
        column.append_rows(&distinct, &rows);
        column
    }
}

fn compare(a: Option<&Value>, b: Option<&Value>) -> Ordering {
    match (a, b) {
        (Some(Value::Integer(a)), Some(Value::Integer(b))) => a.cmp(b),
        (Some(Value::Text(a)), Some(Value::Text(b))) => a.cmp(b),
        (Some(Value::Missing), Some(Value::Missing)) => Ordering::Equal,
        (Some(Value::Missing), _) => Ordering::Greater,
        (_, Some(Value::Missing)) => Ordering::Less,
        _ => Ordering::Equal,
    }
}
