//! Routes of this component.

use almanac::http::asset::{self, Asset};
use almanac::http::{Context, Problem, Request, Response};
use almanac::store::Connection;

use crate::assets::{ASSETS, PAGE};

/// Nothing but what this component serves may run, and nothing but this server is spoken to. Only
/// pictures may be data, as results are shown before they are saved.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

pub async fn route<C: Connection>(
    request: Request,
    _: &Context<'_, C>,
) -> Result<Response, Problem> {
    let found = find(&request.segments()).ok_or_else(|| Problem::no_such_route(&request.path()))?;
    asset::answer(&request, found, POLICY)
}

fn find(segments: &[&str]) -> Option<&'static Asset> {
    match segments {
        ["ui", "assets", name @ ..] => {
            let name = name.join("/");
            ASSETS.iter().find(|asset| asset.name == name)
        }
        ["ui"] | ["ui", "import" | "analysis" | "jobs"] | ["ui", "datasets" | "jobs", _] => {
            Some(&PAGE)
        }
        _ => None,
    }
}
