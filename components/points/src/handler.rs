//! Routes of this component.

use std::rc::Rc;

use almanac::app::points;
use almanac::app::quotas::Quotas;
use almanac::domain::{Dataset, DatasetName, Fault, Point, Timestamp, Value};
use almanac::http::conditions::{demanded_version, tag, tagged};
use almanac::http::point_query::PointQuery;
use almanac::http::{Context, Problem, Request, Response, json, request};
use almanac::store::Connection;
use http::{Method, StatusCode, header};
use serde_json::{Value as Json, json};

use crate::{export, query};

/// `connection` is the context's, for a body that is written after the handler has returned.
pub async fn route<C: Connection + 'static>(
    request: Request,
    context: &Context<'_, C>,
    connection: Rc<C>,
) -> Result<Response, Problem> {
    let method = request.method.clone();
    match request.segments().as_slice() {
        ["datasets", name, "points"] => {
            let name = request::dataset_name(name)?;
            match method {
                Method::GET => query::query(request, context, &name).await,
                Method::POST => create(request, context, &name).await,
                Method::DELETE => delete_range(request, context, &name).await,
                _ => Err(Problem::method_not_allowed("GET, HEAD, POST, DELETE")),
            }
        }
        ["datasets", name, "points", id] => {
            let (name, id) = (request::dataset_name(name)?, (*id).to_owned());
            match method {
                Method::GET => read(request, context, &name, &id).await,
                Method::PUT | Method::PATCH => edit(request, context, &name, &id).await,
                Method::DELETE => delete(request, context, &name, &id).await,
                _ => Err(Problem::method_not_allowed("GET, HEAD, PUT, PATCH, DELETE")),
            }
        }
        ["datasets", name, "export"] => {
            let name = request::dataset_name(name)?;
            match method {
                Method::GET => export::export(request, context, connection, &name).await,
                _ => Err(Problem::method_not_allowed("GET, HEAD")),
            }
        }
        _ => Err(Problem::no_such_route(&request.path())),
    }
}

async fn create<C: Connection>(
    mut request: Request,
    context: &Context<'_, C>,
    name: &DatasetName,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let if_version = demanded_version(&request)?;
    let body = request.json(context.config.max_json_bytes).await?;
    let limit = context.config.max_write_points;
    if body.as_array().is_some_and(|items| items.len() > limit) {
        let what = "points in one request; import a file instead".to_owned();
        return Err(almanac::app::Error::TooMuch {
            what,
            limit: limit as u64,
        }
        .into());
    }
    let is_list = body.is_array();
    let count = body.as_array().map_or(1, Vec::len) as u64;
    Quotas::of(context.config)
        .admit(context.connection, count, context.now)
        .await?;
    let made = |dataset: &Dataset| read_points(dataset, body.clone());
    let created = points::insert(context.connection, name, if_version, made).await?;
    let tag = tag(&created.dataset, created.version);
    let response = match created.points.as_slice() {
        [point] if !is_list => {
            let location = format!("/datasets/{name}/points/{}", point.id);
            Response::json(StatusCode::CREATED, &json::point(&created.dataset, point))
                .with(header::LOCATION, &location)
        }
        many => Response::json(
            StatusCode::CREATED,
            &json!({"created": many.len(), "version": created.version}),
        ),
    };
    Ok(response.with(header::ETAG, &tag))
}

/// Reads a point or a list of points.
fn read_points(dataset: &Dataset, body: Json) -> Result<Vec<(Timestamp, Vec<Value>)>, Vec<Fault>> {
    let items = match body {
        Json::Array(items) => items,
        single => return json::read_point(dataset, "", single).map(|point| vec![point]),
    };
    if items.is_empty() {
        return Err(vec![Fault::new("body", "is an empty list")]);
    }
    let mut faults = Vec::new();
    let mut points = Vec::with_capacity(items.len());
    for (at, item) in items.into_iter().enumerate() {
        match json::read_point(dataset, &format!("[{at}]"), item) {
            Ok(point) => points.push(point),
            Err(more) => faults.extend(more),
        }
    }
    faults.truncate(100);
    if faults.is_empty() {
        Ok(points)
    } else {
        Err(faults)
    }
}

async fn read<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
    name: &DatasetName,
    id: &str,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let (dataset, version, point) = points::get(context.connection, name, id).await?;
    let tag = tag(&dataset, version);
    Ok(tagged(
        &request,
        &tag,
        Response::ok(&json::point(&dataset, &point)),
    ))
}

async fn edit<C: Connection>(
    mut request: Request,
    context: &Context<'_, C>,
    name: &DatasetName,
    id: &str,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let if_version = demanded_version(&request)?;
    let is_replacement = request.method == Method::PUT;
    let body = request.json(context.config.max_json_bytes).await?;
    let edited = |dataset: &Dataset, old: &Point| {
        if is_replacement {
            json::read_replacement(dataset, old, body.clone())
        } else {
            json::read_edit(dataset, old, body.clone())
        }
    };
    let (dataset, version, point) =
        points::edit(context.connection, name, id, if_version, edited).await?;
    Ok(Response::ok(&json::point(&dataset, &point)).with(header::ETAG, &tag(&dataset, version)))
}

async fn delete<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
    name: &DatasetName,
    id: &str,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    points::delete(context.connection, name, id, demanded_version(&request)?).await?;
    Ok(Response::no_content())
}

async fn delete_range<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
    name: &DatasetName,
) -> Result<Response, Problem> {
    let mut parameters = request.parameters();
    let selection = PointQuery::take_selection(&mut parameters);
    parameters.finish().map_err(Problem::bad_parameters)?;
    if selection.selects_everything() {
        return Err(Problem::bad_parameters(vec![Fault::new(
            "start",
            "say which points to delete, by `start`, `end` or a condition; to delete all, delete the dataset",
        )]));
    }
    let if_version = demanded_version(&request)?;
    let chosen = |dataset: &Dataset| selection.selection(dataset);
    let deleted = points::delete_range(context.connection, name, if_version, chosen)
        .await
        .map_err(Problem::of_query)?;
    Ok(Response::ok(&json!({"deleted": deleted})))
}
