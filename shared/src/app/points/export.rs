//! All points of a selection, one part after the other, however many there are.

use std::rc::Rc;

use super::page::Query;
use crate::app::Error;
use crate::domain::{Dataset, DatasetName, Fault, PointId, Table};
use crate::store::points::{Reach, Scan, Snapshot as View, Wanted};
use crate::store::{self, Connection};

/// An export in progress. It holds a few megabytes.
///
/// It is of one version as long as it takes less than a minute, for which replaced chunks are kept,
/// or nobody writes. Beyond that it goes on behind the last point given, in the version of then, as
/// a reader of pages does.
#[derive(Debug)]
pub struct Export {
    pub dataset: Rc<Dataset>,
    /// The version with which it began.
    pub version: u64,
    /// The positions of the columns' fields.
    pub fields: Vec<usize>,
    wanted: Wanted,
    scan: Scan,
}

/// Begins an export of the points of a query, whose limit does not count.
///
/// # Errors
/// [`Error::NotFound`], and what `query` complains about.
pub async fn begin(
    connection: &impl Connection,
    name: &DatasetName,
    query: impl Fn(&Dataset) -> Result<Query, Vec<Fault>>,
) -> Result<Export, Error> {
    let reach = |query: &Query| reach(&query.wanted);
    let (view, query) = super::view(connection, name, query, reach).await?;
    let wanted = query.wanted;
    Ok(Export {
        dataset: view.dataset.clone(),
        version: view.version,
        fields: wanted.fields.clone(),
        scan: Scan::whole(view, wanted.clone()),
        wanted,
    })
}

fn reach(wanted: &Wanted) -> Reach {
    Reach {
        range: wanted.reach(),
        chunks: None,
        is_descending: wanted.is_descending,
    }
}

impl Export {
    /// The next points, in order; `None` when there are no more.
    ///
    /// # Errors
    /// [`Error::Store`], and [`Error::NotFound`] when the dataset was deleted meanwhile.
    pub async fn next(&mut self, connection: &impl Connection) -> Result<Option<Rc<Table>>, Error> {
        let table = match self.scan.next(connection).await {
            Err(store::Error::Unavailable(_)) => {
                self.take_up(connection).await?;
                self.scan.next(connection).await?
            }
            result => result?,
        };
        let last = table.as_ref().and_then(|table| last_id(table));
        self.wanted.after = last.or(self.wanted.after);
        Ok(table)
    }

    /// Goes on in a new view.
    async fn take_up(&mut self, connection: &impl Connection) -> Result<(), Error> {
        let name = &self.dataset.name;
        let view = View::take(connection, name, reach(&self.wanted)).await?;
        let is_same = |view: &View| view.dataset.created_on == self.dataset.created_on;
        let view = view
            .filter(is_same)
            .ok_or_else(|| Error::not_found("dataset", name))?;
        self.scan = Scan::whole(view, self.wanted.clone());
        Ok(())
    }
}

fn last_id(table: &Table) -> Option<PointId> {
    table.id(table.len().checked_sub(1)?)
}
