//! Local times around clock changes, told apart by the order of the rows.

use jiff::tz::TimeZone;

use crate::domain::time::zone::{Instants, instants};

/// Turns local times into instants, one row after another.
pub(super) struct LocalClock {
    zone: TimeZone,
    /// The instant of the row before.
    last: Option<i64>,
    is_descending: bool,
    /// How many times occurred twice.
    pub twice: u64,
}

/// Two rows further apart than this do not follow each other: the file begins again, as with the
/// next of several stations.
const NEW_SERIES: i64 = 12 * 3_600_000;

impl LocalClock {
    pub(super) fn new(zone: TimeZone) -> Self {
        Self {
            zone,
            last: None,
            is_descending: false,
            twice: 0,
        }
    }

    /// The instant of a local time. One that occurs twice is the one that follows the row before.
    ///
    /// # Errors
    /// When the time does not exist, or occurs twice and the order does not tell which is meant.
    pub(super) fn instant(&mut self, local: i64) -> Result<i64, String> {
        let instant = match instants(local, &self.zone) {
            Instants::One(instant) => {
                if let Some(last) = self.last.filter(|last| *last != instant) {
                    self.is_descending = instant < last;
                }
                instant
            }
            Instants::Two(earlier, later) => {
                self.twice += 1;
                self.choose(earlier, later).ok_or_else(|| {
                    format!(
                        "occurs twice in {}, and the order of the rows does not tell which is meant: give times with their offset, such as +01:00",
                        self.name()
                    )
                })?
            }
            Instants::None(_) => {
                return Err(format!(
                    "does not exist in {}: clocks were put forward over it; `?tz=` names another zone",
                    self.name()
                ));
            }
        };
        self.last = Some(instant);
        Ok(instant)
    }

    fn choose(&self, earlier: i64, later: i64) -> Option<i64> {
        let Some(last) = self.last else {
            return Some(earlier);
        };
        if self.is_descending {
            let follows = [later, earlier].into_iter().find(|at| *at <= last);
            return follows.or((earlier > last + NEW_SERIES).then_some(later));
        }
        let follows = [earlier, later].into_iter().find(|at| *at >= last);
        follows.or((later + NEW_SERIES < last).then_some(earlier))
    }

    pub(super) fn name(&self) -> &str {
        self.zone.iana_name().unwrap_or("the zone")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Timestamp;
    use crate::domain::time::{Written, parse_zone};

    /// The instants of local times of 2023-10-29 in Berlin, as hour and minute in UTC.
    fn read(times: &[&str]) -> Vec<String> {
        let mut clock = LocalClock::new(parse_zone("Europe/Berlin").unwrap());
        let mut instant = |time: &&str| {
            let local = Written::read(&format!("2023-10-{time}")).unwrap().local;
            match clock.instant(local) {
                Ok(instant) => {
                    Timestamp::from_milliseconds(instant).unwrap().to_string()[11..16].to_owned()
                }
                Err(_) => "?".to_owned(),
            }
        };
        times.iter().map(&mut instant).collect()
    }

    #[test]
    fn an_hour_that_comes_twice_follows_the_order_of_the_rows() {
        let rising = [
            "29 01:30", "29 02:00", "29 02:30", "29 02:00", "29 02:30", "29 03:00",
        ];
        let expected = ["23:30", "00:00", "00:30", "01:00", "01:30", "02:00"];
        assert_eq!(read(&rising), expected);
        let falling: Vec<&str> = rising.into_iter().rev().collect();
        let mut with_start = vec!["29 05:00", "29 04:00"];
        with_start.extend(falling);
        let mut reversed: Vec<&str> = expected.into_iter().rev().collect();
        reversed.splice(0..0, ["04:00", "03:00"]);
        assert_eq!(read(&with_start), reversed);
        // Several rows of one time, and a second station.
        assert_eq!(
            read(&[
                "29 02:00", "29 02:00", "29 02:30", "29 02:00", "31 00:00", "29 02:00", "29 02:00"
            ]),
            [
                "00:00", "00:00", "00:30", "01:00", "23:00", "00:00", "00:00"
            ]
        );
        // In no order.
        assert_eq!(
            read(&["29 02:30", "29 02:15", "29 02:45", "29 02:15"])[3],
            "?"
        );
    }
}
