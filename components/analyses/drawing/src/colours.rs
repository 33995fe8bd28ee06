//! From numbers to colours.

use crate::theme::Rgb;

/// Steps of a map that are told apart: a picture's colours stay few, and each of them exact in the PNG.
const STEPS: f64 = 63.0;

/// A scale of colours, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColourMap {
    /// From little to much: viridis, by Nathaniel Smith and Stéfan van der Walt (2015, CC0), which is
    /// even to the eye and readable with any colour vision.
    Sequential,
    /// From blue over near white to red, with the middle at 0.5: RdBu of ColorBrewer (Brewer 2003),
    /// reversed.
    Diverging,
}

const VIRIDIS: [Rgb; 11] = [
    [68, 1, 84],
    [72, 36, 117],
    [65, 68, 135],
    [53, 95, 141],
    [42, 120, 142],
    [33, 145, 140],
    [34, 168, 132],
    [68, 191, 112],
    [122, 209, 81],
    [189, 223, 38],
    [253, 231, 37],
];
const BLUE_RED: [Rgb; 11] = [
    [5, 48, 97],
    [33, 102, 172],
    [67, 147, 195],
    [146, 197, 222],
    [209, 229, 240],
    [247, 247, 247],
    [253, 219, 199],
    [244, 165, 130],
    [214, 96, 77],
    [178, 24, 43],
    [103, 0, 31],
];

impl ColourMap {
    /// The colour at a place from 0 to 1; what is outside has the colour of the end.
    pub fn at(self, place: f64) -> Rgb {
        let anchors = match self {
            Self::Sequential => &VIRIDIS,
            Self::Diverging => &BLUE_RED,
        };
        let place = (place.clamp(0.0, 1.0) * STEPS).round() / STEPS * (anchors.len() - 1) as f64;
        let at = place.floor() as usize;
        let [from, to] = [at, at + 1].map(|at| {
            anchors
                .get(at)
                .or(anchors.last())
                .copied()
                .unwrap_or_default()
        });
        mix(from, to, place.fract())
    }
}

/// A colour between two, `part` of the way.
pub fn mix(from: Rgb, to: Rgb, part: f64) -> Rgb {
    let [a, b, c] = from;
    let [x, y, z] = to;
    [(a, x), (b, y), (c, z)].map(|(from, to)| {
        (f64::from(from) + (f64::from(to) - f64::from(from)) * part).round() as u8
    })
}

/// Whether dark letters are read better on this colour than light ones, by its relative luminance as
/// sRGB's weights give it roughly.
pub fn is_light([red, green, blue]: Rgb) -> bool {
    0.2126 * f64::from(red) + 0.7152 * f64::from(green) + 0.0722 * f64::from(blue) > 140.0
}
