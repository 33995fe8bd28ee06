//! `POST /submit`: a plot of the default dataset between two dates, in the course's form.

use almanac::app::{datasets, jobs};
use almanac::domain::job::JobId;
use almanac::domain::{DatasetName, Fault};
use almanac::http::job_query::terms;
use almanac::http::{Context, Object, Problem, Request, Response, job_json};
use almanac::store::Connection;
use http::{StatusCode, header};
use serde_json::json;
use uuid::Uuid;

/// `dataset` is the default one, of which the first number field is drawn.
pub(crate) async fn submit<C: Connection>(
    mut request: Request,
    context: &Context<'_, C>,
    dataset: Result<String, String>,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let mut body = request.json(context.config.max_json_bytes).await?;
    let terms = terms(&request, &body.to_string())?;
    must_have_range_alone(&body)?;
    let dataset = dataset.and_then(|name| DatasetName::new(name.trim()));
    let name =
        dataset.map_err(|why| Problem::unavailable(format!("variable default_dataset: {why}")))?;
    let described = datasets::get(context.connection, &name).await?;
    let mut fields = described.dataset.fields.iter();
    let field = fields.find(|field| field.kind.is_numeric());
    let field = field.ok_or_else(|| {
        Problem::conflict(format!(
            "The dataset `{name}` has no field of numbers to draw."
        ))
    })?;
    body["analysis"] = "plot".into();
    body["dataset"] = name.as_str().into();
    body["params"] = json!({"y": field.name.as_str()});
    let order = job_json::read_order("", JobId::new(Uuid::new_v4()), body);
    let (connection, config) = (context.connection, context.config);
    let submitted = jobs::submit(connection, config, context.now, vec![order], &terms).await?;
    let mut text = String::new();
    let mut location = "/jobs".to_owned();
    for submitted in submitted {
        let id = submitted.job.id;
        text.push_str(&format!("Job {id} successfully submitted\n"));
        location = format!("/jobs/{id}");
    }
    let response = Response::new(StatusCode::ACCEPTED, "text/plain; charset=utf-8", text);
    Ok(response.with(header::LOCATION, &location))
}

/// What the members are is read as in any other order.
fn must_have_range_alone(body: &serde_json::Value) -> Result<(), Problem> {
    let mut object = Object::new("", body.clone()).map_err(Problem::invalid)?;
    let mut faults: Vec<Fault> = Vec::new();
    for name in ["start", "end"] {
        if object.any(name).is_none() {
            faults.push(Fault::new(name, "is required: a date"));
        }
    }
    object.faults(faults);
    object.finish().map_err(Problem::invalid)
}
