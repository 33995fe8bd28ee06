//! Reading parameters out of a JSON object, with every fault noted.

use serde_json::{Map, Value};

/// Takes parameters out of an object and notes what is wrong with them. A fault names the parameter by
/// its path: `panels[1].y`.
pub struct Reader<'a> {
    object: &'a Map<String, Value>,
    path: String,
    pub faults: Vec<String>,
}

impl<'a> Reader<'a> {
    /// `path` stands before each name: empty, or `panels[1].`.
    pub fn new(object: &'a Map<String, Value>, path: String) -> Self {
        Self {
            object,
            path,
            faults: Vec::new(),
        }
    }

    /// The parameter's value, unless it is not given or null.
    pub fn value(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// Notes a fault of the parameter `name`.
    pub fn fault<T>(&mut self, name: &str, what: impl AsRef<str>) -> Option<T> {
        self.faults
            .push(format!("`{}{name}` {}", self.path, what.as_ref()));
        None
    }

    pub fn unknown_names(&mut self, known: &[&str]) {
        for name in self
            .object
            .keys()
            .filter(|name| !known.contains(&name.as_str()))
        {
            let hint = match nearest(name, known.iter().copied()) {
                Some(near) => format!("Did you mean `{near}`?"),
                None => format!("The parameters are `{}`.", known.join("`, `")),
            };
            self.faults.push(format!(
                "There is no parameter `{}{name}`. {hint}",
                self.path
            ));
        }
    }

    pub fn text(&mut self, name: &str, longest: usize) -> Option<String> {
        match self.value(name)? {
            Value::String(text) if text.chars().count() <= longest => Some(text.clone()),
            Value::String(_) => self.fault(name, format!("is longer than {longest} characters.")),
            _ => self.fault(name, "must be a text."),
        }
    }

    /// One text, or a list of up to `most`.
    pub fn texts(&mut self, name: &str, what: &str, most: usize) -> Vec<String> {
        let Some(value) = self.value(name) else {
            return Vec::new();
        };
        let texts: Option<Vec<String>> = match value {
            Value::String(text) => Some(vec![text.clone()]),
            Value::Array(list) => list
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect(),
            _ => None,
        };
        match texts {
            None => self.fault(name, format!("must be {what} or a list of them.")),
            Some(texts) if texts.is_empty() => self.fault(name, "must not be empty."),
            Some(texts) if texts.len() > most => self.fault(
                name,
                format!("names {} of them; the most is {most}.", texts.len()),
            ),
            Some(texts) => Some(texts),
        }
        .unwrap_or_default()
    }

    /// One of the choices; the first where it is not given.
    pub fn choice<T: Copy>(&mut self, name: &str, choices: &[(&str, T)]) -> Option<T> {
        let default = choices.first().map(|(_, choice)| *choice);
        let Some(value) = self.value(name) else {
            return default;
        };
        let found = choices
            .iter()
            .find(|(word, _)| value.as_str() == Some(word));
        found.map(|(_, choice)| *choice).or_else(|| {
            let words: Vec<String> = choices
                .iter()
                .map(|(word, _)| format!("\"{word}\""))
                .collect();
            self.fault::<T>(name, format!("must be one of {}.", words.join(", ")));
            default
        })
    }

    pub fn flag(&mut self, name: &str) -> Option<bool> {
        match self.value(name)? {
            Value::Bool(flag) => Some(*flag),
            _ => self.fault(name, "must be true or false."),
        }
    }

    pub fn number(&mut self, name: &str, least: f64, most: f64) -> Option<f64> {
        match self.value(name)?.as_f64() {
            Some(number) if (least..=most).contains(&number) => Some(number),
            _ => self.fault(name, format!("must be a number from {least} to {most}.")),
        }
    }

    pub fn count(&mut self, name: &str, least: u32, most: u32) -> Option<u32> {
        let is_fit = |number: &f64| {
            number.fract() == 0.0 && (f64::from(least)..=f64::from(most)).contains(number)
        };
        match self.value(name)?.as_f64().filter(is_fit) {
            Some(number) => Some(number as u32),
            None => self.fault(
                name,
                format!("must be a whole number from {least} to {most}."),
            ),
        }
    }
}

/// The known name closest to `name`, if it is close enough to be a slip of the pen: at most
/// half of its letters differ.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    known
        .map(|candidate| (edits(&lower, &candidate.to_lowercase()), candidate))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, near)| distance * 2 <= near.chars().count())
        .map(|(_, near)| near)
}

/// Levenshtein's edit distance, row by row.
fn edits(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, to) in row.iter_mut().skip(1).zip(b.chars()) {
            let cost = diagonal + usize::from(from != to);
            diagonal = *cell;
            left = cost.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(0)
}
