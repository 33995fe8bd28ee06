//! A run.

use analyst::stages::Next;
use analyst::types::{Report, Request, Table};
use analyst::{csv, input};
use charts::Look;
use serde::Deserialize;
use serde_json::{Value, json};
use statistics::bins::{Bins, Rule};
use statistics::figures::{estimate, within};
use statistics::{Refusal, refusal, summary};

use crate::picture;

#[derive(Debug, Deserialize)]
pub(crate) struct Params {
    pub(crate) field: String,
    #[serde(default)]
    bins: Value,
    #[serde(flatten)]
    pub(crate) look: Look,
}

impl Params {
    /// # Errors
    /// A fault that the schema does not know.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let params: Self = input::parameters(text)?;
        params.look.check()?;
        Ok(params)
    }

    fn rule(&self) -> (Rule, Value) {
        match (input::steps(&self.bins), self.bins.as_str()) {
            (Some(count), _) => (Rule::Count(count), Value::Null),
            (None, Some("scott")) => (Rule::Scott, json!("scott")),
            (None, Some("sturges")) => (Rule::Sturges, json!("sturges")),
            (None, _) => (Rule::FreedmanDiaconis, json!("freedman_diaconis")),
        }
    }
}

pub struct Stage(Request, Params, Table);

impl analyst::stages::Stage for Stage {
    fn begin(request: Request, data: Table) -> Result<Self, String> {
        let params = Params::read(&request.parameters)?;
        Ok(Self(request, params, data))
    }

    fn advance(self) -> Result<Next<Self>, String> {
        let Self(request, params, table) = self;
        let (field, column) = input::numbers(&table, &params.field)?;
        let values = refusal::varied(column, 2)?;
        let (rule, rule_name) = params.rule();
        let bins = Bins::new(&values, rule).ok_or(Refusal::Numerical)?;
        let width = (|| Some(bins.edges.get(1)? - bins.edges.first()?))();
        // With as many digits as tell the edges apart.
        let resolved = |value: f64| within(value, width.unwrap_or(f64::NAN));
        let edge = |value: &f64| resolved(*value);
        let result = json!({
            "field": field.name,
            "unit": field.unit,
            "count": values.len(),
            "missing": column.len() - values.len(),
            "rule": rule_name,
            "bins": bins.counts.len(),
            "width": width.map(estimate),
            "edges": bins.edges.iter().map(edge).collect::<Value>(),
            "counts": bins.counts,
            "mean": resolved(summary::mean(&values)),
            "median": resolved(summary::median(&values)),
        });
        let figure = picture::figure(&params, &request, field, &bins);
        let mut files = params.look.files("histogram", figure)?;
        let rows = bins
            .edges
            .windows(2)
            .zip(&bins.counts)
            .map(|(edges, count)| {
                let mut row: Vec<Value> = edges.iter().map(edge).collect();
                row.push(json!(count));
                row
            });
        files.push(csv::file("histogram.csv", &["from", "to", "count"], rows));
        Ok(Next::Done(Report {
            result: result.to_string(),
            files,
        }))
    }
}
