//! Routes of this component.

use almanac::app;
use almanac::app::jobs::{self, Order};
use almanac::domain::Fault;
use almanac::domain::job::{Job, JobId};
use almanac::domain::protein::{Mistake, Sequence};
use almanac::http::job_query::terms;
use almanac::http::{Context, Problem, Request, Response};
use almanac::store::Connection;
use http::{StatusCode, header};
use serde_json::Map;
use uuid::Uuid;

use crate::form;
use crate::text;

/// The analysis that predicts.
const ANALYSIS: &str = "pssp";

/// What `GET /run` answers.
const EXPLANATION: &str = "\
Predicts the secondary structure of a protein from its sequence alone.

Submit a sequence, as plain letters or FASTA, in upper or lower case; each answer is the id of a job:
    curl -X POST -d 'seq=AAAAA' localhost:3000/run
    curl -X POST --data-binary @proteins.fasta localhost:3000/run

Follow the job, then read its result, as JSON or as eight lines of text:
    curl localhost:3000/jobs/ID
    curl localhost:3000/run/ID

The lines: `>` and the job's id; the sequence, X for what is no standard residue; then for each residue
    SS3  H helix, E strand, C coil
    SS8  H alpha helix, G 3-10 helix, I pi helix, E strand, B bridge, T turn, S bend, L loop
    ACC  solvent accessibility: B buried, M medium, E exposed
    DIS  * disordered, . ordered
    TM2  H within a membrane, _ not
    TM8  topology within a membrane: H E C I L F X, _ outside of it
";

pub async fn route<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    let segments: Vec<String> = request.segments().into_iter().map(str::to_owned).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (segments.as_slice(), request.method.as_str()) {
        (["run"], "GET") => explain(&request),
        (["run"], "POST") => submit(request, context).await,
        (["run"], _) => Err(Problem::method_not_allowed("GET, HEAD, POST")),
        (["run", id], "GET") => lines(&request, context, id).await,
        (["run", _], _) => Err(Problem::method_not_allowed("GET, HEAD")),
        _ => Err(Problem::no_such_route(&request.path())),
    }
}

fn plain(status: StatusCode, text: String) -> Response {
    Response::new(status, "text/plain; charset=utf-8", text)
}

fn explain(request: &Request) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    Ok(plain(StatusCode::OK, EXPLANATION.to_owned()))
}

/// `POST /run`: a job for each sequence, all or none.
async fn submit<C: Connection>(
    mut request: Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let body = form::read(&mut request, context.config.max_json_bytes).await?;
    let sequences = Sequence::read_all(&body).map_err(refusal)?;
    if sequences.len() > jobs::MAX_BULK {
        return Err(app::Error::TooMuch {
            what: "sequences in one request".to_owned(),
            limit: jobs::MAX_BULK as u64,
        }
        .into());
    }
    let terms = terms(&request, &body)?;
    let orders = sequences.iter().map(order).collect();
    let (connection, config) = (context.connection, context.config);
    let submitted = jobs::submit(connection, config, context.now, orders, &terms).await?;
    let mut text = String::new();
    for submitted in &submitted {
        text.push_str(&format!(
            "Job {} successfully submitted\n",
            submitted.job.id
        ));
    }
    let response = plain(StatusCode::ACCEPTED, text);
    Ok(match submitted.as_slice() {
        [single] => response.with(header::LOCATION, &format!("/jobs/{}", single.job.id)),
        _ => response.with(header::LOCATION, "/jobs"),
    })
}

/// A sequence that is too long is a 413, whatever the others are.
fn refusal(mistakes: Vec<(usize, Mistake)>) -> Problem {
    if mistakes
        .iter()
        .any(|(_, mistake)| *mistake == Mistake::TooLong)
    {
        return app::Error::TooMuch {
            what: "residues in one sequence".to_owned(),
            limit: Sequence::MAX_RESIDUES as u64,
        }
        .into();
    }
    let faults = mistakes.into_iter().map(|(at, mistake)| {
        let why = match mistake {
            Mistake::Wrong(why) => why,
            Mistake::TooLong => String::new(),
        };
        Fault::new(
            if at == 0 {
                "seq".to_owned()
            } else {
                format!("seq[{at}]")
            },
            why,
        )
    });
    Problem::invalid(faults.take(100).collect())
}

fn order(sequence: &Sequence) -> Order {
    let mut params = Map::new();
    params.insert("sequence".to_owned(), sequence.residues().into());
    Order {
        id: JobId::new(Uuid::new_v4()),
        analysis: ANALYSIS.to_owned(),
        params,
        ..Order::default()
    }
}

/// `GET /run/:id`: the eight lines.
async fn lines<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    segment: &str,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let job = prediction(context, segment).await?;
    jobs::must_be_complete(&job)?;
    let lines = text::lines(&job)
        .ok_or_else(|| Problem::not_found(format!("The job {} has no prediction.", job.id)))?;
    Ok(plain(StatusCode::OK, lines))
}

/// A job of the analysis; any other is none.
async fn prediction<C: Connection>(
    context: &Context<'_, C>,
    segment: &str,
) -> Result<Job, Problem> {
    let missing = || app::Error::not_found("prediction", segment);
    let id = JobId::parse(segment).ok_or_else(missing)?;
    let job = jobs::get(context.connection, id).await?;
    if job.analysis == ANALYSIS {
        Ok(job)
    } else {
        Err(missing().into())
    }
}
