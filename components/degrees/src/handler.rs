//! Routes of this component.

use almanac::app::degrees::{self, Entry, Page};
use almanac::app::presets::Making;
use almanac::http::{Context, Problem, Request, Response};
use almanac::store::Connection;
use http::Method;
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// The last year that can be asked for.
const LAST_YEAR: u64 = 6000;
/// Entries that can be passed over.
const MAX_OFFSET: u64 = 1_000_000;

pub async fn route<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    match (request.segments().as_slice(), &request.method) {
        (["degrees"], &Method::GET) => list(&request, context).await,
        (["degrees"], _) => Err(Problem::method_not_allowed("GET, HEAD")),
        _ => Err(Problem::no_such_route(&request.path())),
    }
}

async fn list<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    let most = context.config.max_page_points;
    let mut parameters = request.parameters();
    let start = parameters.number("start", 0, LAST_YEAR);
    let limit = parameters.number("limit", 1, most as u64);
    let offset = parameters.number("offset", 0, MAX_OFFSET);
    parameters.finish().map_err(Problem::bad_parameters)?;
    let page = Page {
        start: start.and_then(|year| i16::try_from(year).ok()),
        offset: offset.map_or(0, |offset| offset as usize),
        limit: limit.map_or(most, |limit| limit as usize),
    };
    let revision = Uuid::new_v4().to_string();
    let making = Making {
        now: context.now,
        revision: &revision,
        max_datasets: context.config.max_datasets,
    };
    let entries = degrees::list(context.connection, page, making).await?;
    let entry = |Entry { id, year, degrees }| json!({"id": id, "year": year, "degrees": degrees});
    let entries: Vec<Json> = entries.into_iter().map(entry).collect();
    Ok(Response::ok(&entries.into()))
}
