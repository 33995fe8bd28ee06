//! What to draw, in the units of the data.

use std::borrow::Cow;

use jiff::tz::TimeZone;

use crate::colours::ColourMap;
use crate::theme::{Rgb, Theme};

/// Size in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    pub width: u32,
    pub height: u32,
}

/// A picture: panels in rows and columns below a heading.
#[derive(Clone, Debug)]
pub struct Figure<'a> {
    pub size: Size,
    pub theme: &'static Theme,
    /// The heading; empty for none.
    pub title: String,
    /// A sentence for those who do not see the picture.
    pub description: String,
    /// Row by row.
    pub panels: Vec<Panel<'a>>,
    /// Panels in a row, 1 or more.
    pub columns: usize,
    pub share: Share,
}

impl Figure<'_> {
    /// A figure without words and panels.
    pub fn new(size: Size, theme: &'static Theme) -> Self {
        Self {
            size,
            theme,
            title: String::new(),
            description: String::new(),
            panels: Vec::new(),
            columns: 1,
            share: Share::default(),
        }
    }
}

/// Which axes all panels have in common. A shared axis is labelled at the figure's edge only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Share {
    pub x: bool,
    pub y: bool,
}

/// One plot: axes and what is drawn between them, the first layer lowest.
#[derive(Clone, Debug, Default)]
pub struct Panel<'a> {
    /// The panel's own heading; empty for none.
    pub title: String,
    pub x: Axis,
    pub y: Axis,
    pub layers: Vec<Layer<'a>>,
    pub legend: Vec<Entry>,
    pub colour_bar: Option<ColourBar>,
}

/// What an axis is called and what it shows.
#[derive(Clone, Debug, Default)]
pub struct Axis {
    pub label: String,
    pub shows: Shows,
}

impl Axis {
    pub fn number(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            shows: Shows::Number,
        }
    }

    /// Positions are milliseconds since 1970.
    pub fn time(label: impl Into<String>, zone: TimeZone) -> Self {
        Self {
            label: label.into(),
            shows: Shows::Time(zone),
        }
    }

    /// Position 0 is the first name; each takes the half unit to both sides.
    pub fn categories(label: impl Into<String>, names: Vec<String>) -> Self {
        Self {
            label: label.into(),
            shows: Shows::Categories(names),
        }
    }
}

/// The kind of an axis' values.
#[derive(Clone, Debug, Default)]
pub enum Shows {
    #[default]
    Number,
    /// Numbers by their logarithm; those up to zero are not drawn.
    Logarithm,
    Time(TimeZone),
    Categories(Vec<String>),
}

/// Positions along an axis; a number that is not finite is missing.
#[derive(Clone, Debug)]
pub enum Values<'a> {
    /// Milliseconds since 1970.
    Times(&'a [i64]),
    Numbers(Cow<'a, [f64]>),
}

impl Values<'_> {
    pub fn len(&self) -> usize {
        match self {
            Self::Times(times) => times.len(),
            Self::Numbers(numbers) => numbers.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// NaN beyond the end.
    pub fn get(&self, index: usize) -> f64 {
        match self {
            Self::Times(times) => times.get(index).map_or(f64::NAN, |time| *time as f64),
            Self::Numbers(numbers) => numbers.get(index).copied().unwrap_or(f64::NAN),
        }
    }
}

impl From<Vec<f64>> for Values<'_> {
    fn from(numbers: Vec<f64>) -> Self {
        Self::Numbers(Cow::Owned(numbers))
    }
}

/// How a line is drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Stroke {
    pub colour: Rgb,
    /// Pixels; `None` lets the number of points decide.
    pub width: Option<f64>,
    /// Lengths of dashes and gaps in pixels; empty for a line without gaps.
    pub dash: &'static [f64],
}

impl Stroke {
    pub fn solid(colour: Rgb) -> Self {
        Self {
            colour,
            width: None,
            dash: &[],
        }
    }

    pub fn dashed(colour: Rgb) -> Self {
        Self {
            colour,
            width: None,
            dash: crate::markers::DASHED,
        }
    }
}

/// What a mark looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    #[default]
    Disc,
    /// A disc of the size of a line's width.
    Point,
    Square,
    Diamond,
    TriangleUp,
    TriangleDown,
    Cross,
    Plus,
    Star,
}

/// A mark with a size and a colour of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bubble {
    pub x: f64,
    pub y: f64,
    /// Pixels.
    pub diameter: f64,
    pub colour: Rgb,
}

/// A rectangle between two positions each way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    pub x: [f64; 2],
    pub y: [f64; 2],
}

/// A rectangle of a colour of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    pub x: [f64; 2],
    pub y: [f64; 2],
    pub colour: Rgb,
}

/// A box plot's box: whiskers, quartiles and median, at a position and of a width along x, and what
/// lies beyond the whiskers.
#[derive(Clone, Debug, PartialEq)]
pub struct FiveNumbers {
    pub at: f64,
    pub width: f64,
    pub low: f64,
    pub lower_quartile: f64,
    pub median: f64,
    pub upper_quartile: f64,
    pub high: f64,
    pub beyond: Vec<f64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Horizontal,
    Vertical,
}

/// Something drawn between the axes.
#[derive(Clone, Debug)]
pub enum Layer<'a> {
    /// Points joined in their order, broken where one is missing.
    Line {
        x: Values<'a>,
        y: Values<'a>,
        stroke: Stroke,
    },
    /// A mark for each point. `diameter` in pixels; `None` lets the number of points decide, and lets
    /// one mark stand for all points of a cell smaller than it.
    Marks {
        x: Values<'a>,
        y: Values<'a>,
        shape: Shape,
        colour: Rgb,
        diameter: Option<f64>,
    },
    /// Marks of sizes and colours of their own, the first lowest.
    Bubbles {
        bubbles: Vec<Bubble>,
        shape: Shape,
    },
    /// The area from `low` to `high`, broken where one is missing.
    Band {
        x: Values<'a>,
        low: Values<'a>,
        high: Values<'a>,
        colour: Rgb,
        alpha: f64,
    },
    Bars {
        bars: Vec<Bar>,
        colour: Rgb,
        alpha: f64,
    },
    Cells {
        cells: Vec<Cell>,
    },
    Boxes {
        boxes: Vec<FiveNumbers>,
        colour: Rgb,
    },
    /// A line through the whole panel at a position of the other axis.
    Rule {
        direction: Direction,
        at: f64,
        stroke: Stroke,
    },
}

/// What stands beside a name of the legend.
#[derive(Clone, Debug, PartialEq)]
pub enum Swatch {
    Line(Stroke),
    Mark(Shape, Rgb),
    LineAndMark(Stroke, Shape),
    /// A block of colour, as opaque as said.
    Block(Rgb, f64),
}

/// One line of the legend.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub name: String,
    pub swatch: Swatch,
}

/// The scale of a panel's colours.
#[derive(Clone, Debug)]
pub struct ColourBar {
    pub label: String,
    /// Values of the two ends.
    pub range: [f64; 2],
    pub map: ColourMap,
}
