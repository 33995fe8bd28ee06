//! The analysis `plot`: what the pictures are. What they look like is for eyes; see
//! components/analyses/plot.

use it::{Call, file, fresh, shared};
use serde_json::{Value, json};

/// Runs a plot of the sample data and returns its files by name.
fn plot(params: Value) -> Vec<(String, String, Vec<u8>)> {
    let name = fresh("plotted");
    shared().import_csv(&name, "time=date", file("data/weather.csv"));
    let job = shared().run_job(&json!({"analysis": "plot", "dataset": name, "params": params}));
    assert_eq!(job["status"], "complete", "{job}");
    let files = job["files"].as_array().expect("files");
    let text = |file: &Value, member: &str| file[member].as_str().expect("a text").to_owned();
    files
        .iter()
        .map(|file| {
            let answer = shared().send(Call::get(&text(file, "url"))).expect(200);
            assert_eq!(answer.header("content-type"), text(file, "media_type"));
            assert_eq!(Some(answer.body.len() as u64), file["bytes"].as_u64());
            (text(file, "name"), text(file, "media_type"), answer.body)
        })
        .collect()
}

fn svg(files: &[(String, String, Vec<u8>)]) -> String {
    let file = files
        .iter()
        .find(|(_, media_type, _)| media_type == "image/svg+xml");
    String::from_utf8(file.expect("an SVG").2.clone()).expect("UTF-8")
}

#[test]
fn a_line_plot_is_a_png_and_an_svg_of_the_size_asked_for() {
    let files = plot(json!({
        "y": ["temp_max", "temp_min"], "title": "Seattle & surroundings",
        "width": 600, "height": 400, "scale": 1,
    }));
    let (_, _, png) = files
        .iter()
        .find(|(_, media_type, _)| media_type == "image/png")
        .expect("a PNG");
    assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n");
    let size = |at: usize| u32::from_be_bytes([png[at], png[at + 1], png[at + 2], png[at + 3]]);
    assert_eq!((size(16), size(20)), (600, 400));
    let svg = svg(&files);
    for part in [
        "<svg",
        "Seattle &amp; surroundings",
        "temp_max",
        "temp_min",
        "2013",
    ] {
        assert!(svg.contains(part), "the SVG has no {part}");
    }
}

#[test]
fn a_scatter_plot_of_one_field_against_another() {
    let files = plot(json!({"kind": "scatter", "x": "temp_min", "y": "temp_max"}));
    let svg = svg(&files);
    for part in ["temp_min", "temp_max"] {
        assert!(svg.contains(part), "the SVG has no {part}");
    }
}

#[test]
fn the_same_plot_of_the_same_points_is_the_same_picture() {
    let params = json!({"y": "wind", "title": "Wind"});
    assert_eq!(plot(params.clone())[0].2, plot(params)[0].2);
}
