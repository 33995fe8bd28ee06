//! The request headers that tell a component how it was reached.
//!
//! Imitates Spin's `crates/trigger-http/src/headers.rs` and `wasi.rs` (`prepare_request`).

use std::net::SocketAddr;

use anyhow::{Context, Result, bail, ensure};
use http::header::{HOST, HeaderMap, HeaderName, HeaderValue};
use http::uri::{Authority, Scheme, Uri};

use crate::routes::RouteMatch;

/// Makes the request's URI absolute, from its own authority or the `Host` header.
pub fn make_absolute(uri: &Uri, headers: &HeaderMap) -> Result<Uri> {
    let mut parts = uri.clone().into_parts();
    let from_header: Option<Authority> = match headers.get(HOST) {
        Some(host) => Some(
            host.to_str()?
                .parse()
                .context("the Host header is no authority")?,
        ),
        None => None,
    };
    let authority = match (from_header, parts.authority.take()) {
        (None, None) => bail!("the request has no Host header"),
        (Some(a), Some(b)) => {
            ensure!(a == b, "the Host header and the URI name different hosts");
            a
        }
        (Some(one), None) | (None, Some(one)) => one,
    };
    parts.scheme = Some(Scheme::HTTP);
    parts.authority = Some(authority);
    Ok(Uri::from_parts(parts)?)
}

/// Adds the `spin-*` headers to those that the client sent, whose values must be UTF-8.
pub fn add_spin_headers(
    headers: &mut HeaderMap,
    uri: &Uri,
    route: &RouteMatch<'_>,
    client: SocketAddr,
) -> Result<()> {
    for value in headers.values() {
        std::str::from_utf8(value.as_bytes())?;
    }
    let host = match headers.get(HOST) {
        Some(host) => std::str::from_utf8(host.as_bytes())?.to_owned(),
        None => "localhost".to_owned(),
    };
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let full_url = format!("{}://{host}{path}", uri.scheme_str().unwrap_or("http"));
    let client = client.to_string();
    let mut add = |name: &str, value: &str| {
        // Like Spin, leave out what cannot be a header.
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(value)) {
            headers.append(name, value);
        }
    };
    add("spin-path-info", route.trailing());
    add("spin-full-url", &full_url);
    add("spin-matched-route", route.absolute());
    add("spin-base-path", "/");
    add("spin-raw-component-route", route.raw());
    add("spin-component-route", route.raw_prefix());
    add("spin-client-addr", &client);
    for (name, value) in route.named() {
        let name = name.to_ascii_lowercase().replace('_', "-");
        add(&format!("spin-path-match-{name}"), value);
    }
    Ok(())
}

/// Drops a `Host` header that pretends to come from another component.
pub fn strip_forbidden(headers: &mut HeaderMap) {
    let host = headers
        .get(HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    if host
        .split_once('.')
        .is_some_and(|(_, rest)| rest == "spin.internal")
    {
        headers.remove(HOST);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::routes::Router;

    fn headers_of(route: &str, uri: &str, host: Option<&'static str>) -> HeaderMap {
        let (router, _) = Router::build([(route, "c")]).expect("valid route");
        let uri: Uri = uri.parse().expect("valid uri");
        let mut headers = HeaderMap::new();
        if let Some(host) = host {
            headers.insert(HOST, HeaderValue::from_static(host));
        }
        let found = router.find(uri.path()).expect("matches");
        let client = "127.0.0.1:8777".parse().expect("address");
        add_spin_headers(&mut headers, &uri, &found, client).expect("headers");
        headers
    }

    #[test]
    fn all_of_them() {
        let headers = headers_of("/foo/:who/...", "http://h:1/foo/ann/bar?a=1", Some("h:1"));
        for (name, value) in [
            ("host", "h:1"),
            ("spin-path-info", "/bar"),
            ("spin-full-url", "http://h:1/foo/ann/bar?a=1"),
            ("spin-matched-route", "/foo/:who/..."),
            ("spin-base-path", "/"),
            ("spin-raw-component-route", "/foo/:who/..."),
            ("spin-component-route", "/foo/:who"),
            ("spin-client-addr", "127.0.0.1:8777"),
            ("spin-path-match-who", "ann"),
        ] {
            assert_eq!(
                headers.get(name).map(HeaderValue::as_bytes),
                Some(value.as_bytes()),
                "{name}"
            );
        }
        assert_eq!(headers.len(), 9);
    }

    #[test]
    fn an_exact_route_has_an_empty_path_info() {
        let headers = headers_of("/foo", "http://h/foo", None);
        assert_eq!(headers["spin-path-info"], "");
        assert_eq!(headers["spin-full-url"], "http://localhost/foo");
    }

    #[test]
    fn the_authority_must_be_clear() {
        let uri: Uri = "/x?y".parse().expect("uri");
        let mut headers = HeaderMap::new();
        assert!(make_absolute(&uri, &headers).is_err());
        headers.insert(HOST, HeaderValue::from_static("h:1"));
        assert_eq!(
            make_absolute(&uri, &headers).expect("host"),
            "http://h:1/x?y"
        );
        let other: Uri = "http://other/x".parse().expect("uri");
        assert!(make_absolute(&other, &headers).is_err());
    }

    #[test]
    fn internal_hosts_are_stripped() {
        for (host, kept) in [
            ("a.spin.internal", false),
            ("a.spin.internal:80", false),
            ("a.b", true),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static(host));
            strip_forbidden(&mut headers);
            assert_eq!(headers.contains_key(HOST), kept, "{host}");
        }
    }
}
