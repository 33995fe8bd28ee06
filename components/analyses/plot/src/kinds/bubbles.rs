//! A scatter plot whose marks have sizes and colours by other fields.

use analyst::types::Values as Cells;
use drawing::{Bubble, ColourBar, ColourMap, Entry, Layer, Panel, Rgb, Shape, Swatch};
use serde_json::{Map, json};

use super::{Drawn, all_missing};
use crate::columns::{Input, range, with_unit};
use crate::groups::{Groups, Key};
use crate::params::{Across, MAX_SERIES};

/// Diameters in pixels of the smallest and the largest value: areas grow with the values, as eyes compare
/// them.
const DIAMETERS: [f64; 2] = [3.0, 20.0];
/// Sizes that are told apart.
const SIZES: f64 = 16.0;

pub(super) fn draw<'a>(input: &Input<'a>) -> Result<Drawn<'a>, String> {
    let params = input.params;
    let [name] = params.y.as_slice() else {
        return Err("A scatter plot with `size` or `colour` has one field `y`.".into());
    };
    let (x, y) = (input.x()?, input.numbers(name)?);
    let mut panel = Panel {
        title: params.title.clone().unwrap_or_default(),
        x: input.x_axis()?,
        y: input.y_axis(input.y_label()?),
        ..Panel::default()
    };
    let sizes = sizes(input)?;
    let colours = colours(input, &mut panel)?;
    let shows = |value: f64, is_log: bool| value.is_finite() && (value > 0.0 || !is_log);
    let mut bubbles: Vec<Bubble> = (0..y.len())
        .filter_map(|at| {
            let (x, y) = (x.get(at), *y.get(at)?);
            let is_shown = shows(x, params.is_x_log) && shows(y, params.is_y_log);
            is_shown.then_some(())?;
            Some(Bubble {
                x,
                y,
                diameter: sizes.at(at)?,
                colour: colours.at(at)?,
            })
        })
        .collect();
    if bubbles.is_empty() {
        let mut names = vec![name];
        names.extend(params.size.iter().chain(&params.colour));
        if let Across::Field(across) = &params.x {
            names.push(across);
        }
        return Err(all_missing(
            &names,
            y.len(),
            params.is_x_log || params.is_y_log,
        ));
    }
    // The large ones first, so that none hides behind another; those that look the same side by side.
    bubbles.sort_by(|a, b| {
        b.diameter
            .total_cmp(&a.diameter)
            .then(a.colour.cmp(&b.colour))
    });
    let shape = params.style(0).mark.unwrap_or(Shape::Disc);
    let (x_range, y_range) = (
        range(bubbles.iter().map(|bubble| bubble.x)),
        range(bubbles.iter().map(|bubble| bubble.y)),
    );
    let drawn = bubbles.len();
    panel.layers.push(Layer::Bubbles { bubbles, shape });

    let against = match &params.x {
        Across::Time => "time",
        Across::Field(name) => name,
    };
    let mut figures = Map::new();
    figures.insert("x".into(), json!(against));
    figures.insert("drawn".into(), json!(drawn));
    figures.insert(
        "range".into(),
        json!({ "x": [input.x_word(x_range.0), input.x_word(x_range.1)], "y": { name.as_str(): [y_range.0, y_range.1] } }),
    );
    let by = |what: &str, field: &Option<String>| {
        field
            .as_ref()
            .map_or(String::new(), |field| format!(", {what} by {field}"))
    };
    let description = format!(
        "Scatter plot of {name} against {against}{}{}; {drawn} points; values from {} to {}.",
        by("sized", &params.size),
        by("coloured", &params.colour),
        y_range.0,
        y_range.1
    );
    Ok(Drawn {
        panel,
        figures,
        description,
    })
}

/// Numbers by their place between the least and the largest.
struct Scaled<'a> {
    numbers: &'a [f64],
    low: f64,
    high: f64,
}

impl<'a> Scaled<'a> {
    fn new(numbers: &'a [f64]) -> Self {
        let (low, high) = range(numbers.iter().copied());
        Self { numbers, low, high }
    }

    /// From 0 to 1; none where the number is missing.
    fn place(&self, index: usize) -> Option<f64> {
        let number = self.numbers.get(index).copied();
        let number = number.filter(|number| number.is_finite())?;
        let width = self.high - self.low;
        Some(if width > 0.0 {
            (number - self.low) / width
        } else {
            0.5
        })
    }
}

/// The diameter of each point.
enum Sizes<'a> {
    One(f64),
    By(Scaled<'a>),
}

fn sizes<'a>(input: &Input<'a>) -> Result<Sizes<'a>, String> {
    let Some(name) = &input.params.size else {
        let points = input.table.times.len();
        return Ok(Sizes::One(if points > 1_000 { 4.0 } else { 6.0 }));
    };
    Ok(Sizes::By(Scaled::new(input.numbers(name)?)))
}

impl Sizes<'_> {
    fn at(&self, index: usize) -> Option<f64> {
        match self {
            Self::One(diameter) => Some(*diameter),
            Self::By(scaled) => {
                let place = (scaled.place(index)? * SIZES).round() / SIZES;
                let [least, most] = DIAMETERS.map(|diameter| diameter * diameter);
                Some(libm::sqrt(least + (most - least) * place))
            }
        }
    }
}

/// The colour of each point.
enum Colours<'a> {
    One(Rgb),
    Scale(Scaled<'a>),
    Groups(Groups, Vec<Rgb>),
}

/// Colours by number with a colour bar, by anything else with a legend.
fn colours<'a>(input: &Input<'a>, panel: &mut Panel) -> Result<Colours<'a>, String> {
    let Some(name) = &input.params.colour else {
        return Ok(Colours::One(input.params.style(0).colour(input.theme, 0)));
    };
    let column = input.column(name)?;
    if let Cells::Numbers(numbers) = &column.values {
        let scaled = Scaled::new(numbers);
        let Scaled { low, high, .. } = scaled;
        if low <= high {
            let label = with_unit(&column.field);
            panel.colour_bar = Some(ColourBar {
                label,
                range: [low, high],
                map: ColourMap::Sequential,
            });
        }
        return Ok(Colours::Scale(scaled));
    }
    let groups = Groups::new(
        &Key::Field(name.clone()),
        input.table,
        input.zone,
        MAX_SERIES,
    )?;
    let palette: Vec<Rgb> = (0..groups.names.len())
        .map(|at| input.theme.colour(at))
        .collect();
    if input.params.legend.unwrap_or(true) {
        let named = groups.names.iter().zip(&palette);
        panel.legend = named
            .map(|(name, colour)| Entry {
                name: name.clone(),
                swatch: Swatch::Mark(Shape::Disc, *colour),
            })
            .collect();
    }
    Ok(Colours::Groups(groups, palette))
}

impl Colours<'_> {
    fn at(&self, index: usize) -> Option<Rgb> {
        match self {
            Self::One(colour) => Some(*colour),
            Self::Scale(scaled) => scaled
                .place(index)
                .map(|place| ColourMap::Sequential.at(place)),
            Self::Groups(groups, palette) => palette.get(groups.of.get(index).copied()??).copied(),
        }
    }
}
