//! The generated side of `wit/`: traits that the host implements, and the Redis handler's export.

wasmtime::component::bindgen!({
    path: "wit",
    world: "almanac:host/host",
    imports: {
        "spin:key-value/key-value.[method]store.get-keys": async | trappable,
        default: async,
    },
    exports: { default: async },
    with: {
        "spin:key-value/key-value.store": crate::key_value::Store,
        "spin:redis/redis.connection": crate::outbound_redis::Connection,
    },
});

pub use exports::spin::redis::inbound_redis;
pub use spin::key_value::key_value;
pub use spin::redis::redis;
pub use spin::variables::variables;
