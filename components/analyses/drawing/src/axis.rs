//! Axes: as many ticks as fit, at their pixels.

use jiff::tz::TimeZone;

use crate::scale::{Domain, Linear, Scale};
use crate::text::{Font, LINE_HEIGHT};
use crate::ticks::{self, Tick};
use crate::time_ticks;

/// An axis whose ticks have been chosen for a length.
#[derive(Clone, Debug)]
pub struct Axis {
    pub scale: Scale,
    pub ticks: Vec<Tick>,
}

/// What an axis shows.
#[derive(Clone, Copy, Debug)]
pub enum Quantity<'a> {
    Number(Domain),
    /// The domain is of decimal logarithms.
    Logarithm(Domain),
    /// Milliseconds since 1970.
    Time(Domain, &'a TimeZone),
    /// All points have this time.
    Instant(f64, &'a TimeZone),
    /// One name for each whole number from 0 on.
    Categories(Domain, &'a [String]),
}

impl Axis {
    /// A horizontal axis from pixel `left` to `right`, with labels of this size that keep
    /// their distance from each other.
    pub fn horizontal(quantity: Quantity, left: f64, right: f64, font: &Font, size: f64) -> Self {
        let room = (right - left).max(1.0);
        // More ticks than this are no help, even if their labels are short.
        let most = (room / (size * 5.5)).max(1.0) + 1.0;
        let counts = (1..=(most as usize).min(20)).rev();
        match quantity {
            Quantity::Number(domain) => {
                let scale = Scale::Linear(Linear::new(domain, left, right));
                let ticks = counts
                    .map(|count| ticks::Step::for_count(domain, count).ticks(domain))
                    .find(|ticks| labels_fit(ticks, &scale, font, size))
                    .unwrap_or_default();
                Self { scale, ticks }
            }
            Quantity::Logarithm(domain) => {
                let scale = Scale::Logarithmic(Linear::new(domain, left, right));
                let ticks = counts
                    .map(|count| ticks::logarithmic(domain, count))
                    .find(|ticks| labels_fit(ticks, &scale, font, size))
                    .unwrap_or_default();
                Self { scale, ticks }
            }
            Quantity::Time(domain, zone) => {
                let scale = Scale::Linear(Linear::new(domain, left, right));
                let ticks = time_ticks::Step::all()
                    .filter(|step| (domain.high - domain.low) / step.length() <= most)
                    .map(|step| step.ticks(domain, zone))
                    .filter_map(|mut ticks| {
                        drop_crowded_context(&mut ticks, &scale, font, size);
                        labels_fit(&ticks, &scale, font, size).then_some(ticks)
                    })
                    .next()
                    .unwrap_or_default();
                Self { scale, ticks }
            }
            Quantity::Instant(at, zone) => {
                let domain = Domain {
                    low: at - 1.0,
                    high: at + 1.0,
                };
                Self {
                    scale: Scale::Linear(Linear::new(domain, left, right)),
                    ticks: vec![time_ticks::single(at, zone)],
                }
            }
            Quantity::Categories(domain, names) => {
                let each = room / (domain.high - domain.low);
                let shortened = |name: &String| font.shorten(name, size, each - size * 0.9);
                let mut ticks = categories(names, shortened);
                let widths = names.iter().map(|name| font.width(name, size));
                // Numbers and dates among them would be wrong without their ends: rather every so-manieth.
                if each < size * 4.0 {
                    let needed = widths.fold(0.0, f64::max) + size * 0.9;
                    ticks = every(categories(names, String::clone), (needed / each).ceil());
                }
                Self {
                    scale: Scale::Linear(Linear::new(domain, left, right)),
                    ticks,
                }
            }
        }
    }

    /// A vertical axis from pixel `top` to `bottom`; that of numbers is widened to whole steps. A label may
    /// be `room` pixels wide.
    pub fn vertical(
        quantity: Quantity,
        [top, bottom]: [f64; 2],
        font: &Font,
        size: f64,
        room: f64,
    ) -> Self {
        let most = ((bottom - top) / (size * LINE_HEIGHT * 2.6)).clamp(1.0, 10.0) as usize;
        match quantity {
            Quantity::Number(domain) => {
                // Widening may add two intervals: take a coarser step where that makes too many.
                let (step, widened) = (1..=most)
                    .rev()
                    .map(|count| ticks::Step::for_count(domain, count))
                    .map(|step| (step, step.widen(domain)))
                    .find(|(step, widened)| step.ticks(*widened).len() <= most + 1)
                    .unwrap_or_else(|| (ticks::Step::for_count(domain, 1), domain));
                Self {
                    scale: Scale::Linear(Linear::new(widened, bottom, top)),
                    ticks: step.ticks(widened),
                }
            }
            Quantity::Logarithm(domain) => Self {
                scale: Scale::Logarithmic(Linear::new(domain, bottom, top)),
                ticks: ticks::logarithmic(domain, most),
            },
            Quantity::Time(domain, zone) => Self {
                scale: Scale::Linear(Linear::new(domain, bottom, top)),
                ticks: time_ticks::Step::all()
                    .find(|step| (domain.high - domain.low) / step.length() <= most as f64)
                    .map(|step| step.ticks(domain, zone))
                    .unwrap_or_default(),
            },
            Quantity::Instant(at, zone) => {
                let domain = Domain {
                    low: at - 1.0,
                    high: at + 1.0,
                };
                Self {
                    scale: Scale::Linear(Linear::new(domain, bottom, top)),
                    ticks: vec![time_ticks::single(at, zone)],
                }
            }
            Quantity::Categories(domain, names) => {
                // The first stands on top, as a table is read.
                let each = (bottom - top) / (domain.high - domain.low);
                let ticks = categories(names, |name| font.shorten(name, size, room));
                Self {
                    scale: Scale::Linear(Linear::new(domain, top, bottom)),
                    ticks: every(ticks, (size * LINE_HEIGHT / each).ceil()),
                }
            }
        }
    }

    /// How far the labels of a horizontal axis reach, in pixels.
    pub fn extent(&self, font: &Font, size: f64) -> (f64, f64) {
        let mut extent = (f64::INFINITY, f64::NEG_INFINITY);
        for tick in &self.ticks {
            let x = self.scale.at(tick.value);
            for text in [Some(&tick.label), tick.context.as_ref()]
                .into_iter()
                .flatten()
            {
                let half = font.width(text, size) / 2.0;
                extent = (extent.0.min(x - half), extent.1.max(x + half));
            }
        }
        extent
    }

    pub fn has_context(&self) -> bool {
        self.ticks.iter().any(|tick| tick.context.is_some())
    }
}

fn categories(names: &[String], label: impl Fn(&String) -> String) -> Vec<Tick> {
    let named = names.iter().enumerate();
    named
        .map(|(at, name)| Tick {
            value: at as f64,
            label: label(name),
            context: None,
        })
        .collect()
}

fn every(ticks: Vec<Tick>, step: f64) -> Vec<Tick> {
    ticks
        .into_iter()
        .step_by(step.clamp(1.0, 1e6) as usize)
        .collect()
}

/// Whether labels, and the lines below them, keep a distance of an em or so.
fn labels_fit(ticks: &[Tick], scale: &Scale, font: &Font, size: f64) -> bool {
    let mut ends = [f64::NEG_INFINITY; 2];
    !ticks.is_empty()
        && ticks.iter().all(|tick| {
            let x = scale.at(tick.value);
            [Some(&tick.label), tick.context.as_ref()]
                .iter()
                .zip(&mut ends)
                .all(|(text, end)| {
                    let Some(text) = text else { return true };
                    let half = font.width(text, size) / 2.0;
                    let fits = x - half >= *end + size * 0.9;
                    *end = x + half;
                    fits
                })
        })
}

/// The first tick's second line gives way where the next one is too close: a year that ends
/// at once is understood from the one that begins.
fn drop_crowded_context(ticks: &mut [Tick], scale: &Scale, font: &Font, size: f64) {
    let mut lines = ticks.iter().filter_map(|tick| {
        let half = font.width(tick.context.as_ref()?, size) / 2.0;
        let x = scale.at(tick.value);
        Some((x - half, x + half))
    });
    let (Some((_, end)), Some((start, _))) = (lines.next(), lines.next()) else {
        return;
    };
    if start < end + size * 0.9
        && let Some(first) = ticks.first_mut()
    {
        first.context = None;
    }
}
