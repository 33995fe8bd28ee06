//! Routes of this component.

use almanac::app;
use almanac::app::animals;
use almanac::app::quotas::Quotas;
use almanac::domain::DatasetName;
use almanac::domain::creature::Creature;
use almanac::http::animal_json;
use almanac::http::{Context, Problem, Request, Response};
use almanac::store::Connection;
use http::{Method, StatusCode, header};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::herd;
use crate::island::{bare, settled};

pub async fn route<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    let segments: Vec<String> = request.segments().into_iter().map(str::to_owned).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (segments.as_slice(), request.method.as_str()) {
        (["animals"], "GET") => herd::list(&request, context).await,
        (["animals"], "POST") => load(request, context).await,
        (["animals"], "DELETE") => herd::delete_range(&request, context).await,
        (["animals"], _) => Err(Problem::method_not_allowed("GET, HEAD, POST, DELETE")),
        (["animals", "random"], "GET") => random(&request, context).await,
        (["animals", "random"], "POST") => create(&request, context).await,
        (["animals", "random"], _) => Err(Problem::method_not_allowed("GET, HEAD, POST")),
        (["animals", "breed"], "POST") => breed(request, context).await,
        (["animals", "breed"], _) => Err(Problem::method_not_allowed("POST")),
        (["animals", "count"], "GET") => count(&request, context).await,
        (["animals", "average-legs"], "GET") => average_legs(&request, context).await,
        (["animals", "summary"], "GET") => summary(&request, context).await,
        (["animals", "head", head], "GET") => herd::of_head(&request, context, head).await,
        (["animals", "legs", legs], "GET") => herd::of_legs(&request, context, legs).await,
        (
            ["animals", "count" | "average-legs" | "summary"] | ["animals", "head" | "legs", _],
            _,
        ) => Err(Problem::method_not_allowed("GET, HEAD")),
        (["animals", uid], _) => one(request, context, uid).await,
        _ => Err(Problem::no_such_route(&request.path())),
    }
}

/// What is no uid is the uid of no animal.
async fn one<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
    segment: &str,
) -> Result<Response, Problem> {
    let uid = animal_json::parse_uid(segment);
    let uid = uid.ok_or_else(|| app::Error::not_found("animal", segment))?;
    match request.method {
        Method::GET => read(&request, context, uid).await,
        Method::PUT | Method::PATCH => edit(request, context, uid).await,
        Method::DELETE => delete(&request, context, uid).await,
        _ => Err(Problem::method_not_allowed("GET, HEAD, PUT, PATCH, DELETE")),
    }
}

fn without_parameters(request: &Request) -> Result<(), Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)
}

fn located(creature: &Creature) -> String {
    format!("/animals/{}", creature.uid)
}

/// `POST /animals`: a file of animals.
async fn load<C: Connection>(
    mut request: Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    without_parameters(&request)?;
    let body = request.json(context.config.max_json_bytes).await?;
    let new = animal_json::read_file(body, context.now, Uuid::new_v4).map_err(Problem::invalid)?;
    let limit = context.config.max_write_points;
    if new.len() > limit {
        return Err(app::Error::TooMuch {
            what: "animals in one request".to_owned(),
            limit: limit as u64,
        }
        .into());
    }
    let (island, _) = bare(context).await?;
    add(context, &island, &new).await?;
    Ok(Response::json(
        StatusCode::CREATED,
        &json!({"created": new.len()}),
    ))
}

async fn random<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    without_parameters(request)?;
    let (island, mut rng) = settled(context).await?;
    let most = context.config.max_job_points;
    let creature = animals::any(context.connection, &island, most, &mut rng)
        .await
        .map_err(|error| match error {
            app::Error::NotFound { what: "animal", .. } => {
                Problem::not_found("There are no animals; POST /animals/random creates one.")
            }
            other => other.into(),
        })?;
    Ok(Response::ok(&animal_json::animal(&creature)).with(header::CACHE_CONTROL, "no-store"))
}

/// Adds animals, all or none, if there is room for them.
async fn add<C: Connection>(
    context: &Context<'_, C>,
    island: &DatasetName,
    new: &[Creature],
) -> Result<(), Problem> {
    Quotas::of(context.config)
        .admit(context.connection, new.len() as u64, context.now)
        .await?;
    Ok(animals::add(context.connection, island, new).await?)
}

/// `POST /animals/random`: one new animal, or with `count` so many.
async fn create<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    let mut parameters = request.parameters();
    let count = parameters.number("count", 1, context.config.max_write_points as u64);
    parameters.finish().map_err(Problem::bad_parameters)?;
    let (island, mut rng) = bare(context).await?;
    let new: Vec<Creature> = (0..count.unwrap_or(1))
        .map(|_| Creature::random(Uuid::new_v4(), context.now, &mut rng))
        .collect();
    add(context, &island, &new).await?;
    Ok(match new.as_slice() {
        [one] if count.is_none() => Response::json(StatusCode::CREATED, &animal_json::animal(one))
            .with(header::LOCATION, &located(one)),
        many => Response::json(StatusCode::CREATED, &animal_json::herd(many)),
    })
}

async fn read<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    uid: Uuid,
) -> Result<Response, Problem> {
    without_parameters(request)?;
    let (island, _) = settled(context).await?;
    let creature = animals::get(context.connection, &island, uid).await?;
    Ok(Response::ok(&animal_json::animal(&creature)))
}

async fn edit<C: Connection>(
    mut request: Request,
    context: &Context<'_, C>,
    uid: Uuid,
) -> Result<Response, Problem> {
    without_parameters(&request)?;
    let body = request.json(context.config.max_json_bytes).await?;
    let (island, _) = settled(context).await?;
    let edited = |old: &Creature| animal_json::read_edit(body.clone(), old);
    let creature = animals::edit(context.connection, &island, uid, edited).await?;
    Ok(Response::ok(&animal_json::animal(&creature)))
}

async fn delete<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    uid: Uuid,
) -> Result<Response, Problem> {
    without_parameters(request)?;
    let (island, _) = settled(context).await?;
    animals::delete(context.connection, &island, uid).await?;
    Ok(Response::no_content())
}

async fn breed<C: Connection>(
    mut request: Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    without_parameters(&request)?;
    let limit = context.config.max_json_bytes;
    let body = request.optional_json(limit).await?.unwrap_or(json!({}));
    let parents = animal_json::read_parents(body).map_err(Problem::invalid)?;
    let (island, mut rng) = settled(context).await?;
    let most = context.config.max_job_points;
    let (child, parents) = animals::breed(
        context.connection,
        &island,
        parents,
        context.now,
        most,
        &mut rng,
    )
    .await?;
    let parents: Vec<Json> = parents.iter().map(animal_json::animal).collect();
    let body = json!({"child": animal_json::animal(&child), "parents": parents});
    Ok(Response::json(StatusCode::CREATED, &body).with(header::LOCATION, &located(&child)))
}

async fn count<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    without_parameters(request)?;
    let (island, _) = settled(context).await?;
    let count = animals::count(context.connection, &island).await?;
    Ok(Response::ok(&json!({"count": count})))
}

async fn average_legs<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    without_parameters(request)?;
    let (island, _) = settled(context).await?;
    let most = context.config.max_job_points;
    let summary = animals::summary(context.connection, &island, most).await?;
    let body = json!({"average_legs": summary.legs.mean(), "count": summary.count});
    Ok(Response::ok(&body))
}

async fn summary<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    without_parameters(request)?;
    let (island, _) = settled(context).await?;
    let most = context.config.max_job_points;
    let summary = animals::summary(context.connection, &island, most).await?;
    Ok(Response::ok(&animal_json::summary(&summary)))
}
