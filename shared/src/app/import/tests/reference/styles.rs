//! How the times of generated files are written.

use crate::domain::time::calendar::{civil_from_days, days_from_civil};

/// A moment of a generated row, to the millisecond, UTC.
#[derive(Clone, Copy)]
pub(super) struct Moment(pub i64);

impl Moment {
    pub(super) fn date(self) -> (i64, i64, i64) {
        civil_from_days(self.0.div_euclid(86_400_000))
    }

    fn clock(self) -> (i64, i64, i64, i64) {
        let in_day = self.0.rem_euclid(86_400_000);
        (
            in_day / 3_600_000,
            in_day / 60_000 % 60,
            in_day / 1000 % 60,
            in_day % 1000,
        )
    }

    fn is_midnight(self) -> bool {
        self.0.rem_euclid(86_400_000) == 0
    }
}

pub(super) const DAY: i64 = 86_400_000;
const HOUR: i64 = 3_600_000;
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// How the time of a file is written.
pub(super) struct TimeStyle {
    /// Columns with their names.
    pub columns: &'static [&'static [&'static str]],
    /// Milliseconds between two rows; 0 for months, -1 for years, -3 for quarters.
    pub step: i64,
    pub write: fn(Moment) -> Vec<String>,
    pub query: &'static [(&'static str, &'static str)],
}

const TIME: &[&str] = &[
    "time",
    "timestamp",
    "Time",
    "datetime",
    "Zeitstempel",
    "date_time",
];
const DATE: &[&str] = &["date", "Date", "DATUM", "Fecha", "日付"];
const YEAR: &[&str] = &["year", "YEAR", "Yr", "Jahr", "YYYY"];
const MONTH: &[&str] = &["month", "MO", "Mn", "Monat", "MM"];
pub(super) const DAYS: &[&str] = &["day", "DY", "Tag", "DD"];
const HOURS: &[&str] = &["hour", "HR", "Stunde", "hh"];
const CLOCK: &[&str] = &["time", "START TIME", "Uhrzeit", "Time"];

pub(super) fn styles() -> Vec<TimeStyle> {
    let style = |columns, step, write| TimeStyle {
        columns,
        step,
        write,
        query: &[],
    };
    let named = |columns, step, write, query| TimeStyle {
        columns,
        step,
        write,
        query,
    };
    vec![
        style(&[TIME], HOUR / 4, |at| vec![iso(at, 'T', "Z")]),
        style(&[TIME], HOUR, |at| vec![iso(at, ' ', "")]),
        style(&[TIME], HOUR, |at| vec![iso(at, ' ', " UTC")]),
        style(&[TIME], HOUR, |at| {
            vec![iso(Moment(at.0 + HOUR), 'T', "+01:00")]
        }),
        style(&[TIME], HOUR, |at| {
            vec![iso(Moment(at.0 - 5 * HOUR), ' ', " -0500")]
        }),
        style(&[TIME], HOUR, |at| match at.is_midnight() {
            // The end of the day before.
            true => {
                let (year, month, day) = Moment(at.0 - DAY).date();
                vec![format!("{year:04}-{month:02}-{day:02} 24:00")]
            }
            false => vec![iso(at, ' ', "")],
        }),
        style(&[TIME], HOUR, |at| {
            let ((year, month, day), (hour, minute, _, _)) = (at.date(), at.clock());
            vec![format!("{year}/{month}/{day} {hour}:{minute:02}")]
        }),
        style(&[DATE], DAY, |at| vec![date(at)]),
        style(&[DATE], DAY, |at| vec![date(at).replace('-', "")]),
        style(&[DATE], DAY, |at| {
            let (year, month, day) = at.date();
            vec![format!("{day} {} {year}", MONTHS[month as usize - 1])]
        }),
        style(&[DATE], DAY, |at| {
            let year = at.date().0;
            let day = at.0 / DAY - days_from_civil(year, 1, 1) + 1;
            vec![format!("{year}{day:03}")]
        }),
        style(&[DATE], 0, |at| vec![date(at)[..7].to_owned()]),
        style(&[DATE], 0, |at| vec![date(at)[..7].replace('-', "")]),
        style(&[DATE], 0, |at| {
            vec![format!(
                "{} {}",
                &MONTHS[at.date().1 as usize - 1][..3],
                at.date().0
            )]
        }),
        style(&[DATE], 0, |at| {
            vec![format!("{}M{:02}", at.date().0, at.date().1)]
        }),
        style(&[DATE], -3, |at| {
            vec![format!("{}-Q{}", at.date().0, (at.date().1 + 2) / 3)]
        }),
        style(&[DATE], -3, |at| {
            vec![format!("Q{} {}", (at.date().1 + 2) / 3, at.date().0)]
        }),
        style(&[YEAR], -1, |at| vec![at.date().0.to_string()]),
        style(&[YEAR], -1, |at| vec![format!("{}.0", at.date().0)]),
        style(&[TIME], HOUR, |at| vec![(at.0 / 1000).to_string()]),
        style(&[TIME], HOUR, |at| vec![at.0.to_string()]),
        style(&[TIME], HOUR, |at| vec![(at.0 * 1000).to_string()]),
        style(&[TIME], HOUR, |at| vec![(at.0 * 1_000_000).to_string()]),
        style(&[DATE, CLOCK], HOUR / 2, |at| vec![date(at), clock(at)]),
        style(&[DATE, CLOCK], HOUR, |at| {
            vec![date(at), clock(at).replace(':', "")]
        }),
        style(&[DATE, CLOCK], HOUR, |at| {
            let (hour, minute, _, _) = at.clock();
            let half = if hour < 12 { "AM" } else { "PM" };
            vec![
                date(at),
                format!("{}:{minute:02} {half}", (hour + 11) % 12 + 1),
            ]
        }),
        style(&[DATE, HOURS], HOUR, |at| {
            vec![date(at), at.clock().0.to_string()]
        }),
        style(&[YEAR, MONTH], 0, |at| {
            vec![at.date().0.to_string(), at.date().1.to_string()]
        }),
        style(&[YEAR, MONTH], 0, |at| {
            vec![
                at.date().0.to_string(),
                MONTHS[at.date().1 as usize - 1].to_owned(),
            ]
        }),
        style(&[YEAR, MONTH, DAYS, HOURS], HOUR, |at| {
            let (year, month, day) = at.date();
            [year, month, day, at.clock().0]
                .map(|number| number.to_string())
                .to_vec()
        }),
        style(&[YEAR, &["DOY", "doy", "Day of Year"]], DAY, |at| {
            let year = at.date().0;
            let day = at.0 / DAY - days_from_civil(year, 1, 1) + 1;
            vec![year.to_string(), day.to_string()]
        }),
        style(&[YEAR, &["quarter", "Quartal", "qtr"]], -3, |at| {
            vec![
                at.date().0.to_string(),
                format!("Q{}", (at.date().1 + 2) / 3),
            ]
        }),
        style(&[YEAR, &["period"]], 0, |at| {
            vec![at.date().0.to_string(), format!("M{:02}", at.date().1)]
        }),
        named(
            &[TIME],
            DAY,
            |at| {
                let (year, month, day) = at.date();
                vec![format!("{day:02}.{month:02}.{year}")]
            },
            &[("time_format", "%d.%m.%Y")],
        ),
        named(
            &[TIME],
            HOUR,
            |at| vec![(at.0 / 1000).to_string()],
            &[("time_format", "unix_s")],
        ),
        named(
            &[TIME],
            HOUR,
            |at| vec![format!("{:.9}", at.0 as f64 / DAY as f64 + 25_569.0)],
            &[("time_format", "excel")],
        ),
        named(
            &[TIME],
            DAY,
            |at| vec![(at.0 / DAY + 40_587).to_string()],
            &[("time_format", "mjd")],
        ),
        named(
            &[TIME],
            7 * DAY,
            |at| {
                // The Thursday of a week is in its year.
                let day = at.0.div_euclid(DAY);
                let thursday = day - (day + 3).rem_euclid(7) + 3;
                let year = civil_from_days(thursday).0;
                let week = (thursday - days_from_civil(year, 1, 1)) / 7 + 1;
                vec![format!("{year}-W{week:02}")]
            },
            &[],
        ),
    ]
}

fn date(at: Moment) -> String {
    let (year, month, day) = at.date();
    format!("{year:04}-{month:02}-{day:02}")
}

fn clock(at: Moment) -> String {
    let (hour, minute, _, _) = at.clock();
    format!("{hour:02}:{minute:02}")
}

fn iso(at: Moment, separator: char, suffix: &str) -> String {
    let second = at.clock().2;
    format!("{}{separator}{}:{second:02}{suffix}", date(at), clock(at))
}
