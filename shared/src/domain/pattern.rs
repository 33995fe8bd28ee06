//! Patterns that texts must match.

use std::fmt;

use regex_lite::{Regex, RegexBuilder};

/// A regular expression that a whole text must match, case and all: `[A-Z]{2}`. The syntax is that
/// of the `regex` crate, without its Unicode classes; matching takes time linear in the text.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: String,
    whole: Regex,
}

impl Pattern {
    /// Bytes of a pattern.
    pub const MAX_LENGTH: usize = 200;
    /// Bytes of its compiled form, which bound the work for each character of a text.
    const MAX_COMPILED: usize = 1 << 15;
    /// Groups within groups.
    const MAX_DEPTH: u32 = 20;

    /// # Errors
    /// Says what is wrong with it.
    pub fn new(source: &str) -> Result<Self, String> {
        if source.len() > Self::MAX_LENGTH {
            return Err(format!("has more than {} bytes", Self::MAX_LENGTH));
        }
        // By itself first: `a)(b` must not pass because of the group around it.
        compile(source)?;
        Ok(Self {
            source: source.to_owned(),
            whole: compile(&format!("^(?:{source})$"))?,
        })
    }

    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Whether the whole text is as the pattern says.
    pub fn matches(&self, text: &str) -> bool {
        self.whole.is_match(text)
    }
}

fn compile(source: &str) -> Result<Regex, String> {
    RegexBuilder::new(source)
        .size_limit(Pattern::MAX_COMPILED)
        .nest_limit(Pattern::MAX_DEPTH)
        .build()
        .map_err(|error| format!("is not a regular expression that is taken here: {error}"))
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_must_match_from_end_to_end() {
        for (pattern, good, bad) in [
            ("[A-Z]{2}", "TX", "xTX"),
            ("rain|snow", "snow", "snowy"),
            ("a*", "", "b"),
            ("(?i)abc", "aBC", "abcd"),
            (".", "é", "\n"),
        ] {
            let pattern = Pattern::new(pattern).unwrap();
            assert!(pattern.matches(good), "{pattern} {good}");
            assert!(!pattern.matches(bad), "{pattern} {bad}");
        }
    }

    #[test]
    fn what_cannot_be_compiled_or_is_too_large_is_refused() {
        let long = "a".repeat(201);
        let deep = format!("{}a{}", "(".repeat(30), ")".repeat(30));
        for bad in [
            "(",
            "a)(b",
            "[",
            "((a{99}){99}){99}",
            &long,
            &deep,
            r"\p{L}",
        ] {
            assert!(Pattern::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_text_takes_long() {
        let pattern = Pattern::new("(a|aa|a*)*b").unwrap();
        assert!(!pattern.matches(&"a".repeat(4096)));
    }
}
