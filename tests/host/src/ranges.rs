//! Options that are a value or a range such as `1..8`, from which each instance takes one at random.
//!
//! Imitates the value parsers of Spin's `crates/trigger-http/src/lib.rs`.

use std::time::Duration;

use rand::Rng;
use rand::distr::uniform::SampleUniform;

/// A value, or a half-open range to pick one from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range<T> {
    /// Always this.
    Value(T),
    /// From the first up to, but not including, the second.
    Bounds(T, T),
}

impl<T: SampleUniform + PartialOrd + Copy> Range<T> {
    /// Takes a value.
    pub fn pick(self) -> T {
        match self {
            Range::Value(value) => value,
            Range::Bounds(start, end) => rand::rng().random_range(start..end),
        }
    }
}

/// Parses a count, at least 1.
pub fn parse_count(text: &str) -> Result<Range<usize>, String> {
    parse(text, |part| match part.parse() {
        Ok(0) => Err("must be at least 1".to_owned()),
        Ok(count) => Ok(count),
        Err(error) => Err(format!("{part:?}: {error}")),
    })
}

/// Parses a time: a number of seconds, with `s` or without. Spin 4.0.2 names smaller units in its message and
/// then refuses them, and so does this host.
pub fn parse_duration(text: &str) -> Result<Range<Duration>, String> {
    parse(text, |part| {
        let seconds = part.strip_suffix('s').unwrap_or(part).parse();
        let seconds = seconds.map_err(|error| {
            format!("{part:?}: expected a number of seconds, such as `2` or `2s`; {error}")
        })?;
        Ok(Duration::from_secs(seconds))
    })
}

fn parse<T: PartialOrd>(
    text: &str,
    one: impl Fn(&str) -> Result<T, String>,
) -> Result<Range<T>, String> {
    let Some((start, end)) = text.split_once("..") else {
        return Ok(Range::Value(one(text)?));
    };
    let (start, end) = (one(start)?, one(end)?);
    if start < end {
        Ok(Range::Bounds(start, end))
    } else {
        Err(format!("{text:?} is empty"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        assert_eq!(parse_count("128"), Ok(Range::Value(128)));
        assert_eq!(parse_count("1..8"), Ok(Range::Bounds(1, 8)));
        for bad in ["", "0", "x", "8..1", "1..", "-1"] {
            assert!(parse_count(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn durations() {
        for text in ["2", "2s"] {
            let expected = Range::Value(Duration::from_secs(2));
            assert_eq!(parse_duration(text), Ok(expected), "{text}");
        }
        for bad in ["500ms", "7us", "2h", "s", "-1", ""] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
        let picked = Range::Bounds(3, 4).pick();
        assert_eq!(picked, 3);
    }
}
