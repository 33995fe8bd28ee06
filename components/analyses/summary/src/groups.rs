//! Points by the value of a field.

use std::collections::BTreeMap;

use analyst::types::{Table, TextValues, Values};
use serde_json::Value;

/// Groups at most.
const MOST: usize = 1_000;

/// Which group each point is in, and what the groups are, in order; missing values are a group of their own, the last.
pub(crate) struct Groups {
    pub(crate) of_points: Vec<usize>,
    pub(crate) names: Vec<Value>,
}

impl Groups {
    /// All points in one.
    pub(crate) fn one(points: usize) -> Self {
        Self {
            of_points: vec![0; points],
            names: vec![Value::Null],
        }
    }

    /// # Errors
    /// When there is no such field, or too many groups.
    pub(crate) fn by(table: &Table, name: &str) -> Result<Self, String> {
        let column = table
            .columns
            .iter()
            .find(|column| column.field.name == name);
        match column.map(|column| &column.values) {
            None => Err(format!("There is no field `{name}`.")),
            Some(Values::Numbers(numbers)) => Self::of(numbers.iter().map(|number| key(*number))),
            Some(Values::Booleans(values)) => Self::of(values.iter().map(|value| match value {
                0 => Key::Truth(false),
                1 => Key::Truth(true),
                _ => Key::Missing,
            })),
            Some(Values::Text(text)) => Self::of(text.codes.iter().map(|code| word(text, *code))),
        }
    }

    fn of<'a>(keys: impl Iterator<Item = Key<'a>> + Clone) -> Result<Self, String> {
        let mut places = BTreeMap::new();
        for key in keys.clone() {
            places.insert(key, 0);
            if places.len() > MOST {
                return Err(format!("There are more than {MOST} groups."));
            }
        }
        for (place, slot) in places.values_mut().enumerate() {
            *slot = place;
        }
        let of_points = keys.map(|key| places.get(&key).copied().unwrap_or_default());
        Ok(Self {
            of_points: of_points.collect(),
            names: places.keys().map(Key::name).collect(),
        })
    }
}

/// A value that can be ordered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    Truth(bool),
    /// The bits of a number, so that their order is that of the numbers.
    Number(i64),
    Word(&'a str),
    Missing,
}

impl Key<'_> {
    fn name(&self) -> Value {
        match self {
            Self::Truth(value) => Value::from(*value),
            Self::Number(bits) => number(f64::from_bits(ordered(*bits) as u64)),
            Self::Word(word) => Value::from(*word),
            Self::Missing => Value::Null,
        }
    }
}

fn key(number: f64) -> Key<'static> {
    if number.is_nan() {
        return Key::Missing;
    }
    // Adding nought makes one nought of both.
    Key::Number(ordered((number + 0.0).to_bits() as i64))
}

/// Turns the bits of negative numbers round, which then order as the numbers do; twice is nothing.
fn ordered(bits: i64) -> i64 {
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// Whole numbers without a point.
fn number(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 9e15 {
        Value::from(number as i64)
    } else {
        Value::from(number)
    }
}

fn word(text: &TextValues, code: u32) -> Key<'_> {
    let word = usize::try_from(code)
        .ok()
        .and_then(|code| text.words.get(code));
    word.map_or(Key::Missing, |word| Key::Word(word))
}
