//! Fewer points, same picture.

use crate::scene::{Point, units};

/// Points for each pixel column from which on a line is thinned: M4 keeps four.
const DENSE: f64 = 4.0;
/// Points of one line that are never exceeded: a zigzag across the picture is a blot long
/// before.
const MOST: usize = 40_000;
/// Cells of the grid that thins a scatter plot, at most.
const MOST_CELLS: f64 = 4e6;

/// The pieces of a line in scene units, broken at missing values.
///
/// `points` gives for each value its place in pixels, or `None` where it is missing. Where
/// there are more than four points for each of the `width` pixel columns, each run of points
/// within one column is replaced by its first, lowest, highest and last: drawn at this
/// resolution, that is the same line (Jugel, Jerzak, Hackenbroich and Markl, "M4: A
/// Visualization-Oriented Time Series Data Aggregation", VLDB 2014). A gap within such a
/// column is narrower than a pixel and not shown.
pub fn line(
    points: impl ExactSizeIterator<Item = Option<(f64, f64)>>,
    width: f64,
) -> Vec<Vec<Point>> {
    let dense = points.len() as f64 > DENSE * width;
    let mut pieces = vec![Vec::new()];
    let mut run: Option<Run> = None;
    let mut broken = false;
    for point in points {
        let Some((x, y)) = point else {
            broken = true;
            continue;
        };
        let (column, point) = (x.floor(), (units(x), units(y)));
        match &mut run {
            Some(run) if dense && run.column == column => run.add(point),
            _ => {
                emit(run.replace(Run::new(column, point)), &mut pieces);
                if broken {
                    pieces.push(Vec::new());
                }
            }
        }
        broken = false;
    }
    emit(run, &mut pieces);
    pieces.retain(|piece| !piece.is_empty());
    simplify(&mut pieces);
    pieces
}

/// Consecutive points within one pixel column.
struct Run {
    column: f64,
    first: Point,
    lowest: Point,
    highest: Point,
    last: Point,
    /// Whether the lowest point came before the highest.
    falling: bool,
}

impl Run {
    fn new(column: f64, point: Point) -> Self {
        Self {
            column,
            first: point,
            lowest: point,
            highest: point,
            last: point,
            falling: false,
        }
    }

    fn add(&mut self, point: Point) {
        if point.1 < self.lowest.1 {
            self.lowest = point;
            self.falling = false;
        }
        if point.1 > self.highest.1 {
            self.highest = point;
            self.falling = true;
        }
        self.last = point;
    }
}

/// Appends a run to the last piece, without repeating a point.
fn emit(run: Option<Run>, pieces: &mut [Vec<Point>]) {
    let (Some(run), Some(piece)) = (run, pieces.last_mut()) else {
        return;
    };
    let (a, b) = if run.falling {
        (run.lowest, run.highest)
    } else {
        (run.highest, run.lowest)
    };
    for point in [run.first, a, b, run.last] {
        if piece.last() != Some(&point) {
            piece.push(point);
        }
    }
}

/// Shortens a line that runs back and forth, which M4 does not bound: drops points closer
/// than a growing distance to the one before, and if that is not enough, all but every
/// so-manieth, for such a line has long become a blot.
fn simplify(pieces: &mut Vec<Vec<Point>>) {
    let total = |pieces: &[Vec<Point>]| pieces.iter().map(Vec::len).sum::<usize>();
    let mut distance = units(0.5);
    while total(pieces) > MOST && distance < units(20.0) {
        for piece in pieces.iter_mut() {
            let mut kept: Option<Point> = None;
            keep(piece, |(x, y)| {
                let far = kept.is_none_or(|(a, b)| (x - a).abs().max((y - b).abs()) >= distance);
                if far {
                    kept = Some((x, y));
                }
                far
            });
        }
        distance *= 2;
    }
    let every = total(pieces).div_ceil(MOST);
    if every > 1 {
        let mut count = 0;
        for piece in pieces.iter_mut() {
            keep(piece, |_| {
                count += 1;
                count % every == 0
            });
        }
        pieces.retain(|piece| !piece.is_empty());
    }
}

/// Keeps the points that are wanted, and the last of a piece of which any is.
fn keep(piece: &mut Vec<Point>, mut wanted: impl FnMut(Point) -> bool) {
    let last = piece.last().copied();
    piece.retain(|point| wanted(*point));
    if !piece.is_empty() && piece.last().copied() != last {
        piece.extend(last);
    }
}

/// One mark of a scatter plot and how many points it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    pub at: Point,
    pub points: u32,
}

/// The points of a scatter plot, at most one for each square of `cell` pixels: the first of
/// the square stands for all. `left`, `top`, `width` and `height` are the plot's, in pixels.
pub fn scatter(
    points: impl Iterator<Item = (f64, f64)>,
    [left, top, width, height]: [f64; 4],
    cell: f64,
) -> Vec<Mark> {
    let cell = cell.max((width * height / MOST_CELLS).sqrt());
    let columns = (width / cell).max(0.0) as usize + 2;
    let rows = (height / cell).max(0.0) as usize + 2;
    // The place of a square's mark in `marks`, plus one.
    let mut grid = vec![0u32; columns * rows];
    let mut marks: Vec<Mark> = Vec::new();
    for (x, y) in points {
        let column = ((x - left) / cell).max(0.0) as usize;
        let row = ((y - top) / cell).max(0.0) as usize;
        let index = row.min(rows - 1) * columns + column.min(columns - 1);
        let Some(slot) = grid.get_mut(index) else {
            continue;
        };
        match slot
            .checked_sub(1)
            .and_then(|at| marks.get_mut(at as usize))
        {
            Some(mark) => mark.points = mark.points.saturating_add(1),
            None => {
                marks.push(Mark {
                    at: (units(x), units(y)),
                    points: 1,
                });
                *slot = marks.len() as u32;
            }
        }
    }
    marks
}
