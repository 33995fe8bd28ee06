//! Names in `[component.ID.dependencies]` and the imports that they match.
//!
//! A name is a plain import name (`my-import`) or a package with an optional interface and version
//! (`almanac:analysis/analysis@0.1.0`). A version given matches exactly; one left out matches any.
//! Imitates Spin's `crates/serde/src/dependencies.rs`, `crates/compose/src/lib.rs` (matching) and
//! `crates/manifest/src/schema/v2.rs` (which names may stand side by side).

use std::fmt;
use std::str::FromStr;

use anyhow::{Result, ensure};
use semver::Version;

use crate::ids::is_kebab;

/// A dependency's name.
#[derive(Clone, Debug, PartialEq)]
pub enum DependencyName {
    /// A plain import name.
    Plain(String),
    /// A package, wholly or one interface of it.
    Package {
        /// `namespace:name`.
        package: String,
        /// The interface, or every one that is imported.
        interface: Option<String>,
        /// The version, or any.
        version: Option<Version>,
    },
}

impl FromStr for DependencyName {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Self> {
        if !text.contains([':', '/']) {
            ensure!(is_kebab(text), "{text:?} is not a kebab-case name");
            return Ok(DependencyName::Plain(text.to_owned()));
        }
        let (name, version) = match text.split_once('@') {
            Some((name, version)) => (name, Some(Version::parse(version)?)),
            None => (text, None),
        };
        let (package, interface) = match name.split_once('/') {
            Some((package, interface)) => (package, Some(interface.to_owned())),
            None => (name, None),
        };
        let valid = package
            .split_once(':')
            .is_some_and(|(a, b)| is_kebab(a) && is_kebab(b))
            && interface.as_deref().is_none_or(is_kebab);
        ensure!(
            valid,
            "{text:?} is not of the form namespace:package/interface@version"
        );
        Ok(DependencyName::Package {
            package: package.to_owned(),
            interface,
            version,
        })
    }
}

impl fmt::Display for DependencyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DependencyName::Plain(name) => f.write_str(name),
            DependencyName::Package {
                package,
                interface,
                version,
            } => {
                f.write_str(package)?;
                interface
                    .iter()
                    .try_for_each(|interface| write!(f, "/{interface}"))?;
                version
                    .iter()
                    .try_for_each(|version| write!(f, "@{version}"))
            }
        }
    }
}

impl DependencyName {
    /// Whether it names a package without an interface.
    pub fn is_whole_package(&self) -> bool {
        matches!(
            self,
            DependencyName::Package {
                interface: None,
                ..
            }
        )
    }

    /// Whether it matches the import called `import`.
    pub fn matches(&self, import: &str) -> bool {
        let Ok(import) = import.parse::<DependencyName>() else {
            return false;
        };
        match (self, import) {
            (DependencyName::Plain(name), DependencyName::Plain(import)) => *name == import,
            (
                DependencyName::Package {
                    package,
                    interface,
                    version,
                },
                DependencyName::Package {
                    package: import_package,
                    interface: import_interface,
                    version: import_version,
                },
            ) => {
                *package == import_package
                    && (interface.is_none() || *interface == import_interface)
                    && (version.is_none() || *version == import_version)
            }
            _ => false,
        }
    }

    /// Whether both may be given for one component, so that no import can match both.
    pub fn is_disjoint(&self, other: &Self) -> bool {
        let (
            DependencyName::Package {
                package,
                interface,
                version,
            },
            DependencyName::Package {
                package: package2,
                interface: interface2,
                version: version2,
            },
        ) = (self, other)
        else {
            return true;
        };
        let differ_in_version = match (version, version2) {
            (Some(a), Some(b)) => compatible_base(a) != compatible_base(b),
            _ => false,
        };
        let differ_in_interface = match (interface, interface2) {
            (Some(a), Some(b)) => a != b,
            _ => false,
        };
        package != package2 || differ_in_version || differ_in_interface
    }
}

/// The lowest version that semver calls compatible.
fn compatible_base(version: &Version) -> Version {
    let Version {
        major,
        minor,
        patch,
        ref pre,
        ..
    } = *version;
    match (pre.is_empty(), major, minor) {
        (false, _, _) => Version {
            pre: pre.clone(),
            ..Version::new(major, minor, patch)
        },
        (true, 0, 0) => Version::new(0, 0, patch),
        (true, 0, minor) => Version::new(0, minor, 0),
        (true, major, _) => Version::new(major, 0, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> DependencyName {
        text.parse().expect(text)
    }

    #[test]
    fn matching() {
        for (dependency, import, expected) in [
            ("a:b/c@0.1.0", "a:b/c@0.1.0", true),
            ("a:b/c", "a:b/c@0.1.0", true),
            ("a:b", "a:b/c@0.1.0", true),
            ("a:b", "a:b/c", true),
            ("a:b@0.1.0", "a:b/c@0.1.0", true),
            ("plain", "plain", true),
            ("a:b/c@0.1.0", "a:b/c@0.1.1", false),
            ("a:b/c@0.1.0", "a:b/c", false),
            ("a:b/c", "a:b/d", false),
            ("a:b", "a:x/c", false),
            ("plain", "other", false),
        ] {
            assert_eq!(
                name(dependency).matches(import),
                expected,
                "{dependency} {import}"
            );
        }
    }

    #[test]
    fn side_by_side() {
        for (a, b, expected) in [
            ("a:b/c", "a:b/d", true),
            ("a:b@0.1.0", "a:b@0.2.0", true),
            ("a:b@1.0.0", "a:b@2.0.0", true),
            ("a:b@0.1.0-x", "a:b@0.1.0-y", true),
            ("a:b", "a:c", true),
            ("a:b@0.1.0", "a:b@0.1.1", false),
            ("a:b", "a:b@0.1.0", false),
            ("a:b/c", "a:b", false),
        ] {
            assert_eq!(name(a).is_disjoint(&name(b)), expected, "{a} {b}");
        }
    }

    #[test]
    fn malformed() {
        for text in ["", "a:", "a:b/", "a:b@x", "a/b", "Ab_c"] {
            assert!(text.parse::<DependencyName>().is_err(), "{text:?}");
        }
    }
}
