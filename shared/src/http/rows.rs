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
pub fn csv_head(layout: &Layout<'_>, out: &mut Vec<u8>) {
    append(out, if layout.has_ids { b"id,time" } else { b"time" });
    for name in &layout.names {
        out.push(b',');
        append(out, csv_text(name).as_bytes());
    }
    out.push(b'\n');
}

/// Writes rows as lines of CSV. Missing values are empty; an empty text is `""`.
pub fn csv_rows(layout: &Layout<'_>, table: &Table, out: &mut Vec<u8>) {
    let cells: Vec<Cells> = table.columns.iter().map(Cells::csv).collect();
    let mut clock = Clock::default();
    for (row, time) in table.times.iter().enumerate() {
        if layout.has_ids {
            write_id(table, row, out);
            out.push(b',');
        }
        clock.write(*time, out);
        for cells in &cells {
            out.push(b',');
            cells.write(row, out);
        }
        out.push(b'\n');
    }
}

/// Writes rows as JSON objects with `separator` between them.
pub fn json_rows(layout: &Layout<'_>, table: &Table, separator: &str, out: &mut Vec<u8>) {
    let name = |name: &&str| format!(",{}:", json_text(name));
    let names: Vec<String> = layout.names.iter().map(name).collect();
    let cells: Vec<Cells> = table.columns.iter().map(Cells::json).collect();
    let mut clock = Clock::default();
    for (row, time) in table.times.iter().enumerate() {
        if row > 0 {
            append(out, separator.as_bytes());
        }
        if layout.has_ids {
            append(out, b"{\"id\":\"");
            write_id(table, row, out);
            append(out, b"\",\"time\":\"");
        } else {
            append(out, b"{\"time\":\"");
        }
        clock.write(*time, out);
        out.push(b'"');
        for (name, cells) in names.iter().zip(&cells) {
            append(out, name.as_bytes());
            cells.write(row, out);
        }
        out.push(b'}');
    }
}

/// Writes rows as lines of JSON.
pub fn ndjson(layout: &Layout<'_>, table: &Table, out: &mut Vec<u8>) {
    json_rows(layout, table, "\n", out);
    if !table.is_empty() {
        out.push(b'\n');
    }
}

/// Writes times; those within the same hour as the one before only from their minutes on.
#[derive(Default)]
struct Clock {
    /// Hours since 1970, and the text up to the hour's colon.
    hour: Option<(i64, String)>,
}

impl Clock {
    fn write(&mut self, milliseconds: i64, out: &mut Vec<u8>) {
        let hour = milliseconds.div_euclid(3_600_000);
        match &self.hour {
            Some((known, head)) if *known == hour => append(out, head.as_bytes()),
            _ => {
                let mut text = String::with_capacity(24);
                if let Ok(time) = Timestamp::from_milliseconds(hour * 3_600_000) {
                    time.write(&mut text);
                }
                // It ends in `00:00Z`.
                text.truncate(text.len().saturating_sub(6));
                append(out, text.as_bytes());
                self.hour = Some((hour, text));
            }
        }
        let in_hour = milliseconds.rem_euclid(3_600_000) as u32;
        let [tens, ones] = two_digits(in_hour / 60_000);
        let [ten_seconds, seconds] = two_digits(in_hour / 1000 % 60);
        out.extend_from_slice(&[tens, ones, b':', ten_seconds, seconds]);
        if !in_hour.is_multiple_of(1000) {
            append(out, format!(".{:03}", in_hour % 1000).as_bytes());
        }
        out.push(b'Z');
    }
}

fn two_digits(number: u32) -> [u8; 2] {
    [b'0' + (number / 10 % 10) as u8, b'0' + (number % 10) as u8]
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
        Self {
            column,
            words: escape(column, csv_text),
            missing: "",
        }
    }

    fn write(&self, row: usize, out: &mut Vec<u8>) {
        match self.column {
            Column::Number(values) => match values.get(row) {
                Some(number) if !number.is_nan() => {
                    write_number(*number, out);
                }
                _ => append(out, self.missing.as_bytes()),
            },
            Column::Integer(values) => match values.get(row) {
                Some(number) if *number != MISSING_INTEGER => {
                    append(out, itoa::Buffer::new().format(*number).as_bytes());
                }
                _ => append(out, self.missing.as_bytes()),
            },
            Column::Text(text) => {
                let code = text
                    .codes()
                    .get(row)
                    .map_or(usize::MAX, |code| *code as usize);
                let word = self.words.get(code).map_or(self.missing, String::as_str);
                append(out, word.as_bytes());
            }
            Column::Boolean(values) => match values.get(row).copied().unwrap_or(MISSING_BOOLEAN) {
                0 => append(out, b"false"),
                1 => append(out, b"true"),
                _ => append(out, self.missing.as_bytes()),
            },
        }
    }
}

/// Writes the shortest decimal that reads back as the same float.
fn write_number(number: f64, out: &mut Vec<u8>) {
    // Most measurements have few decimals. A whole number of up to 15 digits, divided by a power of
    // ten, is then the float itself; and as no two decimals of 15 digits are the same float, there
    // is no shorter one.
    const MOST: f64 = 1e15;
    for (decimals, power) in [(1, 10.0), (2, 100.0), (3, 1000.0)] {
        let mantissa = (number * power).round_ties_even();
        if mantissa / power == number && mantissa.abs() < MOST && mantissa != 0.0 {
            write_decimal(mantissa as i64, decimals, out);
            return;
        }
    }
    append(out, zmij::Buffer::new().format_finite(number).as_bytes());
}

/// Writes `mantissa / 10^decimals`, one to three decimals.
fn write_decimal(mantissa: i64, decimals: usize, out: &mut Vec<u8>) {
    let magnitude = mantissa.unsigned_abs();
    let power = [1, 10, 100, 1000].get(decimals).copied().unwrap_or(1);
    if mantissa < 0 {
        out.push(b'-');
    }
    append(
        out,
        itoa::Buffer::new().format(magnitude / power).as_bytes(),
    );
    out.push(b'.');
    let mut place = power / 10;
    while place > 0 {
        out.push(b'0' + (magnitude / place % 10) as u8);
        place /= 10;
    }
}

fn escape(column: &Column, escape: impl Fn(&str) -> String) -> Vec<String> {
    match column {
        Column::Text(text) => text.words().iter().map(|word| escape(word)).collect(),
        _ => Vec::new(),
    }
}

fn write_id(table: &Table, row: usize, out: &mut Vec<u8>) {
    if let Some(id) = table.id(row) {
        let mut buffer = uuid::Uuid::encode_buffer();
        let text = PointId::to_uuid(id).hyphenated().encode_lower(&mut buffer);
        append(out, text.as_bytes());
    }
}

fn json_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Quotes a cell where RFC 4180 asks for it, and where a reader would take it for something else:
/// an empty text, spaces at its ends, a word that stands for a missing value.
fn csv_text(text: &str) -> String {
    let is_plain = !text.is_empty()
        && !text.contains([',', '"', '\n', '\r'])
        && text.trim().len() == text.len()
        && !MISSING_WORDS.contains(&text);
    if is_plain {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace('"', "\"\""))
    }
}

/// Appends a text, most likely a short one. In WebAssembly a copy of a length that only the run tells
/// leaves the component for the host's `memory.copy`, which takes longer than the text is long; one of
/// a fixed length up to 16 is a load and a store.
#[inline]
fn append(out: &mut Vec<u8>, text: &[u8]) {
    const LONG: usize = 128;
    if text.len() > LONG {
        out.extend_from_slice(text);
        return;
    }
    let (blocks, rest) = text.as_chunks::<16>();
    for block in blocks {
        out.extend_from_slice(block);
    }
    let (eights, rest) = rest.as_chunks::<8>();
    for eight in eights {
        out.extend_from_slice(eight);
    }
    let (fours, rest) = rest.as_chunks::<4>();
    for four in fours {
        out.extend_from_slice(four);
    }
    for byte in rest {
        out.push(*byte);
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
        let mut out = b"[".to_vec();
        json_rows(
            &Layout::of(&dataset, &[0, 1, 2, 3], true),
            &table,
            ",",
            &mut out,
        );
        out.push(b']');
        let json: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(json[0]["a \"b\""], 5.0);
        assert_eq!(json[0]["w,x"], "a,\"b\"\n");
        assert_eq!(json[1]["n"], serde_json::Value::Null);
        assert_eq!(json[1]["time"], "1970-01-01T00:00:00.001Z");
        assert_eq!(json[2]["f"], serde_json::Value::Null);
        assert_eq!(json[2]["id"], table.id(2).unwrap().to_string());
    }

    #[test]
    fn numbers_are_written_as_serde_writes_them() {
        let mut numbers = vec![
            0.0,
            -0.0,
            0.1,
            -0.05,
            0.001,
            1e-7,
            1e15,
            999_999_999_999.999,
            1e16,
            -123_456.75,
            f64::MAX,
            f64::MIN_POSITIVE,
            0.1 + 0.2,
            5e-324,
        ];
        for step in -30_000_i32..30_000 {
            numbers.push(f64::from(step) / 100.0);
            numbers.push(f64::from(step) * 1.37e7 / 1000.0);
            numbers.push(f64::from(step) / 7.0);
        }
        for number in numbers {
            let mut out = Vec::new();
            write_number(number, &mut out);
            assert_eq!(out, serde_json::to_vec(&number).unwrap());
        }
    }

    /// Floats of any bits, and decimals as people write them.
    fn floats(count: u64) -> Vec<f64> {
        let mut random = fastrand::Rng::with_seed(7);
        let mut floats = vec![
            -0.0,
            5e-324,
            f64::MAX,
            f64::MIN,
            1e-310,
            0.942_450_283_777_050_3,
            25.433_333_333_333_334,
            13.033_333_333_333_333,
        ];
        for _ in 0..count {
            let bits = f64::from_bits(random.u64(..));
            let decimals = random.i32(0..18);
            let written = format!("{:.*}", decimals as usize, random.f64() * 1e3);
            floats.extend([bits, written.parse().unwrap()]);
        }
        floats.retain(|float| float.is_finite());
        floats
    }

    #[test]
    fn every_float_comes_back_bit_for_bit_in_every_form() {
        use crate::app::import::{Format, Importer, Options};
        let (dataset, _) = example();
        let floats = floats(20_000);
        let mut table = Table::new([FieldType::Number]);
        for (at, float) in floats.iter().enumerate() {
            table.push(at as i64, at as u64, &[Value::Number(*float)]);
        }
        let layout = Layout::of(&dataset, &[0], false);
        let (mut csv, mut lines, mut list) = (Vec::new(), Vec::new(), b"[".to_vec());
        csv_head(&layout, &mut csv);
        csv_rows(&layout, &table, &mut csv);
        ndjson(&layout, &table, &mut lines);
        json_rows(&layout, &table, ",", &mut list);
        list.push(b']');
        let bits =
            |floats: &[f64]| -> Vec<u64> { floats.iter().map(|one| one.to_bits()).collect() };
        for (form, text) in [(Format::Csv, csv), (Format::Ndjson, lines)] {
            // Without its fields a file with powers of ten has codes, which are text.
            let fields = Some(&dataset.fields[..1]);
            let mut importer = Importer::new(form, Options::default(), fields).unwrap();
            importer.push(&text).unwrap();
            let parsed = importer.finish().unwrap();
            let Some(Column::Number(read)) = parsed.table.columns.first() else {
                panic!("{form:?}");
            };
            assert_eq!(bits(read), bits(&floats), "{form:?}");
        }
        let json: Vec<serde_json::Value> = serde_json::from_slice(&list).unwrap();
        let read = json.into_iter().map(|mut point| {
            let value = super::super::json::read_value(&dataset.fields[0], point["a \"b\""].take());
            match value {
                Ok(Value::Number(number)) => number,
                other => panic!("{other:?}"),
            }
        });
        assert_eq!(bits(&read.collect::<Vec<f64>>()), bits(&floats));
    }

    #[test]
    fn csv_tells_empty_from_missing() {
        let (dataset, table) = example();
        let mut out = Vec::new();
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
        assert_eq!(out, expected.as_bytes());
    }
}
