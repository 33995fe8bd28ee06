//! Lua scripts: each runs atomically inside Redis, and is sent whole only when Redis does not know
//! it yet.

use std::sync::OnceLock;

use super::connection::{Arg, Connection, Error, Replies};

/// A script with the SHA-1 by which Redis knows it, asked of Redis once per process.
pub struct Script {
    source: &'static str,
    sha: OnceLock<String>,
}

impl Script {
    pub const fn new(source: &'static str) -> Self {
        Self {
            source,
            sha: OnceLock::new(),
        }
    }

    /// Runs the script. `keys` are the keys it touches; they share one hash tag.
    ///
    /// # Errors
    /// As [`Connection::command`].
    pub async fn run(
        &self,
        connection: &impl Connection,
        keys: &[&str],
        args: Vec<Arg>,
    ) -> Result<Replies, Error> {
        let sha = match self.sha.get() {
            Some(sha) => sha,
            None => self.load(connection).await?,
        };
        match connection
            .command("EVALSHA", call(sha, keys, args.clone()))
            .await
        {
            // Redis was restarted or its script cache flushed.
            Err(Error::Refused(text)) if text.contains("NOSCRIPT") || text.contains("NoScript") => {
                self.load(connection).await?;
                connection
                    .command("EVALSHA", call(sha, keys, args))
                    .await
                    .map(Replies::new)
            }
            replies => replies.map(Replies::new),
        }
    }

    async fn load(&self, connection: &impl Connection) -> Result<&str, Error> {
        let replies = connection
            .command("SCRIPT", crate::args!["LOAD", self.source])
            .await?;
        let sha = Replies::new(replies).text("the hash of a script")?;
        Ok(self.sha.get_or_init(|| sha))
    }
}

fn call(sha: &str, keys: &[&str], args: Vec<Arg>) -> Vec<Arg> {
    let mut list = crate::args![sha, keys.len()];
    list.extend(keys.iter().map(|key| Arg::from(*key)));
    list.extend(args);
    list
}
