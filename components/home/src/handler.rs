//! Routes of this component.

use almanac::app::Config;
use almanac::args;
use almanac::http::{Context, Problem, Request, Response};
use almanac::store::Connection;
use http::{Method, StatusCode};
use serde_json::{Map, json};

use crate::help;

pub async fn route<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    let segments = request.segments();
    let is_known = matches!(
        segments[..],
        [] | ["help" | "healthz" | "readyz" | "limits"]
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
        [] => Ok(Response::new(
            StatusCode::OK,
            "text/plain; charset=utf-8",
            help::GREETING,
        )),
        ["help"] => Ok(Response::new(
            StatusCode::OK,
            "text/plain; charset=utf-8",
            help::text(),
        )),
        ["healthz"] => Ok(Response::ok(&json!({"status": "ok"}))),
        ["readyz"] => ready(context.connection).await,
        _ => Ok(Response::ok(&limits(context.config))),
    }
}

/// Ready when Redis answers.
async fn ready(connection: &impl Connection) -> Result<Response, Problem> {
    connection.command("PING", args![]).await?;
    Ok(Response::ok(&json!({"status": "ready"})))
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
