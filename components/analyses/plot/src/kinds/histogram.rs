//! How many points lie in each of some bins.

use drawing::scale::Domain;
use drawing::ticks::Step;
use drawing::{Axis, Bar, Layer, Panel, Shows};
use serde_json::{Map, Value, json};

use super::{Drawn, all_missing, blocks};
use crate::columns::{Input, range};
use crate::statistics::{bin_width, sorted};

/// Bins that are chosen at most for the data.
const MOST: f64 = 120.0;

pub(super) fn draw<'a>(input: &Input<'a>) -> Result<Drawn<'a>, String> {
    let params = input.params;
    let is_log = params.is_x_log;
    let mut columns = Vec::new();
    for name in &params.y {
        let numbers = input.numbers(name)?.iter().copied();
        let shown = numbers.filter(|number| number.is_finite() && (*number > 0.0 || !is_log));
        // Bins of a logarithmic axis are of one width on it.
        columns.push(
            shown
                .map(|number| if is_log { libm::log10(number) } else { number })
                .collect::<Vec<f64>>(),
        );
    }
    let bins = Bins::new(&columns.concat(), params.bins).ok_or_else(|| {
        all_missing(
            &params.y.iter().collect::<Vec<_>>(),
            input.table.times.len(),
            is_log,
        )
    })?;
    let edges: Vec<f64> = (0..=bins.count).map(|at| bins.edge(at)).collect();
    let edges: Vec<f64> = if is_log {
        edges.into_iter().map(libm::exp10).collect()
    } else {
        edges
    };
    let alpha = if columns.len() > 1 { 0.6 } else { 1.0 };
    let label = params.x_label.clone().unwrap_or(input.y_label()?);
    let mut panel = Panel {
        title: params.title.clone().unwrap_or_default(),
        x: Axis {
            label,
            shows: if is_log {
                Shows::Logarithm
            } else {
                Shows::Number
            },
        },
        y: input.y_axis("points".to_owned()),
        legend: blocks(input, alpha)?,
        ..Panel::default()
    };
    let mut counts = Map::new();
    for (at, (name, numbers)) in params.y.iter().zip(&columns).enumerate() {
        let own = bins.counts(numbers);
        let sides = edges
            .iter()
            .zip(edges.iter().skip(1))
            .zip(&own)
            .filter(|(_, count)| **count > 0);
        let bar = |((from, to), count): ((&f64, &f64), &usize)| Bar {
            x: [*from, *to],
            y: [0.0, *count as f64],
        };
        panel.layers.push(Layer::Bars {
            bars: sides.map(bar).collect(),
            colour: params.style(at).colour(input.theme, at),
            alpha,
        });
        counts.insert(name.clone(), json!(own));
    }
    let description = format!(
        "Histogram of {} in {} bins from {} to {}.",
        params.y.join(", "),
        bins.count,
        edges.first().copied().unwrap_or(0.0),
        edges.last().copied().unwrap_or(0.0)
    );
    let mut figures = Map::new();
    figures.insert("edges".into(), json!(edges));
    figures.insert("counts".into(), Value::Object(counts));
    Ok(Drawn {
        panel,
        figures,
        description,
    })
}

/// Bins of one width, the last with its upper edge.
struct Bins {
    first: f64,
    width: f64,
    count: usize,
}

impl Bins {
    /// None of no numbers.
    fn new(numbers: &[f64], count: Option<u32>) -> Option<Self> {
        let (low, high) = range(numbers.iter().copied());
        if low > high {
            return None;
        }
        if high - low <= f64::EPSILON * high.abs() {
            return Some(Self {
                first: low - 0.5,
                width: 1.0,
                count: 1,
            });
        }
        if let Some(count) = count {
            let width = (high - low) / f64::from(count);
            return Some(Self {
                first: low,
                width,
                count: count as usize,
            });
        }
        // Round edges are read more easily, and lie alike for similar data.
        let best = ((high - low) / bin_width(&sorted(numbers)))
            .ceil()
            .clamp(1.0, MOST);
        let domain = Domain { low, high };
        let width = Step::for_count(domain, best as usize).size();
        let first = (low / width).floor() * width;
        let count = ((high - first) / width).floor() as usize + 1;
        Some(Self {
            first,
            width,
            count,
        })
    }

    fn edge(&self, at: usize) -> f64 {
        self.first + self.width * at as f64
    }

    fn counts(&self, numbers: &[f64]) -> Vec<usize> {
        let mut counts = vec![0usize; self.count];
        for number in numbers {
            let at = ((number - self.first) / self.width).max(0.0) as usize;
            if let Some(count) = counts.get_mut(at.min(self.count.saturating_sub(1))) {
                *count += 1;
            }
        }
        counts
    }
}
