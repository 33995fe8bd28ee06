//! The first rows of a file, read before anything is decided.

/// Names and rows.
#[derive(Debug, Default)]
pub(super) struct Sample {
    /// The columns' names, as the file has them.
    pub names: Vec<String>,
    /// Trimmed texts, `None` where a value is missing; a row may be shorter than `names`.
    pub rows: Vec<Vec<Option<String>>>,
    /// The columns of the time, when the layout of the file has decided them.
    pub time: Option<Vec<usize>>,
}

impl Sample {
    /// The values that a column has.
    pub(super) fn values(&self, column: usize) -> impl Iterator<Item = &str> + Clone {
        self.rows
            .iter()
            .filter_map(move |row| row.get(column)?.as_deref())
    }

    pub(super) fn column(&self, name: &str) -> Option<usize> {
        self.names.iter().position(|known| known == name)
    }

    pub(super) fn name(&self, column: usize) -> &str {
        self.names.get(column).map_or("", String::as_str)
    }

    /// Whether a column has values, and more of them are so than not.
    pub(super) fn most(&self, column: usize, is_so: impl Fn(&str) -> bool) -> bool {
        let (mut good, mut all) = (0, 0);
        for value in self.values(column) {
            all += 1;
            good += usize::from(is_so(value));
        }
        good * 2 > all
    }

    /// The values that columns have in a row, none where any of them is missing.
    pub(super) fn cells(&self, row: usize, columns: &[usize]) -> Option<Vec<&str>> {
        let row = self.rows.get(row)?;
        columns
            .iter()
            .map(|column| row.get(*column)?.as_deref())
            .collect()
    }
}
