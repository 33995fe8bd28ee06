//! Templates such as `redis://{{ host }}:6379`, and the values behind them.
//!
//! A template is literal text and `{{ name }}` parts, each naming an application variable. A value
//! comes from the first provider that has one (command line, then the runtime config's providers,
//! then the environment), else from the manifest's default.
//! Imitates Spin's `crates/expressions`, `crates/variables-env` and `crates/variables-static`.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Why a name or a template did not give a value. The texts are what a guest sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The name breaks the rules of [`validate_name`].
    InvalidName(String),
    /// The template has unbalanced braces or names an unknown variable.
    InvalidTemplate(String),
    /// A provider failed, or none has a value for a required variable.
    Provider(String),
    /// The component has no such variable.
    Undefined(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::InvalidName(text) => write!(f, "invalid variable name: {text}"),
            Error::InvalidTemplate(text) => write!(f, "invalid variable template: {text}"),
            Error::Provider(text) => write!(f, "provider error: {text}"),
            Error::Undefined(text) => write!(f, "undefined variable: {text}"),
        }
    }
}

impl std::error::Error for Error {}

/// Checks a variable's name: lowercase words of letters and digits, joined by single underscores.
pub fn validate_name(name: &str) -> Result<(), Error> {
    let wrong = |reason: &str| Err(Error::InvalidName(format!("{name:?}: {reason}")));
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() {
        wrong("must not be empty")
    } else if let Some(c) = name.chars().find(|c| !allowed(*c)) {
        wrong(&format!(
            "{c:?} is not a lowercase letter, a digit or an underscore"
        ))
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        wrong("must start with a letter")
    } else if name.ends_with('_') {
        wrong("must end with a letter or a digit")
    } else if name.contains("__") {
        wrong("must not contain two underscores in a row")
    } else {
        Ok(())
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Part {
    Text(String),
    Variable(String),
}

/// A parsed template.
#[derive(Clone, Debug, PartialEq)]
pub struct Template(Vec<Part>);

impl Template {
    /// Splits `text` into literal text and `{{ name }}` parts.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(inner) = rest.strip_prefix("{{") {
                let (name, after) = inner.split_once("}}").ok_or_else(|| {
                    Error::InvalidTemplate(format!("'{{{{' without '}}}}' in {text:?}"))
                })?;
                parts.push(Part::Variable(name.trim().to_owned()));
                rest = after;
            } else {
                let end = rest.find("{{").unwrap_or(rest.len());
                parts.push(Part::Text(rest[..end].to_owned()));
                rest = &rest[end..];
            }
        }
        Ok(Template(parts))
    }

    /// Whether it contains no variable.
    pub fn is_literal(&self) -> bool {
        self.variables().next().is_none()
    }

    /// The names of the variables in it.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Variable(name) => Some(name.as_str()),
            Part::Text(_) => None,
        })
    }
}

/// A source of values that takes precedence over the manifest's defaults.
#[derive(Debug)]
pub enum Provider {
    /// Fixed values: `--variable`, or `type = "static"` in the runtime config.
    Static(HashMap<String, String>),
    /// `PREFIX_NAME` in the environment, or else in a file of `KEY=value` lines.
    Environment {
        /// Joined to the upper-case name by an underscore.
        prefix: String,
        /// The file, read at first use; a missing one is an empty one.
        dotenv: Option<PathBuf>,
        /// What the file says, once read.
        lines: OnceLock<HashMap<String, String>>,
    },
}

impl Provider {
    /// The provider that Spin always adds last: `SPIN_VARIABLE_*` and `.env`.
    pub fn default_environment() -> Self {
        Self::environment("SPIN_VARIABLE".into(), Some(".env".into()))
    }

    /// An environment provider with its own prefix and file.
    pub fn environment(prefix: String, dotenv: Option<PathBuf>) -> Self {
        Provider::Environment {
            prefix,
            dotenv,
            lines: OnceLock::new(),
        }
    }

    fn get(&self, name: &str) -> Result<Option<String>, Error> {
        match self {
            Provider::Static(values) => Ok(values.get(name).cloned()),
            Provider::Environment {
                prefix,
                dotenv,
                lines,
            } => {
                let key = format!("{prefix}_{}", name.to_ascii_uppercase());
                match std::env::var(&key) {
                    Ok(value) => Ok(Some(value)),
                    Err(std::env::VarError::NotPresent) => Ok(dotenv.as_deref().and_then(|path| {
                        lines.get_or_init(|| read_dotenv(path)).get(&key).cloned()
                    })),
                    Err(error) => Err(Error::Provider(format!("{key}: {error}"))),
                }
            }
        }
    }
}

/// Reads `KEY=value` lines: comments, `export` and quotes as usual, no expansions.
fn read_dotenv(path: &Path) -> HashMap<String, String> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let line = |line: &str| {
        let line = line.trim();
        let (key, value) = line
            .strip_prefix("export ")
            .unwrap_or(line)
            .split_once('=')?;
        let value = value.trim();
        let unquoted = ['"', '\'']
            .iter()
            .find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote))
            .unwrap_or_else(|| value.split(" #").next().unwrap_or_default().trim_end());
        (!key.starts_with('#')).then(|| (key.trim().to_owned(), unquoted.to_owned()))
    };
    text.lines().filter_map(line).collect()
}

/// All application variables with their providers.
#[derive(Debug, Default)]
pub struct Variables {
    /// Name to default; `None` for a required one.
    defaults: BTreeMap<String, Option<String>>,
    providers: Vec<Provider>,
}

impl Variables {
    /// Takes the manifest's variables (name to default) and the providers, the strongest first.
    pub fn new(
        defaults: BTreeMap<String, Option<String>>,
        providers: Vec<Provider>,
    ) -> Result<Self, Error> {
        defaults.keys().try_for_each(|name| validate_name(name))?;
        Ok(Variables {
            defaults,
            providers,
        })
    }

    /// Fails unless every required variable has a value: Spin refuses to start without.
    pub fn ensure_required(&self) -> Result<(), Error> {
        let missing: Vec<&str> = self
            .defaults
            .iter()
            .filter(|(name, default)| default.is_none() && self.provided(name) == Ok(None))
            .map(|(name, _)| name.as_str())
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::Provider(format!(
            "no provider resolved required variable(s): {}",
            missing.join(", ")
        )))
    }

    /// Fails if the template names a variable that the application does not have.
    pub fn check(&self, template: &Template) -> Result<(), Error> {
        match template
            .variables()
            .find(|name| !self.defaults.contains_key(*name))
        {
            Some(name) => Err(Error::InvalidTemplate(format!("unknown variable {name:?}"))),
            None => Ok(()),
        }
    }

    /// The template's text with every variable replaced by its value.
    pub fn resolve(&self, template: &Template) -> Result<String, Error> {
        self.fill(template, |name| match self.provided(name)? {
            Some(value) => Ok(value),
            None => self.default(name),
        })
    }

    /// Like [`Self::resolve`], by the manifest's defaults alone.
    pub fn resolve_by_defaults(&self, template: &Template) -> Result<String, Error> {
        self.fill(template, |name| self.default(name))
    }

    fn fill(
        &self,
        template: &Template,
        value: impl Fn(&str) -> Result<String, Error>,
    ) -> Result<String, Error> {
        let mut text = String::new();
        for part in &template.0 {
            match part {
                Part::Text(literal) => text.push_str(literal),
                Part::Variable(name) => text.push_str(&value(name)?),
            }
        }
        Ok(text)
    }

    fn provided(&self, name: &str) -> Result<Option<String>, Error> {
        for provider in &self.providers {
            if let Some(value) = provider.get(name)? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    fn default(&self, name: &str) -> Result<String, Error> {
        match self.defaults.get(name) {
            Some(Some(default)) => Ok(default.clone()),
            Some(None) => Err(Error::Provider(format!(
                "no provider resolved required variable {name:?}"
            ))),
            None => Err(Error::InvalidName(name.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        let defaults = [
            ("host".to_owned(), Some("localhost".to_owned())),
            ("port".to_owned(), None),
        ];
        let provider = Provider::Static([("port".to_owned(), "7000".to_owned())].into());
        Variables::new(defaults.into(), vec![provider]).expect("names are valid")
    }

    fn resolve(text: &str) -> Result<String, Error> {
        variables().resolve(&Template::parse(text)?)
    }

    #[test]
    fn templates_take_providers_before_defaults() {
        for (text, expected) in [
            ("", ""),
            ("plain", "plain"),
            ("redis://{{ host }}:{{port}}/0", "redis://localhost:7000/0"),
            ("{{ host }}{{ host }}", "localhostlocalhost"),
            ("a } b", "a } b"),
        ] {
            assert_eq!(resolve(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn bad_templates_are_refused() {
        assert!(matches!(resolve("{{ host"), Err(Error::InvalidTemplate(_))));
        let unknown = Template::parse("{{ nobody }}").expect("well-formed");
        assert!(matches!(
            variables().check(&unknown),
            Err(Error::InvalidTemplate(_))
        ));
    }

    #[test]
    fn names_follow_spins_rules() {
        for good in ["a", "abc", "a1b2", "a_1", "a_1_b_3"] {
            assert_eq!(validate_name(good), Ok(()), "{good}");
        }
        for bad in ["", "aX", "1bc", "_x", "x.y", "x_", "a__b", "x-y"] {
            assert!(validate_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_required_variable_without_value_is_named() {
        let variables =
            Variables::new([("needed".to_owned(), None)].into(), vec![]).expect("valid");
        let error = variables
            .ensure_required()
            .expect_err("nothing provides it");
        assert!(error.to_string().contains("needed"), "{error}");
        assert_eq!(super::tests::variables().ensure_required(), Ok(()));
    }

    #[test]
    fn dotenv_lines() {
        let path = std::env::temp_dir().join(format!("almanac-host-dotenv-{}", std::process::id()));
        std::fs::write(
            &path,
            "# no\nA=1\nexport B = \"two words\"\nC=x # why\n\nD='#4'\n",
        )
        .expect("temporary file");
        let lines = read_dotenv(&path);
        std::fs::remove_file(&path).expect("just written");
        let expected = [("A", "1"), ("B", "two words"), ("C", "x"), ("D", "#4")];
        assert_eq!(
            lines,
            expected.map(|(k, v)| (k.to_owned(), v.to_owned())).into()
        );
    }
}
