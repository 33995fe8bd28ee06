//! How jobs look in JSON, in both directions.

use serde_json::{Map, Value as Json, json};

use super::json::read_time;
use super::object::{Object, describe, text};
use super::parameters::encode;
use crate::app::jobs::{Order, Page};
use crate::domain::job::{Attempt, Callback, Job, JobId, Priority, ResultFile, Status, Worker};
use crate::domain::{DatasetName, TimeRange, Timestamp, fault};

/// Media types that count as a job's picture, the preferred first.
pub const IMAGES: [&str; 5] = [
    "image/png",
    "image/svg+xml",
    "image/jpeg",
    "image/webp",
    "image/gif",
];

/// A job as `GET /jobs/:id` answers it.
pub fn job(job: &Job) -> Json {
    let mut json = summary(job);
    json["result"] = job.result.as_deref().map_or(Json::Null, parse);
    json["history"] = job.history.iter().map(attempt).collect();
    json["log"] = job.log.as_slice().into();
    json
}

/// A job as `GET /jobs` lists it: without its result, the history of its attempts, and its log.
pub fn summary(job: &Job) -> Json {
    let source = job.source.as_ref();
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    let filters = source.map(|source| &source.filters).into_iter().flatten();
    let filter: Map<String, Json> = filters
        .map(|(name, text)| (name.clone(), text.as_str().into()))
        .collect();
    json!({
        "id": job.id.to_string(),
        "status": job.status.name(),
        "analysis": job.analysis,
        "dataset": source.map(|source| source.dataset.as_str()),
        "dataset_version": source.map(|source| source.version),
        "start": time(source.and_then(|source| source.range.start)),
        "end": time(source.and_then(|source| source.range.end)),
        "filter": filter,
        "params": parse(&job.params),
        "priority": job.priority.name(),
        "progress": job.progress,
        "note": job.note,
        "position": job.position,
        "worker": job.worker.as_ref().map(worker),
        "attempts": job.attempts,
        "submitted": job.submitted.to_string(),
        "due": time(job.due),
        "started": time(job.started),
        "finished": time(job.finished),
        "error": job.error,
        "callback": job.callback.as_ref().map(callback),
        "request_id": job.request_id,
        "image": job.file_of_type(&IMAGES).map(|_| format!("/download/{}", job.id)),
        "files": job.files.iter().map(|item| file(job.id, item)).collect::<Vec<_>>(),
    })
}

/// A page of jobs, with how many there are in each status.
pub fn page(page: &Page) -> Json {
    let counts: Map<String, Json> = Status::ALL
        .iter()
        .zip(page.counts)
        .map(|(status, count)| (status.name().to_owned(), count.into()))
        .collect();
    json!({
        "jobs": page.jobs.iter().map(summary).collect::<Vec<_>>(),
        "truncated": page.next.is_some(),
        "next": page.next.map(|next| next.to_string()),
        "counts": counts,
    })
}

fn parse(text: &str) -> Json {
    serde_json::from_str(text).unwrap_or(Json::Null)
}

fn worker(worker: &Worker) -> Json {
    json!({"address": worker.address, "name": worker.name})
}

fn callback(callback: &Callback) -> Json {
    json!({
        "url": callback.url,
        "attempts": callback.attempts,
        "delivered": callback.delivered.map(|time| time.to_string()),
        "error": callback.error,
    })
}

fn attempt(attempt: &Attempt) -> Json {
    json!({
        "worker": worker(&attempt.worker),
        "started": attempt.started.to_string(),
        "ended": attempt.ended.to_string(),
        "error": attempt.error,
    })
}

fn file(id: JobId, file: &ResultFile) -> Json {
    json!({
        "name": file.name,
        "media_type": file.media_type,
        "bytes": file.bytes,
        "url": format!("/jobs/{id}/files/{}", encode(&file.name)),
    })
}

/// Reads one job of a submission: the body itself, with `at` empty, or an item of a list. What is
/// wrong with it is in the order, to be answered together with what only the use case can know.
pub fn read_order(at: &str, id: JobId, json: Json) -> Order {
    let prefix = if at.is_empty() {
        String::new()
    } else {
        format!("{at}.")
    };
    let mut order = Order {
        at: prefix,
        id,
        ..Order::default()
    };
    let mut object = match Object::new(at, json) {
        Ok(object) => object,
        Err(faults) => return Order { faults, ..order },
    };
    let analysis = object.text("analysis");
    order.analysis = object.require("analysis", analysis).unwrap_or_default();
    order.dataset = object.read("dataset", |json| DatasetName::new(&text(json)?));
    order.range = TimeRange {
        start: object.read("start", time),
        end: object.read("end", time),
    };
    order.filters = object.read("filter", conditions).unwrap_or_default();
    order.params = object.read("params", members).unwrap_or_default();
    order.priority = object.read("priority", priority).unwrap_or_default();
    order.run_at = object.read("run_at", time);
    order.callback = object.read("callback", text);
    order.limit_seconds = object.read("limit_seconds", |json| {
        json.as_u64()
            .ok_or_else(|| format!("must be a whole number, not {}", describe(&json)))
    });
    order.faults = object.finish().err().unwrap_or_default();
    order
}

fn members(json: Json) -> Result<Map<String, Json>, String> {
    match json {
        Json::Object(members) => Ok(members),
        other => Err(format!("must be an object, not {}", describe(&other))),
    }
}

fn time(json: Json) -> Result<Timestamp, String> {
    read_time(&json)
}

fn priority(json: Json) -> Result<Priority, String> {
    let word = text(json)?;
    let known = Priority::ALL.map(Priority::name);
    Priority::from_name(&word).ok_or_else(|| fault::unknown_name("priority", &word, known))
}

/// `{"weather":"in.(rain,snow)","temp":["gte.5","lt.20"]}`
fn conditions(json: Json) -> Result<Vec<(String, String)>, String> {
    /// Conditions in one filter.
    const MOST: usize = 100;
    let mut conditions = Vec::new();
    for (name, value) in members(json)? {
        let list = match value {
            Json::Array(list) => list,
            single => vec![single],
        };
        for item in list {
            let condition = match item {
                Json::String(text) => text,
                // `{"station": 5}` means equality.
                Json::Number(number) => format!("eq.{number}"),
                Json::Bool(flag) => format!("eq.{flag}"),
                other => {
                    return Err(format!(
                        "the condition on `{name}` must be a text, not {}",
                        describe(&other)
                    ));
                }
            };
            conditions.push((name.clone(), condition));
        }
    }
    if conditions.len() > MOST {
        return Err(format!("has more than {MOST} conditions"));
    }
    Ok(conditions)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn id() -> JobId {
        JobId::new(Uuid::from_u128(1))
    }

    #[test]
    fn an_order_is_read_whole() {
        let order = read_order(
            "",
            id(),
            json!({
                "analysis": "plot", "dataset": "co2", "start": "1990", "end": 946684800000_u64,
                "filter": {"weather": "in.(rain,snow)", "temp": ["gte.5", "lt.20"], "n": 5},
                "params": {"y": "average"}, "priority": "high", "limit_seconds": 5,
            }),
        );
        assert_eq!(order.faults, []);
        assert_eq!(order.analysis, "plot");
        assert_eq!(order.range.end.unwrap().to_string(), "2000-01-01T00:00:00Z");
        let filters: Vec<(&str, &str)> = order
            .filters
            .iter()
            .map(|(name, text)| (name.as_str(), text.as_str()))
            .collect();
        assert_eq!(
            filters,
            [
                ("weather", "in.(rain,snow)"),
                ("temp", "gte.5"),
                ("temp", "lt.20"),
                ("n", "eq.5")
            ]
        );
        assert_eq!(
            (order.priority, order.limit_seconds),
            (Priority::High, Some(5))
        );
    }

    #[test]
    fn every_fault_of_an_order_is_named_at_once() {
        let order = read_order(
            "[3]",
            id(),
            json!({
                "analisys": "plot", "dataset": "../x", "start": "2023-02-30", "end": {}, "filter": [],
                "params": "y", "priority": "hihg", "limit_seconds": -1, "run_at": true,
            }),
        );
        let at: Vec<&str> = order.faults.iter().map(|fault| fault.at.as_str()).collect();
        assert_eq!(
            at,
            [
                "[3].analysis",
                "[3].dataset",
                "[3].start",
                "[3].end",
                "[3].filter",
                "[3].params",
                "[3].priority",
                "[3].run_at",
                "[3].limit_seconds",
                "[3].analisys"
            ]
        );
        assert_eq!(read_order("", id(), json!("plot")).faults[0].at, "body");
    }
}
