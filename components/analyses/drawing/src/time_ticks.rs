//! Ticks of time axes: calendar steps from a millisecond to thousands of years, in a time
//! zone.
//!
//! A label says only the finest part, `14:00` or `Mar`; what the part belongs to, the day or
//! the year, stands below the first tick and wherever it changes.

use crate::scale::Domain;
use crate::ticks::Tick;
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// The mean Gregorian year, 365.2425 days.
const YEAR: i64 = 31_556_952 * SECOND;
/// More ticks than any axis has room for.
const MOST_TICKS: usize = 5_000;

/// The distance between ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Milliseconds, a divisor of a day.
    Clock(i64),
    /// Every so many days from the first of each month.
    Days(i8),
    /// Months, a divisor of a year.
    Months(i8),
    Years(i16),
}

impl Step {
    /// All steps, from fine to coarse.
    pub fn all() -> impl Iterator<Item = Self> {
        let clock = [
            [1, 2, 5, 10, 20, 50, 100, 200, 500].as_slice(),
            &[1, 2, 5, 10, 15, 30].map(|n| n * SECOND),
            &[1, 2, 5, 10, 15, 30].map(|n| n * MINUTE),
            &[1, 2, 3, 6, 12].map(|n| n * HOUR),
        ]
        .concat();
        let years = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000];
        clock
            .into_iter()
            .map(Self::Clock)
            .chain([1, 2, 5, 10].map(Self::Days))
            .chain([1, 3, 6].map(Self::Months))
            .chain(years.map(Self::Years))
    }

    /// The step's usual length in milliseconds.
    pub fn length(self) -> f64 {
        (match self {
            Self::Clock(length) => length,
            Self::Days(days) => i64::from(days) * DAY,
            Self::Months(months) => i64::from(months) * (YEAR / 12),
            Self::Years(years) => i64::from(years) * YEAR,
        }) as f64
    }

    /// The ticks inside a domain of milliseconds since 1970, at most some thousand.
    pub fn ticks(self, domain: Domain, zone: &TimeZone) -> Vec<Tick> {
        let earliest = Timestamp::MIN.as_millisecond() as f64;
        let latest = Timestamp::MAX.as_millisecond() as f64;
        let low = domain.low.clamp(earliest, latest).ceil() as i64;
        let high = domain.high.clamp(earliest, latest).floor() as i64;
        let outside = domain.high < earliest || domain.low > latest;
        if outside || (high - low) as f64 / self.length() > MOST_TICKS as f64 {
            return Vec::new();
        }
        let mut ticks = Vec::new();
        let mut context = None;
        for at in self.instants(low, high, zone) {
            let Some(when) = civil(at, zone) else {
                continue;
            };
            let below = self.context(when);
            let changed = if below == context {
                None
            } else {
                below.clone()
            };
            context = below;
            ticks.push(Tick {
                value: at as f64,
                label: self.label(when),
                context: changed,
            });
        }
        ticks
    }

    fn instants(self, low: i64, high: i64, zone: &TimeZone) -> Vec<i64> {
        match self {
            Self::Clock(length) => {
                // Every clock step divides the day, so multiples of it by the zone's clock are round.
                let mut ticks = Vec::new();
                let mut at = low;
                while at <= high && ticks.len() <= MOST_TICKS {
                    let ahead = offset(at, zone);
                    let round = round_up(at + ahead, length) - ahead;
                    if offset(round, zone) == ahead {
                        ticks.push(round);
                        at = round + 1;
                    } else {
                        at = first_change(at, round, ahead, zone);
                    }
                }
                ticks.retain(|at| *at <= high);
                ticks
            }
            Self::Days(days) => firsts_of_months(low, high, 1, zone)
                .flat_map(|first| {
                    let length = first.days_in_month();
                    // A tick is left out where the next month is nearer than half a step.
                    (0..=30 / days)
                        .map(move |k| 1 + k * days)
                        .filter(move |day| (length + 1 - day) * 2 > days)
                        .filter_map(move |day| first.with().day(day).build().ok())
                })
                .filter_map(|date| midnight(date, zone))
                .filter(|at| (low..=high).contains(at))
                .collect(),
            Self::Months(months) => firsts_of_months(low, high, months, zone)
                .filter_map(|date| midnight(date, zone))
                .filter(|at| (low..=high).contains(at))
                .collect(),
            Self::Years(years) => {
                let (Some(first), Some(last)) = (civil(low, zone), civil(high, zone)) else {
                    return Vec::new();
                };
                let years = i32::from(years);
                let (first, last) = (i32::from(first.year()), i32::from(last.year()));
                (first.div_euclid(years)..=last.div_euclid(years))
                    .filter_map(|k| i16::try_from(k * years).ok())
                    .filter_map(|year| Date::new(year, 1, 1).ok())
                    .filter_map(|date| midnight(date, zone))
                    .filter(|at| (low..=high).contains(at))
                    .collect()
            }
        }
    }

    fn label(self, when: DateTime) -> String {
        match self {
            Self::Clock(length) => clock(when.time(), length),
            Self::Days(_) => when.day().to_string(),
            Self::Months(_) => month(when.month()).to_owned(),
            Self::Years(_) => year(when.year()),
        }
    }

    fn context(self, when: DateTime) -> Option<String> {
        match self {
            Self::Clock(_) => Some(day(when.date())),
            Self::Days(_) => Some(format!(
                "{} {}",
                month(when.month()),
                padded_year(when.year())
            )),
            Self::Months(_) => Some(padded_year(when.year())),
            Self::Years(_) => None,
        }
    }
}

/// The one tick of an axis on which all points have the same time.
pub fn single(at: f64, zone: &TimeZone) -> Tick {
    let when = civil(at as i64, zone);
    let context = when.map(|when| day(when.date()));
    match (when, context) {
        (Some(when), Some(date)) if when.time() == Time::midnight() => Tick {
            value: at,
            label: date,
            context: None,
        },
        (Some(when), date) => {
            let finest = if when.time().subsec_nanosecond() == 0 {
                SECOND
            } else {
                1
            };
            Tick {
                value: at,
                label: clock(when.time(), finest),
                context: date,
            }
        }
        (None, _) => Tick {
            value: at,
            label: String::new(),
            context: None,
        },
    }
}

/// Every `months`th first of a month from the month of `low` to that of `high`.
fn firsts_of_months(
    low: i64,
    high: i64,
    months: i8,
    zone: &TimeZone,
) -> impl Iterator<Item = Date> {
    let count = |at: i64| {
        civil(at, zone).map_or(0, |t| i32::from(t.year()) * 12 + i32::from(t.month()) - 1)
    };
    let months = i32::from(months.max(1));
    (count(low).div_euclid(months)..=count(high).div_euclid(months)).filter_map(move |k| {
        let (year, month) = ((k * months).div_euclid(12), (k * months).rem_euclid(12));
        Date::new(i16::try_from(year).ok()?, i8::try_from(month + 1).ok()?, 1).ok()
    })
}

fn civil(milliseconds: i64, zone: &TimeZone) -> Option<DateTime> {
    let instant = Timestamp::from_millisecond(milliseconds).ok()?;
    Some(zone.to_datetime(instant))
}

/// Where the day begins: after a midnight that daylight saving leaves out, at its end.
fn midnight(date: Date, zone: &TimeZone) -> Option<i64> {
    let instant = zone
        .to_ambiguous_timestamp(date.to_datetime(Time::midnight()))
        .compatible()
        .ok()?;
    Some(instant.as_millisecond())
}

/// Milliseconds that the zone's clock is ahead of UTC.
fn offset(milliseconds: i64, zone: &TimeZone) -> i64 {
    Timestamp::from_millisecond(milliseconds)
        .map_or(0, |at| i64::from(zone.to_offset(at).seconds()) * SECOND)
}

fn round_up(value: i64, to: i64) -> i64 {
    value.div_euclid(to) * to + if value.rem_euclid(to) == 0 { 0 } else { to }
}

/// The first whole second after `from` whose offset is no longer `ahead`, as it is not at `to`.
fn first_change(from: i64, to: i64, ahead: i64, zone: &TimeZone) -> i64 {
    let (mut same, mut changed) = (from.div_euclid(SECOND), round_up(to, SECOND) / SECOND);
    while changed - same > 1 {
        let middle = same + (changed - same) / 2;
        if offset(middle * SECOND, zone) == ahead {
            same = middle;
        } else {
            changed = middle;
        }
    }
    changed * SECOND
}

fn clock(time: Time, length: i64) -> String {
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    if length % MINUTE == 0 {
        format!("{hour:02}:{minute:02}")
    } else if length % SECOND == 0 {
        format!("{hour:02}:{minute:02}:{second:02}")
    } else {
        format!(
            "{hour:02}:{minute:02}:{second:02}.{:03}",
            time.millisecond()
        )
    }
}

fn day(date: Date) -> String {
    format!(
        "{} {} {}",
        date.day(),
        month(date.month()),
        padded_year(date.year())
    )
}

fn month(number: i8) -> &'static str {
    const NAMES: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    usize::try_from(number)
        .ok()
        .and_then(|n| NAMES.get(n.checked_sub(1)?))
        .unwrap_or(&"")
}

/// The astronomical year as RFC 3339 and the datasets count: the year before 1 is 0.
fn year(number: i16) -> String {
    if number < 0 {
        format!("−{}", number.unsigned_abs())
    } else {
        number.to_string()
    }
}

/// Beside a day or a month, `12` could be a day: four digits make it a year.
fn padded_year(number: i16) -> String {
    let sign = if number < 0 { "−" } else { "" };
    format!("{sign}{:04}", number.unsigned_abs())
}

/// A time as RFC 3339 in UTC, or as milliseconds where it is beyond the year 9999.
pub fn rfc3339(milliseconds: f64) -> String {
    match Timestamp::from_millisecond(milliseconds as i64) {
        Ok(instant) => instant.to_string(),
        Err(_) => format!("{milliseconds}"),
    }
}
