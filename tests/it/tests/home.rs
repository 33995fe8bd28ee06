//! `/`, `/help`, `/healthz`, `/readyz`, `/limits`.

use std::time::Duration;

use it::{Call, private, shared};
use serde_json::json;

#[test]
fn the_front_page_says_what_this_is() {
    let page = shared().send(Call::get("/")).expect(200);
    assert!(page.text().contains("Almanac"), "{}", page.describe());
}

#[test]
fn health_and_readiness() {
    shared().send(Call::get("/healthz")).expect(200).text();
    shared().send(Call::get("/readyz")).expect(200).text();
}

#[test]
fn every_limit_of_the_manifest_is_listed() {
    let limits = shared().get("/limits");
    let text = limits.to_string();
    for line in it::file("spin.toml").lines() {
        let name = line.split(' ').next().unwrap_or_default();
        if name.starts_with("max_") || name.ends_with("_seconds") {
            assert!(
                text.contains(name),
                "/limits does not list {name}: {limits}"
            );
        }
    }
}

#[test]
fn a_limit_can_be_set_and_holds() {
    let Some(almanac) = private(&[("max_page_points", "5"), ("max_json_bytes", "2000")]) else {
        return;
    };
    let limits = almanac.get("/limits").to_string();
    assert!(limits.contains("2000"), "{limits}");
    let csv: String = (0..20)
        .map(|day| format!("2024-01-{:02},{day}\n", day + 1))
        .collect();
    almanac.import_csv("small", "", format!("time,value\n{csv}"));
    let over = almanac.send(Call::get("/datasets/small/points?limit=6"));
    over.expect_problem(&[400], "limit");
    let page = almanac.get("/datasets/small/points");
    assert_eq!(page["points"].as_array().map(Vec::len), Some(5), "{page}");
    assert_eq!(page["truncated"], true, "{page}");
    let body = format!(r#"{{"name":"x","title":"{}"}}"#, "x".repeat(3000));
    let too_large = almanac.send(Call::post("/datasets").body("application/json", body));
    too_large.expect_problem(&[413], "2000");
}

#[test]
fn a_file_over_the_limits_is_refused_whole() {
    let limits = [("max_import_bytes", "3000"), ("max_import_points", "50")];
    let Some(almanac) = private(&limits) else {
        return;
    };
    let rows = |n: usize| -> String {
        (0..n).fold("time,value\n".to_owned(), |csv, at| {
            csv + &format!("{},{at}\n", 1900 + at)
        })
    };
    let import = |csv: String| almanac.send(Call::post("/datasets/large/import").csv(csv));
    import(rows(51)).expect_problem(&[413], "50");
    import(rows(400)).expect_problem(&[413], "");
    almanac
        .send(Call::get("/datasets/large"))
        .expect_problem(&[404], "large");
    assert_eq!(import(rows(50)).expect(201).json()["imported"], 50);
}

#[test]
fn all_datasets_together_have_quotas() {
    let Some(almanac) = private(&[("max_total_points", "100")]) else {
        return;
    };
    let rows = |n: usize| -> String {
        (0..n).fold("time,value\n".to_owned(), |csv, at| {
            csv + &format!("{},{at}\n", 1900 + at)
        })
    };
    let import = |name: &str, rows: String| {
        almanac.send(Call::post(&format!("/datasets/{name}/import")).csv(rows))
    };
    let point = |name: &str| {
        let body = json!({"time": "2026", "value": 1});
        almanac.send(Call::post(&format!("/datasets/{name}/points")).json(&body))
    };
    import("one", rows(60)).expect(201).json();
    import("two", rows(41)).expect_problem(&[413], "100 points in all datasets");
    almanac
        .send(Call::get("/datasets/two"))
        .expect_problem(&[404], "two");
    import("two", rows(38)).expect(201).json();
    point("one").expect(201).json();
    point("two").expect(201).json();
    point("one").expect_problem(&[413], "which have 100 by now");
    let metrics = almanac.send(Call::get("/metrics")).expect(200);
    assert!(metrics.text().contains("almanac_points 100\n"));

    // Who makes room need not wait for long.
    let gone = almanac.send(Call::new("DELETE", "/datasets/two"));
    gone.expect(204).text();
    std::thread::sleep(Duration::from_millis(1100));
    point("one").expect(201).json();
    import("three", rows(38)).expect(201).json();
}

#[test]
fn all_datasets_together_have_a_quota_of_bytes() {
    let Some(almanac) = private(&[("max_total_megabytes", "1")]) else {
        return;
    };
    // Words that do not compress: letters of a linear congruential generator.
    let mut random = 7_u64;
    let mut letter = |_| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'a' + (random >> 33) as u8 % 26)
    };
    let mut file = "time,word\n".to_owned();
    for year in 1700..2000 {
        let word: String = (0..4_000).map(&mut letter).collect();
        file.push_str(&format!("{year},{word}\n"));
    }
    let import = |name: &str, file: &str| {
        almanac.send(Call::post(&format!("/datasets/{name}/import")).csv(file))
    };
    import("texts", &file).expect(201).json();
    let refused = import("more", "time,word\n2020,x\n");
    refused.expect_problem(&[413], "1000000 bytes in all datasets");
}

#[test]
fn head_answers_as_get_without_a_body() {
    for path in ["/healthz", "/help", "/limits", "/datasets"] {
        let answer = shared().send(Call::new("HEAD", path)).expect(200);
        assert!(answer.body.is_empty(), "{}", answer.describe());
        assert!(
            !answer.header("content-type").is_empty(),
            "{}",
            answer.describe()
        );
    }
}
