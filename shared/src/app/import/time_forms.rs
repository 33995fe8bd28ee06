//! Reading the time of a row, in the form that the file's times have.

use jiff::civil::{Date, Time};
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use crate::domain::Timestamp;

use super::calendar::scan;
use super::cell::quote;
use super::numeral;

/// The form of a file's times.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Form {
    /// What [`Timestamp::parse`] reads, besides epoch times; slashes may stand for hyphens.
    Calendar,
    /// Seconds or milliseconds since 1970; see [`EpochUnit`].
    Epoch,
    /// As a strftime pattern says; several columns are joined by a space.
    Pattern(String),
    /// Year, month, day, hour, minute, second: which of them each column has.
    Parts(Vec<Part>),
    /// Several columns, joined by a space: `2012-01-01`, `06:30`.
    Joined,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
}

impl Part {
    pub(super) const ALL: [Self; 6] = [
        Self::Year,
        Self::Month,
        Self::Day,
        Self::Hour,
        Self::Minute,
        Self::Second,
    ];

    /// The part that a column of this name has.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "year" | "yr" | "yyyy" => Self::Year,
            "month" | "mon" | "mo" => Self::Month,
            "day" | "dd" => Self::Day,
            "hour" | "hr" | "hh" => Self::Hour,
            "minute" | "min" => Self::Minute,
            "second" | "sec" => Self::Second,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
        }
    }
}

/// The largest magnitude that epoch seconds are taken to have: they are then before the year
/// 5138, while as milliseconds it is in 1973.
const MAX_SECONDS: i64 = 100_000_000_000;

/// Reads one time after another. Epoch times come out as thousandths of the file's unit, which
/// only the whole column tells: [`Self::finish`] makes them milliseconds.
pub(super) struct TimeReader {
    form: Form,
    zone: TimeZone,
    is_utc: bool,
    /// Whether an epoch time was too large for seconds.
    milliseconds: bool,
    /// Whether times were handed over, so that their unit is the unit of all that follow.
    is_settled: bool,
    scratch: String,
}

impl TimeReader {
    pub(super) fn new(form: Form, zone: TimeZone) -> Self {
        let is_utc = zone == TimeZone::UTC;
        Self {
            form,
            zone,
            is_utc,
            milliseconds: false,
            is_settled: false,
            scratch: String::new(),
        }
    }

    /// The time that the cells of a row have, in the order of the time columns; trimmed, none
    /// empty.
    ///
    /// # Errors
    /// Says what is wrong, quoting the cell.
    #[inline]
    pub(super) fn read(&mut self, cells: &[&str]) -> Result<i64, String> {
        if let ([text], Form::Calendar) = (cells, &self.form)
            && let Some(time) = self.read_fast(text)
        {
            return Ok(time);
        }
        let time = match &self.form {
            Form::Epoch => return self.read_epoch(cells.first().copied().unwrap_or("")),
            Form::Parts(parts) => self.read_parts(parts, cells),
            Form::Calendar | Form::Joined => {
                self.join(cells);
                if self
                    .scratch
                    .bytes()
                    .all(|byte| byte.is_ascii_digit() || byte == b'-')
                    && self.scratch.trim_start_matches('-').len() > 4
                    && !self.scratch.trim_start_matches('-').contains('-')
                {
                    return Err(format!(
                        "{} is not a time of the form that the first rows have",
                        quote(&self.scratch)
                    ));
                }
                let form = "a form that is not RFC 3339 can be told with `?time_format=`";
                Timestamp::parse(&with_hyphens(&self.scratch), &self.zone).map_err(|fault| {
                    let is_iso = self.scratch.as_bytes().get(..5).is_some_and(|head| {
                        matches!(head, [digits @ .., b'-' | b'/'] if digits.iter().all(u8::is_ascii_digit))
                    });
                    if is_iso { fault } else { format!("{fault}; {form}") }
                })
            }
            Form::Pattern(pattern) => {
                let pattern = pattern.clone();
                self.join(cells);
                read_pattern(&pattern, &self.scratch, &self.zone).map_err(|reason| {
                    format!(
                        "{} does not fit `{pattern}`: {reason}",
                        quote(&self.scratch)
                    )
                })
            }
        };
        time.map(Timestamp::milliseconds)
    }

    fn join(&mut self, cells: &[&str]) {
        self.scratch.clear();
        for cell in cells {
            if !self.scratch.is_empty() {
                self.scratch.push(' ');
            }
            self.scratch.push_str(cell);
        }
    }

    /// The ordinary forms of one cell, without an allocation; `None` leaves it to the general way.
    fn read_fast(&self, text: &str) -> Option<i64> {
        let (civil, offset) = scan(text.as_bytes())?;
        let milliseconds = match offset {
            Some(minutes) => civil.milliseconds() - minutes * 60_000,
            None if self.is_utc => civil.milliseconds(),
            None => {
                return Timestamp::from_civil(civil.to_jiff()?, &self.zone)
                    .ok()
                    .map(Timestamp::milliseconds);
            }
        };
        Timestamp::from_milliseconds(milliseconds)
            .ok()
            .map(Timestamp::milliseconds)
    }

    fn read_epoch(&mut self, text: &str) -> Result<i64, String> {
        let Some(number) = numeral::read(text.as_bytes(), b'.') else {
            return Err(format!(
                "{} is not an epoch time, as the first rows have",
                quote(text)
            ));
        };
        let in_range = |number: f64| {
            number >= Timestamp::MIN.milliseconds() as f64
                && number <= Timestamp::MAX.milliseconds() as f64
        };
        if !in_range(number) {
            return Err(format!(
                "{} is too large for epoch seconds or milliseconds",
                quote(text)
            ));
        }
        let is_large = number.abs() >= MAX_SECONDS as f64;
        if is_large && self.is_settled && !self.milliseconds {
            return Err(format!(
                "{} is too large for epoch seconds, as the rows before have",
                quote(text)
            ));
        }
        self.milliseconds |= is_large;
        Ok((number * 1000.0).round() as i64)
    }

    fn read_parts(&self, parts: &[Part], cells: &[&str]) -> Result<Timestamp, String> {
        let mut values: [i64; 6] = [0, 1, 1, 0, 0, 0];
        let mut nanoseconds = 0;
        for (part, cell) in parts.iter().zip(cells) {
            let number = numeral::read(cell.as_bytes(), b'.').filter(|number| number.abs() < 1e6);
            let number =
                number.ok_or_else(|| format!("{} is not a {}", quote(cell), part.name()))?;
            if number.fract() != 0.0 && *part != Part::Second {
                return Err(format!("{} is not a whole {}", quote(cell), part.name()));
            }
            if *part == Part::Year && cell.len() < 3 {
                return Err(format!("the year {} has no century", quote(cell)));
            }
            if let Some(value) = values.get_mut(*part as usize) {
                *value = number.floor() as i64;
            }
            if *part == Part::Second {
                nanoseconds =
                    ((number - number.floor()) * 1000.0).round().min(999.0) as i32 * 1_000_000;
            }
        }
        let [year, month, day, hour, minute, second] = values;
        let small = |value: i64| i8::try_from(value).unwrap_or(-1);
        let no_such = |_| format!("there is no {}", quote(&cells.join(" ")));
        let date = Date::new(
            i16::try_from(year).unwrap_or(i16::MIN),
            small(month),
            small(day),
        );
        let time = Time::new(small(hour), small(minute), small(second), nanoseconds);
        let (date, time) = (date.map_err(no_such)?, time.map_err(no_such)?);
        Timestamp::from_civil(date.to_datetime(time), &self.zone)
    }

    /// Makes times milliseconds that may be thousandths of them, and settles the unit of those to
    /// come. All times of a column have one unit: milliseconds if any that was read by now has a
    /// magnitude of 10^11 or more, else seconds.
    pub(super) fn finish(&mut self, times: &mut [i64]) {
        self.is_settled = true;
        if self.form == Form::Epoch && self.milliseconds {
            times
                .iter_mut()
                .for_each(|time| *time = time.div_euclid(1000));
        }
    }
}

/// `2012/01/31` as `2012-01-31`.
fn with_hyphens(text: &str) -> String {
    match text.split_at_checked(10) {
        Some((date, rest)) if date.bytes().filter(|byte| *byte == b'/').count() == 2 => {
            format!("{}{rest}", date.replace('/', "-"))
        }
        _ => text.to_owned(),
    }
}

/// Reads by a strftime pattern. A day or month that the pattern lacks is the first.
fn read_pattern(pattern: &str, text: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    let say = |error: jiff::Error| error.to_string();
    let mut broken = strtime::parse(pattern, text).map_err(say)?;
    if broken.timestamp().is_some() || broken.offset().is_some() {
        let instant = broken.to_timestamp().map_err(say)?;
        return Timestamp::from_milliseconds(instant.as_millisecond());
    }
    let civil = broken.to_datetime().or_else(|error| {
        if broken.month().is_none() {
            broken.set_month(Some(1))?;
        }
        if broken.day().is_some() {
            return Err(error);
        }
        broken.set_day(Some(1))?;
        broken.to_datetime()
    });
    Timestamp::from_civil(civil.map_err(say)?, zone)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(form: Form) -> TimeReader {
        TimeReader::new(form, TimeZone::UTC)
    }

    fn shown(time: Result<i64, String>) -> Result<String, String> {
        time.and_then(Timestamp::from_milliseconds)
            .map(|time| time.to_string())
    }

    #[test]
    fn the_fast_way_agrees_with_the_general_one() {
        for text in [
            "2012-01-01T06:30:00Z",
            "2012-01-01t06:30:00z",
            "2012-02-29T23:59:59.999Z",
            "2012-01-01T06:30:00+02:00",
            "2012-01-01T06:30-09:30",
            "2012-01-01 06:30",
            "2012-01-01 06:30:15",
            "2012-01-01 06:30:15.1",
            "2012-01-01T06:30:15.123456789",
            "2012-01-01",
            "1958-03",
            "1990",
            "0000",
            "0001-03-01",
            "1900-02-28",
            "1969-12-31T23:59:59.5",
            "6299-12-31T23:59:59Z",
        ] {
            for zone in
                ["UTC", "Europe/Berlin"].map(|name| crate::domain::time::parse_zone(name).unwrap())
            {
                let reader = TimeReader::new(Form::Calendar, zone.clone());
                let general = Timestamp::parse(text, &zone).unwrap().milliseconds();
                assert_eq!(reader.read_fast(text), Some(general), "{text}");
            }
        }
        for text in [
            "2023-02-30",
            "1900-02-29",
            "2012-13-01",
            "2012-00",
            "2012-01-01T24:00",
            "2012-01-01T06:60",
            "2012-1-1",
            "2012-01/01",
            "2012-01-01T06:30:60",
            "2012-01-01T06:30:00.Z",
            "2012-01-01T06:30:00+0200",
            "20120101",
            "2012-01-01T",
            "2012-01-01T06",
            "9999-01-01",
            "2012-",
            "",
            "１９９０",
        ] {
            assert_eq!(reader(Form::Calendar).read_fast(text), None, "{text}");
        }
    }

    #[test]
    fn calendar_times_of_many_forms_are_read_and_bad_ones_refused() {
        for (text, expected) in [
            ("2012/01/31", "2012-01-31T00:00:00Z"),
            ("2012/01/31 06:30", "2012-01-31T06:30:00Z"),
            ("-0044", "-000044-01-01T00:00:00Z"),
            ("2012-01-01T06:30:00[Europe/Berlin]", "x"),
            ("2012-01-01T06:30:00+0200", "2012-01-01T04:30:00Z"),
        ] {
            let time = shown(reader(Form::Calendar).read(&[text]));
            assert!(
                time.as_deref() == Ok(expected) || expected == "x" && time.is_err(),
                "{text}: {time:?}"
            );
        }
        for (text, reason) in [
            ("2023-02-30", "`2023-02-30` is not a time"),
            ("31.01.2012", "time_format"),
            ("1700000000", "first rows"),
            ("yesterday", "time_format"),
            ("1958.2027", "time_format"),
            ("2012/02/30", "is not a time"),
        ] {
            let fault = reader(Form::Calendar).read(&[text]).unwrap_err();
            assert!(fault.contains(reason), "{text}: {fault}");
        }
    }

    #[test]
    fn the_unit_of_epoch_times_is_that_of_the_whole_column() {
        for (texts, expected) in [
            (
                ["0", "86400", "-1"],
                [
                    "1970-01-01T00:00:00Z",
                    "1970-01-02T00:00:00Z",
                    "1969-12-31T23:59:59Z",
                ],
            ),
            (
                ["1700000000", "1700000000.25", "99999999999"],
                [
                    "2023-11-14T22:13:20Z",
                    "2023-11-14T22:13:20.250Z",
                    "5138-11-16T09:46:39Z",
                ],
            ),
            (
                ["1700000000000", "86400000", "-1"],
                [
                    "2023-11-14T22:13:20Z",
                    "1970-01-02T00:00:00Z",
                    "1969-12-31T23:59:59.999Z",
                ],
            ),
        ] {
            let mut reader = reader(Form::Epoch);
            let mut times: Vec<i64> = texts
                .iter()
                .map(|text| reader.read(&[text]).unwrap())
                .collect();
            reader.finish(&mut times);
            assert_eq!(
                times
                    .into_iter()
                    .map(|time| shown(Ok(time)).unwrap())
                    .collect::<Vec<_>>(),
                expected
            );
        }
        for text in ["2012-01-01", "NaN", "1700000000000000", "1e300"] {
            assert!(reader(Form::Epoch).read(&[text]).is_err(), "{text}");
        }
    }

    #[test]
    fn patterns_and_parts_and_joined_columns_are_read() {
        for (form, cells, expected) in [
            (
                Form::Pattern("%d.%m.%Y %H:%M".into()),
                vec!["31.01.2012", "06:30"],
                "2012-01-31T06:30:00Z",
            ),
            (
                Form::Pattern("%Y%m%d%H".into()),
                vec!["2012013106"],
                "2012-01-31T06:00:00Z",
            ),
            (
                Form::Pattern("%m/%Y".into()),
                vec!["03/1958"],
                "1958-03-01T00:00:00Z",
            ),
            (
                Form::Pattern("%Y".into()),
                vec!["1958"],
                "1958-01-01T00:00:00Z",
            ),
            (
                Form::Pattern("%Y-%j".into()),
                vec!["2012-032"],
                "2012-02-01T00:00:00Z",
            ),
            (
                Form::Pattern("%s".into()),
                vec!["86400"],
                "1970-01-02T00:00:00Z",
            ),
            (
                Form::Pattern("%Y-%m-%dT%H%z".into()),
                vec!["2012-01-01T06+0200"],
                "2012-01-01T04:00:00Z",
            ),
            (
                Form::Parts(vec![Part::Year, Part::Month, Part::Day, Part::Hour]),
                vec!["2010", "1", "31", "23"],
                "2010-01-31T23:00:00Z",
            ),
            (
                Form::Parts(vec![Part::Day, Part::Month, Part::Year]),
                vec!["01", "02.0", "1959"],
                "1959-02-01T00:00:00Z",
            ),
            (
                Form::Parts(Part::ALL.to_vec()),
                vec!["2010", "1", "31", "23", "59", "59.5"],
                "2010-01-31T23:59:59.500Z",
            ),
            (
                Form::Joined,
                vec!["2012-01-01", "06:30"],
                "2012-01-01T06:30:00Z",
            ),
        ] {
            assert_eq!(
                shown(reader(form).read(&cells)).as_deref(),
                Ok(expected),
                "{cells:?}"
            );
        }
        for (form, cells) in [
            (Form::Pattern("%d.%m.%Y".into()), vec!["30.02.2012"]),
            (Form::Pattern("%d.%m.%Y".into()), vec!["2012-01-01"]),
            (
                Form::Parts(vec![Part::Year, Part::Month]),
                vec!["2012", "13"],
            ),
            (
                Form::Parts(vec![Part::Year, Part::Month]),
                vec!["2012", "1.5"],
            ),
            (Form::Parts(vec![Part::Year]), vec!["98"]),
            (Form::Parts(vec![Part::Year]), vec!["99999999999"]),
            (Form::Parts(vec![Part::Year]), vec!["x"]),
        ] {
            assert!(reader(form).read(&cells).is_err(), "{cells:?}");
        }
    }
}
