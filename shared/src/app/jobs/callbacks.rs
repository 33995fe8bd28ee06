//! Sends the callbacks of jobs that have ended.
//!
//! A callback is a POST of the job's record, signed with the operator's secret. It is sent from an HTTP
//! component: outbound HTTP from a Redis-triggered one ends the Redis trigger of Spin 4.0. A callback
//! that was not accepted is sent again, later each time. It may arrive twice; its delivery id says so.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::app::clock::Clock;
use crate::app::error::Error;
use crate::domain::job::Job;
use crate::store::Connection;
use crate::store::jobs::callbacks as store;

/// Pauses between attempts, in seconds.
const PAUSES: [u64; 7] = [10, 30, 120, 600, 3600, 3 * 3600, 12 * 3600];
/// How many times a callback is sent at most.
pub const MAX_ATTEMPTS: u64 = PAUSES.len() as u64 + 1;
/// How long a receiver has to answer.
pub const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Callbacks sent at the same time, so that one slow receiver does not hold up the others.
const MAX_AT_ONCE: usize = 8;
/// After this long, no further callback is begun in one call.
const BEGIN_WITHIN: Duration = Duration::from_secs(20);
/// Characters of a recorded error.
const MAX_ERROR: usize = 300;

/// A callback as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    pub url: String,
    /// The job's record as JSON.
    pub body: String,
    /// The value of `X-Almanac-Signature`; see [`signature`].
    pub signature: String,
    /// The job's id and the number of the attempt.
    pub delivery: String,
}

/// Sends messages over HTTP.
pub trait HttpClient {
    /// # Errors
    /// Why the message was not accepted: any answer but 2xx, or none.
    fn post(&self, message: Message) -> impl Future<Output = Result<(), String>>;
}

/// How many callbacks were accepted, and how many were not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    pub delivered: usize,
    pub failed: usize,
}

impl Sent {
    /// Whether anything was due.
    pub fn is_any(self) -> bool {
        self.delivered + self.failed > 0
    }
}

/// Sends callbacks that are due.
pub struct CallbackSender<'a, C, H, K> {
    pub connection: &'a C,
    pub client: &'a H,
    pub clock: &'a K,
    /// The operator's secret; without one nothing is sent.
    pub secret: &'a str,
    /// A job's record as JSON.
    pub render: fn(&Job) -> String,
    /// Seconds since 1970.
    pub now: fn() -> i64,
}

impl<C: Connection, H: HttpClient, K: Clock> CallbackSender<'_, C, H, K> {
    /// Sends every callback that is due, several at a time.
    ///
    /// # Errors
    /// [`Error::Store`].
    pub async fn send_due(&self) -> Result<Sent, Error> {
        let mut sent = Sent::default();
        if self.secret.is_empty() {
            return Ok(sent);
        }
        let end = self.clock.elapsed() + BEGIN_WITHIN;
        let mut sending = pin!(FuturesUnordered::new());
        let mut is_more = true;
        loop {
            while is_more && sending.len() < MAX_AT_ONCE {
                is_more = self.clock.elapsed() < end;
                let due = match is_more {
                    true => store::take(self.connection, MAX_ATTEMPTS).await?,
                    false => None,
                };
                match due {
                    Some(job) => sending.push(self.send(job)),
                    None => is_more = false,
                }
            }
            match sending.next().await {
                Some(Ok(true)) => sent.delivered += 1,
                Some(Ok(false)) => sent.failed += 1,
                Some(Err(error)) => return Err(error),
                None => return Ok(sent),
            }
        }
    }

    /// Sends one callback and records how that went. Returns whether it was accepted.
    async fn send(&self, job: Job) -> Result<bool, Error> {
        let Some(callback) = &job.callback else {
            return Ok(false);
        };
        let body = (self.render)(&job);
        let message = Message {
            signature: signature(self.secret, (self.now)(), &body),
            url: callback.url.clone(),
            delivery: format!("{} {}", job.id, callback.attempts),
            body,
        };
        let accepted = self.client.post(message).await;
        let why = accepted.as_ref().err().map(|why| shortened(why));
        let outcome = match &why {
            None => Ok(()),
            Some(why) => Err((why.as_str(), pause_after(callback.attempts))),
        };
        store::settle(self.connection, job.id, callback.attempts, outcome).await?;
        Ok(accepted.is_ok())
    }
}

/// The pause after an attempt, counted from 1; `None` after the last.
fn pause_after(attempt: u64) -> Option<Duration> {
    let position = usize::try_from(attempt.checked_sub(1)?).ok()?;
    PAUSES.get(position).copied().map(Duration::from_secs)
}

fn shortened(why: &str) -> String {
    why.chars().take(MAX_ERROR).collect()
}

/// `t=` the time in seconds since 1970, `v1=` the HMAC-SHA-256 of these seconds, a point and the body, in
/// hexadecimal. A receiver with the secret can check that a message is genuine and recent.
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
