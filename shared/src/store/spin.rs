//! The connection inside a Wasm component, through Spin. The only file here that knows the SDK.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures::future::{Either, select};
use spin_sdk::key_value::Store;
use spin_sdk::redis::{Connection as Redis, Error as RedisError, RedisParameter, RedisResult};

use super::connection::{Arg, Connection, Error, Replies, Reply};

/// How long Redis may take to answer a command. Spin itself waits for ever.
const COMMAND_DEADLINE: Duration = Duration::from_secs(5);
/// How long the key-value store may take before the Redis connection is asked instead: after an
/// outage Spin's key-value connection hangs for up to two minutes.
const BLOB_DEADLINE: Duration = Duration::from_millis(500);
/// For how many calls the key-value store is left alone after it missed its deadline.
const BLOB_PAUSE: u32 = 200;
/// Set for as long as the log need not say again that the key-value store is not used.
const KEY_VALUE_NOTICE: &str = "almanac:notice:key-value";
const KEY_VALUE_NOTICE_SECONDS: usize = 86_400;
const KEY_VALUE_UNUSED: &str = "the key-value store `default` is not the Redis at redis_address, so it is \
    not used; reads are slower. Start with --runtime-config-file runtime-config.toml to use it";

thread_local! {
    static INSTANCE: RefCell<Option<Rc<SpinConnection>>> = const { RefCell::new(None) };
}

/// A Redis connection and a key-value store, both opened when first needed and kept for as long as
/// the instance lives.
pub struct SpinConnection {
    address: String,
    redis: RefCell<Option<Rc<Redis>>>,
    store: RefCell<Option<Rc<Store>>>,
    blobs_from: Cell<BlobSource>,
}

/// Where an instance reads blobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum BlobSource {
    /// The key-value store, the faster way.
    KeyValue,
    /// Redis for this many more calls, because the key-value store missed its deadline.
    RedisFor(u32),
    /// Redis for the life of the instance: the key-value store is not the same Redis.
    Redis,
}

/// What the key-value store says of a key.
enum Stored {
    Blob(Vec<u8>),
    Nothing,
    /// An error, or no answer in time.
    Unknown,
}

impl SpinConnection {
    /// This instance's connection, to the address in the variable `redis_address`.
    ///
    /// # Errors
    /// When the variable is not granted to the component.
    pub async fn of_instance() -> Result<Rc<Self>, Error> {
        if let Some(connection) = INSTANCE.with_borrow(Clone::clone) {
            return Ok(connection);
        }
        let address = variable("redis_address")
            .await
            .map_err(Error::Unavailable)?;
        let connection = Rc::new(Self {
            address,
            redis: RefCell::default(),
            store: RefCell::default(),
            blobs_from: Cell::new(BlobSource::KeyValue),
        });
        INSTANCE.set(Some(connection.clone()));
        Ok(connection)
    }

    async fn redis(&self) -> Result<Rc<Redis>, RedisError> {
        if let Some(redis) = self.redis.borrow().clone() {
            return Ok(redis);
        }
        let redis = Rc::new(Redis::open(&self.address).await?);
        *self.redis.borrow_mut() = Some(redis.clone());
        Ok(redis)
    }

    async fn execute(&self, name: &str, args: &[Arg]) -> Result<Vec<RedisResult>, RedisError> {
        let redis = self.redis().await?;
        redis.execute(name, args.iter().map(parameter)).await
    }

    async fn stored_blob(&self, key: &str) -> Stored {
        let read = async {
            let known = self.store.borrow().clone();
            let store = match known {
                Some(store) => store,
                None => {
                    let store = Rc::new(Store::open_default().await.ok()?);
                    *self.store.borrow_mut() = Some(store.clone());
                    store
                }
            };
            store.get(key).await.ok()
        };
        match within(BLOB_DEADLINE, read).await.flatten() {
            Some(Some(blob)) => Stored::Blob(blob),
            Some(None) => Stored::Nothing,
            None => Stored::Unknown,
        }
    }

    async fn redis_blob(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let replies = self.command("GET", vec![Arg::from(key)]).await?;
        Replies::new(replies).optional_bytes("a blob")
    }

    /// Stops using the key-value store, which lacks a key that Redis has. The log says so once a day
    /// for the whole application, not once for each of its short-lived instances.
    async fn distrust_key_value(&self) {
        self.blobs_from.set(BlobSource::Redis);
        self.store.take();
        let args = crate::args![KEY_VALUE_NOTICE, "1", "NX", "EX", KEY_VALUE_NOTICE_SECONDS];
        let is_first = self.command("SET", args).await;
        if matches!(is_first.as_deref(), Ok([Reply::Status(_)])) {
            let line = serde_json::json!({"level": "warn", "message": KEY_VALUE_UNUSED});
            eprintln!("{line}");
        }
    }
}

impl Connection for SpinConnection {
    async fn command(&self, name: &str, args: Vec<Arg>) -> Result<Vec<Reply>, Error> {
        match within(COMMAND_DEADLINE, self.execute(name, &args)).await {
            Some(Ok(replies)) => Ok(replies.into_iter().map(reply).collect()),
            Some(Err(error)) => {
                let error = translate(error);
                if matches!(error, Error::Unavailable(_)) {
                    // The next call opens a new one.
                    self.redis.take();
                }
                Err(error)
            }
            None => {
                self.redis.take();
                Err(Error::Unavailable(format!(
                    "no answer to {name} within {COMMAND_DEADLINE:?}"
                )))
            }
        }
    }

    /// A key that the key-value store does not have is looked up in Redis: without a runtime
    /// configuration Spin's key-value store is an empty file of its own.
    async fn blob(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        match self.blobs_from.get() {
            BlobSource::KeyValue => {}
            BlobSource::RedisFor(calls) => {
                self.blobs_from.set(match calls.checked_sub(1) {
                    Some(left) => BlobSource::RedisFor(left),
                    None => BlobSource::KeyValue,
                });
                return self.redis_blob(key).await;
            }
            BlobSource::Redis => return self.redis_blob(key).await,
        }
        match self.stored_blob(key).await {
            Stored::Blob(blob) => Ok(Some(blob)),
            Stored::Nothing => {
                let blob = self.redis_blob(key).await?;
                if blob.is_some() {
                    self.distrust_key_value().await;
                }
                Ok(blob)
            }
            Stored::Unknown => {
                self.store.take();
                self.blobs_from.set(BlobSource::RedisFor(BLOB_PAUSE));
                self.redis_blob(key).await
            }
        }
    }
}

/// A variable of the component, as spin.toml grants it.
///
/// # Errors
/// Names the variable and what Spin says.
pub async fn variable(name: &str) -> Result<String, String> {
    spin_sdk::variables::get(name)
        .await
        .map_err(|error| format!("variable {name}: {error}"))
}

async fn within<T>(deadline: Duration, work: impl Future<Output = T>) -> Option<T> {
    match select(pin!(work), pin!(spin_sdk::time::sleep(deadline))).await {
        Either::Left((value, _)) => Some(value),
        Either::Right(((), _)) => None,
    }
}

fn parameter(arg: &Arg) -> RedisParameter {
    match arg {
        Arg::Int(value) => RedisParameter::Int64(*value),
        Arg::Bytes(bytes) => RedisParameter::Binary(bytes.clone()),
    }
}

fn reply(result: RedisResult) -> Reply {
    match result {
        RedisResult::Nil => Reply::Nil,
        RedisResult::Status(text) => Reply::Status(text),
        RedisResult::Int64(value) => Reply::Int(value),
        RedisResult::Binary(bytes) => Reply::Bytes(bytes),
    }
}

fn translate(error: RedisError) -> Error {
    match error {
        RedisError::InvalidAddress => {
            Error::Unavailable("the Redis address is invalid or not allowed".to_owned())
        }
        RedisError::TooManyConnections => Error::Unavailable("too many connections".to_owned()),
        RedisError::TypeError => Error::Corrupt("a key holds another type".to_owned()),
        RedisError::Other(text) => Error::from_text(text),
    }
}
