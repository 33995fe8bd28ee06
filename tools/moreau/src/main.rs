//! Makes files of the animals of Dr. Moreau's island, and checks them.
//!
//! `moreau [N]` writes N animals (20 by default) as `{"animals":[..]}`; `moreau read FILE` reads such
//! a file, names everything that is wrong with it, and sums it up.

use std::process::ExitCode;

use almanac::domain::Fault;
use almanac::domain::creature::{Creature, Summary};
use almanac::http::animal_json;
use almanac::http::serve::now;
use fastrand::Rng;
use uuid::Uuid;

const USAGE: &str = "usage: moreau [N]          write N animals, 20 by default
       moreau read FILE    check a file of animals and sum it up";
const DEFAULT: usize = 20;
const MOST: usize = 1_000_000;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        [] => generate(DEFAULT),
        ["read", path] => read(path),
        [number] => count(number).and_then(generate),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}

fn count(text: &str) -> Result<usize, String> {
    let number = text
        .parse()
        .ok()
        .filter(|number| (1..=MOST).contains(number));
    number.ok_or_else(|| format!("`{text}` is not a number of animals from 1 to {MOST}\n{USAGE}"))
}

fn generate(count: usize) -> Result<String, String> {
    let mut rng = Rng::with_seed(Uuid::new_v4().as_u64_pair().0);
    let now = now();
    let new = |_| Creature::random(Uuid::new_v4(), now, &mut rng);
    let herd: Vec<Creature> = (0..count).map(new).collect();
    serde_json::to_string_pretty(&animal_json::herd(&herd)).map_err(|error| error.to_string())
}

fn read(path: &str) -> Result<String, String> {
    let text = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let json = serde_json::from_slice(&text).map_err(|error| format!("{path}: {error}"))?;
    let herd = animal_json::read_file(json, now(), Uuid::new_v4).map_err(|faults| {
        let faults: Vec<String> = faults.iter().map(Fault::to_string).collect();
        format!("{path}:\n  {}", faults.join("\n  "))
    })?;
    let summary = Summary::of(herd.iter().map(|creature| &creature.stats));
    serde_json::to_string_pretty(&animal_json::summary(&summary)).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_generated_is_read_again() {
        let path = std::env::temp_dir().join(format!("moreau-{}.json", std::process::id()));
        std::fs::write(&path, generate(7).unwrap()).unwrap();
        let summary = read(&path.to_string_lossy());
        std::fs::write(&path, r#"{"animals":[{"head":"cow"}]}"#).unwrap();
        let faults = read(&path.to_string_lossy());
        std::fs::remove_file(&path).unwrap();
        assert!(summary.unwrap().contains("\"count\": 7"));
        assert!(faults.unwrap_err().contains("animals[0].body: is required"));
    }

    #[test]
    fn a_number_of_animals_is_a_number() {
        for bad in ["0", "-1", "x", "1000001", "1.5"] {
            assert!(count(bad).is_err(), "{bad}");
        }
        assert_eq!(count("20"), Ok(20));
    }
}
