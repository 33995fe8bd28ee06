//! Pages of points.

use std::rc::Rc;

use crate::app::Error;
use crate::domain::{Dataset, DatasetName, Fault, PointId, Table};
use crate::store::Connection;
use crate::store::points::{Piece, Reach, Scan, Snapshot as View, Wanted};

/// A query for one page.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pub wanted: Wanted,
    /// Points at most.
    pub limit: usize,
    /// Whether to count all points of range and conditions, on whichever page they are.
    pub counts: bool,
}

/// One page of points.
#[derive(Debug, Clone)]
pub struct Page {
    pub dataset: Rc<Dataset>,
    pub version: u64,
    /// In the order asked for, the columns in the order of the query's fields.
    pub table: Table,
    /// The positions of those fields.
    pub fields: Vec<usize>,
    /// Where the next page begins, when there are more points.
    pub next: Option<PointId>,
    /// How many points there are on all pages, if that was asked for.
    pub count: Option<u64>,
}

/// Points of a chunk that is rather small: how many chunks a page needs is told by it.
const SMALL_CHUNK: usize = 1024;

/// Reads one page.
///
/// # Errors
/// [`Error::NotFound`], and what `query` complains about.
pub async fn page(
    connection: &impl Connection,
    name: &DatasetName,
    query: impl Fn(&Dataset) -> Result<Query, Vec<Fault>>,
) -> Result<Page, Error> {
    // A few points need a few chunks; conditions may pass over many.
    let few = |query: &Query| {
        let is_page = query.wanted.filters.is_empty() && !query.counts;
        let chunks = is_page.then_some(query.limit / SMALL_CHUNK + 2);
        reach(query, chunks)
    };
    let (view, wish) = super::view(connection, name, &query, few).await?;
    if let Some(page) = read(connection, view, wish).await? {
        return Ok(page);
    }
    let all = |query: &Query| reach(query, None);
    let (view, wish) = super::view(connection, name, &query, all).await?;
    let page = read(connection, view, wish).await?;
    page.ok_or_else(|| crate::app::datasets::contended(name))
}

fn reach(query: &Query, chunks: Option<usize>) -> Reach {
    let wanted = &query.wanted;
    let range = if query.counts {
        wanted.range
    } else {
        wanted.reach()
    };
    Reach {
        range,
        chunks,
        is_descending: wanted.is_descending,
    }
}

/// `None` when the view was cut before the page was full.
async fn read(
    connection: &impl Connection,
    mut view: View,
    query: Query,
) -> Result<Option<Page>, Error> {
    let (dataset, version) = (view.dataset.clone(), view.version);
    let Query {
        wanted,
        limit,
        counts,
    } = query;
    let mut count = None;
    if counts {
        let (number, same) = count_all(connection, view, &wanted).await?;
        (count, view) = (Some(number), same);
    }
    let fields = wanted.fields.clone();
    let kind = |at: &usize| dataset.fields.get(*at).map(|field| field.kind);
    let mut table = Table::new(fields.iter().filter_map(kind));
    let mut scan = Scan::new(view, wanted);
    while table.len() <= limit {
        let Some(part) = scan.next(connection).await? else {
            break;
        };
        let room = (limit + 1).saturating_sub(table.len());
        table.append_range(&part, 0..room);
    }
    if scan.is_cut() && table.len() <= limit {
        return Ok(None);
    }
    let is_more = table.len() > limit;
    table.truncate(limit);
    let last = table.len().checked_sub(1).and_then(|last| table.id(last));
    let next = last.filter(|_| is_more);
    Ok(Some(Page {
        dataset,
        version,
        table,
        fields,
        next,
        count,
    }))
}

/// Counts the points of range and conditions, those on other pages too; and gives the view back.
async fn count_all(
    connection: &impl Connection,
    view: View,
    wanted: &Wanted,
) -> Result<(u64, View), Error> {
    let everywhere = Wanted {
        range: wanted.range,
        filters: wanted.filters.clone(),
        ..Wanted::default()
    };
    let mut scan = Scan::summarised(view, everywhere, &mut |_, _, _| true);
    let mut count = 0;
    while let Some(piece) = scan.next_piece(connection).await? {
        count += match piece {
            Piece::Points(table) => table.len(),
            Piece::Summaries(summaries) => summaries.points.iter().sum(),
        } as u64;
    }
    Ok((count, scan.snapshot))
}
