//! `POST /callbacks/deliver`, and what drives callbacks where nobody calls it.

use std::time::Duration;

use almanac::app::Error;
use almanac::app::clock::Clock;
use almanac::app::jobs::callbacks::{CallbackSender, HttpClient, Sent};
use almanac::http::serve::now;
use almanac::http::{Problem, Request, Response, job_json};
use almanac::store::Connection;
use serde_json::json;

/// How often a background sender looks for callbacks that became due.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// How long it goes on looking when none is due.
const LINGER: Duration = Duration::from_secs(2);

/// Sends what is due, with the sender of [`sender`].
pub async fn deliver<C: Connection, H: HttpClient, K: Clock>(
    request: &Request,
    sender: &CallbackSender<'_, C, H, K>,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let Sent { delivered, failed } = sender.send_due().await?;
    Ok(Response::ok(
        &json!({"delivered": delivered, "failed": failed}),
    ))
}

/// Sends what is due and what becomes due soon. It runs beside the requests of an instance and ends with
/// the instance, at any point: a callback that was being sent is due again when its lease ends.
///
/// # Errors
/// [`Error::Store`].
pub async fn send_for_a_while<C: Connection, H: HttpClient, K: Clock>(
    sender: &CallbackSender<'_, C, H, K>,
) -> Result<(), Error> {
    let clock = sender.clock;
    let mut end = clock.elapsed() + LINGER;
    while clock.elapsed() < end {
        if sender.send_due().await?.is_any() {
            end = clock.elapsed() + LINGER;
        }
        clock.sleep(LOOK_EVERY).await;
    }
    Ok(())
}

/// A sender that says what `GET /jobs/:id` says.
pub fn sender<'a, C: Connection, H: HttpClient, K: Clock>(
    connection: &'a C,
    client: &'a H,
    clock: &'a K,
    secret: &'a str,
) -> CallbackSender<'a, C, H, K> {
    CallbackSender {
        connection,
        client,
        clock,
        secret,
        render: |job| job_json::job(job).to_string(),
        now: || now().milliseconds().div_euclid(1000),
    }
}
