//! What schemas ask for and values are, in words.

use serde_json::Value as Json;

/// A type of JSON Schema.
pub(super) fn with_article(kind: &str) -> &str {
    match kind {
        "boolean" => "true or false",
        "object" => "an object",
        "array" => "a list",
        "string" => "a text",
        "number" => "a number",
        "integer" => "a whole number",
        other => other,
    }
}

/// What an option of several takes, in a few words.
pub(super) fn form(option: &Json) -> Option<String> {
    match (
        option.get("const"),
        option.get("type").and_then(Json::as_str),
    ) {
        (Some(only), _) => Some(describe(only)),
        (None, Some(kind)) => Some(with_article(kind).to_owned()),
        (None, None) => None,
    }
}

/// A value, cut short.
pub(super) fn describe(value: &Json) -> String {
    match value {
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "an object".to_owned(),
        Json::String(text) => format!("`{}`", text.chars().take(60).collect::<String>()),
        other => other.to_string(),
    }
}
