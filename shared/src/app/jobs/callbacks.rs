//! Telling whoever asked for it that a job has ended.
//!
//! The worker that is rung next tells what is due, beside its work: a POST of the job's record, signed
//! with the operator's secret. What is not taken is tried again, later each time. It may come twice; the
//! job's id says so.

use std::cell::Cell;
use std::future::Future;
use std::time::Duration;

use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::app::clock::Clock;
use crate::app::error::Error;
use crate::domain::job::Job;
use crate::store::Connection;
use crate::store::jobs::callbacks as store;

/// Pauses before it is tried again; then it is given up.
const PAUSES: [u64; 7] = [10, 30, 120, 600, 3600, 3 * 3600, 12 * 3600];
/// How long a host has for its answer.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Characters of an error.
const MAX_ERROR: usize = 300;
/// How often it is looked for callbacks that became due.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// A request that tells of a job's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub url: String,
    /// The job's record as JSON.
    pub body: String,
    /// `t=` seconds since 1970, `v1=` the HMAC-SHA-256, in hexadecimal, of these seconds, a point and the body.
    pub signature: String,
    /// The job's id and the number of the attempt.
    pub delivery: String,
}

/// Whoever sends it.
pub trait Messenger {
    /// # Errors
    /// Why it was not taken: anything but a 2xx.
    fn send(&self, message: Message) -> impl Future<Output = Result<(), String>>;
}

/// What is needed for telling.
pub struct Teller<'a, C, M, K> {
    pub connection: &'a C,
    pub messenger: &'a M,
    pub clock: &'a K,
    /// The operator's secret; nobody is told where it is empty.
    pub secret: &'a str,
    /// A job's record as JSON.
    pub render: fn(&Job) -> String,
    /// Seconds since 1970.
    pub now: fn() -> i64,
}

impl<C: Connection, M: Messenger, K: Clock> Teller<'_, C, M, K> {
    /// Tells what is due.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn tell(&self) -> Result<(), Error> {
        if self.secret.is_empty() {
            return Ok(());
        }
        while let Some(job) = store::take(self.connection).await? {
            self.tell_of(&job).await?;
        }
        Ok(())
    }

    /// Tells what becomes due until `is_over`, and once more then.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn tell_until(&self, is_over: &Cell<bool>) -> Result<(), Error> {
        if self.secret.is_empty() {
            return Ok(());
        }
        while !is_over.get() {
            self.tell().await?;
            self.clock.sleep(LOOK_EVERY).await;
        }
        self.tell().await
    }

    async fn tell_of(&self, job: &Job) -> Result<(), Error> {
        let Some(callback) = &job.callback else {
            return Ok(());
        };
        let body = (self.render)(job);
        let message = Message {
            signature: signature(self.secret, (self.now)(), &body),
            url: callback.url.clone(),
            delivery: format!("{} {}", job.id, callback.attempts),
            body,
        };
        let attempt = callback.attempts;
        let sent = self.messenger.send(message).await;
        let why: String = sent
            .as_ref()
            .err()
            .map_or("", String::as_str)
            .chars()
            .take(MAX_ERROR)
            .collect();
        let again = usize::try_from(attempt)
            .ok()
            .and_then(|attempt| PAUSES.get(attempt.checked_sub(1)?))
            .map(|seconds| Duration::from_secs(*seconds));
        let outcome = sent.map_err(|_| (why.as_str(), again));
        store::told(self.connection, job.id, attempt, outcome).await?;
        Ok(())
    }
}

/// The signature of a body at a time: who has the secret can tell that it is Almanac's, and not an old one.
pub fn signature(secret: &str, seconds: i64, body: &str) -> String {
    let mut code = String::new();
    // Any length of key will do.
    if let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) {
        mac.update(format!("{seconds}.").as_bytes());
        mac.update(body.as_bytes());
        for byte in mac.finalize().into_bytes() {
            code.push_str(&format!("{byte:02x}"));
        }
    }
    format!("t={seconds},v1={code}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As Python's `hmac.new(b"Jefe", b"0.what do ya want for nothing?", "sha256").hexdigest()`.
    #[test]
    fn a_signature_is_hmac_sha256() {
        let signed = signature("Jefe", 0, "what do ya want for nothing?");
        assert_eq!(
            signed,
            "t=0,v1=37f471929915ccd2cbbe79feb84ffcff4f2bb25e15fc41c2506687331ae179cc"
        );
    }
}
