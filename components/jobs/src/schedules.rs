//! `/schedules`: jobs that are submitted again and again.

use almanac::app::schedules;
use almanac::domain::access::Scope;
use almanac::http::{Context, Problem, Request, Response, guard, schedule_json};
use almanac::store::Connection;
use http::{StatusCode, header};
use serde_json::json;
use uuid::Uuid;

pub async fn list<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let all = schedules::list(context.connection).await?;
    let all: Vec<_> = all.iter().map(schedule_json::schedule).collect();
    Ok(Response::ok(&json!({"schedules": all})))
}

pub async fn create<C: Connection>(
    mut request: Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let body = request.json(context.config.max_json_bytes).await?;
    let id = Uuid::new_v4().to_string();
    let wish =
        schedule_json::read_wish(body, id, super::handler::new_id()).map_err(Problem::invalid)?;
    let dataset = wish.order.dataset.as_ref();
    if !context.caller.may(Scope::Jobs, dataset) {
        return Err(guard::refusal(context.caller, Scope::Jobs, dataset));
    }
    let kept = schedules::create(context.connection, context.config, context.now, wish).await?;
    let location = format!("/schedules/{}", kept.schedule.id);
    Ok(
        Response::json(StatusCode::CREATED, &schedule_json::schedule(&kept))
            .with(header::LOCATION, &location),
    )
}

pub async fn describe<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    id: &str,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let kept = schedules::get(context.connection, id).await?;
    Ok(Response::ok(&schedule_json::schedule(&kept)))
}

pub async fn remove<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    id: &str,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    schedules::remove(context.connection, id).await?;
    Ok(Response::no_content())
}
