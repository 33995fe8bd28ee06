//! The stored form of a description: JSON, in which an absent member has its default.

use serde::{Deserialize, Serialize};

use crate::domain::{
    Constraints, Dataset, DatasetName, Field, FieldName, FieldType, Pattern, Timestamp,
};
use crate::store::Error;

#[derive(Serialize, Deserialize)]
struct Record {
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    licence: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    fields: Vec<FieldRecord>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    public: bool,
    /// Milliseconds.
    created_on: i64,
}

#[derive(Serialize, Deserialize)]
struct FieldRecord {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    unit: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    multiple_of: Option<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    one_of: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    sum_of: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    initial_of: Option<String>,
}

pub(super) fn encode(dataset: &Dataset) -> Vec<u8> {
    let record = Record {
        title: dataset.title.clone(),
        description: dataset.description.clone(),
        licence: dataset.licence.clone(),
        source: dataset.source.clone(),
        fields: dataset.fields.iter().map(field_record).collect(),
        key: dataset.key.as_ref().map(ToString::to_string),
        public: dataset.is_public,
        created_on: dataset.created_on.milliseconds(),
    };
    // A record of texts and finite numbers always has a JSON form.
    serde_json::to_vec(&record).unwrap_or_default()
}

pub(super) fn decode(name: &DatasetName, bytes: &[u8]) -> Result<Dataset, Error> {
    let corrupt = |why: String| Error::Corrupt(format!("the description of {name}: {why}"));
    let record: Record = serde_json::from_slice(bytes).map_err(|why| corrupt(why.to_string()))?;
    let fields = record
        .fields
        .into_iter()
        .map(field)
        .collect::<Result<_, _>>()
        .map_err(corrupt)?;
    let key = record
        .key
        .as_deref()
        .map(FieldName::new)
        .transpose()
        .map_err(corrupt)?;
    Ok(Dataset {
        name: name.clone(),
        title: record.title,
        description: record.description,
        licence: record.licence,
        source: record.source,
        fields,
        key,
        is_public: record.public,
        created_on: Timestamp::from_milliseconds(record.created_on).map_err(corrupt)?,
    })
}

fn field_record(field: &Field) -> FieldRecord {
    let Constraints {
        required,
        min,
        max,
        multiple_of,
        one_of,
        pattern,
        sum_of,
        initial_of,
    } = field.constraints.clone();
    FieldRecord {
        name: field.name.to_string(),
        kind: field.kind.name().to_owned(),
        unit: field.unit.clone(),
        required,
        min,
        max,
        multiple_of,
        one_of,
        pattern: pattern.map(|pattern| pattern.to_string()),
        sum_of: sum_of.iter().map(ToString::to_string).collect(),
        initial_of: initial_of.map(|name| name.to_string()),
    }
}

fn field(record: FieldRecord) -> Result<Field, String> {
    let FieldRecord {
        name,
        kind,
        unit,
        required,
        min,
        max,
        multiple_of,
        one_of,
        pattern,
        sum_of,
        initial_of,
    } = record;
    Ok(Field {
        name: FieldName::new(&name)?,
        kind: FieldType::from_name(&kind).ok_or_else(|| format!("type {kind}"))?,
        unit,
        constraints: Constraints {
            required,
            min,
            max,
            multiple_of,
            one_of,
            pattern: pattern.as_deref().map(Pattern::new).transpose()?,
            sum_of: sum_of
                .iter()
                .map(|name| FieldName::new(name))
                .collect::<Result<_, _>>()?,
            initial_of: initial_of.as_deref().map(FieldName::new).transpose()?,
        },
    })
}
