//! What each route demands of its caller, and whether the caller has it.
//!
//! A token comes as `Authorization: Bearer TOKEN` (RFC 6750), or from a browser's pages, whose
//! pictures and event streams cannot have that header, in the cookie `almanac_token`.

use http::{HeaderMap, Method, header};

use super::problem::Problem;
use super::request::Request;
use crate::app::settings::Settings;
use crate::app::tokens::{self, Refusal};
use crate::app::{self, datasets, jobs, schedules};
use crate::domain::access::{Caller, Scope};
use crate::domain::{DatasetName, JobId, Timestamp};
use crate::store::Connection;

const COOKIE: &str = "almanac_token";

/// What a request needs.
#[derive(Debug, Clone, PartialEq)]
pub struct Demand {
    /// `None`: nothing at all.
    pub scope: Option<Scope>,
    pub dataset: Option<DatasetName>,
}

impl Demand {
    fn of(scope: Scope) -> Self {
        Self {
            scope: Some(scope),
            dataset: None,
        }
    }
}

/// What a route needs. One that is not known here is an administrator's, so that a new route is closed
/// until somebody opens it.
pub fn demand(method: &Method, segments: &[&str]) -> Demand {
    let reads_or_writes = match *method {
        Method::GET => Scope::Read,
        _ => Scope::Write,
    };
    match segments {
        [] | ["help" | "healthz" | "readyz" | "limits" | "openapi.json"] | ["ui" | "docs", ..] => {
            Demand {
                scope: None,
                dataset: None,
            }
        }
        // It only sends what is due anyway, and whoever drives it needs no secret.
        ["callbacks", "deliver"] => Demand {
            scope: None,
            dataset: None,
        },
        ["run"] if *method == Method::GET => Demand {
            scope: None,
            dataset: None,
        },
        ["analyses", ..] if *method == Method::GET => Demand {
            scope: None,
            dataset: None,
        },
        ["datasets"] => Demand::of(reads_or_writes),
        ["datasets", name, ..] => Demand {
            dataset: DatasetName::new(name).ok(),
            ..Demand::of(reads_or_writes)
        },
        // Datasets under paths of their own.
        [name @ ("degrees" | "animals"), ..] => Demand {
            dataset: DatasetName::new(name).ok(),
            ..Demand::of(reads_or_writes)
        },
        // A token for some datasets is not for these, which `check_job` sees to.
        [
            "jobs" | "download" | "submit" | "run" | "queues" | "schedules",
            ..,
        ] => Demand::of(Scope::Jobs),
        _ => Demand::of(Scope::Admin),
    }
}

/// Who sends a request, if they may send it.
///
/// # Errors
/// 401 without a good token, 403 where the token is not good for this.
pub async fn admit(
    connection: &impl Connection,
    settings: &Settings,
    request: &Request,
    now: Timestamp,
) -> Result<Caller, Problem> {
    if !settings.requires_tokens {
        return Ok(Caller::Anybody);
    }
    let demand = demand(&request.method, &request.segments());
    let Some(scope) = demand.scope else {
        return Ok(Caller::Stranger);
    };
    let caller = match token(&request.headers) {
        None => Caller::Stranger,
        Some(text) => {
            match tokens::authenticate(connection, &text, &settings.admin_token, now).await {
                Ok(token) => Caller::Holder(token),
                Err(Refusal::Store(error)) => return Err(error.into()),
                Err(Refusal::Expired) => {
                    return Err(Problem::unauthorized("The token has expired.", true));
                }
                Err(Refusal::Unknown) => {
                    return Err(Problem::unauthorized(
                        "The token is none of this Almanac's, or was revoked.",
                        true,
                    ));
                }
            }
        }
    };
    if !is_admitted(connection, &caller, scope, &demand).await? {
        return Err(refusal(&caller, scope, demand.dataset.as_ref()));
    }
    if scope == Scope::Jobs && caller.datasets().is_some() {
        check_job(connection, &caller, request).await?;
    }
    Ok(caller)
}

async fn is_admitted(
    connection: &impl Connection,
    caller: &Caller,
    scope: Scope,
    demand: &Demand,
) -> Result<bool, Problem> {
    if caller.may(scope, demand.dataset.as_ref()) {
        return Ok(true);
    }
    match (scope, &demand.dataset) {
        // The list has what is public, which may be nothing.
        (Scope::Read, None) => Ok(true),
        (Scope::Read, Some(name)) => Ok(datasets::is_public(connection, name).await?),
        _ => Ok(false),
    }
}

/// What a caller without the right is told.
pub fn refusal(caller: &Caller, scope: Scope, dataset: Option<&DatasetName>) -> Problem {
    match (caller, dataset) {
        (Caller::Stranger, _) => Problem::unauthorized(
            "This needs a token: send it as `Authorization: Bearer TOKEN`.",
            false,
        ),
        (_, Some(name)) => Problem::forbidden(format!(
            "The token is not good for this: it needs the scope `{}` on the dataset `{name}`.",
            scope.name()
        )),
        (_, None) => Problem::forbidden(format!(
            "The token is not good for this: it needs the scope `{}`.",
            scope.name()
        )),
    }
}

/// A token for some datasets sees the jobs on them alone.
async fn check_job(
    connection: &impl Connection,
    caller: &Caller,
    request: &Request,
) -> Result<(), Problem> {
    let refuse = || refusal(caller, Scope::Jobs, None);
    let dataset = match request.segments().as_slice() {
        // Which datasets they are on is in the body: the use case checks each.
        ["jobs"] if request.method != Method::GET => return Ok(()),
        ["jobs"] => {
            let name = request.parameters().text("dataset").ok_or_else(|| {
                Problem::forbidden(
                    "The token is for some datasets only: say on which of them, `dataset=NAME`.",
                )
            })?;
            DatasetName::new(&name).ok()
        }
        ["jobs" | "download", id, ..] => {
            let Some(id) = JobId::parse(id) else {
                return Ok(());
            };
            match jobs::get(connection, id).await {
                Ok(job) => job.source.map(|source| source.dataset),
                // The handler says so.
                Err(app::Error::NotFound { .. }) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        ["schedules"] if request.method != Method::GET => return Ok(()),
        ["schedules", id] => match schedules::get(connection, id).await {
            Ok(kept) => kept
                .schedule
                .dataset
                .and_then(|name| DatasetName::new(&name).ok()),
            Err(app::Error::NotFound { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        },
        _ => return Err(refuse()),
    };
    match dataset {
        Some(name) if caller.may(Scope::Jobs, Some(&name)) => Ok(()),
        _ => Err(refuse()),
    }
}

/// The token of a request.
fn token(headers: &HeaderMap) -> Option<String> {
    let bearer = |value: &str| {
        let (scheme, token) = value.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| token.trim().to_owned())
    };
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(value) = text(header::AUTHORIZATION) {
        return bearer(value);
    }
    text(header::COOKIE)?
        .split(';')
        .filter_map(|cookie| cookie.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, token)| token.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_comes_in_a_header_or_a_cookie() {
        let of = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            token(&headers)
        };
        assert_eq!(of("authorization", "Bearer abc").as_deref(), Some("abc"));
        assert_eq!(of("authorization", "bearer  abc").as_deref(), Some("abc"));
        assert_eq!(of("authorization", "Basic abc"), None);
        assert_eq!(
            of("cookie", "a=b; almanac_token=abc").as_deref(),
            Some("abc")
        );
        assert_eq!(of("cookie", "a=b"), None);
    }

    #[test]
    fn what_is_not_known_is_the_administrators() {
        for segments in [&["tokens"][..], &["metrics"], &["nowhere"], &["Jobs"]] {
            assert_eq!(
                demand(&Method::GET, segments).scope,
                Some(Scope::Admin),
                "{segments:?}"
            );
        }
        let paused = demand(&Method::POST, &["analyses", "plot", "pause"]);
        assert_eq!(paused.scope, Some(Scope::Admin));
        let points = demand(&Method::DELETE, &["datasets", "co2", "points"]);
        for (method, segments, scope, dataset) in [
            (
                Method::GET,
                &["animals", "random"][..],
                Some(Scope::Read),
                Some("animals"),
            ),
            (
                Method::POST,
                &["animals", "random"],
                Some(Scope::Write),
                Some("animals"),
            ),
            (
                Method::GET,
                &["degrees"],
                Some(Scope::Read),
                Some("degrees"),
            ),
            (Method::GET, &["queues", "x"], Some(Scope::Jobs), None),
            (Method::POST, &["submit"], Some(Scope::Jobs), None),
            (Method::POST, &["run"], Some(Scope::Jobs), None),
            (Method::GET, &["run"], None, None),
        ] {
            let expected = Demand {
                scope,
                dataset: dataset.and_then(|name| DatasetName::new(name).ok()),
            };
            assert_eq!(demand(&method, segments), expected, "{segments:?}");
        }
        assert_eq!(points.scope, Some(Scope::Write));
        assert_eq!(points.dataset, DatasetName::new("co2").ok());
    }
}
