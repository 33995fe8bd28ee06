//! `/`, `/help`, `/openapi.json`, `/healthz`, `/readyz`, `/metrics`, `/limits`, and the answer to every path that is no route.

pub mod handler;
pub mod help;
pub mod openapi;

#[cfg(target_arch = "wasm32")]
mod entry {
    use almanac::http::response::SendBody;
    use almanac::store::spin::{SpinConnection, variable};
    use spin_sdk::http::Request;
    use spin_sdk::http_service;

    #[http_service]
    async fn serve(request: Request) -> http::Response<SendBody> {
        let connection = SpinConnection::of_instance().await;
        almanac::http::serve(request, connection, variable, async |request, context| {
            crate::handler::route(request, context, variable).await
        })
        .await
    }
}
