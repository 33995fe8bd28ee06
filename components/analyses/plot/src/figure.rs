//! The whole picture: the panels, a heading, and the job's result.

use analyst::types::{Request, Table};
use drawing::Figure;
use serde_json::{Value, json};

use crate::columns::Input;
use crate::kinds;
use crate::params::Params;

/// The figure, and the job's result: what was drawn, from how many points, over which range.
///
/// # Errors
/// A reason for the user why there is nothing to draw.
pub fn figure<'a>(
    request: &Request,
    params: &'a Params,
    table: &'a Table,
) -> Result<(Figure<'a>, Value), String> {
    if table.times.is_empty() {
        return Err("There are no points in this range, so there is nothing to draw.".into());
    }
    let mut figure = Figure {
        title: title(request, params),
        columns: params.columns,
        share: params.share,
        ..Figure::new(params.size, params.theme)
    };
    let mut results = Vec::new();
    let mut descriptions = Vec::new();
    for panel in &params.panels {
        let input = Input {
            params: panel,
            table,
            zone: &params.zone,
            zone_name: &params.zone_name,
            theme: params.theme,
        };
        let drawn = kinds::draw(&input).map_err(|why| match panel.path.as_str() {
            "" => why,
            path => format!("{}: {why}", path.trim_end_matches('.')),
        })?;
        figure.panels.push(drawn.panel);
        results.push(Value::Object(drawn.figures));
        descriptions.push(drawn.description);
    }
    figure.description = descriptions.join(" ");
    let result = json!({
        "points": table.times.len(),
        "panels": results,
        "width": params.size.width,
        "height": params.size.height,
        "scale": params.scale,
    });
    Ok((figure, result))
}

/// The heading: as asked for, else the dataset's title, else its name.
fn title(request: &Request, params: &Params) -> String {
    let own = [&request.dataset_title, &request.dataset];
    let own = || {
        own.into_iter()
            .find(|text| !text.trim().is_empty())
            .cloned()
    };
    params.title.clone().or_else(own).unwrap_or_default()
}
