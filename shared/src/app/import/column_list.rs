//! Lists of column names, as query parameters give them.

use crate::domain::names::split_names;

/// Names of columns: a value is a name, commas included, if the file has such a column, else names
/// separated by commas, those with commas of their own in double quotes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ColumnList(Vec<String>);

impl ColumnList {
    /// Adds the names of a parameter's value.
    ///
    /// # Errors
    /// When a name is empty.
    pub(super) fn add(&mut self, value: &str) -> Result<(), String> {
        if split_names(value).iter().any(String::is_empty) {
            return Err("has an empty column name".to_owned());
        }
        self.0.push(value.trim().to_owned());
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names, each once; not all need be columns.
    pub(super) fn resolve(&self, columns: &[String]) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for value in &self.0 {
            let listed = match columns.contains(value) {
                true => vec![value.clone()],
                false => split_names(value),
            };
            for name in listed {
                if !names.contains(&name) {
                    names.push(name);
                }
            }
        }
        names
    }

    /// Whether a column is named, without knowing the others.
    pub(super) fn names(&self, column: &str) -> bool {
        self.0
            .iter()
            .any(|value| value == column || split_names(value).iter().any(|name| name == column))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_have_commas() {
        let mut list = ColumnList::default();
        for value in ["p, q", "\"Temp, °C\",r"] {
            list.add(value).unwrap();
        }
        for name in ["p", "q", "p, q", "Temp, °C", "r"] {
            assert!(list.names(name), "{name}");
        }
        assert_eq!(list.resolve(&[]), ["p", "q", "Temp, °C", "r"]);
        assert_eq!(
            list.resolve(&["p, q".to_owned()]),
            ["p, q", "Temp, °C", "r"]
        );
        assert!(list.add("a,,b").is_err() && list.add("").is_err());
    }
}
