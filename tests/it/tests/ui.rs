//! `/ui`: what a person with a browser and a file does.

use it::{Browser, Call, fresh, shared, workspace};

/// A browser that has the token of the shared Almanac, where that needs one.
fn visitor(width: u32, height: u32) -> Browser {
    let browser = Browser::start(width, height);
    if let Some(token) = shared().token() {
        // A file that is open to everybody.
        browser.open(&format!("{}/ui/assets/icon.svg", shared().url()));
        browser.run(&format!(
            "document.cookie = 'almanac_token={token}; Path=/; SameSite=Strict';"
        ));
    }
    browser
}

/// Nothing was refused, failed or thrown since the last time somebody looked.
#[track_caller]
fn expect_quiet(browser: &Browser) {
    let mut complaints = browser.complaints();
    // What browsers ask for by themselves, beside a file that is no page.
    complaints.retain(|complaint| !complaint.contains("/favicon.ico"));
    assert!(complaints.is_empty(), "{complaints:#?}");
}

#[test]
fn a_newcomer_with_a_file_sees_a_chart_and_has_a_picture() {
    let browser = visitor(1200, 900);
    let name = fresh("tides");
    browser.open(&format!("{}/ui", shared().url()));
    browser.click("main a[href='/ui/import']");
    let file = std::env::temp_dir().join(format!("{name}.csv"));
    let rows = (0..200).map(|at| {
        format!(
            "2024-01-01T{:02}:{:02}:00Z,{},NA\n",
            at / 60,
            at % 60,
            at % 12
        )
    });
    let csv = rows.fold("when,level,note\n".to_owned(), |csv, row| csv + &row);
    std::fs::write(&file, csv).expect("a file");
    browser.type_into("#file", &file.to_string_lossy());
    browser.wait_for("200 rows can be read, as a new dataset");
    browser.choose("select[aria-label='what note is']", "skip");
    browser.wait_for("Columns");
    browser.click("main button.button");
    browser.wait_for("200 points, 2024-01-01 to 2024-01-01 03:19:00 UTC");
    let _ = std::fs::remove_file(&file);
    let fields = shared().get(&format!("/datasets/{name}"))["fields"].clone();
    assert_eq!(fields.as_array().map(Vec::len), Some(1), "{fields}");
    browser.text(".chart canvas, .chart .u-legend");

    browser.click("main a.button[href^='/ui/analysis']");
    browser.choose("#analysis", "plot");
    browser.click("form button.button");
    browser.wait_for("Complete after");
    let is_seen = "const image = document.querySelector('figure img');
                   return image && image.complete && image.naturalWidth > 100 ? 'yes' : null;";
    it::eventually("the picture is seen", || {
        browser.run(is_seen).as_str().map(drop)
    });
    expect_quiet(&browser);
}

#[test]
fn the_chart_asks_again_when_it_is_zoomed_and_the_curl_line_says_the_same() {
    let browser = visitor(1200, 900);
    let name = fresh("zoomed");
    let rows = (0..3000).map(|hour| {
        format!(
            "{},{}\n",
            1_700_000_000_000_i64 + 3_600_000 * hour,
            hour % 24
        )
    });
    let csv = rows.fold("time,value\n".to_owned(), |csv, row| csv + &row);
    shared().import_csv(&name, "", csv);
    browser.open(&format!("{}/ui/datasets/{name}", shared().url()));
    browser.wait_for("The first 20 of 3,000 points");
    browser.click("button[aria-label='Zoom in']");
    browser.wait_for("The first 20 of 1,5");
    let line = browser.text("pre.curl");
    assert!(line.contains("start=") && line.contains("end="), "{line}");
    let path = line.split(shared().url()).nth(1).expect("an address");
    let page = shared().get(path.trim_end_matches('\''));
    let count = page["count"].as_u64().unwrap_or_default();
    assert!((1490..1510).contains(&count), "{page}");
    browser.click("button[aria-label='Show all of the time']");
    browser.wait_for("The first 20 of 3,000 points");
    browser.click("fieldset button");
    browser.choose("select[aria-label='comparison']", "gte");
    browser.type_into("input[aria-label='value']", "20");
    browser.wait_for("The first 20 of 500 points");
    expect_quiet(&browser);
}

#[test]
fn a_refused_job_and_a_bad_file_say_what_is_wrong_in_place() {
    let browser = visitor(1200, 900);
    browser.open(&format!("{}/ui/analysis", shared().url()));
    browser.choose("#analysis", "sleep");
    browser.type_into("#parameter-seconds", "-5");
    browser.click("form button.button");
    let fault = browser.text(".field[data-at='params.seconds'] .fault");
    assert!(fault.contains("-5"), "{fault}");

    browser.open(&format!("{}/ui/import", shared().url()));
    let file = std::env::temp_dir().join(format!("{}.csv", fresh("broken")));
    std::fs::write(&file, "time,level\n2024-01-01,1\nyesterday,2\n").expect("a file");
    browser.type_into("#file", &file.to_string_lossy());
    let complaint = browser.text(".complaint");
    let _ = std::fs::remove_file(&file);
    assert!(complaint.contains("yesterday"), "{complaint}");
}

#[test]
fn a_running_job_shows_its_progress_and_is_cancelled() {
    let browser = visitor(1200, 900);
    browser.open(&format!("{}/ui/analysis?analysis=sleep", shared().url()));
    browser.type_into("#parameter-seconds", "600");
    browser.click("form button.button");
    browser.text("progress");
    browser.click("main button");
    browser.wait_for("It was cancelled.");
    expect_quiet(&browser);
}

#[test]
fn every_page_fits_a_phone_in_both_schemes() {
    let browser = visitor(390, 800);
    for scheme in ["light", "dark"] {
        browser.prefer_scheme(scheme);
        browser.resize(390, 800);
        for page in [
            "",
            "/datasets/co2",
            "/import",
            "/analysis?dataset=co2",
            "/jobs",
        ] {
            load_co2();
            browser.open(&format!("{}/ui{page}", shared().url()));
            browser.text("main h1");
            let wide = browser.run("return document.documentElement.scrollWidth");
            assert!(
                wide.as_u64() <= Some(390),
                "{page} in {scheme} is {wide} wide"
            );
        }
    }
    expect_quiet(&browser);
}

fn load_co2() {
    if shared().send(Call::get("/datasets/co2")).status == 404 {
        let csv = std::fs::read(workspace().join("data/co2.csv")).expect("the sample");
        let import = Call::post("/datasets/co2/import").csv(csv);
        let status = shared().send(import).status;
        // Another test may have been faster, with the same file.
        assert!([200, 201].contains(&status), "{status}");
    }
}

#[test]
fn assets_are_asked_for_again_only_when_they_changed() {
    let first = shared().send(Call::get("/ui/assets/main.js")).expect(200);
    assert!(
        first
            .header("content-security-policy")
            .contains("default-src 'none'")
    );
    let tag = first.header("etag").to_owned();
    let again = Call::get("/ui/assets/main.js").header("if-none-match", &tag);
    let unchanged = shared().send(again).expect(304);
    assert!(unchanged.body.is_empty());
    let missing = shared().send(Call::get("/ui/assets/nothing.js"));
    missing.expect_problem(&[404], "/ui/assets/nothing.js");
    shared().send(Call::post("/ui")).expect_problem(&[405], "");
}

#[test]
fn the_front_page_sends_browsers_to_the_pages_and_greets_everybody_else() {
    let browser = Call::get("/").header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let answer = shared().send(browser).expect(303);
    assert_eq!(answer.header("location"), "/ui");
    for accept in ["*/*", "text/plain", "application/json"] {
        let answer = shared()
            .send(Call::get("/").header("accept", accept))
            .expect(200);
        assert!(answer.header("content-type").starts_with("text/plain"));
    }
}

#[test]
fn where_tokens_are_required_the_pages_ask_for_one() {
    let token = "the-first-token-of-the-pages";
    let Some(almanac) = it::private(&[("require_tokens", "true"), ("admin_token", token)]) else {
        return;
    };
    let browser = Browser::start(1200, 900);
    browser.open(&format!("{}/ui/jobs", almanac.url()));
    browser.type_into("#token", token);
    browser.click("form button.button");
    browser.wait_for("No worker has anything to do.");
    browser.click("nav a[href='/ui']");
    browser.wait_for("There is nothing here yet.");
}
