//! `/jobs...`, `/submit`, `/analyses...` and `/download/...`: submitting jobs, following and stopping them,
//! fetching what they made.

pub mod events;
pub mod files;
pub mod handler;
pub mod schedules;
mod submit_plot;

#[cfg(target_arch = "wasm32")]
mod entry {
    use std::time::{Duration, Instant};

    use almanac::app::clock::Clock;
    use almanac::http::response::SendBody;
    use almanac::store::spin::{SpinConnection, variable};
    use spin_sdk::http::Request;
    use spin_sdk::http_service;

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

    #[http_service]
    async fn serve(request: Request) -> http::Response<SendBody> {
        let connection = SpinConnection::of_instance().await;
        let kept = connection.clone();
        almanac::http::serve(
            request,
            connection,
            variable,
            async move |request, context| {
                let clock = HostClock(Instant::now());
                crate::handler::route(request, context, kept?, clock, variable).await
            },
        )
        .await
    }
}
