use crate::{days, field, noise, scene};
use jiff::civil::date;
use plot::input::{Column, Table};
use plot::scene::{Item, Scene, Text};

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
                numbers,
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
