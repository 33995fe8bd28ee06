//! Routes of this component.

use std::rc::Rc;

use almanac::app::clock::Clock;
use almanac::app::jobs::callbacks::HttpClient;
use almanac::app::jobs::{self, MAX_BULK, Submitted, queues};
use almanac::app::{self, analyses};
use almanac::domain::Fault;
use almanac::domain::access::Scope;
use almanac::domain::callback::CallbackHost;
use almanac::domain::job::{Job, JobId};
use almanac::http::job_query::{preferred_wait, terms, wanted};
use almanac::http::{Context, Problem, Request, Response, guard, job_json};
use almanac::store::Connection;
use http::{HeaderName, StatusCode, header};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::{callbacks, events, files, schedules, submit_plot};

const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");

/// `connection` is the context's own again, for an answer that goes on after this function; `client` sends
/// callbacks; `variable` reads a Spin variable.
pub async fn route<C, H, K>(
    request: Request,
    context: &Context<'_, C>,
    connection: Rc<C>,
    client: H,
    clock: K,
    variable: impl AsyncFn(&'static str) -> Result<String, String>,
) -> Result<Response, Problem>
where
    C: Connection + 'static,
    H: HttpClient,
    K: Clock + Clone + 'static,
{
    let segments: Vec<String> = request.segments().into_iter().map(str::to_owned).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (segments.as_slice(), request.method.as_str()) {
        (["jobs"], "GET") => list(&request, context).await,
        (["jobs"], "POST") => submit(request, context, &clock, &variable).await,
        (["jobs"], _) => Err(Problem::method_not_allowed("GET, HEAD, POST")),
        (["submit"], "POST") => {
            submit_plot::submit(request, context, variable("default_dataset").await).await
        }
        (["submit"], _) => Err(Problem::method_not_allowed("POST")),
        (["jobs", id], "GET") => follow(&request, context, job_id(id)?, &clock).await,
        (["jobs", id], "DELETE") => remove(&request, context, job_id(id)?).await,
        (["jobs", _], _) => Err(Problem::method_not_allowed("GET, HEAD, DELETE")),
        (["jobs", id, "events"], "GET") => {
            events::stream(&request, connection, job_id(id)?, clock).await
        }
        (["jobs", id, "files", name], "GET") => {
            files::file(&request, context, job_id(id)?, name).await
        }
        (["download", id], "GET") => files::download(&request, context, job_id(id)?).await,
        (["schedules"], "GET") => schedules::list(&request, context).await,
        (["schedules"], "POST") => schedules::create(request, context).await,
        (["schedules"], _) => Err(Problem::method_not_allowed("GET, HEAD, POST")),
        (["schedules", id], "GET") => schedules::describe(&request, context, id).await,
        (["schedules", id], "DELETE") => schedules::remove(&request, context, id).await,
        (["schedules", _], _) => Err(Problem::method_not_allowed("GET, HEAD, DELETE")),
        (["analyses"], "GET") => list_analyses(&request, context).await,
        (["analyses", name], "GET") => describe_analysis(&request, context, name).await,
        (["analyses", name, "pause"], "POST") => pause(&request, context, name, true).await,
        (["analyses", name, "resume"], "POST") => pause(&request, context, name, false).await,
        (["callbacks", "deliver"], "POST") => {
            let secret = variable("callback_secret")
                .await
                .map_err(Problem::unavailable)?;
            callbacks::deliver(
                &request,
                &callbacks::sender(&*connection, &client, &clock, &secret),
            )
            .await
        }
        (["analyses", _, "pause" | "resume"] | ["callbacks", "deliver"], _) => {
            Err(Problem::method_not_allowed("POST"))
        }
        (
            ["jobs", _, "events"]
            | ["jobs", _, "files", _]
            | ["download" | "analyses", _]
            | ["analyses"],
            _,
        ) => Err(Problem::method_not_allowed("GET, HEAD")),
        _ => Err(Problem::no_such_route(&request.path())),
    }
}

/// What is no id is the id of no job.
fn job_id(segment: &str) -> Result<JobId, Problem> {
    JobId::parse(segment).ok_or_else(|| app::Error::not_found("job", segment).into())
}

async fn submit<C: Connection>(
    mut request: Request,
    context: &Context<'_, C>,
    clock: &impl Clock,
    variable: &impl AsyncFn(&'static str) -> Result<String, String>,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let body = request.json(context.config.max_json_bytes).await?;
    let mut terms = terms(&request, &body.to_string())?;
    let is_bulk = body.is_array();
    let orders = match body {
        Json::Array(items) => read_bulk(items)?,
        single => vec![job_json::read_order("", new_id(), single)],
    };
    if orders.iter().any(|order| order.callback.is_some()) {
        terms.callbacks = callback_host(variable).await?;
    }
    let datasets = orders.iter().filter_map(|order| order.dataset.as_ref());
    let mut foreign = datasets.filter(|name| !context.caller.may(Scope::Jobs, Some(name)));
    if let Some(name) = foreign.next() {
        return Err(guard::refusal(context.caller, Scope::Jobs, Some(name)));
    }
    let submitted = jobs::submit(
        context.connection,
        context.config,
        context.now,
        orders,
        &terms,
    )
    .await?;
    match <[Submitted; 1]>::try_from(submitted) {
        Ok([single]) if !is_bulk => submitted_one(&request, context, single, clock).await,
        Ok(one) => Ok(submitted_many(one.as_slice())),
        Err(many) => Ok(submitted_many(&many)),
    }
}

/// Where ends of jobs may be told; nowhere without a secret to sign with.
async fn callback_host(
    variable: &impl AsyncFn(&'static str) -> Result<String, String>,
) -> Result<CallbackHost, Problem> {
    let secret = variable("callback_secret")
        .await
        .map_err(Problem::unavailable)?;
    let host = variable("callback_host")
        .await
        .map_err(Problem::unavailable)?;
    Ok(match secret.as_str() {
        "" => CallbackHost::NONE,
        _ => CallbackHost::parse(&host),
    })
}

pub(crate) fn new_id() -> JobId {
    JobId::new(Uuid::new_v4())
}

fn read_bulk(items: Vec<Json>) -> Result<Vec<jobs::Order>, Problem> {
    if !(1..=MAX_BULK).contains(&items.len()) {
        let detail = format!("must have 1 to {MAX_BULK} jobs, not {}", items.len());
        return Err(Problem::invalid(vec![Fault::new("body", detail)]));
    }
    let items = items.into_iter().enumerate();
    Ok(items
        .map(|(position, item)| job_json::read_order(&format!("[{position}]"), new_id(), item))
        .collect())
}

async fn submitted_one<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    submitted: Submitted,
    clock: &impl Clock,
) -> Result<Response, Problem> {
    let Submitted { mut job, is_reused } = submitted;
    let wait = preferred_wait(request);
    if let Some(limit) = wait
        && !job.status.is_final()
    {
        job = jobs::wait(context.connection, job.id, limit, clock).await?;
    }
    let mut body = job_json::job(&job);
    body["reused"] = is_reused.into();
    let status = if job.status.is_final() {
        StatusCode::OK
    } else {
        StatusCode::ACCEPTED
    };
    let mut response =
        Response::json(status, &body).with(header::LOCATION, &format!("/jobs/{}", job.id));
    if status == StatusCode::ACCEPTED {
        response = response.with(header::RETRY_AFTER, "1");
    }
    Ok(with_preference(response, wait))
}

fn submitted_many(submitted: &[Submitted]) -> Response {
    let record = |Submitted { job, is_reused }: &Submitted| {
        let mut record = job_json::summary(job);
        record["reused"] = (*is_reused).into();
        record
    };
    let body = json!({"jobs": submitted.iter().map(record).collect::<Vec<_>>()});
    Response::json(StatusCode::ACCEPTED, &body)
        .with(header::LOCATION, "/jobs")
        .with(header::RETRY_AFTER, "1")
}

fn with_preference(response: Response, wait: Option<std::time::Duration>) -> Response {
    match wait {
        Some(wait) => response.with(PREFERENCE_APPLIED, &format!("wait={}", wait.as_secs())),
        None => response,
    }
}

async fn list<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    let wanted = wanted(request.parameters()).map_err(Problem::bad_parameters)?;
    let page = jobs::list(context.connection, &wanted).await?;
    Ok(Response::ok(&job_json::page(&page)))
}

async fn follow<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    id: JobId,
    clock: &impl Clock,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let wait = preferred_wait(request);
    let job = jobs::wait(context.connection, id, wait.unwrap_or_default(), clock).await?;
    Ok(with_preference(record(&job), wait))
}

fn record(job: &Job) -> Response {
    let response = Response::ok(&job_json::job(job));
    if job.status.is_final() {
        response
    } else {
        response.with(header::RETRY_AFTER, "1")
    }
}

async fn remove<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    id: JobId,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    match jobs::remove(context.connection, id).await? {
        Some(cancelled) => Ok(record(&cancelled)),
        None => Ok(Response::no_content()),
    }
}

async fn list_analyses<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let all = analyses::all(context.connection).await?;
    let paused = queues::paused(context.connection).await?;
    let all: Vec<Json> = all
        .iter()
        .map(|known| described(known, paused.contains(&known.name)))
        .collect();
    Ok(Response::ok(&json!({"analyses": all})))
}

async fn describe_analysis<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    name: &str,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let known = analyses::get(context.connection, name).await?;
    let paused = queues::paused(context.connection).await?;
    Ok(Response::ok(&described(
        &known,
        paused.contains(&known.name),
    )))
}

/// An analysis, and whether its queue is paused.
fn described(known: &analyses::Description, is_paused: bool) -> Json {
    let mut json = known.to_json();
    json["paused"] = is_paused.into();
    json
}

async fn pause<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    name: &str,
    is_paused: bool,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let known = queues::pause(context.connection, name, is_paused).await?;
    Ok(Response::ok(&described(&known, is_paused)))
}
