//! The seam between the store and Redis.

use std::fmt;

/// Runs commands on one Redis.
///
/// An implementation bounds every call by a deadline and answers [`Error::Unavailable`] beyond it;
/// it reconnects by itself. After such an error it is not known whether the command ran.
#[expect(async_fn_in_trait, reason = "components and tests run on one thread")]
pub trait Connection {
    /// Runs one command and returns its replies, nested lists flattened.
    async fn command(&self, name: &str, args: Vec<Arg>) -> Result<Vec<Reply>, Error>;

    /// Reads a whole value; `None` when there is no such key. The fastest way to a blob.
    async fn blob(&self, key: &str) -> Result<Option<Vec<u8>>, Error>;

    /// Reads several values in one round trip. The reply is held whole, so callers ask for a few
    /// megabytes at a time.
    async fn blobs(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, Error> {
        if let [key] = keys {
            return Ok(vec![self.blob(key).await?]);
        }
        let replies = self
            .command("MGET", keys.iter().map(Arg::from).collect())
            .await?;
        let mut replies = Replies::new(replies);
        keys.iter()
            .map(|_| replies.optional_bytes("a blob"))
            .collect()
    }
}

/// A command's argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Arg {
    Int(i64),
    Bytes(Vec<u8>),
}

impl From<i64> for Arg {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<u64> for Arg {
    fn from(value: u64) -> Self {
        // Numbers that we send as u64 are counts and milliseconds, far below 2^63.
        Self::Int(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Arg {
    fn from(value: usize) -> Self {
        Self::from(value as u64)
    }
}

impl From<&str> for Arg {
    fn from(value: &str) -> Self {
        Self::Bytes(value.as_bytes().to_vec())
    }
}

impl From<&String> for Arg {
    fn from(value: &String) -> Self {
        Self::from(value.as_str())
    }
}

impl From<String> for Arg {
    fn from(value: String) -> Self {
        Self::Bytes(value.into_bytes())
    }
}

impl From<Vec<u8>> for Arg {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

/// One item of a reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    Nil,
    Status(String),
    Int(i64),
    Bytes(Vec<u8>),
}

/// What can go wrong between us and Redis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Redis cannot be reached, did not answer in time, or refuses writes. Trying later may help.
    Unavailable(String),
    /// Redis answered with an error: a script of ours is wrong, or memory is full.
    Refused(String),
    /// What is stored is not what we store.
    Corrupt(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(why) => write!(f, "the store is unavailable: {why}"),
            Self::Refused(why) => write!(f, "the store refused a command: {why}"),
            Self::Corrupt(why) => write!(f, "the store holds something unexpected: {why}"),
        }
    }
}

impl std::error::Error for Error {}

impl Error {
    /// Tells by its text what an error of a command is: by Redis' own prefixes or, inside Spin, by
    /// the names that the `redis` crate has for them.
    pub(super) fn from_text(text: String) -> Self {
        // Redis is loading its file, is a replica, or cannot write to disk: it will pass.
        const PASSING: [&str; 10] = [
            "LOADING",
            "BusyLoading",
            "READONLY",
            "ReadOnly",
            "MISCONF",
            "MASTERDOWN",
            "MasterDown",
            "TRYAGAIN",
            "TryAgain",
            "BUSY ",
        ];
        // Words for connections that are gone, and for replies that were cut off by their end.
        const LOST: [&str; 9] = [
            "onnection",
            "broken pipe",
            "timed out",
            "Broken pipe",
            "terminated",
            "disconnected",
            "unexpected end of file",
            "driver unexpectedly",
            "arse error",
        ];
        let is_passing = PASSING.iter().any(|prefix| text.contains(prefix));
        if is_passing || LOST.iter().any(|word| text.contains(word)) {
            Self::Unavailable(text)
        } else {
            Self::Refused(text)
        }
    }
}

/// Reads a reply item by item, and says which one is not as expected.
pub struct Replies(std::vec::IntoIter<Reply>);

impl Replies {
    pub fn new(replies: Vec<Reply>) -> Self {
        Self(replies.into_iter())
    }

    pub fn remaining(&self) -> usize {
        self.0.len()
    }

    fn next(&mut self, what: &str) -> Result<Reply, Error> {
        self.0
            .next()
            .ok_or_else(|| Error::Corrupt(format!("a reply ends before {what}")))
    }

    /// A whole number, also where Redis sends it as text.
    pub fn int(&mut self, what: &str) -> Result<i64, Error> {
        match self.next(what)? {
            Reply::Int(value) => Ok(value),
            Reply::Bytes(bytes) => std::str::from_utf8(&bytes)
                .ok()
                .and_then(|text| text.parse().ok())
                .ok_or_else(|| Error::Corrupt(format!("{what} is not a number"))),
            other => Err(Error::Corrupt(format!(
                "{what} is not a number but {other:?}"
            ))),
        }
    }

    pub fn unsigned(&mut self, what: &str) -> Result<u64, Error> {
        u64::try_from(self.int(what)?).map_err(|_| Error::Corrupt(format!("{what} is negative")))
    }

    pub fn optional_bytes(&mut self, what: &str) -> Result<Option<Vec<u8>>, Error> {
        match self.next(what)? {
            Reply::Nil => Ok(None),
            Reply::Bytes(bytes) => Ok(Some(bytes)),
            Reply::Status(text) => Ok(Some(text.into_bytes())),
            Reply::Int(value) => Ok(Some(value.to_string().into_bytes())),
        }
    }

    pub fn bytes(&mut self, what: &str) -> Result<Vec<u8>, Error> {
        self.optional_bytes(what)?
            .ok_or_else(|| Error::Corrupt(format!("{what} is missing")))
    }

    pub fn text(&mut self, what: &str) -> Result<String, Error> {
        String::from_utf8(self.bytes(what)?)
            .map_err(|_| Error::Corrupt(format!("{what} is not UTF-8")))
    }

    pub fn optional_text(&mut self, what: &str) -> Result<Option<String>, Error> {
        match self.optional_bytes(what)? {
            None => Ok(None),
            Some(bytes) => String::from_utf8(bytes)
                .map(Some)
                .map_err(|_| Error::Corrupt(format!("{what} is not UTF-8"))),
        }
    }
}

/// Builds a list of arguments of different types.
#[macro_export]
macro_rules! args {
    ($($arg:expr),* $(,)?) => { vec![$($crate::store::Arg::from($arg)),*] };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_is_wrong() {
        for text in [
            "LOADING Redis is loading the dataset in memory",
            "An error was signalled by the server - BusyLoadingError: Redis is loading",
            "An error was signalled by the server - ReadOnly: You can't write against a replica",
            "MISCONF Redis is configured to save RDB snapshots",
            "broken pipe",
            "Connection reset by peer (os error 104)",
            "parse error - ParseError: Parse error at 5\nUnexpected end of input",
        ] {
            assert!(
                matches!(Error::from_text(text.to_owned()), Error::Unavailable(_)),
                "{text}"
            );
        }
        for text in [
            "OOM command not allowed when used memory > 'maxmemory'",
            "An error was signalled by the server - ResponseError: user_script:1: oh",
            "NoScriptError: No matching script. Please use EVAL.",
        ] {
            assert!(
                matches!(Error::from_text(text.to_owned()), Error::Refused(_)),
                "{text}"
            );
        }
    }
}
