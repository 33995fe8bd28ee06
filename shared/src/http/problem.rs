//! `application/problem+json` (RFC 9457), and what each error of the use cases answers.

use http::{HeaderName, StatusCode, header};
use serde_json::json;

use super::response::Response;
use crate::app;
use crate::domain::Fault;
use crate::store;

/// An answer that says what went wrong.
#[derive(Debug, Clone)]
pub struct Problem {
    pub status: StatusCode,
    /// Stable name of the kind of problem: `not-found`. `/help` describes each.
    pub code: &'static str,
    /// One sentence for people.
    pub detail: String,
    /// Every fault of the input.
    pub faults: Vec<Fault>,
    /// Headers that belong to the status, such as `Allow`.
    pub headers: Vec<(HeaderName, String)>,
    /// For the log, never for the client.
    pub cause: Option<String>,
}

impl Problem {
    fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            faults: Vec::new(),
            headers: Vec::new(),
            cause: None,
        }
    }

    /// 400: the request cannot be understood.
    pub fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad-request", detail)
    }

    /// 400 with its faults.
    pub fn malformed(faults: Vec<Fault>) -> Self {
        Self {
            faults,
            ..Self::bad_request("The request cannot be understood.")
        }
    }

    /// 400 for a query string with faults.
    pub fn bad_parameters(faults: Vec<Fault>) -> Self {
        Self {
            faults,
            ..Self::bad_request("The query string has faults.")
        }
    }

    /// What a use case says of a query string: faults that only the dataset's fields reveal are
    /// faults of the query string too.
    pub fn of_query(error: app::Error) -> Self {
        match error {
            app::Error::Invalid(faults) => Self::bad_parameters(faults),
            other => other.into(),
        }
    }

    /// 422: well formed, but wrong.
    pub fn invalid(faults: Vec<Fault>) -> Self {
        let detail = match faults.len() {
            1 => "The request has a fault.".to_owned(),
            n => format!("The request has {n} faults."),
        };
        Self {
            faults,
            ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", detail)
        }
    }

    /// 404 for a path that no route has.
    pub fn no_such_route(path: &str) -> Self {
        let path: String = path.chars().take(120).collect();
        Self::new(
            StatusCode::NOT_FOUND,
            "no-such-route",
            format!("There is nothing at {path}; /help lists all routes."),
        )
    }

    /// 404 for a thing that does not exist.
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", detail)
    }

    /// 405; `allow` lists the methods that the path has.
    pub fn method_not_allowed(allow: &'static str) -> Self {
        Self {
            headers: vec![(header::ALLOW, allow.to_owned())],
            ..Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                format!("This path knows only: {allow}."),
            )
        }
    }

    /// 409.
    pub fn conflict(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", detail)
    }

    /// 413.
    pub fn too_large(limit: usize) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too-large",
            format!("The body has more than {limit} bytes, the limit here."),
        )
    }

    /// 415.
    pub fn unsupported_media_type(given: &str, expected: &str) -> Self {
        let given: String = given.chars().take(60).collect();
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-media-type",
            format!("The body is said to be {given}; here it must be {expected}."),
        )
    }

    /// 401; `is_bad` when there was a token that is not accepted (RFC 6750, section 3).
    pub fn unauthorized(detail: &str, is_bad: bool) -> Self {
        let challenge = match is_bad {
            true => "Bearer realm=\"almanac\", error=\"invalid_token\"",
            false => "Bearer realm=\"almanac\"",
        };
        Self {
            headers: vec![(header::WWW_AUTHENTICATE, challenge.to_owned())],
            ..Self::new(StatusCode::UNAUTHORIZED, "unauthorized", detail)
        }
    }

    /// 403: the token is good, but not for this.
    pub fn forbidden(detail: impl Into<String>) -> Self {
        let challenge = "Bearer realm=\"almanac\", error=\"insufficient_scope\"";
        Self {
            headers: vec![(header::WWW_AUTHENTICATE, challenge.to_owned())],
            ..Self::new(StatusCode::FORBIDDEN, "forbidden", detail)
        }
    }

    /// 429.
    pub fn too_many(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", detail)
    }

    /// 503 with the true cause for the log.
    pub fn unavailable(cause: String) -> Self {
        Self {
            headers: vec![(header::RETRY_AFTER, "2".to_owned())],
            cause: Some(cause),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "The store cannot be reached right now; nothing is lost, try again.",
            )
        }
    }

    /// 503 for queues that wait for a worker in vain.
    pub fn stalled(detail: impl Into<String>) -> Self {
        Self {
            headers: vec![(header::RETRY_AFTER, "10".to_owned())],
            ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "stalled", detail)
        }
    }

    fn internal(cause: String) -> Self {
        Self {
            cause: Some(cause),
            ..Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "Something went wrong inside Almanac; its log says what.",
            )
        }
    }
}

impl From<app::Error> for Problem {
    fn from(error: app::Error) -> Self {
        match error {
            app::Error::NotFound { what, name } => {
                Self::not_found(format!("There is no {what} `{name}`."))
            }
            app::Error::Invalid(faults) => Self::invalid(faults),
            app::Error::Conflict(detail) => Self::conflict(detail),
            app::Error::Changed { version } => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "changed",
                format!("It has changed meanwhile: the version is now {version}."),
            ),
            app::Error::TooMuch { what, limit } => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too-large",
                format!("More than {limit} {what}, the limit here."),
            ),
            app::Error::Busy { why, retry_after } => Self {
                headers: vec![(header::RETRY_AFTER, retry_after.to_string())],
                ..Self::new(StatusCode::TOO_MANY_REQUESTS, "busy", why)
            },
            app::Error::UnknownFormat(detail) => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "unsupported-media-type",
                detail,
            ),
            app::Error::Store(store::Error::Unavailable(cause)) => Self::unavailable(cause),
            app::Error::Store(store::Error::Refused(cause)) if cause.contains("OOM") => Self {
                headers: vec![(header::RETRY_AFTER, "60".to_owned())],
                cause: Some(cause),
                ..Self::new(
                    StatusCode::INSUFFICIENT_STORAGE,
                    "full",
                    "The store's memory is full; nothing was changed.",
                )
            },
            app::Error::Store(store::Error::Refused(cause) | store::Error::Corrupt(cause)) => {
                Self::internal(cause)
            }
        }
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        app::Error::from(error).into()
    }
}

impl From<Problem> for Response {
    fn from(problem: Problem) -> Self {
        let mut body = json!({
            "type": format!("/help#{}", problem.code),
            "title": problem.status.canonical_reason().unwrap_or("Error"),
            "status": problem.status.as_u16(),
            "detail": problem.detail,
        });
        if !problem.faults.is_empty() {
            let errors: Vec<_> = problem
                .faults
                .iter()
                .map(|fault| json!({"at": fault.at, "detail": fault.detail}))
                .collect();
            body["errors"] = errors.into();
        }
        let mut response = Response::json(problem.status, &body)
            .with(header::CONTENT_TYPE, "application/problem+json");
        for (name, value) in problem.headers {
            response = response.with(name, &value);
        }
        response
    }
}
