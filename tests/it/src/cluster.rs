//! What stands in front of several apps, as a Service and an Ingress do in a cluster.

use std::path::Path;

use crate::poll::eventually;
use crate::process::{Process, free_port, scratch, write};

/// A running haproxy on a free port: requests go to the apps by turns, and away from one that does not
/// answer.
pub struct Balancer {
    port: u16,
    process: Process,
}

impl Balancer {
    /// Starts haproxy before apps at these ports.
    ///
    /// # Panics
    /// When haproxy is not installed or does not start.
    pub fn start(ports: &[u16]) -> Self {
        let (folder, port) = (scratch("balancer"), free_port());
        let config = folder.join("haproxy.cfg");
        write(&config, &configuration(port, ports));
        let arguments = ["-db", "-f", &config.to_string_lossy()];
        let mut process = Process::start(
            Path::new("haproxy"),
            &arguments,
            &[],
            &folder.join("haproxy.log"),
        );
        eventually("haproxy listens", || {
            assert!(!process.has_ended(), "{}", process.log_tail());
            std::net::TcpStream::connect(("127.0.0.1", port)).ok()
        });
        Self { port, process }
    }

    /// `http://host:port`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The end of what it printed.
    pub fn log_tail(&self) -> String {
        self.process.log_tail()
    }
}

/// A request that never reached an app goes to another; one that did, and was not answered, is tried again
/// where that can do no harm. Health checks take an app out that has no connection to accept.
fn configuration(port: u16, ports: &[u16]) -> String {
    let servers = ports.iter().enumerate().map(|(at, port)| {
        format!("  server app{at} 127.0.0.1:{port} check inter 500ms fall 1 rise 1\n")
    });
    format!(
        "global
  maxconn 1000
defaults
  mode http
  timeout connect 2s
  timeout client 120s
  timeout server 120s
  timeout http-request 60s
  option redispatch
  retries 3
  retry-on conn-failure empty-response
frontend almanac
  bind 127.0.0.1:{port}
  default_backend apps
backend apps
  balance roundrobin
  option httpchk
  http-check send meth GET uri /healthz ver HTTP/1.1 hdr Host almanac
  http-request disable-l7-retry unless METH_GET
{}",
        servers.collect::<String>()
    )
}
