//! The HTTP trigger: routes requests to components, whose instances serve many requests each.
//!
//! Nothing limits the size of bodies or the time for an answer, nothing is drained at the end, and Nagle's
//! algorithm stays on, as in Spin. Unlike Spin this host bounds the number of connections, and cuts off
//! clients that stall. A request whose instance traps or fails before it answers gets 500 and no body.
//! Imitates Spin's `crates/trigger-http/src/{lib,server,wasip3}.rs`.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use wasmtime::component::Accessor;
use wasmtime_wasi_http::handler::{Proxy, ProxyHandler};
use wasmtime_wasi_http::p3::bindings::http::types::{self, ErrorCode};
use wasmtime_wasi_http::p3::{WasiHttpCtxView, WasiHttpView};

use crate::app::{App, Trigger};
use crate::headers;
use crate::instances::{Instances, Reuse, handler};
use crate::log_error;
use crate::routes::{RouteMatch, Router, WELL_KNOWN_PREFIX};
use crate::stalling::{Stalling, TimedBody};
use crate::state::State;

/// A client that neither sends nor reads anything for so long, while it should, is cut off: one between two
/// requests, in the middle of a head or a body, or before the end of an answer.
const IDLE_LIMIT: Duration = Duration::from_secs(60);
/// When accepting a connection failed.
const ACCEPT_AGAIN_AFTER: Duration = Duration::from_millis(100);

type ResponseBody = UnsyncBoxBody<Bytes, ErrorCode>;

/// Serves an application's routes.
pub struct Server {
    router: Router,
    handlers: HashMap<String, ProxyHandler<Instances>>,
    descriptions: HashMap<String, String>,
    info: serde_json::Value,
}

impl Server {
    /// Prepares the routes and their components.
    pub fn new(app: &App, reuse: Reuse) -> Result<Self> {
        let manifest = &app.manifest;
        let public = manifest.http.iter().filter_map(|trigger| {
            trigger
                .route
                .as_deref()
                .map(|route| (route, trigger.component.as_str()))
        });
        let (router, duplicates) = Router::build(public)?;
        for duplicate in duplicates {
            log_error(&format!(
                "route {} of {} is never used: {} has it too",
                duplicate.route, duplicate.replaced, duplicate.effective
            ));
        }
        let grants = app.grants(Trigger::Http)?;
        let mut handlers = HashMap::new();
        for trigger in &manifest.http {
            let id = &trigger.component;
            if handlers.contains_key(id) {
                continue;
            }
            let instances = Instances {
                engine: app.engine.clone(),
                grants: grants.get(id).context("no such component")?.clone(),
                reuse,
            };
            let handler = handler(app, id, instances)?;
            handlers.insert(id.clone(), handler);
        }
        let mut info = serde_json::json!({ "name": manifest.name });
        if let Some(version) = &manifest.version {
            info["version"] = version.as_str().into();
        }
        let described = |id: &String| (id.clone(), manifest.components[id].description.clone());
        let descriptions = handlers.keys().map(described).collect();
        Ok(Server {
            router,
            handlers,
            descriptions,
            info,
        })
    }

    /// Serves for ever. Spin ends when a connection cannot be accepted, for example because the process may
    /// open no more files; this host waits a moment and goes on.
    pub async fn run(self, listener: TcpListener) -> Result<()> {
        self.print_start(listener.local_addr()?);
        let server = Arc::new(self);
        let connections = Arc::new(Semaphore::new(max_connections()));
        loop {
            let (stream, client) = match listener.accept().await {
                Ok(accepted) => accepted,
                Err(error) => {
                    log_error(&format!("cannot accept a connection: {error}"));
                    tokio::time::sleep(ACCEPT_AGAIN_AFTER).await;
                    continue;
                }
            };
            match Arc::clone(&connections).try_acquire_owned() {
                Ok(permit) => {
                    let serving = Arc::clone(&server).serve(stream, client);
                    tokio::spawn(async move {
                        serving.await;
                        drop(permit);
                    });
                }
                Err(_) => {
                    tokio::spawn(refuse(stream));
                }
            }
        }
    }

    fn print_start(&self, address: SocketAddr) {
        println!("\nServing http://{address}");
        println!("Available Routes:");
        for (path, wildcard, component) in self.router.routes() {
            let wildcard = if wildcard { " (wildcard)" } else { "" };
            println!("  {component}: http://{address}{path}{wildcard}");
            match self.descriptions.get(component) {
                Some(description) if !description.is_empty() => println!("    {description}"),
                _ => {}
            }
        }
    }

    async fn serve(self: Arc<Self>, stream: TcpStream, client: SocketAddr) {
        let service = service_fn(move |request| {
            let server = Arc::clone(&self);
            async move { server.respond(request, client).await }
        });
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(IDLE_LIMIT);
        let stream = Stalling::new(stream, IDLE_LIMIT);
        // A connection that breaks is the client's business; Spin logs it below its default level.
        let _ = builder
            .serve_connection(TokioIo::new(stream), service)
            .await;
    }

    /// Answers a request, or fails so that the connection is closed.
    async fn respond(
        &self,
        mut request: Request<Incoming>,
        client: SocketAddr,
    ) -> Result<Response<ResponseBody>> {
        headers::strip_forbidden(request.headers_mut());
        let path = request.uri().path().to_owned();
        if let Some(name) = path.strip_prefix(WELL_KNOWN_PREFIX) {
            return self.well_known(name);
        }
        let Some(route) = self.router.find(&path) else {
            return empty(StatusCode::NOT_FOUND);
        };
        *request.uri_mut() = headers::make_absolute(request.uri(), request.headers())?;
        match self.ask_component(request, &route, client).await {
            Ok(response) => Ok(response),
            Err(error) => {
                log_error(&format!("Error processing request: {error:#}"));
                empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    fn well_known(&self, name: &str) -> Result<Response<ResponseBody>> {
        match name {
            "health" => Ok(Response::new(full("OK".into()))),
            "info" => {
                let text = serde_json::to_string_pretty(&self.info)?;
                let response = Response::builder().header("content-type", "application/json");
                Ok(response.body(full(text.into()))?)
            }
            _ => empty(StatusCode::NOT_FOUND),
        }
    }

    async fn ask_component(
        &self,
        mut request: Request<Incoming>,
        route: &RouteMatch<'_>,
        client: SocketAddr,
    ) -> Result<Response<ResponseBody>> {
        let uri = request.uri().clone();
        headers::add_spin_headers(request.headers_mut(), &uri, route, client)?;
        let handler = self
            .handlers
            .get(route.component())
            .context("unknown component")?;
        let request = request.map(|body| TimedBody::new(body.map_err(body_error), IDLE_LIMIT));
        let (request, request_processed) = types::Request::from_http(request);

        let (sender, receiver) = oneshot::channel();
        handler.spawn(
            None,
            Box::new(move |store, guest| {
                Box::pin(async move {
                    let outcome = handle(store, guest, request, request_processed, sender).await;
                    if let Err(error) = outcome {
                        log_error(&format!("Component error handling request: {error:?}"));
                    }
                })
            }),
        );
        receiver
            .await
            .context("the component ended without a response")
    }
}

/// How many connections there may be at once: most of the files that the process may open, for each
/// request may need more of them.
fn max_connections() -> usize {
    const MOST: u64 = 10_000;
    let files = rlimit::getrlimit(rlimit::Resource::NOFILE).map_or(1024, |(soft, _)| soft);
    usize::try_from((files / 2).clamp(1, MOST)).unwrap_or(1)
}

/// Tells a client that there are too many connections.
async fn refuse(mut stream: TcpStream) {
    const BODY: &str = r#"{"type":"/help#busy","title":"Service Unavailable","status":503,"detail":"Too many connections; try again."}"#;
    let answer = format!(
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/problem+json\r\n\
         content-length: {}\r\nretry-after: 1\r\nconnection: close\r\n\r\n{BODY}",
        BODY.len()
    );
    // A client that does not even read that has gone.
    let written = stream.write_all(answer.as_bytes());
    let _ = tokio::time::timeout(Duration::from_secs(1), written).await;
}

/// Runs a request in an instance and stays until the response's body has been read or dropped:
/// until then the guest may still be writing it.
async fn handle(
    store: &Accessor<State>,
    guest: &Proxy,
    request: types::Request,
    request_processed: impl Future<Output = Result<(), ErrorCode>> + Send + 'static,
    sender: oneshot::Sender<Response<ResponseBody>>,
) -> Result<()> {
    let Proxy::P3(guest) = guest;
    let request = store.with(|mut access| access.get().table.push(request))?;
    let response = guest
        .wasi_http_handler()
        .call_handle(store, request)
        .await?;
    let response = store.with(|mut access| anyhow::Ok(access.get().table.delete(response?)?))?;
    let getter = <State as WasiHttpView>::http as fn(&mut State) -> WasiHttpCtxView<'_>;
    let response = store.with(|mut access| {
        response.into_http_with_getter(&mut access, request_processed, getter)
    })?;
    let (dropped, body_dropped) = oneshot::channel();
    let watched = |body| {
        Watched {
            body,
            _dropped: dropped,
        }
        .boxed_unsync()
    };
    if sender.send(response.map(watched)).is_ok() {
        let _: Result<Infallible, _> = body_dropped.await;
    }
    Ok(())
}

/// A body that tells when it is dropped, by dropping its sender.
struct Watched {
    body: ResponseBody,
    _dropped: oneshot::Sender<Infallible>,
}

impl Body for Watched {
    type Data = Bytes;
    type Error = ErrorCode;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut task::Context<'_>,
    ) -> task::Poll<Option<Result<Frame<Bytes>, ErrorCode>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn body_error(error: hyper::Error) -> ErrorCode {
    if error.is_timeout() {
        ErrorCode::HttpResponseTimeout
    } else {
        ErrorCode::HttpProtocolError
    }
}

fn full(bytes: Bytes) -> ResponseBody {
    Full::new(bytes)
        .map_err(|never| match never {})
        .boxed_unsync()
}

fn empty(status: StatusCode) -> Result<Response<ResponseBody>> {
    let body = Empty::new().map_err(|never| match never {}).boxed_unsync();
    Ok(Response::builder().status(status).body(body)?)
}
