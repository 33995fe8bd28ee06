//! A prediction as eight lines of text.

use almanac::domain::job::Job;
use serde_json::Value as Json;

/// Members of the result, in the order of the lines.
const MEMBERS: [&str; 7] = ["sequence", "ss3", "ss8", "acc", "dis", "tm2", "tm8"];

/// The header with the job's id, the sequence, and a line for each property. `None` of a result that
/// is no prediction.
pub(crate) fn lines(job: &Job) -> Option<String> {
    let result: Json = serde_json::from_str(job.result.as_deref()?).ok()?;
    let mut lines = format!(">{}\n", job.id);
    for member in MEMBERS {
        lines.push_str(result.get(member)?.as_str()?);
        lines.push('\n');
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use almanac::domain::Timestamp;
    use almanac::domain::job::{JobId, Priority, Status};
    use serde_json::json;

    fn job(result: Option<Json>) -> Job {
        Job {
            id: JobId::default(),
            status: Status::Complete,
            analysis: "pssp".to_owned(),
            source: None,
            params: "{}".to_owned(),
            priority: Priority::Normal,
            progress: 1.0,
            note: None,
            position: None,
            worker: None,
            attempts: 1,
            history: Vec::new(),
            submitted: Timestamp::MIN,
            due: None,
            started: None,
            finished: None,
            error: None,
            result: result.map(|result| result.to_string()),
            files: Vec::new(),
            log: Vec::new(),
            callback: None,
            request_id: None,
            token: 1,
        }
    }

    #[test]
    fn a_prediction_is_eight_lines() {
        let result = json!({
            "tm8": "__", "tm2": "__", "dis": ".*", "acc": "BE", "ss8": "HL", "ss3": "HC", "sequence": "MX",
            "probabilities": {"ss3": []},
        });
        let lines = lines(&job(Some(result)));
        let expected = ">00000000-0000-0000-0000-000000000000\nMX\nHC\nHL\nBE\n.*\n__\n__\n";
        assert_eq!(lines.as_deref(), Some(expected));
    }

    #[test]
    fn what_is_no_prediction_has_no_lines() {
        for result in [
            None,
            Some(json!({})),
            Some(json!({"sequence": "M", "ss3": 5})),
        ] {
            assert_eq!(lines(&job(result.clone())), None, "{result:?}");
        }
    }
}
