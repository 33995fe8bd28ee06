//! A response, its body whole or streamed.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::Stream;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

/// A body as it leaves, piece by piece. After an error the client sees that it is not whole.
pub type Outgoing = Pin<Box<dyn Stream<Item = Result<Bytes, Interrupted>>>>;

/// Why a body broke off, for the log.
#[derive(Debug)]
pub struct Interrupted(pub String);

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Interrupted {}

pub struct Response {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Body,
}

pub enum Body {
    Whole(Bytes),
    Stream(Outgoing),
}

impl Response {
    pub fn new(status: StatusCode, media_type: &'static str, body: impl Into<Bytes>) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
        Self {
            status,
            headers,
            body: Body::Whole(body.into()),
        }
    }

    pub fn json(status: StatusCode, json: &serde_json::Value) -> Self {
        let mut text = json.to_string();
        text.push('\n');
        Self::new(status, "application/json", text)
    }

    /// 200 with JSON.
    pub fn ok(json: &serde_json::Value) -> Self {
        Self::json(StatusCode::OK, json)
    }

    /// 204.
    pub fn no_content() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            headers: HeaderMap::new(),
            body: Body::Whole(Bytes::new()),
        }
    }

    /// Sets a header; a value that no header can have is left out.
    #[must_use]
    pub fn with(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }
}

/// The body in the form that both Spin's SDK and hyper send.
pub struct SendBody(Option<Body>);

impl From<Body> for SendBody {
    fn from(body: Body) -> Self {
        Self(Some(body))
    }
}

impl http_body::Body for SendBody {
    type Data = Bytes;
    type Error = Interrupted;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Interrupted>>> {
        let frame = |bytes| Some(Ok(http_body::Frame::data(bytes)));
        match self.0.take() {
            None => Poll::Ready(None),
            Some(Body::Whole(bytes)) if bytes.is_empty() => Poll::Ready(None),
            Some(Body::Whole(bytes)) => Poll::Ready(frame(bytes)),
            Some(Body::Stream(mut stream)) => {
                let next = stream.as_mut().poll_next(context);
                if !matches!(next, Poll::Ready(None)) {
                    self.0 = Some(Body::Stream(stream));
                }
                next.map(|piece| piece.map(|piece| piece.map(http_body::Frame::data)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            None => true,
            Some(Body::Whole(bytes)) => bytes.is_empty(),
            Some(Body::Stream(_)) => false,
        }
    }

    fn size_hint(&self) -> http_body::SizeHint {
        match &self.0 {
            None => http_body::SizeHint::with_exact(0),
            Some(Body::Whole(bytes)) => http_body::SizeHint::with_exact(bytes.len() as u64),
            Some(Body::Stream(_)) => http_body::SizeHint::default(),
        }
    }
}
