//! `allowed_outbound_hosts`: where a component may connect to.
//!
//! An entry is `scheme://host[:port]`; scheme, host and port may be `*`, the host may be
//! `*.example.com`, `self` or a network such as `10.0.0.0/8`, the port a half-open range `80..90`.
//! Imitates Spin's `crates/outbound-networking-config/src/allowed_hosts.rs`.

use std::net::IpAddr;
use std::ops::Range;

use anyhow::{Context, Result, bail, ensure};
use url::{Host, Url};

use crate::expressions::{Template, Variables};

/// What a component may connect to.
#[derive(Clone, Debug, Default)]
pub struct AllowedHosts(Vec<Entry>);

#[derive(Clone, Debug, PartialEq)]
struct Entry {
    /// `None` for any.
    scheme: Option<String>,
    host: HostRule,
    port: PortRule,
}

#[derive(Clone, Debug, PartialEq)]
enum HostRule {
    Any,
    ToSelf,
    /// With the leading dot.
    Below(String),
    Exactly(Host),
    Network(IpAddr, u8),
}

#[derive(Clone, Debug, PartialEq)]
enum PortRule {
    Any,
    One(u16),
    Within(Range<u16>),
}

impl AllowedHosts {
    /// Checks entries at load: literal ones, and templates as far as defaults can fill them.
    pub fn check(entries: &[String], variables: &Variables) -> Result<()> {
        for entry in entries {
            let template = Template::parse(entry)?;
            if template.is_literal() {
                Entry::parse(entry)?;
            } else if let Ok(filled) = variables.resolve_by_defaults(&template) {
                Entry::parse(&filled)
                    .with_context(|| format!("{entry:?}, filled with default values"))?;
            }
        }
        Ok(())
    }

    /// Parses entries, filling templates.
    pub fn parse(entries: &[String], variables: &Variables) -> Result<Self> {
        let parse = |entry: &String| Entry::parse(&variables.resolve(&Template::parse(entry)?)?);
        entries
            .iter()
            .map(parse)
            .collect::<Result<_>>()
            .map(AllowedHosts)
    }

    /// Whether `url` may be connected to; `scheme` is assumed if it has none.
    pub fn allows(&self, url: &str, scheme: &str) -> bool {
        let Some(url) = parse_url(url, scheme) else {
            return false;
        };
        let Some(host) = url.host_str().and_then(|host| Host::parse(host).ok()) else {
            return false;
        };
        self.0.iter().any(|entry| {
            entry
                .scheme
                .as_deref()
                .is_none_or(|scheme| scheme == url.scheme())
                && entry.host.allows(&host)
                && entry.port.allows(url.port(), url.scheme())
        })
    }

    /// Whether requests to the application itself are allowed.
    pub fn allows_self(&self, schemes: &[&str]) -> bool {
        self.0.iter().any(|entry| {
            entry
                .scheme
                .as_deref()
                .is_none_or(|scheme| schemes.contains(&scheme))
                && matches!(entry.host, HostRule::Any | HostRule::ToSelf)
        })
    }
}

impl Entry {
    fn parse(text: &str) -> Result<Self> {
        let text = text.trim();
        let (scheme, rest) = text
            .split_once("://")
            .with_context(|| format!("{text:?} is not of the form scheme://host[:port]"))?;
        let (host, port) = rest.rsplit_once(':').unwrap_or((rest, ""));
        let (port, path) = port.split_once('/').unwrap_or((port, ""));
        ensure!(path.is_empty(), "{text:?} must not have a path");

        let port = PortRule::parse(port, scheme).with_context(|| format!("port of {text:?}"))?;
        let scheme = match scheme {
            "*" => None,
            _ if scheme.chars().all(char::is_alphabetic) => Some(scheme.to_owned()),
            _ => bail!("scheme of {text:?}: only letters are allowed"),
        };
        let host = HostRule::parse(host).with_context(|| format!("host of {text:?}"))?;
        Ok(Entry { scheme, host, port })
    }
}

impl HostRule {
    fn parse(host: &str) -> Result<Self> {
        let host = host.trim();
        match host {
            "*" => return Ok(HostRule::Any),
            "self" | "self.alt" => return Ok(HostRule::ToSelf),
            _ if host.starts_with('{') => bail!("lists are not supported"),
            _ => {}
        }
        if let Some((address, bits)) = parse_network(host) {
            return Ok(HostRule::Network(address, bits));
        }
        let host = host.trim_end_matches('/');
        ensure!(!host.contains('/'), "must not have a path");
        if let Some(domain) = host.strip_prefix("*.") {
            ensure!(
                !domain.contains('*'),
                "a wildcard may stand only at the start"
            );
            return Ok(HostRule::Below(format!(".{domain}")));
        }
        ensure!(
            !host.contains('*'),
            "a wildcard stands for whole subdomains"
        );
        Ok(HostRule::Exactly(Host::parse(host)?))
    }

    fn allows(&self, host: &Host) -> bool {
        let in_network = |address: &IpAddr| match self {
            HostRule::Network(network, bits) => within(*network, *bits, *address),
            _ => false,
        };
        match (self, host) {
            (HostRule::Any, _) => true,
            (HostRule::ToSelf, _) => false,
            (HostRule::Below(suffix), Host::Domain(domain)) => domain.ends_with(suffix),
            (HostRule::Exactly(exact), host) => host == exact,
            (_, Host::Ipv4(address)) => in_network(&IpAddr::V4(*address)),
            (_, Host::Ipv6(address)) => in_network(&IpAddr::V6(*address)),
            (HostRule::Network(..), Host::Domain(_)) => false,
        }
    }
}

impl PortRule {
    fn parse(port: &str, scheme: &str) -> Result<Self> {
        if port.is_empty() {
            return well_known_port(scheme)
                .map(PortRule::One)
                .with_context(|| format!("none given, and {scheme:?} has no default"));
        }
        if port == "*" {
            return Ok(PortRule::Any);
        }
        Ok(match port.split_once("..") {
            Some((start, end)) => PortRule::Within(start.parse()?..end.parse()?),
            None => PortRule::One(port.parse()?),
        })
    }

    fn allows(&self, port: Option<u16>, scheme: &str) -> bool {
        let port = port.or_else(|| well_known_port(scheme));
        match self {
            PortRule::Any => true,
            PortRule::One(allowed) => port == Some(*allowed),
            PortRule::Within(range) => port.is_some_and(|port| range.contains(&port)),
        }
    }
}

fn well_known_port(scheme: &str) -> Option<u16> {
    Some(match scheme {
        "postgres" => 5432,
        "mysql" => 3306,
        "redis" => 6379,
        "mqtt" => 1883,
        "http" => 80,
        "https" => 443,
        _ => return None,
    })
}

/// Parses a URL that may lack its scheme, and whose password may hold any character.
fn parse_url(url: &str, scheme: &str) -> Option<Url> {
    let start = url.find("://").map_or(0, |at| at + 3);
    let path = url[start..].find('/').map_or(url.len(), |at| at + start);
    let url = match url.find('@') {
        // The user's part plays no role here, so it can go.
        Some(at) if at >= start && at < path => format!("{}{}", &url[..start], &url[at + 1..]),
        _ => url.to_owned(),
    };
    let whole = Url::parse(&url).ok().filter(Url::has_host);
    whole
        .or_else(|| Url::parse(&format!("{scheme}://{url}")).ok())
        .filter(Url::has_host)
}

fn parse_network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = text.split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let bits: u8 = bits.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    (bits <= longest).then_some((address, bits))
}

fn within(network: IpAddr, bits: u8, address: IpAddr) -> bool {
    let prefix = |value: u128, width: u32| value.checked_shr(width - u32::from(bits)).unwrap_or(0);
    match (network, address) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            prefix(a.to_bits().into(), 32) == prefix(b.to_bits().into(), 32)
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => prefix(a.to_bits(), 128) == prefix(b.to_bits(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(entry: &str, url: &str, scheme: &str) -> bool {
        AllowedHosts(vec![Entry::parse(entry).expect(entry)]).allows(url, scheme)
    }

    #[test]
    fn urls_that_are_allowed_or_not() {
        for (entry, url, expected) in [
            ("redis://localhost:6379", "redis://localhost:6379", true),
            ("redis://localhost", "redis://localhost:6379/3", true),
            ("redis://localhost:6379", "redis://localhost", true),
            ("redis://localhost:6379", "localhost:6379", true),
            (
                "redis://localhost:6379",
                "redis://user:p#w@localhost:6379",
                true,
            ),
            ("redis://localhost:6379", "redis://localhost:6380", false),
            ("redis://localhost:6379", "redis://127.0.0.1:6379", false),
            ("redis://localhost:6379", "rediss://localhost:6379", false),
            ("redis://*:*", "redis://anything:1", true),
            ("*://localhost:*", "redis://localhost:1", true),
            ("*://*:*", "redis://h:1", true),
            ("redis://*.example.com", "redis://a.b.example.com", true),
            ("redis://*.example.com", "redis://example.com", false),
            ("redis://h:10..12", "redis://h:11", true),
            ("redis://h:10..12", "redis://h:12", false),
            ("*://127.0.0.0/8:6379", "redis://127.9.9.9:6379", true),
            ("*://127.0.0.0/8:6379", "redis://128.0.0.1:6379", false),
            ("*://0.0.0.0/0:*", "redis://9.9.9.9:1", true),
            ("http://self", "redis://self", false),
            ("redis://h", "not a url", false),
        ] {
            assert_eq!(allows(entry, url, "redis"), expected, "{entry} {url}");
        }
        assert!(allows(
            "http://example.com/",
            "http://example.com/a/file@1.json",
            "https"
        ));
    }

    #[test]
    fn malformed_entries() {
        for entry in [
            "example.com",
            "*",
            "insecure:allow-all",
            "foo://h",
            "redis://h:x",
            "redis://h/path",
            "redis://h:1/path",
            "redis://a.*.b",
            "{http}://h:1",
            "http://{a,b}:1",
        ] {
            assert!(Entry::parse(entry).is_err(), "{entry}");
        }
    }

    #[test]
    fn templates_are_filled() {
        let defaults = [("url".to_owned(), Some("redis://h:1".to_owned()))];
        let variables = Variables::new(defaults.into(), vec![]).expect("valid");
        let entries = ["{{ url }}".to_owned()];
        AllowedHosts::check(&entries, &variables).expect("well-formed once filled");
        let hosts = AllowedHosts::parse(&entries, &variables).expect("filled");
        assert!(hosts.allows("redis://h:1", "redis"));
        assert!(!hosts.allows_self(&["http"]));
        let bad = ["{{ url }}/path".to_owned()];
        assert!(AllowedHosts::check(&bad, &variables).is_err());
    }
}
