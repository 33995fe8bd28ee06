//! Points taken together in buckets of time.

use std::rc::Rc;

use super::error::Error;
use super::points::view;
use crate::domain::aggregate::{Aggregator, Answer, Excess, Function, Plan};
use crate::domain::{Dataset, DatasetName, Fault, Filter};
use crate::store::Connection;
use crate::store::points::{Piece, Reach, Scan, Wanted};

/// A question about the points of a dataset. The plan's range is that of the points.
#[derive(Debug, Clone)]
pub struct Question {
    pub plan: Plan,
    pub filters: Vec<Filter>,
    /// The positions of the plan's fields.
    pub fields: Vec<usize>,
    /// The position of the field to group by.
    pub by: Option<usize>,
}

/// The answer, of one version.
#[derive(Debug, Clone)]
pub struct Aggregated {
    pub dataset: Rc<Dataset>,
    pub version: u64,
    pub plan: Plan,
    pub answer: Answer,
}

/// Answers a question.
///
/// # Errors
/// [`Error::NotFound`], [`Error::TooMuch`] for more buckets than the plan's limit, too many groups,
/// or more values in one bucket than percentiles can hold, and what `question` complains about.
pub async fn aggregate(
    connection: &impl Connection,
    name: &DatasetName,
    question: impl Fn(&Dataset) -> Result<Question, Vec<Fault>>,
) -> Result<Aggregated, Error> {
    let reach = |question: &Question| Reach {
        range: question.plan.range,
        ..Reach::default()
    };
    let (view, question) = view(connection, name, question, reach).await?;
    let (dataset, version) = (view.dataset.clone(), view.version);
    let Question {
        plan,
        filters,
        fields,
        by,
    } = question;
    let wanted = Wanted {
        range: plan.range,
        filters,
        fields: fields.into_iter().chain(by).collect(),
        extremes: plan.functions.contains(&Function::Min)
            || plan.functions.contains(&Function::Max),
        sums: plan.functions.contains(&Function::Sum) || plan.functions.contains(&Function::Mean),
        ..Wanted::default()
    };
    let mut aggregator = Aggregator::new(plan.clone());
    let mut scan = Scan::summarised(view, wanted, &mut |first, last, step| {
        aggregator.takes_summaries(first, last, step)
    });
    while let Some(piece) = scan.next_piece(connection).await? {
        match piece {
            Piece::Points(table) => aggregator.add(&table),
            Piece::Summaries(summaries) => aggregator.add_summaries(&summaries),
        }
        .map_err(too_much)?;
    }
    let answer = aggregator.finish().map_err(too_much)?;
    Ok(Aggregated {
        dataset,
        version,
        plan,
        answer,
    })
}

fn too_much(excess: Excess) -> Error {
    let (what, limit) = match excess {
        Excess::Result { member } => {
            let why = format!(
                "`{member}` of a bucket exceeds the range of its type: use shorter buckets, or leave out the field"
            );
            return Error::invalid("fn", why);
        }
        Excess::Buckets { limit } => ("buckets", limit),
        Excess::Groups { limit } => ("groups", limit),
        Excess::Values { limit } => ("values in one bucket for a percentile", limit),
    };
    Error::TooMuch {
        what: what.to_owned(),
        limit: limit as u64,
    }
}
