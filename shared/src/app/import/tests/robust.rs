//! Properties that hold for any file, however it is cut and whatever is in it.

use super::*;

const FILES: [(Format, &str); 6] = [
    (
        Format::Csv,
        "\u{feff}# c\r\ndate;\"temp\n(°C)\";sky;n\r\n2012-01-01;1.5;\"ra\"\"in\r\n;x\";007\r\n\r\n2012-01-02;-2,0;sün;8\r2012-02-30;1;NaN;NA\n;;;\n\"2012-01-03\";\"\";é\";1",
    ),
    (
        Format::Csv,
        "No,year,month,day,hour,v,id\n1,2010,1,1,0,NA,80000000-0000-8000-8000-000000000001\n2,2010,1,1,25,1e5,\n3,2010,1,1,7,x\n4,2011,1,1,7,.5,80000000-0000-8000-8000-000000000001\n",
    ),
    (
        Format::Csv,
        "time,v,b\n1700000000,1,true\n1700000000123,12345678901234567890,FALSE\n5,nan,\n",
    ),
    (
        Format::Ndjson,
        "\u{feff}{\"time\":\"1990\",\"v\":1.5,\"w\":\"\\u00e9}\\\"\"}\r\n\n{\"time\":\"1991\",\"v\":{\"a\":[1]}}\n{bad\n{\"time\":\"1992\",\"x\":\"é\",\"v\":-0}",
    ),
    (
        Format::Json,
        "\u{feff} {\"a\":{\"b\":[{}]},\"points\" : [ {\"time\":\"1990\",\"v\":\"]}\"} ,\n{\"time\":\"1991\",\"v\":\"\\\\\"}\n], \"next\":\"]}\\\"\"}\n",
    ),
    (
        Format::Json,
        "[{\"ts\":1700000000,\"v\":1},{\"ts\":1700000060,\"v\":true,\"é\":null}]",
    ),
];

fn import_in_pieces<'a>(
    format: Format,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Parsed, Failure> {
    let options = Options::parse([("on_error", "skip")]).unwrap();
    let mut importer = Importer::new(format, options, None).unwrap();
    pieces
        .into_iter()
        .try_for_each(|piece| importer.push(piece))?;
    importer.finish()
}

/// Outcomes as they can be compared: a missing number is a NaN.
fn shown(outcome: &Result<Parsed, Failure>) -> String {
    match outcome {
        Ok(parsed) => {
            format!(
                "{:?} {} {:?} {:?} {:?}",
                lines(parsed),
                parsed.skipped,
                parsed.faults,
                parsed.time,
                parsed.notes
            )
        }
        Err(failure) => format!("{failure:?}"),
    }
}

#[test]
fn a_file_gives_the_same_wherever_it_is_cut() {
    for (format, file) in FILES {
        let file = file.as_bytes();
        let whole = shown(&import_in_pieces(format, [file]));
        assert!(
            !whole.starts_with("Invalid") || whole.contains("total"),
            "{whole}"
        );
        for cut in 0..=file.len() {
            let (a, b) = file.split_at(cut);
            assert_eq!(
                shown(&import_in_pieces(format, [a, b])),
                whole,
                "cut at {cut}"
            );
        }
        for size in [1, 2, 3, 7] {
            assert_eq!(
                shown(&import_in_pieces(format, file.chunks(size))),
                whole,
                "pieces of {size}"
            );
        }
    }
}

/// Rows beyond the head of the file are read as those in it, whatever the pieces.
#[test]
fn a_long_file_gives_the_same_wherever_it_is_cut() {
    let mut csv = "time,v,sky\r\n".to_owned();
    let mut ndjson = String::new();
    for at in 0..6000 {
        let text = ["rain", "\"a\"\"b\r\nc\"", "é", ""][at % 4];
        csv.push_str(&format!("{},{}.{},{text}\r\n", 1000 + at, at % 50, at % 10));
        ndjson.push_str(&format!(
            "{{\"time\":\"{}\",\"v\":{},\"sky\":\"é\\\"\"}}\n",
            1000 + at % 5000,
            at
        ));
    }
    let json = format!("[{}]", ndjson.trim_end().replace('\n', ","));
    let csv = csv.replace(",\r\n", ",x\r\n");
    let csv = csv.get(..csv.find("\r\n6300,").unwrap()).unwrap();
    for (format, file) in [
        (Format::Csv, csv),
        (Format::Ndjson, &ndjson),
        (Format::Json, &json),
    ] {
        let whole = import_in_pieces(format, [file.as_bytes()]);
        assert!(
            whole
                .as_ref()
                .is_ok_and(|parsed| parsed.rows > 5000 && parsed.skipped == 0),
            "{whole:?}"
        );
        for size in [5, 100, 4096, 65_535] {
            assert_eq!(
                shown(&import_in_pieces(format, file.as_bytes().chunks(size))),
                shown(&whole)
            );
        }
    }
}

/// Widening at the end of a file gives back what was read as numbers.
#[test]
fn late_text_does_not_change_earlier_cells() {
    let cells = [
        "1.50",
        "-0.0",
        "1e5",
        "+7",
        "12",
        "0.1",
        "100000000000000000000000.1",
        ".5",
    ];
    let mut file = "time,v\n".to_owned();
    for at in 0..4000 {
        file.push_str(&format!("1990,{}\n", cells[at % cells.len()]));
    }
    file.push_str("1990,rain\n");
    let parsed = csv(&[], &file).unwrap();
    for at in 0..4000 {
        assert_eq!(
            parsed.table.columns[0].value(at),
            crate::domain::Value::Text(cells[at % cells.len()].to_owned())
        );
    }
}

/// Xorshift, so that a failure can be had again.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}

#[test]
fn mutated_files_never_panic_and_give_whole_tables() {
    let pieces: [&[u8]; 24] = [
        b"\"",
        b",",
        b"\n",
        b"\r",
        b"\r\n",
        b"{",
        b"}",
        b"[",
        b"]",
        b"\\",
        b":",
        b"\0",
        b"\xff",
        "é".as_bytes(),
        b"1e999",
        b"NaN",
        b"-",
        b"99999999999999999999",
        b"2023-02-30",
        b"\"\"",
        b";",
        b"null",
        b"id",
        b"\xef\xbb\xbf",
    ];
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut good = 0;
    for round in 0..4000 {
        let (format, file) = FILES[round % FILES.len()];
        let mut file = file.as_bytes().to_vec();
        for _ in 0..=random.below(6) {
            let at = random.below(file.len());
            match random.below(4) {
                0 => drop(file.splice(at..at, pieces[random.below(pieces.len())].iter().copied())),
                1 => drop(file.drain(at..(at + random.below(9)).min(file.len()))),
                2 => file.truncate(at),
                _ => {
                    let copied = file[at..(at + random.below(60)).min(file.len())].to_vec();
                    drop(file.splice(at..at, copied));
                }
            }
        }
        // Any format may be claimed for any file.
        let format = if round % 7 == 0 {
            [Format::Csv, Format::Ndjson, Format::Json][random.below(3)]
        } else {
            format
        };
        let cut = random.below(file.len());
        let outcome = import_in_pieces(format, [&file[..cut], &file[cut..]]);
        assert_eq!(
            shown(&outcome),
            shown(&import_in_pieces(format, [file.as_slice()])),
            "{:?}",
            String::from_utf8_lossy(&file)
        );
        match outcome {
            Ok(parsed) => {
                good += 1;
                assert!(
                    parsed
                        .table
                        .columns
                        .iter()
                        .all(|column| column.len() == parsed.table.len())
                );
                assert_eq!(parsed.fields.len(), parsed.table.columns.len());
                assert!(
                    parsed
                        .fields
                        .iter()
                        .zip(&parsed.table.columns)
                        .all(|(field, column)| field.kind == column.kind())
                );
            }
            Err(Failure::Invalid { faults, total }) => {
                assert!(!faults.is_empty() && total >= faults.len() as u64)
            }
            Err(Failure::TooManyRows { .. }) => panic!(),
        }
    }
    assert!(good > 500, "{good}");
}
