//! Points sorted into groups: by the value of a field, or by a part of their time.

use std::collections::BTreeMap;

use analyst::types::{Column, Table, Values};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// What points are grouped by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Key {
    Field(String),
    Time(Part),
}

/// A part of a point's time, by the clock and calendar of a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Hour,
    Weekday,
    Day,
    Month,
    Year,
}

impl Part {
    const ALL: [(&'static str, &'static str, Self); 5] = [
        ("hour", "hour of day", Self::Hour),
        ("weekday", "day of week", Self::Weekday),
        ("day", "day of month", Self::Day),
        ("month", "month", Self::Month),
        ("year", "year", Self::Year),
    ];

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(name, ..)| *name == word)
            .map(|(_, _, part)| *part)
    }

    /// What an axis of this part is called.
    pub fn label(self) -> &'static str {
        Self::ALL
            .iter()
            .find(|(.., part)| *part == self)
            .map_or("", |(_, label, _)| label)
    }

    fn of(self, when: DateTime) -> i64 {
        i64::from(match self {
            Self::Hour => i16::from(when.hour()),
            Self::Weekday => i16::from(when.weekday().to_monday_zero_offset()),
            Self::Day => i16::from(when.day()),
            Self::Month => i16::from(when.month()),
            Self::Year => when.year(),
        })
    }

    fn name(self, value: i64) -> String {
        const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        const MONTHS: [&str; 12] = [
            "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
        ];
        let named = |names: &[&str], from: i64| {
            let at = usize::try_from(value - from).ok();
            at.and_then(|at| names.get(at))
                .map_or_else(|| value.to_string(), |name| (*name).to_owned())
        };
        match self {
            Self::Hour => format!("{value:02}"),
            Self::Weekday => named(&DAYS, 0),
            Self::Month => named(&MONTHS, 1),
            Self::Day | Self::Year => value.to_string(),
        }
    }
}

/// The groups, in their order, and which one each point is in; none where the value is missing.
#[derive(Clone, Debug, PartialEq)]
pub struct Groups {
    pub names: Vec<String>,
    pub of: Vec<Option<usize>>,
}

impl Groups {
    /// Sorts the points. Parts of the time are complete from the first to the last that occurs; texts
    /// stand in the order of the alphabet, integers in theirs.
    ///
    /// # Errors
    /// A reason for the user: more than `most` groups.
    pub fn new(key: &Key, table: &Table, zone: &TimeZone, most: usize) -> Result<Self, String> {
        let (groups, what) = match key {
            Key::Time(part) => (
                by_time(*part, &table.times, zone),
                format!("`time:{}`", part.label()),
            ),
            Key::Field(name) => {
                let column = table
                    .columns
                    .iter()
                    .find(|column| column.field.name == *name);
                let column =
                    column.ok_or_else(|| format!("The field `{name}` was not among the data."))?;
                (by_value(column), format!("The field `{name}`"))
            }
        };
        if groups.names.len() > most {
            return Err(format!(
                "{what} makes {} groups of the points; {most} can be drawn at most.",
                groups.names.len()
            ));
        }
        Ok(groups)
    }

    /// The finite numbers of each group.
    pub fn split(&self, numbers: &[f64]) -> Vec<Vec<f64>> {
        let mut split = vec![Vec::new(); self.names.len()];
        for (group, number) in self.of.iter().zip(numbers) {
            if let Some(members) = group.and_then(|group| split.get_mut(group))
                && number.is_finite()
            {
                members.push(*number);
            }
        }
        split
    }
}

fn by_time(part: Part, times: &[i64], zone: &TimeZone) -> Groups {
    let value = |time: &i64| {
        let at = Timestamp::from_millisecond(*time).ok()?;
        Some(part.of(zone.to_datetime(at)))
    };
    let values: Vec<Option<i64>> = times.iter().map(value).collect();
    let known = || values.iter().copied().flatten();
    let (Some(first), Some(last)) = (known().min(), known().max()) else {
        return Groups {
            names: Vec::new(),
            of: vec![None; times.len()],
        };
    };
    // A week has all its days.
    let (first, last) = if part == Part::Weekday {
        (0, 6)
    } else {
        (first, last)
    };
    Groups {
        names: (first..=last).map(|value| part.name(value)).collect(),
        of: values
            .into_iter()
            .map(|value| usize::try_from(value? - first).ok())
            .collect(),
    }
}

fn by_value(column: &Column) -> Groups {
    match &column.values {
        Values::Booleans(values) => Groups {
            names: vec!["false".into(), "true".into()],
            of: values
                .iter()
                .map(|value| (*value < 2).then_some(usize::from(*value)))
                .collect(),
        },
        Values::Numbers(values) => {
            let distinct: BTreeMap<i64, usize> =
                ranked(values.iter().filter(|v| v.is_finite()).map(|v| *v as i64));
            Groups {
                names: distinct.keys().map(i64::to_string).collect(),
                of: values
                    .iter()
                    .map(|value| {
                        value
                            .is_finite()
                            .then(|| distinct.get(&(*value as i64)).copied())
                            .flatten()
                    })
                    .collect(),
            }
        }
        Values::Text(texts) => {
            let used = texts
                .codes
                .iter()
                .filter_map(|code| texts.words.get(*code as usize));
            let distinct: BTreeMap<&String, usize> = ranked(used);
            let place: Vec<Option<usize>> = texts
                .words
                .iter()
                .map(|word| distinct.get(word).copied())
                .collect();
            Groups {
                names: distinct.keys().map(|word| (*word).clone()).collect(),
                of: texts
                    .codes
                    .iter()
                    .map(|code| place.get(*code as usize).copied().flatten())
                    .collect(),
            }
        }
    }
}

/// The distinct values and their places in order.
fn ranked<T: Ord>(values: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut places: BTreeMap<T, usize> = values.map(|value| (value, 0)).collect();
    for (place, slot) in places.values_mut().enumerate() {
        *slot = place;
    }
    places
}
