//! The frame around a component's handler: everything that every request needs.

use std::cell::RefCell;
use std::fmt::Debug;
use std::rc::Rc;
use std::time::Instant;

use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderValue, Method, header};
use http_body_util::BodyExt;

use super::problem::Problem;
use super::request::{Incoming, Request};
use super::response::{Body, Response, SendBody};
use super::{cors, guard, log, rate};
use crate::app::Config;
use crate::app::settings::{LogLevel, Settings};
use crate::domain::Timestamp;
use crate::domain::access::Caller;
use crate::store::{self, Connection};

/// What a handler works with.
pub struct Context<'a, C: Connection> {
    pub connection: &'a C,
    pub config: &'a Config,
    /// Who sends the request; that they may send it is settled.
    pub caller: &'a Caller,
    /// When the request came.
    pub now: Timestamp,
}

/// Answers one request: reads it, sees who sends it and whether they may, calls `handle`, turns a
/// problem into its answer, and logs a line. `HEAD` is answered as `GET` without the body. What a
/// handler calls a cause goes to the log alone.
pub async fn serve<B, C>(
    request: http::Request<B>,
    connection: Result<Rc<C>, store::Error>,
    variable: impl AsyncFn(&'static str) -> Result<String, String>,
    handle: impl AsyncFnOnce(Request, &Context<'_, C>) -> Result<Response, Problem>,
) -> http::Response<SendBody>
where
    B: http_body::Body<Data = Bytes> + 'static,
    B::Error: Debug,
    C: Connection,
{
    let started = Instant::now();
    let (mut parts, body) = request.into_parts();
    let is_head = parts.method == Method::HEAD;
    if is_head {
        parts.method = Method::GET;
    }
    let (method, path) = (parts.method.to_string(), parts.uri.path().to_owned());
    let origin = parts.headers.get(header::ORIGIN).cloned();
    let request_id = log::request_id(&parts.headers);
    // The handler sees the id as if the client had always given one.
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        parts.headers.insert(log::REQUEST_ID, value);
    }
    let preflight = cors::preflight(&parts.method, &parts.headers);
    let environment = environment(&variable).await;
    let mut caller = Caller::Stranger;
    let answered = match (preflight, connection, &environment) {
        (_, _, Err(why)) => Err(Problem::unavailable(why.clone())),
        (Some(preflight), _, _) => Ok(preflight),
        (_, Err(error), _) => Err(error.into()),
        (_, Ok(connection), Ok(environment)) => match Request::new(parts, incoming(body)) {
            Err(problem) => Err(problem),
            Ok(request) => answer(request, &*connection, environment, &mut caller, handle).await,
        },
    };
    let mut cause = None;
    let mut response = answered.unwrap_or_else(|mut problem| {
        cause = problem.cause.take();
        problem.into()
    });
    let (log_level, origins) = match &environment {
        Ok(environment) => (
            environment.settings.log_level,
            environment.settings.cors_origins.as_slice(),
        ),
        Err(_) => (LogLevel::Error, &[][..]),
    };
    cors::allow(origins, origin, &mut response.headers);
    log::Line {
        request_id: &request_id,
        method: &method,
        path: &path,
        status: response.status,
        milliseconds: started.elapsed().as_secs_f64() * 1000.0,
        token_id: caller.token_id(),
        cause: cause.as_deref(),
    }
    .write(log_level);
    send(response.with(log::REQUEST_ID, &request_id), is_head)
}

/// Everything between a request that can be read and its answer.
async fn answer<C: Connection>(
    request: Request,
    connection: &C,
    environment: &Environment,
    caller: &mut Caller,
    handle: impl AsyncFnOnce(Request, &Context<'_, C>) -> Result<Response, Problem>,
) -> Result<Response, Problem> {
    let now = now();
    let Environment { config, settings } = environment;
    *caller = guard::admit(connection, settings, &request, now).await?;
    let limit = settings.requests_per_minute;
    let allowance = rate::take(connection, limit, &request, caller, now).await?;
    let context = Context {
        connection,
        config,
        caller,
        now,
    };
    let response = handle(request, &context).await?;
    Ok(match allowance {
        Some(allowance) => allowance.tell(response),
        None => response,
    })
}

/// Limits and settings, read once in the life of an instance.
struct Environment {
    config: Config,
    settings: Settings,
}

thread_local! {
    static ENVIRONMENT: RefCell<Option<Rc<Environment>>> = const { RefCell::new(None) };
}

async fn environment(
    variable: &impl AsyncFn(&'static str) -> Result<String, String>,
) -> Result<Rc<Environment>, String> {
    if let Some(environment) = ENVIRONMENT.with_borrow(Clone::clone) {
        return Ok(environment);
    }
    let environment = Rc::new(Environment {
        config: Config::load(variable).await?,
        settings: Settings::load(variable).await?,
    });
    ENVIRONMENT.set(Some(environment.clone()));
    Ok(environment)
}

/// The wall clock, read here and nowhere deeper.
pub fn now() -> Timestamp {
    let since = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_millis());
    i64::try_from(since)
        .ok()
        .and_then(|milliseconds| Timestamp::from_milliseconds(milliseconds).ok())
        .unwrap_or(Timestamp::MAX)
}

fn incoming<B>(body: B) -> Incoming
where
    B: http_body::Body<Data = Bytes> + 'static,
    B::Error: Debug,
{
    body.into_data_stream()
        .map(|piece| piece.map_err(|error| format!("{error:?}")))
        .boxed_local()
}

fn send(response: Response, is_head: bool) -> http::Response<SendBody> {
    let Response {
        status,
        mut headers,
        body,
    } = response;
    // A known length lets the host send head and body in one write.
    if let Body::Whole(bytes) = &body
        && status != http::StatusCode::NO_CONTENT
    {
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.len()));
    }
    headers
        .entry(header::X_CONTENT_TYPE_OPTIONS)
        .or_insert(HeaderValue::from_static("nosniff"));
    let body = if is_head {
        Body::Whole(Bytes::new())
    } else {
        body
    };
    let mut answer = http::Response::new(SendBody::from(body));
    *answer.status_mut() = status;
    *answer.headers_mut() = headers;
    answer
}
