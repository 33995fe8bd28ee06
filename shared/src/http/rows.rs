//! Points as text: JSON objects, NDJSON, CSV. Written by hand because it is most of the work of a
//! read.

use crate::app::import::MISSING_WORDS;
use crate::domain::column::{MISSING_BOOLEAN, MISSING_INTEGER};
use crate::domain::{Column, Dataset, PointId, Table, Timestamp};

/// The form in which points leave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    Json,
    Ndjson,
    Csv,
}

impl Form {
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Ndjson => "application/x-ndjson",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// What stands in front of each row's values, and what they are called.
#[derive(Debug, Clone)]
pub struct Layout<'a> {
    /// Whether each row begins with the point's id.
    pub has_ids: bool,
    /// A name for each column.
    pub names: Vec<&'a str>,
}

impl<'a> Layout<'a> {
    /// Points with the fields at these positions.
    pub fn of(dataset: &'a Dataset, fields: &[usize], has_ids: bool) -> Self {
        let field = |at: &usize| dataset.fields.get(*at);
        let names = fields
            .iter()
            .filter_map(field)
            .map(|field| field.name.as_str())
            .collect();
        Self { has_ids, names }
    }
}

/// Writes the head line of CSV: `id,time,average`.
pub fn csv_head(layout: &Layout<'_>, out: &mut String) {
    out.push_str(if layout.has_ids { "id,time" } else { "time" });
    for name in &layout.names {
        out.push(',');
        csv_text(name, out);
    }
    out.push('\n');
}

/// Writes rows as lines of CSV. Missing values are empty; an empty text is `""`.
pub fn csv_rows(layout: &Layout<'_>, table: &Table, out: &mut String) {
    let cells: Vec<Cells> = table.columns.iter().map(Cells::csv).collect();
    let mut clock = Clock::default();
    for (row, time) in table.times.iter().enumerate() {
        if layout.has_ids {
            write_id(table, row, out);
            out.push(',');
        }
        clock.write(*time, out);
        for cells in &cells {
            out.push(',');
            cells.write(row, out);
        }
        out.push('\n');
    }
}

/// Writes rows as JSON objects with `separator` between them.
pub fn json_rows(layout: &Layout<'_>, table: &Table, separator: &str, out: &mut String) {
    let name = |name: &&str| format!(",{}:", json_text(name));
    let names: Vec<String> = layout.names.iter().map(name).collect();
    let cells: Vec<Cells> = table.columns.iter().map(Cells::json).collect();
    let mut clock = Clock::default();
    for (row, time) in table.times.iter().enumerate() {
        if row > 0 {
            out.push_str(separator);
        }
        out.push('{');
        if layout.has_ids {
            out.push_str("\"id\":\"");
            write_id(table, row, out);
            out.push_str("\",");
        }
        out.push_str("\"time\":\"");
        clock.write(*time, out);
        out.push('"');
        for (name, cells) in names.iter().zip(&cells) {
            out.push_str(name);
            cells.write(row, out);
        }
        out.push('}');
    }
}

/// Writes rows as lines of JSON.
pub fn ndjson(layout: &Layout<'_>, table: &Table, out: &mut String) {
    json_rows(layout, table, "\n", out);
    if !table.is_empty() {
        out.push('\n');
    }
}

/// Writes times; those within the same hour as the one before only from their minutes on.
#[derive(Default)]
struct Clock {
    /// Hours since 1970, and the text up to the hour's colon.
    hour: Option<(i64, String)>,
}

impl Clock {
    fn write(&mut self, milliseconds: i64, out: &mut String) {
        let hour = milliseconds.div_euclid(3_600_000);
        match &self.hour {
            Some((known, head)) if *known == hour => out.push_str(head),
            _ => {
                let mut text = String::with_capacity(24);
                if let Ok(time) = Timestamp::from_milliseconds(hour * 3_600_000) {
                    time.write(&mut text);
                }
                // It ends in `00:00Z`.
                text.truncate(text.len().saturating_sub(6));
                out.push_str(&text);
                self.hour = Some((hour, text));
            }
        }
        let in_hour = milliseconds.rem_euclid(3_600_000) as u32;
        push_digits(out, in_hour / 60_000);
        out.push(':');
        push_digits(out, in_hour / 1000 % 60);
        if !in_hour.is_multiple_of(1000) {
            out.push_str(&format!(".{:03}", in_hour % 1000));
        }
        out.push('Z');
    }
}

/// Writes a number below 100 with two digits.
fn push_digits(out: &mut String, number: u32) {
    out.push(char::from(b'0' + (number / 10 % 10) as u8));
    out.push(char::from(b'0' + (number % 10) as u8));
}

/// A column ready to be written: words escaped once, not once a row.
struct Cells<'a> {
    column: &'a Column,
    words: Vec<String>,
    missing: &'static str,
}

impl<'a> Cells<'a> {
    fn json(column: &'a Column) -> Self {
        Self {
            column,
            words: escape(column, json_text),
            missing: "null",
        }
    }

    fn csv(column: &'a Column) -> Self {
        let quote = |word: &str| {
            let mut out = String::new();
            csv_text(word, &mut out);
            out
        };
        Self {
            column,
            words: escape(column, quote),
            missing: "",
        }
    }

    fn write(&self, row: usize, out: &mut String) {
        match self.column {
            Column::Number(values) => match values.get(row) {
                Some(number) if !number.is_nan() => {
                    out.push_str(ryu::Buffer::new().format(*number));
                }
                _ => out.push_str(self.missing),
            },
            Column::Integer(values) => match values.get(row) {
                Some(number) if *number != MISSING_INTEGER => {
                    out.push_str(itoa::Buffer::new().format(*number));
                }
                _ => out.push_str(self.missing),
            },
            Column::Text(text) => {
                let code = text
                    .codes()
                    .get(row)
                    .map_or(usize::MAX, |code| *code as usize);
                out.push_str(self.words.get(code).map_or(self.missing, String::as_str));
            }
            Column::Boolean(values) => match values.get(row).copied().unwrap_or(MISSING_BOOLEAN) {
                0 => out.push_str("false"),
                1 => out.push_str("true"),
                _ => out.push_str(self.missing),
            },
        }
    }
}

fn escape(column: &Column, escape: impl Fn(&str) -> String) -> Vec<String> {
    match column {
        Column::Text(text) => text.words().iter().map(|word| escape(word)).collect(),
        _ => Vec::new(),
    }
}

fn write_id(table: &Table, row: usize, out: &mut String) {
    if let Some(id) = table.id(row) {
        let mut buffer = uuid::Uuid::encode_buffer();
        out.push_str(PointId::to_uuid(id).hyphenated().encode_lower(&mut buffer));
    }
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Quotes a cell where RFC 4180 asks for it, and where a reader would take it for something else:
/// an empty text, spaces at its ends, a word that stands for a missing value.
fn csv_text(text: &str, out: &mut String) {
    let is_plain = !text.is_empty()
        && !text.contains([',', '"', '\n', '\r'])
        && text.trim().len() == text.len()
        && !MISSING_WORDS.contains(&text);
    if is_plain {
        out.push_str(text);
    } else {
        out.push('"');
        out.push_str(&text.replace('"', "\"\""));
        out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DatasetName, Field, FieldName, FieldType, Value};

    fn example() -> (Dataset, Table) {
        let field = |name: &str, kind| Field::new(FieldName::new(name).unwrap(), kind);
        let dataset = Dataset {
            name: DatasetName::new("x").unwrap(),
            title: None,
            description: None,
            licence: None,
            source: None,
            fields: vec![
                field("a \"b\"", FieldType::Number),
                field("n", FieldType::Integer),
                field("w,x", FieldType::Text),
                field("f", FieldType::Boolean),
            ],
            key: None,
            is_public: false,
            created_on: Timestamp::from_milliseconds(0).unwrap(),
        };
        let mut table = Table::new(dataset.fields.iter().map(|field| field.kind));
        let text = |text: &str| Value::Text(text.into());
        table.push(
            0,
            1,
            &[
                Value::Number(5.0),
                Value::Integer(-7),
                text("a,\"b\"\n"),
                Value::Boolean(true),
            ],
        );
        table.push(
            1,
            2,
            &[
                Value::Number(0.1),
                Value::Missing,
                text(""),
                Value::Boolean(false),
            ],
        );
        table.push(2, 3, &[]);
        (dataset, table)
    }

    #[test]
    fn json_is_what_serde_would_write() {
        let (dataset, table) = example();
        let mut out = String::from("[");
        json_rows(
            &Layout::of(&dataset, &[0, 1, 2, 3], true),
            &table,
            ",",
            &mut out,
        );
        out.push(']');
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(json[0]["a \"b\""], 5.0);
        assert_eq!(json[0]["w,x"], "a,\"b\"\n");
        assert_eq!(json[1]["n"], serde_json::Value::Null);
        assert_eq!(json[1]["time"], "1970-01-01T00:00:00.001Z");
        assert_eq!(json[2]["f"], serde_json::Value::Null);
        assert_eq!(json[2]["id"], table.id(2).unwrap().to_string());
    }

    #[test]
    fn csv_tells_empty_from_missing() {
        let (dataset, table) = example();
        let mut out = String::new();
        let layout = Layout::of(&dataset, &[0, 1, 2, 3], true);
        csv_head(&layout, &mut out);
        csv_rows(&layout, &table, &mut out);
        let id = |row| table.id(row).unwrap();
        let expected = format!(
            "id,time,\"a \"\"b\"\"\",n,\"w,x\",f\n\
             {},1970-01-01T00:00:00Z,5.0,-7,\"a,\"\"b\"\"\n\",true\n\
             {},1970-01-01T00:00:00.001Z,0.1,,\"\",false\n\
             {},1970-01-01T00:00:00.002Z,,,,\n",
            id(0),
            id(1),
            id(2)
        );
        assert_eq!(out, expected);
    }
}
