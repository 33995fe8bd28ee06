//! The passing of time, as the use cases that wait are given it.

use std::time::Duration;

/// A clock that only goes forward. A component has the host's, a test may have its own.
#[expect(async_fn_in_trait, reason = "components and tests run on one thread")]
pub trait Clock {
    /// Time since some fixed moment.
    fn elapsed(&self) -> Duration;

    async fn sleep(&self, duration: Duration);
}
