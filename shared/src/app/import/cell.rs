//! One cell of a row, before it is known what its column will be.

use crate::domain::Value;

/// What a file says for one column of one row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    Missing,
    /// Text of which the file does not say whether it is a number or a word: a CSV cell.
    Bare(&'a str),
    /// A CSV cell that is missing but for its quotation marks, `""` or `"NA"`: in a column of text
    /// it is that text, elsewhere it is missing.
    Quoted(&'a str),
    /// A JSON number, as it is spelt.
    Number(&'a str),
    /// A JSON string: never a number, whatever it looks like.
    Text(&'a str),
    Boolean(bool),
}

/// The text without spaces and tabs at its ends.
#[inline]
pub(super) fn trim(text: &str) -> &str {
    let blank = |byte: Option<&u8>| byte.is_some_and(|byte| *byte == b' ' || *byte == b'\t');
    if blank(text.as_bytes().first()) || blank(text.as_bytes().last()) {
        text.trim_matches([' ', '\t'])
    } else {
        text
    }
}

/// The text as a fault quotes it: in backquotes, shortened to 60 characters.
pub(super) fn quote(text: &str) -> String {
    let mut short: String = text.chars().take(60).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    format!("`{short}`")
}

/// `1 line`, `2 lines`.
pub(super) fn counted(count: u64, thing: &str) -> String {
    match count {
        1 => format!("1 {thing}"),
        count => format!("{count} {thing}s"),
    }
}

/// Why a text cannot be stored, whatever the field: it is too long.
pub(super) fn check_text(text: &str) -> Result<(), String> {
    if text.len() <= Value::MAX_TEXT {
        Ok(())
    } else {
        Err(format!(
            "{} has more than {} bytes",
            quote(text),
            Value::MAX_TEXT
        ))
    }
}

/// What is said of `NaN`, infinities and numbers beyond a float's range.
pub(super) fn not_finite(word: &str) -> String {
    let short: String = word.chars().take(20).collect();
    format!(
        "`{short}` is not a finite number; if it stands for a missing value, say `?missing={short}`"
    )
}

/// The words that stand for a missing value.
#[derive(Debug, Clone)]
pub(super) struct MissingWords {
    words: Vec<String>,
    /// Which bytes such a word can begin with.
    firsts: [bool; 256],
    /// Which of the words occurred, by their place.
    seen: std::cell::Cell<u64>,
}

impl MissingWords {
    pub(super) fn new(words: Vec<String>) -> Self {
        let mut firsts = [false; 256];
        for first in words.iter().filter_map(|word| word.as_bytes().first()) {
            if let Some(slot) = firsts.get_mut(usize::from(*first)) {
                *slot = true;
            }
        }
        Self {
            words,
            firsts,
            seen: std::cell::Cell::new(0),
        }
    }

    /// Whether a trimmed text is one of the words. An empty text is not looked up.
    #[inline]
    pub(super) fn contains(&self, text: &str) -> bool {
        let first = text.as_bytes().first().copied().unwrap_or(0);
        self.firsts.get(usize::from(first)) == Some(&true) && self.finds(text)
    }

    fn finds(&self, text: &str) -> bool {
        let place = self.words.iter().position(|word| word == text);
        if let Some(place) = place {
            let bit = u32::try_from(place)
                .ok()
                .and_then(|place| 1u64.checked_shl(place));
            self.seen.set(self.seen.get() | bit.unwrap_or(0));
        }
        place.is_some()
    }

    /// The words that occurred, of the first 64.
    pub(super) fn seen(&self) -> Vec<&str> {
        let seen = self.seen.get();
        let words = self.words.iter().take(64).enumerate();
        words
            .filter(|(place, _)| seen >> place & 1 == 1)
            .map(|(_, word)| word.as_str())
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_trimmed_and_shortened() {
        assert_eq!(trim("\t a b "), "a b");
        assert_eq!(trim("  "), "");
        assert_eq!(quote("é"), "`é`");
        assert_eq!(quote(&"é".repeat(61)), format!("`{}…`", "é".repeat(60)));
    }

    #[test]
    fn missing_words_are_exact() {
        let words = MissingWords::new(vec!["NA".into(), "-9.99".into(), "Ø".into()]);
        assert!(words.contains("NA") && words.contains("-9.99") && words.contains("Ø"));
        assert!(
            !words.contains("na")
                && !words.contains("")
                && !words.contains("-9.9")
                && !words.contains("N")
        );
    }
}
