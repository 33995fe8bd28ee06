//! Files that a component holds in itself, such as the parts of a page.

use http::{Method, StatusCode, header};
use sha2::{Digest, Sha256};

use super::conditions::tagged;
use super::problem::Problem;
use super::request::Request;
use super::response::Response;

/// A file: its name below its component's route, its media type, its content.
pub struct Asset {
    pub name: &'static str,
    pub media_type: &'static str,
    pub content: &'static [u8],
}

pub const HTML: &str = "text/html; charset=utf-8";
pub const SCRIPT: &str = "text/javascript; charset=utf-8";
pub const STYLE: &str = "text/css; charset=utf-8";
pub const PLAIN: &str = "text/plain; charset=utf-8";

/// Answers with a file, or with 304 where the client has it already: a browser asks whether what it
/// has is still current, and loads again only what is not. `policy` is what a page may do
/// (`Content-Security-Policy`).
///
/// # Errors
/// 405 for anything but reading.
pub fn answer(request: &Request, asset: &Asset, policy: &str) -> Result<Response, Problem> {
    if request.method != Method::GET {
        return Err(Problem::method_not_allowed("GET, HEAD"));
    }
    let response = Response::new(StatusCode::OK, asset.media_type, asset.content)
        .with(header::CACHE_CONTROL, "no-cache")
        .with(header::CONTENT_SECURITY_POLICY, policy)
        .with(header::REFERRER_POLICY, "same-origin");
    Ok(tagged(request, &tag(asset), response))
}

fn tag(asset: &Asset) -> String {
    let digest = Sha256::digest(asset.content);
    let hex = digest.iter().take(8).map(|byte| format!("{byte:02x}"));
    format!("\"{}\"", hex.collect::<String>())
}
