//! Which columns of a file have the time, and in which form.

use crate::domain::Fault;
use crate::domain::fault::unknown_name;

use super::numeral;
use super::options::Options;
use super::time_forms::{Form, Part, TimeReader};

/// The first rows of a file, read before anything is decided.
#[derive(Debug, Default)]
pub(super) struct Sample {
    /// The columns' names, as the file has them.
    pub names: Vec<String>,
    /// Trimmed texts, `None` where a value is missing; a row may be shorter than `names`.
    pub rows: Vec<Vec<Option<String>>>,
}

impl Sample {
    /// The values that a column has.
    pub(super) fn values(&self, column: usize) -> impl Iterator<Item = &str> {
        self.rows
            .iter()
            .filter_map(move |row| row.get(column)?.as_deref())
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }
}

/// The columns that together have the time, in the order in which a [`TimeReader`] wants them.
#[derive(Debug, PartialEq)]
pub(super) struct TimeColumns {
    pub columns: Vec<usize>,
    pub form: Form,
}

/// Names that a column with the whole time often has, the likeliest first.
const NAMES: [&str; 8] = [
    "time",
    "timestamp",
    "datetime",
    "date_time",
    "date time",
    "date/time",
    "date",
    "ts",
];
/// Names of columns that may have the whole time, as in `1958-03`, if no other column has.
const PART_NAMES: [&str; 4] = ["day", "month", "year", "yr"];

/// The columns that the caller names, else those that have the names or the content of times.
///
/// # Errors
/// When a named column does not exist, or there is nothing that could be the time.
pub(super) fn find(options: &Options, sample: &Sample) -> Result<TimeColumns, Vec<Fault>> {
    let columns = if options.time.is_empty() {
        guess(options, sample).ok_or_else(|| {
            let names: Vec<&str> = sample.names.iter().take(40).map(String::as_str).collect();
            Fault::new(
                "time",
                format!(
                    "no column could be recognised as the time: name it with `?time=`, and its form with `?time_format=` unless it is like 2012-01-31 06:30; the file has: {}",
                    names.join(", ")
                ),
            )
        })?
    } else {
        let find = |name: &String| {
            let known = sample.names.iter().map(String::as_str);
            sample
                .column(name)
                .ok_or_else(|| Fault::new("time", unknown_name("column", name, known)))
        };
        let (mut columns, mut faults) = (Vec::new(), Vec::new());
        for name in options.time.resolve(&sample.names) {
            match find(&name) {
                Ok(column) => columns.push(column),
                Err(fault) => faults.push(fault),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        columns
    };
    let (columns, form) =
        form_of(options, sample, columns).map_err(|detail| Fault::new("time", detail))?;
    Ok(TimeColumns { columns, form })
}

fn guess(options: &Options, sample: &Sample) -> Option<Vec<usize>> {
    let usable = |column: &usize| {
        sample
            .names
            .get(*column)
            .is_some_and(|name| !options.skip.names(name))
    };
    let named = |wanted: &str| {
        let is_wanted = |name: &String| name.trim().eq_ignore_ascii_case(wanted);
        sample.names.iter().position(is_wanted).filter(usable)
    };
    // A date and a time of day beside it.
    if let (Some(date), Some(time)) = (named("date"), named("time"))
        && !reads(options, sample, &[time])
        && reads(options, sample, &[date, time])
    {
        return Some(vec![date, time]);
    }
    let by_name = |name: &&str| named(name).filter(|column| reads(options, sample, &[*column]));
    if let Some(column) = NAMES.iter().find_map(by_name) {
        return Some(vec![column]);
    }
    // A year, a month and whatever follows, each in its own column.
    let part_column = |part: &Part| {
        let has = |name: &String| Part::from_name(name.trim()) == Some(*part);
        sample.names.iter().position(has).filter(usable)
    };
    let parts: Vec<usize> = Part::ALL.iter().map_while(part_column).collect();
    if parts.len() >= 2 && count(options, sample, &parts).0 > 0 {
        return Some(parts);
    }
    if let Some(column) = PART_NAMES.iter().find_map(by_name) {
        return Some(vec![column]);
    }
    // The first column whose values are times and could not be numbers.
    let has_times = |column: &usize| {
        usable(column)
            && sample
                .values(*column)
                .all(|value| numeral::read(value.as_bytes(), b'.').is_none())
            && reads(options, sample, &[*column])
    };
    if let Some(column) = (0..sample.names.len()).find(has_times) {
        return Some(vec![column]);
    }
    // A column called so, whose values are then faults, rather than no time at all.
    NAMES
        .iter()
        .find_map(|name| named(name))
        .map(|column| vec![column])
}

/// Whether most of the first rows have a time in these columns.
fn reads(options: &Options, sample: &Sample, columns: &[usize]) -> bool {
    let (good, bad) = count(options, sample, columns);
    good > bad
}

/// How many of the first rows have a time in these columns, and how many something else.
fn count(options: &Options, sample: &Sample, columns: &[usize]) -> (usize, usize) {
    let Ok((columns, form)) = form_of(options, sample, columns.to_vec()) else {
        // Times in a form that has to be told are times.
        return (1, 0);
    };
    let mut reader = TimeReader::new(form, options.zone.clone());
    let (mut good, mut bad) = (0, 0);
    for row in &sample.rows {
        let cells: Vec<&str> = columns
            .iter()
            .filter_map(|column| row.get(*column)?.as_deref())
            .collect();
        if cells.len() == columns.len() && reader.read(&cells).is_ok() {
            good += 1;
        } else if !cells.is_empty() {
            bad += 1;
        }
    }
    (good, bad)
}

/// The form of the times in these columns, and the columns in its order.
fn form_of(
    options: &Options,
    sample: &Sample,
    columns: Vec<usize>,
) -> Result<(Vec<usize>, Form), String> {
    if let Some(pattern) = &options.time_format {
        return Ok((columns, Form::Pattern(pattern.clone())));
    }
    if let [column] = columns.as_slice() {
        let form = form_of_column(sample, *column)?;
        return Ok((columns, form));
    }
    let first = columns.first().copied().unwrap_or(0);
    if !sample
        .values(first)
        .all(|value| numeral::read(value.as_bytes(), b'.').is_some())
    {
        return Ok((columns, Form::Joined));
    }
    let name = |column: &usize| sample.names.get(*column).map_or("", |name| name.trim());
    let named: Option<Vec<Part>> = columns
        .iter()
        .map(|column| Part::from_name(name(column)))
        .collect();
    let parts = named.unwrap_or_else(|| Part::ALL.into_iter().take(columns.len()).collect());
    let mut sorted = parts.clone();
    sorted.sort_unstable();
    if parts.len() < columns.len()
        || sorted
            .iter()
            .zip(Part::ALL)
            .any(|(part, expected)| *part != expected)
    {
        return Err("must name the columns of year, month, day, hour, minute and second, as many of them as there are, without a gap".to_owned());
    }
    Ok((columns, Form::Parts(parts)))
}

fn form_of_column(sample: &Sample, column: usize) -> Result<Form, String> {
    let values = || sample.values(column);
    let digits = |value: &str| {
        let value = value.strip_prefix('-').unwrap_or(value);
        let whole = value.split_once('.').map_or(value, |(whole, _)| whole);
        let is_number = numeral::read(value.as_bytes(), b'.').is_some();
        if is_number && whole.bytes().all(|byte| byte.is_ascii_digit()) {
            whole.len()
        } else {
            0
        }
    };
    let numbers = values().filter(|value| digits(value) > 0).count();
    let is_epoch = numbers * 2 > values().count() && values().any(|value| digits(value) >= 5);
    if !is_epoch {
        return Ok(Form::Calendar);
    }
    if let Some(pattern) = values()
        .map(compact_pattern)
        .reduce(|a, b| a.filter(|_| a == b))
        .flatten()
    {
        let name = sample.names.get(column).map_or("", String::as_str);
        return Err(format!(
            "column `{name}` seems to have dates without separators, not epoch times; if so, say `?time_format={pattern}`, otherwise `?time_format=%s`"
        ));
    }
    Ok(Form::Epoch)
}

/// The pattern of `20120131`, `2012013106`, `201201310630` and `20120131063000`.
fn compact_pattern(value: &str) -> Option<&'static str> {
    let pattern = match value.len() {
        8 => "%Y%m%d",
        10 => "%Y%m%d%H",
        12 => "%Y%m%d%H%M",
        14 => "%Y%m%d%H%M%S",
        _ => return None,
    };
    let number = |range| {
        value
            .get(range)
            .and_then(|digits: &str| digits.parse::<u16>().ok())
    };
    let within = |at: usize, most: u16| number(at..at + 2).is_none_or(|number| number <= most);
    let plausible = (1700..2100).contains(&number(0..4)?)
        && (1..=12).contains(&number(4..6)?)
        && (1..=31).contains(&number(6..8)?)
        && within(8, 23)
        && within(10, 59)
        && within(12, 59);
    plausible.then_some(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Finds the time in a table given as lines of words; `.` is a missing value.
    fn found(parameters: &[(&str, &str)], lines: &[&str]) -> Result<(Vec<String>, Form), String> {
        let cells = |line: &&str| line.split('|').map(str::to_owned).collect::<Vec<_>>();
        let names = lines.first().map(cells).unwrap();
        let row = |line: &&str| {
            cells(line)
                .into_iter()
                .map(|cell| (cell != ".").then_some(cell))
                .collect()
        };
        let sample = Sample {
            names,
            rows: lines.iter().skip(1).map(row).collect(),
        };
        let options = Options::parse(parameters.iter().copied()).unwrap();
        let found = find(&options, &sample).map_err(|faults| faults[0].to_string())?;
        Ok((
            found
                .columns
                .iter()
                .map(|column| sample.names[*column].clone())
                .collect(),
            found.form,
        ))
    }

    #[test]
    fn the_time_is_found_by_name_or_content() {
        use Part::*;
        for (lines, columns, form) in [
            (&["a|Date", "1|1958-03"][..], &["Date"][..], Form::Calendar),
            (&["year|v", "1990|1"], &["year"], Form::Calendar),
            (
                &["No|year|month|day|hour|v", "1|2010|1|1|0|7"],
                &["year", "month", "day", "hour"],
                Form::Parts(vec![Year, Month, Day, Hour]),
            ),
            (
                &["date|time|v", "2012-01-01|06:30|1"],
                &["date", "time"],
                Form::Joined,
            ),
            (
                &["date|time|v", "2012-01-01|2012-01-01T06:30|1"],
                &["time"],
                Form::Calendar,
            ),
            (
                &["n|seen at|v", "10000|2012-01-01|1"],
                &["seen at"],
                Form::Calendar,
            ),
            (
                &["v|TIMESTAMP", "1|0", "2|3600", "2|7200", "3|10800"],
                &["TIMESTAMP"],
                Form::Epoch,
            ),
            (&["ts|v", ".|1", "1700000000.5|1"], &["ts"], Form::Epoch),
            (&["v|time", "1|2023-02-30"], &["time"], Form::Calendar),
            (&["month|v", "1958-03|1"], &["month"], Form::Calendar),
        ] {
            assert_eq!(
                found(&[], lines),
                Ok((
                    columns.iter().map(|name| (*name).to_owned()).collect(),
                    form
                ))
            );
        }
        for (lines, reason) in [
            (&["a|b", "1|x"][..], "the file has: a, b"),
            (&["a", "1990"], "no column"),
            (&["date|v", "20120131|1", "20120201|2"], "%Y%m%d"),
            (&["date|v", "2012013106|1"], "%Y%m%d%H"),
        ] {
            let fault = found(&[], lines).unwrap_err();
            assert!(
                fault.starts_with("time: ") && fault.contains(reason),
                "{fault}"
            );
        }
    }

    #[test]
    fn the_caller_may_say_where_the_time_is() {
        use Part::*;
        let lines = [
            "Jahr|Monat|month|year|a, b|date",
            "1990|5|6|1991|2012-01-01|2012-01-02",
        ];
        for (given, columns, form) in [
            ("Jahr", &["Jahr"][..], Form::Calendar),
            (
                "Jahr,Monat",
                &["Jahr", "Monat"],
                Form::Parts(vec![Year, Month]),
            ),
            (
                "month,year",
                &["month", "year"],
                Form::Parts(vec![Month, Year]),
            ),
            ("a, b", &["a, b"], Form::Calendar),
        ] {
            assert_eq!(
                found(&[("time", given)], &lines),
                Ok((
                    columns.iter().map(|name| (*name).to_owned()).collect(),
                    form
                ))
            );
        }
        let pattern = [
            ("time", "Jahr"),
            ("time", "Monat"),
            ("time_format", "%Y %m"),
        ];
        assert_eq!(
            found(&pattern, &lines).unwrap().1,
            Form::Pattern("%Y %m".into())
        );
        assert!(
            found(&[("time", "Jarh")], &lines)
                .unwrap_err()
                .contains("`Jahr`")
        );
        assert!(found(&[("time", "month")], &["month|day", "1|2"]).is_ok());
        assert!(found(&[("time", "month,day")], &["month|day", "1|2"]).is_err());
    }
}
