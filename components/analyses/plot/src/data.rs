//! The columns as series: what is drawn against what, over which range, and what is missing.

use crate::input::{Column, Table};
use crate::params::{Across, Params};
use crate::time_ticks::rfc3339;

/// Values of the horizontal axis.
#[derive(Clone, Copy, Debug)]
pub enum Positions<'a> {
    /// Milliseconds since 1970.
    Times(&'a [i64]),
    Numbers(&'a Column),
}

impl Positions<'_> {
    pub fn is_time(&self) -> bool {
        matches!(self, Self::Times(_))
    }

    fn len(&self) -> usize {
        match self {
            Self::Times(times) => times.len(),
            Self::Numbers(column) => column.numbers.len(),
        }
    }

    fn get(&self, index: usize) -> f64 {
        match self {
            Self::Times(times) => times.get(index).map_or(f64::NAN, |time| *time as f64),
            Self::Numbers(column) => column.numbers.get(index).copied().unwrap_or(f64::NAN),
        }
    }
}

/// One field to draw.
#[derive(Clone, Copy, Debug)]
pub struct Series<'a> {
    pub column: &'a Column,
    /// Points that have both values.
    pub points: usize,
    /// Smallest and largest of their values.
    pub range: (f64, f64),
}

/// Everything that the plot draws.
#[derive(Clone, Debug)]
pub struct Data<'a> {
    pub positions: Positions<'a>,
    pub series: Vec<Series<'a>>,
    /// Smallest and largest of the drawn points' values.
    pub across: (f64, f64),
    pub up: (f64, f64),
}

impl<'a> Data<'a> {
    /// Finds the columns and their ranges.
    ///
    /// # Errors
    /// A reason for the user: there are no points, or every value is missing.
    pub fn new(table: &'a Table, params: &Params) -> Result<Self, String> {
        if table.times.is_empty() {
            return Err("There are no points in this range, so there is nothing to draw.".into());
        }
        let column = |name: &String| {
            let found = table
                .columns
                .iter()
                .find(|column| column.field.name == *name);
            found.ok_or_else(|| format!("The field `{name}` was not among the data."))
        };
        let positions = match &params.x {
            Across::Time => Positions::Times(&table.times),
            Across::Field(name) => Positions::Numbers(column(name)?),
        };
        let mut data = Self {
            positions,
            series: Vec::new(),
            across: EMPTY,
            up: EMPTY,
        };
        for name in &params.y {
            let column = column(name)?;
            let mut series = Series {
                column,
                points: 0,
                range: EMPTY,
            };
            for (x, y) in pairs(positions, column).flatten() {
                extend(&mut data.across, x);
                extend(&mut series.range, y);
                series.points += 1;
            }
            if series.points > 0 {
                extend(&mut data.up, series.range.0);
                extend(&mut data.up, series.range.1);
            }
            data.series.push(series);
        }
        if data.series.iter().all(|series| series.points == 0) {
            return Err(all_missing(params, table.times.len()));
        }
        Ok(data)
    }

    /// Both ends of the horizontal axis in words.
    pub fn across_words(&self) -> (String, String) {
        let word = |value: f64| match self.positions {
            Positions::Times(_) => rfc3339(value),
            Positions::Numbers(_) => value.to_string(),
        };
        (word(self.across.0), word(self.across.1))
    }

    /// The places of a series' values, `None` where one of the two is missing.
    pub fn points(
        &self,
        series: &Series<'a>,
    ) -> impl ExactSizeIterator<Item = Option<(f64, f64)>> + use<'a> {
        pairs(self.positions, series.column)
    }
}

const EMPTY: (f64, f64) = (f64::INFINITY, f64::NEG_INFINITY);

fn extend(range: &mut (f64, f64), value: f64) {
    *range = (range.0.min(value), range.1.max(value));
}

/// Both values of each point; infinite ones count as missing, for no axis can show them.
fn pairs<'a>(
    positions: Positions<'a>,
    column: &'a Column,
) -> impl ExactSizeIterator<Item = Option<(f64, f64)>> + use<'a> {
    (0..positions.len().min(column.numbers.len())).map(move |index| {
        let x = positions.get(index);
        let y = column.numbers.get(index).copied().unwrap_or(f64::NAN);
        (x.is_finite() && y.is_finite()).then_some((x, y))
    })
}

fn all_missing(params: &Params, rows: usize) -> String {
    let names: Vec<String> = params.y.iter().map(|name| format!("`{name}`")).collect();
    let against = match &params.x {
        Across::Time => String::new(),
        Across::Field(name) => format!(" or `{name}`"),
    };
    format!(
        "There is nothing to draw: in each of the {rows} points of this range, {}{against} is missing.",
        names.join(", ")
    )
}

/// The number of missing values of a column.
pub fn missing(column: &Column) -> usize {
    column
        .numbers
        .iter()
        .filter(|value| !value.is_finite())
        .count()
}
