//! Forms of times that are no pattern of strftime and have a name of their own.

use super::calendar::{self, DAY};
use super::written::{Unit, Written};

/// A form with a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NamedForm {
    /// Days since 1899-12-30, as spreadsheets count them.
    Excel,
    /// Days since 0000-01-00, as MATLAB counts them.
    DateNumber,
    UnixSeconds,
    UnixMilliseconds,
    UnixMicroseconds,
    UnixNanoseconds,
    /// Days since 1858-11-17T00:00Z.
    ModifiedJulianDay,
    /// Days since noon of -4713-11-24, UTC.
    JulianDay,
    /// A year and the part of it that has passed.
    DecimalYear,
    /// `2020-W05`, `2020-W05-1`, `202005`.
    IsoWeek,
    /// `2020-Q1`, `2020Q1`, `Q1 2020`, `2020-1`, `20201`.
    Quarter,
    /// `2009-10`, `2009/10`, `2009-2010`: the year that begins in 2009.
    FiscalYear,
}

impl NamedForm {
    pub const ALL: [Self; 12] = [
        Self::Excel,
        Self::DateNumber,
        Self::UnixSeconds,
        Self::UnixMilliseconds,
        Self::UnixMicroseconds,
        Self::UnixNanoseconds,
        Self::ModifiedJulianDay,
        Self::JulianDay,
        Self::DecimalYear,
        Self::IsoWeek,
        Self::Quarter,
        Self::FiscalYear,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Excel => "excel",
            Self::DateNumber => "datenum",
            Self::UnixSeconds => "unix_s",
            Self::UnixMilliseconds => "unix_ms",
            Self::UnixMicroseconds => "unix_us",
            Self::UnixNanoseconds => "unix_ns",
            Self::ModifiedJulianDay => "mjd",
            Self::JulianDay => "jd",
            Self::DecimalYear => "decimal_year",
            Self::IsoWeek => "iso_week",
            Self::Quarter => "quarter",
            Self::FiscalYear => "fiscal_year",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }

    /// Reads a text of this form.
    ///
    /// # Errors
    /// Says what the text must be.
    pub fn read(self, text: &str) -> Result<Written, String> {
        let read = match self {
            Self::Excel => excel(text),
            Self::DateNumber => days(text, -719_529.0).map(|at| Written::local(at, Unit::Day)),
            Self::ModifiedJulianDay => days(text, -40_587.0).map(|at| Written::utc(at, Unit::Day)),
            Self::JulianDay => days(text, -2_440_587.5).map(|at| Written::utc(at, Unit::Day)),
            Self::UnixSeconds => since_1970(text, 3),
            Self::UnixMilliseconds => since_1970(text, 0),
            Self::UnixMicroseconds => since_1970(text, -3),
            Self::UnixNanoseconds => since_1970(text, -6),
            Self::DecimalYear => decimal_year(text),
            Self::IsoWeek => iso_week(text),
            Self::Quarter => quarter(text),
            Self::FiscalYear => fiscal_year(text),
        };
        read.ok_or_else(|| format!("must be {}", self.meaning()))
    }

    /// What a text of this form is.
    fn meaning(self) -> &'static str {
        match self {
            Self::Excel => "an Excel serial date: a number of days from 1 to 2958465.99",
            Self::DateNumber => "a MATLAB datenum: a number of days",
            Self::UnixSeconds => "a number of seconds since 1970",
            Self::UnixMilliseconds => "a number of milliseconds since 1970",
            Self::UnixMicroseconds => "a number of microseconds since 1970",
            Self::UnixNanoseconds => "a number of nanoseconds since 1970",
            Self::ModifiedJulianDay => "a Modified Julian Day: a number of days",
            Self::JulianDay => "a Julian Day: a number of days",
            Self::DecimalYear => "a decimal year, such as 2020.5",
            Self::IsoWeek => "a week of ISO 8601, such as 2020-W05 or 2020-W05-1",
            Self::Quarter => "a quarter, such as 2020-Q1",
            Self::FiscalYear => "a year and the next one, such as 2009-10",
        }
    }
}

/// A decimal number without an exponent.
fn decimal(text: &str) -> Option<f64> {
    let is_plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || b"+-.".contains(&byte));
    text.parse().ok().filter(|_| is_plain && text.len() <= 40)
}

/// Milliseconds of a number of days after `offset`, to the nearest.
fn days(text: &str, offset: f64) -> Option<i64> {
    let days = decimal(text)?;
    // The whole days apart, so that the part of a day keeps its digits.
    let (whole, part) = (days.floor(), days - days.floor());
    let (whole, part) = match offset.fract() {
        0.0 => (whole + offset, part),
        _ => (whole + offset.floor(), part + 0.5),
    };
    (whole.abs() < 1e8).then(|| whole as i64 * DAY + (part * DAY as f64).round() as i64)
}

/// The day 60 is 1900-02-29, which never was; the days before it are counted from 1899-12-31.
fn excel(text: &str) -> Option<Written> {
    let serial = decimal(text).filter(|serial| (1.0..2_958_466.0).contains(serial))?;
    if (60.0..61.0).contains(&serial) {
        return None;
    }
    let first = if serial < 60.0 { -25_568.0 } else { -25_569.0 };
    days(text, first).map(|at| Written::local(at, Unit::Day))
}

/// `text` times ten to the power of `exponent` in milliseconds, digit by digit: a float of
/// nanoseconds would not be exact.
fn since_1970(text: &str, exponent: i32) -> Option<Written> {
    let (is_negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if whole.is_empty() || whole.len() > 22 || fraction.len() > 22 {
        return None;
    }
    if !whole
        .bytes()
        .chain(fraction.bytes())
        .all(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    let mut digits = whole.to_owned() + fraction;
    // Where the point lies, once the number is one of milliseconds.
    let point = i32::try_from(whole.len()).ok()? + exponent;
    let (milliseconds, rest) = if point <= 0 {
        (0, digits.as_str())
    } else {
        let point = usize::try_from(point).ok()?;
        while digits.len() < point {
            digits.push('0');
        }
        let (milliseconds, rest) = digits.split_at_checked(point)?;
        (milliseconds.parse::<i64>().ok()?, rest)
    };
    let is_cut = rest.bytes().any(|digit| digit != b'0');
    // Cut to the millisecond before, as everywhere.
    let at = match is_negative {
        true => -milliseconds - i64::from(is_cut),
        false => milliseconds,
    };
    Some(Written {
        is_cut,
        ..Written::utc(at, Unit::Day)
    })
}

fn decimal_year(text: &str) -> Option<Written> {
    let (year, _) = text.split_once('.').unwrap_or((text, ""));
    let part = decimal(text)? - decimal(year)?;
    let year: i64 = year.parse().ok().filter(|year| (1..=9999).contains(year))?;
    let (from, to) = (calendar::date(year, 1, 1)?, calendar::date(year + 1, 1, 1)?);
    let at = from + ((to - from) as f64 * part).round() as i64;
    let unit = if part == 0.0 { Unit::Year } else { Unit::Day };
    Some(Written::local(at, unit))
}

/// Two or three groups of digits, between them what `is_between` takes.
fn groups<'a>(text: &'a str, letters: &str) -> Option<Vec<&'a str>> {
    let is_digit = |each: char| each.is_ascii_digit();
    let mut groups = Vec::new();
    let mut rest = text.trim_start_matches(|each: char| letters.contains(each));
    while !rest.is_empty() {
        let end = rest
            .find(|each: char| !is_digit(each))
            .unwrap_or(rest.len());
        let (group, after) = rest.split_at_checked(end).filter(|_| end > 0)?;
        groups.push(group);
        rest =
            after.trim_start_matches(|each: char| letters.contains(each) || "-/ ".contains(each));
    }
    Some(groups)
}

fn iso_week(text: &str) -> Option<Written> {
    let number = |text: &str| text.parse::<i64>().ok();
    let groups = groups(text, "Ww")?;
    let (year, week, weekday) = match groups.as_slice() {
        [both] if both.len() == 6 => {
            let (year, week) = both.split_at_checked(4)?;
            (year, week, None)
        }
        [year, week] => (*year, *week, None),
        [year, week, weekday] => (*year, *week, Some(*weekday)),
        _ => return None,
    };
    if year.len() != 4 || week.len() > 2 {
        return None;
    }
    let (unit, weekday) = match weekday {
        Some(weekday) => (Unit::Day, number(weekday)?),
        None => (Unit::Week, 1),
    };
    let at = calendar::iso_week(number(year)?, number(week)?, weekday)?;
    Some(Written::local(at, unit))
}

fn quarter(text: &str) -> Option<Written> {
    let groups = groups(text, "Qq")?;
    let (year, quarter) = match groups.as_slice() {
        [both] if both.len() == 5 => both.split_at_checked(4)?,
        [year, quarter] if year.len() == 4 => (*year, *quarter),
        [quarter, year] if year.len() == 4 => (*year, *quarter),
        _ => return None,
    };
    let quarter = quarter.parse().ok().filter(|_| quarter.len() <= 2)?;
    let at = calendar::quarter(year.parse().ok()?, quarter)?;
    Some(Written::local(at, Unit::Quarter))
}

fn fiscal_year(text: &str) -> Option<Written> {
    let (first, second) = text.split_once(['-', '/', '–'])?;
    let digits = |text: &str| text.parse::<i64>().ok().filter(|number| *number >= 0);
    let year = digits(first).filter(|_| first.len() == 4)?;
    let next = match second.len() {
        2 => (year + 1) % 100,
        4 => year + 1,
        _ => return None,
    };
    let at = calendar::date(year, 1, 1)?;
    (digits(second) == Some(next)).then_some(Written::local(at, Unit::Year))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_has_a_name_and_is_read() {
        for (name, text, expected) in [
            ("excel", "43831", "2020-01-01T00:00:00Z"),
            ("excel", "45674.412777", "2025-01-17T09:54:23.933Z"),
            ("excel", "43831.041666666664", "2020-01-01T01:00:00Z"),
            ("excel", "59", "1900-02-28T00:00:00Z"),
            ("excel", "61", "1900-03-01T00:00:00Z"),
            ("datenum", "737791.5", "2020-01-01T12:00:00Z"),
            ("unix_s", "0", "1970-01-01T00:00:00Z"),
            ("unix_s", "1.5", "1970-01-01T00:00:01.500Z"),
            ("unix_s", "-0.5", "1969-12-31T23:59:59.500Z"),
            ("unix_ms", "1577836800000", "2020-01-01T00:00:00Z"),
            ("unix_us", "1577836800000000", "2020-01-01T00:00:00Z"),
            ("unix_us", "-1", "1969-12-31T23:59:59.999Z"),
            ("unix_ns", "1577836800123456789", "2020-01-01T00:00:00.123Z"),
            ("mjd", "58849", "2020-01-01T00:00:00Z"),
            ("mjd", "58849.25", "2020-01-01T06:00:00Z"),
            ("jd", "2458849.5", "2020-01-01T00:00:00Z"),
            ("jd", "2458850", "2020-01-01T12:00:00Z"),
            ("decimal_year", "2020.5", "2020-07-02T00:00:00Z"),
            ("decimal_year", "2019", "2019-01-01T00:00:00Z"),
            ("iso_week", "2020-W05", "2020-01-27T00:00:00Z"),
            ("iso_week", "2020W053", "x"),
            ("iso_week", "2020-W05-3", "2020-01-29T00:00:00Z"),
            ("iso_week", "202005", "2020-01-27T00:00:00Z"),
            ("iso_week", "2021-W53", "x"),
            ("quarter", "2020-Q2", "2020-04-01T00:00:00Z"),
            ("quarter", "2020Q2", "2020-04-01T00:00:00Z"),
            ("quarter", "Q2 2020", "2020-04-01T00:00:00Z"),
            ("quarter", "2/2020", "2020-04-01T00:00:00Z"),
            ("quarter", "20202", "2020-04-01T00:00:00Z"),
            ("quarter", "2020-Q5", "x"),
            ("fiscal_year", "2009-10", "2009-01-01T00:00:00Z"),
            ("fiscal_year", "1999/00", "1999-01-01T00:00:00Z"),
            ("fiscal_year", "2009-2010", "2009-01-01T00:00:00Z"),
            ("fiscal_year", "2009-11", "x"),
            ("excel", "60", "x"),
            ("excel", "0", "x"),
            ("excel", "1e4", "x"),
            ("excel", "NaN", "x"),
            ("mjd", "", "x"),
            ("unix_s", "1e9", "x"),
            ("unix_s", "99999999999999999999", "x"),
            ("decimal_year", "20.5", "0020-07-02T00:00:00Z"),
        ] {
            let form = NamedForm::from_name(name).expect(name);
            let read = form.read(text).and_then(|written| written.in_utc());
            match read {
                Ok(time) => assert_eq!(time.to_string(), expected, "{name} {text}"),
                Err(_) => assert_eq!(expected, "x", "{name} {text}"),
            }
        }
        for form in NamedForm::ALL {
            assert_eq!(NamedForm::from_name(form.name()), Some(form));
        }
    }
}
