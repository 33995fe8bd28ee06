//! Draws the pictures of docs/gallery.md from the sample data, and writes that page:
//!
//!     cargo run -p gallery --release
//!     cargo run -p gallery --release -- OUT dark 400 300
//!
//! The second form writes PNGs of that theme and size into OUT instead, to be looked at.

mod catalogue;
mod table;

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use analyst::types::{File, Outcome, Request, Table};
use analyst::{Guest, GuestTask};
use catalogue::{CATALOGUE, Entry, UNITS};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let args: Vec<String> = std::env::args().skip(1).collect();
    match args.as_slice() {
        [] => page(&root),
        [out, theme, width, height] => {
            let look = json!({
                "theme": theme, "width": width.parse::<u32>()?, "height": height.parse::<u32>()?, "scale": 1,
            });
            fs::create_dir_all(out)?;
            for entry in CATALOGUE {
                let [_, png] = draw(&root, &entry, &look)?;
                fs::write(
                    PathBuf::from(out).join(format!("{}.png", entry.name)),
                    png.bytes,
                )?;
            }
            Ok(())
        }
        _ => Err("give nothing, or OUT THEME WIDTH HEIGHT".into()),
    }
}

fn page(root: &Path) -> Result<(), Box<dyn Error>> {
    let mut page = String::from(
        "# Gallery\n\nWhat [`plot`](../README.md#plot) and the [statistics](../README.md#forecast) draw, from the sample \
         data that `make up` loads.\n`make gallery` draws the pictures anew and writes this page.\n",
    );
    let folder = root.join("docs/gallery");
    fs::create_dir_all(&folder)?;
    for entry in CATALOGUE {
        let [svg, _] = draw(root, &entry, &json!({}))?;
        fs::write(folder.join(format!("{}.svg", entry.name)), svg.bytes)?;
        let mut job = json!({ "analysis": entry.analysis, "dataset": entry.dataset });
        if !entry.end.is_empty() {
            job["end"] = json!(entry.end);
        }
        job["params"] = serde_json::from_str(entry.parameters)?;
        write!(
            page,
            "\n## {}\n\n{}\n\n![{}](gallery/{}.svg)\n\n```json\n{}\n```\n",
            entry.title, entry.text, entry.title, entry.name, job,
        )?;
    }
    fs::write(root.join("docs/gallery.md"), page)?;
    Ok(())
}

/// The SVG and the PNG of an entry; `look` is laid over its parameters.
fn draw(root: &Path, entry: &Entry, look: &Value) -> Result<[File; 2], Box<dyn Error>> {
    let mut parameters: Value = serde_json::from_str(entry.parameters)?;
    if let (Some(own), Some(look)) = (parameters.as_object_mut(), look.as_object()) {
        own.extend(look.clone());
    }
    let parameters = parameters.to_string();
    let table = table::read(
        &root.join(format!("data/{}.csv", entry.dataset)),
        entry.end,
        UNITS,
    )?;
    let run = match entry.analysis {
        "plot" => run::<plot::Plot>,
        "forecast" => run::<forecast::Forecast>,
        "decompose" => run::<decompose::Decompose>,
        "trend" => run::<trend::Trend>,
        "outliers" => run::<outliers::Outliers>,
        "changepoints" => run::<changepoints::Changepoints>,
        "compare" => run::<compare::Compare>,
        "correlation" => run::<correlation::Correlation>,
        "histogram" => run::<histogram::Histogram>,
        other => return Err(format!("there is no analysis {other} here").into()),
    };
    let request = Request {
        job: String::new(),
        parameters: parameters.to_string(),
        dataset: entry.dataset.to_owned(),
        dataset_title: String::new(),
        dataset_version: 1,
    };
    let files = run(request, table).map_err(|why| format!("{}: {why}", entry.name))?;
    let file = |ending: &str| {
        let found = files.iter().find(|file| file.name.ends_with(ending));
        found.cloned().ok_or(format!("{}: no {ending}", entry.name))
    };
    Ok([file(".svg")?, file(".png")?])
}

/// The files of a run, as the worker would have it.
fn run<A: Guest>(request: Request, mut table: Table) -> Result<Vec<File>, String> {
    let fields = table.columns.iter().map(|column| column.field.clone());
    let wanted = A::select(request.parameters.clone(), fields.collect());
    let wanted = wanted.map_err(|faults| faults.join(" "))?;
    table
        .columns
        .retain(|column| wanted.contains(&column.field.name));
    let task = A::Task::new(request, table);
    loop {
        match task.step() {
            Outcome::Running(_) => {}
            Outcome::Done(report) => return Ok(report.files),
            Outcome::Failed(why) => return Err(why),
        }
    }
}
