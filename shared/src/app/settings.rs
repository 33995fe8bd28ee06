//! Settings other than limits, from Spin's variables: read once per instance, and refused loudly with
//! the variable's name when they make no sense.

/// From which importance on something is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    Off,
    /// What went wrong inside.
    Error,
    /// Also what was refused for lack of a right or a resource.
    Warn,
    /// Every request.
    Info,
}

impl LogLevel {
    const WORDS: [(&'static str, Self); 4] = [
        ("off", Self::Off),
        ("error", Self::Error),
        ("warn", Self::Warn),
        ("info", Self::Info),
    ];

    pub fn name(self) -> &'static str {
        Self::WORDS
            .iter()
            .find(|(_, level)| *level == self)
            .map_or("", |(word, _)| word)
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::WORDS
            .into_iter()
            .find(|(word, _)| *word == name)
            .map(|(_, level)| level)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub log_level: LogLevel,
    /// Whether requests need a token.
    pub requires_tokens: bool,
    /// The first token, which may do everything; empty for none.
    pub admin_token: String,
    /// Whose pages may read answers: origins, or `*`; empty for nobody's.
    pub cors_origins: Vec<String>,
    /// Requests of one token or address within a minute; 0 for any number.
    pub requests_per_minute: u64,
}

impl Settings {
    /// Characters that a first token must have at least.
    const LEAST_TOKEN: usize = 16;

    /// Reads every setting with `lookup`, which gives a variable's text.
    ///
    /// # Errors
    /// Names the first variable that is not set or makes no sense.
    pub async fn load(
        lookup: impl AsyncFn(&'static str) -> Result<String, String>,
    ) -> Result<Self, String> {
        let read = async |name| lookup(name).await.map(|text| text.trim().to_owned());
        let level = read("log_level").await?;
        let settings = Self {
            log_level: LogLevel::from_name(&level)
                .ok_or_else(|| wrong("log_level", "off, error, warn or info", &level))?,
            requires_tokens: match read("require_tokens").await?.as_str() {
                "true" => true,
                "false" => false,
                other => return Err(wrong("require_tokens", "true or false", other)),
            },
            admin_token: read("admin_token").await?,
            cors_origins: read("cors_origins")
                .await?
                .split([',', ' '])
                .filter(|origin| !origin.is_empty())
                .map(str::to_owned)
                .collect(),
            requests_per_minute: {
                let text = read("requests_per_minute").await?;
                text.parse()
                    .map_err(|_| wrong("requests_per_minute", "a whole number", &text))?
            },
        };
        let length = settings.admin_token.chars().count();
        if (1..Self::LEAST_TOKEN).contains(&length) {
            // Its text is not for any log.
            let least = Self::LEAST_TOKEN;
            return Err(format!(
                "variable admin_token must have at least {least} characters"
            ));
        }
        Ok(settings)
    }
}

fn wrong(name: &str, expected: &str, text: &str) -> String {
    format!("variable {name} must be {expected}, not `{text}`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    fn load(changed: &'static str, text: &'static str) -> Result<Settings, String> {
        let lookup = async |name: &'static str| {
            let default = match name {
                "log_level" => "warn",
                "require_tokens" => "false",
                "requests_per_minute" => "0",
                _ => "",
            };
            Ok(if name == changed { text } else { default }.to_owned())
        };
        Settings::load(lookup).now_or_never().unwrap()
    }

    #[test]
    fn settings_are_read_and_refused_by_name() {
        let settings = load("cors_origins", "https://a.example, https://b.example").unwrap();
        assert_eq!(settings.cors_origins.len(), 2);
        assert_eq!(settings.log_level, LogLevel::Warn);
        assert!(load("require_tokens", "true").unwrap().requires_tokens);
        for (name, text) in [
            ("log_level", "loud"),
            ("require_tokens", "1"),
            ("requests_per_minute", "-1"),
            ("admin_token", "short"),
        ] {
            let why = load(name, text).unwrap_err();
            assert!(why.contains(name), "{why}");
        }
        assert!(!load("admin_token", "short").unwrap_err().contains("short`"));
    }
}
