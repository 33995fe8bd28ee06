//! A job's record as the store keeps it: one hash, a text for each field.
//!
//! | field | what it is |
//! |---|---|
//! | `id` `status` `analysis` `priority` `params` | as in [`Job`] |
//! | `sequence` | its place among all jobs |
//! | `dataset` `dataset_version` `start` `end` `filter` | the source; times in ms, the filter a JSON list of pairs |
//! | `submitted` `due` `started` `finished` | times in ms |
//! | `ready` | when what it waited for came about, in ms: a retry, `run_at` |
//! | `attempts` `max_attempts` `history` | begun how often, at most how often; the lost ones as JSON, one a line |
//! | `limit` `stop_at` | how long an attempt may take in ms, and when the present one is over |
//! | `token` `worker_address` `worker_name` | the last claim |
//! | `progress` `note` `error` `result` `files` | as in [`Job`]; the files a JSON list |
//! | `log` `logged` | the lines of the last attempt, each with a line feed, and how many there are |
//! | `callback` `callback_attempts` `delivered` `callback_error` | where its end is told, and how that went |
//! | `request_id` | the id of the request that submitted it, empty for a job of a schedule |
//! | `bytes` `reuse` `retention` | bytes of the result, digest of the input, ms to be kept when finished |

use std::collections::HashMap;

use serde_json::{Value as Json, json};

use super::{Finish, Hands, Lines, NewJob, Outcome, Settings};
use crate::args;
use crate::domain::job::{
    Attempt, Callback, Job, JobId, Priority, ResultFile, Source, Status, Worker,
};
use crate::domain::{DatasetName, TimeRange, Timestamp};
use crate::store::connection::{Arg, Error, Replies};

/// Appends a new job's arguments as `submit.lua` takes them.
pub(super) fn append_new(job: &NewJob, settings: &Settings, args: &mut Vec<Arg>) {
    let mut fields = args![
        "params",
        &job.params,
        "limit",
        job.limit_ms,
        "retention",
        settings.retention_ms,
        "max_attempts",
        settings.max_attempts,
    ];
    if let Some(request_id) = &job.request_id {
        fields.extend(args!["request_id", request_id]);
    }
    if let Some(callback) = &job.callback {
        fields.extend(args!["callback", callback]);
    }
    if let Some(source) = &job.source {
        fields.extend(args![
            "dataset",
            source.dataset.as_str(),
            "dataset_version",
            source.version
        ]);
        for (name, time) in [("start", source.range.start), ("end", source.range.end)] {
            if let Some(time) = time {
                fields.extend(args![name, time.milliseconds()]);
            }
        }
        if !source.filters.is_empty() {
            fields.extend(args!["filter", json!(source.filters).to_string()]);
        }
    }
    args.extend(args![
        job.id.to_string(),
        &job.analysis,
        job.priority.name(),
        job.digest.as_deref().unwrap_or_default(),
        job.run_at
            .map_or(String::new(), |time| time.milliseconds().to_string()),
        fields.len() / 2,
    ]);
    args.extend(fields);
}

/// The record of a job that was just submitted.
pub(super) fn fresh(job: NewJob, submitted: Timestamp, place: u64) -> Job {
    Job {
        id: job.id,
        status: Status::Submitted,
        analysis: job.analysis,
        source: job.source,
        params: job.params,
        priority: job.priority,
        progress: 0.0,
        note: None,
        position: (place > 0).then_some(place),
        worker: None,
        attempts: 0,
        history: Vec::new(),
        submitted,
        due: job.run_at.filter(|_| place == 0),
        started: None,
        finished: None,
        error: None,
        result: None,
        files: Vec::new(),
        log: Vec::new(),
        callback: job.callback.map(|url| Callback {
            url,
            attempts: 0,
            delivered: None,
            error: None,
        }),
        request_id: job.request_id,
        token: 0,
    }
}

/// Appends what `advance.lua` takes of the job to finish.
pub(super) fn append_finish(finish: Option<&Finish>, hands: &Hands, args: &mut Vec<Arg>) {
    let Hands {
        max_result_bytes,
        nonce,
        ..
    } = hands;
    let Some(finish) = finish else {
        args.extend(args![
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            *max_result_bytes,
            "",
            nonce
        ]);
        return;
    };
    args.extend(args![finish.id.to_string(), finish.token]);
    let version = finish
        .dataset_version
        .map_or(String::new(), |version| version.to_string());
    match &finish.outcome {
        Outcome::Failed(error) => {
            args.extend(args![
                "failed",
                "",
                "",
                error,
                0_u64,
                "",
                version,
                *max_result_bytes,
                lines(&finish.log),
                nonce
            ]);
        }
        Outcome::Complete {
            result,
            files,
            digest,
        } => {
            let bytes = files.iter().fold(result.len() as u64, |sum, file| {
                sum.saturating_add(file.bytes)
            });
            let list: Vec<Json> = files.iter().map(file_json).collect();
            args.extend(args![
                "complete",
                result,
                Json::from(list).to_string(),
                "",
                bytes,
                digest.as_deref().unwrap_or_default(),
                version,
                *max_result_bytes,
                lines(&finish.log),
                nonce,
            ]);
            args.extend(files.iter().map(|file| Arg::from(&file.name)));
        }
    }
}

/// Lines as the scripts take them: each ends in a line feed and has none within, and before them is how
/// many there were earlier. Empty without lines.
pub(super) fn lines(log: &Lines) -> String {
    if log.lines.is_empty() {
        return String::new();
    }
    let first = format!("{}\n", log.after);
    log.lines.iter().fold(first, |text, line| {
        text + &line.replace(['\n', '\r'], " ") + "\n"
    })
}

fn file_json(file: &ResultFile) -> Json {
    json!({"name": file.name, "media_type": file.media_type, "bytes": file.bytes})
}

/// The next reply as a job's id.
pub(super) fn id(replies: &mut Replies) -> Result<JobId, Error> {
    let text = replies.text("the id of a job")?;
    JobId::parse(&text).ok_or_else(|| Error::Corrupt(format!("`{text}` is not the id of a job")))
}

/// A stored time.
pub(super) fn time(milliseconds: i64) -> Result<Timestamp, Error> {
    Timestamp::from_milliseconds(milliseconds)
        .map_err(|why| Error::Corrupt(format!("the time {milliseconds} {why}")))
}

/// Reads a record: the number of its fields, then their names and values.
pub(super) fn read(replies: &mut Replies) -> Result<Job, Error> {
    let count = replies.unsigned("the number of fields of a job")?;
    let mut fields = Fields(HashMap::new());
    for _ in 0..count {
        let name = replies.text("the name of a field of a job")?;
        fields.0.insert(name, replies.text("a field of a job")?);
    }
    fields.job()
}

/// The fields of one record, taken one by one.
struct Fields(HashMap<String, String>);

impl Fields {
    fn job(mut self) -> Result<Job, Error> {
        let text = self.required("id")?;
        let id = JobId::parse(&text).ok_or_else(|| corrupt("id", &text))?;
        Ok(Job {
            id,
            status: self.named("status", Status::from_name)?,
            analysis: self.required("analysis")?,
            source: self.source()?,
            params: self.required("params")?,
            priority: self.named("priority", Priority::from_name)?,
            progress: self.number("progress")?.unwrap_or(0.0),
            note: self.text("note"),
            position: None,
            worker: self.worker(),
            attempts: self.number("attempts")?.unwrap_or(0),
            history: self.history()?,
            submitted: self
                .time("submitted")?
                .ok_or_else(|| corrupt("submitted", ""))?,
            due: self.time("due")?,
            started: self.time("started")?,
            finished: self.time("finished")?,
            error: self.text("error"),
            result: self.text("result"),
            files: self.files()?,
            log: self.log(),
            callback: self.callback()?,
            request_id: self.text("request_id"),
            token: self.number("token")?.unwrap_or(0),
        })
    }

    /// A field that is there and not empty.
    fn text(&mut self, name: &str) -> Option<String> {
        self.0.remove(name).filter(|text| !text.is_empty())
    }

    fn required(&mut self, name: &str) -> Result<String, Error> {
        self.text(name).ok_or_else(|| corrupt(name, ""))
    }

    fn named<T>(&mut self, name: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Error> {
        let text = self.required(name)?;
        read(&text).ok_or_else(|| corrupt(name, &text))
    }

    fn number<T: std::str::FromStr>(&mut self, name: &str) -> Result<Option<T>, Error> {
        self.text(name)
            .map(|text| text.parse().map_err(|_| corrupt(name, &text)))
            .transpose()
    }

    fn time(&mut self, name: &str) -> Result<Option<Timestamp>, Error> {
        self.number(name)?.map(time).transpose()
    }

    fn json(&mut self, name: &str) -> Result<Option<Json>, Error> {
        self.text(name)
            .map(|text| serde_json::from_str(&text).map_err(|_| corrupt(name, &text)))
            .transpose()
    }

    fn source(&mut self) -> Result<Option<Source>, Error> {
        let Some(name) = self.text("dataset") else {
            return Ok(None);
        };
        let dataset = DatasetName::new(&name).map_err(|_| corrupt("dataset", &name))?;
        let version = self.number("dataset_version")?.unwrap_or(0);
        let range = TimeRange {
            start: self.time("start")?,
            end: self.time("end")?,
        };
        let pairs = self.json("filter")?.unwrap_or(Json::Null);
        let filters = pairs
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(pair)
            .collect();
        Ok(Some(Source {
            dataset,
            version,
            range,
            filters,
        }))
    }

    fn worker(&mut self) -> Option<Worker> {
        let address = self.0.remove("worker_address")?;
        let name = self.0.remove("worker_name")?;
        Some(Worker { address, name })
    }

    fn callback(&mut self) -> Result<Option<Callback>, Error> {
        let Some(url) = self.text("callback") else {
            return Ok(None);
        };
        Ok(Some(Callback {
            url,
            attempts: self.number("callback_attempts")?.unwrap_or(0),
            delivered: self.time("delivered")?,
            error: self.text("callback_error"),
        }))
    }

    fn history(&mut self) -> Result<Vec<Attempt>, Error> {
        let lines = self.text("history").unwrap_or_default();
        lines
            .lines()
            .map(|line| attempt(line).ok_or_else(|| corrupt("history", line)))
            .collect()
    }

    fn log(&mut self) -> Vec<String> {
        let log = self.text("log").unwrap_or_default();
        log.lines().map(str::to_owned).collect()
    }

    fn files(&mut self) -> Result<Vec<ResultFile>, Error> {
        let files = self.json("files")?.unwrap_or(Json::Null);
        files
            .as_array()
            .into_iter()
            .flatten()
            .map(|json| file(json).ok_or_else(|| corrupt("files", &json.to_string())))
            .collect()
    }
}

fn corrupt(name: &str, text: &str) -> Error {
    let text: String = text.chars().take(80).collect();
    Error::Corrupt(format!("the field `{name}` of a job is `{text}`"))
}

fn pair(json: &Json) -> Option<(String, String)> {
    Some((
        json.get(0)?.as_str()?.to_owned(),
        json.get(1)?.as_str()?.to_owned(),
    ))
}

fn file(json: &Json) -> Option<ResultFile> {
    Some(ResultFile {
        name: json.get("name")?.as_str()?.to_owned(),
        media_type: json.get("media_type")?.as_str()?.to_owned(),
        bytes: json.get("bytes")?.as_u64()?,
    })
}

fn attempt(line: &str) -> Option<Attempt> {
    let json: Json = serde_json::from_str(line).ok()?;
    let text = |name: &str| Some(json.get(name)?.as_str()?.to_owned());
    // Lua writes all numbers as floats.
    let time = |name: &str| Timestamp::from_milliseconds(json.get(name)?.as_f64()? as i64).ok();
    Some(Attempt {
        worker: Worker {
            address: text("address")?,
            name: text("name")?,
        },
        started: time("started")?,
        ended: time("ended")?,
        error: text("error")?,
    })
}
