//! Rows on their way out of the importer: part by part, and the rest at the end.

use crate::domain::{Column, Fault, Field, FieldName, Table};

use super::cell::counted;
use super::options::OnError;
use super::rows::{Place, Rows};
use super::typed::Typed;
use super::untyped::Untyped;
use super::{Failure, FoundTime, Parsed, Part};

impl Rows {
    /// Hands over the rows read by now, if there are at least `rows` of them. Their values settle
    /// the type of every column that has any.
    pub(super) fn take_part(&mut self, rows: usize) -> Option<Part> {
        if self.times.len() < rows.max(1) {
            return None;
        }
        let bad_rows = self.find_bad_rows();
        self.settle();
        let part = self.drain(&bad_rows);
        self.taken += part.table.len() as u64;
        Some(part)
    }

    /// Makes columns typed whose values tell the type.
    fn settle(&mut self) {
        let notation = self.options.notation;
        for (place, name, untyped) in std::mem::take(&mut self.untyped) {
            if untyped.is_all_missing() {
                self.untyped.push((place, name, untyped));
                continue;
            }
            self.note_unnamed(place, &name);
            let column = self.names.get(place.column).map_or("", String::as_str);
            let note = untyped.note(column, &self.missing.seen());
            self.notes.extend(note);
            let typed = Typed::settled(name, untyped.into_column(), notation);
            self.typed.push((place, typed));
        }
    }

    /// The rows but those that are bad. Columns without any value by now are numbers, those without
    /// a name even left out.
    fn drain(&mut self, bad_rows: &[usize]) -> Part {
        let times = std::mem::take(&mut self.times);
        let mut columns: Vec<(usize, Field, Column)> = Vec::new();
        for (place, typed) in &mut self.typed {
            let (field, column) = typed.take_column();
            columns.push((place.field, field, column));
        }
        for (place, name, untyped) in &mut self.untyped {
            let empty = std::mem::replace(untyped, Untyped::new(self.options.notation, 0));
            if !place.unnamed {
                let column = empty.into_column();
                let field = Field::new(name.clone(), column.kind());
                columns.push((place.field, field, column));
            }
        }
        let part = assemble(times, columns, bad_rows);
        self.count_missing(&part);
        part
    }

    fn count_missing(&mut self, part: &Part) {
        for (field, column) in part.fields.iter().zip(&part.table.columns) {
            let missing = column.count_missing() as u64;
            let known = self
                .missing_values
                .iter_mut()
                .find(|(name, _)| *name == field.name);
            match known {
                Some((_, count)) => *count += missing,
                None if missing > 0 => self.missing_values.push((field.name.clone(), missing)),
                None => {}
            }
        }
    }

    /// Finds the rows with words that stand for no finite number in columns of numbers.
    fn find_bad_rows(&mut self) -> Vec<usize> {
        let mut bad_rows: Vec<usize> = Vec::new();
        for (place, _, untyped) in &self.untyped {
            let name = self.names.get(place.column).map_or("", String::as_str);
            for (row, line, detail) in untyped.faults() {
                self.faults.add(line, name, detail);
                bad_rows.push(row);
            }
        }
        bad_rows.sort_unstable();
        bad_rows.dedup();
        self.skipped += bad_rows.len() as u64;
        bad_rows
    }

    fn note_unnamed(&mut self, place: Place, name: &FieldName) {
        if place.unnamed {
            self.notes.push(format!(
                "column {} has no name in the file: called `{name}`",
                place.column + 1
            ));
        }
    }

    /// Whether nothing of the file is to be kept, by the rows read until now.
    pub(super) fn is_refused(&self) -> bool {
        self.faults.total() > 0 && self.options.on_error == OnError::Fail
    }

    /// The rest of the rows.
    ///
    /// # Errors
    /// When rows were bad and they were not to be skipped, or no row is left.
    pub(super) fn finish(mut self) -> Result<Parsed, Failure> {
        let unknown = self.unknown_names();
        if !unknown.is_empty() {
            return Err(Failure::invalid(unknown));
        }
        let bad_rows = self.find_bad_rows();
        let rows = self.taken + (self.times.len() - bad_rows.len().min(self.times.len())) as u64;
        if self.is_refused() || (self.faults.total() > 0 && rows == 0) {
            let total = self.faults.total();
            return Err(Failure::Invalid {
                faults: self.faults.into_first(),
                total,
            });
        }
        if rows == 0 {
            return Err(Failure::invalid(vec![Fault::new("file", "has no rows")]));
        }
        self.settle();
        for (place, name, _) in &self.untyped {
            if !place.unnamed {
                self.notes.push(format!(
                    "column `{name}` has no values: taken as number, `?types={name}:text` makes it text"
                ));
            }
        }
        let Part { fields, table } = self.drain(&bad_rows);
        if fields.is_empty() {
            return Err(Failure::of_file("has no column besides the time"));
        }
        if self.ids.is_some() {
            self.notes
                .push("column `id`: ids are given anew, those of the file are not kept".to_owned());
        }
        for (known, field) in self.schema.iter().flatten().zip(&fields) {
            if known.kind != field.kind {
                self.notes.push(format!(
                    "field `{}` became one of numbers: the file has decimals",
                    field.name
                ));
            }
        }
        let time_notes = self.time.notes();
        self.notes.extend(time_notes);
        if self.empty > 0 {
            self.notes.push(format!(
                "{} under names that are times left out: no value, no point",
                counted(self.empty, "empty cell")
            ));
        }
        let time_columns = self
            .time_columns
            .iter()
            .filter_map(|column| self.names.get(*column).cloned())
            .collect();
        Ok(Parsed {
            fields,
            rows,
            table,
            skipped: self.skipped,
            faults: self.faults.into_first(),
            time: FoundTime {
                columns: time_columns,
                form: self.time.form().name(),
                resolution: self.time.unit().name(),
            },
            missing: self.missing_values,
            notes: self.notes,
        })
    }
}

/// The rows of a part that are not bad, their columns in the order of the fields.
fn assemble(times: Vec<i64>, mut columns: Vec<(usize, Field, Column)>, bad_rows: &[usize]) -> Part {
    columns.sort_by_key(|(position, _, _)| *position);
    let sequences = vec![0; times.len()];
    let (fields, columns) = columns
        .into_iter()
        .map(|(_, field, column)| (field, column))
        .unzip();
    let mut table = Table {
        times,
        sequences,
        columns,
    };
    if !bad_rows.is_empty() {
        let kept: Vec<usize> = (0..table.len())
            .filter(|row| bad_rows.binary_search(row).is_err())
            .collect();
        let mut good = table.empty_like();
        good.append_rows(&table, &kept);
        table = good;
    }
    Part { fields, table }
}
