//! Times by a strftime pattern.

use jiff::civil::Weekday;
use jiff::fmt::strtime::{self, BrokenDownTime};
use jiff::tz::Offset;

use crate::domain::time::calendar::DAY;
use crate::domain::time::named::NamedForm;
use crate::domain::time::written::{Unit, Written};
use crate::domain::time::zone;

/// A pattern of which it is known that it can be read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Pattern {
    text: String,
    /// With `%z` in the place of `%Z`, if it has that.
    numeric: Option<String>,
    unit: Unit,
}

impl Pattern {
    /// # Errors
    /// When it is no pattern, or one of times without a year.
    pub(super) fn new(text: &str) -> Result<Self, String> {
        let numeric = text.contains("%Z").then(|| text.replace("%Z", "%z"));
        let pattern = Self {
            unit: unit_of(text),
            text: text.to_owned(),
            numeric,
        };
        pattern.check()?;
        Ok(pattern)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Writes a time with the pattern and reads that back.
    fn check(&self) -> Result<(), String> {
        let bad = |error: String| format!("is not a time format: {error}");
        if !self.text.contains('%') {
            let names: Vec<&str> = NamedForm::ALL.into_iter().map(NamedForm::name).collect();
            return Err(format!(
                "must be a pattern such as %d.%m.%Y %H:%M, or one of {}",
                names.join(", ")
            ));
        }
        let example = jiff::civil::date(2000, 12, 31).at(23, 59, 58, 0);
        let mut example = BrokenDownTime::from(example);
        example.set_offset(Some(Offset::UTC));
        let pattern = self.numeric.as_deref().unwrap_or(&self.text);
        let written = example
            .to_string(pattern)
            .map_err(|error| bad(error.to_string()))?;
        let read = strtime::parse(pattern, &written).map_err(|error| bad(error.to_string()))?;
        if read.timestamp().is_none() && read.year().is_none() && read.iso_week_year().is_none() {
            return Err("has no year; `%Y` is one".to_owned());
        }
        Ok(())
    }

    /// Reads a text. A day or month that the pattern lacks is the first.
    ///
    /// # Errors
    /// Says where the text does not fit.
    pub(super) fn read(&self, text: &str) -> Result<Written, String> {
        match &self.numeric {
            None => self.read_with(&self.text, text),
            Some(pattern) => self.read_with(pattern, &with_offset(text)?),
        }
    }

    fn read_with(&self, pattern: &str, text: &str) -> Result<Written, String> {
        let day_end = pattern
            .contains("%H:%M")
            .then(|| midnight_at_end(text))
            .flatten();
        match day_end {
            None => self.read_within_day(pattern, text),
            Some(text) => {
                let midnight = self.read_within_day(pattern, &text)?;
                Ok(Written {
                    local: midnight.local + DAY,
                    ..midnight
                })
            }
        }
    }

    fn read_within_day(&self, pattern: &str, text: &str) -> Result<Written, String> {
        let say = |error: jiff::Error| error.to_string();
        let mut broken = strtime::parse(pattern, text).map_err(say)?;
        if let Some(instant) = broken.timestamp() {
            return Ok(Written {
                is_cut: instant.as_nanosecond() % 1_000_000 != 0,
                ..Written::utc(
                    instant.as_nanosecond().div_euclid(1_000_000) as i64,
                    Unit::Day,
                )
            });
        }
        let civil = match broken.to_datetime() {
            Ok(civil) => civil,
            Err(error) if broken.day().is_some() => return Err(say(error)),
            Err(_) if broken.iso_week().is_some() => {
                broken.set_weekday(Some(Weekday::Monday));
                broken.to_datetime().map_err(say)?
            }
            Err(_) => {
                if broken.month().is_none() {
                    broken.set_month(Some(1)).map_err(say)?;
                }
                broken.set_day(Some(1)).map_err(say)?;
                broken.to_datetime().map_err(say)?
            }
        };
        let as_utc = Offset::UTC.to_timestamp(civil).map_err(say)?;
        Ok(Written {
            local: as_utc.as_nanosecond().div_euclid(1_000_000) as i64,
            offset: broken.offset().map(Offset::seconds),
            unit: self.unit,
            is_cut: as_utc.as_nanosecond() % 1_000_000 != 0,
        })
    }
}

/// The unit of the date that a pattern states.
fn unit_of(pattern: &str) -> Unit {
    let directives: Vec<char> = pattern
        .split('%')
        .skip(1)
        .filter_map(|rest| rest.chars().find(|each| each.is_ascii_alphabetic()))
        .collect();
    let has = |wanted: &str| directives.iter().any(|each| wanted.contains(*each));
    if has("dejFDsuwaA") {
        Unit::Day
    } else if has("V") {
        Unit::Week
    } else if has("mbBh") {
        Unit::Month
    } else {
        Unit::Year
    }
}

/// The text with `00:00` in the place of `24:00`.
fn midnight_at_end(text: &str) -> Option<String> {
    let at = text.find("24:00")?;
    let (before, after) = text.split_at_checked(at)?;
    let is_hour =
        !before.ends_with(|each: char| each.is_ascii_digit() || each == ':' || each == '.');
    let seconds = after.get(5..).unwrap_or("");
    let is_midnight = !seconds.starts_with(':') || seconds.starts_with(":00");
    (is_hour && is_midnight).then(|| format!("{before}00:00{seconds}"))
}

/// The text with an offset in digits in the place of the abbreviation of a zone.
///
/// # Errors
/// When it has none that is known.
fn with_offset(text: &str) -> Result<String, String> {
    let mut fault = "it has no abbreviation of a time zone".to_owned();
    let mut end = 0;
    for piece in text.split_inclusive(|each: char| !each.is_ascii_alphabetic()) {
        let at = end;
        end += piece.len();
        let word = piece.trim_end_matches(|each: char| !each.is_ascii_alphabetic());
        if !(1..=5).contains(&word.len()) {
            continue;
        }
        match zone::offset(word) {
            Ok(seconds) => {
                let sign = if seconds < 0 { '-' } else { '+' };
                let minutes = seconds.abs() / 60;
                let (before, after) = (text.get(..at), text.get(at + word.len()..));
                let (hour, minute) = (minutes / 60, minutes % 60);
                return Ok(format!(
                    "{}{sign}{hour:02}{minute:02}{}",
                    before.unwrap_or(""),
                    after.unwrap_or("")
                ));
            }
            Err(reason) if word.chars().all(|each| each.is_ascii_uppercase()) => fault = reason,
            Err(_) => {}
        }
    }
    Err(fault)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_read() {
        for (pattern, text, expected) in [
            ("%d.%m.%Y %H:%M", "31.01.2012 06:30", "2012-01-31T06:30:00Z"),
            ("%d.%m.%Y %H:%M", "31.01.2012 24:00", "2012-02-01T00:00:00Z"),
            (
                "%d.%m.%Y %H:%M:%S",
                "31.01.2012 24:00:00",
                "2012-02-01T00:00:00Z",
            ),
            ("%d.%m.%Y", "30.02.2012", "x"),
            ("%d.%m.%Y", "2012-01-01", "x"),
            ("%Y%m%d%H", "2012013106", "2012-01-31T06:00:00Z"),
            ("%m/%Y", "03/1958", "1958-03-01T00:00:00Z"),
            ("%Y", "1958", "1958-01-01T00:00:00Z"),
            ("%y%m%d", "200131", "2020-01-31T00:00:00Z"),
            ("%Y-%j", "2012-032", "2012-02-01T00:00:00Z"),
            ("%s", "86400", "1970-01-02T00:00:00Z"),
            ("%G-%V-%u", "2020-05-1", "2020-01-27T00:00:00Z"),
            ("%G-W%V", "2020-W05", "2020-01-27T00:00:00Z"),
            (
                "%Y-%m-%dT%H%z",
                "2012-01-01T06+0200",
                "2012-01-01T04:00:00Z",
            ),
            (
                "%Y-%m-%d %H:%M %Z",
                "2012-01-01 06:30 CET",
                "2012-01-01T05:30:00Z",
            ),
            (
                "%a %b %e %H:%M:%S %Z %Y",
                "Sun Jan  1 06:30:00 UTC 2012",
                "2012-01-01T06:30:00Z",
            ),
            ("%Y-%m-%d %H:%M %Z", "2012-01-01 06:30 EST", "x"),
            ("%Y-%m-%d %H:%M %Z", "2012-01-01 06:30", "x"),
        ] {
            let pattern = Pattern::new(pattern).expect(pattern);
            let time = pattern.read(text).and_then(|written| written.in_utc());
            match time {
                Ok(time) => assert_eq!(time.to_string(), expected, "{text}"),
                Err(fault) => assert_eq!(expected, "x", "{text}: {fault}"),
            }
        }
        for pattern in ["%H:%M", "%Q!%", "", "Excel", "%d.%m"] {
            assert!(Pattern::new(pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn patterns_tell_their_unit() {
        for (pattern, unit) in [
            ("%Y", Unit::Year),
            ("%b %Y", Unit::Month),
            ("%G-%V", Unit::Week),
            ("%d.%m.%Y %H:%M", Unit::Day),
        ] {
            assert_eq!(Pattern::new(pattern).map(|pattern| pattern.unit), Ok(unit));
        }
    }
}
