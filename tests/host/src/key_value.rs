//! `spin:key-value`: in Redis, where a value lies under the plain key, without any prefix; without a runtime
//! configuration the store `default` is in memory, where Spin has an SQLite file of its own.
//!
//! All stores with one label share one connection that reconnects by itself, as in Spin.
//! Imitates Spin's `crates/factor-key-value/src/host.rs` and `crates/key-value-redis/src/store.rs`.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{self, Poll};

use anyhow::{Context as _, Result, ensure};
use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use tokio::sync::{OnceCell, mpsc, oneshot};
use wasmtime::StoreContextMut;
use wasmtime::component::{
    Accessor, Destination, FutureReader, Resource, StreamProducer, StreamReader, StreamResult,
};

use crate::MAX_BUFFERED_BYTES;
use crate::bindings::key_value::{Error, Host, HostStore, HostStoreWithStore};
use crate::state::{HasState, State};

/// The store that every Spin application has without configuration.
const DEFAULT: &str = "default";

/// The stores of an application, by label.
pub struct Stores(BTreeMap<String, Backend>);

enum Backend {
    Redis {
        client: redis::Client,
        connection: OnceCell<ConnectionManager>,
    },
    Memory(Memory),
}

type Memory = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

impl Stores {
    /// Takes the URLs that the runtime config gives for labels.
    pub fn new(urls: &BTreeMap<String, String>) -> Result<Self> {
        let backend = |(label, url): (&String, &String)| {
            let client = redis::Client::open(url.as_str())
                .with_context(|| format!("key-value store {label:?}: invalid Redis URL"))?;
            let connection = OnceCell::new();
            Ok((label.clone(), Backend::Redis { client, connection }))
        };
        let mut stores: BTreeMap<_, _> = urls.iter().map(backend).collect::<Result<_>>()?;
        stores
            .entry(DEFAULT.to_owned())
            .or_insert_with(|| Backend::Memory(Memory::default()));
        Ok(Stores(stores))
    }

    /// Fails unless there is a store of that label.
    pub fn ensure_defined(&self, label: &str, component: &str) -> Result<()> {
        ensure!(
            self.0.contains_key(label),
            "component {component:?} uses the key-value store {label:?}, which the runtime config does \
             not define: pass --runtime-config-file with [key_value_store.{label}], type = \"redis\" \
             and url"
        );
        Ok(())
    }

    async fn open(&self, label: &str) -> Result<Store, Error> {
        let (client, connection) = match self.0.get(label).ok_or(Error::NoSuchStore)? {
            Backend::Redis { client, connection } => (client, connection),
            Backend::Memory(memory) => return Ok(Store::Memory(Arc::clone(memory))),
        };
        let connect = || client.get_connection_manager();
        let mut connection = connection
            .get_or_try_init(connect)
            .await
            .map_err(other)?
            .clone();
        // Lets the connection notice that it is dead; it reconnects in the background.
        let _: Result<(), _> = connection.ping().await;
        Ok(Store::Redis(connection))
    }
}

/// An open store.
#[derive(Clone)]
pub enum Store {
    Redis(ConnectionManager),
    Memory(Memory),
}

impl Store {
    async fn get(self, key: String) -> Result<Option<Vec<u8>>, Error> {
        match self {
            Store::Redis(mut redis) => redis.get(key).await.map_err(other),
            Store::Memory(memory) => Ok(lock(&memory).get(&key).cloned()),
        }
    }

    async fn set(self, key: String, value: Vec<u8>) -> Result<(), Error> {
        match self {
            Store::Redis(mut redis) => redis.set(key, value).await.map_err(other),
            Store::Memory(memory) => {
                lock(&memory).insert(key, value);
                Ok(())
            }
        }
    }

    async fn delete(self, key: String) -> Result<(), Error> {
        match self {
            Store::Redis(mut redis) => redis.del(key).await.map_err(other),
            Store::Memory(memory) => {
                lock(&memory).remove(&key);
                Ok(())
            }
        }
    }

    async fn exists(self, key: String) -> Result<bool, Error> {
        match self {
            Store::Redis(mut redis) => redis.exists(key).await.map_err(other),
            Store::Memory(memory) => Ok(lock(&memory).contains_key(&key)),
        }
    }
}

fn lock(memory: &Memory) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
    memory.lock().unwrap_or_else(PoisonError::into_inner)
}

fn other(error: impl Debug) -> Error {
    Error::Other(format!("{error:?}"))
}

fn opened<T>(accessor: &Accessor<T, HasState>, store: &Resource<Store>) -> Result<Store, Error> {
    accessor.with(|mut access| {
        let store = access
            .get()
            .table
            .get(store)
            .map_err(|_| Error::NoSuchStore)?;
        Ok(store.clone())
    })
}

impl Host for State {}

impl HostStore for State {
    async fn drop(&mut self, store: Resource<Store>) -> wasmtime::Result<()> {
        self.table.delete(store)?;
        Ok(())
    }
}

impl HostStoreWithStore for HasState {
    async fn open<T: Send>(
        accessor: &Accessor<T, Self>,
        label: String,
    ) -> Result<Resource<Store>, Error> {
        let grants = accessor.with(|mut access| access.get().grants.clone());
        if !grants.key_value_stores.contains(&label) {
            return Err(Error::AccessDenied);
        }
        let store = grants.stores.open(&label).await?;
        accessor.with(|mut access| {
            access
                .get()
                .table
                .push(store)
                .map_err(|_| Error::StoreTableFull)
        })
    }

    async fn get<T: Send>(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> Result<Option<Vec<u8>>, Error> {
        let value = opened(accessor, &store)?.get(key).await?;
        let bytes = size_of::<Option<Vec<u8>>>() + value.as_ref().map_or(0, Vec::len);
        if bytes > MAX_BUFFERED_BYTES {
            return Err(too_large());
        }
        Ok(value)
    }

    async fn set<T: Send>(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
        value: Vec<u8>,
    ) -> Result<(), Error> {
        opened(accessor, &store)?.set(key, value).await
    }

    async fn delete<T: Send>(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> Result<(), Error> {
        opened(accessor, &store)?.delete(key).await
    }

    async fn exists<T: Send>(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
        key: String,
    ) -> Result<bool, Error> {
        opened(accessor, &store)?.exists(key).await
    }

    async fn get_keys<T: Send>(
        accessor: &Accessor<T, Self>,
        store: Resource<Store>,
    ) -> wasmtime::Result<(StreamReader<String>, FutureReader<Result<(), Error>>)> {
        let store = opened(accessor, &store)?;
        let (keys_sender, keys) = mpsc::channel(4);
        let (result_sender, result) = oneshot::channel();
        tokio::spawn(async move {
            let _ = result_sender.send(send_keys(store, keys_sender).await);
        });
        accessor.with(|mut access| {
            Ok((
                StreamReader::new(&mut access, Keys(keys))?,
                FutureReader::new(&mut access, result)?,
            ))
        })
    }
}

fn too_large() -> Error {
    Error::Other(format!(
        "query result exceeds limit of {MAX_BUFFERED_BYTES} bytes"
    ))
}

/// Sends every key: of a Redis as `SCAN` finds them.
async fn send_keys(store: Store, keys: mpsc::Sender<String>) -> Result<(), Error> {
    let mut connection = match store {
        Store::Redis(connection) => connection,
        Store::Memory(memory) => {
            let all: Vec<String> = lock(&memory).keys().cloned().collect();
            for key in all {
                keys.send(key).await.map_err(other)?;
            }
            return Ok(());
        }
    };
    let mut found = connection.scan::<String>().await.map_err(other)?;
    while let Some(key) = found.next_item().await {
        if key.len() > MAX_BUFFERED_BYTES {
            return Err(too_large());
        }
        keys.send(key).await.map_err(other)?;
    }
    Ok(())
}

/// Feeds a guest's stream from a channel, one key at a time.
struct Keys(mpsc::Receiver<String>);

impl<D> StreamProducer<D> for Keys {
    type Item = String;
    type Buffer = Option<String>;

    fn poll_produce<'a>(
        mut self: Pin<&mut Self>,
        context: &mut task::Context<'_>,
        store: StoreContextMut<'a, D>,
        mut destination: Destination<'a, String, Option<String>>,
        finish: bool,
    ) -> Poll<wasmtime::Result<StreamResult>> {
        if destination.remaining(store) == Some(0) {
            return Poll::Ready(Ok(StreamResult::Completed));
        }
        match self.0.poll_recv(context) {
            Poll::Ready(Some(key)) => {
                destination.set_buffer(Some(key));
                Poll::Ready(Ok(StreamResult::Completed))
            }
            Poll::Ready(None) => Poll::Ready(Ok(StreamResult::Dropped)),
            Poll::Pending if finish => Poll::Ready(Ok(StreamResult::Cancelled)),
            Poll::Pending => Poll::Pending,
        }
    }
}
