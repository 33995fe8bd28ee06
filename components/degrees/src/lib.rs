//! `/degrees`: undergraduate degrees awarded by year.

pub mod handler;

#[cfg(target_arch = "wasm32")]
mod entry {
    use almanac::http::response::SendBody;
    use almanac::store::spin::{SpinConnection, variable};
    use spin_sdk::http::Request;
    use spin_sdk::http_service;

    #[http_service]
    async fn serve(request: Request) -> http::Response<SendBody> {
        let connection = SpinConnection::of_instance().await;
        almanac::http::serve(request, connection, variable, crate::handler::route).await
    }
}
