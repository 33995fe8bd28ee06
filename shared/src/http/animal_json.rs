//! How the animals of Dr. Moreau's island look in JSON, in both directions.

use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::json::read_time;
use super::object::{Object, describe, text};
use crate::domain::creature::{Creature, HEADS, Spread, Stats, Summary};
use crate::domain::{Fault, Faults, Timestamp};

/// Faults told of one file.
const MAX_FAULTS: usize = 100;

/// An animal.
pub fn animal(creature: &Creature) -> Json {
    let Creature {
        uid,
        stats,
        created_on,
    } = creature;
    json!({
        "uid": uid.to_string(),
        "head": stats.head,
        "body": stats.body,
        "arms": stats.arms,
        "legs": stats.legs,
        "tail": stats.tail(),
        "created_on": created_on.to_string(),
    })
}

/// `{"animals":[..]}`, which [`read_file`] reads again.
pub fn herd(creatures: &[Creature]) -> Json {
    json!({"animals": creatures.iter().map(animal).collect::<Vec<_>>()})
}

/// How many have each head; mean, least and greatest of their numbers, `null` of nothing.
pub fn summary(summary: &Summary) -> Json {
    let heads: Map<String, Json> = HEADS
        .iter()
        .zip(summary.heads)
        .map(|(head, count)| ((*head).to_owned(), count.into()))
        .collect();
    let spread = |spread: &Spread| {
        let (min, max) = spread.bounds.unzip();
        json!({"mean": spread.mean(), "min": min, "max": max})
    };
    json!({
        "count": summary.count,
        "heads": heads,
        "arms": spread(&summary.arms),
        "legs": spread(&summary.legs),
        "tail": spread(&summary.tail),
    })
}

/// Reads a file of animals: `{"animals":[..]}` (what else `GET /animals` says is passed over), a list
/// of animals, or one. One without `created_on` is created `now`, one without `uid` is given a new one.
///
/// # Errors
/// Every fault of every animal.
pub fn read_file(
    body: Json,
    now: Timestamp,
    mut new_uid: impl FnMut() -> Uuid,
) -> Result<Vec<Creature>, Vec<Fault>> {
    let (at, items) = match body {
        Json::Array(items) => ("", items),
        Json::Object(mut members) if members.contains_key("animals") => {
            match members.remove("animals") {
                Some(Json::Array(items)) => ("animals", items),
                other => {
                    let other = other.unwrap_or_default();
                    let detail = format!("must be a list, not {}", describe(&other));
                    return Err(vec![Fault::new("animals", detail)]);
                }
            }
        }
        single => return read_animal("", single, now, &mut new_uid).map(|animal| vec![animal]),
    };
    if items.is_empty() {
        let at = if at.is_empty() { "body" } else { at };
        return Err(vec![Fault::new(at, "is an empty list")]);
    }
    let mut faults = Vec::new();
    let mut animals = Vec::with_capacity(items.len());
    for (position, item) in items.into_iter().enumerate() {
        match read_animal(&format!("{at}[{position}]"), item, now, &mut new_uid) {
            Ok(animal) => animals.push(animal),
            Err(more) => faults.extend(more),
        }
    }
    faults.truncate(MAX_FAULTS);
    if faults.is_empty() {
        Ok(animals)
    } else {
        Err(faults)
    }
}

fn read_animal(
    at: &str,
    json: Json,
    now: Timestamp,
    new_uid: &mut impl FnMut() -> Uuid,
) -> Result<Creature, Vec<Fault>> {
    let mut object = Object::new(at, json)?;
    let uid = object.read("uid", uid);
    let head = object.text("head");
    let head = object.require("head", head);
    let body = object.text("body");
    let body = object.require("body", body);
    let arms = object.read("arms", whole);
    let arms = object.require("arms", arms);
    let legs = object.read("legs", whole);
    let legs = object.require("legs", legs);
    let tail = object.read("tail", whole);
    let created_on = object.read("created_on", |json| read_time(&json));
    object.finish()?;
    let stats = head.zip(body).zip(arms.zip(legs));
    let stats = stats.map(|((head, body), (arms, legs))| Stats {
        head,
        body,
        arms,
        legs,
    });
    let stats = Faults::new().finish(stats)?;
    check(at, &stats, tail)?;
    Ok(Creature {
        uid: uid.unwrap_or_else(new_uid),
        stats,
        created_on: created_on.unwrap_or(now),
    })
}

/// Reads an edit of an animal's stats; those not named stay, and the tail follows arms and legs. What
/// cannot change may be sent back as it was read.
///
/// # Errors
/// Every fault of the body, among them a tail that is not arms + legs.
pub fn read_edit(json: Json, old: &Creature) -> Result<Stats, Vec<Fault>> {
    let mut object = Object::new("", json)?;
    let stats = Stats {
        head: object
            .text("head")
            .unwrap_or_else(|| old.stats.head.clone()),
        body: object
            .text("body")
            .unwrap_or_else(|| old.stats.body.clone()),
        arms: object.read("arms", whole).unwrap_or(old.stats.arms),
        legs: object.read("legs", whole).unwrap_or(old.stats.legs),
    };
    let tail = object.read("tail", whole);
    if object.read("uid", uid).is_some_and(|uid| uid != old.uid) {
        object.fault("uid", "cannot be changed");
    }
    let created_on = object.read("created_on", |json| read_time(&json));
    if created_on.is_some_and(|time| time != old.created_on) {
        object.fault("created_on", "cannot be changed");
    }
    object.finish()?;
    check("", &stats, tail)?;
    Ok(stats)
}

/// Checks stats, and a tail that was given besides.
fn check(at: &str, stats: &Stats, tail: Option<i64>) -> Result<(), Vec<Fault>> {
    let at = if at.is_empty() {
        String::new()
    } else {
        format!("{at}.")
    };
    let mut faults = Faults::new();
    faults.extend(stats.check(&at).err().unwrap_or_default());
    if let Some(tail) = tail.filter(|tail| *tail != stats.tail()) {
        let sum = stats.tail();
        let detail =
            format!("{tail} is not arms + legs, which is {sum}; leave it out and it follows");
        faults.add(format!("{at}tail"), detail);
    }
    faults.check()
}

/// Reads the two uids of `{"parents":[..]}`; `None` of an empty object, for two at random.
///
/// # Errors
/// Every fault of the body.
pub fn read_parents(json: Json) -> Result<Option<[Uuid; 2]>, Vec<Fault>> {
    let mut object = Object::new("", json)?;
    let given = object.list("parents", |at, json| {
        uid(json).map_err(|why| vec![Fault::new(at, why)])
    });
    let parents = match given.as_deref() {
        Some([mother, father]) if mother != father => Some([*mother, *father]),
        Some(_) => {
            object.fault("parents", "must be the uids of two different animals");
            None
        }
        None => None,
    };
    object.finish()?;
    Ok(parents)
}

fn uid(json: Json) -> Result<Uuid, String> {
    let given = text(json)?;
    parse_uid(&given).ok_or_else(|| {
        let short: String = given.chars().take(60).collect();
        format!("`{short}` is not a UUID of version 4")
    })
}

/// An animal's uid, a UUID of version 4 in its hyphenated form.
pub fn parse_uid(text: &str) -> Option<Uuid> {
    let uid = Uuid::try_parse(text).ok().filter(|_| text.len() == 36)?;
    (uid.get_version_num() == 4 && uid.get_variant() == uuid::Variant::RFC4122).then_some(uid)
}

fn whole(json: Json) -> Result<i64, String> {
    json.as_i64()
        .ok_or_else(|| format!("must be a whole number, not {}", describe(&json)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UID: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";

    fn read(body: Json) -> Result<Vec<Creature>, Vec<String>> {
        let now = Timestamp::from_milliseconds(0).unwrap();
        let faults = |faults: Vec<Fault>| faults.iter().map(ToString::to_string).collect();
        read_file(body, now, || Uuid::from_u128(5)).map_err(faults)
    }

    fn one() -> Json {
        json!({
            "uid": UID, "head": "lion", "body": "ant-bear", "arms": 4, "legs": 6, "tail": 10,
            "created_on": "2021-02-03T04:05:06.007Z",
        })
    }

    #[test]
    fn what_is_written_is_read_again() {
        let animals = read(one()).unwrap();
        assert_eq!(animal(&animals[0]), one());
        let mut page = herd(&animals);
        assert_eq!(page, json!({"animals": [one()]}));
        page["next"] = Json::Null;
        assert_eq!(read(page).unwrap(), animals);
        let bare = json!([{"head": "lion", "body": "ant-bear", "arms": 4, "legs": 6}]);
        let new = &read(bare).unwrap()[0];
        assert_eq!(
            (new.uid, new.created_on.milliseconds()),
            (Uuid::from_u128(5), 0)
        );
    }

    #[test]
    fn every_fault_of_a_file_is_named() {
        let mut wrong_tail = one();
        wrong_tail["tail"] = 11.into();
        let bad = json!({"uid": "x", "head": 5, "body": "ant-bear", "arms": 4.5, "created_on": "2021-02-30", "hat": 1});
        let faults = read(json!({"animals": [one(), wrong_tail, bad, 7]})).unwrap_err();
        let at: Vec<&str> = faults
            .iter()
            .filter_map(|fault| fault.split(':').next())
            .collect();
        assert_eq!(
            at,
            [
                "animals[1].tail",
                "animals[2].uid",
                "animals[2].head",
                "animals[2].arms",
                "animals[2].legs",
                "animals[2].created_on",
                "animals[2].hat",
                "animals[3]"
            ]
        );
        for bad in [
            json!([]),
            json!({"animals": []}),
            json!({"animals": 5}),
            json!(5),
        ] {
            assert_eq!(read(bad.clone()).unwrap_err().len(), 1, "{bad}");
        }
    }

    #[test]
    fn an_edit_keeps_the_tail_right_or_is_refused() {
        let old = read(one()).unwrap().remove(0);
        let edited = read_edit(json!({"arms": 8, "uid": UID}), &old).unwrap();
        assert_eq!((edited.arms, edited.legs, edited.tail()), (8, 6, 14));
        assert!(read_edit(json!({"arms": 8, "tail": 14}), &old).is_ok());
        assert_eq!(read_edit(one(), &old), Ok(old.stats.clone()));
        for bad in [
            json!({"arms": 8, "tail": 10}),
            json!({"tail": 11}),
            json!({"arms": 3}),
            json!({"legs": "6"}),
            json!({"head": "cow"}),
            json!({"uid": "67e55044-10b1-426f-9247-bb680e5fe0c9"}),
            json!({"created_on": "2020"}),
            json!({"wings": 2}),
            json!([]),
        ] {
            assert_eq!(read_edit(bad.clone(), &old).unwrap_err().len(), 1, "{bad}");
        }
    }

    #[test]
    fn parents_are_two_or_left_out() {
        assert_eq!(read_parents(json!({})), Ok(None));
        let other = "67e55044-10b1-426f-9247-bb680e5fe0c9";
        assert!(
            read_parents(json!({"parents": [UID, other]}))
                .unwrap()
                .is_some()
        );
        for bad in [
            json!({"parents": [UID]}),
            json!({"parents": [UID, UID]}),
            json!({"parents": UID}),
            json!({"parents": [UID, "x"]}),
        ] {
            assert!(read_parents(bad.clone()).is_err(), "{bad}");
        }
    }
}
