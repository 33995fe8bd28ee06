//! How datasets, fields, points and times look in JSON, in both directions.

use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json, json};

use super::object::{Object, describe, text};
use crate::app::datasets::{Changes, Described};
use crate::domain::{
    Constraints, Dataset, DatasetName, Fault, Faults, Field, FieldName, FieldType, Pattern, Point,
    Timestamp, Value, fault, relation,
};

/// A dataset as `GET /datasets/:name` answers it.
pub fn dataset(described: &Described) -> Json {
    let Described {
        dataset,
        version,
        count,
        first,
        last,
    } = described;
    let mut json = json!({
        "name": dataset.name.as_str(),
        "title": dataset.title,
        "description": dataset.description,
        "licence": dataset.licence,
        "source": dataset.source,
        "fields": dataset.fields.iter().map(field).collect::<Vec<_>>(),
        "key": dataset.key.as_ref().map(FieldName::as_str),
        "version": version,
        "count": count,
        "first": first.map(|time| time.to_string()),
        "last": last.map(|time| time.to_string()),
        "created_on": dataset.created_on.to_string(),
    });
    if dataset.is_public {
        json["public"] = true.into();
    }
    json
}

/// A field; constraints that do not constrain are left out.
pub fn field(field: &Field) -> Json {
    let Constraints {
        required,
        min,
        max,
        multiple_of,
        one_of,
        pattern,
        sum_of,
        initial_of,
    } = &field.constraints;
    let mut json = json!({
        "name": field.name.as_str(),
        "type": field.kind.name(),
        "unit": field.unit,
    });
    if *required {
        json["required"] = true.into();
    }
    if let Some(min) = min {
        json["min"] = (*min).into();
    }
    if let Some(max) = max {
        json["max"] = (*max).into();
    }
    if !one_of.is_empty() {
        json["one_of"] = one_of.as_slice().into();
    }
    if let Some(step) = multiple_of {
        json["multiple_of"] = (*step).into();
    }
    if let Some(pattern) = pattern {
        json["pattern"] = pattern.as_str().into();
    }
    if !sum_of.is_empty() {
        json["sum_of"] = sum_of.iter().map(FieldName::as_str).collect();
    }
    if let Some(other) = initial_of {
        json["initial_of"] = other.as_str().into();
    }
    json
}

/// Reads the body of `POST /datasets`.
///
/// # Errors
/// Every fault of the body.
pub fn read_dataset(body: Json, now: Timestamp) -> Result<Dataset, Vec<Fault>> {
    let mut object = Object::new("", body)?;
    let name = object.read("name", |json| DatasetName::new(&text(json)?));
    let name = object.require("name", name);
    let title = object.text("title");
    let description = object.text("description");
    let licence = object.text("licence");
    let source = object.text("source");
    let is_public = object.flag("public").unwrap_or(false);
    let fields = object.list("fields", read_field);
    let fields = object.require("fields", fields);
    let key = object.read("key", |json| FieldName::new(&text(json)?));
    let dataset = name.zip(fields).map(|(name, fields)| Dataset {
        name,
        title,
        description,
        licence,
        source,
        fields,
        key,
        is_public,
        created_on: now,
    });
    let mut faults = Faults::new();
    if let Some(dataset) = &dataset {
        dataset.check(&mut faults);
    }
    object.faults(faults.check().err().unwrap_or_default());
    object.finish()?;
    Faults::new().finish(dataset)
}

/// Reads one field of a body.
pub fn read_field(at: &str, json: Json) -> Result<Field, Vec<Fault>> {
    let mut object = Object::new(at, json)?;
    let name = object.read("name", |json| FieldName::new(&text(json)?));
    let name = object.require("name", name);
    let kind = object.read("type", |json| {
        let word = text(json)?;
        let known = FieldType::ALL.map(FieldType::name);
        FieldType::from_name(&word).ok_or_else(|| fault::unknown_name("type", &word, known))
    });
    let kind = object.require("type", kind);
    let unit = object.read("unit", |json| {
        let unit = text(json)?;
        if unit.chars().count() > 50 {
            return Err("has more than 50 characters".to_owned());
        }
        Ok(unit)
    });
    let constraints = read_constraints(&mut object, kind);
    object.finish()?;
    let field = name.zip(kind).map(|(name, kind)| Field {
        name,
        kind,
        unit,
        constraints,
    });
    Faults::new().finish(field)
}

fn read_constraints(object: &mut Object, kind: Option<FieldType>) -> Constraints {
    let required = object.flag("required").unwrap_or(false);
    let (min, max) = (object.number("min"), object.number("max"));
    let one_of = object.list("one_of", |at, json| {
        text(json).map_err(|why| vec![Fault::new(at, why)])
    });
    if kind.is_some_and(|kind| !kind.is_numeric()) {
        for (name, bound) in [("min", min), ("max", max)] {
            if bound.is_some() {
                object.fault(name, "is for numbers and integers only");
            }
        }
    }
    if min.zip(max).is_some_and(|(min, max)| min > max) {
        object.fault("min", "is more than `max`");
    }
    let multiple_of = object.read("multiple_of", |json| {
        json.as_i64()
            .filter(|step| (1..=Value::MAX_INTEGER).contains(step))
            .ok_or_else(|| {
                format!(
                    "must be a whole number of 1 or more, not {}",
                    describe(&json)
                )
            })
    });
    if multiple_of.is_some() && kind.is_some_and(|kind| kind != FieldType::Integer) {
        object.fault("multiple_of", "is for integers only");
    }
    let pattern = object.read("pattern", |json| Pattern::new(&text(json)?));
    let sum_of = object.list("sum_of", |at, json| {
        let name = text(json).and_then(|name| FieldName::new(&name));
        name.map_err(|why| vec![Fault::new(at, why)])
    });
    let initial_of = object.read("initial_of", |json| FieldName::new(&text(json)?));
    let for_texts = [
        ("one_of", one_of.is_some()),
        ("pattern", pattern.is_some()),
        ("initial_of", initial_of.is_some()),
    ];
    for (name, _) in for_texts.into_iter().filter(|(_, is_given)| *is_given) {
        if kind.is_some_and(|kind| kind != FieldType::Text) {
            object.fault(name, "is for texts only");
        }
    }
    if sum_of.is_some() && kind.is_some_and(|kind| !kind.is_numeric()) {
        object.fault("sum_of", "is for numbers and integers only");
    }
    Constraints {
        required,
        min,
        max,
        multiple_of,
        one_of: one_of.unwrap_or_default(),
        pattern,
        sum_of: sum_of.unwrap_or_default(),
        initial_of,
    }
}

/// Reads the body of `PATCH /datasets/:name`.
///
/// # Errors
/// Every fault of the body.
pub fn read_changes(body: Json) -> Result<Changes, Vec<Fault>> {
    let mut object = Object::new("", body)?;
    for fixed in ["name", "key"] {
        if object.has(fixed) {
            object.any(fixed);
            object.fault(fixed, "cannot be changed");
        }
    }
    let mut line = |name: &'static str| {
        let is_there = object.has(name);
        let text = object.text(name);
        is_there.then_some(text)
    };
    let (title, description) = (line("title"), line("description"));
    let (licence, source) = (line("licence"), line("source"));
    let is_public = object.flag("public");
    let fields = object.list("fields", read_field).unwrap_or_default();
    object.finish()?;
    Ok(Changes {
        title,
        description,
        licence,
        source,
        is_public,
        fields,
    })
}

/// A point as an object: `{"id":..,"time":..,"average":..}`, with all fields.
pub fn point(dataset: &Dataset, point: &Point) -> Json {
    let mut members = Map::new();
    members.insert("id".to_owned(), point.id.to_string().into());
    members.insert("time".to_owned(), point.id.time.to_string().into());
    for (field, value) in dataset.fields.iter().zip(&point.values) {
        members.insert(field.name.to_string(), self::value(value));
    }
    Json::Object(members)
}

/// A value.
pub fn value(value: &Value) -> Json {
    match value {
        Value::Missing => Json::Null,
        Value::Number(number) => (*number).into(),
        Value::Integer(number) => (*number).into(),
        Value::Text(text) => text.as_str().into(),
        Value::Boolean(flag) => (*flag).into(),
    }
}

/// Reads a new point: its `time`, and values by the names of fields.
///
/// # Errors
/// Every fault of the object.
pub fn read_point(
    dataset: &Dataset,
    at: &str,
    json: Json,
) -> Result<(Timestamp, Vec<Value>), Vec<Fault>> {
    let mut members = members(at, json)?;
    let mut faults = Faults::new();
    let time = match members.remove("time") {
        None | Some(Json::Null) => {
            faults.add(join(at, "time"), "is required");
            None
        }
        Some(json) => faults.take(&join(at, "time"), read_time(&json)),
    };
    if members.remove("id").is_some() {
        faults.add(join(at, "id"), "is given by Almanac, not by the writer");
    }
    let mut values = vec![None; dataset.fields.len()];
    for (position, value) in read_values(dataset, at, members, &mut faults) {
        if let Some(slot) = values.get_mut(position) {
            *slot = Some(value);
        }
    }
    let values = checked(dataset, at, values, &mut faults);
    faults.finish(time.map(|time| (time, values)))
}

/// Reads an edit: new values by the names of fields, over the old ones; those not named stay.
///
/// # Errors
/// Every fault of the object.
pub fn read_edit(dataset: &Dataset, old: &Point, json: Json) -> Result<Vec<Value>, Vec<Fault>> {
    read_over(dataset, old, json, old.values.clone())
}

/// Reads a replacement: values by the names of fields; those not named become missing.
///
/// # Errors
/// Every fault of the object.
pub fn read_replacement(
    dataset: &Dataset,
    old: &Point,
    json: Json,
) -> Result<Vec<Value>, Vec<Fault>> {
    read_over(
        dataset,
        old,
        json,
        vec![Value::Missing; dataset.fields.len()],
    )
}

fn read_over(
    dataset: &Dataset,
    old: &Point,
    json: Json,
    mut values: Vec<Value>,
) -> Result<Vec<Value>, Vec<Fault>> {
    let mut members = members("", json)?;
    let mut faults = Faults::new();
    // Both may be sent back as they were read.
    if let Some(json) = members.remove("time")
        && read_time(&json) != Ok(old.id.time)
    {
        faults.add("time", "cannot be changed, since it is part of the point's id: delete the point and create another");
    }
    if members
        .remove("id")
        .is_some_and(|json| json != old.id.to_string())
    {
        faults.add("id", "cannot be changed");
    }
    values.resize(dataset.fields.len(), Value::Missing);
    let mut values: Vec<_> = values
        .into_iter()
        .map(|value| Some(Given::Value(value)))
        .collect();
    for (position, value) in read_values(dataset, "", members, &mut faults) {
        if let Some(slot) = values.get_mut(position) {
            *slot = Some(value);
        }
    }
    let values = checked(dataset, "", values, &mut faults);
    faults.check().map(|()| values)
}

/// What a body has for a field.
#[derive(Clone)]
enum Given {
    Value(Value),
    /// Something that could not be read, and has its fault already.
    Fault,
}

/// The values, checked against their fields; what is not given is missing.
fn checked(
    dataset: &Dataset,
    at: &str,
    given: Vec<Option<Given>>,
    faults: &mut Faults,
) -> Vec<Value> {
    let mut values = Vec::with_capacity(given.len());
    let mut are_good = true;
    for (field, given) in dataset.fields.iter().zip(given) {
        let value = match given {
            Some(Given::Fault) => {
                are_good = false;
                Value::Missing
            }
            given => {
                let value = match given {
                    Some(Given::Value(value)) => value,
                    _ => Value::Missing,
                };
                let outcome = field.check(&value);
                are_good &= outcome.is_ok();
                faults.take(&join(at, field.name.as_str()), outcome);
                value
            }
        };
        values.push(value);
    }
    // Of values that are wrong by themselves nothing more is said.
    if are_good {
        for (field, detail) in relation::check(&dataset.fields, |at| values.get(at)) {
            faults.add(join(at, field.as_str()), detail);
        }
    }
    values
}

/// Values by the positions of their fields.
fn read_values(
    dataset: &Dataset,
    at: &str,
    members: Map<String, Json>,
    faults: &mut Faults,
) -> Vec<(usize, Given)> {
    let mut values = Vec::new();
    for (name, json) in members {
        match dataset.field(&name) {
            None => {
                let known = dataset.fields.iter().map(|field| field.name.as_str());
                let short: String = name.chars().take(60).collect();
                faults.add(join(at, &short), fault::unknown_name("field", &name, known));
            }
            Some((position, field)) => {
                let value = faults.take(&join(at, &name), read_value(field, json));
                values.push((position, value.map_or(Given::Fault, Given::Value)));
            }
        }
    }
    values
}

/// Reads a value of a field's type; of an integer field that can widen, also a number with
/// decimals.
///
/// # Errors
/// Says what it must be.
pub fn read_value(field: &Field, json: Json) -> Result<Value, String> {
    match (field.kind, json) {
        (_, Json::Null) => Ok(Value::Missing),
        (FieldType::Number, Json::Number(number)) => number
            .as_f64()
            .map(Value::Number)
            .ok_or_else(|| "is out of range".to_owned()),
        (FieldType::Integer, Json::Number(number)) => match whole(&number) {
            Some(whole) => Ok(Value::Integer(whole)),
            None => decimal(&number)
                .filter(|_| field.can_widen())
                .map(Value::Number)
                .ok_or_else(|| {
                    format!("must be an integer within ±9007199254740991, not {number}")
                }),
        },
        (FieldType::Text, Json::String(text)) => Ok(Value::Text(text)),
        (FieldType::Boolean, Json::Bool(flag)) => Ok(Value::Boolean(flag)),
        (kind, other) => {
            let kind = match kind {
                FieldType::Number => "a number",
                FieldType::Integer => "an integer",
                FieldType::Text => "a text",
                FieldType::Boolean => "true or false",
            };
            Err(format!("must be {kind}, not {}", describe(&other)))
        }
    }
}

/// A number with decimals.
fn decimal(number: &serde_json::Number) -> Option<f64> {
    number.as_f64().filter(|number| number.fract() != 0.0)
}

/// `5` and `5.0` are the same whole number.
fn whole(number: &serde_json::Number) -> Option<i64> {
    if let Some(whole) = number.as_i64() {
        return Some(whole);
    }
    let float = number.as_f64()?;
    (float.fract() == 0.0 && float.abs() <= Value::MAX_INTEGER as f64).then_some(float as i64)
}

/// Reads a time: text in any form that [`Timestamp::parse`] knows, or the digits of such a text as
/// a number.
///
/// # Errors
/// Says what is wrong.
pub fn read_time(json: &Json) -> Result<Timestamp, String> {
    match json {
        Json::String(text) => Timestamp::parse(text, &TimeZone::UTC),
        Json::Number(number) => Timestamp::parse(&number.to_string(), &TimeZone::UTC),
        other => Err(format!("must be a time, not {}", describe(other))),
    }
}

fn members(at: &str, json: Json) -> Result<Map<String, Json>, Vec<Fault>> {
    match json {
        Json::Object(members) => Ok(members),
        other => {
            let at = if at.is_empty() { "body" } else { at };
            Err(vec![Fault::new(
                at,
                format!("must be an object, not {}", describe(&other)),
            )])
        }
    }
}

fn join(at: &str, name: &str) -> String {
    if at.is_empty() {
        name.to_owned()
    } else {
        format!("{at}.{name}")
    }
}
