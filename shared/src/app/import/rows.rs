//! Rows on their way into a table: what every format has in common once it has found the cells.

use crate::domain::{Column, Fault, Field, FieldName, FieldType, PointId, Table, Value, relation};

use super::cell::{Cell, MissingWords, check_text, counted, quote, trim};
use super::fault_log::FaultLog;
use super::options::{OnError, Options};
use super::time_forms::Form;
use super::time_reader::TimeReader;
use super::typed::Typed;
use super::untyped::Untyped;
use super::{Failure, FoundTime, Parsed, Part};

/// Collects the rows of a file.
pub(super) struct Rows {
    pub(super) options: Options,
    missing: MissingWords,
    limit: u64,
    /// The fields of the dataset, when it exists.
    pub(super) schema: Option<Vec<Field>>,
    /// Whether values must suit others of the same row.
    is_related: bool,
    /// Names of the file's columns.
    pub(super) names: Vec<String>,
    /// Further names that parameters may have, of columns that became rows.
    other_names: Vec<String>,
    pub(super) time_columns: Vec<usize>,
    pub(super) time: TimeReader,
    pub(super) times: Vec<i64>,
    /// Rows that [`Self::take_part`] has given away.
    taken: u64,
    /// A column of point ids, which are checked and left out.
    pub(super) ids: Option<usize>,
    pub(super) typed: Vec<(Place, Typed)>,
    pub(super) untyped: Vec<(Place, FieldName, Untyped)>,
    faults: FaultLog,
    skipped: u64,
    notes: Vec<String>,
    /// Missing values of each field that was handed over.
    missing_values: Vec<(FieldName, u64)>,
    /// Cells without a value under names that are times.
    empty: u64,
    trim_texts: bool,
}

/// Where a field is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    /// Column of the file; beyond its end if it has none.
    pub column: usize,
    /// Position among the fields.
    pub field: usize,
    /// Whether the name was made up, because the file has none.
    pub unnamed: bool,
}

impl Rows {
    /// `unit` is what a row is called in faults; `missing` are the words that the format takes for
    /// missing values by default.
    pub(super) fn new(
        options: Options,
        schema: Option<&[Field]>,
        unit: &'static str,
        missing: &[&str],
        limit: u64,
    ) -> Self {
        let words = options.missing.clone();
        let words =
            words.unwrap_or_else(|| missing.iter().map(|word| (*word).to_owned()).collect());
        Self {
            missing: MissingWords::new(words),
            limit,
            schema: schema.map(<[Field]>::to_vec),
            is_related: schema
                .is_some_and(|fields| fields.iter().any(|field| field.constraints.is_relation())),
            names: Vec::new(),
            other_names: Vec::new(),
            time_columns: Vec::new(),
            time: TimeReader::new(Form::Calendar, options.zone.clone()),
            times: Vec::new(),
            taken: 0,
            ids: None,
            typed: Vec::new(),
            untyped: Vec::new(),
            faults: FaultLog::new(unit),
            skipped: 0,
            notes: Vec::new(),
            missing_values: Vec::new(),
            empty: 0,
            trim_texts: false,
            options,
        }
    }

    pub(super) fn options(&self) -> &Options {
        &self.options
    }

    /// Names that parameters may have besides those of the columns.
    pub(super) fn also_known(&mut self, names: Vec<String>) {
        self.other_names = names;
    }

    /// Faults of parameters that name no column.
    pub(super) fn unknown_names(&self) -> Vec<Fault> {
        let known: Vec<String> = self
            .names
            .iter()
            .chain(&self.other_names)
            .cloned()
            .collect();
        self.options.check_names(&known)
    }

    /// The name of a column of the file.
    pub(super) fn name(&self, column: usize) -> Option<String> {
        self.names.get(column).cloned()
    }

    /// From now on spaces at the ends of bare texts do not belong to them.
    pub(super) fn trim_texts(&mut self) {
        self.trim_texts = true;
    }

    /// Whether a column of the file becomes no field and has no part of the time.
    pub(super) fn is_left_out(&self, column: usize) -> bool {
        !self.time_columns.contains(&column)
            && !self.typed.iter().any(|(place, _)| place.column == column)
            && !self
                .untyped
                .iter()
                .any(|(place, _, _)| place.column == column)
    }

    /// Something worth knowing that is no fault.
    pub(super) fn note(&mut self, note: String) {
        self.notes.push(note);
    }

    /// Counts a cell under a name that is a time that makes no row.
    pub(super) fn count_empty(&mut self) {
        self.empty += 1;
    }

    /// A text as a cell: missing if it is blank or a missing-value word.
    #[inline]
    pub(super) fn bare<'a>(&self, text: &'a str) -> Cell<'a> {
        let trimmed = trim(text);
        if trimmed.is_empty() || self.missing.contains(trimmed) {
            Cell::Missing
        } else {
            Cell::Bare(if self.trim_texts { trimmed } else { text })
        }
    }

    /// Whether a text was named as standing for a missing value; an empty one is not.
    pub(super) fn is_missing_word(&self, text: &str) -> bool {
        self.missing.contains(trim(text))
    }

    /// A fault of a row, which is thereby left out.
    pub(super) fn refuse(&mut self, row: u64, column: &str, detail: impl Into<String>) {
        self.faults.add(row, column, detail);
        self.skipped += 1;
    }

    /// Adds the row with the number `row`. `cell` gives what it has in a column, missing for
    /// columns that it has not; `is_plain` tells that no cell can be too long for a text.
    ///
    /// # Errors
    /// When there are too many rows. Rows that cannot be read are kept as faults.
    #[inline]
    pub(super) fn add<'a>(
        &mut self,
        row: u64,
        is_plain: bool,
        cell: impl Fn(&Self, usize) -> Cell<'a>,
    ) -> Result<(), Failure> {
        if self.taken + self.times.len() as u64 >= self.limit {
            return Err(Failure::TooManyRows { limit: self.limit });
        }
        let time = match self.read_time(&cell) {
            Ok(time) => time,
            Err((column, detail)) => {
                let name = self.names.get(column).cloned().unwrap_or_default();
                self.refuse(row, &name, detail);
                return Ok(());
            }
        };
        let before = self.faults.total();
        if self.ids.is_some() || !is_plain {
            self.check_rarer(row, &cell);
        }
        for at in 0..self.typed.len() {
            let Some(place) = self.typed.get(at).map(|(place, _)| *place) else {
                break;
            };
            let value = cell(self, place.column);
            if let Some((_, typed)) = self.typed.get_mut(at)
                && let Err(mut detail) = typed.push(value)
            {
                let name = self.names.get(place.column).cloned();
                let name = name.unwrap_or_else(|| typed.field().name.as_str().to_owned());
                if typed.is_inferred() {
                    detail.push_str(&remedy(&name, typed.field().kind));
                }
                self.faults.add(row, &name, detail);
            }
        }
        if self.is_related && self.faults.total() == before {
            self.check_relations(row);
        }
        if self.faults.total() > before {
            let rows = self.times.len();
            self.typed
                .iter_mut()
                .for_each(|(_, typed)| typed.truncate(rows));
            self.skipped += 1;
            return Ok(());
        }
        for at in 0..self.untyped.len() {
            let Some(column) = self.untyped.get(at).map(|(place, _, _)| place.column) else {
                break;
            };
            let value = cell(self, column);
            if let Some((_, _, untyped)) = self.untyped.get_mut(at) {
                untyped.push(value, row);
            }
        }
        self.times.push(time);
        Ok(())
    }

    /// The row's time, or what is wrong with it and in which column.
    #[inline]
    fn read_time<'a>(
        &mut self,
        cell: impl Fn(&Self, usize) -> Cell<'a>,
    ) -> Result<i64, (usize, String)> {
        let mut texts = [""; 8];
        for (at, column) in self.time_columns.iter().enumerate() {
            let text = match cell(self, *column) {
                Cell::Bare(text) | Cell::Number(text) | Cell::Text(text) => trim(text),
                Cell::Missing | Cell::Quoted(_) if self.time.may_be_empty(at) => "",
                Cell::Missing | Cell::Quoted(_) => {
                    return Err((*column, "the time is missing".to_owned()));
                }
                Cell::Boolean(flag) => return Err((*column, format!("`{flag}` is not a time"))),
            };
            match texts.get_mut(at) {
                Some(slot) => *slot = text,
                None => return Err((*column, "a time has at most 8 columns".to_owned())),
            }
        }
        let texts = texts.get(..self.time_columns.len()).unwrap_or(&[]);
        self.time
            .read(texts)
            .map_err(|detail| (self.time_columns.first().copied().unwrap_or(0), detail))
    }

    /// Checks the values of the last row against each other.
    #[cold]
    fn check_relations(&mut self, row: u64) {
        let Self {
            schema: Some(fields),
            typed,
            faults,
            ..
        } = self
        else {
            return;
        };
        let mut values = vec![Value::Missing; fields.len()];
        for (place, typed) in typed.iter() {
            if let Some(slot) = values.get_mut(place.field) {
                *slot = typed.last();
            }
        }
        for (field, detail) in relation::check(fields, |at| values.get(at)) {
            faults.add(row, field.as_str(), detail);
        }
    }

    /// Checks what most rows cannot have: ids, and texts that are too long.
    fn check_rarer<'a>(&mut self, row: u64, cell: impl Fn(&Self, usize) -> Cell<'a>) {
        if let Some(column) = self.ids {
            let value = cell(self, column);
            if let Cell::Bare(text) | Cell::Number(text) | Cell::Text(text) = value
                && PointId::parse(trim(text)).is_none()
            {
                let detail = format!(
                    "{} is not the id of a point, as the first rows have",
                    quote(text)
                );
                self.faults.add(row, "id", detail);
            }
        }
        for at in 0..self.untyped.len() {
            let Some(column) = self.untyped.get(at).map(|(place, _, _)| place.column) else {
                break;
            };
            if let Cell::Bare(text) | Cell::Text(text) = cell(self, column)
                && let Err(detail) = check_text(text)
            {
                let name = self.names.get(column).cloned().unwrap_or_default();
                self.faults.add(row, &name, detail);
            }
        }
    }

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

/// What would help a value that is not of the type that the rows before it told.
fn remedy(name: &str, kind: FieldType) -> String {
    format!(
        "; by the rows before, the column is of type {}: `?types={name}:text` takes both, `?missing=` names words for missing values",
        kind.name()
    )
}
