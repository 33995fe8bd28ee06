//! The files themselves, read back by other programs' libraries.

use crate::{days, noise, run};
use jiff::civil::date;
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::roxmltree::Document;
use resvg::usvg::{Options, Tree};

fn draw(parameters: &str, title: &str, columns: &[(&str, &[f64])]) -> (String, Vec<u8>) {
    let table = days(date(2012, 1, 1), columns);
    let (_, files) = run(parameters, title, table).expect("a plot");
    let [svg, png] = files.try_into().expect("two files");
    (String::from_utf8(svg.bytes).expect("UTF-8"), png.bytes)
}

#[test]
fn the_svg_is_well_formed_whatever_the_names() {
    let evil = "a \"b\" 'c' <d> & ]]> \u{1}\u{7f}\u{fffe} é 温度 🙂";
    let parameters = serde_json::json!({
        "y": [evil, "plain"], "title": evil, "x_label": evil, "y_label": evil,
    });
    let columns: &[(&str, &[f64])] = &[(evil, &[1.0, 2.0]), ("plain", &[2.0, 3.0])];
    let (svg, _) = draw(&parameters.to_string(), "", columns);
    let document = Document::parse(&svg).expect("well-formed XML");
    let root = document.root_element();
    assert_eq!(root.attribute("role"), Some("img"));
    assert_eq!(
        (root.attribute("width"), root.attribute("height")),
        (Some("960"), Some("540"))
    );
    let shown = "a \"b\" 'c' <d> & ]]> é 温度 🙂";
    let texts = |tag: &str| -> Vec<String> {
        let nodes = document.descendants().filter(|node| node.has_tag_name(tag));
        nodes
            .filter_map(|node| node.text())
            .map(|text| text.trim().to_owned())
            .collect()
    };
    assert_eq!(texts("title"), [shown]);
    assert!(
        texts("desc")[0].starts_with("Line plot of a \"b\""),
        "{:?}",
        texts("desc")
    );
    assert_eq!(
        texts("text").iter().filter(|text| *text == shown).count(),
        4
    );
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let values = noise(5_000);
    for kind in ["line", "scatter"] {
        let parameters = format!(r#"{{"y":"a","kind":"{kind}"}}"#);
        let once = draw(&parameters, "Twice", &[("a", &values)]);
        assert!(once == draw(&parameters, "Twice", &[("a", &values)]));
    }
}

/// The PNG's pixels as red, green, blue.
fn pixels(png: &[u8]) -> (u32, u32, Vec<u8>) {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
    decoder.set_transformations(png::Transformations::EXPAND);
    let mut reader = decoder.read_info().expect("a PNG");
    let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
    let info = reader.next_frame(&mut bytes).expect("pixels");
    assert_eq!(info.color_type, png::ColorType::Rgb);
    (info.width, info.height, bytes)
}

/// resvg draws the SVG as the PNG shows it: shapes, text and all, but for the edges of shapes
/// and their last shade.
#[test]
fn the_png_shows_the_svg() {
    let mut options = Options::default();
    for font in ["Inter-Regular.otf", "Inter-Bold.otf"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../drawing/fonts")
            .join(font);
        options
            .fontdb_mut()
            .load_font_data(std::fs::read(path).expect("the font"));
    }
    let values = noise(3_000);
    let waves: Vec<f64> = (0..300)
        .map(|i| (f64::from(i) / 20.0).sin() * 20.0)
        .collect();
    // How far apart the channels may be on average, of 255. A line through noise is nothing but
    // edges.
    let cases: [(&str, &[f64], f64); 4] = [
        (r#"{"y":"a","width":600,"height":400}"#, &waves, 0.2),
        (
            r#"{"y":"a","width":600,"height":400,"kind":"scatter","legend":true}"#,
            &waves,
            0.3,
        ),
        (
            r#"{"y":"a","width":700,"height":300,"kind":"scatter","scale":1}"#,
            &values,
            2.5,
        ),
        (
            r#"{"y":"a","width":800,"height":500,"scale":1}"#,
            &values,
            10.0,
        ),
    ];
    for (parameters, numbers, apart) in cases {
        let (svg, png) = draw(
            parameters,
            "AVAST: a “Title” of Tests, №1",
            &[("a", numbers)],
        );
        let (width, height, drawn) = pixels(&png);
        let tree = Tree::from_str(&svg, &options).expect("an SVG that resvg reads");
        let mut pixmap = Pixmap::new(width, height).expect("a picture");
        let scale = width as f32 / tree.size().width();
        resvg::render(
            &tree,
            Transform::from_scale(scale, scale),
            &mut pixmap.as_mut(),
        );

        let shown = pixmap.data().chunks_exact(4);
        let (mut sum, mut far) = (0u64, 0u64);
        for (ours, theirs) in drawn.chunks_exact(3).zip(shown) {
            let step = ours
                .iter()
                .zip(theirs)
                .map(|(a, b)| a.abs_diff(*b))
                .max()
                .unwrap_or(0);
            sum += u64::from(step);
            far += u64::from(step > 96);
        }
        let count = u64::from(width) * u64::from(height);
        let mean = sum as f64 / count as f64;
        assert!(mean < apart, "{parameters}: {mean}");
        assert!(
            far * 1000 < count,
            "{parameters}: {far} of {count} pixels differ"
        );
    }
}
