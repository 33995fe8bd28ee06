use crate::{days, field, noise, scene, words};
use analyst::types::{Column, Table, Values};
use drawing::scene::{Item, Scene, Text};
use jiff::civil::date;

/// No text reaches beyond the picture or into another text.
fn check(scene: &Scene, what: &str) {
    let texts: Vec<(&Text, [f64; 4])> = scene.texts().map(|text| (text, text.bounds())).collect();
    for (index, (text, bounds)) in texts.iter().enumerate() {
        let [left, top, right, bottom] = *bounds;
        let inside = left >= 0.0
            && top >= 0.0
            && right <= f64::from(scene.width)
            && bottom <= f64::from(scene.height);
        assert!(
            inside,
            "{what}: {:?} leaves the picture: {bounds:?}",
            text.content
        );
        for (other, [l, t, r, b]) in texts.iter().take(index) {
            let apart = right <= *l || *r <= left || bottom <= *t || *b <= top;
            assert!(
                apart,
                "{what}: {:?} overlaps {:?}",
                text.content, other.content
            );
        }
    }
}

const SIZES: [(u32, u32); 9] = [
    (200, 200),
    (400, 300),
    (960, 540),
    (1600, 900),
    (640, 640),
    (4000, 4000),
    (4000, 200),
    (200, 4000),
    (300, 1000),
];

const TITLES: [&str; 4] = [
    "",
    "CO₂",
    "Monthly mean of atmospheric carbon dioxide at the Mauna Loa observatory on Hawaii, in parts \
     per million of dry air, as published by NOAA's Global Monitoring Laboratory, from 1958 on",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsvorstand",
];

#[test]
fn texts_keep_apart_whatever_the_words_and_sizes() {
    let names = [
        "a",
        "temperature",
        "Niederschlag (Summe der letzten 24 Stunden) <mm> & \"Schnee\"",
        "温度",
    ];
    let values = noise(50);
    let columns: Vec<(&str, &[f64])> = names
        .iter()
        .map(|name| (*name, values.as_slice()))
        .collect();
    let table = days(date(2012, 1, 1), &columns);
    let long =
        "a label that is far longer than any axis, because somebody wanted to explain it all";
    for (width, height) in SIZES {
        for title in TITLES {
            for count in 1..=names.len() {
                let kind = if count % 2 == 0 { "line" } else { "scatter" };
                let mut parameters = serde_json::json!({
                    "y": names[..count], "title": title, "kind": kind,
                    "width": width, "height": height, "scale": 0.5, "legend": true,
                });
                check_with(&parameters, &table);
                parameters["y_label"] = long.into();
                parameters["x_label"] = long.into();
                check_with(&parameters, &table);
            }
        }
    }
}

fn check_with(parameters: &serde_json::Value, table: &Table) {
    let parameters = parameters.to_string();
    check(
        &scene(&parameters, "", table).expect(&parameters),
        &parameters,
    );
}

#[test]
fn texts_keep_apart_whatever_the_values() {
    let ranges = [
        (0.0, 1.0),
        (-1.0, 1.0),
        (1e-9, 2e-9),
        (123_456_789.0, 123_456_790.0),
        (-1e12, 1e12),
        (1e300, 1.7e308),
        (5.0, 5.0),
        (-0.001, 1000.0),
        (999_999.5, 1_000_000.5),
        (0.0, 5e-324),
    ];
    for (low, high) in ranges {
        let values: Vec<f64> = (0..40)
            .map(|i| if i % 2 == 0 { low } else { high })
            .collect();
        let table = days(date(2012, 1, 1), &[("x", &values), ("y", &values)]);
        for (width, height) in SIZES {
            for x in ["time", "x"] {
                let parameters = format!(
                    r#"{{"y":["y","x"],"x":"{x}","width":{width},"height":{height},"scale":0.5}}"#
                );
                check(
                    &scene(&parameters, "Range", &table).expect("a scene"),
                    &format!("{low} {high} {parameters}"),
                );
            }
        }
    }
}

#[test]
fn texts_keep_apart_whatever_the_time() {
    let starts = [
        -77_000_000_000_000.0,
        -62_167_219_200_000.0,
        -380_000_000_000.0,
        1.3e12 + 12_345.0,
    ];
    for (round, part) in noise(50).into_iter().enumerate() {
        let start = starts[round % starts.len()];
        let step = 10f64.powf(part * 10.5);
        let times: Vec<i64> = (0..20)
            .map(|i| (start + f64::from(i) * step) as i64)
            .collect();
        let numbers = noise(20);
        let table = Table {
            times,
            columns: vec![Column {
                field: field("v", None),
                values: Values::Numbers(numbers),
            }],
        };
        for (width, height) in SIZES {
            let parameters =
                format!(r#"{{"y":"v","width":{width},"height":{height},"scale":0.5}}"#);
            let what = format!("from {start} by {step}: {parameters}");
            check(&scene(&parameters, "Time", &table).expect("a scene"), &what);
        }
    }
}

/// The plot is not squeezed out by its texts.
#[test]
fn the_plot_keeps_its_part_of_the_picture() {
    let values = noise(50);
    let table = days(date(2012, 1, 1), &[("a", &values)]);
    for (width, height) in SIZES {
        let parameters = format!(r#"{{"y":"a","width":{width},"height":{height},"scale":0.5}}"#);
        let scene = scene(&parameters, TITLES[2], &table).expect("a scene");
        let points = scene.items.iter().filter_map(|item| match item {
            Item::Line { points, .. } if points.len() > 2 => Some(points),
            _ => None,
        });
        let heights: Vec<i32> = points.flatten().map(|point| point.1).collect();
        let span = heights
            .iter()
            .max()
            .zip(heights.iter().min())
            .map(|(low, high)| low - high);
        let part = f64::from(span.expect("a line")) / 10.0 / f64::from(height);
        assert!(
            part > 0.25,
            "{width}x{height}: the line has {part} of the height"
        );
    }
}

fn contents(scene: &Scene) -> Vec<&str> {
    scene.texts().map(|text| text.content.as_str()).collect()
}

#[test]
fn labels_say_field_and_unit() {
    let mut table = days(
        date(2012, 1, 1),
        &[("a", &[1.0, 2.0]), ("b", &[1.0, 2.0]), ("c", &[1.0, 3.0])],
    );
    for (column, unit) in table.columns.iter_mut().zip(["ppm", "ppm", "°C"]) {
        column.field.unit = Some(unit.into());
    }
    let has = |parameters: &str, wanted: &[&str], unwanted: &[&str]| {
        let scene = scene(parameters, "The title", &table).expect("a scene");
        let contents = contents(&scene);
        for text in wanted {
            assert!(
                contents.contains(text),
                "{parameters}: no {text:?} in {contents:?}"
            );
        }
        for text in unwanted {
            assert!(
                !contents.contains(text),
                "{parameters}: {text:?} in {contents:?}"
            );
        }
    };
    has(
        r#"{"y":"a"}"#,
        &["The title", "a (ppm)", "time (UTC)"],
        &["a"],
    );
    has(r#"{"y":"a","legend":true}"#, &["a (ppm)", "a"], &[]);
    has(r#"{"y":["a","b"]}"#, &["ppm", "a", "b"], &[]);
    has(
        r#"{"y":["a","b"],"legend":false}"#,
        &["a, b (ppm)"],
        &["a", "b", "ppm"],
    );
    has(r#"{"y":["a","c"]}"#, &["a (ppm)", "c (°C)"], &["ppm"]);
    has(
        r#"{"y":"a","x":"c"}"#,
        &["a (ppm)", "c (°C)"],
        &["time (UTC)"],
    );
    has(
        r#"{"y":"a","title":"","x_label":"","y_label":"mine"}"#,
        &["mine"],
        &["The title", "time (UTC)", "a (ppm)"],
    );
    has(
        r#"{"y":"a","title":" two\nlines\u0000 "}"#,
        &["two lines"],
        &[],
    );
}

/// Every kind, alone and in panels, in both themes: nothing beyond the picture, nothing over another.
#[test]
fn texts_keep_apart_whatever_the_kind() {
    let values = noise(400);
    let mut table = days(
        date(2012, 1, 1),
        &[("a", &values), ("b", &values), ("c", &values)],
    );
    let long = "a word that is longer than any bar or cell has room for below it";
    table.columns.push(words(
        "word",
        &["x", long, "three", "温度", "five", "six", "7"],
        400,
    ));
    let kinds = [
        r#"{"kind":"area","y":"a","low":"b","high":"c"}"#,
        r#"{"kind":"area","y":["a","b"],"style":["r-o","k--"]}"#,
        r#"{"kind":"bar","y":["a","b"],"by":"word"}"#,
        r#"{"kind":"bar","y":"a"}"#,
        r#"{"kind":"box","y":["a","b","c"]}"#,
        r#"{"kind":"box","y":["a","b"],"by":"time:month"}"#,
        r#"{"kind":"histogram","y":["a","b"]}"#,
        r#"{"kind":"histogram","y":"a","x_scale":"log"}"#,
        r#"{"kind":"heatmap","y":"a","x":"time:day","by":"word"}"#,
        r#"{"kind":"heatmap","y":"a","x":"word","by":"time:month"}"#,
        r#"{"kind":"scatter","y":"a","x":"b","size":"c","colour":"a","y_label":"a label longer than half of the picture could ever be"}"#,
        r#"{"kind":"scatter","y":"a","colour":"word","zone":"Europe/Berlin"}"#,
        r#"{"kind":"scatter","y":"a","x":"b","x_scale":"log","y_scale":"log"}"#,
    ];
    for (width, height) in SIZES {
        for (at, kind) in kinds.iter().enumerate() {
            let mut parameters: serde_json::Value = serde_json::from_str(kind).expect("JSON");
            parameters["width"] = width.into();
            parameters["height"] = height.into();
            parameters["scale"] = 0.5.into();
            parameters["theme"] = ["light", "dark"][at % 2].into();
            check_with(&parameters, &table);
        }
        for columns in 1..4 {
            let share = ["none", "x", "both"][columns - 1];
            let parameters = serde_json::json!({
                "width": width.max(600), "height": height.max(600), "columns": columns, "share": share,
                "scale": 0.5, "title": TITLES[2], "panels": [
                    {"y": "a", "title": "A panel's own heading"}, {"y": ["b", "c"]},
                    {"kind": "scatter", "y": "c"}, {"kind": "area", "y": "a"},
                ],
            });
            check_with(&parameters, &table);
        }
    }
}

/// The plots of panels in a row are of one height and in line, those in a column of one width.
#[test]
fn panels_stand_in_line() {
    let values = noise(60);
    let large: Vec<f64> = values.iter().map(|value| value * 1e6).collect();
    let table = days(date(2012, 1, 1), &[("a", &values), ("b", &large)]);
    let drawn = scene(
        r#"{"panels":[{"y":"a","style":"r"},{"y":"b","style":"r"},{"y":"b","style":"r","title":"T"},{"y":"a","style":"r"}],"columns":2}"#,
        "",
        &table,
    )
    .expect("a scene");
    let lines: Vec<&Vec<(i32, i32)>> = drawn
        .items
        .iter()
        .filter_map(|item| match item {
            Item::Line { points, paint, .. } if paint.colour == [255, 0, 0] => Some(points),
            _ => None,
        })
        .collect();
    assert_eq!(lines.len(), 4);
    let ends = |line: usize| (lines[line][0].0, lines[line][lines[line].len() - 1].0);
    assert_eq!(ends(0), ends(2));
    assert_eq!(ends(1), ends(3));
    let width = |line: usize| ends(line).1 - ends(line).0;
    assert!(
        (width(0) - width(1)).abs() <= 20,
        "{} and {}",
        width(0),
        width(1)
    );
}
