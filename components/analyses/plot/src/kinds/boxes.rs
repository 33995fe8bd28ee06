//! Box plots: one box for each field, or for each group and field.

use drawing::{Axis, FiveNumbers, Layer, Panel};
use serde_json::{Map, Value, json};

use super::{Drawn, all_missing, blocks};
use crate::columns::Input;
use crate::groups::Groups;
use crate::statistics::Box;

/// Part of the distance between groups that their boxes take.
const FULL: f64 = 0.7;
const MOST_GROUPS: usize = 100;
/// Values beyond the whiskers that are drawn of one box: the outermost.
const MOST_BEYOND: usize = 400;

pub(super) fn draw<'a>(input: &Input<'a>) -> Result<Drawn<'a>, String> {
    let params = input.params;
    let (groups, label) = match &params.by {
        Some(key) => (
            Groups::new(key, input.table, input.zone, MOST_GROUPS)?,
            input.key_label(key)?,
        ),
        None => (
            Groups {
                names: params.y.clone(),
                of: vec![Some(0); input.table.times.len()],
            },
            String::new(),
        ),
    };
    let is_by_field = params.by.is_none();
    let each = FULL
        / if is_by_field {
            1.0
        } else {
            params.y.len() as f64
        };
    let mut panel = Panel {
        title: params.title.clone().unwrap_or_default(),
        x: Axis::categories(
            params.x_label.clone().unwrap_or(label),
            groups.names.clone(),
        ),
        y: input.y_axis(input.y_label()?),
        legend: if is_by_field {
            Vec::new()
        } else {
            blocks(input, 0.6)?
        },
        ..Panel::default()
    };
    let mut figures = Map::new();
    for (at, name) in params.y.iter().enumerate() {
        let numbers = input.numbers(name)?;
        let shown: Vec<f64> = numbers
            .iter()
            .map(|number| {
                if params.is_y_log && *number <= 0.0 {
                    f64::NAN
                } else {
                    *number
                }
            })
            .collect();
        let split = groups.split(&shown);
        let members = if is_by_field {
            split.get(..1)
        } else {
            split.get(..)
        }
        .unwrap_or_default();
        let mut boxes = Vec::new();
        let mut own = Vec::new();
        for (group, members) in members.iter().enumerate() {
            let place = if is_by_field {
                at as f64
            } else {
                group as f64 + (at as f64 + 0.5 - params.y.len() as f64 / 2.0) * each
            };
            let summary = Box::of(members);
            own.push(
                summary
                    .as_ref()
                    .map_or(Value::Null, |of| figures_of(of, members.len())),
            );
            boxes.extend(summary.map(|of| drawn(of, place, each * 0.9)));
        }
        panel.layers.push(Layer::Boxes {
            boxes,
            colour: params.style(at).colour(input.theme, at),
        });
        figures.insert(name.clone(), Value::Array(own));
    }
    if panel
        .layers
        .iter()
        .all(|layer| matches!(layer, Layer::Boxes { boxes, .. } if boxes.is_empty()))
    {
        let names: Vec<&String> = params.y.iter().collect();
        return Err(all_missing(
            &names,
            input.table.times.len(),
            params.is_y_log,
        ));
    }
    let description = format!(
        "Box plot of {}: {} groups, with quartiles, median, and whiskers to the last value within one and a half \
         times the box.",
        params.y.join(", "),
        groups.names.len()
    );
    let mut all = Map::new();
    if !is_by_field {
        all.insert("groups".into(), json!(groups.names));
    }
    all.insert("boxes".into(), Value::Object(figures));
    Ok(Drawn {
        panel,
        figures: all,
        description,
    })
}

fn figures_of(of: &Box, count: usize) -> Value {
    json!({
        "count": count,
        "low": of.low,
        "lower_quartile": of.lower_quartile,
        "median": of.median,
        "upper_quartile": of.upper_quartile,
        "high": of.high,
        "beyond": of.beyond.len(),
    })
}

fn drawn(of: Box, at: f64, width: f64) -> FiveNumbers {
    let half = MOST_BEYOND / 2;
    let mut beyond = of.beyond;
    if beyond.len() > MOST_BEYOND {
        let upper = beyond.split_off(beyond.len() - half);
        beyond.truncate(half);
        beyond.extend(upper);
    }
    FiveNumbers {
        at,
        width,
        low: of.low,
        lower_quartile: of.lower_quartile,
        median: of.median,
        upper_quartile: of.upper_quartile,
        high: of.high,
        beyond,
    }
}
