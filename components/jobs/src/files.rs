//! The files that a job made.

use almanac::app::jobs;
use almanac::domain::job::{Job, JobId, ResultFile};
use almanac::http::conditions::tagged;
use almanac::http::job_json::IMAGES;
use almanac::http::{Context, Problem, Request, Response};
use almanac::store::Connection;
use http::{StatusCode, header};

/// A picture may hold a script; opened by itself it shall not run.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox";

/// `GET /jobs/:id/files/:name`
pub async fn file<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    id: JobId,
    name: &str,
) -> Result<Response, Problem> {
    request
        .parameters()
        .finish()
        .map_err(Problem::bad_parameters)?;
    let job = jobs::get(context.connection, id).await?;
    jobs::must_be_complete(&job)?;
    let known = job
        .file(name)
        .ok_or_else(|| almanac::app::Error::not_found("file", name))?;
    send(request, context, &job, known, "inline").await
}

/// `GET /download/:id`: the job's picture, as PNG where there is one, else as SVG; or as asked for.
pub async fn download<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    id: JobId,
) -> Result<Response, Problem> {
    let mut parameters = request.parameters();
    let format = parameters.choice("format", &[("png", "image/png"), ("svg", "image/svg+xml")]);
    parameters.finish().map_err(Problem::bad_parameters)?;
    let job = jobs::get(context.connection, id).await?;
    jobs::must_be_complete(&job)?;
    let accept = request.header("accept").unwrap_or_default();
    let takes_svg_alone = accept.contains("image/svg+xml") && !accept.contains("image/png");
    let known = match format {
        Some(media_type) => job.file_of_type(&[media_type]),
        None if takes_svg_alone => job
            .file_of_type(&["image/svg+xml"])
            .or_else(|| job.file_of_type(&IMAGES)),
        None => job.file_of_type(&IMAGES),
    };
    let known = known.ok_or_else(|| Problem::not_found("The job has no such picture."))?;
    send(request, context, &job, known, "attachment").await
}

async fn send<C: Connection>(
    request: &Request,
    context: &Context<'_, C>,
    job: &Job,
    file: &ResultFile,
    disposition: &str,
) -> Result<Response, Problem> {
    let bytes = jobs::file(context.connection, job, &file.name).await?;
    let response = Response::new(StatusCode::OK, "application/octet-stream", bytes)
        .with(header::CONTENT_TYPE, &file.media_type)
        .with(header::CONTENT_SECURITY_POLICY, POLICY)
        // The store admits only letters, digits, `.`, `-` and `_` in names.
        .with(
            header::CONTENT_DISPOSITION,
            &format!("{disposition}; filename=\"{}\"", file.name),
        );
    // A finished job's files never change, and its id never comes again.
    Ok(tagged(
        request,
        &format!("\"{}-{}\"", job.id, file.name),
        response,
    ))
}
