//! Which parts a model has, and how they join.

/// How the error enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Error {
    Additive,
    Multiplicative,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    None,
    Additive,
    Damped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Season {
    None,
    Additive,
    Multiplicative,
}

/// A model's form, such as `ETS(M,Ad,A)`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Form {
    pub error: Error,
    pub trend: Trend,
    pub season: Season,
    /// Steps of a season; 1 without one.
    pub period: usize,
}

impl Form {
    /// The forms worth trying, the simplest first: all but additive errors with multiplicative seasons,
    /// whose variance is not stable, and multiplicative trends, which forecast badly. Multiplicative parts need
    /// values that are all positive.
    pub fn candidates(period: usize, are_positive: bool) -> Vec<Self> {
        let errors = [Error::Additive, Error::Multiplicative];
        let seasons = [Season::None, Season::Additive, Season::Multiplicative];
        let mut forms = Vec::new();
        for season in seasons {
            for trend in [Trend::None, Trend::Additive, Trend::Damped] {
                forms.extend(errors.map(|error| Self {
                    error,
                    trend,
                    season,
                    period: if season == Season::None { 1 } else { period },
                }));
            }
        }
        forms.retain(|form| {
            let is_additive = form.error == Error::Additive;
            (period > 1 || form.season == Season::None)
                && (are_positive || is_additive)
                && !(is_additive && form.season == Season::Multiplicative)
        });
        forms
    }

    /// `ETS(A,Ad,N)`.
    pub fn name(self) -> String {
        let error = match self.error {
            Error::Additive => "A",
            Error::Multiplicative => "M",
        };
        let trend = match self.trend {
            Trend::None => "N",
            Trend::Additive => "A",
            Trend::Damped => "Ad",
        };
        let season = match self.season {
            Season::None => "N",
            Season::Additive => "A",
            Season::Multiplicative => "M",
        };
        format!("ETS({error},{trend},{season})")
    }

    /// How many figures are estimated: smoothing parameters and initial states. The states of a season have a
    /// sum that is given.
    pub fn estimated(self) -> usize {
        let trend = match self.trend {
            Trend::None => 0,
            Trend::Additive => 2,
            Trend::Damped => 3,
        };
        let season = match self.season {
            Season::None => 0,
            Season::Additive | Season::Multiplicative => self.period,
        };
        2 + trend + season
    }

    /// What the states of a season's steps add up to.
    pub(super) fn season_sum(self) -> f64 {
        match self.season {
            Season::Multiplicative => self.period as f64,
            Season::None | Season::Additive => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifteen_forms_for_positive_values_with_a_season() {
        let names: Vec<String> = Form::candidates(12, true)
            .iter()
            .map(|f| f.name())
            .collect();
        assert_eq!(names.len(), 15);
        assert!(names.contains(&"ETS(M,Ad,M)".into()) && !names.contains(&"ETS(A,N,M)".into()));
        assert_eq!(Form::candidates(12, false).len(), 6);
        assert_eq!(Form::candidates(1, true).len(), 6);
        assert_eq!(Form::candidates(1, false).len(), 3);
        assert_eq!(Form::candidates(12, false)[5].estimated(), 2 + 3 + 12);
    }
}
