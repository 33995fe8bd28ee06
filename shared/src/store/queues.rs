//! Named queues: first in, first out, each item to exactly one taker.
//!
//! | key | type | what |
//! |---|---|---|
//! | `almanac:{queue:NAME}:items` | list | the items as JSON texts, the oldest first; absent when there are none |
//!
//! Taking is one command: an item is in the list or on its way to one taker. A taker who dies on the
//! way takes it along.

use super::connection::{Connection, Error, Replies};
use super::script::Script;
use crate::args;
use crate::domain::QueueName;

static PUT: Script = Script::new(
    "local length = redis.call('LLEN', KEYS[1])
if length >= tonumber(ARGV[2]) then
  return -1
end
return redis.call('RPUSH', KEYS[1], ARGV[1])",
);

fn key(name: &QueueName) -> String {
    format!("almanac:{{queue:{name}}}:items")
}

/// Puts an item at the end; the queue's length then, or `None` when it has `limit` items already.
///
/// # Errors
/// As [`Connection::command`].
pub async fn put(
    connection: &impl Connection,
    name: &QueueName,
    item: &str,
    limit: u64,
) -> Result<Option<u64>, Error> {
    let mut reply = PUT
        .run(connection, &[&key(name)], args![item, limit])
        .await?;
    Ok(u64::try_from(reply.int("the length")?).ok())
}

/// How many items there are.
///
/// # Errors
/// As [`Connection::command`].
pub async fn length(connection: &impl Connection, name: &QueueName) -> Result<u64, Error> {
    let replies = connection.command("LLEN", args![key(name)]).await?;
    Replies::new(replies).unsigned("the length")
}

/// Takes the oldest item.
///
/// # Errors
/// As [`Connection::command`].
pub async fn take(connection: &impl Connection, name: &QueueName) -> Result<Option<String>, Error> {
    let replies = connection.command("LPOP", args![key(name)]).await?;
    Replies::new(replies).optional_text("an item")
}

/// Throws all items away.
///
/// # Errors
/// As [`Connection::command`].
pub async fn clear(connection: &impl Connection, name: &QueueName) -> Result<(), Error> {
    connection.command("DEL", args![key(name)]).await?;
    Ok(())
}
