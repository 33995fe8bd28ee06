//! Shapes of marks, and lines cut into dashes.

use crate::figure::Shape;
use crate::scene::{Item, Paint, Point, units};

/// Lengths of dashes and gaps in pixels.
pub const DASHED: &[f64] = &[6.5, 4.0];
pub const DOTTED: &[f64] = &[1.8, 2.6];
pub const DASH_DOTTED: &[f64] = &[7.0, 3.0, 1.8, 3.0];

/// Pieces of one dashed line that are drawn at most: a line with more is drawn whole, for its gaps
/// could not be seen.
const MOST_DASHES: usize = 5_000;

/// Marks of one shape and size at these centres, as one shape.
pub fn marks(shape: Shape, centres: &[Point], diameter: f64, paint: Paint, items: &mut Vec<Item>) {
    if centres.is_empty() {
        return;
    }
    let corners = match shape {
        Shape::Disc | Shape::Point => {
            items.push(Item::Dots {
                centres: centres.to_vec(),
                diameter: units(diameter).unsigned_abs(),
                paint,
            });
            return;
        }
        _ => corners(shape, diameter / 2.0),
    };
    let shapes = centres
        .iter()
        .map(|(x, y)| corners.iter().map(|(dx, dy)| (x + dx, y + dy)).collect());
    items.push(Item::Polygons {
        shapes: shapes.collect(),
        paint,
    });
}

/// Corners of a shape around its centre. Those that look larger than a disc are made smaller.
fn corners(shape: Shape, radius: f64) -> Vec<Point> {
    let scaled = |part: f64, corners: &[(f64, f64)]| -> Vec<Point> {
        corners
            .iter()
            .map(|(x, y)| (units(x * radius * part), units(y * radius * part)))
            .collect()
    };
    // Half the width of a cross's arm.
    const ARM: f64 = 0.28;
    const PLUS: [(f64, f64); 12] = [
        (-ARM, -1.0),
        (ARM, -1.0),
        (ARM, -ARM),
        (1.0, -ARM),
        (1.0, ARM),
        (ARM, ARM),
        (ARM, 1.0),
        (-ARM, 1.0),
        (-ARM, ARM),
        (-1.0, ARM),
        (-1.0, -ARM),
        (-ARM, -ARM),
    ];
    match shape {
        Shape::Disc | Shape::Point | Shape::Square => {
            scaled(0.88, &[(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)])
        }
        Shape::Diamond => scaled(1.2, &[(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)]),
        Shape::TriangleUp => scaled(1.1, &[(0.0, -1.0), (1.0, 0.8), (-1.0, 0.8)]),
        Shape::TriangleDown => scaled(1.1, &[(0.0, 1.0), (1.0, -0.8), (-1.0, -0.8)]),
        Shape::Plus => scaled(1.15, &PLUS),
        Shape::Cross => {
            let half = std::f64::consts::FRAC_1_SQRT_2;
            let turned = PLUS.map(|(x, y)| ((x - y) * half, (x + y) * half));
            scaled(1.25, &turned)
        }
        Shape::Star => scaled(1.25, &star()),
    }
}

/// A star of five points: ten corners on two circles, the inner of the golden ratio's square.
fn star() -> [(f64, f64); 10] {
    std::array::from_fn(|corner| {
        let radius = if corner % 2 == 0 { 1.0 } else { 0.42 };
        let angle = corner as f64 * std::f64::consts::PI / 5.0;
        (radius * libm::sin(angle), -radius * libm::cos(angle))
    })
}

/// A line's dashes: `pattern` has the lengths in pixels, dash and gap by turns.
pub fn dashes(line: Vec<Point>, pattern: &[f64]) -> Vec<Vec<Point>> {
    let lengths: Vec<f64> = pattern
        .iter()
        .map(|pixels| f64::from(units(*pixels)))
        .collect();
    let period: f64 = lengths.iter().sum();
    let whole: f64 = line
        .iter()
        .zip(line.iter().skip(1))
        .map(|(from, to)| distance(*from, *to))
        .sum();
    if period <= 0.0 || whole / period * lengths.len() as f64 > MOST_DASHES as f64 * 2.0 {
        return vec![line];
    }
    let mut pieces = Vec::new();
    let mut turns = lengths.iter().enumerate().cycle();
    let Some((mut turn, mut left)) = turns.next().map(|(turn, length)| (turn, *length)) else {
        return vec![line];
    };
    let mut piece: Vec<Point> = line.first().copied().into_iter().collect();
    for (from, to) in line.iter().zip(line.iter().skip(1)) {
        let length = distance(*from, *to);
        let mut done = 0.0;
        while length - done > left {
            done += left;
            let at = between(*from, *to, done / length);
            if turn % 2 == 0 {
                piece.push(at);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece = vec![at];
            }
            let Some((next, length)) = turns.next() else {
                break;
            };
            (turn, left) = (next, *length);
        }
        left -= length - done;
        if turn % 2 == 0 {
            piece.push(*to);
        }
    }
    if turn % 2 == 0 && piece.len() > 1 {
        pieces.push(piece);
    }
    pieces
}

fn distance(from: Point, to: Point) -> f64 {
    libm::hypot(f64::from(to.0 - from.0), f64::from(to.1 - from.1))
}

fn between(from: Point, to: Point, part: f64) -> Point {
    let mix = |from: i32, to: i32| (f64::from(from) + f64::from(to - from) * part).round() as i32;
    (mix(from.0, to.0), mix(from.1, to.1))
}
