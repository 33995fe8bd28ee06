//! How tokens look in JSON, in both directions.

use jiff::tz::TimeZone;
use serde_json::{Value as Json, json};

use super::object::{Object, text};
use crate::app::tokens::Wanted;
use crate::domain::access::{Scope, Token};
use crate::domain::{DatasetName, Fault, Faults, Timestamp, fault};

/// A token as `GET /tokens` lists it: without its secret.
pub fn token(token: &Token, last_used: Option<Timestamp>) -> Json {
    let scopes = token.scopes.iter().map(|scope| scope.name());
    let datasets = token.datasets.as_ref().map(|names| {
        let names = names.iter().map(DatasetName::as_str);
        names.collect::<Vec<_>>()
    });
    json!({
        "id": token.id,
        "name": token.name,
        "scopes": scopes.collect::<Vec<_>>(),
        "datasets": datasets,
        "created_on": token.created_on.to_string(),
        "expires_on": token.expires_on.map(|time| time.to_string()),
        "last_used": last_used.map(|time| time.to_string()),
    })
}

/// Reads the body of `POST /tokens`.
///
/// # Errors
/// Every fault of the body.
pub fn read_wanted(body: Json, now: Timestamp) -> Result<Wanted, Vec<Fault>> {
    let mut object = Object::new("", body)?;
    let name = object.read("name", |json| {
        let name = text(json)?;
        match name.chars().count() <= Token::MAX_NAME {
            true => Ok(name),
            false => Err(format!("has more than {} characters", Token::MAX_NAME)),
        }
    });
    let scopes = object.list("scopes", |at, json| {
        scope(json).map_err(|why| vec![Fault::new(at, why)])
    });
    let scopes = object.require("scopes", scopes);
    let datasets = object.list("datasets", |at, json| {
        let name = text(json).and_then(|name| DatasetName::new(&name));
        name.map_err(|why| vec![Fault::new(at, why)])
    });
    let expires_on = object.read("expires_on", |json| {
        let time = Timestamp::parse(&text(json)?, &TimeZone::UTC)?;
        match time > now {
            true => Ok(time),
            false => Err("is in the past".to_owned()),
        }
    });
    if scopes.as_ref().is_some_and(Vec::is_empty) {
        object.fault("scopes", "must name at least one scope");
    }
    match &datasets {
        Some(names) if !(1..=Token::MAX_DATASETS).contains(&names.len()) => {
            object.fault(
                "datasets",
                format!("must name 1 to {} datasets", Token::MAX_DATASETS),
            );
        }
        Some(_)
            if scopes
                .as_ref()
                .is_some_and(|all| all.contains(&Scope::Admin)) =>
        {
            object.fault("datasets", "cannot be limited for the scope `admin`");
        }
        _ => {}
    }
    object.finish()?;
    let wanted = scopes.map(|scopes| Wanted {
        name,
        scopes,
        datasets,
        expires_on,
    });
    Faults::new().finish(wanted)
}

fn scope(json: Json) -> Result<Scope, String> {
    let word = text(json)?;
    let known = Scope::ALL.map(Scope::name);
    Scope::from_name(&word).ok_or_else(|| fault::unknown_name("scope", &word, known))
}
