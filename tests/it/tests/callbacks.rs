//! Callbacks: the end of a job, told to whom its owner named.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::mpsc::{Receiver, channel};
use std::thread::spawn;
use std::time::Duration;

use it::{Almanac, Call, eventually_within, private, shared};
use serde_json::{Value, json};

const SECRET: &str = "callbacks-of-these-tests";

/// What came, and what was answered.
struct Told {
    headers: String,
    body: String,
}

/// Listens, and answers with these statuses by turns, the last again and again.
fn listen(statuses: &'static [u16]) -> (u16, Receiver<Told>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let (sender, receiver) = channel();
    spawn(move || {
        for (at, stream) in listener.incoming().flatten().enumerate() {
            let status = statuses[at.min(statuses.len() - 1)];
            let _ = sender.send(answer(stream, status));
        }
    });
    (port, receiver)
}

fn answer(mut stream: TcpStream, status: u16) -> Told {
    let mut text = Vec::new();
    let mut buffer = [0; 65_536];
    loop {
        let whole = String::from_utf8_lossy(&text).into_owned();
        if let Some((headers, body)) = whole.split_once("\r\n\r\n") {
            let length = headers.to_lowercase();
            let length = length
                .lines()
                .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
            // As simple receivers do: a body without a length would never come.
            if length.is_some_and(|length| body.len() >= length) {
                let answer = format!(
                    "HTTP/1.1 {status} X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
                );
                stream.write_all(answer.as_bytes()).expect("an answer");
                return Told {
                    headers: headers.to_lowercase(),
                    body: body.to_owned(),
                };
            }
        }
        let count = stream.read(&mut buffer).expect("a request");
        assert!(count > 0, "the request ended early");
        text.extend_from_slice(&buffer[..count]);
    }
}

fn header<'a>(told: &'a Told, name: &str) -> &'a str {
    let line = told
        .headers
        .lines()
        .find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name}: {}", told.headers))
}

fn with_callbacks(port: u16) -> Option<Almanac> {
    let host = format!("http://127.0.0.1:{port}");
    private(&[("callback_host", &host), ("callback_secret", SECRET)])
}

fn submit(almanac: &Almanac, port: u16) -> String {
    let order = json!({
        "analysis": "echo", "params": {"word": "hello"}, "callback": format!("http://127.0.0.1:{port}/done?of=me"),
    });
    let call = Call::post("/jobs")
        .header("cache-control", "no-cache")
        .json(&order);
    almanac.send(call).expect(202).json()["id"]
        .as_str()
        .expect("an id")
        .to_owned()
}

#[test]
fn the_end_of_a_job_is_told_with_a_signature() {
    let (port, told) = listen(&[204]);
    let Some(almanac) = with_callbacks(port) else {
        return;
    };
    let id = submit(&almanac, port);
    let told = told
        .recv_timeout(Duration::from_secs(20))
        .expect("a callback");
    assert!(
        told.headers.starts_with("post /done?of=me "),
        "{}",
        told.headers
    );
    let job: Value = serde_json::from_str(&told.body).expect("a record");
    assert_eq!(
        (job["id"].as_str(), job["status"].as_str()),
        (Some(id.as_str()), Some("complete"))
    );
    assert_eq!(header(&told, "x-almanac-delivery"), format!("{id} 1"));
    // As README.md has it.
    let check = "import hashlib, hmac, sys\n\
        secret, header, body = [text.encode() for text in sys.argv[1:4]]\n\
        fields = dict(part.split(b'=', 1) for part in header.split(b','))\n\
        code = hmac.new(secret, fields[b't'] + b'.' + body, hashlib.sha256).hexdigest()\n\
        sys.exit(code.encode() != fields[b'v1'])";
    let signature = header(&told, "x-almanac-signature");
    let is_genuine = |secret: &str| {
        let checked = Command::new("python3")
            .args(["-c", check, secret, signature, &told.body])
            .status();
        checked.expect("python3").success()
    };
    assert!(is_genuine(SECRET) && !is_genuine("another secret"));
    eventually_within(Duration::from_secs(5), "the record says so", || {
        let job = almanac.get(&format!("/jobs/{id}"));
        job["callback"]["delivered"].is_string().then_some(())
    });
}

#[test]
fn what_is_not_taken_comes_again() {
    let (port, told) = listen(&[500, 200]);
    let Some(mut almanac) = with_callbacks(port) else {
        return;
    };
    let id = submit(&almanac, port);
    let first = told
        .recv_timeout(Duration::from_secs(20))
        .expect("a callback");
    let job = eventually_within(Duration::from_secs(5), "the record says so", || {
        let job = almanac.get(&format!("/jobs/{id}"));
        job["callback"]["error"].is_string().then_some(job)
    });
    assert_eq!(job["callback"]["error"], "answered 500");
    assert_eq!(job["status"], "complete");
    // Ten seconds later it is due; here at once.
    let redis = almanac.redis().client();
    redis.ask(&["ZADD", "almanac:{jobs}:callbacks", "1", &id]);
    let _ = almanac.send(Call::post("/callbacks/deliver")).expect(200);
    let second = told
        .recv_timeout(Duration::from_secs(20))
        .expect("a second try");
    assert_eq!(header(&first, "x-almanac-delivery"), format!("{id} 1"));
    assert_eq!(header(&second, "x-almanac-delivery"), format!("{id} 2"));
    eventually_within(Duration::from_secs(5), "nothing is left to be told", || {
        (redis.number(&["ZCARD", "almanac:{jobs}:callbacks"]) == 0).then_some(())
    });
}

#[test]
fn a_cancelled_job_is_told_too() {
    let (port, told) = listen(&[200]);
    let Some(almanac) = with_callbacks(port) else {
        return;
    };
    let order = json!({
        "analysis": "sleep", "params": {"seconds": 60}, "callback": format!("http://127.0.0.1:{port}/"),
    });
    let job = almanac
        .send(Call::post("/jobs").json(&order))
        .expect(202)
        .json();
    let path = format!("/jobs/{}", job["id"].as_str().expect("an id"));
    let _ = almanac.send(Call::new("DELETE", &path)).expect(200);
    let told = told
        .recv_timeout(Duration::from_secs(20))
        .expect("a callback");
    assert!(
        told.body.contains("\"status\":\"cancelled\""),
        "{}",
        told.body
    );
}

/// Outbound HTTP from a Redis-triggered component ends the Redis trigger of Spin 4.0, and did with it the app.
#[test]
fn a_hundred_callbacks_end_nothing() {
    const JOBS: usize = 100;
    let (port, told) = listen(&[204]);
    let Some(mut almanac) = with_callbacks(port) else {
        return;
    };
    let one = |number: usize| {
        json!({
            "analysis": "echo", "params": {"number": number},
            "callback": format!("http://127.0.0.1:{port}/"),
        })
    };
    let jobs: Vec<Value> = (0..JOBS).map(one).collect();
    let _ = almanac
        .send(Call::post("/jobs").json(&json!(jobs)))
        .expect(202);
    let mut ids = BTreeSet::new();
    while ids.len() < JOBS {
        // Nobody else drives them here once the instance that took the jobs is gone.
        let sent = almanac
            .send(Call::post("/callbacks/deliver"))
            .expect(200)
            .json();
        assert_eq!(sent["failed"], 0, "{sent}");
        while let Ok(told) = told.recv_timeout(Duration::from_millis(100)) {
            let job: Value = serde_json::from_str(&told.body).expect("a record");
            ids.insert(job["id"].as_str().expect("an id").to_owned());
        }
    }
    assert!(!almanac.has_ended(), "{}", almanac.log_tail());
}

/// Each attempt is counted before it is made: a receiver that never answers is given up.
#[test]
fn a_callback_without_an_answer_counts() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let Some(almanac) = with_callbacks(port) else {
        return;
    };
    let id = submit(&almanac, port);
    let _held = listener.accept().expect("a callback");
    let job = almanac.get(&format!("/jobs/{id}"));
    assert_eq!(job["callback"]["attempts"], 1, "{job}");
}

#[test]
fn only_the_host_that_is_allowed_is_told() {
    let order = |url: &str| {
        Call::post("/jobs").json(&json!({"analysis": "echo", "params": {}, "callback": url}))
    };
    // Off unless it is set up.
    shared()
        .send(order("https://hooks.example/"))
        .expect_problem(&[422], "not set up here");
    let Some(almanac) = with_callbacks(9) else {
        return;
    };
    for url in [
        "http://127.0.0.1:10/",
        "https://127.0.0.1:9/",
        "http://127.0.0.1:9@evil/",
        "callback",
        "",
    ] {
        almanac.send(order(url)).expect_problem(&[422], "callback");
    }
}
