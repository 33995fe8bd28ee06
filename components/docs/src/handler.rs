//! Routes of this component.

use almanac::http::asset::{self, Asset};
use almanac::http::{Context, Problem, Request, Response};
use almanac::store::Connection;

use crate::assets::ASSETS;

/// Only what this component serves may run, and only this server is spoken to. Swagger UI writes
/// styles into its elements, and has its icons as data.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

pub async fn route<C: Connection>(
    request: Request,
    _: &Context<'_, C>,
) -> Result<Response, Problem> {
    let found = find(&request.segments()).ok_or_else(|| Problem::no_such_route(&request.path()))?;
    asset::answer(&request, found, POLICY)
}

fn find(segments: &[&str]) -> Option<&'static Asset> {
    match segments {
        ["docs"] => ASSETS.first(),
        ["docs", name @ ..] => {
            let name = name.join("/");
            ASSETS.iter().find(|asset| asset.name == name)
        }
        _ => None,
    }
}
