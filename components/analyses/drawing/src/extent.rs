//! How far data reach along the axes.

use crate::figure::{Axis, Layer, Panel, Shows, Values};
use crate::scale::Domain;

/// Smallest and largest of the positions, or none.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    pub low: f64,
    pub high: f64,
}

impl Extent {
    const EMPTY: Self = Self {
        low: f64::INFINITY,
        high: f64::NEG_INFINITY,
    };

    fn add(&mut self, value: f64) {
        if value.is_finite() {
            *self = Self {
                low: self.low.min(value),
                high: self.high.max(value),
            };
        }
    }

    /// What both cover together.
    pub fn with(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    pub fn is_empty(self) -> bool {
        self.low > self.high
    }
}

/// What one panel's layers cover, and how they want to lie between the axes.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    pub x: Extent,
    pub y: Extent,
    /// Marks and bars keep clear of the ends of the horizontal axis; lines fill it.
    pub keeps_clear: bool,
    /// Cells fill both axes to the edge.
    pub fills: bool,
}

/// What the panel's layers cover: what a logarithmic axis cannot show is left out.
pub fn reach(panel: &Panel) -> Reach {
    let mut reach = Reach {
        x: Extent::EMPTY,
        y: Extent::EMPTY,
        keeps_clear: false,
        fills: false,
    };
    let mut points = Points {
        panel,
        reach: &mut reach,
    };
    for layer in &panel.layers {
        points.layer(layer);
    }
    for (axis, extent) in [(&panel.x, &mut reach.x), (&panel.y, &mut reach.y)] {
        if let Shows::Categories(names) = &axis.shows {
            *extent = Extent {
                low: -0.5,
                high: names.len() as f64 - 0.5,
            };
        }
    }
    reach
}

struct Points<'a, 'b> {
    panel: &'a Panel<'a>,
    reach: &'b mut Reach,
}

impl Points<'_, '_> {
    fn layer(&mut self, layer: &Layer) {
        match layer {
            Layer::Line { x, y, .. } => self.pairs(x, y),
            Layer::Marks { x, y, .. } => {
                self.reach.keeps_clear = true;
                self.pairs(x, y);
            }
            Layer::Bubbles { bubbles, .. } => {
                self.reach.keeps_clear = true;
                for bubble in bubbles {
                    self.pair(bubble.x, bubble.y);
                }
            }
            Layer::Band { x, low, high, .. } => {
                self.pairs(x, low);
                self.pairs(x, high);
            }
            Layer::Bars { bars, .. } => {
                for bar in bars {
                    self.corners(bar.x, bar.y);
                }
            }
            Layer::Cells { cells } => {
                self.reach.fills = true;
                for cell in cells {
                    self.corners(cell.x, cell.y);
                }
            }
            Layer::Boxes { boxes, .. } => {
                for of in boxes {
                    let half = of.width / 2.0;
                    self.corners([of.at - half, of.at + half], [of.low, of.high]);
                    for value in &of.beyond {
                        self.pair(of.at, *value);
                    }
                }
            }
            // A rule marks a place; it does not make the axes longer.
            Layer::Rule { .. } => {}
        }
    }

    fn pairs(&mut self, x: &Values, y: &Values) {
        for index in 0..x.len().min(y.len()) {
            self.pair(x.get(index), y.get(index));
        }
    }

    fn corners(&mut self, x: [f64; 2], y: [f64; 2]) {
        for x in x {
            for y in y {
                self.pair(x, y);
            }
        }
    }

    /// A point counts where both axes can show it.
    fn pair(&mut self, x: f64, y: f64) {
        if is_shown(&self.panel.x, x) && is_shown(&self.panel.y, y) {
            self.reach.x.add(x);
            self.reach.y.add(y);
        } else if matches!(self.panel.y.shows, Shows::Logarithm) && y <= 0.0 {
            // The foot of a bar: the bar still has a place along x.
            self.reach.x.add(x);
        }
    }
}

fn is_shown(axis: &Axis, value: f64) -> bool {
    value.is_finite() && (value > 0.0 || !matches!(axis.shows, Shows::Logarithm))
}

/// The interval that an axis shows of an extent; of nothing, from 0 to 1.
pub fn domain(axis: &Axis, extent: Extent, pad: f64) -> Domain {
    let extent = if extent.is_empty() {
        Extent {
            low: 1.0,
            high: 10.0,
        }
    } else {
        extent
    };
    match axis.shows {
        Shows::Categories(_) => Domain {
            low: extent.low,
            high: extent.high.max(extent.low + 1.0),
        },
        Shows::Logarithm => {
            let (low, high) = (libm::log10(extent.low), libm::log10(extent.high));
            if high - low > 1e-9 {
                Domain { low, high }.padded(pad.max(0.02))
            } else {
                Domain {
                    low: low - 0.3,
                    high: high + 0.3,
                }
            }
        }
        Shows::Number | Shows::Time(_) => Domain::around(extent.low, extent.high).padded(pad),
    }
}
