//! Where a series changes: the best segments, found by pruned exact linear time.

use crate::summary::mean;

/// What may change from one segment to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The mean, with a variance that stays the same.
    Mean,
    /// Mean and variance.
    MeanAndVariance,
    /// Level and slope of a straight line.
    Line,
}

impl Change {
    /// Values of the shortest segment of which the cost is defined.
    pub fn least(self) -> usize {
        match self {
            Self::Mean => 1,
            Self::MeanAndVariance => 2,
            Self::Line => 3,
        }
    }

    /// What a segment adds to the cost by default, in units of log(n): one for each figure of a segment and two for its place, in the
    /// manner of the modified criterion of N. R. Zhang and D. O. Siegmund, Biometrics 63 (2007).
    pub fn penalty(self) -> f64 {
        match self {
            Self::Mean => 3.0,
            Self::MeanAndVariance | Self::Line => 4.0,
        }
    }
}

/// Costs tried in a step.
const TRIALS: usize = 2_000_000;

/// The search for the segments with the least cost: the sum of minus twice the logarithm of the likelihood of normal errors over all
/// segments, and a penalty for each. R. Killick, P. Fearnhead and I. A. Eckley, Journal of the American Statistical Association
/// 107 (2012).
#[derive(Debug)]
pub struct Pelt {
    sums: Sums,
    penalty: f64,
    least: usize,
    /// For each end, the least cost of what is before.
    best: Vec<f64>,
    /// For each end, where its last segment begins.
    begins: Vec<usize>,
    candidates: Vec<Candidate>,
    end: usize,
}

impl Pelt {
    /// `variance` is that of the noise, which [`noise`] estimates. A segment has `least` values or more.
    pub fn new(values: &[f64], change: Change, variance: f64, penalty: f64, least: usize) -> Self {
        let length = values.len();
        let mut best = vec![f64::INFINITY; length + 1];
        if let Some(first) = best.first_mut() {
            *first = -penalty;
        }
        Self {
            sums: Sums::new(values, change, variance),
            penalty,
            least: least.max(change.least()),
            best,
            begins: vec![0; length + 1],
            candidates: Vec::new(),
            end: 0,
        }
    }

    /// Does the next part; false when there is none left.
    pub fn advance(&mut self) -> bool {
        let mut trials = 0;
        while self.end + 1 < self.best.len() {
            if trials > TRIALS {
                return true;
            }
            self.end += 1;
            trials += self.extend(self.end);
        }
        false
    }

    /// From 0 to 1.
    pub fn fraction(&self) -> f64 {
        self.end as f64 / self.best.len() as f64
    }

    /// Where segments begin, but for the first.
    pub fn changes(&self) -> Vec<usize> {
        let mut changes = Vec::new();
        let mut end = self.best.len().saturating_sub(1);
        while let Some(begin) = self.begins.get(end).copied().filter(|begin| *begin > 0) {
            changes.push(begin);
            end = begin;
        }
        changes.reverse();
        changes
    }

    /// Finds the best last segment of what ends here, and forgets the beginnings that can never be best again.
    fn extend(&mut self, end: usize) -> usize {
        let Some(begin) = end.checked_sub(self.least) else {
            return 0;
        };
        if begin == 0 || begin >= self.least {
            self.candidates.push(Candidate {
                begin,
                until: usize::MAX,
                cost: 0.0,
            });
        }
        let mut least = (f64::INFINITY, 0);
        for candidate in &mut self.candidates {
            let before = self.best.get(candidate.begin).copied();
            let before = before.unwrap_or(f64::INFINITY);
            candidate.cost = before + self.sums.cost(candidate.begin, end);
            if candidate.cost + self.penalty < least.0 {
                least = (candidate.cost + self.penalty, candidate.begin);
            }
        }
        if let (Some(best), Some(begin)) = (self.best.get_mut(end), self.begins.get_mut(end)) {
            (*best, *begin) = least;
        }
        let tried = self.candidates.len();
        for candidate in &mut self.candidates {
            if candidate.cost > least.0 {
                candidate.until = candidate.until.min(end + self.least);
            }
        }
        self.candidates
            .retain(|candidate| candidate.until > end + 1);
        tried
    }
}

/// Where the last segment may begin.
#[derive(Debug)]
struct Candidate {
    begin: usize,
    /// From this end on it cannot be best: a beginning that is worse than a cut at some end is worse at all ends that are a segment
    /// later, for there the cut may be made.
    until: usize,
    /// Up to the present end, without the penalty of the last segment.
    cost: f64,
}

/// Sums up to each position, from which the cost of any segment follows at once. The values are taken less their mean, which
/// keeps the sums small.
#[derive(Debug)]
struct Sums {
    change: Change,
    variance: f64,
    /// The least variance that a segment is taken to have.
    floor: f64,
    values: Vec<f64>,
    squares: Vec<f64>,
    /// Of the values times their position, for lines.
    moments: Vec<f64>,
}

impl Sums {
    fn new(values: &[f64], change: Change, variance: f64) -> Self {
        let middle = mean(values);
        let offsets = || values.iter().map(|value| value - middle);
        let whole = offsets().map(|offset| offset * offset).sum::<f64>() / values.len() as f64;
        let positions = (0..values.len()).map(|position| position as f64);
        Self {
            change,
            variance,
            floor: (whole * 1e-8).max(variance * 1e-6),
            values: running(offsets()),
            squares: running(offsets().map(|offset| offset * offset)),
            moments: running(offsets().zip(positions).map(|(offset, at)| offset * at)),
        }
    }

    fn cost(&self, begin: usize, end: usize) -> f64 {
        let over = |sums: &[f64]| {
            let at = |place: usize| sums.get(place).copied().unwrap_or_default();
            at(end) - at(begin)
        };
        let n = (end - begin) as f64;
        let sum = over(&self.values);
        let around = (over(&self.squares) - sum * sum / n).max(0.0);
        match self.change {
            Change::Mean => around / self.variance,
            Change::MeanAndVariance => n * libm::log((around / n).max(self.floor)),
            Change::Line => {
                // Positions within the segment less their mean.
                let middle = begin as f64 + (n - 1.0) / 2.0;
                let along = over(&self.moments) - middle * sum;
                let across = n * (n * n - 1.0) / 12.0;
                (around - along * along / across).max(0.0) / self.variance
            }
        }
    }
}

fn running(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let sums = values.scan(0.0, |sum, value| {
        *sum += value;
        Some(*sum)
    });
    std::iter::once(0.0).chain(sums).collect()
}

/// The variance of the noise, from the median size of the changes from value to value, which a few jumps do not alter; from their
/// squares where half of the values are as those before. For a normal distribution.
pub fn noise(values: &[f64]) -> f64 {
    let changes = || {
        values
            .iter()
            .zip(values.iter().skip(1))
            .map(|(one, next)| next - one)
    };
    let sizes: Vec<f64> = changes().map(f64::abs).collect();
    let robust = crate::summary::median(&sizes) / 0.674_489_750_196_081_7;
    let mean_square = changes().map(|change| change * change).sum::<f64>() / sizes.len() as f64;
    let square = if robust > 0.0 {
        robust * robust
    } else {
        mean_square
    };
    square / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The least cost by trying every beginning of every last segment.
    fn by_trying(values: &[f64], change: Change, penalty: f64, least: usize) -> Vec<usize> {
        let sums = Sums::new(values, change, 1.0);
        let mut best = vec![(-penalty, vec![])];
        for end in 1..=values.len() {
            let mut found = (f64::INFINITY, vec![]);
            let begins = best.iter().enumerate().take(end.saturating_sub(least) + 1);
            for (begin, (before, changes)) in begins {
                let cost = before + sums.cost(begin, end) + penalty;
                if end >= least && cost < found.0 {
                    let mut changes = changes.clone();
                    changes.extend((begin > 0).then_some(begin));
                    found = (cost, changes);
                }
            }
            best.push(found);
        }
        best[values.len()].1.clone()
    }

    #[test]
    fn pruning_loses_nothing() {
        let mut deviates = crate::normal::Deviates::new(7);
        for (round, change) in [Change::Mean, Change::MeanAndVariance, Change::Line]
            .into_iter()
            .cycle()
            .take(60)
            .enumerate()
        {
            let value = |i: usize, noise: f64| match i / 20 {
                0 => noise,
                1 => 3.0 + 0.3 * i as f64 + noise,
                _ => 9.0 - 0.2 * i as f64 + 3.0 * noise,
            };
            let values: Vec<f64> = (0..75).map(|i| value(i, deviates.draw())).collect();
            let least = change.least() + round % 6;
            let penalty = 2.0 + (round % 7) as f64;
            let mut pelt = Pelt::new(&values, change, 1.0, penalty, least);
            while pelt.advance() {}
            let expected = by_trying(&values, change, penalty, least);
            assert_eq!(pelt.changes(), expected, "{change:?} {penalty} {least}");
        }
    }

    #[test]
    fn the_noise_is_not_altered_by_jumps() {
        let mut deviates = crate::normal::Deviates::new(9);
        let values: Vec<f64> = (0..2000)
            .map(|i| f64::from(i / 500) * 50.0 + 2.0 * deviates.draw())
            .collect();
        assert!((noise(&values) - 4.0).abs() < 0.4, "{}", noise(&values));
    }
}
