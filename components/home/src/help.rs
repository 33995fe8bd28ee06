//! What `/` and `/help` say.

/// The answer to `/`.
pub const GREETING: &str = "Almanac: publish time series, and let others run analyses on them.\n\
                            /help lists every route with a curl line.\n";

/// A route: method, path, what it does, and arguments of a curl line to try it.
pub struct Route(
    pub &'static str,
    pub &'static str,
    pub &'static str,
    pub &'static str,
);

/// Every route of the application, in the order of `/help`.
pub const ROUTES: &[Route] = &[
    Route(
        "GET",
        "/",
        "a greeting; browsers are sent to /ui",
        "localhost:3000/",
    ),
    Route("GET", "/ui", "pages for browsers", "localhost:3000/ui"),
    Route("GET", "/help", "this text", "localhost:3000/help"),
    Route(
        "GET",
        "/openapi.json",
        "the same for programs, as OpenAPI 3.1",
        "localhost:3000/openapi.json",
    ),
    Route(
        "GET",
        "/docs",
        "a page to read and try every route",
        "localhost:3000/docs",
    ),
    Route(
        "GET",
        "/healthz",
        "whether the server runs",
        "localhost:3000/healthz",
    ),
    Route(
        "GET",
        "/readyz",
        "whether it can reach its store, and its queues have workers",
        "localhost:3000/readyz",
    ),
    Route(
        "GET",
        "/metrics",
        "queues, ends and durations in Prometheus' text format",
        "localhost:3000/metrics",
    ),
    Route("GET", "/limits", "every limit", "localhost:3000/limits"),
    Route(
        "GET",
        "/datasets",
        "all datasets",
        "localhost:3000/datasets",
    ),
    Route(
        "POST",
        "/datasets",
        "create a dataset",
        r#"-X POST localhost:3000/datasets -H 'content-type: application/json' -d '{"name":"tides","fields":[{"name":"level","type":"number","unit":"m"}]}'"#,
    ),
    Route(
        "GET",
        "/datasets/:name",
        "describe a dataset",
        "localhost:3000/datasets/co2",
    ),
    Route(
        "PATCH",
        "/datasets/:name",
        "change title, description, licence, source; add fields",
        r#"-X PATCH localhost:3000/datasets/tides -H 'content-type: application/json' -d '{"title":"Tides at Cuxhaven"}'"#,
    ),
    Route(
        "DELETE",
        "/datasets/:name",
        "delete a dataset with all its points",
        "-X DELETE localhost:3000/datasets/tides",
    ),
    Route(
        "POST",
        "/datasets/:name/import",
        "import CSV, NDJSON or JSON; makes the dataset where there is none",
        "--data-binary @data/co2.csv -H 'content-type: text/csv' 'localhost:3000/datasets/co2/import'",
    ),
    Route(
        "GET",
        "/datasets/:name/points",
        "query points by range and conditions, as JSON, CSV or NDJSON",
        "'localhost:3000/datasets/co2/points?start=1990&end=2000&limit=5&format=csv'",
    ),
    Route(
        "GET",
        "/datasets/:name/export",
        "export points, all or some, as CSV or NDJSON that can be imported again",
        "-o co2.csv 'localhost:3000/datasets/co2/export?format=csv'",
    ),
    Route(
        "GET",
        "/datasets/:name/aggregate",
        "take points together in buckets of time",
        "'localhost:3000/datasets/co2/aggregate?every=10y&fn=mean,min,max'",
    ),
    Route(
        "POST",
        "/datasets/:name/points",
        "create a point, or a list of them",
        r#"-X POST localhost:3000/datasets/tides/points -H 'content-type: application/json' -d '{"time":"2024-01-01T06:00:00Z","level":1.5}'"#,
    ),
    Route(
        "DELETE",
        "/datasets/:name/points",
        "delete a range of points",
        "-X DELETE 'localhost:3000/datasets/tides/points?start=2024&end=2025'",
    ),
    Route(
        "GET",
        "/datasets/:name/points/:id",
        "read one point, by id or key",
        "localhost:3000/datasets/tides/points/ID",
    ),
    Route(
        "PUT",
        "/datasets/:name/points/:id",
        "replace a point's values",
        r#"-X PUT localhost:3000/datasets/tides/points/ID -H 'content-type: application/json' -d '{"level":1.6}'"#,
    ),
    Route(
        "PATCH",
        "/datasets/:name/points/:id",
        "change some of a point's values",
        r#"-X PATCH localhost:3000/datasets/tides/points/ID -H 'content-type: application/json' -d '{"level":1.7}'"#,
    ),
    Route(
        "DELETE",
        "/datasets/:name/points/:id",
        "delete a point",
        "-X DELETE localhost:3000/datasets/tides/points/ID",
    ),
    Route(
        "GET",
        "/analyses",
        "the analyses there are",
        "localhost:3000/analyses",
    ),
    Route(
        "GET",
        "/analyses/:name",
        "an analysis with its parameters",
        "localhost:3000/analyses/plot",
    ),
    Route(
        "POST",
        "/analyses/:name/pause",
        "pause its queue: jobs are accepted and wait",
        "-X POST localhost:3000/analyses/plot/pause",
    ),
    Route(
        "POST",
        "/analyses/:name/resume",
        "resume its queue",
        "-X POST localhost:3000/analyses/plot/resume",
    ),
    Route(
        "POST",
        "/jobs",
        "submit a job; with Prefer: wait=N wait for it",
        r#"-X POST localhost:3000/jobs -H 'prefer: wait=20' -H 'content-type: application/json' -d '{"analysis":"plot","dataset":"co2","params":{"y":"average"}}'"#,
    ),
    Route("GET", "/jobs", "all jobs", "localhost:3000/jobs"),
    Route("GET", "/jobs/:id", "follow a job", "localhost:3000/jobs/ID"),
    Route(
        "DELETE",
        "/jobs/:id",
        "cancel a job; delete a finished one",
        "-X DELETE localhost:3000/jobs/ID",
    ),
    Route(
        "GET",
        "/jobs/:id/events",
        "its progress as server-sent events",
        "-N localhost:3000/jobs/ID/events",
    ),
    Route(
        "GET",
        "/jobs/:id/files/:name",
        "a file of a job's result",
        "localhost:3000/jobs/ID/files/plot.svg",
    ),
    Route(
        "GET",
        "/download/:id",
        "a job's picture",
        "-OJ localhost:3000/download/ID",
    ),
    Route(
        "POST",
        "/callbacks/deliver",
        "send the callbacks that are due now",
        "-X POST localhost:3000/callbacks/deliver",
    ),
    Route(
        "GET",
        "/schedules",
        "jobs that are submitted again and again",
        "localhost:3000/schedules",
    ),
    Route(
        "POST",
        "/schedules",
        "submit a job every so often, or as a cron expression says",
        r#"localhost:3000/schedules -d '{"cron":"0 6 * * *","tz":"Europe/Berlin","job":{"analysis":"plot","dataset":"co2","params":{"y":"average"}}}'"#,
    ),
    Route(
        "GET",
        "/schedules/:id",
        "when it fires next, and its last job",
        "localhost:3000/schedules/ID",
    ),
    Route(
        "DELETE",
        "/schedules/:id",
        "take a schedule away",
        "-X DELETE localhost:3000/schedules/ID",
    ),
    Route(
        "GET",
        "/degrees",
        "degrees awarded by year, from a year on, in pages",
        r#"'localhost:3000/degrees?start=1992&limit=3&offset=0'"#,
    ),
    Route(
        "GET",
        "/animals",
        "all animals, or those created in a range",
        r#"'localhost:3000/animals?start=2020&end=2030'"#,
    ),
    Route(
        "POST",
        "/animals",
        "load a file of animals",
        r#"--data-binary @animals.json localhost:3000/animals"#,
    ),
    Route(
        "DELETE",
        "/animals",
        "delete the animals created in a range",
        r#"-X DELETE 'localhost:3000/animals?start=2020&end=2021'"#,
    ),
    Route(
        "GET",
        "/animals/random",
        "an animal at random",
        r#"localhost:3000/animals/random"#,
    ),
    Route(
        "POST",
        "/animals/random",
        "create a random animal, or `count` of them",
        r#"-X POST localhost:3000/animals/random"#,
    ),
    Route(
        "GET",
        "/animals/head/:head",
        "the animals with a head",
        r#"localhost:3000/animals/head/bunny"#,
    ),
    Route(
        "GET",
        "/animals/legs/:n",
        "the animals with a number of legs",
        r#"localhost:3000/animals/legs/6"#,
    ),
    Route(
        "GET",
        "/animals/count",
        "how many animals there are",
        r#"localhost:3000/animals/count"#,
    ),
    Route(
        "GET",
        "/animals/average-legs",
        "their mean number of legs",
        r#"localhost:3000/animals/average-legs"#,
    ),
    Route(
        "GET",
        "/animals/summary",
        "counts by head; mean, least and most arms, legs and tail",
        r#"localhost:3000/animals/summary"#,
    ),
    Route(
        "POST",
        "/animals/breed",
        "breed a child of two, at random or by uid",
        r#"-X POST localhost:3000/animals/breed"#,
    ),
    Route(
        "GET",
        "/animals/:uid",
        "one animal",
        r#"localhost:3000/animals/UID"#,
    ),
    Route(
        "PUT",
        "/animals/:uid",
        "edit its stats; the tail follows",
        r#"-X PUT localhost:3000/animals/UID -d '{"arms":4,"legs":6}'"#,
    ),
    Route(
        "PATCH",
        "/animals/:uid",
        "the same",
        r#"-X PATCH localhost:3000/animals/UID -d '{"arms":4}'"#,
    ),
    Route(
        "DELETE",
        "/animals/:uid",
        "delete an animal",
        r#"-X DELETE localhost:3000/animals/UID"#,
    ),
    Route(
        "POST",
        "/queues/:name",
        "put any JSON at the end of a queue",
        r#"localhost:3000/queues/letters -d '{"letter":"a"}'"#,
    ),
    Route(
        "GET",
        "/queues/:name",
        "how many items it has",
        r#"localhost:3000/queues/letters"#,
    ),
    Route(
        "POST",
        "/queues/:name/get",
        "take the oldest item, waiting for one with ?wait=N",
        r#"-X POST 'localhost:3000/queues/letters/get?wait=5'"#,
    ),
    Route(
        "DELETE",
        "/queues/:name",
        "throw its items away",
        r#"-X DELETE localhost:3000/queues/letters"#,
    ),
    Route(
        "POST",
        "/submit",
        "submit a plot of the default dataset between two dates",
        r#"localhost:3000/submit -d '{"start":"2001","end":"2021"}'"#,
    ),
    Route(
        "GET",
        "/run",
        "explains how to predict a protein's structure",
        r#"localhost:3000/run"#,
    ),
    Route(
        "POST",
        "/run",
        "submit protein sequences, a job each",
        r#"-d 'seq=AAAAA' localhost:3000/run"#,
    ),
    Route(
        "GET",
        "/run/:id",
        "a prediction as eight lines of text",
        r#"localhost:3000/run/ID"#,
    ),
    Route("GET", "/tokens", "all tokens", "localhost:3000/tokens"),
    Route(
        "POST",
        "/tokens",
        "make a token",
        r#"localhost:3000/tokens -d '{"name":"a reader","scopes":["read"],"datasets":["co2"]}'"#,
    ),
    Route(
        "DELETE",
        "/tokens/:id",
        "revoke a token",
        "-X DELETE localhost:3000/tokens/ID",
    ),
];

/// The kinds of problems: the anchor that a problem's `type` names, and its meaning.
pub const PROBLEMS: &[(&str, &str)] = &[
    (
        "bad-request",
        "400, the request cannot be understood; `errors` says where",
    ),
    (
        "unauthorized",
        "401, a token is needed, or the one sent is not accepted",
    ),
    ("forbidden", "403, the token is not good for this"),
    ("no-such-route", "404, no route has this path"),
    ("not-found", "404, what the path names does not exist"),
    (
        "method-not-allowed",
        "405, the path knows only the methods in `Allow`",
    ),
    ("conflict", "409, it contradicts what is stored"),
    (
        "changed",
        "412, it is no longer the version that If-Match names",
    ),
    ("too-large", "413, more than a limit of /limits allows"),
    (
        "unsupported-media-type",
        "415, the body is of a kind that is not read here",
    ),
    (
        "invalid",
        "422, understood, but wrong; `errors` names every fault",
    ),
    (
        "busy",
        "429, full for now; try again after the seconds in `Retry-After`",
    ),
    ("internal", "500, a fault of Almanac's own"),
    (
        "unavailable",
        "503, the store cannot be reached; try again after `Retry-After`",
    ),
    (
        "stalled",
        "503, jobs have waited too long without a worker; `make doorbell` rings them",
    ),
    ("full", "507, the store's memory is full"),
];

/// The whole text of `/help`.
pub fn text() -> String {
    let mut text = String::from(GREETING);
    text.push_str("\nRoutes\n");
    for Route(method, path, meaning, arguments) in ROUTES {
        text.push_str(&format!(
            "\n  {method} {path}\n      {meaning}\n      curl {arguments}\n"
        ));
    }
    text.push_str("\nProblems (application/problem+json)\n\n");
    for (code, meaning) in PROBLEMS {
        text.push_str(&format!("  #{code}: {meaning}\n"));
    }
    text
}
