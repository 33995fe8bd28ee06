//! `GET /datasets/:name/export`: all points of a selection as a file, written while they are read.

use std::rc::Rc;

use almanac::app::datasets;
use almanac::app::points::export::{self, Export};
use almanac::domain::{Dataset, DatasetName, Table};
use almanac::http::conditions::{tag_in, tagged};
use almanac::http::point_query::{PointQuery, take_form};
use almanac::http::response::{Body, Interrupted};
use almanac::http::rows::{self, Form, Layout};
use almanac::http::{Context, Problem, Request, Response};
use almanac::store::Connection;
use bytes::Bytes;
use futures::StreamExt;
use http::{StatusCode, header};

/// Where an export stands.
struct Writing<C> {
    connection: Rc<C>,
    export: Export,
    form: Form,
    has_ids: bool,
    /// Text not sent yet: the head line of CSV.
    text: Vec<u8>,
    is_over: bool,
}

pub(crate) async fn export<C: Connection + 'static>(
    request: Request,
    context: &Context<'_, C>,
    connection: Rc<C>,
    name: &DatasetName,
) -> Result<Response, Problem> {
    let mut parameters = request.parameters();
    let form = match take_form(&mut parameters, request.header("accept")) {
        // What nobody asked for by name is a file that most programs read.
        Form::Json => Form::Csv,
        form => form,
    };
    let has_ids = parameters.flag("ids").unwrap_or(false);
    let query = PointQuery::take_export(&mut parameters);
    if let Err(mut faults) = parameters.finish() {
        // The conditions are looked at too, so that the answer names every fault.
        if let Ok(described) = datasets::get(context.connection, name).await {
            faults.extend(query.resolve(&described.dataset).err().unwrap_or_default());
        }
        return Err(Problem::bad_parameters(faults));
    }
    let resolve = |dataset: &Dataset| query.resolve(dataset);
    let export = export::begin(&*connection, name, resolve)
        .await
        .map_err(Problem::of_query)?;
    let tag = tag_in(&export.dataset, export.version, form);
    let layout = Layout::of(&export.dataset, &export.fields, has_ids);
    let (mut text, mut ending) = (Vec::new(), "ndjson");
    if form == Form::Csv {
        rows::csv_head(&layout, &mut text);
        ending = "csv";
    }
    let writing = Writing {
        connection,
        export,
        form,
        has_ids,
        text,
        is_over: false,
    };
    let mut response = Response::new(StatusCode::OK, form.media_type(), Bytes::new())
        .with(header::VARY, "accept")
        .with(
            header::CONTENT_DISPOSITION,
            &format!("attachment; filename=\"{name}.{ending}\""),
        );
    response.body = Body::Stream(futures::stream::unfold(writing, next).boxed_local());
    Ok(tagged(&request, &tag, response))
}

/// The text of the next points. After a failure the file must not look whole, so the stream breaks.
async fn next<C: Connection>(
    mut writing: Writing<C>,
) -> Option<(Result<Bytes, Interrupted>, Writing<C>)> {
    let mut text = std::mem::take(&mut writing.text);
    while !writing.is_over {
        match writing.export.next(&*writing.connection).await {
            Ok(Some(table)) => writing.write(&table, &mut text),
            Ok(None) => writing.is_over = true,
            Err(error) => {
                writing.is_over = true;
                let name = &writing.export.dataset.name;
                let why = format!("the export of {name} broke off: {error:?}");
                eprintln!("{why}");
                return Some((Err(Interrupted(why)), writing));
            }
        }
        if !text.is_empty() {
            break;
        }
    }
    (!text.is_empty()).then(|| (Ok(text.into()), writing))
}

impl<C> Writing<C> {
    fn write(&self, table: &Table, text: &mut Vec<u8>) {
        let layout = Layout::of(&self.export.dataset, &self.export.fields, self.has_ids);
        text.reserve(table.len() * (70 + 20 * layout.names.len()));
        match self.form {
            Form::Csv => rows::csv_rows(&layout, table, text),
            Form::Json | Form::Ndjson => rows::ndjson(&layout, table, text),
        }
    }
}
