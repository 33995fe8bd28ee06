//! What does not answer: a key-value store that hangs or is not Redis, a Redis that is gone.

use std::net::TcpListener;
use std::time::Instant;

use it::{Almanac, Call, Redis, eventually, file, private};
use serde_json::json;

/// Listens, takes connections and never says a word, as Spin's key-value store does for a while
/// after an outage of Redis.
fn silent_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        // Held, so that they are not closed.
        let _held: Vec<_> = listener.incoming().collect();
    });
    format!("redis://{address}")
}

#[test]
fn reads_and_jobs_go_on_while_key_value_hangs() {
    if private_is_impossible() {
        return;
    }
    let almanac = Almanac::start_with(&[], Some(&silent_server()));
    almanac.import_csv("co2", "time=month", file("data/co2.csv"));
    let begun = Instant::now();
    for _ in 0..20 {
        assert_eq!(almanac.points("co2", "limit=10").len(), 10);
    }
    // Each instance misses one deadline of half a second, and then leaves key-value alone.
    assert!(
        begun.elapsed().as_secs() < 10,
        "20 reads took {:?}",
        begun.elapsed()
    );
    let job =
        almanac.run_job(&json!({"analysis": "plot", "dataset": "co2", "params": {"y": "average"}}));
    assert_eq!(job["status"], "complete", "{job}");
    let id = job["id"].as_str().expect("an id");
    let picture = almanac
        .send(Call::get(&format!("/download/{id}")))
        .expect(200);
    assert!(picture.body.starts_with(b"\x89PNG"));
}

/// As plain `spin up` has it, whose key-value store is an empty file of its own, and as a mistyped address has it.
#[test]
fn a_key_value_store_that_is_not_redis_is_not_used() {
    if private_is_impossible() {
        return;
    }
    let other = Redis::start();
    for mut almanac in [
        Almanac::start_plainly(&[]),
        Almanac::start_with(&[], Some(&other.url())),
    ] {
        almanac.import_csv("co2", "time=month", file("data/co2.csv"));
        for _ in 0..20 {
            assert_eq!(almanac.points("co2", "limit=1000").len(), 820);
        }
        let order = json!({"analysis": "plot", "dataset": "co2", "params": {"y": "average"}});
        let job = almanac.run_job(&order);
        assert_eq!(job["status"], "complete", "{job}");
        let path = format!("/download/{}", job["id"].as_str().expect("an id"));
        let picture = almanac.send(Call::get(&path)).expect(200);
        assert!(picture.body.starts_with(b"\x89PNG"));
        assert_eq!(
            almanac.lines_with("key-value store"),
            1,
            "{}",
            almanac.log_tail()
        );
    }
    assert_eq!(other.client().number(&["DBSIZE"]), 0);
}

#[test]
fn a_redis_that_is_gone_is_a_503_until_the_app_ends_too() {
    let Some(mut almanac) = private(&[]) else {
        return;
    };
    almanac.redis().kill();
    // The app ends within moments, since its triggers have lost Redis; whoever asks in between is
    // told to try again, and never gets a 500.
    eventually("the app ends", || {
        match almanac.try_send(&Call::get("/readyz")) {
            Ok(answer) => {
                assert!([200, 503].contains(&answer.status), "{}", answer.describe());
                None
            }
            Err(_) => Some(()),
        }
    });
    almanac.wait_for_end();
    almanac.redis().restart();
    almanac.restart_app();
    let _ = almanac.send(Call::get("/readyz")).expect(200);
}

fn private_is_impossible() -> bool {
    std::env::var_os("ALMANAC_URL").is_some()
}
