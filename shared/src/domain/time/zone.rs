//! Time zones, and the instants of times on their clocks.

use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

/// A time zone by its IANA name (`Europe/Berlin`, `UTC`) or a fixed offset (`+05:30`). A blank in
/// place of the `+` is one that a query string has lost.
///
/// # Errors
/// When there is no such zone in the bundled database.
pub fn parse_zone(name: &str) -> Result<TimeZone, String> {
    let fault = || {
        let name: String = name.chars().take(60).collect();
        format!(
            "`{name}` is not a time zone: use an IANA name such as Europe/Berlin, or an offset such as +05:30"
        )
    };
    if name.eq_ignore_ascii_case("utc") || name == "Z" {
        return Ok(TimeZone::UTC);
    }
    let lost_plus = name
        .strip_prefix(' ')
        .filter(|rest| rest.starts_with(|each: char| each.is_ascii_digit()));
    let with_plus = lost_plus.map(|rest| format!("+{rest}"));
    let name = with_plus.as_deref().unwrap_or(name);
    if name.starts_with(['+', '-']) {
        let seconds = offset(name).map_err(|_| fault())?;
        let offset = Offset::from_seconds(seconds).map_err(|_| fault())?;
        return Ok(offset.to_time_zone());
    }
    TimeZone::get(name).map_err(|_| fault())
}

/// An offset from UTC in seconds: `Z`, `UTC`, `+01:00`, `+0100`, `+01`, or an abbreviation that
/// means one offset wherever it is used.
///
/// # Errors
/// Says that it is none.
pub fn offset(text: &str) -> Result<i32, String> {
    let Some(digits) = text.strip_prefix(['+', '-']) else {
        return abbreviation(text);
    };
    let unknown = || format!("`{text}` is not an offset from UTC such as +01:00");
    let (hours, minutes) = match digits.len() {
        2 => (digits, "0"),
        4 => digits.split_at_checked(2).ok_or_else(unknown)?,
        5 => digits.split_once(':').ok_or_else(unknown)?,
        _ => return Err(unknown()),
    };
    let number = |part: &str, limit: i32| {
        let number = part.parse::<i32>().ok();
        number.filter(|number| part.bytes().all(|byte| byte.is_ascii_digit()) && *number < limit)
    };
    let (hours, minutes) = number(hours, 24)
        .zip(number(minutes, 60))
        .ok_or_else(unknown)?;
    let seconds = (hours * 60 + minutes) * 60;
    Ok(if text.starts_with('-') {
        -seconds
    } else {
        seconds
    })
}

/// Abbreviations that mean one offset from UTC, in hours.
const ABBREVIATIONS: [(&str, f64); 33] = [
    ("Z", 0.0),
    ("UTC", 0.0),
    ("GMT", 0.0),
    ("UT", 0.0),
    ("WET", 0.0),
    ("WEST", 1.0),
    ("CET", 1.0),
    ("MEZ", 1.0),
    ("CEST", 2.0),
    ("MESZ", 2.0),
    ("EET", 2.0),
    ("EEST", 3.0),
    ("MSK", 3.0),
    ("SAST", 2.0),
    ("PKT", 5.0),
    ("HKT", 8.0),
    ("SGT", 8.0),
    ("AWST", 8.0),
    ("JST", 9.0),
    ("KST", 9.0),
    ("ACST", 9.5),
    ("AEST", 10.0),
    ("ACDT", 10.5),
    ("AEDT", 11.0),
    ("NZST", 12.0),
    ("NZDT", 13.0),
    ("EDT", -4.0),
    ("CDT", -5.0),
    ("MDT", -6.0),
    ("PDT", -7.0),
    ("AKDT", -8.0),
    ("AKST", -9.0),
    ("HST", -10.0),
];

fn abbreviation(text: &str) -> Result<i32, String> {
    let known = |(name, _): &&(&str, f64)| name.eq_ignore_ascii_case(text);
    match ABBREVIATIONS.iter().find(known) {
        Some((_, hours)) => Ok((hours * 3600.0) as i32),
        None => Err(format!(
            "`{text}` is not an offset from UTC, nor an abbreviation that means the same everywhere; name the zone with `tz`"
        )),
    }
}

/// The instants that a time on the clock of a zone can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instants {
    One(i64),
    /// Clocks were put back: the earlier instant and the later one.
    Two(i64, i64),
    /// Clocks were put forward over it: the instant at which it would be by the offset before.
    None(i64),
}

impl Instants {
    /// The only one or the earlier one; for a time that does not exist, as many milliseconds after
    /// the change of clocks as it is later.
    pub fn first(self) -> i64 {
        match self {
            Self::One(instant) | Self::Two(instant, _) | Self::None(instant) => instant,
        }
    }
}

/// The instants of a time on the clock of a zone, given in milliseconds as if that were UTC.
pub fn instants(local: i64, zone: &TimeZone) -> Instants {
    if *zone == TimeZone::UTC {
        return Instants::One(local);
    }
    let Ok(as_utc) = jiff::Timestamp::from_millisecond(local) else {
        return Instants::One(local);
    };
    let civil = Offset::UTC.to_datetime(as_utc);
    let at = |offset: Offset| local - i64::from(offset.seconds()) * 1000;
    match zone.to_ambiguous_timestamp(civil).offset() {
        AmbiguousOffset::Unambiguous { offset } => Instants::One(at(offset)),
        AmbiguousOffset::Fold { before, after } => Instants::Two(at(before), at(after)),
        AmbiguousOffset::Gap { before, .. } => Instants::None(at(before)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_have_names_or_offsets() {
        assert!(parse_zone("Mars/Olympus").is_err() && parse_zone("+99:99").is_err());
        assert!(parse_zone("").is_err() && parse_zone("CET").is_ok());
        for name in ["+05:30", "+0530", " 05:30"] {
            assert_eq!(
                instants(0, &parse_zone(name).unwrap()),
                Instants::One(-19_800_000)
            );
        }
        assert_eq!(offset("-09:30"), Ok(-34_200));
        assert_eq!((offset("ACST"), offset("cest")), (Ok(34_200), Ok(7200)));
        for text in [
            "EST", "IST", "CST", "BST", "+1", "+1:00", "+24:00", "+00:60", "+é1",
        ] {
            assert!(offset(text).is_err(), "{text}");
        }
    }

    #[test]
    fn clocks_are_put_back_and_forward() {
        let berlin = parse_zone("Europe/Berlin").unwrap();
        let at = |month: i64, day: i64, hour: i64| {
            super::super::calendar::days_from_civil(2023, month, day) * 86_400_000
                + hour * 3_600_000
        };
        assert_eq!(instants(at(7, 1, 12), &berlin), Instants::One(at(7, 1, 10)));
        assert_eq!(
            instants(at(10, 29, 2), &berlin),
            Instants::Two(at(10, 29, 0), at(10, 29, 1))
        );
        assert_eq!(
            instants(at(3, 26, 2), &berlin),
            Instants::None(at(3, 26, 1))
        );
    }
}
