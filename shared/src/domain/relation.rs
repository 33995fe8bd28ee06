//! Constraints between the fields of one point: a sum of others, the initial of another.

use super::fault::Faults;
use super::field::{Constraints, Field, FieldName, FieldType, Value};

/// By how much a sum of floats may differ from what is written, as a part of its size.
const TOLERANCE: f64 = 1e-9;

/// The fields whose values do not suit those of others, and why. `value` gives the value at a
/// position. Where one of the values is missing nothing is said.
pub fn check<'a, 'v>(
    fields: &'a [Field],
    value: impl Fn(usize) -> Option<&'v Value>,
) -> Vec<(&'a FieldName, String)> {
    let mut faults = Vec::new();
    let at = |name: &FieldName| {
        let position = fields.iter().position(|field| field.name == *name)?;
        value(position)
    };
    for (position, field) in fields.iter().enumerate() {
        let Constraints {
            sum_of, initial_of, ..
        } = &field.constraints;
        if !sum_of.is_empty()
            && let Some(given) = value(position).and_then(number)
            && let Some(parts) = sum_of
                .iter()
                .map(|name| at(name).and_then(number))
                .collect::<Option<Vec<f64>>>()
        {
            let sum: f64 = parts.iter().sum();
            if (given - sum).abs() > TOLERANCE * sum.abs().max(1.0) {
                let names: Vec<&str> = sum_of.iter().map(FieldName::as_str).collect();
                let detail = format!("{given} is not {}, which is {sum}", names.join(" + "));
                faults.push((&field.name, detail));
            }
        }
        if let Some(other) = initial_of
            && let Some(Value::Text(given)) = value(position)
            && let Some(Value::Text(whole)) = at(other)
            && given.chars().next() != whole.chars().next()
        {
            let short = |text: &str| text.chars().take(60).collect::<String>();
            let detail = format!(
                "`{}` does not begin with the first letter of the {other} `{}`",
                short(given),
                short(whole)
            );
            faults.push((&field.name, detail));
        }
    }
    faults
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Integer(number) => Some(*number as f64),
        _ => None,
    }
}

/// Checks that fields which others are related to exist and have the right types.
pub fn check_fields(fields: &[Field], faults: &mut Faults) {
    for (position, field) in fields.iter().enumerate() {
        let mut need =
            |member: &str, other: &FieldName, suits: fn(FieldType) -> bool, what: &str| {
                let found = fields.iter().find(|known| known.name == *other);
                let is_good =
                    found.is_some_and(|found| found.name != field.name && suits(found.kind));
                if !is_good {
                    let detail = format!("`{other}` is not another {what} field of this dataset");
                    faults.add(format!("fields[{position}].{member}"), detail);
                }
            };
        for other in &field.constraints.sum_of {
            need("sum_of", other, FieldType::is_numeric, "number or integer");
        }
        if let Some(other) = &field.constraints.initial_of {
            need("initial_of", other, |kind| kind == FieldType::Text, "text");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Vec<Field> {
        let field = |name, kind| Field::new(FieldName::new(name).unwrap(), kind);
        let mut tail = field("tail", FieldType::Number);
        tail.constraints.sum_of = vec![
            FieldName::new("arms").unwrap(),
            FieldName::new("legs").unwrap(),
        ];
        let mut code = field("code", FieldType::Text);
        code.constraints.initial_of = Some(FieldName::new("state").unwrap());
        vec![
            field("arms", FieldType::Integer),
            field("legs", FieldType::Number),
            tail,
            field("state", FieldType::Text),
            code,
        ]
    }

    fn faults(values: [Value; 5]) -> Vec<String> {
        let fields = fields();
        let faults = check(&fields, |at| values.get(at));
        faults
            .into_iter()
            .map(|(name, detail)| format!("{name}: {detail}"))
            .collect()
    }

    #[test]
    fn what_does_not_suit_the_others_is_named() {
        let text = |text: &str| Value::Text(text.to_owned());
        let good = [
            Value::Integer(2),
            Value::Number(0.1),
            Value::Number(2.1),
            text("Ohio"),
            text("OH"),
        ];
        assert_eq!(faults(good.clone()), [] as [String; 0]);
        let mut bad = good.clone();
        (bad[2], bad[4]) = (Value::Number(2.2), text("TX"));
        assert_eq!(
            faults(bad),
            [
                "tail: 2.2 is not arms + legs, which is 2.1",
                "code: `TX` does not begin with the first letter of the state `Ohio`"
            ]
        );
        let mut missing = good;
        (missing[0], missing[3]) = (Value::Missing, Value::Missing);
        assert_eq!(faults(missing), [] as [String; 0]);
    }

    #[test]
    fn related_fields_must_exist_and_suit() {
        let mut all = fields();
        let mut found = Faults::new();
        check_fields(&all, &mut found);
        assert!(found.is_empty());
        all[1].kind = FieldType::Boolean;
        all[4].constraints.initial_of = Some(all[4].name.clone());
        check_fields(&all, &mut found);
        let at: Vec<String> = found
            .check()
            .unwrap_err()
            .into_iter()
            .map(|fault| fault.at)
            .collect();
        assert_eq!(at, ["fields[2].sum_of", "fields[4].initial_of"]);
    }
}
