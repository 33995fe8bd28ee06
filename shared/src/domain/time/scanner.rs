//! Reading the less usual forms of times, from the left to the right.

use super::calendar::{self, DAY};
use super::digits;
use super::written::{Unit, Written, thousandths};
use super::zone;

const UNKNOWN: &str = "its form was not recognised";

/// What is still to be read of a text.
pub(super) struct Scanner<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take_if(&mut self, bytes: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| bytes.contains(byte))?;
        self.at += 1;
        Some(byte)
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.bytes().take_while(|byte| wanted(*byte)).count();
        self.at += end;
        rest.get(..end).unwrap_or("")
    }

    fn digits(&mut self) -> &'a str {
        self.take_while(|byte| byte.is_ascii_digit())
    }

    fn letters(&mut self) -> &'a str {
        self.take_while(|byte| byte.is_ascii_alphabetic())
    }

    fn blanks(&mut self) -> bool {
        !self.take_while(|byte| byte == b' ').is_empty()
    }

    /// A date, and what may follow it.
    ///
    /// # Errors
    /// Says what is wrong, or that the form is not known.
    pub(super) fn time(mut self) -> Result<Written, String> {
        if self.text.is_empty() {
            return Err("it is empty".to_owned());
        }
        if is_number(self.text) {
            return Err(number(self.text));
        }
        let (midnight, unit) = self.date()?;
        let mut written = Written::local(midnight, unit);
        if self.rest().is_empty() {
            return Ok(written);
        }
        let is_separated = self.take_if(b"Tt_").is_some() || self.blanks();
        if unit != Unit::Day
            || !is_separated
            || !self.peek().is_some_and(|byte| byte.is_ascii_digit())
        {
            return Err(UNKNOWN.to_owned());
        }
        let (in_day, is_cut) = self.time_of_day()?;
        written.local += in_day;
        written.is_cut = is_cut;
        written.offset = self.offset()?;
        Ok(written)
    }

    fn date(&mut self) -> Result<(i64, Unit), String> {
        if self.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) {
            return self.date_from_word();
        }
        let sign = self.take_if(b"+-");
        let digits = self.digits();
        let number: i64 = digits.parse().map_err(|_| UNKNOWN.to_owned())?;
        match (sign, digits.len()) {
            (None, 4) => self.date_from_year(number),
            (Some(b'-'), 4 | 6) => self.date_from_year(-number),
            (Some(_), 6) => self.date_from_year(number),
            (None, 8) if !self.rest().is_empty() => {
                let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
                day_of(year, month, day)
            }
            (None, 1 | 2) => self.date_from_day(number),
            _ => Err(UNKNOWN.to_owned()),
        }
    }

    /// `Jan 2020`, `Jan 5, 2020`, `Q1 2020`.
    fn date_from_word(&mut self) -> Result<(i64, Unit), String> {
        let word = self.letters();
        if word.eq_ignore_ascii_case("q") {
            let quarter = self.number(1..=1)?;
            self.take_if(b" -/");
            let year = self.number(4..=4)?;
            return quarter_of(year, quarter);
        }
        let month = calendar::month_of_name(word).ok_or(UNKNOWN)?;
        self.take_if(b".");
        self.take_if(b" -/").ok_or(UNKNOWN)?;
        let digits = self.digits();
        let number: i64 = digits.parse().map_err(|_| UNKNOWN.to_owned())?;
        match digits.len() {
            4 => month_of(number, month),
            1 | 2 => {
                self.take_if(b",");
                self.take_if(b" -/").ok_or(UNKNOWN)?;
                let year = self.number(4..=4)?;
                day_of(year, month, number)
            }
            _ => Err(UNKNOWN.to_owned()),
        }
    }

    /// `5 January 2020`, `05-Jan-2020`.
    fn date_from_day(&mut self, day: i64) -> Result<(i64, Unit), String> {
        self.take_if(b".");
        let separator = self.take_if(b" -/").ok_or(UNKNOWN)?;
        let month = calendar::month_of_name(self.letters()).ok_or(UNKNOWN)?;
        self.take_if(b".,");
        if self.take_if(&[separator]).is_none() {
            return Err(UNKNOWN.to_owned());
        }
        let year = self.number(4..=4)?;
        day_of(year, month, day)
    }

    fn date_from_year(&mut self, year: i64) -> Result<(i64, Unit), String> {
        let Some(separator) = self.take_if(b"-/. ") else {
            return match self.peek() {
                None => Ok((calendar::date(year, 1, 1).ok_or(UNKNOWN)?, Unit::Year)),
                Some(_) => self.letter_part(year, None),
            };
        };
        if self.peek().is_some_and(|byte| byte.is_ascii_alphabetic()) {
            return self.letter_part(year, Some(separator));
        }
        let digits = self.digits();
        let number: i64 = digits.parse().map_err(|_| UNKNOWN.to_owned())?;
        if digits.len() == 3 && separator == b'-' {
            let at = calendar::day_of_year(year, number).ok_or("there is no such day")?;
            return Ok((at, Unit::Day));
        }
        if digits.len() > 2 || separator == b' ' {
            return Err(UNKNOWN.to_owned());
        }
        if self.take_if(&[separator]).is_some() {
            let day = self.number(1..=2)?;
            return day_of(year, number, day);
        }
        match separator {
            b'-' | b'/' if self.rest().is_empty() => month_of(year, number),
            _ => Err(UNKNOWN.to_owned()),
        }
    }

    /// What follows a year when it is no digit: `W05-1`, `Q1`, `M05`, `Jan`, `Jan-05`.
    fn letter_part(&mut self, year: i64, separator: Option<u8>) -> Result<(i64, Unit), String> {
        let word = self.letters();
        if let [letter] = word.as_bytes() {
            return match letter.to_ascii_uppercase() {
                b'W' => {
                    let week = self.number(1..=2)?;
                    let is_day = self
                        .rest()
                        .as_bytes()
                        .get(1)
                        .is_some_and(u8::is_ascii_digit);
                    let (weekday, unit) = match is_day && self.take_if(b"-").is_some() {
                        true => (self.number(1..=1)?, Unit::Day),
                        false => (1, Unit::Week),
                    };
                    let at = calendar::iso_week(year, week, weekday);
                    Ok((at.ok_or("there is no such week")?, unit))
                }
                b'Q' => {
                    let quarter = self.number(1..=1)?;
                    quarter_of(year, quarter)
                }
                b'M' => {
                    let month = self.number(1..=2)?;
                    month_of(year, month)
                }
                _ => Err(UNKNOWN.to_owned()),
            };
        }
        let month = calendar::month_of_name(word).ok_or(UNKNOWN)?;
        if self.rest().is_empty() {
            return month_of(year, month);
        }
        let separator = separator.ok_or(UNKNOWN)?;
        self.take_if(&[separator]).ok_or(UNKNOWN)?;
        let day = self.number(1..=2)?;
        day_of(year, month, day)
    }

    fn number(&mut self, width: std::ops::RangeInclusive<usize>) -> Result<i64, String> {
        let digits = self.digits();
        let number = digits
            .parse()
            .ok()
            .filter(|_| width.contains(&digits.len()));
        number.ok_or_else(|| UNKNOWN.to_owned())
    }

    /// Milliseconds since midnight, and whether finer digits were cut off.
    fn time_of_day(&mut self) -> Result<(i64, bool), String> {
        let digits = self.digits();
        let number = |range: std::ops::Range<usize>| {
            let part = digits.get(range).and_then(|part| part.parse::<i64>().ok());
            part.unwrap_or(0)
        };
        let (mut hour, mut minute, mut second) = (number(0..2), number(2..4), number(4..6));
        let mut has_seconds = digits.len() == 6;
        match digits.len() {
            1 | 2 => {
                hour = number(0..digits.len());
                if self.take_if(b":").is_some() {
                    minute = self.number(2..=2)?;
                    if self.take_if(b":").is_some() {
                        second = self.number(2..=2)?;
                        has_seconds = true;
                    }
                } else if digits.len() == 1 && !is_half_of_day(self.rest()) {
                    return Err(UNKNOWN.to_owned());
                }
            }
            4 | 6 => {}
            _ => return Err(UNKNOWN.to_owned()),
        }
        let (mut milliseconds, mut is_cut) = (0, false);
        if has_seconds && self.take_if(b".,").is_some() {
            (milliseconds, is_cut) = thousandths(self.digits().as_bytes()).ok_or(UNKNOWN)?;
        }
        if is_half_of_day(self.rest()) {
            self.blanks();
            let is_afternoon = self.letters().to_ascii_uppercase().starts_with('P');
            if !(1..=12).contains(&hour) {
                return Err("its hour must be from 1 to 12".to_owned());
            }
            hour = hour % 12 + if is_afternoon { 12 } else { 0 };
        }
        if minute > 59 {
            return Err("its minute must be from 0 to 59".to_owned());
        }
        if second > 59 {
            return Err("its second must be from 0 to 59".to_owned());
        }
        let in_day = ((hour * 60 + minute) * 60 + second) * 1000 + milliseconds;
        if in_day > DAY || is_cut && in_day == DAY {
            return Err("its hour must be from 0 to 23, or the time 24:00".to_owned());
        }
        Ok((in_day, is_cut))
    }

    /// The offset from UTC in seconds, at the end of the text.
    fn offset(&mut self) -> Result<Option<i32>, String> {
        self.blanks();
        let rest = self.rest();
        if rest.is_empty() {
            return Ok(None);
        }
        if rest.starts_with(|each: char| each.is_ascii_digit()) {
            return Err(format!(
                "`{rest}` at its end has no sign; in a query string write `%2B` for `+`"
            ));
        }
        // `+0100 CET` says it twice.
        match rest.split_once(' ') {
            Some((offset, name))
                if zone::offset(offset).is_ok_and(|it| zone::offset(name) == Ok(it)) =>
            {
                zone::offset(offset).map(Some)
            }
            _ => zone::offset(rest).map(Some),
        }
    }
}

/// Whether `AM` or `PM` comes next, and nothing that makes it another word.
fn is_half_of_day(rest: &str) -> bool {
    let word = rest.trim_start_matches(' ');
    let word = word.split(' ').next().unwrap_or("");
    ["AM", "PM", "A.M.", "P.M."]
        .iter()
        .any(|known| known.eq_ignore_ascii_case(word))
        && !word.contains('.')
}

fn day_of(year: i64, month: i64, day: i64) -> Result<(i64, Unit), String> {
    month_of(year, month)?;
    let at = calendar::date(year, month, day).ok_or("there is no such day")?;
    Ok((at, Unit::Day))
}

fn month_of(year: i64, month: i64) -> Result<(i64, Unit), String> {
    let at = calendar::date(year, month, 1).ok_or("there is no such month")?;
    Ok((at, Unit::Month))
}

fn quarter_of(year: i64, quarter: i64) -> Result<(i64, Unit), String> {
    let at = calendar::quarter(year, quarter).ok_or("there is no such quarter")?;
    Ok((at, Unit::Quarter))
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_year = text.len() != unsigned.len() && unsigned.len() == 4;
    !whole.is_empty()
        && !is_year
        && whole
            .bytes()
            .chain(fraction.bytes())
            .all(|byte| byte.is_ascii_digit())
}

/// Why a number is no time.
fn number(text: &str) -> String {
    let forms = digits::possible_forms(text);
    let could = match forms.as_slice() {
        [] => String::new(),
        forms => format!(" (it could be {})", forms.join(" or ")),
    };
    format!(
        "a number must have the digits of YYYY, YYYYMM, YYYYDDD or YYYYMMDD, or at least 9 digits as the time since 1970{could}"
    )
}
