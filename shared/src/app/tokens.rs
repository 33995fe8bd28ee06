//! Making, checking and revoking tokens.
//!
//! A token is `almanac_ID_SECRET`. The secret is 256 random bits less twelve; only its SHA-256 is
//! kept, which for a secret of that length is as good as a slow hash.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::error::Error;
use crate::domain::access::{Scope, Token};
use crate::domain::{DatasetName, Timestamp};
use crate::store::Connection;
use crate::store::tokens::{self as store, Kept};

const PREFIX: &str = "almanac";
/// What the token of the configuration is called.
const FIRST: &str = "configured";
/// Tokens at the same time.
const MAX_TOKENS: usize = 1000;

/// What a new token shall be.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    pub name: Option<String>,
    pub scopes: Vec<Scope>,
    pub datasets: Option<Vec<DatasetName>>,
    pub expires_on: Option<Timestamp>,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, PartialEq)]
pub enum Refusal {
    /// It is none of ours, or was revoked.
    Unknown,
    Expired,
    Store(crate::store::Error),
}

impl From<crate::store::Error> for Refusal {
    fn from(error: crate::store::Error) -> Self {
        Self::Store(error)
    }
}

/// Makes a token. `id` and `secret` are fresh and random; the text that is returned with it is never
/// to be had again.
///
/// # Errors
/// [`Error::TooMuch`] beyond a thousand tokens.
pub async fn create(
    connection: &impl Connection,
    wanted: Wanted,
    id: &str,
    secret: &str,
    now: Timestamp,
) -> Result<(Token, String), Error> {
    if store::list(connection).await?.len() >= MAX_TOKENS {
        return Err(Error::TooMuch {
            what: "tokens".to_owned(),
            limit: MAX_TOKENS as u64,
        });
    }
    let token = Token {
        id: id.to_owned(),
        name: wanted.name,
        scopes: wanted.scopes,
        datasets: wanted.datasets,
        created_on: now,
        expires_on: wanted.expires_on,
    };
    store::put(connection, &token, &digest(secret)).await?;
    Ok((token, format!("{PREFIX}_{id}_{secret}")))
}

/// Every token, in order of id.
///
/// # Errors
/// [`Error::Store`].
pub async fn list(connection: &impl Connection) -> Result<Vec<Kept>, Error> {
    Ok(store::list(connection).await?)
}

/// Makes a token good for nothing, at once.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn revoke(connection: &impl Connection, id: &str) -> Result<(), Error> {
    if store::remove(connection, id).await? {
        return Ok(());
    }
    Err(Error::not_found("token", id))
}

/// What a text that is said to be a token stands for. `first` is the token of the configuration,
/// empty for none: it may do everything, and makes the others.
///
/// # Errors
/// Says why it is none.
pub async fn authenticate(
    connection: &impl Connection,
    text: &str,
    first: &str,
    now: Timestamp,
) -> Result<Token, Refusal> {
    if !first.is_empty() && is_same(&digest(text), &digest(first)) {
        return Ok(Token {
            id: FIRST.to_owned(),
            name: None,
            scopes: vec![Scope::Admin],
            datasets: None,
            created_on: Timestamp::MIN,
            expires_on: None,
        });
    }
    let mut parts = text.splitn(3, '_');
    let (Some(PREFIX), Some(id), Some(secret)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(Refusal::Unknown);
    };
    let kept = store::get(connection, id).await?.ok_or(Refusal::Unknown)?;
    if !is_same(&digest(secret), &kept.digest) {
        return Err(Refusal::Unknown);
    }
    if kept.token.has_expired(now) {
        return Err(Refusal::Expired);
    }
    store::touch(connection, &kept, now).await?;
    Ok(kept.token)
}

/// SHA-256 in hexadecimal.
fn digest(secret: &str) -> String {
    let bytes = Sha256::digest(secret.as_bytes());
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// In the same time wherever they differ.
fn is_same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::test_server::RedisServer;

    fn time(text: &str) -> Timestamp {
        Timestamp::parse(text, &jiff::tz::TimeZone::UTC).unwrap()
    }

    #[tokio::test]
    async fn a_token_is_good_until_it_expires_or_is_revoked() {
        let server = RedisServer::start();
        let connection = server.connect();
        let now = time("2026-01-01");
        let wanted = Wanted {
            name: Some("reader".into()),
            scopes: vec![Scope::Read],
            datasets: Some(vec![DatasetName::new("co2").unwrap()]),
            expires_on: Some(time("2026-02-01")),
        };
        let made = create(&connection, wanted, "id1", "secret_with_line", now).await;
        let (token, text) = made.unwrap();
        let check = async |text: &str, now| authenticate(&connection, text, "first", now).await;
        assert_eq!(check(&text, now).await, Ok(token));
        assert_eq!(
            check(&text, time("2026-02-01")).await,
            Err(Refusal::Expired)
        );
        for wrong in [
            "",
            "almanac_id1_secret",
            "almanac_id2_secret_with_line",
            "x_y_z",
            "first_",
        ] {
            assert_eq!(check(wrong, now).await, Err(Refusal::Unknown), "{wrong}");
        }
        assert_eq!(check("first", now).await.unwrap().id, FIRST);
        let kept = list(&connection).await.unwrap();
        assert_eq!(kept[0].last_used, Some(now));
        assert!(!kept[0].digest.contains("secret"));
        revoke(&connection, "id1").await.unwrap();
        assert_eq!(check(&text, now).await, Err(Refusal::Unknown));
        assert!(revoke(&connection, "id1").await.is_err());
    }

    #[tokio::test]
    async fn without_a_first_token_the_empty_text_is_none() {
        let server = RedisServer::start();
        let connection = server.connect();
        let refused = authenticate(&connection, "", "", Timestamp::MIN).await;
        assert_eq!(refused, Err(Refusal::Unknown));
    }
}
