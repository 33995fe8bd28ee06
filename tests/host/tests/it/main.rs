//! The bundled host, from outside: a real Redis, the real binary and three small components.

mod client; // a client that shows what comes when
mod dependencies; // composition, and what a dependency may do
mod http; // routes, headers, instances, streaming, outbound requests
mod redis; // the Redis trigger and outbound Redis
mod services; // key-value, variables, environment, output
mod setup; // what the tests start
mod start; // starting, refusing to start, stopping
