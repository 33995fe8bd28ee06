//! Files of every kind, and what becomes of them.

mod cases;
mod csv;
mod json;
mod layouts;
mod parts;
mod reference;
mod robust;
mod schema;
mod times;

use super::*;
use crate::domain::Timestamp;

/// Reads a file as a caller does, all at once.
fn import(format: Format, parameters: &[(&str, &str)], file: &[u8]) -> Result<Parsed, Failure> {
    import_into(format, parameters, file, None)
}

fn import_into(
    format: Format,
    parameters: &[(&str, &str)],
    file: &[u8],
    schema: Option<&[Field]>,
) -> Result<Parsed, Failure> {
    let options = Options::parse(parameters.iter().copied()).expect("good options");
    let mut importer = Importer::new(format, options, schema).expect("options that fit the schema");
    importer.push(file)?;
    importer.finish()
}

fn csv(parameters: &[(&str, &str)], file: &str) -> Result<Parsed, Failure> {
    import(Format::Csv, parameters, file.as_bytes())
}

/// The table as lines: the names and types, then each row. `.` is a missing value.
fn lines(parsed: &Parsed) -> Vec<String> {
    let names = parsed
        .fields
        .iter()
        .map(|field| format!("{}:{}", field.name, field.kind.name()));
    let mut lines = vec![names.collect::<Vec<_>>().join(" | ")];
    for row in 0..parsed.table.len() {
        let time = Timestamp::from_milliseconds(parsed.table.times[row]).expect("a time in range");
        let values = parsed.table.row(row).into_iter().map(|value| match value {
            crate::domain::Value::Missing => ".".to_owned(),
            crate::domain::Value::Number(number) => format!("{number:?}"),
            crate::domain::Value::Integer(number) => number.to_string(),
            crate::domain::Value::Text(text) => text,
            crate::domain::Value::Boolean(flag) => flag.to_string(),
        });
        let time = time.to_string().trim_end_matches("T00:00:00Z").to_owned();
        lines.push(
            [time]
                .into_iter()
                .chain(values)
                .collect::<Vec<_>>()
                .join(" | "),
        );
    }
    lines
}

fn assert_lines(outcome: Result<Parsed, Failure>, expected: &[&str]) -> Parsed {
    let parsed = outcome.expect("a good file");
    assert_eq!(lines(&parsed), expected);
    assert_eq!(parsed.rows as usize, parsed.table.len());
    assert!(
        parsed
            .table
            .columns
            .iter()
            .all(|column| column.len() == parsed.table.len())
    );
    assert_eq!(parsed.table.sequences, vec![0; parsed.table.len()]);
    parsed
}

/// Checks that the file is refused with these faults, each `at: detail` or a part of it.
fn assert_faults(outcome: Result<Parsed, Failure>, expected: &[&str]) {
    let Err(Failure::Invalid { faults, total }) = outcome else {
        panic!("{outcome:?} instead of {expected:?}");
    };
    let faults: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(
        (faults.len(), total as usize),
        (expected.len(), expected.len()),
        "{faults:#?}"
    );
    for (fault, part) in faults.iter().zip(expected) {
        assert!(fault.contains(part), "{fault}\nhas not: {part}");
    }
}
