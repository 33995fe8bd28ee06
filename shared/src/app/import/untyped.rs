//! A column while it is read whose type the values will tell.

use crate::domain::Column;
use crate::domain::column::{MISSING_BOOLEAN, MISSING_INTEGER};

use super::cell::{Cell, not_finite, trim};
use super::notation::Notation;
use super::number_notes;
use super::numeral;
use super::numerals::{Kind, Numerals};
use super::words::Words;

/// A column whose type its values tell: integer, else number, else text; boolean when there is
/// nothing but true and false.
pub(super) struct Untyped {
    notation: Notation,
    state: State,
    /// Rows that are missing unless this turns out to be a column of text, and their texts then.
    quoted: Vec<(usize, Box<str>)>,
}

enum State {
    /// So many missing values and nothing else.
    Missing(usize),
    Numbers(Numerals),
    /// `literal`: a JSON string is among the words, so `true` is a word and not a boolean.
    Words {
        words: Words,
        literal: bool,
    },
}

impl Untyped {
    /// A column of `missing` missing values.
    pub(super) fn new(notation: Notation, missing: usize) -> Self {
        Self {
            notation,
            state: State::Missing(missing),
            quoted: Vec::new(),
        }
    }

    fn len(&self) -> usize {
        match &self.state {
            State::Missing(rows) => *rows,
            State::Numbers(numbers) => numbers.len(),
            State::Words { words, .. } => words.len(),
        }
    }

    /// Appends a value that stands at `line`; a text has passed [`check_text`].
    #[inline]
    pub(super) fn push(&mut self, cell: Cell<'_>, line: u64) {
        match (&mut self.state, cell) {
            (State::Numbers(numbers), Cell::Bare(text)) => {
                let number = trim(text).as_bytes();
                if numeral::is_code(number) || !numbers.push(number, line) {
                    self.push_word(Some(text), false);
                }
            }
            (State::Words { words, .. }, Cell::Bare(text)) => words.push(text),
            (State::Missing(rows), Cell::Missing) => *rows += 1,
            (State::Numbers(numbers), Cell::Missing) => numbers.push_missing(),
            (State::Words { words, .. }, Cell::Missing) => words.push_missing(),
            _ => self.push_rarer(cell, line),
        }
    }

    fn push_rarer(&mut self, cell: Cell<'_>, line: u64) {
        match (&mut self.state, cell) {
            (State::Missing(rows), Cell::Bare(text)) => {
                let number = trim(text).as_bytes();
                let mut numbers = Numerals::new(self.notation, *rows);
                if !numeral::is_code(number) && numbers.push(number, line) {
                    self.state = State::Numbers(numbers);
                } else {
                    self.push_word(Some(text), false);
                }
            }
            (State::Missing(rows), Cell::Number(text)) => {
                // In JSON the decimal point is a point, whatever the option says.
                let mut numbers = Numerals::of_json(*rows);
                if numbers.push(text.as_bytes(), line) {
                    self.state = State::Numbers(numbers);
                } else {
                    self.push_word(Some(text), false);
                }
            }
            (State::Numbers(numbers), Cell::Number(text)) => {
                if !numbers.push(text.as_bytes(), line) {
                    self.push_word(Some(text), false);
                }
            }
            (_, Cell::Number(text)) => self.push_word(Some(text), false),
            (_, Cell::Text(text)) => self.push_word(Some(text), true),
            (_, Cell::Boolean(flag)) => {
                self.push_word(Some(if flag { "true" } else { "false" }), false)
            }
            (_, Cell::Bare(text)) => self.push_word(Some(text), false),
            (_, Cell::Missing) => self.push_word(None, false),
            (_, Cell::Quoted(text)) => {
                self.quoted.push((self.len(), text.into()));
                self.push(Cell::Missing, line);
            }
        }
    }

    fn push_word(&mut self, word: Option<&str>, is_literal: bool) {
        self.widen_to_text();
        if let State::Words { words, literal } = &mut self.state {
            *literal |= is_literal;
            match word {
                Some(word) => words.push(word),
                None => words.push_missing(),
            }
        }
    }

    /// Makes it a column of text, if it is not one yet: what was read as numbers is spelt as it
    /// was.
    fn widen_to_text(&mut self) {
        let words = match &self.state {
            State::Missing(rows) => Words::new(*rows),
            State::Numbers(numbers) => {
                let mut words = Words::new(0);
                numbers.for_each_spelling(|spelling| match spelling {
                    Some(spelling) => words.push(spelling),
                    None => words.push_missing(),
                });
                words
            }
            State::Words { .. } => return,
        };
        self.state = State::Words {
            words,
            literal: false,
        };
    }

    pub(super) fn is_all_missing(&self) -> bool {
        matches!(self.state, State::Missing(_))
    }

    /// Row and line of every word that stands for no finite number in a column of numbers, with
    /// what is wrong with it. Among other words it is a word like any.
    pub(super) fn faults(&self) -> Vec<(usize, u64, String)> {
        let State::Numbers(numbers) = &self.state else {
            return Vec::new();
        };
        let places = numbers.not_finite().into_iter();
        places
            .map(|(row, line, word)| (row, line, not_finite(word)))
            .collect()
    }

    /// What is worth knowing of how the values were read; `name` is the column's, `missing` are the
    /// words that were taken for missing values.
    pub(super) fn note(&self, name: &str, missing: &[&str]) -> Option<String> {
        match &self.state {
            State::Missing(_) => None,
            State::Numbers(numbers) => number_notes::of_numbers(name, numbers),
            State::Words { words, literal } => {
                number_notes::of_words(name, words, self.notation, *literal, missing)
            }
        }
    }

    /// The column with the narrowest type that holds all its values. One without any values is
    /// taken to be of numbers.
    pub(super) fn into_column(self) -> Column {
        match self.state {
            State::Missing(rows) => Column::Number(vec![f64::NAN; rows]),
            State::Numbers(numbers) => match numbers.kind() {
                Kind::Integer => Column::Integer(numbers.into_integers(MISSING_INTEGER)),
                Kind::Number => Column::Number(numbers.into_numbers(f64::NAN)),
                Kind::Identifier | Kind::Code => {
                    let mut column = Self {
                        notation: self.notation,
                        state: State::Numbers(numbers),
                        quoted: self.quoted,
                    };
                    column.widen_to_text();
                    column.into_column()
                }
            },
            State::Words { mut words, literal } => {
                match words.to_booleans(MISSING_BOOLEAN).filter(|_| !literal) {
                    Some(flags) => Column::Boolean(flags),
                    None => {
                        for (row, word) in &self.quoted {
                            words.replace(*row, word);
                        }
                        Column::Text(words.into_column())
                    }
                }
            }
        }
    }
}
