//! A request with its path and query decoded, and its body read within a limit.

use std::pin::Pin;

use bytes::Bytes;
use futures::Stream;
use futures::StreamExt;
use http::{HeaderMap, Method};

use super::parameters::{Parameters, decode};
use super::problem::Problem;
use crate::app;
use crate::domain::{DatasetName, Fault};

/// A body as it arrives, piece by piece; an error is the transport's.
pub type Incoming = Pin<Box<dyn Stream<Item = Result<Bytes, String>>>>;

/// The name of a dataset in a path. One that no dataset can have is one that none has.
///
/// # Errors
/// 404.
pub fn dataset_name(segment: &str) -> Result<DatasetName, Problem> {
    DatasetName::new(segment).map_err(|_| app::Error::not_found("dataset", segment).into())
}

pub struct Request {
    pub method: Method,
    pub headers: HeaderMap,
    path: Vec<String>,
    query: String,
    body: Incoming,
}

/// How many times the limit of a body is taken and thrown away, of one that is over it.
const PASSED_OVER: usize = 4;

impl Request {
    /// # Errors
    /// 404 for a path that does not decode to UTF-8: nothing has such a name.
    pub fn new(parts: http::request::Parts, body: Incoming) -> Result<Self, Problem> {
        let path = parts
            .uri
            .path()
            .split('/')
            .filter(|segment| !segment.is_empty())
            .map(|segment| decode(segment, false))
            .collect::<Option<Vec<String>>>()
            .ok_or_else(|| Problem::no_such_route(parts.uri.path()))?;
        let query = parts.uri.query().unwrap_or_default().to_owned();
        Ok(Self {
            method: parts.method,
            headers: parts.headers,
            path,
            query,
            body,
        })
    }

    /// The path's segments, percent-decoded, without empty ones.
    pub fn segments(&self) -> Vec<&str> {
        self.path.iter().map(String::as_str).collect()
    }

    /// The path again, for messages.
    pub fn path(&self) -> String {
        format!("/{}", self.path.join("/"))
    }

    /// The query string, to be read parameter by parameter.
    pub fn parameters(&self) -> Parameters {
        Parameters::parse(&self.query)
    }

    /// A header's value where it is readable text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The media type of the body, lower-case and without its parameters.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        Some(
            value
                .split(';')
                .next()
                .unwrap_or_default()
                .trim()
                .to_ascii_lowercase(),
        )
    }

    /// The next piece of the body; `None` at its end.
    ///
    /// # Errors
    /// 400 when the client went away in the middle.
    pub async fn next_piece(&mut self) -> Result<Option<Bytes>, Problem> {
        match self.body.next().await {
            None => Ok(None),
            Some(Ok(piece)) => Ok(Some(piece)),
            Some(Err(why)) => Err(Problem::bad_request(format!("the body ended early: {why}"))),
        }
    }

    /// The whole body.
    ///
    /// # Errors
    /// 413 beyond `limit` bytes.
    pub async fn bytes(&mut self, limit: usize) -> Result<Vec<u8>, Problem> {
        let mut whole = Vec::new();
        while let Some(piece) = self.next_piece().await? {
            if whole.len() + piece.len() > limit {
                drop(whole);
                self.pass_over(limit.saturating_mul(PASSED_OVER)).await;
                return Err(Problem::too_large(limit));
            }
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    /// Takes what is left of the body, up to so many bytes: most clients send all of it before they look
    /// for the answer, and would find a closed connection instead.
    async fn pass_over(&mut self, most: usize) {
        let mut passed = 0;
        while let Ok(Some(piece)) = self.next_piece().await {
            passed += piece.len();
            if passed > most {
                return;
            }
        }
    }

    /// The body as JSON.
    ///
    /// `application/x-www-form-urlencoded` is taken too, because `curl -d` says so of everything.
    ///
    /// # Errors
    /// 415 for another media type, 413 beyond `limit` bytes, 400 for what is not JSON, with the
    /// line and column where it ends to be.
    pub async fn json(&mut self, limit: usize) -> Result<serde_json::Value, Problem> {
        let bytes = self.json_bytes(limit).await?;
        must_be_there(&bytes)?;
        serde_json::from_slice(&bytes).map_err(no_json)
    }

    /// The body as JSON; `None` of an empty one.
    ///
    /// # Errors
    /// As [`Self::json`].
    pub async fn optional_json(
        &mut self,
        limit: usize,
    ) -> Result<Option<serde_json::Value>, Problem> {
        match self.json_bytes(limit).await? {
            bytes if bytes.is_empty() => Ok(None),
            bytes => serde_json::from_slice(&bytes).map(Some).map_err(no_json),
        }
    }

    /// The body as JSON, spelt as it came.
    ///
    /// # Errors
    /// As [`Self::json`].
    pub async fn json_text(&mut self, limit: usize) -> Result<String, Problem> {
        let bytes = self.json_bytes(limit).await?;
        must_be_there(&bytes)?;
        serde_json::from_slice::<serde::de::IgnoredAny>(&bytes).map_err(no_json)?;
        let text = String::from_utf8(bytes).map_err(|_| no_json("it is not UTF-8"))?;
        Ok(text.trim_ascii().to_owned())
    }

    async fn json_bytes(&mut self, limit: usize) -> Result<Vec<u8>, Problem> {
        match self.media_type().as_deref() {
            None | Some("" | "application/json" | "application/x-www-form-urlencoded") => {}
            Some(other) if other.ends_with("+json") => {}
            Some(other) => return Err(Problem::unsupported_media_type(other, "application/json")),
        }
        self.bytes(limit).await
    }
}

fn must_be_there(body: &[u8]) -> Result<(), Problem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::bad_request("the body is empty; it must be JSON"));
    }
    Ok(())
}

fn no_json(why: impl std::fmt::Display) -> Problem {
    let detail = format!("is not valid JSON: {why}");
    Problem::malformed(vec![Fault::new("body", detail)])
}
