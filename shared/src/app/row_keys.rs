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

    /// The key of each row that has one.
    pub(super) fn keys(&self, table: &Table) -> Vec<Option<String>> {
        let column = table.columns.get(self.column);
        let key = |row| match column.map(|column: &Column| column.value(row)) {
            Some(Value::Text(key)) => Some(key),
            _ => None,
        };
        (0..table.len()).map(key).collect()
    }

    /// What is wrong with rows that have no key, or keys that rows before them have. `before` is how many
    /// rows of the file come before these.
    pub(super) fn faults(
        &self,
        keys: &[Option<String>],
        repeated: &[usize],
        before: usize,
    ) -> Vec<Fault> {
        let mut repeated = repeated.iter().peekable();
        let fault = |(row, key): (usize, &Option<String>)| {
            let detail = match key {
                None => format!("has no {}, the key of this dataset", self.name),
                Some(key) => {
                    repeated.next_if(|repeated| **repeated == row)?;
                    format!("the {} `{key}` occurs twice", self.name)
                }
            };
            Some(Fault::new(format!("row {}", before + row + 1), detail))
        };
        let faults = keys.iter().enumerate().filter_map(fault);
        faults.take(MAX_FAULTS).collect()
    }

    /// The rows of a file that is in memory as a whole, each with its key; of rows with the same key the
    /// conflict rule says which one stays in the table.
    pub(super) fn distinct(
        &self,
        table: &mut Table,
        conflict: Conflict,
    ) -> Result<Vec<String>, Vec<Fault>> {
        let keys = self.keys(table);
        let (kept, repeated) = chosen(&keys, conflict);
        let is_fault = conflict == Conflict::Refuse && !repeated.is_empty();
        if is_fault || kept.len() + repeated.len() < keys.len() {
            let repeated: &[usize] = if is_fault { &repeated } else { &[] };
            return Err(self.faults(&keys, repeated, 0));
        }
        if !repeated.is_empty() {
            let mut smaller = table.empty_like();
            smaller.append_rows(table, &kept);
            *table = smaller;
        }
        let key = |row| keys.get(row).cloned().flatten();
        Ok(kept.into_iter().filter_map(key).collect())
    }
}

/// One row for each key, and the rows whose keys rows before them have.
fn chosen(keys: &[Option<String>], conflict: Conflict) -> (Vec<usize>, Vec<usize>) {
    let mut rows: HashMap<&str, usize> = HashMap::with_capacity(keys.len());
    let mut repeated = Vec::new();
    for (row, key) in keys.iter().enumerate() {
        let Some(key) = key else { continue };
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::FieldType;

    #[test]
    fn every_row_whose_key_is_missing_or_repeated_is_told() {
        let field = KeyField {
            column: 0,
            name: "code".to_owned(),
        };
        let mut table = Table::new([FieldType::Text]);
        for key in ["a", "", "b", "a", "a", "c"] {
            let value = match key {
                "" => Value::Missing,
                key => Value::Text(key.to_owned()),
            };
            table.push(0, 0, &[value]);
        }
        let told = |conflict| {
            let faults = field.distinct(&mut table.clone(), conflict);
            let faults: Vec<_> = faults.unwrap_err();
            faults.into_iter().map(|fault| fault.at).collect::<Vec<_>>()
        };
        assert_eq!(told(Conflict::Refuse), ["row 2", "row 4", "row 5"]);
        assert_eq!(told(Conflict::Skip), ["row 2"]);
        let mut keyed = table.empty_like();
        keyed.append_rows(&table, &[0, 2, 3, 4, 5]);
        let mut first = keyed.clone();
        assert_eq!(
            field.distinct(&mut first, Conflict::Skip),
            Ok(["a", "b", "c"].map(str::to_owned).to_vec())
        );
        assert_eq!(
            field.distinct(&mut keyed, Conflict::Replace),
            Ok(["b", "a", "c"].map(str::to_owned).to_vec())
        );
        assert_eq!(keyed.len(), 3);
    }
}
