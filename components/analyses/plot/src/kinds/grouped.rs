//! Lines of groups: several series in one column.

use drawing::{Entry, Layer, Panel, Swatch, Values};

use crate::columns::{Input, name_among};
use crate::groups::{Groups, Key};

/// Groups that can be told apart.
const MAX_GROUPS: usize = 16;
/// Colours of a theme; further lines are dashed.
const COLOURS: usize = 8;
const DASHES: &[f64] = &[6.0, 4.0];

/// Adds a line for each field and group.
///
/// # Errors
/// A reason for the user: too many groups.
pub(super) fn draw<'a>(
    input: &Input<'a>,
    key: &Key,
    x: &Values<'a>,
    panel: &mut Panel<'a>,
) -> Result<(), String> {
    let fields = input.fields()?;
    let most = MAX_GROUPS / fields.len().max(1);
    let groups = Groups::new(key, input.table, input.zone, most.max(2))?;
    let has_legend = input.params.legend.unwrap_or(true);
    for (name, field) in input.params.y.iter().zip(&fields) {
        let numbers = input.numbers(name)?;
        for (group, group_name) in groups.names.iter().enumerate() {
            let members = || {
                let of = groups.of.iter().enumerate();
                of.filter(move |(_, of)| **of == Some(group))
                    .map(|(row, _)| row)
            };
            let across: Vec<f64> = members().map(|row| x.get(row)).collect();
            let up = members().map(|row| numbers.get(row).copied().unwrap_or(f64::NAN));
            let up: Vec<f64> = up.collect();
            let at = panel.layers.len();
            let mut stroke = input.params.style(usize::MAX).stroke(input.theme, at);
            if at >= COLOURS {
                stroke.dash = DASHES;
            }
            let label = match fields.len() {
                1 => group_name.clone(),
                _ => format!("{}, {group_name}", name_among(field, &fields)),
            };
            if has_legend {
                panel.legend.push(Entry {
                    name: label,
                    swatch: Swatch::Line(stroke.clone()),
                });
            }
            panel.layers.push(Layer::Line {
                x: Values::from(across),
                y: Values::from(up),
                stroke,
            });
        }
    }
    Ok(())
}
