//! The Redis trigger: runs components when messages are published.
//!
//! One connection per server address; one message at a time over all its channels, given to all
//! components of the channel at once, each in a fresh instance. After a handler's error or trap the
//! message is gone; Spin logs it at a level that is off by default. A server that cannot be reached, or is lost, ends the trigger.
//! Imitates Spin's `crates/trigger-redis/src/lib.rs`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow};
use futures::StreamExt;
use futures::future::{join_all, select_all};

use crate::app::{App, Trigger};
use crate::bindings::inbound_redis::GuestIndices;
use crate::limits::new_store;
use crate::log_info;
use crate::state::{Grants, State};

/// Channel to components.
type Channels = BTreeMap<String, Vec<String>>;

/// Subscribes and runs until the first subscription ends, which is always an error.
pub async fn run(app: Arc<App>) -> Result<()> {
    let servers = servers(&app)?;
    let grants = Arc::new(app.grants(Trigger::Redis)?);
    for id in servers.values().flat_map(BTreeMap::values).flatten() {
        GuestIndices::new(app.instance_pre(id)?).map_err(|_| {
            anyhow!("component {id:?} does not export spin:redis/inbound-redis@3.0.0")
        })?;
    }
    let mut subscriptions = Vec::new();
    for (address, channels) in servers {
        let client = redis::Client::open(address.as_str())
            .with_context(|| format!("invalid redis trigger address {address:?}"))?;
        let subscriber = Subscriber {
            client,
            channels,
            app: Arc::clone(&app),
            grants: Arc::clone(&grants),
        };
        subscriptions.push(tokio::spawn(subscriber.run()));
    }
    select_all(subscriptions).await.0?
}

/// Address to channels, with all templates resolved.
fn servers(app: &App) -> Result<BTreeMap<String, Channels>> {
    let manifest = &app.manifest;
    let default = app
        .resolve(&manifest.redis_address)
        .context("application.trigger.redis")?;
    let mut servers: BTreeMap<String, Channels> = BTreeMap::new();
    for trigger in &manifest.redis {
        let context = || format!("redis trigger of component {:?}", trigger.component);
        let address = trigger.address.as_ref().unwrap_or(&default);
        let address = app.resolve(address).with_context(context)?;
        let channel = app.resolve(&trigger.channel).with_context(context)?;
        let components = servers
            .entry(address)
            .or_default()
            .entry(channel)
            .or_default();
        components.push(trigger.component.clone());
    }
    Ok(servers)
}

/// Listens to one server.
struct Subscriber {
    client: redis::Client,
    channels: Channels,
    app: Arc<App>,
    grants: Arc<HashMap<String, Arc<Grants>>>,
}

impl Subscriber {
    async fn run(self) -> Result<()> {
        let server = self.client.get_connection_info().addr.to_string();
        let mut subscription = self
            .client
            .get_async_pubsub()
            .await
            .with_context(|| format!("Redis trigger failed to connect to {server}"))?;
        println!("Active Channels on {server}:");
        for (channel, components) in &self.channels {
            subscription.subscribe(channel).await.with_context(|| {
                format!("Redis trigger failed to subscribe to channel {channel:?} on {server}")
            })?;
            println!("\t{server}/{channel}: [{}]", components.join(","));
        }
        let mut messages = subscription.on_message();
        while let Some(message) = messages.next().await {
            let components = self.channels.get(message.get_channel_name());
            let payload = message.get_payload_bytes();
            let handlers = components
                .into_iter()
                .flatten()
                .map(|id| self.handle_or_log(id, payload));
            join_all(handlers).await;
        }
        Err(anyhow!("disconnected from {server}"))
    }

    async fn handle_or_log(&self, id: &str, payload: &[u8]) {
        if let Err(error) = self.handle(id, payload.to_vec()).await {
            log_info(&format!("Component {id} handler failed: {error:#}"));
        }
    }

    async fn handle(&self, id: &str, payload: Vec<u8>) -> Result<()> {
        let grants = self.grants.get(id).context("no such component")?;
        let pre = self.app.instance_pre(id)?;
        let indices = GuestIndices::new(pre)?;
        let mut store = new_store(&self.app.engine, State::new(Arc::clone(grants)));
        let instance = pre.instantiate_async(&mut store).await?;
        let guest = indices.load(&mut store, &instance)?;
        let result = store
            .run_concurrent(async |accessor| guest.call_handle_message(accessor, payload).await)
            .await??;
        result.map_err(|error| anyhow!("Redis handler returned an error: {error:?}"))
    }
}
