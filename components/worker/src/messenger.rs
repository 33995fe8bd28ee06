//! Tells ends of jobs over HTTP.

use std::pin::pin;

use almanac::app::clock::Clock;
use almanac::app::jobs::callbacks::{ANSWER_WITHIN, Message, Messenger};
use futures::future::{Either, select};
use spin_sdk::http::{FullBody, send};

use crate::HostClock;

/// The host's client, which reaches the granted hosts alone.
pub(crate) struct Http<'a> {
    pub(crate) clock: &'a HostClock,
}

impl Messenger for Http<'_> {
    async fn send(&self, message: Message) -> Result<(), String> {
        // Without its length the body would be sent in chunks, which simple receivers do not read.
        let request = http::Request::post(message.url)
            .header("content-type", "application/json")
            .header("content-length", message.body.len())
            .header("user-agent", "almanac")
            .header("x-almanac-signature", message.signature)
            .header("x-almanac-delivery", message.delivery)
            .body(FullBody::new(bytes::Bytes::from(message.body)))
            .map_err(|error| error.to_string())?;
        let answer = pin!(send(request));
        let limit = pin!(self.clock.sleep(ANSWER_WITHIN));
        match select(answer, limit).await {
            Either::Left((Ok(answer), _)) if answer.status().is_success() => Ok(()),
            Either::Left((Ok(answer), _)) => Err(format!("answered {}", answer.status().as_u16())),
            Either::Left((Err(error), _)) => Err(format!("could not be reached: {error}")),
            Either::Right(_) => Err(format!("no answer within {} s", ANSWER_WITHIN.as_secs())),
        }
    }
}
