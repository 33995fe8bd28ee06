//! One line a request, as JSON, on standard error.

use http::{HeaderMap, HeaderName, StatusCode};
use serde_json::json;
use uuid::Uuid;

use crate::app::settings::LogLevel;

pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Characters of an id that is taken from a client.
const MAX_ID: usize = 128;

/// The id that a client gave its request, else a new one.
pub fn request_id(headers: &HeaderMap) -> String {
    let is_plain = |id: &&str| {
        (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
    };
    headers
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(is_plain)
        .map_or_else(|| Uuid::new_v4().to_string(), str::to_owned)
}

/// What is known of a request once it is answered. Neither its query string nor its body: they may
/// hold what is nobody else's business.
pub struct Line<'a> {
    pub request_id: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    pub status: StatusCode,
    pub milliseconds: f64,
    pub token_id: Option<&'a str>,
    /// What went wrong inside.
    pub cause: Option<&'a str>,
}

impl Line<'_> {
    /// How important it is.
    fn level(&self) -> LogLevel {
        match self.status.as_u16() {
            500.. => LogLevel::Error,
            401 | 403 | 429 => LogLevel::Warn,
            _ if self.cause.is_some() => LogLevel::Error,
            _ => LogLevel::Info,
        }
    }

    /// Writes the line if it is important enough.
    pub fn write(&self, from: LogLevel) {
        let level = self.level();
        if level > from {
            return;
        }
        let mut line = json!({
            "level": level.name(),
            "request_id": self.request_id,
            "method": self.method,
            "path": self.path,
            "status": self.status.as_u16(),
            "milliseconds": (self.milliseconds * 1000.0).round() / 1000.0,
        });
        for (name, text) in [("token", self.token_id), ("cause", self.cause)] {
            if let Some(text) = text {
                line[name] = text.into();
            }
        }
        eprintln!("{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_id_is_kept_and_any_other_replaced() {
        let of = |value: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, http::HeaderValue::from_bytes(value).unwrap());
            request_id(&headers)
        };
        assert_eq!(of(b"abc-1"), "abc-1");
        for bad in [&b""[..], b"a b", &[b'x'; 129], b"\xff"] {
            assert_eq!(of(bad).len(), 36);
        }
        assert_eq!(request_id(&HeaderMap::new()).len(), 36);
    }

    #[test]
    fn failures_matter_more_than_refusals_and_those_more_than_success() {
        let level = |status: u16| {
            let line = Line {
                request_id: "",
                method: "GET",
                path: "/",
                status: StatusCode::from_u16(status).unwrap(),
                milliseconds: 0.0,
                token_id: None,
                cause: None,
            };
            line.level()
        };
        assert_eq!(level(503), LogLevel::Error);
        assert_eq!(level(403), LogLevel::Warn);
        assert_eq!(level(404), LogLevel::Info);
        assert!(level(200) > LogLevel::Warn);
    }
}
