//! The descriptions of datasets.
//!
//! | key | type | what |
//! |---|---|---|
//! | `almanac:datasets` | sorted set | the names of all datasets, all with score 0, so that they sort as text |
//! | `almanac:{NAME}:dataset` | hash | one dataset, fields below |
//!
//! | field of the hash | what |
//! |---|---|
//! | `description` | JSON: see [`record`] |
//! | `revision` | a new UUID with every change of the description; never used twice, also not by a later dataset of the same name |
//! | `version` | grows by one with every committed change of description or points |
//! | `sequence` and the rest | see [`super::points`] |
//!
//! The hash is the truth. A name enters the sorted set before its hash is made and leaves it after
//! the hash is gone, so a crash in between leaves a name without a dataset, which listing leaves out
//! and creating makes good.

pub mod record;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::connection::{Connection, Error, Replies};
use super::script::Script;
use crate::args;
use crate::domain::{Dataset, DatasetName};

/// The sorted set of names.
const NAMES: &str = "almanac:datasets";

/// The hash of one dataset.
pub fn key(name: &DatasetName) -> String {
    format!("almanac:{{{name}}}:dataset")
}

static CREATE: Script = Script::new(include_str!("create.lua"));
static UPDATE: Script = Script::new(include_str!("update.lua"));
static DELETE: Script = Script::new(include_str!("delete.lua"));

/// A description with the revision it is of.
#[derive(Debug, Clone, PartialEq)]
pub struct Described {
    pub dataset: Rc<Dataset>,
    pub revision: String,
    pub version: u64,
}

/// What an attempt to write came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// Done; the dataset has this version now.
    Done { version: u64 },
    /// There is no such dataset.
    Missing,
    /// The version is not the one that the caller demanded.
    Changed { version: u64 },
    /// Somebody else changed the description meanwhile: read it anew and try again.
    Again,
    /// There is one already.
    Exists,
}

/// Makes a dataset of version 1 unless the name is taken.
pub async fn create(
    connection: &impl Connection,
    dataset: &Dataset,
    revision: &str,
) -> Result<Written, Error> {
    connection
        .command("ZADD", args![NAMES, 0_i64, dataset.name.as_str()])
        .await?;
    let key = key(&dataset.name);
    let mut reply = CREATE
        .run(
            connection,
            &[&key],
            args![record::encode(dataset), revision],
        )
        .await?;
    Ok(if reply.int("whether it was made")? == 1 {
        Written::Done { version: 1 }
    } else {
        Written::Exists
    })
}

/// Number of names, counting those whose dataset is just being made or unmade.
pub async fn count(connection: &impl Connection) -> Result<u64, Error> {
    Replies::new(connection.command("ZCARD", args![NAMES]).await?)
        .unsigned("the number of datasets")
}

/// The names after `after`, at most `limit`, in order.
pub async fn names(
    connection: &impl Connection,
    after: Option<&str>,
    limit: usize,
) -> Result<Vec<DatasetName>, Error> {
    let from = after.map_or_else(|| "-".to_owned(), |after| format!("({after}"));
    let replies = connection
        .command(
            "ZRANGE",
            args![NAMES, from, "+", "BYLEX", "LIMIT", 0_i64, limit],
        )
        .await?;
    let mut replies = Replies::new(replies);
    let mut names = Vec::new();
    while replies.remaining() > 0 {
        let text = replies.text("a name")?;
        names.push(
            DatasetName::new(&text).map_err(|why| Error::Corrupt(format!("name {text} {why}")))?,
        );
    }
    Ok(names)
}

/// The description of one dataset; `None` when there is none.
pub async fn get(
    connection: &impl Connection,
    name: &DatasetName,
) -> Result<Option<Described>, Error> {
    let replies = connection
        .command(
            "HMGET",
            args![key(name), "description", "revision", "version"],
        )
        .await?;
    let mut replies = Replies::new(replies);
    let description = replies.optional_bytes("the description")?;
    let (Some(description), Some(revision)) = (description, replies.optional_text("the revision")?)
    else {
        return Ok(None);
    };
    let version = replies.unsigned("the version")?;
    let dataset = remember(name, &revision, &description)?;
    Ok(Some(Described {
        dataset,
        revision,
        version,
    }))
}

/// Replaces the description of revision `from`.
pub async fn update(
    connection: &impl Connection,
    dataset: &Dataset,
    from: &str,
    revision: &str,
    if_version: Option<u64>,
) -> Result<Written, Error> {
    let key = key(&dataset.name);
    let args = args![
        record::encode(dataset),
        from,
        revision,
        demanded(if_version)
    ];
    let reply = UPDATE.run(connection, &[&key], args).await?;
    written(reply)
}

/// Deletes a dataset with all its points.
pub async fn delete(
    connection: &impl Connection,
    name: &DatasetName,
    if_version: Option<u64>,
) -> Result<Written, Error> {
    let keys = [
        key(name),
        super::points::keys::log(name),
        super::points::keys::chunks(name),
        super::points::keys::index(name),
    ];
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let args = args![
        demanded(if_version),
        super::points::keys::chunk_prefix(name)
    ];
    let outcome = written(DELETE.run(connection, &keys, args).await?)?;
    if matches!(outcome, Written::Done { .. } | Written::Missing) {
        connection
            .command("ZREM", args![NAMES, name.as_str()])
            .await?;
    }
    Ok(outcome)
}

/// A demanded version as scripts take it: text, empty for none.
pub(super) fn demanded(version: Option<u64>) -> String {
    version.map_or_else(String::new, |version| version.to_string())
}

/// Reads what the scripts here answer: a word, then the version.
pub(super) fn written(mut reply: Replies) -> Result<Written, Error> {
    let word = reply.text("an outcome")?;
    Ok(match word.as_str() {
        "done" => Written::Done {
            version: reply.unsigned("the version")?,
        },
        "missing" => Written::Missing,
        "changed" => Written::Changed {
            version: reply.unsigned("the version")?,
        },
        "again" => Written::Again,
        other => return Err(Error::Corrupt(format!("a script answered {other}"))),
    })
}

/// Descriptions that an instance remembers.
const REMEMBERED: usize = 64;

thread_local! {
    /// Descriptions by name with their revision. A revision is never used twice, so an entry is
    /// either right or recognised as old by every script that is told its revision.
    static KNOWN: RefCell<HashMap<DatasetName, (String, Rc<Dataset>)>> = RefCell::default();
}

/// The description that this instance saw last, with its revision.
pub fn known(name: &DatasetName) -> Option<(String, Rc<Dataset>)> {
    KNOWN.with_borrow(|known| known.get(name).cloned())
}

/// Decodes a description and remembers it.
pub(super) fn remember(
    name: &DatasetName,
    revision: &str,
    description: &[u8],
) -> Result<Rc<Dataset>, Error> {
    if let Some((_, dataset)) = known(name).filter(|(known, _)| known == revision) {
        return Ok(dataset);
    }
    let dataset = Rc::new(record::decode(name, description)?);
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(name.clone(), (revision.to_owned(), dataset.clone()));
    });
    Ok(dataset)
}
