//! The queues in Prometheus' text format, version 0.0.4.

use std::fmt::{Display, Write};

use crate::app::jobs::queues::{BUCKETS, Queue, Survey};
use crate::store::usage::Usage;

pub const MEDIA_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Everything that is measured.
pub fn text(survey: &Survey, datasets: u64, usage: Usage) -> String {
    let mut page = Page::default();
    jobs(&mut page, &survey.queues);
    waits(&mut page, &survey.queues);
    ends(&mut page, &survey.queues);
    durations(&mut page, &survey.queues);
    page.family("almanac_result_bytes", "gauge", "Bytes of all results.");
    page.sample("almanac_result_bytes", &[], survey.result_bytes);
    page.family("almanac_datasets", "gauge", "Datasets.");
    page.sample("almanac_datasets", &[], datasets);
    page.family("almanac_points", "gauge", "Points of all datasets.");
    page.sample("almanac_points", &[], usage.points);
    let help = "Bytes of all datasets, as they are stored.";
    page.family("almanac_stored_bytes", "gauge", help);
    page.sample("almanac_stored_bytes", &[], usage.bytes);
    page.0
}

fn jobs(page: &mut Page, queues: &[Queue]) {
    let help = "Unfinished jobs: waiting to be begun, due at a later time, in progress.";
    page.family("almanac_jobs", "gauge", help);
    for queue in queues {
        let counts = [
            ("waiting", queue.waiting),
            ("due", queue.due),
            ("in progress", queue.in_progress),
        ];
        for (status, count) in counts {
            let labels = [("analysis", queue.analysis.as_str()), ("status", status)];
            page.sample("almanac_jobs", &labels, count);
        }
    }
}

fn waits(page: &mut Page, queues: &[Queue]) {
    let help = "For how long a job could have been begun; 0 when none waits.";
    page.family("almanac_oldest_waiting_seconds", "gauge", help);
    for queue in queues {
        let waited = seconds(queue.waited.unwrap_or(0));
        page.sample("almanac_oldest_waiting_seconds", &named(queue), waited);
    }
    page.family("almanac_paused", "gauge", "Whether the queue is paused.");
    for queue in queues {
        page.sample("almanac_paused", &named(queue), u8::from(queue.is_paused));
    }
}

fn ends(page: &mut Page, queues: &[Queue]) {
    page.family(
        "almanac_jobs_finished_total",
        "counter",
        "Jobs by their end.",
    );
    for queue in queues {
        let totals = &queue.totals;
        let counts = [
            ("complete", totals.complete),
            ("failed", totals.failed),
            ("cancelled", totals.cancelled),
        ];
        for (status, count) in counts {
            let labels = [("analysis", queue.analysis.as_str()), ("status", status)];
            page.sample("almanac_jobs_finished_total", &labels, count);
        }
    }
    let help = "Attempts whose worker was lost.";
    page.family("almanac_attempts_lost_total", "counter", help);
    for queue in queues {
        page.sample(
            "almanac_attempts_lost_total",
            &named(queue),
            queue.totals.lost,
        );
    }
    let help = "Failed jobs of which every attempt was lost.";
    page.family("almanac_dead_total", "counter", help);
    for queue in queues {
        page.sample("almanac_dead_total", &named(queue), queue.totals.dead);
    }
}

fn durations(page: &mut Page, queues: &[Queue]) {
    let help = "How long the attempts took that were not lost.";
    page.family("almanac_job_duration_seconds", "histogram", help);
    for queue in queues {
        let mut count = 0;
        let bounds = BUCKETS.iter().map(|most| seconds(*most).to_string());
        let bounds = bounds.chain(["+Inf".to_owned()]);
        for (bound, more) in bounds.zip(queue.durations.counts) {
            count += more;
            let labels = [("analysis", queue.analysis.as_str()), ("le", &bound)];
            page.sample("almanac_job_duration_seconds_bucket", &labels, count);
        }
        let sum = seconds(queue.durations.sum);
        page.sample("almanac_job_duration_seconds_sum", &named(queue), sum);
        page.sample("almanac_job_duration_seconds_count", &named(queue), count);
    }
}

fn named(queue: &Queue) -> [(&str, &str); 1] {
    [("analysis", &queue.analysis)]
}

fn seconds(milliseconds: u64) -> f64 {
    milliseconds as f64 / 1000.0
}

/// The text as it grows, line by line.
#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        // Writing to a String cannot fail.
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    /// Values of labels are names of analyses and words of our own: none needs an escape.
    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(label, value)| format!("{label}=\"{value}\""))
            .collect();
        let _ = if labels.is_empty() {
            writeln!(self.0, "{name} {value}")
        } else {
            writeln!(self.0, "{name}{{{}}} {value}", labels.join(","))
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::jobs::queues::{Durations, Totals};

    #[test]
    fn every_family_has_its_samples_and_a_histogram_adds_up() {
        let queue = Queue {
            analysis: "plot".to_owned(),
            is_paused: true,
            waiting: 3,
            waited: Some(1500),
            totals: Totals {
                complete: 7,
                dead: 1,
                ..Totals::default()
            },
            durations: Durations {
                counts: [1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 4],
                sum: 12_345,
            },
            ..Queue::default()
        };
        let survey = Survey {
            result_bytes: 99,
            queues: vec![queue],
        };
        let usage = Usage {
            points: 820,
            bytes: 9000,
        };
        let text = text(&survey, 5, usage);
        for line in [
            "# TYPE almanac_jobs gauge",
            "almanac_jobs{analysis=\"plot\",status=\"waiting\"} 3",
            "almanac_oldest_waiting_seconds{analysis=\"plot\"} 1.5",
            "almanac_paused{analysis=\"plot\"} 1",
            "almanac_jobs_finished_total{analysis=\"plot\",status=\"complete\"} 7",
            "almanac_dead_total{analysis=\"plot\"} 1",
            "almanac_job_duration_seconds_bucket{analysis=\"plot\",le=\"0.01\"} 1",
            "almanac_job_duration_seconds_bucket{analysis=\"plot\",le=\"0.03\"} 3",
            "almanac_job_duration_seconds_bucket{analysis=\"plot\",le=\"300\"} 3",
            "almanac_job_duration_seconds_bucket{analysis=\"plot\",le=\"+Inf\"} 7",
            "almanac_job_duration_seconds_sum{analysis=\"plot\"} 12.345",
            "almanac_job_duration_seconds_count{analysis=\"plot\"} 7",
            "almanac_result_bytes 99",
            "almanac_datasets 5",
            "almanac_points 820",
            "almanac_stored_bytes 9000",
        ] {
            assert!(text.lines().any(|known| known == line), "{line}\n{text}");
        }
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (name, _) = line.split_once(['{', ' ']).unwrap();
            let is_known = |kind: &&str| text.contains(&format!("# TYPE {kind} "));
            let suffixes = ["_bucket", "_sum", "_count"];
            let family = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix));
            assert!(
                is_known(&name) || family.as_ref().is_some_and(is_known),
                "{line}"
            );
        }
    }
}
