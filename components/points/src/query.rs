//! `GET /datasets/:name/points`: pages of points, or few points thinned out of many.

use almanac::app::datasets;
use almanac::app::points::{self, Page};
use almanac::domain::{Dataset, DatasetName};
use almanac::http::conditions::{tag_in, tagged};
use almanac::http::point_query::{PointQuery, take_form};
use almanac::http::rows::{self, Form, Layout};
use almanac::http::{Context, Problem, Request, Response};
use almanac::store::Connection;
use http::{HeaderName, StatusCode, header};
use serde_json::Value as Json;

pub(crate) async fn query<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
    name: &DatasetName,
) -> Result<Response, Problem> {
    let mut parameters = request.parameters();
    let form = take_form(&mut parameters, request.header("accept"));
    let query = PointQuery::take_page(&mut parameters, context.config.max_page_points);
    if let Err(mut faults) = parameters.finish() {
        // The conditions are looked at too, so that the answer names every fault.
        if let Ok(described) = datasets::get(context.connection, name).await {
            faults.extend(query.resolve(&described.dataset).err().unwrap_or_default());
        }
        return Err(Problem::bad_parameters(faults));
    }
    let resolve = |dataset: &Dataset| query.resolve(dataset);
    let connection = context.connection;
    let page = match query.thin() {
        None => points::page(connection, name, resolve).await,
        Some(count) => points::thin::thin(connection, name, count, resolve).await,
    }
    .map_err(Problem::of_query)?;
    let tag = tag_in(&page.dataset, page.version, form);
    let mut response = Response::new(StatusCode::OK, form.media_type(), write(&page, form))
        .with(header::VARY, "accept");
    if form != Form::Json {
        // The other forms have no place for these in the body.
        if let Some(next) = page.next {
            response = response.with(HeaderName::from_static("x-next-cursor"), &next.to_string());
        }
        if let Some(count) = page.count {
            response = response.with(HeaderName::from_static("x-total-count"), &count.to_string());
        }
    }
    Ok(tagged(&request, &tag, response))
}

fn write(page: &Page, form: Form) -> Vec<u8> {
    let Page {
        dataset,
        table,
        fields,
        next,
        count,
        ..
    } = page;
    let layout = Layout::of(dataset, fields, true);
    let mut out = Vec::with_capacity(table.len() * (90 + 20 * fields.len()) + 100);
    match form {
        Form::Json => {
            out.extend_from_slice(b"{\"points\":[");
            rows::json_rows(&layout, table, ",", &mut out);
            let next = next.map_or(Json::Null, |id| id.to_string().into());
            let truncated = !next.is_null();
            let mut end = format!("],\"truncated\":{truncated},\"next\":{next}");
            if let Some(count) = count {
                end.push_str(&format!(",\"count\":{count}"));
            }
            end.push_str("}\n");
            out.extend_from_slice(end.as_bytes());
        }
        Form::Ndjson => rows::ndjson(&layout, table, &mut out),
        Form::Csv => {
            rows::csv_head(&layout, &mut out);
            rows::csv_rows(&layout, table, &mut out);
        }
    }
    out
}
