//! Key-value, variables, environment and output.

use crate::setup::{Redis, Setup};

#[test]
fn key_value_lies_under_the_plain_key() {
    let redis = Redis::start();
    let host = Setup::http_only(&redis).start();
    assert_eq!(host.get("/t/kv/get?key=a"), "None");
    assert_eq!(host.get("/t/kv/exists?key=a"), "false");
    assert_eq!(host.request("POST", "/t/kv/set?key=a", b"one").status, 200);
    assert_eq!(redis.command(&["GET", "a"]), ["one"]);
    redis.command(&["SET", "b", "two"]);
    assert_eq!(host.get("/t/kv/get?key=b"), "Some(\"two\")");
    assert_eq!(host.get("/t/kv/exists?key=a"), "true");
    assert_eq!(host.get("/t/kv/keys"), "a b");
    host.get("/t/kv/delete?key=a");
    host.get("/t/kv/delete?key=a");
    assert_eq!(host.get("/t/kv/keys"), "b");
    assert_eq!(
        host.get_error("/t/kv/get?label=other"),
        "Error::AccessDenied"
    );
}

#[test]
fn variables_are_templates() {
    let redis = Redis::start();
    let mut setup = Setup::http_only(&redis);
    let both = |setup: &Setup| setup.start().get("/t/variable?name=both");
    let url = &redis.url;
    assert_eq!(both(&setup), format!("<by default {url}>"));
    setup
        .environment
        .insert("SPIN_VARIABLE_NEEDED".into(), "by environment".into());
    assert_eq!(both(&setup), format!("<by environment {url}>"));
    let config = setup.runtime_config.as_mut().expect("there is one");
    config.push_str(
        "[[variables_provider]]\ntype = \"static\"\nvalues = { needed = \"by config\" }\n",
    );
    assert_eq!(both(&setup), format!("<by config {url}>"));
    let setup = setup.arguments(&["--variable", "needed=by command line"]);
    assert_eq!(both(&setup), format!("<by command line {url}>"));
}

#[test]
fn variables_that_are_not_there() {
    let redis = Redis::start();
    let host = Setup::http_only(&redis).start();
    // An application's variable is not a component's.
    for (name, error) in [
        ("needed", "Undefined"),
        ("nobody", "Undefined"),
        ("_x", "InvalidName"),
    ] {
        let answer = host.get_error(&format!("/t/variable?name={name}"));
        assert!(
            answer.starts_with(&format!("Error::{error}(")),
            "{name}: {answer}"
        );
    }
}

#[test]
fn the_environment_is_the_manifests() {
    let redis = Redis::start();
    let host = Setup::http_only(&redis).start();
    assert_eq!(host.get("/t/environment"), "hi");
}

#[test]
fn output_of_components_goes_to_stderr_unless_silenced() {
    let redis = Redis::start();
    let lines = "a line on stdout\na line on stderr\n";
    for (arguments, shown) in [
        (&[][..], true),
        (&["--follow", "web"], true),
        (&["--follow", "words"], false),
        (&["--quiet"], false),
    ] {
        let mut host = Setup::http_only(&redis).arguments(arguments).start();
        host.get("/t/print");
        host.signal("-KILL");
        host.wait();
        // It was out before the answer: nothing is buffered.
        let stderr = host.stderr();
        assert_eq!(stderr.contains(lines), shown, "{arguments:?}: {stderr}");
        assert!(!host.stdout().contains("a line"), "{}", host.stdout());
    }
}
