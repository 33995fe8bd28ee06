//! Checking an analysis' parameters against its JSON Schema, every fault at once.
//!
//! Known keywords: `type`, `enum`, `const`, `required`, `properties`, `additionalProperties`, `minProperties`,
//! `maxProperties`, `items`, `minItems`, `maxItems`, `uniqueItems`, `minLength`, `maxLength`, `minimum`, `maximum`,
//! `exclusiveMinimum`, `exclusiveMaximum`, `multipleOf`, `anyOf`, `oneOf` (taken as `anyOf`), `allOf`, `$ref` within
//! the schema, and `format` with `field`, `number-field` and `residues`. Others are left to the analysis itself, which
//! checks its parameters when it is begun. The `jsonschema` crate knows them all and makes a component 3.5 MB larger.

mod numbers;
mod words;

use std::cell::Cell;

use serde_json::{Map, Value as Json};

use crate::domain::protein::Sequence;
use crate::domain::{Dataset, Fault, FieldType, fault};
use numbers::{check_number, is_same, number};
use words::{describe, form, with_article};

/// How deep schemas and values are followed.
const MAX_DEPTH: usize = 32;
/// How many times a value is held against a schema: a schema that leads to itself by several ways could
/// ask for any number.
const MAX_CHECKS: u32 = 200_000;

/// Every fault that `value` has for `schema`. `at` is the value's path; `dataset` is what `format: field`
/// names a field of.
pub fn check(schema: &Json, value: &Json, at: &str, dataset: Option<&Dataset>) -> Vec<Fault> {
    let check = Check {
        root: schema,
        dataset,
        left: Cell::new(MAX_CHECKS),
    };
    let mut faults = Vec::new();
    check.value(schema, value, at, MAX_DEPTH, &mut faults);
    if check.left.get() == 0 {
        faults.push(Fault::new(at, "is too much to be checked"));
    }
    faults
}

struct Check<'a> {
    root: &'a Json,
    dataset: Option<&'a Dataset>,
    /// How many checks are left of [`MAX_CHECKS`].
    left: Cell<u32>,
}

impl Check<'_> {
    fn value(&self, schema: &Json, value: &Json, at: &str, depth: usize, faults: &mut Vec<Fault>) {
        let Some(left) = self.left.get().checked_sub(1) else {
            return;
        };
        self.left.set(left);
        let Some(depth) = depth.checked_sub(1) else {
            faults.push(Fault::new(at, "is nested too deeply"));
            return;
        };
        let schema = match schema {
            Json::Object(schema) => schema,
            Json::Bool(false) => {
                faults.push(Fault::new(at, "must not be given"));
                return;
            }
            _ => return,
        };
        if let Some(wrong) = wrong_type(schema, value).or_else(|| wrong_choice(schema, value)) {
            faults.push(Fault::new(at, wrong));
            return;
        }
        match value {
            Json::Object(members) => self.object(schema, members, at, depth, faults),
            Json::Array(items) => self.list(schema, items, at, depth, faults),
            Json::String(text) => self.text(schema, text, at, faults),
            Json::Number(number) => check_number(schema, number.as_f64(), at, faults),
            Json::Null | Json::Bool(_) => {}
        }
        self.combined(schema, value, at, depth, faults);
    }

    fn object(
        &self,
        schema: &Map<String, Json>,
        members: &Map<String, Json>,
        at: &str,
        depth: usize,
        faults: &mut Vec<Fault>,
    ) {
        let size = members.len() as f64;
        if let Some(least) = number(schema, "minProperties").filter(|least| size < *least) {
            faults.push(Fault::new(at, format!("must have {least} members or more")));
        }
        if let Some(most) = number(schema, "maxProperties").filter(|most| size > *most) {
            faults.push(Fault::new(
                at,
                format!("must not have more than {most} members"),
            ));
        }
        let properties = schema.get("properties").and_then(Json::as_object);
        for (name, value) in members {
            let inner = format!("{at}.{}", name.chars().take(60).collect::<String>());
            match properties.and_then(|known| known.get(name)) {
                Some(known) => self.value(known, value, &inner, depth, faults),
                None => match schema.get("additionalProperties") {
                    Some(Json::Bool(false)) => {
                        let known: Vec<&str> = properties
                            .into_iter()
                            .flat_map(Map::keys)
                            .map(String::as_str)
                            .collect();
                        faults.push(Fault::new(
                            inner,
                            fault::unknown_name("parameter", name, known),
                        ));
                    }
                    Some(other) => self.value(other, value, &inner, depth, faults),
                    None => {}
                },
            }
        }
        let required = schema
            .get("required")
            .and_then(Json::as_array)
            .into_iter()
            .flatten();
        for name in required
            .filter_map(Json::as_str)
            .filter(|name| !members.contains_key(*name))
        {
            faults.push(Fault::new(format!("{at}.{name}"), "is required"));
        }
    }

    fn list(
        &self,
        schema: &Map<String, Json>,
        items: &[Json],
        at: &str,
        depth: usize,
        faults: &mut Vec<Fault>,
    ) {
        let size = items.len() as f64;
        if let Some(least) = number(schema, "minItems").filter(|least| size < *least) {
            faults.push(Fault::new(at, format!("must have {least} items or more")));
        }
        if let Some(most) = number(schema, "maxItems").filter(|most| size > *most) {
            faults.push(Fault::new(
                at,
                format!("must not have more than {most} items"),
            ));
            return;
        }
        let is_unique = schema.get("uniqueItems") == Some(&Json::Bool(true));
        for (position, item) in items.iter().enumerate() {
            let inner = format!("{at}[{position}]");
            // Small lists only: whoever wants unique items bounds their number.
            if is_unique
                && items
                    .iter()
                    .take(position.min(1000))
                    .any(|earlier| is_same(earlier, item))
            {
                faults.push(Fault::new(&inner, "is there already"));
            }
            if let Some(known) = schema.get("items") {
                self.value(known, item, &inner, depth, faults);
            }
        }
    }

    fn text(&self, schema: &Map<String, Json>, text: &str, at: &str, faults: &mut Vec<Fault>) {
        let size = text.chars().count() as f64;
        if let Some(least) = number(schema, "minLength").filter(|least| size < *least) {
            faults.push(Fault::new(
                at,
                format!("must have {least} characters or more"),
            ));
        }
        if let Some(most) = number(schema, "maxLength").filter(|most| size > *most) {
            faults.push(Fault::new(at, format!("has more than {most} characters")));
        }
        let format = schema.get("format").and_then(Json::as_str);
        if format == Some("residues")
            && let Err(mistake) = Sequence::read_one(text)
        {
            faults.push(Fault::new(at, mistake.to_string()));
        }
        if let (Some(dataset), Some(format)) = (self.dataset, format)
            && let Some(wrong) = wrong_field(dataset, format, text)
        {
            faults.push(Fault::new(at, wrong));
        }
    }

    /// `$ref`, `allOf`, and one of several.
    fn combined(
        &self,
        schema: &Map<String, Json>,
        value: &Json,
        at: &str,
        depth: usize,
        faults: &mut Vec<Fault>,
    ) {
        let target = schema
            .get("$ref")
            .and_then(Json::as_str)
            .and_then(|text| text.strip_prefix('#'));
        if let Some(known) = target.and_then(|pointer| self.root.pointer(pointer)) {
            self.value(known, value, at, depth, faults);
        }
        for known in schema
            .get("allOf")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
        {
            self.value(known, value, at, depth, faults);
        }
        for keyword in ["anyOf", "oneOf"] {
            if let Some(options) = schema.get(keyword).and_then(Json::as_array) {
                faults.extend(self.one_of(options, value, at, depth));
            }
        }
    }

    /// Nothing when an option fits; else the faults of the one that was most likely meant: the last
    /// of those that take a value of this type, being the most general by custom.
    fn one_of(&self, options: &[Json], value: &Json, at: &str, depth: usize) -> Vec<Fault> {
        let mut meant = None;
        for option in options {
            let mut faults = Vec::new();
            self.value(option, value, at, depth, &mut faults);
            if faults.is_empty() {
                return faults;
            }
            let takes = |schema: &Map<String, Json>| {
                let is_word = schema.contains_key("const") || schema.contains_key("enum");
                wrong_type(schema, value).is_none() && !is_word
            };
            if option.as_object().is_some_and(takes) {
                meant.get_or_insert(faults);
            }
        }
        meant.unwrap_or_else(|| {
            let forms: Vec<String> = options.iter().filter_map(form).collect();
            vec![Fault::new(
                at,
                format!("must be {}, not {}", forms.join(" or "), describe(value)),
            )]
        })
    }
}

fn wrong_type(schema: &Map<String, Json>, value: &Json) -> Option<String> {
    let is_of = |kind: &str| match kind {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => true,
    };
    let kinds: Vec<&str> = match schema.get("type")? {
        Json::String(kind) => vec![kind],
        Json::Array(kinds) => kinds.iter().filter_map(Json::as_str).collect(),
        _ => return None,
    };
    if kinds.iter().any(|kind| is_of(kind)) {
        return None;
    }
    let kinds: Vec<&str> = kinds.into_iter().map(with_article).collect();
    Some(format!(
        "must be {}, not {}",
        kinds.join(" or "),
        describe(value)
    ))
}

fn wrong_choice(schema: &Map<String, Json>, value: &Json) -> Option<String> {
    if let Some(only) = schema.get("const") {
        return (!is_same(only, value)).then(|| format!("must be {}", describe(only)));
    }
    let choices = schema.get("enum")?.as_array()?;
    if choices.iter().any(|choice| is_same(choice, value)) {
        return None;
    }
    let known: Vec<&str> = choices.iter().filter_map(Json::as_str).collect();
    match value {
        Json::String(text) if known.len() == choices.len() => {
            Some(fault::unknown_name("value", text, known))
        }
        _ => {
            let known: Vec<String> = choices.iter().map(Json::to_string).collect();
            Some(format!(
                "{} is not one of: {}",
                describe(value),
                known.join(", ")
            ))
        }
    }
}

fn wrong_field(dataset: &Dataset, format: &str, name: &str) -> Option<String> {
    let is_number = match format {
        "field" => false,
        "number-field" => true,
        _ => return None,
    };
    let known = dataset
        .fields
        .iter()
        .filter(|field| !is_number || field.kind.is_numeric());
    match dataset.field(name) {
        None => Some(fault::unknown_name(
            "field",
            name,
            known.map(|field| field.name.as_str()),
        )),
        Some((_, field)) if is_number && !field.kind.is_numeric() => Some(format!(
            "the field `{name}` has {} values; numbers are needed",
            match field.kind {
                FieldType::Boolean => "true and false as",
                other => other.name(),
            }
        )),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DatasetName, Field, FieldName, Timestamp};
    use serde_json::json;

    fn dataset() -> Dataset {
        let field = |name, kind| Field::new(FieldName::new(name).unwrap(), kind);
        Dataset {
            name: DatasetName::new("co2").unwrap(),
            title: None,
            description: None,
            licence: None,
            source: None,
            fields: vec![
                field("average", FieldType::Number),
                field("weather", FieldType::Text),
            ],
            key: None,
            is_public: false,
            created_on: Timestamp::MIN,
        }
    }

    fn schema() -> Json {
        json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["y"],
            "properties": {
                "y": {"anyOf": [
                    {"type": "string", "format": "number-field"},
                    {"type": "array", "items": {"type": "string", "format": "number-field"}, "minItems": 1, "maxItems": 2, "uniqueItems": true},
                ]},
                "x": {"anyOf": [{"const": "time"}, {"type": "string", "format": "number-field"}]},
                "kind": {"enum": ["line", "scatter"]},
                "width": {"type": "integer", "minimum": 200, "maximum": 4000},
                "ratio": {"type": "number", "exclusiveMinimum": 0},
                "title": {"type": ["string", "null"], "maxLength": 3},
                "tree": {"$ref": "#/$defs/tree"},
                "step": {"type": "number", "multipleOf": 0.1},
                "map": {"type": "object", "minProperties": 1, "maxProperties": 2},
                "version": {"enum": [1, 2]},
            },
            "$defs": {"tree": {"type": "array", "items": {"$ref": "#/$defs/tree"}}},
        })
    }

    #[test]
    fn what_the_schema_allows_has_no_fault() {
        for params in [
            json!({"y": "average"}),
            json!({"y": ["average"], "x": "time", "kind": "line", "width": 200, "title": null}),
            json!({"y": "average", "x": "average", "width": 300.0, "ratio": 0.1, "title": "äöü"}),
            json!({"y": "average", "tree": [[], [[]]]}),
            json!({"y": "average", "step": 0.3, "map": {"a": 1}, "version": 1.0}),
        ] {
            assert_eq!(
                check(&schema(), &params, "params", Some(&dataset())),
                [],
                "{params}"
            );
        }
    }

    #[test]
    fn every_fault_has_its_place_and_says_what_would_be_right() {
        let deep = (0..40).fold(json!([]), |inner, _| json!([inner]));
        for (params, at, part) in [
            (json!([]), "params", "must be an object, not a list"),
            (json!({}), "params.y", "is required"),
            (
                json!({"y": 5}),
                "params.y",
                "must be a text or a list, not 5",
            ),
            (json!({"y": "averag"}), "params.y", "did you mean `average`"),
            (json!({"y": "weather"}), "params.y", "numbers are needed"),
            (json!({"y": []}), "params.y", "1 items or more"),
            (
                json!({"y": ["average", "average"]}),
                "params.y[1]",
                "there already",
            ),
            (
                json!({"y": ["average", "b"]}),
                "params.y[1]",
                "unknown field",
            ),
            (json!({"y": ["a", "b", "c"]}), "params.y", "more than 2"),
            (
                json!({"y": "average", "x": "tim"}),
                "params.x",
                "unknown field",
            ),
            (
                json!({"y": "average", "kind": "lime"}),
                "params.kind",
                "did you mean `line`",
            ),
            (
                json!({"y": "average", "kind": 1}),
                "params.kind",
                "not one of",
            ),
            (
                json!({"y": "average", "width": 1.5}),
                "params.width",
                "whole number",
            ),
            (
                json!({"y": "average", "width": 199}),
                "params.width",
                "200 or more",
            ),
            (
                json!({"y": "average", "ratio": 0}),
                "params.ratio",
                "must be 0",
            ),
            (
                json!({"y": "average", "title": "long"}),
                "params.title",
                "more than 3",
            ),
            (
                json!({"y": "average", "widht": 1}),
                "params.widht",
                "did you mean `width`",
            ),
            (
                json!({"y": "average", "step": 0.25}),
                "params.step",
                "multiple of 0.1",
            ),
            (
                json!({"y": "average", "map": {}}),
                "params.map",
                "1 members or more",
            ),
            (
                json!({"y": "average", "map": {"a": 1, "b": 1, "c": 1}}),
                "params.map",
                "more than 2",
            ),
            (
                json!({"y": "average", "version": 3}),
                "params.version",
                "not one of",
            ),
            (
                json!({"y": "average", "tree": deep}),
                "params.tree",
                "nested",
            ),
        ] {
            let faults = check(&schema(), &params, "params", Some(&dataset()));
            assert_eq!(faults.len(), 1, "{params}: {faults:?}");
            assert!(faults[0].at.starts_with(at), "{params}: {faults:?}");
            assert!(faults[0].detail.contains(part), "{params}: {faults:?}");
        }
        let several = json!({"y": 5, "kind": "x", "widht": 1});
        assert_eq!(check(&schema(), &several, "params", None).len(), 3);
    }
    #[test]
    fn a_schema_that_leads_to_itself_by_several_ways_ends() {
        let itself = json!({"$ref": "#"});
        let schema = json!({"anyOf": [itself, itself], "allOf": [itself]});
        let faults = check(&schema, &json!(1), "params", None);
        assert!(!faults.is_empty());
    }
}
