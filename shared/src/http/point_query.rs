//! The query string of points: range, order, page, fields, and conditions on fields.

use jiff::tz::TimeZone;

use super::parameters::Parameters;
use super::rows::Form;
use crate::app::points::{Query, positions, thin};
use crate::domain::names::split_names;
use crate::domain::time::parse_zone;
use crate::domain::{Dataset, Fault, Faults, Filter, PointId, TimeRange, Timestamp, fault};
use crate::store::points::Wanted;

/// Points of a page when no limit is given.
pub const DEFAULT_LIMIT: usize = 1000;

/// Begins the name of a parameter that is a condition on a field, for fields that are called like a
/// parameter: `where.limit=gt.5`.
const WHERE: &str = "where.";

/// What the query string says, as far as it can be told without knowing the dataset.
#[derive(Debug, Clone)]
pub struct PointQuery {
    zone: TimeZone,
    range: TimeRange,
    is_descending: bool,
    limit: usize,
    counts: bool,
    thin: Option<usize>,
    after: Option<PointId>,
    /// `None`: all.
    fields: Option<Vec<String>>,
    conditions: Vec<(String, String)>,
    /// Names of the parameters that there are, to tell a misspelt one from a field.
    known: Vec<&'static str>,
}

impl PointQuery {
    /// Takes the parameters of a page. What is left over afterwards are conditions.
    pub fn take_page(parameters: &mut Parameters, max_limit: usize) -> Self {
        let limit = parameters.number("limit", 1, max_limit as u64);
        let orders = [("asc", false), ("desc", true)];
        let is_descending = parameters.choice("order", &orders).unwrap_or(false);
        let after = parameters.read("cursor", |text| {
            PointId::parse(text)
                .ok_or_else(|| "is not a cursor: give `next` of the page before".to_owned())
        });
        let counts = parameters.choice("count", &[("exact", true), ("none", false)]);
        let thin = parameters.number("thin", thin::MIN_POINTS as u64, max_limit as u64);
        if thin.is_some() {
            for (name, is_given) in [("cursor", after.is_some()), ("limit", limit.is_some())] {
                if is_given {
                    parameters.fault(
                        name,
                        "goes with pages, not with `thin`, which is of all points",
                    );
                }
            }
        }
        let limit = limit.map_or(DEFAULT_LIMIT.min(max_limit), |limit| limit as usize);
        let fields = parameters.all("fields");
        let fields = (!fields.is_empty()).then(|| names(&fields));
        let selection = Self::take_selection(parameters);
        Self {
            is_descending,
            limit,
            counts: counts.unwrap_or(false),
            thin: thin.map(|points| points as usize),
            after,
            fields,
            ..selection
        }
    }

    /// Takes the parameters that say which points are meant and which of their fields.
    pub fn take_export(parameters: &mut Parameters) -> Self {
        let fields = parameters.all("fields");
        let fields = (!fields.is_empty()).then(|| names(&fields));
        Self {
            fields,
            ..Self::take_selection(parameters)
        }
    }

    /// Takes the parameters that say which points are meant, without order and page.
    pub fn take_selection(parameters: &mut Parameters) -> Self {
        let zone = parameters.read("tz", parse_zone).unwrap_or(TimeZone::UTC);
        let start = parameters.read("start", |text| Timestamp::parse(text, &zone));
        let end = parameters.read("end", |text| Timestamp::parse(text, &zone));
        if let (Some(start), Some(end)) = (start, end)
            && start >= end
        {
            parameters.fault(
                "end",
                "must be later than `start`, which is part of the range while `end` is not",
            );
        }
        let known = parameters.known().to_vec();
        Self {
            zone,
            range: TimeRange { start, end },
            is_descending: false,
            limit: usize::MAX,
            counts: false,
            thin: None,
            after: None,
            fields: None,
            conditions: parameters.rest(),
            known,
        }
    }

    /// The time zone that times without an offset are in.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// To how many points the answer is thinned, if it is.
    pub fn thin(&self) -> Option<usize> {
        self.thin
    }

    /// Whether any point at all is meant.
    pub fn selects_everything(&self) -> bool {
        self.range.is_unbounded() && self.conditions.is_empty()
    }

    /// What it means for a dataset.
    ///
    /// # Errors
    /// Names every unknown field and every condition that cannot be read.
    pub fn resolve(&self, dataset: &Dataset) -> Result<Query, Vec<Fault>> {
        let mut faults = Faults::new();
        let filters = self.filters(dataset, &mut faults);
        let fields = match &self.fields {
            None => (0..dataset.fields.len()).collect(),
            Some(names) => positions(dataset, names).unwrap_or_else(|unknown| {
                faults.extend(unknown);
                Vec::new()
            }),
        };
        faults.check()?;
        let Self {
            range,
            is_descending,
            limit,
            counts,
            after,
            ..
        } = *self;
        Ok(Query {
            wanted: Wanted {
                range,
                filters,
                fields,
                after,
                is_descending,
                ..Wanted::default()
            },
            limit,
            counts,
        })
    }

    /// Range and conditions alone.
    ///
    /// # Errors
    /// As [`Self::resolve`].
    pub fn selection(&self, dataset: &Dataset) -> Result<(TimeRange, Vec<Filter>), Vec<Fault>> {
        let query = self.resolve(dataset)?;
        Ok((query.wanted.range, query.wanted.filters))
    }

    fn filters(&self, dataset: &Dataset, faults: &mut Faults) -> Vec<Filter> {
        let mut filters = Vec::new();
        for (name, text) in &self.conditions {
            let field = dataset.field(name).or_else(|| {
                name.strip_prefix(WHERE)
                    .and_then(|name| dataset.field(name))
            });
            match field {
                Some((position, field)) => {
                    filters.extend(faults.take(name, Filter::parse(position, field, text)));
                }
                None => {
                    let fields = dataset.fields.iter().map(|field| field.name.as_str());
                    let known = self.known.iter().copied().chain(fields);
                    let at: String = name.chars().take(60).collect();
                    faults.add(at, fault::unknown_name("parameter or field", name, known));
                }
            }
        }
        filters
    }
}

/// The names of fields: a list separated by commas, or a parameter for each. In a list, names with
/// commas of their own are in double quotes.
pub(super) fn names(values: &[String]) -> Vec<String> {
    match values {
        [single] => split_names(single),
        many => many.iter().map(|name| unquoted(name)).collect(),
    }
}

/// A name that may be in double quotes.
fn unquoted(name: &str) -> String {
    match split_names(name).as_mut_slice() {
        [only] if name.trim_start().starts_with('"') => std::mem::take(only),
        _ => name.to_owned(),
    }
}

/// The form of the answer: `format`, else what `Accept` asks for, else JSON.
pub fn take_form(parameters: &mut Parameters, accept: Option<&str>) -> Form {
    let forms = [
        ("json", Form::Json),
        ("csv", Form::Csv),
        ("ndjson", Form::Ndjson),
    ];
    parameters
        .choice("format", &forms)
        .or_else(|| accept.and_then(accepted))
        .unwrap_or(Form::Json)
}

fn accepted(accept: &str) -> Option<Form> {
    let media_type = |item: &str| {
        item.split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_lowercase()
    };
    accept
        .split(',')
        .find_map(|item| match media_type(item).as_str() {
            "text/csv" => Some(Form::Csv),
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" => {
                Some(Form::Ndjson)
            }
            "application/json" | "*/*" | "application/*" => Some(Form::Json),
            _ => None,
        })
}
