//! Routes, headers, instances, streaming and outbound requests.

use crate::setup::{Redis, Setup, eventually, free_port};

#[test]
fn a_component_sees_how_it_was_reached() {
    let redis = Redis::start();
    let host = Setup::http_only(&redis).start();
    let headers = host.get("/users/ann/headers?x=1");
    for line in [
        "host: test",
        "spin-path-info: /headers",
        "spin-full-url: http://test/users/ann/headers?x=1",
        "spin-matched-route: /users/:user/...",
        "spin-base-path: /",
        "spin-raw-component-route: /users/:user/...",
        "spin-component-route: /users/:user",
        "spin-client-addr: 127.0.0.1:",
        "spin-path-match-user: ann",
    ] {
        assert!(headers.contains(line), "{line} is not in\n{headers}");
    }
    let answer = host.request("DELETE", "/t/method?a=b", b"");
    assert!(answer.body.starts_with("DELETE "), "{}", answer.body);
    assert!(answer.body.ends_with("/t/method?a=b"), "{}", answer.body);
}

#[test]
fn what_the_host_answers_itself() {
    let redis = Redis::start();
    let host = Setup::http_only(&redis).start();
    for (path, status, body) in [
        ("/", 404, ""),
        ("/tt", 404, ""),
        ("/.well-known/spin/health", 200, "OK"),
        ("/.well-known/spin/other", 404, ""),
    ] {
        let answer = host.request("GET", path, b"");
        assert_eq!(
            (answer.status, answer.body.as_str()),
            (status, body),
            "{path}"
        );
    }
    let info: serde_json::Value =
        serde_json::from_str(&host.get("/.well-known/spin/info")).expect("JSON");
    assert_eq!(
        info,
        serde_json::json!({ "name": "fixtures", "version": "1.2.3" })
    );
    let address = &host.address;
    for line in [
        "Available Routes:".to_owned(),
        format!("  web: http://{address}/t (wildcard)"),
        "    The web fixture".to_owned(),
    ] {
        eventually(&line, || {
            host.stdout()
                .lines()
                .any(|other| other == line)
                .then_some(())
        });
    }
}

#[test]
fn a_trap_fails_its_request_and_ends_its_instance() {
    let redis = Redis::start();
    let host = Setup::http_only(&redis).start();
    let answer = host.request("GET", "/t/trap", b"");
    assert_eq!((answer.status, answer.body.as_str()), (500, ""));
    assert_eq!(host.get("/t/count"), "1");
    eventually("the guest's panic and the trap are shown", || {
        let stderr = host.stderr();
        (stderr.contains("as told") && stderr.contains("unreachable")).then_some(())
    });
}

#[test]
fn a_trap_within_a_body_ends_it_early() {
    let redis = Redis::start();
    let host = Setup::http_only(&redis).start();
    let whole = host.request("GET", "/t/chunks", b"");
    assert_eq!(
        (whole.body.as_str(), whole.complete),
        ("first\nsecond\n", true)
    );
    // The client cannot tell: Wasmtime's handler, and so Spin, ends the chunks properly.
    let part = host.request("GET", "/t/chunks?trap=yes", b"");
    assert_eq!(
        (part.status, part.body.as_str(), part.complete),
        (200, "first\n", true)
    );
}

#[test]
fn an_instance_serves_as_many_requests_as_it_may() {
    let redis = Redis::start();
    let host = Setup::http_only(&redis)
        .arguments(&["--max-instance-reuse-count", "3"])
        .start();
    let counts: Vec<String> = (0..30).map(|_| host.get("/t/count")).collect();
    assert_eq!(
        counts.iter().max().map(String::as_str),
        Some("3"),
        "{counts:?}"
    );
}

#[test]
fn instances_serve_requests_at_a_time_if_allowed() {
    let redis = Redis::start();
    let host_with_one_in_flight = |setup: Setup| {
        redis.command(&["DEL", "late"]);
        let host = setup.start();
        let mut connection = host.connect();
        connection.send("GET /t/late?ms=600000&key=late HTTP/1.1\r\nHost: test\r\n\r\n");
        eventually("it is in flight", || {
            (late(&redis) == "begun").then_some(())
        });
        (host, connection)
    };
    let (host, _connection) = host_with_one_in_flight(Setup::http_only(&redis));
    eventually("two share it", || {
        (host.get("/t/in-flight") == "2").then_some(())
    });
    let setup = Setup::http_only(&redis).arguments(&["--max-instance-concurrent-reuse-count", "1"]);
    let (host, _connection) = host_with_one_in_flight(setup);
    for _ in 0..30 {
        assert_eq!(host.get("/t/in-flight"), "1");
    }
}

/// How far a request for `/late` has come.
fn late(redis: &Redis) -> String {
    redis.command(&["GETRANGE", "late", "0", "-1"]).concat()
}

#[test]
fn an_idle_instance_is_dropped() {
    let redis = Redis::start();
    let host = Setup::http_only(&redis)
        .arguments(&["--idle-instance-timeout", "0s"])
        .start();
    assert_eq!(host.get("/t/count"), "1");
    eventually("a new instance", || {
        (host.get("/t/count") == "1").then_some(())
    });
}

#[test]
fn bodies_stream_both_ways() {
    let redis = Redis::start();
    let host = Setup::http_only(&redis).start();
    let mut connection = host.connect();
    connection.send("POST /t/echo HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n");
    connection.send("5\r\nfirst\r\n");
    assert_eq!(connection.head().0, 200);
    assert_eq!(connection.chunk().as_deref(), Some(&b"first"[..]));
    connection.send("6\r\nsecond\r\n");
    assert_eq!(connection.chunk().as_deref(), Some(&b"second"[..]));
    connection.send("0\r\n\r\n");
    assert_eq!(connection.chunk().as_deref(), Some(&b""[..]));
}

#[test]
fn bodies_have_no_limit() {
    let redis = Redis::start();
    let host = Setup::http_only(&redis).start();
    let body = vec![b'x'; 20 << 20];
    let answer = host.request("POST", "/t/length", &body);
    assert_eq!((answer.status, answer.body), (200, body.len().to_string()));
}

#[test]
fn outbound_requests_go_where_they_may() {
    let redis = Redis::start();
    let host = Setup::http_only(&redis).start();
    let address = &host.address;
    assert_eq!(
        host.get(&format!("/t/fetch?url=http://{address}/t/constant")),
        "200 OK hello"
    );
    for (url, error) in [
        ("http://localhost:1/", "HttpRequestDenied".to_owned()),
        ("https://127.0.0.1:1/", "HTTPS".to_owned()),
        (
            &format!("http://127.0.0.1:{}/", free_port()),
            "Refused".to_owned(),
        ),
    ] {
        let answer = host.get_error(&format!("/t/fetch?url={url}"));
        assert!(answer.contains(&error), "{url}: {answer}");
    }
}

#[test]
fn a_request_without_a_clear_host_gets_no_answer() {
    let redis = Redis::start();
    let host = Setup::http_only(&redis).start();
    let mut connection = host.connect();
    connection.send("GET /t/constant HTTP/1.1\r\n\r\n");
    let mut rest = Vec::new();
    std::io::Read::read_to_end(connection.stream(), &mut rest).expect("the host hangs up");
    assert_eq!(String::from_utf8_lossy(&rest), "");
}

#[test]
fn the_guest_goes_on_after_the_client_has_left() {
    let redis = Redis::start();
    let host = Setup::http_only(&redis).start();
    let mut connection = host.connect();
    connection.send("GET /t/late?ms=200&key=late HTTP/1.1\r\nHost: test\r\n\r\n");
    eventually("the guest begins", || {
        (late(&redis) == "begun").then_some(())
    });
    drop(connection);
    eventually("the guest ends", || (late(&redis) == "done").then_some(()));
}

/// Spin ends when it cannot accept a connection.
#[test]
fn more_connections_than_there_are_files_end_nothing() {
    let redis = Redis::start();
    let mut setup = Setup::http_only(&redis);
    setup.max_files = Some(200);
    let host = setup.start();
    let mut idle: Vec<_> = (0..150).map(|_| host.connect()).collect();
    // The last of them are beyond the limit and are told so at once.
    let (status, headers) = idle.last_mut().expect("a connection").head();
    assert_eq!(status, 503);
    assert!(
        headers.contains(&"retry-after: 1".to_owned()),
        "{headers:?}"
    );
    drop(idle);
    eventually("connections are accepted again", || {
        let mut connection = host.connect();
        connection.send("GET /t/constant HTTP/1.1\r\nHost: test\r\n\r\n");
        (connection.head().0 == 200).then_some(())
    });
}
