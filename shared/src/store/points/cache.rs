//! Decoded chunks that an instance keeps, since what is read once is often read again, and a chunk
//! never changes.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::domain::{Field, Table};

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

/// The columns at the positions `fields` of a chunk, if they are kept and of the types that the
/// fields of the dataset have now.
pub(super) fn recall(chunk: &str, fields: &[usize], schema: &[Field]) -> Option<Rc<Table>> {
    let kinds = |table: &Table| {
        let kinds = fields
            .iter()
            .map(|at| schema.get(*at).map(|field| field.kind));
        let found = table.columns.iter().map(|column| Some(column.kind()));
        kinds.eq(found)
    };
    recall_any(chunk, fields).filter(|table| kinds(table))
}

fn recall_any(chunk: &str, fields: &[usize]) -> Option<Rc<Table>> {
    CACHE.with_borrow_mut(|cache| {
        let is_it = |(key, _): &(Key, _)| key.chunk == chunk && key.fields == fields;
        let at = cache.iter().rposition(is_it)?;
        let entry = cache.remove(at)?;
        let table = entry.1.clone();
        cache.push_back(entry);
        Some(table)
    })
}

/// Keeps the columns at the positions `fields` of a chunk for as long as there is room.
pub(super) fn remember(chunk: &str, fields: &[usize], table: Rc<Table>) {
    CACHE.with_borrow_mut(|cache| {
        let key = Key {
            chunk: chunk.to_owned(),
            fields: fields.to_vec(),
        };
        cache.push_back((key, table));
        let values = |table: &Table| table.len() * (table.columns.len() + 2);
        let mut total: usize = cache.iter().map(|(_, table)| values(table)).sum();
        while total > VALUES && cache.len() > 1 {
            total -= cache.pop_front().map_or(0, |(_, table)| values(&table));
        }
    });
}
