//! A run: one field in each step.

use analyst::stages::Next;
use analyst::types::{Field, File, Report, Request, Table};
use analyst::{csv, input};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use statistics::Refusal;
use statistics::figures::estimate;
use statistics::summary::Summary;

use crate::groups::Groups;

#[derive(Debug, Deserialize)]
pub(crate) struct Params {
    pub(crate) fields: Option<Vec<String>>,
    pub(crate) by: Option<String>,
}

pub struct Stage(Inner);

enum Inner {
    Begin(Params, Table),
    Sum(Box<Work>),
}

struct Work {
    table: Table,
    by: Option<String>,
    groups: Groups,
    /// The fields that are summed up, and those that have been.
    fields: Vec<String>,
    found: Vec<Found>,
}

struct Found {
    field: Field,
    groups: Vec<Part>,
}

/// The values of a field in a group.
#[derive(Default)]
struct Part {
    missing: usize,
    /// Of those that are there.
    summary: Option<Summary>,
}

impl analyst::stages::Stage for Stage {
    fn begin(request: Request, data: Table) -> Result<Self, String> {
        let params = input::parameters(&request.parameters)?;
        Ok(Self(Inner::Begin(params, data)))
    }

    fn advance(self) -> Result<Next<Self>, String> {
        match self.0 {
            Inner::Begin(params, table) => begin(params, table),
            Inner::Sum(work) => work.advance(),
        }
    }
}

fn begin(params: Params, table: Table) -> Result<Next<Stage>, String> {
    if table.times.is_empty() {
        return Err(Refusal::NoPoints.into());
    }
    let groups = match &params.by {
        Some(by) => Groups::by(&table, by)?,
        None => Groups::one(table.times.len()),
    };
    let all = table.columns.iter().map(|column| column.field.name.clone());
    let others = |name: &String| Some(name) != params.by.as_ref();
    let fields = params
        .fields
        .unwrap_or_else(|| all.filter(others).collect());
    let work = Work {
        table,
        by: params.by,
        groups,
        fields,
        found: Vec::new(),
    };
    Ok(Next::Stage(
        Stage(Inner::Sum(Box::new(work))),
        0.1,
        "summing up",
    ))
}

impl Work {
    fn advance(mut self: Box<Self>) -> Result<Next<Stage>, String> {
        let Some(name) = self.fields.get(self.found.len()) else {
            return self.report().map(Next::Done);
        };
        let (field, values) = input::numbers(&self.table, name)?;
        let mut groups = vec![(0, Vec::new()); self.groups.names.len()];
        for (value, group) in values.iter().zip(&self.groups.of_points) {
            if let Some((missing, present)) = groups.get_mut(*group) {
                if value.is_nan() {
                    *missing += 1;
                } else {
                    present.push(*value);
                }
            }
        }
        let sum = |(missing, present): (usize, Vec<f64>)| Part {
            missing,
            summary: Summary::new(&present),
        };
        self.found.push(Found {
            field: field.clone(),
            groups: groups.into_iter().map(sum).collect(),
        });
        let fraction = 0.1 + 0.9 * self.found.len() as f64 / self.fields.len() as f64;
        Ok(Next::Stage(Stage(Inner::Sum(self)), fraction, "summing up"))
    }

    /// Refuses what has nothing to sum up: no field with two different values.
    fn check(&self) -> Result<(), Refusal> {
        let mut most_values = 0;
        let mut value = f64::NAN;
        for found in &self.found {
            let present: Vec<&Summary> = found
                .groups
                .iter()
                .filter_map(|part| part.summary.as_ref())
                .collect();
            let least = present
                .iter()
                .map(|part| part.min)
                .fold(f64::INFINITY, f64::min);
            let greatest = present
                .iter()
                .map(|part| part.max)
                .fold(f64::NEG_INFINITY, f64::max);
            if least < greatest {
                return Ok(());
            }
            let values = present.iter().map(|part| part.count).sum();
            if values > most_values {
                (most_values, value) = (values, least);
            }
        }
        Err(match most_values {
            0 => Refusal::AllMissing(self.table.times.len()),
            1 => Refusal::TooFew { have: 1, need: 2 },
            _ => Refusal::Constant(value),
        })
    }

    fn report(&self) -> Result<Report, String> {
        self.check()?;
        let of_group = |group: usize| -> Map<String, Value> {
            let rows = self.found.iter().filter_map(|found| {
                let part = found.groups.get(group)?;
                Some((found.field.name.clone(), figures_of(&found.field, part)))
            });
            rows.collect()
        };
        let mut result = json!({"points": self.table.times.len(), "by": self.by});
        if self.by.is_some() {
            let groups = self.groups.names.iter().enumerate();
            let groups =
                groups.map(|(place, name)| json!({"group": name, "fields": of_group(place)}));
            result["groups"] = groups.collect();
        } else {
            result["fields"] = Value::Object(of_group(0));
        }
        Ok(Report {
            result: result.to_string(),
            files: vec![self.csv()],
        })
    }

    fn csv(&self) -> File {
        let mut header = vec!["group", "field"];
        header.extend(named(&Part::default()).map(|(name, _)| name));
        let names = self.groups.names.iter().enumerate();
        let rows = names.flat_map(|(place, group)| {
            self.found.iter().filter_map(move |found| {
                let part = found.groups.get(place)?;
                let mut row = vec![group.clone(), json!(found.field.name)];
                row.extend(named(part).map(|(_, figure)| figure));
                Some(row)
            })
        });
        csv::file("summary.csv", &header, rows)
    }
}

fn figures_of(field: &Field, part: &Part) -> Value {
    let mut figures = Map::new();
    figures.insert("unit".to_owned(), json!(field.unit));
    figures.extend(named(part).map(|(name, figure)| (name.to_owned(), figure)));
    Value::Object(figures)
}

/// The figures by name; those of no values are null.
fn named(part: &Part) -> [(&'static str, Value); 11] {
    let summary = part.summary.as_ref();
    let of = |figure: fn(&Summary) -> f64| summary.map(figure).map_or(Value::Null, estimate);
    let exact = |figure: fn(&Summary) -> f64| json!(summary.map(figure));
    [
        ("count", json!(summary.map_or(0, |summary| summary.count))),
        ("missing", json!(part.missing)),
        ("mean", of(|summary| summary.mean)),
        ("sd", of(|summary| summary.sd)),
        ("min", exact(|summary| summary.min)),
        ("lower_quartile", of(|summary| summary.lower_quartile)),
        ("median", of(|summary| summary.median)),
        ("upper_quartile", of(|summary| summary.upper_quartile)),
        ("max", exact(|summary| summary.max)),
        ("skewness", of(|summary| summary.skewness)),
        ("kurtosis", of(|summary| summary.kurtosis)),
    ]
}
