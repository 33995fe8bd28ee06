//! Arithmetic of the proleptic Gregorian calendar, in milliseconds since 1970 on a clock without a
//! zone.

/// Milliseconds of a day.
pub const DAY: i64 = 86_400_000;

/// Days from 1970-01-01 to a date, which must exist.
/// Source: H. Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
pub fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// Year, month and day of a day number counted from 1970-01-01. Written out because it runs once
/// for every point that leaves as text.
/// Source: H. Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`.
pub fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

pub fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Midnight of a date; `None` when there is no such date.
pub fn date(year: i64, month: i64, day: i64) -> Option<i64> {
    let exists = (1..=12).contains(&month) && (1..=days_in_month(year, month)).contains(&day);
    exists.then(|| days_from_civil(year, month, day) * DAY)
}

/// Midnight of the nth day of a year.
pub fn day_of_year(year: i64, day: i64) -> Option<i64> {
    let days = 365 + i64::from(is_leap(year));
    (1..=days)
        .contains(&day)
        .then(|| (days_from_civil(year, 1, 1) + day - 1) * DAY)
}

/// The first day of a quarter.
pub fn quarter(year: i64, quarter: i64) -> Option<i64> {
    (1..=4)
        .contains(&quarter)
        .then(|| days_from_civil(year, quarter * 3 - 2, 1) * DAY)
}

/// A day of a week of ISO 8601: week 1 has the year's first Thursday, day 1 is Monday.
pub fn iso_week(year: i64, week: i64, weekday: i64) -> Option<i64> {
    // The Monday of the week that has January 4th.
    let first = |year| {
        let day = days_from_civil(year, 1, 4);
        day - (day + 3).rem_euclid(7)
    };
    let monday = first(year) + (week - 1) * 7;
    let exists = week >= 1 && monday < first(year + 1) && (1..=7).contains(&weekday);
    exists.then(|| (monday + weekday - 1) * DAY)
}

/// The number of an English month: by its whole name, or its first three letters or more
/// (`Sept`), in any letter case, with or without a point.
pub fn month_of_name(name: &str) -> Option<i64> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let name = name.strip_suffix('.').unwrap_or(name);
    if !(3..=9).contains(&name.len()) {
        return None;
    }
    let begins = |full: &str| {
        full.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let at = NAMES.iter().position(|full| begins(full))?;
    i64::try_from(at + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_of_weeks_quarters_and_years() {
        let day = |year, month, day| days_from_civil(year, month, day) * DAY;
        assert_eq!(iso_week(2020, 1, 1), Some(day(2019, 12, 30)));
        assert_eq!(iso_week(2020, 5, 1), Some(day(2020, 1, 27)));
        assert_eq!(iso_week(2020, 53, 7), Some(day(2021, 1, 3)));
        assert_eq!(iso_week(2021, 53, 1), None);
        assert_eq!((iso_week(2021, 0, 1), iso_week(2021, 1, 8)), (None, None));
        assert_eq!(quarter(2020, 4), Some(day(2020, 10, 1)));
        assert_eq!(quarter(2020, 5), None);
        assert_eq!(day_of_year(2020, 366), Some(day(2020, 12, 31)));
        assert_eq!((day_of_year(2019, 366), day_of_year(2019, 0)), (None, None));
        assert_eq!(date(1900, 2, 29), None);
        for days in [-800_000, -1, 0, 1, 18_000, 2_000_000] {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
    }

    #[test]
    fn months_have_english_names() {
        for (name, month) in [
            ("January", Some(1)),
            ("jan", Some(1)),
            ("FEB.", Some(2)),
            ("May", Some(5)),
            ("Sept", Some(9)),
            ("december", Some(12)),
            ("Ja", None),
            ("Janvier", None),
            ("mai", None),
            ("", None),
            ("März", None),
        ] {
            assert_eq!(month_of_name(name), month, "{name}");
        }
    }
}
