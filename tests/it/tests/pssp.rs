//! `/run` with the analysis `pssp`: predictions as eight lines, as JSON and as a picture.

use it::{Answer, Call, shared};
use serde_json::json;

const FORM: &str = "application/x-www-form-urlencoded";

fn run(media_type: &str, body: impl Into<Vec<u8>>) -> Answer {
    shared()
        .send(Call::post("/run").body(media_type, body))
        .expect(202)
}

/// The ids of `Job <uuid> successfully submitted`, one a line.
#[track_caller]
fn ids(answer: &Answer) -> Vec<String> {
    let id = |line: &str| {
        let id = line
            .strip_prefix("Job ")?
            .strip_suffix(" successfully submitted")?;
        (id.len() == 36).then(|| id.to_owned())
    };
    let ids = answer.text().lines().map(id).collect::<Option<_>>();
    ids.unwrap_or_else(|| panic!("{}", answer.describe()))
}

#[track_caller]
fn lines(id: &str) -> Vec<String> {
    let job = shared().wait_for_job(id);
    assert_eq!(job["status"], "complete", "{job}");
    let answer = shared().send(Call::get(&format!("/run/{id}"))).expect(200);
    assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
    answer.text().lines().map(str::to_owned).collect()
}

/// Checks the form of the eight lines, of which the second must be `sequence`.
#[track_caller]
fn must_predict(id: &str, sequence: &str) -> Vec<String> {
    let lines = lines(id);
    assert_eq!(lines.len(), 8, "{lines:?}");
    assert_eq!(lines[0], format!(">{id}"));
    assert_eq!(lines[1], sequence);
    for (line, alphabet) in lines[2..]
        .iter()
        .zip(["HEC", "HGIEBTSL", "BME", "*.", "H_", "HECILFX_"])
    {
        assert_eq!(line.len(), sequence.len(), "{lines:?}");
        assert!(
            line.chars().all(|letter| alphabet.contains(letter)),
            "{line} of {alphabet}"
        );
    }
    lines
}

#[test]
fn a_sequence_becomes_eight_lines() {
    for (media_type, body, sequence) in [
        (FORM, "seq=AAAAA", "AAAAA"),
        (FORM, "seq=mkvl%20acd%0Aefg*", "MKVLACDEFG"),
        (FORM, "seq=AABJOUZX", "AAXXXXXX"),
        (FORM, "seq=mk--vl-", "MKVL"),
        (FORM, "seq=>sp%7CP1%0AMKVL%0Aacd", "MKVLACD"),
        (FORM, ">a file\r\nMKVL\r\nACD\r\n", "MKVLACD"),
        ("text/plain", "mkvlacd", "MKVLACD"),
        ("application/json", "{\"seq\": \"MKVLACD\"}", "MKVLACD"),
        (FORM, "seq=M", "M"),
    ] {
        let answer = run(media_type, body);
        let ids = ids(&answer);
        let [id] = ids.as_slice() else {
            panic!("{ids:?}")
        };
        assert_eq!(answer.header("location"), format!("/jobs/{id}"));
        must_predict(id, sequence);
    }
}

#[test]
fn the_same_as_json_with_probabilities_and_a_picture() {
    let sequence = "MKTAYIAKQRQISFVKSHFSRQLEERLGLIEVQAPILSRVGDGTQDNLSGAEKAVQVKVKALPDAQFEVVHSLAKWKRQTLGQHDFSAGEGLYTHMKALRPDEDRLSPLHSVYVDQWDWE";
    let ids = ids(&run(FORM, format!("seq={sequence}")));
    let lines = must_predict(&ids[0], sequence);
    let job = shared().get(&format!("/jobs/{}", ids[0]));
    let result = &job["result"];
    for (member, line) in ["sequence", "ss3", "ss8", "acc", "dis", "tm2", "tm8"]
        .iter()
        .zip(&lines[1..])
    {
        assert_eq!(result[member], line.as_str(), "{member}");
    }
    assert!(result["probabilities"].is_object(), "{job}");
    let picture = shared()
        .send(Call::get(&format!("/download/{}", ids[0])))
        .expect(200);
    assert!(picture.header("content-type").starts_with("image/"));
    // Again: the same prediction, byte for byte.
    let anew = Call::post("/run").header("cache-control", "no-cache");
    let anew = shared()
        .send(anew.body(FORM, format!("seq={sequence}")))
        .expect(202);
    let anew = self::ids(&anew);
    assert_ne!(anew, ids);
    assert_eq!(must_predict(&anew[0], sequence)[2..], lines[2..]);
}

#[test]
fn each_record_of_a_file_is_a_job() {
    let answer = run(
        "text/x-fasta",
        ">one\nMKVL\n>two\nACDEFGHIKL\n>three\nWWWW\n",
    );
    let ids = ids(&answer);
    assert_eq!(ids.len(), 3);
    for (id, sequence) in ids.iter().zip(["MKVL", "ACDEFGHIKL", "WWWW"]) {
        must_predict(id, sequence);
    }
}

#[test]
fn the_longest_sequence_is_predicted() {
    let sequence: String = "ACDEFGHIKLMNPQRSTVWY"
        .chars()
        .cycle()
        .take(10_000)
        .collect();
    let ids = ids(&run(FORM, format!("seq={sequence}")));
    must_predict(&ids[0], &sequence);
}

#[test]
fn a_job_of_what_is_no_sequence_is_not_taken() {
    for (sequence, culprit) in [
        ("A".repeat(10_001), "10000 residues"),
        ("AC7".to_owned(), "`7` at position 3"),
        (" -\n".to_owned(), "is empty"),
        (">a\nMKVL\n>b\nMK".to_owned(), "has 2 FASTA records"),
    ] {
        let job = json!({"analysis": "pssp", "params": {"sequence": sequence}});
        shared()
            .send(Call::post("/jobs").json(&job))
            .expect_problem(&[422], culprit);
    }
}

#[test]
fn a_job_of_another_analysis_is_no_prediction() {
    let job = shared().run_job(&json!({"analysis": "echo", "params": {"seq": "AAAAA"}}));
    let path = format!("/run/{}", job["id"].as_str().unwrap_or_default());
    shared()
        .send(Call::get(&path))
        .expect_problem(&[404], "prediction");
}
