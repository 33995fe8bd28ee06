//! Records of every delimiter, quote and line end.

use super::*;

fn split(text: &str, delimiter: u8) -> Vec<(u64, Vec<String>)> {
    split_with(Records::new(Delimiter::Byte(delimiter), None, 1), text)
}

fn split_with(mut records: Records, text: &str) -> Vec<(u64, Vec<String>)> {
    let (mut data, mut found) = (text.as_bytes(), Vec::new());
    loop {
        let bytes = match records.step(data, true) {
            Step::Record { bytes, line } => {
                found.push((line, records.record(data).lossy_cells()));
                bytes
            }
            Step::Blank { bytes } => bytes,
            Step::More => return found,
            other => panic!("{other:?}"),
        };
        data = &data[bytes..];
    }
}

#[test]
fn records_are_split_whatever_their_quotes_and_line_ends() {
    for (text, expected) in [
        ("a,b\n1,2", vec![(1, vec!["a", "b"]), (2, vec!["1", "2"])]),
        (
            "a,b\r\n\r\n1,2\r\n",
            vec![(1, vec!["a", "b"]), (3, vec!["1", "2"])],
        ),
        ("a,b\r1,2\r", vec![(1, vec!["a", "b"]), (2, vec!["1", "2"])]),
        (
            "\"a\n\r\nx\",b\r\n1,2\n",
            vec![(1, vec!["a\n\r\nx", "b"]), (4, vec!["1", "2"])],
        ),
        (
            "\"a\"\r\n\"b\"\r\"c\"",
            vec![(1, vec!["a"]), (2, vec!["b"]), (3, vec!["c"])],
        ),
        (
            "\"say \"\"hi\"\"\",5\" pipe,\"\"\n,,\n",
            vec![
                (1, vec!["say \"hi\"", "5\" pipe", ""]),
                (2, vec!["", "", ""]),
            ],
        ),
        ("", vec![]),
        ("\n\r\n\r", vec![]),
        ("é,ß\n", vec![(1, vec!["é", "ß"])]),
    ] {
        let owned = |(line, cells): &(u64, Vec<&str>)| {
            (*line, cells.iter().map(|cell| (*cell).to_owned()).collect())
        };
        let expected: Vec<(u64, Vec<String>)> = expected.iter().map(owned).collect();
        assert_eq!(split(text, b','), expected, "{text:?}");
        assert_eq!(split(&text.replace(',', "\t"), b'\t'), expected, "{text:?}");
    }
}

#[test]
fn blanks_separate_cells_and_comments_are_passed_over() {
    let records = Records::new(Delimiter::Spaces, Some(b'#'), 1);
    let found = split_with(
        records,
        "# a b\n  2020   1\t5 \r\n#x\n   \n\"a b\" c\"d\n1 \"x",
    );
    let expected = [
        (2, vec!["2020", "1", "5"]),
        (5, vec!["a b", "c\"d"]),
        (6, vec!["1", "\"x"]),
    ];
    let owned = |(line, cells): (u64, Vec<&str>)| {
        (
            line,
            cells.into_iter().map(str::to_owned).collect::<Vec<_>>(),
        )
    };
    assert_eq!(found, expected.map(owned));
    let records = Records::new(Delimiter::Byte(b','), Some(b'%'), 1);
    assert_eq!(split_with(records, "%\na,%b\n% c").len(), 1);
}

#[test]
fn cells_know_their_quotes() {
    for (text, expected) in [
        ("\"a\",b,\"\"\n", vec![true, false, true]),
        (
            "a \"b\",\"x,\"\"y\n\"\"\",,\"\"",
            vec![false, true, false, true],
        ),
        ("\"a\"b,c\r\n", vec![true, false]),
    ] {
        let mut records = Records::new(Delimiter::Byte(b','), None, 1);
        assert!(matches!(
            records.step(text.as_bytes(), true),
            Step::Record { .. }
        ));
        let record = records.record(text.as_bytes());
        let quoted: Vec<bool> = (0..record.len())
            .map(|cell| record.is_quoted(cell))
            .collect();
        assert_eq!(quoted, expected, "{text:?}");
    }
}

#[test]
fn what_is_no_record_is_told() {
    let step = |data: &[u8], last| Records::new(Delimiter::Byte(b','), None, 1).step(data, last);
    assert_eq!(step(b"a,b", false), Step::More);
    assert_eq!(step(b"a,b\r", false), Step::More);
    assert_eq!(step(b"\"a,b\r", false), Step::More);
    assert_eq!(step(b"\"a\"\r", false), Step::More);
    assert_eq!(step(b"a,\0b\n", false), Step::Binary { line: 1 });
    assert_eq!(step(b"\"\0\"\n", false), Step::Binary { line: 1 });
    assert_eq!(
        step(&vec![b'x'; MAX_RECORD + 1], false),
        Step::TooLong { line: 1 }
    );
    assert_eq!(
        step(&[b"\"", vec![b'x'; MAX_RECORD].as_slice()].concat(), true),
        Step::TooLong { line: 1 }
    );
    assert_eq!(
        step(&vec![b','; MAX_CELLS], true),
        Step::TooLong { line: 1 }
    );
}
