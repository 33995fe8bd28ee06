//! Reading a JSON object: each member by name, all faults at once, unknown names refused.

use serde_json::{Map, Value as Json};

use crate::domain::{Fault, Faults, fault};

/// The members of one JSON object, taken one by one; what nobody takes is a fault.
pub struct Object {
    /// Path of this object inside the body, with its final dot: `fields[2].`; empty at the top.
    path: String,
    members: Map<String, Json>,
    known: Vec<&'static str>,
    faults: Faults,
}

impl Object {
    /// # Errors
    /// When `json` is not an object.
    pub fn new(at: &str, json: Json) -> Result<Self, Vec<Fault>> {
        match json {
            Json::Object(members) => Ok(Self {
                path: if at.is_empty() {
                    String::new()
                } else {
                    format!("{at}.")
                },
                members,
                known: Vec::new(),
                faults: Faults::new(),
            }),
            other => {
                let at = if at.is_empty() { "body" } else { at };
                Err(vec![Fault::new(
                    at,
                    format!("must be an object, not {}", describe(&other)),
                )])
            }
        }
    }

    fn at(&self, name: &str) -> String {
        format!("{}{name}", self.path)
    }

    /// A member of any type; `null` counts as absent.
    pub fn any(&mut self, name: &'static str) -> Option<Json> {
        self.known.push(name);
        self.members.remove(name).filter(|json| !json.is_null())
    }

    /// Whether the member is there, even as `null`.
    pub fn has(&self, name: &str) -> bool {
        self.members.contains_key(name)
    }

    /// A member read by `read`; its complaint becomes a fault.
    pub fn read<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Json) -> Result<T, String>,
    ) -> Option<T> {
        let json = self.any(name)?;
        let result = read(json);
        self.faults.take(&self.at(name), result)
    }

    pub fn text(&mut self, name: &'static str) -> Option<String> {
        self.read(name, text)
    }

    pub fn flag(&mut self, name: &'static str) -> Option<bool> {
        self.read(name, |json| {
            json.as_bool()
                .ok_or_else(|| format!("must be true or false, not {}", describe(&json)))
        })
    }

    pub fn number(&mut self, name: &'static str) -> Option<f64> {
        self.read(name, |json| {
            json.as_f64()
                .filter(|number| number.is_finite())
                .ok_or_else(|| format!("must be a number, not {}", describe(&json)))
        })
    }

    /// A list whose items are read one by one.
    pub fn list<T>(
        &mut self,
        name: &'static str,
        mut read: impl FnMut(&str, Json) -> Result<T, Vec<Fault>>,
    ) -> Option<Vec<T>> {
        let items = self.read(name, |json| match json {
            Json::Array(items) => Ok(items),
            other => Err(format!("must be a list, not {}", describe(&other))),
        })?;
        let mut values = Vec::with_capacity(items.len());
        let before = self.faults.clone();
        for (at, item) in items.into_iter().enumerate() {
            match read(&format!("{}[{at}]", self.at(name)), item) {
                Ok(value) => values.push(value),
                Err(faults) => self.faults.extend(faults),
            }
        }
        (self.faults == before).then_some(values)
    }

    /// Notes that a member must be there.
    pub fn require<T>(&mut self, name: &'static str, value: Option<T>) -> Option<T> {
        let at = self.at(name);
        // A member that is there but wrong has its own fault already.
        if value.is_none()
            && !self
                .faults
                .clone()
                .check()
                .is_err_and(|all| all.iter().any(|fault| fault.at.starts_with(&at)))
        {
            self.faults.add(at, "is required");
        }
        value
    }

    /// Adds a fault of the caller's own.
    pub fn fault(&mut self, name: &str, detail: impl Into<String>) {
        let at = self.at(name);
        self.faults.add(at, detail);
    }

    pub fn faults(&mut self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.extend(faults);
    }

    /// # Errors
    /// All faults found, with one for each member that nobody took.
    pub fn finish(mut self) -> Result<(), Vec<Fault>> {
        for name in self.members.keys() {
            let known = self.known.iter().copied();
            let at = format!("{}{}", self.path, name.chars().take(60).collect::<String>());
            self.faults
                .add(at, fault::unknown_name("member", name, known));
        }
        self.faults.check()
    }
}

/// Reads a text.
pub fn text(json: Json) -> Result<String, String> {
    match json {
        Json::String(text) => Ok(text),
        other => Err(format!("must be a text, not {}", describe(&other))),
    }
}

/// What a JSON value is, in a few words: `a list`, `the number 5`.
pub fn describe(json: &Json) -> String {
    match json {
        Json::Null => "null".to_owned(),
        Json::Bool(flag) => flag.to_string(),
        Json::Number(number) => format!("the number {number}"),
        Json::String(text) => format!("the text \"{}\"", text.chars().take(60).collect::<String>()),
        Json::Array(_) => "a list".to_owned(),
        Json::Object(_) => "an object".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_fault_is_named_at_once() {
        let body = json!({"title": 5, "tilte": "x", "fields": [1, "a", 2]});
        let mut object = Object::new("", body).unwrap();
        assert_eq!(object.text("title"), None);
        let name = object.text("name");
        object.require("name", name);
        let fields = object.list("fields", |at, json| {
            text(json).map_err(|why| vec![Fault::new(at, why)])
        });
        assert_eq!(fields, None);
        let faults = object.finish().unwrap_err();
        let at: Vec<&str> = faults.iter().map(|fault| fault.at.as_str()).collect();
        assert_eq!(at, ["title", "name", "fields[0]", "fields[2]", "tilte"]);
        assert!(
            faults
                .iter()
                .any(|fault| fault.detail.contains("did you mean `title`"))
        );
    }

    #[test]
    fn a_wrong_member_is_one_fault_not_two() {
        let mut object = Object::new("a", json!({"name": 5})).unwrap();
        let name = object.text("name");
        object.require("name", name);
        assert_eq!(object.finish().unwrap_err().len(), 1);
    }
}
