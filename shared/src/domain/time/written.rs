//! A time as a text states it, before it is known in which zone it is.

use jiff::tz::TimeZone;

use super::Timestamp;
use super::calendar::{self, DAY};
use super::digits::DigitForm;
use super::scanner::Scanner;
use super::zone;

/// The unit to which a time is stated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    Hour,
    Minute,
    Second,
    Millisecond,
}

impl Unit {
    pub fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Quarter => "quarter",
            Self::Month => "month",
            Self::Week => "week",
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Minute => "minute",
            Self::Second => "second",
            Self::Millisecond => "millisecond",
        }
    }

    /// Milliseconds of which a time of this unit is a multiple, counted from a midnight.
    pub fn step(self) -> i64 {
        match self {
            Self::Hour => 3_600_000,
            Self::Minute => 60_000,
            Self::Second => 1000,
            Self::Millisecond => 1,
            _ => DAY,
        }
    }

    /// The coarsest unit from this one on in which a time is whole.
    pub fn holding(self, time: i64) -> Self {
        let finer = [Self::Hour, Self::Minute, Self::Second];
        if time % self.step() == 0 {
            return self;
        }
        finer
            .into_iter()
            .find(|unit| time % unit.step() == 0)
            .unwrap_or(Self::Millisecond)
    }
}

/// A time as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Milliseconds since 1970 on the clock that the text means.
    pub local: i64,
    /// The offset of that clock from UTC in seconds, if the text states it.
    pub offset: Option<i32>,
    /// The unit of the date. What the time of day is stated to, [`Unit::holding`] tells.
    pub unit: Unit,
    /// Whether digits beyond the milliseconds were cut off.
    pub is_cut: bool,
}

impl Written {
    /// A time without an offset.
    pub fn local(local: i64, unit: Unit) -> Self {
        Self {
            local,
            offset: None,
            unit,
            is_cut: false,
        }
    }

    /// A time in UTC.
    pub fn utc(local: i64, unit: Unit) -> Self {
        Self {
            offset: Some(0),
            ..Self::local(local, unit)
        }
    }

    /// Reads a text of one of the forms that need no name: see [`Timestamp::parse`].
    ///
    /// # Errors
    /// Says why it is none.
    pub fn read(text: &str) -> Result<Self, String> {
        if let Some(written) = Self::read_usual(text.as_bytes()) {
            return Ok(written);
        }
        if text.len() > 64 {
            return Err("is too long to be a time".to_owned());
        }
        if let Some(written) = DigitForm::of(text).and_then(|form| form.read(text)) {
            return Ok(written);
        }
        Scanner::new(text)
            .time()
            .map_err(|reason| format!("`{text}` is not a time: {reason}"))
    }

    /// `YYYY[-MM[-DD[(T| )hh:mm[:ss[.f]][Z|±hh:mm]]]]`, slashes allowed in the date: the form of
    /// nearly all files, read without an allocation. `None` for any other text.
    #[inline]
    pub fn read_usual(text: &[u8]) -> Option<Self> {
        let digit = |at: usize| {
            let digit = text.get(at)?.wrapping_sub(b'0');
            (digit <= 9).then_some(i64::from(digit))
        };
        let two = |at: usize| Some(digit(at)? * 10 + digit(at + 1)?);
        let is = |at: usize, byte: u8| text.get(at) == Some(&byte);

        let year = two(0)? * 100 + two(2)?;
        if year == 0 {
            return None;
        }
        if text.len() == 4 {
            return Some(Self::local(calendar::date(year, 1, 1)?, Unit::Year));
        }
        let separator = *text.get(4).filter(|byte| matches!(byte, b'-' | b'/'))?;
        let month = two(5)?;
        if text.len() == 7 {
            return Some(Self::local(calendar::date(year, month, 1)?, Unit::Month));
        }
        if !is(7, separator) {
            return None;
        }
        let mut written = Self::local(calendar::date(year, month, two(8)?)?, Unit::Day);
        if text.len() == 10 {
            return Some(written);
        }
        if !matches!(text.get(10)?, b'T' | b't' | b' ') || !is(13, b':') {
            return None;
        }
        let hour = two(11).filter(|hour| *hour < 24)?;
        let minute = two(14).filter(|minute| *minute < 60)?;
        written.local += (hour * 60 + minute) * 60_000;
        let mut at = 16;
        if is(16, b':') {
            written.local += two(17).filter(|second| *second < 60)? * 1000;
            at = 19;
            if is(19, b'.') {
                let fraction = text.get(20..)?;
                let digits = fraction
                    .iter()
                    .take_while(|byte| byte.is_ascii_digit())
                    .count();
                let (milliseconds, is_cut) = thousandths(fraction.get(..digits)?)?;
                written.local += milliseconds;
                written.is_cut = is_cut;
                at = 20 + digits;
            }
        }
        written.offset = match text.get(at..)? {
            [] => None,
            [b'Z' | b'z'] => Some(0),
            [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
                let hours = two(at + 1).filter(|hours| *hours < 24)?;
                let minutes = two(at + 4).filter(|minutes| *minutes < 60)?;
                let seconds = i32::try_from((hours * 60 + minutes) * 60).ok()?;
                Some(if *sign == b'-' { -seconds } else { seconds })
            }
            _ => return None,
        };
        Some(written)
    }

    /// The instant, in a zone if the text does not state an offset. Of a time that occurs twice the
    /// first is meant; one that a zone skips is moved forward, as RFC 5545 says.
    ///
    /// # Errors
    /// When it is outside the range of [`Timestamp`].
    pub fn at(self, zone: &TimeZone) -> Result<Timestamp, String> {
        match self.offset {
            Some(_) => self.in_utc(),
            None => Timestamp::from_milliseconds(zone::instants(self.local, zone).first()),
        }
    }

    /// The instant, in UTC if the text does not state an offset.
    ///
    /// # Errors
    /// When it is outside the range of [`Timestamp`].
    #[inline]
    pub fn in_utc(self) -> Result<Timestamp, String> {
        Timestamp::from_milliseconds(self.local - i64::from(self.offset.unwrap_or(0)) * 1000)
    }
}

/// The digits of a fraction as milliseconds, and whether more was cut off; `None` for no digit.
pub(super) fn thousandths(digits: &[u8]) -> Option<(i64, bool)> {
    let digit = |at: usize| {
        digits
            .get(at)
            .map_or(0, |byte| i64::from(byte.wrapping_sub(b'0')))
    };
    let rest = digits.get(3..).unwrap_or(&[]);
    let is_cut = rest.iter().any(|byte| *byte != b'0');
    (!digits.is_empty()).then(|| (digit(0) * 100 + digit(1) * 10 + digit(2), is_cut))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        Written::read(text)?.in_utc().map(|time| time.to_string())
    }

    #[test]
    fn every_form_that_needs_no_name() {
        for (text, expected) in [
            ("2012-01-01T06:30:00Z", "2012-01-01T06:30:00Z"),
            ("2012-01-01t06:30:00z", "2012-01-01T06:30:00Z"),
            ("2012-01-01T06:30:00+02:00", "2012-01-01T04:30:00Z"),
            ("2012-01-01T06:30:00+0200", "2012-01-01T04:30:00Z"),
            ("2012-01-01T06:30:00 +0200", "2012-01-01T04:30:00Z"),
            ("2012-01-01 06:30:00 +02", "2012-01-01T04:30:00Z"),
            ("2012-01-01 06:30:00 UTC", "2012-01-01T06:30:00Z"),
            ("2012-01-01 06:30 GMT", "2012-01-01T06:30:00Z"),
            ("2012-01-01 06:30:00Z", "2012-01-01T06:30:00Z"),
            ("2012-01-01 06:30:00 Z", "2012-01-01T06:30:00Z"),
            ("2012-01-01 06:30 CET", "2012-01-01T05:30:00Z"),
            ("2012-01-01 06:30:00 +0000 UTC", "2012-01-01T06:30:00Z"),
            ("2012-01-01T06:30:00.25Z", "2012-01-01T06:30:00.250Z"),
            ("2012-01-01T06:30:00,25Z", "2012-01-01T06:30:00.250Z"),
            ("2012-01-01T06:30:15.123456789", "2012-01-01T06:30:15.123Z"),
            ("2012-01-01T06:30", "2012-01-01T06:30:00Z"),
            ("2012-01-01T06", "2012-01-01T06:00:00Z"),
            ("2012-01-01 6:30", "2012-01-01T06:30:00Z"),
            ("2012-01-01 06:30:15", "2012-01-01T06:30:15Z"),
            ("2012-01-01  06:30", "2012-01-01T06:30:00Z"),
            ("2012-01-01_06:30", "2012-01-01T06:30:00Z"),
            ("2012-01-01 24:00", "2012-01-02T00:00:00Z"),
            ("2012-12-31T24:00:00Z", "2013-01-01T00:00:00Z"),
            ("2012-01-01 12:05 AM", "2012-01-01T00:05:00Z"),
            ("2012-01-01 1:30 PM", "2012-01-01T13:30:00Z"),
            ("2012-01-01 12:30:01pm", "2012-01-01T12:30:01Z"),
            ("2012-01-01", "2012-01-01T00:00:00Z"),
            ("2012/01/31", "2012-01-31T00:00:00Z"),
            ("2020/1/5", "2020-01-05T00:00:00Z"),
            ("2020-1-5 7:05", "2020-01-05T07:05:00Z"),
            ("2020.01.05", "2020-01-05T00:00:00Z"),
            ("2020.1.5. 7:05", "x"),
            ("2020-032", "2020-02-01T00:00:00Z"),
            ("20200131T063000Z", "2020-01-31T06:30:00Z"),
            ("20200131T0630", "2020-01-31T06:30:00Z"),
            ("20200131 06:30", "2020-01-31T06:30:00Z"),
            ("20200131", "2020-01-31T00:00:00Z"),
            ("1958-03", "1958-03-01T00:00:00Z"),
            ("2020-5", "2020-05-01T00:00:00Z"),
            ("1990", "1990-01-01T00:00:00Z"),
            ("0044", "0044-01-01T00:00:00Z"),
            ("-0044", "-000044-01-01T00:00:00Z"),
            ("-0044-03-15", "-000044-03-15T00:00:00Z"),
            ("-000044-01-01T00:00:00Z", "-000044-01-01T00:00:00Z"),
            ("+002012-01-01T00:00:00Z", "2012-01-01T00:00:00Z"),
            ("0000-01-01", "0000-01-01T00:00:00Z"),
            ("2020-W05", "2020-01-27T00:00:00Z"),
            ("2020-W05-1", "2020-01-27T00:00:00Z"),
            ("2020W05", "2020-01-27T00:00:00Z"),
            ("2020-W05-3T06:00", "2020-01-29T06:00:00Z"),
            ("2020-Q1", "2020-01-01T00:00:00Z"),
            ("2020Q2", "2020-04-01T00:00:00Z"),
            ("2020 Q3", "2020-07-01T00:00:00Z"),
            ("Q4 2020", "2020-10-01T00:00:00Z"),
            ("Q4-2020", "2020-10-01T00:00:00Z"),
            ("2020M05", "2020-05-01T00:00:00Z"),
            ("2020-M05", "2020-05-01T00:00:00Z"),
            ("Jan 2020", "2020-01-01T00:00:00Z"),
            ("January 5, 2020", "2020-01-05T00:00:00Z"),
            ("Jan-2020", "2020-01-01T00:00:00Z"),
            ("2020-Jan", "2020-01-01T00:00:00Z"),
            ("2020 Feb 29", "2020-02-29T00:00:00Z"),
            ("05-Jan-2020 06:30", "2020-01-05T06:30:00Z"),
            ("5 January 2020", "2020-01-05T00:00:00Z"),
            ("1577836800", "2020-01-01T00:00:00Z"),
            ("1577836800000", "2020-01-01T00:00:00Z"),
        ] {
            let time = read(text);
            match expected {
                "x" => assert!(time.is_err(), "{text}: {time:?}"),
                _ => assert_eq!(time.as_deref(), Ok(expected), "{text}"),
            }
        }
    }

    #[test]
    fn what_is_no_time_is_refused_with_the_reason() {
        for (text, reason) in [
            ("", "empty"),
            ("yesterday", "not recognised"),
            ("2023-02-30", "there is no such day"),
            ("2023-13", "there is no such month"),
            ("2023-00", "there is no such month"),
            ("2012-01-01T25:00", "hour"),
            ("2012-01-01T24:01", "hour"),
            ("2012-01-01T06:60", "minute"),
            ("2012-01-01T06:30:60", "second"),
            ("2012-01-01T06:30:00+99:00", "offset"),
            ("2012-01-01T06:30 Europe", "`Europe`"),
            ("2012-01-01T06:30 EST", "`EST`"),
            ("2012-01-01T06:30 +0100 UTC", "`+0100 UTC`"),
            ("2012-01-01T06:30[Europe/Berlin]", "[Europe/Berlin]"),
            ("2012-01-01T", "not recognised"),
            ("20120101T", "not recognised"),
            ("2012-01/01", "not recognised"),
            ("2012-01-01x", "not recognised"),
            ("2020-W54", "there is no such week"),
            ("2020-Q5", "there is no such quarter"),
            ("2021-366", "there is no such day"),
            ("Jan-20", "not recognised"),
            ("31.01.2012", "not recognised"),
            ("01/02/2012", "not recognised"),
            ("12", "digits"),
            ("43831", "digits"),
            ("99999999999999999999", "digits"),
            ("1958.2027", "digits"),
            ("1,990", "not recognised"),
            ("NaN", "not recognised"),
            ("１９９０", "not recognised"),
            ("2012-01-01T13:30 PM", "hour"),
        ] {
            let fault = read(text).expect_err(text);
            assert!(fault.contains(reason), "{text}: {fault}");
        }
        assert!(read("9999-01-01").expect_err("a year").contains("6300"));
    }

    #[test]
    fn units_are_told() {
        for (text, unit) in [
            ("1990", Unit::Year),
            ("2020-Q1", Unit::Quarter),
            ("1990-05", Unit::Month),
            ("2020-W05", Unit::Week),
            ("1990-05-01", Unit::Day),
            ("1990-05-01 00:00", Unit::Day),
            ("1990-05-01 05:00", Unit::Hour),
            ("1990-05-01 05:30", Unit::Minute),
            ("1990-05-01 05:30:01", Unit::Second),
            ("1990-05-01 05:30:00.5", Unit::Millisecond),
        ] {
            let written = Written::read(text).expect(text);
            assert_eq!(written.unit.holding(written.local), unit, "{text}");
        }
        assert!(Written::read("2020-01-01T00:00:00.0001Z").is_ok_and(|written| written.is_cut));
        assert!(Written::read("2020-01-01T00:00:00.1230Z").is_ok_and(|written| !written.is_cut));
    }
}
