//! Columns whose names are times, as rows: years across, or the months of a year.

use crate::domain::time::calendar::month_of_name;
use crate::domain::time::digits::DigitForm;
use crate::domain::time::written::Written;

use super::options::Options;
use super::sample::Sample;
use super::time_decision::{is_number, reads};
use super::time_forms::PartKind;
use super::time_roles::names_part;

/// How a row of the file becomes rows. Its columns are those that are kept, one with the time from a
/// name, and one with the value.
#[derive(Debug, PartialEq)]
pub(super) struct Unpivot {
    /// Columns of the file that each row has.
    pub kept: Vec<usize>,
    /// Columns of the file whose names are times, with these.
    pub wide: Vec<(usize, String)>,
    /// Position, among the kept columns, of the year, when the names are months.
    pub year: Option<usize>,
}

impl Unpivot {
    /// Finds the columns whose names are times.
    ///
    /// # Errors
    /// When there are none, or they are months and no column has the year.
    pub(super) fn find(options: &Options, sample: &Sample) -> Result<Self, String> {
        let usable: Vec<usize> = (0..sample.names.len())
            .filter(|column| !options.skip.names(sample.name(*column)))
            .collect();
        let named = |time: fn(&Options, &str) -> Option<String>| -> Vec<(usize, String)> {
            usable
                .iter()
                .filter_map(|column| Some((*column, time(options, sample.name(*column))?)))
                .collect()
        };
        let (whole, months) = (named(time_of_name), named(month));
        let are_months = months.len() > whole.len();
        let wide = if are_months { months } else { whole };
        if wide.is_empty() {
            return Err(
                "no column has a name that is a time, such as 1960, 2020-01 or Jan".to_owned(),
            );
        }
        let kept: Vec<usize> = usable
            .into_iter()
            .filter(|column| wide.iter().all(|(other, _)| other != column))
            .collect();
        let year = match are_months {
            false => None,
            true => Some(year_among(options, sample, &kept)?),
        };
        Ok(Self { kept, wide, year })
    }

    /// The name of the column with the time from a name.
    pub(super) fn time_name(&self) -> &'static str {
        if self.year.is_some() { "month" } else { "time" }
    }

    /// The first rows as they will be.
    pub(super) fn sample(&self, sample: &Sample, value: &str) -> Sample {
        let kept = self.kept.iter();
        let mut names: Vec<String> = kept.map(|column| sample.name(*column).to_owned()).collect();
        names.extend([self.time_name().to_owned(), value.to_owned()]);
        let cell = |row: &Vec<Option<String>>, column: usize| row.get(column).cloned().flatten();
        let mut rows = Vec::new();
        for row in &sample.rows {
            for (column, time) in &self.wide {
                let value = cell(row, *column);
                if value.is_none() {
                    continue;
                }
                let mut cells: Vec<Option<String>> =
                    self.kept.iter().map(|column| cell(row, *column)).collect();
                cells.extend([Some(time.clone()), value]);
                rows.push(cells);
            }
        }
        Sample {
            names,
            rows,
            time: Some(self.year.into_iter().chain([self.kept.len()]).collect()),
        }
    }
}

/// The kept column that has the year.
fn year_among(options: &Options, sample: &Sample, kept: &[usize]) -> Result<usize, String> {
    let named = options.time.resolve(&sample.names);
    let is_year = |column: &usize| match named.as_slice() {
        [] => names_part(sample.name(*column), PartKind::Year),
        names => names.iter().any(|name| name == sample.name(*column)),
    };
    kept.iter().position(is_year).ok_or_else(|| {
        "the columns with names of months need one with the year: name it with `?time=`".to_owned()
    })
}

/// The time that a name is: `1960`, `2020-01`, `2020Q1`; also `1960 [YR1960]`.
fn time_of_name(options: &Options, name: &str) -> Option<String> {
    let name = name.split(" [").next().unwrap_or(name).trim();
    let is_time = match &options.time_format {
        Some(form) => reads(form, name),
        None if is_number(name) => matches!(
            DigitForm::of(name),
            Some(DigitForm::Year | DigitForm::YearMonth | DigitForm::Date)
        ),
        None => Written::read(name).is_ok(),
    };
    is_time.then(|| name.to_owned())
}

fn month(_: &Options, name: &str) -> Option<String> {
    month_of_name(name.trim()).map(|month| month.to_string())
}

/// Columns with such names that are more than chance.
const MANY: usize = 3;

const PARAMETER: &str =
    "`?unpivot=value` makes a row of each such cell, with the value in a field `value`";

/// What a file is refused with that has a column for each month of a year.
pub(super) fn hint(sample: &Sample) -> Option<String> {
    let months: Vec<&str> = sample
        .names
        .iter()
        .map(String::as_str)
        .filter(|name| month_of_name(name.trim()).is_some())
        .collect();
    let has_year = sample
        .names
        .iter()
        .any(|name| names_part(name, PartKind::Year));
    (has_year && months.len() >= MANY).then(|| {
        format!(
            "the columns {} are months: {PARAMETER}; `?time=` with the year's column keeps them as they are",
            months.join(", ")
        )
    })
}

/// What is said beside a refusal when many columns have times for names.
pub(super) fn hint_of_names(sample: &Sample) -> Option<String> {
    let options = Options::default();
    let times = sample
        .names
        .iter()
        .filter(|name| time_of_name(&options, name).is_some());
    (times.count() >= MANY).then(|| format!("; columns have names that are times: {PARAMETER}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(names: &[&str], rows: &[&[&str]]) -> Sample {
        let owned = |text: &&str| (*text).to_owned();
        let cell = |text: &&str| (!text.is_empty()).then(|| owned(text));
        Sample {
            names: names.iter().map(owned).collect(),
            rows: rows
                .iter()
                .map(|row| row.iter().map(cell).collect())
                .collect(),
            time: None,
        }
    }

    #[test]
    fn names_that_are_times_become_rows() {
        let options = Options::default();
        let wide = sample(
            &["Country", "1960", "1961 [YR1961]"],
            &[&["Aruba", "1", ""], &["Angola", "", "3"]],
        );
        let unpivot = Unpivot::find(&options, &wide).unwrap();
        assert_eq!(
            unpivot.wide,
            [(1, "1960".to_owned()), (2, "1961".to_owned())]
        );
        let long = unpivot.sample(&wide, "v");
        assert_eq!(long.names, ["Country", "time", "v"]);
        assert_eq!(long.rows.len(), 2);
        assert_eq!(long.time, Some(vec![1]));

        let months = sample(&["Year", "Jan", "feb", "J-D"], &[&["1880", "1", "2", "3"]]);
        let unpivot = Unpivot::find(&options, &months).unwrap();
        assert_eq!(
            (unpivot.kept.as_slice(), unpivot.year),
            (&[0, 3][..], Some(0))
        );
        assert_eq!(unpivot.sample(&months, "v").time, Some(vec![0, 2]));
        assert!(hint(&sample(&["Year", "Jan", "Feb", "Mar"], &[])).is_some());
        assert!(hint_of_names(&sample(&["a", "1960", "1961", "1962"], &[])).is_some());
        for names in [&["a", "b"][..], &["Jan", "Feb"]] {
            assert!(
                Unpivot::find(&options, &sample(names, &[])).is_err(),
                "{names:?}"
            );
        }
    }
}
