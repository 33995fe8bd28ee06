//! Reading what requests about jobs ask for besides their bodies.

use std::time::Duration;

use jiff::tz::TimeZone;

use super::parameters::Parameters;
use super::problem::Problem;
use super::request::Request;
use crate::app::jobs::{Terms, Wanted};
use crate::domain::callback::CallbackHost;
use crate::domain::job::Status;
use crate::domain::{DatasetName, Fault, Timestamp, fault};

/// The longest that a client may prefer to wait.
const MAX_WAIT: u64 = 60;
/// Characters of an Idempotency-Key.
const MAX_KEY: usize = 255;

/// Reads the query of `GET /jobs`.
///
/// # Errors
/// Every fault of the query string.
pub fn wanted(mut parameters: Parameters) -> Result<Wanted, Vec<Fault>> {
    let time = |text: &str| Timestamp::parse(text, &TimeZone::UTC);
    let wanted = Wanted {
        status: parameters.read("status", |text| {
            let known = Status::ALL.map(Status::name);
            Status::from_name(text).ok_or_else(|| fault::unknown_name("status", text, known))
        }),
        analysis: parameters.text("analysis"),
        dataset: parameters.read("dataset", DatasetName::new),
        from: parameters.read("start", time),
        until: parameters.read("end", time),
        before: parameters.read("cursor", |text| {
            text.parse()
                .map_err(|_| "is not a cursor of this list".to_owned())
        }),
        limit: parameters.number("limit", 1, 1000).unwrap_or(100),
    };
    if wanted
        .from
        .zip(wanted.until)
        .is_some_and(|(from, until)| from >= until)
    {
        parameters.fault("start", "must be before `end`");
    }
    parameters.finish()?;
    Ok(wanted)
}

/// `Prefer: wait=5` (RFC 7240): how long the client would wait for a result, at most
/// a minute. What cannot be understood is ignored, as the RFC says.
pub fn preferred_wait(request: &Request) -> Option<Duration> {
    let preferences = request
        .headers
        .get_all("prefer")
        .iter()
        .filter_map(|value| value.to_str().ok());
    let seconds = preferences
        .flat_map(|value| value.split([',', ';']))
        .filter_map(|preference| preference.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("wait"))?
        .1;
    let seconds: u64 = seconds.trim().trim_matches('"').parse().ok()?;
    Some(Duration::from_secs(seconds.min(MAX_WAIT)))
}

/// Reads `Idempotency-Key`, `Cache-Control` and `X-Request-Id`; `body` is what the key stands for.
///
/// # Errors
/// 400 for a key that is empty, too long, or not plain text.
pub fn terms(request: &Request, body: &str) -> Result<Terms, Problem> {
    let directives = request
        .header("cache-control")
        .unwrap_or_default()
        .split(',');
    let is_fresh = directives
        .map(str::trim)
        .any(|word| word.eq_ignore_ascii_case("no-cache"));
    let idempotency = match request.headers.get("idempotency-key") {
        None => None,
        Some(key) => match key.to_str() {
            Ok(key) if (1..=MAX_KEY).contains(&key.trim().len()) => {
                Some((key.trim().to_owned(), body.to_owned()))
            }
            _ => {
                let detail = format!("Idempotency-Key must be 1 to {MAX_KEY} visible characters");
                return Err(Problem::bad_request(detail));
            }
        },
    };
    Ok(Terms {
        callbacks: CallbackHost::NONE,
        request_id: request.header("x-request-id").map(str::to_owned),
        idempotency,
        is_fresh,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::StreamExt;

    fn request(headers: &[(&'static str, &str)]) -> Request {
        let mut builder = http::Request::builder().uri("/jobs");
        for (name, value) in headers {
            builder = builder.header(*name, *value);
        }
        let (parts, ()) = builder.body(()).unwrap().into_parts();
        Request::new(parts, futures::stream::empty().boxed_local())
            .ok()
            .unwrap()
    }

    #[test]
    fn the_preferred_wait_is_read_and_bounded() {
        for (value, expected) in [
            ("wait=5", Some(5)),
            ("respond-async, WAIT = 10", Some(10)),
            ("wait=\"7\"; x=1", Some(7)),
            ("wait=100000", Some(60)),
            ("wait=-1", None),
            ("wait", None),
        ] {
            let wait = preferred_wait(&request(&[("prefer", value)]));
            assert_eq!(wait, expected.map(Duration::from_secs), "{value}");
        }
    }

    #[test]
    fn terms_are_read() {
        let read = |headers: &[(&'static str, &str)]| {
            terms(&request(headers), "b").map_err(|problem| problem.status.as_u16())
        };
        assert_eq!(read(&[]), Ok(Terms::default()));
        assert!(
            read(&[("cache-control", "max-age=0, no-cache")])
                .unwrap()
                .is_fresh
        );
        let key = read(&[("idempotency-key", "k")]).unwrap().idempotency;
        assert_eq!(key, Some(("k".to_owned(), "b".to_owned())));
        assert_eq!(read(&[("idempotency-key", "")]), Err(400));
        assert_eq!(read(&[("idempotency-key", &"k".repeat(256))]), Err(400));
    }

    #[test]
    fn every_fault_of_a_query_is_named() {
        let query = "status=done&dataset=X&start=2020&end=2019&cursor=a&limit=0&statsu=complete";
        let faults = wanted(Parameters::parse(query)).unwrap_err();
        let at: Vec<&str> = faults.iter().map(|fault| fault.at.as_str()).collect();
        assert_eq!(
            at,
            ["status", "dataset", "cursor", "limit", "start", "statsu"]
        );
        let wanted = wanted(Parameters::parse("status=in%20progress")).unwrap();
        assert_eq!(
            (wanted.status, wanted.limit),
            (Some(Status::InProgress), 100)
        );
    }
}
