//! `POST /datasets/:name/import`.

use it::{Answer, Call, file, fresh, shared};
use serde_json::{Value, json};

/// Sends a body to the import of a dataset.
fn import(dataset: &str, options: &str, media_type: &str, body: impl Into<Vec<u8>>) -> Answer {
    let path = format!("/datasets/{dataset}/import?{options}");
    shared().send(Call::post(&path).body(media_type, body))
}

fn csv(dataset: &str, options: &str, body: &str) -> Answer {
    import(dataset, options, "text/csv", body)
}

/// Name and type of each field.
fn types(dataset: &str) -> Vec<(String, String)> {
    let described = shared().get(&format!("/datasets/{dataset}"));
    let fields = described["fields"].as_array().expect("fields");
    let text = |field: &Value, name: &str| field[name].as_str().expect("a text").to_owned();
    fields
        .iter()
        .map(|field| (text(field, "name"), text(field, "type")))
        .collect()
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter()
        .map(|(name, kind)| ((*name).to_owned(), (*kind).to_owned()))
        .collect()
}

#[test]
fn the_sample_file_makes_a_dataset_with_its_types() {
    let name = fresh("co2");
    let report = csv(&name, "time=month", &file("data/co2.csv")).expect(201);
    assert_eq!(report.header("location"), format!("/datasets/{name}"));
    let report = report.json();
    assert_eq!(report["dataset"], name);
    assert_eq!(report["imported"], 820);
    assert_eq!(report["skipped"], 0);
    let expected = [
        ("average", "number"),
        ("deseasonalized", "number"),
        ("days", "integer"),
        ("deviation", "number"),
        ("uncertainty", "number"),
        ("interpolated", "boolean"),
    ];
    assert_eq!(types(&name), pairs(&expected));
    let described = shared().get(&format!("/datasets/{name}"));
    assert_eq!(described["count"], 820);
    assert_eq!(described["first"], "1958-03-01T00:00:00Z");
    assert_eq!(described["last"], "2026-06-01T00:00:00Z");
    let first = &shared().points(&name, "limit=1")[0];
    assert_eq!(first["average"], 315.71);
    assert_eq!(first["days"], Value::Null);
}

/// The table as it is often passed on: six names above seven columns, and -9.99 for what is not
/// known. Which name is missing nothing tells.
#[test]
fn a_header_that_is_one_name_short() {
    let name = fresh("mauna-loa");
    let table = "Date,Decimal Date,Average,Interpolated,Trend,Number of Days\n\
                 1958-03,1958.2027,315.71,314.44,-01,-9.99,-0.99\n\
                 1958-04,1958.2877,317.45,315.16,-01,-9.99,-0.99\n\
                 1974-05,1974.3750,333.19,330.22,13,0.31,0.16\n";
    csv(&name, "time=Date", table).expect_problem(&[422], "?skip_lines=1&header=false");
    let options = "skip_lines=1&header=false&missing=-01,-9.99,-0.99&rename=column_3:Average";
    let report = csv(&name, options, table).expect(201).json();
    assert_eq!(report["imported"], 3, "{report}");
    assert_eq!(report["missing"]["column_5"], 2, "{report}");
    let points = shared().points(&name, "");
    assert_eq!(points[0]["Average"], 315.71);
    assert_eq!(points[0]["column_5"], Value::Null);
    assert_eq!(points[2]["column_5"], 13);
    assert_eq!(points[2]["column_6"], 0.31);
}

#[test]
fn the_time_from_four_columns_and_na_for_missing() {
    let name = fresh("beijing");
    let rows: String = (0..48)
        .map(|hour| {
            let pm = if hour < 24 {
                "NA".to_owned()
            } else {
                (100 + hour).to_string()
            };
            format!(
                "{},2010,1,{},{},{pm},-21,{},1021,NW,1.79\n",
                hour + 1,
                1 + hour / 24,
                hour % 24,
                hour / 3 - 5
            )
        })
        .collect();
    let table = format!("No,year,month,day,hour,pm2.5,DEWP,TEMP,PRES,cbwd,Iws\n{rows}");
    let report = csv(&name, "time=year,month,day,hour", &table)
        .expect(201)
        .json();
    assert_eq!(report["imported"], 48, "{report}");
    assert!(
        types(&name).contains(&("pm2.5".to_owned(), "integer".to_owned())),
        "{:?}",
        types(&name)
    );
    let points = shared().points(&name, "pm2.5=not.null&limit=1");
    assert_eq!(points[0]["time"], "2010-01-02T00:00:00Z");
    assert_eq!(points[0]["pm2.5"], 124);
    assert_eq!(shared().points(&name, "TEMP=gt.0&cbwd=NW").len(), 48 - 18);
}

#[test]
fn every_form_of_time() {
    for (column, options, expected) in [
        ("2012-01-01T06:30:00+02:00", "", "2012-01-01T04:30:00Z"),
        ("2012-01-01", "", "2012-01-01T00:00:00Z"),
        ("1958-03", "", "1958-03-01T00:00:00Z"),
        ("1990", "", "1990-01-01T00:00:00Z"),
        ("0044-03-15", "", "0044-03-15T00:00:00Z"),
        ("1325376000", "", "2012-01-01T00:00:00Z"),
        ("1325376000000", "", "2012-01-01T00:00:00Z"),
        (
            "31.12.1999 18:05",
            "time_format=%25d.%25m.%25Y+%25H:%25M",
            "1999-12-31T18:05:00Z",
        ),
        (
            "2012-07-01T12:00",
            "tz=Europe/Berlin",
            "2012-07-01T10:00:00Z",
        ),
        ("2012-01-01 12:00:00", "tz=%2B05:30", "2012-01-01T06:30:00Z"),
    ] {
        let name = fresh("form");
        let table = format!("when,x\n{column},1\n");
        let report = csv(&name, &format!("time=when&{options}"), &table)
            .expect(201)
            .json();
        assert_eq!(report["imported"], 1, "{column}: {report}");
        assert_eq!(
            shared().points(&name, "")[0]["time"],
            expected,
            "{column} {options}"
        );
    }
}

#[test]
fn every_way_to_write_a_table() {
    for (what, table) in [
        ("comma", "time,x,word\n2001,1.5,a\n2002,,b\n"),
        ("semicolon", "time;x;word\n2001;1.5;a\n2002;;b\n"),
        ("tab", "time\tx\tword\n2001\t1.5\ta\n2002\t\tb\n"),
        (
            "a byte order mark",
            "\u{feff}time,x,word\n2001,1.5,a\n2002,,b\n",
        ),
        (
            "carriage returns",
            "time,x,word\r\n2001,1.5,a\r\n2002,,b\r\n",
        ),
        (
            "no end of line at the end",
            "time,x,word\n2001,1.5,a\n2002,,b",
        ),
        (
            "quotes",
            "\"time\",\"x\",\"word\"\n\"2001\",\"1.5\",\"a\"\n2002,,b\n",
        ),
        (
            "empty lines at the end",
            "time,x,word\n2001,1.5,a\n2002,,b\n\n\n",
        ),
    ] {
        let name = fresh("table");
        let report = csv(&name, "", table).expect(201).json();
        assert_eq!(report["imported"], 2, "{what}: {report}");
        let points = shared().points(&name, "fields=x,word");
        assert_eq!(points[0]["x"], 1.5, "{what}");
        assert_eq!(points[1]["x"], Value::Null, "{what}");
        assert_eq!(points[1]["word"], "b", "{what}");
    }
}

#[test]
fn a_quoted_cell_may_have_lines_delimiters_and_quotes() {
    let name = fresh("quoted");
    csv(&name, "", "time,note\n2001,\"one\ntwo, \"\"three\"\"\"\n")
        .expect(201)
        .json();
    assert_eq!(shared().points(&name, "")[0]["note"], "one\ntwo, \"three\"");
}

#[test]
fn json_comes_in_three_ways() {
    let list = json!([
        {"time": "2001", "x": 1.5, "word": "a"},
        {"time": "2002", "x": null, "word": "b", "ok": true},
    ]);
    let lines = "{\"time\":\"2001\",\"x\":1.5,\"word\":\"a\"}\n{\"time\":\"2002\",\"word\":\"b\",\"ok\":true}\n";
    for (media_type, body) in [
        ("application/json", list.to_string()),
        ("application/json", json!({"points": list}).to_string()),
        ("application/json", json!({"animals": list}).to_string()),
        ("application/x-ndjson", lines.to_owned()),
    ] {
        let name = fresh("json");
        let report = import(&name, "", media_type, body.clone())
            .expect(201)
            .json();
        assert_eq!(report["imported"], 2, "{body}: {report}");
        let points = shared().points(&name, "");
        assert_eq!(points[0]["x"], 1.5, "{body}");
        assert_eq!(points[0]["ok"], Value::Null, "{body}");
        assert_eq!(points[1]["ok"], true, "{body}");
    }
}

/// `curl --data-binary @file` says `application/x-www-form-urlencoded`, a browser nothing.
#[test]
fn the_format_is_seen_where_it_is_not_said() {
    for media_type in [
        "",
        "application/x-www-form-urlencoded",
        "application/octet-stream",
    ] {
        for body in [
            "time,x\n2001,1\n",
            "{\"time\":\"2001\",\"x\":1}\n",
            "[{\"time\":\"2001\",\"x\":1}]",
        ] {
            let name = fresh("seen");
            let report = import(&name, "", media_type, body).expect(201).json();
            assert_eq!(report["imported"], 1, "{media_type} {body}: {report}");
        }
    }
}

#[test]
fn columns_are_renamed_and_skipped_and_their_types_given() {
    let name = fresh("renamed");
    let options = "time=d&rename=t:temperature&skip=no&types=station:text";
    csv(&name, options, "no,d,t,station\n1,2001,20,12\n")
        .expect(201)
        .json();
    assert_eq!(
        types(&name),
        pairs(&[("temperature", "integer"), ("station", "text")])
    );
    assert_eq!(shared().points(&name, "")[0]["station"], "12");
}

#[test]
fn bad_rows_refuse_the_file_or_are_counted() {
    let name = fresh("bad-rows");
    csv(&name, "", "time,x\n2001,1.5\n").expect(201).json();
    let path = format!("/datasets/{name}");
    let before = shared().get(&path);
    let table = "time,x\n2002,2\n2003,warm\n2023-02-30,4\n2005\n2006,6\n";
    let problem = csv(&name, "", table).expect_problem(&[422], "line 3");
    let errors = problem["errors"].to_string();
    for part in ["x", "warm", "line 4", "2023-02-30", "line 5"] {
        assert!(errors.contains(part), "no {part}: {problem}");
    }
    assert_eq!(
        shared().get(&path),
        before,
        "a refused file changes nothing"
    );
    let report = csv(&name, "on_error=skip", table).expect(200).json();
    assert_eq!(report["imported"], 2, "{report}");
    assert_eq!(report["skipped"], 3, "{report}");
    assert_eq!(shared().get(&path)["count"], 3);
}

#[test]
fn a_dry_run_reports_and_changes_nothing() {
    let name = fresh("dry");
    let report = csv(&name, "dry_run=true", "time,x\n2001,1\n2002,2\n")
        .expect(200)
        .json();
    assert_eq!(report["imported"], 2, "{report}");
    shared()
        .send(Call::get(&format!("/datasets/{name}")))
        .expect_problem(&[404], &name);
    csv(&name, "dry_run=true", "time,x\n2001,a,b\n").expect_problem(&[422], "line 2");
}

#[test]
fn further_imports_add_to_a_dataset() {
    let name = fresh("added");
    let first = csv(&name, "", "time,x\n2001,1\n2002,2\n")
        .expect(201)
        .json();
    let second = csv(&name, "", "time,x\n2000,0\n2002,2\n1960,-1\n")
        .expect(200)
        .json();
    assert!(
        second["version"].as_u64() > first["version"].as_u64(),
        "{first} {second}"
    );
    let found: Vec<i64> = shared()
        .points(&name, "")
        .iter()
        .filter_map(|point| point["x"].as_i64())
        .collect();
    assert_eq!(
        found,
        [-1, 0, 1, 2, 2],
        "in order of time, many points at one time"
    );
}

#[test]
fn constraints_hold_for_files_too() {
    let name = fresh("states");
    let body = json!({"name": name, "fields": [
        {"name": "share", "type": "number", "min": 0, "max": 100, "required": true},
        {"name": "party", "type": "text", "one_of": ["red", "blue"]},
    ]});
    shared()
        .send(Call::post("/datasets").json(&body))
        .expect(201)
        .json();
    let table = "time,share,party\n2001,50,red\n2002,101,blue\n2003,,red\n2004,7,green\n";
    let problem = csv(&name, "", table)
        .expect_problem(&[422], "line 3")
        .to_string();
    for part in ["101", "line 4", "required", "line 5", "green"] {
        assert!(problem.contains(part), "no {part}: {problem}");
    }
    assert_eq!(shared().get(&format!("/datasets/{name}"))["count"], 0);
}

#[test]
fn a_large_file_arrives_whole() {
    let name = fresh("large");
    let mut table = "time,x,word\n".to_owned();
    for at in 0..50_000_u64 {
        let words = ["rain", "sun", "fog"];
        let (x, word) = (at as f64 / 8.0, words[at as usize % 3]);
        table.push_str(&format!("{},{x},{word}\n", 1_600_000_000_000 + at * 1000));
    }
    let report = csv(&name, "", &table).expect(201).json();
    assert_eq!(report["imported"], 50_000, "{report}");
    let page = shared().points(&name, "limit=100000");
    assert_eq!(page.len(), 50_000);
    assert!(
        page.iter()
            .enumerate()
            .all(|(at, point)| point["x"] == at as f64 / 8.0)
    );
}

/// Several parts of a file, which lie among each other; the last rows are the first with decimals.
#[test]
fn a_large_file_in_any_order_becomes_the_same_dataset() {
    const ROWS: u64 = 150_000;
    let row = |minute: u64| {
        let (hour, minute_of_hour) = (minute / 60, minute % 60);
        let (day, hour_of_day) = (hour / 24, hour % 24);
        let (month, day_of_month) = (day / 28, day % 28);
        let date = format!("2024-{:02}-{:02}", month + 1, day_of_month + 1);
        let level = minute % 977;
        let decimals = if minute == ROWS - 1 { ".5" } else { "" };
        let word = ["low", "high"][(level / 500) as usize];
        format!("{date}T{hour_of_day:02}:{minute_of_hour:02}:00Z,{level}{decimals},{word}\n")
    };
    let lines: Vec<String> = (0..ROWS).map(row).collect();
    let header = "time,level,word\n";
    let ordered: String = header
        .chars()
        .chain(lines.iter().flat_map(|line| line.chars()))
        .collect();
    // 7919 is prime and no divisor: each minute comes once, the one with decimals last.
    let mixed = (1..=ROWS).map(|at| lines[((at * 7919 + ROWS - 1) % ROWS) as usize].as_str());
    let mixed: String = std::iter::once(header).chain(mixed).collect();
    let (one, other) = (fresh("ordered"), fresh("mixed"));
    for (name, body) in [(&one, ordered), (&other, mixed)] {
        let report = csv(name, "", &body).expect(201).json();
        assert_eq!(
            (&report["imported"], &report["version"]),
            (&json!(ROWS), &json!(2))
        );
        assert_eq!(types(name), pairs(&[("level", "number"), ("word", "text")]));
    }
    let export = |name: &str| {
        let path = format!("/datasets/{name}/export?format=csv");
        shared()
            .send(Call::get(&path))
            .expect(200)
            .text()
            .to_owned()
    };
    assert!(export(&one) == export(&other), "the exports differ");
    assert_eq!(export(&one).lines().count() as u64, ROWS + 1);

    // A fault in the last part refuses the first too.
    let broken = format!("{header}{}2025-01-01,deep,low\n", lines.concat());
    let refused = fresh("refused");
    let problem = csv(&refused, "", &broken).expect(422).json();
    let detail = problem["errors"][0]["detail"].as_str().expect("a text");
    assert!(detail.contains("?types=level:text"), "{detail}");
    shared()
        .send(Call::get(&format!("/datasets/{refused}")))
        .expect(404)
        .json();
}

/// Several parts of a file, with keys: what is taken, repeated or missing is told, left out or replaced,
/// in whichever part it is.
#[test]
fn a_large_file_with_keys_meets_what_is_there() {
    const ROWS: usize = 140_000;
    let name = fresh("keyed");
    shared()
        .send(Call::post("/datasets").json(&json!({
            "name": name,
            "key": "code",
            "fields": [{"name": "code", "type": "text"}, {"name": "level", "type": "integer"}],
        })))
        .expect(201)
        .json();
    let path = |key: &str| format!("/datasets/{name}/points/{key}");
    let count = || shared().get(&format!("/datasets/{name}"))["count"].clone();
    // A row of the file: its time moves by so many seconds.
    let line = |at: usize, seconds: usize, level: usize| {
        let time = 1_700_000_000_000 + at * 60_000 + seconds * 1000;
        format!("{time},c{at},{level}\n")
    };
    let table = |rows: std::ops::Range<usize>, seconds: usize, level: usize| {
        let lines: Vec<String> = rows.map(|at| line(at, seconds, level)).collect();
        format!("time,code,level\n{}", lines.concat())
    };

    let mut broken = table(0..ROWS, 0, 1);
    broken += &line(7, 0, 9);
    broken += "1800000000000,,3\n";
    let problem = csv(&name, "", &broken).expect(422).json();
    let places: Vec<&Value> = problem["errors"]
        .as_array()
        .expect("faults")
        .iter()
        .map(|fault| &fault["at"])
        .collect();
    assert_eq!(places, ["row 140001", "row 140002"]);
    assert_eq!(count(), 0);

    let report = csv(&name, "", &table(0..ROWS, 0, 1)).expect(200).json();
    assert_eq!(report["imported"], ROWS);
    let id = shared().get(&path("c100000"))["id"].clone();
    csv(&name, "", &table(10..ROWS, 0, 2)).expect_problem(&[409], "taken");
    assert_eq!(count(), ROWS);

    // The same times: each point keeps its id. The last of two rows with one key is taken.
    let mut again = table(20..ROWS + 20, 0, 2);
    again += &line(30, 0, 7);
    let report = csv(&name, "on_conflict=replace", &again).expect(200).json();
    assert_eq!(report["replaced"], ROWS - 20);
    assert_eq!(report["imported"], 20);
    let point = shared().get(&path("c100000"));
    assert_eq!((&point["id"], &point["level"]), (&id, &json!(2)));
    assert_eq!(shared().get(&path("c30"))["level"], 7);
    assert_eq!(shared().get(&path("c5"))["level"], 1);

    // Other times: they are other points.
    let moved = table(0..ROWS, 1, 3);
    let report = csv(&name, "on_conflict=replace", &moved).expect(200).json();
    assert_eq!(report["replaced"], ROWS);
    assert_ne!(shared().get(&path("c100000"))["id"], id);

    let more = table(100..ROWS + 50, 2, 4);
    let report = csv(&name, "on_conflict=skip", &more).expect(200).json();
    assert_eq!(report["imported"], 30);
    assert_eq!(report["kept"], ROWS - 80);
    assert_eq!(count(), ROWS + 50);
    assert_eq!(shared().get(&path("c100"))["level"], 3);
    let gone = Call::new("DELETE", &path("c100"));
    shared().send(gone).expect(204).text();
    shared().send(Call::get(&path("c100"))).expect(404).json();
}

/// Decimals that come later make an integer field one of numbers, by whichever way they come.
#[test]
fn an_integer_field_becomes_one_of_numbers() {
    let name = fresh("widened");
    csv(&name, "", "time,v\n2020-01-01,1\n2020-01-02,2\n")
        .expect(201)
        .json();
    assert_eq!(types(&name), pairs(&[("v", "integer")]));
    let report = csv(&name, "", "time,v\n2020-01-03,1.5\n")
        .expect(200)
        .json();
    assert!(report["notes"].to_string().contains("`v`"), "{report}");
    assert_eq!(types(&name), pairs(&[("v", "number")]));
    let values: Vec<Value> = shared()
        .points(&name, "")
        .iter()
        .map(|point| point["v"].clone())
        .collect();
    assert_eq!(values, [json!(1.0), json!(2.0), json!(1.5)]);

    let name = fresh("edited");
    csv(&name, "", "time,v\n2020-01-01,1\n").expect(201).json();
    let id = shared().points(&name, "")[0]["id"].clone();
    let path = format!("/datasets/{name}/points/{}", id.as_str().expect("an id"));
    let edit = Call::new("PATCH", &path).json(&json!({"v": 1.25}));
    assert_eq!(shared().send(edit).expect(200).json()["v"], 1.25);
    assert_eq!(types(&name), pairs(&[("v", "number")]));
    let more =
        Call::post(&format!("/datasets/{name}/points")).json(&json!({"time": "2021", "v": 2}));
    shared().send(more).expect(201).json();
    assert_eq!(shared().points(&name, "v=gte.1.25").len(), 2);
}

/// A name with commas can be chosen wherever names are listed.
#[test]
fn names_with_commas_are_quoted() {
    let name = fresh("commas");
    let table = "time,\"Temp, °C\",\"Rain, mm\"\n2020-01-01,1.5,0\n2020-01-02,2.5,1\n";
    csv(&name, "", table).expect(201).json();
    let chosen = "fields=%22Temp,%20%C2%B0C%22,%22Rain,%20mm%22";
    let points = shared().points(&name, chosen);
    assert_eq!(points[1]["Temp, °C"], 2.5);
    assert_eq!(points[1]["Rain, mm"], 1);
    let path = format!("/datasets/{name}/aggregate?every=all&fn=max&{chosen}");
    assert_eq!(shared().get(&path)["buckets"][0]["Temp, °C_max"], 2.5);
    let path = format!("/datasets/{name}/export?fields=%22Rain,%20mm%22");
    let export = shared().send(Call::get(&path)).expect(200);
    assert!(
        export.text().starts_with("time,\"Rain, mm\"\n"),
        "{}",
        export.text()
    );
    let name = fresh("commas");
    csv(&name, "skip=%22Rain,%20mm%22", table)
        .expect(201)
        .json();
    assert_eq!(types(&name), pairs(&[("Temp, °C", "number")]));
}

/// One rule for digits, wherever a time is given.
#[test]
fn digits_mean_the_same_everywhere() {
    let name = fresh("digits");
    csv(&name, "", "time,v\n20200131,1\n20200201,2\n")
        .expect(201)
        .json();
    for (range, count) in [
        ("start=20200201", 1),
        ("start=1580428800", 2),
        ("start=1580428801", 1),
        ("start=1580428800000&end=1580515200000000", 1),
        ("start=2020032", 1),
        ("start=202001&end=202002", 1),
        ("end=2020", 0),
        ("start=2020-01-31T01:00:00+01:00", 2),
    ] {
        assert_eq!(shared().points(&name, range).len(), count, "{range}");
    }
    let path = format!("/datasets/{name}/points");
    shared()
        .send(Call::get(&format!("{path}?start=43831")))
        .expect_problem(&[400], "excel");
    for (time, expected) in [
        (json!(20200301), "2020-03-01T00:00:00Z"),
        (json!("1583020800"), "2020-03-01T00:00:00Z"),
        (json!(1583020800000_u64), "2020-03-01T00:00:00Z"),
    ] {
        let point = Call::post(&path).json(&json!({"time": time, "v": 3}));
        assert_eq!(shared().send(point).expect(201).json()["time"], expected);
    }
    let point = Call::post(&path).json(&json!({"time": 43831, "v": 3}));
    shared().send(point).expect_problem(&[422], "excel");
}
