//! `/openapi.json`: what `/help` lists, in the form that clients and their generators read
//! (OpenAPI 3.1).
//!
//! The limits in it are those in force, and the parameters of each analysis are its own JSON Schema.
//! That answers keep to it is checked by the integration tests, each request of which is held
//! against the document.

mod aggregate;
mod course;
mod datasets;
mod imports;
mod jobs;
mod operation;
mod points;
mod schedules;
mod schema;
mod server;
mod tokens;

use almanac::app::Config;
use almanac::app::analyses::Description;
use http::StatusCode;
use serde_json::{Map, Value as Json, json};

use crate::help::PROBLEMS;
use operation::Operation;

/// The whole document.
pub fn document(config: &Config, analyses: &[Description]) -> Json {
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Almanac",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "Publish time series, and let others run analyses on them.",
            "description": "Times are RFC 3339 in UTC. Every error is `application/problem+json` (RFC 9457), names everything that is wrong at once, and changes nothing.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [
            {"name": "datasets", "description": "Datasets, and what they say of themselves"},
            {"name": "points", "description": "Reading, writing and summing up points"},
            {"name": "jobs", "description": "Analyses, and jobs that run them"},
            {"name": "course", "description": "The services of the course that Almanac grew out of"},
            {"name": "server", "description": "The server itself"},
        ],
        "paths": paths(config),
        "components": {
            "schemas": schemas(config, analyses),
            "responses": problems(),
            "securitySchemes": {"token": {
                "type": "http",
                "scheme": "bearer",
                "description": "Needed only where `require_tokens` is set. `POST /tokens` makes them.",
            }},
        },
        "security": [{}, {"token": []}],
    })
}

fn operations(config: &Config) -> Vec<Operation> {
    [
        server::operations(),
        datasets::operations(),
        imports::operations(),
        points::operations(config),
        aggregate::operations(),
        jobs::operations(),
        schedules::operations(),
        tokens::operations(),
        course::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn paths(config: &Config) -> Json {
    let mut paths = Map::new();
    for operation in operations(config) {
        let path = paths
            .entry(braced(operation.path))
            .or_insert_with(|| json!({}));
        path[operation.method.to_lowercase()] = operation.to_json();
    }
    paths.into()
}

/// `/datasets/:name` as `/datasets/{name}`.
fn braced(path: &str) -> String {
    let parts = path.split('/').map(|part| match part.strip_prefix(':') {
        Some(name) => format!("{{{name}}}"),
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

fn schemas(config: &Config, analyses: &[Description]) -> Json {
    let all = [
        vec![("Problem", problem())],
        server::schemas(),
        datasets::schemas(),
        imports::schemas(),
        points::schemas(config),
        jobs::schemas(analyses),
        schedules::schemas(),
        tokens::schemas(),
        course::schemas(),
    ];
    let all = all.into_iter().flatten();
    Json::Object(
        all.map(|(name, schema)| (name.to_owned(), schema))
            .collect(),
    )
}

fn problem() -> Json {
    let fault = schema::answered([
        (
            "at",
            schema::described(schema::text(), "The parameter, member, or line and column."),
        ),
        ("detail", schema::text()),
    ]);
    schema::answered([
        (
            "type",
            schema::described(
                schema::text(),
                "The kind of problem, which `/help` explains.",
            ),
        ),
        ("title", schema::text()),
        ("status", schema::between(400, 599)),
        ("detail", schema::text()),
        ("errors?", schema::list(fault)),
    ])
}

/// The answers that are problems, by status.
fn problems() -> Json {
    let mut responses = Map::new();
    for (_, meaning) in PROBLEMS {
        let Some((status, meaning)) = meaning.split_once(", ") else {
            continue;
        };
        let name = status
            .parse()
            .ok()
            .and_then(|status| StatusCode::from_u16(status).ok())
            .and_then(|status| status.canonical_reason())
            .unwrap_or_default();
        let response = responses.entry(status).or_insert_with(|| {
            json!({
                "description": name,
                "content": {"application/problem+json": {"schema": schema::named("Problem")}},
            })
        });
        let so_far = response["description"].as_str().unwrap_or_default();
        response["description"] = format!("{so_far}; {meaning}").into();
    }
    responses.into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use almanac::app::analyses::built_in;
    use futures::executor::block_on;

    use super::*;
    use crate::help::{ROUTES, Route};

    async fn config() -> Config {
        Config::load(async |_| Ok("100000".to_owned()))
            .await
            .unwrap()
    }

    #[test]
    fn it_has_the_routes_of_help_and_no_others() {
        let config = block_on(config());
        let described: BTreeSet<_> = operations(&config)
            .iter()
            .map(|operation| (operation.method, operation.path))
            .collect();
        let listed: BTreeSet<_> = ROUTES
            .iter()
            .map(|Route(method, path, ..)| (*method, *path))
            .collect();
        assert_eq!(described, listed);
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let config = block_on(config());
        let document = document(&config, built_in());
        let text = document.to_string();
        for reference in text.split("\"$ref\":\"#").skip(1) {
            let pointer = reference.split('"').next().unwrap_or_default();
            assert!(document.pointer(pointer).is_some(), "{pointer}");
        }
    }
}
