//! Small JSON Schemas (draft 2020-12, as OpenAPI 3.1 has it), by what they describe.

use serde_json::{Map, Value as Json, json};

/// A schema kept under a name in the document's components.
pub(super) fn named(name: &str) -> Json {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

pub(super) fn text() -> Json {
    json!({"type": "string"})
}

/// A text of at most so many characters.
pub(super) fn short_text(most: usize) -> Json {
    json!({"type": "string", "maxLength": most})
}

pub(super) fn words<const N: usize>(words: [&str; N]) -> Json {
    json!({"type": "string", "enum": words.as_slice()})
}

pub(super) fn number() -> Json {
    json!({"type": "number"})
}

pub(super) fn flag() -> Json {
    json!({"type": "boolean"})
}

/// A whole number from `least` on.
pub(super) fn count(least: u64) -> Json {
    json!({"type": "integer", "minimum": least})
}

pub(super) fn between(least: u64, most: usize) -> Json {
    json!({"type": "integer", "minimum": least, "maximum": most})
}

/// An RFC 3339 time in UTC, as answers have it. Years of more than four digits have a sign, which the
/// format `date-time` does not know.
pub(super) fn time() -> Json {
    json!({"type": "string", "pattern": "^[+-]?\\d{4,6}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z$"})
}

/// A time as requests may have it.
pub(super) fn given_time() -> Json {
    json!({
        "type": "string",
        "description": "RFC 3339, also without an offset; a date, a week, a month, a quarter, a year; or digits: YYYY, YYYYMM, YYYYDDD, YYYYMMDD, or at least 9 as seconds, milliseconds, microseconds or nanoseconds since 1970, by their number.",
        "examples": ["2012-06-01T12:00:00Z", "2012-06", "2012"],
    })
}

pub(super) fn uuid() -> Json {
    json!({"type": "string", "format": "uuid"})
}

pub(super) fn list(items: Json) -> Json {
    json!({"type": "array", "items": items})
}

/// Any object.
pub(super) fn members() -> Json {
    json!({"type": "object"})
}

/// An object with members of one kind.
pub(super) fn map(values: Json) -> Json {
    json!({"type": "object", "additionalProperties": values})
}

/// Or `null`.
pub(super) fn nullable(mut schema: Json) -> Json {
    if let Some(Json::String(kind)) = schema.get("type") {
        schema["type"] = json!([kind, "null"]);
        if let Some(Json::Array(words)) = schema.get_mut("enum") {
            words.push(Json::Null);
        }
        return schema;
    }
    json!({"anyOf": [schema, {"type": "null"}]})
}

pub(super) fn described(mut schema: Json, description: &str) -> Json {
    schema["description"] = description.into();
    schema
}

/// An object of an answer: every member is always there, unless its name ends in `?`.
pub(super) fn answered<const N: usize>(members: [(&str, Json); N]) -> Json {
    object(members, |name| !name.ends_with('?'))
}

/// An object of a request: a member may be left out, unless its name ends in `!`. No others may be
/// there.
pub(super) fn requested<const N: usize>(members: [(&str, Json); N]) -> Json {
    let mut schema = object(members, |name| name.ends_with('!'));
    schema["additionalProperties"] = false.into();
    schema
}

fn object<const N: usize>(members: [(&str, Json); N], is_required: fn(&str) -> bool) -> Json {
    let bare = |name: &str| name.trim_end_matches(['?', '!']).to_owned();
    let required: Vec<String> = members
        .iter()
        .filter(|(name, _)| is_required(name))
        .map(|(name, _)| bare(name))
        .collect();
    let properties: Map<String, Json> = members
        .into_iter()
        .map(|(name, schema)| (bare(name), schema))
        .collect();
    let mut schema = json!({"type": "object", "properties": properties});
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    schema
}
