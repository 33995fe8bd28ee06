//! Reading the time of each row, in the form that the file's times have.

use jiff::tz::TimeZone;

use crate::domain::Timestamp;
use crate::domain::time::digits::possible_forms;
use crate::domain::time::written::{Unit, Written};

use super::cell::{counted, quote};
use super::clock_changes::LocalClock;
use super::time_forms::{Form, joined, read_parts};
use super::time_shapes::pattern_like;

/// Reads one time after another.
pub(super) struct TimeReader {
    form: Form,
    /// `None`: UTC.
    clock: Option<LocalClock>,
    /// The finest unit of the times that were read.
    unit: Unit,
    /// [`Unit::step`] of it.
    step: i64,
    /// Times whose digits beyond the milliseconds were cut off.
    cut: u64,
    /// Times of which a part was empty.
    incomplete: u64,
}

impl TimeReader {
    pub(super) fn new(form: Form, zone: TimeZone) -> Self {
        let clock = (zone != TimeZone::UTC).then(|| LocalClock::new(zone));
        Self {
            form,
            clock,
            unit: Unit::Year,
            step: Unit::Year.step(),
            cut: 0,
            incomplete: 0,
        }
    }

    pub(super) fn form(&self) -> &Form {
        &self.form
    }

    /// The finest unit of the times that were read.
    pub(super) fn unit(&self) -> Unit {
        self.unit
    }

    /// Whether the cell of a time column may be empty.
    pub(super) fn may_be_empty(&self, column: usize) -> bool {
        match &self.form {
            Form::Parts(parts) => parts.get(column).is_some_and(|part| part.is_optional),
            _ => false,
        }
    }

    /// What the sender may want to know of the times.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.cut > 0 {
            notes.push(format!(
                "{} finer than a millisecond: the digits beyond it were cut off",
                counted(self.cut, "time")
            ));
        }
        if self.incomplete > 0 {
            notes.push(format!(
                "{} with an empty part: it was taken as the first, or as midnight",
                counted(self.incomplete, "time")
            ));
        }
        if let Some(clock) = &self.clock
            && clock.twice > 0
        {
            notes.push(format!(
                "{} in the hour that occurs twice in {}: taken as the one that follows the row before",
                counted(clock.twice, "local time"),
                clock.name()
            ));
        }
        notes
    }

    /// The time that the cells of a row have, in the order of the time columns; trimmed, and empty
    /// only where [`Self::may_be_empty`] says so.
    ///
    /// # Errors
    /// Says what is wrong, quoting the cells.
    #[inline]
    pub(super) fn read(&mut self, cells: &[&str]) -> Result<i64, String> {
        if let ([text], Form::Calendar) = (cells, &self.form)
            && let Some(written) = Written::read_usual(text.as_bytes())
        {
            return self.settle(written, cells);
        }
        if let ([text], Form::Digits(form)) = (cells, &self.form)
            && let Some(written) = form.read(text)
        {
            return self.settle(written, cells);
        }
        let written = self.read_form(cells)?;
        self.settle(written, cells)
    }

    #[inline]
    fn settle(&mut self, written: Written, cells: &[&str]) -> Result<i64, String> {
        let instant = match &mut self.clock {
            Some(clock) if written.offset.is_none() => clock
                .instant(written.local)
                .map_err(|why| format!("{} {why}", quote(&joined(cells))))?,
            _ => written.local - i64::from(written.offset.unwrap_or(0)) * 1000,
        };
        let time = Timestamp::from_milliseconds(instant)
            .map_err(|why| format!("{} {why}", quote(&joined(cells))))?;
        if written.unit > self.unit || written.local % self.step != 0 {
            self.unit = self.unit.max(written.unit).holding(written.local);
            self.step = self.unit.step();
        }
        self.cut += u64::from(written.is_cut);
        Ok(time.milliseconds())
    }

    fn read_form(&mut self, cells: &[&str]) -> Result<Written, String> {
        let text = || match cells {
            [text] => (*text).to_owned(),
            cells => joined(cells),
        };
        match &self.form {
            Form::Parts(parts) => {
                let written = read_parts(parts, cells)?;
                self.incomplete += u64::from(cells.iter().any(|cell| cell.is_empty()));
                Ok(written)
            }
            Form::Calendar => {
                let text = text();
                if is_number(&text) {
                    return Err(format!(
                        "{} is not a time of the form that the first rows have",
                        quote(&text)
                    ));
                }
                Written::read(&text).map_err(|fault| match pattern_like(&text) {
                    patterns if patterns.is_empty() && is_dated(&text) => fault,
                    patterns if patterns.is_empty() => {
                        format!("{fault}; `?time_format=` names a form")
                    }
                    patterns => format!("{fault}; name it with {}", patterns.join(" or ")),
                })
            }
            Form::Digits(form) => Err({
                let text = text();
                let named = match possible_forms(&text).as_slice() {
                    forms if forms.contains(&"unix_s") => {
                        "; `?time_format=unix_s` reads any number of seconds since 1970, `unix_ms` of milliseconds"
                    }
                    _ => "",
                };
                format!(
                    "{} is not a time of the form that the first rows have, {}{named}",
                    quote(&text),
                    form.name()
                )
            }),
            Form::Named(form) => {
                let text = text();
                let read = form.read(&text);
                read.map_err(|reason| format!("{} {reason}", quote(&text)))
            }
            Form::Pattern(pattern) => {
                let text = text();
                pattern.read(&text).map_err(|reason| {
                    format!(
                        "{} does not fit `{}`: {reason}",
                        quote(&text),
                        pattern.as_str()
                    )
                })
            }
        }
    }
}

/// Whether a text begins as ISO 8601 dates do, so that its form needs no name.
fn is_dated(text: &str) -> bool {
    text.as_bytes().get(..5).is_some_and(
        |head| matches!(head, [year @ .., b'-' | b'/'] if year.iter().all(u8::is_ascii_digit)),
    )
}

/// Whether a text is a number other than a year.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    digits.len() > 4 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::time::digits::DigitForm;
    use crate::domain::time::named::NamedForm;
    use crate::domain::time::parse_zone;

    fn shown(form: Form, cells: &[&str]) -> Result<String, String> {
        let time = TimeReader::new(form, TimeZone::UTC).read(cells)?;
        Timestamp::from_milliseconds(time).map(|time| time.to_string())
    }

    #[test]
    fn every_form_is_read() {
        for (form, cells, expected) in [
            (Form::Calendar, &["2012/1/31"][..], "2012-01-31T00:00:00Z"),
            (
                Form::Calendar,
                &["2012-01-01", "06:30"],
                "2012-01-01T06:30:00Z",
            ),
            (
                Form::Digits(DigitForm::Seconds),
                &["1577836800"],
                "2020-01-01T00:00:00Z",
            ),
            (
                Form::Named(NamedForm::Excel),
                &["43831.5"],
                "2020-01-01T12:00:00Z",
            ),
        ] {
            assert_eq!(shown(form, cells).as_deref(), Ok(expected), "{cells:?}");
        }
        for (form, cells, reason) in [
            (
                Form::Calendar,
                &["2023-02-30"][..],
                "`2023-02-30` is not a time",
            ),
            (
                Form::Calendar,
                &["2012/02/30"],
                "`2012/02/30` is not a time",
            ),
            (Form::Calendar, &["31.01.2012"], "?time_format=%d.%m.%Y"),
            (
                Form::Calendar,
                &["01/02/2012 06:30"],
                "?time_format=%m/%d/%Y %H:%M",
            ),
            (Form::Calendar, &["1700000000"], "first rows"),
            (Form::Calendar, &["yesterday"], "time_format"),
            (Form::Digits(DigitForm::Date), &["00000000"], "`00000000`"),
            (
                Form::Digits(DigitForm::Seconds),
                &["0"],
                "?time_format=unix_s",
            ),
            (
                Form::Digits(DigitForm::Seconds),
                &["2012-01-01"],
                "first rows",
            ),
            (
                Form::Named(NamedForm::Excel),
                &["x"],
                "`x` must be an Excel serial date",
            ),
        ] {
            let fault = shown(form, cells).expect_err("a fault");
            assert!(fault.contains(reason), "{cells:?}: {fault}");
        }
    }

    #[test]
    fn the_finest_unit_is_told() {
        let mut reader = TimeReader::new(Form::Calendar, parse_zone("Asia/Kolkata").unwrap());
        for (text, unit) in [
            ("1990", Unit::Year),
            ("1990-05", Unit::Month),
            ("1990-05-01 00:00", Unit::Day),
            ("1990-05-01 05:00", Unit::Hour),
            ("1990", Unit::Hour),
            ("1990-05-01 05:00:07", Unit::Second),
            ("1990-05-01 05:30", Unit::Second),
        ] {
            reader.read(&[text]).unwrap();
            assert_eq!(reader.unit(), unit, "{text}");
        }
        reader.read(&["1990-05-01 05:00:07.1234"]).unwrap();
        assert_eq!(reader.unit(), Unit::Millisecond);
        assert!(reader.notes()[0].contains("finer than a millisecond"));
    }
}
