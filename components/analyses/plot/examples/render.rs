//! Draws a CSV file as the analysis would, to look at the pictures:
//!
//!     cargo run -p plot --release --example render -- FILE TIME PARAMETERS OUT [TITLE] [UNIT]
//!
//! FILE has a header and no quoted values; TIME names the column of the time, or the columns
//! of year, month, day and hour; OUT is the files' path without extension. Values that are not
//! numbers are missing. UNIT is given to all fields. Prints the time that each step takes.

use jiff::civil::Date;
use jiff::tz::Offset;
use plot::input::{Column, Field, FieldType, Request, Table};
use plot::task::{Outcome, Task};
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [file, time, parameters, out, rest @ ..] = args.as_slice() else {
        return Err("FILE TIME PARAMETERS OUT [TITLE] [UNIT]".into());
    };
    let request = Request {
        parameters: parameters.clone(),
        dataset: "dataset".into(),
        dataset_title: rest.first().cloned().unwrap_or_default(),
    };
    let table = read(&std::fs::read_to_string(file)?, time, rest.get(1).cloned())?;
    let mut task = Task::new(request, table);
    loop {
        let start = Instant::now();
        let outcome = task.step();
        print!("{:.1} ms ", start.elapsed().as_secs_f64() * 1e3);
        match outcome {
            Outcome::Running(..) => {}
            Outcome::Failed(reason) => return Err(reason.into()),
            Outcome::Done(result, files) => {
                println!("{result}");
                for file in files {
                    let extension = file.name.trim_start_matches("plot.");
                    println!("  {out}.{extension}: {} bytes", file.bytes.len());
                    std::fs::write(format!("{out}.{extension}"), file.bytes)?;
                }
                return Ok(());
            }
        }
    }
}

fn read(text: &str, time: &str, unit: Option<String>) -> Result<Table, Box<dyn std::error::Error>> {
    let mut lines = text.lines();
    let names: Vec<&str> = lines
        .next()
        .ok_or("the file is empty")?
        .split(',')
        .collect();
    let place = |name: &str| {
        names
            .iter()
            .position(|other| *other == name)
            .ok_or("no such column")
    };
    let time: Vec<usize> = time.split(',').map(place).collect::<Result<_, _>>()?;
    let field = |name: &&str| Field {
        name: (*name).into(),
        kind: FieldType::Number,
        unit: unit.clone(),
    };
    let column = |name| Column {
        field: field(name),
        numbers: Vec::new(),
    };
    let mut table = Table {
        times: Vec::new(),
        columns: names.iter().map(column).collect(),
    };
    for line in lines {
        let cells: Vec<&str> = line.split(',').collect();
        let cell = |index: &usize| cells.get(*index).copied().unwrap_or_default();
        let parts: Vec<&str> = time
            .iter()
            .flat_map(|index| cell(index).split('-'))
            .collect();
        let part = |index: usize, or: i64| parts.get(index).map_or(Ok(or), |part| part.parse());
        let day = Date::new(part(0, 1970)? as i16, part(1, 1)? as i8, part(2, 1)? as i8)?;
        let start = Offset::UTC.to_timestamp(day.at(part(3, 0)? as i8, 0, 0, 0))?;
        table.times.push(start.as_millisecond());
        for (index, column) in table.columns.iter_mut().enumerate() {
            column
                .numbers
                .push(cell(&index).parse().unwrap_or(f64::NAN));
        }
    }
    Ok(table)
}
