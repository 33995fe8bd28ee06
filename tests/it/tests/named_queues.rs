//! `/queues/:name`: queues for anybody's own programs.

use std::collections::HashSet;
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use it::{Answer, Call, fresh, shared};
use serde_json::{Value, json};

fn put(path: &str, item: &Value) -> Value {
    shared()
        .send(Call::post(path).json(item))
        .expect(201)
        .json()
}

fn take(path: &str, query: &str) -> Answer {
    shared().send(Call::post(&format!("{path}/get{query}")))
}

#[test]
fn the_first_in_is_the_first_out_whatever_it_is() {
    let path = format!("/queues/{}", fresh("Q"));
    assert_eq!(shared().get(&path)["length"], 0);
    assert!(take(&path, "").expect(204).body.is_empty());
    let items = [
        json!("text"),
        json!(5),
        json!(null),
        json!({"a": [1, {"b": "ü"}]}),
        json!([]),
        json!(false),
    ];
    for (at, item) in items.iter().enumerate() {
        let length = put(&path, item)["length"].as_u64();
        assert_eq!(length, Some(at as u64 + 1));
    }
    assert_eq!(shared().get(&path)["length"], 6);
    for item in &items {
        let answer = take(&path, "").expect(200);
        assert_eq!(answer.header("content-type"), "application/json");
        assert_eq!(answer.json(), *item);
    }
    assert!(take(&path, "?wait=0").expect(204).body.is_empty());
    // Spelt as it came, however many digits.
    let number = "123456789012345678901234567890.50";
    let call = Call::post(&path).body("application/json", format!(" {number}\n"));
    shared().send(call).expect(201).json();
    assert_eq!(take(&path, "").expect(200).text().trim(), number);
    put(&path, &json!(1));
    shared().send(Call::new("DELETE", &path)).expect(204).text();
    assert_eq!(shared().get(&path)["length"], 0);
}

#[test]
fn who_waits_is_given_what_comes() {
    let path = format!("/queues/{}", fresh("wait"));
    let taken = thread::scope(|scope| {
        let taker = scope.spawn(|| take(&path, "?wait=20").expect(200).json());
        thread::sleep(Duration::from_millis(300));
        put(&path, &json!("late"));
        taker.join().expect("takes")
    });
    assert_eq!(taken, "late");
    let started = Instant::now();
    assert!(take(&path, "?wait=1").expect(204).body.is_empty());
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[test]
fn what_is_asked_wrongly_is_refused() {
    let path = format!("/queues/{}", fresh("wrong"));
    for (body, culprit) in [
        ("", "empty"),
        ("{", "JSON"),
        ("[1,]", "JSON"),
        ("1 2", "JSON"),
        ("NaN", "JSON"),
    ] {
        let call = Call::post(&path).body("application/json", body);
        shared().send(call).expect_problem(&[400], culprit);
    }
    let not_utf8 = Call::post(&path).body("application/json", b"\"\xff\"".as_slice());
    shared().send(not_utf8).expect_problem(&[400], "JSON");
    let large =
        Call::post(&path).body("application/json", format!("\"{}\"", "x".repeat(5_000_000)));
    shared().send(large).expect_problem(&[413], "4194304");
    let other = Call::post(&path).body("text/csv", "1");
    shared().send(other).expect_problem(&[415], "text/csv");
    for wait in ["-1", "61", "soon", "1.5"] {
        take(&path, &format!("?wait={wait}")).expect_problem(&[400], "wait");
    }
    for name in ["a%20b", "a.b", "%7Bx%7D", &"x".repeat(65)] {
        shared()
            .send(Call::get(&format!("/queues/{name}")))
            .expect_problem(&[422], "queue's name");
    }
    shared()
        .send(Call::new("PUT", &path))
        .expect_problem(&[405], "POST");
    shared()
        .send(Call::get(&format!("{path}/get")))
        .expect_problem(&[405], "POST");
    assert_eq!(shared().get(&path)["length"], 0);
}

#[test]
fn a_hundred_takers_lose_nothing_and_double_nothing() {
    const TAKERS: usize = 100;
    const ITEMS: usize = 400;
    let path = format!("/queues/{}", fresh("crowd"));
    let taken: Mutex<Vec<u64>> = Mutex::default();
    thread::scope(|scope| {
        for _ in 0..TAKERS {
            scope.spawn(|| {
                for _ in 0..ITEMS / TAKERS {
                    let item = take(&path, "?wait=60").expect(200).json();
                    taken
                        .lock()
                        .expect("a lock")
                        .push(item.as_u64().expect("a number"));
                }
            });
        }
        for putter in 0..4 {
            let path = &path;
            scope.spawn(move || {
                for at in (putter..ITEMS).step_by(4) {
                    put(path, &json!(at));
                }
            });
        }
    });
    let taken = taken.into_inner().expect("a lock");
    let distinct: HashSet<u64> = taken.iter().copied().collect();
    assert_eq!((taken.len(), distinct.len()), (ITEMS, ITEMS));
    assert_eq!(shared().get(&path)["length"], 0);
}
