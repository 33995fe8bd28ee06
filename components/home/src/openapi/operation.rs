//! One operation of the document: a route of `/help`, with what goes in and what comes out.

use serde_json::{Map, Value as Json, json};

use super::schema::{self, described};
use crate::help::{ROUTES, Route};

pub(super) const JSON: &str = "application/json";
pub(super) const CSV: &str = "text/csv; charset=utf-8";
pub(super) const NDJSON: &str = "application/x-ndjson";
pub(super) const TEXT: &str = "text/plain; charset=utf-8";

pub(super) struct Operation {
    pub(super) method: &'static str,
    pub(super) path: &'static str,
    tag: &'static str,
    parameters: Vec<Json>,
    body: Option<Json>,
    answers: Map<String, Json>,
}

impl Operation {
    /// Whatever it is, its query string may have faults (400), it may need a token (401, 403), there
    /// may be too many requests (429), and the store may be out of reach (503); what its path names
    /// may not be there (404).
    pub(super) fn new(tag: &'static str, method: &'static str, path: &'static str) -> Self {
        let names = path.split('/').filter_map(|part| part.strip_prefix(':'));
        let parameters: Vec<Json> = names.map(|name| of_path(path, name)).collect();
        let operation = Self {
            method,
            path,
            tag,
            body: None,
            answers: Map::new(),
            parameters,
        };
        match operation.parameters.is_empty() {
            true => operation.refuses(&[400, 401, 403, 429, 503]),
            false => operation.refuses(&[400, 401, 403, 404, 429, 503]),
        }
    }

    pub(super) fn query(self, name: &str, schema: Json, description: &str) -> Self {
        self.parameter(json!({
            "name": name, "in": "query", "schema": schema, "description": description,
        }))
    }

    /// A query parameter without which there is no answer.
    pub(super) fn required_query(self, name: &str, schema: Json, description: &str) -> Self {
        self.parameter(json!({
            "name": name, "in": "query", "required": true, "schema": schema, "description": description,
        }))
    }

    pub(super) fn header(self, name: &str, schema: Json, description: &str) -> Self {
        self.parameter(json!({
            "name": name, "in": "header", "schema": schema, "description": description,
        }))
    }

    pub(super) fn parameter(mut self, parameter: Json) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// A JSON body, which must not be too large (413), of another kind (415), or wrong (422).
    pub(super) fn takes(self, schema: Json) -> Self {
        self.takes_kinds([(JSON, schema)])
    }

    /// A body of one of several media types.
    pub(super) fn takes_kinds<const N: usize>(mut self, kinds: [(&str, Json); N]) -> Self {
        self.body = Some(json!({"required": true, "content": content(kinds)}));
        self.refuses(&[413, 415, 422])
    }

    /// The body may be left out.
    pub(super) fn or_nothing(mut self) -> Self {
        if let Some(body) = &mut self.body {
            body["required"] = false.into();
        }
        self
    }

    pub(super) fn answers(self, status: u16, description: &str, schema: Json) -> Self {
        self.answers_kinds(status, description, [(JSON, schema)])
    }

    pub(super) fn answers_kinds<const N: usize>(
        mut self,
        status: u16,
        description: &str,
        kinds: [(&str, Json); N],
    ) -> Self {
        let mut answer = json!({"description": description});
        if N > 0 {
            answer["content"] = content(kinds);
        }
        self.answers.insert(status.to_string(), answer);
        self
    }

    /// An answer without a body.
    pub(super) fn answers_nothing(self, status: u16, description: &str) -> Self {
        self.answers_kinds(status, description, [])
    }

    /// A tag in `ETag`, and 304 for a client that has what it stands for.
    pub(super) fn tagged(self) -> Self {
        self.header(
            "If-None-Match",
            schema::text(),
            "The `ETag` of an answer that the client still has.",
        )
        .answers_nothing(304, "What the client has is still right.")
    }

    /// A change that can be made to depend on the dataset's version (412).
    pub(super) fn guarded(self) -> Self {
        self.header(
            "If-Match",
            json!({"type": "string", "pattern": r#"^(\*|"[0-9]+-[0-9a-f-]+")$"#}),
            "The `ETag` that the dataset must still have, or `*`.",
        )
        .refuses(&[412])
    }

    /// Answers that are problems.
    pub(super) fn refuses(mut self, statuses: &[u16]) -> Self {
        for status in statuses {
            self.answers.insert(
                status.to_string(),
                json!({"$ref": format!("#/components/responses/{status}")}),
            );
        }
        self
    }

    /// The operation as the document has it.
    pub(super) fn to_json(&self) -> Json {
        let meaning = ROUTES
            .iter()
            .find(|Route(method, path, ..)| (*method, *path) == (self.method, self.path))
            .map_or("", |Route(_, _, meaning, _)| meaning);
        let mut json = json!({
            "operationId": self.id(),
            "summary": meaning,
            "tags": [self.tag],
            "responses": self.answers,
        });
        if !self.parameters.is_empty() {
            json["parameters"] = self.parameters.as_slice().into();
        }
        if let Some(body) = &self.body {
            json["requestBody"] = body.clone();
        }
        json
    }

    /// `get_datasets_name_points`: for the names of functions in generated clients.
    fn id(&self) -> String {
        let words = self
            .path
            .split(['/', ':', '.', '-'])
            .filter(|word| !word.is_empty());
        std::iter::once(self.method.to_lowercase())
            .chain(words.map(str::to_owned))
            .collect::<Vec<_>>()
            .join("_")
    }
}

fn content<const N: usize>(kinds: [(&str, Json); N]) -> Json {
    let kinds = kinds
        .into_iter()
        .map(|(media_type, schema)| (media_type.to_owned(), json!({"schema": schema})));
    Json::Object(kinds.collect())
}

fn of_path(path: &str, name: &str) -> Json {
    let is_job = ["/jobs", "/download", "/run"]
        .iter()
        .any(|prefix| path.starts_with(prefix));
    let schema = match (name, is_job) {
        ("id", true) => schema::uuid(),
        ("id", false) => described(schema::text(), "A point's id, or its key."),
        _ => schema::text(),
    };
    json!({"name": name, "in": "path", "required": true, "schema": schema})
}
