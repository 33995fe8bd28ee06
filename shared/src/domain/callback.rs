//! Where the end of a job is told: an address that its owner names, on a host that the operator allows.

/// Characters of an address.
const MAX_URL: usize = 2000;

/// The hosts that may be told, as Spin writes them in a grant: `https://hooks.example`, with a port or not, or
/// `https://*.example` for every host below one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallbackHost(Option<Place>);

/// Scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Place {
    scheme: String,
    host: String,
    port: u16,
}

impl CallbackHost {
    /// No host at all.
    pub const NONE: Self = Self(None);

    /// Reads a pattern. A host that cannot be, below `.invalid` (RFC 2606), allows none, and so does what is
    /// no pattern.
    pub fn parse(pattern: &str) -> Self {
        let place = Place::parse(pattern.trim().trim_end_matches('/'));
        Self(place.filter(|place| !place.host.ends_with(".invalid")))
    }

    /// Whether jobs may have callbacks at all.
    pub fn is_any(&self) -> bool {
        self.0.is_some()
    }

    /// # Errors
    /// What is wrong with an address, as the end of a sentence.
    pub fn check(&self, url: &str) -> Result<(), String> {
        let Some(allowed) = &self.0 else {
            return Err("must not be given: callbacks are not set up here".to_owned());
        };
        let is_plain = url.bytes().all(|byte| byte.is_ascii_graphic());
        if url.len() > MAX_URL || !is_plain {
            return Err(format!(
                "must be an address of up to {MAX_URL} plain characters"
            ));
        }
        let end = url.find("://").map_or(0, |at| at + 3);
        let (scheme, rest) = url.split_at(end);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        match Place::parse(&format!("{scheme}{authority}")) {
            Some(place) if allowed.covers(&place) => Ok(()),
            Some(place) => Err(format!("must be on {allowed}, not on {place}")),
            None => Err(format!("must be an address such as {allowed}/done")),
        }
    }
}

impl Place {
    fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let scheme = scheme.to_ascii_lowercase();
        let default = match scheme.as_str() {
            "http" => 80,
            "https" => 443,
            _ => return None,
        };
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()?),
            None => (authority, default),
        };
        // Neither credentials nor brackets: what looks like one host must not be another.
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-.*".contains(&byte);
        let is_host = !host.is_empty() && host.bytes().all(is_name);
        is_host.then(|| Self {
            scheme,
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    fn covers(&self, other: &Self) -> bool {
        let covers_host = match self.host.strip_prefix("*.") {
            Some(parent) => other
                .host
                .strip_suffix(parent)
                .is_some_and(|below| below.len() > 1 && below.ends_with('.')),
            None => self.host == other.host,
        };
        self.scheme == other.scheme && self.port == other.port && covers_host
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { scheme, host, port } = self;
        match (scheme.as_str(), port) {
            ("http", 80) | ("https", 443) => write!(f, "{scheme}://{host}"),
            _ => write!(f, "{scheme}://{host}:{port}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_allowed_host_is_told() {
        let allows = |pattern: &str, url: &str| CallbackHost::parse(pattern).check(url).is_ok();
        for (pattern, url) in [
            ("https://hooks.example", "https://hooks.example/done?job=1"),
            ("https://hooks.example/", "https://HOOKS.example:443"),
            ("http://127.0.0.1:9000", "http://127.0.0.1:9000/x"),
            ("https://*.example", "https://a.b.example/x"),
        ] {
            assert!(allows(pattern, url), "{pattern} {url}");
        }
        for (pattern, url) in [
            ("https://hooks.example", "http://hooks.example/"),
            ("https://hooks.example", "https://hooks.example.evil/"),
            ("https://hooks.example", "https://hooks.example@evil/"),
            (
                "https://hooks.example",
                "https://evil/https://hooks.example",
            ),
            ("https://hooks.example", "https://hooks.example:8443/"),
            ("https://hooks.example", "//hooks.example/"),
            ("https://hooks.example", "https://hooks.example/a b"),
            ("https://*.example", "https://example/"),
            ("https://*.example", "https://.example/"),
            ("https://*.example", "https://badexample/"),
            ("https://callbacks.invalid", "https://callbacks.invalid/"),
            ("", "https://hooks.example/"),
        ] {
            assert!(!allows(pattern, url), "{pattern} {url}");
        }
        assert!(!CallbackHost::parse("https://callbacks.invalid").is_any());
    }
}
