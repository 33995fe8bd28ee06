//! Which columns of a file have the time.

use jiff::tz::TimeZone;

use crate::domain::Fault;
use crate::domain::fault::unknown_name;
use crate::domain::time::digits::DigitForm;
use crate::domain::time::written::{Unit, Written};

use super::options::Options;
use super::sample::Sample;
use super::time_decision::{self, form_of, is_number, is_time};
use super::time_forms::{Form, PartKind};
use super::time_of_day::Clock;
use super::time_roles::{self, Level, level, names_part};
use super::unpivot;

/// The columns that together have the time, in the order in which [`super::time_reader`] wants them.
#[derive(Debug, PartialEq)]
pub(super) struct TimeColumns {
    pub columns: Vec<usize>,
    pub form: Form,
    /// Choices that the sender may want to know of.
    pub notes: Vec<String>,
}

/// The columns that the caller names, else those that have the names or the content of times.
///
/// # Errors
/// When a named column does not exist, there is nothing that could be the time, or several
/// columns could be and nothing tells which is meant.
pub(super) fn find(options: &Options, sample: &Sample) -> Result<TimeColumns, Vec<Fault>> {
    let fault = |detail: String| vec![Fault::new("time", detail)];
    if sample.time.is_some() || !options.time.is_empty() {
        let columns = match &sample.time {
            Some(columns) => columns.clone(),
            None => named(options, sample)?,
        };
        let decided = form_of(options, sample, &columns).map_err(fault)?;
        let found = TimeColumns {
            columns,
            form: decided.form,
            notes: decided.notes,
        };
        return Ok(noting_zone(options, sample, found));
    }
    let finder = Finder { options, sample };
    if let Some(detail) = unpivot::hint(sample) {
        return Err(fault(detail));
    }
    let mut notes = Vec::new();
    let columns = finder.guess(&mut notes).map_err(fault)?;
    let decided = form_of(options, sample, &columns).map_err(fault)?;
    notes.extend(decided.notes);
    let found = TimeColumns {
        columns,
        form: decided.form,
        notes,
    };
    finder.refuse_unused_parts(&found).map_err(fault)?;
    Ok(noting_zone(options, sample, found))
}

/// Notes that a column's name states a zone which nobody named.
fn noting_zone(options: &Options, sample: &Sample, mut found: TimeColumns) -> TimeColumns {
    let name = |column: &usize| Some(sample.name(*column));
    let names = found.columns.iter().filter_map(name);
    let zones: Vec<String> = names
        .filter_map(|name| Some((name, time_roles::zone_in(name)?)))
        .filter(|_| options.zone == TimeZone::UTC)
        .map(|(name, zone)| {
            format!(
                "column `{name}` says {zone}: times without an offset were read as UTC; `?tz=` names their zone"
            )
        })
        .collect();
    found.notes.extend(zones);
    found
}

/// The columns that `time` names.
fn named(options: &Options, sample: &Sample) -> Result<Vec<usize>, Vec<Fault>> {
    let (mut columns, mut faults) = (Vec::new(), Vec::new());
    for name in options.time.resolve(&sample.names) {
        match sample.column(&name) {
            Some(column) => columns.push(column),
            None => {
                let known = sample.names.iter().map(String::as_str);
                faults.push(Fault::new("time", unknown_name("column", &name, known)));
            }
        }
    }
    if faults.is_empty() {
        Ok(columns)
    } else {
        Err(faults)
    }
}

pub(super) struct Finder<'a> {
    pub(super) options: &'a Options,
    pub(super) sample: &'a Sample,
}

impl Finder<'_> {
    pub(super) fn usable(&self) -> impl Iterator<Item = usize> {
        (0..self.sample.names.len())
            .filter(|column| !self.options.skip.names(self.sample.name(*column)))
    }

    /// The columns that are most likely the time.
    fn guess(&self, notes: &mut Vec<String>) -> Result<Vec<usize>, String> {
        let parts = self.parts();
        let mut whole = self.whole_columns();
        // Four digits are a time of day beside a date, and a year without one.
        let dates = whole
            .iter()
            .filter(|(_, column)| !self.is_clock(*column))
            .count();
        if dates > 0 || parts.len() >= 2 {
            whole.retain(|(_, column)| !self.is_clock(*column));
        }
        let best = whole.iter().map(|(level, _)| *level).max();
        // Parts of the time are surer than a column that is called like nothing of the kind.
        let is_named = best.is_some_and(|level| level >= Level::Date);
        if parts.len() >= 2 && !is_named {
            return Ok(parts);
        }
        if let Some(best) = best {
            let primary = self.primary(&whole, best, notes)?;
            return self.with_time_of_day(primary);
        }
        if !parts.is_empty() {
            return Ok(parts);
        }
        self.unreadable().ok_or_else(|| self.nothing_found())
    }

    /// Columns whose values are whole times, with what their names say.
    fn whole_columns(&self) -> Vec<(Level, usize)> {
        let by_level = |column| (level(self.sample.name(column)), column);
        self.usable()
            .map(by_level)
            .filter(|(level, column)| self.is_whole(*level, *column))
            .collect()
    }

    /// Whether a column of numbers has times of day by its name and its values.
    fn is_clock(&self, column: usize) -> bool {
        self.sample.most(column, is_number)
            && time_roles::time_of_day(self.sample.name(column), "") == Some(0)
            && Clock::of(self.sample.values(column)).is_some()
    }

    fn is_whole(&self, level: Level, column: usize) -> bool {
        let is_year = names_part(self.sample.name(column), PartKind::Year);
        if let Some(form) = &self.options.time_format {
            let reads = |text: &str| time_decision::reads(form, text);
            let may_be = level >= Level::Part || !self.sample.most(column, is_number);
            return may_be && self.sample.most(column, reads);
        }
        if self.sample.most(column, is_number) {
            let is_named = level >= Level::Date || level == Level::Part && !is_year;
            if !is_named && level != Level::Worded {
                return false;
            }
            return match time_decision::digit_form(self.sample, column) {
                None => false,
                Some(form) => is_named || form == DigitForm::Date,
            };
        }
        self.sample.most(column, |text| {
            is_time(text) || time_decision::is_fiscal(text)
        })
    }

    /// The one of several columns with whole times that is meant.
    fn primary(
        &self,
        whole: &[(Level, usize)],
        best: Level,
        notes: &mut Vec<String>,
    ) -> Result<usize, String> {
        let mut columns: Vec<usize> = whole
            .iter()
            .filter(|(level, _)| *level == best)
            .map(|(_, column)| *column)
            .collect();
        columns.sort_by_key(|column| time_roles::rank(self.sample.name(*column)));
        let others: Vec<String> = whole
            .iter()
            .filter(|(level, _)| *level < best)
            .map(|(_, column)| format!("`{}`", self.sample.name(*column)))
            .collect();
        match columns.as_slice() {
            [] => Err(self.nothing_found()),
            [only] => {
                if !others.is_empty() {
                    notes.push(format!(
                        "column `{}` is the time; {} could be too, and `?time=` would name it",
                        self.sample.name(*only),
                        others.join(", ")
                    ));
                }
                Ok(*only)
            }
            [first, rest @ ..] if rest.iter().all(|other| self.are_equal(*first, *other)) => {
                Ok(*first)
            }
            several => {
                let candidates: Vec<Vec<usize>> = several.iter().map(|each| vec![*each]).collect();
                Err(self.several(&candidates))
            }
        }
    }

    /// Whether two columns have the same times.
    fn are_equal(&self, one: usize, other: usize) -> bool {
        let time = |text: &str| {
            Written::read(text)
                .ok()
                .and_then(|written| written.in_utc().ok())
        };
        self.sample.rows.iter().all(|row| {
            let text = |column: usize| row.get(column).and_then(Option::as_deref);
            match (text(one), text(other)) {
                (Some(one), Some(other)) => {
                    one == other || time(one).is_some() && time(one) == time(other)
                }
                (one, other) => one == other,
            }
        })
    }

    /// A date together with the columns that have its time of day.
    fn with_time_of_day(&self, date: usize) -> Result<Vec<usize>, String> {
        let is_date = |text: &str| match Written::read(text) {
            Ok(written) => {
                written.offset.is_none()
                    && written.unit == Unit::Day
                    && written.unit.holding(written.local) == Unit::Day
                    && !text.contains(':')
            }
            Err(_) => false,
        };
        let reads_date = match &self.options.time_format {
            None => self.sample.values(date).all(is_date),
            Some(_) => false,
        };
        if !reads_date {
            return Ok(vec![date]);
        }
        let Some(clock) = self.time_of_day(&[date])? else {
            return Ok(vec![date]);
        };
        let mut columns = vec![date, clock];
        self.add_minutes(&mut columns);
        Ok(columns)
    }

    /// The column with the time of day, by its name and content.
    fn time_of_day(&self, taken: &[usize]) -> Result<Option<usize>, String> {
        let date = taken.first().map_or("", |date| self.sample.name(*date));
        let candidate = |column: usize| {
            let order = time_roles::time_of_day(self.sample.name(column), date)?;
            let values = self.sample.values(column);
            values.clone().next()?;
            let clock = Clock::of(values)?;
            // Two digits without a colon are hours only where the name says so.
            let is_sure = clock == Clock::Colons || order == 0;
            (!taken.contains(&column) && is_sure).then_some((order, column))
        };
        let candidates: Vec<(u8, usize)> = self.usable().filter_map(candidate).collect();
        let Some(best) = candidates.iter().map(|(order, _)| *order).min() else {
            return Ok(None);
        };
        let columns: Vec<usize> = candidates
            .iter()
            .filter(|(order, _)| *order == best)
            .map(|(_, column)| *column)
            .collect();
        match columns.as_slice() {
            [first, rest @ ..] if rest.iter().all(|other| self.are_equal(*first, *other)) => {
                Ok(Some(*first))
            }
            several => {
                let with = |column: &usize| taken.iter().copied().chain([*column]).collect();
                let candidates: Vec<Vec<usize>> = several.iter().map(with).collect();
                Err(self.several(&candidates))
            }
        }
    }

    /// Adds the minutes and seconds of a column that has the hour.
    fn add_minutes(&self, columns: &mut Vec<usize>) {
        let is_hour = columns
            .last()
            .is_some_and(|column| Clock::of(self.sample.values(*column)) == Some(Clock::Hours));
        if !is_hour {
            return;
        }
        for kind in [PartKind::Minute, PartKind::Second] {
            let Some(column) = self.part(kind, columns) else {
                return;
            };
            columns.push(column);
        }
    }

    /// The column that has a part by its name and its values. One without values counts too.
    fn part(&self, kind: PartKind, taken: &[usize]) -> Option<usize> {
        self.usable().find(|column| {
            let has_values = self.sample.values(*column).next().is_some();
            !taken.contains(column)
                && names_part(self.sample.name(*column), kind)
                && (!has_values || self.sample.most(*column, |text| kind.takes(text)))
        })
    }

    /// A year, and the columns that say when in it. Empty without a year.
    fn parts(&self) -> Vec<usize> {
        let Some(year) = self.part(PartKind::Year, &[]) else {
            return Vec::new();
        };
        let mut columns = vec![year];
        let part = |kind| self.part(kind, &[year]);
        let month = part(PartKind::Month);
        let day = month.and_then(|month| self.part(PartKind::Day, &[year, month]));
        let of_year = part(PartKind::DayOfYear).filter(|_| day.is_none());
        if let Some(day) = of_year {
            columns.push(day);
        } else if let Some(month) = month {
            columns.push(month);
            columns.extend(day);
        } else {
            let coarser = [PartKind::Week, PartKind::Period, PartKind::Quarter];
            columns.extend(coarser.into_iter().find_map(part));
            return columns;
        }
        if (day.is_some() || of_year.is_some())
            && let Ok(Some(clock)) = self.time_of_day(&columns)
        {
            columns.push(clock);
            self.add_minutes(&mut columns);
        }
        columns
    }

    /// A column that is called like the time, whose values then are faults; with its time of day.
    fn unreadable(&self) -> Option<Vec<usize>> {
        let named = |column: &usize| match level(self.sample.name(*column)) {
            Level::Unknown => false,
            // Dates of a form to name are listed instead.
            Level::Worded => self.sample.most(*column, is_number),
            _ => true,
        };
        let column = self.usable().filter(named).min_by_key(|column| {
            let name = self.sample.name(*column);
            (std::cmp::Reverse(level(name)), time_roles::rank(name))
        });
        let date = self
            .usable()
            .find(|column| level(self.sample.name(*column)) == Level::Date);
        let with_clock = date.and_then(|date| {
            let clock = self.time_of_day(&[date]).ok().flatten()?;
            Some(vec![date, clock])
        });
        with_clock.or_else(|| column.map(|column| vec![column]))
    }
}
