//! A dataset's name and description.

use std::fmt;

use super::fault::Faults;
use super::field::{Field, FieldName, FieldType};
use super::time::Timestamp;

/// A dataset's name, part of its address: 1 to 64 lower-case letters, digits, `-` and `_`,
/// beginning with a letter or digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DatasetName(String);

impl DatasetName {
    /// # Errors
    /// Says what a name may have.
    pub fn new(name: &str) -> Result<Self, String> {
        let body = |byte: u8| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
        };
        let head = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if (1..=64).contains(&name.len())
            && name.bytes().all(body)
            && name.as_bytes().first().is_some_and(head)
        {
            Ok(Self(name.to_owned()))
        } else {
            Err("must be 1 to 64 lower-case letters, digits, `-` or `_`, beginning with a letter or digit".to_owned())
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DatasetName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a dataset says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    pub name: DatasetName,
    pub title: Option<String>,
    pub description: Option<String>,
    pub licence: Option<String>,
    pub source: Option<String>,
    pub fields: Vec<Field>,
    /// A text field whose values are unique and usable wherever an id is.
    pub key: Option<FieldName>,
    /// Whether everybody may read it, also where tokens are needed.
    pub is_public: bool,
    pub created_on: Timestamp,
}

impl Dataset {
    /// Fields of one dataset.
    pub const MAX_FIELDS: usize = 200;
    /// Characters of title, licence and source.
    pub const MAX_LINE: usize = 300;
    /// Characters of the description.
    pub const MAX_DESCRIPTION: usize = 10_000;

    pub fn field(&self, name: &str) -> Option<(usize, &Field)> {
        self.fields
            .iter()
            .enumerate()
            .find(|(_, field)| field.name.as_str() == name)
    }

    /// The position of the key among the fields.
    pub fn key_index(&self) -> Option<usize> {
        let key = self.key.as_ref()?;
        self.fields.iter().position(|field| field.name == *key)
    }

    /// Checks what the parts alone cannot know: lengths, distinct names, a key that exists and is
    /// text.
    pub fn check(&self, faults: &mut Faults) {
        for (at, text, limit) in [
            ("title", &self.title, Self::MAX_LINE),
            ("licence", &self.licence, Self::MAX_LINE),
            ("source", &self.source, Self::MAX_LINE),
            ("description", &self.description, Self::MAX_DESCRIPTION),
        ] {
            if text
                .as_ref()
                .is_some_and(|text| text.chars().count() > limit)
            {
                faults.add(at, format!("has more than {limit} characters"));
            }
        }
        check_fields(&self.fields, faults);
        super::relation::check_fields(&self.fields, faults);
        if let Some(key) = &self.key {
            match self.field(key.as_str()) {
                None => faults.add("key", format!("`{key}` is not one of the fields")),
                Some((_, field)) if field.kind != FieldType::Text => {
                    faults.add("key", format!("`{key}` must be a text field"));
                }
                Some(_) => {}
            }
        }
    }
}

/// Checks a list of fields: how many, and that no name occurs twice.
pub fn check_fields(fields: &[Field], faults: &mut Faults) {
    if fields.is_empty() {
        faults.add("fields", "must name at least one field");
    }
    if fields.len() > Dataset::MAX_FIELDS {
        faults.add(
            "fields",
            format!("has more than {} fields", Dataset::MAX_FIELDS),
        );
    }
    for (at, field) in fields.iter().enumerate() {
        if fields.iter().take(at).any(|other| other.name == field.name) {
            faults.add(
                format!("fields[{at}].name"),
                format!("`{}` occurs twice", field.name),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_slugs() {
        for good in ["co2", "a", "beijing-pm25_hourly", "2024"] {
            assert!(DatasetName::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "CO2",
            "a b",
            "a/b",
            "..",
            "-a",
            "a.csv",
            "é",
            &"x".repeat(65),
        ] {
            assert!(DatasetName::new(bad).is_err(), "{bad}");
        }
    }
}
