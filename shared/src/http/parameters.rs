//! Reading a query string: each parameter by name, all faults at once, unknown names refused.

use crate::domain::{Fault, Faults, fault};

/// The parameters of one query string, taken one by one; what nobody takes is a fault.
pub struct Parameters {
    pairs: Vec<Pair>,
    known: Vec<&'static str>,
    faults: Faults,
}

struct Pair {
    name: String,
    value: String,
    taken: bool,
}

impl Parameters {
    pub fn parse(query: &str) -> Self {
        let mut faults = Faults::new();
        let mut pairs = Vec::new();
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            match (decode(name, true), decode(value, true)) {
                (Some(name), Some(value)) => pairs.push(Pair {
                    name,
                    value,
                    taken: false,
                }),
                _ => faults.add("query", "has a percent-encoding that is not UTF-8"),
            }
        }
        Self {
            pairs,
            known: Vec::new(),
            faults,
        }
    }

    /// The value of a parameter that may be given once.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        let mut values = self.all(name);
        if values.len() > 1 {
            self.faults.add(name, "is given more than once");
        }
        values.pop()
    }

    /// The value of a parameter, read by `read`; its complaint becomes a fault.
    pub fn read<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = self.text(name)?;
        self.faults.take(name, read(&text))
    }

    /// A whole number from `least` to `most`.
    pub fn number(&mut self, name: &'static str, least: u64, most: u64) -> Option<u64> {
        self.read(name, |text| whole_number(text, least, most))
    }

    /// `true` or `false`; an empty value (`?dry_run`) means true.
    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.read(name, |text| match text {
            "true" | "" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(format!("`{}` is neither true nor false", shorten(text))),
        })
    }

    /// One of a few words.
    pub fn choice<T: Copy>(&mut self, name: &'static str, words: &[(&str, T)]) -> Option<T> {
        self.read(name, |text| {
            words
                .iter()
                .find(|(word, _)| *word == text)
                .map(|(_, value)| *value)
                .ok_or_else(|| {
                    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                    format!("`{}` is not one of: {}", shorten(text), known.join(", "))
                })
        })
    }

    /// All values of a parameter that may be repeated.
    pub fn all(&mut self, name: &'static str) -> Vec<String> {
        self.known.push(name);
        let taken = self
            .pairs
            .iter_mut()
            .filter(|pair| pair.name == name && !pair.taken);
        taken
            .map(|pair| {
                pair.taken = true;
                std::mem::take(&mut pair.value)
            })
            .collect()
    }

    /// Takes all parameters with one of these names, in their order, as they are.
    pub fn named(&mut self, names: &[&'static str]) -> Vec<(String, String)> {
        self.known.extend_from_slice(names);
        let mut taken = Vec::new();
        for pair in self.pairs.iter_mut().filter(|pair| !pair.taken) {
            if names.contains(&pair.name.as_str()) {
                pair.taken = true;
                taken.push((pair.name.clone(), std::mem::take(&mut pair.value)));
            }
        }
        taken
    }

    /// Takes everything that nobody has taken yet, for parameters whose names are not fixed.
    pub fn rest(&mut self) -> Vec<(String, String)> {
        let left = self.pairs.iter_mut().filter(|pair| !pair.taken);
        left.map(|pair| {
            pair.taken = true;
            (
                std::mem::take(&mut pair.name),
                std::mem::take(&mut pair.value),
            )
        })
        .collect()
    }

    /// The fixed names asked for so far.
    pub fn known(&self) -> &[&'static str] {
        &self.known
    }

    /// Adds a fault of the caller's own.
    pub fn fault(&mut self, at: impl Into<String>, detail: impl Into<String>) {
        self.faults.add(at, detail);
    }

    pub fn faults(&mut self, faults: Vec<Fault>) {
        self.faults.extend(faults);
    }

    /// # Errors
    /// All faults found, with one for each parameter that nobody took.
    pub fn finish(mut self) -> Result<(), Vec<Fault>> {
        for pair in self.pairs.iter().filter(|pair| !pair.taken) {
            let known = self.known.iter().copied();
            let name: String = shorten(&pair.name);
            self.faults
                .add(name, fault::unknown_name("parameter", &pair.name, known));
        }
        self.faults.check()
    }
}

/// Reads a whole number within bounds.
pub fn whole_number(text: &str, least: u64, most: u64) -> Result<u64, String> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse::<u64>() {
        Ok(number) if is_number && (least..=most).contains(&number) => Ok(number),
        _ => Err(format!(
            "`{}` is not a whole number from {least} to {most}",
            shorten(text)
        )),
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(60).collect()
}

/// Percent-decodes; `None` where the result is not UTF-8. A `%` that no two hexadecimal digits
/// follow stands for itself, as browsers have it.
pub fn decode(text: &str, plus_is_space: bool) -> Option<String> {
    if !text.contains(['%', '+']) {
        return Some(text.to_owned());
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let escaped = match (first, tail) {
            (b'%', [high, low, ..]) => hexadecimal(*high).zip(hexadecimal(*low)),
            _ => None,
        };
        match (first, escaped) {
            (_, Some((high, low))) => {
                bytes.push(high << 4 | low);
                rest = tail.get(2..).unwrap_or_default();
            }
            (b'+', None) if plus_is_space => bytes.push(b' '),
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).ok()
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn hexadecimal(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_named_at_once() {
        let mut parameters =
            Parameters::parse("limit=-1&ordr=up&start=1&start=2&x=%ff&dry_run=maybe");
        assert_eq!(parameters.number("limit", 1, 10), None);
        assert_eq!(parameters.text("order"), None);
        assert_eq!(parameters.text("start").as_deref(), Some("2"));
        assert_eq!(parameters.flag("dry_run"), None);
        let faults = parameters.finish().unwrap_err();
        let at: Vec<&str> = faults.iter().map(|fault| fault.at.as_str()).collect();
        assert_eq!(at, ["query", "limit", "start", "dry_run", "ordr"]);
        assert!(
            faults
                .iter()
                .any(|fault| fault.detail.contains("did you mean `order`"))
        );
    }

    #[test]
    fn whole_numbers_are_whole() {
        for text in [
            "",
            "-1",
            "+1",
            "1.5",
            "1e3",
            "abc",
            "0",
            "11",
            "99999999999999999999999",
            "١",
        ] {
            assert!(whole_number(text, 1, 10).is_err(), "{text}");
        }
        assert_eq!(whole_number("007", 1, 10), Ok(7));
    }

    #[test]
    fn percent_encoding_goes_there_and_back() {
        for text in ["", "a b", "Größe/%", "x+y=z&", "\u{1F600}"] {
            assert_eq!(decode(&encode(text), true).as_deref(), Some(text));
        }
        assert_eq!(decode("a+b%2", true).as_deref(), Some("a b%2"));
        assert_eq!(decode("a+b", false).as_deref(), Some("a+b"));
        assert_eq!(decode("%ff", false), None);
    }
}
