//! Who may do what.

use super::dataset::DatasetName;
use super::time::Timestamp;

/// What a token is good for. Each scope is its own: to write is not to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Reading datasets and their points.
    Read,
    /// Making, changing and deleting them.
    Write,
    /// Submitting jobs and seeing what they found.
    Jobs,
    /// Everything, tokens and queues included.
    Admin,
}

impl Scope {
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Jobs, Self::Admin];

    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Jobs => "jobs",
            Self::Admin => "admin",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

/// What a token says of itself; the secret is not part of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Token {
    /// Part of the token itself, and what it is called in the log.
    pub id: String,
    /// For people.
    pub name: Option<String>,
    pub scopes: Vec<Scope>,
    /// The only datasets that it is good for; `None`: all.
    pub datasets: Option<Vec<DatasetName>>,
    pub created_on: Timestamp,
    /// When it is no longer good for anything.
    pub expires_on: Option<Timestamp>,
}

impl Token {
    /// Characters of a name.
    pub const MAX_NAME: usize = 100;
    /// Datasets that a token can be limited to.
    pub const MAX_DATASETS: usize = 100;

    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_on.is_some_and(|expiry| expiry <= now)
    }

    fn has(&self, scope: Scope) -> bool {
        self.scopes.contains(&scope) || self.scopes.contains(&Scope::Admin)
    }

    fn covers(&self, dataset: Option<&DatasetName>) -> bool {
        match (&self.datasets, dataset) {
            (Some(known), Some(dataset)) => known.contains(dataset),
            _ => true,
        }
    }
}

/// Who sends a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Caller {
    /// Somebody, where no tokens are needed.
    Anybody,
    /// Somebody without a token, where one is needed.
    Stranger,
    Holder(Token),
}

impl Caller {
    /// Whether the caller may do what needs `scope`, on `dataset` if it is about one. What is public is
    /// not known here.
    pub fn may(&self, scope: Scope, dataset: Option<&DatasetName>) -> bool {
        match self {
            Self::Anybody => true,
            Self::Stranger => false,
            Self::Holder(token) => token.has(scope) && token.covers(dataset),
        }
    }

    /// The only datasets that the caller has to do with; `None`: all.
    pub fn datasets(&self) -> Option<&[DatasetName]> {
        match self {
            Self::Holder(token) => token.datasets.as_deref(),
            Self::Anybody | Self::Stranger => None,
        }
    }

    /// The id of the token, for the log.
    pub fn token_id(&self) -> Option<&str> {
        match self {
            Self::Holder(token) => Some(&token.id),
            Self::Anybody | Self::Stranger => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder(scopes: &[Scope], datasets: Option<&[&str]>) -> Caller {
        Caller::Holder(Token {
            id: "t".into(),
            name: None,
            scopes: scopes.to_vec(),
            datasets: datasets.map(|names| {
                names
                    .iter()
                    .map(|name| DatasetName::new(name).unwrap())
                    .collect()
            }),
            created_on: Timestamp::MIN,
            expires_on: None,
        })
    }

    #[test]
    fn a_scope_is_its_own_and_admin_is_all() {
        for scope in Scope::ALL {
            for other in Scope::ALL {
                let may = holder(&[scope], None).may(other, None);
                assert_eq!(may, scope == other || scope == Scope::Admin);
            }
        }
    }

    #[test]
    fn a_limited_token_is_good_for_its_datasets_alone() {
        let co2 = DatasetName::new("co2").unwrap();
        let weather = DatasetName::new("weather").unwrap();
        let limited = holder(&[Scope::Read], Some(&["co2"]));
        assert!(limited.may(Scope::Read, Some(&co2)));
        assert!(!limited.may(Scope::Read, Some(&weather)));
        assert!(!limited.may(Scope::Write, Some(&co2)));
        assert!(!Caller::Stranger.may(Scope::Read, Some(&co2)));
        assert!(Caller::Anybody.may(Scope::Admin, Some(&co2)));
    }
}
