//! Why a use case did not do what it was asked.

use crate::domain::Fault;
use crate::store;

/// One variant for each thing a caller can do about it; which status each answers stands in
/// [`crate::http::problem`] alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// There is no such thing: `what` is its kind, `name` what was asked for.
    NotFound {
        what: &'static str,
        name: String,
    },
    /// The input is well formed but wrong.
    Invalid(Vec<Fault>),
    /// It contradicts what is stored: a name or key that is taken, a job not finished.
    Conflict(String),
    /// A condition of the caller's own no longer holds: the dataset has another version.
    Changed {
        version: u64,
    },
    /// More than a limit allows, counted in what the limit says: `points`, `bytes`.
    TooMuch {
        what: String,
        limit: u64,
    },
    /// Full for now; worth trying again after so many seconds.
    Busy {
        why: String,
        retry_after: u32,
    },
    /// The file's format is none that is read.
    UnknownFormat(String),
    Store(store::Error),
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl From<Vec<Fault>> for Error {
    fn from(faults: Vec<Fault>) -> Self {
        Self::Invalid(faults)
    }
}

impl Error {
    pub fn invalid(at: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(at, detail)])
    }

    pub fn not_found(what: &'static str, name: impl ToString) -> Self {
        // A name from outside may be anything and of any length.
        let name = name.to_string().chars().take(80).collect();
        Self::NotFound { what, name }
    }
}
