//! Ten thousand discs at once: a disc is computed once for each of a few positions within a
//! pixel and then stamped. Filling a path for each would take twenty times as long.

use crate::coverage::Mask;
use crate::scene::{Paint, Point};
use tiny_skia::Pixmap;

/// Positions within a pixel, each way, that are told apart.
const FRACTIONS: usize = 4;

/// Draws discs of `radius` pixels at `centres` times `to_pixels`. They cover the picture as
/// one shape: where they overlap, the colour does not add up.
pub fn draw(pixmap: &mut Pixmap, centres: &[Point], radius: f32, to_pixels: f32, paint: Paint) {
    let Some(mut mask) = Mask::around(pixmap, centres, radius, to_pixels) else {
        return;
    };
    let stamps = Stamps::new(radius);
    for (x, y) in centres {
        stamps.press(&mut mask, *x as f32 * to_pixels, *y as f32 * to_pixels);
    }
    mask.paint(pixmap, paint);
}

/// Discs of one radius.
pub struct Stamps {
    side: usize,
    /// For each fraction down and across: the coverage of `side` times `side` pixels.
    discs: Vec<Vec<u8>>,
}

impl Stamps {
    pub fn new(radius: f32) -> Self {
        let reach = (radius + 1.0).ceil();
        let side = reach as usize * 2 + 1;
        let disc = |i: usize| {
            let part = |n: usize| (n as f32 + 0.5) / FRACTIONS as f32;
            let (x, y) = (part(i % FRACTIONS), part(i / FRACTIONS));
            let pixel = |i: usize| {
                let dx = (i % side) as f32 + 0.5 - reach - x;
                let dy = (i / side) as f32 + 0.5 - reach - y;
                // The edge of a disc through a pixel is nearly straight, so the pixel's
                // covered part is its distance from the edge.
                ((radius - dx.hypot(dy) + 0.5).clamp(0.0, 1.0) * 255.0).round() as u8
            };
            (0..side * side).map(pixel).collect()
        };
        Self {
            side,
            discs: (0..FRACTIONS * FRACTIONS).map(disc).collect(),
        }
    }

    /// Adds a disc with its centre at this place of the picture; what lies outside the mask is
    /// cut off.
    pub fn press(&self, mask: &mut Mask, x: f32, y: f32) {
        let fraction = |v: f32| (((v - v.floor()) * FRACTIONS as f32) as usize).min(FRACTIONS - 1);
        let Some(disc) = self.discs.get(fraction(y) * FRACTIONS + fraction(x)) else {
            return;
        };
        let reach = (self.side / 2) as i64;
        let (left, top) = (x.floor() as i64 - reach, y.floor() as i64 - reach);
        for (row, y) in disc.chunks_exact(self.side).zip(top..) {
            let Some((target, skipped)) = mask.row(left, y) else {
                continue;
            };
            let row = row.get(skipped..).unwrap_or_default();
            for (pixel, coverage) in target.iter_mut().zip(row) {
                *pixel = (*pixel).max(*coverage);
            }
        }
    }
}
