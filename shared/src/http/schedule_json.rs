//! How schedules look in JSON, in both directions.

use serde_json::{Map, Value as Json, json};

use super::job_json;
use super::object::{Object, text};
use crate::app::schedules::Wish;
use crate::domain::job::JobId;
use crate::domain::{Fault, Timestamp};
use crate::store::schedules::Kept;

/// Characters of a name.
const MAX_NAME: usize = 100;

/// A schedule as `GET /schedules/:id` answers it.
pub fn schedule(kept: &Kept) -> Json {
    let Kept {
        schedule,
        next,
        last,
    } = kept;
    let written = |time: Option<i64>| {
        let time = time.and_then(|at| Timestamp::from_milliseconds(at).ok());
        time.map(|time| time.to_string())
    };
    let filter: Map<String, Json> = schedule
        .filters
        .iter()
        .map(|(name, text)| (name.clone(), text.as_str().into()))
        .collect();
    json!({
        "id": schedule.id,
        "name": schedule.name,
        "every": schedule.every,
        "cron": schedule.cron,
        "tz": schedule.zone,
        "job": {
            "analysis": schedule.analysis,
            "dataset": schedule.dataset,
            "start": written(schedule.start),
            "end": written(schedule.end),
            "filter": filter,
            "params": serde_json::from_str::<Json>(&schedule.params).unwrap_or_default(),
            "priority": schedule.priority,
        },
        "created_on": written(Some(schedule.created)),
        "next": next.map(|time| time.to_string()),
        "last": last.map(|(time, _)| time.to_string()),
        "last_job": last.map(|(_, job)| format!("/jobs/{job}")),
    })
}

/// Reads the body of `POST /schedules`. What is wrong with it is in the wish, to be answered together with
/// what only the use case can know.
///
/// # Errors
/// When the body is no object.
pub fn read_wish(body: Json, id: String, job: JobId) -> Result<Wish, Vec<Fault>> {
    let mut object = Object::new("", body)?;
    let name = object.read("name", |json| {
        let name = text(json)?;
        match name.chars().count() <= MAX_NAME {
            true => Ok(name),
            false => Err(format!("has more than {MAX_NAME} characters")),
        }
    });
    let (every, cron) = (object.text("every"), object.text("cron"));
    let zone = object.text("tz");
    let order = object.any("job");
    let order = object.require("job", order).unwrap_or_else(|| json!({}));
    Ok(Wish {
        id,
        name,
        every,
        cron,
        zone,
        order: job_json::read_order("job", job, order),
        faults: object.finish().err().unwrap_or_default(),
    })
}
