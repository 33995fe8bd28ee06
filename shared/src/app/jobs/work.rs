//! Running jobs: one at a time, each by a claim, in steps.
//!
//! [`Shift::run_next`] is a single step: it runs one job, or says that there is none. The loop around it
//! is [`answer`], which a worker calls when its doorbell rings. A worker may die at any instant: what
//! it leaves is a lease that runs out, and files that nobody looks at and that are gone within the
//! hour.

use std::cmp::Ordering;
use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::future::{Either, select};
use serde_json::Value as Json;

use super::MAX_RESULT_BYTES;
use super::provenance;
use super::submit::{conditions, digest};
use crate::app::analyses::Description;
use crate::app::clock::Clock;
use crate::app::error::Error;
use crate::app::points::{self, Query};
use crate::domain::job::{Job, JobId, ResultFile, Source, Worker};
use crate::domain::{Dataset, Fault, Field, Table};
use crate::store::jobs::{self as store, Finish, Hands, LEASE_MS, Lines, Next, Outcome, Renewed};
use crate::store::points::Wanted;
use crate::store::{self as redis, Connection};

/// While an analysis works, the store is told of it this often, between two steps.
const RENEW_AFTER: Duration = Duration::from_millis(100);
/// The longest pause between two steps, so that a cancellation is soon seen.
const LONGEST_PAUSE: Duration = Duration::from_secs(1);
/// While the store itself is worked with, the lease is renewed this often.
const KEEP_EVERY: Duration = Duration::from_secs(3);
/// How long a worker lingers without work: for a retry that is due soon, or a lease of a worker that
/// may have died.
const LINGER: Duration = Duration::from_millis(LEASE_MS + 2000);
/// How often it looks for work meanwhile.
const LINGER_PAUSE: Duration = Duration::from_millis(20);
/// Pauses before finishing a job is tried again, should the store be away.
const FINISH_PAUSES: [u64; 5] = [50, 200, 500, 1500, 3000];

/// Pauses before a claim is tried again, in milliseconds.
const CLAIM_PAUSES: [u64; 2] = [50, 200];

/// Lines that a run may log, and characters of each.
const MAX_LINES: usize = 100;
const MAX_LINE: usize = 500;
/// Characters of a note and of an error.
const MAX_NOTE: usize = 200;
const MAX_ERROR: usize = 2000;
/// Bytes of a result, of one file, and number of files.
const MAX_RESULT: usize = 1 << 20;
const MAX_FILE: usize = 64 << 20;
const MAX_FILES: usize = 50;

/// An analysis, whoever implements it.
pub trait Analysis {
    type Task: Task;

    /// Names the fields whose columns the parameters call for, or says every fault that they have for a
    /// dataset with these fields.
    fn select(&self, parameters: &str, fields: &[Field]) -> Result<Vec<String>, Vec<String>>;

    fn begin(&self, request: Request, data: Data) -> Self::Task;
}

/// One run of an analysis.
pub trait Task {
    /// Does a bounded part of the work.
    fn step(&mut self) -> Step;
}

/// What a job asks for, and what identifies its input; the texts are empty and the version 0 without
/// a dataset.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    pub job: String,
    /// A JSON object.
    pub parameters: String,
    pub dataset: String,
    pub dataset_title: String,
    pub dataset_version: u64,
}

/// The points that were asked for, in ascending order of time; the columns are those of `fields`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Data {
    pub fields: Vec<Field>,
    pub table: Table,
}

/// One step's outcome.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// There is more to do, after a pause; `fraction` is from 0 to 1.
    Running {
        fraction: f64,
        note: String,
        pause: Duration,
        /// Lines for the job's log.
        log: Vec<String>,
    },
    Done(Report),
    /// The analysis says no, with a reason for the user.
    Failed(String),
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// A JSON object.
    pub result: String,
    pub files: Vec<File>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct File {
    pub name: String,
    pub media_type: String,
    pub bytes: Vec<u8>,
}

/// What a worker is, and what it works with.
pub struct Shift<'a, C, A, K> {
    connection: &'a C,
    analysis: &'a A,
    clock: &'a K,
    /// Version of the analysis.
    version: String,
    /// Points that one job may load.
    max_points: usize,
    hands: Hands,
    /// The description, until the store has it.
    description: Option<String>,
    /// The job that the end of the last one claimed.
    claimed: Option<Box<Job>>,
    /// Names this worker among all, and its claims.
    instance: String,
    claims: u64,
}

/// What one step of the loop came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ran {
    /// It ran this job, whatever the end.
    Job(Attempted),
    /// There is none. After so long a retry falls due or a lease ends; `None` when there is
    /// nothing to wait for.
    Idle(Option<Duration>),
}

/// One attempt at a job, for the worker's log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempted {
    pub job: JobId,
    /// The id of the request that submitted the job.
    pub request_id: Option<String>,
    pub attempt: u64,
    pub end: End,
    pub duration: Duration,
}

/// What an attempt came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Complete,
    Failed,
    /// The job was no longer this worker's: cancelled, over its limit, or given to another.
    TakenAway,
}

impl End {
    pub fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::TakenAway => "taken away",
        }
    }
}

/// How a run ends, when it is still the worker's to end.
enum Ending {
    Report(Report, Input),
    Failed(String),
}

/// What a run read.
#[derive(Default)]
pub(super) struct Input {
    pub(super) source: Option<Source>,
    dataset: Option<std::rc::Rc<Dataset>>,
}

/// What a run logs.
#[derive(Default)]
struct Log {
    /// Lines of which the store has not said yet that it has them.
    fresh: Lines,
    /// How many there were.
    count: usize,
}

impl Log {
    fn extend(&mut self, lines: Vec<String>) {
        for line in lines {
            self.count += 1;
            let lines = &mut self.fresh.lines;
            match self.count.cmp(&(MAX_LINES + 1)) {
                Ordering::Less => lines.push(shorten(&line, MAX_LINE)),
                Ordering::Equal => lines.push("Further lines are left out.".to_owned()),
                Ordering::Greater => {}
            }
        }
    }

    /// The store has all that is fresh.
    fn settle(&mut self) {
        self.fresh.after += self.fresh.lines.len() as u64;
        self.fresh.lines.clear();
    }
}

/// Runs jobs until there are none, and lingers while more may come without a ring. `tell` hears of each.
///
/// # Errors
/// [`Error::Store`] when the store is away for longer than a moment: the next ring goes on.
pub async fn answer<C: Connection, A: Analysis, K: Clock>(
    shift: &mut Shift<'_, C, A, K>,
    tell: impl Fn(&Attempted),
) -> Result<(), Error> {
    let mut idle_since = None;
    loop {
        let wait = match shift.run_next().await? {
            Ran::Job(attempted) => {
                tell(&attempted);
                idle_since = None;
                continue;
            }
            Ran::Idle(wait) => wait,
        };
        let now = shift.clock.elapsed();
        let since = *idle_since.get_or_insert(now);
        if wait.is_none_or(|wait| wait > LINGER) || now.saturating_sub(since) > LINGER {
            return Ok(());
        }
        shift.clock.sleep(LINGER_PAUSE).await;
    }
}

impl<'a, C: Connection, A: Analysis, K: Clock> Shift<'a, C, A, K> {
    /// A worker that was just rung. `instance` is fresh and random.
    pub fn new(
        connection: &'a C,
        analysis: &'a A,
        clock: &'a K,
        description: &Description,
        worker: Worker,
        instance: String,
        max_points: usize,
    ) -> Self {
        let hands = Hands {
            analysis: description.name.clone(),
            worker,
            lease_ms: LEASE_MS,
            max_result_bytes: MAX_RESULT_BYTES,
            nonce: instance.clone(),
        };
        Self {
            connection,
            analysis,
            clock,
            version: description.version.clone(),
            max_points,
            hands,
            description: Some(description.to_json().to_string()),
            claimed: None,
            instance,
            claims: 0,
        }
    }

    /// Runs one job, from its claim to its end.
    ///
    /// # Errors
    /// [`Error::Store`]; the job, if there was one, comes back when its lease runs out.
    pub async fn run_next(&mut self) -> Result<Ran, Error> {
        let job = match self.claimed.take() {
            Some(job) => job,
            None => match self.claim().await?.next {
                Next::Claimed(job) => job,
                Next::Idle(wait) => return Ok(Ran::Idle(wait.map(Duration::from_millis))),
            },
        };
        let mut log = Log::default();
        let begun = self.clock.elapsed();
        let end = match self.work(&job, &mut log).await? {
            Some(ending) => self.end(&job, ending, log).await?,
            None => End::TakenAway,
        };
        Ok(Ran::Job(Attempted {
            job: job.id,
            attempt: job.attempts,
            request_id: job.request_id,
            end,
            duration: self.clock.elapsed().saturating_sub(begun),
        }))
    }

    /// Claims a job; tried again, as the same claim, should the store be away for a moment.
    async fn claim(&mut self) -> Result<store::Advanced, Error> {
        self.name_claim();
        for pause in CLAIM_PAUSES {
            match self.advance(None).await {
                Err(redis::Error::Unavailable(_)) => {
                    self.clock.sleep(Duration::from_millis(pause)).await;
                }
                done => return done.map_err(Error::Store),
            }
        }
        self.advance(None).await.map_err(Error::Store)
    }

    fn name_claim(&mut self) {
        self.claims += 1;
        self.hands.nonce = format!("{}-{}", self.instance, self.claims);
    }

    async fn advance(&mut self, finish: Option<&Finish>) -> Result<store::Advanced, redis::Error> {
        let description = self.description.as_deref();
        let advanced =
            store::advance(self.connection, &self.hands, description, finish, true).await?;
        self.description = None;
        Ok(advanced)
    }

    /// Loads and analyses. `None` when the job is no longer this worker's: given to another,
    /// cancelled, or over its limit.
    async fn work(&self, job: &Job, log: &mut Log) -> Result<Option<Ending>, Error> {
        let loaded = match self.keeping(job, self.load(job)).await? {
            None => return Ok(None),
            Some(Ok(loaded)) => loaded,
            Some(Err(error)) => return refusal(error).map(|why| Some(Ending::Failed(why))),
        };
        let (request, data, input) = loaded;
        let mut task = self.analysis.begin(request, data);
        let mut told = self.clock.elapsed();
        loop {
            match task.step() {
                Step::Done(report) => return Ok(Some(Ending::Report(report, input))),
                Step::Failed(why) => return Ok(Some(Ending::Failed(why))),
                Step::Running {
                    fraction,
                    note,
                    pause,
                    log: lines,
                } => {
                    log.extend(lines);
                    if self.clock.elapsed().saturating_sub(told) >= RENEW_AFTER {
                        if !self.renew(job, fraction, &note, log).await? {
                            return Ok(None);
                        }
                        told = self.clock.elapsed();
                    }
                    if !pause.is_zero() {
                        self.clock.sleep(pause.min(LONGEST_PAUSE)).await;
                    }
                }
            }
        }
    }

    async fn load(&self, job: &Job) -> Result<(Request, Data, Input), Error> {
        let mut request = Request {
            job: job.id.to_string(),
            parameters: job.params.clone(),
            dataset: String::new(),
            dataset_title: String::new(),
            dataset_version: 0,
        };
        let Some(source) = &job.source else {
            return Ok((request, Data::default(), Input::default()));
        };
        // What is selected depends on the fields, which may have changed since the submission.
        let query = |dataset: &Dataset| -> Result<Query, Vec<Fault>> {
            let filters = conditions(dataset, &source.filters, "filter")?;
            let names = self
                .analysis
                .select(&job.params, &dataset.fields)
                .map_err(params_faults)?;
            let fields = points::positions(dataset, &names)?;
            let wanted = Wanted {
                range: source.range,
                filters,
                fields,
                ..Wanted::default()
            };
            Ok(Query {
                wanted,
                limit: self.max_points,
                counts: false,
            })
        };
        let page = points::page(self.connection, &source.dataset, query).await?;
        if page.next.is_some() {
            return Err(Error::TooMuch {
                what: "points".to_owned(),
                limit: self.max_points as u64,
            });
        }
        let dataset = page.dataset;
        request.dataset = dataset.name.to_string();
        request.dataset_title = dataset.title.clone().unwrap_or_default();
        request.dataset_version = page.version;
        let fields = page
            .fields
            .iter()
            .filter_map(|at| dataset.fields.get(*at).cloned())
            .collect();
        let source = Source {
            version: page.version,
            ..source.clone()
        };
        let input = Input {
            source: Some(source),
            dataset: Some(dataset),
        };
        Ok((
            request,
            Data {
                fields,
                table: page.table,
            },
            input,
        ))
    }

    /// Stores what came of a job, finishes it, and claims the next.
    async fn end(&mut self, job: &Job, ending: Ending, log: Log) -> Result<End, Error> {
        let (outcome, source, files) = match ending {
            Ending::Failed(why) => (Outcome::Failed(shorten(&why, MAX_ERROR)), None, Vec::new()),
            Ending::Report(report, input) => match check_report(&report) {
                Err(why) => {
                    let why = format!("the analysis returned {why}");
                    (Outcome::Failed(shorten(&why, MAX_ERROR)), None, Vec::new())
                }
                Ok(()) => {
                    let digest = self.digest(job, &input);
                    let files = report.files.iter().map(listed).collect();
                    let outcome = Outcome::Complete {
                        result: provenance::add(report.result, job, &self.version, &input),
                        files,
                        digest: Some(digest),
                    };
                    (outcome, input.source, report.files)
                }
            },
        };
        let names: Vec<String> = files.iter().map(|file| file.name.clone()).collect();
        if !self.store_files(job, files).await? {
            return Ok(End::TakenAway);
        }
        let end = match &outcome {
            Outcome::Complete { .. } => End::Complete,
            Outcome::Failed(_) => End::Failed,
        };
        let dataset_version = source.map(|source| source.version);
        let finish = Finish {
            id: job.id,
            token: job.token,
            outcome,
            log: log.fresh,
            dataset_version,
        };
        self.name_claim();
        let advanced = self.finish(&finish).await?;
        if let Next::Claimed(next) = advanced.next {
            self.claimed = Some(next);
        }
        if !advanced.finished {
            // Nobody will ever look at them; should this fail, they are gone within the hour.
            let names = names.iter().map(String::as_str);
            let _ = store::drop_files(self.connection, job.id, job.token, names).await;
            return Ok(End::TakenAway);
        }
        Ok(end)
    }

    fn digest(&self, job: &Job, input: &Input) -> String {
        let params = serde_json::from_str(&job.params).unwrap_or(Json::Null);
        let created = input.dataset.as_ref().map(|dataset| dataset.created_on);
        digest(
            &job.analysis,
            &self.version,
            input.source.as_ref(),
            created,
            &params,
        )
    }

    /// Whether the job is still this worker's after its files were stored.
    async fn store_files(&self, job: &Job, files: Vec<File>) -> Result<bool, Error> {
        for File { name, bytes, .. } in files {
            let put = store::put_file(self.connection, job.id, job.token, &name, bytes);
            match self.keeping(job, put).await? {
                Some(stored) => stored?,
                None => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Finishes; again and again for some seconds while the store is away.
    async fn finish(&mut self, finish: &Finish) -> Result<store::Advanced, Error> {
        for pause in FINISH_PAUSES {
            match self.advance(Some(finish)).await {
                Err(redis::Error::Unavailable(_)) => {
                    self.clock.sleep(Duration::from_millis(pause)).await;
                }
                done => return done.map_err(Error::Store),
            }
        }
        self.advance(Some(finish)).await.map_err(Error::Store)
    }

    /// Waits for work with the store while renewing the lease; `None` when the lease is gone.
    async fn keeping<T>(
        &self,
        job: &Job,
        work: impl Future<Output = T>,
    ) -> Result<Option<T>, Error> {
        let mut work = pin!(work);
        loop {
            let pause = pin!(self.clock.sleep(KEEP_EVERY));
            match select(work.as_mut(), pause).await {
                Either::Left((value, _)) => return Ok(Some(value)),
                Either::Right(_) => {
                    if !self
                        .renew(job, job.progress, "", &mut Log::default())
                        .await?
                    {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Whether the worker may go on.
    async fn renew(
        &self,
        job: &Job,
        fraction: f64,
        note: &str,
        log: &mut Log,
    ) -> Result<bool, Error> {
        let progress = if fraction.is_finite() {
            fraction.clamp(0.0, 1.0)
        } else {
            0.0
        };
        let note = shorten(note, MAX_NOTE);
        let lease = self.hands.lease_ms;
        let (connection, lines) = (self.connection, &log.fresh);
        match store::renew(connection, job.id, job.token, lease, progress, &note, lines).await {
            Ok(renewed) => {
                log.settle();
                Ok(renewed == Renewed::Go)
            }
            // A moment without the store is no reason to stop: the lease is longer.
            Err(redis::Error::Unavailable(_)) => Ok(true),
            Err(error) => Err(error.into()),
        }
    }
}

/// Why a job's data cannot be had, where trying again cannot help.
fn refusal(error: Error) -> Result<String, Error> {
    match error {
        Error::NotFound { what, name } => Ok(format!("the {what} `{name}` is gone")),
        Error::Invalid(faults) => {
            let faults: Vec<String> = faults.iter().map(Fault::to_string).collect();
            Ok(faults.join("; "))
        }
        Error::TooMuch { what, limit } => Ok(format!(
            "the selection has more than {limit} {what}, the limit for a job"
        )),
        Error::Store(redis::Error::Corrupt(why)) => Ok(format!("the data cannot be read: {why}")),
        other => Err(other),
    }
}

fn params_faults(faults: Vec<String>) -> Vec<Fault> {
    faults
        .into_iter()
        .map(|why| Fault::new("params", why))
        .collect()
}

fn listed(file: &File) -> ResultFile {
    ResultFile {
        name: file.name.clone(),
        media_type: file.media_type.clone(),
        bytes: file.bytes.len() as u64,
    }
}

/// # Errors
/// Says what is wrong with a report.
fn check_report(report: &Report) -> Result<(), String> {
    if report.result.len() > MAX_RESULT {
        return Err(format!("a result of more than {MAX_RESULT} bytes"));
    }
    if !matches!(serde_json::from_str(&report.result), Ok(Json::Object(_))) {
        return Err("a result that is no JSON object".to_owned());
    }
    if report.files.len() > MAX_FILES {
        return Err(format!("more than {MAX_FILES} files"));
    }
    for (position, file) in report.files.iter().enumerate() {
        let name = shorten(&file.name, 100);
        let is_twice = report
            .files
            .iter()
            .take(position)
            .any(|earlier| earlier.name == file.name);
        let is_visible = |byte: u8| (b' '..=b'~').contains(&byte);
        let is_type = file.media_type.contains('/') && file.media_type.bytes().all(is_visible);
        if !is_file_name(&file.name) || is_twice {
            return Err(format!("a file with the name `{name}`"));
        } else if !is_type || file.media_type.len() > 100 {
            return Err(format!("the file `{name}` without a proper media type"));
        } else if file.bytes.len() > MAX_FILE {
            return Err(format!("the file `{name}` with more than {MAX_FILE} bytes"));
        }
    }
    Ok(())
}

fn is_file_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    (1..=100).contains(&name.len()) && name.bytes().all(allowed) && !name.starts_with('.')
}

fn shorten(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}
