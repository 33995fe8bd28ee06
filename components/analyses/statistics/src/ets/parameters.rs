//! The smoothing parameters within their bounds, as unbounded variables for the optimiser.

use super::form::{Form, Season, Trend};

/// How near a parameter may come to a bound.
const MARGIN: f64 = 1e-4;
/// The range of the damping; nearer to 1 it could not be told from an undamped trend.
const DAMPING: (f64, f64) = (0.8, 0.98);

/// Smoothing parameters: 0 < beta < alpha < 1, 0 < gamma < 1 - alpha. What a form does not have is nought, and an
/// undamped trend has `phi` 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Smoothing {
    pub alpha: f64,
    pub beta: f64,
    pub gamma: f64,
    pub phi: f64,
}

/// How many variables the optimiser has for the smoothing of a form.
pub(super) fn variables(form: Form) -> usize {
    1 + match form.trend {
        Trend::None => 0,
        Trend::Additive => 1,
        Trend::Damped => 2,
    } + usize::from(form.season != Season::None)
}

/// Where the optimiser begins, for an alpha.
pub(super) fn begin(form: Form, alpha: f64) -> Vec<f64> {
    let logit = |share: f64| libm::log(share / (1.0 - share));
    let mut variables = vec![logit(alpha)];
    if form.trend != Trend::None {
        variables.push(logit(0.1));
    }
    if form.season != Season::None {
        variables.push(logit(0.1));
    }
    if form.trend == Trend::Damped {
        variables.push(logit(0.9));
    }
    variables
}

/// The parameters for the optimiser's variables. Each is a share of the range between its bounds, by the logistic
/// function.
pub(super) fn smoothing(form: Form, variables: &[f64]) -> Smoothing {
    let mut shares = variables.iter().map(|variable| share(*variable));
    let mut next = || shares.next().unwrap_or(0.5);
    let alpha = MARGIN + (1.0 - 2.0 * MARGIN) * next();
    let beta = match form.trend {
        Trend::None => 0.0,
        Trend::Additive | Trend::Damped => MARGIN + (alpha - MARGIN) * next(),
    };
    let gamma = match form.season {
        Season::None => 0.0,
        Season::Additive | Season::Multiplicative => MARGIN + (1.0 - alpha - MARGIN) * next(),
    };
    let phi = match form.trend {
        Trend::None | Trend::Additive => 1.0,
        Trend::Damped => DAMPING.0 + (DAMPING.1 - DAMPING.0) * next(),
    };
    Smoothing {
        alpha,
        beta,
        gamma,
        phi,
    }
}

/// The derivatives by the variables from those by the parameters.
pub(super) fn chain(form: Form, variables: &[f64], by: Smoothing, derivatives: &mut [f64]) {
    let mut shares = variables.iter().map(|variable| share(*variable));
    let mut next = || shares.next().unwrap_or(0.5);
    let slope = |share: f64| share * (1.0 - share);
    let of_alpha = next();
    let alpha = MARGIN + (1.0 - 2.0 * MARGIN) * of_alpha;
    let mut by_alpha = by.alpha;
    let mut rest = Vec::with_capacity(3);
    if form.trend != Trend::None {
        let of_beta = next();
        by_alpha += by.beta * of_beta;
        rest.push(by.beta * (alpha - MARGIN) * slope(of_beta));
    }
    if form.season != Season::None {
        let of_gamma = next();
        by_alpha -= by.gamma * of_gamma;
        rest.push(by.gamma * (1.0 - alpha - MARGIN) * slope(of_gamma));
    }
    if form.trend == Trend::Damped {
        rest.push(by.phi * (DAMPING.1 - DAMPING.0) * slope(next()));
    }
    let first = by_alpha * (1.0 - 2.0 * MARGIN) * slope(of_alpha);
    for (derivative, value) in derivatives
        .iter_mut()
        .zip(std::iter::once(first).chain(rest))
    {
        *derivative = value;
    }
}

fn share(variable: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-variable))
}
