//! From a layer's data to shapes at their pixels.

use crate::figure::{Bar, Bubble, Cell, Direction, FiveNumbers, Layer, Shape, Stroke, Values};
use crate::layout::Layout;
use crate::markers::{dashes, marks};
use crate::scene::{Item, Paint, Point, units};
use crate::theme::{Rgb, Theme};
use crate::thin;

/// Pixels of a line that marks a place.
const RULE: f64 = 1.5;
/// How opaque a box of a box plot is.
const BOX_ALPHA: f64 = 0.35;

/// Draws a layer between the axes of the layout.
pub fn draw(layer: &Layer, layout: &Layout, theme: &Theme, items: &mut Vec<Item>) {
    let plot = Plot { layout, theme };
    match layer {
        Layer::Line { x, y, stroke } => plot.line(x, y, stroke, items),
        Layer::Marks {
            x,
            y,
            shape,
            colour,
            diameter,
        } => plot.marks(x, y, *shape, *colour, *diameter, items),
        Layer::Bubbles { bubbles, shape } => plot.bubbles(bubbles, *shape, items),
        Layer::Band {
            x,
            low,
            high,
            colour,
            alpha,
        } => {
            let paint = Paint {
                colour: *colour,
                alpha: *alpha,
            };
            plot.band(x, low, high, paint, items);
        }
        Layer::Bars {
            bars,
            colour,
            alpha,
        } => plot.bars(
            bars,
            Paint {
                colour: *colour,
                alpha: *alpha,
            },
            items,
        ),
        Layer::Cells { cells } => plot.cells(cells, items),
        Layer::Boxes { boxes, colour } => {
            for of in boxes {
                plot.five_numbers(of, *colour, items);
            }
        }
        Layer::Rule {
            direction,
            at,
            stroke,
        } => plot.rule(*direction, *at, stroke, items),
    }
}

struct Plot<'a> {
    layout: &'a Layout,
    theme: &'a Theme,
}

impl Plot<'_> {
    /// The pixel of a position, or none where an axis cannot show it.
    fn at(&self, x: f64, y: f64) -> Option<(f64, f64)> {
        let (x, y) = (self.layout.across.scale.at(x), self.layout.up.scale.at(y));
        (x.is_finite() && y.is_finite()).then_some((x, y))
    }

    fn width(&self) -> f64 {
        self.layout.right - self.layout.left
    }

    fn places<'a>(
        &'a self,
        x: &'a Values<'a>,
        y: &'a Values<'a>,
    ) -> impl ExactSizeIterator<Item = Option<(f64, f64)>> + 'a {
        (0..x.len().min(y.len())).map(|index| self.at(x.get(index), y.get(index)))
    }

    fn line(&self, x: &Values, y: &Values, stroke: &Stroke, items: &mut Vec<Item>) {
        let points = x.len().min(y.len());
        let crowded = points as f64 / self.width().max(1.0);
        // A dense line is a texture: thinner strokes keep it from becoming a blot.
        let width = stroke.width.map_or(
            match crowded {
                c if c < 0.5 => 20,
                c if c < 2.0 => 15,
                _ => 12,
            },
            |pixels| units(pixels).unsigned_abs(),
        );
        let paint = Paint::solid(stroke.colour);
        let mut lone = Vec::new();
        for piece in thin::line(self.places(x, y), self.width()) {
            match piece.as_slice() {
                [point] => lone.push(*point),
                _ => {
                    let pieces = match stroke.dash {
                        [] => vec![piece],
                        pattern => dashes(piece, pattern),
                    };
                    items.extend(pieces.into_iter().map(|points| Item::Line {
                        points,
                        width,
                        paint,
                    }));
                }
            }
        }
        if !lone.is_empty() {
            let diameter = if points == 1 { 70 } else { width * 2 };
            items.push(Item::Dots {
                centres: lone,
                diameter,
                paint,
            });
        }
    }

    fn marks(
        &self,
        x: &Values,
        y: &Values,
        shape: Shape,
        colour: Rgb,
        diameter: Option<f64>,
        items: &mut Vec<Item>,
    ) {
        let layout = self.layout;
        let count = x.len().min(y.len());
        let diameter = diameter.unwrap_or(match (shape, count) {
            (Shape::Point, _) => 3.2,
            (_, 0..=60) => 7.0,
            (_, 61..=300) => 5.8,
            (_, 301..=1_000) => 4.8,
            (_, 1_001..=4_000) => 4.0,
            (_, 4_001..=20_000) => 3.2,
            _ => 2.6,
        });
        let plot = [
            layout.left,
            layout.top,
            self.width(),
            layout.bottom - layout.top,
        ];
        let thinned = thin::scatter(self.places(x, y).flatten(), plot, diameter / 4.0);
        // Points drawn over each other darken: a mark is as opaque as the points it stands for.
        let shades: &[(u32, f64)] = match count {
            0..=1_000 => &[(u32::MAX, 0.8)],
            _ => &[(1, 0.5), (3, 0.7), (7, 0.85), (u32::MAX, 1.0)],
        };
        let mut above = 0;
        for &(most, alpha) in shades {
            let shade = thinned
                .iter()
                .filter(|mark| mark.points > above && mark.points <= most);
            let centres: Vec<Point> = shade.map(|mark| mark.at).collect();
            above = most;
            marks(shape, &centres, diameter, Paint { colour, alpha }, items);
        }
    }

    fn bubbles(&self, bubbles: &[Bubble], shape: Shape, items: &mut Vec<Item>) {
        // Neighbours in the list that look the same are one shape of the scene.
        let look = |bubble: &Bubble| (units(bubble.diameter), bubble.colour);
        for run in bubbles.chunk_by(|a, b| look(a) == look(b)) {
            let Some(first) = run.first() else { continue };
            let places = run.iter().filter_map(|bubble| self.at(bubble.x, bubble.y));
            let centres: Vec<Point> = places.map(|(x, y)| (units(x), units(y))).collect();
            let paint = Paint {
                colour: first.colour,
                alpha: 0.8,
            };
            marks(shape, &centres, first.diameter, paint, items);
        }
    }

    fn band(&self, x: &Values, low: &Values, high: &Values, paint: Paint, items: &mut Vec<Item>) {
        let count = x.len().min(low.len()).min(high.len());
        let is_whole = |index: usize| low.get(index).is_finite() && high.get(index).is_finite();
        let edge = |of: &Values| {
            let places = (0..count).map(|index| {
                if is_whole(index) {
                    self.at(x.get(index), of.get(index))
                } else {
                    None
                }
            });
            thin::line(places, self.width())
        };
        // Both edges are broken at the same places, so their pieces belong together.
        let shapes = edge(high)
            .into_iter()
            .zip(edge(low))
            .map(|(mut shape, below)| {
                shape.extend(below.into_iter().rev());
                shape
            });
        let shapes: Vec<Vec<Point>> = shapes.filter(|shape| shape.len() > 2).collect();
        if !shapes.is_empty() {
            items.push(Item::Polygons { shapes, paint });
        }
    }

    /// The pixels of two positions each way, within the plot, in whole pixels: neighbours then neither
    /// overlap nor leave a seam.
    fn corners(&self, x: [f64; 2], y: [f64; 2]) -> Option<[f64; 4]> {
        let layout = self.layout;
        let across = x.map(|x| layout.across.scale.at(x));
        let up = y.map(|y| layout.up.scale.at(y));
        let [a, b] = across.map(|x| x.clamp(layout.left, layout.right).round());
        // What a logarithmic axis cannot show is below it.
        let foot = |y: f64| if y.is_nan() { layout.bottom } else { y };
        let [c, d] = up.map(|y| foot(y).clamp(layout.top, layout.bottom).round());
        let known = across.iter().all(|x| x.is_finite());
        known.then_some([a.min(b), c.min(d), a.max(b), c.max(d)])
    }

    fn bars(&self, bars: &[Bar], paint: Paint, items: &mut Vec<Item>) {
        for bar in bars {
            let Some([left, top, right, bottom]) = self.corners(bar.x, bar.y) else {
                continue;
            };
            // A hair of background between neighbours, where there is room for it.
            let right = if right - left >= 5.0 {
                right - 1.0
            } else {
                right
            };
            if right > left && bottom > top {
                items.push(rect([left, top, right, bottom], paint));
            }
        }
    }

    fn cells(&self, cells: &[Cell], items: &mut Vec<Item>) {
        for cell in cells {
            if let Some(corners) = self.corners(cell.x, cell.y) {
                items.push(rect(corners, Paint::solid(cell.colour)));
            }
        }
    }

    fn five_numbers(&self, of: &FiveNumbers, colour: Rgb, items: &mut Vec<Item>) {
        let half = of.width / 2.0;
        let sides = [of.at - half, of.at + half];
        let Some([left, top, right, bottom]) =
            self.corners(sides, [of.lower_quartile, of.upper_quartile])
        else {
            return;
        };
        let middle = ((left + right) / 2.0).floor() + 0.5;
        let stroke = |width: u32, from: (f64, f64), to: (f64, f64), colour: Rgb| Item::Line {
            points: vec![(units(from.0), units(from.1)), (units(to.0), units(to.1))],
            width,
            paint: Paint::solid(colour),
        };
        let up = |value: f64| self.layout.up.scale.at(value);
        let cap = (right - left) / 4.0;
        for (from, to) in [(of.lower_quartile, of.low), (of.upper_quartile, of.high)] {
            let end = up(to);
            items.push(stroke(12, (middle, up(from)), (middle, end), colour));
            items.push(stroke(12, (middle - cap, end), (middle + cap, end), colour));
        }
        items.push(rect(
            [left, top, right, bottom],
            Paint {
                colour,
                alpha: BOX_ALPHA,
            },
        ));
        let edges = [
            (left, top),
            (right, top),
            (right, bottom),
            (left, bottom),
            (left, top),
        ];
        let points = edges.map(|(x, y)| (units(x), units(y))).to_vec();
        items.push(Item::Line {
            points,
            width: 12,
            paint: Paint::solid(colour),
        });
        let median = up(of.median);
        items.push(stroke(
            22,
            (left, median),
            (right, median),
            self.theme.title,
        ));
        let beyond = of.beyond.iter().filter_map(|value| self.at(of.at, *value));
        let centres: Vec<Point> = beyond.map(|(_, y)| (units(middle), units(y))).collect();
        marks(
            Shape::Disc,
            &centres,
            3.4,
            Paint { colour, alpha: 0.6 },
            items,
        );
    }

    fn rule(&self, direction: Direction, at: f64, stroke: &Stroke, items: &mut Vec<Item>) {
        let layout = self.layout;
        let ends = match direction {
            Direction::Horizontal => {
                let y = layout.up.scale.at(at);
                (layout.top..=layout.bottom)
                    .contains(&y)
                    .then_some([(layout.left, y), (layout.right, y)])
            }
            Direction::Vertical => {
                let x = layout.across.scale.at(at);
                (layout.left..=layout.right)
                    .contains(&x)
                    .then_some([(x, layout.bottom), (x, layout.top)])
            }
        };
        let Some(ends) = ends else { return };
        let line = ends.map(|(x, y)| (units(x), units(y))).to_vec();
        let pieces = match stroke.dash {
            [] => vec![line],
            pattern => dashes(line, pattern),
        };
        let width = units(stroke.width.unwrap_or(RULE)).unsigned_abs();
        let paint = Paint::solid(stroke.colour);
        items.extend(pieces.into_iter().map(|points| Item::Line {
            points,
            width,
            paint,
        }));
    }
}

fn rect([left, top, right, bottom]: [f64; 4], paint: Paint) -> Item {
    Item::Rect {
        from: (units(left), units(top)),
        to: (units(right), units(bottom)),
        paint,
    }
}
