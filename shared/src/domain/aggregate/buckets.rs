//! Buckets of time.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span as Calendar, Unit as JiffUnit};

use crate::domain::Timestamp;

/// How long a bucket is: `15m`, `1h`, `6h`, `1d`, `1w`, `1mo`, `3mo`, `1y`, `10y`, or `all`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// So many milliseconds, at most an hour.
    Fixed(i64),
    /// So many of these, by the calendar and clock of a time zone.
    Local(Unit, i32),
    /// One bucket over everything.
    All,
}

/// Units that have no fixed length where clocks are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    Hour,
    Day,
    /// ISO 8601: from Monday.
    Week,
    Month,
    Year,
}

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Words that may be used instead of a number and a unit.
const WORDS: [(&str, &str); 8] = [
    ("minute", "1m"),
    ("hour", "1h"),
    ("day", "1d"),
    ("week", "1w"),
    ("month", "1mo"),
    ("quarter", "3mo"),
    ("year", "1y"),
    ("decade", "10y"),
];

impl Every {
    /// Reads a length. A number of units must divide the next longer unit, so that the buckets of
    /// each day or year are the same; days and weeks come one at a time.
    ///
    /// # Errors
    /// Says which lengths there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        let known = WORDS.iter().find(|(word, _)| *word == text);
        let short = known.map_or(text, |(_, short)| *short);
        let digits = short.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = short.split_at_checked(digits).unwrap_or((short, ""));
        let number = if number.is_empty() && !unit.is_empty() {
            Ok(1)
        } else {
            number.parse::<i32>()
        };
        let divides = |count: i32, whole: i32| (count > 0 && whole % count == 0).then_some(count);
        let every = number.ok().and_then(|number| match unit {
            "s" => divides(number, 60).map(|count| Self::Fixed(i64::from(count) * SECOND)),
            "m" | "min" => divides(number, 60).map(|count| Self::Fixed(i64::from(count) * MINUTE)),
            "h" if number == 1 => Some(Self::Fixed(HOUR)),
            "h" => divides(number, 24).map(|count| Self::Local(Unit::Hour, count)),
            "d" => divides(number, 1).map(|count| Self::Local(Unit::Day, count)),
            "w" => divides(number, 1).map(|count| Self::Local(Unit::Week, count)),
            "mo" => divides(number, 12).map(|count| Self::Local(Unit::Month, count)),
            "y" => (1..=1000)
                .contains(&number)
                .then_some(Self::Local(Unit::Year, number)),
            "all" if digits == 0 => Some(Self::All),
            _ => None,
        });
        every.ok_or_else(|| {
            let text: String = text.chars().take(60).collect();
            format!(
                "`{text}` is not the length of a bucket: use such as 10s, 15m, 1h, 6h, 1d, 1w, 1mo, 3mo, 1y, 10y, or all; seconds and minutes must divide 60, hours 24, months 12"
            )
        })
    }
}

/// One bucket: milliseconds, the start in it, the end not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: i64,
    pub end: i64,
}

/// The buckets of one length in one time zone. They cover all of time without overlap.
///
/// - Buckets of at most an hour are cut by the local clock, and where it is changed by something
///   that is no multiple of their length also at the change. An hour that a change repeats makes
///   buckets of its own.
/// - Longer ones begin at local times (hours of the day, midnight, Monday, the first of a month),
///   and are as long as they are: a day may have 23 or 25 hours. Where a change skips the
///   beginning, it is the change; where it repeats it, the first.
/// - The one bucket `all` begins with the first time that it is asked for.
#[derive(Debug, Clone)]
pub struct Buckets {
    every: Every,
    zone: TimeZone,
    origin: Option<i64>,
    calm: Option<Calm>,
}

/// A stretch of time within which the clock is not changed.
#[derive(Debug, Clone, Copy)]
struct Calm {
    span: Span,
    /// Milliseconds ahead of UTC.
    offset: i64,
}

impl Buckets {
    /// `origin`, if known, is where the bucket `all` begins.
    pub fn new(every: Every, zone: TimeZone, origin: Option<i64>) -> Self {
        Self {
            every,
            zone,
            origin,
            calm: None,
        }
    }

    /// The bucket that `time` is in.
    pub fn around(&mut self, time: i64) -> Span {
        match self.every {
            Every::All => Span {
                start: *self.origin.get_or_insert(time),
                end: i64::MAX,
            },
            Every::Fixed(length) => self.fixed(time, length),
            Every::Local(unit, count) => self.local(time, unit, count),
        }
    }

    /// Whether all times from `first` to `last` are in one bucket.
    pub fn hold(&mut self, first: i64, last: i64) -> bool {
        self.every == Every::All || self.around(first).end > last
    }

    /// Whether every bucket's edge after `first` and up to `last` is a multiple of `step`.
    pub fn are_aligned(&mut self, first: i64, last: i64, step: i64) -> bool {
        if self.every == Every::All {
            return true;
        }
        let mut end = self.around(first).end;
        while end <= last {
            if end % step != 0 {
                return false;
            }
            end = self.around(end).end;
        }
        true
    }

    fn fixed(&mut self, time: i64, length: i64) -> Span {
        let calm = match self.calm {
            Some(calm) if calm.span.start <= time && time < calm.span.end => calm,
            _ => *self.calm.insert(calm_around(&self.zone, time)),
        };
        let start = (time + calm.offset).div_euclid(length) * length - calm.offset;
        Span {
            start: start.max(calm.span.start),
            end: (start + length).min(calm.span.end),
        }
    }

    fn local(&self, time: i64, unit: Unit, count: i32) -> Span {
        let local = self.zone.to_datetime(instant(time));
        let mut civil = floor(local, unit, count);
        let mut start = self.at(civil);
        // Where a clock change repeats the beginning of a bucket, the local time alone misleads.
        while start > time {
            civil = step(civil, unit, -count);
            start = self.at(civil);
        }
        loop {
            civil = step(civil, unit, count);
            let end = self.at(civil);
            if end > time {
                return Span { start, end };
            }
            start = end;
        }
    }

    fn at(&self, civil: DateTime) -> i64 {
        let instant = self.zone.to_ambiguous_timestamp(civil).compatible();
        // Years are within jiff's: ours go from -2400 to 6300, buckets to a thousand years.
        instant.map_or(i64::MAX, |instant| instant.as_millisecond())
    }
}

fn instant(time: i64) -> jiff::Timestamp {
    jiff::Timestamp::from_millisecond(time).unwrap_or(jiff::Timestamp::MAX)
}

fn calm_around(zone: &TimeZone, time: i64) -> Calm {
    let offset_at = |time: i64| i64::from(zone.to_offset(instant(time)).seconds()) * SECOND;
    let offset = offset_at(time);
    // Some changes are of the name of the time alone.
    let start = zone
        .preceding(instant(time + 1))
        .map(|change| change.timestamp().as_millisecond())
        .find(|change| offset_at(change - 1) != offset);
    let end = zone
        .following(instant(time))
        .map(|change| change.timestamp().as_millisecond())
        .find(|change| offset_at(*change) != offset);
    Calm {
        span: Span {
            start: start.unwrap_or(i64::MIN),
            end: end.unwrap_or(i64::MAX),
        },
        offset,
    }
}

/// The local time at which the bucket around `local` begins.
fn floor(local: DateTime, unit: Unit, count: i32) -> DateTime {
    let date = local.date();
    let midnight = |date: Date| date.to_datetime(Time::midnight());
    let first_of = |year: i32, month: i32| {
        let parts = i16::try_from(year).ok().zip(i8::try_from(month).ok());
        parts
            .and_then(|(year, month)| Date::new(year, month, 1).ok())
            .unwrap_or(date)
    };
    match unit {
        Unit::Hour => {
            let hour = i32::from(local.hour()) / count * count;
            let time = i8::try_from(hour)
                .ok()
                .and_then(|hour| Time::new(hour, 0, 0, 0).ok());
            date.to_datetime(time.unwrap_or(Time::midnight()))
        }
        Unit::Day => midnight(date),
        Unit::Week => {
            let monday = date.checked_sub(days(date.weekday().to_monday_zero_offset().into()));
            midnight(monday.unwrap_or(date))
        }
        Unit::Month => {
            let month = (i32::from(date.month()) - 1) / count * count + 1;
            midnight(first_of(date.year().into(), month))
        }
        Unit::Year => midnight(first_of(
            i32::from(date.year()).div_euclid(count) * count,
            1,
        )),
    }
}

fn days(count: i64) -> Calendar {
    Calendar::new().try_days(count).unwrap_or_default()
}

/// The local time `count` units later.
fn step(civil: DateTime, unit: Unit, count: i32) -> DateTime {
    let unit = match unit {
        Unit::Hour => JiffUnit::Hour,
        Unit::Day => JiffUnit::Day,
        Unit::Week => JiffUnit::Week,
        Unit::Month => JiffUnit::Month,
        Unit::Year => JiffUnit::Year,
    };
    let empty = Calendar::new();
    let span = match unit {
        JiffUnit::Hour => empty.try_hours(count),
        JiffUnit::Day => empty.try_days(count),
        JiffUnit::Week => empty.try_weeks(count),
        JiffUnit::Month => empty.try_months(count),
        _ => empty.try_years(count),
    };
    span.and_then(|span| civil.checked_add(span))
        .unwrap_or(DateTime::MAX)
}

impl Span {
    /// The start as a point in time; of buckets that begin before all our years, their beginning.
    pub fn time(self) -> i64 {
        self.start
            .clamp(Timestamp::MIN.milliseconds(), Timestamp::MAX.milliseconds())
    }
}
