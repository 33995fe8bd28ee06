//! A job: one run of an analysis over a dataset, from its submission to its result.

use std::fmt;

use uuid::Uuid;

use super::dataset::DatasetName;
use super::filter::TimeRange;
use super::time::Timestamp;

/// A job's id, a UUID of version 4 in its hyphenated form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(Uuid);

impl JobId {
    pub fn new(uuid: Uuid) -> Self {
        Self(uuid)
    }

    /// `None` for anything but a hyphenated UUID: no job has such an id.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 36)
            .then(|| Uuid::try_parse(text).ok())
            .flatten()
            .map(Self)
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

/// Where a job stands. The store keeps the name; its module has the table of transitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It waits: in the queue, for a retry to fall due, or for its `run_at`.
    Submitted,
    /// A worker holds a lease on it.
    InProgress,
    /// Finished with a result.
    Complete,
    /// Finished without: the analysis said no, its time was up, or every attempt was lost.
    Failed,
    /// Stopped by its owner.
    Cancelled,
}

impl Status {
    pub const ALL: [Self; 5] = [
        Self::Submitted,
        Self::InProgress,
        Self::Complete,
        Self::Failed,
        Self::Cancelled,
    ];

    /// The name in JSON and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Submitted => "submitted",
            Self::InProgress => "in progress",
            Self::Complete => "complete",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether it stays as it is.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Complete | Self::Failed | Self::Cancelled)
    }
}

/// Which of the waiting jobs of an analysis goes first; equals go in the order of submission.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Priority {
    Low,
    #[default]
    Normal,
    High,
}

impl Priority {
    pub const ALL: [Self; 3] = [Self::Low, Self::Normal, Self::High];

    /// The name in JSON and in the store.
    pub fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|priority| priority.name() == name)
    }
}

/// Who worked on a job: the address and name that its operator gave the worker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Worker {
    pub address: String,
    pub name: String,
}

/// One attempt that came to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    pub worker: Worker,
    pub started: Timestamp,
    pub ended: Timestamp,
    pub error: String,
}

/// A result file as the record lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultFile {
    pub name: String,
    pub media_type: String,
    /// Its size.
    pub bytes: u64,
}

/// Which points a job works on: a dataset, a range of time, and conditions on fields as their
/// owner wrote them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    pub dataset: DatasetName,
    /// The dataset's version: at submission what it was then, in a finished job what was read.
    pub version: u64,
    pub range: TimeRange,
    /// Field name and condition, such as `weather` and `in.(rain,snow)`.
    pub filters: Vec<(String, String)>,
}

/// Where the end of a job is told, and how that went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    pub url: String,
    /// How often it was tried.
    pub attempts: u64,
    /// When it was taken.
    pub delivered: Option<Timestamp>,
    /// What went wrong the last time.
    pub error: Option<String>,
}

/// A job's record.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub id: JobId,
    pub status: Status,
    /// Name of the analysis.
    pub analysis: String,
    pub source: Option<Source>,
    /// The parameters, a JSON object.
    pub params: String,
    pub priority: Priority,
    /// From 0 to 1.
    pub progress: f64,
    /// What it is doing, in a few words.
    pub note: Option<String>,
    /// Its place in the queue, 1 being the next; `None` when it is not in the queue.
    pub position: Option<u64>,
    /// Who has it, or had it when it ended.
    pub worker: Option<Worker>,
    /// How often it was begun.
    pub attempts: u64,
    /// The attempts that came to nothing, the latest last.
    pub history: Vec<Attempt>,
    pub submitted: Timestamp,
    /// Not to be begun before: its owner's wish, or when its next attempt falls due.
    pub due: Option<Timestamp>,
    /// When its present or last attempt began.
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    pub error: Option<String>,
    /// The result, a JSON object.
    pub result: Option<String>,
    pub files: Vec<ResultFile>,
    /// What the analysis said of its last attempt, line by line.
    pub log: Vec<String>,
    pub callback: Option<Callback>,
    /// The id of the request that submitted it.
    pub request_id: Option<String>,
    /// The fencing token of its last claim, part of its files' keys.
    pub token: u64,
}

impl Job {
    /// The file of that name.
    pub fn file(&self, name: &str) -> Option<&ResultFile> {
        self.files.iter().find(|file| file.name == name)
    }

    /// The first file of one of these media types, the first type preferred.
    pub fn file_of_type(&self, media_types: &[&str]) -> Option<&ResultFile> {
        media_types
            .iter()
            .find_map(|wanted| self.files.iter().find(|file| file.media_type == *wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_go_there_and_back() {
        for status in Status::ALL {
            assert_eq!(Status::from_name(status.name()), Some(status));
        }
        for priority in Priority::ALL {
            assert_eq!(Priority::from_name(priority.name()), Some(priority));
        }
        assert_eq!(Status::from_name("Submitted"), None);
    }

    #[test]
    fn only_a_hyphenated_uuid_is_an_id() {
        let id = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        assert_eq!(
            JobId::parse(id).map(|id| id.to_string()).as_deref(),
            Some(id)
        );
        for text in [
            "",
            "x",
            "67e5504410b1426f9247bb680e5fe0c8",
            "{67e55044-10b1-426f-9247-bb680e5fe0}",
        ] {
            assert_eq!(JobId::parse(text), None, "{text}");
        }
    }
}
