//! Fields: the named, typed columns of a dataset, and the values they take.

use std::fmt;

use super::pattern::Pattern;

/// A field's name, as the file it came from has it: 1 to 100 characters, spaces included, but no
/// control characters, no spaces at the ends, and neither `id` nor `time`, which every point has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FieldName(String);

impl FieldName {
    /// # Errors
    /// Says which rule the name breaks.
    pub fn new(name: &str) -> Result<Self, String> {
        if name.is_empty() {
            Err("must not be empty".to_owned())
        } else if name.chars().count() > 100 {
            Err("has more than 100 characters".to_owned())
        } else if name.chars().any(char::is_control) {
            Err("has a control character".to_owned())
        } else if name.trim() != name {
            Err(format!("`{name}` begins or ends with a space"))
        } else if name == "id" || name == "time" {
            Err(format!(
                "`{name}` is taken: every point has its own `{name}`"
            ))
        } else {
            Ok(Self(name.to_owned()))
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FieldName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What values a field takes. A value can always be missing, unless the field is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldType {
    /// A finite 64-bit float.
    Number,
    /// A whole number within ±(2^53 - 1), the range that every JSON reader keeps exactly.
    Integer,
    /// Up to [`Value::MAX_TEXT`] bytes of UTF-8.
    Text,
    Boolean,
}

impl FieldType {
    pub const ALL: [Self; 4] = [Self::Number, Self::Integer, Self::Text, Self::Boolean];

    /// The name in JSON and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Text => "text",
            Self::Boolean => "boolean",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    pub fn is_numeric(self) -> bool {
        matches!(self, Self::Number | Self::Integer)
    }
}

/// What a field's values must fulfil, besides their type. Empty: anything goes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Constraints {
    /// A value must be there.
    pub required: bool,
    /// Least value of a number or integer, inclusive.
    pub min: Option<f64>,
    /// Greatest value of a number or integer, inclusive.
    pub max: Option<f64>,
    /// An integer must be a multiple of this, which is at least 1.
    pub multiple_of: Option<i64>,
    /// The only texts allowed.
    pub one_of: Vec<String>,
    /// What a text must look like.
    pub pattern: Option<Pattern>,
    /// The number or integer is the sum of these fields of the same point; see [`super::relation`].
    pub sum_of: Vec<FieldName>,
    /// The text begins with the first letter of this text field of the same point.
    pub initial_of: Option<FieldName>,
}

impl Constraints {
    /// Whether a value must suit others of the same point.
    pub fn is_relation(&self) -> bool {
        !self.sum_of.is_empty() || self.initial_of.is_some()
    }
}

/// A named column of a dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    pub name: FieldName,
    pub kind: FieldType,
    /// Unit of measurement, as the publisher writes it: `ppm`.
    pub unit: Option<String>,
    pub constraints: Constraints,
}

impl Field {
    pub fn new(name: FieldName, kind: FieldType) -> Self {
        Self {
            name,
            kind,
            unit: None,
            constraints: Constraints::default(),
        }
    }

    /// Whether the field becomes one of numbers when a number with decimals comes: one of integers
    /// without constraints.
    pub fn can_widen(&self) -> bool {
        self.kind == FieldType::Integer && self.constraints == Constraints::default()
    }

    /// Whether the field may be made one of another type.
    pub fn can_become(&self, kind: FieldType) -> bool {
        self.kind == FieldType::Integer
            && kind == FieldType::Number
            && self.constraints.multiple_of.is_none()
    }

    /// Whether the field takes this value.
    ///
    /// # Errors
    /// Says which rule the value breaks.
    pub fn check(&self, value: &Value) -> Result<(), String> {
        match (self.kind, value) {
            (_, Value::Missing) => {
                return if self.constraints.required {
                    Err("a value is required".to_owned())
                } else {
                    Ok(())
                };
            }
            (FieldType::Number, Value::Number(number)) => self.check_number(*number)?,
            (FieldType::Integer, Value::Number(number)) if self.can_widen() => {
                self.check_number(*number)?;
            }
            (FieldType::Integer, Value::Integer(number)) => {
                self.check_number(*number as f64)?;
                self.check_multiple(*number)?;
            }
            (FieldType::Text, Value::Text(text)) => self.check_text(text)?,
            (FieldType::Boolean, Value::Boolean(_)) => {}
            (kind, _) => return Err(format!("must be {}", with_article(kind))),
        }
        Ok(())
    }

    fn check_number(&self, number: f64) -> Result<(), String> {
        if !number.is_finite() {
            return Err("must be a finite number".to_owned());
        }
        if self.kind == FieldType::Integer && number.abs() > Value::MAX_INTEGER as f64 {
            return Err("must be within ±9007199254740991".to_owned());
        }
        match (self.constraints.min, self.constraints.max) {
            (Some(min), _) if number < min => Err(format!("{number} is less than {min}")),
            (_, Some(max)) if number > max => Err(format!("{number} is more than {max}")),
            _ => Ok(()),
        }
    }

    fn check_multiple(&self, number: i64) -> Result<(), String> {
        match self.constraints.multiple_of {
            Some(step) if number.checked_rem(step) != Some(0) => {
                Err(format!("{number} is not a multiple of {step}"))
            }
            _ => Ok(()),
        }
    }

    fn check_text(&self, text: &str) -> Result<(), String> {
        if text.len() > Value::MAX_TEXT {
            return Err(format!("has more than {} bytes", Value::MAX_TEXT));
        }
        let allowed = &self.constraints.one_of;
        if !allowed.is_empty() && !allowed.iter().any(|word| word == text) {
            return Err(format!("`{text}` is not one of: {}", allowed.join(", ")));
        }
        match &self.constraints.pattern {
            Some(pattern) if !pattern.matches(text) => Err(format!(
                "`{}` does not match the pattern `{pattern}`",
                text.chars().take(60).collect::<String>()
            )),
            _ => Ok(()),
        }
    }
}

fn with_article(kind: FieldType) -> &'static str {
    match kind {
        FieldType::Number => "a number",
        FieldType::Integer => "an integer",
        FieldType::Text => "a text",
        FieldType::Boolean => "true or false",
    }
}

/// One value of one point.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Missing,
    Number(f64),
    Integer(i64),
    Text(String),
    Boolean(bool),
}

impl Value {
    /// 2^53 - 1.
    pub const MAX_INTEGER: i64 = 9_007_199_254_740_991;
    /// Bytes of a text.
    pub const MAX_TEXT: usize = 4096;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn field_names_keep_their_spaces_but_not_control_characters() {
        for good in ["Decimal Date", "pm2.5", "a/b", "Größe", "limit"] {
            assert!(FieldName::new(good).is_ok(), "{good}");
        }
        for bad in ["", " x", "x ", "a\nb", "id", "time", &"x".repeat(101)] {
            assert!(FieldName::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn type_names_go_there_and_back() {
        for kind in FieldType::ALL {
            assert_eq!(FieldType::from_name(kind.name()), Some(kind));
        }
    }

    #[test]
    fn values_are_checked_against_type_and_constraints() {
        let name = FieldName::new("x").unwrap();
        let mut number = Field::new(name.clone(), FieldType::Number);
        number.constraints = Constraints {
            required: true,
            min: Some(0.0),
            max: Some(10.0),
            ..Constraints::default()
        };
        assert!(number.check(&Value::Number(0.0)).is_ok());
        for bad in [
            Value::Missing,
            Value::Number(-0.1),
            Value::Number(f64::NAN),
            Value::Number(11.0),
            Value::Integer(1),
            Value::Text("1".into()),
        ] {
            assert!(number.check(&bad).is_err(), "{bad:?}");
        }
        let mut text = Field::new(name.clone(), FieldType::Text);
        text.constraints.one_of = vec!["rain".into(), "snow".into()];
        assert!(text.check(&Value::Text("rain".into())).is_ok());
        assert!(text.check(&Value::Missing).is_ok());
        assert!(text.check(&Value::Text("sun".into())).is_err());
        text.constraints.one_of = vec![];
        text.constraints.pattern = Some(Pattern::new("[A-Z]{2}").unwrap());
        assert!(text.check(&Value::Text("TX".into())).is_ok());
        for bad in ["Tx", "T", "TEX", ""] {
            assert!(text.check(&Value::Text(bad.into())).is_err(), "{bad}");
        }
        let mut integer = Field::new(name, FieldType::Integer);
        integer.constraints.multiple_of = Some(3);
        assert!(integer.check(&Value::Integer(-6)).is_ok());
        assert!(integer.check(&Value::Integer(4)).is_err());
        integer.constraints.multiple_of = None;
        assert!(
            integer
                .check(&Value::Integer(Value::MAX_INTEGER + 1))
                .is_err()
        );
    }
}
