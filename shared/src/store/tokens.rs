//! Tokens, and how often their holders ask.
//!
//! | key | type | what |
//! |---|---|---|
//! | `almanac:tokens` | hash | by id, JSON: what a token says of itself, and the SHA-256 of its secret in hexadecimal |
//! | `almanac:tokens:used` | hash | by id, when it was last used, in milliseconds since 1970, to the minute |
//! | `almanac:rate:WHO:MINUTE` | number | requests of a token or address within a minute since 1970; expires |

use serde::{Deserialize, Serialize};

use super::connection::{Connection, Error, Replies};
use super::script::Script;
use crate::args;
use crate::domain::access::{Scope, Token};
use crate::domain::{DatasetName, Timestamp};

const TOKENS: &str = "almanac:tokens";
const USED: &str = "almanac:tokens:used";
/// How exactly it is kept when a token was last used: writing it down costs a round trip.
const USE_STEP: i64 = 60_000;
/// A counter outlives its minute, so that clocks that differ a little count together.
const RATE_SECONDS: i64 = 120;

static COUNT: Script = Script::new(
    "local count = redis.call('INCR', KEYS[1])
     if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
     return count",
);

/// A token as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    pub token: Token,
    /// SHA-256 of the secret, in hexadecimal.
    pub digest: String,
    /// To the minute.
    pub last_used: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
struct Record {
    name: Option<String>,
    scopes: Vec<String>,
    datasets: Option<Vec<String>>,
    created_on: i64,
    expires_on: Option<i64>,
    digest: String,
}

fn encode(token: &Token, digest: &str) -> Result<String, Error> {
    let record = Record {
        name: token.name.clone(),
        scopes: token
            .scopes
            .iter()
            .map(|scope| scope.name().to_owned())
            .collect(),
        datasets: token
            .datasets
            .as_ref()
            .map(|names| names.iter().map(|name| name.as_str().to_owned()).collect()),
        created_on: token.created_on.milliseconds(),
        expires_on: token.expires_on.map(Timestamp::milliseconds),
        digest: digest.to_owned(),
    };
    serde_json::to_string(&record).map_err(|error| Error::Corrupt(format!("a token: {error}")))
}

fn decode(id: &str, text: &[u8], used: Option<&str>) -> Result<Kept, Error> {
    let corrupt = |why: String| Error::Corrupt(format!("token {id}: {why}"));
    let record: Record =
        serde_json::from_slice(text).map_err(|error| corrupt(error.to_string()))?;
    let time = |milliseconds| Timestamp::from_milliseconds(milliseconds).map_err(corrupt);
    let scope =
        |name: &String| Scope::from_name(name).ok_or_else(|| corrupt(format!("no scope {name}")));
    let names = |names: Vec<String>| {
        let names = names.iter().map(|name| DatasetName::new(name));
        names.collect::<Result<Vec<_>, _>>().map_err(corrupt)
    };
    Ok(Kept {
        token: Token {
            id: id.to_owned(),
            name: record.name,
            scopes: record.scopes.iter().map(scope).collect::<Result<_, _>>()?,
            datasets: record.datasets.map(names).transpose()?,
            created_on: time(record.created_on)?,
            expires_on: record.expires_on.map(time).transpose()?,
        },
        digest: record.digest,
        last_used: used
            .and_then(|used| used.parse().ok())
            .and_then(|used| Timestamp::from_milliseconds(used).ok()),
    })
}

pub async fn put(connection: &impl Connection, token: &Token, digest: &str) -> Result<(), Error> {
    let args = args![TOKENS, token.id.as_str(), encode(token, digest)?];
    connection.command("HSET", args).await.map(drop)
}

/// `None` when there is no token of that id.
pub async fn get(connection: &impl Connection, id: &str) -> Result<Option<Kept>, Error> {
    let replies = connection.command("HGET", args![TOKENS, id]).await?;
    let Some(text) = Replies::new(replies).optional_bytes("a token")? else {
        return Ok(None);
    };
    let replies = connection.command("HGET", args![USED, id]).await?;
    let used = Replies::new(replies).optional_text("its last use")?;
    decode(id, &text, used.as_deref()).map(Some)
}

/// Every token, in order of id.
pub async fn list(connection: &impl Connection) -> Result<Vec<Kept>, Error> {
    let mut used = std::collections::HashMap::new();
    let mut replies = Replies::new(connection.command("HGETALL", args![USED]).await?);
    while replies.remaining() > 0 {
        used.insert(replies.text("an id")?, replies.text("its last use")?);
    }
    let mut tokens = Vec::new();
    let mut replies = Replies::new(connection.command("HGETALL", args![TOKENS]).await?);
    while replies.remaining() > 0 {
        let id = replies.text("an id")?;
        let text = replies.bytes("a token")?;
        tokens.push(decode(&id, &text, used.get(&id).map(String::as_str))?);
    }
    tokens.sort_by(|one, other| one.token.id.cmp(&other.token.id));
    Ok(tokens)
}

/// Whether there was such a token.
pub async fn remove(connection: &impl Connection, id: &str) -> Result<bool, Error> {
    let replies = connection.command("HDEL", args![TOKENS, id]).await?;
    let removed = Replies::new(replies).int("how many are gone")?;
    connection.command("HDEL", args![USED, id]).await?;
    Ok(removed > 0)
}

/// Notes that a token was used, at most once a minute.
pub async fn touch(connection: &impl Connection, kept: &Kept, now: Timestamp) -> Result<(), Error> {
    let step = |time: Timestamp| time.milliseconds().div_euclid(USE_STEP);
    if kept.last_used.map(step) == Some(step(now)) {
        return Ok(());
    }
    let at = step(now).saturating_mul(USE_STEP);
    let args = args![USED, kept.token.id.as_str(), at];
    connection.command("HSET", args).await.map(drop)
}

/// Counts a request of somebody, and says how many there were within the minute of `now`.
pub async fn count(connection: &impl Connection, who: &str, now: Timestamp) -> Result<u64, Error> {
    let minute = now.milliseconds().div_euclid(60_000);
    let key = format!("almanac:rate:{who}:{minute}");
    let mut reply = COUNT.run(connection, &[&key], args![RATE_SECONDS]).await?;
    reply.unsigned("how many requests there were")
}
