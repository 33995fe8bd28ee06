//! Runs an application: each trigger on threads of its own, until the first one ends.
//!
//! Spin runs each trigger as a process of its own; separate threads keep a busy Redis handler from
//! holding up HTTP. Ctrl-C and SIGTERM stop at once, draining nothing, with success.
//! Imitates Spin's `src/commands/up.rs` and `crates/trigger/src/cli.rs`.

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;

use anyhow::{Context, Result, anyhow};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use crate::app::App;
use crate::http::Server;
use crate::instances::Reuse;
use crate::redis_trigger;

/// How to run an application.
#[derive(Debug)]
pub struct Settings {
    /// Where to listen for HTTP.
    pub listen: SocketAddr,
    /// Whether to take a later port if that one is in use.
    pub find_free_port: bool,
    /// How instances of HTTP components are reused.
    pub reuse: Reuse,
}

/// Runs until a signal (success) or until a trigger ends (an error).
pub fn run(app: App, settings: Settings) -> Result<()> {
    let app = Arc::new(app);
    let (ended, mut end) = mpsc::unbounded_channel();
    if !app.manifest.http.is_empty() {
        let app = Arc::clone(&app);
        start("http", ended.clone(), move || async move {
            serve(&app, &settings).await
        })?;
    }
    if !app.manifest.redis.is_empty() {
        let app = Arc::clone(&app);
        start("redis", ended.clone(), move || redis_trigger::run(app))?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::select! {
            _ = terminate.recv() => Ok(()),
            _ = interrupt.recv() => Ok(()),
            error = end.recv() => Err(error.unwrap_or_else(|| anyhow!("all triggers ended"))),
        }
    })
}

/// Runs a trigger on threads of its own and reports how it ended.
fn start<F, Running>(
    name: &'static str,
    ended: mpsc::UnboundedSender<anyhow::Error>,
    run: F,
) -> Result<()>
where
    F: FnOnce() -> Running + Send + 'static,
    Running: Future<Output = Result<()>> + Send + 'static,
{
    let runtime = Runtime::new()?;
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || {
            let error = match runtime.block_on(run()) {
                Ok(()) => anyhow!("the {name} trigger ended"),
                Err(error) => error.context(format!("the {name} trigger ended")),
            };
            // Nobody listens any more once the application is ending.
            let _ = ended.send(error);
        })?;
    Ok(())
}

async fn serve(app: &App, settings: &Settings) -> Result<()> {
    let server = Server::new(app, settings.reuse)?;
    server.run(bind(settings).await?).await
}

/// Binds the address, or with `find_free_port` one of the ten ports from it on.
async fn bind(settings: &Settings) -> Result<TcpListener> {
    let mut address = settings.listen;
    let tries = if settings.find_free_port { 10 } else { 1 };
    let mut result = TcpListener::bind(address).await;
    for _ in 1..tries {
        if result.is_ok() {
            break;
        }
        address.set_port(address.port().checked_add(1).context("no port is free")?);
        result = TcpListener::bind(address).await;
    }
    result.with_context(|| format!("cannot listen on {address}"))
}
