//! Tokens.

use almanac::domain::access::{Scope, Token};
use serde_json::{Value as Json, json};

use super::operation::Operation;
use super::schema::{
    answered, described, given_time, list, named, nullable, requested, short_text, text, time,
    words,
};

const TAG: &str = "server";

pub(super) fn operations() -> Vec<Operation> {
    vec![
        Operation::new(TAG, "GET", "/tokens").answers(
            200,
            "Every token, without its secret.",
            answered([("tokens", list(named("Token")))]),
        ),
        Operation::new(TAG, "POST", "/tokens")
            .takes(named("NewToken"))
            .answers(
                201,
                "The new token; this is the only time that it is said.",
                made(),
            ),
        Operation::new(TAG, "DELETE", "/tokens/:id")
            .answers_nothing(204, "It is good for nothing from now on."),
    ]
}

pub(super) fn schemas() -> Vec<(&'static str, Json)> {
    let mut scopes = list(scope());
    scopes["minItems"] = 1.into();
    let mut datasets = list(text());
    datasets["minItems"] = 1.into();
    datasets["maxItems"] = Token::MAX_DATASETS.into();
    vec![
        ("Token", token()),
        (
            "NewToken",
            requested([
                ("name", nullable(short_text(Token::MAX_NAME))),
                ("scopes!", scopes),
                (
                    "datasets",
                    described(nullable(datasets), "The only datasets that it is good for."),
                ),
                ("expires_on", nullable(given_time())),
            ]),
        ),
    ]
}

fn scope() -> Json {
    words(Scope::ALL.map(Scope::name))
}

fn token() -> Json {
    answered([
        ("id", text()),
        ("name", nullable(text())),
        ("scopes", list(scope())),
        ("datasets", nullable(list(text()))),
        ("created_on", time()),
        ("expires_on", nullable(time())),
        ("last_used", described(nullable(time()), "To the minute.")),
    ])
}

fn made() -> Json {
    let mut made = token();
    made["properties"]["token"] = described(json!({"type": "string"}), "The token itself.");
    if let Some(required) = made["required"].as_array_mut() {
        required.push("token".into());
    }
    made
}
