//! Submitting jobs: every fault at once, and then all or none.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use serde_json::{Map, Value as Json};
use sha2::{Digest, Sha256};

use super::{MAX_ATTEMPTS, MAX_RESULT_BYTES};
use crate::app::analyses::{self, Description};
use crate::app::config::Config;
use crate::app::datasets::{self, Described};
use crate::app::error::Error;
use crate::app::schema;
use crate::domain::callback::CallbackHost;
use crate::domain::job::{Job, JobId, Priority, Source};
use crate::domain::{Dataset, DatasetName, Fault, Faults, Filter, TimeRange, Timestamp, fault};
use crate::store::Connection;
use crate::store::jobs::{self as store, Accepted, Idempotency, NewJob, Settings, Submission};

/// Bytes of the parameters as JSON.
const MAX_PARAMS: usize = 65_536;
/// How far ahead a job may be put off.
const MAX_AHEAD: Duration = Duration::from_secs(366 * 86_400);

/// A job as its owner asks for it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Order {
    /// Where it stands in the body, in front of the path of every fault: `[3].`, or empty.
    pub at: String,
    pub id: JobId,
    pub analysis: String,
    pub dataset: Option<DatasetName>,
    pub range: TimeRange,
    /// Field name and condition.
    pub filters: Vec<(String, String)>,
    pub params: Map<String, Json>,
    pub priority: Priority,
    pub run_at: Option<Timestamp>,
    /// Where its end is told.
    pub callback: Option<String>,
    /// How many seconds an attempt may take; the configuration's limit where it is left out.
    pub limit_seconds: Option<u64>,
    /// What was wrong with its form. What could not be read is left out above: a missing name of the
    /// analysis is empty.
    pub faults: Vec<Fault>,
}

/// What a submission asks for besides its jobs.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Terms {
    /// The owner's key for this submission, and what was submitted under it.
    pub idempotency: Option<(String, String)>,
    /// Run it anew even where a stored result would do.
    pub is_fresh: bool,
    /// The id of the request that submits them.
    pub request_id: Option<String>,
    /// Where ends of jobs may be told.
    pub callbacks: CallbackHost,
}

/// A submitted job.
#[derive(Debug, Clone, PartialEq)]
pub struct Submitted {
    pub job: Job,
    /// Whether it was complete before, for an order with the same input.
    pub is_reused: bool,
}

/// Submits jobs, all or none.
///
/// # Errors
/// [`Error::Invalid`] with every fault of every order, or for a key that was used with another body;
/// [`Error::Busy`] when there are too many unfinished jobs.
pub async fn submit(
    connection: &impl Connection,
    config: &Config,
    now: Timestamp,
    orders: Vec<Order>,
    terms: &Terms,
) -> Result<Vec<Submitted>, Error> {
    let mut known = Known::default();
    let mut faults = Faults::new();
    let mut jobs = Vec::with_capacity(orders.len());
    for order in orders {
        known.learn(connection, &order).await?;
        let wrong = order
            .callback
            .as_ref()
            .map(|url| terms.callbacks.check(url));
        if let Some(Err(why)) = wrong {
            faults.add(format!("{}callback", order.at), why);
        }
        match known.check(order, config, now) {
            Ok(job) => jobs.push(NewJob {
                request_id: terms.request_id.clone(),
                ..job
            }),
            Err(found) => faults.extend(found),
        }
    }
    faults.check()?;
    let idempotency = terms.idempotency.as_ref().map(|(key, body)| Idempotency {
        key: hexadecimal(&Sha256::digest(key)),
        body: hexadecimal(&Sha256::digest(body)),
    });
    let settings = Settings {
        max_unfinished: config.max_waiting_jobs as u64,
        max_result_bytes: MAX_RESULT_BYTES,
        retention_ms: (config.job_retention_seconds as u64).saturating_mul(1000),
        max_attempts: MAX_ATTEMPTS,
        reuses: !terms.is_fresh,
    };
    match store::submit(connection, jobs, idempotency.as_ref(), &settings).await? {
        Submission::Accepted(accepted) => resolve(connection, accepted).await,
        Submission::Repeated(ids) => repeated(connection, ids).await,
        Submission::OtherBody => Err(Error::invalid(
            "Idempotency-Key",
            "was used before with another body",
        )),
        Submission::Full => Err(Error::Busy {
            why: format!(
                "There are {} unfinished jobs already, the limit here.",
                config.max_waiting_jobs
            ),
            retry_after: 5,
        }),
    }
}

/// A job as it would be submitted, or every fault of its order.
///
/// # Errors
/// [`Error::Store`].
pub(in crate::app) async fn checked(
    connection: &impl Connection,
    config: &Config,
    now: Timestamp,
    order: Order,
) -> Result<Result<NewJob, Vec<Fault>>, Error> {
    let mut known = Known::default();
    known.learn(connection, &order).await?;
    Ok(known.check(order, config, now))
}

async fn resolve(
    connection: &impl Connection,
    accepted: Vec<Accepted>,
) -> Result<Vec<Submitted>, Error> {
    let mut submitted = Vec::with_capacity(accepted.len());
    for accepted in accepted {
        submitted.push(match accepted {
            Accepted::New(job) => Submitted {
                job: *job,
                is_reused: false,
            },
            Accepted::Reused(id) => Submitted {
                job: super::get(connection, id).await?,
                is_reused: true,
            },
        });
    }
    Ok(submitted)
}

async fn repeated(connection: &impl Connection, ids: Vec<JobId>) -> Result<Vec<Submitted>, Error> {
    let mut submitted = Vec::with_capacity(ids.len());
    for id in ids {
        submitted.push(Submitted {
            job: super::get(connection, id).await?,
            is_reused: false,
        });
    }
    Ok(submitted)
}

/// What the orders of one submission speak of, each asked for once.
#[derive(Default)]
struct Known {
    analyses: HashMap<String, Result<Cow<'static, Description>, String>>,
    datasets: HashMap<DatasetName, Option<Described>>,
}

impl Known {
    async fn learn(&mut self, connection: &impl Connection, order: &Order) -> Result<(), Error> {
        if !order.analysis.is_empty() && !self.analyses.contains_key(&order.analysis) {
            let found = match analyses::find(connection, &order.analysis).await? {
                Some(description) => Ok(description),
                None => Err(analyses::unknown(connection, &order.analysis).await?),
            };
            self.analyses.insert(order.analysis.clone(), found);
        }
        if let Some(name) = &order.dataset
            && !self.datasets.contains_key(name)
        {
            self.datasets
                .insert(name.clone(), datasets::find(connection, name).await?);
        }
        Ok(())
    }

    fn check(&self, order: Order, config: &Config, now: Timestamp) -> Result<NewJob, Vec<Fault>> {
        let mut faults = Faults::new();
        let at = |name: &str| format!("{}{name}", order.at);
        let analysis = match self.analyses.get(&order.analysis) {
            Some(Ok(known)) => Some(&**known),
            Some(Err(why)) => faults.take(&at("analysis"), Err(why.clone())),
            None => None,
        };
        let described = match &order.dataset {
            None => None,
            Some(name) => match self.datasets.get(name).and_then(Option::as_ref) {
                None => faults.take(&at("dataset"), Err(format!("there is no dataset `{name}`"))),
                known => known,
            },
        };
        if let Some(analysis) = analysis {
            check_need(analysis, &order, &mut faults);
            let params = Json::Object(order.params.clone());
            let dataset = described.map(|known| &*known.dataset);
            faults.extend(schema::check(
                &analysis.parameters,
                &params,
                &at("params"),
                dataset,
            ));
        }
        if let Some(known) = described {
            let filters = conditions(&known.dataset, &order.filters, &at("filter"));
            faults.extend(filters.err().unwrap_or_default());
        }
        check_terms(&order, config, now, &mut faults);
        with_form(&order.faults, faults).check()?;
        let source = order.dataset.zip(described).map(|(dataset, known)| Source {
            dataset,
            version: known.version,
            range: order.range,
            filters: order.filters,
        });
        let version = analysis
            .map(|known| known.version.clone())
            .unwrap_or_default();
        let params = Json::Object(order.params);
        let created = described.map(|known| known.dataset.created_on);
        Ok(NewJob {
            id: order.id,
            digest: Some(digest(
                &order.analysis,
                &version,
                source.as_ref(),
                created,
                &params,
            )),
            analysis: order.analysis,
            source,
            params: params.to_string(),
            priority: order.priority,
            run_at: order.run_at,
            limit_ms: order
                .limit_seconds
                .unwrap_or(config.max_job_seconds as u64)
                .saturating_mul(1000),
            request_id: None,
            callback: order.callback,
        })
    }
}

/// The faults of form, and of the others those that are not just what these lead to.
fn with_form(form: &[Fault], others: Faults) -> Faults {
    let mut faults = Faults::new();
    faults.extend(form.iter().cloned());
    let others = others.check().err().unwrap_or_default();
    let follows = |fault: &Fault| form.iter().any(|wrong| fault.at.starts_with(&wrong.at));
    faults.extend(others.into_iter().filter(|fault| !follows(fault)));
    faults
}

fn check_need(analysis: &Description, order: &Order, faults: &mut Faults) {
    let at = |name: &str| format!("{}{name}", order.at);
    if analysis.needs_dataset && order.dataset.is_none() {
        faults.add(
            at("dataset"),
            format!("is required: `{}` works on a dataset", analysis.name),
        );
    }
    if !analysis.needs_dataset {
        let given = [
            ("dataset", order.dataset.is_some()),
            ("start", order.range.start.is_some()),
            ("end", order.range.end.is_some()),
            ("filter", !order.filters.is_empty()),
        ];
        for (name, _) in given.into_iter().filter(|(_, given)| *given) {
            faults.add(
                at(name),
                format!("must not be given: `{}` works on no dataset", analysis.name),
            );
        }
    }
}

fn check_terms(order: &Order, config: &Config, now: Timestamp, faults: &mut Faults) {
    let at = |name: &str| format!("{}{name}", order.at);
    let is_reversed = order
        .range
        .start
        .zip(order.range.end)
        .is_some_and(|(start, end)| start >= end);
    if is_reversed {
        faults.add(at("start"), "must be before `end`");
    }
    if Json::Object(order.params.clone()).to_string().len() > MAX_PARAMS {
        faults.add(at("params"), format!("has more than {MAX_PARAMS} bytes"));
    }
    let ahead = i64::try_from(MAX_AHEAD.as_millis()).unwrap_or(i64::MAX);
    if order
        .run_at
        .is_some_and(|time| time.milliseconds() - now.milliseconds() > ahead)
    {
        faults.add(at("run_at"), "is more than a year ahead");
    }
    let most = config.max_job_seconds as u64;
    if order
        .limit_seconds
        .is_some_and(|seconds| !(1..=most).contains(&seconds))
    {
        faults.add(at("limit_seconds"), format!("must be from 1 to {most}"));
    }
}

/// The conditions on a dataset's fields, as they are written in `filter`.
///
/// # Errors
/// A fault for each that names no field or is none.
pub(super) fn conditions(
    dataset: &Dataset,
    filters: &[(String, String)],
    at: &str,
) -> Result<Vec<Filter>, Vec<Fault>> {
    let mut faults = Faults::new();
    let mut conditions = Vec::with_capacity(filters.len());
    for (name, text) in filters {
        let at = format!("{at}.{}", name.chars().take(60).collect::<String>());
        let condition = match dataset.field(name) {
            Some((position, field)) => Filter::parse(position, field, text),
            None => {
                let known = dataset.fields.iter().map(|field| field.name.as_str());
                Err(fault::unknown_name("field", name, known))
            }
        };
        conditions.extend(faults.take(&at, condition));
    }
    faults.check().map(|()| conditions)
}

/// Digest of everything that a result depends on: the analysis and its version, the dataset at a
/// version, the points chosen, the parameters in whatever order they are written.
pub(super) fn digest(
    analysis: &str,
    version: &str,
    source: Option<&Source>,
    created_on: Option<Timestamp>,
    params: &Json,
) -> String {
    let time = |time: Option<Timestamp>| time.map(Timestamp::milliseconds);
    let source = source.map(|source| {
        let mut filters = source.filters.clone();
        filters.sort();
        let range = (time(source.range.start), time(source.range.end));
        // A dataset made anew under the same name counts its versions from the start.
        (
            source.dataset.as_str().to_owned(),
            time(created_on),
            source.version,
            range,
            filters,
        )
    });
    let input = serde_json::json!([analysis, version, source, sorted(params)]);
    hexadecimal(&Sha256::digest(input.to_string()))
}

/// The same JSON with every object's members in order of name.
fn sorted(json: &Json) -> Json {
    match json {
        Json::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by_key(|(name, _)| *name);
            members
                .into_iter()
                .map(|(name, value)| (name.clone(), sorted(value)))
                .collect()
        }
        Json::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

pub(in crate::app) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_digest_depends_on_the_input_and_not_on_how_it_is_written() {
        let source = Source {
            dataset: DatasetName::new("co2").unwrap(),
            version: 3,
            range: TimeRange::default(),
            filters: vec![("a".into(), "gt.1".into()), ("b".into(), "2".into())],
        };
        let created = Some(Timestamp::MIN);
        let params = json!({"x": 1, "y": {"b": [1, 2], "a": null}});
        let known = digest("plot", "1", Some(&source), created, &params);
        let mut turned = source.clone();
        turned.filters.reverse();
        let turned_params = json!({"y": {"a": null, "b": [1, 2]}, "x": 1});
        assert_eq!(
            known,
            digest("plot", "1", Some(&turned), created, &turned_params)
        );
        let newer = Source {
            version: 4,
            ..source.clone()
        };
        let other_params = json!({"x": 1, "y": {"b": [2, 1], "a": null}});
        for other in [
            digest("plot", "2", Some(&source), created, &params),
            digest("plot", "1", Some(&newer), created, &params),
            digest("plot", "1", Some(&source), Some(Timestamp::MAX), &params),
            digest("plot", "1", Some(&source), created, &other_params),
            digest("plot", "1", None, None, &params),
        ] {
            assert_ne!(known, other);
        }
    }
}
