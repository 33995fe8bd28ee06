//! What is wrong with an input, and where.

use std::fmt;

/// One thing wrong with an input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Where: a query parameter (`limit`), a path into a JSON body (`fields[2].type`), or a line
    /// of a file (`line 17, column "temp"`).
    pub at: String,
    /// What is wrong and what would be right, as a sentence without its full stop.
    pub detail: String,
}

impl Fault {
    pub fn new(at: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            at: at.into(),
            detail: detail.into(),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.at, self.detail)
    }
}

/// Collects faults, so that an answer can name all of them at once.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn add(&mut self, at: impl Into<String>, detail: impl Into<String>) {
        self.0.push(Fault::new(at, detail));
    }

    /// Unwraps a result, keeping its fault at `at`.
    pub fn take<T>(&mut self, at: &str, result: Result<T, String>) -> Option<T> {
        result.map_err(|detail| self.add(at, detail)).ok()
    }

    /// What a result has, or its faults among these.
    pub fn take_all<T>(&mut self, result: Result<T, Vec<Fault>>) -> Option<T> {
        result.map_err(|faults| self.extend(faults)).ok()
    }

    pub fn extend(&mut self, other: impl IntoIterator<Item = Fault>) {
        self.0.extend(other);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` when nothing was found wrong.
    pub fn check(self) -> Result<(), Vec<Fault>> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(self.0)
        }
    }

    /// `Ok(value)` when nothing was found wrong and there is a value; a missing value without a
    /// fault is reported as one, so that no fault is ever lost.
    pub fn finish<T>(mut self, value: Option<T>) -> Result<T, Vec<Fault>> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            Some(_) => Err(self.0),
            None => {
                if self.0.is_empty() {
                    self.add("request", "is incomplete");
                }
                Err(self.0)
            }
        }
    }
}

impl From<Fault> for Vec<Fault> {
    fn from(fault: Fault) -> Self {
        vec![fault]
    }
}

/// The name among `known` that `given` was most likely meant to be: at most a third of its
/// letters differ (Damerau's restricted edit distance, letter case ignored).
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given: Vec<char> = given.to_lowercase().chars().take(100).collect();
    let limit = given.len().div_ceil(3);
    known
        .into_iter()
        .map(|name| {
            (
                edit_distance(&given, &name.to_lowercase().chars().collect::<Vec<_>>()),
                name,
            )
        })
        .filter(|(distance, _)| *distance <= limit)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

/// "unknown parameter `limt`, did you mean `limit`?", or a list of the known ones.
pub fn unknown_name<'a>(
    what: &str,
    given: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> String {
    let given_short: String = given.chars().take(60).collect();
    match nearest(given, known.clone()) {
        Some(name) => format!("unknown {what} `{given_short}`, did you mean `{name}`?"),
        None => {
            let list: Vec<&str> = known.into_iter().take(40).collect();
            if list.is_empty() {
                format!("unknown {what} `{given_short}`, there are none")
            } else {
                format!(
                    "unknown {what} `{given_short}`, known are: {}",
                    list.join(", ")
                )
            }
        }
    }
}

fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let substitute = row.get(j).copied().unwrap_or(0) + usize::from(x != y);
            let delete = row.get(j + 1).copied().unwrap_or(0) + 1;
            let insert = next.get(j).copied().unwrap_or(0) + 1;
            let mut best = substitute.min(delete).min(insert);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(before.get(j - 1).copied().unwrap_or(0) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_the_nearest_known_one() {
        let known = ["start", "end", "limit", "order"];
        for (given, expected) in [
            ("limt", Some("limit")),
            ("ilmit", Some("limit")),
            ("STRAT", Some("start")),
            ("oder", Some("order")),
            ("temperature", None),
            ("", None),
        ] {
            assert_eq!(nearest(given, known), expected, "{given}");
        }
    }

    #[test]
    fn faults_are_never_lost() {
        let faults = Faults::new();
        assert!(faults.finish::<()>(None).is_err());
        let mut faults = Faults::new();
        assert_eq!(
            faults.take::<u8>("limit", Err("is not a number".into())),
            None
        );
        assert_eq!(
            faults.finish(Some(1)),
            Err(vec![Fault::new("limit", "is not a number")])
        );
    }
}
