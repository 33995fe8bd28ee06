//! Routes of this component.

use almanac::app::jobs::queues;
use almanac::app::{Config, analyses, datasets};
use almanac::http::{Context, Problem, Request, Response, metrics};
use almanac::store::Connection;
use http::{Method, StatusCode, header};
use serde_json::{Map, json};

use crate::{help, openapi};

const PLAIN: &str = "text/plain; charset=utf-8";

pub async fn route<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    let segments = request.segments();
    let is_known = matches!(
        segments[..],
        [] | ["help" | "openapi.json" | "healthz" | "readyz" | "metrics" | "limits"]
    );
    if !is_known {
        return Err(Problem::no_such_route(&request.path()));
    }
    if request.method != Method::GET {
        return Err(Problem::method_not_allowed("GET, HEAD"));
    }
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    match segments[..] {
        [] => Ok(greeting(&request)),
        ["help"] => Ok(Response::new(StatusCode::OK, PLAIN, help::text())),
        ["openapi.json"] => describe(context).await,
        ["healthz"] => Ok(Response::ok(&json!({"status": "ok"}))),
        ["readyz"] => ready(context).await,
        ["metrics"] => measure(context.connection).await,
        _ => Ok(Response::ok(&limits(context.config))),
    }
}

/// Browsers are sent to the pages made for them.
fn greeting(request: &Request) -> Response {
    let accept = request.header("accept").unwrap_or_default();
    let answer = if accept.contains("text/html") {
        Response::new(StatusCode::SEE_OTHER, PLAIN, "").with(header::LOCATION, "/ui")
    } else {
        Response::new(StatusCode::OK, PLAIN, help::GREETING)
    };
    answer.with(header::VARY, "accept")
}

async fn describe<C: Connection>(context: &Context<'_, C>) -> Result<Response, Problem> {
    let analyses = analyses::all(context.connection).await?;
    Ok(Response::ok(&openapi::document(context.config, &analyses)))
}

/// Ready when Redis answers, and no queue has waited too long for a worker.
async fn ready<C: Connection>(context: &Context<'_, C>) -> Result<Response, Problem> {
    let stalled = queues::stalled(context.connection, context.config).await?;
    if stalled.is_empty() {
        return Ok(Response::ok(&json!({"status": "ready"})));
    }
    let names: Vec<String> = stalled
        .iter()
        .map(|queue| format!("`{}`", queue.analysis))
        .collect();
    Err(Problem::stalled(format!(
        "Jobs have waited for more than {} seconds without a worker, the limit here: {}.",
        context.config.max_wait_seconds,
        names.join(", ")
    )))
}

async fn measure(connection: &impl Connection) -> Result<Response, Problem> {
    let survey = queues::survey(connection).await?;
    let datasets = datasets::count(connection).await?;
    let text = metrics::text(&survey, datasets);
    Ok(Response::new(StatusCode::OK, metrics::MEDIA_TYPE, text))
}

fn limits(config: &Config) -> serde_json::Value {
    let limits: Map<_, _> = Config::LIMITS
        .iter()
        .zip(config.values())
        .map(|((name, meaning, _), value)| {
            (
                (*name).to_owned(),
                json!({"value": value, "meaning": meaning}),
            )
        })
        .collect();
    limits.into()
}
