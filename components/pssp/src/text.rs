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
