//! Requests, and answers that explain themselves when they are not what a test expects.

use std::time::Duration;

use serde_json::Value;
use ureq::Agent;
use ureq::http;

/// A request to be sent.
#[derive(Clone)]
pub struct Call {
    pub(crate) method: String,
    pub(crate) path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl Call {
    /// `path` with its query string, as it stands in the request line.
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
        }
    }

    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    pub fn post(path: &str) -> Self {
        Self::new("POST", path)
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A header, unless the call has it already.
    #[must_use]
    pub(crate) fn header_unless_given(self, name: &str, value: &str) -> Self {
        if self
            .headers
            .iter()
            .any(|(given, _)| given.eq_ignore_ascii_case(name))
        {
            self
        } else {
            self.header(name, value)
        }
    }

    #[must_use]
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    #[must_use]
    pub fn csv(self, body: impl Into<Vec<u8>>) -> Self {
        self.body("text/csv", body)
    }

    /// A body with its media type; an empty media type is not sent.
    #[must_use]
    pub fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        if media_type.is_empty() {
            self
        } else {
            self.header("content-type", media_type)
        }
    }

    /// Sends it; an error is the transport's, as when nobody listens.
    pub(crate) fn send(&self, agent: &Agent, base: &str) -> Result<Answer, String> {
        let mut request = http::Request::builder()
            .method(self.method.as_str())
            .uri(format!("{base}{}", self.path));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let fault =
            |error: &dyn std::fmt::Display| format!("{} {}: {error}", self.method, self.path);
        let sent = match &self.body {
            Some(body) => agent.run(
                request
                    .body(body.as_slice())
                    .map_err(|error| fault(&error))?,
            ),
            None => agent.run(request.body(()).map_err(|error| fault(&error))?),
        };
        let (parts, mut body) = sent.map_err(|error| fault(&error))?.into_parts();
        let body = body
            .with_config()
            .limit(1 << 30)
            .read_to_vec()
            .map_err(|error| fault(&error))?;
        Ok(Answer {
            call: format!("{} {}", self.method, self.path),
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
            log: String::new(),
        })
    }
}

pub(crate) fn agent() -> Agent {
    agent_within(Duration::from_secs(120))
}

pub(crate) fn agent_within(limit: Duration) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .allow_non_standard_methods(true)
        .max_redirects(0)
        .timeout_global(Some(limit))
        .build()
        .into()
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    call: String,
    pub status: u16,
    headers: http::HeaderMap,
    pub body: Vec<u8>,
    /// The end of the app's log, where the app is ours and the answer is a failure of its own.
    pub(crate) log: String,
}

impl Answer {
    /// # Panics
    /// When the status is another one, with everything that is known.
    #[must_use]
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert!(
            self.status == status,
            "expected {status}\n{}",
            self.describe()
        );
        self
    }

    /// # Panics
    /// When the body is not JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("not JSON: {error}\n{}", self.describe()))
    }

    /// # Panics
    /// When the body is not UTF-8.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body)
            .unwrap_or_else(|error| panic!("not UTF-8: {error}\n{}", self.describe()))
    }

    /// A header's value, empty when there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// Checks that this is a problem as RFC 9457 has it, with a status out of `statuses`, whose
    /// detail or errors say `culprit`.
    ///
    /// # Panics
    /// When it is not.
    #[track_caller]
    pub fn expect_problem(&self, statuses: &[u16], culprit: &str) -> Value {
        assert!(
            statuses.contains(&self.status),
            "expected a problem with status {statuses:?}\n{}",
            self.describe()
        );
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{}",
            self.describe()
        );
        let problem = self.json();
        assert_eq!(problem["status"], self.status, "{}", self.describe());
        for member in ["type", "title", "detail"] {
            let text = problem[member].as_str().unwrap_or_default();
            assert!(
                !text.is_empty(),
                "the problem has no {member}\n{}",
                self.describe()
            );
        }
        let said = format!("{} {}", problem["detail"], problem["errors"]);
        assert!(
            said.contains(culprit),
            "the problem does not say `{culprit}`\n{}",
            self.describe()
        );
        problem
    }

    /// Everything that helps to see what went wrong.
    pub fn describe(&self) -> String {
        const SHOWN: usize = 2000;
        let shown = &self.body[..self.body.len().min(SHOWN)];
        let log = if self.log.is_empty() {
            String::new()
        } else {
            format!("\n--- end of the app's log ---\n{}", self.log)
        };
        format!(
            "{}\n{} {}\n{}{log}",
            self.call,
            self.status,
            self.header("content-type"),
            String::from_utf8_lossy(shown)
        )
    }
}
