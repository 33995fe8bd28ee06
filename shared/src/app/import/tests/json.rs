//! JSON and NDJSON files.

use super::*;

const EXPECTED: [&str; 3] = [
    "v:number | sky:text | dry:boolean",
    "2012-01-01 | 1.5 | rain | false",
    "2012-01-02 | . | . | true",
];

#[test]
fn every_frame_gives_the_same_table() {
    let first = r#"{"time":"2012-01-01","v":1.50,"sky":"ra\u0069n","dry":false}"#;
    let second = r#"{"dry":true, "time":"2012-01-02T00:00:00Z", "v":null}"#;
    for file in [
        format!("[{first},{second}]"),
        format!("\u{feff} [\n {first} ,\r\n{second}\n]\n"),
        format!("{{\"points\":[{first},{second}],\"truncated\":false,\"next\":null}}"),
        format!(
            "{{\"name\":\"a]}}\",\"x\":{{\"y\":[{{}}]}},\"z\":[1,\"]\"],\"animals\": [ {first},{second}], \"w\":[\"}}\"]}}"
        ),
    ] {
        assert_lines(import(Format::Json, &[], file.as_bytes()), &EXPECTED);
    }
    for file in [
        format!("{first}\n{second}\n"),
        format!("\u{feff}{first}\r\n\r\n{second}"),
    ] {
        assert_lines(import(Format::Ndjson, &[], file.as_bytes()), &EXPECTED);
    }
    let alone = br#"{"time":"1990","v":1}"#;
    assert_lines(
        import(Format::Json, &[], alone),
        &["v:integer", "1990-01-01 | 1"],
    );
}

#[test]
fn values_have_the_types_that_json_gives_them() {
    for (values, kind, expected) in [
        (r#"1 2 null"#, "integer", "1 2 ."),
        (r#"1 2.0"#, "number", "1.0 2.0"),
        (r#""1" "2""#, "text", "1 2"),
        (r#"1.50 "x" true"#, "text", "1.50 x true"),
        (r#"true false"#, "boolean", "true false"),
        (r#""true" "false""#, "text", "true false"),
        (r#"true "false""#, "text", "true false"),
        (
            r#"0.1 0.30000000000000004"#,
            "number",
            "0.1 0.30000000000000004",
        ),
        (
            r#"12345678901234567890 1"#,
            "text",
            "12345678901234567890 1",
        ),
        (r#""NA" "-""#, "text", "NA -"),
        (r#"null null"#, "number", ". ."),
    ] {
        let row = |(at, value)| format!("{{\"time\":\"{}\",\"v\":{value}}}\n", 1990 + at);
        let file: String = values.split(' ').enumerate().map(row).collect();
        let parsed = import(Format::Ndjson, &[], file.as_bytes()).expect(values);
        let found = lines(&parsed);
        assert_eq!(found[0], format!("v:{kind}"), "{values}");
        let values: Vec<&str> = found
            .iter()
            .skip(1)
            .map(|line| line.split(" | ").nth(1).unwrap())
            .collect();
        assert_eq!(values.join(" "), expected);
    }
}

#[test]
fn options_hold_for_json_too() {
    let file =
        br#"[{"y":2010,"m":1,"id":3,"a":-9.99,"b":"NA"},{"y":2010,"m":2,"a":7,"c":[1],"id":4}]"#;
    let parameters = [
        ("time", "y,m"),
        ("rename", "id:number"),
        ("missing", "-9.99,NA"),
        ("skip", "c"),
        ("types", "b:text"),
    ];
    let parsed = assert_lines(
        import(Format::Json, &parameters, file),
        &[
            "number:integer | a:integer | b:text",
            "2010-01-01 | 3 | . | .",
            "2010-02-01 | 4 | 7 | .",
        ],
    );
    assert_eq!(parsed.time.columns, ["y", "m"]);
    let late = br#"[{"ts":1700000000,"a":1},{"ts":1700000000.5,"b":"x"}]"#;
    assert_lines(
        import(Format::Json, &[], late),
        &[
            "a:integer | b:text",
            "2023-11-14T22:13:20Z | 1 | .",
            "2023-11-14T22:13:20.500Z | . | x",
        ],
    );
    assert_faults(
        import(
            Format::Json,
            &[("skip", "cc")],
            br#"[{"time":"1990","c":1}]"#,
        ),
        &["skip: unknown column `cc`"],
    );
}

#[test]
fn keys_may_appear_late_and_vanish() {
    let mut file = String::new();
    for at in 0..2000 {
        let late = if at >= 1500 { r#","late":"x""# } else { "" };
        file.push_str(&format!(
            "{{\"time\":\"{}\",\"v\":{at}{late}}}\n",
            1900 + at % 100
        ));
    }
    let parsed = import(Format::Ndjson, &[], file.as_bytes()).unwrap();
    let found = lines(&parsed);
    assert_eq!(
        (found[0].as_str(), found[1500].as_str()),
        ("v:integer | late:text", "1999-01-01 | 1499 | .")
    );
    assert_eq!(found[1501], "1900-01-01 | 1500 | x");
}

#[test]
fn malformed_json_is_refused_with_its_place() {
    for (file, expected) in [
        ("", "file: the file is empty"),
        (" \n", "file: the file is empty"),
        ("[]", "file: has no rows"),
        ("{\"points\":[]}", "file: has no rows"),
        ("17", "begins with neither"),
        ("[17]", "element 1: a row must be an object"),
        (
            "[{\"time\":\"1990\",\"v\":1},[2]]",
            "element 2: a row must be an object",
        ),
        ("[{\"time\":\"1990\",\"v\":1}", "ends in the middle"),
        ("[{\"time\":\"1990\",\"v\":1},", "ends in the middle"),
        (
            "[{\"time\":\"1990\",\"v\":1},]",
            "element 2: a row must be an object",
        ),
        (
            "[{\"time\":\"1990\",\"v\":1} {\"time\":\"1990\"}]",
            "element 1: after it `,` or `]` is expected",
        ),
        ("[{\"time\":\"1990\",\"v\":1}] x", "something after the end"),
        (
            "[{\"time\":\"1990\",\"v\":NaN}]",
            "element 1: malformed JSON at character 20",
        ),
        (
            "[{\"time\":\"1990\",\"v\":1,}]",
            "element 1: malformed JSON at character 22",
        ),
        (
            "{\"points\":[{\"time\":\"1990\",\"v\":1}]",
            "ends in the middle",
        ),
        (
            "[{\"time\":\"1990\",\"v\":1,\"id\":7}]",
            "?rename=id:number",
        ),
        (
            "[{\"a\":\"1990\",\"v\":1},{\"v\":2}]",
            "no column could be recognised",
        ),
    ] {
        assert_faults(import(Format::Json, &[], file.as_bytes()), &[expected]);
    }
}

#[test]
fn bad_rows_are_told_or_skipped() {
    let file = concat!(
        "{\"time\":\"1990\",\"v\":1}\n",
        "{\"time\":\"1991\",\"v\":}\n",
        "nonsense\n",
        "{\"time\":\"1992\",\"v\":{\"x\":1}}\n",
        "{\"v\":3}\n",
        "{\"time\":\"1993\",\"v\":1,\"v\":2}\n",
        "{\"time\":true,\"v\":1}\n",
        "[1]\n",
        "{\"time\":\"1994\",\"v\":1e999}\n",
        "{\"time\":\"1995\",\"v\":5}\n",
    );
    let expected = [
        "line 2: malformed JSON at character 20",
        "line 3: malformed JSON at character 1",
        "line 4, column \"v\": is an object or an array",
        "line 5, column \"time\": the time is missing",
        "line 6, column \"v\": occurs twice",
        "line 7, column \"time\": `true` is not a time",
        "line 8: malformed JSON at character 1",
        "line 9, column \"v\": `1e999` is not a finite number",
    ];
    assert_faults(import(Format::Ndjson, &[], file.as_bytes()), &expected);
    let parsed = assert_lines(
        import(Format::Ndjson, &[("on_error", "skip")], file.as_bytes()),
        &["v:integer", "1990-01-01 | 1", "1995-01-01 | 5"],
    );
    assert_eq!((parsed.skipped, parsed.faults.len()), (8, 8));
    let array = br#"[{"time":"1990","v":1},{"time":"1992-13","v":2}]"#;
    assert_faults(
        import(Format::Json, &[], array),
        &["element 2, column \"time\": `1992-13` is not a time"],
    );
}

#[test]
fn a_row_without_an_end_is_refused_before_it_fills_the_memory() {
    for start in ["[{\"time\":\"", "{\"a\":\"", "{\"a\":{"] {
        let file = format!("{start}{}", "x".repeat(2 << 20));
        assert!(
            matches!(
                import(Format::Json, &[], file.as_bytes()),
                Err(Failure::Invalid { .. })
            ),
            "{start}"
        );
        assert!(
            matches!(
                import(Format::Ndjson, &[], file.as_bytes()),
                Err(Failure::Invalid { .. })
            ),
            "{start}"
        );
    }
}
