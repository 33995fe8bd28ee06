//! `wasi:http/client`: requests to hosts that the component may reach, over plain HTTP/1.1.
//!
//! Connections are pooled for the whole application. HTTPS is left out (it would bring a TLS stack
//! into this small host) and answers with an error that says so; so do requests to the application
//! itself, as in Spin 4.0.2, which sets no origin for WASI 0.3 handlers.
//! Imitates Spin's `crates/factor-outbound-http/src/wasi.rs`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::HOST;
use http::uri::{Scheme, Uri};
use http::{Request, Response};
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::time::timeout;
use wasmtime_wasi::TrappableError;
use wasmtime_wasi_http::p3::bindings::http::types::ErrorCode;
use wasmtime_wasi_http::p3::{RequestOptions, WasiHttpHooks};

use crate::app::Trigger;
use crate::stalling::TimedBody;
use crate::state::Grants;

/// What Spin waits where the guest sets no time-out.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(600);

type GuestBody = UnsyncBoxBody<Bytes, ErrorCode>;
type Done = Box<dyn Future<Output = Result<(), ErrorCode>> + Send>;
type Outcome = Result<(Response<GuestBody>, Done), TrappableError<ErrorCode>>;

/// The application's HTTP client, seen by one component's instance.
#[derive(Clone)]
pub struct OutboundHttp {
    client: Client<HttpConnector, GuestBody>,
    grants: Option<Arc<Grants>>,
}

impl Default for OutboundHttp {
    fn default() -> Self {
        OutboundHttp {
            client: Client::builder(TokioExecutor::new()).build_http(),
            grants: None,
        }
    }
}

impl OutboundHttp {
    /// The same client with one component's permissions.
    pub fn for_component(self, grants: Arc<Grants>) -> Self {
        OutboundHttp {
            grants: Some(grants),
            ..self
        }
    }

    /// Releases of Spin 4.0 count the computing time of Redis-triggered components in a hook that panics as soon
    /// as one makes an HTTP request, which ends the trigger and with it the application.
    fn end_trigger_as_spin_does(&self) {
        if let Some(grants) = &self.grants
            && grants.trigger == Trigger::Redis
        {
            panic!(
                "component {:?} made an HTTP request from a Redis trigger, which ends the trigger in Spin 4.0",
                grants.component
            );
        }
    }

    /// Decides whether a request may be sent by this host.
    fn check(&self, uri: &Uri) -> Result<(), ErrorCode> {
        let hosts = self
            .grants
            .as_deref()
            .and_then(|grants| grants.allowed_hosts.as_ref().ok());
        let authority = uri
            .authority()
            .filter(|authority| !authority.host().is_empty());
        let to_self = authority.is_none_or(|authority| authority.host() == "self.alt");
        let allowed = hosts.is_some_and(|hosts| {
            if to_self {
                hosts.allows_self(&["http", "https"])
            } else {
                hosts.allows(&uri.to_string(), "https")
            }
        });
        if !allowed {
            return Err(ErrorCode::HttpRequestDenied);
        }
        if to_self {
            return Err(ErrorCode::HttpRequestUriInvalid);
        }
        if uri.scheme() != Some(&Scheme::HTTP) {
            let text = "the bundled host has no outbound HTTPS; the Spin CLI has it";
            return Err(ErrorCode::InternalError(Some(text.into())));
        }
        Ok(())
    }
}

impl WasiHttpHooks for OutboundHttp {
    fn send_request(
        &mut self,
        mut request: Request<GuestBody>,
        options: Option<RequestOptions>,
        _processed: Done,
    ) -> Box<dyn Future<Output = Outcome> + Send> {
        self.end_trigger_as_spin_does();
        let checked = self.check(request.uri());
        let client = self.client.clone();
        let options = options.unwrap_or_default();
        let first_byte = options.first_byte_timeout.unwrap_or(DEFAULT_TIMEOUT);
        let between = options.between_bytes_timeout.unwrap_or(DEFAULT_TIMEOUT);
        request.headers_mut().remove(HOST);
        Box::new(async move {
            checked?;
            let response = timeout(first_byte, client.request(request))
                .await
                .map_err(|_| ErrorCode::ConnectionReadTimeout)?
                .map_err(|error| request_error(&error))?;
            let response = response.map(|body| {
                let body = body.map_err(|_| ErrorCode::HttpProtocolError);
                TimedBody::new(body, between).boxed_unsync()
            });
            Ok((response, Box::new(async { Ok(()) }) as Done))
        })
    }
}

/// The guest's view of a failed request.
fn request_error(error: &hyper_util::client::legacy::Error) -> ErrorCode {
    if error.is_connect() {
        ErrorCode::ConnectionRefused
    } else {
        ErrorCode::HttpProtocolError
    }
}
