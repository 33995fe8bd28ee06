//! Holds every answer against `/openapi.json`: its status, its media type, its JSON.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock};

use jsonschema::Validator;
use serde_json::{Value, json};

use crate::http::{Answer, Call};

/// What an Almanac says of its own routes.
pub(crate) struct Document {
    json: Value,
    /// By the pointer of the schema within the document.
    validators: Mutex<HashMap<String, &'static Validator>>,
}

/// The document of the first Almanac that was asked; those of others differ in limits alone.
pub(crate) fn document(ask: impl FnOnce() -> Option<Value>) -> Option<&'static Document> {
    static DOCUMENT: OnceLock<Document> = OnceLock::new();
    if DOCUMENT.get().is_none() {
        let mut json = ask()?;
        close(&mut json);
        let _ = DOCUMENT.set(Document {
            json,
            validators: Mutex::default(),
        });
    }
    DOCUMENT.get()
}

/// The document leaves it open whether answers get more members in time. Here they have none but
/// those that it names.
fn close(json: &mut Value) {
    match json {
        Value::Array(items) => items.iter_mut().for_each(close),
        Value::Object(members) => {
            members.values_mut().for_each(close);
            let is_object = members.get("type") == Some(&json!("object"));
            if is_object && members.contains_key("properties") {
                members
                    .entry("additionalProperties")
                    .or_insert(false.into());
            }
        }
        _ => {}
    }
}

impl Document {
    /// What in an answer is not as the document says.
    pub(crate) fn fault(&self, call: &Call, answer: &Answer) -> Option<String> {
        let path = call.path.split(['?', '#']).next().unwrap_or_default();
        let Some(template) = self.template(path) else {
            let is_page = path.starts_with("/ui/") || path.starts_with("/docs/");
            let is_amiss = answer.status != 404 && !is_page;
            return is_amiss.then(|| format!("{path} is no path of the document"));
        };
        let method = match call.method.as_str() {
            "HEAD" => "get".to_owned(),
            other => other.to_lowercase(),
        };
        let operation = format!("/paths/{}/{method}", escaped(&template));
        if self.json.pointer(&operation).is_none() {
            let is_amiss = answer.status != 405 && method != "options";
            return is_amiss.then(|| format!("{method} {template} is not described"));
        }
        let mut described = format!("{operation}/responses/{}", answer.status);
        let Some(response) = self.json.pointer(&described) else {
            return Some(format!(
                "{method} {template} has no answer {}",
                answer.status
            ));
        };
        if let Some(reference) = response["$ref"].as_str() {
            described = reference.trim_start_matches('#').to_owned();
        }
        if answer.body.is_empty() {
            return None;
        }
        self.body_fault(&format!("{described}/content"), answer)
    }

    /// The path of the document that an address belongs to; one without parameters goes first.
    fn template(&self, path: &str) -> Option<String> {
        let parts = |path: &str| -> Vec<String> {
            let parts = path.split('/').filter(|part| !part.is_empty());
            parts.map(str::to_owned).collect()
        };
        let given = parts(path);
        let matches = |template: &&String| {
            let wanted = parts(template);
            wanted.len() == given.len()
                && wanted
                    .iter()
                    .zip(&given)
                    .all(|(wanted, given)| wanted.starts_with('{') || wanted == given)
        };
        let paths = self.json["paths"].as_object()?;
        let fitting = paths.keys().filter(matches);
        fitting
            .min_by_key(|template| template.matches('{').count())
            .cloned()
    }

    fn body_fault(&self, content: &str, answer: &Answer) -> Option<String> {
        let media_type = answer.header("content-type");
        let kinds = self.json.pointer(content)?.as_object()?;
        let kind = ["*/*", media_type]
            .into_iter()
            .find(|kind| kinds.contains_key(*kind));
        let Some(kind) = kind else {
            return Some(format!("{media_type} is none of {:?}", kinds.keys()));
        };
        let is_json = media_type == "application/json" || media_type.ends_with("+json");
        if !is_json {
            return None;
        }
        let schema = format!("{content}/{}/schema", escaped(kind));
        let body = serde_json::from_slice(&answer.body).ok()?;
        let faults = self.validator(&schema).iter_errors(&body);
        let faults: Vec<String> = faults
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        (!faults.is_empty()).then(|| faults.join("\n"))
    }

    fn validator(&self, pointer: &str) -> &'static Validator {
        let mut validators = self.validators.lock().expect("no panic while it was held");
        validators.entry(pointer.to_owned()).or_insert_with(|| {
            let described = self.json.pointer(pointer).cloned().unwrap_or_default();
            let schema = json!({"allOf": [described], "components": self.json["components"]});
            let validator = jsonschema::draft202012::options()
                .should_validate_formats(true)
                .build(&schema)
                .unwrap_or_else(|error| panic!("{pointer}: {error}"));
            // Made once for each kind of answer, and used until the tests end.
            Box::leak(Box::new(validator))
        })
    }
}

/// A part of a JSON pointer (RFC 6901).
fn escaped(part: &str) -> String {
    part.replace('~', "~0").replace('/', "~1")
}
