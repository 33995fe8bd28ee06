//! Fields against time or another field: lines, marks, areas.

use std::borrow::Cow;

use drawing::{Entry, Layer, Panel, Rgb, Shape, Stroke, Swatch, Values};
use serde_json::{Map, Value, json};

use super::{Drawn, all_missing, grouped};
use crate::columns::{Input, name_among};
use crate::params::{Across, Kind};
use crate::style::Style;

/// How opaque an area is.
const AREA: f64 = 0.3;

pub(super) fn draw<'a>(input: &Input<'a>) -> Result<Drawn<'a>, String> {
    let params = input.params;
    let x = input.x()?;
    let fields = input.fields()?;
    let mut panel = Panel {
        title: params.title.clone().unwrap_or_default(),
        x: input.x_axis()?,
        y: input.y_axis(input.y_label()?),
        ..Panel::default()
    };
    let mut seen = Seen::default();
    if let Some(key) = &params.by {
        for name in &params.y {
            seen.add(input, name, &x, input.numbers(name)?);
        }
        grouped::draw(input, key, &x, &mut panel)?;
        return seen.finish(input, panel);
    }
    let mut bands = Vec::new();
    for (at, (name, field)) in params.y.iter().zip(&fields).enumerate() {
        let numbers = input.numbers(name)?;
        seen.add(input, name, &x, numbers);
        let (style, y) = (params.style(at), Values::Numbers(Cow::Borrowed(numbers)));
        let colour = style.colour(input.theme, at);
        if params.kind == Kind::Area {
            bands.push(band(input, &x, numbers, colour)?);
        }
        let look = Look::new(params.kind, &style, input, at);
        if let Some(stroke) = &look.stroke {
            panel.layers.push(Layer::Line {
                x: x.clone(),
                y: y.clone(),
                stroke: stroke.clone(),
            });
        }
        if let Some(shape) = look.shape {
            panel.layers.push(Layer::Marks {
                x: x.clone(),
                y,
                shape,
                colour,
                diameter: None,
            });
        }
        if input.has_legend() {
            let swatch = look.swatch(colour);
            panel.legend.push(Entry {
                name: name_among(field, &fields),
                swatch,
            });
        }
    }
    // Areas lie below all lines.
    panel.layers.splice(0..0, bands);
    seen.finish(input, panel)
}

/// A note where one line joins what looks like several series: points that share their times.
fn mixed(input: &Input) -> Option<String> {
    let params = input.params;
    let is_joined = params.kind != Kind::Scatter && params.x == Across::Time;
    if !is_joined || params.by.is_some() {
        return None;
    }
    let times = &input.table.times;
    let repeated = times.windows(2).filter(|pair| pair.first() == pair.last());
    let repeated = repeated.count();
    // A few may be repeated by mistake.
    (repeated * 10 >= times.len() && repeated > 0).then(|| {
        format!(
            "{repeated} of {} points have the same time as the point before, so the line may join several series: \
             separate them with `by`, the field that names the series, or choose one with a filter.",
            times.len()
        )
    })
}

/// What is drawn of a series.
struct Look {
    stroke: Option<Stroke>,
    shape: Option<Shape>,
}

impl Look {
    /// A word that names a mark and no line draws no line.
    fn new(kind: Kind, style: &Style, input: &Input, at: usize) -> Self {
        let is_joined = match kind {
            Kind::Scatter => style.line.is_some(),
            _ => style.line.is_some() || style.mark.is_none(),
        };
        let shape = style
            .mark
            .or((kind == Kind::Scatter).then_some(Shape::Disc));
        Self {
            stroke: is_joined.then(|| style.stroke(input.theme, at)),
            shape,
        }
    }

    fn swatch(&self, colour: Rgb) -> Swatch {
        match (&self.stroke, self.shape) {
            (Some(stroke), Some(shape)) => Swatch::LineAndMark(stroke.clone(), shape),
            (Some(stroke), None) => Swatch::Line(stroke.clone()),
            (None, shape) => Swatch::Mark(shape.unwrap_or_default(), colour),
        }
    }
}

/// The band between the edges that are named, or the area down to zero.
fn band<'a>(
    input: &Input<'a>,
    x: &Values<'a>,
    numbers: &[f64],
    colour: Rgb,
) -> Result<Layer<'a>, String> {
    let (low, high) = match (&input.params.low, &input.params.high) {
        (Some(low), Some(high)) => (
            Values::Numbers(Cow::Borrowed(input.numbers(low)?)),
            Values::Numbers(Cow::Borrowed(input.numbers(high)?)),
        ),
        _ => {
            let foot = numbers
                .iter()
                .map(|y| if y.is_finite() { 0.0 } else { f64::NAN })
                .collect::<Vec<f64>>();
            (Values::from(foot), Values::from(numbers.to_vec()))
        }
    };
    Ok(Layer::Band {
        x: x.clone(),
        low,
        high,
        colour,
        alpha: AREA,
    })
}

/// What has been drawn so far: ranges, and what could not be shown.
struct Seen {
    points: usize,
    x: (f64, f64),
    y: (f64, f64),
    ranges: Map<String, Value>,
    hidden: Map<String, Value>,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            points: 0,
            x: EMPTY,
            y: EMPTY,
            ranges: Map::new(),
            hidden: Map::new(),
        }
    }
}

const EMPTY: (f64, f64) = (f64::INFINITY, f64::NEG_INFINITY);

fn extend(range: &mut (f64, f64), value: f64) {
    *range = (range.0.min(value), range.1.max(value));
}

impl Seen {
    fn add(&mut self, input: &Input, name: &str, x: &Values, numbers: &[f64]) {
        let (is_x_log, is_y_log) = (input.params.is_x_log, input.params.is_y_log);
        let (mut own, mut shown, mut hidden) = (EMPTY, 0usize, 0usize);
        for (at, y) in numbers.iter().copied().enumerate() {
            let x = x.get(at);
            if !(x.is_finite() && y.is_finite()) {
                continue;
            }
            if is_x_log && x <= 0.0 || is_y_log && y <= 0.0 {
                hidden += 1;
                continue;
            }
            shown += 1;
            extend(&mut self.x, x);
            extend(&mut own, y);
        }
        self.points = self.points.max(shown);
        // A field without values has no range: JSON has no infinity.
        let range = if shown > 0 {
            extend(&mut self.y, own.0);
            extend(&mut self.y, own.1);
            json!([own.0, own.1])
        } else {
            Value::Null
        };
        self.ranges.insert(name.to_owned(), range);
        if hidden > 0 {
            self.hidden.insert(name.to_owned(), json!(hidden));
        }
    }

    fn finish<'a>(self, input: &Input<'a>, panel: Panel<'a>) -> Result<Drawn<'a>, String> {
        let params = input.params;
        if self.points == 0 {
            let mut names: Vec<&String> = params.y.iter().collect();
            if let Across::Field(name) = &params.x {
                names.push(name);
            }
            return Err(all_missing(
                &names,
                input.table.times.len(),
                params.is_x_log || params.is_y_log,
            ));
        }
        let against = match &params.x {
            Across::Time => "time",
            Across::Field(name) => name,
        };
        let ends = [self.x.0, self.x.1].map(|end| input.x_word(end));
        let [from, to] = ends
            .each_ref()
            .map(|end| end.as_str().map_or_else(|| end.to_string(), str::to_owned));
        let what = match params.kind {
            Kind::Scatter => "Scatter plot",
            Kind::Area => "Area plot",
            _ => "Line plot",
        };
        let description = format!(
            "{what} of {} against {against}, from {from} to {to}; {} points; values from {} to {}.",
            params.y.join(", "),
            self.points,
            self.y.0,
            self.y.1
        );
        let mut figures = Map::new();
        figures.insert("x".to_owned(), json!(against));
        figures.insert("range".to_owned(), json!({ "x": ends, "y": self.ranges }));
        if let Some(note) = mixed(input) {
            figures.insert("notes".to_owned(), json!([note]));
        }
        if !self.hidden.is_empty() {
            figures.insert("not_shown".to_owned(), Value::Object(self.hidden));
        }
        Ok(Drawn {
            panel,
            figures,
            description,
        })
    }
}
