//! `/run`: what is no protein is refused, and told why. What is one is in `pssp`.

use it::{Call, shared};

fn run(media_type: &str, body: impl Into<Vec<u8>>) -> it::Answer {
    shared().send(Call::post("/run").body(media_type, body))
}

const FORM: &str = "application/x-www-form-urlencoded";

#[test]
fn it_explains_itself() {
    let answer = shared().send(Call::get("/run")).expect(200);
    assert!(answer.text().contains("seq=AAAAA"), "{}", answer.describe());
}

#[test]
fn what_is_no_sequence_is_refused() {
    let million = format!("seq={}", "A".repeat(1_000_000));
    for (body, status, culprit) in [
        ("seq=", 422, "is empty"),
        ("", 422, "is empty"),
        ("seq=%20%0A%09+", 422, "is empty"),
        ("seq=12345", 422, "`1` at position 1"),
        ("seq=AAA7A", 422, "`7` at position 4"),
        ("seq=AA_A", 422, "`_` at position 3"),
        ("seq=---", 422, "is empty"),
        ("seq=A%C3%84", 422, "`Ä` at position 2"),
        ("seq=AAAA&seq=CCC", 422, "more than once"),
        ("sequence=AAAA", 422, "known are: seq"),
        ("seq=AAAA&mode=fast", 422, "mode"),
        ("seq=>title alone", 422, "no residues"),
        ("seq=>a%0AMKV%0A>b%0A>c%0A99", 422, "seq[2]"),
        (">title and letters on one line MKV", 422, "--data-binary"),
        (million.as_str(), 413, "10000 residues"),
    ] {
        run(FORM, body).expect_problem(&[status], culprit);
    }
    run("text/plain", "M".repeat(10_001)).expect_problem(&[413], "10000 residues");
    run(FORM, vec![b'A'; 5_000_000]).expect_problem(&[413], "4194304");
    run("application/json", "{\"seq\": 5}").expect_problem(&[422], "seq");
    run("application/json", "[]").expect_problem(&[422], "object");
    run("application/json", "{").expect_problem(&[400], "JSON");
    run("image/png", "AAAA").expect_problem(&[415], "image/png");
    run("text/plain", b"\xff\xfe".as_slice()).expect_problem(&[400], "UTF-8");
    let many: String = (0..1001).map(|at| format!(">{at}\nMK\n")).collect();
    run("text/plain", many).expect_problem(&[413], "1000 sequences");
    shared()
        .send(Call::new("PUT", "/run"))
        .expect_problem(&[405], "POST");
}
