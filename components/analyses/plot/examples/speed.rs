//! How long each step takes: a scatter plot of 10,000 points and a line of 1,000,000.
//!
//!     cargo run -p plot --release --example speed

use analyst::types::{Column, Field, FieldType, Outcome, Report, Request, Table, Values};
use plot::task::Task;
use std::time::Instant;

fn main() {
    for (kind, points) in [("scatter", 10_000), ("line", 10_000), ("line", 1_000_000)] {
        for _ in 0..3 {
            let request = Request {
                parameters: format!(r#"{{"y":"value","kind":"{kind}"}}"#),
                dataset: "speed".into(),
                dataset_title: String::new(),
                dataset_version: 1,
                job: String::new(),
            };
            let mut task = Task::new(request, noise(points));
            print!("{kind} of {points}:");
            loop {
                let start = Instant::now();
                let outcome = task.step();
                print!(" {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
                match outcome {
                    Outcome::Running(..) => {}
                    Outcome::Failed(reason) => panic!("{reason}"),
                    Outcome::Done(Report { files, .. }) => {
                        let sizes: Vec<_> = files.iter().map(|file| file.bytes.len()).collect();
                        println!("; bytes {sizes:?}");
                        break;
                    }
                }
            }
        }
    }
}

/// A wave with noise, by a linear congruential generator (Knuth's MMIX).
fn noise(points: usize) -> Table {
    let mut state = 1u64;
    let value = |index: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (index as f64 * 20.0 / points as f64).sin() * 3.0
            + (state >> 40) as f64 / (1u64 << 24) as f64 * 4.0
    };
    let field = Field {
        name: "value".into(),
        type_: FieldType::Number,
        unit: None,
    };
    let values = Values::Numbers((0..points).map(value).collect());
    let times = (0..points as i64).map(|index| index * 3_600_000).collect();
    Table {
        times,
        columns: vec![Column { field, values }],
    }
}
