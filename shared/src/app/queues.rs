//! Named queues, for anybody's own programs. (Those of jobs are in [`super::jobs`].)

use std::time::Duration;

use super::clock::Clock;
use super::error::Error;
use crate::domain::QueueName;
use crate::store::{Connection, queues as store};

/// Items of one queue.
pub const MAX_ITEMS: u64 = 100_000;
/// Pauses between two looks at an empty queue: growing from the first to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);

/// Puts an item, a JSON text, at the end; how many there are then.
///
/// # Errors
/// [`Error::Busy`] when the queue is full.
pub async fn put(connection: &impl Connection, name: &QueueName, item: &str) -> Result<u64, Error> {
    let length = store::put(connection, name, item, MAX_ITEMS).await?;
    length.ok_or_else(|| Error::Busy {
        why: format!("The queue `{name}` has {MAX_ITEMS} items, the limit here."),
        retry_after: 5,
    })
}

/// How many items there are.
///
/// # Errors
/// [`Error::Store`].
pub async fn length(connection: &impl Connection, name: &QueueName) -> Result<u64, Error> {
    Ok(store::length(connection, name).await?)
}

/// Takes the oldest item, waiting up to `limit` for one.
///
/// # Errors
/// [`Error::Store`].
pub async fn take(
    connection: &impl Connection,
    name: &QueueName,
    limit: Duration,
    clock: &impl Clock,
) -> Result<Option<String>, Error> {
    let started = clock.elapsed();
    let mut pause = FIRST_PAUSE;
    loop {
        let item = store::take(connection, name).await?;
        let left = limit.saturating_sub(clock.elapsed().saturating_sub(started));
        if item.is_some() || left.is_zero() {
            return Ok(item);
        }
        clock.sleep(pause.min(left)).await;
        pause = (pause * 5 / 4).min(LONGEST_PAUSE);
    }
}

/// Throws all items away.
///
/// # Errors
/// [`Error::Store`].
pub async fn clear(connection: &impl Connection, name: &QueueName) -> Result<(), Error> {
    Ok(store::clear(connection, name).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::test_server::RedisServer;
    use std::time::Instant;

    struct TestClock(Instant);

    impl Clock for TestClock {
        fn elapsed(&self) -> Duration {
            self.0.elapsed()
        }

        async fn sleep(&self, duration: Duration) {
            tokio::time::sleep(duration).await;
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn items_come_in_their_order_and_are_waited_for() {
        let server = RedisServer::start();
        let (connection, other) = (server.connect(), server.connect());
        let clock = TestClock(Instant::now());
        let name = QueueName::new("Q_1").unwrap();
        let none = Duration::ZERO;
        assert_eq!(take(&connection, &name, none, &clock).await, Ok(None));
        for (item, length) in [("1", 1), ("\"two\"", 2), ("{\"a\":3.0}", 3)] {
            assert_eq!(put(&connection, &name, item).await, Ok(length));
        }
        for item in ["1", "\"two\"", "{\"a\":3.0}"] {
            assert_eq!(
                take(&connection, &name, none, &clock).await,
                Ok(Some(item.to_owned()))
            );
        }
        let waits = take(&connection, &name, Duration::from_secs(10), &clock);
        let puts = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            put(&other, &name, "null").await
        };
        let (taken, put) = futures::join!(waits, puts);
        assert_eq!((taken, put), (Ok(Some("null".to_owned())), Ok(1)));
        assert_eq!(length(&connection, &name).await, Ok(0));
        let started = clock.elapsed();
        let nothing = take(&connection, &name, Duration::from_millis(300), &clock).await;
        assert_eq!(nothing, Ok(None));
        assert!((clock.elapsed() - started) >= Duration::from_millis(300));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn a_full_queue_takes_no_more() {
        let server = RedisServer::start();
        let connection = server.connect();
        let name = QueueName::new("full").unwrap();
        for (limit, expected) in [(2, Some(1)), (2, Some(2)), (2, None), (3, Some(3))] {
            let put = store::put(&connection, &name, "0", limit).await;
            assert_eq!(put, Ok(expected));
        }
        clear(&connection, &name).await.unwrap();
        assert_eq!(length(&connection, &name).await, Ok(0));
    }
}
