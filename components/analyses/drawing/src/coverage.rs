//! How much of each pixel a shape covers, before its colour is laid over the picture.
//!
//! A mask takes the greatest coverage of all parts of a shape, so discs or strokes that
//! overlap are one shape, as an SVG path is.

use crate::scene::{Paint, Point};
use tiny_skia::{Pixmap, PremultipliedColorU8};

/// Coverage, 0 to 255, of a part of the picture.
pub struct Mask {
    left: usize,
    top: usize,
    width: usize,
    coverage: Vec<u8>,
}

impl Mask {
    /// An empty mask of the pixels within `reach` pixels of the points times `to_pixels`, or
    /// none where that is outside the picture.
    pub fn around(pixmap: &Pixmap, points: &[Point], reach: f32, to_pixels: f32) -> Option<Self> {
        let reach = f64::from(reach) + 2.0;
        let span = |of: fn(&Point) -> i32, length: u32| {
            let low = points.iter().map(of).min()?;
            let high = points.iter().map(of).max()?;
            let pixels = |units: i32| f64::from(units) * f64::from(to_pixels);
            let limit = f64::from(length);
            let from = (pixels(low) - reach).clamp(0.0, limit) as usize;
            let to = (pixels(high) + reach).clamp(0.0, limit) as usize;
            (to > from).then_some((from, to - from))
        };
        let (left, width) = span(|point| point.0, pixmap.width())?;
        let (top, height) = span(|point| point.1, pixmap.height())?;
        Some(Self {
            left,
            top,
            width,
            coverage: vec![0; width * height],
        })
    }

    /// The mask's part of the picture's row `y` from column `x` on, and how many pixels of
    /// such a stretch lie left of the mask. Nothing where the mask has no such row.
    pub fn row(&mut self, x: i64, y: i64) -> Option<(&mut [u8], usize)> {
        let line = usize::try_from(y - self.top as i64).ok()?;
        let row = self
            .coverage
            .get_mut(line * self.width..(line + 1) * self.width)?;
        let column = x - self.left as i64;
        let skipped = usize::try_from(-column).unwrap_or(0);
        let column = usize::try_from(column).unwrap_or(0);
        Some((row.get_mut(column..)?, skipped))
    }

    /// Lays the colour over the picture where the mask covers it.
    pub fn paint(&self, pixmap: &mut Pixmap, paint: Paint) {
        /// Most of a mask is empty: it is skipped in pieces of this many pixels.
        const PIECE: usize = 16;
        let stride = pixmap.width() as usize;
        let opacity = (paint.alpha * 256.0).round().clamp(0.0, 256.0) as u32;
        let rows = pixmap.pixels_mut().chunks_exact_mut(stride).skip(self.top);
        for (pixels, coverage) in rows.zip(self.coverage.chunks_exact(self.width)) {
            let pixels = pixels.get_mut(self.left..).unwrap_or_default();
            for (pixels, coverage) in pixels.chunks_mut(PIECE).zip(coverage.chunks(PIECE)) {
                if coverage.iter().fold(0, |any, pixel| any | pixel) == 0 {
                    continue;
                }
                for (pixel, coverage) in pixels.iter_mut().zip(coverage) {
                    let weight = (u32::from(*coverage) * opacity) >> 8;
                    *pixel = mixed(*pixel, paint.colour, weight);
                }
            }
        }
    }
}

/// An opaque pixel with `weight` 255ths of a colour over it.
fn mixed(pixel: PremultipliedColorU8, over: [u8; 3], weight: u32) -> PremultipliedColorU8 {
    let mix = |under: u8, over: u8| {
        ((u32::from(under) * (255 - weight) + u32::from(over) * weight + 127) / 255) as u8
    };
    let [red, green, blue] = over;
    let (red, green, blue) = (
        mix(pixel.red(), red),
        mix(pixel.green(), green),
        mix(pixel.blue(), blue),
    );
    PremultipliedColorU8::from_rgba(red, green, blue, 255).unwrap_or(pixel)
}
