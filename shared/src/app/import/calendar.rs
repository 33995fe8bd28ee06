//! The ordinary forms of dates and times, read without an allocation.

use jiff::civil::{Date, DateTime, Time};

/// A valid date and time of day.
#[derive(Clone, Copy)]
pub(super) struct Civil {
    year: i64,
    month: i64,
    day: i64,
    /// Milliseconds since midnight.
    in_day: i64,
}

impl Civil {
    /// Milliseconds since 1970, were it UTC.
    pub(super) fn milliseconds(self) -> i64 {
        days_from_civil(self.year, self.month, self.day) * 86_400_000 + self.in_day
    }

    pub(super) fn to_jiff(self) -> Option<DateTime> {
        let date = Date::new(self.year as i16, self.month as i8, self.day as i8).ok()?;
        let (seconds, milliseconds) = (self.in_day / 1000, self.in_day % 1000);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        let nanosecond = i32::try_from(milliseconds * 1_000_000).ok()?;
        let time = Time::new(hour as i8, minute as i8, second as i8, nanosecond).ok()?;
        Some(date.to_datetime(time))
    }
}

/// Days from 1970-01-01 to a date of the proleptic Gregorian calendar, year 0 or later.
/// Source: H. Hinnant, "chrono-compatible low-level date algorithms", `days_from_civil`.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// `YYYY[-MM[-DD[(T| )hh:mm[:ss[.f]][Z|±hh:mm]]]]` with years 0000 to 9999, slashes allowed in
/// the date: the civil time, and the offset from UTC in minutes if it has one. `None` for any
/// other text, dates that do not exist included.
pub(super) fn scan(text: &[u8]) -> Option<(Civil, Option<i64>)> {
    let digit = |at: usize| {
        let digit = text.get(at)?.wrapping_sub(b'0');
        (digit <= 9).then_some(i64::from(digit))
    };
    let two = |at: usize| Some(digit(at)? * 10 + digit(at + 1)?);
    let is = |at: usize, byte: u8| text.get(at) == Some(&byte);

    let mut civil = Civil {
        year: two(0)? * 100 + two(2)?,
        month: 1,
        day: 1,
        in_day: 0,
    };
    if text.len() == 4 {
        return Some((civil, None));
    }
    let separator = *text.get(4).filter(|byte| matches!(byte, b'-' | b'/'))?;
    civil.month = two(5).filter(|month| (1..=12).contains(month))?;
    if text.len() == 7 {
        return Some((civil, None));
    }
    if !is(7, separator) {
        return None;
    }
    civil.day = two(8).filter(|day| (1..=days_in_month(civil.year, civil.month)).contains(day))?;
    if text.len() == 10 {
        return Some((civil, None));
    }
    if !matches!(text.get(10)?, b'T' | b't' | b' ') || !is(13, b':') {
        return None;
    }
    let hour = two(11).filter(|hour| *hour < 24)?;
    let minute = two(14).filter(|minute| *minute < 60)?;
    civil.in_day = (hour * 60 + minute) * 60_000;
    let mut at = 16;
    if is(16, b':') {
        civil.in_day += two(17).filter(|second| *second < 60)? * 1000;
        at = 19;
        if is(19, b'.') {
            let fraction = text.get(20..)?;
            let digits = fraction
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count();
            // Finer than a millisecond is cut off.
            let thousandth = |place: usize| {
                if place < digits {
                    digit(20 + place)
                } else {
                    Some(0)
                }
            };
            if !(1..=9).contains(&digits) {
                return None;
            }
            civil.in_day += thousandth(0)? * 100 + thousandth(1)? * 10 + thousandth(2)?;
            at = 20 + digits;
        }
    }
    let offset = match text.get(at..)? {
        [] => None,
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
            let hours = two(at + 1).filter(|hours| *hours < 24)?;
            let minutes = two(at + 4).filter(|minutes| *minutes < 60)?;
            let minutes = hours * 60 + minutes;
            Some(if *sign == b'-' { -minutes } else { minutes })
        }
        _ => return None,
    };
    Some((civil, offset))
}

fn days_in_month(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
