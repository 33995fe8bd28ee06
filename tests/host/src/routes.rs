//! Which component answers a path.
//!
//! Routes are exact (`/a/b`), have named parts (`/a/:id`) or a trailing wildcard (`/a/...`). An
//! exact part beats a named one, which beats the wildcard. One trailing slash of a route counts for
//! nothing. Imitates Spin's `crates/routes/src/lib.rs`, on the same matching crate.

use anyhow::{Result, anyhow};

/// Paths under this prefix are answered by the host itself.
pub const WELL_KNOWN_PREFIX: &str = "/.well-known/spin/";

/// A route that can never be reached because a later one has the same pattern.
#[derive(Debug, PartialEq)]
pub struct Duplicate {
    /// The pattern, as written.
    pub route: String,
    /// The component that loses.
    pub replaced: String,
    /// The component that answers.
    pub effective: String,
}

#[derive(Debug)]
struct Entry {
    component: String,
    raw: String,
    absolute: String,
}

/// The routes of an application.
#[derive(Debug)]
pub struct Router(routefinder::Router<Entry>);

impl Router {
    /// Builds a router from patterns and the components that answer them, in the manifest's order.
    pub fn build<'a>(
        routes: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<(Self, Vec<Duplicate>)> {
        let mut kept: Vec<Entry> = Vec::new();
        let mut duplicates = Vec::new();
        for (raw, component) in routes {
            let absolute = if raw.starts_with('/') {
                raw.to_owned()
            } else {
                format!("/{raw}")
            };
            let absolute = absolute.strip_suffix('/').unwrap_or(&absolute).to_owned();
            let entry = Entry {
                component: component.into(),
                raw: raw.into(),
                absolute,
            };
            match kept.iter_mut().find(|other| other.raw == raw) {
                Some(other) => {
                    duplicates.push(Duplicate {
                        route: raw.to_owned(),
                        replaced: other.component.clone(),
                        effective: component.to_owned(),
                    });
                    *other = entry;
                }
                None => kept.push(entry),
            }
        }
        let mut router = routefinder::Router::new();
        for entry in kept {
            let pattern = match entry.absolute.strip_suffix("/...") {
                Some(prefix) => format!("{prefix}/*"),
                None => entry.absolute.clone(),
            };
            let (raw, component) = (entry.raw.clone(), entry.component.clone());
            router
                .add(pattern, entry)
                .map_err(|e| anyhow!("route {raw} of component {component}: {e}"))?;
        }
        Ok((Router(router), duplicates))
    }

    /// The routes in order of precedence, as shown at start: path, whether wildcard, component.
    pub fn routes(&self) -> impl Iterator<Item = (&str, bool, &str)> {
        self.0.iter().map(|(_, entry)| {
            let prefix = entry
                .absolute
                .strip_suffix("/...")
                .or_else(|| entry.absolute.strip_suffix("/*"));
            (
                prefix.unwrap_or(&entry.absolute),
                prefix.is_some(),
                entry.component.as_str(),
            )
        })
    }

    /// The best route for `path`, if any.
    pub fn find<'a>(&'a self, path: &'a str) -> Option<RouteMatch<'a>> {
        let found = self.0.best_match(path)?;
        let captures = found.captures();
        Some(RouteMatch {
            entry: found.handler(),
            trailing: captures
                .wildcard()
                .map(|rest| trailing(rest, path))
                .unwrap_or_default(),
            named: captures
                .iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        })
    }
}

/// Spin keeps the slashes around the wildcard's part that the matching crate strips.
fn trailing(rest: &str, path: &str) -> String {
    let end = if path.ends_with('/') { "/" } else { "" };
    if rest.is_empty() {
        end.to_owned()
    } else {
        format!("/{rest}{end}")
    }
}

/// A route that matched a path.
#[derive(Debug)]
pub struct RouteMatch<'a> {
    entry: &'a Entry,
    trailing: String,
    named: Vec<(String, String)>,
}

impl RouteMatch<'_> {
    /// The component that answers.
    pub fn component(&self) -> &str {
        &self.entry.component
    }

    /// The route as written in the manifest.
    pub fn raw(&self) -> &str {
        &self.entry.raw
    }

    /// The route as written, made absolute, without a trailing slash.
    pub fn absolute(&self) -> &str {
        &self.entry.absolute
    }

    /// The route as written, without its `/...`.
    pub fn raw_prefix(&self) -> &str {
        self.entry
            .raw
            .strip_suffix("/...")
            .unwrap_or(&self.entry.raw)
    }

    /// What the wildcard matched, with its leading slash.
    pub fn trailing(&self) -> &str {
        &self.trailing
    }

    /// What the named parts matched.
    pub fn named(&self) -> &[(String, String)] {
        &self.named
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn router(routes: &[(&str, &str)]) -> Router {
        Router::build(routes.iter().copied())
            .expect("valid routes")
            .0
    }

    #[test]
    fn precedence_is_exact_then_named_then_wildcard() {
        let router = router(&[
            ("/...", "all"),
            ("/datasets", "list"),
            ("/datasets/:name", "one"),
            ("/datasets/new", "new"),
            ("/datasets/:name/points", "points"),
            ("/datasets/:name/points/...", "below"),
            ("/datasets/:name/...", "rest"),
        ]);
        for (path, component) in [
            ("/", "all"),
            ("/x/y", "all"),
            ("/datasets", "list"),
            ("/datasets/", "list"),
            ("/datasets/co2", "one"),
            ("/datasets/new", "new"),
            ("/datasets/co2/points", "points"),
            ("/datasets/co2/points/", "points"),
            ("/datasets/co2/points/1", "below"),
            ("/datasets/co2/points/1/2", "below"),
            ("/datasets/co2/other", "rest"),
        ] {
            let found = router.find(path).map(|m| m.component().to_owned());
            assert_eq!(found.as_deref(), Some(component), "{path}");
        }
    }

    #[test]
    fn without_a_catch_all_nothing_matches() {
        let router = router(&[("/a", "a"), ("/b/:id", "b")]);
        for path in ["/", "/aa", "/a/b", "/b", "/b/1/2"] {
            assert!(router.find(path).is_none(), "{path}");
        }
    }

    #[test]
    fn captures() {
        let router = router(&[("/a/:user/files/...", "files"), ("b/", "relative")]);
        for (path, trailing) in [
            ("/a/ann/files", ""),
            ("/a/ann/files/", "/"),
            ("/a/ann/files/x", "/x"),
            ("/a/ann/files/x/", "/x/"),
            ("/a/ann/files/x/y", "/x/y"),
        ] {
            let found = router.find(path).expect(path);
            assert_eq!(found.trailing(), trailing, "{path}");
            assert_eq!(found.named(), [("user".to_owned(), "ann".to_owned())]);
            assert_eq!(found.raw_prefix(), "/a/:user/files");
        }
        let found = router.find("/b").expect("made absolute");
        assert_eq!(
            (found.raw(), found.absolute(), found.trailing()),
            ("b/", "/b", "")
        );
    }

    #[test]
    fn the_last_of_equal_routes_wins() {
        let (router, duplicates) =
            Router::build([("/a", "first"), ("/a", "second")]).expect("valid routes");
        assert_eq!(router.find("/a").expect("there").component(), "second");
        assert_eq!(duplicates.len(), 1);
        assert_eq!(duplicates[0].replaced, "first");
    }

    #[test]
    fn malformed_routes_are_refused() {
        assert!(Router::build([("*all", "x")]).is_err());
    }

    #[test]
    fn routes_as_listed_at_start() {
        let router = router(&[("/...", "all"), ("/a/:id", "a"), ("/", "home")]);
        let listed: Vec<_> = router.routes().collect();
        assert!(listed.contains(&("", true, "all")), "{listed:?}");
        assert!(listed.contains(&("/a/:id", false, "a")), "{listed:?}");
        assert!(listed.contains(&("", false, "home")), "{listed:?}");
    }
}
