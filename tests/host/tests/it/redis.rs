//! The Redis trigger and outbound Redis.

use crate::setup::{Redis, Setup, eventually, free_port};

/// Publishes and checks how many listened.
fn publish(redis: &Redis, channel: &str, message: &str) {
    assert_eq!(redis.command(&["PUBLISH", channel, message]), ["1"]);
}

fn list(redis: &Redis, length: usize) -> Vec<String> {
    eventually("the list grows", || {
        let list = redis.command(&["LRANGE", "list", "0", "-1"]);
        (list.len() >= length).then_some(list)
    })
}

#[test]
fn messages_are_handled_one_after_another_each_by_a_fresh_instance() {
    let redis = Redis::start();
    let _host = Setup::new(&redis).start_both();
    publish(&redis, "bell", "sleep 300\nappend list a");
    publish(&redis, "bell", "append list b");
    publish(&redis, "bell", "append list c");
    // Each handler says which message it is of its instance's.
    assert_eq!(list(&redis, 3), ["a 1", "b 1", "c 1"]);
}

#[test]
fn errors_and_traps_lose_the_message_only() {
    let redis = Redis::start();
    let mut setup = Setup::new(&redis);
    // Spin shows failures of handlers at this level only.
    setup
        .environment
        .insert("RUST_LOG".to_owned(), "info".to_owned());
    let host = setup.start_both();
    publish(&redis, "bell", "append list a\nfail\nappend list never");
    publish(&redis, "bell", "append list b\ntrap\nappend list never");
    publish(&redis, "bell", "append list c");
    assert_eq!(list(&redis, 3), ["a 1", "b 1", "c 1"]);
    eventually("both failures are shown", || {
        (host
            .stderr()
            .matches("Component bell handler failed")
            .count()
            == 2)
            .then_some(())
    });
}

#[test]
fn an_endless_loop_is_stopped_and_meanwhile_others_go_on() {
    let redis = Redis::start();
    let host = Setup::new(&redis)
        .arguments(&["--max-computing", "1s"])
        .start_both();
    publish(&redis, "bell", "append list a\nloop\nappend list never");
    publish(&redis, "bell", "append list b");
    assert_eq!(host.get("/t/constant"), "hello");
    assert_eq!(list(&redis, 2), ["a 1", "b 1"]);
    let said = host.stderr();
    assert!(
        said.contains("computed for 1s without calling the host"),
        "{said}"
    );
    // Whoever calls the host in between may take longer, and so may whoever waits.
    publish(&redis, "bell", "compute 1500\nsleep 1500\nappend list c");
    assert_eq!(list(&redis, 3), ["a 1", "b 1", "c 1"]);
}

#[test]
fn a_memory_over_the_limit_ends_its_instance_only() {
    let redis = Redis::start();
    let mut setup = Setup::new(&redis);
    setup
        .environment
        .insert("SPIN_MAX_INSTANCE_MEMORY".to_owned(), "33554432".to_owned());
    let host = setup.start_both();
    publish(&redis, "bell", "hoard 16777216\nappend list a");
    publish(&redis, "bell", "hoard 67108864\nappend list never");
    publish(&redis, "bell", "append list b");
    assert_eq!(list(&redis, 2), ["a 1", "b 1"]);
    let said = host.stderr();
    assert!(said.contains("more than the limit"), "{said}");
    assert!(!said.contains("Component bell handler failed"), "{said}");
}

/// As the call hook of releases of Spin 4.0 does it.
#[test]
fn an_http_request_from_a_handler_ends_the_application() {
    let redis = Redis::start();
    let mut host = Setup::new(&redis).start_both();
    publish(&redis, "bell", "fetch http://127.0.0.1:1/");
    assert_eq!(host.wait().code(), Some(1));
    let said = host.stderr();
    assert!(said.contains("HTTP request from a Redis trigger"), "{said}");
}

#[test]
fn all_components_of_a_channel_are_told() {
    let redis = Redis::start();
    let mut setup = Setup::new(&redis);
    let more = "[[trigger.redis]]\nchannel = \"bell\"\ncomponent = \"bell\"\n\
                [[trigger.redis]]\nchannel = \"other\"\ncomponent = \"bell\"\n";
    setup.manifest.push_str(&more.replace('\n', "\n "));
    let host = setup.start();
    eventually("both channels", || {
        host.stdout().contains("/other: [bell]").then_some(())
    });
    assert!(
        host.stdout().contains("/bell: [bell,bell]"),
        "{}",
        host.stdout()
    );
    publish(&redis, "bell", "append list a");
    publish(&redis, "other", "append list b");
    assert_eq!(list(&redis, 3), ["a 1", "a 1", "b 1"]);
}

#[test]
fn no_redis_at_the_start_ends_the_application() {
    let redis = Redis::start();
    let absent = format!("redis://127.0.0.1:{}", free_port());
    let setup = Setup::new(&redis).arguments(&["--variable", &format!("redis_url={absent}")]);
    let said = setup.refusal();
    assert!(said.contains("failed to connect"), "{said}");
}

#[test]
fn a_lost_redis_ends_the_application() {
    let mut redis = Redis::start();
    let mut host = Setup::new(&redis).start_both();
    redis.stop();
    assert_eq!(host.wait().code(), Some(1));
    assert!(host.stderr().contains("disconnected"), "{}", host.stderr());
}

#[test]
fn without_a_redis_trigger_a_lost_redis_ends_nothing() {
    let mut redis = Redis::start();
    let host = Setup::http_only(&redis).start();
    let path = format!("/t/redis?command=PING&url={}", redis.url);
    assert_eq!(host.get(&path), "RedisResult::Status(\"PONG\")\n");
    redis.stop();
    assert!(host.get_error(&path).contains("Other"));
    assert_eq!(host.get("/t/constant"), "hello");
}

#[test]
fn commands_and_their_replies() {
    let redis = Redis::start();
    let host = Setup::http_only(&redis).start();
    let run = |command: &str, arguments: &str| {
        let path = format!("/t/redis?command={command}&url={}", redis.url);
        let answer = host.request("POST", &path, arguments.as_bytes());
        answer
            .body
            .replace("RedisResult::", "")
            .trim_end()
            .replace('\n', " ")
    };
    assert_eq!(run("SET", "a\nxy"), "Status(\"OK\")");
    assert_eq!(run("GET", "a"), "Binary([120, 121])");
    assert_eq!(run("GET", "nothing"), "Nil");
    assert_eq!(run("INCR", "n"), "Int64(1)");
    assert_eq!(
        run("MGET", "n\nnothing\na"),
        "Binary([49]) Nil Binary([120, 121])"
    );
    // Nested lists lose their structure.
    assert_eq!(
        run("EVAL", "return {1,{2,{3}},'x'}\n0"),
        "Int64(1) Int64(2) Int64(3) Binary([120])"
    );
    let error = run("EVAL", "return redis.error_reply('MINE stopped')\n0");
    assert!(
        error.starts_with("Error::Other(") && error.contains("stopped"),
        "{error}"
    );
    let error = run("INCR", "a");
    assert!(error.contains("not an integer"), "{error}");
}

#[test]
fn addresses_that_are_not_allowed_are_invalid() {
    let redis = Redis::start();
    let host = Setup::http_only(&redis).start();
    for url in [
        "redis://127.0.0.1:1",
        "redis://localhost",
        "nonsense",
        "http://127.0.0.1:1",
    ] {
        let error = host.get_error(&format!("/t/redis?command=PING&url={url}"));
        assert_eq!(error, "Error::InvalidAddress", "{url}");
    }
}

#[test]
fn addresses_that_differ_in_the_database_listen_for_themselves() {
    let redis = Redis::start();
    let mut setup = Setup::new(&redis);
    let more = "[[trigger.redis]]\naddress = \"{{ redis_url }}/1\"\nchannel = \"other\"\n\
                component = \"bell\"\n";
    setup.manifest.push_str(more);
    let host = setup.start();
    eventually("both channels", || {
        (host.stdout().matches("Active").count() == 2).then_some(())
    });
    eventually("both channels", || {
        host.stdout().contains("/other: [bell]").then_some(())
    });
    // While one is busy the other is not.
    publish(&redis, "bell", "append list a\nsleep 1000\nappend list c");
    publish(&redis, "other", "append list b");
    let list = list(&redis, 3);
    assert_eq!(list.last().map(String::as_str), Some("c 1"), "{list:?}");
}
