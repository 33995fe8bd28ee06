//! What the worker hands over: the records of `wit/analysis.wit` as plain Rust types, so that
//! everything but the glue in [`crate`] is built and tested natively.

/// The type of a field's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldType {
    Number,
    Integer,
    Text,
    Boolean,
}

impl FieldType {
    /// Whether values of this type can be drawn on a number axis.
    pub fn is_numeric(self) -> bool {
        match self {
            Self::Number | Self::Integer => true,
            Self::Text | Self::Boolean => false,
        }
    }

    /// The type's name as the API spells it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Integer => "integer",
            Self::Text => "text",
            Self::Boolean => "boolean",
        }
    }
}

/// One field of the dataset.
#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub kind: FieldType,
    /// Unit of measurement, such as `ppm`.
    pub unit: Option<String>,
}

/// One field's values, one for each point; NaN is missing.
#[derive(Clone, Debug)]
pub struct Column {
    pub field: Field,
    /// Empty where the field is not numeric.
    pub numbers: Vec<f64>,
}

/// The points, in ascending order of time.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub times: Vec<i64>,
    pub columns: Vec<Column>,
}

/// What the job asks for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The parameters, a JSON object.
    pub parameters: String,
    /// The dataset's name.
    pub dataset: String,
    /// The dataset's title; may be empty.
    pub dataset_title: String,
}
