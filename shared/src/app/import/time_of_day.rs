//! Times of day in a column of their own.

use crate::domain::time::calendar::DAY;
use crate::domain::time::written::{Unit, Written};

/// How a column states the time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    /// `06:30`, `6:30:15`, `1:30 PM`.
    Colons,
    /// `0` to `24`.
    Hours,
    /// `0130`, `130`, `2300`.
    HoursMinutes,
    /// `013000`.
    HoursMinutesSeconds,
}

impl Clock {
    /// How the values of a column state it, if most of them do.
    pub(super) fn of<'a>(values: impl Iterator<Item = &'a str> + Clone) -> Option<Self> {
        let count =
            |is_so: &dyn Fn(&str) -> bool| values.clone().filter(|value| is_so(value)).count();
        let all = count(&|_| true);
        let most = |clock: Self| count(&|value| clock.read(value).is_some()) * 2 > all;
        // At least half have so many digits: of `0`, `100` the second tells the form.
        let has =
            |digits: usize| count(&|value| value.len() >= digits && is_digits(value)) * 2 >= all;
        let by_digits = match (has(5), has(3)) {
            (true, _) => [Self::HoursMinutesSeconds, Self::HoursMinutes],
            (false, true) => [Self::HoursMinutes, Self::Hours],
            (false, false) => [Self::Hours, Self::HoursMinutes],
        };
        let clocks = [Self::Colons].into_iter().chain(by_digits);
        clocks.into_iter().find(|clock| all > 0 && most(*clock))
    }

    /// Milliseconds since midnight, up to those of a whole day.
    pub(super) fn read(self, text: &str) -> Option<i64> {
        if self == Self::Colons {
            // As the time of a date, for which there is a reader.
            let has_form = text.as_bytes().first().is_some_and(u8::is_ascii_digit)
                && (text.contains(':') || text.ends_with(['M', 'm']));
            let date = Written::local(0, Unit::Day).local;
            let joined = format!("1970-01-01 {text}");
            let written = Written::read(&joined).ok().filter(|_| has_form)?;
            return written.offset.is_none().then_some(written.local - date);
        }
        let text = text.strip_suffix(".0").unwrap_or(text);
        let number: i64 = text.parse().ok().filter(|_| is_digits(text))?;
        let (hour, minute, second) = match (self, text.len()) {
            (Self::Hours, 1 | 2) => (number, 0, 0),
            (Self::HoursMinutes, 1..=4) => (number / 100, number % 100, 0),
            (Self::HoursMinutesSeconds, 1..=6) => {
                (number / 10_000, number / 100 % 100, number % 100)
            }
            _ => return None,
        };
        let in_day = ((hour * 60 + minute) * 60 + second) * 1000;
        (minute < 60 && second < 60 && in_day <= DAY).then_some(in_day)
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day_have_several_forms() {
        for (values, clock, expected) in [
            (
                &["00:00", "06:30", "24:00"][..],
                Some(Clock::Colons),
                [0, 390, 1440],
            ),
            (
                &["6:30", "1:30 PM", "12:00 am"],
                Some(Clock::Colons),
                [390, 810, 0],
            ),
            (&["0", "1", "24"], Some(Clock::Hours), [0, 60, 1440]),
            (&["00", "01.0", "23"], Some(Clock::Hours), [0, 60, 1380]),
            (
                &["0", "100", "2300"],
                Some(Clock::HoursMinutes),
                [0, 60, 1380],
            ),
            (
                &["0000", "0130", "2400"],
                Some(Clock::HoursMinutes),
                [0, 90, 1440],
            ),
            (&["5", "30", "55"], Some(Clock::HoursMinutes), [5, 30, 55]),
            (
                &["000000", "013000", "235900"],
                Some(Clock::HoursMinutesSeconds),
                [0, 90, 1439],
            ),
            (&["25:00", "x", "06:30"], None, [0; 3]),
            (&["1.5", "2.5", "3"], None, [0; 3]),
            (&["2060", "2070", "9"], None, [0; 3]),
        ] {
            assert_eq!(Clock::of(values.iter().copied()), clock, "{values:?}");
            if let Some(clock) = clock {
                let minutes: Vec<Option<i64>> = values
                    .iter()
                    .map(|value| clock.read(value).map(|at| at / 60_000))
                    .collect();
                assert_eq!(minutes, expected.map(Some), "{values:?}");
            }
        }
    }
}
