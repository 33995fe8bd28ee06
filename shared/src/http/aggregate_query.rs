//! The query string of aggregates: buckets, functions, fields, groups, and which points.

use super::parameters::Parameters;
use super::point_query::{PointQuery, names};
use crate::app::aggregate::Question;
use crate::app::points::positions;
use crate::domain::aggregate::{Every, Fill, Function, Plan};
use crate::domain::{Dataset, Fault, Faults, Field, FieldType};

/// What the query string says, as far as it can be told without knowing the dataset.
#[derive(Debug, Clone)]
pub struct AggregateQuery {
    every: Every,
    functions: Vec<Function>,
    /// `None`: all that the functions can be told of.
    fields: Option<Vec<String>>,
    by: Option<String>,
    fill: Fill,
    limit: usize,
    points: PointQuery,
}

impl AggregateQuery {
    /// Takes all parameters. What names none of them is a condition on a field.
    pub fn take(parameters: &mut Parameters, max_rows: usize) -> Self {
        let every = match parameters.text("every") {
            Some(text) => Every::parse(&text)
                .map_err(|why| parameters.fault("every", why))
                .ok(),
            None => {
                let why = "is missing: give the length of a bucket, such as 1h, 1d or all";
                parameters.fault("every", why);
                None
            }
        };
        let functions = parameters.all("fn");
        let functions = match functions.is_empty() {
            true => vec![Function::Mean],
            false => read_functions(parameters, &functions),
        };
        let fields = parameters.all("fields");
        let fields = (!fields.is_empty()).then(|| names(&fields));
        let by = parameters.text("by");
        let fill = parameters.choice("fill", &Fill::WORDS).unwrap_or_default();
        let points = PointQuery::take_selection(parameters);
        Self {
            every: every.unwrap_or(Every::All),
            functions,
            fields,
            by,
            fill,
            limit: max_rows,
            points,
        }
    }

    /// What it means for a dataset.
    ///
    /// # Errors
    /// Names every unknown field, every function that a field does not have, and every condition that
    /// cannot be read.
    pub fn resolve(&self, dataset: &Dataset) -> Result<Question, Vec<Fault>> {
        let mut faults = Faults::new();
        let (range, filters) = self.points.selection(dataset).unwrap_or_else(|more| {
            faults.extend(more);
            Default::default()
        });
        let by = self
            .by
            .as_ref()
            .and_then(|name| group_field(dataset, name, &mut faults));
        let fields = self.resolve_fields(dataset, by, &mut faults);
        faults.check()?;
        let field = |at: usize| dataset.fields.get(at).cloned();
        let by_field = by.and_then(field);
        let plan = Plan {
            every: self.every,
            zone: self.points.zone().clone(),
            range,
            fields: fields.iter().filter_map(|at| field(*at)).collect(),
            functions: self.functions.clone(),
            by: by_field,
            fill: self.fill,
            limit: self.limit,
        };
        let group = plan.by.as_ref().map(|by| by.name.as_str().to_owned());
        if let Some(name) = group.filter(|name| plan.members().contains(name)) {
            let why = format!("`{name}` is what a result would be called: leave out its field");
            return Err(vec![Fault::new("by", why)]);
        }
        Ok(Question {
            plan,
            filters,
            fields,
            by,
        })
    }

    fn resolve_fields(
        &self,
        dataset: &Dataset,
        by: Option<usize>,
        faults: &mut Faults,
    ) -> Vec<usize> {
        let numeric = self.functions.iter().find(|function| function.is_numeric());
        let Some(names) = &self.fields else {
            let suits = |at: &usize| {
                let field = dataset.fields.get(*at);
                Some(*at) != by
                    && field.is_some_and(|field| numeric.is_none() || field.kind.is_numeric())
            };
            let fields: Vec<usize> = (0..dataset.fields.len()).filter(suits).collect();
            if fields.is_empty() {
                faults.add("fields", "are missing: this dataset has no numbers");
            }
            return fields;
        };
        let mut fields = positions(dataset, names).unwrap_or_else(|unknown| {
            faults.extend(unknown);
            Vec::new()
        });
        let mut seen = Vec::new();
        fields.retain(|at| {
            !seen.contains(at) && {
                seen.push(*at);
                true
            }
        });
        for field in fields.iter().filter_map(|at| dataset.fields.get(*at)) {
            check_field(field, numeric, faults);
        }
        fields
    }
}

fn read_functions(parameters: &mut Parameters, texts: &[String]) -> Vec<Function> {
    let mut functions = Vec::new();
    for name in names(texts) {
        match Function::parse(&name) {
            Ok(function) if functions.contains(&function) => {}
            Ok(function) => functions.push(function),
            Err(why) => parameters.fault("fn", why),
        }
    }
    functions
}

fn group_field(dataset: &Dataset, name: &str, faults: &mut Faults) -> Option<usize> {
    let found = positions(dataset, &[name.to_owned()]);
    let position = match found {
        Ok(positions) => positions.first().copied()?,
        Err(unknown) => {
            faults.extend(
                unknown
                    .into_iter()
                    .map(|fault| Fault::new("by", fault.detail)),
            );
            return None;
        }
    };
    let kind = dataset.fields.get(position)?.kind;
    if kind == FieldType::Number {
        faults.add(
            "by",
            format!("`{name}` is a number: group by a text, an integer or a boolean"),
        );
    }
    Some(position)
}

fn check_field(field: &Field, numeric: Option<&Function>, faults: &mut Faults) {
    if let Some(function) = numeric
        && !field.kind.is_numeric()
    {
        faults.add(
            "fields",
            format!(
                "`{}` is a {}, of which there is no {}: only count, first and last",
                field.name,
                field.kind.name(),
                function.name()
            ),
        );
    }
}
