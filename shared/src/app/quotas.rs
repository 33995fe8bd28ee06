//! What all datasets together may hold.
//!
//! Whoever adds points asks before. All datasets are counted at most every ten seconds and after each
//! file, and the points that are let in meanwhile are added; requests that are let in at the same instant,
//! and the bytes of a file, can lead beyond a quota by as much as they bring.

use super::config::Config;
use super::error::Error;
use crate::domain::Timestamp;
use crate::store::Connection;
use crate::store::usage::{self, Usage};

/// For how many milliseconds a count is good, and for how many when it leads to a refusal: whoever has
/// just made room does not have to wait.
pub const GOOD: i64 = 10_000;
const GOOD_ENOUGH_TO_REFUSE: i64 = 1000;

/// The limits; 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    pub points: u64,
    pub bytes: u64,
}

impl Quotas {
    pub const NONE: Self = Self {
        points: 0,
        bytes: 0,
    };

    pub fn of(config: &Config) -> Self {
        Self {
            points: config.max_total_points as u64,
            bytes: (config.max_total_megabytes as u64).saturating_mul(1_000_000),
        }
    }

    /// Lets in so many points.
    ///
    /// # Errors
    /// [`Error::TooMuch`] when the datasets would hold too much with them.
    pub async fn admit(
        &self,
        connection: &impl Connection,
        points: u64,
        now: Timestamp,
    ) -> Result<(), Error> {
        if *self == Self::NONE {
            return Ok(());
        }
        let usage = counted(connection, now, GOOD).await?;
        if self.check(usage, points).is_err() {
            let usage = counted(connection, now, GOOD_ENOUGH_TO_REFUSE).await?;
            self.check(usage, points)?;
        }
        Ok(usage::add(connection, points).await?)
    }

    /// Says that a file was imported, of whatever number of bytes: the next who asks counts anew.
    pub async fn note_import(&self, connection: &impl Connection) {
        if self.bytes > 0 {
            // The file is in, whatever becomes of this.
            let _ = usage::forget(connection).await;
        }
    }

    fn check(&self, usage: Usage, points: u64) -> Result<(), Error> {
        if self.points > 0 && usage.points.saturating_add(points) > self.points {
            return Err(Error::TooMuch {
                what: format!(
                    "points in all datasets together, which have {} by now",
                    usage.points
                ),
                limit: self.points,
            });
        }
        if self.bytes > 0 && usage.bytes >= self.bytes {
            return Err(Error::TooMuch {
                what: format!(
                    "bytes in all datasets together, which have {} by now",
                    usage.bytes
                ),
                limit: self.bytes,
            });
        }
        Ok(())
    }
}

/// What all datasets hold, counted no longer ago than `good` milliseconds.
pub async fn counted(
    connection: &impl Connection,
    now: Timestamp,
    good: i64,
) -> Result<Usage, Error> {
    let age = |at: Timestamp| now.milliseconds().saturating_sub(at.milliseconds());
    match usage::last(connection).await? {
        Some((usage, at)) if (0..good).contains(&age(at)) => Ok(usage),
        _ => Ok(usage::count(connection, now).await?),
    }
}
