//! What every result says of where it comes from.

use serde_json::{Map, Value as Json, json};

use super::work::Input;
use crate::domain::Timestamp;
use crate::domain::job::Job;

/// The member of a result that this is.
const MEMBER: &str = "provenance";

/// Adds to a result, a JSON object, what it was made of and by what: everything that it depends on, and
/// nothing else, so that the same input gives the same bytes. `version` is the analysis'.
pub(super) fn add(result: String, job: &Job, version: &str, input: &Input) -> String {
    let Ok(Json::Object(mut members)) = serde_json::from_str(&result) else {
        return result;
    };
    members.insert(MEMBER.to_owned(), provenance(job, version, input));
    Json::Object(members).to_string()
}

fn provenance(job: &Job, version: &str, input: &Input) -> Json {
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    let source = input.source.as_ref().map(|source| {
        let filter: Map<String, Json> = source
            .filters
            .iter()
            .map(|(name, text)| (name.clone(), text.as_str().into()))
            .collect();
        json!({
            "dataset": source.dataset.as_str(),
            "version": source.version,
            "start": time(source.range.start),
            "end": time(source.range.end),
            "filter": filter,
        })
    });
    json!({
        "source": source,
        "analysis": job.analysis,
        "analysis_version": version,
        "params": serde_json::from_str::<Json>(&job.params).unwrap_or_default(),
        "almanac_version": env!("CARGO_PKG_VERSION"),
    })
}
