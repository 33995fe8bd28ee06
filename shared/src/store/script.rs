//! Lua scripts: each runs atomically inside Redis, and is sent whole only when Redis does not know
//! it yet.

use std::fmt::Write;
use std::sync::OnceLock;

use sha1::{Digest, Sha1};

use super::connection::{Arg, Connection, Error, Replies};

/// A script with the SHA-1 by which Redis knows it.
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
        let short = call(self.sha(), keys, args.clone());
        let replies = match connection.command("EVALSHA", short).await {
            // Redis is new, was restarted, or its script cache was flushed.
            Err(Error::Refused(text)) if text.contains("NOSCRIPT") || text.contains("NoScript") => {
                connection
                    .command("EVAL", call(self.source, keys, args))
                    .await
            }
            replies => replies,
        };
        replies.map(Replies::new)
    }

    /// Computed here rather than asked of Redis, which would cost a new instance a round trip for
    /// each script.
    fn sha(&self) -> &str {
        self.sha.get_or_init(|| {
            let mut text = String::with_capacity(40);
            for byte in Sha1::digest(self.source) {
                // Writing to a String cannot fail.
                let _ = write!(text, "{byte:02x}");
            }
            text
        })
    }
}

/// `script` is the source or its hash.
fn call(script: &str, keys: &[&str], args: Vec<Arg>) -> Vec<Arg> {
    let mut list = crate::args![script, keys.len()];
    list.extend(keys.iter().map(|key| Arg::from(*key)));
    list.extend(args);
    list
}
