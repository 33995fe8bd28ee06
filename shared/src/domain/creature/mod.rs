//! The creatures of Dr. Moreau's island: what they are made of, and how new ones come about.

mod words;

use fastrand::Rng;
use uuid::Uuid;

use super::fault::{Fault, Faults};
use super::time::Timestamp;
pub use words::ANIMALS;

/// The heads there are.
pub const HEADS: [&str; 5] = ["snake", "bull", "lion", "raven", "bunny"];
/// An even number of arms.
pub const ARMS: [i64; 5] = [2, 4, 6, 8, 10];
/// A multiple of three legs.
pub const LEGS: [i64; 4] = [3, 6, 9, 12];

/// One creature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Creature {
    pub uid: Uuid,
    pub stats: Stats,
    pub created_on: Timestamp,
}

/// What a creature is made of. The tail is not kept: it always is arms + legs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// One of [`HEADS`].
    pub head: String,
    /// Two different animals joined by a hyphen: `otter-wolf`.
    pub body: String,
    /// One of [`ARMS`].
    pub arms: i64,
    /// One of [`LEGS`].
    pub legs: i64,
}

impl Stats {
    /// Length of the tail.
    pub fn tail(&self) -> i64 {
        self.arms.saturating_add(self.legs)
    }

    /// Made at random, every part as likely as any other.
    pub fn random(rng: &mut Rng) -> Self {
        let first = pick(rng, &ANIMALS);
        Self {
            head: pick(rng, &HEADS).to_owned(),
            body: format!("{first}-{}", pick_other(rng, first)),
            arms: pick(rng, &ARMS),
            legs: pick(rng, &LEGS),
        }
    }

    /// A child of two: the head of either, arms of one and legs of the other, and a body of the
    /// first animal of one's and the second of the other's. Where those are the same animal, the
    /// second is a new one at random.
    pub fn bred(mother: &Self, father: &Self, rng: &mut Rng) -> Self {
        let in_order = |rng: &mut Rng| {
            if rng.bool() {
                (mother, father)
            } else {
                (father, mother)
            }
        };
        let (head, _) = in_order(rng);
        let (arms, legs) = in_order(rng);
        let (front, back) = in_order(rng);
        let first = front.body.split('-').next().unwrap_or_default();
        let second = back.body.rsplit('-').next().unwrap_or_default();
        let second = if first == second {
            pick_other(rng, first)
        } else {
            second
        };
        Self {
            head: head.head.clone(),
            body: format!("{first}-{second}"),
            arms: arms.arms,
            legs: legs.legs,
        }
    }

    /// Checks every part; `at` stands in front of the path of each fault.
    ///
    /// # Errors
    /// All faults.
    pub fn check(&self, at: &str) -> Result<(), Vec<Fault>> {
        let mut faults = Faults::new();
        if !HEADS.contains(&self.head.as_str()) {
            let short: String = self.head.chars().take(60).collect();
            let detail = format!("`{short}` is not one of: {}", HEADS.join(", "));
            faults.add(format!("{at}head"), detail);
        }
        faults.take(&format!("{at}body"), check_body(&self.body));
        if !ARMS.contains(&self.arms) {
            let detail = format!("{} is not an even number from 2 to 10", self.arms);
            faults.add(format!("{at}arms"), detail);
        }
        if !LEGS.contains(&self.legs) {
            let detail = format!("{} is not a multiple of 3 from 3 to 12", self.legs);
            faults.add(format!("{at}legs"), detail);
        }
        faults.check()
    }
}

fn check_body(body: &str) -> Result<(), String> {
    let is_word = |word: &str| {
        (1..=40).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    match body.split_once('-') {
        Some((first, second)) if first == second => Err(format!(
            "joins `{}` with itself",
            first.chars().take(40).collect::<String>()
        )),
        Some((first, second)) if is_word(first) && is_word(second) => Ok(()),
        _ => Err("must be two animals in lower-case letters joined by a hyphen".to_owned()),
    }
}

impl Creature {
    /// A new one, made at random but for its uid.
    pub fn random(uid: Uuid, created_on: Timestamp, rng: &mut Rng) -> Self {
        Self {
            uid,
            stats: Stats::random(rng),
            created_on,
        }
    }
}

fn pick<T: Copy + Default>(rng: &mut Rng, list: &[T]) -> T {
    rng.choice(list.iter().copied()).unwrap_or_default()
}

/// An animal that is not the given one.
fn pick_other(rng: &mut Rng, first: &str) -> &'static str {
    let others = ANIMALS.iter().copied().filter(|animal| *animal != first);
    let others: Vec<&str> = others.collect();
    pick(rng, &others)
}

/// The creatures of a herd, taken together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    pub count: u64,
    /// How many have each head of [`HEADS`].
    pub heads: [u64; HEADS.len()],
    pub arms: Spread,
    pub legs: Spread,
    pub tail: Spread,
}

/// Sum and extremes of a number of whole numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spread {
    count: u64,
    sum: i64,
    /// Least and greatest; `None` of nothing.
    pub bounds: Option<(i64, i64)>,
}

impl Spread {
    /// The arithmetic mean; `None` of nothing.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    fn add(&mut self, number: i64) {
        self.count += 1;
        self.sum = self.sum.saturating_add(number);
        let (least, most) = self.bounds.unwrap_or((number, number));
        self.bounds = Some((least.min(number), most.max(number)));
    }
}

impl Summary {
    pub fn of<'a>(herd: impl IntoIterator<Item = &'a Stats>) -> Self {
        let mut summary = Self::default();
        for stats in herd {
            summary.count += 1;
            for (head, count) in HEADS.iter().zip(&mut summary.heads) {
                *count += u64::from(*head == stats.head);
            }
            summary.arms.add(stats.arms);
            summary.legs.add(stats.legs);
            summary.tail.add(stats.tail());
        }
        summary
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_creatures_keep_the_rules_and_differ() {
        let mut rng = Rng::with_seed(7);
        let herd: Vec<Stats> = (0..2000).map(|_| Stats::random(&mut rng)).collect();
        for stats in &herd {
            assert_eq!(stats.check(""), Ok(()), "{stats:?}");
        }
        let summary = Summary::of(&herd);
        assert_eq!(summary.heads.iter().sum::<u64>(), 2000);
        assert!(
            summary.heads.iter().all(|count| *count > 250),
            "{summary:?}"
        );
        assert_eq!(summary.arms.bounds, Some((2, 10)));
        assert_eq!(summary.legs.bounds, Some((3, 12)));
        assert_eq!(summary.tail.bounds, Some((5, 22)));
        let bodies: std::collections::HashSet<&str> =
            herd.iter().map(|stats| stats.body.as_str()).collect();
        assert!(bodies.len() > 1500);
    }

    #[test]
    fn there_are_a_hundred_animals_and_each_once() {
        assert!(ANIMALS.len() >= 100);
        assert!(ANIMALS.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn a_child_has_the_parts_of_its_parents() {
        let mut rng = Rng::with_seed(3);
        let mother = Stats {
            head: "lion".into(),
            body: "ant-bear".into(),
            arms: 2,
            legs: 3,
        };
        let father = Stats {
            head: "bull".into(),
            body: "cat-ant".into(),
            arms: 10,
            legs: 12,
        };
        for _ in 0..100 {
            let child = Stats::bred(&mother, &father, &mut rng);
            assert_eq!(child.check(""), Ok(()), "{child:?}");
            assert!(["lion", "bull"].contains(&child.head.as_str()));
            assert!([(2, 12), (10, 3)].contains(&(child.arms, child.legs)));
            assert!(
                child.body == "cat-bear" || child.body.starts_with("ant-"),
                "{child:?}"
            );
        }
    }

    #[test]
    fn every_wrong_part_is_named() {
        let wrong = Stats {
            head: "cow".into(),
            body: "ant-ant".into(),
            arms: 3,
            legs: 4,
        };
        let faults = wrong.check("animals[2].").unwrap_err();
        let at: Vec<&str> = faults.iter().map(|fault| fault.at.as_str()).collect();
        assert_eq!(
            at,
            [
                "animals[2].head",
                "animals[2].body",
                "animals[2].arms",
                "animals[2].legs"
            ]
        );
        for body in ["", "ant", "ant-", "ant-bear-cat", "Ant-bear", "ant bear"] {
            assert!(check_body(body).is_err(), "{body}");
        }
    }

    #[test]
    fn nothing_has_no_mean() {
        assert_eq!(Summary::of([]).legs.mean(), None);
    }
}
