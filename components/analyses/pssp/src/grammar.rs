//! From the membrane network's probabilities to segments: the most probable path through a grammar
//! (Viterbi 1967), as `training/viterbi.py` has it.
//!
//! A path goes between the two sides of the membrane by helices of 15 to 35 residues; a signal peptide
//! may come first of all, and leads outside. Strands of barrels are a class of the network, so that they
//! are not taken for helices, but no path has them.

/// The classes of the network, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    Helix,
    Strand,
    Signal,
    Inside,
    Outside,
}

impl Place {
    pub const ALL: [Self; 5] = [
        Self::Helix,
        Self::Strand,
        Self::Signal,
        Self::Inside,
        Self::Outside,
    ];
}

/// A kind of segment: its class, its shortest and longest, and what it costs in log-probability.
struct Kind {
    place: Place,
    lengths: (usize, usize),
    cost: f64,
}

/// Its cost is less than nothing, for the network says too little of helices.
const HELIX: Kind = Kind {
    place: Place::Helix,
    lengths: (15, 35),
    cost: -2.0,
};
const SIGNAL: Kind = Kind {
    place: Place::Signal,
    lengths: (10, 70),
    cost: 2.0,
};
/// Residues on the new side before the next helix.
const LOOP: usize = 3;
const SIDES: [Place; 2] = [Place::Inside, Place::Outside];
/// How much it counts on which side a residue is, beside that it is on one. A protein that is secreted
/// can look for hundreds of residues as if it were inside: were they all counted in full, a helix that
/// takes it there would be worth any price.
const SIDES_WEIGHT: f64 = 0.03;

/// How a path came to where it is.
#[derive(Clone, Copy)]
struct Step {
    score: f64,
    begin: usize,
    side: usize,
    place: Place,
}

/// The class of each residue; `log` has the log-probabilities of [`Place::ALL`].
pub fn decode(log: &[[f64; 5]]) -> Vec<Place> {
    let log: Vec<[f64; 5]> = log.iter().map(weighed).collect();
    Paths::new(&log).places()
}

/// Log-probabilities in which the sides count for little.
fn weighed(row: &[f64; 5]) -> [f64; 5] {
    let [helix, strand, signal, inside, outside] = *row;
    let greater = inside.max(outside);
    let either = greater + libm::log(libm::exp(inside - greater) + libm::exp(outside - greater));
    let weighed = |side: f64| either + SIDES_WEIGHT * (side - either);
    [helix, strand, signal, weighed(inside), weighed(outside)]
}

/// The best paths to each residue and side.
struct Paths(Vec<[Step; 2]>);

impl Paths {
    fn new(log: &[[f64; 5]]) -> Self {
        let start = |side| Step {
            score: 0.0,
            begin: 0,
            side,
            place: Place::Inside,
        };
        let sums = Sums::new(log);
        let mut paths = Self(Vec::with_capacity(log.len() + 1));
        paths.0.push([start(0), start(1)]);
        for at in 1..=log.len() {
            let steps = [paths.best(&sums, at, 0), paths.best(&sums, at, 1)];
            paths.0.push(steps);
        }
        paths
    }

    fn best(&self, sums: &Sums, at: usize, side: usize) -> Step {
        let place = SIDES.get(side).copied().unwrap_or(Place::Inside);
        let mut best = Step {
            score: self.score_at(at - 1, side) + sums.between(at - 1, at, place),
            begin: at - 1,
            side,
            place,
        };
        let (shortest, longest) = HELIX.lengths;
        let end = at.saturating_sub(LOOP);
        for length in shortest..=longest.min(end) {
            let begin = end - length;
            let other = 1 - side;
            let score = self.score_at(begin, other) + sums.between(begin, end, HELIX.place)
                - HELIX.cost
                + sums.between(end, at, place);
            if score > best.score {
                best = Step {
                    score,
                    begin,
                    side: other,
                    place: HELIX.place,
                };
            }
        }
        if side == 1 && (SIGNAL.lengths.0..=SIGNAL.lengths.1).contains(&at) {
            let score = sums.between(0, at, SIGNAL.place) - SIGNAL.cost;
            if score > best.score {
                best = Step {
                    score,
                    begin: 0,
                    side: 0,
                    place: SIGNAL.place,
                };
            }
        }
        best
    }

    fn score_at(&self, at: usize, side: usize) -> f64 {
        self.0
            .get(at)
            .and_then(|steps| steps.get(side))
            .map_or(f64::NEG_INFINITY, |step| step.score)
    }

    /// The way back along the best path.
    fn places(&self) -> Vec<Place> {
        let mut at = self.0.len() - 1;
        let mut side = usize::from(self.score_at(at, 1) > self.score_at(at, 0));
        let mut places = Vec::with_capacity(at);
        while at > 0
            && let Some(step) = self.0.get(at).and_then(|steps| steps.get(side))
        {
            let mut length = at - step.begin;
            if step.place == Place::Helix {
                let new = SIDES.get(side).copied().unwrap_or(Place::Inside);
                places.extend(std::iter::repeat_n(new, LOOP.min(length)));
                length = length.saturating_sub(LOOP);
            }
            places.extend(std::iter::repeat_n(step.place, length));
            (at, side) = (step.begin, step.side);
        }
        places.reverse();
        places
    }
}

/// Running sums, so that a segment's score is a difference.
struct Sums(Vec<[f64; 5]>);

impl Sums {
    fn new(log: &[[f64; 5]]) -> Self {
        let mut total = [0.0; 5];
        let mut sums = vec![total];
        for row in log {
            for (total, value) in total.iter_mut().zip(row) {
                *total += value;
            }
            sums.push(total);
        }
        Self(sums)
    }

    fn between(&self, begin: usize, end: usize, place: Place) -> f64 {
        let at = |position: usize| {
            self.0
                .get(position)
                .and_then(|row| row.get(place as usize))
                .copied()
                .unwrap_or(f64::NEG_INFINITY)
        };
        at(end) - at(begin)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Log-probabilities that are almost sure of these classes.
    fn sure(places: &[(Place, usize)]) -> Vec<[f64; 5]> {
        let rows = places.iter().flat_map(|(place, count)| {
            let mut row = [-5.0; 5];
            row[*place as usize] = -0.03;
            std::iter::repeat_n(row, *count)
        });
        rows.collect()
    }

    fn runs(places: &[Place]) -> Vec<(Place, usize)> {
        let mut runs: Vec<(Place, usize)> = Vec::new();
        for place in places {
            match runs.last_mut() {
                Some((known, count)) if known == place => *count += 1,
                _ => runs.push((*place, 1)),
            }
        }
        runs
    }

    #[test]
    fn what_is_sure_and_follows_the_grammar_is_taken() {
        use Place::{Helix, Inside, Outside, Signal};
        for path in [
            &[(Inside, 40)][..],
            &[
                (Inside, 10),
                (Helix, 20),
                (Outside, 8),
                (Helix, 22),
                (Inside, 5),
            ],
            &[(Signal, 25), (Outside, 60)],
        ] {
            assert_eq!(runs(&decode(&sure(path))), path);
        }
    }

    #[test]
    fn no_helix_is_made_to_change_sides() {
        use Place::{Inside, Outside, Signal};
        let secreted = decode(&sure(&[(Signal, 25), (Inside, 400), (Outside, 100)]));
        assert_eq!(runs(&secreted), [(Signal, 25), (Outside, 500)]);
    }

    #[test]
    fn a_helix_that_is_too_short_is_none() {
        use Place::{Helix, Inside};
        let short = decode(&sure(&[(Inside, 20), (Helix, 6), (Inside, 20)]));
        assert_eq!(runs(&short), [(Inside, 46)]);
        assert_eq!(decode(&[]), []);
    }
}
