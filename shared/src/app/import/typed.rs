//! A column of a known type while it is read.

use crate::domain::column::{MISSING_BOOLEAN, MISSING_INTEGER};
use crate::domain::{Column, Constraints, Field, FieldName, FieldType, Value};

use super::cell::{Cell, check_text, not_finite, quote, trim};
use super::notation::Notation;
use super::number_notes::other_notations;
use super::numeral;
use super::words::{Words, read_boolean};

/// A column whose type the dataset or the caller has fixed.
pub(super) struct Typed {
    field: Field,
    notation: Notation,
    values: TypedValues,
    /// Whether the field has any constraint, so that most columns skip the check.
    constrained: bool,
    /// Whether the first rows of the file told the type, see [`Self::settled`].
    is_inferred: bool,
    /// Whether decimals make integers numbers.
    widens: bool,
    /// The row that made them so, until its part is taken.
    widened_by: Option<usize>,
}

enum TypedValues {
    Number(Vec<f64>),
    Integer(Vec<i64>),
    Text(Words),
    Boolean(Vec<u8>),
}

impl Typed {
    /// `notation` is how the file writes numbers.
    pub(super) fn new(field: Field, notation: Notation) -> Self {
        let values = match field.kind {
            FieldType::Number => TypedValues::Number(Vec::new()),
            FieldType::Integer => TypedValues::Integer(Vec::new()),
            FieldType::Text => TypedValues::Text(Words::new(0)),
            FieldType::Boolean => TypedValues::Boolean(Vec::new()),
        };
        let constrained = field.constraints != Constraints::default();
        Self {
            field,
            notation,
            values,
            constrained,
            is_inferred: false,
            widens: false,
            widened_by: None,
        }
    }

    /// A column whose type the rows told that were read by now. The rows to come must be of that
    /// type; only integers still become numbers, for which no spelling has to be remembered.
    pub(super) fn settled(name: FieldName, column: Column, notation: Notation) -> Self {
        let field = Field::new(name, column.kind());
        let mut typed = Self::new(field, notation);
        typed.is_inferred = true;
        typed.widens = true;
        typed.values = match column {
            Column::Number(values) => TypedValues::Number(values),
            Column::Integer(values) => TypedValues::Integer(values),
            Column::Text(column) => TypedValues::Text(Words::from_column(column)),
            Column::Boolean(values) => TypedValues::Boolean(values),
        };
        typed
    }

    /// The same column, of numbers as soon as one has decimals, if its field allows that.
    pub(super) fn widening(mut self) -> Self {
        self.widens = self.field.can_widen();
        self
    }

    pub(super) fn is_inferred(&self) -> bool {
        self.is_inferred
    }

    /// Takes the values out, as a column of the field; those to come follow them.
    pub(super) fn take_column(&mut self) -> (Field, Column) {
        let mut rest = Self::new(self.field.clone(), self.notation);
        rest.is_inferred = self.is_inferred;
        rest.widens = self.widens;
        std::mem::replace(self, rest).into_column()
    }

    pub(super) fn field(&self) -> &Field {
        &self.field
    }

    /// Appends a value.
    ///
    /// # Errors
    /// Says why the field does not take it; a missing value is appended in its place.
    #[inline]
    pub(super) fn push(&mut self, cell: Cell<'_>) -> Result<(), String> {
        let outcome = self.append(cell);
        if outcome.is_err() {
            self.append_missing();
        }
        outcome
    }

    fn append(&mut self, cell: Cell<'_>) -> Result<(), String> {
        let cell = match (cell, &self.values) {
            (Cell::Quoted(word), TypedValues::Text(_)) => Cell::Text(word),
            (Cell::Quoted(_), _) => Cell::Missing,
            (cell, _) => cell,
        };
        if cell == Cell::Missing {
            self.check(|| Value::Missing)?;
            self.append_missing();
            return Ok(());
        }
        if self.is_inferred {
            self.keep_to_inference(cell)?;
        }
        self.widen(cell);
        match &self.values {
            TypedValues::Number(_) => {
                let number = read_number(cell, self.notation)?;
                self.check(|| Value::Number(number))?;
                self.append_number(number);
            }
            TypedValues::Integer(_) => {
                let number = read_integer(cell, self.notation)?;
                self.check(|| Value::Integer(number))?;
                self.append_integer(number);
            }
            TypedValues::Text(_) => {
                let word = match cell {
                    Cell::Bare(word) | Cell::Number(word) | Cell::Text(word) => word,
                    Cell::Boolean(flag) => {
                        if flag {
                            "true"
                        } else {
                            "false"
                        }
                    }
                    Cell::Missing | Cell::Quoted(_) => "",
                };
                check_text(word)?;
                self.check(|| Value::Text(word.to_owned()))?;
                self.append_word(word);
            }
            TypedValues::Boolean(_) => {
                let flag = match cell {
                    Cell::Boolean(flag) => Some(flag),
                    Cell::Bare(word) => read_boolean(trim(word)),
                    _ => None,
                };
                let flag = flag.ok_or_else(|| refuse(cell, "true or false"))?;
                self.check(|| Value::Boolean(flag))?;
                if let TypedValues::Boolean(values) = &mut self.values {
                    values.push(u8::from(flag));
                }
            }
        }
        Ok(())
    }

    /// Refuses what only a text can keep.
    fn keep_to_inference(&self, cell: Cell<'_>) -> Result<(), String> {
        let is_integer = matches!(self.values, TypedValues::Integer(_));
        if !is_integer && !matches!(self.values, TypedValues::Number(_)) {
            return Ok(());
        }
        let (Cell::Bare(text) | Cell::Number(text)) = cell else {
            return match cell {
                Cell::Text(_) if is_integer => Err(refuse(cell, "an integer")),
                Cell::Text(_) => Err(refuse(cell, "a number")),
                _ => Ok(()),
            };
        };
        let text = trim(text);
        let number = text.as_bytes();
        if numeral::is_code(number) {
            return Err(format!(
                "{} has a leading zero or sign, as codes have",
                quote(text)
            ));
        }
        if is_integer && numeral::has_bare_exponent(number) {
            return Err(format!(
                "{} is a code, or a number in scientific notation",
                quote(text)
            ));
        }
        if numeral::is_long_identifier(number, self.notation.point) {
            return Err(format!(
                "{} has more digits than a number keeps",
                quote(text)
            ));
        }
        Ok(())
    }

    /// Makes a column of integers one of numbers when a cell has decimals, if it may become so.
    #[inline]
    fn widen(&mut self, cell: Cell<'_>) {
        let (Cell::Bare(text) | Cell::Number(text) | Cell::Text(text)) = cell else {
            return;
        };
        if matches!(self.values, TypedValues::Integer(_)) && !is_whole(text) {
            self.widen_for(cell);
        }
    }

    #[cold]
    fn widen_for(&mut self, cell: Cell<'_>) {
        let is_wider = read_number(cell, self.notation).is_ok_and(|number| number.fract() != 0.0);
        if !is_wider || !self.widens {
            return;
        }
        if let TypedValues::Integer(values) = &mut self.values {
            self.widened_by = Some(values.len());
            let mut column = Column::Integer(std::mem::take(values));
            column.widen();
            if let Column::Number(values) = column {
                self.field.kind = FieldType::Number;
                self.values = TypedValues::Number(values);
            }
        }
    }

    fn check(&self, value: impl FnOnce() -> Value) -> Result<(), String> {
        if self.constrained {
            self.field.check(&value())
        } else {
            Ok(())
        }
    }

    fn append_number(&mut self, number: f64) {
        if let TypedValues::Number(values) = &mut self.values {
            values.push(number);
        }
    }

    fn append_integer(&mut self, number: i64) {
        if let TypedValues::Integer(values) = &mut self.values {
            values.push(number);
        }
    }

    fn append_word(&mut self, word: &str) {
        if let TypedValues::Text(words) = &mut self.values {
            words.push(word);
        }
    }

    fn append_missing(&mut self) {
        match &mut self.values {
            TypedValues::Number(values) => values.push(f64::NAN),
            TypedValues::Integer(values) => values.push(MISSING_INTEGER),
            TypedValues::Text(words) => words.push_missing(),
            TypedValues::Boolean(values) => values.push(MISSING_BOOLEAN),
        }
    }

    /// The value of the last row.
    pub(super) fn last(&self) -> Value {
        match &self.values {
            TypedValues::Number(values) => match values.last() {
                Some(number) if !number.is_nan() => Value::Number(*number),
                _ => Value::Missing,
            },
            TypedValues::Integer(values) => match values.last() {
                Some(number) if *number != MISSING_INTEGER => Value::Integer(*number),
                _ => Value::Missing,
            },
            TypedValues::Text(words) => words
                .last()
                .map_or(Value::Missing, |word| Value::Text(word.to_owned())),
            TypedValues::Boolean(values) => match values.last() {
                Some(flag) if *flag != MISSING_BOOLEAN => Value::Boolean(*flag == 1),
                _ => Value::Missing,
            },
        }
    }

    /// Makes the column one of integers again when the row that widened it is left out.
    fn narrow(&mut self) {
        if let TypedValues::Number(values) = &self.values {
            let integer = |value: &f64| match value.is_nan() {
                true => MISSING_INTEGER,
                false => *value as i64,
            };
            self.values = TypedValues::Integer(values.iter().map(integer).collect());
            self.field.kind = FieldType::Integer;
            self.widened_by = None;
        }
    }

    /// Forgets the rows from `rows` on.
    pub(super) fn truncate(&mut self, rows: usize) {
        match &mut self.values {
            TypedValues::Number(values) => values.truncate(rows),
            TypedValues::Integer(values) => values.truncate(rows),
            TypedValues::Text(words) => words.truncate(rows),
            TypedValues::Boolean(values) => values.truncate(rows),
        }
        if self.widened_by.is_some_and(|row| row >= rows) {
            self.narrow();
        }
    }

    pub(super) fn into_column(self) -> (Field, Column) {
        let column = match self.values {
            TypedValues::Number(values) => Column::Number(values),
            TypedValues::Integer(values) => Column::Integer(values),
            TypedValues::Text(words) => Column::Text(words.into_column()),
            TypedValues::Boolean(values) => Column::Boolean(values),
        };
        (self.field, column)
    }
}

/// Whether a text is digits with or without a sign.
fn is_whole(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'-' || byte == b'+')
}

/// Takes texts too: where the type is stated, JSON may have numbers as texts.
fn read_number(cell: Cell<'_>, notation: Notation) -> Result<f64, String> {
    let (text, notation) = match cell {
        Cell::Bare(text) => (trim(text), notation),
        Cell::Number(text) => (text, Notation::POINT),
        Cell::Text(text) => (trim(text), Notation::POINT),
        _ => return Err(refuse(cell, "a number")),
    };
    match notation.read(text.as_bytes()) {
        Some(number) if number.is_finite() => Ok(number),
        _ if numeral::is_not_finite(text.as_bytes(), notation.point) => Err(not_finite(text)),
        _ => Err(refuse(cell, "a number") + &remedy(text, notation)),
    }
}

/// The parameter that would read a number, if any would.
fn remedy(text: &str, notation: Notation) -> String {
    let parameters = other_notations(text, notation);
    match parameters.as_slice() {
        [] => String::new(),
        parameters => format!("; {}", parameters.join(" or ")),
    }
}

/// Also takes `12.0`, which some programs write for a whole number in a column with gaps.
fn read_integer(cell: Cell<'_>, notation: Notation) -> Result<i64, String> {
    let number = read_number(cell, notation).map_err(|fault| match cell {
        Cell::Bare(_) | Cell::Number(_) | Cell::Text(_) => fault,
        _ => refuse(cell, "an integer"),
    })?;
    if number.fract() != 0.0 {
        return Err(refuse(cell, "an integer"));
    }
    if number.abs() > Value::MAX_INTEGER as f64 {
        return Err(refuse(cell, "within ±9007199254740991"));
    }
    Ok(number as i64)
}

fn refuse(cell: Cell<'_>, wanted: &str) -> String {
    match cell {
        Cell::Bare(text) | Cell::Number(text) => format!("{} is not {wanted}", quote(text)),
        Cell::Text(text) => format!("the text {} is not {wanted}", quote(text)),
        Cell::Boolean(flag) => format!("`{flag}` is not {wanted}"),
        Cell::Missing | Cell::Quoted(_) => format!("must be {wanted}"),
    }
}
