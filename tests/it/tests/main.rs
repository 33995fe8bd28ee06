//! The integration tests: over HTTP, against a running Almanac. One module for each noun.

mod aggregate;
mod analyses;
mod animals;
mod chaos;
mod course;
mod datasets;
mod degrees;
mod export;
mod home;
mod import;
mod jobs;
mod named_queues;
mod nonsense;
mod openapi;
mod outage;
mod plot;
mod points;
mod queues;
mod readme;
mod restart;
mod run;
mod schedules;
mod states;
mod tokens;
mod ui;
mod workers;
