//! `/datasets/:name/points...` and `/datasets/:name/export`: create, read, edit and delete points,
//! query and export them.

mod export;
pub mod handler;
mod query;

#[cfg(target_arch = "wasm32")]
mod entry {
    use almanac::http::response::SendBody;
    use almanac::store::spin::{SpinConnection, variable};
    use spin_sdk::http::Request;
    use spin_sdk::http_service;

    #[http_service]
    async fn serve(request: Request) -> http::Response<SendBody> {
        let connection = SpinConnection::of_instance().await;
        let kept = connection.clone();
        almanac::http::serve(
            request,
            connection,
            variable,
            async move |request, context| crate::handler::route(request, context, kept?).await,
        )
        .await
    }
}
