//! Routes of this component.

use almanac::app::datasets::{self, Described};
use almanac::domain::access::Scope;
use almanac::domain::{DatasetName, Fault};
use almanac::http::conditions::{demanded_version, tag, tagged};
use almanac::http::parameters::encode;
use almanac::http::{Context, Problem, Request, Response, guard, json, request};
use almanac::store::Connection;
use http::{Method, StatusCode, header};
use serde_json::json;
use uuid::Uuid;

use crate::import;

pub async fn route<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    let method = request.method.clone();
    match (request.segments().as_slice(), method.as_str()) {
        (["datasets"], "GET") => list(request, context).await,
        (["datasets"], "POST") => create(request, context).await,
        (["datasets"], _) => Err(Problem::method_not_allowed("GET, HEAD, POST")),
        ([_, name], _) => {
            let name = request::dataset_name(name)?;
            match method {
                Method::GET => describe(request, context, &name).await,
                Method::PATCH => change(request, context, &name).await,
                Method::DELETE => delete(request, context, &name).await,
                _ => Err(Problem::method_not_allowed("GET, HEAD, PATCH, DELETE")),
            }
        }
        ([_, name, "import"], "POST") => {
            let name = DatasetName::new(name).map_err(|why| {
                Problem::invalid(vec![Fault::new("name", format!("a dataset's name {why}"))])
            })?;
            import::import(request, context, name).await
        }
        ([_, _, "import"], _) => Err(Problem::method_not_allowed("POST")),
        _ => Err(Problem::no_such_route(&request.path())),
    }
}

async fn list<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    let mut parameters = request.parameters();
    let limit = parameters.number("limit", 1, 1000).unwrap_or(100);
    let after = parameters.read("cursor", |text| {
        DatasetName::new(text)
            .map_err(|_| "is not a cursor: give `next` of the page before".to_owned())
    });
    parameters.finish().map_err(Problem::bad_parameters)?;
    let (list, is_more) = datasets::list(
        context.connection,
        after.as_ref().map(DatasetName::as_str),
        limit as usize,
    )
    .await?;
    let next = list
        .last()
        .filter(|_| is_more)
        .map(|last| last.dataset.name.as_str());
    let is_shown = |described: &&Described| {
        let dataset = &described.dataset;
        dataset.is_public || context.caller.may(Scope::Read, Some(&dataset.name))
    };
    Ok(Response::ok(&json!({
        "datasets": list.iter().filter(is_shown).map(json::dataset).collect::<Vec<_>>(),
        "truncated": is_more,
        "next": next,
    })))
}

async fn create<C: Connection>(
    mut request: Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let body = request.json(context.config.max_json_bytes).await?;
    let dataset = json::read_dataset(body, context.now).map_err(Problem::invalid)?;
    if !context.caller.may(Scope::Write, Some(&dataset.name)) {
        let refused = guard::refusal(context.caller, Scope::Write, Some(&dataset.name));
        return Err(refused);
    }
    let revision = Uuid::new_v4().to_string();
    let limit = context.config.max_datasets;
    let described = datasets::create(context.connection, dataset, &revision, limit).await?;
    let location = format!("/datasets/{}", encode(described.dataset.name.as_str()));
    Ok(
        Response::json(StatusCode::CREATED, &json::dataset(&described))
            .with(header::LOCATION, &location)
            .with(header::ETAG, &tag(&described.dataset, described.version)),
    )
}

async fn describe<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
    name: &DatasetName,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let described = datasets::get(context.connection, name).await?;
    let tag = tag(&described.dataset, described.version);
    Ok(tagged(
        &request,
        &tag,
        Response::ok(&json::dataset(&described)),
    ))
}

async fn change<C: Connection>(
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
    let changes = json::read_changes(body).map_err(Problem::invalid)?;
    let revision = Uuid::new_v4().to_string();
    let described =
        datasets::update(context.connection, name, &changes, &revision, if_version).await?;
    Ok(Response::ok(&json::dataset(&described))
        .with(header::ETAG, &tag(&described.dataset, described.version)))
}

async fn delete<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
    name: &DatasetName,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    datasets::delete(context.connection, name, demanded_version(&request)?).await?;
    Ok(Response::no_content())
}
