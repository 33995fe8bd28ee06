//! Times of digits alone: one rule for files, points, query strings and everything else.
//!
//! | digits | meaning |
//! |---|---|
//! | 4 | a year |
//! | 6, 7, 8 | `YYYYMM`, `YYYYDDD` (day of the year), `YYYYMMDD` |
//! | 10, 12, 14 | `YYYYMMDDhh`, `YYYYMMDDhhmm`, `YYYYMMDDhhmmss`, of a year from 1800 to 2199 |
//! | 9 to 11 | seconds since 1970, unless it is one of the above |
//! | 12 to 14 | milliseconds |
//! | 15 to 17 | microseconds |
//! | 18, 19 | nanoseconds |
//!
//! Anything else is no time until its form is named.

use super::calendar::{self, DAY};
use super::named::NamedForm;
use super::written::{Unit, Written};

/// What a time of digits is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigitForm {
    Year,
    YearMonth,
    YearDay,
    Date,
    DateHour,
    DateMinute,
    DateSecond,
    Seconds,
    Milliseconds,
    Microseconds,
    Nanoseconds,
}

impl DigitForm {
    pub const ALL: [Self; 11] = [
        Self::Year,
        Self::YearMonth,
        Self::YearDay,
        Self::Date,
        Self::DateHour,
        Self::DateMinute,
        Self::DateSecond,
        Self::Seconds,
        Self::Milliseconds,
        Self::Microseconds,
        Self::Nanoseconds,
    ];

    /// The form's name: that of [`NamedForm`] where there is one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Year => "YYYY",
            Self::YearMonth => "YYYYMM",
            Self::YearDay => "YYYYDDD",
            Self::Date => "YYYYMMDD",
            Self::DateHour => "YYYYMMDDhh",
            Self::DateMinute => "YYYYMMDDhhmm",
            Self::DateSecond => "YYYYMMDDhhmmss",
            Self::Seconds => "unix_s",
            Self::Milliseconds => "unix_ms",
            Self::Microseconds => "unix_us",
            Self::Nanoseconds => "unix_ns",
        }
    }

    /// The form in words.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Year => "years",
            Self::YearMonth => "years and months, YYYYMM",
            Self::YearDay => "years and days of the year, YYYYDDD",
            Self::Date => "dates, YYYYMMDD",
            Self::DateHour => "dates and hours, YYYYMMDDhh",
            Self::DateMinute => "dates and minutes, YYYYMMDDhhmm",
            Self::DateSecond => "dates and seconds, YYYYMMDDhhmmss",
            Self::Seconds => "seconds since 1970",
            Self::Milliseconds => "milliseconds since 1970",
            Self::Microseconds => "microseconds since 1970",
            Self::Nanoseconds => "nanoseconds since 1970",
        }
    }

    /// The form that a text has by the rule; `None` when it has none, or is no number.
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.read(text).is_some())
    }

    /// Reads a text that has this form. Only seconds and finer units take a sign, and decimals.
    pub fn read(self, text: &str) -> Option<Written> {
        match self {
            Self::Seconds => self.read_since_1970(text, NamedForm::UnixSeconds, 9..=11),
            Self::Milliseconds => self.read_since_1970(text, NamedForm::UnixMilliseconds, 12..=14),
            Self::Microseconds => self.read_since_1970(text, NamedForm::UnixMicroseconds, 15..=17),
            Self::Nanoseconds => self.read_since_1970(text, NamedForm::UnixNanoseconds, 18..=19),
            _ => self.read_calendar(text),
        }
    }

    /// Digits and nothing else, as nearly all times since 1970 are, without an allocation.
    fn read_whole(self, text: &str) -> Option<Written> {
        let number = match text.as_bytes() {
            [b'1'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit) => text.parse::<i64>(),
            _ => return None,
        };
        let number = number.ok()?;
        let (at, rest) = match self {
            Self::Seconds => (number.checked_mul(1000)?, 0),
            Self::Milliseconds => (number, 0),
            Self::Microseconds => (number / 1000, number % 1000),
            _ => (number / 1_000_000, number % 1_000_000),
        };
        Some(Written {
            is_cut: rest != 0,
            ..Written::utc(at, Unit::Day)
        })
    }

    fn read_since_1970(
        self,
        text: &str,
        form: NamedForm,
        digits: std::ops::RangeInclusive<usize>,
    ) -> Option<Written> {
        if digits.contains(&text.len())
            && let Some(written) = self.read_whole(text)
        {
            return Some(written);
        }
        let unsigned = text.strip_prefix('-').unwrap_or(text);
        let whole = unsigned
            .split_once('.')
            .map_or(unsigned, |(whole, _)| whole);
        let fits = digits.contains(&whole.len()) && !whole.starts_with(['0', '+']);
        form.read(text).ok().filter(|_| fits)
    }

    fn read_calendar(self, text: &str) -> Option<Written> {
        let digits = text.as_bytes();
        // Spreadsheets and data frames write whole numbers with a decimal.
        let digits = digits.strip_suffix(b".0").unwrap_or(digits);
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        let number = |from: usize, to: usize| {
            let digits = digits.get(from..to)?;
            let value = |sum: i64, digit: &u8| sum * 10 + i64::from(digit.wrapping_sub(b'0'));
            Some(digits.iter().fold(0, value))
        };
        let year = number(0, 4)?;
        let two = |at| number(at, at + 2);
        let (at, unit) = match (self, digits.len()) {
            (Self::Year, 4) => (calendar::date(year, 1, 1)?, Unit::Year),
            (Self::YearMonth, 6) if (1000..3000).contains(&year) => {
                (calendar::date(year, two(4)?, 1)?, Unit::Month)
            }
            (Self::YearDay, 7) if (1000..3000).contains(&year) => {
                (calendar::day_of_year(year, number(4, 7)?)?, Unit::Day)
            }
            (Self::Date, 8) => (calendar::date(year, two(4)?, two(6)?)?, Unit::Day),
            (Self::DateHour, 10) | (Self::DateMinute, 12) | (Self::DateSecond, 14) => {
                let date = calendar::date(year, two(4)?, two(6)?)?;
                let (hour, minute, second) = (two(8)?, two(10).unwrap_or(0), two(12).unwrap_or(0));
                let in_day = ((hour * 60 + minute) * 60 + second) * 1000;
                let exists = (1800..2200).contains(&year)
                    && minute < 60
                    && second < 60
                    && (hour < 24 || in_day == DAY);
                (exists.then_some(date + in_day)?, Unit::Day)
            }
            _ => return None,
        };
        (year > 0).then_some(Written::local(at, unit))
    }
}

/// The names of the forms that a number could have although the rule gives it none.
pub fn possible_forms(text: &str) -> Vec<&'static str> {
    let whole = text.split_once('.').map_or(text, |(whole, _)| whole);
    let is_whole = whole.len() == text.len();
    let Ok(number) = whole.parse::<i64>() else {
        return Vec::new();
    };
    let mut forms = Vec::new();
    match whole.len() {
        6 if is_whole => {
            for (pattern, places) in [("%y%m%d", [2, 4]), ("%d%m%y", [2, 0]), ("%m%d%y", [0, 2])] {
                if has_month_and_day(whole, places) {
                    forms.push(pattern);
                }
            }
        }
        8 if is_whole => {
            for (pattern, places) in [("%d%m%Y", [2, 0]), ("%m%d%Y", [0, 2])] {
                if has_month_and_day(whole, places) {
                    forms.push(pattern);
                }
            }
        }
        _ => {}
    }
    for (range, form) in [
        (1..=2_958_465, NamedForm::Excel),
        (15_000..=99_999, NamedForm::ModifiedJulianDay),
        (1_000_000..=3_999_999, NamedForm::JulianDay),
        (367..=1_100_000, NamedForm::DateNumber),
    ] {
        let is_usual = match form {
            NamedForm::Excel => whole.len() <= 5,
            NamedForm::DateNumber => whole.len() == 6,
            _ => true,
        };
        if is_usual && range.contains(&number) {
            forms.push(form.name());
        }
    }
    if whole.len() == 4 && !is_whole {
        forms.insert(0, NamedForm::DecimalYear.name());
    }
    if !forms.iter().any(|form| form.starts_with('%')) {
        forms.push(NamedForm::UnixSeconds.name());
    }
    forms
}

fn has_month_and_day(digits: &str, [month, day]: [usize; 2]) -> bool {
    let two = |at: usize| digits.get(at..at + 2)?.parse::<u8>().ok();
    two(month).is_some_and(|month| (1..=12).contains(&month))
        && two(day).is_some_and(|day| (1..=31).contains(&day))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_digits_tells_the_form() {
        use DigitForm::*;
        for (text, form, local) in [
            ("1990", Some(Year), "1990-01-01T00:00:00Z"),
            ("2019.0", Some(Year), "2019-01-01T00:00:00Z"),
            ("0001", Some(Year), "0001-01-01T00:00:00Z"),
            ("192607", Some(YearMonth), "1926-07-01T00:00:00Z"),
            ("2020366", Some(YearDay), "2020-12-31T00:00:00Z"),
            ("20200131", Some(Date), "2020-01-31T00:00:00Z"),
            ("2012013106", Some(DateHour), "2012-01-31T06:00:00Z"),
            ("2012013124", Some(DateHour), "2012-02-01T00:00:00Z"),
            ("201201310630", Some(DateMinute), "2012-01-31T06:30:00Z"),
            ("20120131063015", Some(DateSecond), "2012-01-31T06:30:15Z"),
            ("999999999", Some(Seconds), "2001-09-09T01:46:39Z"),
            ("1577836800", Some(Seconds), "2020-01-01T00:00:00Z"),
            ("1577836800.25", Some(Seconds), "2020-01-01T00:00:00.250Z"),
            ("-1577836800", Some(Seconds), "1920-01-02T00:00:00Z"),
            ("1577836800000", Some(Milliseconds), "2020-01-01T00:00:00Z"),
            ("-372038400000", Some(Milliseconds), "1958-03-19T00:00:00Z"),
            (
                "1577836800000001",
                Some(Microseconds),
                "2020-01-01T00:00:00Z",
            ),
            (
                "1577836800123456789",
                Some(Nanoseconds),
                "2020-01-01T00:00:00.123Z",
            ),
            ("43831", None, ""),
            ("43831.5", None, ""),
            ("2458849.5", None, ""),
            ("58849", None, ""),
            ("737791", None, ""),
            ("31012020", None, ""),
            ("01022020", None, ""),
            ("00000000", None, ""),
            ("0000000000", None, ""),
            ("200131", None, ""),
            ("0", None, ""),
            ("0000", None, ""),
            ("-2019", None, ""),
            ("2019.5", None, ""),
            ("99999999999999999999", None, ""),
            ("+4930123456", None, ""),
            ("x", None, ""),
        ] {
            assert_eq!(DigitForm::of(text), form, "{text}");
            if let Some(form) = form {
                let read = form.read(text).expect(text).in_utc();
                assert_eq!(
                    read.map(|time| time.to_string()),
                    Ok(local.to_owned()),
                    "{text}"
                );
            }
        }
    }

    #[test]
    fn what_has_no_form_may_have_one_to_name() {
        for (text, forms) in [
            ("43831", &["excel", "mjd", "unix_s"][..]),
            ("43831.5", &["excel", "mjd", "unix_s"]),
            ("737791", &["datenum", "unix_s"]),
            ("2458849.5", &["jd", "unix_s"]),
            ("2019.5", &["decimal_year", "excel", "unix_s"]),
            ("31012020", &["%d%m%Y"]),
            ("01022020", &["%d%m%Y", "%m%d%Y"]),
            ("200131", &["%y%m%d", "%d%m%y"]),
            ("99999999", &["unix_s"]),
        ] {
            let found = possible_forms(text);
            assert!(
                forms.iter().all(|form| found.contains(form)),
                "{text}: {found:?}"
            );
        }
    }
}
