//! `/queues/:name...`: named queues, shared by any number of clients.

pub mod handler;

#[cfg(target_arch = "wasm32")]
mod entry {
    use std::time::{Duration, Instant};

    use almanac::app::clock::Clock;
    use almanac::http::response::SendBody;
    use almanac::store::spin::{SpinConnection, variable};
    use spin_sdk::http::Request;
    use spin_sdk::http_service;

    /// The host's clock.
    struct HostClock(Instant);

    impl Clock for HostClock {
        fn elapsed(&self) -> Duration {
            self.0.elapsed()
        }

        async fn sleep(&self, duration: Duration) {
            spin_sdk::time::sleep(duration).await;
        }
    }

    #[http_service]
    async fn serve(request: Request) -> http::Response<SendBody> {
        let connection = SpinConnection::of_instance().await;
        almanac::http::serve(
            request,
            connection,
            variable,
            async move |request, context| {
                crate::handler::route(request, context, &HostClock(Instant::now())).await
            },
        )
        .await
    }
}
