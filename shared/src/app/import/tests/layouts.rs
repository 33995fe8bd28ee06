//! Layouts and notations of files that are not plain tables.

use super::*;

#[test]
fn what_is_not_the_table_is_left_out() {
    let expected = ["v:integer", "2020-01-01 | 1", "2020-02-01 | 2"];
    for (parameters, file) in [
        (&[][..], "sep=;\nmonth;v\n2020-01;1\n2020-02;2\n"),
        (
            &[],
            "\u{feff}\"sep=,\"\r\nmonth,v\r\n2020-01,1\r\n2020-02,2\r\n",
        ),
        (&[], "A title: of it all\nmonth,v\n2020-01,1\n2020-02,2\n"),
        (&[], "Title\nSource\n\nmonth,v\n2020-01,1\n2020-02,2\n"),
        (
            &[],
            "lat,lon,height\n1,2,3\n\nmonth,v\n2020-01,1\n2020-02,2\n2020-03,\n2020-03,\n2020-03,\n",
        ),
        (
            &[("skip_lines", "2")],
            "month,x,y\n5,6,7\nmonth,v\n2020-01,1\n2020-02,2\n",
        ),
        (
            &[("comment", "%")],
            "% one\nmonth,v\n2020-01,1\n% two\n2020-02,2\n%",
        ),
        (
            &[("comment", "#")],
            "# one\n#\nmonth,v\n2020-01,1\n# two\n2020-02,2\n",
        ),
        (
            &[("delimiter", "spaces")],
            "  month   v\n2020-01  1 \n2020-02\t2\n",
        ),
        (
            &[("delimiter", "spaces")],
            "# by hand\nmonth \"v\"\n\"2020-01\" 1\n2020-02 2\n",
        ),
    ] {
        let parsed = csv(parameters, file).expect(file);
        let found = lines(&parsed);
        assert_eq!(found[..3], expected, "{file}");
        let is_noted = file.starts_with(['A', 'T', 'l']);
        assert_eq!(
            parsed.notes.iter().any(|note| note.contains("left out")),
            is_noted,
            "{file}"
        );
    }
    let buoy = "#YY MM DD hh WD\n#yr mo dy hr m\n2020 01 31 06 15\n";
    let parsed = assert_lines(
        csv(&[("delimiter", "spaces")], buoy),
        &["WD:integer", "2020-01-31T06:00:00Z | 15"],
    );
    assert!(parsed.notes[0].contains("comment"), "{:?}", parsed.notes);
    assert_faults(
        csv(
            &[],
            "month,v\n2020-01,1\n2020-02,1\n# a comment in the middle\n",
        ),
        &["line 4: has 1 cell where the header has 2"],
    );
    let parsed = csv(&[("skip_lines", "1")], "x\nmonth,v\n2020-01,1\n2020-13,2\n");
    assert_faults(parsed, &["line 4, column \"month\": `2020-13`"]);
}

#[test]
fn other_encodings_are_read() {
    let text = "time,Größe €\n1990,„1”\n1991,ü\n";
    let expected = ["Größe €:text", "1990-01-01 | „1”", "1991-01-01 | ü"];
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe".to_vec(), little.clone()].concat();
    let latin: Vec<u8> = text
        .chars()
        .map(|each| match each {
            '€' => 0x80,
            '„' => 0x84,
            '”' => 0x94,
            each => each as u8,
        })
        .collect();
    assert_lines(
        import(Format::Csv, &[("encoding", "utf-16")], &little),
        &expected,
    );
    let parsed = assert_lines(import(Format::Csv, &[], &marked), &expected);
    assert!(parsed.notes[0].contains("UTF-16"));
    assert_lines(
        import(Format::Csv, &[("encoding", "windows-1252")], &latin),
        &expected,
    );
    assert_faults(
        import(Format::Csv, &[], &latin),
        &[
            "line 1: has bytes that are not UTF-8: save the file as UTF-8, or name its encoding, such as `?encoding=windows-1252`",
        ],
    );
    let json: Vec<u8> = "[{\"time\":\"1990\",\"é\":1}]"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert_lines(
        import(Format::Json, &[("encoding", "utf-16")], &json),
        &["é:integer", "1990-01-01 | 1"],
    );
    assert_faults(
        import(Format::Csv, &[("encoding", "utf-16")], b"a\0b"),
        &["UTF-16"],
    );
}

#[test]
fn numbers_of_other_notations_are_read() {
    for (parameters, cells, expected) in [
        (
            &[("thousands", ",")][..],
            &["\"1,234\"", "\"12,345\"", "999"][..],
            "v:integer 1234 12345 999",
        ),
        (
            &[("thousands", ",")],
            &["\"1,234.5\"", "-2"],
            "v:number 1234.5 -2.0",
        ),
        (
            &[("thousands", ",")],
            &["\"1,234\"", "\"x,y\""],
            "v:text 1,234 x,y",
        ),
        (
            &[("thousands", "space")],
            &["1 234", "1\u{a0}234"],
            "v:integer 1234 1234",
        ),
        (&[("thousands", "'")], &["1'234'567"], "v:integer 1234567"),
        (
            &[("decimal", ","), ("thousands", ".")],
            &["\"1.234,56\"", "\"0,5\""],
            "v:number 1234.56 0.5",
        ),
    ] {
        let rows: Vec<String> = cells.iter().map(|cell| format!("1990,{cell}\n")).collect();
        let mut parameters = parameters.to_vec();
        parameters.push((
            "delimiter",
            if parameters.contains(&("decimal", ",")) {
                ";"
            } else {
                ","
            },
        ));
        let file = format!("time,v\n{}", rows.concat());
        let file = match parameters.contains(&("decimal", ",")) {
            true => file.replace("1990,", "1990;").replace("time,", "time;"),
            false => file,
        };
        let found = lines(&csv(&parameters, &file).expect(&file));
        let values: Vec<&str> = found
            .iter()
            .map(|line| line.split(" | ").last().unwrap())
            .collect();
        assert_eq!(values.join(" "), expected, "{file}");
    }
    assert_faults(
        csv(&[("types", "v:number")], "time,v\n1990,\"1,234\"\n"),
        &[
            "`1,234` is not a number; `?thousands=,` reads it as grouped by thousands or `?decimal=,`",
        ],
    );
}

#[test]
fn columns_that_were_close_to_numbers_are_noted() {
    for (cells, kind, parts) in [
        (
            &["1E5", "2E3"][..],
            "text",
            &["`code`", "?types=code:number"][..],
        ),
        (&["1E5", "12"], "text", &["?types=code:number"]),
        (&["1.0E5", "2E3"], "number", &[]),
        (&["1e-5", "2e3"], "number", &[]),
        (&["1e5", "a3f"], "text", &[]),
        (&["123456", "2e3456", "1"], "text", &["`2e3456`"]),
        (
            &["740245381351497730", "740245381351497731.0"],
            "text",
            &["2"],
        ),
        (&["+4930123456", "+4930123457"], "text", &[]),
        (&["-007", "12"], "text", &["`-007`"]),
        (
            &["1", "2", "M", "3"],
            "text",
            &["1 of 4 values", "?missing=M`"],
        ),
        (&["1.5", "2", ".", "3"], "text", &["?missing=.`"]),
        (&["$0.15", "$0.12"], "text", &[]),
        (&["1", "NaN", "nan", "#N/A", ""], "integer", &[]),
    ] {
        let rows: Vec<String> = cells
            .iter()
            .map(|cell| format!("1990,{cell},x\n"))
            .collect();
        let parsed = csv(&[], &format!("time,code,w\n{}", rows.concat())).expect("a good file");
        assert_eq!(parsed.fields[0].kind.name(), kind, "{cells:?}");
        let notes = parsed.notes.join("\n");
        assert_eq!(notes.is_empty(), parts.is_empty(), "{cells:?}: {notes}");
        assert!(
            parts.iter().all(|part| notes.contains(part)),
            "{cells:?}: {notes}"
        );
    }
    let parsed = csv(&[], "time,a,b\n1990,1,\n1991,NA,x\n1992,,x\n").unwrap();
    let missing: Vec<(&str, u64)> = parsed
        .missing
        .iter()
        .map(|(name, count)| (name.as_str(), *count))
        .collect();
    assert_eq!(missing, [("a", 2), ("b", 1)]);
    // The words that are missing by default come along when a column has them too.
    let parsed = csv(&[], "time,a\n1990,1\n1991,NA\n1992,2\n1993,M\n").unwrap();
    assert!(
        parsed.notes[0].contains("?missing=M,NA`"),
        "{:?}",
        parsed.notes
    );
}

#[test]
fn names_that_occur_twice_get_numbers() {
    let parsed = assert_lines(
        csv(&[], "time,QF,temp,QF,QF_2,QF\n1990,1,2,3,4,5\n"),
        &[
            "QF:integer | temp:integer | QF_3:integer | QF_2:integer | QF_4:integer",
            "1990-01-01 | 1 | 2 | 3 | 4 | 5",
        ],
    );
    assert!(parsed.notes[0].contains("`QF`") && parsed.notes[0].contains("`QF_3`"));
    assert_lines(
        csv(&[("skip", "QF_2")], "time,QF,QF\n1990,1,3\n"),
        &["QF:integer", "1990-01-01 | 1"],
    );
}

#[test]
fn names_that_are_times_become_rows() {
    assert_lines(
        csv(
            &[("unpivot", "value"), ("skip", "Code")],
            "\"Data Source\",\"World\",\n\nCountry Name,Code,1960,1961,1962,\nAruba,ABW,1,,3,\nAngola,AGO,4,5,6,\n",
        ),
        &[
            "Country Name:text | value:integer",
            "1960-01-01 | Aruba | 1",
            "1962-01-01 | Aruba | 3",
            "1960-01-01 | Angola | 4",
            "1961-01-01 | Angola | 5",
            "1962-01-01 | Angola | 6",
        ],
    );
    let table = "Land-Ocean: Global Means\nYear,Jan,Feb,Mar,J-D\n1880,-.20,-.25,-.09,1\n1881,-.19,-.14,***,2\n";
    let parsed = assert_lines(
        csv(&[("unpivot", "anomaly"), ("missing", "***")], table),
        &[
            "J-D:integer | anomaly:number",
            "1880-01-01 | 1 | -0.2",
            "1880-02-01 | 1 | -0.25",
            "1880-03-01 | 1 | -0.09",
            "1881-01-01 | 2 | -0.19",
            "1881-02-01 | 2 | -0.14",
        ],
    );
    assert_eq!(parsed.time.form, "year + month");
    assert!(
        parsed
            .notes
            .iter()
            .any(|note| note.contains("1 empty cell under")),
        "{:?}",
        parsed.notes
    );
    assert_faults(csv(&[], table), &["`?unpivot=value`"]);
    assert_faults(
        csv(&[], "Country,1960,1961,1962\nAruba,1,2,3\n"),
        &["`?unpivot=value`"],
    );
    assert_faults(
        csv(&[("unpivot", "v")], "time,a\n1990,1\n"),
        &["unpivot: no column has a name"],
    );
    assert_lines(
        csv(
            &[("unpivot", "v"), ("time_format", "%m.%Y")],
            "a,01.2000,02.2000\nb,5,6\n",
        ),
        &[
            "a:text | v:integer",
            "2000-01-01 | b | 5",
            "2000-02-01 | b | 6",
        ],
    );
}

#[test]
fn json_numbers_in_texts_are_read_where_the_type_says_so() {
    let file = br#"[{"date":"2020-01-01","n":"12","r":"1.5","zip":"02134"},{"date":"2020-01-02","n":"13","r":"1e3","zip":"10001"}]"#;
    assert_lines(
        import(Format::Json, &[("types", "n:integer,r:number")], file),
        &[
            "n:integer | r:number | zip:text",
            "2020-01-01 | 12 | 1.5 | 02134",
            "2020-01-02 | 13 | 1000.0 | 10001",
        ],
    );
    let parsed = import(Format::Json, &[], file).unwrap();
    assert_eq!(parsed.fields[0].kind.name(), "text");
    assert!(
        parsed
            .notes
            .iter()
            .any(|note| note.contains("?types=n:number")),
        "{:?}",
        parsed.notes
    );
}
