//! Letting pages from elsewhere read answers (the Fetch standard's CORS protocol).

use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use super::response::Response;

const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";
const HEADERS: &str = "authorization, content-type, prefer, idempotency-key, if-match, \
                       if-none-match, cache-control, x-request-id";
const EXPOSED: &str = "etag, location, retry-after, x-next-cursor, x-total-count, x-request-id, \
                       ratelimit, ratelimit-policy, preference-applied";
const REMEMBERED_SECONDS: &str = "600";

/// The answer to a browser that asks beforehand; `None` for any other request.
pub fn preflight(method: &Method, headers: &HeaderMap) -> Option<Response> {
    let asks = headers.contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    (method == Method::OPTIONS && asks).then(|| {
        Response {
            status: StatusCode::NO_CONTENT,
            ..Response::no_content()
        }
        .with(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS)
        .with(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS)
        .with(header::ACCESS_CONTROL_MAX_AGE, REMEMBERED_SECONDS)
    })
}

/// Whose pages may read an answer; nothing is said where nobody's may.
pub fn allow(origins: &[String], asked: Option<HeaderValue>, headers: &mut HeaderMap) {
    let Some(origin) = asked.filter(|_| !origins.is_empty()) else {
        return;
    };
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    let is_anybody = origins.iter().any(|known| known == "*");
    let is_known = origins.iter().any(|known| origin == known.as_str());
    let allowed = match (is_anybody, is_known) {
        (true, _) => HeaderValue::from_static("*"),
        (_, true) => origin,
        _ => return,
    };
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(EXPOSED),
    );
}
