//! Routes of this component.

use almanac::app::aggregate::{self, Aggregated};
use almanac::app::datasets;
use almanac::domain::{Dataset, DatasetName, Table};
use almanac::http::aggregate_query::AggregateQuery;
use almanac::http::conditions::{tag_in, tagged};
use almanac::http::point_query::take_form;
use almanac::http::rows::{self, Form, Layout};
use almanac::http::{Context, Problem, Request, Response, request};
use almanac::store::Connection;
use http::{Method, StatusCode, header};

pub async fn route<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    match request.segments().as_slice() {
        ["datasets", name, "aggregate"] => {
            let name = request::dataset_name(name)?;
            match request.method {
                Method::GET => aggregate(request, context, &name).await,
                _ => Err(Problem::method_not_allowed("GET, HEAD")),
            }
        }
        _ => Err(Problem::no_such_route(&request.path())),
    }
}

async fn aggregate<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
    name: &DatasetName,
) -> Result<Response, Problem> {
    let mut parameters = request.parameters();
    let form = take_form(&mut parameters, request.header("accept"));
    let query = AggregateQuery::take(&mut parameters, context.config.max_page_points);
    if let Err(mut faults) = parameters.finish() {
        // Fields and conditions are looked at too, so that the answer names every fault.
        if let Ok(described) = datasets::get(context.connection, name).await {
            faults.extend(query.resolve(&described.dataset).err().unwrap_or_default());
        }
        return Err(Problem::bad_parameters(faults));
    }
    let resolve = |dataset: &Dataset| query.resolve(dataset);
    let aggregated = aggregate::aggregate(context.connection, name, resolve)
        .await
        .map_err(Problem::of_query)?;
    let tag = tag_in(&aggregated.dataset, aggregated.version, form);
    let response = Response::new(StatusCode::OK, form.media_type(), write(aggregated, form))
        .with(header::VARY, "accept");
    Ok(tagged(&request, &tag, response))
}

fn write(aggregated: Aggregated, form: Form) -> Vec<u8> {
    let Aggregated { plan, answer, .. } = aggregated;
    let members = plan.members();
    let group = plan.by.as_ref().map(|by| by.name.as_str());
    let layout = Layout {
        has_ids: false,
        names: group
            .into_iter()
            .chain(members.iter().map(String::as_str))
            .collect(),
    };
    let columns = answer.groups.into_iter().chain(answer.columns).collect();
    let table = Table {
        times: answer.times,
        sequences: Vec::new(),
        columns,
    };
    let mut out = Vec::with_capacity(table.len() * (35 + 30 * layout.names.len()) + 100);
    match form {
        Form::Json => {
            out.extend_from_slice(b"{\"buckets\":[");
            rows::json_rows(&layout, &table, ",", &mut out);
            out.extend_from_slice(b"]}\n");
        }
        Form::Ndjson => rows::ndjson(&layout, &table, &mut out),
        Form::Csv => {
            rows::csv_head(&layout, &mut out);
            rows::csv_rows(&layout, &table, &mut out);
        }
    }
    out
}
