//! What the names of columns say of times.

use crate::domain::time::zone;

use super::time_forms::PartKind;
use super::time_names::{BEGINS, BESIDE, DATES, PARTS, TIMES, WORDS};

/// How surely a name says that a column has the whole time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// It says nothing of time.
    Unknown,
    /// It has a word for a time or a date, as `start date` has.
    Worded,
    /// It is that of a part, which can hold the whole: `month` with 1958-03.
    Part,
    /// It says date.
    Date,
    /// It says time.
    Time,
}

/// A name in lower case, as words separated by blanks, without a unit in brackets.
pub(super) fn normalized(name: &str) -> String {
    let name = match name.split_once(['(', '[']) {
        Some((before, _)) if !before.trim().is_empty() => before,
        _ => name,
    };
    let mut words = String::new();
    let mut before = ' ';
    for each in name.chars() {
        if each.is_uppercase() && before.is_lowercase() {
            words.push(' ');
        }
        before = each;
        if each.is_alphanumeric() {
            words.extend(each.to_lowercase());
        } else {
            words.push(' ');
        }
    }
    let words: Vec<&str> = words.split_whitespace().collect();
    words.join(" ")
}

/// How surely a name says that its column has the whole time.
pub(super) fn level(name: &str) -> Level {
    let name = normalized(name);
    if TIMES.contains(&name.as_str()) {
        Level::Time
    } else if DATES.contains(&name.as_str()) {
        Level::Date
    } else if parts(&name).next().is_some() {
        Level::Part
    } else if name.split(' ').any(|word| WORDS.contains(&word)) {
        Level::Worded
    } else {
        Level::Unknown
    }
}

/// Where a name that says time stands among such names: the likelier the less.
pub(super) fn rank(name: &str) -> usize {
    let name = normalized(name);
    let known = TIMES.iter().chain(&DATES);
    known
        .clone()
        .position(|each| *each == name)
        .unwrap_or(known.count())
}

/// The parts of the time that a column of this normalized name can have.
fn parts(name: &str) -> impl Iterator<Item = PartKind> {
    PARTS
        .into_iter()
        .filter(move |(_, names)| names.contains(&name))
        .map(|(kind, _)| kind)
}

/// Whether a column of this name can have a part.
pub(super) fn names_part(name: &str, wanted: PartKind) -> bool {
    let is_minute = wanted == PartKind::Minute && name == "mm";
    is_minute || parts(&normalized(name)).any(|kind| kind == wanted)
}

/// The part that a column of this name has, by its last word: `start hour`.
pub(super) fn part_of_last_word(name: &str) -> Option<PartKind> {
    let name = normalized(name);
    let mut words = name.split(' ');
    let found = words.find_map(|word| parts(word).next());
    found.filter(|kind| *kind != PartKind::Year)
}

/// Whether a name says that its column has a part of the year or day for which there is no reader.
pub(super) fn names_other_part(name: &str) -> bool {
    const WORDS: [&str; 11] = [
        "season",
        "half",
        "semester",
        "halbjahr",
        "interval",
        "slot",
        "decade",
        "dekad",
        "fortnight",
        "shift",
        "session",
    ];
    normalized(name)
        .split(' ')
        .any(|word| WORDS.contains(&word))
}

/// The zone that a name states, other than UTC: `Time (CET)`, `local time`.
pub(super) fn zone_in(name: &str) -> Option<&str> {
    const LOCAL: [&str; 8] = ["EST", "CST", "MST", "PST", "IST", "BST", "AST", "local"];
    let words = name.split(|each: char| !each.is_alphanumeric() && !"+-:".contains(each));
    let mut words = words.filter(|word| word.len() > 2);
    words.find(|word| {
        let is_offset = |text: &str| zone::offset(text).is_ok_and(|seconds| seconds != 0);
        let bare = word.trim_start_matches("UTC").trim_start_matches("GMT");
        let is_abbreviation = word.bytes().all(|byte| byte.is_ascii_uppercase());
        let is_local = LOCAL.iter().any(|known| known.eq_ignore_ascii_case(word));
        is_local
            || is_abbreviation && is_offset(word)
            || bare.len() < word.len() && !bare.is_empty()
    })
}

/// How a name says that its column has the time of day of a column with the date: 0 as plainly as
/// can be, 1 that of the beginning, 2 any other. Words that both names have say nothing: `trade
/// time` beside `trade date`.
pub(super) fn time_of_day(name: &str, date: &str) -> Option<u8> {
    let name = normalized(name);
    let date = normalized(date);
    let is_of_both = |word: &&str| date.split(' ').any(|other| other == *word);
    let own: Vec<&str> = name.split(' ').filter(|word| !is_of_both(word)).collect();
    let name = own.join(" ");
    let is_plain = |name: &str| parts(name).any(|kind| matches!(kind, PartKind::TimeOfDay(_)));
    if is_plain(&name) {
        return Some(0);
    }
    let words: Vec<&str> = name.split(' ').collect();
    let begins = words.iter().any(|word| BEGINS.contains(word));
    let is_time = words.iter().any(|word| is_plain(word));
    let is_known = |word: &&str| BEGINS.contains(word) || BESIDE.contains(word) || is_plain(word);
    if !words.iter().all(is_known) || !is_time && !begins {
        return None;
    }
    Some(if begins { 1 } else { 2 })
}

#[cfg(test)]
mod tests {
    use super::super::time_of_day::Clock;
    use super::*;

    #[test]
    fn names_tell_what_a_column_has() {
        for (name, expected) in [
            ("time", Level::Time),
            ("_time", Level::Time),
            ("TIME_PERIOD", Level::Time),
            ("Time (UTC)", Level::Time),
            ("dateTime", Level::Time),
            ("Date/Time", Level::Time),
            ("Datum", Level::Date),
            ("Fecha", Level::Date),
            ("日付", Level::Date),
            ("Monat", Level::Part),
            ("start_date", Level::Worded),
            ("lifetime", Level::Unknown),
            ("value", Level::Unknown),
        ] {
            assert_eq!(level(name), expected, "{name}");
        }
        for (name, kind) in [
            ("YEAR", PartKind::Year),
            ("Jahr", PartKind::Year),
            ("MO", PartKind::Month),
            ("Mn", PartKind::Month),
            ("#YY", PartKind::Year),
            ("Day of Year", PartKind::DayOfYear),
            ("KW", PartKind::Week),
            ("HR", PartKind::TimeOfDay(Clock::Hours)),
            ("mm", PartKind::Minute),
            ("MM", PartKind::Month),
        ] {
            assert!(names_part(name, kind), "{name}");
        }
        for (name, expected) in [
            ("Uhrzeit", Some(0)),
            ("TradeTime", Some(0)),
            ("Hour", Some(0)),
            ("START TIME", Some(1)),
            ("END TIME", Some(2)),
            ("von", Some(1)),
            ("sunrise time", None),
            ("v", None),
        ] {
            assert_eq!(time_of_day(name, "trade date"), expected, "{name}");
        }
        assert_eq!(
            part_of_last_word("trading_hour"),
            Some(PartKind::TimeOfDay(Clock::Hours))
        );
        assert_eq!(part_of_last_word("station"), None);
        for (name, zone) in [
            ("Time (CET)", Some("CET")),
            ("time [UTC+1]", Some("UTC+1")),
            ("datetime_local", Some("local")),
            ("Time EST", Some("EST")),
            ("Time (UTC)", None),
            ("time", None),
            ("DATE", None),
        ] {
            assert_eq!(zone_in(name), zone, "{name}");
        }
    }
}
