//! Decoded chunks that an instance keeps, since what is read once is often read again, and a chunk
//! never changes.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use super::chunk::{self, Description};
use super::keys;
use crate::domain::{DatasetName, Field, Table};
use crate::store::connection::{Connection, Error};

/// Values that one instance keeps, about 8 bytes each.
const VALUES: usize = 512 * 1024;

#[derive(PartialEq)]
struct Key {
    /// Ids of chunks are random: they name a chunk among those of all datasets.
    chunk: String,
    fields: Vec<usize>,
}

thread_local! {
    /// The most recently used last.
    static CACHE: RefCell<VecDeque<(Key, Rc<Table>)>> = RefCell::default();
}

/// A chunk's ids and the columns at the positions `wanted` among `fields`.
///
/// # Errors
/// [`Error::Unavailable`] when the chunk was replaced more than a minute ago.
pub(super) async fn decoded(
    connection: &impl Connection,
    name: &DatasetName,
    chunk: &Description,
    fields: &[Field],
    wanted: &[usize],
) -> Result<Rc<Table>, Error> {
    let key = Key { chunk: chunk.id.clone(), fields: wanted.to_vec() };
    if let Some(table) = recall(&key) {
        return Ok(table);
    }
    let blob = connection.blob(&format!("{}{}", keys::chunk_prefix(name), chunk.id)).await?;
    let blob = blob.ok_or_else(|| {
        Error::Unavailable("a read took so long that what it reads has been replaced".to_owned())
    })?;
    let table = Rc::new(chunk::decode(&blob, fields, wanted)?);
    remember(key, table.clone());
    Ok(table)
}

fn recall(key: &Key) -> Option<Rc<Table>> {
    CACHE.with_borrow_mut(|cache| {
        let at = cache.iter().position(|(known, _)| known == key)?;
        let entry = cache.remove(at)?;
        let table = entry.1.clone();
        cache.push_back(entry);
        Some(table)
    })
}

fn remember(key: Key, table: Rc<Table>) {
    CACHE.with_borrow_mut(|cache| {
        cache.push_back((key, table));
        let values = |table: &Table| table.len() * (table.columns.len() + 2);
        let mut total: usize = cache.iter().map(|(_, table)| values(table)).sum();
        while total > VALUES && cache.len() > 1 {
            total -= cache.pop_front().map_or(0, |(_, table)| values(&table));
        }
    });
}
