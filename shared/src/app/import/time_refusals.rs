//! Refusals of files whose time is not certain, with the candidates ready to paste.

use std::collections::HashSet;

use jiff::tz::TimeZone;

use crate::domain::time::written::Unit;

use super::options::quoted_name;
use super::time_columns::{Finder, TimeColumns};
use super::time_forms::PartKind;
use super::time_of_day::Clock;
use super::time_reader::TimeReader;
use super::time_roles;
use super::time_shapes::pattern_like;
use super::unpivot;

impl Finder<'_> {
    /// Refuses times of which many are equal although a column that is not used would tell them
    /// apart.
    pub(super) fn refuse_unused_parts(&self, found: &TimeColumns) -> Result<(), String> {
        let mut reader = TimeReader::new(found.form.clone(), TimeZone::UTC);
        let mut times = Vec::new();
        for row in 0..self.sample.rows.len() {
            let cells = self.sample.cells(row, &found.columns);
            if let Some(time) = cells.and_then(|cells| reader.read(&cells).ok()) {
                times.push((row, time));
            }
        }
        let distinct: HashSet<i64> = times.iter().map(|(_, time)| *time).collect();
        if (times.len() - distinct.len()) * 4 < times.len().max(1) {
            return Ok(());
        }
        let tells_apart = |column: &usize| {
            let value = |row: usize| self.sample.rows.get(row)?.get(*column)?.as_deref();
            let pairs: HashSet<(i64, Option<&str>)> = times
                .iter()
                .map(|(row, time)| (*time, value(*row)))
                .collect();
            pairs.len() > distinct.len()
        };
        let finer: Vec<usize> = self
            .usable()
            .filter(|column| !found.columns.contains(column))
            .filter(|column| self.is_finer(*column, reader.unit()) && tells_apart(column))
            .collect();
        let other = self
            .usable()
            .filter(|column| !found.columns.contains(column) && tells_apart(column))
            .find(|column| time_roles::names_other_part(self.sample.name(*column)));
        if let (Some(other), true) = (other, finer.is_empty()) {
            return Err(format!(
                "many rows have the same time, and column `{}` looks like a part of it that cannot be read; {} takes the rows as they are",
                self.sample.name(other),
                self.listed(std::slice::from_ref(&found.columns))
            ));
        }
        if finer.is_empty() {
            return Ok(());
        }
        let with = |column: &usize| found.columns.iter().copied().chain([*column]).collect();
        let mut candidates: Vec<Vec<usize>> = finer.iter().map(with).collect();
        candidates.push(found.columns.clone());
        Err(format!(
            "many rows have the same time, and another column could tell them apart: {}",
            self.listed(&candidates)
        ))
    }

    /// Whether a column looks like a part of the time finer than a unit.
    fn is_finer(&self, column: usize, unit: Unit) -> bool {
        let values = || self.sample.values(column);
        if unit <= Unit::Day && Clock::of(values()) == Some(Clock::Colons) {
            return true;
        }
        let Some(kind) = time_roles::part_of_last_word(self.sample.name(column)) else {
            return false;
        };
        let (kind, of) = match kind {
            PartKind::Quarter => (kind, Unit::Quarter),
            PartKind::Month | PartKind::Period => (kind, Unit::Month),
            PartKind::Week => (kind, Unit::Week),
            PartKind::TimeOfDay(_) => match Clock::of(values()) {
                Some(clock) => (PartKind::TimeOfDay(clock), Unit::Hour),
                None => return false,
            },
            PartKind::Minute => (kind, Unit::Minute),
            PartKind::Second => (kind, Unit::Second),
            _ => (kind, Unit::Day),
        };
        of > unit && values().any(|text| kind.takes(text))
    }

    pub(super) fn several(&self, candidates: &[Vec<usize>]) -> String {
        format!(
            "several columns could be the time; name the one that is meant: {}",
            self.listed(candidates)
        )
    }

    /// Candidates, ready to paste.
    fn listed(&self, candidates: &[Vec<usize>]) -> String {
        let parameter = |columns: &Vec<usize>| {
            let names: Vec<String> = columns
                .iter()
                .map(|column| quoted_name(self.sample.name(*column)))
                .collect();
            format!("`?time={}`", names.join(","))
        };
        let parameters: Vec<String> = candidates.iter().map(parameter).collect();
        parameters.join(" or ")
    }

    /// Columns with dates whose form has to be named, ready to paste.
    fn with_patterns(&self) -> String {
        let parameters = |column: usize| {
            let patterns = pattern_like(self.sample.values(column).next()?);
            let name = quoted_name(self.sample.name(column));
            let with_name = move |pattern: String| pattern.replace('?', &format!("?time={name}&"));
            Some(patterns.into_iter().map(with_name))
        };
        let found: Vec<String> = self
            .usable()
            .filter_map(parameters)
            .flatten()
            .take(6)
            .collect();
        match found.is_empty() {
            true => String::new(),
            false => format!("; it could be {}", found.join(" or ")),
        }
    }

    pub(super) fn nothing_found(&self) -> String {
        let names: Vec<&str> = self
            .sample
            .names
            .iter()
            .take(40)
            .map(String::as_str)
            .collect();
        let wide = unpivot::hint_of_names(self.sample).unwrap_or_default();
        let blanks = match names.as_slice() {
            [name] if name.trim().contains([' ', '\t']) => {
                "; if blanks separate the columns, add `?delimiter=spaces`"
            }
            _ => "",
        };
        let dated = self.with_patterns();
        format!(
            "no column could be recognised as the time: name it with `?time=`, and its form with `?time_format=` unless it is like 2012-01-31 06:30{wide}{blanks}{dated}; the file has: {}",
            names.join(", ")
        )
    }
}
