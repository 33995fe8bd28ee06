//! The integration tests: over HTTP, against a running Almanac. One module for each noun.

mod aggregate;
mod analyses;
mod chaos;
mod datasets;
mod export;
mod home;
mod import;
mod jobs;
mod nonsense;
mod outage;
mod plot;
mod points;
mod queues;
mod readme;
mod restart;
mod workers;
