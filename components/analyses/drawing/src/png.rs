//! The scene as PNG, drawn with tiny-skia, the rasteriser of resvg.
//!
//! Drawing the scene itself and not its SVG spares parsing it again, and text shaping: the
//! glyphs stand where the layout measured them. A test compares the two pictures.

use crate::discs;
use crate::palette;
use crate::scene::{Anchor, Item, Paint, Point, Scene, Text, UNITS};
use crate::strokes;
use crate::text::Font;
use tiny_skia::{
    Color, FillRule, LineCap, LineJoin, Path, PathBuilder, Pixmap, Rect, Stroke, Transform,
};
use ttf_parser::OutlineBuilder;

/// Draws the scene with `scale` pixels for each of its pixels.
///
/// # Errors
/// When the picture is too large for the memory.
pub fn draw(scene: &Scene, scale: f32) -> Result<Vec<u8>, String> {
    let pixels = |length: u32| ((length as f32 * scale).round() as u32).max(1);
    let mut pixmap = Pixmap::new(pixels(scene.width), pixels(scene.height))
        .ok_or("The PNG is too large to draw.")?;
    let [red, green, blue] = scene.background;
    pixmap.fill(Color::from_rgba8(red, green, blue, 255));
    let mut canvas = Canvas {
        pixmap,
        to_pixels: scale / UNITS as f32,
        scale: f64::from(scale),
        regular: Font::regular(),
        bold: Font::bold(),
    };
    for item in &scene.items {
        canvas.draw(item);
    }
    palette::encode(&canvas.pixmap)
}

struct Canvas {
    pixmap: Pixmap,
    /// Pixels of the PNG for each unit of the scene, and for each pixel of it.
    to_pixels: f32,
    scale: f64,
    regular: Font,
    bold: Font,
}

impl Canvas {
    fn draw(&mut self, item: &Item) {
        match item {
            Item::Rect { from, to, paint } => self.rect(*from, *to, *paint),
            Item::Line {
                points,
                width,
                paint,
            } => self.line(points, *width, *paint),
            Item::Dots {
                centres,
                diameter,
                paint,
            } => {
                let radius = *diameter as f32 * self.to_pixels / 2.0;
                discs::draw(&mut self.pixmap, centres, radius, self.to_pixels, *paint);
            }
            Item::Polygons { shapes, paint } => self.polygons(shapes, *paint),
            Item::Text(text) => self.text(text),
        }
    }

    fn rect(&mut self, from: Point, to: Point, paint: Paint) {
        let [left, top, right, bottom] =
            [from.0, from.1, to.0, to.1].map(|units| units as f32 * self.to_pixels);
        if let Some(rect) = Rect::from_ltrb(left, top, right, bottom) {
            self.pixmap
                .fill_rect(rect, &ink(paint), Transform::identity(), None);
        }
    }

    fn line(&mut self, points: &[Point], width: u32, paint: Paint) {
        if points.len() > 2 {
            let radius = width as f32 * self.to_pixels / 2.0;
            return strokes::draw(&mut self.pixmap, points, radius, self.to_pixels, paint);
        }
        let mut path = PathBuilder::with_capacity(points.len() + 1, points.len() + 1);
        for (index, (x, y)) in points.iter().enumerate() {
            let (x, y) = (*x as f32 * self.to_pixels, *y as f32 * self.to_pixels);
            if index == 0 {
                path.move_to(x, y)
            } else {
                path.line_to(x, y)
            }
        }
        let stroke = Stroke {
            width: width as f32 * self.to_pixels,
            line_cap: LineCap::Butt,
            line_join: LineJoin::Round,
            ..Stroke::default()
        };
        if let Some(path) = path.finish() {
            self.pixmap
                .stroke_path(&path, &ink(paint), &stroke, Transform::identity(), None);
        }
    }

    fn polygons(&mut self, shapes: &[Vec<Point>], paint: Paint) {
        let mut path = PathBuilder::new();
        for shape in shapes {
            for (index, (x, y)) in shape.iter().enumerate() {
                let (x, y) = (*x as f32 * self.to_pixels, *y as f32 * self.to_pixels);
                if index == 0 {
                    path.move_to(x, y);
                } else {
                    path.line_to(x, y);
                }
            }
            path.close();
        }
        if let Some(path) = path.finish() {
            self.fill(&path, paint);
        }
    }

    fn text(&mut self, text: &Text) {
        let font = if text.bold { &self.bold } else { &self.regular };
        let size = text.size * self.scale;
        let (glyphs, width) = font.place(&text.content, size);
        let x = f64::from(text.at.0) / UNITS * self.scale;
        let start = match text.anchor {
            Anchor::Start => x,
            Anchor::Middle => x - width / 2.0,
            Anchor::End => x - width,
        };
        let mut outline = Outline {
            path: PathBuilder::new(),
            unit: font.unit(size) as f32,
            x: 0.0,
            baseline: text.at.1 as f32 * self.to_pixels,
        };
        for placed in glyphs {
            outline.x = (start + placed.x) as f32;
            if let Some(face) = font.face() {
                face.outline_glyph(placed.glyph, &mut outline);
            }
        }
        if let Some(path) = outline.path.finish() {
            self.fill(&path, Paint::solid(text.colour));
        }
    }

    fn fill(&mut self, path: &Path, paint: Paint) {
        self.pixmap.fill_path(
            path,
            &ink(paint),
            FillRule::Winding,
            Transform::identity(),
            None,
        );
    }
}

fn ink(paint: Paint) -> tiny_skia::Paint<'static> {
    let [red, green, blue] = paint.colour;
    let mut ink = tiny_skia::Paint::default();
    ink.set_color_rgba8(red, green, blue, (paint.alpha * 255.0).round() as u8);
    ink
}

/// Puts a glyph's outline, given in font units with y upwards, at its place.
struct Outline {
    path: PathBuilder,
    unit: f32,
    x: f32,
    baseline: f32,
}

impl Outline {
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.x + x * self.unit, self.baseline - y * self.unit)
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
