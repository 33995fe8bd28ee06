//! How long buckets of time are.

/// How long a bucket is: `500ms`, `15m`, `6h`, `1d`, `7d`, `1w`, `1mo`, `10y`, or `all`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Every {
    /// This many milliseconds: any length of less than an hour or in minutes, and an hour.
    Fixed(i64),
    /// This many units, by the calendar and clock of a time zone.
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

pub(super) const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
pub(super) const HOUR: i64 = 60 * MINUTE;
pub(super) const DAY: i64 = 24 * HOUR;

/// The longest bucket besides `all`.
const MAX_YEARS: i64 = 1000;

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
    /// Reads a length: a whole number of units, or one of the words above.
    ///
    /// # Errors
    /// Says which lengths there are.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text == "all" {
            return Ok(Self::All);
        }
        let known = WORDS.iter().find(|(word, _)| *word == text);
        let short = known.map_or(text, |(_, short)| *short);
        let digits = short.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = short.split_at_checked(digits).unwrap_or((short, ""));
        let Some(unit) = Length::of(unit) else {
            return Err(format!(
                "`{}` is not the length of a bucket: expected a whole number of ms, s, m, h, d, w, mo or y, such as 500ms, 15m, 6h, 7d, 1w or 3mo, or `all`",
                shorten(text)
            ));
        };
        let number = match number {
            "" => Some(1),
            number => number.parse::<i64>().ok(),
        };
        let every = number.and_then(|number| unit.times(number));
        every.ok_or_else(|| {
            let text = shorten(text);
            format!("`{text}` is not the length of a bucket: it must be at least 1 ms and at most {MAX_YEARS} years")
        })
    }
}

/// The length of a unit.
enum Length {
    Milliseconds(i64),
    Calendar(Unit, i64),
}

impl Length {
    fn of(unit: &str) -> Option<Self> {
        Some(match unit {
            "ms" => Self::Milliseconds(1),
            "s" => Self::Milliseconds(SECOND),
            "m" | "min" => Self::Milliseconds(MINUTE),
            "h" => Self::Calendar(Unit::Hour, MAX_YEARS * 365 * 24),
            "d" => Self::Calendar(Unit::Day, MAX_YEARS * 365),
            "w" => Self::Calendar(Unit::Week, MAX_YEARS * 52),
            "mo" => Self::Calendar(Unit::Month, MAX_YEARS * 12),
            "y" => Self::Calendar(Unit::Year, MAX_YEARS),
            _ => return None,
        })
    }

    fn times(self, number: i64) -> Option<Every> {
        match self {
            Self::Milliseconds(length) => {
                let whole = number.checked_mul(length)?;
                let max = MAX_YEARS * 365 * DAY;
                (1..=max).contains(&whole).then_some(Every::Fixed(whole))
            }
            // The same, and quicker.
            Self::Calendar(Unit::Hour, _) if number == 1 => Some(Every::Fixed(HOUR)),
            Self::Calendar(unit, max) => {
                let count = Some(number).filter(|number| (1..=max).contains(number));
                Some(Every::Local(unit, i32::try_from(count?).ok()?))
            }
        }
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read() {
        for (good, expected) in [
            ("500ms", Every::Fixed(500)),
            ("10s", Every::Fixed(10 * SECOND)),
            ("7m", Every::Fixed(7 * MINUTE)),
            ("15min", Every::Fixed(15 * MINUTE)),
            ("90m", Every::Fixed(90 * MINUTE)),
            ("1h", Every::Fixed(HOUR)),
            ("h", Every::Fixed(HOUR)),
            ("5h", Every::Local(Unit::Hour, 5)),
            ("36h", Every::Local(Unit::Hour, 36)),
            ("7d", Every::Local(Unit::Day, 7)),
            ("30d", Every::Local(Unit::Day, 30)),
            ("2w", Every::Local(Unit::Week, 2)),
            ("5mo", Every::Local(Unit::Month, 5)),
            ("quarter", Every::Local(Unit::Month, 3)),
            ("decade", Every::Local(Unit::Year, 10)),
            ("1000y", Every::Local(Unit::Year, 1000)),
            ("all", Every::All),
        ] {
            assert_eq!(Every::parse(good), Ok(expected), "{good}");
        }
    }

    #[test]
    fn other_lengths_are_refused_with_the_reason() {
        for bad in [
            "",
            "-1h",
            "1.5h",
            "1 h",
            "h1",
            "1H",
            "1all",
            "fortnight",
            "1é",
            "7",
            "7days",
            "all ",
        ] {
            let why = Every::parse(bad).unwrap_err();
            assert!(
                why.contains("expected a whole number of ms"),
                "{bad}: {why}"
            );
        }
        for bad in [
            "0m",
            "0y",
            "0ms",
            "1001y",
            "99999999999h",
            "400000d",
            "9999999999999999999d",
        ] {
            let why = Every::parse(bad).unwrap_err();
            assert!(why.contains("at most 1000 years"), "{bad}: {why}");
        }
    }
}
