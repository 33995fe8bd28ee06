//! Routes of this component. That the caller is an administrator is settled before.

use almanac::app::tokens;
use almanac::http::{Context, Problem, Request, Response, token_json};
use almanac::store::Connection;
use http::{Method, StatusCode, header};
use serde_json::json;
use uuid::Uuid;

pub async fn route<C: Connection>(
    request: Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    match (request.segments().as_slice(), &request.method) {
        (["tokens"], &Method::GET) => list(&request, context).await,
        (["tokens"], &Method::POST) => create(request, context).await,
        (["tokens"], _) => Err(Problem::method_not_allowed("GET, HEAD, POST")),
        (["tokens", id], &Method::DELETE) => revoke(&request, context, id).await,
        (["tokens", _], _) => Err(Problem::method_not_allowed("DELETE")),
        _ => Err(Problem::no_such_route(&request.path())),
    }
}

async fn list<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let kept = tokens::list(context.connection).await?;
    let kept: Vec<_> = kept
        .iter()
        .map(|kept| token_json::token(&kept.token, kept.last_used))
        .collect();
    Ok(Response::ok(&json!({"tokens": kept})))
}

/// The one answer that has the token itself, so nobody shall keep it.
async fn create<C: Connection>(
    mut request: Request,
    context: &Context<'_, C>,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let body = request.json(context.config.max_json_bytes).await?;
    let wanted = token_json::read_wanted(body, context.now).map_err(Problem::invalid)?;
    let id = Uuid::new_v4().simple().to_string();
    let secret = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let (token, text) =
        tokens::create(context.connection, wanted, &id, &secret, context.now).await?;
    let mut json = token_json::token(&token, None);
    json["token"] = text.into();
    Ok(Response::json(StatusCode::CREATED, &json)
        .with(header::LOCATION, &format!("/tokens/{id}"))
        .with(header::CACHE_CONTROL, "no-store"))
}

async fn revoke<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    id: &str,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    tokens::revoke(context.connection, id).await?;
    Ok(Response::no_content())
}
