//! Files of which the rows are taken part by part.

use super::*;
use crate::domain::Table;

/// Reads a file in lines, and takes a part whenever there are two rows.
fn import_in_parts(
    parameters: &[(&str, &str)],
    file: &str,
) -> Result<(Vec<Part>, Parsed), Failure> {
    let options = Options::parse(parameters.iter().copied()).expect("good options");
    let mut importer = Importer::new(Format::Ndjson, options, None).expect("options");
    let mut parts = Vec::new();
    for line in file.split_inclusive('\n') {
        importer.push(line.as_bytes())?;
        parts.extend(importer.take_part(2));
    }
    Ok((parts, importer.finish()?))
}

/// What the parts come to when they are put together.
fn together(parameters: &[(&str, &str)], file: &str) -> Result<Parsed, Failure> {
    let (parts, mut parsed) = import_in_parts(parameters, file)?;
    assert!(!parts.is_empty(), "the file is too short for parts");
    let mut whole = Table::new(parsed.fields.iter().map(|field| field.kind));
    for Part { fields, table } in parts {
        let table = table.fitted(&fields, &parsed.fields);
        whole.append_range(&table, 0..table.len());
    }
    whole.append_range(&parsed.table, 0..parsed.table.len());
    assert_eq!(whole.len() as u64, parsed.rows);
    parsed.table = whole;
    Ok(parsed)
}

/// Rows that come before the first part is taken: the first rows of a file tell where the time is.
fn opening() -> String {
    let row = |at: i64| {
        format!(
            "{{\"time\":{},\"n\":{at},\"w\":\"a\",\"late\":null}}\n",
            1_700_000_000 + at * 1000
        )
    };
    (1600..2100).map(row).collect()
}

#[test]
fn parts_are_the_same_rows() {
    let file = opening() + "{\"time\":1702100000,\"n\":7,\"w\":\"b\",\"late\":true}\n";
    let whole = import(Format::Ndjson, &[], file.as_bytes()).unwrap();
    let parts = together(&[], &file).unwrap();
    assert_eq!((parts.fields, parts.table), (whole.fields, whole.table));
    assert_eq!(parts.rows, 501);
}

#[test]
fn integers_still_become_numbers_and_empty_columns_anything() {
    let file = opening()
        + "{\"time\":1702100000,\"n\":0.5,\"w\":\"b\",\"late\":\"now\"}\n"
        + "{\"time\":1702101000,\"n\":9,\"w\":\"b\",\"late\":\"then\",\"new\":false}\n"
        + "{\"time\":1702102000,\"n\":9.0,\"w\":null,\"late\":null,\"new\":true}\n";
    let parsed = together(&[], &file).unwrap();
    let lines = lines(&parsed);
    assert_eq!(lines[0], "n:number | w:text | late:text | new:boolean");
    assert_eq!(lines[1], "2023-12-03T10:40:00Z | 1600.0 | a | . | .");
    assert_eq!(
        lines[501..],
        [
            "2023-12-09T05:33:20Z | 0.5 | b | now | .",
            "2023-12-09T05:50:00Z | 9.0 | b | then | false",
            "2023-12-09T06:06:40Z | 9.0 | . | . | true",
        ]
    );
}

#[test]
fn what_does_not_fit_the_rows_before_is_told_with_a_remedy() {
    let bad = [
        (
            "\"n\":\"x\"",
            "the text `x` is not an integer",
            "?types=n:text",
        ),
        (
            "\"n\":12345678901234567890",
            "more digits than a number keeps",
            "?types=n:text",
        ),
        (
            "\"w\":\"a\",\"time\":1702100000000",
            "not a time of the form that the first rows have, unix_s",
            "?time_format=",
        ),
    ];
    for (members, reason, remedy) in bad {
        let time = if members.contains("time") {
            ""
        } else {
            ",\"time\":1702100000"
        };
        let file = opening() + &format!("{{{members}{time}}}\n");
        match together(&[], &file) {
            Err(Failure::Invalid { faults, total: 1 }) => {
                let detail = &faults[0].detail;
                assert!(
                    detail.contains(reason) && detail.contains(remedy),
                    "{faults:?}"
                );
                assert!(faults[0].at.starts_with("line 501"), "{faults:?}");
            }
            other => panic!("{members}: {other:?}"),
        }
        let skipping = together(&[("on_error", "skip")], &file).unwrap();
        assert_eq!((skipping.rows, skipping.skipped), (500, 1));
    }
}

#[test]
fn a_limit_counts_the_rows_that_were_taken() {
    let mut importer =
        Importer::with_row_limit(Format::Csv, Options::default(), None, 3).expect("options");
    let mut outcome = importer.push(b"time,n\n1990,1\n1991,2\n");
    // A file of less than 64 KiB is read when it ends.
    outcome = outcome.and_then(|()| importer.push(&b" ".repeat(70_000)));
    assert!(outcome.is_ok() && importer.take_part(2).is_some());
    let rest = importer.push(b"\n1992,3\n1993,4\n1994,5\n");
    let outcome = rest.and_then(|()| importer.finish().map(|_| ()));
    assert_eq!(outcome, Err(Failure::TooManyRows { limit: 3 }));
}
