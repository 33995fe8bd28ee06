//! `POST /datasets/:name/import`: a file becomes points.

use almanac::app::import::{Failure, Format, Importer, Options, PARAMETERS, Parsed, detect};
use almanac::app::imports::{self, Outcome, Target, Terms};
use almanac::app::intake::{Intake, Read, Refusal};
use almanac::app::quotas::Quotas;
use almanac::domain::{Dataset, DatasetName, Fault, FieldName};
use almanac::http::conditions::{demanded_version, tag};
use almanac::http::{Context, Problem, Request, Response, json};
use almanac::store::Connection;
use almanac::store::points::Conflict;
use bytes::Bytes;
use http::{StatusCode, header};
use serde_json::{Value as Json, json};
use uuid::Uuid;

/// Bytes of the body by which its format is told.
const HEAD_BYTES: usize = 4096;

/// What the query string asks for.
struct Wishes {
    options: Options,
    format: Option<Format>,
    conflict: Conflict,
    is_dry_run: bool,
}

pub(crate) async fn import<C: Connection>(
    mut request: Request,
    context: &Context<'_, C>,
    name: DatasetName,
) -> Result<Response, Problem> {
    let wishes = wishes(&request)?;
    let if_version = demanded_version(&request)?;
    let target = imports::target(context.connection, name).await?;
    let read = read(&mut request, context, &wishes, &target).await?;
    if wishes.is_dry_run {
        return Ok(Response::ok(&preview(context, &target, &read.parsed)));
    }
    let report = report_of(&read.parsed);
    let revision = Uuid::new_v4().to_string();
    let terms = Terms {
        conflict: wishes.conflict,
        if_version,
        now: context.now,
        revision: &revision,
        max_datasets: context.config.max_datasets,
        quotas: Quotas::of(context.config),
    };
    let outcome = imports::commit(context.connection, &target, read, terms).await?;
    Ok(answer(&outcome, report))
}

fn wishes(request: &Request) -> Result<Wishes, Problem> {
    let mut parameters = request.parameters();
    let names: Vec<&'static str> = PARAMETERS.iter().map(|(name, _)| *name).collect();
    let pairs = parameters.named(&names);
    let pairs = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let options = Options::parse(pairs)
        .map_err(|faults| parameters.faults(faults))
        .ok();
    let formats = [
        ("csv", Format::Csv),
        ("ndjson", Format::Ndjson),
        ("json", Format::Json),
    ];
    let format = parameters.choice("format", &formats);
    let conflicts = [
        ("error", Conflict::Refuse),
        ("skip", Conflict::Skip),
        ("replace", Conflict::Replace),
    ];
    let conflict = parameters
        .choice("on_conflict", &conflicts)
        .unwrap_or(Conflict::Refuse);
    let is_dry_run = parameters.flag("dry_run").unwrap_or(false);
    parameters.finish().map_err(Problem::bad_parameters)?;
    let options = options.unwrap_or_default();
    Ok(Wishes {
        options,
        format,
        conflict,
        is_dry_run,
    })
}

/// Reads the body as it comes.
async fn read<C: Connection>(
    request: &mut Request,
    context: &Context<'_, C>,
    wishes: &Wishes,
    target: &Target,
) -> Result<Read, Problem> {
    let mut head = Vec::new();
    let mut is_whole = false;
    while head.len() < HEAD_BYTES && !is_whole {
        match request.next_piece().await? {
            Some(piece) => head.extend_from_slice(&piece),
            None => is_whole = true,
        }
    }
    let format = match wishes.format {
        Some(format) => format,
        None => detect(
            request.header("content-type"),
            &head,
            wishes.options.encoding,
        )
        .map_err(|why| {
            let given = request.media_type().unwrap_or_default();
            Problem {
                detail: why,
                ..Problem::unsupported_media_type(&given, "CSV, NDJSON or JSON")
            }
        })?,
    };
    let schema = target
        .existing
        .as_ref()
        .map(|(dataset, _)| dataset.fields.as_slice());
    let limit = context.config.max_import_points as u64;
    let importer = Importer::with_row_limit(format, wishes.options.clone(), schema, limit)
        .map_err(Problem::bad_parameters)?;
    let mut intake = match wishes.is_dry_run {
        true => Intake::preview(importer),
        false => Intake::new(importer, target, wishes.conflict),
    };
    let connection = context.connection;
    if let Err(problem) = pour(request, context, head, &mut intake).await {
        intake.discard(connection).await;
        return Err(problem);
    }
    intake.finish(connection).await.map_err(refusal)
}

/// The whole body, of which `head` was read already.
async fn pour<C: Connection>(
    request: &mut Request,
    context: &Context<'_, C>,
    head: Vec<u8>,
    intake: &mut Intake,
) -> Result<(), Problem> {
    let mut length = 0;
    let mut piece = Some(Bytes::from(head));
    while let Some(next) = piece {
        length += next.len();
        if length > context.config.max_import_bytes {
            return Err(Problem::too_large(context.config.max_import_bytes));
        }
        intake
            .push(context.connection, &next)
            .await
            .map_err(refusal)?;
        piece = request.next_piece().await?;
    }
    Ok(())
}

fn refusal(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::File(file) => failure(file),
        Refusal::Store(error) => error.into(),
    }
}

fn failure(failure: Failure) -> Problem {
    match failure {
        Failure::Invalid { faults, total } => {
            let shown = faults.len() as u64;
            let detail = match total {
                1 => "Nothing was imported: the file has a fault.".to_owned(),
                total if total > shown => {
                    format!(
                        "Nothing was imported: the file has {total} faults, of which the first {shown} are listed."
                    )
                }
                total => format!("Nothing was imported: the file has {total} faults."),
            };
            Problem {
                detail,
                ..Problem::invalid(faults)
            }
        }
        Failure::TooManyRows { limit } => almanac::app::Error::TooMuch {
            what: "points in one file".to_owned(),
            limit,
        }
        .into(),
    }
}

/// The members of the answer that the file alone decides.
fn report_of(parsed: &Parsed) -> Vec<(&'static str, Json)> {
    let fault = |fault: &Fault| json!({"at": fault.at, "detail": fault.detail});
    let missing = |(name, count): &(FieldName, u64)| (name.as_str().to_owned(), Json::from(*count));
    let time = json!({
        "columns": parsed.time.columns,
        "form": parsed.time.form,
        "resolution": parsed.time.resolution,
    });
    vec![
        ("skipped", parsed.skipped.into()),
        ("time_columns", parsed.time.columns.as_slice().into()),
        ("time", time),
        ("missing", parsed.missing.iter().map(missing).collect()),
        ("notes", parsed.notes.as_slice().into()),
        ("errors", parsed.faults.iter().map(fault).collect()),
    ]
}

fn preview<C: Connection>(context: &Context<'_, C>, target: &Target, parsed: &Parsed) -> Json {
    let dataset = match &target.existing {
        Some((dataset, _)) => Dataset {
            fields: parsed.fields.clone(),
            ..dataset.as_ref().clone()
        },
        None => imports::new_dataset(target.name.clone(), parsed, context.now),
    };
    let fields: Vec<Json> = dataset.fields.iter().map(json::field).collect();
    let every: Vec<usize> = (0..dataset.fields.len()).collect();
    let mut sample = parsed.table.empty_like();
    let rows: Vec<usize> = (0..parsed.table.len().min(10)).collect();
    sample.append_rows(&parsed.table, &rows);
    let points: Vec<Json> = (0..sample.len())
        .map(|row| {
            let mut members = serde_json::Map::new();
            let time = sample.times.get(row).copied().unwrap_or_default();
            let time = almanac::domain::Timestamp::from_milliseconds(time);
            members.insert(
                "time".to_owned(),
                time.map_or(Json::Null, |time| time.to_string().into()),
            );
            for (field, value) in every.iter().zip(sample.row(row)) {
                let name = dataset
                    .fields
                    .get(*field)
                    .map_or("", |field| field.name.as_str());
                members.insert(name.to_owned(), json::value(&value));
            }
            members.into()
        })
        .collect();
    let mut answer = json!({
        "dry_run": true,
        "dataset": target.name.as_str(),
        "creates": target.existing.is_none(),
        "imported": parsed.rows,
        "fields": fields,
        "sample": points,
    });
    for (name, value) in report_of(parsed) {
        answer[name] = value;
    }
    answer
}

fn answer(outcome: &Outcome, report: Vec<(&'static str, Json)>) -> Response {
    let described = &outcome.described;
    let mut answer = json!({
        "dataset": described.dataset.name.as_str(),
        "created": outcome.created,
        "imported": outcome.inserted,
        "replaced": outcome.replaced,
        "kept": outcome.kept,
        "count": described.count,
        "version": described.version,
        "fields": described.dataset.fields.iter().map(json::field).collect::<Vec<_>>(),
    });
    for (name, value) in report {
        answer[name] = value;
    }
    let status = if outcome.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    let response = Response::json(status, &answer)
        .with(header::ETAG, &tag(&described.dataset, described.version));
    if outcome.created {
        response.with(
            header::LOCATION,
            &format!("/datasets/{}", described.dataset.name),
        )
    } else {
        response
    }
}
