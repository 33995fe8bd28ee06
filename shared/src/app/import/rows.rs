//! Rows on their way into a table: what every format has in common once it has found the cells.

use crate::domain::{Fault, Field, FieldName, FieldType, PointId, Value, relation};

use super::Failure;
use super::cell::{Cell, MissingWords, check_text, quote, trim};
use super::fault_log::FaultLog;
use super::options::Options;
use super::time_forms::Form;
use super::time_reader::TimeReader;
use super::typed::Typed;
use super::untyped::Untyped;

/// Collects the rows of a file.
pub(super) struct Rows {
    pub(super) options: Options,
    pub(super) missing: MissingWords,
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
    pub(super) taken: u64,
    /// A column of point ids, which are checked and left out.
    pub(super) ids: Option<usize>,
    pub(super) typed: Vec<(Place, Typed)>,
    pub(super) untyped: Vec<(Place, FieldName, Untyped)>,
    pub(super) faults: FaultLog,
    pub(super) skipped: u64,
    pub(super) notes: Vec<String>,
    /// Missing values of each field that was handed over.
    pub(super) missing_values: Vec<(FieldName, u64)>,
    /// Cells without a value under names that are times.
    pub(super) empty: u64,
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
        self.time.read(texts).map_err(|detail| {
            // The cell that the fault quotes, else the first.
            let at = texts
                .iter()
                .position(|text| detail.starts_with(&quote(text)));
            let column = self.time_columns.get(at.unwrap_or(0)).copied();
            (column.unwrap_or(0), detail)
        })
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
}

/// What would help a value that is not of the type that the rows before it told.
fn remedy(name: &str, kind: FieldType) -> String {
    format!(
        "; by the rows before, the column is of type {}: `?types={name}:text` takes both, `?missing=` names words for missing values",
        kind.name()
    )
}
