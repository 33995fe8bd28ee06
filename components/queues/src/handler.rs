//! Routes of this component.

use std::time::Duration;

use almanac::app::clock::Clock;
use almanac::app::queues;
use almanac::domain::{Fault, QueueName};
use almanac::http::{Context, Problem, Request, Response};
use almanac::store::Connection;
use http::{Method, StatusCode};
use serde_json::json;

/// The longest that a taker may wait, in seconds.
const MAX_WAIT: u64 = 60;

pub async fn route<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
    clock: &impl Clock,
) -> Result<Response, Problem> {
    let method = request.method.clone();
    match *request.segments().as_slice() {
        ["queues", name] => {
            let name = queue_name(name)?;
            match method {
                Method::GET => length(&request, context, &name).await,
                Method::POST => put(request, context, &name).await,
                Method::DELETE => clear(&request, context, &name).await,
                _ => Err(Problem::method_not_allowed("GET, HEAD, POST, DELETE")),
            }
        }
        ["queues", name, "get"] => {
            let name = queue_name(name)?;
            match method {
                Method::POST => take(&request, context, &name, clock).await,
                _ => Err(Problem::method_not_allowed("POST")),
            }
        }
        _ => Err(Problem::no_such_route(&request.path())),
    }
}

fn queue_name(segment: &str) -> Result<QueueName, Problem> {
    QueueName::new(segment)
        .map_err(|why| Problem::invalid(vec![Fault::new("name", format!("a queue's name {why}"))]))
}

async fn length<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    name: &QueueName,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let length = queues::length(context.connection, name).await?;
    Ok(Response::ok(&described(name, length)))
}

fn described(name: &QueueName, length: u64) -> serde_json::Value {
    json!({"queue": name.to_string(), "length": length})
}

async fn put<C: Connection>(
    mut request: Request,
    context: &Context<'_, C>,
    name: &QueueName,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let item = request.json_text(context.config.max_json_bytes).await?;
    let length = queues::put(context.connection, name, &item).await?;
    Ok(Response::json(
        StatusCode::CREATED,
        &described(name, length),
    ))
}

/// `POST /queues/:name/get`: the oldest item itself.
async fn take<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    name: &QueueName,
    clock: &impl Clock,
) -> Result<Response, Problem> {
    let mut parameters = request.parameters();
    let wait = parameters.number("wait", 0, MAX_WAIT).unwrap_or(0);
    parameters.finish().map_err(Problem::bad_parameters)?;
    let wait = Duration::from_secs(wait);
    let item = queues::take(context.connection, name, wait, clock).await?;
    Ok(match item {
        Some(item) => Response::new(StatusCode::OK, "application/json", item + "\n"),
        None => Response::no_content(),
    })
}

async fn clear<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    name: &QueueName,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    queues::clear(context.connection, name).await?;
    Ok(Response::no_content())
}
