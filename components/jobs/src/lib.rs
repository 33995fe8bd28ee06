//! `/jobs...`, `/submit`, `/analyses...`, `/schedules...`, `/download/...` and `/callbacks/deliver`:
//! submitting jobs, following and stopping them, fetching their results, sending their callbacks.

pub mod callbacks;
pub mod events;
pub mod files;
pub mod handler;
#[cfg(target_arch = "wasm32")]
mod http_client;
pub mod schedules;
mod submit_plot;

#[cfg(target_arch = "wasm32")]
mod entry {
    use std::cell::Cell;
    use std::rc::Rc;
    use std::time::{Duration, Instant};

    use almanac::app::clock::Clock;
    use almanac::http::response::SendBody;
    use almanac::store::spin::{SpinConnection, variable};
    use spin_sdk::http::Request;
    use spin_sdk::http_service;
    use spin_sdk::wasip3::spawn;

    use crate::callbacks::{send_for_a_while, sender};
    use crate::http_client::SpinClient;

    /// The host's clock.
    #[derive(Clone)]
    struct HostClock(Instant);

    impl Clock for HostClock {
        fn elapsed(&self) -> Duration {
            self.0.elapsed()
        }

        async fn sleep(&self, duration: Duration) {
            spin_sdk::time::sleep(duration).await;
        }
    }

    thread_local! {
        static IS_SENDING: Cell<bool> = const { Cell::new(false) };
    }

    #[http_service]
    async fn serve(request: Request) -> http::Response<SendBody> {
        let connection = SpinConnection::of_instance().await;
        let kept = connection.clone();
        let response = almanac::http::serve(
            request,
            connection.clone(),
            variable,
            async move |request, context| {
                let clock = HostClock(Instant::now());
                crate::handler::route(request, context, kept?, SpinClient, clock, variable).await
            },
        )
        .await;
        if let Ok(connection) = connection
            && !IS_SENDING.get()
        {
            IS_SENDING.set(true);
            spawn(send_callbacks(connection));
        }
        response
    }

    /// Every request drives callbacks a little further, beside its answer.
    async fn send_callbacks(connection: Rc<SpinConnection>) {
        // An application without a secret has no callbacks: this instance need not look again.
        let Ok(secret) = variable("callback_secret").await else {
            return;
        };
        if secret.is_empty() {
            return;
        }
        let clock = HostClock(Instant::now());
        let sender = sender(&*connection, &SpinClient, &clock, &secret);
        if let Err(error) = send_for_a_while(&sender).await {
            let line =
                serde_json::json!({"level": "error", "message": format!("callbacks: {error:?}")});
            eprintln!("{line}");
        }
        IS_SENDING.set(false);
    }
}
