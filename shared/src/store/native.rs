//! The connection of native tests and benchmarks: one socket to a real redis-server, and RESP2
//! from the `redis-protocol` crate.

use std::cell::RefCell;
use std::time::Duration;

use redis_protocol::resp2::{decode::decode_bytes_mut, encode::extend_encode, types::BytesFrame};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use super::connection::{Arg, Connection, Error, Replies, Reply};

/// How long Redis may take to answer a command.
const DEADLINE: Duration = Duration::from_secs(10);

/// A connection that runs one command at a time, and connects again after an error.
pub struct NativeConnection {
    /// `host:port`.
    address: String,
    socket: Mutex<Option<Socket>>,
    /// Every command that was run, for tests that count round trips.
    log: RefCell<Vec<String>>,
}

struct Socket {
    stream: TcpStream,
    unread: bytes::BytesMut,
}

impl NativeConnection {
    /// Connects when first used. `address` is `host:port`.
    pub fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            socket: Mutex::new(None),
            log: RefCell::default(),
        }
    }

    /// Names of the commands run since the last call.
    pub fn take_log(&self) -> Vec<String> {
        self.log.take()
    }

    async fn run(&self, name: &str, args: Vec<Arg>) -> Result<BytesFrame, Error> {
        let unavailable = |error: std::io::Error| Error::Unavailable(error.to_string());
        let mut guard = self.socket.lock().await;
        let mut socket = match guard.take() {
            Some(socket) => socket,
            None => Socket {
                stream: TcpStream::connect(&self.address)
                    .await
                    .map_err(unavailable)?,
                unread: bytes::BytesMut::new(),
            },
        };
        self.log.borrow_mut().push(name.to_owned());
        socket
            .stream
            .write_all(&encode(name, args)?)
            .await
            .map_err(unavailable)?;
        let frame = socket.read_frame().await?;
        *guard = Some(socket);
        Ok(frame)
    }
}

impl Socket {
    async fn read_frame(&mut self) -> Result<BytesFrame, Error> {
        loop {
            let decoded = decode_bytes_mut(&mut self.unread)
                .map_err(|error| Error::Unavailable(error.to_string()))?;
            if let Some((frame, _, _)) = decoded {
                return Ok(frame);
            }
            let read = self.stream.read_buf(&mut self.unread).await;
            match read {
                Ok(0) => return Err(Error::Unavailable("the connection was closed".to_owned())),
                Ok(_) => {}
                Err(error) => return Err(Error::Unavailable(error.to_string())),
            }
        }
    }
}

impl Connection for NativeConnection {
    async fn command(&self, name: &str, args: Vec<Arg>) -> Result<Vec<Reply>, Error> {
        let frame = tokio::time::timeout(DEADLINE, self.run(name, args))
            .await
            .map_err(|_| Error::Unavailable(format!("no answer to {name} in time")))??;
        let mut replies = Vec::new();
        flatten(frame, &mut replies)?;
        Ok(replies)
    }

    async fn blob(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        let replies = self.command("GET", vec![Arg::from(key)]).await?;
        Replies::new(replies).optional_bytes("a blob")
    }
}

fn encode(name: &str, args: Vec<Arg>) -> Result<bytes::BytesMut, Error> {
    let mut items = vec![BytesFrame::BulkString(name.to_owned().into())];
    items.extend(args.into_iter().map(|arg| {
        BytesFrame::BulkString(match arg {
            Arg::Int(value) => value.to_string().into(),
            Arg::Bytes(bytes) => bytes.into(),
        })
    }));
    let mut buffer = bytes::BytesMut::new();
    extend_encode(&mut buffer, &BytesFrame::Array(items), false)
        .map_err(|error| Error::Refused(error.to_string()))?;
    Ok(buffer)
}

/// Flattens nested lists, as Spin does.
fn flatten(frame: BytesFrame, replies: &mut Vec<Reply>) -> Result<(), Error> {
    match frame {
        BytesFrame::Array(items) => {
            for item in items {
                flatten(item, replies)?;
            }
        }
        BytesFrame::Error(text) => return Err(Error::from_text(text.to_string())),
        BytesFrame::SimpleString(text) => {
            replies.push(Reply::Status(String::from_utf8_lossy(&text).into_owned()));
        }
        BytesFrame::Integer(value) => replies.push(Reply::Int(value)),
        BytesFrame::BulkString(bytes) => replies.push(Reply::Bytes(bytes.to_vec())),
        BytesFrame::Null => replies.push(Reply::Nil),
    }
    Ok(())
}
