//! The worker: runs the jobs of one analysis, whichever spin.toml binds it to.
//!
//! It listens on the analysis' doorbell channel. A ring carries no meaning: whatever it says, the
//! worker claims jobs until there are none.

#![cfg(target_arch = "wasm32")]

mod analysis;

use std::time::{Duration, Instant};

use almanac::app::clock::Clock;
use almanac::app::jobs::work::{Attempted, End, Shift, answer};
use almanac::app::schedules;
use almanac::app::settings::LogLevel;
use almanac::domain::job::{JobId, Worker};
use almanac::http::serve::now;
use almanac::store::spin::{SpinConnection, variable};
use analysis::Bound;
use serde_json::json;
use spin_sdk::redis_subscriber;
use uuid::Uuid;

/// The host's clock.
struct HostClock(Instant);

impl Clock for HostClock {
    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        spin_sdk::time::sleep(duration).await;
    }
}

/// The doorbell rang.
///
/// An error goes to the log here, because Spin does not show what a Redis handler returns. The job in
/// hand, if any, comes back when its lease runs out.
#[redis_subscriber]
async fn ring(_message: Vec<u8>) -> Result<(), String> {
    let worked = work().await;
    if let Err(error) = &worked {
        let line = json!({"level": LogLevel::Error.name(), "message": error});
        eprintln!("{line}");
    }
    worked
}

async fn work() -> Result<(), String> {
    let description = analysis::describe()?;
    let connection = SpinConnection::of_instance()
        .await
        .map_err(|error| error.to_string())?;
    let worker = Worker {
        address: variable("worker_address").await?,
        name: variable("worker_name").await?,
    };
    let hands = format!("{} at {}", worker.name, worker.address);
    let clock = HostClock(Instant::now());
    let fresh = || JobId::new(Uuid::new_v4());
    schedules::fire(&*connection, now(), fresh)
        .await
        .map_err(|error| format!("the schedules: {error:?}"))?;
    let mut shift = Shift::new(
        &*connection,
        &Bound,
        &clock,
        &description,
        worker,
        Uuid::new_v4().to_string(),
        max_points().await?,
    );
    let log_level = log_level().await?;
    let answered = answer(&mut shift, |attempted| {
        log(attempted, &description.name, &hands, log_level);
    });
    answered
        .await
        .map_err(|error| format!("worker of {}: {error:?}", description.name))
}

/// One line for an attempt, as the API has one for a request.
fn log(attempted: &Attempted, analysis: &str, worker: &str, from: LogLevel) {
    let level = match attempted.end {
        End::Complete => LogLevel::Info,
        End::Failed | End::TakenAway => LogLevel::Warn,
    };
    if level > from {
        return;
    }
    let line = json!({
        "level": level.name(),
        "request_id": attempted.request_id,
        "job": attempted.job.to_string(),
        "analysis": analysis,
        "attempt": attempted.attempt,
        "end": attempted.end.name(),
        "milliseconds": attempted.duration.as_micros() as f64 / 1000.0,
        "worker": worker,
    });
    eprintln!("{line}");
}

async fn log_level() -> Result<LogLevel, String> {
    let text = variable("log_level").await?;
    LogLevel::from_name(text.trim())
        .ok_or_else(|| format!("variable log_level is no level: `{text}`"))
}

async fn max_points() -> Result<usize, String> {
    let text = variable("max_job_points").await?;
    text.trim()
        .parse()
        .map_err(|_| format!("variable max_job_points is not a number: `{text}`"))
}
