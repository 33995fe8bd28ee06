//! Datasets whose fields Almanac knows: made when they are first asked for, and datasets like any
//! other from then on.

use std::rc::Rc;

use super::datasets;
use super::error::Error;
use super::points;
use crate::domain::{Dataset, Timestamp, Value};
use crate::store::Connection;
use crate::store::datasets as store;

/// What making a dataset takes.
#[derive(Debug, Clone, Copy)]
pub struct Making<'a> {
    pub now: Timestamp,
    /// A fresh UUID.
    pub revision: &'a str,
    pub max_datasets: usize,
}

/// The dataset of the name of `wish`, made so where there is none. One to which nothing has ever
/// been done is given its `first` points, by one of those who ask and once.
///
/// # Errors
/// [`Error::Conflict`] when there is one of that name without the fields of `wish`, and those of
/// [`datasets::create`].
pub async fn ensure(
    connection: &impl Connection,
    wish: Dataset,
    making: Making<'_>,
    first: impl FnOnce(&Dataset) -> Vec<(Timestamp, Vec<Value>)>,
) -> Result<Rc<Dataset>, Error> {
    let name = wish.name.clone();
    if store::get(connection, &name).await?.is_none() {
        let made = datasets::create(
            connection,
            wish.clone(),
            making.revision,
            making.max_datasets,
        )
        .await;
        match made {
            // Somebody else made it meanwhile.
            Ok(_) | Err(Error::Conflict(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let known = store::get(connection, &name).await?;
    let known = known.ok_or_else(|| datasets::contended(&name))?;
    fits(&known.dataset, &wish)?;
    if known.version == 1 {
        let points = first(&known.dataset);
        if !points.is_empty() {
            match points::insert(connection, &name, Some(1), |_| Ok(points.clone())).await {
                Ok(_) | Err(Error::Changed { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(known.dataset)
}

/// Whether a dataset has the fields and the key of a preset; it may have more fields.
fn fits(dataset: &Dataset, wish: &Dataset) -> Result<(), Error> {
    let has = |field: &crate::domain::Field| {
        let known = dataset.field(field.name.as_str());
        known.is_some_and(|(_, known)| known.kind == field.kind)
    };
    if wish.fields.iter().all(has) && dataset.key == wish.key {
        return Ok(());
    }
    let fields: Vec<&str> = wish
        .fields
        .iter()
        .map(|field| field.name.as_str())
        .collect();
    Err(Error::Conflict(format!(
        "The dataset `{}` is another one: this path needs the fields {}{}.",
        wish.name,
        fields.join(", "),
        wish.key
            .as_ref()
            .map_or_else(String::new, |key| format!(" and the key {key}"))
    )))
}

/// The values of a point, by the names of fields; fields not named stay as in `old`.
pub fn values(dataset: &Dataset, old: &[Value], given: &[(&str, Value)]) -> Vec<Value> {
    let mut values = old.to_vec();
    values.resize(dataset.fields.len(), Value::Missing);
    for (name, value) in given {
        if let Some((position, _)) = dataset.field(name)
            && let Some(slot) = values.get_mut(position)
        {
            slot.clone_from(value);
        }
    }
    values
}

/// The value of a field by its name.
pub fn value<'a>(dataset: &Dataset, values: &'a [Value], name: &str) -> Option<&'a Value> {
    let (position, _) = dataset.field(name)?;
    values.get(position)
}
