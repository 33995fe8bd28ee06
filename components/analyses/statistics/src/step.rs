//! The distance of a series' points: a length of time, or months of the calendar.

use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use jiff::{Span, Timestamp};

const SECOND: i64 = 1_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
/// A day, in milliseconds.
pub const DAY: i64 = 24 * HOUR;
/// A week, in milliseconds.
pub const WEEK: i64 = 7 * DAY;
/// A mean month of the Gregorian calendar, in days.
const MEAN_MONTH: f64 = 30.436_875;

/// Steps that irregular points may be put into, in milliseconds.
const USUAL: [i64; 17] = [
    SECOND,
    5 * SECOND,
    10 * SECOND,
    30 * SECOND,
    MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    WEEK,
    4 * WEEK,
];

/// A step of time, at least one millisecond or one month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Milliseconds.
    Length(i64),
    /// Months of the calendar in UTC.
    Months(i64),
    /// Monday to Friday in UTC.
    BusinessDay,
}

const BUSINESS_DAY: &str = "business_day";

impl Step {
    /// Reads `15m`, `6h`, `1d`, `2w`, `1mo`, `1y` and the like, as `every` of the aggregates, and `business_day`; `None`
    /// for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if text == BUSINESS_DAY {
            return Some(Self::BusinessDay);
        }
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (count, unit) = text.split_at_checked(digits)?;
        let count: i64 = count.parse().ok().filter(|n| (1..=100_000).contains(n))?;
        let unit = match unit {
            "s" => SECOND,
            "m" => MINUTE,
            "h" => HOUR,
            "d" => DAY,
            "w" => WEEK,
            "mo" => return Some(Self::Months(count)),
            "y" => return Some(Self::Months(12 * count)),
            _ => return None,
        };
        Some(Self::Length(count * unit))
    }

    /// The step that was asked for, if one was; see [`Self::parse`].
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn asked(every: Option<&str>) -> Result<Option<Self>, String> {
        let read = |text: &str| {
            Self::parse(text).ok_or_else(|| {
                format!("`every` must be a length of time such as `15m`, `1h`, `1d`, `1w`, `1mo` or `1y`, or `business_day`, not `{text}`.")
            })
        };
        every.map(read).transpose()
    }

    /// The form that [`Self::parse`] reads; milliseconds as `250ms`.
    pub fn words(self) -> String {
        match self {
            Self::Months(months) if months % 12 == 0 => format!("{}y", months / 12),
            Self::Months(months) => format!("{months}mo"),
            Self::BusinessDay => BUSINESS_DAY.to_owned(),
            Self::Length(length) => [
                (WEEK, "w"),
                (DAY, "d"),
                (HOUR, "h"),
                (MINUTE, "m"),
                (SECOND, "s"),
            ]
            .into_iter()
            .find(|(unit, _)| length % unit == 0)
            .map_or_else(
                || format!("{length}ms"),
                |(unit, word)| format!("{}{word}", length / unit),
            ),
        }
    }

    /// The step of points at these ascending times: months where the distances are about that and vary as
    /// months do, otherwise the most frequent distance, and a usual length not shorter than the median
    /// distance where no distance makes up a half.
    pub fn found(times: &[i64]) -> Option<Self> {
        let mut distances: Vec<i64> = times
            .iter()
            .zip(times.iter().skip(1))
            .map(|(earlier, later)| later.saturating_sub(*earlier))
            .filter(|distance| *distance > 0)
            .collect();
        distances.sort_unstable();
        let (shortest, longest) = (*distances.first()?, *distances.last()?);
        let median = *distances.get(distances.len() / 2)?;
        if let Some(months) = months(median, shortest == longest) {
            return Some(Self::Months(months));
        }
        let (most_frequent, times_seen) = distances
            .chunk_by(|one, other| one == other)
            .map(|equal| (equal.first().copied().unwrap_or_default(), equal.len()))
            .rev()
            .max_by_key(|(_, count)| *count)?;
        if 2 * times_seen >= distances.len() {
            return Some(Self::Length(most_frequent));
        }
        let usual = USUAL.into_iter().find(|usual| *usual >= median);
        Some(usual.map_or(Self::Months(12), Self::Length))
    }

    /// The start of the calendar's step that holds `time`: midnight, Monday, the first of the month in UTC.
    pub fn floor(self, time: i64) -> i64 {
        match self {
            // 1970-01-01 was a Thursday.
            Self::Length(length) => {
                let monday = if length % WEEK == 0 { 4 * DAY } else { 0 };
                let since = time.saturating_sub(monday);
                time.saturating_sub(since.rem_euclid(length.max(1)))
            }
            Self::Months(months) => {
                let month = month_of(time);
                let first = month - month.rem_euclid(months.max(1));
                let (year, month) = (first.div_euclid(12), first.rem_euclid(12) + 1);
                first_day(year, month).and_then(millisecond).unwrap_or(time)
            }
            Self::BusinessDay => business_day(business_days(time)),
        }
    }

    /// The time so many steps after `start`.
    pub fn after(self, start: i64, steps: i64) -> i64 {
        match self {
            Self::Length(length) => start.saturating_add(length.saturating_mul(steps)),
            Self::Months(months) => {
                let later = || {
                    let span = Span::new().try_months(months.checked_mul(steps)?).ok()?;
                    let start = Timestamp::from_millisecond(start).ok()?;
                    let later = Offset::UTC.to_datetime(start).checked_add(span).ok()?;
                    millisecond(later)
                };
                later().unwrap_or(start)
            }
            Self::BusinessDay => {
                let days = business_days(start).saturating_add(steps);
                business_day(days).saturating_add(start.rem_euclid(DAY))
            }
        }
    }

    /// How many whole steps `time` is after `start`; to the nearest where the step is a length and
    /// `nearest` is asked for.
    pub fn between(self, start: i64, time: i64, nearest: bool) -> i64 {
        match self {
            Self::Length(length) => {
                let length = length.max(1);
                let half = if nearest { length / 2 } else { 0 };
                time.saturating_sub(start)
                    .saturating_add(half)
                    .div_euclid(length)
            }
            Self::Months(months) => (month_of(time) - month_of(start)).div_euclid(months.max(1)),
            Self::BusinessDay => business_days(time) - business_days(start),
        }
    }
}

/// Days since Monday 1969-12-29.
fn days_since_monday(time: i64) -> i64 {
    time.div_euclid(DAY).saturating_add(3)
}

/// Whether a time is on a Saturday or Sunday in UTC.
pub fn is_weekend(time: i64) -> bool {
    days_since_monday(time).rem_euclid(7) >= 5
}

/// Business days since Monday 1969-12-29; a weekend counts as the Friday before.
fn business_days(time: i64) -> i64 {
    let days = days_since_monday(time);
    days.div_euclid(7) * 5 + days.rem_euclid(7).min(4)
}

/// The midnight at which a business day begins.
fn business_day(days: i64) -> i64 {
    let days = days
        .div_euclid(5)
        .saturating_mul(7)
        .saturating_add(days.rem_euclid(5) - 3);
    days.saturating_mul(DAY)
}

/// How many months a distance in milliseconds is, if it is about so many. A distance that never varies is
/// months only where it is years: the lengths of months differ.
fn months(distance: i64, is_always_the_same: bool) -> Option<i64> {
    let days = distance as f64 / DAY as f64;
    let months = (days / MEAN_MONTH).round();
    let is_usual = [1.0, 2.0, 3.0, 4.0, 6.0].contains(&months) || months % 12.0 == 0.0;
    let may_be = months >= 12.0 || !is_always_the_same;
    // February makes a month 2.44 days shorter than the mean.
    let is_near = (days - months * MEAN_MONTH).abs() < 2.5;
    (months >= 1.0 && is_usual && may_be && is_near).then_some(months as i64)
}

/// Months since the beginning of year nought, in UTC.
fn month_of(time: i64) -> i64 {
    Timestamp::from_millisecond(time).map_or(0, |time| {
        let date = Offset::UTC.to_datetime(time).date();
        i64::from(date.year()) * 12 + i64::from(date.month()) - 1
    })
}

fn first_day(year: i64, month: i64) -> Option<DateTime> {
    let date = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, 1).ok()?;
    Some(date.at(0, 0, 0, 0))
}

fn millisecond(time: DateTime) -> Option<i64> {
    let time = Offset::UTC.to_timestamp(time).ok()?;
    Some(time.as_millisecond())
}

/// A time as RFC 3339 in UTC.
pub fn words_of(time: i64) -> String {
    Timestamp::from_millisecond(time).map_or_else(|_| String::new(), |time| time.to_string())
}

/// Reads a time, in milliseconds: RFC 3339, a date, a month or a year in UTC; `None` for what is none.
pub fn time_of(text: &str) -> Option<i64> {
    let begin = match text.len() {
        4 => format!("{text}-01-01"),
        7 => format!("{text}-01"),
        _ => text.to_owned(),
    };
    if let Ok(time) = begin.parse::<Timestamp>() {
        return Some(time.as_millisecond());
    }
    begin.parse::<DateTime>().ok().and_then(millisecond)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> i64 {
        let time: Timestamp = text.parse().expect("a time");
        time.as_millisecond()
    }

    #[test]
    fn words_and_steps_go_both_ways() {
        for text in [
            "15m",
            "6h",
            "1d",
            "2w",
            "1mo",
            "3mo",
            "1y",
            "10s",
            "business_day",
        ] {
            assert_eq!(Step::parse(text).expect(text).words(), text);
        }
        for text in [
            "",
            "1",
            "d",
            "0d",
            "-1d",
            "1.5h",
            "1fortnight",
            "9999999d",
            "1é",
        ] {
            assert_eq!(Step::parse(text), None, "{text}");
        }
        assert_eq!(Step::parse("12mo"), Step::parse("1y"));
        assert_eq!(Step::Length(250).words(), "250ms");
    }

    #[test]
    fn the_step_is_found_from_the_times() {
        let months: Vec<i64> = (0..30)
            .map(|i| Step::Months(1).after(at("2020-01-15T00:00:00Z"), i))
            .collect();
        assert_eq!(Step::found(&months), Some(Step::Months(1)));
        let years: Vec<i64> = (0..4)
            .map(|i| Step::Months(12).after(at("2021-01-01T00:00:00Z"), i))
            .collect();
        assert_eq!(Step::found(&years[..2]), Some(Step::Months(12)));
        let fours: Vec<i64> = (0..9).map(|i| i * 28 * DAY).collect();
        assert_eq!(Step::found(&fours), Some(Step::Length(28 * DAY)));
        let workdays: Vec<i64> = (0..40).filter(|i| i % 7 < 5).map(|i| i * DAY).collect();
        assert_eq!(Step::found(&workdays), Some(Step::Length(DAY)));
        let irregular = [0, 70, 130, 240, 310, 420].map(|minute| minute * MINUTE + minute % 7);
        assert_eq!(Step::found(&irregular), Some(Step::Length(2 * HOUR)));
        assert_eq!(Step::found(&[5, 5, 5]), None);
    }

    #[test]
    fn steps_begin_where_the_calendar_does() {
        let time = at("2024-02-29T13:45:00Z");
        for (step, begin) in [
            ("1h", "2024-02-29T13:00:00Z"),
            ("1d", "2024-02-29T00:00:00Z"),
            ("1w", "2024-02-26T00:00:00Z"),
            ("1mo", "2024-02-01T00:00:00Z"),
            ("3mo", "2024-01-01T00:00:00Z"),
            ("1y", "2024-01-01T00:00:00Z"),
        ] {
            let step = Step::parse(step).expect(step);
            assert_eq!(words_of(step.floor(time)), begin);
            assert_eq!(step.between(step.floor(time), time, false), 0);
        }
    }

    #[test]
    fn business_days_are_monday_to_friday() {
        let step = Step::BusinessDay;
        // A Friday, a Saturday, a Monday.
        let friday = at("2024-03-01T16:30:00Z");
        assert_eq!(words_of(step.after(friday, 1)), "2024-03-04T16:30:00Z");
        assert_eq!(words_of(step.after(friday, -5)), "2024-02-23T16:30:00Z");
        assert_eq!(step.between(friday, at("2024-03-11T00:00:00Z"), true), 6);
        assert_eq!(words_of(step.floor(friday)), "2024-03-01T00:00:00Z");
        assert_eq!(
            words_of(step.floor(at("2024-03-02T09:00:00Z"))),
            "2024-03-01T00:00:00Z"
        );
        for i in -3000..3000 {
            let time = step.after(friday, i);
            assert!(!is_weekend(time));
            assert_eq!(step.between(friday, time, true), i);
        }
        assert!(is_weekend(at("1969-12-28T23:59:59Z")) && !is_weekend(-3 * DAY));
    }

    #[test]
    fn times_are_read_in_every_form() {
        for (text, time) in [
            ("2024", "2024-01-01T00:00:00Z"),
            ("2024-03", "2024-03-01T00:00:00Z"),
            ("2024-03-05", "2024-03-05T00:00:00Z"),
            ("2024-03-05T06:00", "2024-03-05T06:00:00Z"),
            ("2024-03-05T06:00:00+02:00", "2024-03-05T04:00:00Z"),
        ] {
            assert_eq!(time_of(text).map(words_of).as_deref(), Some(time), "{text}");
        }
        for text in ["", "soon", "20x4", "2024-13", "2024-02-30"] {
            assert_eq!(time_of(text), None, "{text}");
        }
    }

    #[test]
    fn months_are_counted_by_the_calendar() {
        let start = at("2024-01-31T00:00:00Z");
        assert_eq!(
            words_of(Step::Months(1).after(start, 1)),
            "2024-02-29T00:00:00Z"
        );
        assert_eq!(
            words_of(Step::Months(1).after(start, -2)),
            "2023-11-30T00:00:00Z"
        );
        let march = at("2025-03-01T00:00:00Z");
        assert_eq!(Step::Months(1).between(start, march, true), 14);
        assert_eq!(Step::Length(DAY).between(0, DAY - HOUR, true), 1);
        assert_eq!(Step::Length(DAY).between(0, DAY - HOUR, false), 0);
    }
}
