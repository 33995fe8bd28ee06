//! `ETag`, `If-Match` and `If-None-Match` from a dataset's version (RFC 9110, section 13).

use http::{StatusCode, header};

use super::problem::Problem;
use super::request::Request;
use super::response::Response;
use super::rows::Form;
use crate::domain::Dataset;

/// The tag of a dataset at a version. It has the time of creation in it, so that a dataset made anew
/// under an old name has other tags.
pub fn tag(dataset: &Dataset, version: u64) -> String {
    format!("\"{version}-{:x}\"", dataset.created_on.milliseconds())
}

/// The tag of points in a form: a strong tag stands for the very bytes, so each form has its own.
pub fn tag_in(dataset: &Dataset, version: u64, form: Form) -> String {
    let tag = tag(dataset, version);
    match (form, tag.strip_suffix('"')) {
        (Form::Json, _) | (_, None) => tag,
        (Form::Csv, Some(rest)) => format!("{rest}-csv\""),
        (Form::Ndjson, Some(rest)) => format!("{rest}-ndjson\""),
    }
}

/// The version that `If-Match` demands; `None` without one, or for `*`.
///
/// # Errors
/// 400 when it is none of our tags: a list, or a weak one, which never matches.
pub fn demanded_version(request: &Request) -> Result<Option<u64>, Problem> {
    let Some(value) = request.header("if-match") else {
        return Ok(None);
    };
    if value.trim() == "*" {
        return Ok(None);
    }
    let version = value
        .trim()
        .strip_prefix('"')
        .and_then(|rest| rest.split_once('-'))
        .and_then(|(version, _)| version.parse().ok());
    version.map(Some).ok_or_else(|| {
        Problem::bad_request(
            "If-Match must be one ETag as a dataset or point was answered with, or *",
        )
    })
}

/// The answer with its tag, or 304 when the client has it already.
pub fn tagged(request: &Request, tag: &str, response: Response) -> Response {
    let response = response.with(header::ETAG, tag);
    let is_known = request.header("if-none-match").is_some_and(|value| {
        value.split(',').any(|known| {
            let known = known.trim();
            known == "*" || known.strip_prefix("W/").unwrap_or(known) == tag
        })
    });
    if !is_known {
        return response;
    }
    let headers = response.headers;
    let mut unchanged = Response {
        status: StatusCode::NOT_MODIFIED,
        headers,
        ..Response::no_content()
    };
    unchanged.headers.remove(header::CONTENT_TYPE);
    unchanged
}
