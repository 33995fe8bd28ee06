//! Sends callbacks through the host, which lets this component reach the operator's `callback_host` only.

use std::pin::pin;

use almanac::app::jobs::callbacks::{ANSWER_WITHIN, HttpClient, Message};
use futures::future::{Either, select};
use spin_sdk::http::{FullBody, send};
use spin_sdk::time::sleep;

pub(crate) struct SpinClient;

impl HttpClient for SpinClient {
    async fn post(&self, message: Message) -> Result<(), String> {
        // With its length, because simple receivers do not read a body in chunks.
        let request = http::Request::post(message.url)
            .header("content-type", "application/json")
            .header("content-length", message.body.len())
            .header("user-agent", "almanac")
            .header("x-almanac-signature", message.signature)
            .header("x-almanac-delivery", message.delivery)
            .body(FullBody::new(bytes::Bytes::from(message.body)))
            .map_err(|error| error.to_string())?;
        match select(pin!(send(request)), pin!(sleep(ANSWER_WITHIN))).await {
            Either::Left((Ok(answer), _)) if answer.status().is_success() => Ok(()),
            Either::Left((Ok(answer), _)) => Err(format!("answered {}", answer.status().as_u16())),
            Either::Left((Err(error), _)) => Err(format!("could not be reached: {error}")),
            Either::Right(_) => Err(format!("no answer within {} s", ANSWER_WITHIN.as_secs())),
        }
    }
}
