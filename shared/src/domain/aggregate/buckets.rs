//! Buckets of time.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span as Calendar, Unit as JiffUnit};

use super::every::{DAY, Every, HOUR, SECOND, Unit};
use crate::domain::Timestamp;

/// The longest that a clock change can repeat: a day, where the date line was moved.
const MAX_REPEATED: i64 = 25 * HOUR;
/// 1969-12-29, in local time.
const FIRST_MONDAY: i64 = -3 * DAY;
/// How many edges of buckets are looked at within one chunk of points, before reading the points is quicker.
const MAX_EDGES: usize = 10_000;

/// One bucket: milliseconds, the start in it, the end not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: i64,
    pub end: i64,
}

/// The buckets of one length in one time zone. They cover all of time without overlap.
///
/// - Buckets of a fixed length are counted from 1970-01-01T00:00 by the local clock, and where it is
///   changed by something that is no multiple of their length also cut at the change. An hour that
///   a change repeats makes buckets of its own.
/// - Others begin at local times: multiples of hours and days are counted from 1970-01-01T00:00,
///   weeks from Monday 1969-12-29, months from 1970-01, years from the year 0. A day may have 23 or
///   25 hours. Where a change skips the beginning, it is the change; where it repeats it, the first.
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

impl Calm {
    /// The stretch around `time` when time is cut every `length` of local time from `origin` on.
    fn cut(self, time: i64, length: i64, origin: i64) -> Span {
        let local = time + self.offset - origin;
        let start = local.div_euclid(length) * length + origin - self.offset;
        Span {
            start,
            end: start + length,
        }
    }
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
        for _ in 0..MAX_EDGES {
            if end > last {
                return true;
            }
            if end % step != 0 {
                return false;
            }
            end = self.around(end).end;
        }
        false
    }

    fn calm_around(&mut self, time: i64) -> Calm {
        match self.calm {
            Some(calm) if calm.span.start <= time && time < calm.span.end => calm,
            _ => *self.calm.insert(calm_around(&self.zone, time)),
        }
    }

    fn fixed(&mut self, time: i64, length: i64) -> Span {
        let calm = self.calm_around(time);
        let span = calm.cut(time, length, 0);
        Span {
            start: span.start.max(calm.span.start),
            end: span.end.min(calm.span.end),
        }
    }

    fn local(&mut self, time: i64, unit: Unit, count: i32) -> Span {
        let length = match unit {
            Unit::Hour => Some((i64::from(count) * HOUR, 0)),
            Unit::Day => Some((i64::from(count) * DAY, 0)),
            Unit::Week => Some((i64::from(count) * 7 * DAY, FIRST_MONDAY)),
            Unit::Month | Unit::Year => None,
        };
        if let Some((length, origin)) = length {
            // Away from clock changes these are as long as they say. Behind a change that repeats
            // local times one must be sure that the beginning is none of those.
            let calm = self.calm_around(time);
            let span = calm.cut(time, length, origin);
            let is_clear = calm.span.start.saturating_add(MAX_REPEATED) <= span.start;
            if is_clear && span.end < calm.span.end {
                return span;
            }
        }
        self.by_calendar(time, unit, count)
    }

    fn by_calendar(&self, time: i64, unit: Unit, count: i32) -> Span {
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
    let epoch = Date::constant(1970, 1, 1);
    let days_since = date
        .to_datetime(Time::midnight())
        .duration_since(epoch.to_datetime(Time::midnight()))
        .as_hours()
        / 24;
    let count = i64::from(count);
    let down = |number: i64| number.div_euclid(count) * count;
    let midnight = |days: i64| {
        let date = epoch.checked_add(self::days(days));
        date.unwrap_or(Date::MIN).to_datetime(Time::midnight())
    };
    let first_of = |month: i64| {
        let year = i16::try_from(month.div_euclid(12)).unwrap_or(i16::MIN);
        let month = month.rem_euclid(12) as i8 + 1;
        let date = Date::new(year, month, 1).unwrap_or(Date::MIN);
        date.to_datetime(Time::midnight())
    };
    match unit {
        Unit::Hour => {
            let hours = down(days_since * 24 + i64::from(local.hour()));
            let time = Time::new(hours.rem_euclid(24) as i8, 0, 0, 0);
            let day = midnight(hours.div_euclid(24)).date();
            day.to_datetime(time.unwrap_or(Time::midnight()))
        }
        Unit::Day => midnight(down(days_since)),
        Unit::Week => {
            // Weeks since the first Monday.
            let weeks = (days_since + 3).div_euclid(7);
            midnight(down(weeks) * 7 - 3)
        }
        Unit::Month => {
            let since_1970 = (i64::from(date.year()) - 1970) * 12 + i64::from(date.month()) - 1;
            first_of(1970 * 12 + down(since_1970))
        }
        Unit::Year => first_of(down(i64::from(date.year())) * 12),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::parse_zone;

    fn buckets(every: &str, zone: &str) -> Buckets {
        Buckets::new(
            Every::parse(every).unwrap(),
            parse_zone(zone).unwrap(),
            None,
        )
    }

    fn time(text: &str) -> i64 {
        Timestamp::parse(text, &TimeZone::UTC)
            .unwrap()
            .milliseconds()
    }

    fn written(time: i64) -> String {
        Timestamp::from_milliseconds(time).unwrap().to_string()
    }

    /// The starts of the buckets from that of `first` to that of `last`.
    fn starts(every: &str, zone: &str, first: &str, last: &str) -> Vec<String> {
        let mut buckets = buckets(every, zone);
        let mut span = buckets.around(time(first));
        let mut starts = vec![written(span.start)];
        while span.end <= time(last) {
            let next = buckets.around(span.end);
            assert_eq!(next.start, span.end, "no gap and no overlap");
            span = next;
            starts.push(written(span.start));
        }
        starts
    }

    #[test]
    fn calendar_units_begin_where_the_calendar_says() {
        for (every, at, start, end) in [
            // Weeks of ISO 8601 begin on Mondays, also over New Year and before 1970.
            ("1w", "2021-01-01", "2020-12-28", "2021-01-04"),
            ("1w", "2024-12-31T23:59", "2024-12-30", "2025-01-06"),
            ("1w", "1969-12-28T23:59", "1969-12-22", "1969-12-29"),
            ("1w", "1958-03-29", "1958-03-24", "1958-03-31"),
            // Months have their lengths.
            ("1mo", "2023-01-31T23:59", "2023-01-01", "2023-02-01"),
            ("1mo", "2024-02-29", "2024-02-01", "2024-03-01"),
            ("1mo", "1900-02-28T23:59", "1900-02-01", "1900-03-01"),
            ("1mo", "2024-12-31", "2024-12-01", "2025-01-01"),
            ("3mo", "2024-03-31", "2024-01-01", "2024-04-01"),
            ("3mo", "2024-12-01", "2024-10-01", "2025-01-01"),
            ("6mo", "1969-07-01", "1969-07-01", "1970-01-01"),
            ("1y", "1969-12-31T23:59:59.999", "1969-01-01", "1970-01-01"),
            ("10y", "1969-12-31", "1960-01-01", "1970-01-01"),
            ("10y", "0009-12-31", "0000-01-01", "0010-01-01"),
            (
                "10y",
                "-000001-12-31T00:00:00Z",
                "-000010-01-01T00:00:00Z",
                "0000-01-01",
            ),
            ("100y", "1958-03", "1900-01-01", "2000-01-01"),
            ("1d", "1969-12-31T12:00", "1969-12-31", "1970-01-01"),
            // Any multiple counts from 1970-01-01, a Thursday; weeks from Monday 1969-12-29.
            ("7d", "1970-01-07T23:59", "1970-01-01", "1970-01-08"),
            ("7d", "1969-12-31", "1969-12-25", "1970-01-01"),
            ("30d", "2024-01-01", "2023-12-19", "2024-01-18"),
            ("2w", "1970-01-11T23:59", "1969-12-29", "1970-01-12"),
            ("2w", "1969-12-28", "1969-12-15", "1969-12-29"),
            ("5mo", "1970-05-31", "1970-01-01", "1970-06-01"),
            ("5mo", "1969-12-31", "1969-08-01", "1970-01-01"),
            ("18mo", "1971-06-30", "1970-01-01", "1971-07-01"),
            ("7y", "2024-06-01", "2023-01-01", "2030-01-01"),
            (
                "5h",
                "1970-01-02T00:30",
                "1970-01-01T20:00",
                "1970-01-02T01:00",
            ),
            ("36h", "1970-01-02", "1970-01-01", "1970-01-02T12:00"),
            (
                "7m",
                "1970-01-01T01:00",
                "1970-01-01T00:56",
                "1970-01-01T01:03",
            ),
            (
                "90m",
                "1970-01-01T02:59",
                "1970-01-01T01:30",
                "1970-01-01T03:00",
            ),
            (
                "500ms",
                "1970-01-01T00:00:01.999",
                "1970-01-01T00:00:01.500",
                "1970-01-01T00:00:02",
            ),
            (
                "500ms",
                "1969-12-31T23:59:59.499",
                "1969-12-31T23:59:59",
                "1969-12-31T23:59:59.500",
            ),
            (
                "6h",
                "1969-12-31T17:59:59",
                "1969-12-31T12:00",
                "1969-12-31T18:00",
            ),
            (
                "1h",
                "1969-12-31T23:59:59",
                "1969-12-31T23:00",
                "1970-01-01",
            ),
            (
                "15m",
                "1969-12-31T23:59:59",
                "1969-12-31T23:45",
                "1970-01-01",
            ),
            (
                "10s",
                "1958-03-29T12:00:59",
                "1958-03-29T12:00:50",
                "1958-03-29T12:01",
            ),
        ] {
            let span = buckets(every, "UTC").around(time(at));
            assert_eq!(
                (written(span.start), written(span.end)),
                (written(time(start)), written(time(end))),
                "{every} {at}"
            );
        }
    }

    #[test]
    fn days_in_berlin_have_23_24_or_25_hours() {
        assert_eq!(
            starts(
                "1d",
                "Europe/Berlin",
                "2024-03-30T12:00Z",
                "2024-04-01T12:00Z"
            ),
            [
                "2024-03-29T23:00:00Z",
                "2024-03-30T23:00:00Z",
                "2024-03-31T22:00:00Z"
            ]
        );
        assert_eq!(
            starts(
                "1d",
                "Europe/Berlin",
                "2024-10-26T12:00Z",
                "2024-10-28T12:00Z"
            ),
            [
                "2024-10-25T22:00:00Z",
                "2024-10-26T22:00:00Z",
                "2024-10-27T23:00:00Z"
            ]
        );
        assert_eq!(
            starts(
                "1w",
                "Europe/Berlin",
                "2024-03-30T12:00Z",
                "2024-04-02T12:00Z"
            ),
            ["2024-03-24T23:00:00Z", "2024-03-31T22:00:00Z"]
        );
        assert_eq!(
            starts(
                "1mo",
                "Europe/Berlin",
                "2024-03-15T12:00Z",
                "2024-04-15T12:00Z"
            ),
            ["2024-02-29T23:00:00Z", "2024-03-31T22:00:00Z"]
        );
    }

    #[test]
    fn multi_hour_buckets_follow_the_local_clock() {
        // 02:00 to 03:00 is skipped, or happens twice.
        assert_eq!(
            starts(
                "6h",
                "Europe/Berlin",
                "2024-03-30T23:00Z",
                "2024-03-31T21:00Z"
            ),
            [
                "2024-03-30T23:00:00Z",
                "2024-03-31T04:00:00Z",
                "2024-03-31T10:00:00Z",
                "2024-03-31T16:00:00Z"
            ]
        );
        assert_eq!(
            starts(
                "6h",
                "Europe/Berlin",
                "2024-10-26T22:00Z",
                "2024-10-27T12:00Z"
            ),
            [
                "2024-10-26T22:00:00Z",
                "2024-10-27T05:00:00Z",
                "2024-10-27T11:00:00Z"
            ]
        );
        assert_eq!(
            starts(
                "2h",
                "Europe/Berlin",
                "2024-03-30T23:00Z",
                "2024-03-31T03:00Z"
            ),
            [
                "2024-03-30T23:00:00Z",
                "2024-03-31T01:00:00Z",
                "2024-03-31T02:00:00Z"
            ]
        );
    }

    #[test]
    fn a_repeated_hour_makes_buckets_of_its_own() {
        assert_eq!(
            starts(
                "1h",
                "Europe/Berlin",
                "2024-10-26T23:00Z",
                "2024-10-27T02:00Z"
            ),
            [
                "2024-10-26T23:00:00Z",
                "2024-10-27T00:00:00Z",
                "2024-10-27T01:00:00Z",
                "2024-10-27T02:00:00Z"
            ]
        );
        assert_eq!(
            starts(
                "1h",
                "Europe/Berlin",
                "2024-03-31T00:00Z",
                "2024-03-31T02:00Z"
            ),
            [
                "2024-03-31T00:00:00Z",
                "2024-03-31T01:00:00Z",
                "2024-03-31T02:00:00Z"
            ]
        );
    }

    #[test]
    fn zones_need_not_be_whole_hours_apart() {
        assert_eq!(
            starts(
                "1h",
                "Asia/Kolkata",
                "2024-01-01T00:00Z",
                "2024-01-01T01:00Z"
            ),
            ["2023-12-31T23:30:00Z", "2024-01-01T00:30:00Z"]
        );
        assert_eq!(
            starts("1d", "Asia/Kolkata", "2024-01-01", "2024-01-01T12:00Z")[0],
            "2023-12-31T18:30:00Z"
        );
        // Lord Howe Island puts its clocks back by half an hour, at 02:00 to 01:30.
        assert_eq!(
            starts(
                "1h",
                "Australia/Lord_Howe",
                "2024-04-06T14:00Z",
                "2024-04-06T15:45Z"
            ),
            [
                "2024-04-06T14:00:00Z",
                "2024-04-06T15:00:00Z",
                "2024-04-06T15:30:00Z"
            ]
        );
        assert_eq!(
            starts(
                "1d",
                "Australia/Lord_Howe",
                "2024-04-06T13:00Z",
                "2024-04-07T14:00Z"
            ),
            ["2024-04-06T13:00:00Z", "2024-04-07T13:30:00Z"]
        );
    }

    #[test]
    fn days_begin_with_their_first_instant_however_clocks_are_changed_at_midnight() {
        // Beirut skips from midnight to 01:00, Havana goes from 01:00 back to midnight, St John's
        // went from 00:01 back to 23:01, Apia left out a whole day.
        for (zone, first, last, expected) in [
            (
                "Asia/Beirut",
                "2024-03-30T12:00Z",
                "2024-04-01T12:00Z",
                vec![
                    "2024-03-29T22:00:00Z",
                    "2024-03-30T22:00:00Z",
                    "2024-03-31T21:00:00Z",
                ],
            ),
            (
                "America/Havana",
                "2024-11-02T12:00Z",
                "2024-11-04T12:00Z",
                vec![
                    "2024-11-02T04:00:00Z",
                    "2024-11-03T04:00:00Z",
                    "2024-11-04T05:00:00Z",
                ],
            ),
            (
                "America/St_Johns",
                "2006-10-28T12:00Z",
                "2006-10-30T12:00Z",
                vec![
                    "2006-10-28T02:30:00Z",
                    "2006-10-29T02:30:00Z",
                    "2006-10-30T03:30:00Z",
                ],
            ),
            (
                "Pacific/Apia",
                "2011-12-29T12:00Z",
                "2011-12-31T12:00Z",
                vec![
                    "2011-12-29T10:00:00Z",
                    "2011-12-30T10:00:00Z",
                    "2011-12-31T10:00:00Z",
                ],
            ),
        ] {
            assert_eq!(starts("1d", zone, first, last), expected, "{zone}");
        }
    }

    #[test]
    fn every_time_is_in_its_bucket_and_short_cuts_agree_with_the_calendar() {
        for zone in [
            "UTC",
            "Europe/Berlin",
            "America/St_Johns",
            "Australia/Lord_Howe",
            "Pacific/Apia",
            "-03:30",
        ] {
            for every in [
                "10s", "15m", "1h", "3h", "12h", "1d", "1w", "1mo", "3mo", "1y", "10y", "500ms",
                "7m", "90m", "5h", "36h", "7d", "30d", "2w", "5mo", "18mo", "7y",
            ] {
                let mut buckets = buckets(every, zone);
                for at in 0..2000_i64 {
                    // From 1880 on, at uneven times.
                    let time = at * 2_500_000_123 - 2_840_000_000_000;
                    let span = buckets.around(time);
                    assert!(
                        span.start <= time && time < span.end,
                        "{zone} {every} {time}: {span:?}"
                    );
                    assert_eq!(buckets.around(span.start), span, "{zone} {every} {time}");
                    assert_eq!(buckets.around(span.end - 1), span, "{zone} {every} {time}");
                    if let Every::Local(unit, count) = buckets.every {
                        assert_eq!(
                            buckets.by_calendar(time, unit, count),
                            span,
                            "{zone} {every} {time}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn the_ends_of_time_have_buckets() {
        for every in [
            "1ms", "1h", "12h", "1d", "1w", "1mo", "1000y", "365000d", "52000w", "11000mo", "all",
        ] {
            for zone in ["UTC", "Asia/Kolkata", "America/New_York"] {
                for time in [Timestamp::MIN, Timestamp::MAX] {
                    let span = buckets(every, zone).around(time.milliseconds());
                    assert!(Timestamp::from_milliseconds(span.time()).is_ok());
                    assert!(span.start <= time.milliseconds() && time.milliseconds() < span.end);
                }
            }
        }
    }

    #[test]
    fn multiples_of_days_follow_the_local_midnight() {
        assert_eq!(
            starts(
                "7d",
                "Europe/Berlin",
                "2024-03-27T12:00Z",
                "2024-04-05T12:00Z"
            ),
            [
                "2024-03-20T23:00:00Z",
                "2024-03-27T23:00:00Z",
                "2024-04-03T22:00:00Z"
            ]
        );
    }

    #[test]
    fn aligned_edges_are_found_without_going_through_millions() {
        let mut minutes = buckets("1m", "UTC");
        assert!(minutes.are_aligned(0, 5_000 * 60_000, 60_000));
        assert!(!minutes.are_aligned(0, i64::MAX / 4, 60_000));
        assert!(!buckets("7m", "UTC").are_aligned(0, 3_600_000, 3_600_000));
        assert!(buckets("7m", "UTC").are_aligned(0, 3_600_000, 60_000));
    }

    #[test]
    fn one_bucket_over_everything_begins_with_the_first_time() {
        let mut buckets = buckets("all", "UTC");
        assert_eq!(
            buckets.around(17),
            Span {
                start: 17,
                end: i64::MAX
            }
        );
        assert_eq!(
            buckets.around(90),
            Span {
                start: 17,
                end: i64::MAX
            }
        );
        assert!(buckets.hold(i64::MIN, i64::MAX));
    }
}
