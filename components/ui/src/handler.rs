//! Routes of this component.

use almanac::http::conditions::tagged;
use almanac::http::{Context, Problem, Request, Response};
use almanac::store::Connection;
use http::{Method, StatusCode, header};
use sha2::{Digest, Sha256};

use crate::assets::{ASSETS, Asset, PAGE};

/// Nothing but what this component serves may run, and nothing but this server is spoken to. Only
/// pictures may be data, as results are shown before they are saved.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
                      img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

pub async fn route<C: Connection>(
    request: Request,
    _: &Context<'_, C>,
) -> Result<Response, Problem> {
    let asset = find(&request.segments()).ok_or_else(|| Problem::no_such_route(&request.path()))?;
    if request.method != Method::GET {
        return Err(Problem::method_not_allowed("GET, HEAD"));
    }
    Ok(tagged(&request, &tag(asset), answer(asset)))
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

/// A browser asks whether what it has is still current, and loads again only what is not.
fn answer(asset: &Asset) -> Response {
    Response::new(StatusCode::OK, asset.media_type, asset.content)
        .with(header::CACHE_CONTROL, "no-cache")
        .with(header::CONTENT_SECURITY_POLICY, POLICY)
        .with(header::REFERRER_POLICY, "same-origin")
}

fn tag(asset: &Asset) -> String {
    let digest = Sha256::digest(asset.content);
    let hex: String = digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect();
    format!("\"{hex}\"")
}
