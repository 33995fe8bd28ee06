//! `/animals`: the island of Dr. Moreau.

use std::collections::HashSet;
use std::process::Command;
use std::thread;

use it::{Almanac, Call, fresh, private, shared, workspace};
use serde_json::{Value, json};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

fn uid(animal: &Value) -> &str {
    animal["uid"]
        .as_str()
        .unwrap_or_else(|| panic!("no uid: {animal}"))
}

#[track_caller]
fn create(almanac: &Almanac) -> Value {
    let answer = almanac.send(Call::post("/animals/random")).expect(201);
    let animal = answer.json();
    assert_eq!(
        answer.header("location"),
        format!("/animals/{}", uid(&animal))
    );
    animal
}

#[track_caller]
fn herd(almanac: &Almanac, path: &str) -> Vec<Value> {
    let page = almanac.get(path);
    let animals = page["animals"].as_array();
    animals
        .unwrap_or_else(|| panic!("no animals: {page}"))
        .clone()
}

/// Checks every rule of the course.
#[track_caller]
fn must_be_an_animal(animal: &Value) {
    let whole = |name: &str| animal[name].as_i64().unwrap_or(-1);
    let (arms, legs) = (whole("arms"), whole("legs"));
    assert!((2..=10).contains(&arms) && arms % 2 == 0, "{animal}");
    assert!((3..=12).contains(&legs) && legs % 3 == 0, "{animal}");
    assert_eq!(whole("tail"), arms + legs, "{animal}");
    let head = animal["head"].as_str().unwrap_or_default();
    assert!(
        ["snake", "bull", "lion", "raven", "bunny"].contains(&head),
        "{animal}"
    );
    let body = animal["body"]
        .as_str()
        .and_then(|body| body.split_once('-'));
    assert!(
        body.is_some_and(|(first, second)| first != second),
        "{animal}"
    );
    assert_eq!(uid(animal).as_bytes().get(14), Some(&b'4'), "{animal}");
    assert!(
        animal["created_on"]
            .as_str()
            .is_some_and(|time| time.ends_with('Z')),
        "{animal}"
    );
}

#[test]
fn an_island_begins_with_twenty_animals() {
    let Some(almanac) = private(&[]) else { return };
    let all = herd(&almanac, "/animals");
    assert_eq!(all.len(), 20);
    all.iter().for_each(|animal| must_be_an_animal(animal));
    let uids: HashSet<&str> = all.iter().map(uid).collect();
    assert_eq!(uids.len(), 20);
    assert_eq!(almanac.get("/animals/count")["count"], 20);

    let mut by_head = 0;
    for head in ["snake", "bull", "lion", "raven", "bunny"] {
        let some = herd(&almanac, &format!("/animals/head/{head}"));
        assert!(some.iter().all(|animal| animal["head"] == head));
        by_head += some.len();
    }
    let mut by_legs = 0;
    for legs in [3, 6, 9, 12] {
        let some = herd(&almanac, &format!("/animals/legs/{legs}"));
        assert!(some.iter().all(|animal| animal["legs"] == legs));
        by_legs += some.len();
    }
    assert_eq!((by_head, by_legs), (20, 20));
    assert!(herd(&almanac, "/animals/legs/5").is_empty());
    let one = almanac.get("/animals/random");
    assert!(all.contains(&one), "{one}");

    let numbers = |name: &str| {
        all.iter()
            .filter_map(|animal| animal[name].as_i64())
            .collect::<Vec<_>>()
    };
    let summary = almanac.get("/animals/summary");
    for name in ["arms", "legs", "tail"] {
        let numbers = numbers(name);
        let mean = numbers.iter().sum::<i64>() as f64 / 20.0;
        let expected =
            json!({"mean": mean, "min": numbers.iter().min(), "max": numbers.iter().max()});
        assert_eq!(summary[name], expected, "{summary}");
    }
    let heads = summary["heads"].as_object().expect("heads").values();
    assert_eq!(heads.filter_map(Value::as_u64).sum::<u64>(), 20);
    let average = almanac.get("/animals/average-legs");
    assert_eq!(average["average_legs"], summary["legs"]["mean"]);

    // As a dataset.
    let long = almanac.points("animals", "tail=gte.12&fields=tail");
    assert_eq!(
        long.len(),
        numbers("tail").iter().filter(|tail| **tail >= 12).count()
    );
    let deleted = almanac
        .send(Call::new("DELETE", "/animals?start=1970"))
        .expect(200)
        .json();
    assert_eq!(deleted, json!({"deleted": 20}));
    assert!(herd(&almanac, "/animals").is_empty());
    almanac
        .send(Call::get("/animals/random"))
        .expect_problem(&[404], "POST /animals/random");
    assert_eq!(
        almanac.get("/animals/average-legs")["average_legs"],
        Value::Null
    );
    almanac
        .send(Call::post("/animals/breed"))
        .expect_problem(&[409], "two animals");
}

#[test]
fn an_animal_is_created_read_edited_and_deleted() {
    let almanac = shared();
    let animal = create(almanac);
    must_be_an_animal(&animal);
    let path = format!("/animals/{}", uid(&animal));
    assert_eq!(almanac.get(&path), animal);
    assert_eq!(
        almanac.get(&path.to_uppercase().replace("/ANIMALS", "/animals")),
        animal
    );
    for method in ["PUT", "PATCH"] {
        for (arms, legs) in [(4, 9), (10, 3)] {
            let call = Call::new(method, &path).json(&json!({"arms": arms, "legs": legs}));
            let edited = almanac.send(call).expect(200).json();
            must_be_an_animal(&edited);
            assert_eq!(
                (&edited["arms"], &edited["legs"]),
                (&json!(arms), &json!(legs))
            );
            assert_eq!(edited["head"], animal["head"]);
        }
    }
    let before = almanac.get(&path);
    for (body, culprit) in [
        (json!({"tail": 5}), "tail"),
        (json!({"arms": 4, "tail": 13}), "arms + legs"),
        (json!({"arms": 3}), "arms"),
        (json!({"arms": "4"}), "arms"),
        (json!({"legs": 4}), "legs"),
        (json!({"legs": -3}), "legs"),
        (json!({"head": "cow"}), "snake"),
        (json!({"body": "wolf-wolf"}), "body"),
        (json!({"body": "wolf"}), "body"),
        (json!({"uid": NOBODY}), "uid"),
        (json!({"created_on": "2001-01-01"}), "created_on"),
        (json!({"wings": 2}), "wings"),
        (json!([]), "object"),
    ] {
        let call = Call::new("PATCH", &path).json(&body);
        almanac.send(call).expect_problem(&[422], culprit);
    }
    let call = Call::new("PUT", &path).body("application/json", "{\"arms\":");
    almanac.send(call).expect_problem(&[400], "JSON");
    assert_eq!(almanac.get(&path), before);
    // The dataset refuses it as well.
    let point = format!("/datasets/animals/points/{}", uid(&animal));
    let call = Call::new("PATCH", &point).json(&json!({"tail": 5}));
    almanac.send(call).expect_problem(&[422], "arms + legs");
    almanac.send(Call::new("DELETE", &path)).expect(204).text();
    for path in [
        &path,
        &format!("/animals/{NOBODY}"),
        "/animals/nobody",
        "/animals/8136e6cc-2400-8000-8000-000000000073",
    ] {
        almanac
            .send(Call::get(path))
            .expect_problem(&[404], "animal");
    }
    let edit = Call::new("PUT", &path).json(&json!({"arms": 4}));
    almanac.send(edit).expect_problem(&[404], "animal");
}

#[test]
fn what_is_asked_wrongly_is_refused() {
    for (path, statuses, culprit) in [
        ("/animals?start=2024&end=2023", 400, "later than `start`"),
        ("/animals?start=yesterday", 400, "yesterday"),
        ("/animals?start=2023-02-30", 400, "2023-02-30"),
        ("/animals?limit=0", 400, "limit"),
        ("/animals?limit=-1", 400, "limit"),
        ("/animals?cursor=x", 400, "cursor"),
        ("/animals?wings=2", 400, "wings"),
        ("/animals/head/cow", 404, "cow"),
        ("/animals/head/lions", 404, "did you mean `lion`"),
        ("/animals/legs/two", 400, "two"),
        ("/animals/legs/-3", 400, "-3"),
        ("/animals/legs/3.5", 400, "3.5"),
        ("/animals/count?x=1", 400, "x"),
    ] {
        shared()
            .send(Call::get(path))
            .expect_problem(&[statuses], culprit);
    }
    for (path, statuses, culprit) in [
        ("/animals", 400, "say which animals"),
        ("/animals?start=2024&end=2023", 400, "later than `start`"),
        ("/animals?start=soon", 400, "soon"),
        ("/animals/count", 405, "GET"),
        ("/animals/breed", 405, "POST"),
    ] {
        let answer = shared().send(Call::new("DELETE", path));
        answer.expect_problem(&[statuses], culprit);
    }
    for count in ["0", "-1", "x", "1000000"] {
        let path = format!("/animals/random?count={count}");
        shared()
            .send(Call::post(&path))
            .expect_problem(&[400], "count");
    }
    let twice = json!({"parents": [NOBODY, NOBODY]});
    shared()
        .send(Call::post("/animals/breed").json(&twice))
        .expect_problem(&[422], "different");
}

#[test]
fn a_child_has_parts_of_both_parents() {
    let almanac = shared();
    let parents = [create(almanac), create(almanac)];
    let uids: Vec<&str> = parents.iter().map(uid).collect();
    let call = Call::post("/animals/breed").json(&json!({"parents": uids}));
    let bred = almanac.send(call).expect(201).json();
    let child = &bred["child"];
    must_be_an_animal(child);
    assert_eq!(bred["parents"], json!(parents));
    for part in ["head", "arms", "legs"] {
        assert!(
            parents.iter().any(|parent| parent[part] == child[part]),
            "{bred}"
        );
    }
    let first = child["body"]
        .as_str()
        .and_then(|body| body.split('-').next())
        .unwrap_or_default();
    assert!(
        parents.iter().any(|parent| parent["body"]
            .as_str()
            .is_some_and(|body| body.starts_with(first))),
        "{bred}"
    );
    assert_eq!(almanac.get(&format!("/animals/{}", uid(child))), *child);
    let random = almanac
        .send(Call::post("/animals/breed"))
        .expect(201)
        .json();
    must_be_an_animal(&random["child"]);
    assert_ne!(random["parents"][0], random["parents"][1]);
    let call = Call::post("/animals/breed").json(&json!({"parents": [uids[0], NOBODY]}));
    almanac.send(call).expect_problem(&[404], NOBODY);
}

#[test]
fn a_file_is_made_checked_loaded_and_read_back() {
    let Some(almanac) = private(&[]) else { return };
    let make = Command::new("make")
        .args(["--no-print-directory", "animals", "N=30"])
        .current_dir(workspace())
        .output()
        .expect("make");
    assert!(
        make.status.success(),
        "{}",
        String::from_utf8_lossy(&make.stderr)
    );
    let loaded = almanac.send(Call::post("/animals").body("", make.stdout.clone()));
    assert_eq!(loaded.expect(201).json(), json!({"created": 30}));
    let written: Value = serde_json::from_slice(&make.stdout).expect("JSON");
    let page = almanac.get("/animals");
    let by_uid = |page: &Value| {
        let mut animals = page["animals"].as_array().expect("animals").clone();
        animals.sort_by(|one, other| uid(one).cmp(uid(other)));
        animals
    };
    assert_eq!(by_uid(&page), by_uid(&written));
    // What was read loads again elsewhere, and here is refused: the uids are taken.
    let again = almanac.send(Call::post("/animals").json(&page));
    again.expect_problem(&[409], "uid");
    let mut broken = written;
    broken["animals"][3]["tail"] = 99.into();
    broken["animals"][7]["head"] = "cow".into();
    let refused = almanac.send(Call::post("/animals").json(&broken));
    let problem = refused.expect_problem(&[422], "animals[3].tail");
    assert!(problem.to_string().contains("animals[7].head"), "{problem}");
    assert_eq!(almanac.get("/animals/count")["count"], 30);
    let page = almanac.get("/animals?limit=29");
    let rest = format!("/animals?cursor={}", page["next"].as_str().expect("next"));
    assert_eq!(herd(&almanac, &rest).len(), 1);
}

#[test]
fn a_range_is_listed_and_deleted() {
    let almanac = shared();
    let day = |day: u32| format!("1896-{day:02}-01");
    let animal = |at: u32| json!({"head": "lion", "body": "puma-hyena", "arms": 2, "legs": 3, "created_on": day(at)});
    let new: Vec<Value> = (1..=9).map(animal).collect();
    almanac
        .send(Call::post("/animals").json(&json!({"animals": new})))
        .expect(201)
        .json();
    let range = format!("start={}&end={}", day(3), day(6));
    assert_eq!(herd(almanac, &format!("/animals?{range}")).len(), 3);
    let delete = |range: &str| {
        almanac
            .send(Call::new("DELETE", &format!("/animals?{range}")))
            .expect(200)
            .json()
    };
    assert_eq!(delete(&range), json!({"deleted": 3}));
    assert_eq!(delete(&range), json!({"deleted": 0}));
    assert_eq!(delete("start=1896&end=1897"), json!({"deleted": 6}));
}

#[test]
fn edits_at_the_same_time_lose_nothing_and_keep_the_tail() {
    let almanac = shared();
    let animal = create(almanac);
    let path = format!("/animals/{}", uid(&animal));
    let (arms, legs) = ([2, 4, 6, 8, 10], [3, 6, 9, 12]);
    thread::scope(|scope| {
        let edit = |body: Value| {
            let call = Call::new("PATCH", &path).json(&body);
            must_be_an_animal(&almanac.send(call).expect(200).json());
        };
        scope.spawn(move || {
            arms.iter()
                .cycle()
                .take(20)
                .for_each(|arms| edit(json!({"arms": arms})))
        });
        let path = &path;
        scope.spawn(move || {
            for legs in legs.iter().cycle().take(20) {
                let call = Call::new("PUT", path).json(&json!({"legs": legs}));
                must_be_an_animal(&almanac.send(call).expect(200).json());
            }
        });
        scope.spawn(move || (0..40).for_each(|_| must_be_an_animal(&almanac.get(path))));
    });
    let after = almanac.get(&path);
    assert_eq!(
        (&after["arms"], &after["legs"], &after["tail"]),
        (&json!(10), &json!(12), &json!(22))
    );
    assert_eq!(after["head"], animal["head"]);
}

#[test]
fn deleting_a_range_while_others_insert_loses_and_doubles_nothing() {
    const WRITERS: usize = 4;
    const EACH: usize = 25;
    let almanac = shared();
    let body = fresh("x").replace(|letter: char| !letter.is_ascii_lowercase(), "");
    let animal = json!({"head": "bull", "body": format!("{body}zebu-gnu"), "arms": 4, "legs": 6, "created_on": "1850-06-01"});
    // What a run before left that was cut short.
    let clear = Call::new("DELETE", "/animals?start=1850&end=1851");
    let _ = almanac.send(clear).expect(200);
    let deleted: u64 = thread::scope(|scope| {
        for _ in 0..WRITERS {
            scope.spawn(|| {
                for _ in 0..EACH {
                    almanac
                        .send(Call::post("/animals").json(&animal))
                        .expect(201)
                        .json();
                }
            });
        }
        let deleter = scope.spawn(|| {
            let delete = || {
                almanac
                    .send(Call::new("DELETE", "/animals?start=1850&end=1851"))
                    .expect(200)
                    .json()
            };
            (0..20).filter_map(|_| delete()["deleted"].as_u64()).sum()
        });
        deleter.join().expect("deletes")
    });
    let left = herd(almanac, "/animals?start=1850&end=1851").len();
    assert_eq!(deleted as usize + left, WRITERS * EACH);
    almanac
        .send(Call::new("DELETE", "/animals?start=1850&end=1851"))
        .expect(200)
        .json();
}
