//! Routes of this component.

use almanac::app::jobs::queues;
use almanac::app::{self, Config, analyses, datasets, quotas};
use almanac::http::{Context, Problem, Request, Response, metrics};
use almanac::store::Connection;
use http::{Method, StatusCode, header};
use serde_json::{Map, json};

use crate::{help, openapi};

const PLAIN: &str = "text/plain; charset=utf-8";

/// `variable` reads a Spin variable.
pub async fn route<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
    variable: impl AsyncFn(&'static str) -> Result<String, String>,
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
        [] => greet(&request, variable).await,
        ["help"] => Ok(Response::new(StatusCode::OK, PLAIN, help::text())),
        ["openapi.json"] => describe(context).await,
        ["healthz"] => Ok(Response::ok(&json!({"status": "ok"}))),
        ["readyz"] => ready(context).await,
        ["metrics"] => measure(context).await,
        _ => Ok(Response::ok(&limits(context.config))),
    }
}

/// Browsers are sent to the pages made for them.
async fn greet(
    request: &Request,
    variable: impl AsyncFn(&'static str) -> Result<String, String>,
) -> Result<Response, Problem> {
    let accept = request.header("accept").unwrap_or_default();
    let answer = if accept.contains("text/html") {
        Response::new(StatusCode::SEE_OTHER, PLAIN, "").with(header::LOCATION, "/ui")
    } else {
        let greeting = greeting(variable).await.map_err(Problem::unavailable)?;
        Response::new(StatusCode::OK, PLAIN, greeting)
    };
    Ok(answer.with(header::VARY, "accept"))
}

async fn describe<C: Connection>(context: &Context<'_, C>) -> Result<Response, Problem> {
    let analyses = analyses::all(context.connection).await?;
    Ok(Response::ok(&openapi::document(context.config, &analyses)))
}

/// The greeting, which names the pod that answers where the variables say which it is.
async fn greeting(
    variable: impl AsyncFn(&'static str) -> Result<String, String>,
) -> Result<String, String> {
    let (name, ip) = (variable("name").await?, variable("pod_ip").await?);
    let hello = match (name.trim(), ip.trim()) {
        ("", "") => String::new(),
        (name, "") => format!("Hello, {name}\n"),
        ("", ip) => format!("Hello from IP {ip}\n"),
        (name, ip) => format!("Hello, {name} from IP {ip}\n"),
    };
    Ok(hello + help::GREETING)
}

/// Ready when Redis runs scripts, and no queue has waited too long for a worker. Whatever is wrong
/// with the store is a 503 here: an alarm, never a fault of the request.
async fn ready<C: Connection>(context: &Context<'_, C>) -> Result<Response, Problem> {
    let stalled = queues::stalled(context.connection, context.config)
        .await
        .map_err(not_ready)?;
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

fn not_ready(error: app::Error) -> Problem {
    match error {
        app::Error::Store(error) => Problem::unavailable(error.to_string()),
        other => other.into(),
    }
}

async fn measure<C: Connection>(context: &Context<'_, C>) -> Result<Response, Problem> {
    let connection = context.connection;
    let survey = queues::survey(connection).await?;
    let datasets = datasets::count(connection).await?;
    let usage = quotas::counted(connection, context.now, quotas::GOOD).await?;
    let text = metrics::text(&survey, datasets, usage);
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

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn the_greeting_names_the_pod_where_it_is_known() {
        for (name, ip, expected) in [
            ("", "", "Almanac: publish"),
            ("ada", "10.0.0.7", "Hello, ada from IP 10.0.0.7\nAlmanac"),
            ("ada", "", "Hello, ada\nAlmanac"),
            ("", "10.0.0.7", "Hello from IP 10.0.0.7\nAlmanac"),
        ] {
            let variable =
                async |asked: &'static str| Ok(if asked == "name" { name } else { ip }.to_owned());
            let text = greeting(variable).now_or_never();
            let text = text.and_then(Result::ok).unwrap_or_default();
            assert!(text.starts_with(expected), "{text}");
        }
    }
}
