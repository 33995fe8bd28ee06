//! Many animals: those of a time, of a head, of a number of legs.

use almanac::app::animals::{self, Selection};
use almanac::app::points;
use almanac::domain::creature::HEADS;
use almanac::domain::{Comparison, Dataset, Fault, Filter, PointId, Value, fault};
use almanac::http::parameters::whole_number;
use almanac::http::point_query::PointQuery;
use almanac::http::{Context, Parameters, Problem, Request, Response, animal_json};
use almanac::store::Connection;
use serde_json::{Value as Json, json};

use crate::island::settled;

/// The greatest number of legs that can be asked for.
const MOST_LEGS: u64 = 1_000_000;

/// `GET /animals`
pub(crate) async fn list<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    let mut parameters = request.parameters();
    let page = Page::take(&mut parameters, context.config.max_page_points);
    let wanted = PointQuery::take_selection(&mut parameters);
    parameters.finish().map_err(Problem::bad_parameters)?;
    send(context, page, |dataset| {
        let (range, filters) = wanted.selection(dataset)?;
        Ok(Selection {
            range,
            filters,
            ..Selection::default()
        })
    })
    .await
}

/// `GET /animals/head/:head`
pub(crate) async fn of_head<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    head: &str,
) -> Result<Response, Problem> {
    let page = Page::alone(request, context)?;
    if !HEADS.contains(&head) {
        let detail = fault::unknown_name("head", head, HEADS);
        return Err(Problem::not_found(format!(
            "There is no such animal: {detail}."
        )));
    }
    send_equal(context, page, "head", Value::Text(head.to_owned())).await
}

/// `GET /animals/legs/:n`
pub(crate) async fn of_legs<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    legs: &str,
) -> Result<Response, Problem> {
    let page = Page::alone(request, context)?;
    let legs = whole_number(legs, 0, MOST_LEGS)
        .map_err(|why| Problem::malformed(vec![Fault::new("legs", why)]))?;
    let legs = i64::try_from(legs).unwrap_or(i64::MAX);
    send_equal(context, page, "legs", Value::Integer(legs)).await
}

/// Which part of the answer.
struct Page {
    limit: usize,
    after: Option<PointId>,
}

impl Page {
    fn take(parameters: &mut Parameters, most: usize) -> Self {
        let limit = parameters.number("limit", 1, most as u64);
        let after = parameters.read("cursor", |text| {
            PointId::parse(text)
                .ok_or_else(|| "is not a cursor: give `next` of the page before".to_owned())
        });
        Self {
            limit: limit.map_or(most, |limit| limit as usize),
            after,
        }
    }

    /// Takes nothing else from the query string.
    fn alone<C: Connection>(request: &Request, context: &Context<'_, C>) -> Result<Self, Problem> {
        let mut parameters = request.parameters();
        let page = Self::take(&mut parameters, context.config.max_page_points);
        parameters.finish().map_err(Problem::bad_parameters)?;
        Ok(page)
    }
}

async fn send_equal<C: Connection>(
    context: &Context<'_, C>,
    page: Page,
    name: &str,
    value: Value,
) -> Result<Response, Problem> {
    send(context, page, |dataset| {
        let field = dataset.field(name).map(|(position, _)| position);
        let filter = field.map(|field| Filter {
            field,
            comparison: Comparison::Equal(value.clone()),
        });
        Ok(Selection {
            filters: filter.into_iter().collect(),
            ..Selection::default()
        })
    })
    .await
}

async fn send<C: Connection>(
    context: &Context<'_, C>,
    page: Page,
    selection: impl Fn(&Dataset) -> Result<Selection, Vec<Fault>>,
) -> Result<Response, Problem> {
    let (island, _) = settled(context).await?;
    let selection = |dataset: &Dataset| {
        Ok(Selection {
            after: page.after,
            limit: page.limit,
            ..selection(dataset)?
        })
    };
    let (herd, next) = animals::herd(context.connection, &island, selection)
        .await
        .map_err(Problem::of_query)?;
    let mut body = animal_json::herd(&herd);
    body["truncated"] = next.is_some().into();
    body["next"] = next.map_or(Json::Null, |next| next.to_string().into());
    Ok(Response::ok(&body))
}

/// `DELETE /animals`
pub(crate) async fn delete_range<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    let mut parameters = request.parameters();
    let wanted = PointQuery::take_selection(&mut parameters);
    parameters.finish().map_err(Problem::bad_parameters)?;
    if wanted.selects_everything() {
        return Err(Problem::bad_parameters(vec![Fault::new(
            "start",
            "say which animals to delete, by `start`, `end` or a condition",
        )]));
    }
    let (island, _) = settled(context).await?;
    let chosen = |dataset: &Dataset| wanted.selection(dataset);
    let deleted = points::delete_range(context.connection, &island, None, chosen)
        .await
        .map_err(Problem::of_query)?;
    Ok(Response::ok(&json!({"deleted": deleted})))
}
