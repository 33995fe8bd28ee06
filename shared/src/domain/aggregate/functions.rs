//! The functions by name.

use crate::domain::{Field, FieldType};

/// What is told of the values of one field in one bucket. Missing values do not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    Count,
    Sum,
    Mean,
    Min,
    Max,
    /// Sample standard deviation (n - 1); of fewer than two values there is none.
    Stddev,
    Median,
    /// In thousandths of a percent: `p95` is 95,000.
    Percentile(u32),
    /// The value of the earliest point that has one.
    First,
    /// The value of the latest point that has one.
    Last,
}

const NAMES: [(&str, Function); 9] = [
    ("mean", Function::Mean),
    ("min", Function::Min),
    ("max", Function::Max),
    ("sum", Function::Sum),
    ("count", Function::Count),
    ("stddev", Function::Stddev),
    ("median", Function::Median),
    ("first", Function::First),
    ("last", Function::Last),
];

impl Function {
    /// Reads a name: those above in lower case, and `p0` to `p100` with up to three decimals.
    ///
    /// # Errors
    /// Names the nearest function, or all.
    pub fn parse(text: &str) -> Result<Self, String> {
        let named = NAMES
            .iter()
            .find(|(name, _)| *name == text)
            .map(|(_, function)| *function);
        named.or_else(|| parse_percentile(text)).ok_or_else(|| {
            let known = NAMES.iter().map(|(name, _)| *name).chain(["p95"]);
            crate::domain::fault::unknown_name("function", text, known)
        })
    }

    /// The name, as it ends the member of an answer: `average_mean`.
    pub fn name(self) -> String {
        match self {
            Self::Percentile(thousandths) => {
                let text = format!("p{}.{:03}", thousandths / 1000, thousandths % 1000);
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            }
            other => NAMES
                .iter()
                .find(|(_, function)| *function == other)
                .map_or("", |(name, _)| name)
                .to_owned(),
        }
    }

    /// Whether it takes numbers only.
    pub fn is_numeric(self) -> bool {
        !matches!(self, Self::Count | Self::First | Self::Last)
    }

    /// Whether summaries of parts are enough for it.
    pub fn is_summarised(self) -> bool {
        matches!(
            self,
            Self::Count | Self::Sum | Self::Mean | Self::Min | Self::Max
        )
    }

    /// The type of the results.
    pub fn kind(self, field: &Field) -> FieldType {
        match self {
            Self::Count => FieldType::Integer,
            Self::Mean | Self::Stddev | Self::Median | Self::Percentile(_) => FieldType::Number,
            Self::Sum | Self::Min | Self::Max | Self::First | Self::Last => field.kind,
        }
    }

    /// The percentile as a fraction, for those that are one.
    pub(super) fn fraction(self) -> Option<f64> {
        match self {
            Self::Median => Some(0.5),
            Self::Percentile(thousandths) => Some(f64::from(thousandths) / 100_000.0),
            _ => None,
        }
    }
}

fn parse_percentile(text: &str) -> Option<Function> {
    let number = text.strip_prefix('p')?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(whole) || !is_number(decimals) || whole.len() > 3 || decimals.len() > 3 {
        return None;
    }
    let thousandths = format!("{whole}{decimals:0<3}").parse::<u32>().ok()?;
    (thousandths <= 100_000).then_some(Function::Percentile(thousandths))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        for (name, function) in NAMES {
            assert_eq!(Function::parse(name), Ok(function));
            assert_eq!(function.name(), name);
        }
        for (name, thousandths) in [
            ("p95", 95_000),
            ("p0", 0),
            ("p100", 100_000),
            ("p99.9", 99_900),
            ("p2.275", 2275),
        ] {
            assert_eq!(Function::parse(name), Ok(Function::Percentile(thousandths)));
            assert_eq!(Function::Percentile(thousandths).name(), name);
        }
        for bad in [
            "", "p", "p101", "p100.5", "p-1", "p1e1", "p9.", "p.5", "p0.0001", "Mean", "avg",
        ] {
            assert!(Function::parse(bad).is_err(), "{bad}");
        }
        assert!(
            Function::parse("meen")
                .unwrap_err()
                .contains("did you mean `mean`")
        );
    }
}
