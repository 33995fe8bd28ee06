//! Which points a query means: a range of time and conditions on fields.

use super::column::{Column, TextColumn};
use super::field::{Field, FieldType, Value};
use super::time::Timestamp;

/// A half-open range of time: `start` is in it, `end` is not; an open end is unbounded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TimeRange {
    pub start: Option<Timestamp>,
    pub end: Option<Timestamp>,
}

impl TimeRange {
    pub fn is_unbounded(&self) -> bool {
        self.start.is_none() && self.end.is_none()
    }

    pub fn contains(&self, milliseconds: i64) -> bool {
        self.start
            .is_none_or(|start| start.milliseconds() <= milliseconds)
            && self.end.is_none_or(|end| milliseconds < end.milliseconds())
    }

    /// Whether any time from `first` to `last`, both included, may be in the range.
    pub fn overlaps(&self, first: i64, last: i64) -> bool {
        self.start.is_none_or(|start| start.milliseconds() <= last)
            && self.end.is_none_or(|end| first < end.milliseconds())
    }
}

/// How a value is compared. A missing value fulfils only `IsMissing`, as NULL does in SQL.
#[derive(Debug, Clone, PartialEq)]
pub enum Comparison {
    Equal(Value),
    NotEqual(Value),
    Less(Value),
    LessOrEqual(Value),
    Greater(Value),
    GreaterOrEqual(Value),
    In(Vec<Value>),
    IsMissing,
    IsPresent,
}

/// A condition on one field, by its position among the dataset's fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    pub field: usize,
    pub comparison: Comparison,
}

impl Filter {
    /// Operators of the query string, in the order in which errors list them.
    pub const OPERATORS: [&'static str; 9] =
        ["eq", "ne", "lt", "lte", "gt", "gte", "in", "is", "not"];
    /// Values in one `in.(...)`.
    pub const MAX_LIST: usize = 1000;

    /// Reads a condition such as `gt.20`, `in.(rain,snow)`, `in.("a,b",c)`, `is.null`, `not.null`,
    /// or a plain value, which means equality when it has no operator before its first dot.
    ///
    /// # Errors
    /// Says what is wrong: an unknown operator, or a value that the field's type does not have.
    pub fn parse(position: usize, field: &Field, text: &str) -> Result<Self, String> {
        let comparison = parse_comparison(field, text)?;
        Ok(Self {
            field: position,
            comparison,
        })
    }

    /// Marks as false the rows of `keep` whose value does not fulfil the condition.
    pub fn narrow(&self, column: &Column, keep: &mut [bool]) {
        match column {
            Column::Number(values) => {
                let test = |number: f64| self.comparison.admits_number(number);
                narrow(keep, values.iter().map(|value| test(*value)));
            }
            Column::Integer(values) => {
                let as_number = |value: i64| {
                    if value == super::column::MISSING_INTEGER {
                        f64::NAN
                    } else {
                        value as f64
                    }
                };
                narrow(
                    keep,
                    values
                        .iter()
                        .map(|value| self.comparison.admits_number(as_number(*value))),
                );
            }
            Column::Text(text) => self.narrow_text(text, keep),
            Column::Boolean(values) => {
                let admitted = [0, 1, 2].map(|code| {
                    self.comparison.admits(&match code {
                        0 => Value::Boolean(false),
                        1 => Value::Boolean(true),
                        _ => Value::Missing,
                    })
                });
                narrow(
                    keep,
                    values
                        .iter()
                        .map(|code| admitted.get(*code as usize).copied().unwrap_or(false)),
                );
            }
        }
    }

    /// Looks at each word once, not at each row.
    fn narrow_text(&self, text: &TextColumn, keep: &mut [bool]) {
        let admitted: Vec<bool> = text
            .words()
            .iter()
            .map(|word| self.comparison.admits(&Value::Text(word.clone())))
            .collect();
        let missing = self.comparison.admits(&Value::Missing);
        narrow(
            keep,
            text.codes()
                .iter()
                .map(|code| admitted.get(*code as usize).copied().unwrap_or(missing)),
        );
    }
}

fn narrow(keep: &mut [bool], admitted: impl Iterator<Item = bool>) {
    for (keep, admitted) in keep.iter_mut().zip(admitted) {
        *keep &= admitted;
    }
}

impl Comparison {
    /// Whether a value fulfils the condition.
    pub fn admits(&self, value: &Value) -> bool {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let order = |other: &Value| compare(value, other);
        match self {
            Self::IsMissing => *value == Value::Missing,
            Self::IsPresent => *value != Value::Missing,
            _ if *value == Value::Missing => false,
            Self::Equal(other) => order(other) == Some(Equal),
            Self::NotEqual(other) => matches!(order(other), Some(Less | Greater)),
            Self::Less(other) => order(other) == Some(Less),
            Self::LessOrEqual(other) => matches!(order(other), Some(Less | Equal)),
            Self::Greater(other) => order(other) == Some(Greater),
            Self::GreaterOrEqual(other) => matches!(order(other), Some(Greater | Equal)),
            Self::In(list) => list.iter().any(|other| order(other) == Some(Equal)),
        }
    }

    fn admits_number(&self, number: f64) -> bool {
        if number.is_nan() {
            return matches!(self, Self::IsMissing);
        }
        let of = |value: &Value| match value {
            Value::Number(number) => *number,
            Value::Integer(number) => *number as f64,
            _ => f64::NAN,
        };
        match self {
            Self::IsMissing => false,
            Self::IsPresent => true,
            Self::Equal(other) => number == of(other),
            Self::NotEqual(other) => number != of(other),
            Self::Less(other) => number < of(other),
            Self::LessOrEqual(other) => number <= of(other),
            Self::Greater(other) => number > of(other),
            Self::GreaterOrEqual(other) => number >= of(other),
            Self::In(list) => list.iter().any(|other| number == of(other)),
        }
    }
}

fn compare(a: &Value, b: &Value) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) => Some(a.cmp(b)),
        (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
        (Value::Number(a), Value::Number(b)) => a.partial_cmp(b),
        (Value::Integer(a), Value::Integer(b)) => Some(a.cmp(b)),
        (Value::Integer(a), Value::Number(b)) => (*a as f64).partial_cmp(b),
        (Value::Number(a), Value::Integer(b)) => a.partial_cmp(&(*b as f64)),
        _ => None,
    }
}

fn parse_comparison(field: &Field, text: &str) -> Result<Comparison, String> {
    let (operator, rest) = match text.split_once('.') {
        Some((operator, rest)) if is_operator_like(operator) => (operator, rest),
        // `temp=20.5` and `weather=rain` mean equality.
        _ => ("eq", text),
    };
    let value = || parse_value(field, rest);
    let ordered = || {
        if field.kind == FieldType::Boolean {
            return Err(
                "true and false have no order: use eq, ne, in, is.null or not.null".to_owned(),
            );
        }
        value()
    };
    match operator {
        "eq" => value().map(Comparison::Equal),
        "ne" => value().map(Comparison::NotEqual),
        "lt" => ordered().map(Comparison::Less),
        "lte" => ordered().map(Comparison::LessOrEqual),
        "gt" => ordered().map(Comparison::Greater),
        "gte" => ordered().map(Comparison::GreaterOrEqual),
        "in" => parse_list(field, rest).map(Comparison::In),
        "is" if rest == "null" => Ok(Comparison::IsMissing),
        "not" if rest == "null" => Ok(Comparison::IsPresent),
        "is" | "not" => Err(format!(
            "only `{operator}.null` is known, not `{operator}.{}`",
            shorten(rest)
        )),
        _ => Err(super::fault::unknown_name(
            "operator",
            operator,
            Filter::OPERATORS,
        )),
    }
}

/// A word of letters before a dot is meant as an operator, unless the whole is a plain text value
/// with a dot in it; those are written `eq.st.louis`.
fn is_operator_like(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn parse_value(field: &Field, text: &str) -> Result<Value, String> {
    match field.kind {
        FieldType::Text => Ok(Value::Text(text.to_owned())),
        FieldType::Boolean => match text {
            "true" => Ok(Value::Boolean(true)),
            "false" => Ok(Value::Boolean(false)),
            _ => Err(format!("`{}` is neither true nor false", shorten(text))),
        },
        FieldType::Number | FieldType::Integer => match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Value::Number(number)),
            _ => Err(format!("`{}` is not a number", shorten(text))),
        },
    }
}

fn parse_list(field: &Field, text: &str) -> Result<Vec<Value>, String> {
    let inner = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'))
        .ok_or("a list is written in brackets: in.(rain,snow)")?;
    let mut values = Vec::new();
    let mut rest = inner;
    loop {
        let (item, tail) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let (item, tail) = quoted
                    .split_once('"')
                    .ok_or("a quotation mark is not closed")?;
                if !tail.is_empty() && !tail.starts_with(',') {
                    return Err("a comma is missing after a quotation mark".to_owned());
                }
                (item, tail.strip_prefix(','))
            }
            None => match rest.split_once(',') {
                Some((item, tail)) => (item, Some(tail)),
                None => (rest, None),
            },
        };
        values.push(parse_value(field, item)?);
        if values.len() > Filter::MAX_LIST {
            return Err(format!("has more than {} values", Filter::MAX_LIST));
        }
        match tail {
            Some(tail) => rest = tail,
            None => return Ok(values),
        }
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::field::FieldName;

    fn field(kind: FieldType) -> Field {
        Field::new(FieldName::new("x").unwrap(), kind)
    }

    fn number(text: &str) -> Result<Comparison, String> {
        parse_comparison(&field(FieldType::Number), text)
    }

    #[test]
    fn conditions_are_read() {
        let n = Value::Number;
        let t = |text: &str| Value::Text(text.into());
        assert_eq!(number("gt.20"), Ok(Comparison::Greater(n(20.0))));
        assert_eq!(
            number("lte.-2.5e3"),
            Ok(Comparison::LessOrEqual(n(-2500.0)))
        );
        assert_eq!(number("20.5"), Ok(Comparison::Equal(n(20.5))));
        assert_eq!(number("is.null"), Ok(Comparison::IsMissing));
        assert_eq!(number("in.(1,2)"), Ok(Comparison::In(vec![n(1.0), n(2.0)])));
        let text = |text: &str| parse_comparison(&field(FieldType::Text), text);
        assert_eq!(text("rain"), Ok(Comparison::Equal(t("rain"))));
        assert_eq!(text("eq.st.louis"), Ok(Comparison::Equal(t("st.louis"))));
        assert_eq!(
            text("in.(\"a,b\",c)"),
            Ok(Comparison::In(vec![t("a,b"), t("c")]))
        );
        assert_eq!(text("in.()"), Ok(Comparison::In(vec![t("")])));
    }

    #[test]
    fn faults_are_named() {
        for (text, part) in [
            ("gt.abc", "not a number"),
            ("gt.NaN", "not a number"),
            ("gt.inf", "not a number"),
            ("gtt.1", "did you mean `gt`"),
            ("in.1,2", "brackets"),
            ("in.(\"1)", "not closed"),
            ("is.5", "only `is.null`"),
            ("", "not a number"),
        ] {
            let message = number(text).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
        }
        assert!(parse_comparison(&field(FieldType::Boolean), "gt.true").is_err());
    }

    #[test]
    fn a_missing_value_fulfils_only_is_null() {
        for (text, expected) in [
            ("is.null", [true, false]),
            ("not.null", [false, true]),
            ("ne.3", [false, true]),
            ("lt.3", [false, true]),
            ("in.(1,2)", [false, true]),
            ("eq.1", [false, true]),
            ("gt.1", [false, false]),
        ] {
            for (kind, column) in [
                (FieldType::Number, Column::Number(vec![f64::NAN, 1.0])),
                (FieldType::Integer, Column::Integer(vec![i64::MIN, 1])),
            ] {
                let filter = Filter::parse(0, &field(kind), text).unwrap();
                let mut keep = [true; 2];
                filter.narrow(&column, &mut keep);
                assert_eq!(keep, expected, "{text}");
                let by_value = [0, 1].map(|row| filter.comparison.admits(&column.value(row)));
                assert_eq!(by_value, expected, "{text}");
            }
        }
    }
}
