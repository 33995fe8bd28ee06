//! Starting, refusing to start, stopping.

use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use crate::setup::{Redis, Setup, new_folder};

#[test]
fn signals_stop_it_at_once_with_success() {
    let redis = Redis::start();
    for signal in ["-TERM", "-INT"] {
        let mut host = Setup::new(&redis).start_both();
        // A request in flight holds nothing up.
        host.connect()
            .send("GET /t/wait?ms=600000 HTTP/1.1\r\nHost: test\r\n\r\n");
        host.signal(signal);
        assert_eq!(host.wait().code(), Some(0), "{signal}: {}", host.stderr());
    }
}

#[test]
fn refusals_name_their_cause() {
    let redis = Redis::start();
    for (from, to, words) in [
        (
            "needed = { default = \"by default\" }",
            "needed = { required = true }",
            &["needed"][..],
        ),
        (
            "key_value_stores = [\"default\"]",
            "key_value_stores = [\"other\"]",
            &["other", "web"],
        ),
        ("description = ", "nonsense = ", &["nonsense"]),
        ("<{{ needed }}", "<{{ nobody }}", &["nobody"]),
        (
            "http://127.0.0.1:*",
            "127.0.0.1",
            &["allowed_outbound_hosts", "web"],
        ),
        ("/users/:user/...", "*all", &["*all"]),
        (
            "spin_manifest_version = 2",
            "spin_manifest_version = 3",
            &["spin_manifest_version"],
        ),
    ] {
        let said = Setup::http_only(&redis).replace(from, to).refusal();
        for word in words {
            assert!(said.contains(word), "{word:?} is not in {said}");
        }
    }
}

/// As Spin's is an SQLite file of its own: it is not Redis, and says nothing of what it does not have.
#[test]
fn without_a_runtime_config_the_default_store_is_apart_from_redis() {
    let redis = Redis::start();
    let mut setup = Setup::http_only(&redis);
    setup.runtime_config = None;
    let host = setup.start();
    redis.command(&["SET", "key", "of redis"]);
    assert_eq!(host.get("/t/kv/get?key=key"), "None");
    let set = host.request("POST", "/t/kv/set?key=key", b"of the store");
    assert_eq!(set.status, 200);
    assert_eq!(host.get("/t/kv/get?key=key"), "Some(\"of the store\")");
    assert_eq!(redis.command(&["GET", "key"]), ["of redis"]);
}

#[test]
fn another_store_needs_a_runtime_config() {
    let redis = Redis::start();
    let mut setup = Setup::http_only(&redis);
    setup.manifest = setup.manifest.replace(r#"["default"]"#, r#"["other"]"#);
    let said = setup.refusal();
    assert!(said.contains("--runtime-config-file"), "{said}");
}

#[test]
fn a_handler_of_the_wrong_kind_is_refused() {
    let redis = Redis::start();
    let said = Setup::new(&redis)
        .replace("component = \"web\"", "component = \"bell\"")
        .refusal();
    assert!(said.contains("no HTTP handler"), "{said}");
    let bell = "channel = \"bell\"\n            component = \"bell\"";
    let said = Setup::new(&redis)
        .replace(
            bell,
            &bell
                .replace("\"bell\"\n", "\"x\"\n")
                .replace("= \"bell\"", "= \"web\""),
        )
        .refusal();
    assert!(said.contains("inbound-redis"), "{said}");
}

#[test]
fn a_taken_address_is_refused_unless_another_will_do() {
    let redis = Redis::start();
    let host = Setup::http_only(&redis).start();
    let taken = || Setup {
        listen: host.address.clone(),
        ..Setup::http_only(&redis)
    };
    let said = taken().refusal();
    assert!(said.contains(&host.address), "{said}");
    let other = taken().arguments(&["--find-free-port"]).start();
    assert_ne!(other.address, host.address);
}

#[test]
fn components_can_be_chosen() {
    let redis = Redis::start();
    let host = Setup::new(&redis)
        .arguments(&["--component-id", "web"])
        .start();
    assert_eq!(host.get("/t/constant"), "hello");
    assert!(
        !host.stdout().contains("Active Channels"),
        "{}",
        host.stdout()
    );
    let said = Setup::new(&redis).arguments(&["-c", "nobody"]).refusal();
    assert!(said.contains("nobody"), "{said}");
}

#[test]
fn compiled_components_are_kept_and_replaced_when_broken() {
    let redis = Redis::start();
    let setup = Setup {
        cache: new_folder(),
        ..Setup::http_only(&redis)
    };
    // A file that is written anew has another number.
    let kept = || -> Vec<(PathBuf, u64)> {
        let folder = std::fs::read_dir(setup.cache.join("almanac-host")).expect("a cache");
        let entries = folder.map(|entry| entry.expect("an entry"));
        entries
            .map(|e| (e.path(), e.metadata().expect("a file").ino()))
            .collect()
    };
    drop(setup.start());
    let first = kept();
    assert_eq!(first.len(), 1, "{first:?}");
    drop(setup.start());
    assert_eq!(kept(), first);
    std::fs::write(&first[0].0, "torn").expect("a file");
    assert_eq!(setup.start().get("/t/constant"), "hello");
    assert!(std::fs::metadata(&first[0].0).expect("a file").len() > 1000);
}
