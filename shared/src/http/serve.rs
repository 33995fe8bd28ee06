//! The frame around a component's handler: everything that every request needs.

use std::cell::RefCell;
use std::fmt::Debug;
use std::rc::Rc;

use bytes::Bytes;
use futures::StreamExt;
use http::{HeaderValue, Method, header};
use http_body_util::BodyExt;

use super::problem::Problem;
use super::request::{Incoming, Request};
use super::response::{Body, Response, SendBody};
use crate::app::Config;
use crate::domain::Timestamp;
use crate::store::{self, Connection};

/// What a handler works with.
pub struct Context<'a, C: Connection> {
    pub connection: &'a C,
    pub config: &'a Config,
    /// When the request came.
    pub now: Timestamp,
}

/// Answers one request: reads it, calls `handle`, and turns a problem into its answer. `HEAD` is
/// answered as `GET` without the body. What a handler calls a cause goes to the log alone.
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
    let (mut parts, body) = request.into_parts();
    let is_head = parts.method == Method::HEAD;
    if is_head {
        parts.method = Method::GET;
    }
    let line = format!("{} {}", parts.method, parts.uri.path());
    let answered = match (
        connection,
        config(variable).await,
        Request::new(parts, incoming(body)),
    ) {
        (_, _, Err(problem)) => Err(problem),
        (Err(error), _, _) => Err(error.into()),
        (_, Err(why), _) => Err(Problem::unavailable(why)),
        (Ok(connection), Ok(config), Ok(request)) => {
            let context = Context {
                connection: &*connection,
                config: &config,
                now: now(),
            };
            handle(request, &context).await
        }
    };
    let response = answered.unwrap_or_else(|problem| {
        if let Some(cause) = &problem.cause {
            eprintln!("{line}: {}: {cause}", problem.status);
        }
        problem.into()
    });
    send(response, is_head)
}

thread_local! {
    static CONFIG: RefCell<Option<Rc<Config>>> = const { RefCell::new(None) };
}

/// The limits, read once in the life of an instance.
async fn config(
    variable: impl AsyncFn(&'static str) -> Result<String, String>,
) -> Result<Rc<Config>, String> {
    if let Some(config) = CONFIG.with_borrow(Clone::clone) {
        return Ok(config);
    }
    let config = Rc::new(Config::load(variable).await?);
    CONFIG.set(Some(config.clone()));
    Ok(config)
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
