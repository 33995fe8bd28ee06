//! Few points instead of many, for pictures.

use super::page::{Page, Query};
use crate::app::Error;
use crate::domain::aggregate::{Summaries, Summary, summarise};
use crate::domain::thin::{Block, Picker, Plan};
use crate::domain::{Dataset, DatasetName, Fault, Table};
use crate::store::Connection;
use crate::store::points::{Piece, Reach, Scan, Snapshot as View, Wanted};

/// The fewest points that have a shape.
pub const MIN_POINTS: usize = 3;

/// Chooses `count` of the points of a query, at most, so that the curve of each field of numbers keeps its
/// shape; see [`crate::domain::thin`]. Of no more points than that all are chosen. The query's limit
/// does not count.
///
/// Without conditions the summaries of chunks say which of them have to be read: about as many as points
/// are asked for, however many there are.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Invalid`] when no field is of numbers, and what `query` complains about.
pub async fn thin(
    connection: &impl Connection,
    name: &DatasetName,
    count: usize,
    query: impl Fn(&Dataset) -> Result<Query, Vec<Fault>>,
) -> Result<Page, Error> {
    let reach = |query: &Query| Reach {
        range: query.wanted.range,
        ..Reach::default()
    };
    let (view, query) = super::view(connection, name, query, reach).await?;
    let (dataset, version) = (view.dataset.clone(), view.version);
    let wanted = Wanted {
        after: None,
        is_descending: false,
        ..query.wanted.clone()
    };
    let shaping = shaping(&dataset, &wanted.fields)?;
    let (blocks, view) = survey(connection, view, &wanted, &shaping).await?;
    let plan = Plan::new(&blocks, count, wanted.filters.is_empty());
    let kinds = wanted.fields.iter();
    let kinds = kinds.filter_map(|at| dataset.fields.get(*at).map(|field| field.kind));
    let empty = Table::new(kinds);
    let fields = wanted.fields.clone();
    let mut table = if plan.is_everything() {
        everything(connection, view, wanted, empty).await?
    } else {
        let picker = Picker::new(&plan, shaping, empty);
        pick(connection, view, wanted, &plan, picker).await?
    };
    if query.wanted.is_descending {
        let rows: Vec<usize> = (0..table.len()).rev().collect();
        let mut reversed = table.empty_like();
        reversed.append_rows(&table, &rows);
        table = reversed;
    }
    Ok(Page {
        dataset,
        version,
        table,
        fields,
        next: None,
        count: query.counts.then_some(plan.total() as u64),
    })
}

/// Which of the wanted columns shape the picture.
fn shaping(dataset: &Dataset, fields: &[usize]) -> Result<Vec<usize>, Error> {
    let is_numeric = |at: &usize| {
        let field = dataset.fields.get(*at);
        field.is_some_and(|field| field.kind.is_numeric())
    };
    let columns = fields.iter().enumerate();
    let shaping: Vec<usize> = columns
        .filter(|(_, field)| is_numeric(field))
        .map(|(column, _)| column)
        .collect();
    if shaping.is_empty() {
        let why = "needs a field of type number or integer";
        return Err(Error::invalid("thin", why));
    }
    Ok(shaping)
}

/// Summaries of all points, block by block; and gives the view back.
async fn survey(
    connection: &impl Connection,
    view: View,
    wanted: &Wanted,
    shaping: &[usize],
) -> Result<(Vec<Block>, View), Error> {
    let fields = shaping.iter().filter_map(|at| wanted.fields.get(*at));
    let numbers = Wanted {
        fields: fields.copied().collect(),
        extremes: true,
        ..wanted.clone()
    };
    let mut scan = Scan::summarised(view, numbers, &mut |_, _, step| step.is_none());
    let mut blocks = Vec::new();
    while let Some(piece) = scan.next_piece(connection).await? {
        blocks.push(match piece {
            Piece::Summaries(summaries) => block_of(&summaries),
            Piece::Points(table) => Block {
                points: table.len(),
                fields: table
                    .columns
                    .iter()
                    .map(|column| summarise(column, 0..column.len()))
                    .collect(),
            },
        });
    }
    Ok((blocks, scan.snapshot))
}

/// A chunk's description, which is one summary of all its points.
fn block_of(summaries: &Summaries) -> Block {
    let first = |column: &Vec<Summary>| column.first().copied().unwrap_or_default();
    Block {
        points: summaries.points.iter().sum(),
        fields: summaries.columns.iter().map(first).collect(),
    }
}

async fn everything(
    connection: &impl Connection,
    view: View,
    wanted: Wanted,
    mut table: Table,
) -> Result<Table, Error> {
    let mut scan = Scan::whole(view, wanted);
    while let Some(part) = scan.next(connection).await? {
        table.append_range(&part, 0..part.len());
    }
    Ok(table)
}

/// Reads the blocks that the plan needs.
async fn pick(
    connection: &impl Connection,
    view: View,
    wanted: Wanted,
    plan: &Plan,
    mut picker: Picker<'_>,
) -> Result<Table, Error> {
    let mut scan = Scan::chosen(view, wanted, |block| plan.reads(block));
    let mut block = 0;
    while let Some(piece) = scan.next_piece(connection).await? {
        if let Piece::Points(table) = piece {
            picker.add(block, &table);
        }
        block += 1;
    }
    Ok(picker.finish())
}
