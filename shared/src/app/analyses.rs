//! What analyses there are: those that come with Almanac, and those that a worker has brought.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde_json::Value as Json;

use super::error::Error;
use crate::domain::fault;
use crate::store::{Connection, jobs as store};

/// What an analysis says of itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Description {
    pub name: String,
    pub title: String,
    /// Of the analysis itself, `major.minor.patch`.
    pub version: String,
    pub summary: String,
    /// JSON Schema of its parameters.
    pub parameters: Json,
    /// Parameters that the schema accepts.
    pub example: Json,
    pub needs_dataset: bool,
}

/// What comes with Almanac, one line for each.
const TEXTS: [&str; 13] = [
    include_str!("../../../components/analyses/plot/description.json"),
    include_str!("../../../components/analyses/sleep/description.json"),
    include_str!("../../../components/analyses/echo/description.json"),
    include_str!("../../../components/analyses/pssp/description.json"),
    include_str!("../../../components/analyses/forecast/description.json"),
    include_str!("../../../components/analyses/summary/description.json"),
    include_str!("../../../components/analyses/correlation/description.json"),
    include_str!("../../../components/analyses/histogram/description.json"),
    include_str!("../../../components/analyses/trend/description.json"),
    include_str!("../../../components/analyses/decompose/description.json"),
    include_str!("../../../components/analyses/outliers/description.json"),
    include_str!("../../../components/analyses/changepoints/description.json"),
    include_str!("../../../components/analyses/compare/description.json"),
];

static BUILT_IN: LazyLock<Vec<Description>> =
    LazyLock::new(|| TEXTS.into_iter().filter_map(Description::parse).collect());

impl Description {
    /// The longest name.
    const MAX_NAME: usize = 64;

    /// Reads a description; `None` when it is none.
    pub fn parse(text: &str) -> Option<Self> {
        let mut json: Json = serde_json::from_str(text).ok()?;
        let text = |name: &str| json.get(name)?.as_str().map(str::to_owned);
        let (name, title) = (text("name")?, text("title")?);
        let (version, summary) = (text("version")?, text("summary")?);
        let needs_dataset = json.get("needs_dataset")?.as_bool()?;
        let parameters = json.get_mut("parameters").map(Json::take)?;
        let example = json.get_mut("example").map(Json::take)?;
        is_name(&name).then_some(Self {
            name,
            title,
            version,
            summary,
            parameters,
            example,
            needs_dataset,
        })
    }

    /// The form that [`Self::parse`] reads, and that the API answers.
    pub fn to_json(&self) -> Json {
        serde_json::json!({
            "name": self.name,
            "title": self.title,
            "version": self.version,
            "summary": self.summary,
            "needs_dataset": self.needs_dataset,
            "parameters": self.parameters,
            "example": self.example,
        })
    }
}

/// A name is part of keys, channels and addresses.
fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_'
    };
    (1..=Description::MAX_NAME).contains(&name.len()) && name.bytes().all(allowed)
}

/// The analyses that come with Almanac.
pub fn built_in() -> &'static [Description] {
    &BUILT_IN
}

/// Every analysis, in order of name.
///
/// # Errors
/// [`Error::Store`].
pub async fn all(connection: &impl Connection) -> Result<Vec<Description>, Error> {
    let brought = store::descriptions(connection).await?;
    let mut all = built_in().to_vec();
    for (name, text) in brought {
        let known = all.iter().any(|known| known.name == name);
        all.extend(Description::parse(&text).filter(|_| !known));
    }
    all.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(all)
}

/// An analysis by its name; asks the store only for one that does not come with Almanac.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(
    connection: &impl Connection,
    name: &str,
) -> Result<Cow<'static, Description>, Error> {
    find(connection, name)
        .await?
        .ok_or_else(|| Error::not_found("analysis", name))
}

/// As [`get`], `None` when there is no such analysis.
///
/// # Errors
/// [`Error::Store`].
pub async fn find(
    connection: &impl Connection,
    name: &str,
) -> Result<Option<Cow<'static, Description>>, Error> {
    if let Some(known) = built_in().iter().find(|known| known.name == name) {
        return Ok(Some(Cow::Borrowed(known)));
    }
    if !is_name(name) {
        return Ok(None);
    }
    let text = store::description(connection, name).await?;
    Ok(text
        .and_then(|text| Description::parse(&text))
        .map(Cow::Owned))
}

/// "unknown analysis `plt`, did you mean `plot`?"
///
/// # Errors
/// [`Error::Store`].
pub async fn unknown(connection: &impl Connection, name: &str) -> Result<String, Error> {
    let all = all(connection).await?;
    Ok(fault::unknown_name(
        "analysis",
        name,
        all.iter().map(|known| known.name.as_str()),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::schema;

    #[test]
    fn what_comes_with_almanac_can_be_read_and_accepts_its_own_example() {
        assert_eq!(built_in().len(), TEXTS.len());
        for known in built_in() {
            let faults = schema::check(&known.parameters, &known.example, "params", None);
            assert_eq!(faults, [], "{}", known.name);
            assert_eq!(
                Description::parse(&known.to_json().to_string()).as_ref(),
                Some(known)
            );
        }
    }
}
