//! CSV files: layout, types, missing values, faults.

use super::*;

/// First and last lines of monthly CO2 at Mauna Loa (NOAA GML), whose rows have a cell more than the header.
const CO2: &str = "Date,Decimal Date,Average,Interpolated,Trend,Number of Days
1958-03,1958.2027,315.71,314.44,-01,-9.99,-0.99
1958-04,1958.2877,317.45,315.16,-01,-9.99,-0.99
2026-05,2026.3750,432.34,429.10,17,0.68,0.31
2026-06,2026.4583,431.44,429.06,19,0.35,0.15
";
/// Hourly PM2.5 in Beijing (UCI).
const BEIJING: &str = "No,year,month,day,hour,pm2.5,DEWP,TEMP,PRES,cbwd,Iws,Is,Ir\r
1,2010,1,1,0,NA,-21,-11,1021,NW,1.79,0,0\r
2,2010,1,1,1,NA,-21,-12,1020,NW,4.92,0,0\r
43824,2014,12,31,23,12,-21,-3,1034,NW,249.85,0,0";
/// Daily weather in Seattle (NOAA).
const SEATTLE: &str = "date,precipitation,temp_max,temp_min,wind,weather
2012-01-01,0.0,12.8,5.0,4.7,drizzle
2012-01-02,10.9,10.6,2.8,4.5,rain
2015-12-31,0.0,5.6,-2.1,3.5,sun
";

#[test]
fn the_three_real_files_are_read() {
    assert_faults(csv(&[], CO2), &["has 7 cells where the header has 6"; 4]);
    let missing = [
        ("skip_lines", "1"),
        ("header", "false"),
        ("missing", "-9.99,-0.99"),
        ("types", "column_5:integer"),
    ];
    let co2 = assert_lines(
        csv(&missing, CO2),
        &[
            "column_2:number | column_3:number | column_4:number | column_5:integer | column_6:number | column_7:number",
            "1958-03-01 | 1958.2027 | 315.71 | 314.44 | -1 | . | .",
            "1958-04-01 | 1958.2877 | 317.45 | 315.16 | -1 | . | .",
            "2026-05-01 | 2026.375 | 432.34 | 429.1 | 17 | 0.68 | 0.31",
            "2026-06-01 | 2026.4583 | 431.44 | 429.06 | 19 | 0.35 | 0.15",
        ],
    );
    assert_eq!(co2.time.columns, ["column_1"]);
    assert_eq!(
        (co2.time.form.as_str(), co2.time.resolution),
        ("calendar", "month")
    );
    let expected = [
        "pm2.5:integer | TEMP:integer | cbwd:text | Iws:number",
        "2010-01-01 | . | -11 | NW | 1.79",
        "2010-01-01T01:00:00Z | . | -12 | NW | 4.92",
        "2014-12-31T23:00:00Z | 12 | -3 | NW | 249.85",
    ];
    let skip = ("skip", "No,DEWP,PRES,Is,Ir");
    let parsed = assert_lines(
        csv(&[("time", "year,month,day,hour"), skip], BEIJING),
        &expected,
    );
    assert_eq!(parsed.time.columns, ["year", "month", "day", "hour"]);
    assert_lines(csv(&[skip], BEIJING), &expected);
    assert_lines(
        csv(&[], SEATTLE),
        &[
            "precipitation:number | temp_max:number | temp_min:number | wind:number | weather:text",
            "2012-01-01 | 0.0 | 12.8 | 5.0 | 4.7 | drizzle",
            "2012-01-02 | 10.9 | 10.6 | 2.8 | 4.5 | rain",
            "2015-12-31 | 0.0 | 5.6 | -2.1 | 3.5 | sun",
        ],
    );
}

#[test]
fn every_layout_gives_the_same_table() {
    let expected = [
        "temp (°C):number | sky:text",
        "2012-01-01 | 1.5 | rain",
        "2012-01-02 | -2.0 | sun",
    ];
    for (parameters, file) in [
        (
            &[][..],
            "date,temp (°C),sky\n2012-01-01,1.5,rain\n2012-01-02,-2.0,sun\n",
        ),
        (
            &[],
            "\u{feff}date,temp (°C),sky\r\n2012-01-01,1.5,rain\r\n2012-01-02,-2.0,sun",
        ),
        (
            &[],
            "date,temp (°C),sky\r2012-01-01,1.5,rain\r2012-01-02,-2.0,sun\r",
        ),
        (
            &[],
            "\n\ndate\ttemp (°C)\tsky\n2012-01-01\t1.5\train\n\n2012-01-02\t-2.0\tsun\n\n\n",
        ),
        (
            &[],
            "date;temp (°C);sky\n2012-01-01;1.5;rain\n2012-01-02;-2.0;sun\n",
        ),
        (
            &[("decimal", ",")],
            "date;temp (°C);sky\n2012-01-01;1,5;rain\n2012-01-02;-2,0;sun\n",
        ),
        (
            &[("decimal", ",")],
            "\"date\",\"temp (°C)\",\"sky\"\n\"2012-01-01\",\"1,5\",\"rain\"\n2012-01-02,\"-2,0\",sun\n",
        ),
        (
            &[],
            "date|temp (°C)|sky\n2012-01-01|1.5|rain\n2012-01-02|-2.0|sun\n",
        ),
        (
            &[("delimiter", ":"), ("time", "date")],
            "date:temp (°C):sky\n2012-01-01:1.5:rain\n2012-01-02:-2.0:sun\n",
        ),
        (
            &[],
            "# by NOAA, 2012\n#\ndate,temp (°C),sky\n2012-01-01,1.5,rain\n2012-01-02,-2.0,sun\n",
        ),
        (
            &[],
            " date , temp (°C), sky\n2012-01-01, 1.5, rain\n2012-01-02, -2.0, sun\n",
        ),
        (
            &[],
            "date,temp (°C),sky,\n2012-01-01,1.5,rain,\n2012-01-02,-2.0,sun,\n",
        ),
        (
            &[],
            "date,temp (°C),sky,,\n2012-01-01,1.5,rain\n2012-01-02,-2.0,sun\n",
        ),
        (
            &[],
            "date,temp (°C),sky\n2012-01-01,1.5,rain,\n2012-01-02,-2.0,sun,, \n,,,\n",
        ),
        (
            &[],
            ",,\ndate,temp (°C),sky\n2012-01-01,1.5,rain\n,,\n2012-01-02,-2.0,sun\n,,\n",
        ),
        (
            &[("rename", "t:temp (°C)"), ("rename", "b: sky")],
            "date,t,b\n2012/01/01,1.5,rain\n2012/01/02,-2.0,sun\n",
        ),
        (
            &[("skip", "id,x")],
            "id,x,date,temp (°C),sky\n1,7,2012-01-01,1.5,rain\n2,8,2012-01-02,-2.0,sun\n",
        ),
        (
            &[("skip", "a,b"), ("skip", "c")],
            "\"a,b\",date,temp (°C),sky,c\n1,2012-01-01,1.5,rain,\n2,2012-01-02,-2.0,sun,\n",
        ),
        (
            &[("tz", "+01:00")],
            "date,temp (°C),sky\n2012-01-01 01:00,1.5,rain\n2012-01-02T00:00Z,-2.0,sun\n",
        ),
        (
            &[("time_format", "%d.%m.%Y")],
            "date,temp (°C),sky\n01.01.2012,1.5,rain\n02.01.2012,-2.0,sun\n",
        ),
        (
            &[
                ("header", "false"),
                ("rename", "column_2:temp (°C)"),
                ("rename", "column_3:sky"),
            ],
            "2012-01-01,1.5,rain\n2012-01-02,-2.0,sun\n",
        ),
    ] {
        assert_lines(csv(parameters, file), &expected);
    }
}

#[test]
fn cells_keep_their_quotes_lines_and_spaces() {
    assert_lines(
        csv(
            &[],
            "time,\"a\"\"b\",\"c\r\n d\"\n1990,\"x, \"\"y\"\"\nz\", p \n1991,5\" pipe,\"\"\n",
        ),
        &[
            "a\"b:text | c d:text",
            "1990-01-01 | x, \"y\"\nz |  p ",
            "1991-01-01 | 5\" pipe | ",
        ],
    );
}

#[test]
fn columns_without_names_are_called_by_their_position() {
    let parsed = assert_lines(
        csv(&[], ",date,v,\n0,2012-01-01,1,\n1,2012-01-02,2,\n"),
        &[
            "column_1:integer | v:integer",
            "2012-01-01 | 0 | 1",
            "2012-01-02 | 1 | 2",
        ],
    );
    assert_eq!(parsed.notes.len(), 1);
    let parsed = assert_lines(
        csv(&[], "2012-01-01,1\n2012-01-02,2\n"),
        &["column_2:integer", "2012-01-01 | 1", "2012-01-02 | 2"],
    );
    assert!(parsed.notes[0].contains("?header=true"));
}

#[test]
fn types_are_told_from_the_whole_column() {
    for (cells, kind, expected) in [
        ("1 2 -3", "integer", "1 2 -3"),
        ("1 . 2", "integer", "1 . 2"),
        ("1 2.5 3", "number", "1.0 2.5 3.0"),
        ("1 1e3 -0", "text", "1 1e3 -0"),
        ("1.0 1e3 -0", "number", "1.0 1000.0 -0.0"),
        ("1.50 2 NA+", "text", "1.50 2 NA+"),
        (
            "+1 1e5 .5 5. -0.0 1.10 x",
            "text",
            "+1 1e5 .5 5. -0.0 1.10 x",
        ),
        ("007 12", "text", "007 12"),
        ("12 007", "text", "12 007"),
        ("-01 5", "text", "-01 5"),
        ("+3 5", "integer", "3 5"),
        ("0 0.5", "number", "0.0 0.5"),
        ("9007199254740991 1", "integer", "9007199254740991 1"),
        ("9007199254740993 1", "text", "9007199254740993 1"),
        ("9007199254740993 0.5", "text", "9007199254740993 0.5"),
        ("true FALSE . True", "boolean", "true false . true"),
        ("true 1", "text", "true 1"),
        ("true maybe", "text", "true maybe"),
        ("NA - null N/A", "number", ". . . ."),
        ("NaN 1 #N/A nan", "integer", ". 1 . ."),
        ("NAN rain inf", "text", "NAN rain inf"),
        ("1,5 2", "text", "1,5 2"),
        ("0x10 1", "text", "0x10 1"),
    ] {
        let mut file = "time\tv\n".to_owned();
        for (at, cell) in cells.split(' ').enumerate() {
            file.push_str(&format!(
                "{}\t{}\n",
                1990 + at,
                if cell == "." { "" } else { cell }
            ));
        }
        let parsed = csv(&[], &file).expect(cells);
        let found = lines(&parsed);
        assert_eq!(found[0], format!("v:{kind}"), "{cells}");
        let values: Vec<&str> = found
            .iter()
            .skip(1)
            .map(|line| line.split(" | ").nth(1).unwrap())
            .collect();
        assert_eq!(values.join(" "), expected, "{cells}");
    }
}

#[test]
fn the_caller_may_fix_types_and_missing_words() {
    let file = "time,a,b,c\n1990,1,NA,-9.99\n1991,2,x,5\n";
    assert_lines(
        csv(&[("types", "a:text,c:number")], file),
        &[
            "a:text | b:text | c:number",
            "1990-01-01 | 1 | . | -9.99",
            "1991-01-01 | 2 | x | 5.0",
        ],
    );
    assert_lines(
        csv(
            &[
                ("missing", "-9.99,x"),
                ("rename", "a:A"),
                ("types", "A:number"),
            ],
            file,
        ),
        &[
            "A:number | b:text | c:integer",
            "1990-01-01 | 1.0 | NA | .",
            "1991-01-01 | 2.0 | . | 5",
        ],
    );
    assert_lines(
        csv(&[("missing", ""), ("skip", "a,c")], file),
        &["b:text", "1990-01-01 | NA", "1991-01-01 | x"],
    );
    assert_faults(
        csv(&[("types", "b:integer,c:boolean")], file),
        &[
            "line 2, column \"c\": `-9.99` is not true or false",
            "line 3, column \"b\": `x` is not a number",
            "line 3, column \"c\": `5`",
        ],
    );
}

#[test]
fn a_file_that_cannot_be_read_is_refused_with_its_reason() {
    let long_name = format!("time,{}\n1990,1\n", "x".repeat(101));
    for (parameters, file, expected) in [
        (&[][..], "", "file: the file is empty"),
        (&[], "\n \n", "file: the file is empty"),
        (&[], "# only a comment", "file: the file is empty"),
        (&[], "time,v\n", "file: the file has a header and no rows"),
        (
            &[],
            "time,v\n\n,\n",
            "file: the file has a header and no rows",
        ),
        (
            &[],
            "a,b\n1,x\n",
            "time: no column could be recognised as the time: name it with `?time=`",
        ),
        (
            &[("time", "dat")],
            "date,b\n1990,x\n",
            "time: unknown column `dat`, did you mean `date`?",
        ),
        (
            &[("rename", "a:b")],
            "time,a,b\n1990,1,2\n",
            "column \"b\": two columns are called `b`",
        ),
        (&[], "date,id\n1990,17\n", "?rename=id:number"),
        (
            &[("time", "date")],
            "date,time\n1990,17\n",
            "`?skip=time` leaves it out",
        ),
        (&[], &long_name, "has more than 100 characters"),
        (
            &[("skip", "tmp")],
            "date,temp\n1990,17\n",
            "skip: unknown column `tmp`, did you mean `temp`?",
        ),
        (
            &[("types", "tmp:text")],
            "date,temp\n1990,17\n",
            "types: unknown column `tmp`",
        ),
        (
            &[("rename", "tmp:x")],
            "date,temp\n1990,17\n",
            "rename: unknown column `tmp`",
        ),
        (&[], "date\n1990\n", "file: has no column besides the time"),
        (
            &[],
            "date,v\n31012012,1\n01022012,2\n",
            "?time_format=%d%m%Y",
        ),
        (&[], "time,v\n1990,\"x\n1991,2\n", "line 2, column \"v\""),
    ] {
        if file.contains('"') {
            // An unclosed quote takes the rest of the file, which is then one cell.
            assert_eq!(csv(parameters, file).map(|parsed| parsed.rows), Ok(1));
            continue;
        }
        assert_faults(csv(parameters, file), &[expected]);
    }
    for (file, expected) in [
        (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "binary"),
        (b"\xff\xfet\0i\0m\0e", "UTF-16"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"PK\x03\x04", "Excel"),
        (b"t\0i\0m\0e\0", "UTF-16"),
    ] {
        assert_faults(import(Format::Csv, &[], file), &[expected]);
    }
    let mut late = b"time,v\n".to_vec();
    (0..20_000).for_each(|_| late.extend_from_slice(b"1990,1\n"));
    late.extend_from_slice(b"1991,\0\n");
    assert_faults(
        import(Format::Csv, &[], &late),
        &["line 20002: has a zero byte"],
    );
    let unclosed = format!("time,v\n1990,1\n1991,\"{}", "x\n".repeat(1 << 20));
    assert_faults(
        csv(&[], &unclosed),
        &["line 3: a row begins here that is longer than 1 MiB"],
    );
}

#[test]
fn bad_rows_refuse_the_file_or_are_skipped_and_counted() {
    let file = "date,v,w\n2023-01-01,1,a\n2023-02-30,2,b\n,3,c\n2023-01-04,4\n2023-01-05,5,e,f\n2023-01-06,inf,g\n2023-01-07,7,h\nyesterday,8,i\n";
    let faults = [
        "line 3, column \"date\": `2023-02-30` is not a time",
        "line 4, column \"date\": the time is missing",
        "line 5: has 2 cells where the header has 3",
        "line 6: has 4 cells where the header has 3",
        "line 7, column \"v\": `inf` is not a finite number; if it stands for a missing value, say `?missing=inf`",
        "line 9, column \"date\": `yesterday` is not a time",
    ];
    assert_faults(csv(&[], file), &faults);
    let parsed = assert_lines(
        csv(&[("on_error", "skip")], file),
        &[
            "v:integer | w:text",
            "2023-01-01 | 1 | a",
            "2023-01-07 | 7 | h",
        ],
    );
    assert_eq!((parsed.skipped, parsed.faults.len()), (6, 6));
    // Structural faults and files without any good row fail all the same.
    assert_faults(csv(&[("on_error", "skip")], "a,b\n1,2\n"), &["no column"]);
    assert_faults(
        csv(&[("on_error", "skip")], "date,b\n2023-02-30,2\n"),
        &["2023-02-30"],
    );
    // A row that is skipped tells nothing of the types.
    assert_lines(
        csv(&[("on_error", "skip")], "date,v\n2023-01-01,1\nx,rain\n"),
        &["v:integer", "2023-01-01 | 1"],
    );
}

#[test]
fn ragged_rows_are_faults() {
    assert_faults(
        csv(&[], "time,v\n1990,1,2\n"),
        &["line 2: has 3 cells where the header has 2"],
    );
    assert_faults(
        csv(&[], "time,v\n1990,1\n1991,1,2\n1992,1\n"),
        &["line 3: has 3 cells"],
    );
    assert_faults(
        csv(&[], "time,v\n1990,1\n1991\n1992,1\n"),
        &["line 3: has 1 cell where"],
    );
    let ragged = format!("{CO2}2026-07,2026.5,1,2,3,4\n");
    assert_faults(csv(&[], &ragged), &["line 2", "line 3", "line 4", "line 5"]);
}

#[test]
fn only_the_first_faults_are_told_but_all_are_counted() {
    let mut file = "time,v\n".to_owned();
    (0..200).for_each(|_| file.push_str("never,1\n"));
    let Err(Failure::Invalid { faults, total }) = csv(&[], &file) else {
        panic!()
    };
    assert_eq!((faults.len(), total), (50, 200));
    assert_eq!(faults[49].at, "line 51, column \"time\"");
}

#[test]
fn bytes_that_are_not_utf8_are_a_fault_of_their_row() {
    let file = b"time,v,w\n1990,a,b\n1991,a,M\xfcnchen\n1992,c,d\n";
    assert_faults(
        import(Format::Csv, &[], file),
        &["line 3, column \"w\": has bytes that are not UTF-8"],
    );
    let parsed = import(Format::Csv, &[("on_error", "skip")], file).unwrap();
    assert_eq!((parsed.rows, parsed.skipped), (2, 1));
}

#[test]
fn too_long_texts_and_too_many_rows_are_refused() {
    let file = format!("time,v\n1990,{}\n1991,b\n", "x".repeat(4097));
    assert_faults(csv(&[], &file), &["line 2, column \"v\": `xxx"]);
    assert_faults(
        csv(&[("types", "v:text")], &file),
        &["has more than 4096 bytes"],
    );
    let options = Options::default();
    let mut importer = Importer::with_row_limit(Format::Csv, options, None, 2).unwrap();
    importer.push(b"time,v\n1990,1\n1991,2\n1992,3\n").unwrap();
    assert_eq!(importer.finish(), Err(Failure::TooManyRows { limit: 2 }));
    let wide = |columns: usize| {
        let names: Vec<String> = (0..columns).map(|at| format!("c{at}")).collect();
        format!("time,{}\n1990{}\n", names.join(","), ",1".repeat(columns))
    };
    assert_eq!(csv(&[], &wide(200)).unwrap().fields.len(), 200);
    assert_faults(csv(&[], &wide(201)), &["a dataset has at most 200 fields"]);
}

#[test]
fn times_of_many_forms_are_read_in_one_column() {
    for (parameters, times, expected) in [
        (
            &[][..],
            "2012-01-01T06:30:00Z 2012-01-01T06:30:00.25+02:00 1958-03 1990",
            "2012-01-01T06:30:00Z 2012-01-01T04:30:00.250Z 1958-03-01T00:00:00Z 1990-01-01T00:00:00Z",
        ),
        (
            &[("time_format", "unix_s")],
            "1700000000 0 -86400",
            "2023-11-14T22:13:20Z 1970-01-01T00:00:00Z 1969-12-31T00:00:00Z",
        ),
        (
            &[("time_format", "unix_ms")],
            "1700000000000 86400000",
            "2023-11-14T22:13:20Z 1970-01-02T00:00:00Z",
        ),
        (
            &[("tz", "Europe/Berlin")],
            "2012-07-01T12:00 2012-01-01T12:00",
            "2012-07-01T10:00:00Z 2012-01-01T11:00:00Z",
        ),
        (
            &[("time_format", "%Y%m%d%H")],
            "2012010106 2012010107",
            "2012-01-01T06:00:00Z 2012-01-01T07:00:00Z",
        ),
    ] {
        let mut file = "time,v\n".to_owned();
        times
            .split(' ')
            .for_each(|time| file.push_str(&format!("{time},1\n")));
        let parsed = csv(parameters, &file).expect(times);
        let found: Vec<String> = parsed
            .table
            .times
            .iter()
            .map(|time| Timestamp::from_milliseconds(*time).unwrap().to_string())
            .collect();
        assert_eq!(found.join(" "), expected);
    }
    assert_faults(
        csv(&[], "time,v\n1700000000,1\n1700000060,1\n2012-01-01,1\n"),
        &[
            "line 4, column \"time\": `2012-01-01` is not a time of the form that the first rows have, unix_s",
        ],
    );
}

#[test]
fn a_bad_month_does_not_make_a_file_of_years() {
    assert_faults(
        csv(&[], "year,month,v\n2010,13,1\n2010,2,1\n98,3,3\n,3,3\n"),
        &[
            "line 2, column \"month\": `13` is not a month",
            "line 4, column \"year\": the year `98` has no century",
            "line 5, column \"year\": the time is missing",
        ],
    );
}

#[test]
fn an_export_of_our_own_is_read_without_its_ids() {
    let file = "id,time,v\n80000000-0000-8000-8000-000000000001,1970-01-01T00:00:00Z,1\n80000000-0000-8000-8000-000000000002,1970-01-01T00:00:00Z,2\n";
    let parsed = assert_lines(
        csv(&[], file),
        &["v:integer", "1970-01-01 | 1", "1970-01-01 | 2"],
    );
    assert!(parsed.notes[0].contains("ids are given anew"));
    assert_faults(
        csv(&[], &file.replace("000000000002,", "2,")),
        &["?rename=id:number"],
    );
}
