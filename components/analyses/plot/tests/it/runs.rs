use crate::{days, noise, run, scene, words};
use analyst::types::{Outcome, Values};
use drawing::scene::Item;
use jiff::civil::date;
use plot::task::Task;

const NAN: f64 = f64::NAN;

#[test]
fn the_result_says_what_was_drawn() {
    let table = days(
        date(1957, 12, 1),
        &[("average", &[315.5, NAN, 317.0]), ("other", &[NAN; 3])],
    );
    let (result, files) = run(r#"{"y":["average","other"]}"#, "", table).expect("a plot");
    let expected = serde_json::json!({
        "points": 3,
        "panels": [{
            "kind": "line", "x": "time", "y": ["average", "other"],
            "missing": {"average": 1, "other": 3},
            "range": {
                "x": ["1957-12-01T00:00:00Z", "1957-12-03T00:00:00Z"],
                "y": {"average": [315.5, 317.0], "other": null},
            },
        }],
        "width": 960, "height": 540, "scale": 2.0,
    });
    assert_eq!(result, expected);
    let names: Vec<_> = files
        .iter()
        .map(|file| (file.name.as_str(), file.media_type.as_str()))
        .collect();
    assert_eq!(
        names,
        [("plot.svg", "image/svg+xml"), ("plot.png", "image/png")]
    );
}

#[test]
fn nothing_to_draw_is_refused() {
    let refusal = |parameters, table| run(parameters, "", table).expect_err("nothing to draw");
    let none = days(date(2000, 1, 1), &[("a", &[])]);
    assert!(refusal(r#"{"y":"a"}"#, none).starts_with("There are no points in this range"));
    let missing = days(date(2000, 1, 1), &[("a", &[NAN, NAN]), ("b", &[1.0, NAN])]);
    assert_eq!(
        refusal(r#"{"y":"a"}"#, missing.clone()),
        "There is nothing to draw: in each of the 2 points of this range, `a` is missing."
    );
    assert!(refusal(r#"{"y":"a","x":"b"}"#, missing.clone()).contains("`a` or `b` is missing"));
    assert!(refusal(r#"{"y":"c"}"#, missing.clone()).contains("`c`"));
    assert!(refusal(r#"{"z":1}"#, missing).contains("no parameter `z`"));
}

#[test]
fn a_finished_task_stays_finished() {
    let table = days(date(2000, 1, 1), &[("a", &[1.0])]);
    let mut task = Task::new(crate::request(r#"{"y":"a"}"#, ""), table);
    while matches!(task.step(), Outcome::Running(..)) {}
    assert!(matches!(task.step(), Outcome::Failed(_)));
    assert!(matches!(task.step(), Outcome::Failed(_)));
}

/// The lines of more than two points and the number of discs.
fn shapes(parameters: &str, numbers: &[f64]) -> (Vec<usize>, usize) {
    let table = days(date(2000, 1, 1), &[("a", numbers)]);
    let scene = scene(parameters, "", &table).expect("a scene");
    let palette = drawing::theme::LIGHT.palette;
    let mut lines = Vec::new();
    let mut discs = 0;
    for item in &scene.items {
        match item {
            Item::Line { points, paint, .. } if paint.colour == palette[0] => {
                lines.push(points.len())
            }
            Item::Dots { centres, .. } => discs += centres.len(),
            _ => {}
        }
    }
    (lines, discs)
}

#[test]
fn a_line_is_broken_at_gaps_and_lone_points_are_dots() {
    let line = |numbers: &[f64]| shapes(r#"{"y":"a"}"#, numbers);
    assert_eq!(line(&[1.0, 2.0, 3.0]), (vec![3], 0));
    assert_eq!(line(&[1.0, 2.0, NAN, 3.0, 4.0, 5.0]), (vec![2, 3], 0));
    assert_eq!(line(&[NAN, 1.0, NAN, 3.0, 4.0, NAN]), (vec![2], 1));
    assert_eq!(line(&[7.0]), (vec![], 1));
    assert_eq!(line(&[1.0, f64::INFINITY, 2.0]), (vec![], 2));
    assert_eq!(
        shapes(r#"{"y":"a","kind":"scatter"}"#, &[1.0, NAN, 2.0, 2.0]),
        (vec![], 3)
    );
}

#[test]
fn a_long_line_is_thinned_without_losing_its_peaks() {
    let mut numbers = noise(200_000);
    numbers[123_456] = 50.0;
    numbers[77_777] = -50.0;
    let table = days(date(1900, 1, 1), &[("a", &numbers)]);
    let drawn = scene(r#"{"y":"a"}"#, "", &table).expect("a scene");
    let mut heights = Vec::new();
    for item in &drawn.items {
        if let Item::Line { points, .. } = item
            && points.len() > 2
        {
            assert!(points.len() <= 4 * 960, "{} points", points.len());
            heights.extend(points.iter().map(|point| point.1));
        }
    }
    let (top, bottom) = (heights.iter().min(), heights.iter().max());
    let (top, bottom) = (
        f64::from(*top.expect("a line")),
        f64::from(*bottom.expect("a line")),
    );
    // The axis ends close to the extremes, so they span nearly the whole plot.
    assert!(bottom - top > 3000.0, "from {top} to {bottom}");
}

#[test]
fn a_scribble_is_bounded() {
    let numbers = noise(300_000);
    let other: Vec<f64> = numbers.iter().rev().copied().collect();
    let table = days(date(1200, 1, 1), &[("a", &numbers), ("b", &other)]);
    let (_, files) = run(r#"{"y":"a","x":"b","scale":0.5}"#, "", table).expect("a plot");
    assert!(
        files[0].bytes.len() < 1_000_000,
        "{} bytes",
        files[0].bytes.len()
    );
}

#[test]
fn every_other_value_missing_is_drawn_as_dots() {
    let numbers: Vec<f64> = (0..20_000)
        .map(|i| if i % 2 == 0 { f64::from(i) } else { NAN })
        .collect();
    let table = days(date(1900, 1, 1), &[("a", &numbers)]);
    let (result, files) = run(r#"{"y":"a","scale":0.5}"#, "", table).expect("a plot");
    assert_eq!(result["panels"][0]["missing"]["a"], 10_000);
    assert!(
        files[0].bytes.len() < 300_000,
        "{} bytes",
        files[0].bytes.len()
    );
}

#[test]
fn odd_tables_do_not_trap() {
    let extremes = [f64::MAX, -f64::MAX, f64::INFINITY, NAN, 5e-324, 0.0];
    let mut table = days(date(2000, 1, 1), &[("a", &extremes), ("b", &extremes)]);
    for kind in ["line", "scatter"] {
        for x in ["time", "b"] {
            let parameters = format!(r#"{{"y":"a","kind":"{kind}","x":"{x}","scale":0.5}}"#);
            run(&parameters, "", table.clone()).expect("a plot");
        }
    }
    // Columns shorter than the times, and times at the ends of their type.
    table.times = vec![i64::MIN, -1, 0, 1, i64::MAX, i64::MAX, i64::MAX];
    run(r#"{"y":"a","scale":0.5}"#, "", table.clone()).expect("a plot");
    table.columns[0].values = Values::Numbers(vec![1.0]);
    run(r#"{"y":"a","x":"b","scale":0.5}"#, "", table).expect("a plot");
}

#[test]
fn groups_are_summed_up() {
    let mut table = days(date(2024, 1, 1), &[("a", &[1.0, 2.0, 3.0, 4.0, NAN, 60.0])]);
    table.columns.push(words("word", &["x", "y"], 6));
    let of = |parameters: &str| {
        run(parameters, "", table.clone()).expect("a plot").0["panels"][0].clone()
    };
    let bars = of(r#"{"kind":"bar","y":"a","by":"word"}"#);
    assert_eq!(bars["groups"], serde_json::json!(["x", "y"]));
    assert_eq!(bars["values"]["a"], serde_json::json!([2.0, 22.0]));
    for (function, values) in [
        ("median", [2.0, 4.0]),
        ("sum", [4.0, 66.0]),
        ("count", [2.0, 3.0]),
        ("min", [1.0, 2.0]),
        ("max", [3.0, 60.0]),
    ] {
        let parameters = format!(r#"{{"kind":"bar","y":"a","by":"word","function":"{function}"}}"#);
        assert_eq!(
            of(&parameters)["values"]["a"],
            serde_json::json!(values),
            "{function}"
        );
    }
    // The quartiles are numpy's: numpy.percentile([1, 2, 3, 4, 60], [25, 50, 75]).
    let boxes = of(r#"{"kind":"box","y":"a"}"#);
    let expected = serde_json::json!({
        "count": 5, "low": 1.0, "lower_quartile": 2.0, "median": 3.0, "upper_quartile": 4.0, "high": 4.0, "beyond": 1,
    });
    assert_eq!(boxes["boxes"]["a"][0], expected);
    let histogram = of(r#"{"kind":"histogram","y":"a","bins":59}"#);
    assert_eq!(histogram["edges"].as_array().map(Vec::len), Some(60));
    let counts = histogram["counts"]["a"].as_array().expect("counts");
    assert_eq!((&counts[0], &counts[58]), (&1.into(), &1.into()));
    assert_eq!(
        counts
            .iter()
            .filter_map(|count| count.as_u64())
            .sum::<u64>(),
        5
    );
    let map = of(r#"{"kind":"heatmap","y":"a","x":"time:day","by":"word"}"#);
    assert_eq!(
        map["columns"],
        serde_json::json!(["1", "2", "3", "4", "5", "6"])
    );
    assert_eq!(
        map["values"][0],
        serde_json::json!([1.0, null, 3.0, null, null, null])
    );
}

#[test]
fn hours_are_those_of_the_zone() {
    let table = days(date(2024, 7, 1), &[("a", &[1.0, 2.0])]);
    let (result, _) = run(
        r#"{"kind":"bar","y":"a","by":"time:hour","zone":"Asia/Kolkata"}"#,
        "",
        table,
    )
    .expect("a plot");
    assert_eq!(result["panels"][0]["groups"], serde_json::json!(["05"]));
}

#[test]
fn a_logarithmic_axis_says_what_it_cannot_show() {
    let table = days(
        date(2024, 7, 1),
        &[("a", &[0.0, 10.0, -1.0, 1000.0]), ("b", &[-1.0; 4])],
    );
    let (result, _) = run(r#"{"y":"a","y_scale":"log"}"#, "", table.clone()).expect("a plot");
    assert_eq!(result["panels"][0]["not_shown"]["a"], 2);
    assert_eq!(
        result["panels"][0]["range"]["y"]["a"],
        serde_json::json!([10.0, 1000.0])
    );
    let why = run(r#"{"y":"b","y_scale":"log"}"#, "", table).expect_err("nothing above 0");
    assert!(why.contains("not above 0"), "{why}");
}

#[test]
fn too_many_groups_are_refused() {
    let rows: Vec<f64> = (0..3_000).map(f64::from).collect();
    let table = days(date(2000, 1, 1), &[("a", &rows)]);
    let why = run(r#"{"kind":"bar","y":"a"}"#, "", table).expect_err("too many bars");
    assert!(why.contains("3000 points") && why.contains("`by`"), "{why}");
}

/// Two cities by turns, both every day.
fn cities() -> analyst::types::Table {
    let numbers: Vec<f64> = (0..40)
        .map(|row| f64::from(row % 2 * 50 + row / 2))
        .collect();
    let mut table = days(date(2020, 1, 1), &[("a", &numbers)]);
    for (row, time) in table.times.iter_mut().enumerate() {
        *time = row as i64 / 2 * 86_400_000;
    }
    table
        .columns
        .push(crate::words("city", &["Bern", "Oslo"], 40));
    table
}

#[test]
fn several_series_in_one_column_are_noticed_and_can_be_split() {
    let (result, _) = run(r#"{"y":"a"}"#, "", cities()).expect("a plot");
    let note = result["panels"][0]["notes"][0].as_str().expect("a note");
    assert!(
        note.contains("20 of 40 points") && note.contains("`by`"),
        "{note}"
    );
    let (result, _) = run(r#"{"y":"a","by":"city"}"#, "", cities()).expect("a plot");
    assert!(result["panels"][0]["notes"].is_null(), "{result}");
    let drawn = scene(r#"{"y":"a","by":"city"}"#, "", &cities()).expect("a scene");
    let lines = drawn
        .items
        .iter()
        .filter(|item| matches!(item, Item::Line { points, .. } if points.len() == 20));
    assert_eq!(lines.count(), 2);
    let texts: Vec<&str> = drawn.texts().map(|text| text.content.as_str()).collect();
    assert!(
        texts.contains(&"Bern") && texts.contains(&"Oslo"),
        "{texts:?}"
    );
    let plain = days(date(2020, 1, 1), &[("a", &[1.0, 2.0])]);
    let (result, _) = run(r#"{"y":"a"}"#, "", plain).expect("a plot");
    assert!(result["panels"][0]["notes"].is_null(), "{result}");
}

/// Pictures to look at, in the directory that `PICTURES` names.
#[test]
fn extreme_values_have_labels_that_say_so() {
    for (name, size) in [
        ("tiny", 1e-310),
        ("huge", 1.7e308),
        ("small", 3e-200),
        ("cities", 1.0),
    ] {
        let numbers: Vec<f64> = (0..50).map(|row| f64::from(row) / 49.0 * size).collect();
        let (table, parameters) = match name {
            "cities" => (cities(), r#"{"y":"a","by":"city"}"#),
            _ => (days(date(2020, 1, 1), &[("a", &numbers)]), r#"{"y":"a"}"#),
        };
        let drawn = scene(parameters, name, &table).expect("a scene");
        for text in drawn.texts() {
            let [left, top, right, bottom] = text.bounds();
            let is_inside = left >= 0.0 && top >= 0.0 && right <= 960.0 && bottom <= 540.0;
            assert!(is_inside && !text.content.contains("inf"), "{text:?}");
        }
        let (_, files) = run(parameters, name, table).expect("a plot");
        if let Ok(folder) = std::env::var("PICTURES") {
            std::fs::write(format!("{folder}/{name}.png"), &files[1].bytes).expect("a file");
        }
    }
}
