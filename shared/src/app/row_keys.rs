//! The keys of a file's rows, for a dataset with a key field.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::domain::{Column, Dataset, Fault, Table, Value};
use crate::store::points::Conflict;

/// How many faults are told.
pub(super) const MAX_FAULTS: usize = 50;

/// The key field of a dataset.
#[derive(Debug, Clone)]
pub(super) struct KeyField {
    pub(super) column: usize,
    name: String,
}

impl KeyField {
    pub(super) fn of(dataset: &Dataset) -> Option<Self> {
        let name = dataset.key.as_ref()?.to_string();
        let column = dataset.key_index()?;
        Some(Self { column, name })
    }

    /// The key of each row, or which rows have none. `before` is how many rows of the file come before
    /// those of the table.
    pub(super) fn keys(&self, table: &Table, before: usize) -> Result<Vec<String>, Vec<Fault>> {
        let column = table.columns.get(self.column);
        let mut keys = Vec::with_capacity(table.len());
        let mut faults = Vec::new();
        for row in 0..table.len() {
            match column.map(|column: &Column| column.value(row)) {
                Some(Value::Text(key)) => keys.push(key),
                _ => faults.push(Fault::new(
                    place(before + row),
                    format!("has no {}, the key of this dataset", self.name),
                )),
            }
        }
        if faults.is_empty() {
            return Ok(keys);
        }
        faults.truncate(MAX_FAULTS);
        Err(faults)
    }

    /// The rows whose keys rows before them have, as faults.
    pub(super) fn repeated(&self, keys: &[String], rows: &[usize], before: usize) -> Vec<Fault> {
        let fault = |row: &usize| {
            let key = keys.get(*row)?;
            let detail = format!("the {} `{key}` occurs twice", self.name);
            Some(Fault::new(place(before + row), detail))
        };
        rows.iter().filter_map(fault).take(MAX_FAULTS).collect()
    }

    /// The rows of a file that is in memory as a whole, each with its key; of rows with the same key the
    /// conflict rule says which one stays in the table.
    pub(super) fn distinct(
        &self,
        table: &mut Table,
        conflict: Conflict,
    ) -> Result<Vec<String>, Vec<Fault>> {
        let keys = self.keys(table, 0)?;
        let (kept, repeated) = chosen(&keys, conflict);
        if repeated.is_empty() {
            return Ok(keys);
        }
        if conflict == Conflict::Refuse {
            return Err(self.repeated(&keys, &repeated, 0));
        }
        let mut smaller = table.empty_like();
        smaller.append_rows(table, &kept);
        *table = smaller;
        let key = |row| keys.get(row).cloned();
        Ok(kept.into_iter().filter_map(key).collect())
    }
}

/// One row for each key, and the rows whose keys rows before them have.
fn chosen(keys: &[String], conflict: Conflict) -> (Vec<usize>, Vec<usize>) {
    let mut rows: HashMap<&str, usize> = HashMap::with_capacity(keys.len());
    let mut repeated = Vec::new();
    for (row, key) in keys.iter().enumerate() {
        match rows.entry(key) {
            Entry::Vacant(entry) => {
                entry.insert(row);
            }
            Entry::Occupied(mut entry) => {
                repeated.push(row);
                if conflict == Conflict::Replace {
                    entry.insert(row);
                }
            }
        }
    }
    let mut kept: Vec<usize> = rows.into_values().collect();
    kept.sort_unstable();
    (kept, repeated)
}

fn place(row: usize) -> String {
    format!("row {}", row + 1)
}
