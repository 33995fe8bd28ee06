//! Limits and settings, from Spin's variables: read once per instance, typed, and refused loudly
//! with the variable's name when they make no sense.

/// The limits that `/limits` lists. Each is the Spin variable of the same name, which
/// `SPIN_VARIABLE_<NAME>` sets from outside; spin.toml has the defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Bytes of a JSON body.
    pub max_json_bytes: usize,
    /// Bytes of an imported file.
    pub max_import_bytes: usize,
    /// Points of an imported file.
    pub max_import_points: usize,
    /// Points of one answer.
    pub max_page_points: usize,
    /// Points written by one request.
    pub max_write_points: usize,
    /// Datasets.
    pub max_datasets: usize,
    /// Points of all datasets together; 0: any number.
    pub max_total_points: usize,
    /// Megabytes (10^6 bytes) of all datasets together, as they are stored; 0: any number.
    pub max_total_megabytes: usize,
    /// Unfinished jobs, beyond which submissions are refused.
    pub max_waiting_jobs: usize,
    /// Points that one job may load.
    pub max_job_points: usize,
    /// Seconds that a job may run.
    pub max_job_seconds: usize,
    /// Seconds after which a finished job is forgotten.
    pub job_retention_seconds: usize,
    /// Seconds that a queue may wait for a worker before `/readyz` fails.
    pub max_wait_seconds: usize,
}

impl Config {
    /// Each limit's name, meaning and least value, in the order of `/limits`.
    pub const LIMITS: [(&'static str, &'static str, usize); 13] = [
        ("max_json_bytes", "bytes of a JSON body", 1024),
        ("max_import_bytes", "bytes of an imported file", 1024),
        ("max_import_points", "points of an imported file", 1),
        ("max_page_points", "points in one answer", 1),
        ("max_write_points", "points written by one request", 1),
        ("max_datasets", "datasets", 1),
        (
            "max_total_points",
            "points of all datasets together; 0: any number",
            0,
        ),
        (
            "max_total_megabytes",
            "megabytes of all datasets together, as they are stored; 0: any number",
            0,
        ),
        ("max_waiting_jobs", "unfinished jobs", 1),
        ("max_job_points", "points that one job may load", 1),
        ("max_job_seconds", "seconds that a job may run", 1),
        (
            "job_retention_seconds",
            "seconds after which a finished job is forgotten",
            1,
        ),
        (
            "max_wait_seconds",
            "seconds that a queue may wait for a worker before /readyz fails",
            1,
        ),
    ];

    /// Reads every limit with `lookup`, which gives a variable's text.
    ///
    /// # Errors
    /// Names the first variable that is not set or makes no sense.
    pub async fn load(
        lookup: impl AsyncFn(&'static str) -> Result<String, String>,
    ) -> Result<Self, String> {
        let mut values = [0; Self::LIMITS.len()];
        for (value, (name, _, least)) in values.iter_mut().zip(Self::LIMITS) {
            let text = lookup(name).await?;
            *value = text
                .trim()
                .parse()
                .ok()
                .filter(|number| *number >= least)
                .ok_or_else(|| {
                    format!(
                        "variable {name} must be a whole number of at least {least}, not `{text}`"
                    )
                })?;
        }
        Ok(Self::from_values(values))
    }

    fn from_values(values: [usize; Self::LIMITS.len()]) -> Self {
        let [
            max_json_bytes,
            max_import_bytes,
            max_import_points,
            max_page_points,
            max_write_points,
            max_datasets,
            max_total_points,
            max_total_megabytes,
            max_waiting_jobs,
            max_job_points,
            max_job_seconds,
            job_retention_seconds,
            max_wait_seconds,
        ] = values;
        Self {
            max_json_bytes,
            max_import_bytes,
            max_import_points,
            max_page_points,
            max_write_points,
            max_datasets,
            max_total_points,
            max_total_megabytes,
            max_waiting_jobs,
            max_job_points,
            max_job_seconds,
            job_retention_seconds,
            max_wait_seconds,
        }
    }

    /// The limits again, by name.
    pub fn values(&self) -> [usize; Self::LIMITS.len()] {
        [
            self.max_json_bytes,
            self.max_import_bytes,
            self.max_import_points,
            self.max_page_points,
            self.max_write_points,
            self.max_datasets,
            self.max_total_points,
            self.max_total_megabytes,
            self.max_waiting_jobs,
            self.max_job_points,
            self.max_job_seconds,
            self.job_retention_seconds,
            self.max_wait_seconds,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::FutureExt;

    #[test]
    fn limits_are_read_by_name_and_refused_by_name() {
        let values = std::array::from_fn(|at| 2000 + at);
        let config = Config::from_values(values);
        assert_eq!(config.values(), values);
        let text = |name| {
            let at = Config::LIMITS
                .iter()
                .position(|(known, _, _)| *known == name)
                .unwrap();
            (2000 + at).to_string()
        };
        let loaded = Config::load(async |name| Ok(text(name)))
            .now_or_never()
            .unwrap();
        assert_eq!(loaded, Ok(config));
        let refused = Config::load(async |name| {
            Ok(if name == "max_datasets" {
                "-5".to_owned()
            } else {
                text(name)
            })
        });
        assert!(
            refused
                .now_or_never()
                .unwrap()
                .unwrap_err()
                .contains("max_datasets")
        );
    }
}
