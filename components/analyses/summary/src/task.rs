//! A run: one field in each step.

use analyst::stages::Next;
use analyst::types::{Field, File, Report, Request, Table};
use analyst::{csv, input};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use statistics::Refusal;
use statistics::figures::{estimate, within};
use statistics::notes::Notes;
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

    /// Refuses what has nothing to sum up: no field with a value.
    fn check(&self) -> Result<(), Refusal> {
        let has_values = |found: &Found| found.groups.iter().any(|part| part.summary.is_some());
        if self.found.iter().any(has_values) {
            Ok(())
        } else {
            Err(Refusal::AllMissing(self.table.times.len()))
        }
    }

    /// Why a figure is `null`.
    fn notes(&self) -> Notes {
        let mut notes = Notes::default();
        for found in &self.found {
            let name = &found.field.name;
            let summaries = || found.groups.iter().filter_map(|part| part.summary.as_ref());
            let any = |is: &dyn Fn(&Summary) -> bool| summaries().any(is);
            let groups = if self.by.is_some() {
                " in some groups"
            } else {
                ""
            };
            let mut remark = |is: bool, text: &str| {
                notes.add(is.then(|| format!("`{name}`{groups}: {text}")));
            };
            remark(
                found.groups.iter().any(|part| part.summary.is_none()),
                "there are no values, so that all figures are null.",
            );
            remark(
                any(&|summary| summary.count == 1),
                "there is one value; `sd` needs two, so that it is null.",
            );
            remark(
                any(&|summary| summary.count > 1 && summary.min == summary.max),
                "every value is the same; `skewness` and `kurtosis` are not defined, so that they are null.",
            );
            remark(
                any(&|summary| (2..4).contains(&summary.count) && summary.min < summary.max),
                "`skewness` needs three values and `kurtosis` four, below which they are null.",
            );
            remark(
                any(&|summary| summary.count > 1 && !summary.sd.is_finite()),
                "`sd` is outside the range of 64-bit floating-point numbers, so that it is null.",
            );
        }
        notes
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
        let points = self.table.times.len();
        let mut result = json!({"points": points, "by": self.by, "notes": self.notes().to_json()});
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
    // With as many digits as tell values apart that differ by a standard deviation.
    let place = |figure: fn(&Summary) -> f64| {
        summary.map_or(Value::Null, |summary| within(figure(summary), summary.sd))
    };
    let exact = |figure: fn(&Summary) -> f64| json!(summary.map(figure));
    [
        ("count", json!(summary.map_or(0, |summary| summary.count))),
        ("missing", json!(part.missing)),
        ("mean", place(|summary| summary.mean)),
        ("sd", of(|summary| summary.sd)),
        ("min", exact(|summary| summary.min)),
        ("lower_quartile", place(|summary| summary.lower_quartile)),
        ("median", place(|summary| summary.median)),
        ("upper_quartile", place(|summary| summary.upper_quartile)),
        ("max", exact(|summary| summary.max)),
        ("skewness", of(|summary| summary.skewness)),
        ("kurtosis", of(|summary| summary.kurtosis)),
    ]
}
