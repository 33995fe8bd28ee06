//! Draws the pictures of docs/gallery.md from the sample data, and writes that page:
//!
//!     cargo run -p plot --release --example gallery
//!     cargo run -p plot --release --example gallery -- OUT dark 400 300
//!
//! The second form writes PNGs of that theme and size into OUT instead, to be looked at.

mod catalogue;
mod table;

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use analyst::types::{File, Outcome, Request};
use catalogue::{CATALOGUE, Entry, UNITS};
use plot::task::{Task, select};
use serde_json::{Value, json};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
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
        "# Gallery\n\nWhat [`plot`](../README.md#plot) draws, from the sample data that `make up` loads. \
         `make gallery` draws the pictures\nanew and writes this page.\n",
    );
    let folder = root.join("docs/gallery");
    fs::create_dir_all(&folder)?;
    for entry in CATALOGUE {
        let [svg, _] = draw(root, &entry, &json!({}))?;
        fs::write(folder.join(format!("{}.svg", entry.name)), svg.bytes)?;
        let mut job = json!({ "analysis": "plot", "dataset": entry.dataset });
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
    let mut table = table::read(
        &root.join(format!("data/{}.csv", entry.dataset)),
        entry.end,
        UNITS,
    )?;
    let fields: Vec<_> = table
        .columns
        .iter()
        .map(|column| column.field.clone())
        .collect();
    let wanted = select(&parameters, &fields).map_err(|faults| faults.join(" "))?;
    table
        .columns
        .retain(|column| wanted.contains(&column.field.name));
    let request = Request {
        job: String::new(),
        parameters,
        dataset: entry.dataset.to_owned(),
        dataset_title: String::new(),
        dataset_version: 1,
    };
    let mut task = Task::new(request, table);
    loop {
        match task.step() {
            Outcome::Running(_) => {}
            Outcome::Done(report) => {
                return report.files.try_into().map_err(|_| "not two files".into());
            }
            Outcome::Failed(why) => return Err(format!("{}: {why}", entry.name).into()),
        }
    }
}
