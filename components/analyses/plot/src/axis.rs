//! Axes: as many ticks as fit, at their pixels.

use crate::scale::{Domain, Linear};
use crate::text::{Font, LINE_HEIGHT};
use crate::ticks::{self, Tick};
use crate::time_ticks;

/// An axis whose ticks have been chosen for a length.
#[derive(Clone, Debug)]
pub struct Axis {
    pub scale: Linear,
    pub ticks: Vec<Tick>,
}

/// What an axis shows.
#[derive(Clone, Copy, Debug)]
pub enum Quantity {
    Number(Domain),
    /// Milliseconds since 1970.
    Time(Domain),
    /// All points have this time.
    Instant(f64),
}

impl Axis {
    /// A horizontal axis from pixel `left` to `right`, with labels of this size that keep
    /// their distance from each other.
    pub fn horizontal(quantity: Quantity, left: f64, right: f64, font: &Font, size: f64) -> Self {
        let room = (right - left).max(1.0);
        // More ticks than this are no help, even if their labels are short.
        let most = (room / (size * 5.5)).max(1.0) + 1.0;
        match quantity {
            Quantity::Number(domain) => {
                let scale = Linear::new(domain, left, right);
                let counts = (1..=(most as usize).min(20)).rev();
                let ticks = counts
                    .map(|count| ticks::Step::for_count(domain, count).ticks(domain))
                    .find(|ticks| labels_fit(ticks, &scale, font, size))
                    .unwrap_or_default();
                Self { scale, ticks }
            }
            Quantity::Time(domain) => {
                let scale = Linear::new(domain, left, right);
                let ticks = time_ticks::Step::all()
                    .filter(|step| (domain.high - domain.low) / step.length() <= most)
                    .map(|step| step.ticks(domain))
                    .filter_map(|mut ticks| {
                        drop_crowded_context(&mut ticks, &scale, font, size);
                        labels_fit(&ticks, &scale, font, size).then_some(ticks)
                    })
                    .next()
                    .unwrap_or_default();
                Self { scale, ticks }
            }
            Quantity::Instant(at) => {
                let domain = Domain {
                    low: at - 1.0,
                    high: at + 1.0,
                };
                let scale = Linear::new(domain, left, right);
                Self {
                    scale,
                    ticks: vec![time_ticks::single(at)],
                }
            }
        }
    }

    /// A vertical number axis from pixel `top` to `bottom`, its domain widened to whole steps.
    pub fn vertical(domain: Domain, top: f64, bottom: f64, size: f64) -> Self {
        let most = ((bottom - top) / (size * LINE_HEIGHT * 2.6)).clamp(1.0, 10.0) as usize;
        // Widening may add two intervals: take a coarser step where that makes too many.
        let (step, widened) = (1..=most)
            .rev()
            .map(|count| ticks::Step::for_count(domain, count))
            .map(|step| (step, step.widen(domain)))
            .find(|(step, widened)| step.ticks(*widened).len() <= most + 1)
            .unwrap_or_else(|| (ticks::Step::for_count(domain, 1), domain));
        Self {
            scale: Linear::new(widened, bottom, top),
            ticks: step.ticks(widened),
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

/// Whether labels, and the lines below them, keep a distance of an em or so.
fn labels_fit(ticks: &[Tick], scale: &Linear, font: &Font, size: f64) -> bool {
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
fn drop_crowded_context(ticks: &mut [Tick], scale: &Linear, font: &Font, size: f64) {
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
