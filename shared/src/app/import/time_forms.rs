//! The form that a file's times have.

use crate::domain::time::calendar;
use crate::domain::time::digits::DigitForm;
use crate::domain::time::named::NamedForm;
use crate::domain::time::written::{Unit, Written};

use super::cell::quote;
use super::time_of_day::Clock;
use super::time_pattern::Pattern;

/// The form of a file's times.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    /// A form that needs no name, besides digits alone; several columns are joined by a space.
    Calendar,
    /// Digits alone.
    Digits(DigitForm),
    /// A form that the caller named.
    Named(NamedForm),
    /// A strftime pattern; several columns are joined by a space.
    Pattern(Pattern),
    /// A part of the time in each column.
    Parts(Vec<Part>),
}

impl Form {
    /// The form as the answer of an import states it.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Calendar => "calendar".to_owned(),
            Self::Digits(form) => form.name().to_owned(),
            Self::Named(form) => form.name().to_owned(),
            Self::Pattern(pattern) => pattern.as_str().to_owned(),
            Self::Parts(parts) => {
                let names: Vec<&str> = parts.iter().map(|part| part.kind.name()).collect();
                names.join(" + ")
            }
        }
    }
}

/// A column with a part of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub kind: PartKind,
    /// Whether the column may be empty: then it counts as the first, or as midnight.
    pub is_optional: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PartKind {
    /// A whole date in a form that needs no name.
    Date,
    /// A whole date of digits.
    DigitDate(DigitForm),
    /// With its century.
    Year,
    /// Of any number of digits.
    AnyYear,
    Quarter,
    /// By its number or its English name.
    Month,
    Week,
    DayOfYear,
    /// `M01` to `M12`, `Q01` to `Q04`, as statistical offices write them.
    Period,
    Day,
    TimeOfDay(Clock),
    Minute,
    Second,
}

impl PartKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Date | Self::DigitDate(_) => "date",
            Self::Year | Self::AnyYear => "year",
            Self::Quarter => "quarter",
            Self::Month => "month",
            Self::Week => "week",
            Self::DayOfYear => "day of year",
            Self::Period => "period",
            Self::Day => "day",
            Self::TimeOfDay(Clock::Hours) => "hour",
            Self::TimeOfDay(_) => "time of day",
            Self::Minute => "minute",
            Self::Second => "second",
        }
    }

    /// Whether a text could be this part.
    pub(super) fn takes(self, text: &str) -> bool {
        let within = |from, to| whole(text).is_some_and(|number| (from..=to).contains(&number));
        match self {
            Self::Date => {
                !text.bytes().all(|byte| byte.is_ascii_digit()) && Written::read(text).is_ok()
            }
            Self::DigitDate(form) => form.read(text).is_some(),
            Self::Year | Self::AnyYear => within(1, 9999),
            Self::Quarter => quarter(text).is_some(),
            Self::Month => month(text).is_some(),
            Self::Week => week(text).is_some(),
            Self::DayOfYear => within(1, 366),
            Self::Period => period(text).is_some(),
            Self::Day => within(1, 31),
            Self::TimeOfDay(clock) => clock.read(text).is_some(),
            Self::Minute => within(0, 59),
            Self::Second => second(text).is_some(),
        }
    }
}

/// Reads the cells of a row by its parts. `cells` may be empty where the part is optional.
///
/// # Errors
/// Says what is wrong, quoting the cell.
pub(super) fn read_parts(parts: &[Part], cells: &[&str]) -> Result<Written, String> {
    let mut date = None;
    let (mut year, mut month_number, mut day) = (0, None, None);
    let (mut in_day, mut is_cut) = (0, false);
    let mut unit = Unit::Year;
    let mut day_of_year = None;
    let mut first_of = None;
    for (part, cell) in parts.iter().zip(cells) {
        if cell.is_empty() {
            continue;
        }
        let number = || whole(cell).ok_or_else(|| no(cell, part.kind));
        match part.kind {
            PartKind::Date => {
                let written = Written::read(cell)?;
                unit = written.unit;
                date = Some(written);
            }
            PartKind::DigitDate(form) => {
                let written = form.read(cell).ok_or_else(|| {
                    format!(
                        "{} is not a date like those of the other rows, {}",
                        quote(cell),
                        form.name()
                    )
                })?;
                unit = written.unit;
                date = Some(written);
            }
            PartKind::Year | PartKind::AnyYear => {
                year = number()?;
                if part.kind == PartKind::Year && year < 100 {
                    return Err(format!("the year {} has no century", quote(cell)));
                }
                if !(1..=9999).contains(&year) {
                    return Err(no(cell, part.kind));
                }
            }
            PartKind::Quarter | PartKind::Month | PartKind::Week | PartKind::Period => {
                let value = match part.kind {
                    PartKind::Quarter => quarter(cell).map(|at| (at * 3 - 2, Unit::Quarter)),
                    PartKind::Month => month(cell).map(|at| (at, Unit::Month)),
                    PartKind::Week => week(cell).map(|at| (at, Unit::Week)),
                    _ => period(cell),
                };
                let (value, of) = value.ok_or_else(|| no(cell, part.kind))?;
                unit = of;
                match of {
                    Unit::Week => first_of = Some(value),
                    _ => month_number = Some(value),
                }
            }
            PartKind::DayOfYear => {
                day_of_year = Some(number()?);
                unit = Unit::Day;
            }
            PartKind::Day => {
                day = Some(number()?);
                unit = Unit::Day;
            }
            PartKind::TimeOfDay(clock) => {
                in_day += clock.read(cell).ok_or_else(|| no(cell, part.kind))?;
                unit = Unit::Day;
            }
            PartKind::Minute => {
                let minute = number()?;
                in_day += minute * 60_000;
                if !(0..60).contains(&minute) {
                    return Err(no(cell, part.kind));
                }
            }
            PartKind::Second => {
                let (milliseconds, more) = second(cell).ok_or_else(|| no(cell, part.kind))?;
                in_day += milliseconds;
                is_cut = more;
            }
        }
    }
    let missing = || format!("there is no {}", quote(&joined(cells)));
    let mut written = match (date, day_of_year, first_of) {
        (Some(date), _, _) => date,
        (None, Some(day), _) => {
            Written::local(calendar::day_of_year(year, day).ok_or_else(missing)?, unit)
        }
        (None, None, Some(week)) => {
            Written::local(calendar::iso_week(year, week, 1).ok_or_else(missing)?, unit)
        }
        (None, None, None) => {
            let at = calendar::date(year, month_number.unwrap_or(1), day.unwrap_or(1));
            Written::local(at.ok_or_else(missing)?, unit)
        }
    };
    if in_day > calendar::DAY {
        return Err(format!("{} is later than 24:00", quote(&joined(cells))));
    }
    written.local += in_day;
    written.is_cut |= is_cut;
    Ok(written)
}

/// The cells as a fault quotes them.
pub(super) fn joined(cells: &[&str]) -> String {
    cells.join(" ").trim().to_owned()
}

fn no(cell: &str, kind: PartKind) -> String {
    let article = if kind.name() == "hour" { "an" } else { "a" };
    format!("{} is not {article} {}", quote(cell), kind.name())
}

/// A whole number, also as data frames write it: `2019.0`.
pub(super) fn whole(text: &str) -> Option<i64> {
    let text = text.strip_suffix(".0").unwrap_or(text);
    let is_plain = (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_plain)
}

fn month(text: &str) -> Option<i64> {
    whole(text)
        .filter(|month| (1..=12).contains(month))
        .or_else(|| calendar::month_of_name(text))
}

fn quarter(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['Q', 'q']).unwrap_or(text);
    whole(digits).filter(|quarter| (1..=4).contains(quarter))
}

fn week(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['W', 'w']).unwrap_or(text);
    let digits = digits.strip_prefix("KW").unwrap_or(digits).trim_start();
    whole(digits).filter(|week| (1..=53).contains(week))
}

/// The first month of a period, and how long the period is.
fn period(text: &str) -> Option<(i64, Unit)> {
    let (letter, digits) = text.split_at_checked(1)?;
    let number = whole(digits)?;
    match letter {
        "M" if (1..=12).contains(&number) => Some((number, Unit::Month)),
        "Q" if (1..=4).contains(&number) => Some((number * 3 - 2, Unit::Quarter)),
        _ => None,
    }
}

/// Milliseconds, and whether finer digits were cut off.
fn second(text: &str) -> Option<(i64, bool)> {
    let written = NamedForm::UnixSeconds.read(text).ok()?;
    (0..60_000)
        .contains(&written.local)
        .then_some((written.local, written.is_cut))
}

#[cfg(test)]
mod tests {
    use super::*;
    use PartKind::*;

    fn read(kinds: &[PartKind], cells: &[&str]) -> Result<String, String> {
        let part = |kind: &PartKind| Part {
            kind: *kind,
            is_optional: false,
        };
        let parts: Vec<Part> = kinds.iter().map(part).collect();
        let written = read_parts(&parts, cells)?;
        written.in_utc().map(|time| time.to_string())
    }

    #[test]
    fn parts_make_a_time() {
        let hours = TimeOfDay(Clock::Hours);
        for (kinds, cells, expected) in [
            (
                &[Year, Month, Day, hours][..],
                &["2010", "1", "31", "23"][..],
                "2010-01-31T23:00:00Z",
            ),
            (
                &[Year, Month, Day, hours],
                &["2010", "1", "31", "24"],
                "2010-02-01T00:00:00Z",
            ),
            (
                &[Day, Month, Year],
                &["01", "02.0", "1959"],
                "1959-02-01T00:00:00Z",
            ),
            (&[Year, Month], &["1949", "January"], "1949-01-01T00:00:00Z"),
            (&[Year, Month], &["1949", "dec"], "1949-12-01T00:00:00Z"),
            (
                &[Year, Month, Day],
                &["2020", "2", ""],
                "2020-02-01T00:00:00Z",
            ),
            (
                &[Year, DayOfYear, hours],
                &["2020", "366", "5"],
                "2020-12-31T05:00:00Z",
            ),
            (&[Year, Week], &["2020", "5"], "2020-01-27T00:00:00Z"),
            (&[Year, Quarter], &["2020", "Q3"], "2020-07-01T00:00:00Z"),
            (&[Year, Period], &["2020", "M05"], "2020-05-01T00:00:00Z"),
            (&[Year, Period], &["2020", "Q02"], "2020-04-01T00:00:00Z"),
            (&[Year], &["850"], "0850-01-01T00:00:00Z"),
            (&[AnyYear], &["98"], "0098-01-01T00:00:00Z"),
            (
                &[Year, Month, Day, hours, Minute, Second],
                &["2010", "1", "31", "23", "59", "59.5"],
                "2010-01-31T23:59:59.500Z",
            ),
            (
                &[Date, TimeOfDay(Clock::Colons)],
                &["2012-01-01", "06:30"],
                "2012-01-01T06:30:00Z",
            ),
            (
                &[DigitDate(DigitForm::Date), TimeOfDay(Clock::HoursMinutes)],
                &["20120101", "0630"],
                "2012-01-01T06:30:00Z",
            ),
        ] {
            assert_eq!(read(kinds, cells).as_deref(), Ok(expected), "{cells:?}");
        }
        for (kinds, cells, reason) in [
            (
                &[Year, Month][..],
                &["2012", "13"][..],
                "`13` is not a month",
            ),
            (&[Year, Month], &["2012", "1.5"], "`1.5` is not a month"),
            (
                &[Year, Month, Day],
                &["2012", "2", "30"],
                "there is no `2012 2 30`",
            ),
            (&[Year], &["99999999999"], "is not a year"),
            (&[Year], &["x"], "`x` is not a year"),
            (&[Year], &["98"], "`98` has no century"),
            (&[Year, DayOfYear], &["2019", "366"], "there is no"),
            (&[Year, Week], &["2021", "53"], "there is no"),
            (&[Year, Period], &["2020", "M13"], "`M13` is not a period"),
            (
                &[Year, Month, Day, hours, Minute],
                &["2012", "1", "1", "24", "1"],
                "24:00",
            ),
            (&[Date, hours], &["2012-02-30", "1"], "`2012-02-30`"),
        ] {
            let fault = read(kinds, cells).expect_err("a fault");
            assert!(fault.contains(reason), "{cells:?}: {fault}");
        }
    }
}
