//! The picture as a list of shapes. [`crate::svg`] and [`crate::png`] draw the same list, so
//! the two files show the same picture.
//!
//! Coordinates are whole tenths of a pixel from the upper left corner: plotters' backends take
//! whole numbers, and a tenth is finer than any screen.

use crate::text::{ASCENT, DESCENT};
use crate::theme::Rgb;

/// Units of the scene for each pixel.
pub const UNITS: f64 = 10.0;

/// A point of the scene.
pub type Point = (i32, i32);

/// Pixels as scene units. Not-a-number gives 0, and what is far outside stays far outside.
pub fn units(pixels: f64) -> i32 {
    (pixels * UNITS).round().clamp(-1e8, 1e8) as i32
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Paint {
    pub colour: Rgb,
    /// 0 clear to 1 opaque.
    pub alpha: f64,
}

impl Paint {
    pub fn solid(colour: Rgb) -> Self {
        Self { colour, alpha: 1.0 }
    }
}

/// Which point of a text its position names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// One line of text.
#[derive(Clone, Debug)]
pub struct Text {
    pub content: String,
    /// The anchor's place, and the baseline.
    pub at: Point,
    /// Font size, and the width that the font's metrics give, in pixels.
    pub size: f64,
    pub width: f64,
    pub bold: bool,
    pub anchor: Anchor,
    pub colour: Rgb,
}

impl Text {
    /// Left, top, right and bottom in pixels.
    pub fn bounds(&self) -> [f64; 4] {
        let (x, baseline) = (f64::from(self.at.0) / UNITS, f64::from(self.at.1) / UNITS);
        let left = match self.anchor {
            Anchor::Start => x,
            Anchor::Middle => x - self.width / 2.0,
            Anchor::End => x - self.width,
        };
        [
            left,
            baseline - ASCENT * self.size,
            left + self.width,
            baseline + DESCENT * self.size,
        ]
    }
}

/// A shape.
#[derive(Clone, Debug)]
pub enum Item {
    /// A filled rectangle: upper left and lower right corner.
    Rect {
        from: Point,
        to: Point,
        paint: Paint,
    },
    /// A line through the points, `width` units thick, with round joins.
    Line {
        points: Vec<Point>,
        width: u32,
        paint: Paint,
    },
    /// Discs of one size. Where they overlap they are one shape: the colour adds up only
    /// between items.
    Dots {
        centres: Vec<Point>,
        diameter: u32,
        paint: Paint,
    },
    /// Filled areas, each within its corners.
    Polygons {
        shapes: Vec<Vec<Point>>,
        paint: Paint,
    },
    Text(Text),
}

#[derive(Clone, Debug)]
pub struct Scene {
    /// Pixels.
    pub width: u32,
    pub height: u32,
    pub background: Rgb,
    /// What the picture is, for those who do not see it.
    pub title: String,
    pub description: String,
    pub items: Vec<Item>,
}

impl Scene {
    pub fn texts(&self) -> impl Iterator<Item = &Text> {
        self.items.iter().filter_map(|item| match item {
            Item::Text(text) => Some(text),
            Item::Rect { .. } | Item::Line { .. } | Item::Dots { .. } | Item::Polygons { .. } => {
                None
            }
        })
    }
}
