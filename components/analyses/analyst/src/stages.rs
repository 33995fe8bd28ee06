//! A run as a chain of stages, each a step.

use std::cell::RefCell;

use crate::GuestTask;
use crate::types::{Outcome, Progress, Report, Request, Table};

/// What a step leads to.
pub enum Next<S> {
    /// More to do: the fraction done, and what comes next in a few words.
    Stage(S, f64, &'static str),
    Done(Report),
}

/// A stage of a run: what has been done, and how it goes on.
pub trait Stage: Sized + 'static {
    /// The first stage. Nothing is computed yet.
    ///
    /// # Errors
    /// Why it cannot begin, for the user.
    fn begin(request: Request, data: Table) -> Result<Self, String>;

    /// Does a bounded part of the work, a tenth of a second or so.
    ///
    /// # Errors
    /// Why it cannot go on, for the user.
    fn advance(self) -> Result<Next<Self>, String>;
}

/// A run, which is at one of its stages, has a reason not to begin, or has ended.
pub struct Run<S>(RefCell<Option<Result<S, String>>>);

impl<S: Stage> GuestTask for Run<S> {
    fn new(request: Request, data: Table) -> Self {
        Self(RefCell::new(Some(S::begin(request, data))))
    }

    fn step(&self) -> Outcome {
        let next = match self.0.take() {
            None => Err("The run has ended already.".to_owned()),
            Some(Err(reason)) => Err(reason),
            Some(Ok(stage)) => stage.advance(),
        };
        match next {
            Err(reason) => Outcome::Failed(reason),
            Ok(Next::Done(report)) => Outcome::Done(report),
            Ok(Next::Stage(stage, fraction, note)) => {
                self.0.replace(Some(Ok(stage)));
                Outcome::Running(Progress {
                    fraction,
                    note: note.to_owned(),
                    pause: 0,
                    log: Vec::new(),
                })
            }
        }
    }
}
