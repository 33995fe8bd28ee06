//! What one instance of a component owns on the host's side.
//!
//! Imitates Spin's `crates/factors-executor` and `crates/factor-wasi`: the WASI context with the
//! manifest's environment, sockets checked against the allowed hosts, and output to stderr.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::Result;
use wasmtime::component::{HasData, Linker, ResourceTable};
use wasmtime_wasi::sockets::SocketAddrUse;
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::WasiHttpCtx;
use wasmtime_wasi_http::p3::{WasiHttpCtxView, WasiHttpView};

use crate::allowed_hosts::AllowedHosts;
use crate::app::Trigger;
use crate::bindings;
use crate::key_value::Stores;
use crate::limits::{Limits, Usage};
use crate::outbound_http::OutboundHttp;
use crate::variables::ComponentVariables;

/// What every instance of a component shares: what spin.toml grants it.
pub struct Grants {
    /// The component's id.
    pub component: String,
    /// What starts it.
    pub trigger: Trigger,
    /// The environment it sees.
    pub environment: Vec<(String, String)>,
    /// Where it may connect to, or why that cannot be known.
    pub allowed_hosts: Result<AllowedHosts, String>,
    /// Labels of the stores it may open.
    pub key_value_stores: BTreeSet<String>,
    /// The application's stores.
    pub stores: Arc<Stores>,
    /// Its variables.
    pub variables: ComponentVariables,
    /// The application's HTTP client.
    pub http_client: OutboundHttp,
    /// Whether its output is shown.
    pub show_output: bool,
    /// What each instance may use.
    pub limits: Limits,
}

impl Grants {
    /// Whether it may connect to `url`.
    pub fn allows(&self, url: &str, scheme: &str) -> Result<bool, String> {
        match &self.allowed_hosts {
            Ok(hosts) => Ok(hosts.allows(url, scheme)),
            Err(error) => Err(error.clone()),
        }
    }
}

/// The data of one instance's store.
pub struct State {
    /// What the component is granted.
    pub grants: Arc<Grants>,
    /// The resources that the instance holds.
    pub table: ResourceTable,
    /// How many of them are Redis connections.
    pub redis_connections: usize,
    /// What the instance has used of what it may.
    pub usage: Usage,
    wasi: WasiCtx,
    http: WasiHttpCtx,
    http_client: OutboundHttp,
}

impl State {
    /// The state of a fresh instance.
    pub fn new(grants: Arc<Grants>) -> Self {
        let mut wasi = WasiCtxBuilder::new();
        wasi.envs(&grants.environment);
        if grants.show_output {
            // Spin sends both to its stderr, unbuffered.
            wasi.stdout(std::io::stderr()).stderr(std::io::stderr());
        }
        let checked = Arc::clone(&grants);
        wasi.socket_addr_check(move |address, purpose| {
            let allowed = allows_socket(&checked, address, purpose);
            Box::pin(async move { allowed })
        });
        State {
            http_client: grants
                .http_client
                .clone()
                .for_component(Arc::clone(&grants)),
            usage: Usage::new(&grants.component, grants.limits),
            grants,
            table: ResourceTable::new(),
            redis_connections: 0,
            wasi: wasi.build(),
            http: WasiHttpCtx::new(),
        }
    }

    /// The state as each call of the host gets it.
    fn called(&mut self) -> &mut Self {
        self.usage.called();
        self
    }
}

fn allows_socket(grants: &Grants, address: SocketAddr, purpose: SocketAddrUse) -> bool {
    let scheme = match purpose {
        SocketAddrUse::TcpBind => return false,
        SocketAddrUse::TcpConnect => "tcp",
        SocketAddrUse::UdpBind | SocketAddrUse::UdpConnect | SocketAddrUse::UdpOutgoingDatagram => {
            "udp"
        }
    };
    grants.allows(&address.to_string(), scheme).unwrap_or(false)
}

impl WasiView for State {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        self.usage.called();
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for State {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        self.usage.called();
        WasiHttpCtxView {
            hooks: &mut self.http_client,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}

/// Names [`State`] as the data that the host's functions work on.
pub struct HasState;

impl HasData for HasState {
    type Data<'a> = &'a mut State;
}

/// Adds everything that a component may import.
pub fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_async(linker)?;
    wasmtime_wasi::p3::add_to_linker(linker)?;
    wasmtime_wasi_http::p3::add_to_linker(linker)?;
    bindings::key_value::add_to_linker::<_, HasState>(linker, State::called)?;
    bindings::redis::add_to_linker::<_, HasState>(linker, State::called)?;
    bindings::variables::add_to_linker::<_, HasState>(linker, State::called)?;
    Ok(())
}
