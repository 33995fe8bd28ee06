//! Figures: one or several panels of lines, marks, bands, bars, boxes and coloured cells, with axes,
//! legends and words, as SVG and as PNG of the same scene.
//!
//! An analysis says what to draw as a [`Figure`], in the units of its data, and [`draw`]s it:
//!
//! ```
//! use std::borrow::Cow;
//! use drawing::{Axis, Figure, Layer, Panel, Size, Stroke, Theme, Values};
//!
//! let theme = Theme::light();
//! let years = Values::Numbers(Cow::Owned(vec![2001.0, 2002.0, 2003.0, 2004.0]));
//! let level = Values::Numbers(Cow::Owned(vec![3.0, f64::NAN, 4.0, 4.5]));
//! let line = Layer::Line { x: years, y: level, stroke: Stroke::solid(theme.colour(0)) };
//! let figure = Figure {
//!     title: "Level".into(),
//!     description: "A line from 3 in 2001 to 4.5 in 2004.".into(),
//!     panels: vec![Panel {
//!         x: Axis::number("year"),
//!         y: Axis::number("level (m)"),
//!         layers: vec![line],
//!         ..Panel::default()
//!     }],
//!     ..Figure::new(Size { width: 640, height: 360 }, theme)
//! };
//! let [svg, png] = drawing::draw(figure, 2.0)?;
//! # assert!(svg.starts_with(b"<svg") && png.starts_with(b"\x89PNG"));
//! # Ok::<(), String>(())
//! ```
//!
//! [`compose`] makes the figure a [`scene`] of shapes, with the help of [`grid`], which gives each panel its
//! room, and of [`layout`], which gives a panel's axes ([`axis`], [`ticks`], [`time_ticks`], [`scale`]),
//! [`legend`], [`colour_bar`] and [`text`] theirs. [`layers`] turns data into shapes; [`thin`] leaves out
//! what cannot be seen. [`svg`] and [`png`] draw the scene, the latter with its own [`coverage`],
//! [`discs`], [`strokes`] and [`palette`]. The same figure gives the same bytes.

pub mod axis;
pub mod colour_bar;
pub mod colours;
pub mod compose;
pub mod coverage;
pub mod discs;
pub mod extent;
pub mod figure;
pub mod grid;
pub mod layers;
pub mod layout;
pub mod legend;
pub mod markers;
pub mod palette;
pub mod png;
pub mod scale;
pub mod scene;
pub mod strokes;
pub mod svg;
pub mod text;
pub mod theme;
pub mod thin;
pub mod ticks;
pub mod time_ticks;

pub use colours::ColourMap;
pub use compose::compose;
pub use figure::{
    Axis, Bar, Bubble, Cell, ColourBar, Direction, Entry, Figure, FiveNumbers, Layer, Panel, Shape,
    Share, Shows, Size, Stroke, Swatch, Values,
};
pub use theme::{Rgb, Theme};

/// Draws the figure: the SVG and the PNG, the latter with `scale` pixels for each of the figure's.
///
/// # Errors
/// When the PNG is too large for the memory.
pub fn draw(figure: Figure, scale: f32) -> Result<[Vec<u8>; 2], String> {
    let scene = compose(figure);
    Ok([svg::draw(&scene)?.into_bytes(), png::draw(&scene, scale)?])
}
