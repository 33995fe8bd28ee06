//! Points in time: reading the forms that files and query strings have, writing RFC 3339.
//!
//! | file | what it knows |
//! |---|---|
//! | `written`, `scanner` | the forms of text that need no name |
//! | `digits` | what digits alone mean |
//! | `named` | forms that have to be named: serial dates, Julian days, fiscal years |
//! | `zone` | zones, offsets, clock changes |
//! | `calendar` | arithmetic |

pub mod calendar;
pub mod digits;
pub mod named;
mod scanner;
pub mod written;
pub mod zone;

use std::fmt;

use jiff::tz::TimeZone;

use calendar::civil_from_days;
pub use written::Written;
pub use zone::parse_zone;

/// Milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted; earlier times are negative.
///
/// The range is that of [`jiff::Timestamp`] reduced to four-digit years, -2400 to 6300, so that
/// every time fits the 48 bits that a point's id gives it and has an RFC 3339 form from year 0 on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

impl Timestamp {
    /// -2400-01-01T00:00:00Z.
    pub const MIN: Self = Self(-137_903_904_000_000);
    /// 6300-01-01T00:00:00Z.
    pub const MAX: Self = Self(136_641_600_000_000);

    /// # Errors
    /// When `milliseconds` is outside [`Self::MIN`] to [`Self::MAX`].
    pub fn from_milliseconds(milliseconds: i64) -> Result<Self, String> {
        let time = Self(milliseconds);
        if (Self::MIN..=Self::MAX).contains(&time) {
            Ok(time)
        } else {
            Err("is outside the years -2400 to 6300".to_owned())
        }
    }

    pub const fn milliseconds(self) -> i64 {
        self.0
    }

    /// Reads a time as query strings and JSON bodies give it.
    ///
    /// - RFC 3339 (`2012-01-01T06:30:00Z`, with any offset), or without an offset, taken as in
    ///   `zone`: `2012-01-01T06:30`, `2012-01-01 6:30:15`, `2012/1/1`;
    /// - a date, a month, a year: `2012-01-01`, `1958-03`, `1990`, `5 Jan 2012`, `Jan 2012`;
    /// - a week, a quarter, a day of the year: `2020-W05`, `2020-W05-1`, `2020-Q1`, `2020-032`;
    /// - digits alone, by the rule of [`digits`].
    ///
    /// # Errors
    /// Says what is wrong with the text, such as a day that the month does not have.
    pub fn parse(text: &str, zone: &TimeZone) -> Result<Self, String> {
        let text = text.trim();
        let written = Written::read(text).or_else(|fault| {
            // A query string has a blank where a `+` was not written as `%2B`.
            let (time, offset) = text.rsplit_once(' ').ok_or_else(|| fault.clone())?;
            Written::read(&format!("{time}+{offset}")).map_err(|_| fault)
        })?;
        written.at(zone)
    }

    /// The same instant for calendar work.
    pub fn instant(self) -> jiff::Timestamp {
        // Inside jiff's own range by construction.
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

/// RFC 3339 in UTC, with milliseconds only where there are any: `1958-03-01T00:00:00Z`.
/// Years before 0 are written as ISO 8601 does, with a sign and six digits.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(24);
        self.write(&mut text);
        f.write_str(&text)
    }
}

impl Timestamp {
    /// Appends the form that `Display` has. Digit by digit, because it runs once for every point
    /// that leaves as text.
    pub fn write(self, out: &mut String) {
        let days = self.0.div_euclid(86_400_000);
        let in_day = self.0.rem_euclid(86_400_000);
        let (year, month, day) = civil_from_days(days);
        if year >= 0 {
            digits(out, year, 4);
        } else {
            out.push('-');
            digits(out, -year, 6);
        }
        let parts = [
            ('-', month),
            ('-', day),
            ('T', in_day / 3_600_000),
            (':', in_day / 60_000 % 60),
            (':', in_day / 1000 % 60),
        ];
        for (separator, value) in parts {
            out.push(separator);
            digits(out, value, 2);
        }
        if in_day % 1000 != 0 {
            out.push('.');
            digits(out, in_day % 1000, 3);
        }
        out.push('Z');
    }
}

/// Appends the last `width` decimal digits of a number that is not negative.
fn digits(out: &mut String, number: i64, width: u32) {
    for place in (0..width).rev() {
        let digit = number / 10_i64.pow(place) % 10;
        out.push(char::from(b'0' + digit as u8));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<String, String> {
        Timestamp::parse(text, &TimeZone::UTC).map(|time| time.to_string())
    }

    #[test]
    fn reads_the_forms_that_the_readme_lists() {
        for (text, expected) in [
            ("2012-01-01T06:30:00Z", "2012-01-01T06:30:00Z"),
            ("2012-01-01T06:30:00+02:00", "2012-01-01T04:30:00Z"),
            ("2012-01-01T06:30:00.25Z", "2012-01-01T06:30:00.250Z"),
            ("2012-01-01T06:30", "2012-01-01T06:30:00Z"),
            ("2012-01-01 06:30:15", "2012-01-01T06:30:15Z"),
            ("2012-01-01", "2012-01-01T00:00:00Z"),
            ("1958-03", "1958-03-01T00:00:00Z"),
            ("1990", "1990-01-01T00:00:00Z"),
            ("0044", "0044-01-01T00:00:00Z"),
            ("-0044", "-000044-01-01T00:00:00Z"),
            ("-000044-01-01T00:00:00Z", "-000044-01-01T00:00:00Z"),
            ("-372038400000", "1958-03-19T00:00:00Z"),
            ("1700000000000", "2023-11-14T22:13:20Z"),
            ("1700000000", "2023-11-14T22:13:20Z"),
            ("2012-01-01T06:30:00 02:00", "2012-01-01T04:30:00Z"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_time() {
        for text in [
            "",
            " ",
            "yesterday",
            "2023-02-30",
            "2023-13",
            "2023-00",
            "2012-01-01T25:00",
            "99999999999999999999",
            "NaN",
            "inf",
            "20120101T",
            "10000",
            "2012-01-01T06:30:00+99:00",
            "9999-01-01",
            "12",
            "1,990",
            "2012-01-01T06:30 Europe",
        ] {
            assert!(parse(text).is_err(), "{text}: {:?}", parse(text));
        }
    }

    #[test]
    fn local_times_follow_their_zone() {
        let berlin = parse_zone("Europe/Berlin").unwrap();
        let read = |text| Timestamp::parse(text, &berlin).unwrap().to_string();
        assert_eq!(read("2012-07-01T12:00"), "2012-07-01T10:00:00Z");
        assert_eq!(read("2012-01-01T12:00"), "2012-01-01T11:00:00Z");
        // Skipped by the clock change: moved forward.
        assert_eq!(read("2012-03-25T02:30"), "2012-03-25T01:30:00Z");
        let india = parse_zone("+05:30").unwrap();
        assert_eq!(
            Timestamp::parse("2012-01-01", &india).unwrap().to_string(),
            "2011-12-31T18:30:00Z"
        );
    }

    #[test]
    fn what_is_written_reads_back() {
        for milliseconds in [
            0,
            1,
            -1,
            86_399_999,
            -62_167_219_200_000,
            -62_167_219_200_001,
        ] {
            let time = Timestamp::from_milliseconds(milliseconds).unwrap();
            assert_eq!(
                Timestamp::parse(&time.to_string(), &TimeZone::UTC),
                Ok(time)
            );
            let jiff_form = time.instant().to_string();
            if milliseconds % 1000 == 0 {
                assert_eq!(jiff_form, time.to_string());
            }
        }
        assert!(Timestamp::from_milliseconds(i64::MAX).is_err());
        assert_eq!(Timestamp::MIN.to_string(), "-002400-01-01T00:00:00Z");
        assert_eq!(Timestamp::MAX.to_string(), "6300-01-01T00:00:00Z");
    }
}
