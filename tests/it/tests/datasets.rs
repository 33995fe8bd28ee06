//! `/datasets` and `/datasets/:name`.

use it::{Call, fresh, shared};
use serde_json::{Value, json};

fn create(stem: &str) -> String {
    let name = fresh(stem);
    let body = json!({
        "name": name,
        "title": "Water level",
        "licence": "CC0",
        "fields": [{"name": "level", "type": "number", "unit": "m", "min": 0, "max": 20}],
    });
    shared()
        .send(Call::post("/datasets").json(&body))
        .expect(201)
        .json();
    name
}

#[test]
fn a_dataset_is_created_described_listed_changed_and_deleted() {
    let name = fresh("levels");
    let body = json!({
        "name": name,
        "title": "Water level",
        "description": "Measured at the bridge.",
        "licence": "CC0",
        "source": "The harbour master",
        "fields": [
            {"name": "level", "type": "number", "unit": "m", "min": 0, "max": 20},
            {"name": "gauge", "type": "text", "one_of": ["north", "south"]},
        ],
    });
    let created = shared()
        .send(Call::post("/datasets").json(&body))
        .expect(201);
    let path = format!("/datasets/{name}");
    assert_eq!(created.header("location"), path);
    let described = shared().get(&path);
    for member in ["name", "title", "description", "licence", "source"] {
        assert_eq!(described[member], body[member], "{described}");
    }
    assert_eq!(described["count"], 0, "{described}");
    assert_eq!(described["fields"][0]["unit"], "m", "{described}");
    assert_eq!(
        described["fields"][1]["one_of"],
        json!(["north", "south"]),
        "{described}"
    );
    for member in ["version", "created_on"] {
        assert!(!described[member].is_null(), "{described}");
    }
    for member in ["first", "last", "key"] {
        assert_eq!(described[member], Value::Null, "{described}");
    }
    // Elsewhere there may be many.
    assert!(
        shared()
            .get("/datasets?limit=1000")
            .to_string()
            .contains(&name)
    );

    let change = json!({"title": "Level at the bridge", "source": null});
    let changed = shared()
        .send(Call::new("PATCH", &path).json(&change))
        .expect(200)
        .json();
    assert_eq!(changed["title"], "Level at the bridge");
    assert_eq!(changed["source"], Value::Null);
    assert_eq!(changed["licence"], "CC0");

    shared()
        .send(Call::post("/datasets").json(&body))
        .expect_problem(&[409], &name);
    let delete = || shared().send(Call::new("DELETE", &path));
    assert_eq!(delete().expect(204).body, b"");
    shared()
        .send(Call::get(&path))
        .expect_problem(&[404], &name);
    delete().expect_problem(&[404], &name);
    shared()
        .send(Call::post("/datasets").json(&body))
        .expect(201)
        .json();
}

#[test]
fn a_deleted_dataset_leaves_no_points_to_its_successor() {
    let name = fresh("again");
    let path = format!("/datasets/{name}");
    for _ in 0..2 {
        let report = shared().import_csv(&name, "", "time,x\n2001,1\n2002,2\n");
        assert_eq!(report["imported"], 2, "{report}");
        assert_eq!(shared().get(&path)["count"], 2);
        assert_eq!(
            shared().send(Call::new("DELETE", &path)).expect(204).status,
            204
        );
        shared()
            .send(Call::get(&format!("{path}/points")))
            .expect_problem(&[404], &name);
    }
}

#[test]
fn the_version_grows_with_every_change_and_guards_edits() {
    let name = create("guarded");
    let path = format!("/datasets/{name}");
    let points = format!("{path}/points");
    let version = || shared().get(&path)["version"].as_u64().expect("a version");
    let tag = |path: &str| {
        shared()
            .send(Call::get(path))
            .expect(200)
            .header("etag")
            .to_owned()
    };

    let before = version();
    let first_tag = tag(&path);
    assert!(first_tag.contains('"'), "{first_tag}");
    let unchanged = shared().send(Call::get(&points).header("if-none-match", &tag(&points)));
    assert_eq!(unchanged.expect(304).body, b"");

    let point = json!({"time": "2024-05-01", "level": 2.5});
    shared()
        .send(Call::post(&points).json(&point))
        .expect(201)
        .json();
    assert!(version() > before);
    assert_ne!(tag(&path), first_tag);
    let stale = shared().send(Call::get(&path).header("if-none-match", &first_tag));
    assert_eq!(stale.expect(200).json()["count"], 1);

    let guarded = |tag: &str| {
        let call = Call::new("PATCH", &path).header("if-match", tag);
        shared().send(call.json(&json!({"title": "New"})))
    };
    let now = version();
    guarded(&first_tag).expect_problem(&[412], &now.to_string());
    assert_eq!(version(), now);
    assert_eq!(guarded(&tag(&path)).expect(200).json()["title"], "New");
    let call = Call::post(&points).header("if-match", &first_tag);
    shared().send(call.json(&point)).expect_problem(&[412], "");
    assert_eq!(shared().get(&path)["count"], 1);
}

#[test]
fn the_list_comes_in_pages() {
    let names: Vec<String> = (0..5).map(|_| create("page")).collect();
    let mut found = Vec::new();
    let mut next = "/datasets?limit=2".to_owned();
    loop {
        let page = shared().get(&next);
        let list = page["datasets"]
            .as_array()
            .unwrap_or_else(|| panic!("no datasets: {page}"));
        assert!(list.len() <= 2, "{page}");
        found.extend(
            list.iter()
                .map(|one| one["name"].as_str().expect("a name").to_owned()),
        );
        match page["next"].as_str() {
            Some(cursor) => next = format!("/datasets?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    for name in &names {
        assert_eq!(
            found.iter().filter(|one| *one == name).count(),
            1,
            "{name} in {found:?}"
        );
    }
}
