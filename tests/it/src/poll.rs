//! Waiting for something to become true, instead of sleeping and hoping.

use std::thread::sleep;
use std::time::{Duration, Instant};

/// Probes until there is an answer, and returns it.
///
/// # Panics
/// When there is none within 30 seconds.
#[track_caller]
pub fn eventually<T>(what: &str, probe: impl FnMut() -> Option<T>) -> T {
    eventually_within(Duration::from_secs(30), what, probe)
}

/// As [`eventually`], with a time limit of one's own.
///
/// # Panics
/// When there is no answer in time.
#[track_caller]
pub fn eventually_within<T>(
    limit: Duration,
    what: &str,
    mut probe: impl FnMut() -> Option<T>,
) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(answer) = probe() {
            return answer;
        }
        assert!(Instant::now() < deadline, "not within {limit:?}: {what}");
        sleep(Duration::from_millis(20));
    }
}
