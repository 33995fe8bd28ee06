//! Numbers against a schema.

use serde_json::{Map, Value as Json};

use crate::domain::Fault;

/// Adds what is wrong with a number.
pub(super) fn check_number(
    schema: &Map<String, Json>,
    value: Option<f64>,
    at: &str,
    faults: &mut Vec<Fault>,
) {
    let Some(value) = value else { return };
    type Test = fn(f64, f64) -> bool;
    let rules: [(&str, Test, &str); 4] = [
        ("minimum", |value, bound| value >= bound, "or more"),
        ("maximum", |value, bound| value <= bound, "or less"),
        (
            "exclusiveMinimum",
            |value, bound| value > bound,
            "at least, and not that itself",
        ),
        (
            "exclusiveMaximum",
            |value, bound| value < bound,
            "at most, and not that itself",
        ),
    ];
    for (name, holds, words) in rules {
        if let Some(bound) = number(schema, name).filter(|bound| !holds(value, *bound)) {
            faults.push(Fault::new(
                at,
                format!("must be {bound} {words}, not {value}"),
            ));
        }
    }
    if let Some(step) = number(schema, "multipleOf").filter(|step| *step > 0.0) {
        let steps = value / step;
        // 0.3 is a multiple of 0.1, whatever is left of it in binary.
        if (steps - steps.round()).abs() > 1e-9 * steps.abs().max(1.0) {
            faults.push(Fault::new(
                at,
                format!("must be a multiple of {step}, not {value}"),
            ));
        }
    }
}

/// What a keyword is set to, if that is a number.
pub(super) fn number(schema: &Map<String, Json>, name: &str) -> Option<f64> {
    schema.get(name).and_then(Json::as_f64)
}

/// Whether two values are the same to JSON Schema, which knows no difference between 1 and 1.0.
pub(super) fn is_same(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(_), Json::Number(_)) => one == other || one.as_f64() == other.as_f64(),
        (Json::Array(one), Json::Array(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .zip(other)
                    .all(|(one, other)| is_same(one, other))
        }
        (Json::Object(one), Json::Object(other)) => {
            let has = |(name, value): (&String, &Json)| {
                other.get(name).is_some_and(|other| is_same(value, other))
            };
            one.len() == other.len() && one.iter().all(has)
        }
        _ => one == other,
    }
}
