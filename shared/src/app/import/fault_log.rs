//! What is wrong with the rows of a file.

use crate::domain::Fault;

/// The first faults of a file, and how many there are in all.
#[derive(Debug)]
pub(super) struct FaultLog {
    /// What a row is called: `line` of a file of lines, `element` of an array.
    unit: &'static str,
    /// Each with its row's number, for the order.
    first: Vec<(u64, Fault)>,
    total: u64,
}

/// How many faults are told.
pub(super) const MAX_FAULTS: usize = 50;

impl FaultLog {
    pub(super) fn new(unit: &'static str) -> Self {
        Self {
            unit,
            first: Vec::new(),
            total: 0,
        }
    }

    /// A fault of a cell, or of the whole row when `column` is empty. `row` counts from 1.
    pub(super) fn add(&mut self, row: u64, column: &str, detail: impl Into<String>) {
        self.total += 1;
        if self.first.len() < MAX_FAULTS {
            let at = self.place(row, column);
            self.first.push((row, Fault::new(at, detail)));
        }
    }

    fn place(&self, row: u64, column: &str) -> String {
        match column {
            "" => format!("{} {row}", self.unit),
            column => format!("{} {row}, column \"{column}\"", self.unit),
        }
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    /// The faults in the order of the rows.
    pub(super) fn into_first(mut self) -> Vec<Fault> {
        self.first.sort_by_key(|(row, _)| *row);
        self.first.into_iter().map(|(_, fault)| fault).collect()
    }
}
