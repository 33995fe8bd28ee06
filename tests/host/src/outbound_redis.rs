//! `spin:redis`: connections to Redis servers that the component may reach.
//!
//! Each `open` is a connection of its own, multiplexed, without time-outs; it does not reconnect.
//! Imitates Spin's `crates/factor-outbound-redis/src/host.rs`.

use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, ErrorKind, RedisError, Value};
use wasmtime::component::{Accessor, Resource};

use crate::MAX_BUFFERED_BYTES;
use crate::bindings::redis::{
    Error, Host, HostConnection, HostConnectionWithStore, RedisParameter, RedisResult,
};
use crate::state::{HasState, State};

/// How many connections an instance may hold.
const MAX_CONNECTIONS: usize = 1024;

/// An open connection.
#[derive(Clone)]
pub struct Connection(MultiplexedConnection);

fn other(error: RedisError) -> Error {
    Error::Other(error.to_string())
}

fn too_large() -> Error {
    Error::Other(format!(
        "query result exceeds limit of {MAX_BUFFERED_BYTES} bytes"
    ))
}

fn get<T>(
    accessor: &Accessor<T, HasState>,
    connection: &Resource<Connection>,
) -> Result<MultiplexedConnection, Error> {
    accessor.with(|mut access| match access.get().table.get(connection) {
        Ok(connection) => Ok(connection.0.clone()),
        Err(_) => Err(Error::Other(
            "could not find connection for resource".into(),
        )),
    })
}

impl Host for State {}

impl HostConnection for State {
    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.table.delete(connection)?;
        self.redis_connections -= 1;
        Ok(())
    }
}

impl HostConnectionWithStore for HasState {
    async fn open<T: Send>(
        accessor: &Accessor<T, Self>,
        address: String,
    ) -> Result<Resource<Connection>, Error> {
        let grants = accessor.with(|mut access| access.get().grants.clone());
        if !grants.allows(&address, "redis").map_err(Error::Other)? {
            return Err(Error::InvalidAddress);
        }
        let client = redis::Client::open(address).map_err(|_| Error::InvalidAddress)?;
        let connection = client
            .get_multiplexed_async_connection()
            .await
            .map_err(other)?;
        accessor.with(|mut access| {
            let state = access.get();
            if state.redis_connections >= MAX_CONNECTIONS {
                return Err(Error::TooManyConnections);
            }
            let resource = state.table.push(Connection(connection));
            state.redis_connections += usize::from(resource.is_ok());
            resource.map_err(|_| Error::TooManyConnections)
        })
    }

    async fn publish<T: Send>(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        channel: String,
        payload: Vec<u8>,
    ) -> Result<(), Error> {
        get(accessor, &connection)?
            .publish(channel, payload)
            .await
            .map_err(other)
    }

    async fn get<T: Send>(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        key: String,
    ) -> Result<Option<Vec<u8>>, Error> {
        let value: Option<Vec<u8>> = get(accessor, &connection)?.get(key).await.map_err(other)?;
        let bytes = size_of::<Option<Vec<u8>>>() + value.as_ref().map_or(0, Vec::len);
        if bytes > MAX_BUFFERED_BYTES {
            Err(too_large())
        } else {
            Ok(value)
        }
    }

    async fn set<T: Send>(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        key: String,
        value: Vec<u8>,
    ) -> Result<(), Error> {
        get(accessor, &connection)?
            .set(key, value)
            .await
            .map_err(other)
    }

    async fn incr<T: Send>(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        key: String,
    ) -> Result<i64, Error> {
        get(accessor, &connection)?
            .incr(key, 1)
            .await
            .map_err(other)
    }

    async fn del<T: Send>(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        keys: Vec<String>,
    ) -> Result<u32, Error> {
        get(accessor, &connection)?.del(keys).await.map_err(other)
    }

    async fn sadd<T: Send>(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        key: String,
        values: Vec<String>,
    ) -> Result<u32, Error> {
        let added = get(accessor, &connection)?.sadd(key, values).await;
        added.map_err(|error: RedisError| match error.kind() {
            ErrorKind::TypeError => Error::TypeError,
            _ => other(error),
        })
    }

    async fn smembers<T: Send>(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        key: String,
    ) -> Result<Vec<String>, Error> {
        get(accessor, &connection)?
            .smembers(key)
            .await
            .map_err(other)
    }

    async fn srem<T: Send>(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        key: String,
        values: Vec<String>,
    ) -> Result<u32, Error> {
        get(accessor, &connection)?
            .srem(key, values)
            .await
            .map_err(other)
    }

    async fn execute<T: Send>(
        accessor: &Accessor<T, Self>,
        connection: Resource<Connection>,
        command: String,
        arguments: Vec<RedisParameter>,
    ) -> Result<Vec<RedisResult>, Error> {
        let mut connection = get(accessor, &connection)?;
        let mut command = redis::cmd(&command);
        for argument in arguments {
            match argument {
                RedisParameter::Int64(number) => command.arg(number),
                RedisParameter::Binary(bytes) => command.arg(bytes),
            };
        }
        let reply: Value = command.query_async(&mut connection).await.map_err(other)?;
        let mut results = Vec::new();
        flatten(reply, &mut results)?;
        let bytes = size_of::<Vec<RedisResult>>() + results.iter().map(memory).sum::<usize>();
        if bytes > MAX_BUFFERED_BYTES {
            Err(too_large())
        } else {
            Ok(results)
        }
    }
}

/// Appends a reply's leaves: nested lists and sets lose their structure.
fn flatten(reply: Value, results: &mut Vec<RedisResult>) -> Result<(), Error> {
    let unsupported = |what: &str| {
        Err(other(RedisError::from((
            ErrorKind::TypeError,
            "Could not convert Redis response",
            format!("Redis {what} not supported"),
        ))))
    };
    results.push(match reply {
        Value::Nil => RedisResult::Nil,
        Value::Int(number) => RedisResult::Int64(number),
        Value::Boolean(yes) => RedisResult::Int64(yes.into()),
        Value::BulkString(bytes) => RedisResult::Binary(bytes),
        Value::Double(number) => RedisResult::Binary(number.to_string().into_bytes()),
        Value::BigNumber(number) => RedisResult::Binary(number.to_string().into_bytes()),
        Value::SimpleString(text) => RedisResult::Status(text),
        Value::Okay => RedisResult::Status("OK".into()),
        Value::Array(values) | Value::Set(values) => {
            return values
                .into_iter()
                .try_for_each(|value| flatten(value, results));
        }
        Value::Map(_) => return unsupported("Map type is"),
        Value::Attribute { .. } => return unsupported("Attribute type is"),
        Value::VerbatimString { .. } => return unsupported("string with format attribute is"),
        Value::Push { .. } => return unsupported("Pub/Sub types are"),
        Value::ServerError(error) => {
            return Err(other(RedisError::from((
                ErrorKind::ResponseError,
                "Server error",
                format!("{error:?}"),
            ))));
        }
    });
    Ok(())
}

fn memory(result: &RedisResult) -> usize {
    let data = match result {
        RedisResult::Nil | RedisResult::Int64(_) => 0,
        RedisResult::Binary(bytes) => bytes.len(),
        RedisResult::Status(text) => text.len(),
    };
    size_of::<RedisResult>() + data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replies_are_flattened() {
        let reply = Value::Array(vec![
            Value::Nil,
            Value::Array(vec![Value::Int(1), Value::Okay]),
            Value::BulkString(b"x".to_vec()),
            Value::Boolean(true),
            Value::Double(1.5),
        ]);
        let mut results = Vec::new();
        flatten(reply, &mut results).expect("all supported");
        let shown: Vec<String> = results.iter().map(|result| format!("{result:?}")).collect();
        assert_eq!(shown.len(), 6);
        assert!(matches!(&results[1], RedisResult::Int64(1)), "{shown:?}");
        assert!(
            matches!(&results[2], RedisResult::Status(s) if s == "OK"),
            "{shown:?}"
        );
        assert!(
            matches!(&results[5], RedisResult::Binary(b) if b == b"1.5"),
            "{shown:?}"
        );
    }

    #[test]
    fn maps_are_refused() {
        assert!(flatten(Value::Map(vec![]), &mut Vec::new()).is_err());
    }
}
