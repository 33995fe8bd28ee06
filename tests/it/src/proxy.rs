//! A proxy in front of Redis that does what bad networks do, command by command.
//!
//! It reads RESP, so that it knows which reply belongs to which command, and can lose exactly the reply:
//! the command was carried out, and whoever sent it never learns. Which command suffers is drawn from
//! a seed; as the threads of the test run as they please, the same seed gives the same rates and the
//! same dice, not the same history.
//!
//! It also keeps count of every attempt to finish a job, from the arguments of `advance.lua` and what
//! Redis said, whether or not that reached the worker.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::{sleep, spawn};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use redis_protocol::resp2::decode::decode_bytes_mut;
use redis_protocol::resp2::types::BytesFrame;

use crate::random::Random;

/// How many commands in ten thousand suffer what.
#[derive(Debug, Clone, Copy, Default)]
pub struct Faults {
    /// The connection is closed before the command reaches Redis.
    pub cut: u64,
    /// The connection is closed instead of passing on the reply.
    pub lose: u64,
    /// The connection is closed in the middle of the reply.
    pub tear: u64,
    /// The reply comes some tenths of a second late.
    pub delay: u64,
    /// The reply comes after the app's own deadline of 5 s.
    pub stall: u64,
    /// Of ten thousand doorbells: not passed on.
    pub deafen: u64,
}

/// What went through so far.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    pub connections: u64,
    pub commands: u64,
    pub cut: u64,
    pub lost: u64,
    pub torn: u64,
    pub delayed: u64,
    pub stalled: u64,
    pub deafened: u64,
    /// For each job, the fencing tokens with which Redis let it be finished.
    pub finished: BTreeMap<String, BTreeSet<String>>,
    /// Finishes that were accepted before, and whose worker asked again.
    pub repeated: u64,
    /// Finishes that Redis refused: their worker no longer had the job.
    pub refused: u64,
}

/// A running proxy; dropping it closes its port.
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
}

struct Shared {
    /// Redis' port.
    target: u16,
    faults: Mutex<Faults>,
    tally: Mutex<Tally>,
    is_closing: AtomicBool,
}

/// What the next reply is for.
struct Pending {
    fate: Fate,
    /// The job to be finished, and its token.
    finish: Option<(String, String)>,
}

#[derive(Clone, Copy)]
enum Fate {
    Pass,
    Lose,
    Tear,
    Delay(Duration),
}

impl Proxy {
    /// Starts a proxy without faults.
    ///
    /// # Panics
    /// When there is no free port.
    pub fn start(target: u16, seed: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let shared = Arc::new(Shared {
            target,
            faults: Mutex::default(),
            tally: Mutex::default(),
            is_closing: AtomicBool::new(false),
        });
        let mut random = Random::new(seed);
        let accepting = Arc::clone(&shared);
        spawn(move || {
            for client in listener.incoming().flatten() {
                if accepting.is_closing.load(Ordering::Relaxed) {
                    return;
                }
                accepting.tally().connections += 1;
                let (random, shared) = (random.split(), Arc::clone(&accepting));
                spawn(move || shared.serve(client, random));
            }
        });
        Self { port, shared }
    }

    /// `redis://host:port`.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// From now on.
    pub fn set_faults(&self, faults: Faults) {
        *lock(&self.shared.faults) = faults;
    }

    pub fn tally(&self) -> Tally {
        self.shared.tally().clone()
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.is_closing.store(true, Ordering::Relaxed);
        // Wakes whoever accepts.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|broken| broken.into_inner())
}

impl Shared {
    fn tally(&self) -> MutexGuard<'_, Tally> {
        lock(&self.tally)
    }

    fn serve(self: Arc<Self>, client: TcpStream, mut random: Random) {
        let Ok((server, from_server, to_client)) = self.connect(&client) else {
            return;
        };
        let (pending, expected) = channel();
        let replies = {
            let (shared, random) = (Arc::clone(&self), random.split());
            spawn(move || {
                shared.pass_replies(&from_server, &to_client, &expected, random);
                close(&from_server, &to_client);
            })
        };
        self.pass_commands(&client, &server, &pending, random);
        close(&client, &server);
        let _ = replies.join();
    }

    fn connect(&self, client: &TcpStream) -> std::io::Result<(TcpStream, TcpStream, TcpStream)> {
        let server = TcpStream::connect(("127.0.0.1", self.target))?;
        if server.local_addr()? == server.peer_addr()? {
            // Where nobody listens, TCP can connect a port to itself.
            return Err(std::io::ErrorKind::ConnectionRefused.into());
        }
        server.set_nodelay(true)?;
        client.set_nodelay(true)?;
        Ok((server.try_clone()?, server, client.try_clone()?))
    }

    fn pass_commands(
        &self,
        client: &TcpStream,
        server: &TcpStream,
        pending: &Sender<Pending>,
        mut random: Random,
    ) {
        let mut frames = Frames::new(client);
        while let Some((command, raw)) = frames.next() {
            self.tally().commands += 1;
            let Some(fate) = self.draw(&mut random) else {
                return;
            };
            let finish = finish(&command);
            let told = pending.send(Pending { fate, finish });
            if told.is_err() || (&mut &*server).write_all(&raw).is_err() {
                return;
            }
        }
    }

    /// What becomes of a command; `None` when the connection is to be cut before it.
    fn draw(&self, random: &mut Random) -> Option<Fate> {
        let faults = *lock(&self.faults);
        if random.chance(faults.cut) {
            self.tally().cut += 1;
            None
        } else if random.chance(faults.lose) {
            self.tally().lost += 1;
            Some(Fate::Lose)
        } else if random.chance(faults.tear) {
            self.tally().torn += 1;
            Some(Fate::Tear)
        } else if random.chance(faults.delay) {
            self.tally().delayed += 1;
            Some(Fate::Delay(Duration::from_millis(random.between(20, 400))))
        } else if random.chance(faults.stall) {
            self.tally().stalled += 1;
            Some(Fate::Delay(Duration::from_millis(
                random.between(5000, 7000),
            )))
        } else {
            Some(Fate::Pass)
        }
    }

    fn pass_replies(
        &self,
        server: &TcpStream,
        client: &TcpStream,
        expected: &Receiver<Pending>,
        mut random: Random,
    ) {
        let mut frames = Frames::new(server);
        while let Some((reply, raw)) = frames.next() {
            let Ok(Pending { fate, finish }) = expected.try_recv() else {
                // Nobody asked: it is a message of a subscription, a doorbell.
                let deafen = lock(&self.faults).deafen;
                if random.chance(deafen) {
                    self.tally().deafened += 1;
                } else if (&mut &*client).write_all(&raw).is_err() {
                    return;
                }
                continue;
            };
            if let Some((id, token)) = finish {
                self.note_finish(id, token, &reply);
            }
            let passed = match fate {
                Fate::Pass => raw,
                Fate::Lose => return,
                Fate::Tear => raw.slice(..raw.len() / 2),
                Fate::Delay(pause) => {
                    sleep(pause);
                    raw
                }
            };
            let written = (&mut &*client).write_all(&passed);
            if written.is_err() || matches!(fate, Fate::Tear) {
                return;
            }
        }
    }

    fn note_finish(&self, id: String, token: String, reply: &BytesFrame) {
        let BytesFrame::Array(items) = reply else {
            // The script is not known yet; it comes again.
            return;
        };
        let mut tally = self.tally();
        match items.first().and_then(text) {
            Some("done") => {
                let is_new = tally.finished.entry(id).or_default().insert(token);
                tally.repeated += u64::from(!is_new);
            }
            Some("lost") => tally.refused += 1,
            _ => {}
        }
    }
}

/// The job that a command is to finish, with its token: `EVALSHA <sha> 1 <prefix>` and the arguments of
/// `advance.lua`, of which the seventh to the ninth are id, token and status.
fn finish(command: &BytesFrame) -> Option<(String, String)> {
    let BytesFrame::Array(items) = command else {
        return None;
    };
    let item = |at: usize| items.get(at).and_then(text);
    let is_script = item(0)?.starts_with("EVAL") && item(3)?.ends_with("{jobs}:");
    if is_script && ["complete", "failed"].contains(&item(12)?) {
        Some((item(10)?.to_owned(), item(11)?.to_owned()))
    } else {
        None
    }
}

fn text(frame: &BytesFrame) -> Option<&str> {
    match frame {
        BytesFrame::BulkString(bytes) | BytesFrame::SimpleString(bytes) => {
            std::str::from_utf8(bytes).ok()
        }
        _ => None,
    }
}

fn close(one: &TcpStream, other: &TcpStream) {
    // The other side may have closed it already.
    let _ = one.shutdown(Shutdown::Both);
    let _ = other.shutdown(Shutdown::Both);
}

/// The frames of a stream, each with its bytes.
struct Frames<'a> {
    stream: &'a TcpStream,
    unread: BytesMut,
    buffer: Vec<u8>,
}

impl<'a> Frames<'a> {
    fn new(stream: &'a TcpStream) -> Self {
        Self {
            stream,
            unread: BytesMut::new(),
            buffer: vec![0; 65_536],
        }
    }

    /// `None` at the end, whatever the reason.
    fn next(&mut self) -> Option<(BytesFrame, Bytes)> {
        loop {
            if let Some((frame, _, raw)) = decode_bytes_mut(&mut self.unread).ok()? {
                return Some((frame, raw));
            }
            let count = self.stream.read(&mut self.buffer).ok()?;
            if count == 0 {
                return None;
            }
            self.unread.extend_from_slice(&self.buffer[..count]);
        }
    }
}
