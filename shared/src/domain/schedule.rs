//! When something recurs: after every so long, or as a cron expression says.

use std::cmp::Ordering;

use croner::Cron;
use croner::errors::CronError;
use croner::parser::{CronParser, Seconds, Year};
use croner::time::{CivilDate, CivilDateTime, CivilTime, CronDateTime, Resolution, Weekday};
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone};
use jiff::{SignedDuration, Timestamp as Instant};

use super::time::Timestamp;

const MINUTE: i64 = 60_000;
/// Units of `every`, in milliseconds.
const UNITS: [(char, i64); 4] = [
    ('m', MINUTE),
    ('h', 60 * MINUTE),
    ('d', 1440 * MINUTE),
    ('w', 7 * 1440 * MINUTE),
];
/// The longest period: a leap year.
const LONGEST: i64 = 366 * 1440 * MINUTE;

/// When something recurs.
#[derive(Debug, Clone)]
pub enum Recurrence {
    /// So many milliseconds after its beginning, and again and again.
    Every(i64),
    /// At the times of a cron expression, on the clocks of a zone. A time that a zone skips comes as
    /// soon as the clock goes on, one that it has twice counts once.
    Cron(Box<Cron>, TimeZone),
}

impl Recurrence {
    /// A whole number and a unit: `15m`, `6h`, `1d`, `2w`; from a minute to a year.
    ///
    /// # Errors
    /// Says what it must be.
    pub fn every(text: &str) -> Result<Self, String> {
        let parsed = UNITS.iter().find_map(|(unit, length)| {
            let number: i64 = text.strip_suffix(*unit)?.parse().ok()?;
            number.checked_mul(*length)
        });
        parsed
            .filter(|period| (MINUTE..=LONGEST).contains(period))
            .map(Self::Every)
            .ok_or_else(|| {
                let text: String = text.chars().take(60).collect();
                format!(
                    "`{text}` is not a period from a minute to a year, such as 15m, 6h, 1d or 2w"
                )
            })
    }

    /// Five fields: minute, hour, day of the month, month, day of the week.
    ///
    /// # Errors
    /// Says what is wrong with the expression, or that it never comes true.
    pub fn cron(text: &str, zone: TimeZone) -> Result<Self, String> {
        let shown: String = text.chars().take(60).collect();
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let cron = parser
            .parse(text)
            .map_err(|error| format!("`{shown}` is not a cron expression: {error}"))?;
        let recurrence = Self::Cron(Box::new(cron), zone);
        let epoch = Timestamp::from_milliseconds(0).unwrap_or(Timestamp::MIN);
        match recurrence.next(epoch, epoch) {
            Some(_) => Ok(recurrence),
            None => Err(format!("`{shown}` never comes true")),
        }
    }

    /// The first time after `now` of what began at `start`.
    pub fn next(&self, start: Timestamp, now: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Every(period) => {
                let gone = now
                    .milliseconds()
                    .saturating_sub(start.milliseconds())
                    .max(0);
                let count = gone.checked_div(*period)?.checked_add(1)?;
                let at = start
                    .milliseconds()
                    .checked_add(count.checked_mul(*period)?)?;
                Timestamp::from_milliseconds(at).ok()
            }
            Self::Cron(cron, zone) => {
                let wall = Wall(now.instant(), zone.clone());
                let next = cron.find_next_occurrence(&wall, false).ok()?;
                Timestamp::from_milliseconds(next.0.as_millisecond()).ok()
            }
        }
    }
}

/// A time with its zone, as croner searches over it.
#[derive(Clone)]
struct Wall(Instant, TimeZone);

impl Wall {
    fn civil(&self) -> DateTime {
        self.1.to_datetime(self.0)
    }
}

impl CronDateTime for Wall {
    fn to_civil(&self) -> CivilDateTime {
        let at = self.civil();
        let part = |value: i8| u32::from(value.unsigned_abs());
        // jiff has no other than valid dates and times.
        CivilDateTime::new(
            CivilDate::from_parts_unchecked(i32::from(at.year()), part(at.month()), part(at.day())),
            CivilTime::from_parts_unchecked(part(at.hour()), part(at.minute()), part(at.second())),
        )
    }

    fn civil_weekday(&self) -> Weekday {
        let day = self.civil().weekday().to_sunday_zero_offset();
        Weekday::from_days_from_sunday(u32::from(day.unsigned_abs()))
    }

    fn resolve_civil(&self, civil: CivilDateTime) -> Result<Resolution<Self>, CronError> {
        let ambiguous = self.1.to_ambiguous_timestamp(to_jiff(civil)?);
        let wall = |instant| Self(instant, self.1.clone());
        let failed = |_| CronError::InvalidTime;
        Ok(match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { .. } => {
                Resolution::Single(wall(ambiguous.unambiguous().map_err(failed)?))
            }
            AmbiguousOffset::Fold { .. } => Resolution::Ambiguous(
                wall(ambiguous.earlier().map_err(failed)?),
                wall(ambiguous.later().map_err(failed)?),
            ),
            AmbiguousOffset::Gap { .. } => Resolution::Gap,
        })
    }

    fn checked_add_seconds(&self, seconds: i64) -> Option<Self> {
        let later = self.0.checked_add(SignedDuration::from_secs(seconds));
        later.ok().map(|later| Self(later, self.1.clone()))
    }

    fn cmp_instant(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

fn to_jiff(civil: CivilDateTime) -> Result<DateTime, CronError> {
    let part = |value: u32| i8::try_from(value).map_err(|_| CronError::InvalidDate);
    let year = i16::try_from(civil.year()).map_err(|_| CronError::InvalidDate)?;
    DateTime::new(
        year,
        part(civil.month())?,
        part(civil.day())?,
        part(civil.hour())?,
        part(civil.minute())?,
        part(civil.second())?,
        0,
    )
    .map_err(|_| CronError::InvalidDate)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::parse_zone;

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text, &TimeZone::UTC).unwrap()
    }

    #[test]
    fn periods_are_counted_from_the_beginning_whatever_was_missed() {
        let hourly = Recurrence::every("1h").unwrap();
        let start = time("2026-01-01T00:30:00Z");
        for (now, next) in [
            ("2026-01-01T00:30:00Z", "2026-01-01T01:30:00Z"),
            ("2026-01-01T01:29:59Z", "2026-01-01T01:30:00Z"),
            ("2026-01-01T01:30:00Z", "2026-01-01T02:30:00Z"),
            ("2026-01-03T07:00:00Z", "2026-01-03T07:30:00Z"),
        ] {
            assert_eq!(hourly.next(start, time(now)), Some(time(next)), "{now}");
        }
        for wrong in [
            "",
            "h",
            "30s",
            "0m",
            "-1h",
            "1.5h",
            "367d",
            "1y",
            "99999999999999999w",
        ] {
            assert!(Recurrence::every(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn cron_follows_the_clocks_of_its_zone() {
        let berlin = parse_zone("Europe/Berlin").unwrap();
        let daily = Recurrence::cron("30 2 * * *", berlin).unwrap();
        let start = time("2026-01-01");
        for (now, next) in [
            ("2026-01-10T00:00:00Z", "2026-01-10T01:30:00Z"),
            ("2026-07-10T00:00:00Z", "2026-07-10T00:30:00Z"),
            // 2:30 is skipped on that day, and comes when the clock goes on at 3.
            ("2026-03-28T12:00:00Z", "2026-03-29T01:00:00Z"),
            // It comes twice on that day, and counts once.
            ("2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z"),
            ("2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"),
        ] {
            let found = daily.next(start, time(now)).map(|time| time.to_string());
            assert_eq!(found.as_deref(), Some(next), "{now}");
        }
        for wrong in [
            "",
            "* * * *",
            "61 * * * *",
            "0 0 30 2 *",
            "0 0 0 * * *",
            "whenever",
        ] {
            assert!(Recurrence::cron(wrong, TimeZone::UTC).is_err(), "{wrong}");
        }
    }
}
