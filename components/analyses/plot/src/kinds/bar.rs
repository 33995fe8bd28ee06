//! A bar for each group of points, or for each point at its time.

use drawing::{Axis, Bar, Layer, Panel};
use serde_json::{Map, Value, json};

use super::{Drawn, all_missing, blocks};
use crate::columns::Input;
use crate::groups::{Groups, Key};
use crate::statistics::Function;

/// Part of the distance between groups that their bars take.
const FULL: f64 = 0.8;
const MOST_GROUPS: usize = 200;
/// Points that get a bar of their own, at most.
const MOST_POINTS: usize = 2_000;

pub(super) fn draw<'a>(input: &Input<'a>) -> Result<Drawn<'a>, String> {
    let bars = match &input.params.by {
        Some(key) => by_group(input, key)?,
        None => by_time(input)?,
    };
    if bars
        .heights
        .iter()
        .flatten()
        .all(|height| !height.is_finite())
    {
        let names: Vec<&String> = input.params.y.iter().collect();
        return Err(all_missing(
            &names,
            input.table.times.len(),
            input.params.is_y_log,
        ));
    }
    let params = input.params;
    let series = params.y.len() as f64;
    let each = bars.width * FULL / series;
    let mut panel = Panel {
        title: params.title.clone().unwrap_or_default(),
        x: bars.axis,
        y: input.y_axis(bars.label),
        legend: blocks(input, 1.0)?,
        ..Panel::default()
    };
    for (at, heights) in bars.heights.iter().enumerate() {
        let side = (at as f64 - series / 2.0) * each;
        let placed = bars
            .places
            .iter()
            .zip(heights)
            .filter(|(_, height)| height.is_finite());
        let bar = |(place, height): (&f64, &f64)| Bar {
            x: [place + side, place + side + each],
            y: [0.0, *height],
        };
        panel.layers.push(Layer::Bars {
            bars: placed.map(bar).collect(),
            colour: params.style(at).colour(input.theme, at),
            alpha: 1.0,
        });
    }
    Ok(Drawn {
        panel,
        figures: bars.figures,
        description: bars.description,
    })
}

struct Bars {
    axis: Axis,
    label: String,
    /// Where bars stand, how far apart, and how high they are by field.
    places: Vec<f64>,
    width: f64,
    heights: Vec<Vec<f64>>,
    figures: Map<String, Value>,
    description: String,
}

fn by_group(input: &Input, key: &Key) -> Result<Bars, String> {
    let (params, function) = (input.params, input.params.function);
    let groups = Groups::new(key, input.table, input.zone, MOST_GROUPS)?;
    let mut heights = Vec::new();
    let mut values = Map::new();
    for name in &params.y {
        let split = groups.split(input.numbers(name)?);
        let own: Vec<f64> = split.iter().map(|numbers| function.of(numbers)).collect();
        // A group without numbers has no value: JSON has no not-a-number.
        values.insert(name.clone(), json!(own));
        heights.push(own);
    }
    let label = match function {
        Function::Count => "points".to_owned(),
        _ => match input.y_label()?.as_str() {
            "" => function.name().to_owned(),
            label => format!("{} of {label}", function.name()),
        },
    };
    let own = input.key_label(key)?;
    let description = format!(
        "Bars: the {} of {} by {own}, {} groups.",
        function.name(),
        params.y.join(", "),
        groups.names.len()
    );
    let mut figures = Map::new();
    figures.insert("groups".into(), json!(groups.names));
    figures.insert("function".into(), json!(function.name()));
    figures.insert("values".into(), Value::Object(values));
    Ok(Bars {
        places: (0..groups.names.len()).map(|at| at as f64).collect(),
        width: 1.0,
        axis: Axis::categories(params.x_label.clone().unwrap_or(own), groups.names),
        label,
        heights,
        figures,
        description,
    })
}

fn by_time(input: &Input) -> Result<Bars, String> {
    let times = &input.table.times;
    if times.len() > MOST_POINTS {
        return Err(format!(
            "There are {} points, and a bar for each can be drawn of {MOST_POINTS} at most: group them with `by`, or \
             take a shorter range.",
            times.len()
        ));
    }
    let steps = times
        .iter()
        .zip(times.iter().skip(1))
        .map(|(from, to)| (to - from) as f64);
    let width = steps
        .filter(|step| *step > 0.0)
        .fold(f64::INFINITY, f64::min);
    let mut heights = Vec::new();
    for name in &input.params.y {
        heights.push(input.numbers(name)?.to_vec());
    }
    let mut figures = Map::new();
    figures.insert("x".into(), json!("time"));
    Ok(Bars {
        axis: input.x_axis()?,
        label: input.y_label()?,
        places: times.iter().map(|time| *time as f64).collect(),
        width: if width.is_finite() { width } else { 1.0 },
        heights,
        figures,
        description: format!(
            "A bar for each of {} points of {}.",
            times.len(),
            input.params.y.join(", ")
        ),
    })
}
