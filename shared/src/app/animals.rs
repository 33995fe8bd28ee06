//! The animals of Dr. Moreau's island, kept as points of the dataset `animals`: their time is when
//! they were created, their uid is the key.

use std::rc::Rc;

use fastrand::Rng;
use uuid::Uuid;

use super::datasets;
use super::error::Error;
use super::points::{self, Query};
use super::presets::{self, Making};
use crate::domain::creature::{ARMS, Creature, HEADS, LEGS, Stats, Summary};
use crate::domain::{
    Constraints, Dataset, DatasetName, Fault, Field, FieldName, FieldType, Filter, Pattern,
    PointId, TimeRange, Timestamp, Value,
};
use crate::store::Connection;
use crate::store::points::Wanted;

/// Animals on an island where nobody has been before.
pub const FIRST: usize = 20;

/// The island with its first animals, where nothing has been done to it yet.
///
/// # Errors
/// Those of [`presets::ensure`].
pub async fn settled(
    connection: &impl Connection,
    making: Making<'_>,
    rng: &mut Rng,
) -> Result<Rc<Dataset>, Error> {
    let first = |dataset: &Dataset| {
        let new = |_| Creature::random(Uuid::new_v4(), making.now, rng);
        (0..FIRST)
            .map(new)
            .map(|new| point(dataset, &new))
            .collect()
    };
    presets::ensure(connection, preset(making.now)?, making, first).await
}

/// The island as it is, made without animals where there is none: for who brings his own.
///
/// # Errors
/// Those of [`presets::ensure`].
pub async fn bare(connection: &impl Connection, making: Making<'_>) -> Result<Rc<Dataset>, Error> {
    presets::ensure(connection, preset(making.now)?, making, |_| Vec::new()).await
}

/// Which animals.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    pub range: TimeRange,
    pub filters: Vec<Filter>,
    /// Those after this one, in the order of creation.
    pub after: Option<PointId>,
    pub limit: usize,
}

/// Some animals in the order of creation; and where the rest begins, if there are more.
///
/// # Errors
/// [`Error::NotFound`] without an island, and what `selection` complains about.
pub async fn herd(
    connection: &impl Connection,
    island: &DatasetName,
    selection: impl Fn(&Dataset) -> Result<Selection, Vec<Fault>>,
) -> Result<(Vec<Creature>, Option<PointId>), Error> {
    let query = |dataset: &Dataset| {
        let selection = selection(dataset)?;
        Ok(Query {
            wanted: Wanted {
                range: selection.range,
                filters: selection.filters,
                after: selection.after,
                ..Wanted::everything(dataset.fields.len())
            },
            limit: selection.limit,
            counts: false,
        })
    };
    let page = points::page(connection, island, query).await?;
    let creatures = (0..page.table.len()).filter_map(|row| {
        let time = Timestamp::from_milliseconds(*page.table.times.get(row)?).ok()?;
        creature(&page.dataset, time, &page.table.row(row))
    });
    Ok((creatures.collect(), page.next))
}

/// Every animal, up to `limit`.
///
/// # Errors
/// [`Error::TooMuch`] beyond that.
async fn everyone(
    connection: &impl Connection,
    island: &DatasetName,
    limit: usize,
) -> Result<Vec<Creature>, Error> {
    let all = |_: &Dataset| {
        Ok(Selection {
            limit,
            ..Selection::default()
        })
    };
    match herd(connection, island, all).await? {
        (herd, None) => Ok(herd),
        _ => Err(Error::TooMuch {
            what: "animals".to_owned(),
            limit: limit as u64,
        }),
    }
}

/// One animal by its uid.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(
    connection: &impl Connection,
    island: &DatasetName,
    uid: Uuid,
) -> Result<Creature, Error> {
    let (dataset, _, point) = points::get(connection, island, &uid.to_string())
        .await
        .map_err(|error| name_animal(error, uid))?;
    creature(&dataset, point.id.time, &point.values).ok_or_else(|| Error::not_found("animal", uid))
}

fn name_animal(error: Error, uid: Uuid) -> Error {
    match error {
        Error::NotFound { what: "point", .. } => Error::not_found("animal", uid),
        other => other,
    }
}

/// One animal at random, each as likely as any other.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn any(
    connection: &impl Connection,
    island: &DatasetName,
    limit: usize,
    rng: &mut Rng,
) -> Result<Creature, Error> {
    let herd = everyone(connection, island, limit).await?;
    rng.choice(herd)
        .ok_or_else(|| Error::not_found("animal", "random"))
}

/// Adds animals, all or none.
///
/// # Errors
/// [`Error::Conflict`] for a uid that is taken.
pub async fn add(
    connection: &impl Connection,
    island: &DatasetName,
    new: &[Creature],
) -> Result<(), Error> {
    let points = |dataset: &Dataset| Ok(new.iter().map(|new| point(dataset, new)).collect());
    points::insert(connection, island, None, points).await?;
    Ok(())
}

/// Edits an animal's stats: `edit` makes the new ones from the old, again while others edit the same
/// animal, so that no edit is lost. The tail follows.
///
/// # Errors
/// [`Error::NotFound`], and what `edit` complains about.
pub async fn edit(
    connection: &impl Connection,
    island: &DatasetName,
    uid: Uuid,
    edit: impl Fn(&Creature) -> Result<Stats, Vec<Fault>>,
) -> Result<Creature, Error> {
    let edited = |dataset: &Dataset, point: &crate::domain::Point| {
        let old = creature(dataset, point.id.time, &point.values)
            .ok_or_else(|| vec![Fault::new("uid", "is that of a point which is no animal")])?;
        let new = Creature {
            stats: edit(&old)?,
            ..old
        };
        Ok(presets::values(dataset, &point.values, &members(&new)))
    };
    let (dataset, _, point) = points::edit(connection, island, &uid.to_string(), None, edited)
        .await
        .map_err(|error| name_animal(error, uid))?;
    creature(&dataset, point.id.time, &point.values).ok_or_else(|| Error::not_found("animal", uid))
}

/// Deletes an animal.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delete(
    connection: &impl Connection,
    island: &DatasetName,
    uid: Uuid,
) -> Result<(), Error> {
    points::delete(connection, island, &uid.to_string(), None)
        .await
        .map_err(|error| name_animal(error, uid))
}

/// Breeds a new animal from two, given by their uids or at random; the child, and its parents.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Conflict`] when there are not two.
pub async fn breed(
    connection: &impl Connection,
    island: &DatasetName,
    parents: Option<[Uuid; 2]>,
    now: Timestamp,
    limit: usize,
    rng: &mut Rng,
) -> Result<(Creature, [Creature; 2]), Error> {
    let [mother, father] = match parents {
        Some([mother, father]) => [
            get(connection, island, mother).await?,
            get(connection, island, father).await?,
        ],
        None => {
            let herd = everyone(connection, island, limit).await?;
            let chosen = <[Creature; 2]>::try_from(rng.choose_multiple(herd, 2));
            chosen.map_err(|_| Error::Conflict("There are no two animals to breed.".to_owned()))?
        }
    };
    let child = Creature {
        uid: Uuid::new_v4(),
        stats: Stats::bred(&mother.stats, &father.stats, rng),
        created_on: now,
    };
    add(connection, island, std::slice::from_ref(&child)).await?;
    Ok((child, [mother, father]))
}

/// How many animals there are.
///
/// # Errors
/// [`Error::NotFound`] without an island.
pub async fn count(connection: &impl Connection, island: &DatasetName) -> Result<u64, Error> {
    Ok(datasets::get(connection, island).await?.count)
}

/// All animals taken together.
///
/// # Errors
/// [`Error::TooMuch`] beyond `limit` animals.
pub async fn summary(
    connection: &impl Connection,
    island: &DatasetName,
    limit: usize,
) -> Result<Summary, Error> {
    let herd = everyone(connection, island, limit).await?;
    Ok(Summary::of(herd.iter().map(|creature| &creature.stats)))
}

fn members(creature: &Creature) -> [(&'static str, Value); 6] {
    let Stats {
        head,
        body,
        arms,
        legs,
    } = &creature.stats;
    [
        ("uid", Value::Text(creature.uid.to_string())),
        ("head", Value::Text(head.clone())),
        ("body", Value::Text(body.clone())),
        ("arms", Value::Integer(*arms)),
        ("legs", Value::Integer(*legs)),
        ("tail", Value::Integer(creature.stats.tail())),
    ]
}

fn point(dataset: &Dataset, creature: &Creature) -> (Timestamp, Vec<Value>) {
    let values = presets::values(dataset, &[], &members(creature));
    (creature.created_on, values)
}

/// `None` of a point that is no animal, which the dataset's constraints do not let in.
fn creature(dataset: &Dataset, created_on: Timestamp, values: &[Value]) -> Option<Creature> {
    let text = |name: &str| match presets::value(dataset, values, name)? {
        Value::Text(text) => Some(text.clone()),
        _ => None,
    };
    let whole = |name: &str| match presets::value(dataset, values, name)? {
        Value::Integer(number) => Some(*number),
        _ => None,
    };
    Some(Creature {
        uid: Uuid::try_parse(&text("uid")?).ok()?,
        stats: Stats {
            head: text("head")?,
            body: text("body")?,
            arms: whole("arms")?,
            legs: whole("legs")?,
        },
        created_on,
    })
}

fn preset(now: Timestamp) -> Result<Dataset, Error> {
    let field_name = |name| FieldName::new(name).map_err(|why| Error::invalid("fields", why));
    let field = |name, kind, constraints| {
        Ok::<_, Error>(Field {
            constraints: Constraints {
                required: true,
                ..constraints
            },
            ..Field::new(field_name(name)?, kind)
        })
    };
    let pattern = |source| {
        let pattern = Pattern::new(source).map_err(|why| Error::invalid("pattern", why))?;
        Ok::<_, Error>(Constraints {
            pattern: Some(pattern),
            ..Constraints::default()
        })
    };
    let bounds = |list: &[i64]| Constraints {
        min: list.first().map(|least| *least as f64),
        max: list.last().map(|most| *most as f64),
        // The least is the step, too.
        multiple_of: list.first().copied(),
        ..Constraints::default()
    };
    let heads = Constraints {
        one_of: HEADS.map(str::to_owned).to_vec(),
        ..Constraints::default()
    };
    let sum = Constraints {
        sum_of: vec![field_name("arms")?, field_name("legs")?],
        ..Constraints::default()
    };
    let uid = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
    Ok(Dataset {
        name: DatasetName::new("animals").map_err(|why| Error::invalid("name", why))?,
        title: Some("The island of Dr. Moreau".to_owned()),
        description: Some(
            "Animals put together from the parts of others. Their time is when they were created."
                .to_owned(),
        ),
        licence: None,
        source: None,
        fields: vec![
            field("uid", FieldType::Text, pattern(uid)?)?,
            field("head", FieldType::Text, heads)?,
            field("body", FieldType::Text, pattern("[a-z]{1,40}-[a-z]{1,40}")?)?,
            field("arms", FieldType::Integer, bounds(&ARMS))?,
            field("legs", FieldType::Integer, bounds(&LEGS))?,
            field("tail", FieldType::Integer, sum)?,
        ],
        key: Some(field_name("uid")?),
        is_public: false,
        created_on: now,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::test_server::RedisServer;

    fn making() -> Making<'static> {
        Making {
            now: Timestamp::from_milliseconds(1_700_000_000_000).unwrap(),
            revision: "r",
            max_datasets: 10,
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn an_island_is_settled_once() {
        let server = RedisServer::start();
        let connection = server.connect();
        let mut rng = Rng::with_seed(1);
        let island = settled(&connection, making(), &mut rng).await.unwrap();
        settled(&connection, making(), &mut rng).await.unwrap();
        assert_eq!(count(&connection, &island.name).await, Ok(20));
        let all = |_: &Dataset| Ok((TimeRange::default(), Vec::new()));
        points::delete_range(&connection, &island.name, None, all)
            .await
            .unwrap();
        settled(&connection, making(), &mut rng).await.unwrap();
        assert_eq!(count(&connection, &island.name).await, Ok(0));
        let nobody = any(&connection, &island.name, 100, &mut rng).await;
        assert!(matches!(nobody, Err(Error::NotFound { .. })));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn who_edits_the_same_animal_at_the_same_time_loses_nothing() {
        let server = RedisServer::start();
        let connection = server.connect();
        let mut rng = Rng::with_seed(2);
        let island = bare(&connection, making()).await.unwrap();
        assert_eq!(count(&connection, &island.name).await, Ok(0));
        let one = Creature::random(Uuid::new_v4(), making().now, &mut rng);
        add(&connection, &island.name, std::slice::from_ref(&one))
            .await
            .unwrap();
        let other = server.connect();
        let set_arms = edit(&connection, &island.name, one.uid, |old| {
            Ok(Stats {
                arms: 10,
                ..old.stats.clone()
            })
        });
        let set_legs = edit(&other, &island.name, one.uid, |old| {
            Ok(Stats {
                legs: 12,
                ..old.stats.clone()
            })
        });
        let (arms, legs) = futures::join!(set_arms, set_legs);
        arms.unwrap();
        legs.unwrap();
        let after = get(&connection, &island.name, one.uid).await.unwrap();
        assert_eq!((after.stats.arms, after.stats.legs), (10, 12));
        let (_, _, point) = points::get(&connection, &island.name, &one.uid.to_string())
            .await
            .unwrap();
        assert_eq!(point.values.last(), Some(&Value::Integer(22)));
    }

    #[tokio::test(flavor = "current_thread")]
    async fn another_dataset_of_that_name_is_left_alone() {
        let server = RedisServer::start();
        let connection = server.connect();
        let other = Dataset {
            key: None,
            ..preset(Timestamp::MIN).unwrap()
        };
        datasets::create(&connection, other, "r", 10).await.unwrap();
        let answer = bare(&connection, making()).await;
        assert!(matches!(answer, Err(Error::Conflict(why)) if why.contains("the key uid")));
    }
}
