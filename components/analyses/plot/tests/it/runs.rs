use crate::{days, noise, run, scene};
use jiff::civil::date;
use plot::scene::Item;
use plot::task::{Outcome, Task};

const NAN: f64 = f64::NAN;

#[test]
fn the_result_says_what_was_drawn() {
    let table = days(
        date(1957, 12, 1),
        &[("average", &[315.5, NAN, 317.0]), ("other", &[NAN; 3])],
    );
    let (result, files) = run(r#"{"y":["average","other"]}"#, "", table).expect("a plot");
    let expected = serde_json::json!({
        "kind": "line", "x": "time", "y": ["average", "other"], "points": 3,
        "missing": {"average": 1, "other": 3},
        "range": {
            "x": ["1957-12-01T00:00:00Z", "1957-12-03T00:00:00Z"],
            "y": {"average": [315.5, 317.0], "other": null},
        },
        "width": 960, "height": 540, "scale": 2.0,
    });
    assert_eq!(result, expected);
    let names: Vec<_> = files
        .iter()
        .map(|file| (file.name, file.media_type))
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
    let palette = plot::theme::LIGHT.palette;
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
    assert_eq!(result["missing"]["a"], 10_000);
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
    table.columns[0].numbers.truncate(1);
    run(r#"{"y":"a","x":"b","scale":0.5}"#, "", table).expect("a plot");
}
